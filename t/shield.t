# SPDX-License-Identifier: Apache-2.0
# The shield before a real directory that locks an account after five wrong
# passwords: stale phones, families of phones, changed passwords, guessers,
# spellings, sprayers, and what an administrator does.  Through each story the
# account in the directory stays unlocked.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use EAS::Phones;
use EAS::Proc;
use EAS::Shield;
use EAS::Test;

plan tests => 76, need_module(qw(eas_auth remoteip));

my $HOME  = '198.51.100.7';      # the owner's network
my $AWAY  = '203.0.113.9';       # a guesser's
my $CLOUD = '192.0.2.130';       # of EASAuthSharedNetworks

my $dir = scratch('shield');
my @crowd = map { sprintf 'crowd%02d', $_ } 1 .. 60;
my $slapd = directory("$dir/slapd", qw(phone family changed replayed target
    spelled guessed live flushed held), 'logged', @crowd);
my $control = EAS::Proc::write_file("$dir/control", '', 0644);
my $httpd = front("$dir/httpd", <<"END"
EASAuthCacheFlush $control
EASAuthSharedNetworks 192.0.2.128/25
END
    . provider('judge', $slapd)
    . place('/mail', 'judge')
    . place('/live', 'judge', 'EASAuthCacheTTL 0s')
    . place('/log', 'judge', 'EASAuthLockout mode=log')
    . place('/spray', 'judge', 'EASAuthLockout spray=enforce'));

sub requests {
    my ($count, %request) = @_;
    return map { { path => '/mail', %request } } 1 .. $count;
}

# A request with the Nth wrong password.
sub guess {
    my ($n, $user, %more) = @_;
    return { path => '/mail', user => $user, password => "guess $n", %more };
}

sub all_at_once {
    my ($connections, @requests) = @_;
    return EAS::Phones::run(port => $httpd->{web},
        connections => $connections, requests => \@requests);
}

sub lines {
    my ($pattern, $mark) = @_;
    return scalar grep { /$pattern/ } split /\n/, $httpd->log_since($mark);
}

# --- a phone with last month's password

{
    my $mark    = $slapd->mark;
    my @answers = all_at_once(50, requests(10_000, user => 'phone',
            password => 'last month'));
    is(tally(@answers), '401*10000',
        'a stale password 10,000 times, 50 at a time: 401');
    no_odd('a stale password', @answers);
    is((grep { $_->{source} eq 'ledger' } @answers) >= 9_900 ? 1 : 0, 1,
        'nearly all of them by the ledger');
    cmp_ok($slapd->count(kind => 'SRCH', since => $mark), '<=', 6,
        'who that is, was looked up by the first of them alone');
    judge($slapd, 'phone', $mark, 1, 1, 'a stale password');
    is(asks($httpd, '/mail', 'phone', 'phone secret'), '200 directory',
        'the right one gets in at once');
}

# --- a family of phones

{
    my $mark    = $slapd->mark;
    my @answers = EAS::Phones::run(port => $httpd->{web}, connections => 20,
        requests => [ map { my $round = $_; map {
                requests(1, user => 'family', password => 'stale ' . $_ % 3,
                    from => "198.51.100.$_") } 1 .. 20 } 1 .. 25 ]);
    is(join(' ', sort keys %{ { map { $_->{status} => 1 } @answers } }),
        '401 503', '20 phones with 3 stale passwords: 401 or 503');
    no_odd('20 phones', @answers);
    judge($slapd, 'family', $mark, 2, 2, '20 phones');
    my %told = map { $_->{request}{password} => $_->{reason} }
        all_at_once(1, map { requests(1, user => 'family',
                    password => "stale $_") } 0 .. 2);
    is(join(' ', sort values %told),
        'known-wrong-password known-wrong-password locked',
        'two are known wrong, and the third is no news');
}

# --- the owner changes the password

