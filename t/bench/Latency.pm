# SPDX-License-Identifier: Apache-2.0
package Latency;

# A directory that is 50 ms away: what counts is how many logins are under way
# at once, and how many answers each has to wait for.

use strict;
use warnings;
use EAS::Port;
use EAS::Proc;

my $THREADS = 128;
my $DELAY   = 50;    # milliseconds

sub measure {
    my ($bench) = @_;
    my $slapd   = $bench->slapd('far');
    my $watched = $bench->slapd('watched', quiet => 0);
    my ($pid, $url) = relay($bench, $slapd);
    my $measured = eval { measure_far($bench, $url, $watched) };
    my $error    = $@;
    EAS::Proc::stop($pid);
    die $error unless $measured;
    return $measured;
}

sub relay {
    my ($bench, $slapd) = @_;
    my $program = $bench->compile('relay');
    my $port    = EAS::Port::free();
    my $pid = EAS::Proc::spawn([ $program, $port, $slapd->port, $DELAY ],
        "$bench->{dir}/relay.log");
    EAS::Proc::wait_until(sub { EAS::Port::open($port) }, 10)
        or die "relay: " . EAS::Proc::tail("$bench->{dir}/relay.log", 5);
    return ($pid, "ldap://127.0.0.1:$port");
}

sub measure_far {
    my ($bench, $url, $watched) = @_;
    my @lines = $bench->known("EASAuthLDAPPool max=$THREADS",
        "EASAuthLDAPMaxWait $THREADS");
    my $httpd = $bench->httpd($THREADS,
        $bench->provider('far', $url, @lines)
            . $bench->provider('watched', $watched->url, @lines)
            . $bench->ours('/ours', 'far')
            . $bench->ours('/watched/ours', 'watched')
            . $bench->stock('/stock', $url)
            . $bench->stock('/watched/stock', $watched->url));
    my %rates;
    for my $who (qw(ours stock)) {
        $bench->warm_up($httpd, "/$who", $THREADS);
    }
    for my $round (1 .. $bench->size(3, 1)) {
        for my $who (qw(ours stock)) {
            push @{ $rates{$who} }, $bench->load($httpd, "/$who",
                connections => $THREADS,
                seconds     => $bench->size(8, 2))->{rate};
        }
        $bench->say(sprintf '%d ms away: %.0f and %.0f logins/s', $DELAY,
            $rates{ours}[-1], $rates{stock}[-1]);
    }
    my $most = $THREADS / ($DELAY / 1000);
    my %name = (ours => 'this module', stock => 'mod_authnz_ldap');
    my @rows;
    for my $who (qw(ours stock)) {
        my ($first, $later) =
            $bench->operations($httpd, "/watched/$who", $watched);
        my $rate = Bench::median(@{ $rates{$who} });
        push @rows, {
            name   => "$DELAY ms away, logins/s, $name{$who}",
            ours   => sprintf('%.0f', $rate),
            beside => sprintf('%.0f (threads / latency)', $most),
            ratio  => $rate / $most,
            goal   => $who eq 'ours' ? '>= 0.9' : '',
        }, {
            name   => "... as its operations allow, $name{$who}",
            ours   => sprintf('%.0f', $rate),
            beside => sprintf('%.0f (%s)', $most / $later->{all},
                $bench->operations_text($later)),
            ratio => $rate * $later->{all} / $most,
            goal  => '',
        };
    }
    return {
        rows  => \@rows,
        notes => [
            "$DELAY ms away: a relay holds back whatever comes from slapd. "
                . "$THREADS client connections, one child of $THREADS "
                . 'threads. Of this module: '
                . join(', ', map { /(.*)/ } @lines)
                . '. The people are known when the measurement begins.',
        ],
    };
}

1;
