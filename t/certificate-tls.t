# SPDX-License-Identifier: Apache-2.0
# What TLS knows of a certificate, and what becomes of it here: the enrolment
# kit's CA and CRL from the first day to the revoked phone, OCSP, sessions that
# are resumed, virtual hosts beside each other, and connections that outlive
# their certificate.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use MIME::Base64 ();
use EAS::CA;
use EAS::Curl;
use EAS::Enroll;
use EAS::Httpd;
use EAS::Port;
use EAS::Slapd;
use EAS::Test;
use EAS::TLS;

my $ca    = ca();
my $dir   = scratch('certificate-tls');
my $slapd = EAS::Slapd->new(dir => "$dir/slapd", ca => $ca->{ca},
    certificate => $ca->{server})->start;
EAS::Proc::write_file("$dir/secret", $slapd->secret, 0600);
my $SSL = EAS::Proc::find('openssl');

my $ours   = EAS::CA->new(dir => "$dir/ca", name => 'phones');
my $theirs = EAS::CA->new(dir => "$dir/ca", name => 'stranger');
my %cert   = (
    alice    => $ours->client('alice', email => 'alice@example.com'),
    revoked  => $ours->client('revoked', email => 'bob@example.com'),
    unlisted => $ours->client('unlisted', email => 'carol@example.com'),
    stranger => $theirs->client('odd', email => 'alice@example.com'),
);

sub place {
    my ($path, @lines) = @_;
    push @lines, 'Require valid-user' unless "@lines" =~ /Require /;
    my $lines = join "\n    ", @lines;
    return <<"CONF";
<Location $path>
    AuthType EAS-Certificate
    AuthName "Test mail"
    EASAuthProvider example
    Header always set X-User "expr=%{REMOTE_USER}"
    Header always set X-Source "expr=%{reqenv:EAS_SOURCE}"
    Header always set X-Reason "expr=%{reqenv:EAS_REASON}"
    Header always set X-Verify "expr=%{SSL:SSL_CLIENT_VERIFY}"
    Header always set X-Resumed "expr=%{SSL:SSL_SESSION_RESUMED}"
    $lines
</Location>
CONF
}

# An httpd of its own, with these ports and lines.
sub server {
    my ($name, $ports, @config) = @_;
    my $server = EAS::Httpd->new(dir => "$dir/$name", one_child => 1,
        config => join '', (map { "Listen 127.0.0.1:$_\n" } @$ports), <<"CONF", @config)->start;
Protocols h2 http/1.1
KeepAliveTimeout 100
AliasMatch ^ $dir/$name/htdocs/x
@{[ $slapd->provider('example', "$dir/secret",
    'EASAuthLDAPRemember 0s',
    'EASAuthLDAPLogin upn=mail') ]}
CONF
    EAS::Proc::write_file("$dir/$name/htdocs/x", "in\n");
    return $server;
}

# Status and reason of the one decision; "alert" where TLS has ended it, and
# "decided" is added where it should not have been.
sub outcome {
    my ($httpd, $answer, $mark) = @_;
    my @reasons = map { $_->{reason} } $httpd->decisions($mark);
    my $status = ref $answer eq 'HASH' ? $answer->{status} : $answer->status;
    return join ' ', $status || 'alert', @reasons;
}

my %port = map { $_ => EAS::Port::free() } qw(kit mutual lenient proxied ocsp named responder);
my @mapped = ('EASAuthCertMap email', 'EASAuthCacheTTL 10min');

plan tests => 95, need_module(qw(eas_auth ssl http2));

# --- a certificate that ends while its connection stands: it is made first, so
# that nobody has to wait for its end

