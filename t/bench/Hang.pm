# SPDX-License-Identifier: Apache-2.0
package Hang;

# A directory hangs (SIGSTOP) while 64 clients ask for it: what becomes of
# requests that have nothing to do with it, and how long do those clients wait?

use strict;
use warnings;

my $THREADS = 64;     # of the only child: as many as there are such clients
my $CLIENTS = 64;
my $PAUSE   = 250;    # milliseconds: no phone asks again at once
my $SIDE    = 8;      # connections to each of the two other Locations
my $BEGIN   = 2;      # seconds until a directory is known to hang

my %NAME = (ours => 'this module', stock => 'mod_authnz_ldap');

sub measure {
    my ($bench) = @_;
    my %slapd = map { $_ => $bench->slapd($_) } qw(healthy hung);
    my $result = {};
    for my $round (1 .. $bench->size(3, 1)) {
        one_round($bench, $_, \%slapd, $result->{$_} ||= {}, $round == 1)
            for qw(ours stock);
    }
    return {
        rows  => [ map { rows($_, $result->{$_}) } qw(ours stock) ],
        notes => [
            "Hang: one child of $THREADS threads, two directories, one of "
                . 'them stopped. While it is, ' . $CLIENTS . ' clients ask '
                . "for its Location, each $PAUSE ms after its last answer, "
                . "and $SIDE connections each ask as fast as they can for a "
                . 'Location without authentication and for one with the '
                . 'directory that works; measured from the moment of the '
                . 'hang, for ' . ($BEGIN + seconds($bench)) . ' s. Beside it, the same with those '
                . "$CLIENTS clients at the same pace, told 503 by httpd itself "
                . '(Redirect 503), which closes their connections just the '
                . 'same: what they cost in CPU time is no blocking. For mod_authnz_ldap, whose limit is 60 s by '
                . 'default, LDAPTimeout 5 and LDAPConnectionTimeout 2; this '
                . 'module has its defaults. Whoever still waits when the '
                . 'directory goes on counts as answered then.',
        ],
    };
}

sub seconds { return $_[0]->size(8, 2) }

# A fresh httpd, so that nothing is known of an earlier hang.
sub one_round {
    my ($bench, $who, $slapd, $result, $first) = @_;
    my %url = map { $_ => $slapd->{$_}->url } keys %$slapd;
    my $config = "LDAPTimeout 5\nLDAPConnectionTimeout 2\n"
        . "RedirectMatch 503 ^/paced\n";
    for my $name (sort keys %url) {
        $config .= $who eq 'ours'
            ? $bench->provider($name, $url{$name})
            . $bench->ours("/$name", $name)
            : $bench->stock("/$name", $url{$name});
    }
    my $httpd   = $bench->httpd($THREADS, $config);
    my $seconds = seconds($bench);
    $bench->warm_up($httpd, "/$_", 16) for sort keys %url;
    keep($result, 'alone', side($bench, $httpd, $seconds));

    my $paced = background($bench, $httpd, '/paced');
    keep($result, 'paced', side($bench, $httpd, $seconds));
    $bench->interrupt_load($paced);

    my $stuck = background($bench, $httpd, '/hung');
    select undef, undef, undef, 1;    # they are all there
    $slapd->{hung}->pause;
    my $ok = eval {
        my $begin = side($bench, $httpd, $BEGIN);
        my $later = side($bench, $httpd, $seconds);
        keep($result, 'later', $later);
        keep($result, 'hung', { map {
            $_ => ($begin->{$_} * $BEGIN + $later->{$_} * $seconds)
                / ($BEGIN + $seconds)
        } keys %$later });
        # Whoever began to wait gets an answer, or has waited long enough.
        sleep $bench->size($who eq 'ours' ? 6 : 20, 2) if $first;
        1;
    };
    my $error = $@;
    # wrk knows of answers only: those who still wait get theirs now.
    $slapd->{hung}->resume;
    select undef, undef, undef, 1;
    push @{ $result->{slowest} }, $bench->interrupt_load($stuck)->{max};
    $httpd->stop;
    die $error unless $ok;
    $bench->say(join ', ', "hang, $who: /open and /healthy per second",
        map { sprintf "$_ %.0f %.0f", $result->{$_}{open}[-1],
            $result->{$_}{healthy}[-1] } qw(alone paced hung later));
    return;
}

sub background {
    my ($bench, $httpd, $path) = @_;
    return $bench->start_load($httpd, $path, connections => $CLIENTS,
        seconds => 600, pause => $PAUSE, refusals => 1);
}

# Requests per second for the two other Locations, at once.
sub side {
    my ($bench, $httpd, $seconds) = @_;
    my @loads = map {
        $bench->start_load($httpd, "/$_", connections => $SIDE,
            seconds => $seconds, refusals => 1)
    } qw(open healthy);
    my %rate;
    for my $name (qw(open healthy)) {
        my $seen = $bench->end_load(shift @loads);
        # What was refused there was not served.
        $rate{$name} = $seen->{rate}
            * (1 - $seen->{status} / ($seen->{requests} || 1));
    }
    return \%rate;
}

sub keep {
    my ($result, $condition, $rate) = @_;
    push @{ $result->{$condition}{$_} }, $rate->{$_} for keys %$rate;
    return;
}

sub rows {
    my ($who, $result) = @_;
    my @rows;
    my %name = (
        open    => 'without authentication',
        healthy => 'with another directory',
    );
    for my $place (qw(open healthy)) {
        my $start = "hang, requests/s $name{$place}, $NAME{$who}";
        for my $case (
            [ $start,                       'hung',  'paced', '>= 0.9' ],
            [ "... after $BEGIN s of it",   'later', 'paced', '' ],
            [ '... beside no such clients', 'hung',  'alone', '' ],
            ) {
            my ($name, $hung, $beside, $goal) = @$case;
            my ($with, $without) =
                map { $result->{$_}{$place} } $hung, $beside;
            push @rows, {
                name   => $name,
                ours   => sprintf('%.0f', Bench::median(@$with)),
                beside => sprintf('%.0f (no hang)', Bench::median(@$without)),
                ratio  => Bench::ratio($with, $without),
                goal   => $who eq 'ours' ? $goal : '',
            };
        }
    }
    my ($slowest) = sort { $b <=> $a } @{ $result->{slowest} };
    my $limit = $who eq 'ours' ? 8 : 5;
    push @rows, {
        name   => "hang, slowest answer, $NAME{$who}",
        ours   => sprintf('%.1f s', $slowest),
        beside => "$limit s (its limit)",
        ratio  => $slowest / $limit,
        goal   => $who eq 'ours' ? '<= 9 s' : '',
    };
    return @rows;
}

1;
