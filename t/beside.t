# SPDX-License-Identifier: Apache-2.0
# mod_ldap and mod_authnz_ldap in the same process, with TLS settings contrary
# to ours: who uses libldap first, and how often, changes nothing for anybody.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use EAS::Curl;
use EAS::Httpd;
use EAS::Port;
use EAS::Slapd;
use EAS::Test;

my $ROUNDS = 3;
my $ca     = ca();
my $dir    = scratch('beside');

# Two directories, the certificates of which two authorities have signed.
my %slapd = map {
    my ($name, $certificate) = @$_;
    ($name => EAS::Slapd->new(dir => "$dir/$name", ca => $ca->{ca},
        certificate => $certificate)->start)
} [ known => $ca->{server} ], [ stranger => $ca->{stranger} ];

# What each side is told, and how its logins end at either directory.
my @settings = (
    {
        name   => 'they verify nothing, and trust another CA',
        theirs => "LDAPTrustedGlobalCert CA_BASE64 $ca->{other}\n"
            . 'LDAPVerifyServerCert Off',
        ours   => "EASAuthLDAPTrustedCA $ca->{ca}",
        status => { 'ours/known' => 200, 'ours/stranger' => 503,
            'theirs/known' => 200, 'theirs/stranger' => 200 },
    },
    {
        name   => 'each trusts a CA of its own',
        theirs => "LDAPTrustedGlobalCert CA_BASE64 $ca->{other}\n"
            . 'LDAPVerifyServerCert On',
        ours   => "EASAuthLDAPTrustedCA $ca->{ca}",
        status => { 'ours/known' => 200, 'ours/stranger' => 503,
            'theirs/known' => 500, 'theirs/stranger' => 200 },
    },
    {
        name   => 'we verify nothing',
        theirs => "LDAPTrustedGlobalCert CA_BASE64 $ca->{ca}\n"
            . 'LDAPVerifyServerCert On',
        ours   => 'EASAuthLDAPVerify Off',
        status => { 'ours/known' => 200, 'ours/stranger' => 200,
            'theirs/known' => 200, 'theirs/stranger' => 500 },
    },
);
# Who comes first in a new process, and with which directory.
my @orders = (
    [qw(ours/known ours/stranger theirs/known theirs/stranger)],
    [qw(theirs/stranger theirs/known ours/stranger ours/known)],
    [qw(ours/stranger theirs/stranger ours/known theirs/known)],
    [qw(theirs/known ours/known theirs/stranger ours/stranger)],
);

plan tests => @settings * (2 * @orders + 1) + 1,
    need_module(qw(eas_auth ssl));

# New connections each time, as far as either side can be told.
sub sections {
    my ($setting) = @_;
    my $text = "$setting->{theirs}\nLDAPCacheEntries 0\nLDAPOpCacheEntries 0\n"
        . "LDAPConnectionPoolTTL 0\nLDAPConnectionTimeout 2\nLDAPTimeout 2\n"
        . "LDAPRetries 0\n";
    for my $name (qw(known stranger)) {
        my $slapd = $slapd{$name};
        my $url   = $slapd->url('ldaps') . '/' . $slapd->suffix;
        my ($dn, $secret) = ($slapd->service, $slapd->secret);
        $text .= <<"SECTION";
<EASAuthProvider $name>
    EASAuthLDAPURL "$url"
    EASAuthLDAPBindDN "$dn"
    EASAuthLDAPBindPassword "$secret"
    EASAuthLDAPTimeout connect=2s operation=2s total=4s
    $setting->{ours}
</EASAuthProvider>
<Location /ours/$name>
    AuthType EAS-Basic
    AuthName "Test mail"
    EASAuthProvider $name
    Require valid-user
</Location>
<Location /theirs/$name>
    AuthType Basic
    AuthName "Test mail"
    AuthBasicProvider ldap
    AuthLDAPURL "$url?uid?sub"
    AuthLDAPBindDN "$dn"
    AuthLDAPBindPassword "$secret"
    Require valid-user
</Location>
SECTION
    }
    return $text;
}

my $n = 0;
for my $setting (@settings) {
    my $port  = EAS::Port::free();
    my $httpd = EAS::Httpd->new(dir => "$dir/httpd" . ++$n, one_child => 1,
        modules => [qw(ldap authnz_ldap)], config => <<"CONFIG")->start;
Listen 127.0.0.1:$port
SSLEngine on
SSLCertificateFile $ca->{server}{cert}
SSLCertificateKeyFile $ca->{server}{key}
@{[ sections($setting) ]}
CONFIG
    for my $who (qw(ours theirs)) {
        mkdir "$httpd->{dir}/htdocs/$who";
        EAS::Proc::write_file("$httpd->{dir}/htdocs/$who/$_", "in\n")
            for qw(known stranger);
    }
    my $client = EAS::Curl->new(base => "https://localhost:$port",
        cacert => $ca->{ca});
    for my $order (@orders) {
        # a process that has not used libldap yet
        $httpd->stop->start;
        my @children = sort $httpd->children;
        my @asked    = (@$order) x $ROUNDS;
        my @answers  = $client->requests(map {
                [ 'GET', "/$_", user => 'alice', password => 'alice:secret' ]
            } @asked);
        is(join(' ', map { $_->status } @answers), join(' ', map { $setting->{status}{$_} } @asked),
            "$setting->{name}: @$order, $ROUNDS times");
        is(join(' ', sort $httpd->children), "@children",
            'all of it in one process');
    }
    $httpd->stop;
    is(join("\n", $httpd->unexpected(
                qr/EAS0300: directory-tls/, EAS::Log::outage('stranger'),
                qr/EAS02\d\d: .*(?:Verify|literal|password)/i,
                qr/\[(?:authnz_)?ldap:\w+\] /)),
        '', "$setting->{name}: nothing unexpected in the log");
}
is_quiet();
