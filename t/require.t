# SPDX-License-Identifier: Apache-2.0
# Require lines: they only let in, never without a login, and what they refuse
# is 403 without a challenge.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use EAS::Test;

my $REFUSED = 'granted not-authorized';
my $UNKNOWN = 'granted authz-unavailable';

# name, path, login or undef, status, reasons
my @rows = (
    [ 'valid-user, no credential', '/r/req/x', undef, 401, 'no-credential' ],
    [ 'valid-user',                '/r/req/x', 'alice', 200, 'granted' ],
    [ 'user alice: alice',         '/r/req/alice/x', 'alice', 200, 'granted' ],
    [ 'user alice: as she types it', '/r/req/alice/x', 'EXAMPLE\ALICE', 200, 'granted' ],
    [ 'user alice: bob is known, so 403', '/r/req/alice/x', 'bob', 403, $REFUSED ],
    [ 'user alice: nobody',        '/r/req/alice/x', undef, 401, 'no-credential' ],
    [ 'a wrong password stays 401', '/r/req/alice/x', 'bob:wrong', 401, 'wrong-password' ],
    [ 'RequireAll with not: alice', '/r/req/not-bob/x', 'alice', 200, 'granted' ],
    [ 'RequireAll with not: bob',  '/r/req/not-bob/x', 'bob', 403, $REFUSED ],
    [ 'RequireAll with not: nobody', '/r/req/not-bob/x', undef, 401, 'no-credential' ],
    [ 'group: a member',           '/r/req/group/x', 'alice', 200, 'granted' ],
    [ 'group: no member',          '/r/req/group/x', 'bob', 403, $REFUSED ],
    [ 'method password: alice',    '/r/req/method-password/x', 'alice', 200, 'granted' ],
    [ 'method password: nobody',   '/r/req/method-password/x', undef, 401, 'no-credential' ],
    [ 'method password: a wrong one', '/r/req/method-password/x', 'bob:wrong', 401, 'wrong-password' ],
    [ 'method certificate: alice has a password', '/r/req/method-certificate/x', 'alice', 403, $REFUSED ],
    [ 'method certificate: nobody', '/r/req/method-certificate/x', undef, 401, 'no-credential' ],
    [ 'method both or password: alice', '/r/req/method-several/x', 'alice', 200, 'granted' ],
    [ 'method not password: alice', '/r/req/method-not-password/x', 'alice', 403, $REFUSED ],
    [ 'method not password: nobody', '/r/req/method-not-password/x', undef, 401, 'no-credential' ],
    [ 'method not certificate: alice', '/r/req/method-not-certificate/x', 'alice', 200, 'granted' ],
    [ 'method not certificate: nobody', '/r/req/method-not-certificate/x', undef, 401, 'no-credential' ],
    # httpd has decided before it is asked who that is
    [ 'all denied',                '/r/req/nobody/x', 'alice', 403, 'none' ],
    [ 'all denied, no credential', '/r/req/nobody/x', undef, 403, 'none' ],
    [ 'cannot tell',               '/r/req/dbm/x', 'alice', 503, $UNKNOWN ],
    [ 'cannot tell, no credential', '/r/req/dbm/x', undef, 401, 'no-credential' ],
    [ 'cannot tell, under not',    '/r/req/not-dbm/x', 'alice', 503, $UNKNOWN ],
    [ 'userless as configured: nobody', '/r/req/userless/x', undef, 200, 'none' ],
    [ 'userless elsewhere: nobody', '/r/req/userless-elsewhere/x', undef, 401, 'no-credential' ],
    [ 'userless elsewhere: alice', '/r/req/userless-elsewhere/x', 'alice', 200, 'granted' ],
    [ 'userless elsewhere: bob',   '/r/req/userless-elsewhere/x', 'bob', 403, $REFUSED ],
);

# What an .htaccess below a protected folder may try: name, its text, then
# status and reason without a credential, and with alice's.
my $MISCONFIGURED = 'misconfigured';
my @htaccess = (
    [ 'nothing', '', 401, 'no-credential', 200, 'granted' ],
    [ 'Require all granted', "Require all granted\n",
        401, 'no-credential', 200, 'granted' ],
    [ 'RequireAll with not', "<RequireAll>\nRequire ip 127.0.0.1 ::1\n"
            . "Require not user bob\n</RequireAll>\n",
        401, 'no-credential', 200, 'granted' ],
    [ 'RequireAny with an address', "<RequireAny>\nRequire ip 127.0.0.1 ::1\n"
            . "Require valid-user\n</RequireAny>\n",
        401, 'no-credential', 200, 'granted' ],
    [ 'Satisfy Any', "Satisfy Any\nOrder allow,deny\nAllow from all\n",
        503, $MISCONFIGURED, 503, $MISCONFIGURED ],
    [ 'Satisfy Any and all granted', "Satisfy Any\nRequire all granted\n",
        503, $MISCONFIGURED, 503, $MISCONFIGURED ],
    [ 'Satisfy Any without a condition', "Satisfy Any\n",
        503, $MISCONFIGURED, 503, $MISCONFIGURED ],
    [ 'EAS-Certificate', "AuthType EAS-Certificate\n",
        403, 'no-certificate', 403, 'no-certificate' ],
    [ 'EAS-Both', "AuthType EAS-Both\n",
        403, 'no-certificate', 403, 'no-certificate' ],
    [ 'EAS-Either', "AuthType EAS-Either\n",
        401, 'no-credential', 200, 'granted' ],
    [ 'a misspelt type', "AuthType EAS-Basik\n",
        503, $MISCONFIGURED, 503, $MISCONFIGURED ],
    [ 'a misspelt type, all granted', "AuthType EAS-Basik\nRequire all granted\n",
        503, $MISCONFIGURED, 503, $MISCONFIGURED ],
    [ 'the type by expression', "AuthType \"EAS-%{HTTP:X-Type}\"\n",
        503, $MISCONFIGURED, 503, $MISCONFIGURED ],
    [ 'small letters', "AuthType eas-basic\n",
        401, 'no-credential', 200, 'granted' ],
    [ 'FakeBasicAuth', "SSLOptions +FakeBasicAuth\n",
        401, 'no-credential', 200, 'granted' ],
);

