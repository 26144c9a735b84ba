# SPDX-License-Identifier: Apache-2.0
# HTTP Basic as RFC 7617 has it, and as phones and Outlook really send it.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use MIME::Base64 qw(encode_base64);
use EAS::Test;

# A header made of bytes.
sub basic { return 'Basic ' . encode_base64($_[0], '') }

my $alice = encode_base64('alice:alice:secret', '');    # needs no padding
my $bob   = encode_base64('bob:bob secret',     '');
(my $bare = $bob) =~ s/=+$//;
$bob =~ /=$/ or die "the padding is gone";

my @granted = (
    # name, Authorization, REMOTE_USER
    [ 'a colon in the password', basic('alice:alice:secret'), 'alice' ],
    [ 'scheme in small letters', "basic $alice",              'alice' ],
    [ 'scheme in capitals',      "BASIC $alice",              'alice' ],
    [ 'base64 with padding',     "Basic $bob",                'bob' ],
    [ 'base64 without padding',  "Basic $bare",               'bob' ],
    [ 'blanks before base64',    "Basic   $alice",            'alice' ],
    [ 'UTF-8', basic("j\xc3\xbcrgen:geheim-\xc3\xbc"), "j\xc3\xbcrgen" ],
    [ 'Latin-1', basic("j\xfcrgen:geheim-\xfc"),        "j\xc3\xbcrgen" ],
    [ 'Latin-1 in the password alone',
        basic("juergen\@example.com:geheim-\xfc"), "j\xc3\xbcrgen" ],
);

my @refused = (
    # name, Authorization (undef: none), reason
    [ 'nothing sent',         undef,                           'no-credential' ],
    [ 'another scheme',       'Bearer abc',                    'other-scheme' ],
    [ 'a scheme that begins alike', "Basically $alice",        'other-scheme' ],
    [ 'no base64',            'Basic !!!',                     'bad-base64' ],
    [ 'padding inside',       'Basic YWxp=Y2U6eA==',           'bad-base64' ],
    [ 'text after base64',    "Basic $alice more",             'bad-base64' ],
    [ 'scheme alone',         'Basic',                         'bad-base64' ],
    [ 'no colon',             basic('alice'),                  'no-colon' ],
    [ 'nothing before the colon', basic(':secret'),            'empty-login' ],
    [ 'nothing after the colon',  basic('alice:'),             'empty-password' ],
    [ 'a colon alone',        basic(':'),                      'empty-login' ],
    [ 'NUL in the login',     basic("alice\0x:alice:secret"),  'control-character' ],
    [ 'NUL in the password',  basic("alice:alice:secret\0"),   'control-character' ],
    [ 'a control character',  basic("alice:alice\x1bsecret"),  'control-character' ],
    [ 'a line feed',          basic("alice\n:alice:secret"),   'control-character' ],
    [ 'DEL',                  basic("alice\x7f:alice:secret"), 'control-character' ],
    [ 'C1 control in UTF-8',  basic("alice\xc2\x85:x"),        'control-character' ],
    [ 'C1 control in Latin-1', basic("alice\x85:x"),           'bad-encoding' ],
    [ 'overlong UTF-8',       basic("\xc1\x81lice:x\x81"),     'bad-encoding' ],
    [ 'a login too long',     basic(('a' x 321) . ':x'),       'too-long' ],
    [ 'a password too long',  basic('alice:' . 'x' x 1025),    'too-long' ],
);

plan tests => @granted + @refused + 5, need_module(qw(eas_auth ssl proxy_http));

for (@granted) {
    my ($name, $header, $user) = @$_;
    check(name => "$name: granted", path => '/r/basic/x',
        authorization => $header, status => 200, reason => 'granted',
        provider => 'example', source => 'directory', remote_user => $user);
}

# None of these asks the directory anything.
for (@refused) {
    my ($name, $header, $reason) = @$_;
    check(name => "$name: refused", path => '/r/basic/x',
        authorization => $header, status => 401, reason => $reason,
        source => 'none', cost => { example => '' });
}

check(name => 'OPTIONS authenticates like any other method',
    path => '/r/basic/x', method => 'OPTIONS', status => 401,
    reason => 'no-credential');
check(name => 'OPTIONS with the password', method => 'OPTIONS',
    path => '/r/basic/x', user => 'alice', status => 200,
    reason => 'granted');
check(name => 'two Authorization headers are one malformed one',
    path => '/r/basic/x', status => 401, reason => 'bad-base64',
    headers => { Authorization => [ "Basic $alice", "Basic $bob" ] });
check(name => 'a realm with quotes', path => '/r/realm/x', status => 401,
    realm => 'A \\"quoted\\" realm', reason => 'no-credential');
is_quiet();
