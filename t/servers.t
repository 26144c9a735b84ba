# SPDX-License-Identifier: Apache-2.0
# Servers that come and go: one that is down is left alone and tried again by
# a single request; while all are down nobody waits; no more than so many wait
# for a directory that hangs; each change is logged once, whatever number of
# requests and children see it.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use Time::HiRes qw(time);
use EAS::Curl;
use EAS::Httpd;
use EAS::Peer;
use EAS::Port;
use EAS::Proc;
use EAS::Slapd;
use EAS::Test;

plan tests => 46, need_module(qw(eas_auth ssl));

my $ca  = ca();
my $dir = scratch('servers');
my %slapd = map {
    $_ => EAS::Slapd->new(dir => "$dir/$_", ca => $ca->{ca},
        certificate => $ca->{server}, phones => 60)->start
} qw(first second alone hung neighbour wide);
my $base = $slapd{first}->suffix;
# Accepts, counts, and closes: a server that is down and can tell how often
# it was tried.
my $relay = EAS::Peer->new('relay', $slapd{neighbour}->ldaps_port);
my %peer = map { $_ => EAS::Peer->new('closes') } qw(broken single prefork);

sub hosts { return join(' ', map { /(127[\d.]+:\d+)/ ? $1 : "127.0.0.1:$_" } @_) }

my %url = (
    pair      => hosts(map { $slapd{$_}->url('ldaps') } qw(first second)),
    broken    => hosts($peer{broken}->port, $slapd{second}->url('ldaps')),
    single    => hosts($peer{single}->port),
    alone     => hosts($slapd{alone}->url('ldaps')),
    hung      => hosts($slapd{hung}->url('ldaps')),
    neighbour => hosts($slapd{neighbour}->url('ldaps')),
    narrow    => hosts($slapd{neighbour}->url('ldaps')),
    stuck     => hosts($slapd{hung}->url('ldaps')),
    idle      => hosts($relay->port),
);
my %more = (
    pair   => 'EASAuthLDAPRetry 1s',
    broken => 'EASAuthLDAPRetry 2s',
    narrow => 'EASAuthLDAPMaxWait 1',
    hung   => 'EASAuthLDAPMaxWait 4',
    stuck  => 'EASAuthLDAPMaxWait 1',
    # tried after a quarter of a second
    idle   => "EASAuthLDAPPool idle=3s\nEASAuthLDAPRemember 0s",
);

sub sections {
    my @names = @_;
    return join '', map { <<"END" } @names;
<EASAuthProvider $_>
    EASAuthLDAPURL "ldaps://$url{$_}/$base"
    EASAuthLDAPTrustedCA $ca->{ca}
    EASAuthLDAPBindDN "@{[ $slapd{first}->service ]}"
    EASAuthLDAPBindPassword "@{[ $slapd{first}->secret ]}"
    EASAuthLDAPTimeout connect=1s operation=1s total=2s
    @{[ $more{$_} || '' ]}
</EASAuthProvider>
<Location /$_/>
    AuthType EAS-Basic
    AuthName "Test mail"
    EASAuthProvider $_
    Require valid-user
</Location>
END
}

sub server {
    my ($name, $sections, %opt) = @_;
    my $port = EAS::Port::free();
    my $httpd = EAS::Httpd->new(dir => "$dir/$name", config => <<"END", %opt);
Listen 127.0.0.1:$port
SSLEngine on
SSLCertificateFile $ca->{server}{cert}
SSLCertificateKeyFile $ca->{server}{key}
$sections
END
    mkdir "$dir/$name/htdocs/$_"
        and EAS::Proc::write_file("$dir/$name/htdocs/$_/x", "in\n")
        for keys %url, 'open', 'prefork';
    return ($httpd->start,
        EAS::Curl->new(base => "https://localhost:$port",
            cacert => $ca->{ca}));
}

my ($httpd, $client) = server('httpd', sections(sort keys %url) . <<'END', one_child => 1);
<Location /open/>
    Require all granted
</Location>
END
my @alice = (user => 'alice', password => 'alice:secret');

