# SPDX-License-Identifier: Apache-2.0
package Cpu;

# CPU time that one login takes of httpd and slapd, beside the two things it
# cannot do without: a bind, and a request.

use strict;
use warnings;
use EAS::Proc;

sub measure {
    my ($bench) = @_;
    my $slapd = $bench->slapd('cpu');
    my $url   = $slapd->url;
    my $httpd = $bench->httpd(16,
        $bench->provider('cpu', $url)
            . $bench->ours('/ours', 'cpu')
            . $bench->stock('/stock', $url));
    my $loop    = $bench->compile('bind_loop', qw(ldap lber));
    my $seconds = $bench->size(4, 1);
    my %path    = (ours => '/ours', stock => '/stock', request => '/open');
    $bench->log_in($httpd, $_, 0) for values %path;

    my $before = $bench->cpu($httpd, $slapd->{pid});
    $bench->log_in($httpd, '/ours', 1 .. $bench->people_count - 1);
    my $first = ($bench->cpu($httpd, $slapd->{pid}) - $before)
        / ($bench->people_count - 1);

    my %cost;
    for my $round (1 .. $bench->size(5, 1)) {
        for my $what (sort keys %path) {
            my $start = $bench->cpu($httpd, $slapd->{pid});
            my $seen  = $bench->load($httpd, $path{$what},
                connections => 1, seconds => $seconds);
            push @{ $cost{$what} },
                ($bench->cpu($httpd, $slapd->{pid}) - $start)
                / $seen->{requests};
        }
        push @{ $cost{bind} }, bind_alone($bench, $loop, $slapd, $seconds);
        $bench->say('CPU, microseconds: ' . join ', ',
            map { sprintf '%s %.0f', $_, 1e6 * $cost{$_}[-1] }
            qw(ours stock bind request));
    }
    return report(\%cost, $first);
}

sub report {
    my ($cost, $first) = @_;
    my @least = map { $cost->{bind}[$_] + $cost->{request}[$_] }
        0 .. $#{ $cost->{bind} };
    my $micro = sub { sprintf '%.0f us', 1e6 * Bench::median(@_) };
    my $beside = sprintf '%.0f + %.0f us (a bind, a request)',
        map { 1e6 * Bench::median(@{ $cost->{$_} }) } qw(bind request);
    my $row = sub {
        my ($name, $goal, @ours) = @_;
        return { name => $name, ours => $micro->(@ours), beside => $beside,
            ratio => Bench::ratio(\@ours, \@least), goal => $goal };
    };
    my $stock = $row->('', '', @{ $cost->{stock} });
    return {
        rows => [
            $row->('CPU per login, person known', '<= 1.15', @{ $cost->{ours} }),
            $row->('CPU per login, the first', '', ($first) x @least),
            {
                name   => 'CPU per login, beside mod_authnz_ldap',
                ours   => $micro->(@{ $cost->{ours} }),
                beside => $stock->{ours},
                ratio  => Bench::ratio($cost->{ours}, $cost->{stock}),
                goal   => '',
            },
        ],
        notes => [
            'CPU: user and system time of httpd and slapd, by one client '
                . 'connection, divided by the logins. A bind is '
                . 'ldap_sasl_bind over one connection, with the CPU time of '
                . 'the program that calls it; a request is the same request '
                . 'for a Location without authentication. The first login is '
                . 'measured once, over all people.',
        ],
    };
}

sub bind_alone {
    my ($bench, $loop, $slapd, $seconds) = @_;
    my $before = $bench->cpu(undef, $slapd->{pid});
    my $text   = EAS::Proc::must(
        [ $loop, $slapd->url, $bench->{binds}, $seconds ]);
    my ($binds, $own) = split ' ', $text;
    return ($bench->cpu(undef, $slapd->{pid}) - $before + $own) / $binds;
}

1;
