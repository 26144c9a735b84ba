# SPDX-License-Identifier: Apache-2.0
# A Global Catalog finds people, and what it does not hold is asked of domain
# controllers: of the same machine, and where that one refers to another
# domain, of those that DNS names for it.
#
# The forest: example.test, whose controller is a real one, Samba; and its
# child ad.example.test, whose catalog and controller are doubles with the same
# address.  The child's catalog knows everybody.
#
# needs: samba

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use MIME::Base64 ();
use EAS::CA;
use EAS::Curl;
use EAS::DNS;
use EAS::Httpd;
use EAS::Port;
use EAS::Proc;
use EAS::Slapd;
use EAS::Test;

my $SCRIPT = "$FindBin::Bin/../support/easauthctl";
my $SRV    = '_ldap._tcp.dc._msdcs.example.test';
my $LOST   = '_ldap._tcp.dc._msdcs.lost.example.test';
my $FORGED = '_ldap._tcp.dc._msdcs.forged.example.test';
my $CHILD  = '_ldap._tcp.dc._msdcs.ad.example.test';

my $TESTS = 51;
plan tests => $TESTS, need_module(qw(eas_auth ssl));

unless ($ENV{EAS_OWN_DNS} && $ENV{EAS_LOW_PORTS}) {
    fail('a name server and the ports of LDAP of our own') for 1 .. $TESTS;
    diag('This machine lets nobody make namespaces (see t/dns.t), or not set '
            . 'net.ipv4.ip_unprivileged_port_start in one.');
    exit;
}

# What TLS leaves behind in the first thread of a process that ends at once:
# see t/easauthctl.t.
$ENV{ASAN_OPTIONS} .= ':detect_leaks=0' if $ENV{EAS_SANITIZED};

my $samba = samba();
my $ca    = ca();
my $dir   = scratch('catalog');
my $own   = EAS::CA->new(dir => "$dir/ca");
my $cert  = $own->server('named', san => [ 'IP:127.0.2.1', 'IP:127.0.2.2' ]);
my $bundle = EAS::Proc::write_file("$dir/bundle.pem",
    join '', map { EAS::Proc::read_file($_) } $own->file, $ca->{ca});

# --- the doubles

my @attributes = qw(groupType objectSid accountExpires pwdLastSet
    msDS-User-Account-Control-Computed msDS-UserPasswordExpiryTimeComputed
    lockoutThreshold lockOutObservationWindow msDS-ResultantPSO
    msDS-LockoutThreshold msDS-LockoutObservationWindow);
my $arc    = '1.3.6.1.4.1.4203.666.11.79';
my $number = 0;
my $schema = EAS::Proc::write_file("$dir/forest.schema", join '',
    # t/slapd/adlike.schema has the others
    (map { $number++; "attributetype ( $arc.$number NAME '$_' SYNTAX "
            . "1.3.6.1.4.1.1466.115.121.1.15"
            . " SINGLE-VALUE )\n" } @attributes[ 0, 5 .. 10 ]),
    "objectclass ( $arc.20 NAME 'group' SUP top STRUCTURAL MUST cn\n"
        . "    MAY ( groupType \$ objectSid ) )\n",
    "objectclass ( $arc.21 NAME 'adState' SUP top AUXILIARY\n"
        . "    MAY ( @{[ join ' $ ', @attributes[ 2 .. 10 ] ]} ) )\n");

my $base  = 'DC=example,DC=test';
my $child = "DC=ad,$base";

sub domain {
    my ($dn, @more) = @_;
    my ($dc) = $dn =~ /^DC=(\w+)/;
    return "dn: $dn\nobjectClass: dcObject\nobjectClass: organization\n"
        . join('', map { "$_\n" } @more, "dc: $dc", "o: $dc") . "\n";
}
sub unit {
    my ($dn) = @_;
    my ($ou) = $dn =~ /^OU=(\w+)/;
    return "dn: $dn\nobjectClass: organizationalUnit\nou: $ou\n\n";
}
sub referral {
    my ($dn, $class) = @_;
    my ($type, $value) = $dn =~ /^(\w+)=(\w+)/;
    return "dn: $dn\nobjectClass: referral\nobjectClass: extensibleObject\n"
        . "$type: $value\nref: ldap://dc1.example.test/$dn\n\n";
}
my $guid = 0;
sub person {
    my ($name, $dn, $password, @more) = @_;
    my $id = MIME::Base64::encode_base64(pack('a16', 'guid' . $guid++), '');
    return "dn: $dn\nobjectClass: inetOrgPerson\nobjectClass: adLikePerson\n"
        . "objectClass: adState\nsn: $name\n"
        . "cn: @{[ $dn =~ /^CN=([^,]*)/ ]}\nsAMAccountName: $name\n"
        . "objectGUID:: $id\nuserPassword: $password\n"
        . join('', map { "$_\n" } @more) . "\n";
}
sub group {
    my ($name, $type, $sid) = @_;
    return "dn: CN=$name,$child\nobjectClass: group\ncn: $name\n"
        . "groupType: $type\nobjectSid:: $sid\n\n";
}

