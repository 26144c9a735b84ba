# SPDX-License-Identifier: Apache-2.0
# httpd -t -D EAS_AUTH_PROBE: what is wrong with a directory server, in words,
# with a remedy, in time, and with an exit code; and never a password.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use Time::HiRes qw(time);
use EAS::Httpd;
use EAS::Peer;
use EAS::Port;
use EAS::Proc;
use EAS::Slapd;
use EAS::Test;

my $ca  = ca();
my $dir = scratch('probe');

# What TLS leaves behind in the first thread of a process that ends at once:
# LeakSanitizer takes its place for a wrong one, and falls over it.
$ENV{ASAN_OPTIONS} .= ':detect_leaks=0' if $ENV{EAS_SANITIZED};

sub directory {
    my ($name, $certificate, %opt) = @_;
    return EAS::Slapd->new(dir => "$dir/$name", ca => $ca->{ca},
        certificate => $certificate, %opt);
}
my $base = 'dc=example,dc=test';

# Where Active Directory and FreeIPA keep their policies, and the root DSE
# entry that says where to begin.
sub policies {
    my $n = 1;
    my $types = join '', map {
        "attributetype ( 1.3.6.1.4.1.4203.666.11.78.@{[ $n++ ]} NAME '$_' "
            . "SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )\n"
    } my @names = qw(defaultNamingContext lockoutThreshold
        lockOutObservationWindow lockoutDuration krbPwdMaxFailure
        krbPwdFailureCountInterval krbPwdLockoutDuration);
    my $schema = EAS::Proc::write_file("$dir/policies.schema", $types
            . "objectclass ( 1.3.6.1.4.1.4203.666.11.78.20 NAME 'policies' "
            . "SUP top AUXILIARY MAY ( @{[ join ' $ ', @names ]} ) )\n");
    my $root = EAS::Proc::write_file("$dir/root.ldif",
        "dn:\ndefaultNamingContext: dc=ad,dc=test\n");
    my $more = <<'END';
objectClass: policies
dc: ad
o: AD
lockoutThreshold: 5
lockOutObservationWindow: -18000000000
lockoutDuration: -9223372036854775808

dn: cn=kerberos,dc=ad,dc=test
objectClass: organizationalRole
cn: kerberos

dn: cn=global_policy,cn=kerberos,dc=ad,dc=test
objectClass: organizationalRole
objectClass: policies
cn: global_policy
krbPwdMaxFailure: 6
krbPwdFailureCountInterval: 60
krbPwdLockoutDuration: 600
END
    my $ldif = EAS::Proc::read_file("$FindBin::Bin/slapd/ad.ldif");
    $ldif =~ s/^dc: ad\no: AD\n/$more/m or die "no head in ad.ldif\n";
    return (global => "include $schema\nrootDSE $root\n",
        ldif => EAS::Proc::write_file("$dir/ad.ldif", $ldif));
}

my %slapd = (
    good     => directory('good',     $ca->{server}),
    expired  => directory('expired',  $ca->{expired}),
    misnamed => directory('misnamed', $ca->{misnamed}),
    stranger => directory('stranger', $ca->{stranger}),
    plain    => directory('plain',    undef),
    blind    => directory('blind',    $ca->{server}, access =>
            "access to attrs=mail,entryUUID by * none\n"),
    nameless => directory('nameless', $ca->{server}, access =>
            "access to attrs=uid by * search\n"),
    ad       => directory('ad',       $ca->{server}, data => 'ad',
        policies()),
);
$_->start for values %slapd;
my $silent = EAS::Peer->new('silent');
my $closed = EAS::Port::free();

my $httpd = EAS::Httpd->new(dir => "$dir/httpd", config => '');

my $ldaps = sub { $slapd{ $_[0] }->url('ldaps') . '/' . ($_[1] || $base) };
my $ldap  = sub { $slapd{ $_[0] }->url('ldap') . '/' . ($_[1] || $base) };
my $port  = sub { $slapd{ $_[0] }->ldaps_port };
my $dn    = $slapd{good}->service;
my $secret = $slapd{good}->secret;
my $account = qq(EASAuthLDAPBindDN "$dn"\nEASAuthLDAPBindPassword "$secret");
my $ad = qq(EASAuthLDAPBindDN "@{[ $slapd{ad}->service ]}"\nEASAuthLDAPBindPassword "@{[ $slapd{ad}->secret ]}");
my $ok     = sub { map { qr/^    ok      $_ .* ms  / } @_ };
my $failed = sub { qr/^    FAILED  $_[0] .* ms  .*$_[1]/ };
my $note   = sub { qr/^    note    $_[0] .*$_[1]/ };
my $remedy = sub { qr/^ +-> .*$_[0]/ };
my $all_of = "127.0.0.1:$closed 127.0.0.1:" . $port->('good');