my @clients = ("SSLCACertificateFile @{[ $ours->file ]}");
my $httpd   = server('httpd', [ @port{qw(mutual lenient proxied ocsp)} ],
    EAS::Httpd::tls_host($port{mutual}, 'localhost', $ca->{server}, @clients, 'SSLVerifyClient optional'),
    EAS::Httpd::tls_host($port{lenient}, 'localhost', $ca->{server}, @clients, 'SSLVerifyClient optional_no_ca'),
    EAS::Httpd::tls_host($port{proxied}, 'localhost', $ca->{server}, @clients, 'SSLVerifyClient optional_no_ca',
        place('/', 'EASAuthCertSource Client-Cert', @mapped)),
    # What a phone sees of a refusal is "cannot connect": OCSP speaks before
    # HTTP does.
    EAS::Httpd::tls_host($port{ocsp}, 'localhost', $ca->{server}, @clients, 'SSLVerifyClient optional',
        'SSLOCSPEnable on', "SSLOCSPDefaultResponder http://127.0.0.1:$port{responder}/",
        'SSLOCSPOverrideResponder on', 'SSLOCSPUseRequestNonce off', 'SSLOCSPResponderTimeout 3'),
    "EASAuthTrustedProxy 127.0.0.1\nEASAuthClientCertCA @{[ $ours->file ]}\n",
    place('/cert', @mapped), place('/fresh', 'EASAuthCertMap email'));

sub connection {
    my ($port, %opt) = @_;
    return EAS::TLS->new(port => $port{$port}, dir => $dir, %opt);
}

my $end = time + 15 * slowness();
my $brief = $ours->client('brief', email => 'alice@example.com', until => $end);
my %long;
for my $tls ('1.2', '1.3') {
    my $mark = $httpd->mark;
    my $open = $long{$tls} =
        connection('mutual', tls => $tls, certificate => $brief, keep => "$dir/brief.$tls");
    is(outcome($httpd, $open->ask('/cert/x'), $mark), '200 granted', "TLS $tls: while it is good");
    is($open->ask('/cert/x')->{'x-source'}, 'memo', '   and it is remembered');
}

# --- the kit: from nothing to a phone

my $kit    = EAS::Enroll->new(dir => "$dir/kit", init => [ '--name', 'Test phones' ]);
my $served = $kit->server('localhost');
my %device = (
    alice => $kit->device('alice', upn => 'alice@example.com', device_id => 'A1'),
    bob   => $kit->device('bob', email => 'bob@example.com', device_id => 'B1'),
    carol => $kit->device('carol', words => [ '--dn', 'uid=carol,' . $slapd->people ]),
    again => $kit->device('carol', words => [ '--dn', 'uid=carol,' . $slapd->people ]),
);
my $kit_httpd = server('kit-httpd', [ $port{kit} ],
    EAS::Httpd::tls_host($port{kit}, 'localhost', $served, 'SSLCACertificateFile ' . $kit->file,
        'SSLCARevocationFile ' . $kit->crl, 'SSLCARevocationCheck chain', 'SSLVerifyClient optional'),
    place('/mail', 'EASAuthCertMap upn email', 'EASAuthCacheTTL 10min'), place('/der', 'EASAuthCertMap der'));
my $phone = EAS::Curl->new(base => "https://localhost:$port{kit}", cacert => $kit->file, timeout => 30);

# What a phone does with its PKCS#12.
sub unpacked {
    my ($who, $kind, @words) = @_;
    my $pass = EAS::Proc::write_file("$dir/$who.pass", "$device{$who}{passphrase}\n", 0600);
    my $pem  = "$dir/$who-$kind.pem";
    EAS::Proc::must([ $SSL, 'pkcs12', '-in', $device{$who}{$kind}, '-passin', "file:$pass",
            '-nodes', '-out', $pem, @words ], env => { OPENSSL_CONF => '/dev/null' });
    return { cert => $pem, key => $pem };
}

sub phones_in {
    my ($who, $path, %opt) = @_;
    my $mark = $kit_httpd->mark;
    my $answer = $phone->request('GET', $path, certificate => $device{$who}, %opt);
    return join ' ', outcome($kit_httpd, $answer, $mark), $answer->status == 200 ? $answer->header('X-User') : ();
}

my ($code, $said) = $kit->run('check-server', "localhost:$port{kit}", '--ca', $kit->file);
ok($code == 0 && $said =~ /asks phones for certificates, of "[^"]*Test phones.*will accept it/s,
    'the kit finds nothing wrong with the server') or diag($said);