# Four phones replay the old password; after the 200th answer it is changed,
# and its owner comes with the new one.
sub change_password {
    my ($user) = @_;
    my ($count, @new, %old) = (0);
    EAS::Phones::run(
        port => $httpd->{web}, connections => 5, fresh => 1, next => sub {
            my ($connection) = @_;
            if ($connection < 4) {
                return $count < 1200 || !@new
                    ? (requests(1, user => $user,
                        password => "$user secret"))[0] : undef;
            }
            return 'wait' if $count < 200;
            return undef if @new >= 5;
            $slapd->replace(dn($user), 'userPassword', 'the new one')
                if !@new;
            return (requests(1, user => $user,
                    password => 'the new one'))[0];
        },
        told => sub {
            my ($answer, $connection) = @_;
            $count++;
            return push @new, $answer if $connection == 4;
            $old{ $answer->{status} }++;
        });
    return (tally(@new), \%old);
}

{
    my $mark = $slapd->mark;
    is(asks($httpd, '/mail', 'changed', 'changed secret', from => $HOME),
        '200 directory', 'the old password, while it is the right one');
    my ($new, $old) = change_password('changed');
    is($new, '200*5', 'changed: the new one works at the first try');
    is(join(' ', sort keys %$old), '200 401',
        'and the old one, replayed all the time, not much longer');
    judge($slapd, 'changed', $mark, 3, 1, 'changed');
    is(asks($httpd, '/mail', 'changed', 'changed secret'), '401 ledger',
        'the old one is known to be wrong');
}
{
    # replayed without end before anybody has logged in
    $slapd->replace(dn('replayed'), 'userPassword', 'unknown yet');
    my $mark = $slapd->mark;
    my ($new, $old) = change_password('replayed');
    is($new, '200*5', 'replayed: the new one works at the first try');
    is(join(' ', sort keys %$old), '401', 'and the old one never');
    judge($slapd, 'replayed', $mark, 2, 0, 'replayed');
}

# --- many guesses at once

{
    my $mark    = $slapd->mark;
    my $said    = $httpd->mark;
    my @answers = all_at_once(200, map { guess($_, 'target') } 1 .. 200);
    is(tally(@answers), '401*2 503*198',
        '200 different passwords at the same time: two are tried');
    no_odd('200 passwords', @answers);
    judge($slapd, 'target', $mark, 2, 2, '200 passwords');
    is(lines(qr/EAS0361: provider judge: account "?target"? is held/, $said), 1,
        'which is said once') or diag($httpd->log_since($said));
}

# --- one person under six spellings

{
    my $mark = $slapd->mark;
    my @forms = ('spelled', 'SPELLED', 'EXAMPLE\spelled',
        'spelled@example.com', 'spelled.mail@example.com',
        'Spelled.Alias@elsewhere.example');
    my $n = 0;
    my @answers = map { ask($httpd, '/mail', $_, 'guess ' . $n++) } @forms;
    is(tally(@answers), '401*2 503*4', 'six spellings have one budget');
    no_odd('six spellings', @answers);
    judge($slapd, 'spelled', $mark, 2, 2, 'six spellings');
    is(tally(map { ask($httpd, '/mail', $_, 'guess 0') } @forms), '401*6',
        'and what is wrong under one is wrong under all');
    is(tally(map { ask($httpd, '/mail', $_, 'spelled secret') } @forms),
        '503*6', 'held under each, whatever the password');
    judge($slapd, 'spelled', $mark, 2, 2, 'six spellings, held');
}

# --- a guesser and the owner

# Guesses, and after every tenth answer the owner's phone.
sub beside_owner {
    my ($path, $user, @guesses) = @_;
    my ($count, @owner, @guessed) = (0);
    EAS::Phones::run(port => $httpd->{web}, connections => 9,
        fresh => 1, next => sub {
            return shift @guesses if $_[0] < 8;
            return undef unless @guesses;
            return 'wait' if @owner * 10 > $count;
            return { path => $path, user => $user, from => $HOME,
                password => "$user secret" };
        },
        told => sub {
            my ($answer, $connection) = @_;
            return push @owner, $answer if $connection == 8;
            $count++;
            push @guessed, $answer;
        });
    return (\@owner, \@guessed);
}