# name, URL, lines of the provider (with the account unless it is named
# there), exit code, what each must be found in a line of its own; then what
# no line may hold
my @rows = (
    [ 'all is well', $ldaps->('good'), '', 0, [
        qr/^Provider p, ldaps:\/\/127\.0\.0\.1:\d+$/,
        qr/^    ok      name .* 127\.0\.0\.1 is an address$/,
        qr/^    ok      connection .* 127\.0\.0\.1 port \d+$/,
        qr/^    ok      TLS .* TLSv?1\.3, certificate "localhost", "dc1\.example\.test", 127\.0\.0\.1, \S+ valid until \d{4}-\d\d-\d\d \d\d:\d\d UTC$/,
        qr/^    ok      account .* "\Q$dn\E" is accepted$/,
        qr/^    ok      base .* "\Q$base\E" is there$/,
        qr/^    ok      attributes .* of "uid=\S+": uid mail entryUUID/,
        $note->('attributes', 'account state: not set there, or not readable: .*shadowExpire'),
        qr/^    ok      lockout .* policy "cn=lockout,.*": 3 wrong passwords lock an account until somebody unlocks it$/,
        qr/^    ok      lockout .* policy "cn=default,.*": wrong passwords lock no account$/,
        qr/^1 server, 0 failed$/,
    ], qr/FAILED/ ],
    [ 'StartTLS', $ldap->('good'), '', 0, [
        qr/^    ok      TLS .* StartTLS, TLSv?1\.[23], certificate /,
    ], qr/FAILED/ ],
    [ 'in the clear, as configured', $ldap->('plain'), 'EASAuthLDAPStartTLS Off', 0, [
        $note->('TLS', 'in the clear$'), $remedy->('EASAuthLDAPStartTLS Off'),
    ], qr/FAILED/ ],
    [ 'not verified, as configured', $ldaps->('misnamed'), 'EASAuthLDAPVerify Off', 0, [
        $note->('TLS', 'not checked'), $remedy->('EASAuthLDAPVerify Off'),
    ], qr/FAILED/ ],
    [ 'a name that does not resolve', "ldaps://nowhere.invalid/$base", '', 1, [
        $failed->('name', 'nowhere\.invalid: (?:no answer from the name server|.*not known|.*failure)'),
        $remedy->('EASAuthLDAPURL.*name server'), qr/^1 server, 1 failed$/,
    ], qr/connection/ ],
    [ 'nobody listens', "ldaps://127.0.0.1:$closed/$base", '', 1, [
        $ok->('name'), $failed->('connection', 'Connection refused'),
        $remedy->("start the directory, or correct the port \\($closed\\)"),
    ], qr/TLS/ ],
    [ 'silent', 'ldaps://127.0.0.1:' . $silent->port . "/$base", '', 1, [
        $ok->('connection'), $failed->('TLS', 'Timed out'),
        $remedy->('speaks LDAP over TLS'),
    ], qr/account/ ],
    [ 'silent before StartTLS', 'ldap://127.0.0.1:' . $silent->port . "/$base", '', 1, [
        $ok->('connection'), $failed->('TLS', 'StartTLS at .*Timed out'),
        $remedy->('ldaps://'),
    ], qr/account/ ],
    [ 'TLS asked for at a plain port', 'ldaps://127.0.0.1:' . $slapd{plain}->port . "/$base", '', 1, [
        $ok->('connection'), $failed->('TLS', 'TLS at'),
        $remedy->('speaks LDAP over TLS'),
    ], qr/account/ ],
    [ 'certificate of another host', $ldaps->('misnamed'), '', 1, [
        $failed->('TLS', 'its certificate is for "elsewhere\.example\.test", 127\.0\.0\.9, not for "127\.0\.0\.1"$'),
        $remedy->('as the certificate names it.*one that names "127\.0\.0\.1"$'),
    ], qr/account|signed/ ],
    [ 'certificate of another host, StartTLS', $ldap->('misnamed'), '', 1, [
        $failed->('TLS', 'its certificate is for "elsewhere\.example\.test"'),
    ], qr/account|signed/ ],
    [ 'certificate expired', $ldaps->('expired'), '', 1, [
        $failed->('TLS', 'its certificate expired on \d{4}-\d\d-\d\d \d\d:\d\d UTC$'),
        $remedy->('renew'),
    ], qr/account|signed|not for/ ],
    [ 'certificate of an unknown CA', $ldaps->('stranger'), '', 1, [
        $failed->('TLS', 'its certificate is signed by "CN=Private test CA other", which is not in ' . quotemeta($ca->{ca}) . '$'),
        $remedy->('EASAuthLDAPTrustedCA'),
    ], qr/account|expired|not for/ ],
    [ 'all of it at once', $ldaps->('misnamed'), "EASAuthLDAPTrustedCA $ca->{other}", 1, [
        $failed->('TLS', 'not for "127\.0\.0\.1"; its certificate is signed by "CN=Private test CA ca", which is not in'),
    ], qr/account/ ],
    [ 'StartTLS refused', $ldap->('plain'), '', 1, [
        $failed->('TLS', 'StartTLS at .*\(\d+\)'),
        $remedy->('offer StartTLS.*ldaps://'),
    ], qr/account/ ],
    [ 'service password wrong', $ldaps->('good'), qq(EASAuthLDAPBindDN "$dn"\nEASAuthLDAPBindPassword "guessed password"), 1, [
        $ok->('TLS'), $failed->('account', 'Invalid credentials \(49\), as "' . quotemeta($dn) . '"$'),
        $remedy->('EASAuthLDAPBindDN or EASAuthLDAPBindPassword'),
    ], qr/base/ ],
    [ 'service account refused by Active Directory', $ldaps->('ad', 'dc=ad,dc=test'),
        qq(EASAuthLDAPType ActiveDirectory\nEASAuthLDAPBindDN "CN=data533,CN=Users,dc=ad,dc=test"\nEASAuthLDAPBindPassword secret), 1, [
        $failed->('account', 'data 533, v2580": the account is disabled, as "CN=data533,'),
    ], qr/base/ ],
    [ 'Active Directory', $ldaps->('ad', 'dc=ad,dc=test'), "EASAuthLDAPType ActiveDirectory\n$ad", 0, [
        qr/^    ok      attributes .*: sAMAccountName /,
        $note->('attributes', 'account state: .*msDS-User-Account-Control-Computed'),
        $remedy->('Global Catalog'),
        qr/^    ok      lockout .* 5 wrong passwords within 30min lock an account until somebody unlocks it$/,
    ], qr/FAILED/ ],
    [ 'FreeIPA', $ldaps->('ad', 'CN=Users,dc=ad,dc=test'), "EASAuthLDAPType FreeIPA\nEASAuthLDAPLogin user=sAMAccountName\n$ad", 0, [
        qr/^    ok      lockout .* 6 wrong passwords within 1min lock an account for 10min$/,
    ], qr/FAILED/ ],
    [ 'no account', $ldaps->('ad', 'dc=ad,dc=test'), "EASAuthLDAPLogin user=sAMAccountName\n# EASAuthLDAPBindDN", 0, [
        $note->('account', 'anonymous'),
        qr/^    ok      attributes .*: sAMAccountName /,
        $note->('lockout', 'the threshold is not readable'),
    ], qr/FAILED/ ],
    [ 'nothing may be read', $ldaps->('good'), '# EASAuthLDAPBindDN', 1, [
        $failed->('base', 'No such object \(32\)'), $remedy->('let the service account read it'),
    ], qr/attributes/ ],
    [ 'base missing', $ldaps->('good', "ou=none,$base"), '', 1, [
        $failed->('base', '"ou=none,dc=example,dc=test": No such object \(32\)'),
        $remedy->('correct the base'),
    ], qr/attributes/ ],
    [ 'nobody below the base', $ldaps->('good', "ou=policies,$base"), '', 1, [
        $ok->('base'), $failed->('attributes', 'nobody is found below the base with "\(&\(\|\(uid=\*\)\)\)"'),
        $remedy->('let the service account read the people'),
    ], qr/^$/ ],
    [ 'attributes not readable', $ldaps->('blind', "ou=people,$base"), '', 0, [
        $note->('attributes', 'login forms: not set there, or not readable: mail$'),
        $note->('attributes', 'no id that survives a rename'),
        $remedy->('entryUUID'),
    ], qr/FAILED/ ],
    [ 'login name not readable', $ldaps->('nameless'), '', 1, [
        $failed->('attributes', 'the login name \(uid\) cannot be read'),
        $remedy->('read it, not only search by it'),
    ], qr/^$/ ],
    [ 'bound directly', $ldaps->('good'), qq(EASAuthLDAPBindTemplate "uid=%u,ou=people,$base"\n# EASAuthLDAPBindDN), 0, [
        $ok->('TLS'), $note->('account', 'directly, as "uid=%25u'), $remedy->('easauthctl login'),
    ], qr/base/ ],
    [ 'two servers, one bad', "ldaps://$all_of/$base", '', 1, [
        qr/^Provider p, ldaps:\/\/127\.0\.0\.1:$closed$/, $failed->('connection', 'refused'),
        qr/^Provider p, ldaps:\/\/127\.0\.0\.1:(?!$closed)/, $ok->('account', 'base', 'attributes'),
        qr/^2 servers, 1 failed$/,
    ], qr/^$/ ],
    [ 'an account refused is not tried at the next server',
        'ldaps://127.0.0.1:' . $port->('good') . ' 127.0.0.1:' . $port->('blind') . "/$base",
        qq(EASAuthLDAPBindDN "$dn"\nEASAuthLDAPBindPassword "guessed password"), 1, [
        $failed->('account', '49'), $note->('account', 'not tried'),
    ], qr/^$/ ],
);

