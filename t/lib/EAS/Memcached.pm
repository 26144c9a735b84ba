# SPDX-License-Identifier: Apache-2.0
package EAS::Memcached;

# A private memcached.

use strict;
use warnings;
use IO::Socket::INET;
use EAS::Port;
use EAS::Proc;

# Options: dir => folder for its log (made where missing), port => (a free one
# by default)
sub new {
    my ($class, %opt) = @_;
    -d $opt{dir} or mkdir $opt{dir}, 0755 or die "$opt{dir}: $!\n";
    return bless {
        port  => EAS::Port::free(),
        %opt,
        log   => "$opt{dir}/memcached.log",
        owner => $$,
    }, $class;
}

sub start {
    my ($self) = @_;
    my $program = EAS::Proc::find('memcached')
        or die "memcached is not installed\n";
    $self->{pid} = EAS::Proc::spawn(
        [ $program, '-l', '127.0.0.1', '-p', $self->{port}, '-U', 0,
            $> == 0 ? ('-u', 'nobody') : () ],
        $self->{log});
    return $self
        if EAS::Proc::wait_until(
        sub {
            !EAS::Proc::alive($self->{pid}) || EAS::Port::open($self->{port});
        }, 10)
        && EAS::Proc::alive($self->{pid});
    die "memcached does not start:\n" . EAS::Proc::tail($self->{log}, 20);
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

# How many commands of some names (get, set) it has had.
sub commands {
    my ($self, @names) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
        PeerPort => $self->{port}, Timeout => 5) or die "memcached: $@\n";
    print {$socket} "stats\r\n";
    my $count = 0;
    while (defined(my $line = <$socket>)) {
        last if $line =~ /^END/;
        next unless $line =~ /^STAT cmd_(\w+) (\d+)/;
        $count += $2 if grep { $_ eq $1 } @names;
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
