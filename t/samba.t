# SPDX-License-Identifier: Apache-2.0
# A real Active Directory: every form of a login, every state of an account,
# and what is told of it.  Who is who: t/samba/people.ldif.
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
use EAS::Test;

my $samba = samba();
my $ca    = ca();
my $u     = "\xc3\xbc";    # u umlaut in UTF-8

my $service = sprintf qq(EASAuthLDAPBindDN "%s"\nEASAuthLDAPBindPassword file:%s),
    $samba->service, "$ENV{EAS_STATE}/samba.secret";
my $people = $samba->people;
my $root   = $samba->base;

# name => [URL, lines of the provider]
my %provider = (
    people   => [ $samba->url . "/$people", $service ],
    # Here a search also answers with references to other parts of the forest.
    root     => [ $samba->url . "/$root", $service ],
    starttls => [ $samba->url('ldap') . "/$people", $service ],
    catalog  => [ $samba->url('ldaps', 3269) . "/$root", $service ],
    upn      => [ $samba->url . "/$root", 'EASAuthLDAPBindTemplate %u@example.test' ],
    down     => [ $samba->url . "/$root", 'EASAuthLDAPBindTemplate %d\%u' ],
);

# The columns: name, provider, login, password (undef: the right one), reason,
# the name that the log gives the person.  The third wrong password of anybody
# who is not let in between would lock the account.
my @rows = (
    [ 'sAMAccountName',         'people', 'alice', undef, 'granted', 'alice' ],
    [ 'in capital letters',     'people', 'ALICE', undef, 'granted', 'alice' ],
    [ 'DOMAIN\user',            'people', 'EXAMPLE\alice', undef, 'granted', 'alice' ],
    [ 'DNS domain and user',    'people', 'example.test\alice', undef, 'granted', 'alice' ],
    [ 'userPrincipalName',      'people', 'alice@example.test', undef, 'granted', 'alice' ],
    [ 'of another suffix',      'people', 'caroline@corp.example', 'carol secret', 'granted', 'carol' ],
    [ 'its first part alone',   'people', 'caroline', 'carol secret', 'unknown-user', undef ],
    [ 'a UPN that nobody wrote down', 'people', 'carol@example.test', 'carol secret', 'granted', 'carol' ],
    [ 'mail',                   'people', 'alice.liddell@mail.example', 'alice:secret', 'granted', 'alice' ],
    [ 'proxyAddresses',         'people', 'a.liddell@mail.example', 'alice:secret', 'granted', 'alice' ],
    [ 'umlauts',                'people', "j${u}rgen", undef, 'granted', 'j\xc3\xbcrgen' ],
    [ 'umlauts, UPN',           'people', "j${u}rgen\@example.test", "geheim-$u", 'granted', 'j\xc3\xbcrgen' ],
    [ 'umlauts, Latin-1',       'people', "j\xfcrgen", "geheim-\xfc", 'granted', 'j\xc3\xbcrgen' ],
    [ 'wrong password',         'people', 'alice', 'wrong', 'wrong-password', 'alice' ],
    [ 'wrong password, UPN',    'people', 'alice@example.test', 'as wrong', 'wrong-password', 'alice' ],
    [ 'right again',            'people', 'alice', undef, 'granted', 'alice' ],
    [ 'no password',            'people', 'alice', '', 'empty-password', undef ],
    [ 'unknown',                'people', 'nobody', 'x', 'unknown-user', undef ],
    [ 'foreign domain',         'people', 'FOREIGN\alice', undef, 'unknown-user', undef ],
    [ 'outside the base',       'people', 'svc-eas', 'samba service secret', 'unknown-user', undef ],

    [ 'disabled',               'people', 'disabled', undef, 'account-disabled', 'disabled' ],
    [ 'disabled, wrong password', 'people', 'disabled', 'wrong', 'wrong-password', 'disabled' ],
    [ 'expired',                'people', 'expired', undef, 'account-expired', 'expired' ],
    [ 'expires the day after tomorrow', 'people', 'ending', undef, 'granted', 'ending' ],
    [ 'password expired',       'people', 'pwexpired', undef, 'password-expired', 'pwexpired' ],
    [ 'password nearly expired', 'people', 'soon', undef, 'granted', 'soon' ],
    [ 'password never expires', 'people', 'neverexpires', undef, 'granted', 'neverexpires' ],
    [ 'must change',            'people', 'mustchange', undef, 'must-change', 'mustchange' ],
    [ 'must change, wrong password', 'people', 'mustchange', 'wrong', 'wrong-password', 'mustchange' ],
    [ 'logon hours',            'people', 'hours', undef, 'logon-hours', 'hours' ],
    [ 'workstations',           'people', 'workstation', undef, 'logon-workstation', 'workstation' ],
    [ 'smart card required',    'people', 'smartcard', undef, 'wrong-password', 'smartcard' ],
    [ 'locked',                 'people', 'locked', undef, 'directory-locked', 'locked' ],
    [ 'locked, wrong password', 'people', 'locked', 'wrong', 'directory-locked', 'locked' ],
    [ 'lockoutTime is set and over', 'people', 'unlocked', undef, 'granted', 'unlocked' ],

    [ 'from the root',          'root', 'alice', undef, 'granted', 'alice' ],
    [ 'from the root, UPN',     'root', 'alice@example.test', undef, 'granted', 'alice' ],
    [ 'from the root, mail',    'root', 'a.liddell@mail.example', 'alice:secret', 'granted', 'alice' ],
    [ 'from the root, wrong password', 'root', 'neverexpires', 'wrong', 'wrong-password', 'neverexpires' ],
    [ 'from the root, unknown', 'root', 'nobody', 'x', 'unknown-user', undef ],
    [ 'from the root, disabled', 'root', 'disabled', undef, 'account-disabled', 'disabled' ],

    [ 'StartTLS',               'starttls', 'alice', undef, 'granted', 'alice' ],
    [ 'StartTLS, wrong password', 'starttls', 'ending', 'wrong', 'wrong-password', 'ending' ],
    [ 'StartTLS, must change',  'starttls', 'mustchange', undef, 'must-change', 'mustchange' ],

    [ 'Global Catalog',         'catalog', 'alice', undef, 'granted', 'alice' ],
    [ 'Global Catalog, UPN',    'catalog', 'caroline@corp.example', 'carol secret', 'granted', 'carol' ],
    [ 'Global Catalog, expired', 'catalog', 'expired', undef, 'account-expired', 'expired' ],

    [ 'bind as a UPN',          'upn', 'alice', undef, 'granted', 'alice' ],
    [ 'bind as a UPN, umlauts', 'upn', "j${u}rgen", undef, 'granted', 'j\xc3\xbcrgen' ],
    [ 'bind as a UPN, wrong password', 'upn', 'soon', 'wrong', 'wrong-password', 'soon' ],
    [ 'bind as a UPN, unknown', 'upn', 'nobody', 'x', 'wrong-password', 'nobody' ],
    [ 'bind as a UPN, disabled', 'upn', 'disabled', undef, 'account-disabled', 'disabled' ],
    [ 'bind as a UPN, must change', 'upn', 'mustchange', undef, 'must-change', 'mustchange' ],
    [ 'bind as a UPN, locked',  'upn', 'locked', undef, 'directory-locked', 'locked' ],
    [ 'bind as DOMAIN\user',    'down', 'alice', undef, 'granted', 'alice' ],
    [ 'bind as DOMAIN\user, typed so', 'down', 'EXAMPLE\alice', undef, 'granted', 'alice' ],
    [ 'bind as DOMAIN\user, wrong password', 'down', 'carol', 'wrong', 'wrong-password', 'carol' ],
    [ 'bind as DOMAIN\user, password expired', 'down', 'pwexpired', undef, 'password-expired', 'pwexpired' ],

    # The domain locks after the third.
    [ 'first wrong password',   'people', 'lockable', 'wrong 1', 'wrong-password', 'lockable' ],
    [ 'second wrong password',  'people', 'lockable', 'wrong 2', 'wrong-password', 'lockable' ],
    [ 'third wrong password',   'people', 'lockable', 'wrong 3', 'wrong-password', 'lockable' ],
    [ 'then the right one',     'people', 'lockable', undef, 'directory-locked', 'lockable' ],
);