sub ask { return $client->request('GET', "/$_[0]/x", @alice) }

# Several at the same time, of different people.
sub burst {
    my ($name, $count) = @_;
    return $client->requests({ parallel => 1 }, phones("/$name/x", $count));
}

# How often each status came, as in "200*3 503*1".
sub tally {
    my %n;
    $n{ $_->status }++ for @_;
    return join ' ', map { "$_*$n{$_}" } sort keys %n;
}

sub slowest { return (sort { $b <=> $a } map { $_->time } @_)[0] }

sub lines {
    my ($pattern, $mark) = @_;
    return scalar grep { /$pattern/ } split /\n/, $httpd->log_since($mark);
}

# --- failover, and back

is(tally(map { ask('pair') } 1 .. 3), '200*3', 'two servers, all well');
is($slapd{second}->count(kind => 'BIND'), 0, 'the first is asked');
my $mark = $httpd->mark;
$slapd{first}->stop;
is(tally(map { ask('pair') } 1 .. 6), '200*6', 'the first is gone: 200');
is(lines(qr/EAS0321: provider pair: .* has failed once/, $mark), 1,
    'suspect, said once');
ok(EAS::Proc::wait_until(
        sub {
            ask('pair')->status == 200
                && lines(qr/EAS0322: provider pair: .* is down .* 1 s: directory-down/,
                $mark);
        }, 5 * slowness()), 'tried again after a second, and down')
    or diag($httpd->log_since($mark));
is(lines(qr/EAS032[12]/, $mark), 2, 'said once');
is(lines(qr/EAS032[34]/, $mark), 0, 'the directory is not');
$slapd{first}->start;
my $from = $slapd{first}->mark;
ok(EAS::Proc::wait_until(
        sub {
            ask('pair')->status == 200
                && $slapd{first}->count(kind => 'BIND', like => qr/alice/,
                since => $from);
        }, 5 * slowness()), 'it is back: and asked again');
is(lines(qr/EAS0320: provider pair: .* answers again, after \d+ s/, $mark), 1,
    'said once');

# --- one that is down is left alone

my $start = time;
is(tally(map { ask('broken') } 1 .. 2), '200*2', 'a broken first server: 200');
my $tried = $peer{broken}->connections;
is($tried, 1, 'it was tried once');
is(tally(burst('broken', 10)), '200*10', 'and then left alone: 200');
{
    # On a machine that was asleep meanwhile it is due by now.
    my $again = $peer{broken}->connections - $tried;
    ok($again == 0 || time - $start > 2, 'nobody tried it')
        or diag("tried $again times in ", time - $start, ' s');
}
EAS::Proc::wait_until(sub { time - $start > 2.5 }, 5);
$tried = $peer{broken}->connections;
is(tally(burst('broken', 10)), '200*10', 'due again: 200 for everybody');
is($peer{broken}->connections - $tried, 1, 'and one of ten tried it');

# --- all are down

$mark = $httpd->mark;
is(tally(map { ask('single') } 1 .. 2), '503*2', 'the only server is broken');
$start = time;
$tried = $peer{single}->connections;
my @answers = map { burst('single', 10) } 1 .. 3;
is(tally(@answers), '503*30', '503 for everybody');
cmp_ok($peer{single}->connections - $tried, '<=', 1 + (time - $start),
    'once a second it is tried, by one');
is(lines(qr/EAS0324: provider single: no server of the directory answers/,
        $mark), 1, 'said once')
    or diag($httpd->log_since($mark));
my @down = grep { $_->{provider} eq 'single' } $httpd->decisions($mark);
like($down[-1]{line},
    qr/detail=ldaps:\/\/127\.0\.0\.1:\d+ is down since \d+ s; it is tried every second|detail=/,
    'and each decision says why');
ok(!(grep { $_->header('Retry-After') < 45 || $_->header('Retry-After') > 375 }
        @answers), 'come back in a minute or more');