plan tests => 2 * @rows + 7, need_module(qw(eas_auth));

sub configure {
    my ($url, $lines) = @_;
    $lines .= "\n$account" unless $lines =~ /BindDN/;
    $lines .= "\nEASAuthLDAPTrustedCA $ca->{ca}"
        unless $lines =~ /TrustedCA|Off/;
    $lines =~ s/^# EASAuthLDAPBindDN$//m;
    return $httpd->configure(<<"END");
<EASAuthProvider p>
    EASAuthLDAPURL "$url"
    EASAuthLDAPTimeout connect=1s operation=1s total=2s
    $lines
</EASAuthProvider>
END
}

my $shown = '';
for my $row (@rows) {
    my ($name, $url, $lines, $code, $wanted, $never) = @$row;
    configure($url, $lines);
    my $start = time;
    my ($got, $text) = $httpd->test('-D', 'EAS_AUTH_PROBE');
    my $took  = time - $start;
    my @lines = split /\n/, $text;
    $shown .= $text;
    my @missing = grep { my $want = $_; !grep { $_ =~ $want } @lines } @$wanted;
    my @astray  = grep { /^ / && $_ =~ $never } @lines;
    is_deeply([ $got, \@missing, \@astray ], [ $code, [], [] ],
        "$name: exit code $code, and said so")
        or diag($text);
    cmp_ok($took, '<', 3.5 * slowness(), "$name: in time");
}