# Below a folder that names no provider.
my @bare = (
    [ 'EAS-Basic without a provider', "AuthType EAS-Basic\nAuthName x\nRequire valid-user\n",
        $MISCONFIGURED ],
    [ 'EAS-Basic, all granted', "AuthType EAS-Basic\nAuthName x\nRequire all granted\n",
        $MISCONFIGURED ],
);

# httpd answers 500 to an .htaccess that it cannot read.
my @directives = (
    'EASAuthRequireTLS Off', 'EASAuthAllowUserless On',
    'EASAuthProvider other', 'EASAuthRemoteUser mail',
    'EASAuthAnswer refused 403', '<EASAuthProvider x>',
);

plan tests => @rows + 2 * @htaccess + 2 * @bare + @directives + 5,
    need_module(qw(eas_auth ssl proxy_http authz_dbm access_compat));

sub credential {
    my ($login) = @_;
    return () unless defined $login;
    (my $person = lc $login) =~ s/.*\\//;
    return (user => 'bob', password => wrong()) if $login eq 'bob:wrong';
    return (user => $login, password => EAS::Test::password($person));
}

for (@rows) {
    my ($name, $path, $login, $status, $reason) = @$_;
    check(name => $name, path => $path, credential($login),
        status => $status, reason => $reason);
}

my $n = 0;
for (@htaccess) {
    my ($name, $text, @expected) = @$_;
    my $dir = 'ht/' . $n++;
    site_file("$dir/.htaccess",  $text);
    site_file("$dir/index.html", "within\n");
    check(name => ".htaccess, $name: no credential",
        path => "/$dir/index.html", status => $expected[0],
        reason => $expected[1]);
    check(name => ".htaccess, $name: alice", path => "/$dir/index.html",
        user => 'alice', status => $expected[2], reason => $expected[3]);
}

for (@bare) {
    my ($name, $text, $reason) = @$_;
    my $dir = 'bare/' . $n++;
    site_file("$dir/.htaccess",  $text);
    site_file("$dir/index.html", "within\n");
    check(name => ".htaccess, $name: nobody", path => "/$dir/index.html",
        status => 503, reason => $reason);
    check(name => ".htaccess, $name: alice", path => "/$dir/index.html",
        user => 'alice', status => 503, reason => $reason);
}

for my $line (@directives) {
    my $dir  = 'ht/' . $n++;
    my $end  = $line =~ /^</ ? "\n</EASAuthProvider>\n" : "\n";
    my $mark = log_mark();
    site_file("$dir/.htaccess",  $line . $end);
    site_file("$dir/index.html", "within\n");
    my $answer = site('tls')->request('GET', "/$dir/index.html",
        user => 'alice', password => 'alice:secret');
    is_deeply(
        [ $answer->status, log_since($mark) =~ /EASAuth\w+(?:>)? not allowed here/ ? 1 : 0 ],
        [ 500, 1 ], "no .htaccess holds $line")
        or diag($answer->show, "\n", log_since($mark));
}

# A person who is known but not let in is not asked for the password again,
# whatever the answer looks like on its way out.
for my $http2 (0, 1) {
    my $answer = site('tls')->request('GET', '/r/req/alice/x', user => 'bob',
        password => 'bob secret', http2 => $http2);
    unlike($answer->{raw}, qr/authenticate|Retry-After/i,
        'no challenge and no Retry-After with 403'
            . ($http2 ? ' over HTTP/2' : ''));
}
check(name => 'a method does not matter', path => '/r/req/alice/x',
    method => $_, user => 'bob', status => 403, reason => $REFUSED)
    for qw(OPTIONS POST);

expect_log(
    qr/\[core:alert\] .*\.htaccess: <?EASAuth\w+>? not allowed here/,
    qr/\[authz_dbm:error\] .* AH017/, qr/EAS0300: misconfigured/,
    qr/\[authz_core:error\] .* AH01630: client denied/,
    qr/\[authz_(?:core|user|groupfile|dbm):error\]/);
is_quiet();
