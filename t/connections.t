# SPDX-License-Identifier: Apache-2.0
# Several people on one connection: each request is decided for itself, and
# no answer of ours ends the connection.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use EAS::Test;

# path, login, password, status, whom the back end is told
my @sequence = (
    [ '/r/basic/1', 'alice', 'alice:secret', 200, 'alice' ],
    [ '/r/basic/2', undef,   undef,          401, undef ],
    [ '/r/basic/3', 'bob',   'bob secret',   200, 'bob' ],
    [ '/r/basic/4', 'alice', wrong(),        401, undef ],
    [ '/r/basic/5', 'alice', 'alice:secret', 200, 'alice' ],
    [ '/r/req/alice/6', 'bob', 'bob secret', 403, undef ],
    [ '/r/req/alice/7', 'alice', 'alice:secret', 200, 'alice' ],
    [ '/r/other/8', 'alice', 'alice:secret', 401, undef ],
    [ '/r/file/9',  'filer', 'file secret',  200, 'filer' ],
    [ '/r/basic/10', 'filer', 'file secret', 401, undef ],
    [ '/r/none/11', undef,   undef,          200, '' ],
    [ '/r/basic/12', undef,  undef,          401, undef ],
    [ '/r/basic/13', 'EXAMPLE\carol', 'carol secret', 200, 'carol' ],
);

my @protocols = ([ 'HTTP/1.1', '1.1', 0 ], [ 'HTTP/2', '2', 1 ]);

plan tests => 3 * @protocols + 4,
    need_module(qw(eas_auth ssl proxy_http http2));

sub requests {
    my ($http2) = @_;
    return map {
        my ($path, $login, $password) = @$_;
        [ 'GET', $path, http2 => $http2,
            defined $login ? (user => $login, password => $password) : () ]
    } @sequence;
}

sub seen {
    return join "\n", map {
        my ($user) = $_->body =~ /^X-Remote-User: ?(.*)$/m;
        $_->status . ' ' . (defined $user ? $user : '-');
    } @_;
}

my $expected = join "\n",
    map { "$_->[3] " . (defined $_->[4] ? $_->[4] : '-') } @sequence;

for (@protocols) {
    my ($name, $version, $http2) = @$_;
    my @answers = site('tls')->requests(requests($http2));
    is(seen(@answers), $expected, "$name: each request for itself");
    is(join(' ', map { $_->{connects} } @answers),
        join(' ', 1, (0) x $#answers), "$name: one connection for all");
    is(join(' ', map { $_->{http_version} } @answers),
        join(' ', ($version) x @answers), "$name it was");
}

# Streams of one HTTP/2 connection at the same time.
{
    my @many    = map { requests(1) } 1 .. 8;
    my @answers = site('tls')->requests({ parallel => 1 }, @many);
    is(seen(@answers), join("\n", ($expected) x 8),
        'parallel streams do not mix people up');
    cmp_ok((scalar grep { $_->{connects} } @answers), '<', 10,
        'and share connections');
}

# A HEAD answer has no body, and the next request is understood.
{
    my @answers = site('tls')->requests(
        [ 'HEAD', '/r/basic/x' ],
        [ 'GET', '/r/basic/x', user => 'alice', password => 'alice:secret' ]);
    is(join(' ', map { $_->status, $_->{connects} } @answers), '401 1 200 0',
        'HEAD without a credential, then alice');
}
expect_log(
    qr/\[authz_core:error\] .* AH01631: user bob: authorization failure/);
is_quiet();
