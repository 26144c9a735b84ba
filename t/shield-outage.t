# SPDX-License-Identifier: Apache-2.0
# The shield between phones and a directory that is slow, fails, or is away:
# one question for many, and what is still granted meanwhile.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use Fcntl qw(O_CREAT O_EXCL O_WRONLY);
use EAS::Peer;
use EAS::Phones;
use EAS::Proc;
use EAS::Shield;
use EAS::Test;

my @crew = map { "crew$_" } 1 .. 6;

plan tests => 54, need_module(qw(eas_auth remoteip));

my $dir   = scratch('shield');
my $slapd = directory("$dir/slapd",
    qw(first tired good fired changed flushed held late), @crew);
my $relay = EAS::Peer->new('relay', $slapd->ldaps_port);

# A directory that fails whoever binds first.
sub failing {
    my ($name, $how) = @_;
    return EAS::Peer->new('ldap', sub {
        my ($request) = @_;
        return 0 unless $request->{kind} eq 'bind';
        select undef, undef, undef, 0.3;
        return sysopen(my $fh, "$dir/$name", O_WRONLY | O_CREAT | O_EXCL)
            ? $how : 0;
    });
}
my $busy   = failing('busy',   51);
my $closes = failing('closes', undef);
my $control = EAS::Proc::write_file("$dir/control", '', 0644);

sub plain {
    my ($name, $peer) = @_;
    return <<"END";
<EASAuthProvider $name>
    EASAuthLDAPURL "ldap://127.0.0.1:@{[ $peer->port ]}/dc=peer,dc=test"
    EASAuthLDAPStartTLS Off
    EASAuthLDAPBindDN "cn=svc,dc=peer,dc=test"
    EASAuthLDAPBindPassword "secret"
    EASAuthLDAPTimeout connect=2s operation=2s total=4s
</EASAuthProvider>
END
}

my $short = <<'END';
EASAuthLDAPTimeout connect=1s operation=1s total=2s
    EASAuthLDAPRetry 1s
END
my @stale = ('EASAuthCacheTTL 1s', 'EASAuthCacheStale 1h');
my $httpd = front("$dir/httpd", "EASAuthCacheFlush $control\n"
    . provider('slow', $slapd,
        url => 'ldaps://127.0.0.1:' . $relay->port)
    . provider('away', $slapd, lines => $short)
    . provider('narrow', $slapd, url => 'ldaps://127.0.0.1:' . $relay->port,
        lines => "$short    EASAuthLDAPMaxWait 1\n")
    . plain('busy', $busy) . plain('closes', $closes)
    . place('/slow', 'slow')
    . place('/busy', 'busy') . place('/closes', 'closes')
    . place('/stale', 'away', @stale) . place('/narrow', 'narrow', @stale)
    . place('/strict', 'away', 'EASAuthCacheTTL 1s'));

sub right {
    my ($path, $user) = @_;
    return { path => $path, user => $user, password => "$user secret" };
}

sub many {
    my @requests = @_;
    return EAS::Phones::run(port => $httpd->{web}, connections => scalar @requests,
        requests => \@requests);
}

sub lines {
    my ($pattern, $mark) = @_;
    return scalar grep { /$pattern/ } split /\n/, $httpd->log_since($mark);
}

# --- one question for many

$relay->tell('delay 40');
{
    my $mark = $slapd->mark;
    my @answers = many(map { right('/slow', 'first') } 1 .. 50);
    is(tally(@answers), '200*50', '50 first logins at the same time: all get in');
    judge($slapd, 'first', $mark, 1, 0, '50 first logins');
    $mark = $slapd->mark;
    @answers = many(map { { path => '/slow', user => 'tired',
                password => 'last month' } } 1 .. 50);
    is(tally(@answers), '401*50', '50 times the same wrong password');
    judge($slapd, 'tired', $mark, 1, 1, 'the same wrong password');
}
$relay->tell('resume');

for my $row ([ busy => $busy, 1 ], [ closes => $closes, 0 ]) {
    my ($name, $peer, $failed) = @$row;
    my @answers = many(map { { path => "/$name", user => 'alice',
                password => 'x' } } 1 .. 50);
    # On a connection that has idled it is tried once more.
    like(tally(@answers),
        $failed ? qr/^200\*49 503\*1$/ : qr/^200\*(?:50|49 503\*1)$/,
        "$name: who asked first has failed, and nobody with him");
    no_odd($name, @answers);
    cmp_ok($peer->requests('bind'), '<=', 3, "$name: another has asked");
    cmp_ok((sort { $b <=> $a } map { $_->{seconds} } @answers)[0], '<',
        2 * slowness(), "$name: nobody waits long");
}

# --- while it is away

sub is_stale {
    my ($user, $password) = @_;
    return asks($httpd, '/stale', $user,
        defined $password ? $password : "$user secret");
}

# Longer than EASAuthCacheTTL after a login.
sub verified_again {
    my ($user) = @_;
    return EAS::Proc::wait_until(
        sub { is_stale($user) eq '200 directory' }, 5 * slowness());
}

is(is_stale($_), '200 directory', "$_ logs in") for qw(good fired changed flushed held);
is(asks($httpd, '/strict', 'good', 'good secret') =~ /^200/ ? 1 : 0, 1,
    'and once where an outage is one');
