# SPDX-License-Identifier: Apache-2.0
# Behind a proxy that ends TLS: whom its word is taken from, what everybody
# else's is worth, and what a back end sees of it.  A real httpd stands in
# front, as conf/eas_auth.conf has it, and curl in its place where a proxy would
# not say such things.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use MIME::Base64 ();
use EAS::CA;
use EAS::Curl;
use EAS::Httpd;
use EAS::Port;
use EAS::Proc;
use EAS::Test;

my $dir     = scratch('proxy');
my $ca      = ca();
my $example = slapd('example');
my $SECRET  = 'the word of the proxies, 2031';
my $STRANGER = '127.0.0.2';    # of no EASAuthTrustedProxy
my $REMOTE   = '127.0.0.3';    # whom mod_remoteip believes, and we do not

my $phones  = EAS::CA->new(dir => "$dir/ca", name => 'phones');
my $inner_ca = $phones->intermediate('branch');
my $others  = EAS::CA->new(dir => "$dir/ca", name => 'others');
my $proxies = EAS::CA->new(dir => "$dir/ca", name => 'proxies');
my %cert    = (
    alice    => $phones->client('alice', email => 'alice@example.com'),
    branch   => $inner_ca->client('carol', email => 'alice@example.com'),
    expired  => $phones->client('expired', email => 'alice@example.com',
        days => -1),
    revoked  => $phones->client('revoked', email => 'alice@example.com'),
    stranger => $others->client('stranger', email => 'alice@example.com'),
    proxy    => $proxies->client('proxy', subject => '/CN=proxy'),
);
my $crl = EAS::Proc::write_file("$dir/crl.pem", join '',
    map { EAS::Proc::read_file($_) } $phones->crl($cert{revoked}),
    $inner_ca->crl);
EAS::Proc::write_file("$dir/secret", "$SECRET\n", 0600);
EAS::Proc::write_file("$dir/wrong",  "another word than that\n", 0600);

# A certificate as RFC 9440 writes it.
sub field {
    my ($file) = @_;
    my ($base64) = EAS::Proc::read_file($file) =~
        /-----BEGIN CERTIFICATE-----(.*?)-----END/s;
    $base64 =~ s/\s+//g;
    return ":$base64:";
}

# --- the servers: the guard, and what stands in front of it

my %port = map { $_ => EAS::Port::free() }
    qw(clear tls other secret certificate silent mistaken);

sub tls_lines {
    return <<"END";
    SSLEngine on
    SSLCertificateFile $ca->{server}{cert}
    SSLCertificateKeyFile $ca->{server}{key}
END
}

my $responder = "http://127.0.0.1:$ENV{EAS_RESPONDER_PORT}";
my $guard = EAS::Httpd->new(dir => "$dir/guard", one_child => 1,
    modules => ['remoteip'], config => <<"END")->start;
Listen 127.0.0.1:$port{clear}
Listen 127.0.0.1:$port{tls}
Listen 127.0.0.1:$port{other}
Protocols h2 h2c http/1.1
RemoteIPHeader X-Forwarded-For
RemoteIPInternalProxy 127.0.0.1 $REMOTE
EASAuthTrustedProxy 127.0.0.1
EASAuthTrustedProxySecret file:$dir/secret
EASAuthClientCertCA @{[ $phones->file ]}
EASAuthClientCertCRL $crl
<EASAuthProvider example>
    EASAuthLDAPURL "@{[ $example->url('ldaps') ]}/@{[ $example->suffix ]}"
    EASAuthLDAPTrustedCA $ca->{ca}
    EASAuthLDAPBindDN "@{[ $example->service ]}"
    EASAuthLDAPBindPassword file:$ENV{EAS_STATE}/example.secret
    EASAuthLDAPType OpenLDAP
    EASAuthDomain EXAMPLE example.com
</EASAuthProvider>
EASAuthProvider example
EASAuthCertMap email
<Location "/basic">
    AuthType EAS-Basic
    AuthName "Test mail"
    Require valid-user
</Location>
<Location "/certificate">
    AuthType EAS-Certificate
    AuthName "Test mail"
    EASAuthCertSource Client-Cert
    Require valid-user