# S-1-5-21-1-2-3, as bytes in base64.
sub sid {
    my ($text) = @_;
    my ($revision, $authority, @parts) = (split /-/, $text)[ 1 .. 20 ];
    return MIME::Base64::encode_base64(
        pack('CCnNV*', $revision, scalar(grep { defined } @parts), 0,
            $authority, grep { defined } @parts), '');
}

my $service = domain($base) . unit("OU=Service,$base") . <<"END";
dn: @{[ $samba->service ]}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: svc-eas
userPassword: @{[ $samba->secret ]}

END
my $outer = sid($samba->entry('CN=outer,' . $samba->groups,
        'objectSid')->{objectSid}[0]);
my @well = ('userAccountControl: 512',
    'msDS-User-Account-Control-Computed: 0', 'pwdLastSet: 133000000000000000',
    'msDS-UserPasswordExpiryTimeComputed: 9223372036854775807');
my $people = $samba->people;
my %ldif = (
    catalog => $service . unit($people)
        . person('alice',   "CN=Alice Liddell,$people", 'alice:secret')
        . person('bob',     "CN=bob,$people", 'bob secret')
        . person('expired', "CN=expired,$people", 'expired secret')
        . domain($child)
        . person('eve',     "CN=eve,$child", 'eve secret')
        . person('fred',    "CN=fred,$child", 'fred secret')
        . domain("DC=lost,$base")
        . person('gone',    "CN=gone,DC=lost,$base", 'gone secret')
        . domain("DC=forged,$base")
        . person('prey',    "CN=prey,DC=forged,$base", 'prey secret'),
    controller => $service . referral($people) . referral($samba->groups)
        . referral("DC=lost,$base") . referral("DC=forged,$base")
        . domain($child, 'objectClass: adState', 'lockoutThreshold: 6',
            'lockOutObservationWindow: -6000000000')
        . "dn: CN=lax,$child\nobjectClass: organizationalRole\n"
        . "objectClass: adState\ncn: lax\nmsDS-LockoutThreshold: 12\n"
        . "msDS-LockoutObservationWindow: -600000000\n\n"
        . person('eve', "CN=eve,$child", 'eve secret', @well,
            'accountExpires: 0', 'description: mobile')
        . person('fred', "CN=fred,$child", 'fred secret', @well,
            'accountExpires: 133000000000000000',
            "msDS-ResultantPSO: CN=lax,$child")
        # groups of the child that hold people of its parent: their SID is
        # that of a group of which alice is a member there
        . group('universal', -2147483640, $outer)
        . group('local',     -2147483644, $outer)
        . group('mailing',   8, $outer),
);
$ldif{$_} = EAS::Proc::write_file("$dir/$_.ldif", $ldif{$_}) for keys %ldif;

sub double {
    my ($name, $address, $ldif, $ldap, $ldaps, $certificate) = @_;
    return $name => EAS::Slapd->new(dir => "$dir/$name", ldif => $ldif{$ldif},
        address => $address, port => $ldap, ldaps_port => $ldaps,
        certificate => $certificate, ca => $own->file,
        global => "include $schema\n")->start;
}
my %slapd = (
    double('catalog',    '127.0.2.1', 'catalog',    3268, 3269, $cert),
    double('controller', '127.0.2.1', 'controller', 389,  636,  $cert),
    # a machine whose controller is down
    double('half',       '127.0.2.2', 'catalog',    3268, 3269, $cert),
    # whom a forged answer of DNS names
    double('forger',     '127.0.2.3', 'controller', 389,  636,
        $ca->{stranger}),
);

EAS::DNS->clear;
EAS::DNS->set($SRV => [ 'SRV 0 0 389 dc1.example.test' ],
    $FORGED => [ 'SRV 0 0 389 forger.example.test' ],
    'forger.example.test' => [ 'A 127.0.2.3' ]);

# --- httpd

