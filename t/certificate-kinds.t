# SPDX-License-Identifier: Apache-2.0
# Odd certificates over TLS, as a CA that signs whatever it is asked for makes
# them: what Active Directory's SIDs say, and fields that could be misread.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use EAS::BER;
use EAS::CA;
use EAS::Curl;
use EAS::Httpd;
use EAS::Port;
use EAS::Slapd;
use EAS::Test;

my $ca  = ca();
my $dir = scratch('certificate-kinds');
my %slapd = map {
    $_ => EAS::Slapd->new(dir => "$dir/$_", data => $_, ca => $ca->{ca}, certificate => $ca->{server})->start
} qw(ad example);
EAS::Proc::write_file("$dir/$_.secret", $slapd{$_}->secret, 0600) for keys %slapd;

# SIDs as text, and as the directory has them (MS-DTYP, section 2.4.2.2).
my %sid = map { $_->[0] => "S-1-5-21-1004336348-1177238915-682003330-$_->[1]" } [ a => 1104 ], [ b => 1105 ], [ none => 1106 ];

sub octets {
    my (undef, $revision, $authority, @parts) = split /-/, $_[0];
    return pack 'C C n N V*', $revision, scalar @parts, 0, $authority, @parts;
}

for my $who (qw(a b)) {
    my %value = (objectSid => octets($sid{$who}), userAccountControl => 512, accountExpires => 0,
        'msDS-User-Account-Control-Computed' => 0, pwdLastSet => 133_000_000_000_000_000);
    $slapd{ad}->replace("CN=Alice \U$who\E," . $slapd{ad}->people, $_, $value{$_}) for sort keys %value;
}

my $ours = EAS::CA->new(dir => "$dir/ca", name => 'phones');

# An alternative name of bytes that openssl would not write: a UPN.
sub upn_of {
    my ($value) = @_;
    my $oid  = pack 'H*', '060a2b060104018237140203';
    my $name = EAS::BER::ber(0xa0, $oid . EAS::BER::ber(0xa0, EAS::BER::ber(0x0c, $value)));
    return 'subjectAltName = DER:' . unpack 'H*', EAS::BER::ber(0x30, $name);
}

my %cert = map { $_->[0] => $ours->client(@$_) } (
    [ 'sid',      sid     => $sid{a} ],
    [ 'uri',      sid_uri => $sid{b} ],
    [ 'same',     sid     => $sid{a}, sid_uri => $sid{a} ],
    [ 'disagree', sid     => $sid{a}, sid_uri => $sid{b} ],
    [ 'stranger', sid     => $sid{none} ],
    [ 'both',     sid     => $sid{a}, upn => 'alice@ad.example' ],
    [ 'differ',   sid     => $sid{b}, upn => 'alice@ad.example' ],
    [ 'nosid',    sid     => 'S-1-5-21-x' ],
    [ 'upn',      upn     => 'alice@ad.example' ],
    [ 'twoupns',  upn     => [ 'alice@ad.example', 'alice.b@ad.example' ] ],
    [ 'twice',    upn     => [ 'alice@ad.example', 'alice@ad.example' ] ],
    [ 'nul',      ext     => [ upn_of("alice\@ad.example\0.evil.example") ] ],
    [ 'latin1',   ext     => [ upn_of("alice\@ad.example\xfc") ] ],
    [ 'nulsid',   sid_uri => "$sid{a}%00" ],
    [ 'cn',       subject => '/CN=bob' ],
    [ 'cns',      subject => '/CN=bob/CN=alice' ],
    [ 'utf8',     subject => "/CN=j\xc3\xbcrgen" ],
    [ 't61',      subject => "/CN=j\xc3\xbcrgen", mask => 'nombstr' ],
    [ 'bmp',      subject => '/CN=bob', mask => 'MASK:0x800' ],
    [ 'star',     subject => '/CN=weird*name' ],
    [ 'wild',     subject => '/CN=*' ],
    [ 'many',     email   => [ map { "p$_\@example.com" } 1 .. 499 ], san => ['email:alice@example.com'] ],
    [ 'dns',      email   => 'alice@example.com', san => [ map { "DNS:n$_.example.com" } 1 .. 499 ] ],
    [ 'long',     email   => 'alice@' . 'x' x 2000 . '.example' ],
);

