# SPDX-License-Identifier: Apache-2.0
# Several Locations and virtual hosts, each with settings of its own.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use EAS::CA;
use EAS::Curl;
use EAS::Test;

# host, path, login, password, then status, reason and REMOTE_USER or realm
my @rows = (
    [ 'mail',  '/x',       'alice',  'alice:secret', 200, 'granted', 'alice' ],
    [ 'mail',  '/x',       'olga',   'olga secret',  401, 'unknown-user', 'Mail' ],
    [ 'mail',  '/x',       undef,    undef,          401, 'no-credential', 'Mail' ],
    [ 'mail',  '/again/x', 'alice',  'alice:secret', 200, 'granted', 'alice' ],
    [ 'other', '/x',       'olga',   'olga secret',  200, 'granted', 'olga' ],
    [ 'other', '/x',       undef,    undef,          401, 'no-credential', 'Other' ],
    # the host's EASAuthProvider and EASAuthAnswer are in effect in the
    # Location, where nothing else is said
    [ 'other', '/x',       'dave',   'dave secret',  403, 'unknown-user' ],
    [ 'other', '/x',       'olga',   wrong(),        403, 'wrong-password' ],
    [ 'other', '/again/x', 'alice',  'alice:secret', 200, 'granted', 'alice' ],
    [ 'other', '/again/x', 'alice',  wrong(),        401, 'wrong-password', 'Other' ],
    [ 'other', '/both/x',  'olga',   'olga secret',  200, 'granted', 'olga@OTHER' ],
    [ 'other', '/both/x',  'alice',  'alice:secret', 200, 'granted', 'alice@EXAMPLE' ],
    [ 'other', '/both/x',  'alice',  wrong(),        403, 'wrong-password' ],
    [ 'open',  '/x',       undef,    undef,          200, 'none', '' ],
    [ 'open',  '/x',       'alice',  'wrong',        200, 'none', '' ],
);

plan tests => @rows + 3, need_module(qw(eas_auth ssl proxy_http));

my ($port) = site('named')->{base} =~ /:(\d+)$/;

# The certificate of the tests does not name these hosts.
sub host {
    my ($name) = @_;
    return EAS::Curl->new(base => "https://$name.example.test:$port");
}

for (@rows) {
    my ($host, $path, $login, $password, $status, $reason, $more) = @$_;
    check(
        name => join(' ', "$host.example.test$path",
            defined $login ? $login : 'nobody', $reason),
        on => host($host), path => "/r/vhost$path", insecure => 1,
        resolve => "$host.example.test:$port:127.0.0.1",
        defined $login ? (user => $login, password => $password) : (),
        status => $status, reason => $reason,
        $status == 200 ? (remote_user => $more) : (),
        $status == 401 ? (realm => $more) : (),
    );
}

check(name => 'a Location of the main server, asked for over TLS',
    path => '/r/basic/x', user => 'alice', status => 200,
    reason => 'granted');
check(name => 'its neighbour has another provider', path => '/r/other/x',
    user => 'bob', status => 401, reason => 'unknown-user',
    provider => 'other');
is_quiet();