my %url = (
    samba    => $samba->url('ldaps', 3269),
    clear    => $samba->url('ldap', 3268),
    catalog  => 'ldaps://127.0.2.1:3269',
    starttls => 'ldap://127.0.2.1:3268',
    anybody  => 'ldaps://127.0.2.1:3269',
    half     => 'ldaps://127.0.2.2:3269',
);
my $providers = join '', map { <<"END" } sort keys %url;
<EASAuthProvider $_>
    EASAuthLDAPURL "$url{$_}/$base"
    EASAuthLDAPType ActiveDirectory
    @{[ $_ eq 'anybody' ? 'EASAuthLDAPVerify Off' : "EASAuthLDAPTrustedCA $bundle" ]}
    EASAuthLDAPBindDN "@{[ $samba->service ]}"
    EASAuthLDAPBindPassword file:$ENV{EAS_STATE}/samba.secret
    EASAuthLDAPTimeout connect=1s operation=1s total=3s
</EASAuthProvider>
END

my $any   = 'Require valid-user';
my $not   = sub { "<RequireAll>\nRequire valid-user\nRequire not $_[0]\n</RequireAll>" };
my $outer_dn = 'eas-group CN=outer,' . $samba->groups;
my $referred = qr/it refers to "ldap:\/\/dc1\.example\.test\//;

# name, provider, Require lines, { person => reason }, what the log says where
# it cannot be told
my @rows = (
    [ 'a catalog finds people',        'samba', $any, { alice => 'granted' } ],
    [ 'its controller knows groups',   'samba', 'Require eas-group CN=local,' . $samba->groups,
        { alice => 'granted', bob => 'not-authorized' } ],
    [ 'by their names',                'samba', 'Require eas-group everybody', { bob => 'granted' } ],
    [ 'its controller, StartTLS',      'clear', 'Require eas-group local',
        { alice => 'granted', bob => 'not-authorized' } ],
    [ 'its controller knows more',     'samba', 'Require eas-filter (pwdLastSet=*)',
        { alice => 'granted' } ],
    [ 'no controller is needed',       'half', $any, { eve => 'granted' } ],
    [ 'one is needed, and down',       'half', 'Require eas-filter (objectClass=*)',
        { eve => 'directory-down' }, qr/connect to ldaps:\/\/127\.0\.2\.2:636: / ],
    [ 'of the same domain',            'catalog', 'Require eas-filter (description=mobile)',
        { eve => 'granted', fred => 'not-authorized' } ],
    [ 'StartTLS',                      'starttls', 'Require eas-filter (description=mobile)',
        { eve => 'granted', fred => 'not-authorized' } ],
    [ 'of another domain',             'catalog', 'Require eas-filter (pwdLastSet=*)',
        { alice => 'granted' } ],
    [ 'of another domain, no match',   'catalog', 'Require eas-filter (description=none)',
        { alice => 'not-authorized' } ],
    [ 'StartTLS, another domain',      'starttls', 'Require eas-filter (pwdLastSet=*)',
        { alice => 'granted' } ],
    [ 'a group there',                 'catalog', "Require $outer_dn",
        { alice => 'granted', bob => 'not-authorized' } ],
    [ 'a group there, negated',        'catalog', $not->($outer_dn),
        { alice => 'not-authorized', bob => 'granted' } ],
    [ 'a universal group here',        'catalog', "Require eas-group CN=universal,$child",
        { alice => 'granted', bob => 'not-authorized' } ],
    [ 'a domain local group here',     'catalog', "Require eas-group CN=local,$child",
        { alice => 'misconfigured' }, qr/write a universal security group/ ],
    [ 'and negated',                   'catalog', $not->("eas-group CN=local,$child"),
        { bob => 'misconfigured' }, qr/write a universal security group/ ],
    [ 'a distribution group here',     'catalog', "Require eas-group CN=mailing,$child",
        { alice => 'misconfigured' }, qr/write a universal security group/ ],
    [ 'no CA of its own',              'anybody', 'Require eas-filter (pwdLastSet=*)',
        { alice => 'directory-referral' }, $referred ],
    [ 'no CA of its own, a group',     'anybody', "Require eas-group CN=universal,$child",
        { alice => 'directory-referral' }, $referred ],
    [ 'a domain that DNS does not know', 'catalog', 'Require eas-filter (description=mobile)',
        { gone => 'directory-name' }, qr/\Q$LOST\E: no such name; / ],
    [ 'a forged answer of DNS',        'catalog', 'Require eas-filter (objectClass=*)',
        { prey => 'directory-tls' }, qr/TLS at ldaps:\/\/forger\.example\.test:636/ ],
);
my $locations = join '', map { <<"END" } 0 .. $#rows;
<Location /row$_>
    AuthType EAS-Basic
    AuthName "Test mail"
    EASAuthProvider $rows[$_][1]
    $rows[$_][2]
</Location>
END
my $listen = EAS::Port::free();
my $httpd  = EAS::Httpd->new(dir => "$dir/httpd", one_child => 1,
    config => <<"END")->start;
