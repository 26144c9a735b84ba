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

plan tests => 3 * @rows + @groups + 4, need_module(qw(eas_auth ssl));

my $port  = EAS::Port::free();
my $httpd = EAS::Httpd->new(dir => "$dir/httpd", one_child => 1,
    config => <<"END")->start;
Listen 127.0.0.1:$port
SSLEngine on
SSLCertificateFile $ca->{server}{cert}
SSLCertificateKeyFile $ca->{server}{key}
<EASAuthProvider people>
    EASAuthLDAPURL "@{[ $samba->url ]}/@{[ $samba->people ]}"
    EASAuthLDAPType ActiveDirectory
    EASAuthLDAPTrustedCA $ca->{ca}
    EASAuthLDAPBindDN "@{[ $samba->service ]}"
    EASAuthLDAPBindPassword file:$ENV{EAS_STATE}/samba.secret
    EASAuthDomain EXAMPLE example.test
</EASAuthProvider>
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
    my ($code, $text) = EAS::Proc::run([ 'sh', $SCRIPT, $what, '--provider',
        'people', '--httpd', $command, @more, $user ],
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

is(join("\n", $httpd->unexpected(qr/EAS0300: /)), '',
    'nothing unexpected in the log');
is_quiet();
