# SPDX-License-Identifier: Apache-2.0
package EAS::Peer;

# Something that listens where a directory should be, and is none; or stands
# before one and stops in the middle of an answer.

use strict;
use warnings;
use Socket qw(SOL_SOCKET SO_LINGER);
use IO::Select;
use IO::Socket::INET;
use POSIX ();
use EAS::Proc;

# How each kind treats a connection once it is accepted.
my %KIND = (
    # says nothing, and keeps the connection
    silent => sub { },
    closes => sub { close $_[0] },
    garbage => sub { syswrite $_[0], "HTTP/1.1 400 Bad Request\r\n\r\n" x 20 },
    # agrees to StartTLS, and then says nothing
    agrees => sub {
        my ($socket) = @_;
        sysread $socket, my $request, 4096 or return;
        syswrite $socket, "\x30\x0c" . substr($request, 2, 3)
            . "\x78\x07\x0a\x01\x00\x04\x00\x04\x00";
    },
    # begins to shake hands, and stops in the first record
    begins => sub { syswrite $_[0], "\x16\x03\x03\x00" },
    # one byte now and then: never an end, never a time-out between two reads
    drips => sub {
        my ($socket) = @_;
        return if fork;
        for my $byte (split //, "\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03"
            . "x" x 200)
        {
            syswrite $socket, $byte or last;
            select undef, undef, undef, 0.1;
        }
        POSIX::_exit(0);
    },
);

# A kind from above; or 'relay' and the port that it passes bytes on to.
sub new {
    my ($class, $kind, $target) = @_;
    my $treat = $KIND{$kind};
    die "no such peer: $kind\n" unless $treat || $kind eq 'relay';
    my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
        Proto => 'tcp', Listen => 128) or die "listen: $@\n";
    pipe my $read, my $write or die "pipe: $!\n";
    my $self = bless {
        port => $server->sockport, owner => $$, read => $read, heard => '',
    }, $class;
    my $pid = fork;
    die "fork: $!\n" unless defined $pid;
    if (!$pid) {
        local $SIG{TERM} = 'DEFAULT';
        $SIG{PIPE} = $SIG{CHLD} = 'IGNORE';
        relay($server, $target, $write) if $kind eq 'relay';
        my @kept;
        while (my $client = $server->accept) {
            syswrite $write, '.';
            $treat->($client);
            push @kept, $client;
        }
        POSIX::_exit(0);
    }
    $self->{pid} = $pid;
    return $self;
}

# Passes bytes both ways.  After SIGUSR1 the server's next bytes arrive in
# part, three of them, and then none; after SIGUSR2 all is well again for new
# connections.  SIGHUP ends each connection there is, but only when its client
# writes to it, as a firewall does with those it has forgotten.
sub relay {
    my ($server, $target, $write) = @_;
    my $stalling = 0;
    my %other;    # the other end of each socket, by its name
    my %from_server;
    my %stalled;
    my %forgotten;
    my $done = sub { syswrite $write, '!' };
    local $SIG{HUP}  = sub { $forgotten{$_} = 1 for keys %other; $done->() };
    local $SIG{USR1} = sub { $stalling = 1; $done->() };
    local $SIG{USR2} = sub { $stalling = 0; $done->() };
    my $select = IO::Select->new($server);
    while (1) {
        for my $ready ($select->can_read(1)) {
            if ($ready == $server) {
                my $client = $server->accept or next;
                my $up = IO::Socket::INET->new(Proto => 'tcp',
                    PeerAddr => "127.0.0.1:$target") or next;
                $other{$client}   = $up;
                $other{$up}       = $client;
                $from_server{$up} = 1;
                $select->add($client, $up);
                next;
            }
            my $to  = $other{$ready} or next;
            my $got = sysread $ready, my $bytes, 65536;
            if (!$got || $forgotten{$ready}) {
                $select->remove($ready, $to);
                # a firewall answers with RST, not with FIN
                setsockopt $_, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0)
                    for $forgotten{$ready} ? ($ready, $to) : ();
                delete @other{ $ready, $to };
                delete @stalled{ $ready, $to };
                delete @from_server{ $ready, $to };
                delete @forgotten{ $ready, $to };
                close $_ for $ready, $to;
                next;
            }
            next if $stalled{$ready};
            if ($stalling && $from_server{$ready}) {
                $stalled{$ready} = 1;
                $bytes = substr $bytes, 0, 3;
            }
            syswrite $to, $bytes;
        }
    }
}

sub stall  { return $_[0]->_tell('USR1') }
sub resume { return $_[0]->_tell('USR2') }
sub forget { return $_[0]->_tell('HUP') }

# Signal the relay, and wait until it has taken notice.
sub _tell {
    my ($self, $signal) = @_;
    my $before = $self->_heard('!');
    kill $signal, $self->{pid};
    return EAS::Proc::wait_until(sub { $self->_heard('!') > $before }, 5);
}

sub port { return $_[0]{port} }

# How many connections it has accepted.
sub connections { return $_[0]->_heard('.') }

# How often it has told something: '.' a connection, '!' a signal.
sub _heard {
    my ($self, $what) = @_;
    $self->{read}->blocking(0);
    sysread $self->{read}, $self->{heard}, 65536, length $self->{heard};
    return scalar grep { $_ eq $what } split //, $self->{heard};
}

sub DESTROY {
    my ($self) = @_;
    return unless $self->{owner} == $$;
    local ($@, $?, $!);
    EAS::Proc::stop($self->{pid});
    return;
}

1;
