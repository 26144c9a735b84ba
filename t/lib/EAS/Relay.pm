# SPDX-License-Identifier: Apache-2.0
package EAS::Relay;

# The loop of a relay (see EAS::Peer): it passes bytes both ways, and is told
# meanwhile what to do to them.
#
# Words, each followed by "only N" for the Nth connection alone; otherwise for
# all there are, and "from now on" for those to come as well:
#   delay MS       what either side sends arrives that much later (from now on)
#   throttle BYTES so many a second arrive, in each direction (from now on)
#   stall          the server's next three bytes arrive, and then none (from
#                  now on)
#   drop           nothing arrives any more and nobody is told, as behind a
#                  firewall that lost its table
#   deaf           the same for new connections as well (from now on)
#   half-open      the server's side is closed, the client's is not told
#   forget         it is reset, but only when its client writes
#   reset          it is reset at once
#   resume         all is well for new connections; no delay, no throttle
# What was lost stays lost: a connection that was stalled or dropped remains
# so.

use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use POSIX ();
use Socket qw(SOL_SOCKET SO_LINGER);
use Time::HiRes qw(time);

my $CHUNK = 65536;
my %LASTS = map { $_ => 1 } qw(delay throttle stall deaf);

# Never returns.  $control is read for words, one a line; to $told goes '.' for
# each connection and '!' for each word.
sub run {
    my ($listener, $target, $control, $told) = @_;
    my $self = bless {
        listener => $listener,
        target   => $target,
        control  => $control,
        told     => $told,
        select   => IO::Select->new($listener, $control),
        mode     => {},    # of connections to come
        all      => {},    # connections by number
        by_side  => {},    # and by socket
        count    => 0,
    };
    while (1) {
        for my $ready ($self->{select}->can_read($self->_patience)) {
            if    ($ready == $listener) { $self->_accept }
            elsif ($ready == $control)  { $self->_listen }
            else                        { $self->_take($ready) }
        }
        $self->_deliver($_) for values %{ $self->{all} };
    }
}

# Seconds until something waits to be delivered.
sub _patience {
    my ($self) = @_;
    my $least = 1;
    for my $to (map { values %{ $_->{to} } } values %{ $self->{all} }) {
        next unless @{ $to->{queue} };
        my $left = $to->{queue}[0]{due} - time;
        $least = $left if $left < $least;
    }
    return $least > 0 ? $least : 0;
}

sub _accept {
    my ($self) = @_;
    my $client = $self->{listener}->accept or return;
    my $server = IO::Socket::INET->new(Proto => 'tcp',
        PeerAddr => "127.0.0.1:$self->{target}") or return;
    my $number = ++$self->{count};
    my $one    = $self->{all}{$number} = {
        number => $number,
        mode   => { %{ $self->{mode} } },
        to     => {
            client => { socket => $client, queue => [], free_at => 0 },
            server => { socket => $server, queue => [], free_at => 0 },
        },
    };
    $self->{by_side}{$client} = [ $one, 'client' ];
    $self->{by_side}{$server} = [ $one, 'server' ];
    $self->{select}->add($client, $server);
    syswrite $self->{told}, '.';
    return;
}

# One line for each word; more than one may have come.
sub _listen {
    my ($self) = @_;
    sysread($self->{control}, my $text, 4096) or POSIX::_exit(0);
    for my $line (split /\n/, $text) {
        my ($word, $value, $number) =
            $line =~ /^([a-z-]+)(?: (\d+))?(?: only (\d+))?$/
            or die "relay: what is '$line'?\n";
        my $mode = { $word => defined $value ? $value : 1 };
        $self->{mode} = $word eq 'resume' ? {} : { %{ $self->{mode} }, %$mode }
            if !$number && ($LASTS{$word} || $word eq 'resume');
        for my $one (values %{ $self->{all} }) {
            $self->_do($one, $word, $mode)
                if !$number || $one->{number} == $number;
        }
        syswrite $self->{told}, '!';
    }
    return;
}

sub _do {
    my ($self, $one, $word, $mode) = @_;
    if ($word eq 'resume') {
        delete @{ $one->{mode} }{qw(delay throttle)};
        delete $one->{mode}{stall} unless $one->{stalled};
    }
    elsif ($word eq 'reset') {
        $self->_reset($one);
    }
    else {
        %{ $one->{mode} } = (%{ $one->{mode} }, %$mode);
    }
    if ($word eq 'half-open') {
        $self->{select}->remove($one->{to}{server}{socket});
        close $one->{to}{server}{socket};
    }
    return;
}

# Bytes of one side, or its end, for the other.
sub _take {
    my ($self, $socket) = @_;
    my ($one, $side) = @{ $self->{by_side}{$socket} || return };
    my $mode = $one->{mode};
    my $got  = sysread($socket, my $bytes, $CHUNK);
    return $self->_reset($one) if $mode->{forget} && $side eq 'client';
    if ($mode->{drop} || $mode->{deaf} || $mode->{'half-open'}) {
        $self->{select}->remove($socket) unless $got;
        $self->_close($one) if !$got && $side eq 'client';
        return;
    }
    if ($got && $side eq 'server' && $mode->{stall}) {
        return if $one->{stalled}++;
        $bytes = substr $bytes, 0, 3;
    }
    my $to = $one->{to}{ $side eq 'client' ? 'server' : 'client' };
    my $due = time + ($mode->{delay} || 0) / 1000;
    $self->{select}->remove($socket) unless $got;
    push @{ $to->{queue} }, { due => $due, bytes => $got ? $bytes : undef };
    return;
}

# What is due.
sub _deliver {
    my ($self, $one) = @_;
    for my $to (values %{ $one->{to} }) {
        while (my $first = $to->{queue}[0]) {
            last if $first->{due} > time;
            return $self->_close($one) unless defined $first->{bytes};
            my $rate = $one->{mode}{throttle};
            my $part = $rate ? int($rate / 20) || 1 : length $first->{bytes};
            syswrite $to->{socket}, substr $first->{bytes}, 0, $part, '';
            shift @{ $to->{queue} } unless length $first->{bytes};
            $_->{due} = time + $part / $rate
                for $rate && $to->{queue}[0] ? $to->{queue}[0] : ();
        }
    }
    return;
}

sub _reset {
    my ($self, $one) = @_;
    # a firewall answers with RST, not with FIN
    setsockopt $_->{socket}, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0
        for values %{ $one->{to} };
    return $self->_close($one);
}

sub _close {
    my ($self, $one) = @_;
    for my $socket (map { $_->{socket} } values %{ $one->{to} }) {
        $self->{select}->remove($socket);
        delete $self->{by_side}{$socket};
        close $socket;
    }
    delete $self->{all}{ $one->{number} };
    return;
}

1;
