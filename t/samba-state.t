# SPDX-License-Identifier: Apache-2.0
# The state of an account in a real Active Directory, told without a password
# (easauthctl account), and that it is what a login is told (easauthctl login,
# and httpd).  Who is who: t/samba/people.ldif.
#
# needs: samba

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use EAS::Curl;
use EAS::Httpd;
use EAS::Port;
use EAS::Proc;
use EAS::Test;

my $SCRIPT = "$FindBin::Bin/../support/easauthctl";
my $samba  = samba();
my $ca     = ca();
my $dir    = scratch('samba-state');
my $u      = "\xc3\xbc";    # u umlaut in UTF-8

# As in t/easauthctl.t.
$ENV{ASAN_OPTIONS} .= ':detect_leaks=0' if $ENV{EAS_SANITIZED};

# The columns: person; the state without a password, 'found' where all is
# well; hours until the password expires, undef where nothing is told of it;
# what a login with the right password is told.  A password lives for 42 days.
my @rows = (
    [ 'alice',    'found', 42 * 24, 'granted' ],
    [ "j${u}rgen", 'found', 42 * 24, 'granted' ],
    [ 'disabled', 'account-disabled', 42 * 24, 'account-disabled' ],
    [ 'expired',  'account-expired', 42 * 24, 'account-expired' ],
    # its account expires in two days, its password later
    [ 'ending',   'found', 42 * 24, 'granted' ],
    [ 'soon',     'found', 2 * 24, 'granted' ],
    [ 'pwexpired', 'password-expired', undef, 'password-expired' ],
    [ 'mustchange', 'must-change', undef, 'must-change' ],
    [ 'neverexpires', 'found', undef, 'granted' ],
    [ 'locked',   'directory-locked', 42 * 24, 'directory-locked' ],
    # lockoutTime is set, and over
    [ 'unlocked', 'found', 42 * 24, 'granted' ],
    # A certificate is what it asks for; nobody has its password.
    [ 'smartcard', 'found', undef, 'wrong-password' ],
    # Of a logon alone, not of the account.
    [ 'hours',    'found', 42 * 24, 'logon-hours' ],
    [ 'workstation', 'found', 42 * 24, 'logon-workstation' ],
);
my %STATUS = (
    granted => 200, 'directory-locked' => 503, 'wrong-password' => 401,
    map({ $_ => 403 } qw(account-disabled account-expired password-expired
        must-change logon-hours logon-workstation)),
);
my @groups = (    # person, group, result, what is said
    [ 'alice', 'local', 'found', qr/ok +group .* ms  a member of "local"$/m ],
    [ 'bob', 'local', 'not-authorized', qr/FAILED +group .* ms  no member of "local"$/m ],
    [ 'bob', 'nosuch', 'misconfigured',
        qr/FAILED +group .* ms  cannot tell of "nosuch": group "nosuch": there is none/m ],
    [ 'disabled', 'mobile', 'account-disabled', qr/no member of "mobile"$/m ],
);

# After how many wrong passwords the domain locks somebody: the provider, whose
# service account reads what everybody may or is the administrator; the
# person; what is told.  Bob will have a policy of his own.
my @locks = (
    [ 'people', 'alice', 'ok', '3 wrong passwords within 30min lock this account' ],
    [ 'admin',  'alice', 'ok', '3 wrong passwords within 30min lock this account' ],
    [ 'people', 'bob', 'note', 'the policy is not readable for the service account' ],
    [ 'admin',  'bob', 'ok', '7 wrong passwords within 10min lock this account' ],
    [ 'catalog', 'alice', 'ok', '3 wrong passwords within 30min lock this account' ],
    [ 'catalog', 'bob', 'ok', '7 wrong passwords within 10min lock this account' ],
);

plan tests => 3 * @rows + @groups + @locks + 7, need_module(qw(eas_auth ssl));

# Name, port, who searches, and the file with their password.
my @providers = (
    [ 'people', undef, $samba->service, "$ENV{EAS_STATE}/samba.secret" ],
    map({ [ @$_, 'CN=Administrator,CN=Users,' . $samba->base,
        "$dir/administrator.secret" ] } [ 'admin', undef ], [ 'catalog', 3269 ]),
);
EAS::Proc::write_file("$dir/administrator.secret",
    $samba->administrator_secret . "\n", 0600);

sub provider {
    my ($name, $port_, $dn, $secret) = @_;
    return <<"END";
<EASAuthProvider $name>
    EASAuthLDAPURL "@{[ $samba->url('ldaps', $port_) ]}/@{[ $samba->people ]}"
    EASAuthLDAPType ActiveDirectory
    EASAuthLDAPTrustedCA $ca->{ca}
    EASAuthLDAPBindDN "$dn"
    EASAuthLDAPBindPassword file:$secret
    EASAuthDomain EXAMPLE example.test
</EASAuthProvider>
END
}

my $port  = EAS::Port::free();
my $httpd = EAS::Httpd->new(dir => "$dir/httpd", one_child => 1,
    config => <<"END")->start;
Listen 127.0.0.1:$port
SSLEngine on
SSLCertificateFile $ca->{server}{cert}
SSLCertificateKeyFile $ca->{server}{key}
@{[ map { provider(@$_) } @providers ]}
<Location /people>
    AuthType EAS-Basic
    AuthName "Test mail"
    EASAuthProvider people
    Require valid-user
