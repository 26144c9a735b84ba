# SPDX-License-Identifier: Apache-2.0
# The state of an account where the directory is slapd: by ppolicy's
# attributes and its usability control, without a password; by shadowExpire
# and by the attributes of FreeIPA, of people whom slapd itself lets bind; and
# what is remembered of an entry while it changes.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use POSIX ();
use EAS::Curl;
use EAS::Httpd;
use EAS::Port;
use EAS::Proc;
use EAS::Slapd;
use EAS::Test;

my $SCRIPT = "$FindBin::Bin/../support/easauthctl";
my $ca     = ca();
my $dir    = scratch('state');
my $people = 'ou=people,dc=example,dc=test';
my $policies = 'ou=policies,dc=example,dc=test';
my ($nis) = grep { -e } '/etc/ldap/schema/nis.schema',
    '/etc/openldap/schema/nis.schema';

# As in t/easauthctl.t.
$ENV{ASAN_OPTIONS} .= ':detect_leaks=0' if $ENV{EAS_SANITIZED};

my ($MINUTE, $HOUR, $DAY) = (60, 3600, 86_400);
my $now = time;
sub at { return POSIX::strftime('%Y%m%d%H%M%SZ', gmtime $now + $_[0]) }
sub day { return int($now / $DAY) + $_[0] }

# --- people

sub person {
    my ($uid, @lines) = @_;
    my $class = "@lines" =~ /^shadow|krb|nsAccountLock/m ? <<"END" : '';
objectClass: shadowAccount
objectClass: ipaLikePerson
END
    return "dn: uid=$uid,$people\nobjectClass: inetOrgPerson\n${class}"
        . "uid: $uid\ncn: $uid\nsn: Example\nuserPassword: $uid secret\n"
        . join('', map { "$_\n" } @lines) . "\n";
}
sub policy {
    my ($name, @lines) = @_;
    return "dn: cn=$name,$policies\nobjectClass: pwdPolicy\n"
        . "objectClass: organizationalRole\ncn: $name\n"
        . "pwdAttribute: userPassword\n"
        . join('', map { "$_\n" } @lines) . "\n";
}
sub of { return "pwdPolicySubentry: cn=$_[0],$policies" }

# The columns: person; what slapd keeps of them; the state without a password,
# where the service account may compare passwords, so that the usability
# control comes, and where it may not; hours until the password expires; what
# a login is told.
my @states = (
    [ 'well',       [], 'found', 'found', undef, 'granted' ],
    [ 'forgood',    [ of('lockout'), 'pwdAccountLockedTime: 000001010000Z' ],
        'directory-locked', 'directory-locked', undef, 'directory-locked' ],
    [ 'untilreset', [ of('lockout'), 'pwdAccountLockedTime: ' . at(-2 * $DAY) ],
        'directory-locked', 'directory-locked', undef, 'directory-locked' ],
    [ 'forawhile',  [ of('while'), 'pwdAccountLockedTime: ' . at(-$MINUTE) ],
        'directory-locked', 'directory-locked', undef, 'directory-locked' ],
    # Until it next logs in, the attribute stays; how long a lock lasts is in a
    # policy.
    [ 'unlocked',   [ of('while'), 'pwdAccountLockedTime: ' . at(-2 * $DAY) ],
        'found', 'directory-locked', undef, 'granted' ],
    [ 'reset',      ['pwdReset: TRUE'], 'must-change', 'must-change', undef,
        'must-change' ],
    # Without the control nobody can know: that is in a policy, too.
    [ 'expired',    [ of('expiring'), 'pwdChangedTime: ' . at(-2 * $DAY) ],
        'password-expired', 'found', undef, 'password-expired' ],
    [ 'grace',      [ of('grace'), 'pwdChangedTime: ' . at(-2 * $DAY) ],
        'password-expired', 'found', undef, 'password-expired' ],
    [ 'expiring',   [ of('expiring'), 'pwdChangedTime: ' . at(-12 * $HOUR - 300) ],
        'found', 'found', 12, 'granted' ],
    [ 'expiredreset', [ of('expiring'), 'pwdChangedTime: ' . at(-2 * $DAY),
        'pwdReset: TRUE' ], 'must-change', 'must-change', undef,
        'password-expired' ],
    # slapd says of a login no more than that the account is locked.
    [ 'ended',      [ 'pwdEndTime: ' . at(-$MINUTE) ],
        'account-expired', 'account-expired', undef, 'directory-locked' ],
    [ 'notyet',     [ 'pwdStartTime: ' . at($DAY) ],
        'account-restricted', 'account-restricted', undef, 'directory-locked' ],
    [ 'between',    [ 'pwdStartTime: ' . at(-$DAY), 'pwdEndTime: ' . at($DAY) ],
        'found', 'found', undef, 'granted' ],
    # Of these slapd knows nothing.
    [ 'shadowpast',  [ 'shadowExpire: ' . day(-1) ], 'account-expired',
        'account-expired', undef, 'account-expired' ],
    [ 'shadowtoday', [ 'shadowExpire: ' . day(0) ], 'account-expired',
        'account-expired', undef, 'account-expired' ],
    [ 'shadowlater', [ 'shadowExpire: ' . day(2) ], 'found', 'found', undef,
        'granted' ],
    [ 'shadownever', ['shadowExpire: -1'], 'found', 'found', undef, 'granted' ],
    [ 'shadowzero',  ['shadowExpire: 0'], 'account-expired', 'account-expired',
        undef, 'account-expired' ],
);
# The same for a provider of type FreeIPA: person, what it has, the state with
# or without a password.
my @ipa = (
    [ 'ipawell',   [], 'granted', undef ],
    [ 'ipapast',   [ 'krbPasswordExpiration: ' . at(-1) ], 'password-expired', undef ],
    [ 'ipalater',  [ 'krbPasswordExpiration: ' . at(5 * $HOUR) ], 'granted', 5 ],
    [ 'ipaended',  [ 'krbPrincipalExpiration: ' . at(-1) ], 'account-expired', undef ],
    [ 'ipaending', [ 'krbPrincipalExpiration: ' . at($DAY) ], 'granted', undef ],
    [ 'ipalocked', ['nsAccountLock: TRUE'], 'account-disabled', undef ],
    [ 'ipaopen',   ['nsAccountLock: FALSE'], 'granted', undef ],
    [ 'ipaboth',   [ 'nsAccountLock: true', 'krbPasswordExpiration: ' . at(-1) ],
        'account-disabled', undef ],
);
# A double of Active Directory, whose service account may not read what it
# needs: person, the attribute that is hidden.
my %ad_state = (userAccountControl => 512, accountExpires => 0,
    'msDS-User-Account-Control-Computed' => 0,
    pwdLastSet => '133000000000000000');
