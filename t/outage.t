# SPDX-License-Identifier: Apache-2.0
# A directory that is away, slow, wrong or broken: a phone is told to come back
# later, in time, and never that its password is wrong.

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
use EAS::Slapd;
use EAS::Test;

my $TOTAL = 2;      # seconds, of EASAuthLDAPTimeout
my $ca    = ca();

my ($dir) = scratch('outage');
sub directory {
    my ($name, $certificate, %opt) = @_;
    return EAS::Slapd->new(dir => "$dir/$name", ca => $ca->{ca},
        certificate => $certificate, phones => 20, %opt);
}

my $target = EAS::Peer->new('silent');    # where a referral leads
my %slapd = (
    first    => directory('first',    $ca->{server}),
    second   => directory('second',   $ca->{server}),
    hung     => directory('hung',     $ca->{server}),
    service  => directory('service',  $ca->{server}),
    expired  => directory('expired',  $ca->{expired}),
    misnamed => directory('misnamed', $ca->{misnamed}),
    stranger => directory('stranger', $ca->{stranger}),
    plain    => directory('plain',    undef),
    busy1    => directory('busy1',    $ca->{server}, data => 'ad'),
    busy2    => directory('busy2',    $ca->{server}, data => 'ad'),
    referral => directory('referral', $ca->{server},
        global => 'referral ldap://127.0.0.1:' . $target->port . "\n"),
);
$_->start for values %slapd;
$slapd{hung}->pause;
my %peer = map { $_ => EAS::Peer->new($_) }
    qw(silent closes garbage agrees injects begins drips);
my $relay = EAS::Peer->new('relay', $slapd{second}->ldaps_port);

my $first = $slapd{first};
my $base  = $first->suffix;
my $ldaps   = sub { $slapd{ $_[0] }->url('ldaps') . "/$base" };
my $ldap    = sub { $slapd{ $_[0] }->url('ldap') . "/$base" };
my $fake    = sub { "$_[1]://127.0.0.1:" . $peer{ $_[0] }->port . "/$base" };
my $closed  = EAS::Port::free();
my $two     = sub {
    join(' ', map { /(?:ldaps:\/\/)?(127[^\/]*)/ } @_) =~ s/^/ldaps:\/\//r
        . "/$base";
};