# --- what is never said, and when nothing is asked

unlike($shown, qr/\Q$secret\E|guessed password|ad service secret/,
    'no password of the service account is shown');
is($slapd{nameless}->count(kind => 'BIND', since => 0), 1,
    'a probe binds once');
is($slapd{misnamed}->count(kind => 'BIND', since => 0,
        like => qr/svc-eas/), 1,
    'and never where the certificate is wrong, unless that is wanted');
{
    configure($ldaps->('good'), '');
    my $mark = $slapd{good}->mark;
    my ($code, $text) = $httpd->test;
    is($code . $slapd{good}->log_since($mark), '0',
        'httpd -t alone asks no directory');
    $httpd->configure("# no provider\n");
    ($code, $text) = $httpd->test('-D', 'EAS_AUTH_PROBE');
    is($code . ($text =~ /^There is no <EASAuthProvider>/m ? ', said' : ''),
        '1, said', 'nothing to probe is no success');
}
{
    my $listen = EAS::Port::free();
    configure($ldaps->('good'), '');
    my $config = EAS::Proc::read_file($httpd->{conf})
        =~ s/.*^(?=<EASAuthProvider)//msr;
    $httpd->configure("Listen 127.0.0.1:$listen\n$config");
    $httpd->{defines} = ['EAS_AUTH_PROBE'];
    my $mark = $slapd{good}->mark;
    $httpd->start;
    is($slapd{good}->count(kind => 'BIND', since => $mark), 0,
        'a real start probes nothing');
    $httpd->stop;
}
is_quiet();