for ([ 'alice', 'p12' ], [ 'alice', 'legacy', '-legacy' ], [ 'bob', 'p12' ], [ 'bob', 'legacy', '-legacy' ]) {
    my ($who, $kind, @words) = @$_;
    is(phones_in($who, '/mail/x', certificate => unpacked($who, $kind, @words)), "200 granted $who",
        "$who gets in, from the $kind file");
}

# A lost phone.
$kit->revoke('alice', '--device-id', 'A1');
$kit->must('crl');
is(phones_in('alice', '/mail/x'), '200 granted alice', 'until httpd is told, the lost phone is let in');
$kit_httpd->graceful;
# Another child may still serve, until it is gone.
for my $tls ('1.2', '1.3') {
    is(phones_in('alice', '/mail/x', tls => $tls), 'alert', "then not even TLS $tls lets it in");
    is(phones_in('bob', '/mail/x', tls => $tls), '200 granted bob', '   but another phone is');
}
my $more = $kit->device('alice', upn => 'alice@example.com', device_id => 'A2');
is(phones_in('alice', '/mail/x', certificate => $more), '200 granted alice', '   and her new one');

# The certificate in the person's entry.
is(phones_in('carol', '/der/x'), '403 certificate-unmapped', 'nothing in the entry yet');
my (undef, $snippet) = split /^# OpenLDAP and others.*\n/m, EAS::Proc::read_file($device{carol}{ldif});
EAS::Proc::must([ EAS::Proc::find('ldapmodify'), '-x', '-H', $slapd->url, '-D', 'cn=manager,' . $slapd->suffix,
        '-w', 'manager' ], stdin => $snippet, env => { LDAPNOINIT => 1 });
is(phones_in('carol', '/der/x'), '200 granted carol', 'with what the kit gave for it, she gets in');
is(phones_in('again', '/der/x'), '403 certificate-unmapped', 'another certificate of hers is not that one');
is(phones_in('bob', '/der/x'), '403 certificate-unmapped', 'nor is that of another person');
$kit_httpd->stop;

# --- OCSP

my $client = EAS::Curl->new(base => "https://localhost:$port{ocsp}", cacert => $ca->{ca}, timeout => 30);

sub asked_by {
    my ($who, %how) = @_;
    my $mark = $httpd->mark;
    return outcome($httpd, $client->request('GET', '/cert/x', certificate => $cert{$who}, %how), $mark);
}

my $responder = EAS::Proc::spawn([ $SSL, 'ocsp', '-port', $port{responder}, '-CA', $ours->file,
        '-rsigner', $ours->file, '-rkey', $ours->{key}, '-nmin', 5, '-index',
        $ours->books(good => [ $cert{alice} ], revoked => [ $cert{revoked} ]) ],
    "$dir/responder.log", env => { OPENSSL_CONF => '/dev/null' });
EAS::Proc::wait_until(sub { EAS::Proc::read_log("$dir/responder.log", 0) =~ /ACCEPT|waiting for/i }, 10);
for my $tls ('1.2', '1.3') {
    is(asked_by('alice', tls => $tls), '200 granted', "TLS $tls: OCSP says good");
    is(asked_by('revoked', tls => $tls), 'alert', '   revoked: TLS ends, the phone "cannot connect"');
    is(asked_by('unlisted', tls => $tls), 'alert', '   unknown to the responder: so as well');
}
EAS::Proc::stop($responder);
is(asked_by('alice', tls => $_), 'alert', "TLS $_: the responder away: nobody gets in, and no 503 tells the phone to wait")
    for '1.2', '1.3';
like($httpd->log_since(0), qr/AH01974: could not connect to OCSP responder/, 'the log of mod_ssl has it');

# --- sessions that are resumed

