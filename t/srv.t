# SPDX-License-Identifier: Apache-2.0
# A URL without a host: DNS SRV says which servers there are.  By priority and
# weight; as long as DNS is there, and after; and what the phone is told where
# nobody is found.
#
# What takes longer than a test may wait (the TTL, of 30 s at least, and what
# is known after it) is in t/unit/test_ldap_discovery.c.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use Time::HiRes qw(time);
use EAS::CA;
use EAS::Curl;
use EAS::DNS;
use EAS::Httpd;
use EAS::Port;
use EAS::Proc;
use EAS::Slapd;
use EAS::Test;

my $LDAPS = '_ldaps._tcp.example.test';
my $LDAP  = '_ldap._tcp.example.test';
my $DC    = '_ldap._tcp.dc._msdcs.ad.test';
my $SITE  = '_ldap._tcp.Berlin._sites.dc._msdcs.ad.test';

my $dir  = scratch('srv');
my $ca   = ca();
my $own  = EAS::CA->new(dir => "$dir/ca");
my $cert = $own->server('named', san => [
    (map { "DNS:$_.srv.test" } qw(first second six both slow ad)),
    'IP:127.0.0.1', 'IP:::1' ]);
my %slapd = map {
    my ($name, @opt) = @$_;
    $name => EAS::Slapd->new(dir => "$dir/$name", ca => $own->file,
        certificate => $cert, phones => 20, @opt)->start
} [ 'first' ], [ 'second' ], [ 'six', address => '::1' ],
    [ 'ad', data => 'ad' ];
my %port = map { $_ => $slapd{$_}->ldaps_port } keys %slapd;

# A record that leads to a server; by another name, where one is told.
sub record {
    my ($server, $priority, $name) = @_;
    return sprintf 'SRV %d 1 %d %s.srv.test', $priority || 0, $port{$server},
        $name || $server;
}
my $closed = EAS::Port::free();
my $first  = record('first');
my @crowd  = map { "SRV $_ 1 $closed a-name-that-needs-some-room-$_.srv.test" }
    10 .. 30;

