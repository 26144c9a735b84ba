# SPDX-License-Identifier: Apache-2.0
package Warm;

# Requests per second of people who have logged in before, beside the same
# Location without authentication.

use strict;
use warnings;
use EAS::Proc;

# Fewer people than mod_ldap's caches remember by default.
my $PEOPLE = 500;

my @KINDS = (
    { name => 'kept-alive connections', goal => '>= 0.97', people => 1,
      close => 0 },
    { name => 'a new connection each', goal => '>= 0.90', people => $PEOPLE,
      close => 1 },
);

sub measure {
    my ($bench) = @_;
    my $slapd = $bench->slapd('warm');
    my $url   = $slapd->url;
    my $httpd = $bench->httpd(64,
        $bench->provider('warm', $url)
            . $bench->ours('/ours', 'warm')
            . $bench->plain('/open')
            . $bench->stock('/stock', $url),
        remembers => 1);
    return {
        rows  => [ map { rows($bench, $httpd, $_) } @KINDS ],
        notes => [
            'Warm: 64 connections, a file of three bytes, no TLS, LogLevel '
                . 'warn; on kept-alive connections one person, so that the '
                . "memo of each connection answers, and $PEOPLE people where "
                . 'each request has a connection of its own. The three are '
                . 'measured by turns, a second each; medians of the rates and '
                . 'of the ratios of neighbours, with the interval that the '
                . 'median is in with 95 % (order statistics). wrk has the '
                . 'same processors. mod_authnz_ldap with its caches, as by '
                . 'default. Without authentication: Require all granted.',
        ],
    };
}

sub rows {
    my ($bench, $httpd, $kind) = @_;
    my %headers = (headers => some($bench, $kind->{people}));
    my %rate;
    for my $path ('/ours', '/stock') {
        $bench->load($httpd, $path, connections => 16, seconds => 1, %headers);
    }
    for my $round (1 .. $bench->size(20, 2)) {
        my @paths = qw(/ours /open /stock);
        @paths = reverse @paths if $round % 2;
        for my $path (@paths) {
            push @{ $rate{$path} }, $bench->load($httpd, $path,
                connections => 64, seconds => 1, close => $kind->{close},
                %headers)->{rate};
        }
        $bench->say(join ', ', "warm, $kind->{name}",
            map { sprintf "$_ %.0f/s", $rate{$_}[-1] } qw(/open /ours /stock));
    }
    return (
        row("warm requests/s, $kind->{name}", $kind->{goal}, \%rate, '/ours'),
        row('... mod_authnz_ldap', '', \%rate, '/stock'),
        {
            name   => '... beside mod_authnz_ldap',
            ours   => sprintf('%.0f', Bench::median(@{ $rate{'/ours'} })),
            beside => sprintf('%.0f', Bench::median(@{ $rate{'/stock'} })),
            ratio  => Bench::ratio($rate{'/ours'}, $rate{'/stock'}),
            goal   => '> 1',
        });
}

sub row {
    my ($name, $goal, $rate, $path) = @_;
    my @interval =
        Bench::interval(Bench::ratios($rate->{$path}, $rate->{'/open'}));
    return {
        name => $name,
        ours => sprintf('%.0f (ratio %.3f to %.3f)',
            Bench::median(@{ $rate->{$path} }), @interval),
        beside => sprintf('%.0f without authentication',
            Bench::median(@{ $rate->{'/open'} })),
        ratio => Bench::ratio($rate->{$path}, $rate->{'/open'}),
        goal  => $goal,
    };
}

# A file of the first so many people.
sub some {
    my ($bench, $count) = @_;
    return EAS::Proc::write_file("$bench->{dir}/headers.$count",
        join '', map { "$_\n" } @{ $bench->{people} }[ 0 .. $count - 1 ]);
}

1;
