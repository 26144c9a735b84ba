# SPDX-License-Identifier: Apache-2.0
package Soak;

# Many logins in one child: whether it grows, or loses descriptors.

use strict;
use warnings;
use EAS::Proc;

sub measure {
    my ($bench) = @_;
    my $slapd = $bench->slapd('soak');
    my $httpd = $bench->httpd(32,
        $bench->provider('soak', $slapd->url) . $bench->ours('/ours', 'soak'));
    my @marks = ($bench->size(20_000, 4_000), $bench->size(200_000, 12_000));
    my ($seen, @found) = (0);
    for my $mark (@marks) {
        $seen = log_in_until($bench, $httpd, $seen, $mark);
        push @found, state_of($httpd);
        $bench->say(sprintf 'after %d logins: %d kB, %d descriptors', $seen,
            @{ $found[-1] });
    }
    my $row = sub {
        my ($index, $name, $unit, $goal) = @_;
        return {
            name   => "$name of the child after $marks[1] logins",
            ours   => "$found[1][$index]$unit",
            beside => "$found[0][$index]$unit (after $marks[0])",
            ratio  => $found[1][$index] / $found[0][$index],
            goal   => $goal,
        };
    };
    return {
        rows => [
            $row->(0, 'memory (Pss)', ' kB', '<= 1.02'),
            $row->(1, 'descriptors', '', '1.00'),
        ],
        notes => [
            'Memory: one child of 32 threads, 16 client connections, looked '
                . 'at when they are closed.',
        ],
    };
}

sub log_in_until {
    my ($bench, $httpd, $seen, $mark) = @_;
    my $rate = 10_000;    # a guess, until there is a figure
    while ($seen < $mark) {
        my $seconds = int(($mark - $seen) / $rate) + 1;
        $seconds = 20 if $seconds > 20;
        my $load = $bench->load($httpd, '/ours', connections => 16,
            seconds => $seconds);
        $seen += $load->{requests};
        $rate = $load->{rate};
    }
    return $seen;
}

# [kB, descriptors] of the child, when the clients' connections are gone.
sub state_of {
    my ($httpd) = @_;
    my ($child) = $httpd->children;
    my $clients = sprintf ':%04X', $httpd->{bench_port};
    EAS::Proc::wait_until(
        sub {
            # Address here, address there, state: 01 is established.
            EAS::Proc::read_file('/proc/net/tcp')
                !~ /^\s*\d+: \w+$clients \w+:\w+ 01 /m;
        }, 10);
    my ($kb) = EAS::Proc::read_file("/proc/$child/smaps_rollup")
        =~ /^Pss:\s+(\d+)/m;
    my @files = glob "/proc/$child/fd/*";
    return [ $kb, scalar @files ];
}

1;