my %STATUS = (
    granted => 200, 'directory-locked' => 503,
    map({ $_ => 401 } qw(wrong-password unknown-user empty-password)),
    map({ $_ => 403 } qw(account-disabled account-expired password-expired
        must-change logon-hours logon-workstation)),
);

plan tests => @rows + 10, need_module(qw(eas_auth ssl));

my $sections = join '', map { <<"END" } sort keys %provider;
<EASAuthProvider $_>
    EASAuthLDAPURL "$provider{$_}[0]"
    EASAuthLDAPType ActiveDirectory
    EASAuthLDAPTrustedCA $ca->{ca}
    EASAuthDomain EXAMPLE example.test
    $provider{$_}[1]
</EASAuthProvider>
<Location /$_>
    AuthType EAS-Basic
    AuthName "Test mail"
    EASAuthProvider $_
    Require valid-user
</Location>
END
my $dir   = scratch('samba');
my $port  = EAS::Port::free();
my $httpd = EAS::Httpd->new(dir => "$dir/httpd", one_child => 1,
    config => <<"END")->start;
Listen 127.0.0.1:$port
SSLEngine on
SSLCertificateFile $ca->{server}{cert}
SSLCertificateKeyFile $ca->{server}{key}
$sections
END
EAS::Proc::write_file("$dir/httpd/htdocs/$_", "in\n") for keys %provider;
my $client = EAS::Curl->new(base => "https://localhost:$port",
    cacert => $ca->{ca});

