# SPDX-License-Identifier: Apache-2.0
package Storm;

# A password that is known to be wrong, repeated by 64 connections.

use strict;
use warnings;
use EAS::Proc;
use MIME::Base64 ();

my @PATHS = qw(/ours /open /refused);

sub measure {
    my ($bench) = @_;
    my $slapd = $bench->slapd('storm', quiet => 0);
    my $httpd = $bench->httpd(64,
        $bench->provider('storm', $slapd->url)
            . $bench->ours('/ours', 'storm')
            . $bench->plain('/open')
            . $bench->refused('/refused'),
        remembers => 1);
    my (%rate, $operations);
    for my $round (1 .. $bench->size(12, 2)) {
        $operations += one_round($bench, $httpd, $slapd, $round, \%rate);
    }
    return {
        rows  => rows(\%rate, $operations),
        notes => [
            'Storm: 64 kept-alive connections send the same wrong password, '
                . "somebody's in each round, for a second; by turns with the "
                . 'same Location without authentication, and with a 401 of '
                . 'mod_auth_basic, to which no password is sent, so that it '
                . 'asks nobody. An answer of 401 is cheaper than one with a '
                . 'file, and has a longer body. The operations of the directory are those it has '
                . 'logged after the first refusal of each round.',
        ],
    };
}

sub one_round {
    my ($bench, $httpd, $slapd, $round, $rate) = @_;
    my $wrong = 'Basic ' . MIME::Base64::encode_base64(
        sprintf('u%04d:not it', $round), '');
    my $headers =
        EAS::Proc::write_file("$bench->{dir}/wrong.$round", "$wrong\n");
    my $none = EAS::Proc::write_file("$bench->{dir}/none", "-\n");
    my $status = $bench->request($httpd, '/ours', $wrong, 2);
    die "a wrong password is answered $status\n" unless $status == 401;
    my $mark = $slapd->mark;
    for my $path ($round % 2 ? @PATHS : reverse @PATHS) {
        push @{ $rate->{$path} }, $bench->load($httpd, $path,
            connections => 64, seconds => 1, refusals => 1,
            headers => $path eq '/refused' ? $none : $headers)->{rate};
    }
    $bench->say(join ', ', 'storm',
        map { sprintf "$_ %.0f/s", $rate->{$_}[-1] } @PATHS);
    return scalar $slapd->operations($mark);
}

sub rows {
    my ($rate, $operations) = @_;
    my @rows;
    for (['/open', 'without authentication', '>= 0.9'],
        [ '/refused', "httpd's own 401", '' ]) {
        my ($path, $name, $goal) = @$_;
        my @interval =
            Bench::interval(Bench::ratios($rate->{'/ours'}, $rate->{$path}));
        push @rows, {
            name => "known wrong/s, beside $name",
            ours => sprintf('%.0f (ratio %.3f to %.3f)',
                Bench::median(@{ $rate->{'/ours'} }), @interval),
            beside => sprintf('%.0f', Bench::median(@{ $rate->{$path} })),
            ratio  => Bench::ratio($rate->{'/ours'}, $rate->{$path}),
            goal   => $goal,
        };
    }
    push @rows, {
        name   => '... operations of the directory after the first',
        ours   => $operations,
        beside => '0',
        ratio  => $operations,
        goal   => '0',
    };
    return \@rows;
}

1;