Listen 127.0.0.1:$listen
SSLEngine on
SSLCertificateFile $ca->{server}{cert}
SSLCertificateKeyFile $ca->{server}{key}
$providers
$locations
END
EAS::Proc::write_file("$dir/httpd/htdocs/row$_", "in\n") for 0 .. $#rows;
my $client = EAS::Curl->new(base => "https://localhost:$listen",
    cacert => $ca->{ca});
my %STATUS = (granted => 200, 'not-authorized' => 403);

sub ask {
    my ($n, $person) = @_;
    my $mark   = $httpd->mark;
    my $answer = $client->request('GET', "/row$n", user => $person,
        password => EAS::Test::password($person));
    return ($answer, $mark);
}

my $dns = EAS::DNS->mark;
for my $n (0 .. $#rows) {
    my ($name, $provider, undef, $expected, $detail) = @{ $rows[$n] };
    for my $person (sort keys %$expected) {
        my $reason = $expected->{$person};
        my ($answer, $mark) = ask($n, $person);
        # The login itself is granted: the word after it counts.
        my ($last) = reverse $httpd->decisions($mark);
        my $got = $last->{reason};
        $got = $1 if $last->{line} =~ /detail=Require eas-\w+: ([\w-]+), /;
        is_deeply(
            [ $answer->status, $got, $last->{line} =~ ($detail || qr/./) ],
            [ $STATUS{$reason} || 503, $reason, 1 ],
            "$name: $person: $reason")
            or diag($answer->show, "\n", $httpd->log_since($mark));
    }
    is(join(' ', map { EAS::Curl::in_flight($_) ? $_ : () } 3269, 636), '3269',
        'no more than the catalog is connected') if $n == 0;
    is(join(' ', map { EAS::Curl::in_flight($_) ? $_ : () } 3269, 636),
        '3269 636', 'and then the same machine as a controller') if $n == 1;
}
is(EAS::DNS->asked($SRV, since => $dns, type => 'SRV'), 2,
    'the other domain is looked up once for each catalog');
is(EAS::DNS->asked($CHILD, since => $dns, type => 'SRV'), 0,
    'that of the catalog is not');
is($slapd{forger}->count(kind => 'BIND', since => 0), 0,
    'a server that no CA vouches for gets no password');
is(join(' ', map {
            $slapd{$_}->count(kind => 'SRCH', since => 0,
                like => qr/filter="\((?:description|pwdLastSet)=/i)
                ? $_ : ()
        } sort keys %slapd), 'controller',
    'a catalog is asked for no more than it holds');

# --- the state of an account

# provider, person, what is shown
my @states = (
    [ 'samba',   'alice',   qr/^    ok      state /m ],
    [ 'samba',   'expired', qr/^    FAILED  state .*account-expired/m ],
    [ 'catalog', 'eve',     qr/^    ok      state /m ],
    [ 'catalog', 'fred',    qr/^    FAILED  state .*account-expired/m ],
    [ 'catalog', 'alice',   qr/^    ok      state /m ],
    [ 'catalog', 'expired', qr/^    FAILED  state .*account-expired/m ],
    [ 'anybody', 'alice',   qr/^    FAILED  state .*directory-referral: .*ldap:\/\/dc1\.example\.test\//m ],
    [ 'half',    'eve',     qr/^    FAILED  state .*directory-down: connect to ldaps:\/\/127\.0\.2\.2:636: /m ],
    # after what the domain locks them
    [ 'samba',   'alice',   qr/^    ok      lockout .* 3 wrong passwords within 30min /m ],
    [ 'catalog', 'eve',     qr/^    ok      lockout .* 6 wrong passwords within 10min /m ],
    [ 'catalog', 'fred',    qr/^    ok      lockout .* 12 wrong passwords within 1min /m ],
    [ 'catalog', 'alice',   qr/^    ok      lockout .* 3 wrong passwords within 30min /m ],
    [ 'anybody', 'alice',   qr/^    note    lockout .* directory-referral$/m ],
    [ 'half',    'eve',     qr/^    note    lockout .* directory-down$/m ],
);
for (@states) {
    my ($provider, $person, $shown) = @$_;
    my ($code, $text) = EAS::Proc::run([ 'sh', $SCRIPT, 'account',
            '--provider', $provider, '--httpd',
            "$httpd->{httpd} -d $httpd->{dir} -f $httpd->{conf}", $person ]);
    like($text, $shown, "easauthctl account, $provider: $person");
}

$httpd->stop;
is(join("\n", $httpd->unexpected(qr/EAS0300: /, qr/EAS032[24]: /,
            qr/EAS0202: /, qr/AH01631: user .* authorization failure/)), '', 'nothing unexpected in the log');
is_quiet();