# One login each, of a provider that has asked nothing yet.  What is there:
#   name, zone, type => ActiveDirectory, url (without a host by default)
#   lines => more of the provider
# What is expected: status, reason; by => who was asked; asked => which names
# were looked for, by SRV, and how often; detail => what the log says
my @rows = (
    { name => 'one record', zone => { $LDAPS => [$first] },
      asked => { $LDAPS => 1, $LDAP => 0 } },
    { name => 'StartTLS', url => 'ldap:///dc=example,dc=test',
      zone => { $LDAP => [ "SRV 0 0 @{[ $slapd{first}->port ]} first.srv.test" ] },
      asked => { $LDAPS => 0, $LDAP => 1 } },
    { name => 'a base below the domain', url => 'ldaps:///ou=people,dc=example,dc=test',
      zone => { $LDAPS => [$first] } },
    { name => 'ldaps by the records for ldap', zone => { $LDAP => [$first] },
      asked => { $LDAPS => 1, $LDAP => 1 } },
    { name => 'a name server that knows one of two names',
      zone => { $LDAPS => ['SERVFAIL'], $LDAP => [$first] } },
    { name => 'the lower number', by => 'second',
      zone => { $LDAPS => [ record('first', 2), record('second', 1) ] } },
    { name => 'the first is dead', by => 'second',
      zone => { $LDAPS => [ "SRV 1 0 $closed first.srv.test", record('second', 2) ] } },
    { name => 'the first has no address', by => 'second',
      zone => { $LDAPS => [ record('first', 1, 'nowhere'), record('second', 2) ] } },
    { name => 'the first has an address that nobody tells', by => 'second',
      zone => { $LDAPS => [ record('first', 1, 'slow'), record('second', 2) ] } },
    { name => 'more than fits', zone => { $LDAPS => [ record('first', 1), @crowd ] },
      asked => { $LDAPS => 2, $LDAP => 0 } },
    { name => 'truncated', zone => { $LDAPS => [ 'SRV TRUNCATED', $first ] },
      asked => { $LDAPS => 2, $LDAP => 0 } },
    { name => 'AAAA alone', zone => { $LDAPS => [ record('six') ] }, by => 'six' },
    { name => 'nobody at the A', zone => { $LDAPS => [ record('six', 0, 'both') ] },
      by => 'six' },
    { name => 'nobody at the AAAA', zone => { $LDAPS => [ record('first', 0, 'both') ] } },
    { name => 'an address of IPv6', url => "ldaps://[::1]:$port{six}/dc=example,dc=test",
      zone => {}, by => 'six', asked => { $LDAPS => 0 } },

    { name => 'the certificate does not name the target', status => 503,
      reason => 'directory-tls', by => '',
      zone => { $LDAPS => [ record('first', 0, 'forged') ] } },
    { name => 'no such name', status => 503, reason => 'directory-name', zone => {},
      detail => "$LDAPS: no such name; $LDAP: no such name",
      asked => { $LDAPS => 1, $LDAP => 1 } },
    { name => 'names without records', status => 503, reason => 'directory-name',
      zone => { $LDAPS => [], $LDAP => [ 'A 127.0.0.1' ] },
      detail => "$LDAP: no SRV record with a port and a host name" },
    { name => 'decidedly no service', status => 503, reason => 'directory-name',
      zone => { $LDAPS => [ 'SRV 0 0 0 .' ] },
      detail => "$LDAPS: says there is no such service; $LDAP: no such name" },
    { name => 'SERVFAIL', status => 503, reason => 'directory-name',
      zone => { $LDAPS => ['SERVFAIL'], $LDAP => ['SERVFAIL'] },
      detail => "$LDAPS: the name server answered SERVFAIL; $LDAP: the name server answered SERVFAIL" },
    { name => 'REFUSED', status => 503, reason => 'directory-name',
      zone => { $LDAPS => ['REFUSED'] },
      detail => "$LDAPS: the name server answered REFUSED; $LDAP: no such name" },
    { name => 'garbage', status => 503, reason => 'directory-name',
      zone => { $LDAPS => ['GARBAGE'] },
      detail => "$LDAPS: the answer is damaged; $LDAP: no such name" },
    { name => 'silence', status => 503, reason => 'directory-name',
      zone => { $LDAPS => ['SILENT'], $LDAP => [$first] },
      detail => "$LDAPS: no answer from the name server" },
    { name => 'no target has an address', status => 503, reason => 'directory-name',
      zone => { $LDAPS => [ record('first', 1, 'nowhere'), record('first', 2, 'elsewhere') ] },
      detail => 'the name nowhere.srv.test: ' },

    { name => 'a site', type => 'ActiveDirectory', site => 1, by => 'ad',
      zone => { $SITE => [ record('ad') ], $DC => ['SERVFAIL'] },
      asked => { $SITE => 1, $DC => 0 } },
    { name => 'a site without controllers', type => 'ActiveDirectory', site => 1,
      by => 'ad', zone => { $DC => [ record('ad') ] },
      asked => { $SITE => 1, $DC => 1, $LDAPS => 0 } },
    { name => 'no site', type => 'ActiveDirectory', by => 'ad',
      zone => { $SITE => ['SERVFAIL'], $DC => [ record('ad') ] },
      asked => { $SITE => 0, $DC => 1 } },
    { name => 'Active Directory by the last name', type => 'ActiveDirectory',
      by => 'ad', zone => { '_ldap._tcp.ad.test' => [ record('ad') ] },
      asked => { $DC => 1, '_ldap._tcp.ad.test' => 1 } },
);
my @weighed = map { "weighed$_" } 1 .. 24;