</Location>
<Location "/either">
    AuthType EAS-Either
    AuthName "Test mail"
    EASAuthCertSource Client-Cert
    Require valid-user
</Location>
ProxyPass / $responder/
<VirtualHost 127.0.0.1:$port{other}>
    ProxyPass / $responder/
</VirtualHost>
<VirtualHost 127.0.0.1:$port{tls}>
@{[ tls_lines() ]}
    SSLVerifyClient optional_no_ca
    SSLCACertificateFile @{[ $proxies->file ]}
    ProxyPass / $responder/
</VirtualHost>
END

# The lines of conf/eas_auth.conf.
my $hands_on = <<'END';
    RequestHeader set   X-Forwarded-Proto https
    RequestHeader unset Client-Cert-Chain
    RequestHeader unset Client-Cert
    RequestHeader set   Client-Cert "%{SSL_CLIENT_CERT}s" "expr=%{SSL_CLIENT_VERIFY} == 'SUCCESS'"
    RequestHeader edit  Client-Cert "^-----BEGIN CERTIFICATE-----(.*)-----END CERTIFICATE-----\s*$" ":$1:"
    RequestHeader edit* Client-Cert "\s+" ""
END

sub front_host {
    my ($name, $to, @lines) = @_;
    my $lines = join "\n    ", @lines;
    return <<"END";
Listen 127.0.0.1:$port{$name}
<VirtualHost 127.0.0.1:$port{$name}>
@{[ tls_lines() ]}
    SSLVerifyClient optional_no_ca
    SSLVerifyDepth 3
    SSLCACertificateFile @{[ $phones->file ]}
    SSLProxyEngine on
    SSLProxyCACertificateFile $ca->{ca}
    SSLProxyCheckPeerName off
    $lines
$hands_on
    ProxyPass / $to/
</VirtualHost>
END
}

my $machine = EAS::Proc::write_file("$dir/machine.pem",
    join('', map { EAS::Proc::read_file($_) } @{ $cert{proxy} }{qw(cert key)}),
    0600);
my $clear = "http://127.0.0.1:$port{clear}";
my $front = EAS::Httpd->new(dir => "$dir/front", config => join '',
    front_host('secret', $clear,
        qq(RequestHeader set EAS-Proxy-Secret "$SECRET")),
    front_host('certificate', "https://127.0.0.1:$port{tls}",
        "SSLProxyMachineCertificateFile $machine"),
    front_host('silent', $clear),
    front_host('mistaken', $clear,
        'RequestHeader set EAS-Proxy-Secret "another word than that"'))->start;

my %client = map {
    $_ => EAS::Curl->new(cacert => $ca->{ca},
        base => (/clear|other/ ? 'http' : 'https') . "://localhost:$port{$_}")
} keys %port;

# Returns status and reason, and the answer.
sub ask {
    my ($on, $path, %opt) = @_;
    my $mark   = $guard->mark;
    my $answer = $client{$on}->request('GET', $path, %opt);
    my @reasons = map { $_->{reason} } $guard->decisions($mark);
    return (join(' ', $answer->status, @reasons), $answer, $mark);
}

my @alice = (user => 'alice', password => 'alice:secret');
my %https = ('X-Forwarded-Proto' => 'https');
my %proof = ('EAS-Proxy-Secret' => $SECRET);

# --- the statement that TLS was used

