# SPDX-License-Identifier: Apache-2.0
# Attacks on certificates: sessions that are resumed, certificates that change
# on a connection, places that lie inside of others.

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

my $ca    = ca();
my $dir   = scratch('certificate-attacks');
my $slapd = EAS::Slapd->new(dir => "$dir/slapd", ca => $ca->{ca},
    certificate => $ca->{server})->start;
EAS::Proc::write_file("$dir/secret", $slapd->secret, 0600);

my $ours   = EAS::CA->new(dir => "$dir/ours", name => 'phones');
my $second = EAS::CA->new(dir => "$dir/ours", name => 'laptops');
my $theirs = EAS::CA->new(dir => "$dir/ours", name => 'stranger');
my %cert   = (
    alice => $ours->client('alice', email => 'alice@example.com'),
    bob   => $second->client('bob', email => 'bob@example.com'),
    named => $ours->client('named', email => 'alice@example.com',
        subject => '/CN=nobody-else'),
    plain => $ours->client('plain', subject => '/CN=alice'),
    wide  => $ours->client('wide', subject => "/CN=\xef\xbd\x81lice"),
    soft  => $ours->client('soft', subject => "/CN=al\xc2\xadice"),
    blank => $ours->client('blank', subject => '/CN=alice '),
    stranger => $theirs->client('strangers', email => 'alice@example.com'),
);
$cert{self} = { cert => "$dir/self.pem", key => "$dir/self.key" };
EAS::Proc::must([ qw(openssl req -x509 -newkey ec -pkeyopt),
    qw(ec_paramgen_curve:P-256 -nodes -days 9 -subj /CN=alice),
    qw(-addext subjectAltName=email:alice@example.com),
    qw(-addext extendedKeyUsage=clientAuth -addext basicConstraints=CA:FALSE),
    '-keyout', $cert{self}{key}, '-out', $cert{self}{cert} ]);
my $trusted = EAS::Proc::write_file("$dir/trusted.pem",
    join '', map { EAS::Proc::read_file($_->file) } $ours, $second);
my ($key) = EAS::Proc::must([ 'sh', '-c',
    'openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256',
    'sh', $ours->file ]) =~ /([0-9a-f]{64})/;

my %port = map { $_ => EAS::Port::free() } qw(optional lenient silent asks);

sub place {
    my ($path, $type, @lines) = @_;
    my $lines = join "\n    ", @lines;
    return <<"END";
<Location $path>
    AuthType EAS-$type
    AuthName "Test mail"
    EASAuthProvider example
    EASAuthCertMap @{[ $path eq '/filled' ? '"(uid=%{CN})"' : 'email' ]}
    Require valid-user
    Header always set X-User "expr=%{REMOTE_USER}"
    Header always set X-Source "expr=%{reqenv:EAS_SOURCE}"
    Header always set X-Verify "expr=%{SSL_CLIENT_VERIFY}"
    $lines
</Location>
END
}

sub vhost {
    my ($name, @lines) = @_;
    return "Listen 127.0.0.1:$port{$name}\n"
        . EAS::Httpd::tls_host($port{$name}, 'localhost', $ca->{server},
        "SSLCACertificateFile $trusted", @lines);
}

my $httpd = EAS::Httpd->new(
    dir => "$dir/httpd", one_child => 1, config => join '', <<"END",
KeepAliveTimeout 60
AliasMatch ^ $dir/httpd/htdocs/x
SSLSessionCache shmcb:$dir/httpd/sessions(512000)
EASAuthTrustedProxy 127.0.0.1
EASAuthClientCertCA $trusted
@{[ $slapd->provider('example', "$dir/secret",
    'EASAuthLDAPRemember 0s') ]}
END
    place('/cert',   'Certificate', 'EASAuthCacheTTL 10min'),
    place('/either', 'Either'),
    place('/key',    'Certificate', "EASAuthCertIssuer spki-sha256:$key"),
    place('/named', 'Certificate', 'SSLUserName SSL_CLIENT_S_DN_CN'),
    place('/gone', 'Certificate', 'Redirect 410 /gone', 'ErrorDocument 410 /key/x'),
    place('/header', 'Certificate', 'EASAuthCertSource Client-Cert'),
    place('/filled', 'Certificate'),
    vhost('optional', 'SSLVerifyClient optional'),
    vhost('lenient', 'SSLVerifyClient optional_no_ca'),
    vhost('silent'),
    vhost('asks',
    "<Location /cert/asks>\n SSLVerifyClient require\n</Location>"))->start;
