# SPDX-License-Identifier: Apache-2.0
# What a directory says of an account, and what the phone is told: design
# section 3, from ppolicy, from Active Directory's codes, and as overridden.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use EAS::Test;

# person, password (undef: the right one), status, reason
my @ppolicy = (
    [ 'locked',     undef,   503, 'directory-locked' ],
    [ 'locked',     wrong(), 503, 'directory-locked' ],
    [ 'expired',    undef,   403, 'password-expired' ],
    [ 'expired',    wrong(), 401, 'wrong-password' ],
    [ 'grace',      undef,   403, 'password-expired' ],
    [ 'warned',     undef,   200, 'granted' ],
    [ 'mustchange', undef,   403, 'must-change' ],
    [ 'mustchange', wrong(), 401, 'wrong-password' ],
    [ 'nopass',     'any',   401, 'wrong-password' ],
    # three wrong ones lock; then the right one is not taken either
    [ 'guessed',    'one',   401, 'wrong-password' ],
    [ 'guessed',    'two',   401, 'wrong-password' ],
    [ 'guessed',    'three', 401, 'wrong-password' ],
    [ 'guessed',    undef,   503, 'directory-locked' ],
);

# account of t/lib/EAS/Slapd.pm's double, status, reason
my @ad = (
    [ 'data525', 401, 'unknown-user' ],
    [ 'data52e', 401, 'wrong-password' ],
    [ 'data52f', 403, 'account-restricted' ],
    [ 'data530', 403, 'logon-hours' ],
    [ 'data531', 403, 'logon-workstation' ],
    [ 'data532', 403, 'password-expired' ],
    [ 'data533', 403, 'account-disabled' ],
    [ 'data569', 403, 'logon-type' ],
    [ 'data701', 403, 'account-expired' ],
    [ 'data773', 403, 'must-change' ],
    [ 'data775', 503, 'directory-locked' ],
    [ 'data51f', 503, 'no-logon-server' ],
    [ 'data6fb', 503, 'no-logon-server' ],
    [ 'data6fc', 503, 'no-logon-server' ],
    [ 'data6fd', 503, 'no-logon-server' ],
    [ 'data6ba', 401, 'refused-otherwise' ],
    [ 'busy',            503, 'directory-busy' ],
    [ 'unavailable',     503, 'directory-busy' ],
    [ 'stronger',        503, 'signing-demanded' ],
    [ 'confidentiality', 503, 'signing-demanded' ],
    [ 'other',           503, 'directory-error' ],
    [ 'unwilling',       503, 'directory-error' ],
    [ 'unknowncode',     503, 'directory-error' ],
    [ 'nosuchobject',    401, 'unknown-user' ],
);

# Location, person, password, status, reason.  /r/answers has: locked 403,
# refused 403, wrong-password 401, must-change 401, forbidden 503;
# /r/answers/inner on top of it: refused 401, directory-locked 401.
my @overridden = (
    [ 'answers',       'locked',     undef,   403, 'directory-locked' ],
    [ 'answers',       'nobody',     wrong(),    403, 'unknown-user' ],
    [ 'answers',       'twins@example.com', 'x', 403, 'ambiguous-user' ],
    [ 'answers',       'alice',      wrong(), 401, 'wrong-password' ],
    [ 'answers',       'mustchange', undef,   401, 'must-change' ],
    [ 'answers',       'expired',    undef,   503, 'password-expired' ],
    [ 'answers',       'alice',      undef,   200, 'granted' ],
    [ 'answers/inner', 'nobody',     wrong(),    401, 'unknown-user' ],
    [ 'answers/inner', 'locked',     undef,   401, 'directory-locked' ],
    [ 'answers/inner', 'alice',      wrong(), 401, 'wrong-password' ],
    [ 'answers/inner', 'expired',    undef,   503, 'password-expired' ],
    [ 'answers/inner', 'mustchange', undef,   401, 'must-change' ],
    [ 'ad-answers',    'data533',    'x',     401, 'account-disabled' ],
    [ 'ad-answers',    'data701',    'x',     403, 'account-expired' ],
);

plan tests => @ppolicy + @ad + @overridden + 4,
    need_module(qw(eas_auth ssl proxy_http));

sub row {
    my ($place, $person, $password, $status, $reason) = @_;
    check(
        name => "$place, $person: $reason", path => "/r/$place/x",
        user => $person,
        defined $password ? (password => $password) : (),
        status => $status, reason => $reason, source => 'directory',
    );
    return;
}

row('basic', @$_) for @ppolicy;
row('ad', $_->[0], 'secret', @$_[ 1, 2 ]) for @ad;
row(@$_) for @overridden;

# Nothing of what the directory wrote reaches the client.
my $answer = site('tls')->request('GET', '/r/ad/x', user => 'data533',
    password => 'secret');
unlike("$answer->{raw} $answer->{body}", qr/533|80090308|AcceptSecurity/,
    'the code is not told to the phone');
my $mark = log_mark();
site('tls')->request('GET', '/r/ad/x', user => 'data6ba',
    password => 'secret');
like((decisions($mark))[0]{line}, qr/data 6ba/,
    'an unknown code is logged as it came');

# Spread, so that phones do not come back together: 300 s and a quarter.
my @retry = map {
    scalar site('tls')->request('GET', '/r/basic/x', user => 'locked',
        password => 'locked secret')->header('Retry-After')
} 1 .. 25;
my %different = map { $_ => 1 } @retry;
ok(keys %different > 5 && !(grep { $_ < 225 || $_ > 375 } @retry),
    'Retry-After of a locked account is 300 s, spread by a quarter')
    or diag("@retry");
is_quiet();
