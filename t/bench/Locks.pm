# SPDX-License-Identifier: Apache-2.0
package Locks;

# Locks that a login takes of those that processes share: how often, and how
# long each is held.

use strict;
use warnings;
use EAS::Proc;

my $THREADS = 64;

my @CASES = (
    { name => 'warm, one account', kind => 'warm', accounts => 1,
      goal => '0' },
    { name => 'warm, 100000 accounts', kind => 'warm', accounts => 100_000,
      goal => '0' },
    { name => 'known wrong, one account', kind => 'wrong', accounts => 1,
      goal => '0' },
    { name => 'known wrong, 100000 accounts', kind => 'wrong',
      accounts => 100_000, goal => '0' },
    { name => 'the first login, 100000 accounts', kind => 'cold',
      accounts => 100_000, goal => '' },
);

sub measure {
    my ($bench) = @_;
    my $loop = $bench->compile_library('shield_loop');
    return {
        rows  => [ map { rows($bench, $loop, $_) } @CASES ],
        notes => [
            "Locks: $THREADS threads of one process call eas_decide as "
                . 'requests do, before a directory that costs nothing; each '
                . 'lock in shared memory is counted and timed where '
                . 'pthread_mutex_lock is called. Held: from when it was had '
                . 'until it is given back; the 99th percentile and the most '
                . 'are mostly threads that lost the processor in between, as '
                . 'many more threads than processors run. No other lock is '
                . 'taken on these ways but those of waiting (eas_seats), which '
                . 'a login takes that waits for another\'s answer.',
            'Locks, on 64 cores: who is known takes none, so that warm logins '
                . 'and repeated wrong passwords share nothing that is written '
                . 'but the counter of their kind, a line of the cache that '
                . 'each of them adds one to; a line moves between cores in '
                . 'some 100 ns, which bounds them to several millions a '
                . 'second. A slot is marked as used once a minute. A first '
                . 'login holds one lock at a time, never two and never while '
                . 'the directory is asked, of one of the shards of each '
                . 'table, which are chosen by the key: 64 cores that did '
                . 'nothing else would each hold one for less than the '
                . 'hundredth part of the time, and two of them seldom the '
                . 'same. One account that everybody logs in to for the first '
                . 'time has one shard in each table, but one of them asks: '
                . 'the others look at the flight every 1 to 20 ms.',
        ],
    };
}

sub rows {
    my ($bench, $loop, $case) = @_;
    my $requests = $bench->size(
        $case->{kind} eq 'cold' ? $case->{accounts} : 500_000, 10_000);
    my $accounts =
        $bench->size($case->{accounts}, $case->{accounts} > 1 ? 10_000 : 1);
    my $text = EAS::Proc::must([ $loop, 'locks', $accounts, $requests,
        $THREADS, $case->{kind} ]);
    my ($rate) = $text =~ /^rate=(\d+)/ or die "shield_loop: $text";
    $bench->say("locks, $case->{name}: $rate/s");
    my @rows;
    my $sum = 0;
    while ($text =~ /^lock=(\w+) each=([\d.]+)(.*)/mg) {
        my ($table, $each, $times) = ($1, $2, $3);
        $sum += $each;
        push @rows, lock_row($table, $each, $times) if $each > 0;
    }
    return ({
        name   => "locks of a login, $case->{name}",
        ours   => sprintf('%.4g', $sum),
        beside => "$rate logins/s",
        ratio  => $sum,
        goal   => $case->{goal},
    }, @rows);
}

sub lock_row {
    my ($table, $each, $times) = @_;
    my ($held, $most_often) = $times =~ /held=(\d+),(\d+)/;
    my ($waited) = $times =~ /waited=\d+,(\d+)/;
    return {
        name   => "... of $table",
        ours   => sprintf('%.4g', $each),
        beside => "held $held ns, 99 % $most_often; waited for, 99 % $waited",
        ratio  => $each,
        goal   => '',
    };
}

1;