EAS::Proc::write_file("$dir/httpd/htdocs/x", "in\n");

# What anybody has who was ever sent a mail of hers.
my $pasted = EAS::Proc::read_file($cert{alice}{cert});
$pasted =~ s/-----[^-]*-----|\s//g;

# Two requests on one connection of openssl's client; what was said, and whether
# the session was resumed.
sub ask {
    my ($on, $path, %opt) = @_;
    my $mark = $httpd->mark;
    my (undef, $text) = EAS::Proc::run([ 'openssl', 's_client',
        '-connect', "127.0.0.1:$port{$on}", qw(-servername localhost -ign_eof),
        "-tls1_$opt{tls}",
        ($opt{cert} ? ('-cert', $opt{cert}{cert}, '-key', $opt{cert}{key}) : ()),
        ($opt{keep} ? ('-sess_out', $opt{keep}) : ()),
        ($opt{with} ? ('-sess_in', $opt{with}) : ()), @{ $opt{more} || [] } ],
        stdin => join '', map { join "\r\n", "GET $path HTTP/1.1",
            'Host: localhost', "Connection: $_", "Client-Cert: :$pasted:", '', '' }
            qw(keep-alive close));
    my %seen;
    return {
        said => join(' ', grep { !$seen{$_}++ } $text =~ m{HTTP/1\.1 (\d+)}g,
            map { $_->{reason} } $httpd->decisions($mark)),
        resumed => $text =~ /^Reused,/m ? 1 : 0,
    };
}

# On, cert and more of the client, path; what is answered, and what again
# as the session is resumed.
my @unsigned = ('-cert_chain', $theirs->file);
my @rows     = (
    [ 'ours', 'lenient', 'alice', [], '/cert/x', '200 granted', '200 granted' ],
    [ 'of a CA nobody knows', 'lenient', 'stranger', [], '/cert/x', '403 certificate-not-verified', '403 certificate-not-verified' ],
    [ 'with that CA', 'lenient', 'stranger', \@unsigned, '/cert/x', '403 certificate-not-verified', '403 certificate-not-verified' ],
    [ 'of its own', 'lenient', 'self', [], '/cert/x', '403 certificate-not-verified', '403 certificate-not-verified' ],
    [ 'of a CA nobody knows, either', 'lenient', 'stranger', [], '/either/x', '403 certificate-not-verified', '403 certificate-not-verified' ],
    [ 'a proxy', 'lenient', 'bob', [], '/header/x', ('200 granted') x 2 ],
    [ 'a proxy of its own', 'lenient', 'self', [], '/header/x', ('403 no-certificate') x 2 ],
    [ 'ours, where it is wanted', 'optional', 'alice', [], '/cert/x', '200 granted', '200 granted' ],
    [ 'a key that is wanted', 'optional', 'alice', [], '/key/x', '200 granted', '200 granted' ],
    [ 'another key than is wanted', 'optional', 'bob', [], '/key/x', '403 certificate-issuer', '403 certificate-issuer' ],
    [ 'a place within another one', 'optional', 'alice', [], '/gone/x', ('410 granted') x 2 ],
    (map { [ "a name that is written otherwise, $_", 'optional', $_, [], '/filled/x', ('403 certificate-malformed') x 2 ] } qw(wide soft blank)),
    [ 'a name as it is written', 'optional', 'plain', [], '/filled/x', ('200 granted') x 2 ],
);

plan tests => 2 * 3 * @rows + 2, need_module(qw(eas_auth ssl));

my $number = 0;
for my $tls (2, 3) {
    for my $row (@rows) {
        my ($name, $on, $who, $more, $path, $first, $again) = @$row;
        my %how = (tls => $tls, cert => $cert{$who});
        my $file = "$dir/session-" . ++$number;
        my $said = ask($on, $path, %how, more => $more, keep => $file);
        is($said->{said}, $first, "TLS 1.$tls, $on: $name");
        $said = ask($on, $path, %how, with => $file);
        is($said->{resumed}, 1, 'the session is resumed');
        is($said->{said}, $again, 'and the same is answered');
    }
}

is(join("\n", $httpd->unexpected(EAS::Log::usual(),
    qr/EAS0381/, qr/AH02(?:039|276|261|008|032)|AH01631/)), '', 'nothing unexpected in the log');
is_quiet();
