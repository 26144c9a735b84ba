# SPDX-License-Identifier: Apache-2.0
# What the shield knows outlives a reload, children that are killed, and, but
# for the cache, a restart.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use POSIX ();
use EAS::Phones;
use EAS::Proc;
use EAS::Shield;
use EAS::Test;

my $KILLS = 30;
my @staff = map { sprintf 'staff%02d', $_ } 1 .. 40;
my @fresh = map { sprintf 'fresh%02d', $_ } 1 .. 20;

plan tests => 61, need_module(qw(eas_auth remoteip));

my $HOME = '198.51.100.7';
my $AWAY = '203.0.113.9';

my $dir   = scratch('shield');
my $slapd = directory("$dir/slapd", qw(cached stale held erring regular other victim
    hunted), @staff, @fresh);
my $ledger = "$dir/ledger";
my $judge  = provider('judge', $slapd)
    . place('/mail', 'judge') . place('/live', 'judge', 'EASAuthCacheTTL 0s');
my $httpd = front("$dir/httpd", "EASAuthLedger accounts=1000 file=$ledger\n"
    . $judge);

# One answer and what it cost in binds of that person.
sub costs {
    my ($name, $expected, $binds, $user, $password, %more) = @_;
    my $mark = $slapd->mark;
    is(asks($httpd, '/mail', $user, $password, %more)
            . ', binds ' . binds($slapd, $user, $mark),
        "$expected, binds $binds", $name);
    return;
}

sub right { return ($_[0], "$_[0] secret") }

sub lines {
    my ($pattern, $mark) = @_;
    return scalar grep { /$pattern/ } split /\n/, $httpd->log_since($mark);
}

# --- before

my $start = $slapd->mark;
costs('a login',           '200 directory', 1, right('cached'));
costs('is cached',         '200 cache',     0, right('cached'));
costs('a stale password',  '401 directory', 1, 'stale', 'last month');
costs('is known',          '401 ledger',    0, 'stale', 'last month');
costs('an owner at home',  '200 directory', 1, right('held'), from => $HOME);
costs('a guess',           '401 directory', 1, 'held', 'guess 1', from => $AWAY);
costs('another',           '401 directory', 1, 'held', 'guess 2', from => $AWAY);
costs('and it is held',    '503 ledger',    0, 'held', 'guess 3', from => $AWAY);
costs('but not at home',   '200 cache',     0, right('held'), from => $HOME);
costs('nor is it a secret whose', '503 ledger', 0, right('held'), from => $AWAY);
costs('somebody at home',  '200 directory', 1, right('regular'), from => $HOME);
costs('and another',       '200 directory', 1, right('erring'), from => $HOME);

# --- a reload

