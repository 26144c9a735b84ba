# SPDX-License-Identifier: Apache-2.0
package Flat;

# What a warm decision through shared memory costs with few and with many
# accounts in the tables, in memory too; and its two pieces of cryptography,
# which callgrind sees without the processor's AES and SHA.

use strict;
use warnings;
use EAS::Proc;

my @ACCOUNTS = (1000, 100_000, 1_000_000);

# Decisions of the two runs that are counted, and of the one that is timed.
my ($FEW, $MANY, $TIMED) = (1000, 6000, 300_000);

sub measure {
    my ($bench) = @_;
    my $loop  = $bench->compile_library('shield_loop');
    my @found = map { { accounts => $_, decisions($bench, $loop, $_) } }
        @{ $bench->size(\@ACCOUNTS, [ 1000, 10_000 ]) };
    my $first = $found[0];
    return {
        rows => [
            map({ row($_, $first) } @found), memory($found[-1]),
            micro($bench, $loop),
        ],
        notes => [
            'Flat: eas_decide in one process over the tables of the shield, '
                . 'which are two thirds full, before a directory that costs '
                . 'nothing; everybody has logged in, and of them somebody '
                . 'drawn at random does so again. Instructions are the '
                . "difference of runs of $FEW and $MANY such decisions under "
                . 'callgrind; the time is that of the same decisions without '
                . 'it, and has the misses of the processor\'s caches and page '
                . 'tables in it.',
            'Bytes per account: of the tables, by how many accounts they were '
                . 'made for; a login has two names at most before others go.',
            'Digest and record: a million of each by one thread, beside the '
                . 'instructions that callgrind counts, which runs neither the '
                . 'AES nor the SHA of the processor.',
        ],
    };
}

# Of one process each over the same memory.
sub decisions {
    my ($bench, $loop, $accounts) = @_;
    my $out = "$bench->{dir}/flat.$accounts";
    my $script = join ' && ',
        map({ callgrind($loop, "$out.$_", 'ask', $accounts, $_) } $FEW, $MANY),
        "$loop ask $accounts " . $bench->size($TIMED, 1000);
    my $text = EAS::Proc::must(
        [ $loop, 'fill', $accounts, '/bin/sh', '-c', $script ]);
    my %found = $text =~ /(\w+)=(\d+)/g;
    die "shield_loop: $text" if $found{odd} || $found{asked};
    my $each = (total("$out.$MANY") - total("$out.$FEW")) / ($MANY - $FEW);
    $bench->say(sprintf '%d accounts: %.0f instructions, %.0f ns', $accounts,
        $each, $found{ns});
    return (%found, each => $each);
}

sub callgrind {
    my ($loop, $out, @arguments) = @_;
    my $valgrind = EAS::Proc::find('valgrind')
        or die "valgrind is not installed\n";
    return "$valgrind --tool=callgrind --callgrind-out-file=$out $loop "
        . "@arguments >$out.log 2>&1";
}

sub total {
    my ($out) = @_;
    my ($total) = EAS::Proc::read_file($out) =~ /^(?:summary|totals): (\d+)/m;
    return $total || die "callgrind has counted nothing\n";
}

sub row {
    my ($found, $first) = @_;
    return {
        name   => "a warm decision among $found->{accounts} accounts",
        ours   => sprintf('%.0f instructions, %.1f us', $found->{each},
            $found->{ns} / 1000),
        beside => sprintf('%.0f (among %d)', $first->{each},
            $first->{accounts}),
        ratio  => $found->{each} / $first->{each},
        goal   => $found == $first ? '' : '0.75 to 1.25',
    };
}

sub memory {
    my ($found) = @_;
    my $all = $found->{names} + $found->{cache} + $found->{ledger};
    return {
        name => 'bytes per account',
        ours => sprintf('%d', $all),
        beside => "$found->{names} names, $found->{cache} cache, "
            . "$found->{ledger} ledger",
        ratio => 1,
        goal  => '',
    };
}

sub micro {
    my ($bench, $loop) = @_;
    my %ns = EAS::Proc::must([ $loop, 'micro',
        $bench->size(1_000_000, 1000) ]) =~ /(\w+)=(\d+)/g;
    my $out = "$bench->{dir}/micro";
    for my $rounds ($FEW, $MANY) {
        EAS::Proc::must([ '/bin/sh', '-c',
            callgrind($loop, "$out.$rounds", 'micro', $rounds) ]);
    }
    my $each = (total("$out.$MANY") - total("$out.$FEW")) / ($MANY - $FEW);
    return {
        name   => 'a digest and a record of 200 bytes opened',
        ours   => "$ns{digest} + $ns{open} ns",
        beside => sprintf('%.0f instructions of callgrind', $each),
        ratio  => ($ns{digest} + $ns{open}) / $each,
        goal   => '',
    };
}

1;