# name => [URL, lines of the provider, reason, least and most seconds]
my @broken = (
    [ 'nobody listens',          "ldaps://127.0.0.1:$closed/$base", '', 'directory-down', 0, 0.5 ],
    [ 'nobody listens, StartTLS', "ldap://127.0.0.1:$closed/$base", '', 'directory-down', 0, 0.5 ],
    [ 'closed at once',          $fake->('closes', 'ldaps'), '', qr/directory-(?:down|tls)/, 0, 0.5 ],
    [ 'closed at once, StartTLS', $fake->('closes', 'ldap'), '', qr/directory-(?:down|tls)/, 0, 0.5 ],
    [ 'no LDAP, no TLS',         $fake->('garbage', 'ldaps'), '', 'directory-tls', 0, 0.5 ],
    [ 'no LDAP',                 $fake->('garbage', 'ldap'), '', qr/directory-(?:down|tls|error)/, 0, 1.5 ],
    [ 'silent TLS peer',         $fake->('silent', 'ldaps'), '', 'directory-timeout', 0.9, 1.5 ],
    [ 'silent peer, StartTLS',   $fake->('silent', 'ldap'), '', 'directory-timeout', 0.9, 1.5 ],
    [ 'silent after StartTLS',   $fake->('agrees', 'ldap'), '', 'directory-timeout', 0.9, 1.5 ],
    [ 'an answer before TLS',    $fake->('injects', 'ldap'), '', 'directory-tls', 0, 0.5 ],
    [ 'silent in a handshake',   $fake->('begins', 'ldaps'), '', 'directory-timeout', 0.9, 1.5 ],
    [ 'a byte now and then',     $fake->('drips', 'ldaps'), '', qr/directory-(?:timeout|tls)/, 0, 1.5 ],
    [ 'hung',                    $ldaps->('hung'), '', 'directory-timeout', 0.9, 1.5 ],
    [ 'hung, StartTLS',          $ldap->('hung'), '', 'directory-timeout', 0.9, 1.5 ],
    [ 'another CA than trusted', $ldaps->('first'), "EASAuthLDAPTrustedCA $ca->{other}", 'directory-tls', 0, 0.5 ],
    [ 'another CA, StartTLS',    $ldap->('first'), "EASAuthLDAPTrustedCA $ca->{other}", 'directory-tls', 0, 0.5 ],
    [ 'certificate of another CA', $ldaps->('stranger'), '', 'directory-tls', 0, 0.5 ],
    [ 'certificate expired',     $ldaps->('expired'), '', 'directory-tls', 0, 0.5 ],
    [ 'certificate expired, StartTLS', $ldap->('expired'), '', 'directory-tls', 0, 0.5 ],
    [ 'certificate of another host', $ldaps->('misnamed'), '', 'directory-tls', 0, 0.5 ],
    [ 'certificate of another host, StartTLS', $ldap->('misnamed'), '', 'directory-tls', 0, 0.5 ],
    [ 'StartTLS refused',        $ldap->('plain'), '', 'directory-tls', 0, 0.5 ],
    [ 'ldaps asked for at a plain port', $ldap->('first') =~ s/^ldap:/ldaps:/r, '', qr/directory-(?:tls|down|timeout)/, 0, 1.5 ],
    [ 'ldap asked for at a TLS port', $ldaps->('first') =~ s/^ldaps:/ldap:/r, '', qr/directory-(?:tls|down|timeout)/, 0, 1.5 ],
    [ 'no such base',            $slapd{first}->url('ldaps') . "/ou=none,$base", '', 'misconfigured', 0, 0.5 ],
    [ 'nothing may be read',     $ldaps->('first'), 'anonymous', 'misconfigured', 0, 0.5 ],
    [ 'a referral',              $slapd{referral}->url('ldaps') . '/dc=elsewhere,dc=test', '', 'directory-referral', 0, 0.5 ],
    [ 'wrong service password',  $ldaps->('service'), 'EASAuthLDAPBindPassword wrong', 'service-refused', 0, 0.5 ],
    [ 'all of two are down',     "ldaps://127.0.0.1:$closed 127.0.0.1:1/$base", '', 'directory-down', 0, 0.5 ],
    [ 'one down, one hung',      $two->("127.0.0.1:$closed", $ldaps->('hung')), '', 'directory-timeout', 0.9, 2.5 ],
    [ 'two hung',                $two->($ldaps->('hung'), $fake->('silent', 'ldaps')), '', 'directory-timeout', 1.5, 2.5 ],
);
my @good = (
    [ 'first of two is down',    $two->("127.0.0.1:$closed", $ldaps->('second')), '', 0.5 ],
    [ 'first of two is hung',    $two->($ldaps->('hung'), $ldaps->('second')), '', 1.6 ],
    [ 'first of two cannot prove who it is', $two->($ldaps->('stranger'), $ldaps->('second')), '', 0.5 ],
    [ 'certificate not verified', $ldaps->('misnamed'), 'EASAuthLDAPVerify Off', 0.5 ],
    [ 'no TLS, as configured',   $ldap->('plain'), 'EASAuthLDAPStartTLS Off', 0.5 ],
);
my @own = (
    [ 'warm',      $ldaps->('first'), '' ],
    [ 'neighbour', $ldaps->('second'), '' ],
    [ 'narrow',    $ldaps->('first'), 'EASAuthLDAPPool max=1' ],
    [ 'relayed',   'ldaps://127.0.0.1:' . $relay->port . "/$base", '' ],
    [ 'both',      $two->($ldaps->('first'), $ldaps->('second')), '' ],
    [ 'busy',      $two->($ldaps->('busy1'), $ldaps->('busy2')) =~ s{/dc=.*}{/dc=ad,dc=test}r, 'ad' ],
);

# These wait for something to come: no request may spin meanwhile.
my @waiting = grep { $_->[0] =~ /silent|^hung$/ } @broken;

plan tests => 2 * @broken + @waiting + @good + 27, need_module(qw(eas_auth ssl));

# --- one server with a Location for each

my $sections = '';
my $count    = 0;
for my $row (@broken, @good, @own) {
    my ($url, $lines) = @$row[ 1, 2 ];
    my $id = 'p' . $count++;
    $row->[6] = "/$id/x";
    my $server = $lines eq 'ad' ? $slapd{busy1} : $first;
    my ($dn, $password) = ($server->service, $server->secret);
    $lines = 'EASAuthLDAPType ActiveDirectory' if $lines eq 'ad';
    my $account = $lines eq 'anonymous' ? '' : qq(EASAuthLDAPBindDN "$dn"\n)
        . ($lines =~ /BindPassword/ ? '' : qq(EASAuthLDAPBindPassword "$password"\n));
    $lines = '' if $lines eq 'anonymous';
    $lines .= "\nEASAuthLDAPTrustedCA $ca->{ca}" 
        unless $lines =~ /TrustedCA|Off/;
    $sections .= <<"END";
<EASAuthProvider $id>
    EASAuthLDAPURL "$url"
    EASAuthLDAPTimeout connect=1s operation=1s total=${TOTAL}s
    EASAuthLDAPRemember 0s
    $account
    $lines
</EASAuthProvider>
<Location /$id/>
    AuthType EAS-Basic
    AuthName "Test mail"
    EASAuthProvider $id
    Require valid-user
</Location>
END
}
my $port  = EAS::Port::free();
my $httpd = EAS::Httpd->new(dir => "$dir/httpd", one_child => 1,
    config => <<"END")->start;