# name, lines, zone, exit code, what is shown
my @probes = (
    [ 'two servers', { $LDAPS => [ record('second', 2), record('first', 1) ] }, 0,
        qr/^Provider p, ldaps:\/\/first\.srv\.test:$port{first}\n.*^Provider p, ldaps:\/\/second\.srv\.test:$port{second}\n.*^2 servers, 0 failed$/ms ],
    [ 'one of them bad', { $LDAPS => [ record('first', 1), record('first', 2, 'forged') ] }, 1,
        qr/^Provider p, ldaps:\/\/forged\.srv\.test:\d+\n.*^    FAILED  TLS .* not for "forged\.srv\.test"\n +-> write the host in the SRV records of DNS as .*^2 servers, 1 failed$/ms ],
    [ 'no address, and nobody', { $LDAPS => [ record('first', 1, 'nowhere'), "SRV 2 0 $closed first.srv.test" ] }, 1,
        qr/^    FAILED  name .*\n +-> correct the host in the SRV records of DNS, .*^    FAILED  connection .*\n +-> .* correct the port \($closed\) in the SRV records of DNS$/ms ],
    [ 'none', {}, 1,
        qr/^Provider p\n    FAILED  servers +\Q$LDAPS: no such name; $LDAP: no such name\E\n +-> name one in EASAuthLDAPURL, or add the SRV records to DNS\n0 servers, 1 failed$/m ],
    [ 'no answer', { $LDAPS => ['SILENT'] }, 1,
        qr/^    FAILED  servers +\Q$LDAPS\E: no answer from the name server$/m ],
);

my $tests = @rows + @probes + 24;
plan tests => $tests, need_module(qw(eas_auth ssl));

unless ($ENV{EAS_OWN_DNS}) {
    fail('a name server of our own') for 1 .. $tests;
    diag('This machine lets nobody make namespaces (see t/dns.t).');
    exit;
}

# --- the zone: what is always there, and what a row says

sub zone {
    my (%records) = @_;
    EAS::DNS->clear;
    EAS::DNS->set(
        'first.srv.test'  => [ 'A 127.0.0.1' ],
        'second.srv.test' => [ 'A 127.0.0.1' ],
        'ad.srv.test'     => [ 'A 127.0.0.1' ],
        'forged.srv.test' => [ 'A 127.0.0.1' ],
        'six.srv.test'    => [ 'AAAA ::1' ],
        'both.srv.test'   => [ 'A 127.0.0.1', 'AAAA ::1' ],
        'slow.srv.test'   => [ 'SILENT' ],
        %records,
    );
    return;
}
zone();

# --- providers

sub provider {
    my ($name, %opt) = @_;
    my $server = $slapd{ $opt{type} ? 'ad' : 'first' };
    my $url = $opt{url} || 'ldaps:///' . $server->suffix;
    my $type = $opt{type} || 'OpenLDAP';
    my $site = $opt{site} ? "EASAuthLDAPSite Berlin\n" : '';
    my $lines = $opt{lines} || '';
    return <<"END";
<EASAuthProvider $name>
    EASAuthLDAPURL "$url"
    EASAuthLDAPType $type
    EASAuthLDAPTrustedCA @{[ $own->file ]}
    EASAuthLDAPBindDN "@{[ $server->service ]}"
    EASAuthLDAPBindPassword "@{[ $server->secret ]}"
    EASAuthLDAPTimeout connect=1s operation=1s total=2s
    $site$lines
</EASAuthProvider>
END
}

sub location {
    my ($name) = @_;
    return <<"END";
<Location /$name>
    AuthType EAS-Basic
    AuthName "Test mail"
    EASAuthProvider $name
    Require valid-user
</Location>
END
}

my %provider = map { ("row$_" => $rows[$_]) } 0 .. $#rows;
$provider{$_} = {} for @weighed, qw(known burst later);
$provider{failover} = { lines => 'EASAuthLDAPRetry 1s' };
$provider{flood}    = { lines => 'EASAuthLDAPMaxWait 1' };
my $sections = join '',
    map { provider($_, %{ $provider{$_} }) . location($_) } sort keys %provider;
