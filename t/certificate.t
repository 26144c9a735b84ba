# SPDX-License-Identifier: Apache-2.0
# The four AuthTypes over TLS: who gets in by a certificate, by a password, by
# either and by both; what they are told; and what it costs the directory.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use Digest::SHA ();
use MIME::Base64 ();
use EAS::CA;
use EAS::Curl;
use EAS::Httpd;
use EAS::Port;
use EAS::Slapd;
use EAS::Test;

my $ca    = ca();
my $dir   = scratch('certificate');
my $slapd = EAS::Slapd->new(dir => "$dir/slapd", ca => $ca->{ca},
    certificate => $ca->{server})->start;
EAS::Proc::write_file("$dir/secret", $slapd->secret, 0600);

# The organisation's CA, one of somebody else, and what they have signed.
my $ours   = EAS::CA->new(dir => "$dir/ours", name => 'phones');
my $second = EAS::CA->new(dir => "$dir/ours", name => 'laptops');
my $theirs = EAS::CA->new(dir => "$dir/ours", name => 'stranger');
my %cert   = (
    alice   => $ours->client('alice', email => 'alice@example.com'),
    bob     => $ours->client('bob', email => 'bob@example.com'),
    cn      => $ours->client('cn', subject => '/O=Example/CN=carol'),
    unknown => $ours->client('unknown', email => 'nobody@example.com'),
    twins   => $ours->client('twins', email => 'twins@example.com'),
    two     => $ours->client('two',
        email => [ 'alice@example.com', 'bob@example.com' ]),
    differ => $ours->client('differ', email => 'alice@example.com',
        subject => '/CN=bob'),
    anyeku  => $ours->client('anyeku', email => 'alice@example.com',
        eku => ''),
    smart   => $ours->client('smart', email => 'alice@example.com',
        eku => 'clientAuth,1.3.6.1.4.1.311.20.2.2'),
    server  => $ours->client('server', email => 'alice@example.com',
        eku => 'serverAuth'),
    locked  => $ours->client('locked', subject => '/CN=locked'),
    laptop  => $second->client('laptop', email => 'alice@example.com'),
    expired => $ours->client('expired', email => 'alice@example.com',
        days => -1),
    revoked  => $ours->client('revoked', email => 'alice@example.com'),
    stranger => $theirs->client('strangers', email => 'alice@example.com'),
    same     => $ours->client('same', email => 'alice@example.com',
        serial => '4d2'),
    other    => $second->client('other', email => 'bob@example.com',
        serial => '4d2'),
    soon     => $ours->client('soon', email => 'alice@example.com', days => 3),
);
my $trusted = EAS::Proc::write_file("$dir/trusted.pem",
    join '', map { EAS::Proc::read_file($_->file) } $ours, $second);
my $crl = EAS::Proc::write_file("$dir/crl.pem", join '',
    map { EAS::Proc::read_file($_) } $ours->crl($cert{revoked}), $second->crl);

my %port = map { $_ => EAS::Port::free() } qw(optional lenient silent strict);

sub place {
    my ($path, $type, @lines) = @_;
    push @lines, 'Require valid-user' unless "@lines" =~ /Require /;
    my $lines = join "\n    ", @lines;
    return <<"END";
<Location $path>
    AuthType EAS-$type
    AuthName "Test mail"
    EASAuthProvider example
    Header always set X-User "expr=%{REMOTE_USER}"
    Header always set X-Type "expr=%{AUTH_TYPE}"
    Header always set X-Method "expr=%{reqenv:EAS_METHOD}"
    Header always set X-Map "expr=%{reqenv:EAS_CERT_MAP}"
    Header always set X-Strong "expr=%{reqenv:EAS_CERT_STRONG}"
    Header always set X-Serial "expr=%{reqenv:EAS_CERT_SERIAL}"
    Header always set X-Issuer "expr=%{reqenv:EAS_CERT_ISSUER}"
    Header always set X-Source "expr=%{reqenv:EAS_SOURCE}"
    $lines
</Location>
END
}

# The SHA-256 of a CA's SubjectPublicKeyInfo.
sub key_of {
    my ($authority) = @_;
    my $pem = EAS::Proc::must([ 'openssl', 'x509', '-in', $authority->file, '-noout', '-pubkey' ]);
    my ($base64) = $pem =~ /-----BEGIN PUBLIC KEY-----(.*?)-----END/s;
    return Digest::SHA::sha256_hex(MIME::Base64::decode_base64($base64));
}

