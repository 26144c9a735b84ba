# SPDX-License-Identifier: Apache-2.0
package EAS::Peer;

# Something that listens where a directory should be, and is none; or stands
# before one and stops in the middle of an answer; or answers as it is told,
# which no directory does.

use strict;
use warnings;
use Socket qw(SOL_SOCKET SO_LINGER);
use IO::Select;
use IO::Socket::INET;
use POSIX ();
use EAS::Proc;

my %LETTER = (service => 'a', bind => 'b', search => 's');

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

# A kind from above; or 'relay' and the port that it passes bytes on to; or
# 'ldap' and what it answers (see converse).
sub new {
    my ($class, $kind, $target) = @_;
    my $treat = $KIND{$kind};
    die "no such peer: $kind\n" unless $treat || $kind =~ /^(?:relay|ldap)$/;
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
        serve($server, $target, $write) if $kind eq 'ldap';
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

# A process for each connection, which knows the number of it.
sub serve {
    my ($server, $answer, $write) = @_;
    for (my $connection = 1; my $client = $server->accept; $connection++) {
        syswrite $write, '.';
        next if fork;
        close $server;
        converse($client, $connection, $answer, $write);
        POSIX::_exit(0);
    }
    POSIX::_exit(0);
}

# LDAP (RFC 4511), as much as a login takes.  Every request is asked about:
#   $answer->({ kind => 'service' a bind of an account named svc, 'bind' any
#       other, 'search'; connection => n; nth => n of its kind on it })
# returns a resultCode, or undef: the connection is closed.  A search that
# succeeds finds one person.
sub converse {
    my ($socket, $connection, $answer, $write) = @_;
    my %nth;
    while (my ($id, $tag, $value) = read_request($socket)) {
        return if $tag == 0x42;    # unbind
        my $kind = $tag == 0x63 ? 'search'
            : $tag == 0x60 ? ($value =~ /svc/ ? 'service' : 'bind')
            : next;
        syswrite $write, $LETTER{$kind};
        my $code = $answer->({ kind => $kind, connection => $connection,
            nth => ++$nth{$kind} });
        return unless defined $code;
        my $reply = $kind eq 'search' && !$code ? message($id, 0x64, person())
            : '';
        syswrite $socket, $reply . message($id, $tag + ($tag == 0x63 ? 2 : 1),
            ber(0x0a, chr $code) . ber(0x04, '') . ber(0x04, ''));
    }
    return;
}

# The messageID, the tag of the operation, what is in it; nothing at the end.
sub read_request {
    my ($socket) = @_;
    my $head = read_exactly($socket, 2);
    return unless length $head == 2;
    my $length = ord substr $head, 1;
    $length = hex unpack 'H*', read_exactly($socket, $length & 0x7f)
        if $length & 0x80;
    my $body = read_exactly($socket, $length);
    return unless length $body == $length;
    my (undef, $id, $tag, $first, $rest) = unpack 'C C/a C C a*', $body;
    return ($id, $tag, $first & 0x80 ? substr $rest, $first & 0x7f : $rest);
}

sub read_exactly {
    my ($socket, $count) = @_;
    my $bytes = '';
    while (length $bytes < $count) {
        sysread $socket, $bytes, $count - length $bytes, length $bytes
            or last;
    }
    return $bytes;
}

sub ber {
    my ($tag, $value) = @_;
    return pack 'C C n a*', $tag, 0x82, length $value, $value;
}

sub message {
    my ($id, $tag, $value) = @_;
    return ber(0x30, ber(0x02, $id) . ber($tag, $value));
}

sub person {
    my %has = (uid => 'alice',
        entryUUID => '0cf8fb8e-7b9f-1041-8ce1-95f089412d71');
    return ber(0x04, 'uid=alice,dc=peer,dc=test') . ber(0x30, join '',
        map { ber(0x30, ber(0x04, $_) . ber(0x31, ber(0x04, $has{$_}))) }
        sort keys %has);
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

# How often it was sent a password, or asked: service, bind or search.
sub requests { return $_[0]->_heard($LETTER{ $_[1] }) }

# How often it has told something: '.' a connection, '!' a signal, or a letter
# for a request.
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