sub ask {
    my ($place, $login, $password) = @_;
    my $mark   = $httpd->mark;
    my $answer = $client->request('GET', "/$place", user => $login,
        password => $password);
    return ($answer, $httpd->decisions($mark));
}

for (@rows) {
    my ($name, $place, $login, $password, $reason, $person) = @$_;
    if (!defined $password) {
        my ($user) = lc($login) =~ /^(?:.*\\)?([^\@]*)/;
        $password = EAS::Test::password($user);
    }
    my ($answer, @decided) = ask($place, $login, $password);
    is_deeply(
        [ $answer->status, map { $_->{reason}, $_->{user} } @decided ],
        [ $STATUS{$reason}, $reason, $person ], "$name: $reason")
        or diag($answer->show, "\n", map { "$_->{line}\n" } @decided);
}

# --- what a login costs, as the domain controller counts it

sub binds {
    my ($user, $mark) = @_;
    return join ' ',
        map { $_->{status} } grep { $_->{user} eq $user } $samba->binds($mark);
}

my $mark = $samba->mark;
my (undef, $granted) = ask('people', 'alice', 'alice:secret');
like($granted->{id}, qr/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    'alice is known by her objectGUID');
is($granted->{id}, $samba->entry("CN=Alice Liddell,$people", 'objectGUID')
        ->{objectGUID}[0], 'as Windows writes it');
ask('people', 'bob', 'wrong');
is(binds('alice', $mark), 'OK', 'a login is one bind');
is(binds('bob', $mark), 'WRONG_PASSWORD', 'a wrong password is one bind');
$mark = $samba->mark;
ask('people', 'alice', '');
ask('people', 'nobody', 'x');
is(join(' ', map { $_->{user} } $samba->binds($mark)), '',
    'no password, or nobody of that name: no bind');

# --- what changes in the directory is seen at once

$samba->modify(<<"END");
dn: CN=bob,$people
changetype: modify
replace: userAccountControl
userAccountControl: 514
END
my (undef, $refused) = ask('people', 'bob', 'bob secret');
is($refused->{reason}, 'account-disabled', 'disabled meanwhile');
$samba->modify(<<"END");
dn: CN=bob,$people
changetype: modify
replace: userAccountControl
userAccountControl: 512
-
replace: unicodePwd
unicodePwd:: @{[ quoted('bob new secret') ]}
END
(undef, $refused) = ask('people', 'bob', 'bob secret');
(undef, $granted) = ask('people', 'bob', 'bob new secret');
is("$refused->{reason}, $granted->{reason}", 'wrong-password, granted',
    'enabled, with another password: the old one is wrong');

# --- the domain is what tests of other things rely on

my $soon = $samba->entry("CN=soon,$people",
    'msDS-UserPasswordExpiryTimeComputed');
my $days = ($soon->{'msDS-UserPasswordExpiryTimeComputed'}[0] / 10_000_000
    - 11_644_473_600 - time) / 86_400;
ok($days > 1.9 && $days < 2.1, 'a password expires in two days')
    or diag("in $days");

is(join("\n", $httpd->unexpected(qr/EAS0300: /)), '',
    'nothing unexpected in the log');
is_quiet();

# A password as Active Directory wants it, for LDIF.
sub quoted {
    my ($password) = @_;
    require MIME::Base64;
    return MIME::Base64::encode_base64(
        join('', map { "$_\0" } split //, qq("$password")), '');
}