# Disabled, as far as OpenLDAP has that: the right password does not do.
$slapd->replace(dn('fired'), 'pwdPolicySubentry',
    'cn=strict,ou=policies,dc=example,dc=test');
$slapd->replace(dn('fired'), 'pwdReset', 'TRUE');
$slapd->replace(dn('changed'), 'userPassword', 'a new one');
ok(EAS::Proc::wait_until(sub { is_stale('fired') =~ /^403/ }, 5 * slowness()),
    'fired: forbidden since');
ok(EAS::Proc::wait_until(sub { is_stale('changed') =~ /^401/ }, 5 * slowness()),
    'changed: refused since');
is(tally(map { ask($httpd, '/stale', 'held', "guess $_", from => '203.0.113.9') } 1 .. 3),
    '401*2 503*1', 'held, since');
utime undef, undef, $control;
{
    ok(EAS::Proc::wait_until(sub { ask($httpd, '/stale', 'nobody', 'x');
                lines(qr/EAS0366/, 0) }, 5 * slowness()), 'flushed, since');
}
ok(verified_again('good'), 'good: again since');

my $mark = $httpd->mark;
$slapd->stop;
{
    my @before;
    ok(EAS::Proc::wait_until(sub {
                push @before, is_stale('good');
                $before[-1] eq '200 stale';
            }, 10 * slowness()), 'stopped: good is let in');
    is(join(' ', sort keys %{ { map { $_ => 1 } grep { !/^200 cache/ } @before } }),
        '200 stale 503 directory', 'and was told 503 before');
    is(lines(qr/EAS0324: provider away: /, $mark), 1,
        'which is when no server is left');
}
# name, user, password, what may be said: never a grant
for my $row (
    [ 'another password', 'good', 'guessed', '503' ],
    [ 'who was forbidden since', 'fired', 'fired secret', '403|503' ],
    [ 'what was refused since', 'changed', 'changed secret', '401|503' ],
    [ 'what was never verified', 'changed', 'a new one', '503' ],
    [ 'what was flushed since', 'flushed', 'flushed secret', '503' ],
    [ 'who is held', 'held', 'held secret', '503', '203.0.113.9' ],
    [ 'who has never been here', 'late', 'late secret', '503' ],
    [ 'who is not known', 'nobody', 'x', '401|503' ],
    )
{
    my ($name, $user, $password, $status, $from) = @$row;
    like(ask($httpd, '/stale', $user, $password,
            $from ? (from => $from) : ())->{status}, qr/^(?:$status)$/,
        "stopped: not $name");
}
is(ask($httpd, '/strict', 'good', 'good secret')->{status}, '503',
    'stopped: nor anybody where an outage is one');
is((grep { ($_->{user} || '') eq 'good' && $_->{source} eq 'stale'
            && $_->{reason} eq 'granted' } $httpd->decisions($mark)) ? 1 : 0, 1,
    'and the log says stale');
is(tally(many(map { right('/stale', 'good') } 1 .. 20)), '200*20',
    'stopped: many at a time');

# --- and back

sub comes_back {
    my ($name) = @_;
    my @told;
    ok(EAS::Proc::wait_until(sub {
                push @told, is_stale('good');
                $told[-1] eq '200 directory';
            }, 3 * slowness()), "$name: asked again");
    is((grep { !/^200/ } @told) ? "@told" : '', '',
        "$name: nobody was turned away");
    is((grep { is_stale('good') =~ /stale/ } 1 .. 5) ? 1 : 0, 0,
        "$name: stale no more");
    return;
}

$slapd->start;
comes_back('started');
is(is_stale('late'), '200 directory', 'started: others get in');

# It accepts connections and says nothing.
$slapd->pause;
{
    my @told;
    ok(EAS::Proc::wait_until(sub {
                push @told, is_stale('good');
                $told[-1] eq '200 stale';
            }, 15 * slowness()), 'hung: good is let in');
    is((grep { !/cache/ } @told)[0], '503 directory',
        'hung: one time-out is no outage');
}
is(asks($httpd, '/stale', 'good', 'guessed'), '503 directory',
    'hung: another password is not');
$slapd->resume;
comes_back('resumed');

# One may wait, and many come: a full queue is no outage.
is(tally(many(map { right('/narrow', $_) } @crew)), '200*6', 'a narrow one');
# until none of them is cached
select undef, undef, undef, 1.1;
$relay->tell('delay 250');
$mark = $httpd->mark;
{
    my @all = many(map { right('/narrow', $_) } @crew);
    my @full = grep { $_->{reason} eq 'overloaded' } @all;
    cmp_ok(scalar @full, '>=', 2, 'and a slow one: the queue is full')
        or diag(join "\n", map { "$_->{status} $_->{reason}" } @all);
    is(join(' ', sort map { $_->{source} } @all),
        join(' ', ('directory') x 6), 'which is no outage: nobody is let in');
    no_odd('a full queue', @all);
}
is(lines(qr/EAS0324/, $mark), 0, 'nor has it been called one');
$relay->tell('resume');

$httpd->stop;
is(join("\n", $httpd->unexpected(qr/EAS0300: /, qr/EAS0361: /, qr/EAS032[1-4]: /,
            qr/EAS020[134]: /)), '', 'nothing unexpected in the log');
is_quiet();
