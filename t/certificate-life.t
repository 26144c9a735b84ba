# SPDX-License-Identifier: Apache-2.0
# Certificates in the course of time: an account that is locked, a directory
# that is away, a section that asks for a certificate later than the handshake,
# and what back ends and scripts are told.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use EAS::CA;
use EAS::Curl;
use EAS::Httpd;
use EAS::Port;
use EAS::Slapd;
use EAS::Test;
use EAS::TLS;

my $ca    = ca();
my $dir   = scratch('certificate-life');
my $slapd = EAS::Slapd->new(dir => "$dir/slapd", ca => $ca->{ca},
    certificate => $ca->{server})->start;
EAS::Proc::write_file("$dir/secret", $slapd->secret, 0600);

my $ours   = EAS::CA->new(dir => "$dir/ca", name => 'phones');
my $others = EAS::CA->new(dir => "$dir/ca", name => 'laptops');
my %cert   = (
    (map { $_ => $ours->client($_, email => "$_\@example.com") } qw(alice bob carol shared)),
    nobody => $ours->client('nobody', email => 'nobody@example.com'),
    soon   => $ours->client('soon', email => 'bob@example.com', until => time + 3 * 86400),
);
my $trusted = EAS::Proc::write_file("$dir/trusted.pem",
    join '', map { EAS::Proc::read_file($_->file) } $ours, $others);
my %port = map { $_ => EAS::Port::free() } qw(optional late);

sub place {
    my ($path, $type, @lines) = @_;
    push @lines, 'Require valid-user' unless "@lines" =~ /Require /;
    push @lines, 'EASAuthCertMap email' unless $type eq 'Basic';
    my $lines = join "\n    ", @lines;
    return <<"CONF";
<Location $path>
    AuthType EAS-$type
    AuthName "Test mail"
    EASAuthProvider example
    Header always set X-User "expr=%{REMOTE_USER}"
    Header always set X-Source "expr=%{reqenv:EAS_SOURCE}"
    Header always set X-Method "expr=%{reqenv:EAS_METHOD}"
    $lines
</Location>
CONF
}

sub vhost {
    my ($name, @lines) = @_;
    return "Listen 127.0.0.1:$port{$name}\n"
        . EAS::Httpd::tls_host($port{$name}, 'localhost', $ca->{server},
        "SSLCACertificateFile $trusted", @lines);
}

# What a script and a back end are told of it.
my @told = map { "EAS_CERT_$_" } qw(MAP STRONG SERIAL ISSUER EXPIRES_IN);
my $script = EAS::Proc::write_file("$dir/env.cgi", "#!$^X\n" . <<'CGI', 0755);
print "Content-Type: text/plain\r\n\r\n";
print map { "$_=$ENV{$_}\n" } grep { /EAS_|REMOTE_USER|AUTH_TYPE/ } sort keys %ENV;
CGI
my $to_backend = join "\n    ", map { (my $name = $_) =~ tr/_/-/; qq(RequestHeader set X-$name "expr=%{reqenv:$_}") }
    'EAS_METHOD', @told;

my $httpd = EAS::Httpd->new(dir => "$dir/httpd", one_child => 1, shield => 1, modules => ['cgid'],
    config => join '', <<"CONF",
ScriptSock $dir/httpd/run/cgid
Protocols h2 http/1.1
KeepAliveTimeout 60
EASAuthCacheFlush $dir/control
EASAuthLedger file=none
EASAuthCacheTTL 0
ProxyPass /backend http://127.0.0.1:$ENV{EAS_RESPONDER_PORT}/
ScriptAliasMatch ^/env $script
ErrorDocument 403 /env/refused
AliasMatch ^/(?!env|backend) $dir/httpd/htdocs/x
@{[ $slapd->provider('example', "$dir/secret",
    'EASAuthLDAPRemember 0s',
    'EASAuthLDAPRetry 1s') ]}
<Location />
    Require all granted
</Location>
CONF
    place('/cert', 'Certificate'),
    place('/short', 'Certificate', 'EASAuthCacheTTL 1s'),
    place('/kept', 'Certificate', 'EASAuthCacheTTL 10min'),
    place('/stale', 'Certificate', 'EASAuthCacheTTL 1s', 'EASAuthCacheStale 1h'),
    place('/either', 'Either'), place('/both', 'Both'),
    place('/falls', 'Either', 'EASAuthCertFallback On'),
    place('/basic', 'Basic', 'EASAuthCacheTTL 10min'),
    place('/env/cert', 'Certificate'), place('/env/either', 'Either'), place('/env/both', 'Both'),
    place('/env/falls', 'Either', 'EASAuthCertFallback On'),
    place('/env/bob', 'Certificate', 'Require user bob'),
    place('/backend', 'Either', $to_backend),
    vhost('optional', 'SSLVerifyClient optional'),
    vhost('late', place('/late', 'Certificate', 'SSLVerifyClient optional', 'EASAuthCacheTTL 10min'),
        place('/late/laptops', 'Certificate', 'SSLVerifyClient require', 'EASAuthCacheTTL 10min',
            'EASAuthCertIssuer "CN=Private test CA laptops"')))->start;