$httpd->graceful;
costs('reload: a login is cached',     '200 cache',  0, right('cached'));
costs('reload: a stale password is known', '401 ledger', 0, 'stale', 'last month');
costs('reload: a held account is held', '503 ledger', 0, right('held'), from => $AWAY);
costs('reload: and a familiar one familiar', '200 cache', 0, right('held'), from => $HOME);
costs('reload: who may err', '401 directory', 1, 'held', 'typing error', from => $HOME);
costs('reload: and is in', '200 cache', 0, right('held'), from => $HOME);
$httpd->configure("EASAuthLedger accounts=1000 file=$ledger\nEASAuthCache shm(8M)\n"
    . ($httpd->{config} =~ s/EASAuthLedger .*\n//r));
$httpd->graceful;
costs('reload, the cache has another size: asked', '200 directory', 1, right('cached'));
costs('and the account is held', '503 ledger', 0, right('held'), from => $AWAY);
# Three of five are the limit of both budgets, at home as well.
costs('even at home, as it has erred', '503 ledger', 0, right('held'), from => $HOME);
judge($slapd, 'held', $start, 4, 3, 'held');
ask($httpd, '/mail', 'erring', "guess $_", from => $AWAY) for 1, 2;
judge($slapd, 'stale', $start, 1, 1, 'stale');

# --- a restart

sub restart {
    my ($between) = @_;
    $httpd->stop;
    $between->() if $between;
    my $mark = $httpd->mark;
    $httpd->start;
    return $mark;
}

restart();
is((stat $ledger)[2] & 0777, 0600, 'the file is nobody else\'s');
unlike(EAS::Proc::read_file($ledger), qr/held|cached|regular|secret|month/,
    'and holds no names');
costs('restart: the cache is empty',   '200 directory', 1, right('cached'));
costs('restart: a held account is held', '503 ledger', 0, right('held'), from => $AWAY);
costs('restart: so is another', '503 ledger', 0, right('erring'), from => $AWAY);
costs('restart: its owner is familiar', '200 directory', 1, right('erring'), from => $HOME);
costs('guess 1 and 2 of a familiar account', '401 directory', 1, 'regular', 'guess 1', from => $AWAY);
costs('of which there are two', '401 directory', 1, 'regular', 'guess 2', from => $AWAY);
costs('are not its owner\'s', '200 directory', 1, right('regular'), from => $HOME);

# Half of it is lost.
my $mark = restart(sub {
    my $text = EAS::Proc::read_file($ledger);
    EAS::Proc::write_file($ledger, substr($text, 0, length($text) / 2), 0600);
});
is(lines(qr/EAS0372: the ledger kept in \Q$ledger\E is not used/, $mark) >= 1
        ? 1 : 0, 1, 'half a file: which is said, and httpd starts');
costs('half a file: asked', '200 directory', 1, right('cached'));
# One bit of it is another.
$mark = restart(sub {
    my $text = EAS::Proc::read_file($ledger);
    substr($text, 60, 1) ^= "\x10";
    EAS::Proc::write_file($ledger, $text, 0600);
});
is(lines(qr/EAS0372/, $mark) >= 1 ? 1 : 0, 1, 'a bit is another: which is said');
$mark = restart(sub { unlink $ledger });
is(lines(qr/EAS037/, $mark), 0, 'no file: nothing to say');
costs('no file: asked', '200 directory', 1, right('cached'));
$httpd->stop;
is(join("\n", $httpd->unexpected(qr/EAS0300: /, qr/EAS0361: /, qr/EAS0372: /,
            qr/EAS020[34]: /)), '', 'nothing unexpected in the log');

# --- children that are killed

$slapd->restart;
$httpd = front("$dir/killed", "EASAuthLedger accounts=1000 file=none\n" . $judge,
    limits => <<'END');
StartServers 4
ServerLimit 8
ThreadsPerChild 8
MinSpareThreads 24
MaxSpareThreads 64
MaxRequestWorkers 64
END
$mark = $slapd->mark;
ask($httpd, '/mail', 'victim', "guess $_", from => $AWAY) for 1 .. 3;
is(asks($httpd, '/mail', right('victim')), '503 ledger', 'an account is held');

# Guesses at the one that is held and at another; logins; a stale phone.
my ($count, %n) = (0);
sub next_request {
    my $n = $count++;
    my @kinds = (
        sub { { path => '/mail', user => $staff[ $n % 20 ], password => "$staff[ $n % 20 ] secret", kind => 'right' } },
        sub { { path => '/live', user => $staff[ 20 + $n % 20 ], password => "$staff[ 20 + $n % 20 ] secret", kind => 'right' } },
        sub { { path => '/mail', user => 'stale', password => 'last month', kind => 'wrong' } },
        sub { { path => '/mail', user => 'victim', password => "guess $n", from => $AWAY, kind => 'wrong' } },
        sub { { path => '/live', user => 'victim', password => 'victim secret', from => $AWAY, kind => 'held' } },
        sub { { path => '/mail', user => 'hunted', password => "guess $n", from => "203.0.113." . $n % 200, kind => 'wrong' } },
    );
    return $kinds[ $n % @kinds ]->();
}

my $done = "$dir/done";
my $load = fork;
die "fork: $!" unless defined $load;
if (!$load) {
    open my $out, '>', "$dir/told" or POSIX::_exit(1);
    $out->autoflush;
    EAS::Phones::run(port => $httpd->{web}, connections => 16, timeout => 15,
        next => sub { -e $done ? undef : next_request() },
        told => sub {
            printf {$out} "%s %s %.1f\n", $_[0]{request}{kind}, $_[0]{status},
                $_[0]{seconds};
        });
    POSIX::_exit(0);
}
sub told { return -s "$dir/told" || 0 }

my $killed = 0;
for (1 .. 3 * $KILLS) {
    last if $killed == $KILLS;
    my $seen = told();
    EAS::Proc::wait_until(sub { told() > $seen + 1500 }, 10);
    my @children = $httpd->children or next;
    # Not always at the same place of a request.
    select undef, undef, undef, rand 0.02;
    $killed += kill 'KILL', $children[ rand @children ];
}
EAS::Proc::write_file($done, '');
waitpid $load, 0;
is($killed, $KILLS, "$KILLS children were killed");

my @told = map { [split] } split /\n/, EAS::Proc::read_file("$dir/told");
my %seen;
$seen{ $_->[0] }{ $_->[1] }++ for @told;
cmp_ok(scalar @told, '>=', 1000, 'under load');
is(join(' ', grep { !/^(?:0|401|503)$/ } sort keys %{ $seen{wrong} }), '',
    'a wrong password never gets in');
is(join(' ', grep { !/^(?:0|503)$/ } sort keys %{ $seen{held} }), '',
    'nor does anybody into the account that is held');
is(join(' ', grep { !/^(?:0|200|503)$/ } sort keys %{ $seen{right} }), '',
    'and nobody is told that a right one is wrong');
cmp_ok($seen{right}{200} || 0, '>=', 0.8 * ($seen{right}{200} + ($seen{right}{503} || 0)),
    'most get in')
    or diag(join ' ', %{ $seen{right} });
is(scalar(grep { $_->[2] > 8 } @told), 0, 'nobody waits for one who was killed');

# Who died with a guess in hand has spent it.
judge($slapd, 'victim', $mark, 2, 2, 'the one that is held');
cmp_ok(binds($slapd, 'hunted', $mark), '<=', 2, 'the other one is not guessed at more');
is(join(' ', $slapd->attribute(dn('hunted'), 'pwdAccountLockedTime')), '', 'nor locked');

# All is well, in each child.
sub all_of {
    my ($path, @names) = @_;
    return EAS::Phones::run(port => $httpd->{web}, connections => 20,
        fresh => 1, requests => [ map { { path => $path, user => $_,
                    password => "$_ secret" } } @names ]);
}

is(tally(all_of('/mail', @staff[ 0 .. 19 ])), '200*20',
    'afterwards all who are known get in');
my @all = all_of('/live', @staff[ 20 .. 39 ]);
is((grep { $_->{reason} !~ /^(?:granted|locked)$/ } @all) ? 1 : 0, 0,
    'and the others, where not two guesses of theirs were killed')
    or diag(tally(@all));
cmp_ok(scalar(grep { $_->{status} == 200 } @all), '>=', 10, 'most of them');
@all = map { all_of('/mail', @fresh) } 1 .. 2;
is(tally(@all), '200*40', 'and who comes for the first time');
is(join(' ', map { $_->{source} } @all[ 20 .. 39 ]),
    join(' ', ('cache') x 20), 'and the second time out of the cache');
is(tally(map { ask($httpd, '/mail', 'other', 'a mistake') } 1 .. 8), '401*8',
    'a wrong password does not');
judge($slapd, 'other', $mark, 1, 1, 'and is asked about once');
is(tally(map { ask($httpd, '/mail', 'stale', 'last month') } 1 .. 8), '401*8',
    'nor does the stale one');
is(asks($httpd, '/mail', right('victim')), '503 ledger',
    'and who was held is held');
cmp_ok((sort { $b <=> $a } map { $_->{seconds} } @all)[0], '<', 5 * slowness(),
    'nobody waits for a lock');

$httpd->stop;
is(join("\n", $httpd->unexpected(qr/EAS0300: /, qr/EAS0361: /,
            qr/EAS020[34]: /, qr/AH10392: children are killed successively/)),
    '', 'nobody died but by us, and nothing unexpected in the log');
is_quiet();