my $NO = '403 no-tls';
my @said = (
    # name, headers, expected, more of the request
    [ 'nothing at all',            {},                                 $NO ],
    [ 'the statement alone',       {%https},                           $NO ],
    [ 'the proof alone',           {%proof},                           $NO ],
    [ 'statement and proof',       { %https, %proof },      '200 granted' ],
    [ 'from another address',      { %https, %proof },      $NO, from => $STRANGER ],
    [ 'another spelling of the header', { 'x-FORWARDED-proto' => 'https', 'eas-proxy-SECRET' => $SECRET }, '200 granted' ],
    [ 'a wrong proof',             { %https, 'EAS-Proxy-Secret' => 'the word of the proxies, 2032' }, $NO ],
    [ 'half the proof',            { %https, 'EAS-Proxy-Secret' => 'the word of the' }, $NO ],
    [ 'more than the proof',       { %https, 'EAS-Proxy-Secret' => "${SECRET}x" }, $NO ],
    [ 'an empty proof',            { %https, 'EAS-Proxy-Secret' => '' }, $NO ],
    [ 'the proof twice',           { %https, 'EAS-Proxy-Secret' => [ $SECRET, $SECRET ] }, $NO ],
    [ 'with an underscore',        { %https, 'EAS_Proxy_Secret' => $SECRET }, $NO ],
    [ 'http',                      { %proof, 'X-Forwarded-Proto' => 'http' }, $NO ],
    [ 'HTTPS',                     { %proof, 'X-Forwarded-Proto' => 'HTTPS' }, $NO ],
    [ 'httpsx',                    { %proof, 'X-Forwarded-Proto' => 'httpsx' }, $NO ],
    [ 'https in quotes',           { %proof, 'X-Forwarded-Proto' => '"https"' }, $NO ],
    [ 'https, http',               { %proof, 'X-Forwarded-Proto' => 'https, http' }, $NO ],
    [ 'http, https',               { %proof, 'X-Forwarded-Proto' => 'http, https' }, $NO ],
    [ 'http and https in two lines', { %proof, 'X-Forwarded-Proto' => [ 'http', 'https' ] }, $NO ],
    [ 'https, https',              { %proof, 'X-Forwarded-Proto' => 'https, https' }, '200 granted' ],
    [ 'https and nothing',         { %proof, 'X-Forwarded-Proto' => 'https,' }, $NO ],
    [ 'other words for it',        { %proof, 'Front-End-Https' => 'on', 'X-Forwarded-Ssl' => 'on', Forwarded => 'proto=https' }, $NO ],
    [ 'hop by hop',                { %https, %proof, Connection => 'EAS-Proxy-Secret, X-Forwarded-Proto' }, '200 granted' ],
    [ 'a trusted address that another states', { %https, %proof, 'X-Forwarded-For' => '127.0.0.1' }, $NO, from => $REMOTE ],
    [ 'an address that a trusted one states', { %https, %proof, 'X-Forwarded-For' => '203.0.113.9' }, '200 granted' ],
);

# --- what is removed

my $alice  = field($cert{alice}{cert});
my %forged = ('Client-Cert' => $alice, 'CLIENT-cert-CHAIN' => $alice,
    'Client_Cert' => $alice, 'Client-Cert_Chain' => $alice,
    'EAS-Proxy-Secret' => $SECRET, 'eas_proxy_secret' => $SECRET,
    'X-Other' => 'stays');
my @removed = (
    # on, path, more of the request, what is left for the back end
    [ 'clear', '/open', { from => $STRANGER }, '' ],
    [ 'other', '/open', { from => $STRANGER }, '' ],
    [ 'other', '/elsewhere/SOGo', { from => $STRANGER }, '' ],
    [ 'clear', '/open', {}, 'client-cert client-cert-chain' ],
    [ 'tls', '/open', { from => $STRANGER, http2 => 1 }, '' ],
    [ 'tls', '/open', { http2 => 1 }, 'client-cert client-cert-chain' ],
    [ 'tls', '/open', { without => 'EAS-Proxy-Secret' }, '' ],
    [ 'tls', '/open', { without => 'EAS-Proxy-Secret', certificate => $cert{proxy} }, 'client-cert client-cert-chain' ],
    [ 'tls', '/open', { without => 'EAS-Proxy-Secret', certificate => $cert{proxy}, http2 => 1 }, 'client-cert client-cert-chain' ],
    [ 'tls', '/open', { from => $STRANGER, certificate => $cert{proxy} }, '' ],
    # a certificate that nobody vouches for proves nothing
    [ 'tls', '/open', { without => 'EAS-Proxy-Secret', certificate => $cert{stranger} }, '' ],
    [ 'tls', '/open', { without => 'EAS-Proxy-Secret', certificate => $cert{alice} }, '' ],
);

# --- certificates in a header