EAS::Proc::write_file("$dir/httpd/htdocs/x", "in\n");

my %client = map {
    $_ => EAS::Curl->new(base => "https://localhost:$port{$_}", cacert => $ca->{ca}, timeout => 30)
} keys %port;
my %right = (user => 'alice', password => 'alice:secret');

sub asked {
    my ($path, $who, %how) = @_;
    return $client{optional}->request('GET', "$path/x", $who ? (certificate => $cert{$who}) : (), %how);
}

# Status, reason and source of the one decision.
sub outcome {
    my ($path, $who, %how) = @_;
    my $mark     = $httpd->mark;
    my $answer   = asked($path, $who, %how);
    my ($decision) = $httpd->decisions($mark);
    return join ' ', $answer->status, $decision ? @$decision{qw(reason source)} : ();
}

plan tests => 60, need_module(qw(eas_auth ssl http2 cgid proxy_http));

# --- what is told of it

sub environment {
    my ($answer) = @_;
    return map { /^(?:REDIRECT_)?(\w+?)=(.*)$/ ? ($1, $2) : () } split /\n/, $answer->body;
}

sub serial {
    my ($made) = @_;
    return (EAS::Proc::must([ EAS::Proc::find('openssl'), 'x509', '-in', $made->{cert}, '-noout', '-serial' ])
            =~ /=(\w+)/)[0];
}

for ([ 'certificate', '/env/cert', 'bob', {}, 'EAS-Certificate', 30 ],
    [ 'certificate', '/env/either', 'soon', {}, 'EAS-Certificate', 3 ],
    [ 'both', '/env/both', 'alice', \%right, 'Basic', 30 ])
{
    my ($method, $path, $who, $password, $type, $days) = @$_;
    my %env = environment(asked($path, $who, %$password));
    my $name = $who eq 'soon' ? 'bob' : $who;
    is(join(' ', @env{qw(REMOTE_USER AUTH_TYPE EAS_METHOD EAS_CERT_MAP EAS_CERT_STRONG EAS_CERT_SERIAL EAS_CERT_ISSUER)}),
        "$name $type $method email no @{[ serial($cert{$who}) ]} CN=Private test CA phones",
        "a script is told, $path");
    ok(abs($env{EAS_CERT_EXPIRES_IN} - $days * 86400) < 300, "   and when it ends, in seconds")
        or diag($env{EAS_CERT_EXPIRES_IN});
}

# Nothing of a certificate that has let nobody in.
for ([ 'of nobody', '/env/cert', 'nobody', {}, 'certificate-unmapped' ],
    [ 'of one with another\'s password', '/env/both', 'bob', \%right, 'accounts-differ' ],
    [ 'none', '/env/cert', undef, {}, 'no-certificate' ])
{
    my ($name, $path, $who, $password, $reason) = @$_;
    my $answer = asked($path, $who, %$password);
    my %env = environment($answer);
    is(join(' ', $answer->status, $env{EAS_REASON}, grep { /EAS_CERT|EAS_USER|REMOTE_USER/ && length $env{$_} }
                sort keys %env),
        "403 $reason", "the page of a refusal: $name");
}
# Who is proven and may not is known all the same.
my %env = environment(asked('/env/bob', 'alice'));
is(join(' ', @env{qw(EAS_REASON REMOTE_USER EAS_CERT_SERIAL)}), "not-authorized alice @{[ serial($cert{alice}) ]}",
    'the page of a refusal: of the wrong person');
%env = environment(asked('/env/falls', 'nobody', %right));
is(join(' ', $env{EAS_METHOD}, grep { /EAS_CERT/ } sort keys %env), 'password',
    'a password that stood in for a certificate: nothing of that one');
%env = environment(asked('/env/either', undef, %right));
is(join(' ', $env{EAS_METHOD}, grep { /EAS_CERT/ } sort keys %env), 'password', 'a password alone');

my $body = asked('/backend', 'soon')->body;
like($body, qr/^X-EAS-CERT-SERIAL: @{[ serial($cert{soon}) ]}\r?$/mi, 'a back end is told the serial number');
like($body, qr/^X-EAS-METHOD: certificate\r?$/mi, '   the method');
like($body, qr/^X-EAS-CERT-EXPIRES-IN: 2\d{5}\r?$/mi, '   and when it ends');

# --- an account that is locked

sub lock_account {
    my ($user, @since) = @_;
    return $slapd->replace("uid=$user," . $slapd->people, 'pwdAccountLockedTime', @since);
}

is(outcome('/kept', $_), '200 granted directory', "$_ gets in") for qw(carol shared);
lock_account($_, '000001010000Z') for qw(carol shared);
is(outcome('/kept', $_), '200 granted cache', "$_, locked meanwhile, for as long as the verdict lasts")
    for qw(carol shared);
