# SPDX-License-Identifier: Apache-2.0
# httpd -t -D DUMP_EAS_AUTH: what is in effect, without a secret, and what an
# administrator should think over.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use EAS::Httpd;
use EAS::Test;

my $dir = scratch('dump');
my $ca  = ca()->{ca};
EAS::Proc::write_file("$dir/secret", "hidden in a file\n", 0600);
EAS::Proc::write_file("$dir/print", "#!/bin/sh\necho hidden in a program\n",
    0700);

my $config = <<"END";
Listen 127.0.0.1:9
<EASAuthProvider contoso>
    EASAuthLDAPURL "ldaps://dc1.contoso.com dc2.contoso.com:3269/DC=contoso,DC=com??one?(objectClass=user)"
    EASAuthLDAPTrustedCA $ca
    EASAuthLDAPBindDN "CN=svc-eas,DC=contoso,DC=com"
    EASAuthLDAPBindPassword file:$dir/secret
    EASAuthLDAPType ActiveDirectory
    EASAuthLDAPTimeout connect=1500ms total=20s
    EASAuthLDAPPool max=7 idle=2min
    EASAuthDomain CONTOSO contoso.com
</EASAuthProvider>
<EASAuthProvider program>
    EASAuthLDAPURL "ldap://127.0.0.1/dc=program"
    EASAuthLDAPTrustedCA $ca
    EASAuthLDAPBindDN "cn=svc"
    EASAuthLDAPBindPassword exec:$dir/print
    EASAuthLDAPType FreeIPA
    EASAuthLDAPLogin user=uid mail=mail mailAlternateAddress
    EASAuthDomain PROGRAM *
</EASAuthProvider>
<EASAuthProvider careless>
    EASAuthLDAPURL "ldap://127.0.0.1/dc=careless"
    EASAuthLDAPStartTLS Off
    EASAuthLDAPBindDN "cn=svc"
    EASAuthLDAPBindPassword "hidden in the configuration"
</EASAuthProvider>
<EASAuthProvider direct>
    EASAuthLDAPURL "ldaps://127.0.0.1/dc=direct"
    EASAuthLDAPVerify Off
    EASAuthLDAPBindTemplate "uid=%u,dc=direct"
</EASAuthProvider>
EASAuthProvider direct
<LocationMatch "(?i)^/Microsoft-Server-ActiveSync(/|\$)">
    AuthType EAS-Basic
    AuthName "Mail"
    EASAuthProvider contoso program
    EASAuthAnswer locked 403
    EASAuthAnswer must-change 401
    <RequireAll>
        Require valid-user
        Require not user bob
    </RequireAll>
</LocationMatch>
<Location /plain>
    AuthType EAS-Basic
    AuthName "Mail"
    EASAuthRequireTLS Off
    EASAuthAllowUserless On
    EASAuthProvider program
    EASAuthRemoteUser mail
    Require ip 192.0.2.1
</Location>
<Location /inherited>
    AuthType EAS-Basic
    AuthName "Mail"
    Require user carol
</Location>
<Location /elsewhere>
    AuthType Basic
    AuthName "Other"
    AuthUserFile $dir/secret
    Require valid-user
</Location>
<VirtualHost 127.0.0.1:9>
    <Directory /srv/mail>
        AuthType EAS-Basic
        AuthName "Mail"
        EASAuthProvider careless
        Require user alice
    </Directory>
</VirtualHost>
END