my $IN = '200 granted';
my $branch = field($cert{branch}{cert});
my $chain  = field($inner_ca->file);
my @presented = (
    # name, Client-Cert, Client-Cert-Chain, expected, more headers
    [ 'a certificate',              $alice, undef, $IN ],
    [ 'and its root',               $alice, field($phones->file), $IN ],
    [ 'none',                       undef, undef, '403 no-certificate' ],
    [ 'an empty one',               '', undef, '403 no-certificate' ],
    [ 'of a CA below, with it',     $branch, $chain, $IN ],
    [ 'and strangers',              $branch, field($others->file) . ", $chain", $IN ],
    [ 'of a CA below, without it',  $branch, undef, '403 certificate-not-verified' ],
    [ 'of another CA',              field($cert{stranger}{cert}), field($others->file), '403 certificate-not-verified' ],
    [ 'expired',                    field($cert{expired}{cert}), undef, '403 certificate-dates' ],
    [ 'revoked',                    field($cert{revoked}{cert}), undef, '403 certificate-not-verified' ],
    [ 'in two lines',               [ $alice, $alice ], undef, '403 certificate-malformed' ],
    [ 'two in one',                 "$alice, $alice", undef, '403 certificate-malformed' ],
    [ 'without colons',             ($alice =~ /:(.*):/), undef, '403 certificate-malformed' ],
    [ 'of no certificate',          ':Zm9v:', undef, '403 certificate-malformed' ],
    [ 'nothing between colons',     '::', undef, '403 certificate-malformed' ],
    [ 'a chain of no certificate',  $alice, ':Zm9v:', '403 certificate-malformed' ],
    [ 'a broken chain',             $alice, 'Zm9v', '403 certificate-malformed' ],
    [ 'a chain of seventeen',       $alice, join(', ', (':Zm9v:') x 17), '403 certificate-malformed' ],
    [ 'by a wrong proof',           $alice, undef, $NO, 'EAS-Proxy-Secret' => 'the word of the proxies, 2032' ],
);

# --- through a real proxy

my @through = (
    # name, on, path, more of the request, expected
    [ 'TLS, by the secret', 'secret', '/basic', {@alice}, $IN ],
    [ 'TLS, without a proof', 'silent', '/basic', {@alice}, $NO ],
    [ 'TLS, with a wrong one', 'mistaken', '/basic', {@alice}, $NO ],
    [ 'TLS, the client knows the proof', 'silent', '/basic', { @alice, headers => {%proof} }, $IN ],
    [ 'the proof is hop by hop', 'secret', '/basic', { @alice, headers => { Connection => 'EAS-Proxy-Secret' } }, $NO ],
    [ 'the statement is hop by hop', 'secret', '/basic', { @alice, headers => { Connection => 'X-Forwarded-Proto' } }, $NO ],
    [ 'a certificate, by the secret', 'secret', '/certificate', { certificate => $cert{alice} }, $IN ],
    [ 'a certificate, by a certificate', 'certificate', '/certificate', { certificate => $cert{alice} }, $IN ],
    [ 'none', 'secret', '/certificate', {}, '403 no-certificate' ],
    [ 'none, and a forged header', 'secret', '/certificate', { headers => { 'Client-Cert' => $alice } }, '403 no-certificate' ],
    [ 'none, and a forged header, by a certificate', 'certificate', '/certificate', { headers => { 'Client-Cert' => $alice } }, '403 no-certificate' ],
    [ 'another CA\'s, and a forged header', 'secret', '/certificate', { certificate => $cert{stranger}, headers => { 'Client-Cert' => $alice } }, '403 no-certificate' ],
    [ 'a certificate that is hop by hop', 'secret', '/certificate', { certificate => $cert{alice}, headers => { Connection => 'Client-Cert' } }, '403 no-certificate' ],
    [ 'either: the certificate', 'secret', '/either', { certificate => $cert{alice} }, $IN ],
    [ 'either: the password', 'secret', '/either', {@alice}, $IN ],
    [ 'without a proof', 'silent', '/certificate', { certificate => $cert{alice} }, $NO ],
);

plan tests => @said + @removed + @presented + @through + 10,
    need_module(qw(eas_auth ssl proxy_http remoteip headers));