</Location>
END
EAS::Proc::write_file("$dir/httpd/htdocs/people", "in\n");
my $command = "$httpd->{httpd} -d $httpd->{dir} -f $httpd->{conf}";
my $client  = EAS::Curl->new(base => "https://localhost:$port",
    cacert => $ca->{ca});

# (exit code, result, text)
sub ctl {
    my ($what, $user, $stdin, @more) = @_;
    return ctl_of('people', $what, $user, $stdin, @more);
}
sub ctl_of {
    my ($provider, $what, $user, $stdin, @more) = @_;
    my ($code, $text) = EAS::Proc::run([ 'sh', $SCRIPT, $what, '--provider',
        $provider, '--httpd', $command, @more, $user ],
        defined $stdin ? (stdin => $stdin) : ());
    return ($code, $text =~ /^result ([a-z-]+)/m, $text);
}

for (@rows) {
    my ($user, $state, $hours, $reason) = @$_;
    my $mark = $samba->mark;
    my ($code, $result, $text) = ctl('account', $user);
    my ($step, $said) = $text =~ /^    (\w+) +state .* ms  ([\w -]+)/m;
    my ($left) = $text =~ /^ +the password expires in (\d+) hours$/m;
    # of what has begun, an hour less is left
    $left++ if defined $left && defined $hours && $left == $hours - 1;
    my $well = $state eq 'found';
    is_deeply([ $code, $result, $step, $said, $left ],
        [ $well ? 0 : 1, $state, $well ? 'ok' : 'FAILED',
            $well ? 'nothing speaks against the account' : $state, $hours ],
        "$user, no password: $state") or diag($text);
    is(scalar(grep { lc $_->{user} eq lc $user } $samba->binds($mark)), 0,
        "$user, no password: no bind");

    # The same by a login, once: the domain locks after the third wrong one.
    my $password = EAS::Test::password($user);
    ($code, $result, $text) = ctl('login', $user, "$password\n");
    $mark = $httpd->mark;
    my $answer = $client->request('GET', '/people', user => $user,
        password => $password);
    is_deeply(
        [ $code, $result, $answer->status,
            map { $_->{reason} } $httpd->decisions($mark) ],
        [ $reason eq 'granted' ? 0 : 1, $reason, $STATUS{$reason}, $reason ],
        "$user, with the password: $reason")
        or diag($text, $answer->show, $httpd->log_since($mark));
}
for (@groups) {
    my ($user, $group, $wanted, $pattern) = @$_;
    my ($code, $result, $text) = ctl('account', $user, undef, '--group', $group);
    is_deeply([ $code, $result, $text =~ $pattern ? 1 : 0 ],
        [ $wanted eq 'found' ? 0 : 1, $wanted, 1 ], "$user, $group: $wanted")
        or diag($text);
}

# --- what changes is seen at once

my $change = sub {
    $samba->modify("dn: CN=bob,@{[ $samba->people ]}\nchangetype: modify\n"
        . "replace: userAccountControl\nuserAccountControl: $_[0]\n");
};
$change->(514);
is((ctl('account', 'bob'))[1], 'account-disabled', 'disabled meanwhile');
$change->(512);
is((ctl('account', 'bob'))[1], 'found', 'and enabled again');

# --- after what the domain locks

my $pso = "CN=lax,CN=Password Settings Container,CN=System,@{[ $samba->base ]}";
my $bob = "CN=bob,@{[ $samba->people ]}";
$samba->modify(<<"END");
dn: $pso
changetype: add
objectClass: msDS-PasswordSettings
msDS-PasswordSettingsPrecedence: 10
msDS-PasswordReversibleEncryptionEnabled: FALSE
msDS-PasswordHistoryLength: 0
msDS-PasswordComplexityEnabled: FALSE
msDS-MinimumPasswordLength: 4
msDS-MinimumPasswordAge: 0
msDS-MaximumPasswordAge: -36288000000000
msDS-LockoutThreshold: 7
msDS-LockoutObservationWindow: -6000000000
msDS-LockoutDuration: -6000000000
msDS-PSOAppliesTo: $bob
END
for (@locks) {
    my ($provider, $user, $how, $said) = @$_;
    my (undef, undef, $text) = ctl_of($provider, 'account', $user);
    is_deeply([ $text =~ /^    (\w+) +lockout .* ms  (.*)$/m ],
        [ $how, $said ], "$provider, $user: $said") or diag($text);
}
$samba->modify("dn: $pso\nchangetype: delete\n");

# --- the stamp of the password

sub stamp {
    return ((ctl_of($_[0], 'account', 'bob'))[2]
        =~ /^ +the password is that of (\d+)$/m)[0];
}
my $set = $samba->entry($bob, 'pwdLastSet')->{pwdLastSet}[0];
is(stamp('people'), $set, 'when it was set');
# That of Windows has no pwdLastSet.
is(stamp('catalog'), $set, 'the Global Catalog of Samba tells, too');
$samba->modify(<<"END");
dn: $bob
changetype: modify
replace: pwdLastSet
pwdLastSet: 0
END
is(stamp('people'), 0, 'to be changed');
$samba->modify(<<"END");
dn: $bob
changetype: modify
replace: pwdLastSet
pwdLastSet: -1
END

is(join("\n", $httpd->unexpected(qr/EAS0300: /)), '',
    'nothing unexpected in the log');
is_quiet();
