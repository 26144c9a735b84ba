# SPDX-License-Identifier: Apache-2.0
# Subrequests and internal redirects: who asks, and whether the password is
# right, is found out once, from what the client has sent.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use EAS::Test;

my $ONCE = 'BIND=1 SRCH=1';

my $WHO = '<!--#echo var="REMOTE_USER" -->';
site_file('int/index.shtml',  "index for $WHO\n");
site_file('int/plain.html',   "plain\n");
site_file('int/choice.html',  "chosen\n");
site_file('int/parts.shtml',  "for $WHO\n"
        . join('', map { qq(<!--#include virtual="/int/$_" -->) }
            qw(plain.html index.shtml plain.html choice)));
site_file("int/on$_.shtml", "error $_ for $WHO\n") for qw(401 403 404 503);
site_file('int/alice/x.html', "for alice\n");
site_file('int/absent/x.html', "absent\n");
site_file("int/$_/x.html", "never shown\n") for qw(same cross);
site_file('int/inject/index.shtml', "inject for $WHO\n");
site_file('open/parts.shtml',
    '<!--#include virtual="/int/plain.html" -->'
        . '<!--#include virtual="/int/index.shtml" -->');
site_file('open/same/x', "never shown\n");

# name, path, login or undef, password, status, cost of "example", body
my @rows = (
    [ 'DirectoryIndex',             '/int/', 'alice', undef, 200, $ONCE, qr/^index for alice$/ ],
    [ 'DirectoryIndex, nobody',     '/int/', undef, undef, 401, '', qr/401/ ],
    [ 'DirectoryIndex, wrong password: counted once', '/int/', 'alice', wrong(), 401, $ONCE, undef ],
    [ 'included parts',             '/int/parts.shtml', 'alice', undef, 200, $ONCE,
      qr/^for alice\nplain\nindex for alice\nplain\nchosen$/ ],
    [ 'negotiation',                '/int/choice', 'alice', undef, 200, $ONCE, qr/^chosen$/ ],
    [ 'protected parts of an open page', '/open/parts.shtml', 'alice', undef, 200, $ONCE, qr/^plain\nindex for / ],
    [ 'protected parts of an open page, wrong password: counted once', '/open/parts.shtml', 'alice', wrong(), 200, $ONCE, qr/an error occurred/ ],
    [ 'protected parts of an open page, nobody', '/open/parts.shtml', undef, undef, 200, '', qr/an error occurred/ ],
    [ 'ErrorDocument 404',          '/int/missing', 'alice', undef, 404, $ONCE, qr/^error 404 for alice$/ ],
    [ 'ErrorDocument 404, nobody',  '/int/missing', undef, undef, 401, '', undef ],
    [ 'ErrorDocument 401 is protected itself', '/int/plain.html', 'alice', wrong(), 401, $ONCE, undef ],
    [ 'ErrorDocument 403',          '/int/alice/x.html', 'bob', undef, 403, $ONCE, qr/^error 403 for bob$/ ],
    [ 'ErrorDocument 403 keeps out who is unknown', '/int/alice/x.html', 'bob', wrong(), 401, $ONCE, undef ],
    [ 'ErrorDocument 503',          '/int/absent/x.html', 'alice', undef, 503, $ONCE, qr/503/ ],
    [ 'redirect to the same provider', '/int/same/x', 'alice', undef, 200, $ONCE, qr{^path: /r/basic/}m ],
    [ 'redirect to the same provider, wrong password', '/int/same/x', 'alice', wrong(), 401, $ONCE, undef ],
    [ 'redirect to another provider: who is unknown there stays out', '/int/cross/x', 'alice', undef, 401, $ONCE, undef ],
    [ 'redirect to another provider: another password there', '/int/cross/x', 'shared', 'shared secret of example', 401, $ONCE, undef ],
    [ 'redirect from an open place', '/open/same/x', 'alice', undef, 200, $ONCE, qr{^path: /r/basic/}m ],
    [ 'redirect from an open place, nobody', '/open/same/x', undef, undef, 401, '', undef ],
    [ 'redirect from an open place, wrong password', '/open/same/x', 'alice', wrong(), 401, $ONCE, undef ],
    [ 'a header put in for the back end is not the client\'s', '/int/inject/', 'alice', undef, 200, $ONCE, qr/^inject for alice$/ ],
    [ 'nor in an ErrorDocument', '/int/inject/missing', 'alice', undef, 404, $ONCE, qr/^error 404 for alice$/ ],
    [ 'a header put in for the back end opens nothing', '/int/inject/', undef, undef, 401, '', undef ],
);

plan tests => @rows + 7,
    need_module(qw(eas_auth ssl proxy_http include rewrite negotiation));

# The connection is opened before anything is counted.
site('tls')->request('GET', '/int/plain.html', user => 'alice',
    password => 'alice:secret');

for (@rows) {
    my ($name, $path, $login, $password, $status, $cost, $body) = @$_;
    check(name => $name, path => $path, status => $status,
        defined $login ? (user => $login) : (),
        defined $password ? (password => $password) : (),
        cost => { example => $cost },
        # and decided once: a second time it would be known
        ($password || '') =~ /^wrong/ ? (reason => 'wrong-password') : (),
        defined $body ? (answer_body => $body) : ());
}

# A page of one's own does not cost the answer its headers.
my $answer = site('tls')->request('GET', '/int/plain.html');
is(join('|', $answer->header('WWW-Authenticate')), challenge('Test mail'),
    'one challenge with an ErrorDocument');
$answer = site('tls')->request('GET', '/int/alice/x.html', user => 'bob',
    password => 'bob secret');
is($answer->header('WWW-Authenticate'), undef,
    'no challenge with the ErrorDocument of 403');

# One request is one decision in the log.
for (
    [ '/int/parts.shtml',  'parts of a protected page' ],
    [ '/open/parts.shtml', 'protected parts of an open page' ],
    [ '/int/missing',      'an ErrorDocument' ],
    [ '/int/same/x',       'a redirect' ],
    )
{
    my ($path, $name) = @$_;
    my $mark = log_mark();
    site('tls')->request('GET', $path, user => 'alice',
        password => 'alice:secret');
    is(scalar(decisions($mark)), 1, "$name: one line in the log")
        or diag(log_since($mark));
}
expect_log(
    qr/\[include:error\] .* unable to include "\/int\//,
    qr/\[authz_core:error\] .* AH01631: user bob: authorization failure/);
is_quiet();