my $port  = EAS::Port::free();
my $httpd = EAS::Httpd->new(dir => "$dir/httpd", one_child => 1, config => join '', <<"CONF",
AliasMatch ^ $dir/httpd/htdocs/x
Listen 127.0.0.1:$port
<VirtualHost 127.0.0.1:$port>
    ServerName localhost
    SSLEngine on
    SSLCertificateFile $ca->{server}{cert}
    SSLCertificateKeyFile $ca->{server}{key}
    SSLCACertificateFile @{[ $ours->file ]}
    SSLVerifyClient optional
</VirtualHost>
CONF
    provider('ad', 'ActiveDirectory'), provider('example', 'OpenLDAP'),
    place('/sid', 'ad', 'sid'), place('/upn', 'ad', 'sid upn', 'EASAuthCertStrong warn'),
    place('/cn', 'example', 'cn'), place('/mail', 'example', 'email'))->start;
EAS::Proc::write_file("$dir/httpd/htdocs/x", "in\n");

sub provider {
    my ($name, $type) = @_;
    return <<"CONF";
<EASAuthProvider $name>
    EASAuthLDAPURL "@{[ $slapd{$name}->url('ldaps') ]}/@{[ $slapd{$name}->suffix ]}"
    EASAuthLDAPTrustedCA $ca->{ca}
    EASAuthLDAPBindDN "@{[ $slapd{$name}->service ]}"
    EASAuthLDAPBindPassword file:$dir/$name.secret
    EASAuthLDAPType $type
    EASAuthLDAPRemember 0s
</EASAuthProvider>
CONF
}

sub place {
    my ($path, $provider, $map, @lines) = @_;
    my $lines = join "\n    ", @lines;
    return <<"CONF";
<Location $path>
    AuthType EAS-Certificate
    AuthName "Test mail"
    EASAuthProvider $provider
    EASAuthCertMap $map
    Header always set X-User "expr=%{REMOTE_USER}"
    Require valid-user
    $lines
</Location>
CONF
}

# Path, certificate; status, reason, who
my @rows = (
    [ '/sid',  'sid',      '200 granted AliceA' ],
    [ '/sid',  'uri',      '200 granted alice' ],
    [ '/sid',  'same',     '200 granted AliceA' ],
    [ '/sid',  'disagree', '403 certificate-conflict' ],
    [ '/sid',  'stranger', '403 certificate-unmapped' ],
    [ '/sid',  'both',     '200 granted AliceA' ],
    # What the place does not ask for is not read.
    [ '/sid',  'differ',   '200 granted alice' ],
    [ '/sid',  'nosid',    '403 certificate-malformed' ],
    [ '/sid',  'nulsid',   '403 certificate-malformed' ],
    [ '/sid',  'upn',      '403 certificate-unmapped' ],
    [ '/upn',  'upn',      '200 granted AliceA' ],
    [ '/upn',  'both',     '200 granted AliceA' ],
    [ '/upn',  'differ',   '403 certificate-conflict' ],
    [ '/upn',  'twoupns',  '403 certificate-conflict' ],
    [ '/upn',  'twice',    '200 granted AliceA' ],
    [ '/upn',  'nul',      '403 certificate-malformed' ],
    [ '/upn',  'latin1',   '403 certificate-malformed' ],
    [ '/cn',   'cn',       '200 granted bob' ],
    [ '/cn',   'cns',      '403 certificate-conflict' ],
    [ '/cn',   'utf8',     "200 granted j\xc3\xbcrgen" ],
    [ '/cn',   't61',      '403 certificate-malformed' ],
    [ '/cn',   'bmp',      '200 granted bob' ],
    [ '/cn',   'star',     '200 granted weird*name' ],
    [ '/cn',   'wild',     '403 certificate-unmapped' ],
    [ '/mail', 'many',     '403 certificate-malformed' ],
    [ '/mail', 'dns',      '200 granted alice' ],
    [ '/mail', 'long',     '403 certificate-malformed' ],
);
plan tests => @rows * 2 + 2, need_module(qw(eas_auth ssl));

my $client = EAS::Curl->new(base => "https://localhost:$port", cacert => $ca->{ca}, timeout => 30);
for my $tls ('1.2', '1.3') {
    for (@rows) {
        my ($path, $name, $expected) = @$_;
        my $mark   = $httpd->mark;
        my $answer = $client->request('GET', "$path/x", certificate => $cert{$name}, tls => $tls);
        is(join(' ', $answer->status || 'alert', (map { $_->{reason} } $httpd->decisions($mark)),
                $answer->status == 200 ? $answer->header('X-User') : ()),
            $expected, "TLS $tls, $path: $name") or diag($httpd->log_since($mark));
    }
}

is(join("\n", $httpd->unexpected(EAS::Log::usual(), qr/AH0(?:2039|2276|2261|2008|2032)/)), '',
    'nothing unexpected in the log');
is_quiet();