my $listen = EAS::Port::free();
my $httpd  = EAS::Httpd->new(dir => "$dir/httpd", one_child => 1,
    config => <<"END")->start;
Listen 127.0.0.1:$listen
SSLEngine on
SSLCertificateFile $ca->{server}{cert}
SSLCertificateKeyFile $ca->{server}{key}
$sections
END
EAS::Proc::write_file("$dir/httpd/htdocs/$_", "in\n") for keys %provider;
my $client = EAS::Curl->new(base => "https://localhost:$listen",
    cacert => $ca->{ca});

sub login {
    my ($name) = @_;
    return (user => 'alice', password => $provider{$name}{type}
        ? 'alice b secret' : 'alice:secret');
}
sub ask { return $client->request('GET', "/$_[0]", login($_[0])) }

sub burst {
    my ($name, $count) = @_;
    return $client->requests({ parallel => 1 }, phones("/$name", $count));
}

sub tally {
    my %n;
    $n{$_}++ for @_;
    return join ' ', map { "$_*$n{$_}" } sort keys %n;
}

sub marks { return { map { $_ => $slapd{$_}->mark } keys %slapd } }

# Who was asked for somebody's password since.
sub asked_of {
    my ($marks) = @_;
    return join ' ', grep {
        $slapd{$_}->count(kind => 'BIND', like => qr/alice|phone/i,
            since => $marks->{$_})
    } sort keys %slapd;
}

# --- one login each

for my $n (0 .. $#rows) {
    my %row = (status => 200, reason => 'granted', %{ $rows[$n] });
    $row{by} = $row{status} == 200 ? 'first' : '' unless defined $row{by};
    zone(%{ $row{zone} });
    my ($mark, $dns, $marks) = ($httpd->mark, EAS::DNS->mark, marks());
    my $answer  = ask("row$n");
    my @decided = $httpd->decisions($mark);
    my $detail  = $row{detail} || '';
    is_deeply(
        [ $answer->status, (map { $_->{reason} } @decided), asked_of($marks),
            { map { $_ => EAS::DNS->asked($_, since => $dns, type => 'SRV') }
                keys %{ $row{asked} } },
            index($decided[0]{line}, $detail) >= 0,
            $answer->time < 2.7 * slowness() ? 'in time' : $answer->time ],
        [ @row{qw(status reason by)}, $row{asked} || {}, 1, 'in time' ],
        "$row{name}: $row{reason}")
        or diag($answer->show, "\n", $httpd->log_since($mark));
}

# --- weights: each of these asks DNS for itself

sub weigh {
    my ($weight, @providers) = @_;
    zone($LDAPS => [ map { "SRV 0 $weight->{$_} $port{$_} $_.srv.test" }
            sort keys %$weight ]);
    my %by;
    for my $name (@providers) {
        my $marks = marks();
        $by{ ask($name)->status . ' ' . asked_of($marks) }++;
    }
    return \%by;
}
my $even = weigh({ first => 1, second => 1 }, @weighed[ 0 .. 15 ]);
is_deeply([ sort keys %$even ], [ '200 first', '200 second' ],
    'the same weight: both are asked');
my $uneven = weigh({ first => 65535, second => 0 }, @weighed[ 16 .. 23 ]);
cmp_ok($uneven->{'200 first'}, '>=', 7, 'all the weight: that one is asked');

# --- priorities: away from a server, and back

