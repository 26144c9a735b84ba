# SPDX-License-Identifier: Apache-2.0
package EAS::Peer;

# Something that listens where a directory should be, and is none; or stands
# before one and stops in the middle of an answer; or answers as it is told,
# which no directory does.

use strict;
use warnings;
use IO::Socket::INET;
use POSIX ();
use EAS::BER;
use EAS::Proc;
use EAS::Relay;

my %LETTER = (service => 'a', bind => 'b', search => 's');

# How each kind treats a connection once it is accepted.
my %KIND = (
    # says nothing, and keeps the connection
    silent => sub { },
    closes => sub { close $_[0] },
    garbage => sub { syswrite $_[0], "HTTP/1.1 400 Bad Request\r\n\r\n" x 20 },
    # agrees to StartTLS, and then says nothing
    agrees => sub { agree($_[0], '') },
    # the same, with the answer to a bind that is to come behind it
    injects => sub {
        agree($_[0], answer('bind', EAS::BER::id(2), 0));
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

sub agree {
    my ($socket, $more) = @_;
    sysread $socket, my $request, 4096 or return;
    syswrite $socket, "\x30\x0c" . substr($request, 2, 3)
        . "\x78\x07\x0a\x01\x00\x04\x00\x04\x00" . $more;
    return;
}

# A kind from above; or 'relay' and the port that it passes bytes on to, which
# is told what to do to them (see EAS::Relay); or 'ldap' and what it answers
# (see converse).
sub new {
    my ($class, $kind, $target) = @_;
    my $treat = $KIND{$kind};
    die "no such peer: $kind\n" unless $treat || $kind =~ /^(?:relay|ldap)$/;
    my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
        Proto => 'tcp', Listen => 128) or die "listen: $@\n";
    pipe my $read, my $write or die "pipe: $!\n";
    pipe my $control, my $tell or die "pipe: $!\n";
    my $self = bless {
        port => $server->sockport, owner => $$, read => $read, heard => '',
        control => $tell,
    }, $class;
    my $pid = fork;
    die "fork: $!\n" unless defined $pid;
    if (!$pid) {
        local $SIG{TERM} = 'DEFAULT';
        $SIG{PIPE} = $SIG{CHLD} = 'IGNORE';
        close $tell;
        EAS::Relay::run($server, $target, $control, $write)
            if $kind eq 'relay';
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
#       other, 'search'; connection => n; nth => n of its kind on it;
#       id => the messageID as bytes; request => what is in the operation;
#       socket => for what is sent before the answer })
# returns a resultCode; or the bytes to send, as a reference to them, or in an
# array where the connection is closed then; or undef: it is closed at once.
# A search that succeeds finds one person.
sub converse {
    my ($socket, $connection, $answer, $write) = @_;
    my %nth;
    while (my ($id, $tag, $value) = read_request($socket)) {
        return if $tag == 0x42;    # unbind
        my $kind = $tag == 0x63 ? 'search'
            : $tag == 0x60 ? ($value =~ /svc/ ? 'service' : 'bind')
            : next;
        syswrite $write, $LETTER{$kind};
        my $told = $answer->({ kind => $kind, connection => $connection,
            nth => ++$nth{$kind}, id => $id, request => $value,
            socket => $socket });
        return unless defined $told;
        send_all($socket, ref $told eq 'ARRAY' ? $told->[0]
            : ref $told ? $$told : answer($kind, $id, $told));
        return if ref $told eq 'ARRAY';
    }
    return;
}

# The bytes of an answer with a resultCode (see EAS::BER::result for the
# options), and of the entries before it: one person by default.
sub answer {
    my ($kind, $id, $code, %opt) = @_;
    my @entries = $kind ne 'search' || $code ? () : person();
    @entries = @{ $opt{entries} } if $opt{entries};
    return join '',
        (map { EAS::BER::message($id, $EAS::BER::TAG{entry}, $_) } @entries),
        EAS::BER::message($id,
            $EAS::BER::TAG{ $kind eq 'search' ? 'search' : 'bind' },
            EAS::BER::result($code, %opt));
}

sub send_all {
    my ($socket, $bytes) = @_;
    my $done = 0;
    while ($done < length $bytes) {
        $done += syswrite($socket, $bytes, 65536, $done) || return;
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

# What is in the entry of a person; other names and attributes where given.
sub person {
    my ($user, %more) = @_;
    $user = 'alice' unless defined $user;
    return EAS::BER::entry("uid=$user,dc=peer,dc=test", uid => $user,
        entryUUID => '0cf8fb8e-7b9f-1041-8ce1-95f089412d71', %more);
}

sub stall  { return $_[0]->tell('stall') }
sub resume { return $_[0]->tell('resume') }
sub forget { return $_[0]->tell('forget') }

# Tell the relay a word, and wait until it has taken notice.
sub tell {
    my ($self, $word) = @_;
    my $before = $self->_heard('!');
    syswrite $self->{control}, "$word\n";
    return EAS::Proc::wait_until(sub { $self->_heard('!') > $before }, 5)
        || die "the relay does not hear '$word'\n";
}

sub port { return $_[0]{port} }

# How many connections it has accepted.
sub connections { return $_[0]->_heard('.') }

# How often it was sent a password, or asked: service, bind or search.
sub requests { return $_[0]->_heard($LETTER{ $_[1] }) }

# How often it has told something: '.' a connection, '!' a word, or a letter
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