Listen 127.0.0.1:$port
Protocols h2 http/1.1
SSLEngine on
SSLCertificateFile $ca->{server}{cert}
SSLCertificateKeyFile $ca->{server}{key}
$sections
END

my $client = EAS::Curl->new(base => "https://localhost:$port",
    cacert => $ca->{ca});
my @alice = (user => 'alice', password => 'alice:secret');

# A file for every Location.
for my $n (0 .. $count - 1) {
    mkdir "$dir/httpd/htdocs/p$n";
    EAS::Proc::write_file("$dir/httpd/htdocs/p$n/x", "in\n");
}

sub ask {
    my ($path, @more) = @_;
    return $client->request('GET', $path, @alice, @more);
}

sub last_reason {
    my @decided = $httpd->decisions($_[0]);
    return join ' ', map { $_->{reason} } @decided;
}

# --- what is broken stays a matter of the directory

my $began = $httpd->mark;
my $cpu   = $httpd->cpu;
for my $row (@broken) {
    my ($name, undef, undef, $reason, $least, $most, $path) = @$row;
    my $mark   = $httpd->mark;
    my $answer = ask($path, timeout => 6);
    my $retry  = $answer->header('Retry-After') || 0;
    my $got    = last_reason($mark);
    is_deeply(
        {
            status    => $answer->status,
            challenge => scalar $answer->header('WWW-Authenticate'),
            retry     => $retry >= 45 && $retry <= 75 ? '60, spread' : $retry,
            reason    => ref $reason && $got =~ /^$reason$/ ? "$reason" : $got,
        },
        { status => 503, challenge => undef, retry => '60, spread',
            reason => "$reason" },
        "$name: 503, $reason")
        or diag($answer->show, "\n", $httpd->log_since($mark));
    my $took = $answer->time;
    ok($took >= $least && $took <= $most, sprintf "%s: told after %s s",
        $name, $most < 1 ? 'less than half a' : 'the time-out of 1 to 2')
        or diag("it took $took s");
}
cmp_ok($httpd->cpu - $cpu, '<', slowness() * (0.1 + 0.02 * @broken),
    'waiting costs no CPU');
is($target->connections, 0, 'a referral is not followed');
like($httpd->log_since($began),
    qr/something came in the clear behind the answer to StartTLS/,
    'what was slipped in before TLS is named');

for (@waiting) {
    my ($name, $path) = @$_[ 0, 6 ];
    $cpu = $httpd->cpu;
    ask($path);
    cmp_ok($httpd->cpu - $cpu, '<', 0.1 * slowness(),
        "$name: under 0.1 s of CPU");
}

for my $row (@good) {
    my ($name, undef, undef, $most, undef, undef, $path) = @$row;
    my $mark   = $httpd->mark;
    my $answer = ask($path);
    is($answer->status . ($answer->time <= $most ? '' : ' late'), 200,
        "$name: 200")
        or diag($answer->time, "\n", $httpd->log_since($mark));
}

# --- a service account that is refused

my ($service) = grep { $_->[0] eq 'wrong service password' } @broken;
ask($service->[6]) for 1 .. 4;
is($slapd{service}->count(kind => 'BIND'), 1,
    'a wrong service password is not tried over and over');
like(($httpd->log_since(0) =~ /^(.*service-refused.*)$/m)[0], qr/:error\]/,
    'and is an error in the log');

# --- there, gone, and back

my ($warm, $neighbour, $narrow, $relayed, $both, $busy) =
    map { $_->[6] } @own;

sub statuses { return join ' ', map { ask($_)->status } @_ }

# A directory that is down is tried once a second.
sub statuses_soon {
    my @paths = @_;
    my $got = '';
    EAS::Proc::wait_until(
        sub { ($got = statuses(@paths)) !~ /503/ }, 2 * slowness());
    return $got;
}

is(statuses($warm, $neighbour, $narrow, $both), '200 200 200 200',
    'all is well');
