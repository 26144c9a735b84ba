# SPDX-License-Identifier: Apache-2.0
package Logins;

# Uncached logins per second, beside mod_authnz_ldap: the same httpd, the same
# slapd, by turns.

use strict;
use warnings;

# Connection to the directory, connections of clients, goal
my @CASES = (
    [ 'ldap',  1,  '' ],
    [ 'ldap',  16, '>= 1.5' ],
    [ 'ldap',  64, '' ],
    [ 'ldaps', 16, '' ],
);

sub measure {
    my ($bench) = @_;
    my $slapd   = $bench->slapd('logins');
    my $watched = $bench->slapd('watched', quiet => 0);
    my $config  = '';
    for my $scheme (qw(ldap ldaps)) {
        my $url = $slapd->url($scheme);
        $config .= $bench->provider($scheme, $url)
            . $bench->ours("/ours/$scheme", $scheme)
            . $bench->stock("/stock/$scheme", $url);
    }
    $config .= $bench->provider('watched', $watched->url)
        . $bench->ours('/ours/watched', 'watched')
        . $bench->stock('/stock/watched', $watched->url);
    my $httpd = $bench->httpd(128, $config);
    my @rows  = map { speed($bench, $httpd, @$_) } @CASES;
    push @rows, operations($bench, $httpd, $watched);
    return {
        rows  => \@rows,
        notes => [
            'Logins: ' . $bench->people_count . ' people with passwords of '
                . 'their own, asked for in turn; no verdict is remembered by '
                . 'either module (LDAPCacheEntries, LDAPOpCacheEntries and '
                . 'LDAPSharedCacheSize are 0). One child of 128 threads, '
                . 'otherwise the defaults of both: this module has at most 16 '
                . 'connections for searches and 16 for binds, mod_ldap one '
                . 'for each request at a time. Measured by turns; medians of '
                . 'the rates and of the ratios of neighbours.',
        ],
    };
}

sub speed {
    my ($bench, $httpd, $scheme, $connections, $goal) = @_;
    my %rates;
    my %path = map { $_ => "/$_/$scheme" } qw(ours stock);
    $bench->warm_up($httpd, $path{$_}, $connections) for sort keys %path;
    for my $pair (1 .. $bench->size(5, 1)) {
        for my $who (qw(ours stock)) {
            push @{ $rates{$who} }, $bench->load($httpd, $path{$who},
                connections => $connections,
                seconds     => $bench->size(4, 1))->{rate};
        }
        $bench->say(sprintf '%s, %d connections: %.0f and %.0f logins/s',
            $scheme, $connections, $rates{ours}[-1], $rates{stock}[-1]);
    }
    return {
        name   => "logins/s, $scheme://, $connections connection"
            . ($connections > 1 ? 's' : ''),
        ours   => sprintf('%.0f', Bench::median(@{ $rates{ours} })),
        beside => sprintf('%.0f', Bench::median(@{ $rates{stock} })),
        ratio  => Bench::ratio($rates{ours}, $rates{stock}),
        goal   => $goal,
    };
}

sub operations {
    my ($bench, $httpd, $watched) = @_;
    my @ours  = $bench->operations($httpd, '/ours/watched',  $watched);
    my @stock = $bench->operations($httpd, '/stock/watched', $watched);
    my @name  = ('operations per login, the first', 'operations per login, later');
    return map { {
        name   => $name[$_],
        ours   => $bench->operations_text($ours[$_]),
        beside => $bench->operations_text($stock[$_]),
        ratio  => $ours[$_]{all} / $stock[$_]{all},
        goal   => '',
    } } 0, 1;
}

1;