is(outcome('/cert', 'carol'), '503 directory-locked directory', '   not where nothing is remembered');
ok(EAS::Proc::wait_until(sub { asked('/short', 'shared')->status == 503 }, 10),
    'a verdict of a second: nor after that');
is(outcome('/kept', 'shared'), '503 directory-locked cache', '   and what one place finds out, the others know');

my $open = EAS::TLS->new(port => $port{optional}, dir => $dir, certificate => $cert{bob});
is(join(' ', map { $open->ask('/kept/x')->{'x-source'} } 1, 2), 'directory memo', 'somebody else, on a kept connection');
my ($code, $said) = EAS::Proc::run([ 'sh', "$FindBin::Bin/../support/easauthctl", 'flush', '--httpd',
        "$httpd->{httpd} -d $httpd->{dir} -f $httpd->{conf}" ]);
is($code, 0, 'easauthctl flush') or diag($said);
# It is obeyed within a second or so.
ok(EAS::Proc::wait_until(sub { $open->ask('/kept/x')->{'x-source'} eq 'directory' }, 10),
    '   a kept connection is judged anew');
is(outcome('/kept', 'carol'), '503 directory-locked directory', '   and the locked one is out, long before her verdict ends');
lock_account($_) for qw(carol shared);
is(outcome('/cert', 'carol'), '200 granted directory', 'unlocked: in again');

# --- a directory that is away

is(outcome('/stale', 'alice'), '200 granted directory', 'remembered for a bad day');
$slapd->stop;
for ([ '/cert', 'bob', {} ], [ '/either', 'bob', {} ], [ '/falls', 'bob', \%right ], [ '/both', 'alice', \%right ],
    [ '/cert', 'nobody', {} ], [ '/either', undef, \%right ], [ '/stale', 'nobody', {} ])
{
    my ($path, $who, $password) = @$_;
    my $answer = asked($path, $who, %$password);
    is(join(' ', $answer->status, ($answer->header('Retry-After') || 0) > 0 ? 'wait' : 'now'), '503 wait',
        "no directory: $path, " . ($who || 'a password'));
}
ok(EAS::Proc::wait_until(sub { outcome('/stale', 'alice') eq '200 granted stale' }, 10),
    'who was in within EASAuthCacheStale stays in');
is(outcome('/kept', 'bob'), '200 granted cache', 'and who is remembered anyhow');
is(outcome('/cert', undef), '403 no-certificate none', 'no certificate is no matter of the directory');
$slapd->start;
ok(EAS::Proc::wait_until(sub { outcome('/cert', 'bob') eq '200 granted directory' }, 15), 'it is back, and so are they');

# --- a certificate that is asked for later

for my $tls ('1.2', '1.3') {
    my %how = (tls => $tls);
    my ($late) = $client{late}->request('GET', '/late/x', certificate => $cert{alice}, %how);
    is($late->status . ' ' . $late->header('X-User'), '200 alice', "TLS $tls: asked for in a section: curl shows it");
    is($client{late}->request('GET', '/late/x', %how)->status, 403, '   who has none is told so');

    # One connection: first without, then by that certificate; then where it
    # is not enough.
    my $talk = EAS::TLS->new(port => $port{late}, dir => $dir, tls => $tls, certificate => $cert{alice},
        more => ['-enable_pha']);
    is($talk->ask('/cert/x')->{status}, 403, '   before it was asked for there is none');
    my %basic = (Authorization => EAS::Curl::basic('bob', 'bob secret'));
    my $answer = $talk->ask('/basic/x', %basic);
    is("$answer->{status} $answer->{'x-user'}", '200 bob', '   and bob has a password');
    is($talk->ask('/late/x', %basic)->{'x-user'}, 'alice', '   it is asked for: alice, not the one of the password');
    is($talk->ask('/late/x', %basic)->{'x-source'}, 'memo', '   and remembered');
    is($talk->ask('/late/laptops/x')->{status}, 403, '   a grant is none where another CA is wanted');
    is($talk->ask('/basic/x', %basic)->{'x-user'}, 'bob', '   and the password stays that of bob');
}
my $later = $client{late}->request('GET', '/late/x', certificate => $cert{alice}, http2 => 1, tls => '1.3');
# httpd answers with HTTP_1_1_REQUIRED; curl obeys, phones may not.
is($later->status . " by HTTP/$later->{http_version}", '200 by HTTP/1.1', 'HTTP/2 is not asked later: it has to go');
(undef, $said) = $httpd->test;
like($said, qr{EAS0242: \S+ SSLVerifyClient optional in <Location /late> }, 'httpd -t warns of it');
like($said, qr{EAS0242: \S+ SSLVerifyClient require in <Location /late/laptops> }, '   in each place');

is(join("\n", $httpd->unexpected(EAS::Log::usual(), EAS::Log::outage('example'), qr/EAS0(?:390|242|243)/,
    qr/EAS0300: (?:directory-|unavailable|timeout)/, qr/AH0(?:2039|2276|2261|2008|2032|1631)|AH10158|SSL routines::invalid config/)), '',
    'nothing unexpected in the log');
is_quiet();