$slapd{first}->restart;
is(statuses($warm, $warm), '200 200',
    'a restart between two requests goes unnoticed');
$slapd{first}->stop;
is(statuses($warm, $neighbour, $both), '503 200 200',
    'stopped: 503; its neighbour, and who has a second server, go on');
$slapd{first}->start;
is(statuses_soon($warm, $narrow), '200 200', 'back: 200 within two seconds');

$slapd{first}->pause;
{
    my @answers = $client->requests({ parallel => 1 },
        phones($warm, 20));
    is(join(' ', map { $_->status } @answers), join(' ', (503) x 20),
        'hung with warm connections: 503 for everybody');
    my ($slowest) = sort { $b <=> $a } map { $_->time } @answers;
    cmp_ok($slowest, '<', $TOTAL + 0.9, 'in time');
}
{
    # somebody waits for the hung one meanwhile
    my $pid = fork;
    die "fork: $!" unless defined $pid;
    if (!$pid) {
        $client->requests({ parallel => 1 },
            phones($warm, 20));
        POSIX::_exit(0);
    }
    EAS::Proc::wait_until(sub { EAS::Proc::alive($pid) }, 1);
    my $start = time;
    is(statuses(($neighbour) x 5), '200 200 200 200 200',
        'a hung directory does not hold up another');
    cmp_ok(time - $start, '<', 1, 'for a moment');
    waitpid $pid, 0;
}
{
    my @answers = $client->requests({ parallel => 1 },
        phones($narrow, 6));
    is(join(' ', map { $_->status } @answers), join(' ', (503) x 6),
        'more requests than connections: 503');
    my @busy = grep { $_->{reason} eq 'overloaded' } $httpd->decisions(0);
    ok(@busy > 0
            && !(grep { $_->{retry} !~ /^(?:1[5-9]|2[0-5]|4[5-9]|[56]\d|7[0-5])$/ }
                @busy),
        'overloaded: 20 s, once the directory is known to be away 60 s')
        or diag(join "\n", map { $_->{line} } @busy);
}
$slapd{first}->resume;
is(statuses_soon($warm, $narrow, $both), '200 200 200',
    'woken up: 200 within two seconds');

# --- an answer that stops in its middle

is(statuses($relayed, $relayed), '200 200', 'through a relay');
$relay->stall;
{
    my $answer = ask($relayed, timeout => 6);
    is($answer->status, 503, 'a part of an answer, and then nothing: 503');
    cmp_ok($answer->time, '<', $TOTAL + 0.5, 'in time');
}
$relay->resume;
is(statuses($relayed), '200', 'and back');

# A connection that is found dead when it is used was idle: it says nothing of
# the server, and nothing has arrived there yet.
{
    $relay->forget;
    my $mark = $slapd{second}->mark;
    is(statuses($relayed), '200', 'forgotten by a firewall: 200');
    is($slapd{second}->summary($mark), 'BIND=1 SRCH=1',
        'and asked once');
}

# --- no password is tried at a second server of the same directory

my %mark = map { $_ => $slapd{$_}->mark } qw(first second);
$client->request('GET', $both, user => 'alice', password => 'wrong');
is($slapd{first}->count(kind => 'BIND', since => $mark{first},
        like => qr/uid=alice/)
        + $slapd{second}->count(kind => 'BIND', since => $mark{second},
        like => qr/uid=alice/),
    1, 'a wrong password is tried at one server');
{
    # that one goes away: the other is asked, and is no more generous
    $slapd{first}->stop;
    my $mark = $httpd->mark;
    my $answer = $client->request('GET', $both, user => 'alice',
        password => 'wrong too');
    is(join(' ', $answer->status,
            map { $_->{reason} } $httpd->decisions($mark)),
        '401 wrong-password', 'and one is as wrong at the other');
}

# A server that has seen the password and cannot say keeps it for itself.
{
    my @before = map { $slapd{$_}->mark } qw(busy1 busy2);
    my $answer = $client->request('GET', $busy, user => 'busy',
        password => 'secret');
    is(join(' ', $answer->status, map {
                $slapd{$_}->count(kind => 'BIND', like => qr/cn=busy/i,
                    since => shift @before)
            } qw(busy1 busy2)), '503 1 0',
        'a password is not sent to the next server after a "busy"');
}

is(join("\n", $httpd->unexpected(qr/EAS0300: /, qr/EAS032[24]: /,
        qr/EAS02\d\d: .*(?:Verify|StartTLS|literal|password)/i)),
    '', 'nothing unexpected in the log');
is_quiet();
