# SPDX-License-Identifier: Apache-2.0
package EAS::Redis;

# A private redis-server in a folder of its own; it keeps nothing on disk.

use strict;
use warnings;
use IO::Socket::INET;
use EAS::Port;
use EAS::Proc;

# Options: dir => folder (made where missing), port => (a free one by default)
sub new {
    my ($class, %opt) = @_;
    -d $opt{dir} or mkdir $opt{dir}, 0755 or die "$opt{dir}: $!\n";
    return bless {
        port  => EAS::Port::free(),
        %opt,
        log   => "$opt{dir}/redis.log",
        owner => $$,
    }, $class;
}

# With more of its options, such as maxmemory => '1mb'.
sub start {
    my ($self, %option) = @_;
    my $program = EAS::Proc::find('redis-server', 'valkey-server')
        or die "redis-server is not installed\n";
    my %all = (port => $self->{port}, bind => '127.0.0.1',
        dir => $self->{dir}, save => '', appendonly => 'no', %option);
    $self->{pid} = EAS::Proc::spawn(
        [ $program, map { ("--$_", $all{$_}) } sort keys %all ],
        $self->{log});
    return $self
        if EAS::Proc::wait_until(
        sub {
            !EAS::Proc::alive($self->{pid}) || EAS::Port::open($self->{port});
        }, 10)
        && EAS::Proc::alive($self->{pid});
    die "redis-server does not start:\n" . EAS::Proc::tail($self->{log}, 20);
}

sub stop {
    my ($self) = @_;
    EAS::Proc::stop(delete $self->{pid}) if $self->{pid};
    return $self;
}

sub crash  { CORE::kill 'KILL', $_[0]{pid}; return $_[0]->stop }
sub pause  { CORE::kill 'STOP', $_[0]{pid}; return $_[0] }
sub resume { CORE::kill 'CONT', $_[0]{pid}; return $_[0] }
sub port   { return $_[0]{port} }

# What redis-cli prints for a command.
sub ask {
    my ($self, @words) = @_;
    my $program = EAS::Proc::find('redis-cli', 'valkey-cli')
        or die "redis-cli is not installed\n";
    return EAS::Proc::must([ $program, '-h', '127.0.0.1', '-p', $self->{port},
        @words ]);
}

# What it answers to a command whose words may be any bytes: text, a list, or
# undef where there is nothing.  Dies of an error.
sub call {
    my ($self, @words) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
        PeerPort => $self->{port}, Timeout => 5) or die "redis: $@\n";
    binmode $socket;
    print {$socket} '*' . @words . "\r\n",
        map { '$' . length($_) . "\r\n$_\r\n" } @words;
    $socket->flush;
    return _answer($socket);
}

sub _answer {
    my ($socket) = @_;
    my $line = <$socket>;
    my ($kind, $text) = ($line || '') =~ /^([-+:\$*])(.*?)\r\n\z/
        or die "redis: no answer\n";
    die "redis: $text\n" if $kind eq '-';
    return $text if $kind =~ /[+:]/;
    return undef if $text < 0;
    return [ map { _answer($socket) } 1 .. $text ] if $kind eq '*';
    read($socket, my $bytes, $text + 2) == $text + 2
        or die "redis: half an answer\n";
    return substr $bytes, 0, $text;
}

# How many commands of some names it has had.
sub commands {
    my ($self, @names) = @_;
    my $text  = $self->ask('info', 'commandstats');
    my $count = 0;
    for my $name (@names) {
        $count += $1 if $text =~ /^cmdstat_\Q$name\E:calls=(\d+)/m;
    }
    return $count;
}

sub DESTROY {
    my ($self) = @_;
    return unless $self->{owner} == $$;
    local ($@, $?, $!);
    $self->stop;
    return;
}

1;