sub places {
    my $map = 'EASAuthCertMap email cn';
    return join '',
        place('/basic', 'Basic'),
        place('/cert',   'Certificate', $map),
        place('/either', 'Either',      $map),
        place('/both',   'Both',        $map),
        place('/falls',  'Either',      $map, 'EASAuthCertFallback On'),
        place('/warn',   'Certificate', $map, 'EASAuthCertStrong warn'),
        place('/strong', 'Certificate', 'EASAuthCertMap sid email',
        'EASAuthCertStrong require'),
        place('/anyeku', 'Certificate', $map, 'EASAuthCertEKU any'),
        place('/eku',    'Certificate', $map, 'EASAuthCertEKU smartcardLogon'),
        place('/issuer', 'Certificate', $map,
        'EASAuthCertIssuer "CN=Private test CA phones"'),
        place('/key', 'Certificate', $map,
        'EASAuthCertIssuer spki-sha256:' . key_of($ours)),
        place('/file', 'Certificate', $map,
        "EASAuthCertIssuer file:@{[ $ours->file ]}"),
        place('/ttl',    'Certificate', $map, 'EASAuthCertStrong off',
        'EASAuthCacheTTL 10min'),
        place('/ttlissuer', 'Certificate', $map, 'EASAuthCertStrong off',
        'EASAuthCacheTTL 10min',
        'EASAuthCertIssuer "CN=Private test CA phones"'),
        place('/ttlboth', 'Both', $map, 'EASAuthCacheTTL 10min'),
        place('/bycert', 'Either', $map, 'Require eas-method certificate'),
        place('/group', 'Certificate', $map, 'Require user bob');
}

sub vhost {
    my ($name, @lines) = @_;
    return "Listen 127.0.0.1:$port{$name}\n"
        . EAS::Httpd::tls_host($port{$name}, 'localhost', $ca->{server},
        @lines);
}

my @clients = ("SSLCACertificateFile $trusted", "SSLCARevocationFile $crl",
    'SSLCARevocationCheck chain no_crl_for_cert_ok');
my $common = join '', <<"END", places();
Protocols h2 http/1.1
KeepAliveTimeout 60
@{[ $slapd->provider('example', "$dir/secret",
    'EASAuthLDAPRemember 0s') ]}
END
my $httpd = EAS::Httpd->new(
    dir => "$dir/httpd", one_child => 1, config => join '', $common,
    "AliasMatch ^ $dir/httpd/htdocs/x\n",
    vhost('optional', 'SSLVerifyClient optional', @clients),
    vhost('lenient', 'SSLVerifyClient optional_no_ca', @clients),
    vhost('silent'))->start;
EAS::Proc::write_file("$dir/httpd/htdocs/x", "in\n");

my %client = map {
    $_ => EAS::Curl->new(base => "https://localhost:$port{$_}",
        cacert => $ca->{ca}, timeout => 30)
} keys %port;

my %right = (user => 'alice', password => 'alice:secret');
my %wrong = (user => 'alice', password => undef); # another one each time
my %bob   = (user => 'bob',   password => 'bob secret');