my @kinds = (
    [ 'TLS 1.3', '1.3' ],
    [ 'TLS 1.2, tickets', '1.2' ],
    [ 'TLS 1.2, the server\'s cache', '1.2', '-no_ticket' ],
);
for (@kinds) {
    my ($name, $tls, @more) = @$_;
    my %how = (tls => $tls, more => \@more, keep => "$dir/session");
    my $first = connection('mutual', %how, certificate => $cert{alice});
    my $answer = $first->ask('/cert/x');
    is("$answer->{'x-resumed'} $answer->{status} $answer->{'x-user'}", 'Initial 200 alice', "$name: a new session");
    $first->close;

    # Without the certificate: it comes out of the session, if at all.
    my ($mark, $log) = ($slapd->mark, $httpd->mark);
    my $again = connection('mutual', %how, resume => "$dir/session");
    my @answers = map { $again->ask('/cert/x') } 1, 2;
    is(join(', ', map { "$_->{'x-resumed'} $_->{status} $_->{'x-user'} $_->{'x-source'}" } @answers),
        'Resumed 200 alice cache, Resumed 200 alice memo', '   resumed, the same person');
    is($slapd->summary($mark), '', '   and nobody is asked');
    is(join(' ', map { $_->{serial} } $httpd->decisions($log)),
        join(' ', (uc serial($cert{alice})) x 2), '   by the same certificate');

    my $none = connection('mutual', %how);
    is($none->ask('/cert/x')->{'x-reason'}, 'no-certificate', '   no certificate at first');
    $none->close;
    $answer = connection('mutual', %how, resume => "$dir/session")->ask('/cert/x');
    is("$answer->{'x-resumed'} $answer->{'x-reason'}", 'Resumed no-certificate', '   nor when it is resumed');

    # What optional_no_ca let through unverified stays so.
    my $strange = connection('lenient', %how, certificate => $cert{stranger});
    $answer = $strange->ask('/cert/x');
    is("$answer->{'x-resumed'} $answer->{status} $answer->{'x-reason'}", 'Initial 403 certificate-not-verified',
        '   optional_no_ca: not verified');
    my $verify = $answer->{'x-verify'};
    $strange->close;
    my $later = connection('lenient', %how, resume => "$dir/session");
    $answer = $later->ask('/cert/x');
    is("$answer->{'x-resumed'} $answer->{status} $answer->{'x-reason'}", 'Resumed 403 certificate-not-verified',
        '   and not by being resumed');
    isnt("$verify, then $answer->{'x-verify'}", 'SUCCESS, then SUCCESS', '   whatever mod_ssl thinks of it');
    my $well = connection('lenient', %how, certificate => $cert{alice});
    $well->ask('/cert/x');
    $well->close;
    $answer = connection('lenient', %how, resume => "$dir/session")->ask('/cert/x');
    is("$answer->{'x-resumed'} $answer->{status}", 'Resumed 200', '   while one that is verified gets in again');

    # A proxy is known by its certificate: that of a session counts as little.
    is(spoken_for(%how, certificate => $cert{alice}), 'Initial granted', '   a proxy with a certificate is believed');
    is(spoken_for(%how, resume => "$dir/session"), 'Resumed granted', '   resumed as well');
    is(spoken_for(%how, certificate => $cert{stranger}), 'Initial no-certificate', '   not a strange one');
    is(spoken_for(%how, resume => "$dir/session"), 'Resumed no-certificate', '   nor when it is resumed');
}

# What comes of alice's certificate in a header, at the second request:
# mod_ssl's own look at the first one makes SUCCESS of a resumed session.
sub spoken_for {
    my (%how) = @_;
    my $connection = connection('proxied', %how);
    my $der = EAS::Proc::must([ $SSL, 'x509', '-in', $cert{alice}{cert}, '-outform', 'DER' ]);
    my (undef, $answer) = map {
        $connection->ask('/x', 'Client-Cert' => ':' . MIME::Base64::encode_base64($der, '') . ':');
    } 1, 2;
    $connection->close;
    return "$answer->{'x-resumed'} $answer->{'x-reason'}";
}

sub serial {
    my ($made) = @_;
    return (EAS::Proc::must([ $SSL, 'x509', '-in', $made->{cert}, '-noout', '-serial' ]) =~ /=(\w+)/)[0];
}

# --- virtual hosts beside each other, of which each trusts another CA