# heading of a section of the dump, then lines expected in it
my @sections = (
    [ qr/^Server$/,
        'cache         shm, 64 MB',
        'control file  none',
        "ledger        100000 accounts, kept in $dir/httpd/run/eas_auth.ledger",
        'shared nets   none' ],
    [ qr/^Provider contoso\b/,
        'directory     ldaps://dc1.contoso.com:636 ldaps://dc2.contoso.com:3269',
        'type          ActiveDirectory',
        "TLS           from the first byte (ldaps), verified against $ca",
        qq(bind          service account "CN=svc-eas,DC=contoso,DC=com", password file:$dir/secret),
        'search        base "DC=contoso,DC=com", scope one, filter (objectClass=user)',
        'login forms   user=sAMAccountName upn=userPrincipalName mail=mail proxyAddresses',
        'domains       CONTOSO contoso.com',
        'timeouts      connect=1500ms operation=5s total=20s',
        'pool          max=7 idle=2min' ],
    [ qr/^Provider program\b/,
        'directory     ldap://127.0.0.1:389',
        'type          FreeIPA',
        "TLS           StartTLS, verified against $ca",
        qq(bind          service account "cn=svc", password exec:$dir/print),
        'search        base "dc=program", scope sub, filter none',
        'login forms   user=uid upn=krbPrincipalName mail=mail mailAlternateAddress',
        'domains       PROGRAM *',
        'timeouts      connect=2s operation=5s total=8s',
        'pool          max=16 idle=1min' ],
    [ qr/^Provider careless\b/,
        'type          Generic', 'TLS           NONE',
        'bind          service account "cn=svc", password (literal, hidden)',
        'login forms   user=uid mail=mail', 'domains       none' ],
    [ qr/^Provider direct\b/,
        'TLS           from the first byte (ldaps), certificate NOT verified',
        'bind          direct, as "uid=%u,dc=direct"', 'search        none',
        'login forms   as typed' ],
    [ qr/^<LocationMatch "?\(\?i\)\^\/Microsoft/,
        'AuthType      EAS-Basic', 'providers     contoso program',
        'TLS           required', 'userless      never',
        'REMOTE_USER   %d\%u', 'answers       locked=403 must-change=401',
        'cache         TTL=10min stale=0s refused=15min',
        'lockout       attempts=auto window=auto mode=enforce spray=log servers=1',
        '<RequireAll>', '  Require valid-user', '  Require not user bob',
        '</RequireAll>' ],
    [ qr/^<Location \/plain>/,
        'providers     program', 'TLS           NOT required',
        'userless      ALLOWED where a Require grants it',
        'REMOTE_USER   attribute mail', 'answers       defaults',
        'Require ip 192.0.2.1' ],
    [ qr/^<Location \/inherited>/,
        'providers     direct', 'TLS           required',
        'userless      never', 'REMOTE_USER   %u', 'Require user carol' ],
    [ qr/^<Directory \/srv\/mail> in <VirtualHost 127\.0\.0\.1:9>/,
        'providers     careless', 'TLS           required',
        'REMOTE_USER   %u', 'Require user alice' ],
);

my @warnings = (
    [ qr/careless.*EASAuthLDAPStartTLS Off/,    'no TLS to the directory' ],
    [ qr/careless.*EASAuthLDAPBindPassword/,    'a literal secret' ],
    [ qr/direct.*EASAuthLDAPVerify Off/,        'no verification' ],
    [ qr/EASAuthRequireTLS Off.*\/plain/,       'no TLS from the phone' ],
);

my $lines = 0;
$lines += @$_ - 1 for @sections;
plan tests => $lines + @warnings + 8, need_module('eas_auth');

my $httpd = EAS::Httpd->new(dir => "$dir/httpd",
    modules => ['authn_file'], shield => 1, config => $config);
my ($code, $dump) = $httpd->test('-D', 'DUMP_EAS_AUTH');
is($code, 0, 'httpd -t is content') or diag($dump);

# Sections begin at the left margin.
my ($heading, %section) = ('');
for my $line (split /\n/, $dump) {
    if ($line =~ /^ {4}(.*)/) { push @{ $section{$heading} }, $1 }
    else                      { $heading = $line }
}
for (@sections) {
    my ($pattern, @expected) = @$_;
    my ($found) = grep { $_ =~ $pattern } keys %section;
    my %has = map { $_ => 1 } @{ $section{ defined $found ? $found : '' } };
    ok($has{$_}, (defined $found ? $found =~ s/ \(.*//r : $pattern) . ": $_")
        or diag(join "\n", sort keys %has)
        for @expected;
}
for (@warnings) {
    my ($pattern, $name) = @$_;
    like($dump, qr/^Warning: .*$pattern/m, "a warning: $name");
}
is((grep { /elsewhere/ } keys %section), 0,
    'a section of another module is not shown');
unlike($dump, qr/hidden in/, 'no secret is shown');
like($dump, qr/^Provider contoso \(\S+:\d+\)$/m,
    'where it stands in the configuration');
like($dump, qr/Syntax OK/, 'and httpd goes on with its own report');

($code, $dump) = $httpd->test;
unlike($dump, qr/^Provider /m, 'without -D nothing is shown');
like($dump, qr/EASAuthLDAPVerify Off/, 'but the warnings are');

{
    my ($bare) = (EAS::Httpd->new(dir => "$dir/bare",
            config => "Listen 127.0.0.1:9\n")->test('-D', 'DUMP_EAS_AUTH'))[1];
    like($bare, qr/^No section has an EAS- AuthType/m,
        'nothing configured: it says so');
}