# What is sent: on, cert, the path's first word, and a password; and what is
# expected: the status, the reason; for a grant the user, and method.
my @rows = (
    [ 'certificate only: certificate', '/cert', 'alice', {}, 200, 'granted', 'alice', 'certificate' ],
    [ 'by its commonName', '/cert', 'cn', {}, 200, 'granted', 'carol', 'certificate' ],
    [ 'beside a wrong password, which is not looked at', '/cert', 'alice', \%wrong, 200, 'granted', 'alice', 'certificate' ],
    [ 'beside another\'s password', '/cert', 'alice', \%bob, 200, 'granted', 'alice', 'certificate' ],
    [ 'no certificate', '/cert', undef, {}, 403, 'no-certificate' ],
    [ 'a right password alone', '/cert', undef, \%right, 403, 'no-certificate' ],
    [ 'of nobody', '/cert', 'unknown', {}, 403, 'certificate-unmapped' ],
    [ 'of two', '/cert', 'twins', {}, 403, 'certificate-ambiguous' ],
    [ 'with two addresses', '/cert', 'two', {}, 403, 'certificate-conflict' ],
    [ 'an address of alice, a name of bob', '/cert', 'differ', {}, 403, 'certificate-conflict' ],
    [ 'for no use in particular', '/cert', 'anyeku', {}, 403, 'certificate-usage' ],
    [ 'for no use in particular, where any will do', '/anyeku', 'anyeku', {}, 200, 'granted', 'alice', 'certificate' ],
    [ 'for smart cards, where these are wanted', '/eku', 'smart', {}, 200, 'granted', 'alice', 'certificate' ],
    [ 'for clients, where smart cards are wanted', '/eku', 'alice', {}, 403, 'certificate-usage' ],
    [ 'of a locked account', '/cert', 'locked', {}, 503, 'directory-locked' ],
    [ 'another CA of ours', '/cert', 'laptop', {}, 200, 'granted', 'alice', 'certificate' ],
    [ 'another CA than this section\'s, by name', '/issuer', 'laptop', {}, 403, 'certificate-issuer' ],
    [ 'this section\'s, by name', '/issuer', 'alice', {}, 200, 'granted', 'alice', 'certificate' ],
    [ 'another CA, by key', '/file', 'laptop', {}, 403, 'certificate-issuer' ],
    [ 'this section\'s, by key', '/file', 'alice', {}, 200, 'granted', 'alice', 'certificate' ],
    [ 'another CA, by the hash of its key', '/key', 'laptop', {}, 403, 'certificate-issuer' ],
    [ 'this section\'s, by the hash of its key', '/key', 'alice', {}, 200, 'granted', 'alice', 'certificate' ],
    [ 'a weak mapping where a strong one is wanted', '/strong', 'alice', {}, 403, 'certificate-weak' ],
    [ 'a weak mapping that is warned of', '/warn', 'alice', {}, 200, 'granted', 'alice', 'certificate' ],
    [ 'alice, where bob may', '/group', 'alice', {}, 403, 'not-authorized' ],
    [ 'bob, where bob may', '/group', 'bob', {}, 200, 'granted', 'bob', 'certificate' ],

    [ 'either: certificate', '/either', 'alice', {}, 200, 'granted', 'alice', 'certificate' ],
    [ 'either: the certificate counts', '/either', 'alice', \%bob, 200, 'granted', 'alice', 'certificate' ],
    [ 'either: password', '/either', undef, \%right, 200, 'granted', 'alice', 'password' ],
    [ 'either: wrong password', '/either', undef, \%wrong, 401, 'wrong-password' ],
    [ 'either: nothing', '/either', undef, {}, 401, 'no-credential' ],
    [ 'either: a certificate that will not do', '/either', 'anyeku', \%right, 403, 'certificate-usage' ],
    [ 'falls back: the password', '/falls', 'anyeku', \%right, 200, 'granted', 'alice', 'password' ],
    [ 'falls back: of nobody', '/falls', 'unknown', \%right, 200, 'granted', 'alice', 'password' ],
    [ 'falls back: a wrong password', '/falls', 'anyeku', \%wrong, 401, 'wrong-password' ],
    [ 'falls back: no password', '/falls', 'anyeku', {}, 401, 'no-credential' ],
    [ 'a locked account does not fall back', '/falls', 'locked', \%right, 503, 'directory-locked' ],
    [ 'by certificate only: certificate', '/bycert', 'alice', {}, 200, 'granted', 'alice', 'certificate' ],
    [ 'by certificate only: password', '/bycert', undef, \%right, 403, 'not-authorized' ],

    [ 'both', '/both', 'alice', \%right, 200, 'granted', 'alice', 'both' ],
    [ 'both: no certificate', '/both', undef, \%right, 403, 'no-certificate' ],
    [ 'both: no password', '/both', 'alice', {}, 401, 'no-credential' ],
    [ 'both: wrong password', '/both', 'alice', \%wrong, 401, 'wrong-password' ],
    [ 'both: another\'s password', '/both', 'alice', \%bob, 403, 'accounts-differ' ],
    [ 'both: another\'s wrong password', '/both', 'alice', { user => 'bob', password => 'guess' }, 403, 'accounts-differ' ],
    [ 'both: one account by two names', '/both', 'alice', { user => 'alice@example.com', password => 'alice:secret' }, 200, 'granted', 'alice', 'both' ],
    [ 'both: a certificate that will not do', '/both', 'anyeku', \%right, 403, 'certificate-usage' ],

    [ 'a password where certificates do not count', '/basic', 'bob', \%right, 200, 'granted', 'alice', 'password' ],
    [ 'a certificate where they do not count', '/basic', 'alice', {}, 401, 'no-credential' ],
);

