# SPDX-License-Identifier: Apache-2.0
# After how many wrong passwords the directory itself locks somebody, as
# easauthctl account tells it, and the stamp of their password: slapd with
# ppolicy, whose policies some service accounts may not read, and a double of
# FreeIPA.  Active Directory: t/samba-state.t.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use EAS::Httpd;
use EAS::Proc;
use EAS::Slapd;
use EAS::Test;

my $SCRIPT = "$FindBin::Bin/../support/easauthctl";
my $ca     = ca();
my $dir    = scratch('policy');
my $base     = 'dc=example,dc=test';
my $people   = "ou=people,$base";
my $policies = "ou=policies,$base";

# As in t/easauthctl.t.
$ENV{ASAN_OPTIONS} .= ':detect_leaks=0' if $ENV{EAS_SANITIZED};

# --- what is in the directory

my $n = 1;
my @kinds = map {
    "attributetype ( 1.3.6.1.4.1.4203.666.11.78.@{[ $n++ ]} NAME '$_' "
        . "SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )\n"
} my @names = qw(krbPwdMaxFailure krbPwdFailureCountInterval
    krbPwdPolicyReference krbLastPwdChange);
my $schema = EAS::Proc::write_file("$dir/policies.schema", join '', @kinds,
    "objectclass ( 1.3.6.1.4.1.4203.666.11.78.20 NAME 'policies' "
        . "SUP top AUXILIARY MAY ( @{[ join ' $ ', @names ]} ) )\n");

sub entry {
    my ($dn, @lines) = @_;
    my ($name, $value) = $dn =~ /^(\w+)=([^,]+)/;
    return join('', map { "$_\n" } "dn: $dn", "$name: $value", @lines) . "\n";
}
sub policy {
    my ($name, @lines) = @_;
    return entry("cn=$name,$policies",
        map({ "objectClass: $_" } qw(pwdPolicy organizationalRole)),
        'pwdAttribute: userPassword', @lines);
}
sub kerberos {
    my ($name, @lines) = @_;
    return entry("cn=$name,cn=kerberos,$base",
        map({ "objectClass: $_" } qw(organizationalRole policies)), @lines);
}
sub person {
    my ($uid, @lines) = @_;
    return entry("uid=$uid,$people",
        map({ "objectClass: $_" } qw(inetOrgPerson policies)),
        "cn: $uid", 'sn: Example', "userPassword: $uid secret", @lines);
}
sub service {
    my ($name) = @_;
    return entry("cn=$name,ou=service,$base",
        map({ "objectClass: $_" } qw(organizationalRole simpleSecurityObject)),
        'userPassword: service secret');
}

my $own = sub { "pwdPolicySubentry: cn=$_[0],$policies" };
my $ldif = join '',
    entry($base, map { "objectClass: $_" } qw(dcObject organization)) =~
        s/^(?=objectClass)/o: Example\n/mr,
    map({ entry("ou=$_,$base", 'objectClass: organizationalUnit') }
        qw(people service policies)),
    entry("cn=kerberos,$base", 'objectClass: organizationalRole'),
    map({ service($_) } qw(svc-eas svc-one svc-blind)),
    policy('default', 'pwdLockout: TRUE', 'pwdMaxFailure: 8',
        'pwdFailureCountInterval: 600'),
    policy('while', 'pwdLockout: TRUE', 'pwdMaxFailure: 4',
        'pwdFailureCountInterval: 900'),
    policy('success', 'pwdLockout: TRUE', 'pwdMaxFailure: 6',
        'pwdLockoutDuration: 60'),
    policy('nolock', 'pwdLockout: FALSE', 'pwdMaxFailure: 4'),
    policy('zero', 'pwdLockout: TRUE', 'pwdMaxFailure: 0'),
    kerberos('global_policy', 'krbPwdMaxFailure: 9',
        'krbPwdFailureCountInterval: 120'),
    kerberos('strict', 'krbPwdMaxFailure: 2', 'krbPwdFailureCountInterval: 30'),
    person('everybody', "krbLastPwdChange: 20260102030405Z"),
    map({ person("own$_", $own->($_)) } qw(while success nolock zero)),
    person('gone', $own->('no-such')),
    person('strict', "krbPwdPolicyReference: cn=strict,cn=kerberos,$base"),
    person('lost', "krbPwdPolicyReference: cn=lost,cn=kerberos,$base"),
    person('odd', 'krbPwdPolicyReference: strict');

# svc-one reads the default alone, svc-blind no policy of any kind.
my $slapd = EAS::Slapd->new(dir => "$dir/slapd", certificate => $ca->{server},
    ca => $ca->{ca}, ldif => EAS::Proc::write_file("$dir/data.ldif", $ldif),
    global => "include $schema\n", access => <<"END")->start;
access to dn.exact="cn=default,$policies"
    by dn.exact="cn=svc-one,ou=service,$base" read
    by dn.exact="cn=svc-eas,ou=service,$base" read by * none
access to dn.subtree="$policies"
    by dn.exact="cn=svc-eas,ou=service,$base" read by * none