zone($LDAPS => [ record('second', 20), record('first', 10) ]);
my $marks = marks();
is(tally(map { ask('failover')->status } 1 .. 3), '200*3', 'two priorities');
is(asked_of($marks), 'first', 'the lower number is asked');
$slapd{first}->stop;
$marks = marks();
is(tally(map { ask('failover')->status } 1 .. 4), '200*4', 'it is stopped: 200');
is(asked_of($marks), 'second', 'by the other');
$slapd{first}->start;
$marks = marks();
ok(EAS::Proc::wait_until(
        sub { ask('failover')->status == 200 && asked_of($marks) =~ /first/ },
        5 * slowness()), 'it is back: and asked again');

# --- what is known, while DNS says something else, or nothing

zone($LDAPS => [$first]);
my $dns = EAS::DNS->mark;
is(ask('known')->status, 200, 'found');
zone($LDAPS => ['SILENT'], 'first.srv.test' => ['SILENT']);
is(tally(map { $_->status } burst('known', 10)), '200*10',
    'DNS is gone: what was found is used');
is(EAS::DNS->asked($LDAPS, since => $dns), 1, 'within the TTL nobody asks');

# A new child asks for itself.
zone($LDAPS => [ record('second') ]);
$marks = marks();
$dns   = EAS::DNS->mark;
$httpd->graceful;
is(tally(map { $_->status } burst('burst', 20)), '200*20',
    'another server after a restart, and 20 at once');
is(asked_of($marks), 'second', 'that one is asked');
is(EAS::DNS->asked($LDAPS, since => $dns), 1, 'and DNS once');

# --- a name server that does not answer holds up who asks for it, and no
# more of them than may wait for a directory

zone($LDAPS => ['SILENT']);
my $mark = $httpd->mark;
{
    my $pid = fork;
    die "fork: $!" unless defined $pid;
    if (!$pid) {
        burst('flood', 8);
        POSIX::_exit(0);
    }
    EAS::Proc::wait_until(
        sub { EAS::DNS->asked($LDAPS, since => $dns) > 1 }, 3);
    my @others = map { ask('burst') } 1 .. 10;
    is(tally(map { $_->status } @others), '200*10', 'meanwhile others: 200');
    cmp_ok((sort { $b <=> $a } map { $_->time } @others)[0], '<',
        0.5 * slowness(), 'and at once');
    waitpid $pid, 0;
}
is(tally(map { $_->{reason} } grep { $_->{provider} eq 'flood' }
        $httpd->decisions($mark)), 'directory-name*1 overloaded*7',
    'as many wait for the name server as may wait for the directory')
    or diag($httpd->log_since($mark));
my @answers = burst('flood', 8);
is(tally(map { $_->status } @answers), '503*8', 'known not to answer: 503');
cmp_ok((sort { $b <=> $a } map { $_->time } @answers)[0], '<',
    0.5 * slowness(), 'at once');

# --- and is asked again

zone();
is(ask('later')->status, 503, 'not there yet');
zone($LDAPS => [$first]);
$mark = time;
ok(EAS::Proc::wait_until(sub { ask('later')->status == 200 },
        9 * slowness()), 'there: 200 within some seconds');
is(ask('flood')->status, 200, 'and where it did not answer');
cmp_ok(time - $mark, '>', 2, 'it was not asked by each');

# --- the probe

my $probe = EAS::Httpd->new(dir => "$dir/probe", config => provider('p'));
for (@probes) {
    my ($name, $zone, $code, $shown) = @$_;
    local $ENV{ASAN_OPTIONS} = ($ENV{ASAN_OPTIONS} || '') . ':detect_leaks=0'
        if $ENV{EAS_SANITIZED};    # see t/probe.t
    zone(%$zone);
    my ($got, $text) = $probe->test('-D', 'EAS_AUTH_PROBE');
    ok($got == $code && $text =~ $shown, "probe, $name: exit code $code")
        or diag("exit code $got\n$text");
}

$httpd->stop;
is(join("\n", $httpd->unexpected(qr/EAS0300: /, qr/EAS032[24]: /,
            qr/EAS020[23]: /)), '', 'nothing unexpected in the log');
is_quiet();