# One row, one test: over each version of TLS and of HTTP.
sub row {
    my ($how, $on, $name, $path, $cert, $password, $status, $reason, $user,
        $method) = @_;
    my $mark   = $httpd->mark;
    my %password = %$password;
    $password{password} = wrong() if exists $password{password} && !defined $password{password};
    my $answer = $client{$on}->request('GET', "$path/x", %$how, %password,
        $cert ? (certificate => $cert{$cert}) : ());
    my ($decision, @more) = $httpd->decisions($mark);
    my %got = (
        status    => $answer->status,
        reason    => join(' ', map { $_->{reason} } grep { defined } $decision, @more),
        challenge => $answer->header('WWW-Authenticate') ? 1 : 0,
    );
    my %want = (
        status    => $status,
        reason    => $reason eq 'not-authorized' ? "granted $reason" : $reason,
        challenge => $status == 401 ? 1 : 0,
    );
    if ($status == 200) {
        %got = (%got, map { lc $_ => $answer->header("X-$_") || '' } qw(User Method Type));
        %want = (%want, user => $user, method => $method,
            type => $method eq 'certificate' ? 'EAS-Certificate' : 'Basic');
    }
    my $show = sub { my ($of) = @_; join ' ', map { "$_=$of->{$_}" } sort keys %$of };
    is($show->(\%got), $show->(\%want), $name);
    return $answer;
}

my @ways = (
    [ 'TLS 1.3', tls => '1.3' ],
    [ 'TLS 1.2', tls => '1.2' ],
    [ 'TLS 1.3, HTTP/2', tls => '1.3', http2 => 1 ],
    [ 'TLS 1.2, HTTP/2', tls => '1.2', http2 => 1 ],
);

my @lenient = (
    [ 'a CA nobody knows', '/cert', 'stranger', {}, 403, 'certificate-not-verified' ],
    [ 'a CA nobody knows, and a right password', '/either', 'stranger', \%right, 403, 'certificate-not-verified' ],
    [ 'a CA nobody knows, falls back', '/falls', 'stranger', \%right, 200, 'granted', 'alice', 'password' ],
    [ 'a CA nobody knows, both', '/both', 'stranger', \%right, 403, 'certificate-not-verified' ],
    [ 'ours', '/cert', 'alice', {}, 200, 'granted', 'alice', 'certificate' ],
);

plan tests => @ways * (@rows + @lenient) + 53, need_module(qw(eas_auth ssl http2));