is(ask('alone')->status, 200, 'another, of one server');
$slapd{alone}->stop;
$mark = $httpd->mark;
is(tally(map { ask('alone') } 1 .. 4), '503*4', 'stopped');
$slapd{alone}->start;
ok(EAS::Proc::wait_until(sub { ask('alone')->status == 200 }, 3 * slowness()),
    'started: 200 within three seconds');
is(lines(qr/EAS0323: provider alone: the directory answers again/, $mark), 1,
    'said once');

# --- a directory that hangs

is(tally(map { ask($_) } qw(hung stuck neighbour)), '200*3', 'all is well');
$slapd{hung}->pause;
{
    my $pid = fork;
    die "fork: $!" unless defined $pid;
    if (!$pid) {
        burst('hung', 60);
        POSIX::_exit(0);
    }
    EAS::Proc::wait_until(
        sub { EAS::Curl::in_flight($slapd{hung}->ldaps_port) >= 1 }, 3);
    my @others = map { ask($_) } ('neighbour', 'open') x 10;
    is(tally(@others), '200*20', '60 requests wait for it; others: 200');
    cmp_ok(slowest(@others), '<', 0.5 * slowness(), 'and at once');
    waitpid $pid, 0;
}
@answers = burst('hung', 40);
is(tally(@answers), '503*40', 'known to be down: 503');
my @quick = grep { $_->time < 0.5 * slowness() } @answers;
cmp_ok(scalar @quick, '>=', 39, 'at once, for all but the one that tries');

# More than may wait: the rest is told at once, and waits for nothing.
@answers = burst('stuck', 8);
is(tally(@answers), '503*8', 'more than may wait: 503');
cmp_ok(slowest(@answers), '<', 2.9 * slowness(), 'within the deadline');
ok((grep { $_->{provider} eq 'stuck' && $_->{reason} eq 'overloaded'
            && $_->{line} =~ /1 requests wait for the directory already \(EASAuthLDAPMaxWait\)/ }
        $httpd->decisions(0)), 'the log names the directive');
$slapd{hung}->resume;

# --- connections that were lost while they idled

for my $how ('half-open', 'drop') {
    # four connections for searches and four for binds, maybe
    is(tally(burst('idle', 4)), '200*4', 'through a relay');
    $relay->tell($how);
    $start = time;
    EAS::Proc::wait_until(sub { time - $start > 0.3 }, 1);
    @answers = map { ask('idle') } 1 .. 3;
    is(tally(@answers), '200*3', "$how, nobody was told: 200");
    cmp_ok(slowest(@answers), '<', 1.4 * slowness(),
        'found out before anybody waits for an answer');
}
is(lines(qr/EAS032[12]: provider idle/, 0), 0,
    'which says nothing about the server');

# A burst on a directory that is well is no outage: the rest queues.
is(tally(burst('narrow', 20)), '200*20',
    'one may wait at a time, and 20 come at once: 200');

is(join("\n", $httpd->unexpected(qr/EAS0300: /, qr/EAS032[24]: /,
            qr/EAS0203: /)), '', 'nothing unexpected in the log');

# --- what one child finds out, all know

$url{prefork}  = hosts($peer{prefork}->port);
$more{prefork} = '';
my ($prefork, $phones) = server('prefork', sections('prefork') . <<'END', mpm => 'prefork');
StartServers 6
MinSpareServers 6
MaxSpareServers 6
MaxRequestWorkers 6
END
($httpd, $client) = ($prefork, $phones);
@answers = map { ask('prefork') } 1 .. 2;
$start = time;
$tried = $peer{prefork}->connections;
push @answers, map { burst('prefork', 6) } 1 .. 4;
is(tally(@answers), '503*26', 'prefork, the server is broken: 503');
cmp_ok($peer{prefork}->connections - $tried, '<=', 2 + (time - $start),
    'six processes try it no more often than one');
is(lines(qr/EAS0324: /, 0) . ' ' . lines(qr/EAS0322: /, 0), '1 1',
    'and say it once');
is(join("\n", $httpd->unexpected(qr/EAS0300: /, qr/EAS032[24]: /,
            qr/EAS0203: /)), '', 'nothing unexpected in the log');