my @hidden = (map([ 'no' . lc(s/\W//gr), $_ ], sort keys %ad_state),
    [ 'visible', undef ]);

my $ldif = EAS::Proc::read_file("$FindBin::Bin/slapd/example.ldif")
    =~ s/^dn: uid=(?:locked|guessed|expired|grace|warned|mustchange),.*?\n\n?(?=dn:|\z)//msgr
    . "\n" . policy('while', 'pwdLockout: TRUE', 'pwdMaxFailure: 3',
        'pwdLockoutDuration: 3600')
    . "dn: ou=more,$people\nobjectClass: organizationalUnit\nou: more\n\n"
    . "dn: cn=svc-blind,ou=service,dc=example,dc=test\n"
    . "objectClass: organizationalRole\nobjectClass: simpleSecurityObject\n"
    . "cn: svc-blind\nuserPassword: blind secret\n\n"
    . join('', map { person($_->[0], @{ $_->[1] }) } @states, @ipa)
    . join('', map { person($_) } qw(mover goner wronged))
    . person('renewed', of('while'));
my $slapd = EAS::Slapd->new(dir => "$dir/slapd", certificate => $ca->{server},
    ca => $ca->{ca}, ldif => EAS::Proc::write_file("$dir/data.ldif", $ldif),
    global => "include $nis\ninclude $FindBin::Bin/slapd/freeipa.schema\n",
    access => <<'END')->start;
access to attrs=userPassword
    by dn.exact="cn=svc-eas,ou=service,dc=example,dc=test" compare
    by anonymous auth by * none
access to *
    by dn.exact="cn=svc-blind,ou=service,dc=example,dc=test" read by * break
END
my $ad = EAS::Slapd->new(dir => "$dir/ad", data => 'ad',
    certificate => $ca->{server}, ca => $ca->{ca},
    ldif => EAS::Proc::write_file("$dir/ad.ldif",
        EAS::Proc::read_file("$FindBin::Bin/slapd/ad.ldif") . "\n"
        . join '', map {
            "dn: CN=$_->[0],CN=Users,dc=ad,dc=test\n"
            . "objectClass: inetOrgPerson\nobjectClass: adLikePerson\n"
            . "cn: $_->[0]\nsn: X\nsAMAccountName: $_->[0]\n"
            . "userPassword: $_->[0] secret\n"
            . join('', map { "$_: $ad_state{$_}\n" } sort keys %ad_state) . "\n"
        } @hidden),
    access => join '', map { $_->[1]
        ? "access to dn.exact=\"CN=$_->[0],CN=Users,dc=ad,dc=test\" "
            . "attrs=$_->[1] by * none\n" : () } @hidden)->start;

my %STATUS = (
    granted => 200, 'directory-locked' => 503,
    map({ $_ => 401 } qw(wrong-password unknown-user)),
    map({ $_ => 403 } qw(account-disabled account-expired password-expired
        must-change)),
);

# --- servers

my $port = EAS::Port::free();
my %provider = (
    openldap => [ $slapd, 'OpenLDAP', $people, $slapd->service, $slapd->secret ],
    blind    => [ $slapd, 'OpenLDAP', $people,
        'cn=svc-blind,ou=service,dc=example,dc=test', 'blind secret' ],
    freeipa  => [ $slapd, 'FreeIPA', $people, $slapd->service, $slapd->secret ],
    ad       => [ $ad, 'ActiveDirectory', $ad->suffix, $ad->service, $ad->secret ],
);
my $config = <<"END" . join '', map { <<"PROVIDER" } sort keys %provider;
Listen 127.0.0.1:$port
SSLEngine on
SSLCertificateFile $ca->{server}{cert}
SSLCertificateKeyFile $ca->{server}{key}
END
<EASAuthProvider $_>
    EASAuthLDAPURL "@{[ $provider{$_}[0]->url('ldaps') ]}/$provider{$_}[2]"
    EASAuthLDAPTrustedCA $ca->{ca}
    EASAuthLDAPType $provider{$_}[1]
    EASAuthLDAPBindDN "$provider{$_}[3]"
    EASAuthLDAPBindPassword file:@{[ EAS::Proc::write_file("$dir/$_.secret",
        "$provider{$_}[4]\n", 0600) ]}
</EASAuthProvider>
<Location /$_>
    AuthType EAS-Basic
    AuthName "Test mail"
    EASAuthProvider $_
    Require valid-user
</Location>
PROVIDER
my $httpd = EAS::Httpd->new(dir => "$dir/httpd", one_child => 1,
    config => $config)->start;
EAS::Proc::write_file("$dir/httpd/htdocs/$_", "in\n") for keys %provider;
my $command = "$httpd->{httpd} -d $httpd->{dir} -f $httpd->{conf}";
my $client  = EAS::Curl->new(base => "https://localhost:$port",
    cacert => $ca->{ca});

# What easauthctl says of a person without a password: (exit code, result,
# hours until the password expires, all of it).
sub account {
    my ($provider, $user) = @_;
    my ($code, $text) = EAS::Proc::run([ 'sh', $SCRIPT, 'account',
        '--provider', $provider, '--httpd', $command, $user ]);
    my ($result) = $text =~ /^result ([a-z-]+)/m;
    my ($left) = $text =~ /^ +the password expires in (\d+) hours$/m;
    # of what has begun, an hour less is left
    return ($code, $result, defined $left ? $left + 1 : undef, $text);
}

# A login: "STATUS REASON", and what it cost.
sub enter {
    my ($provider, $user, $password) = @_;
    my ($mark, $cost) = ($httpd->mark, $slapd->mark);
    my $answer = $client->request('GET', "/$provider", user => $user,
        password => defined $password ? $password : "$user secret");
    return (join(' ', $answer->status,
            map { $_->{reason} } $httpd->decisions($mark)),
        $slapd->summary($cost));
}

# --- what is remembered of an entry, while it changes: what is done first,
# and the logins that follow it, [person, password, answer, cost]

my $warm = 'BIND=1';
my $look = 'BIND=1 SRCH=1';
my @changes = (
    [ 'nothing changes', 'openldap', undef,
        [ 'well', undef, '200 granted', $look ],
        [ 'well', undef, '200 granted', $warm ],
        [ 'wronged', undef, '200 granted', $look ],
        # one bind: the password is not sent to the same entry twice
        [ 'wronged', 'wrong', '401 wrong-password', $look ],
        [ 'wronged', undef, '200 granted', $warm ] ],
    [ 'an entry that moves', 'openldap',
        sub { $slapd->move("uid=mover,$people", 'uid=mover', "ou=more,$people") },
        [ 'mover', undef, '200 granted', $look ], 'then',
        [ 'mover', undef, '200 granted', 'BIND=2 SRCH=1' ],
        [ 'mover', undef, '200 granted', $warm ] ],
    [ 'one that moves back, and a wrong password', 'openldap',
        sub { $slapd->move("uid=mover,ou=more,$people", 'uid=mover', $people) },
        'then', [ 'mover', 'wrong', '401 wrong-password', 'BIND=2 SRCH=1' ],
        [ 'mover', undef, '200 granted', $warm ] ],
    [ 'an entry that goes', 'openldap',
        sub { $slapd->remove("uid=goner,$people") },
        [ 'goner', undef, '200 granted', $look ], 'then',
        [ 'goner', undef, '401 unknown-user', $look ],
        [ 'goner', undef, '401 unknown-user', 'SRCH=1' ] ],
    [ 'another password', 'openldap',
        sub { $slapd->replace("uid=renewed,$people", 'userPassword', 'new secret') },
        [ 'renewed', undef, '200 granted', $look ], 'then',
        [ 'renewed', undef, '401 wrong-password', $look ],
        [ 'renewed', 'new secret', '200 granted', $warm ] ],
    [ 'an account that is prolonged', 'openldap',
        sub { $slapd->replace("uid=shadowpast,$people", 'shadowExpire', -1) },
        [ 'shadowpast', undef, '403 account-expired', $look ],
        [ 'shadowpast', undef, '403 account-expired', $look ], 'then',
        [ 'shadowpast', undef, '200 granted', $look ],
        [ 'shadowpast', undef, '200 granted', $warm ] ],
    [ 'a password that is renewed', 'freeipa',
        sub { $slapd->replace("uid=ipapast,$people", 'krbPasswordExpiration', at($DAY)) },
        [ 'ipapast', undef, '403 password-expired', $look ],
        [ 'ipapast', undef, '403 password-expired', $look ], 'then',
        [ 'ipapast', undef, '200 granted', $look ],
        [ 'ipapast', undef, '200 granted', $warm ] ],
    [ 'an account that is enabled', 'freeipa',
        sub { $slapd->replace("uid=ipalocked,$people", 'nsAccountLock') },
        [ 'ipalocked', undef, '403 account-disabled', $look ], 'then',
        [ 'ipalocked', 'wrong', '401 wrong-password', $look ],
        [ 'ipalocked', undef, '200 granted', $warm ] ],
);
my $logins = 0;
$logins += grep { ref eq 'ARRAY' } @$_ for @changes;

plan tests => 3 * @states + 2 * @ipa + 2 * @hidden + $logins + 2,
    need_module(qw(eas_auth ssl));

for (@states) {
    my ($user, undef, $state, $blind, $hours, $reason) = @$_;
    my ($code, $result, $left, $text) = account('openldap', $user);
    is_deeply([ $code, $result, $left ],
        [ $state eq 'found' ? 0 : 1, $state, $hours ],
        "$user, by the control: $state") or diag($text);
    ($code, $result, $left, $text) = account('blind', $user);
    is_deeply([ $code, $result, $left ],
        [ $blind eq 'found' ? 0 : 1, $blind, undef ],
        "$user, by attributes alone: $blind") or diag($text);
}
for (@ipa) {
    my ($user, undef, $reason, $hours) = @$_;
    my ($code, $result, $left, $text) = account('freeipa', $user);
    my $well = $reason eq 'granted';
    is_deeply([ $code, $result, $left ],
        [ $well ? 0 : 1, $well ? 'found' : $reason, $hours ],
        "$user, no password: $reason") or diag($text);
}
for (@hidden) {
    my ($user, $attribute) = @$_;
    my ($code, $result, undef, $text) = account('ad', $user);
    my ($said) = $text =~ /the attribute (\S+) could not be read: let the service account read it/;
    is_deeply([ $code, $result, $said ],
        $attribute ? [ 1, 'misconfigured', $attribute ] : [ 0, 'found', undef ],
        "$user: " . ($attribute ? "what cannot be read is not well" : 'found'))
        or diag($text);
    # Who has a password is judged by the directory.
    is((enter('ad', $user))[0], '200 granted', "$user, with the password");
}
for my $change (@changes) {
    my ($name, $provider, $do, @steps) = @$change;
    for my $step (@steps) {
        if (!ref $step) {
            $do->();
            next;
        }
        my ($user, $password, $answer, $cost) = @$step;
        is_deeply([ enter($provider, $user, $password) ], [ $answer, $cost ],
            "$name: $user" . (defined $password ? ", $password" : '')
            . ": $answer, $cost");
    }
}
# What has changed above is as it is above.
my %since = (shadowpast => 'granted', ipapast => 'granted',
    ipalocked => 'granted');
for ([ 'openldap', 5, @states ], [ 'freeipa', 2, @ipa ]) {
    my ($provider, $column, @rows) = @$_;
    for my $row (@rows) {
        my $reason = $since{ $row->[0] } || $row->[$column];
        is((enter($provider, $row->[0]))[0], "$STATUS{$reason} $reason",
            "$row->[0], with the password: $reason");
    }
}

is(join("\n", $httpd->unexpected(qr/EAS0300: /)), '',
    'nothing unexpected in the log');
is_quiet();
