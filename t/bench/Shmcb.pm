# SPDX-License-Identifier: Apache-2.0
package Shmcb;

# What a retrieve and a store cost in httpd's shmcb, with few and with many
# entries, beside the same in our table: counted by valgrind in an httpd of one
# process (store_handler.c).

use strict;
use warnings;
use EAS::Curl;
use EAS::Httpd;
use EAS::Port;
use EAS::Proc;

my $COUNT = 2000;
my %WORD  = (get => 'a retrieve', put => 'a store');

sub measure {
    my ($bench) = @_;
    my $module = compile($bench);
    my (@rows, %first);
    for my $entries (@{ $bench->size([ 1000, 100_000 ], [ 1000, 10_000 ]) }) {
        for my $what (qw(get put)) {
            my ($shmcb, $table) = map { run($bench, $module, $_, $entries,
                $what) } qw(shmcb table);
            $bench->say(sprintf '%s of %d: shmcb %.0f, table %.0f',
                $WORD{$what}, $entries, $shmcb->{each}, $table->{each});
            $first{$what} ||= $shmcb->{each};
            push @rows, {
                name   => "$WORD{$what} among $entries, shmcb",
                ours   => sprintf('%.0f instructions (%.0f %% kept)',
                    $shmcb->{each}, 100 * $shmcb->{kept} / $entries),
                beside => sprintf('%.0f of our table (%.0f %% kept)',
                    $table->{each}, 100 * $table->{kept} / $entries),
                ratio  => $shmcb->{each} / $first{$what},
                goal   => '',
            };
        }
    }
    return {
        rows  => \@rows,
        notes => [
            'shmcb: mod_socache_shmcb of 64 MB, the most it takes, filled with '
                . 'records of 300 bytes under keys of 16; instructions of '
                . "$COUNT retrieves, and of as many stores over what is there, "
                . 'of entries drawn at random (callgrind); the ratio is to '
                . 'the same with the fewest entries. It has 256 sub-caches, '
                . 'and walks the index of one in line, under a lock of the '
                . 'whole cache that httpd asks for: so what it costs grows '
                . 'with what is in it, and it is not flat: where it was seen first, a '
                . 'retrieve took 560 among 1000 and 15,300 among 100,000, '
                . '622 of either in the table beside it. So the embedded '
                . 'default is our own table; shmcb stays a choice.',
        ],
    };
}

sub compile {
    my ($bench) = @_;
    my $module = "$bench->{dir}/store_handler.so";
    my $cc = EAS::Proc::find($ENV{CC}, 'cc', 'gcc', 'clang')
        or die "no C compiler is installed\n";
    my $from = $ENV{EAS_WORK};
    EAS::Proc::must([ $cc, qw(-std=gnu11 -D_GNU_SOURCE -O2 -g -fPIC -shared -o),
        $module, "-I$from/include", '-I' . EAS::Httpd::_apxs('INCLUDEDIR'),
        split(' ', $ENV{EAS_APR_CPPFLAGS} || ''),
        "$bench->{programs}/store_handler.c", "$from/libeas.a",
        qw(-lcrypto -lpthread) ]);
    return $module;
}

# { each => instructions, kept => entries that were found again }
sub run {
    my ($bench, $module, $kind, $entries, $what) = @_;
    my $valgrind = EAS::Proc::find('valgrind')
        or die "valgrind is not installed\n";
    my $port  = EAS::Port::free();
    my $name  = "$kind.$entries.$what";
    my $out   = "$bench->{dir}/callgrind.$name";
    my $httpd = EAS::Httpd->new(
        dir       => "$bench->{dir}/$name",
        mpm       => 'prefork',
        module    => '',
        log_level => 'warn',
        modules   => [qw(socache_shmcb)],
        config    => "LoadModule eas_bench_module $module\n"
            . "Listen 127.0.0.1:$port\nTimeout 300\n"
            . "<Location />\nSetHandler eas-bench\n</Location>\n",
    );
    my $pid = EAS::Proc::spawn(
        [ $valgrind, '--tool=callgrind', '--collect-atstart=no',
          '--toggle-collect=measured', "--callgrind-out-file=$out",
          @{ $httpd->_argv('-X', '-c', 'MaxConnectionsPerChild 2') } ],
        "$out.log");
    EAS::Proc::wait_until(sub { EAS::Port::open($port) }, 60)
        or die "httpd does not start:\n" . EAS::Proc::read_file("$out.log");
    my $body = EAS::Curl->new(base => "http://127.0.0.1:$port",
        timeout => 300)->request('GET', "/$kind/$entries/$what/$COUNT")->body;
    EAS::Proc::wait_until(sub { !EAS::Proc::alive($pid) }, 60)
        or die "httpd does not end\n";
    my %found = $body =~ /(\w+)=(\d+)/g;
    die "store_handler: $body\n" unless defined $found{done};
    my ($total) = EAS::Proc::read_file($out) =~ /^(?:summary|totals): (\d+)/m;
    die "callgrind has counted nothing\n" unless $total;
    return { each => $total / $COUNT, kept => $found{kept} };
}

1;