for (@said) {
    my ($name, $headers, $expected, @more) = @$_;
    my ($got, undef, $mark) =
        ask('clear', '/basic', @alice, headers => $headers, @more);
    is($got, $expected, "TLS: $name") or diag($guard->log_since($mark));
}

for (@removed) {
    my ($on, $path, $more, $expected) = @$_;
    my %opt = %$more;
    my %headers = %forged;
    delete $headers{ delete $opt{without} } if $opt{without};
    my (undef, $answer) = ask($on, $path, %opt, headers => \%headers);
    my @left = sort map { lc } $answer->body =~
        /^((?:client[-_]cert|eas[-_]proxy)[\w-]*):/gim;
    my ($other) = $answer->body =~ /^X-Other: (.*)$/mi;
    is(join(' ', $answer->status, $other || 'gone', @left),
        join(' ', 200, 'stays', $expected || ()),
        "removed: $on$path " . join ' ', map { ref $$more{$_}
            ? "by a $_" : "$_ $$more{$_}" } sort keys %$more)
        or diag($answer->body);
}

for (@presented) {
    my ($name, $one, $with, $expected, %more) = @$_;
    my ($got, undef, $mark) = ask('clear', '/certificate', headers => {
        %https, %proof, %more,
        defined $one  ? ('Client-Cert'       => $one)  : (),
        defined $with ? ('Client-Cert-Chain' => $with) : () });
    is($got, $expected, "Client-Cert: $name")
        or diag($guard->log_since($mark));
}

for (@through) {
    my ($name, $on, $path, $more, $expected) = @$_;
    my ($got, undef, $mark) = ask($on, $path, %$more);
    is($got, $expected, "through: $name") or diag($guard->log_since($mark));
}

# One connection of the proxy carries many phones.
{
    my $mark = $guard->mark;
    my @answers = $client{clear}->requests(map { [ 'GET', '/certificate',
        headers => { %https, %proof, defined $_ ? ('Client-Cert' => $_) : () } ]
    } $alice, undef, $alice, field($cert{revoked}{cert}), $alice);
    is(join(' ', map { $_->status } @answers), '200 403 200 403 200',
        'each request of a connection is judged by its own certificate');
    is($answers[4]{connects}, 0, 'and it was one connection');
}
{
    my @answers = $client{clear}->requests(map { [ 'GET', '/basic', @alice,
        headers => $_ ] } { %https, %proof }, {}, {%https}, { %https, %proof });
    is(join(' ', map { $_->status } @answers), '200 403 403 200',
        'and by its own statement of TLS');
}

# What the log says.
{
    my (undef, undef, $mark) = ask('clear', '/certificate', from => $STRANGER,
        headers => { 'Client-Cert' => $alice });
    my (undef, undef, $over) = ask('tls', '/certificate', from => $STRANGER,
        headers => { 'Client-Cert' => $alice });
    like($guard->log_since($over),
        qr/EAS0300: no-certificate: .*\Q$STRANGER\E is not in EASAuthTrustedProxy/,
        'the log says why a header was not believed');
    (undef, undef, $mark) = ask('tls', '/certificate',
        headers => { 'Client-Cert' => $alice });
    like($guard->log_since($mark),
        qr/EAS0300: no-certificate: .*127\.0\.0\.1 is in EASAuthTrustedProxy, and shows neither/,
        'and what a proxy does not show');
    my (undef, undef, $late) = ask('clear', '/certificate', headers => {
        %https, %proof, 'Client-Cert' => field($cert{revoked}{cert}) });
    like($guard->log_since($late), qr/certificate revoked/,
        'and what OpenSSL says');
    is(() = $guard->log_since(0) =~ /:warn\] .*EAS0381: 127\.0\.0\.1 is in/g, 1,
        'one warning of a proxy without proof');
    unlike($guard->log_since(0), qr/\Q$SECRET\E/, 'the secret is not in it');
}
is(join("\n", $guard->unexpected(qr/EAS0381|EAS0300: no-certificate|EAS0300: certificate-/)),
    '', 'nothing else in its log');
is(join("\n", $front->unexpected), '', 'nor in the one in front');
