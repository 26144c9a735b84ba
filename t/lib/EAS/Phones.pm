# SPDX-License-Identifier: Apache-2.0
package EAS::Phones;

# Many clients at a time in one process, fast: what curl cannot do within a
# test's time.  HTTP/1.1 without TLS, on connections that are kept alive.

use strict;
use warnings;
use Errno qw(EAGAIN EINPROGRESS EINTR);
use Fcntl qw(F_SETFL O_NONBLOCK);
use Socket qw(AF_INET SOCK_STREAM IPPROTO_TCP TCP_NODELAY inet_aton
    pack_sockaddr_in);
use Time::HiRes qw(time);
use EAS::Curl;

# A request is { path, user, password, from => address of the client as a
# proxy tells it }, and whatever else its owner wants to find again.
# An answer is { request, status (0: none came), challenge, retry, source,
# reason, user, seconds }; empty text for a header that is not there.
#
# Options:
#   port         of httpd on 127.0.0.1
#   connections  how many (1)
#   requests     [...], each sent once by whoever is free; or
#   next         sub { ($connection) -> a request, 'wait' for none yet,
#                undef for none any more }
#   told         sub { ($answer, $connection) }, called for each answer
#   fresh        1: a connection for each request
#   timeout      seconds for one answer (30)
# Returns all answers in the order they came, unless they are told.
sub run {
    my (%opt) = @_;
    my @queue = @{ $opt{requests} || [] };
    my @answers;
    my $self = bless {
        timeout => 30,
        next    => sub { shift @queue },
        told    => sub { push @answers, $_[0] },
        %opt,
        to => pack_sockaddr_in($opt{port}, inet_aton('127.0.0.1')),
    }, __PACKAGE__;
    my $most = $opt{connections} || 1;
    $most = @queue if $opt{requests} && $most > @queue;
    my @all = map { { number => $_ } } 0 .. $most - 1;
    while (1) {
        my $waiting = grep { $self->_begin($_) } grep { !$_->{request} } @all;
        my @busy = grep { $_->{request} } @all;
        last unless @busy || $waiting;
        $self->_turn(@busy);
    }
    return @answers;
}

# All of them once, each on its own connection; in order.
sub each_alone {
    my ($port, @requests) = @_;
    my @answers = map { run(port => $port, requests => [$_]) } @requests;
    return wantarray ? @answers : $answers[0];
}

# How often each status came, as in "200*3 503*1".
sub tally {
    my %n;
    $n{ $_->{status} }++ for @_;
    return join ' ', map { "$_*$n{$_}" } sort keys %n;
}

# Those that are not what a phone may be told: 200 and 403 without, 401 with a
# challenge, 503 with a Retry-After within bounds.
sub odd {
    return grep {
        my $retry = $_->{retry};
        !($_->{status} == 401
            ? $_->{challenge} eq 'Basic realm="Test mail", charset="UTF-8"'
                && $retry eq ''
            : $_->{status} == 503
            ? $retry =~ /^\d+$/ && $retry >= 1 && $retry <= 375
                && $_->{challenge} eq ''
            : $_->{status} =~ /^(?:200|403)$/
                && $_->{challenge} eq '' && $retry eq '')
    } @_;
}

# --- inside

# Give a connection its next request.  @return true where one may come later
sub _begin {
    my ($self, $one) = @_;
    my $request = $self->{next}->($one->{number});
    return 0 unless defined $request;
    return 1 unless ref $request;
    $one->{request} = $request;
    $one->{bytes}   = join "\r\n", "GET $request->{path} HTTP/1.1",
        'Host: localhost',
        'Authorization: '
            . EAS::Curl::basic($request->{user}, $request->{password}),
        ($request->{from} ? "X-Forwarded-For: $request->{from}" : ()),
        '', '';
    $one->{answer} = '';
    $one->{start}  = time;
    $one->{is_kept} = $one->{socket} ? 1 : 0;
    $self->_connect($one) unless $one->{socket};
    return 0;
}

sub _connect {
    my ($self, $one) = @_;
    socket my $socket, AF_INET, SOCK_STREAM, 0 or die "socket: $!\n";
    fcntl $socket, F_SETFL, O_NONBLOCK;
    setsockopt $socket, IPPROTO_TCP, TCP_NODELAY, 1;
    connect $socket, $self->{to} or $! == EINPROGRESS or undef $socket;
    $one->{socket} = $socket;
    return;
}

sub _turn {
    my ($self, @busy) = @_;
    my ($read, $write) = ('', '');
    for my $one (@busy) {
        next unless $one->{socket};
        my $number = fileno $one->{socket};
        vec($read, $number, 1) = 1;
        vec($write, $number, 1) = 1 if length $one->{bytes};
    }
    select $read, $write, undef, @busy ? 0.1 : 0.005;
    for my $one (@busy) {
        my $number = $one->{socket} ? fileno $one->{socket} : undef;
        if (!defined $number || time - $one->{start} > $self->{timeout}) {
            $self->_end($one, 0);
            next;
        }
        $self->_send($one) if vec $write, $number, 1;
        $self->_take($one) if $one->{request} && vec $read, $number, 1;
    }
    return;
}

sub _send {
    my ($self, $one) = @_;
    my $sent = syswrite $one->{socket}, $one->{bytes};
    return substr $one->{bytes}, 0, $sent, '' if $sent;
    return if $! == EAGAIN || $! == EINTR;
    return $self->_lost($one);
}

sub _take {
    my ($self, $one) = @_;
    my $got = sysread $one->{socket}, $one->{answer}, 16384,
        length $one->{answer};
    if (!$got) {
        return if !defined $got && ($! == EAGAIN || $! == EINTR);
        return $self->_lost($one);
    }
    my $end = index $one->{answer}, "\r\n\r\n";
    return if $end < 0;
    my ($length) = $one->{answer} =~ /\r\nContent-Length: (\d+)/i;
    return if length $one->{answer} < $end + 4 + ($length || 0);
    return $self->_end($one, 1);
}

# A connection that was closed while it idled is no answer of anybody's.
sub _lost {
    my ($self, $one) = @_;
    return $self->_end($one, 0) unless $one->{is_kept} && $one->{answer} eq '';
    my $request = $one->{request};
    delete @$one{qw(socket request)};
    local $self->{next} = sub { $request };
    $self->_begin($one);
    return;
}

sub _end {
    my ($self, $one, $is_whole) = @_;
    my $head = $is_whole ? $one->{answer} : '';
    my %header;
    $header{ lc $1 } = $2 while $head =~ /^([\w-]+): ([^\r\n]*)/mg;
    my $text = sub { defined $header{ $_[0] } ? $header{ $_[0] } : '' };
    my $answer = {
        request   => $one->{request},
        status    => $head =~ m{^HTTP/1\.1 (\d+)} ? $1 : 0,
        challenge => $text->('www-authenticate'),
        retry     => $text->('retry-after'),
        source    => $text->('x-source'),
        reason    => $text->('x-reason'),
        user      => $text->('x-user'),
        seconds   => time - $one->{start},
    };
    delete $one->{request};
    delete $one->{socket}
        if !$is_whole || $self->{fresh} || lc $text->('connection') eq 'close';
    $self->{told}->($answer, $one->{number});
    return;
}

1;