sub far { return sprintf '203.0.113.%d', $_[0] % 200 }

{
    is(asks($httpd, '/mail', 'guessed', 'guessed secret', from => $HOME),
        '200 directory', 'the owner at home');
    my $mark = $slapd->mark;
    my ($owner, $guessed) = beside_owner('/mail', 'guessed',
        map { guess($_, 'guessed', from => $AWAY) } 1 .. 1000);
    is(tally(@$guessed), '401*2 503*998',
        '1,000 passwords from one network: two are tried');
    is(join(' ', map { $_->{status} } grep { $_->{status} != 200 } @$owner),
        '', 'and the owner gets in each time');
    cmp_ok(scalar @$owner, '>=', 50, 'which was often');
    ($owner, $guessed) = beside_owner('/mail', 'guessed',
        map { guess($_, 'guessed', from => far($_)) } 1001 .. 2000);
    is(tally(@$guessed), '503*1000',
        '1,000 passwords from 200 networks: none is tried');
    is(join(' ', map { $_->{status} } grep { $_->{status} != 200 } @$owner),
        '', 'and the owner gets in each time');
    no_odd('a guesser', @$guessed, @$owner);
    judge($slapd, 'guessed', $mark, 2, 2, 'a guesser');
    is(asks($httpd, '/mail', 'guessed', 'guessed secret', from => $AWAY),
        '503 ledger', 'the right one is worth nothing where he guesses');
    is(asks($httpd, '/mail', 'guessed', 'guessed secret', from => $CLOUD),
        '503 ledger', 'nor in a network that many share');
    is(asks($httpd, '/mail', 'guessed', 'typing error', from => $HOME),
        '401 directory', 'the owner may err');
    judge($slapd, 'guessed', $mark, 3, 3, 'the owner erred');
}
{
    # Each login of the owner is a bind, and a success ends the hold.
    is(asks($httpd, '/live', 'live', 'live secret', from => $HOME),
        '200 directory', 'an owner without a cache');
    my ($owner, $guessed) = beside_owner('/live', 'live',
        map { guess($_, 'live', from => far($_)) } 1 .. 1000);
    is(join(' ', map { $_->{status} } grep { $_->{status} != 200 } @$owner),
        '', 'gets in each time beside 200 networks of guessers');
    no_odd('200 networks', @$guessed);
    is(join(' ', $slapd->attribute(dn('live'), 'pwdAccountLockedTime')), '',
        'and the account is not locked');
    cmp_ok(scalar(() = $slapd->attribute(dn('live'), 'pwdFailureTime')), '<=', 3,
        'nor nearly');
}

# --- it only says what it would do

{
    my $mark = $slapd->mark;
    my $said = $httpd->mark;
    my @answers = all_at_once(1,
        map { guess($_, 'logged', path => '/log') } 1 .. 4);
    is(tally(@answers), '401*4', 'mode=log: nobody is held');
    is(lines(qr/EAS0362: provider judge: account "?logged"? would be held/,
            $said), 1, 'but it is said who would have been');
    is(lines(qr/EAS0361/, $said), 0, 'and nothing else');
    judge($slapd, 'logged', $mark, 4, 4, 'mode=log');
    is(asks($httpd, '/log', 'logged', 'logged secret'), '200 directory',
        'its owner gets in');
}

# --- one network, many accounts

