# SPDX-License-Identifier: Apache-2.0
package Cpu;

# CPU time that one login takes of httpd and slapd, beside the two things it
# cannot do without: a bind, and a request.

use strict;
use warnings;
use EAS::Proc;

# Threads that wake each other cost more where there is one connection, and
# switches between threads more where there are many: each with its like.
my @CONNECTIONS = (1, 16);

sub measure {
    my ($bench) = @_;
    my $slapd = $bench->slapd('cpu');
    my $url   = $slapd->url;
    # A quarter of the threads may ask the directory at once, and none of the
    # connections should queue for that: a bind does not.
    my $httpd = $bench->httpd(128,
        $bench->provider('cpu', $url)
            . $bench->ours('/ours', 'cpu')
            . $bench->stock('/stock', $url));
    my $first = first_logins($bench, $httpd, $slapd);
    my @rows;
    for my $connections (@CONNECTIONS) {
        my %cost;
        for my $round (1 .. $bench->size(5, 1)) {
            one_round($bench, $httpd, $slapd, $connections, \%cost);
        }
        push @rows, rows($connections, \%cost);
        push @rows, row('CPU per login, the first, 1 connection', '',
            [ ($first) x @{ $cost{bind} } ], \%cost)
            if $connections == 1;
    }
    return {
        rows  => \@rows,
        notes => [
            'CPU: user and system time of httpd and slapd, divided by the '
                . 'logins. A bind is ldap_sasl_bind, over as many '
                . 'connections, with the CPU time of the processes that call '
                . 'it; a request is the same request for a Location without '
                . 'authentication. The first login is measured once, over '
                . 'all people.',
            'CPU, the baseline: alone, a bind or a request comes several '
                . 'times as often as a login does and finds all that it '
                . 'needs in the caches of the processor, so that slapd, '
                . 'which does the same for either, takes less for it. Two '
                . 'more rows: binds by threads of one process; and a request '
                . 'and then a bind, by turns, by a program that does nothing '
                . 'else (CPU time of httpd, of slapd, and of the binds in '
                . 'the program), which is the work of a login in the order '
                . 'of a login. The goal is held against the first.',
        ],
    };
}

sub first_logins {
    my ($bench, $httpd, $slapd) = @_;
    my @people = (1 .. $bench->people_count - 1);
    $bench->log_in($httpd, $_, 0) for qw(/ours /stock /open);
    my $before = $bench->cpu($httpd, $slapd->{pid});
    $bench->log_in($httpd, '/ours', @people);
    return ($bench->cpu($httpd, $slapd->{pid}) - $before) / @people;
}

sub one_round {
    my ($bench, $httpd, $slapd, $connections, $cost) = @_;
    my $seconds = $bench->size(3, 1);
    my %path = (ours => '/ours', stock => '/stock', request => '/open');
    for my $what (sort keys %path) {
        my $before = $bench->cpu($httpd, $slapd->{pid});
        my $seen   = $bench->load($httpd, $path{$what},
            connections => $connections, seconds => $seconds);
        push @{ $cost->{$what} },
            ($bench->cpu($httpd, $slapd->{pid}) - $before)
            / $seen->{requests};
    }
    my @loop = ($bench, $slapd, $connections, $seconds);
    push @{ $cost->{bind} },    bind_loop(@loop, 'processes');
    push @{ $cost->{threads} }, bind_loop(@loop, 'threads');
    push @{ $cost->{turns} },   bind_loop(@loop, 'processes', $httpd);
    $bench->say("CPU, us, $connections connections: " . join ', ',
        map { sprintf '%s %.0f', $_, 1e6 * $cost->{$_}[-1] }
        qw(ours stock bind request threads turns));
    return;
}

# Binds, by many processes or threads: how many, and the CPU time of slapd, of
# those who bind, and of the httpd that they ask for something in between.
sub bind_loop {
    my ($bench, $slapd, $connections, $seconds, $by, $httpd) = @_;
    my $loop   = $bench->compile('bind_loop', qw(ldap lber pthread));
    my $before = $bench->cpu($httpd, $slapd->{pid});
    my ($binds, $own) = split ' ', EAS::Proc::must([ $loop, $slapd->url,
        $bench->{binds}, $seconds, $connections, $by,
        $httpd ? $httpd->{bench_port} : () ]);
    return ($bench->cpu($httpd, $slapd->{pid}) - $before + $own) / $binds;
}

sub micro { return sprintf '%.0f us', 1e6 * Bench::median(@_) }

sub sums {
    my ($cost, $bind, $request) = @_;
    return [ map { $cost->{$bind}[$_] + $cost->{$request}[$_] }
        0 .. $#{ $cost->{$bind} } ];
}

# Some logins beside something else.
sub beside {
    my ($name, $goal, $logins, $beside, $text) = @_;
    return {
        name   => $name,
        ours   => micro(@$logins),
        beside => $text,
        ratio  => Bench::ratio($logins, $beside),
        goal   => $goal,
    };
}

# Some logins beside a bind and a request.
sub row {
    my ($name, $goal, $logins, $cost, $bind) = @_;
    $bind ||= 'bind';
    return beside($name, $goal, $logins, sums($cost, $bind, 'request'),
        sprintf '%.0f + %.0f us (a bind, a request)',
            map { 1e6 * Bench::median(@{ $cost->{$_} }) } $bind, 'request');
}

sub rows {
    my ($connections, $cost) = @_;
    my $where = $connections == 1 ? '1 connection'
        : "$connections connections";
    return (
        row("CPU per login, person known, $where", '<= 1.15', $cost->{ours},
            $cost),
        row("... binds by threads, $where", '', $cost->{ours}, $cost,
            'threads'),
        beside("... a request and a bind by turns, $where", '',
            $cost->{ours}, $cost->{turns},
            micro(@{ $cost->{turns} }) . ' (both)'),
        beside("... beside mod_authnz_ldap, $where", '', $cost->{ours},
            $cost->{stock}, micro(@{ $cost->{stock} })));
}

1;