my $two_names = $ours->server('two-names', san => [ map { "DNS:$_.test" } qw(one two three) ]);
my @loose = ('SSLStrictSNIVHostCheck Off', 'SSLVerifyClient optional');
my $issuer = "EASAuthCertIssuer file:@{[ $ours->file ]}";
my $named = server('named', [ $port{named} ],
    EAS::Httpd::tls_host($port{named}, 'one.test', $two_names, @loose, @clients, place('/', @mapped, $issuer)),
    EAS::Httpd::tls_host($port{named}, 'two.test', $two_names, @loose, "SSLCACertificateFile @{[ $theirs->file ]}",
        place('/', @mapped, "EASAuthCertIssuer file:@{[ $theirs->file ]}")),
    EAS::Httpd::tls_host($port{named}, 'three.test', $two_names, @loose, @clients,
        place('/', @mapped, $issuer, 'Require user bob')));

for (@kinds) {
    my ($name, $tls, @more) = @$_;
    my %how = (tls => $tls, more => \@more);
    my $there = connection('named', %how, name => 'two.test', certificate => $cert{stranger},
        keep => "$dir/session");
    my $mark = $named->mark;
    is(outcome($named, $there->ask('/x'), $mark), '200 granted', "$name: let in where its CA is trusted");
    $there->close;
    $mark = $named->mark;
    my $here = connection('named', %how, name => 'one.test', resume => "$dir/session");
    my $answer = $here->ask('/x');
    # An old httpd resumes it, and the certificate is there: another issuer's.
    like(outcome($named, $answer, $mark), qr/^403 (?:no-certificate|certificate-issuer)$|^421$/,
        '   its session lets nobody in where it is not');
}

# One connection, several hosts: what browsers do where a certificate has all
# the names.
sub hosts {
    my ($http2, $first, $second) = @_;
    my $mark = $named->mark;
    my @answers = EAS::Curl->new(base => "https://one.test:$port{named}", cacert => $ours->file)->requests(
        map { [ 'GET', '/x', certificate => $cert{alice}, http2 => $http2, headers => { Host => $_ },
                resolve => "one.test:$port{named}:127.0.0.1" ] } $first, $second, $first);
    return join(' ', (map { $_->status } @answers), '/', (map { $_->{connects} } @answers), '/',
        map { $_->{reason} } $named->decisions($mark));
}

for ([ 'HTTP/2', 1 ], [ 'HTTP/1.1', 0 ]) {
    my ($name, $http2) = @$_;
    # httpd ends a connection of HTTP/1.1 at 421.
    is(hosts($http2, 'one.test', 'two.test'), "200 421 200 / 1 0 @{[ 1 - $http2 ]} / granted granted",
        "$name: another host with other CAs is not spoken to on this connection");
    is(hosts($http2, 'one.test', 'three.test'), '200 403 200 / 1 0 0 / granted granted not-authorized granted',
        "$name: one with the same CAs judges by its own rules");
}

# --- the end of the certificate from above

ok(EAS::Proc::wait_until(sub { time > $end }, 60 * slowness()), 'its end has come');
for my $tls ('1.2', '1.3') {
    my $mark = $httpd->mark;
    my $answer = $long{$tls}->ask('/cert/x');
    is(outcome($httpd, $answer, $mark), '403 certificate-dates', "TLS $tls: at its end its connection lets nobody in");
    is($answer->{'x-verify'}, 'SUCCESS', '   though mod_ssl has not looked again');
    is($long{$tls}->ask('/fresh/x')->{'x-reason'}, 'certificate-dates', '   so in another place');
    $mark = $httpd->mark;
    is(outcome($httpd, connection('mutual', tls => $tls, resume => "$dir/brief.$tls")->ask('/cert/x'), $mark),
        '403 certificate-dates', '   and a session does not bring it back');
    $mark = $httpd->mark;
    is(outcome($httpd, connection('mutual', tls => $tls, certificate => $brief)->ask('/cert/x'), $mark),
        'alert', '   a new one ends in TLS');
}

for ($httpd, $kit_httpd, $named) {
    is(join("\n", $_->unexpected(EAS::Log::usual(), qr/EAS03(?:81|90): /, qr/AH0(?:2039|2276|2261|2008|2032|1631|3239|1974)/)),
        '', 'nothing unexpected in the log');
}
is_quiet();
