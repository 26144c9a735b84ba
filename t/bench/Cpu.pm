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
    my $httpd = $bench->httpd(32,
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
    my $loop   = $bench->compile('bind_loop', qw(ldap lber));
    my $before = $bench->cpu(undef, $slapd->{pid});
    my ($binds, $own) = split ' ', EAS::Proc::must(
        [ $loop, $slapd->url, $bench->{binds}, $seconds, $connections ]);
    push @{ $cost->{bind} },
        ($bench->cpu(undef, $slapd->{pid}) - $before + $own) / $binds;
    $bench->say("CPU, us, $connections connections: " . join ', ',
        map { sprintf '%s %.0f', $_, 1e6 * $cost->{$_}[-1] }
        qw(ours stock bind request));
    return;
}

sub micro { return sprintf '%.0f us', 1e6 * Bench::median(@_) }

# Some logins beside a bind and a request.
sub row {
    my ($name, $goal, $logins, $cost) = @_;
    my @least = map { $cost->{bind}[$_] + $cost->{request}[$_] }
        0 .. $#{ $cost->{bind} };
    return {
        name   => $name,
        ours   => micro(@$logins),
        beside => sprintf('%.0f + %.0f us (a bind, a request)',
            map { 1e6 * Bench::median(@{ $cost->{$_} }) } qw(bind request)),
        ratio => Bench::ratio($logins, \@least),
        goal  => $goal,
    };
}

sub rows {
    my ($connections, $cost) = @_;
    my $where = $connections == 1 ? '1 connection'
        : "$connections connections";
    return (
        row("CPU per login, person known, $where", '<= 1.15', $cost->{ours},
            $cost),
        {
            name   => "... beside mod_authnz_ldap, $where",
            ours   => micro(@{ $cost->{ours} }),
            beside => micro(@{ $cost->{stock} }),
            ratio  => Bench::ratio($cost->{ours}, $cost->{stock}),
            goal   => '',
        });
}

1;