for my $way (@ways) {
    my ($name, %how) = @$way;
    row(\%how, 'optional', "$name: $_->[0]", @$_[ 1 .. $#$_ ]) for @rows;
    row(\%how, 'lenient', "$name, optional_no_ca: $_->[0]", @$_[ 1 .. $#$_ ])
        for @lenient;
}

# What TLS refuses comes no further: expired, revoked, and where it must be
# known a CA that is not.
for ([ 'optional', 'expired' ], [ 'optional', 'revoked' ],
    [ 'optional', 'stranger' ], [ 'optional', 'server' ],
    [ 'lenient', 'expired' ],
    [ 'lenient', 'revoked' ])
{
    my ($on, $what) = @$_;
    my $mark   = $httpd->mark;
    my $answer = $client{$on}->request('GET', '/cert/x', certificate => $cert{$what},
        tls => '1.2');
    is($answer->status || 'alert', 'alert', "$on: $what ends in an alert of TLS");
    is(scalar(my @none = $httpd->decisions($mark)), 0, 'and nothing is decided');
}

# What is told of the certificate.
{
    my $mark   = $httpd->mark;
    my $answer = row({}, 'optional', 'told', '/cert', 'alice', {}, 200, 'granted', 'alice', 'certificate');
    my $serial = EAS::Proc::must([ 'openssl', 'x509', '-in', $cert{alice}{cert}, '-noout', '-serial' ]);
    my ($number) = $serial =~ /=(\w+)/;
    is($answer->header('X-Map'), 'email', 'by what it was mapped');
    is($answer->header('X-Strong'), 'no', 'which is weak');
    is($answer->header('X-Serial'), $number, 'its serial number');
    is($answer->header('X-Issuer'), 'CN=Private test CA phones', 'its issuer');
    my ($line) = $httpd->log_since($mark) =~ /(EAS0300: granted:.*)/;
    like($line, qr/method=certificate map=email serial=$number issuer="CN=Private test CA phones"/, 'in the log');
    $mark = $httpd->mark;
    row({}, 'optional', 'a weak mapping', '/warn', 'alice', {}, 200, 'granted', 'alice', 'certificate');
    like($httpd->log_since($mark), qr/EAS0300: granted:.*weak/, 'is told of where it is to be');
}

# Whose mistake it is: the administrator's, or the phone's.
for ([ 'optional', qr/the client was asked for a certificate and sent none/ ],
    [ 'silent', qr/never asks for one: write SSLVerifyClient optional/ ])
{
    my ($on, $why) = @$_;
    my $mark = $httpd->mark;
    row({}, $on, "$on: no certificate", '/cert', undef, {}, 403, 'no-certificate');
    like($httpd->log_since($mark), $why, "$on: why there is none");
}

# Kept-alive connections and streams: mapped once, for as long as the verdict
# lasts; and a new connection asks nobody within EASAuthCacheTTL either.
{
    my @many = map { [ 'GET', "/ttl/$_", certificate => $cert{alice} ] } 1 .. 5;
    my $mark = $slapd->mark;
    my @answers = $client{optional}->requests(@many);
    is(join(' ', map { $_->status . ' ' . $_->header('X-Source') } @answers),
        '200 directory 200 memo 200 memo 200 memo 200 memo', 'one connection');
    # By its address; whether its name or the login is anybody else's; its state.
    is($slapd->summary($mark), 'SRCH=4', 'is mapped, and its state read, once');
    $mark = $slapd->mark;
    my ($again) = $client{optional}->requests($many[0]);
    is($again->header('X-Source'), 'cache', 'the next one finds it in the cache');
    is($again->header('X-Map'), 'email', 'with what it was mapped by');
    is($slapd->summary($mark), '', 'and asks nobody');
    $mark = $slapd->mark;
    @answers = $client{optional}->requests(map { [ @$_, http2 => 1 ] } @many);
    is(join(' ', map { $_->status } @answers), '200 200 200 200 200', 'streams');
    is($slapd->summary($mark), '', 'ask nobody');
    @answers = $client{optional}->requests(map { [ 'GET', "/ttlboth/$_", certificate => $cert{alice}, %right ] } 1 .. 3);
    is(join(' ', map { $_->status . ' ' . $_->header('X-Source') . ' ' . $_->header('X-Method') } @answers),
        '200 directory both 200 memo both 200 memo both', 'both, on one connection');
    ($again) = $client{optional}->requests([ 'GET', '/ttlboth/1', certificate => $cert{alice}, user => 'alice', password => wrong() ]);
    is($again->status, 401, 'the certificate remembered does not stand for the password');
}

# What the process has found of one certificate is nothing to another one with
# the same serial number, nor to the same one before another section; and a
# connection that has been told of it goes by its own.  Where nothing but
# verified certificates comes this far, they are not read again.
{
    my $strict = EAS::Httpd->new(
        dir => "$dir/strict", one_child => 1, config => join '', $common,
        "AliasMatch ^ $dir/httpd/htdocs/x\n",
        vhost('strict', 'SSLVerifyClient optional', @clients))->start;
    lately_found($_) for qw(optional strict);
    is(join("\n", $strict->unexpected(EAS::Log::usual())), '', 'nothing unexpected in its log');
    $strict->stop;
}

sub lately_found {
    my ($on) = @_;
    my $ask = sub { my ($cert, $path) = @_;
        map { $_->status . ' ' . $_->header('X-User') . ' ' . $_->header('X-Source') }
            $client{$on}->requests(map { [ 'GET', "$path/$_", certificate => $cert{$cert} ] } 1 .. 2) };
    is(join(', ', map { $ask->('same', '/ttl') } 1 .. 4),
        '200 alice directory, 200 alice memo'
            . ', 200 alice cache, 200 alice memo' x 3, "$on: four connections");
    is(join(', ', map { $ask->('other', '/ttl') } 1 .. 4),
        '200 bob directory, 200 bob memo' . ', 200 bob cache, 200 bob memo' x 3,
        'the same number of another CA is another certificate');
    is(join(', ', $ask->('same', '/ttl')), '200 alice cache, 200 alice memo', 'the first again');
    is(join(', ', map { $ask->('same', '/ttlissuer') } 1 .. 3),
        '200 alice cache, 200 alice memo' . ', 200 alice cache, 200 alice memo' x 2,
        'before a section that demands its CA');
    my ($refused) = $client{$on}->requests([ 'GET', '/ttlissuer/1', certificate => $cert{other} ]);
    is($refused->status, 403, 'which refuses the other');
    return;
}

# It ends, and no phone tells its owner.
{
    my $mark = $httpd->mark;
    row({}, 'optional', 'one that ends soon', '/cert', 'soon', {}, 200, 'granted', 'alice', 'certificate') for 1 .. 2;
    is(scalar(() = $httpd->log_since($mark) =~ /EAS0390: the certificate of user "alice" ends in \d days/g), 1, 'is told of once');
}

# Sections that say nothing of us but their AuthType share all that httpd keeps
# of them: what was granted under one is no grant under another, neither on the
# same connection nor by an internal redirect.
{
    my $port  = EAS::Port::free();
    my $types = join '', map { my $name = lc $_; <<"END" } qw(Basic Certificate Either Both);
<Location /$name>
    AuthType EAS-$_
    AuthName "Test mail"
    Require valid-user
    Header always set X-User "expr=%{REMOTE_USER}"
</Location>
END
    my $hops = join '', map { <<"END" } qw(basic either);
<Location /$_/hop>
    RewriteEngine On
    RewriteRule .* /certificate/x [L]
</Location>
END
    my $other = EAS::Httpd->new(dir => "$dir/types", one_child => 1, shield => 1,
        modules => ['rewrite'], config => <<"END")->start;
Listen 127.0.0.1:$port
AliasMatch ^ $dir/httpd/htdocs/x
EASAuthLedger file=none
@{[ $slapd->provider('example', "$dir/secret") ]}
EASAuthProvider example
$types
$hops
<VirtualHost 127.0.0.1:$port>
    ServerName localhost
    SSLEngine on
    SSLCertificateFile $ca->{server}{cert}
    SSLCertificateKeyFile $ca->{server}{key}
    SSLVerifyClient optional
    SSLCACertificateFile $trusted
</VirtualHost>
END
    my $curl = EAS::Curl->new(base => "https://localhost:$port", cacert => $ca->{ca}, timeout => 30);
    my @paths = qw(/basic/x /basic/x /certificate/x /either/x /both/x /basic/hop /either/hop /basic/x);
    my $ask = sub {
        my (@how) = @_;
        return join ' ', map { join '/', $_->status, $_->header('X-User') || '-' }
            $curl->requests(map { [ 'GET', $_, @how ] } @paths);
    };
    is($ask->(%right), '200/alice 200/alice 403/- 200/alice 403/- 403/- 403/- 200/alice',
        'a password, under each AuthType in turn');
    is($ask->(%bob, certificate => $cert{alice}),
        '200/bob 200/bob 200/alice 200/alice 403/- 200/alice 200/alice 200/bob',
        'bob\'s password and alice\'s certificate');
    is($ask->(certificate => $cert{alice}), '401/- 401/- 200/alice 200/alice 401/- 401/- 200/alice 401/-',
        'a certificate');
    is(join("\n", $other->unexpected(EAS::Log::usual())), '', 'nothing unexpected in its log');
    $other->stop;
}

is(join("\n", $httpd->unexpected(EAS::Log::usual(), qr/EAS0390: /,
    qr/EAS0300: (?:directory-locked)/, qr/AH02(?:039|276|261|008|032)|AH01631/)), '', 'nothing unexpected in the log');
is_quiet();