access to dn.subtree="cn=kerberos,$base"
    by dn.exact="cn=svc-eas,ou=service,$base" read by * none
access to attrs=userPassword by anonymous auth by * none
access to dn.subtree="$people" by * read
access to dn.exact="$base" by * read
END

# The columns: service account, type of the provider, person, what is said of
# them.
my $unreadable = 'the policy is not readable for the service account';
my $never      = 'wrong passwords do not lock this account';
my @rows = (
    [ 'one',   'OpenLDAP', 'everybody', '8 wrong passwords within 10min lock this account' ],
    [ 'one',   'Generic',  'everybody', '8 wrong passwords within 10min lock this account' ],
    # Which of them is the default cannot be known: the strictest of all.
    [ 'eas',   'OpenLDAP', 'everybody', '4 wrong passwords within 24h lock this account' ],
    [ 'eas',   'OpenLDAP', 'ownwhile',  '4 wrong passwords within 15min lock this account' ],
    [ 'eas',   'OpenLDAP', 'ownsuccess', '6 wrong passwords within 24h lock this account' ],
    [ 'eas',   'OpenLDAP', 'ownnolock', $never ],
    [ 'eas',   'OpenLDAP', 'ownzero',   $never ],
    [ 'eas',   'OpenLDAP', 'gone',      $unreadable ],
    [ 'one',   'OpenLDAP', 'ownwhile',  $unreadable ],
    [ 'blind', 'OpenLDAP', 'ownwhile',  $unreadable ],
    [ 'blind', 'OpenLDAP', 'everybody', $unreadable ],
    [ 'eas',   'FreeIPA',  'everybody', '9 wrong passwords within 2min lock this account' ],
    [ 'eas',   'FreeIPA',  'strict',    '2 wrong passwords within 30s lock this account' ],
    [ 'eas',   'FreeIPA',  'lost',      $unreadable ],
    [ 'eas',   'FreeIPA',  'odd',       $unreadable ],
    [ 'blind', 'FreeIPA',  'everybody', $unreadable ],
    [ 'blind', 'FreeIPA',  'strict',    $unreadable ],
);

plan tests => @rows + 6, need_module('eas_auth');

my $secret = EAS::Proc::write_file("$dir/secret", "service secret\n", 0600);
my %provider = map { ("$_->[0]-$_->[1]" => $_) } @rows;
my $httpd = EAS::Httpd->new(dir => "$dir/httpd", config => join '', map {
    my ($account, $type) = @{ $provider{$_} };
    <<"END" } sort keys %provider);
<EASAuthProvider $_>
    EASAuthLDAPURL "@{[ $slapd->url('ldaps') ]}/$people"
    EASAuthLDAPTrustedCA $ca->{ca}
    EASAuthLDAPType $type
    EASAuthLDAPBindDN "cn=svc-$account,ou=service,$base"
    EASAuthLDAPBindPassword file:$secret
</EASAuthProvider>
END
my $command = "$httpd->{httpd} -d $httpd->{dir} -f $httpd->{conf}";

sub account {
    my ($provider, $user) = @_;
    my ($code, $text) = EAS::Proc::run([ 'sh', $SCRIPT, 'account',
        '--provider', $provider, '--httpd', $command, $user ]);
    return ($code, $text);
}
sub stamp {
    my ($code, $text) = account(@_);
    return ($text =~ /^ +the password is that of (\S+)$/m)[0];
}

for (@rows) {
    my ($account, $type, $user, $wanted) = @$_;
    my ($code, $text) = account("$account-$type", $user);
    my ($how, $said) = $text =~ /^    (\w+) +lockout .* ms  (.*)$/m;
    is_deeply([ $code, $how, $said ],
        [ 0, $wanted eq $unreadable ? 'note' : 'ok', $wanted ],
        "svc-$account, $type, $user: $wanted") or diag($text);
}

# --- what was read of the person is not read again

my $mark = $slapd->mark;
account('eas-OpenLDAP', 'ownwhile');
is_deeply([ map { $_->{text} =~ /base="([^"]*)"/ }
        grep { $_->{kind} eq 'SRCH' } $slapd->operations($mark) ],
    [ $people, "uid=ownwhile,$people", "cn=while,$policies" ],
    'one search for the person, one for their state, one for their policy');

# --- the stamp of the password

is(stamp('eas-OpenLDAP', 'everybody'), undef, 'no stamp before a change');
$slapd->replace("uid=everybody,$people", 'userPassword', 'another secret');
my $first = stamp('eas-OpenLDAP', 'everybody');
like($first, qr/^\d{14}(?:\.\d+)?Z$/, 'one after it');
# The next second, or the next of its fractions.
EAS::Proc::wait_until(sub {
    $slapd->replace("uid=everybody,$people", 'userPassword', 'a third secret');
    return stamp('eas-OpenLDAP', 'everybody') ne $first;
}, 5);
isnt(stamp('eas-OpenLDAP', 'everybody'), $first, 'another after the next');
is(stamp('eas-FreeIPA', 'everybody'), '20260102030405Z', 'of a KDC');

is_quiet();