{
    my $mark = $slapd->mark;
    my $said = $httpd->mark;
    is(asks($httpd, '/spray', 'crowd60', 'crowd60 secret',
            from => '203.0.113.222'), '200 directory',
        'somebody at the network of a sprayer');
    my @answers = map { ask($httpd, '/spray', $_, 'Summer2026',
            from => '203.0.113.222') } @crowd[ 0 .. 27 ];
    # One account in fifty is not told from another.
    like(tally(@answers), qr/^401\*2[0-7] 503/,
        'one password at 28 accounts: 20 are tried with spray=enforce');
    is($answers[-1]{reason}, 'network-held', 'and the reason is the network');
    no_odd('a sprayer', @answers);
    is($slapd->count(kind => 'BIND', like => qr/uid=crowd/, since => $mark),
        1 + grep({ $_->{status} == 401 } @answers),
        'the directory heard of no other');
    is(lines(qr/EAS0364: the network of 203\.0\.113\.222 /, $said), 1,
        'which is said once');
    is(asks($httpd, '/spray', 'crowd30', 'crowd30 secret',
            from => '203.0.113.222'), '503 ledger', 'that network is held');
    is(asks($httpd, '/spray', 'crowd60', 'crowd60 secret',
            from => '203.0.113.222'), '200 cache',
        'but not for who has been there');
    is(asks($httpd, '/spray', 'crowd60', 'a mistake',
            from => '203.0.113.222'), '401 directory',
        'who may also err');
    is(asks($httpd, '/spray', 'crowd30', 'crowd30 secret', from => $HOME),
        '200 directory', 'nor is anybody elsewhere');
    is(asks($httpd, '/mail', 'crowd31', 'crowd31 secret',
            from => '203.0.113.222'), '200 directory',
        'with spray=log nobody is');
    $said = $httpd->mark;
    @answers = map { ask($httpd, '/spray', $_, 'Autumn2026', from => $CLOUD) }
        @crowd[ 32 .. 58 ];
    is(tally(@answers), '401*27', 'nor a network that many share');
    is(lines(qr/EAS0364/, $said), 0, 'of which nothing is said');
}

# --- an administrator

sub ctl {
    my @words = @_;
    my ($code, $text) = EAS::Proc::run([ 'sh',
            "$FindBin::Bin/../support/easauthctl", $words[0], '--httpd',
            "$httpd->{httpd} -d $httpd->{dir} -f $httpd->{conf}",
            @words[ 1 .. $#words ] ]);
    return "$code";
}

# Until an order is obeyed, which a request does.
sub obeyed {
    my ($pattern, $mark) = @_;
    return EAS::Proc::wait_until(sub {
            ask($httpd, '/mail', 'nobody', 'x');
            lines($pattern, $mark);
        }, 5 * slowness());
}

sub flushes {
    my ($name, $how) = @_;
    my @me = ($httpd, '/mail', 'flushed', 'flushed secret');
    is(asks(@me) =~ /^200/ && asks(@me), '200 cache', "$name: known before");
    # and on a connection that is kept meanwhile
    my ($mark, $was, @kept) = ($httpd->mark);
    EAS::Phones::run(port => $httpd->{web}, next => sub {
            return undef if @kept == 3;
            if (@kept == 2 && !$was) {
                $was = 1;
                $how->();
                obeyed(qr/EAS0366/, $mark);
            }
            return { path => '/mail', user => 'flushed',
                password => 'flushed secret' };
        }, told => sub { push @kept, $_[0]{source} });
    is("@kept", 'cache memo directory', "$name: asked again");
    is(lines(qr/EAS0366/, $mark), 1, "$name: said once");
    return;
}

flushes('easauthctl flush', sub { ctl('flush') });
flushes('a touch', sub { utime undef, undef, $control });
{
    all_at_once(1, map { guess($_, 'held') } 1 .. 3);
    is(asks($httpd, '/mail', 'held', 'held secret'), '503 ledger', 'held');
    my $mark = $httpd->mark;
    is(ctl('unlock', '--provider', 'judge', 'held'), '0', 'unlocked');
    ok(obeyed(qr/EAS0367: unlock \S+ "?held"?: 1 account/, $mark),
        'which the log says') or diag($httpd->log_since($mark));
    is(asks($httpd, '/mail', 'held', 'held secret'), '200 directory',
        'and in');
    is(asks($httpd, '/mail', 'target', 'target secret'), '503 ledger',
        'another one is held as before');
}

$httpd->stop;
is(join("\n", $httpd->unexpected(qr/EAS0300: /, qr/EAS036[14]: /,
            qr/EAS020[34]: /)), '', 'nothing unexpected in the log');
is_quiet();
