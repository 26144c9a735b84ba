# SPDX-License-Identifier: Apache-2.0
# Other modules' authentication is none of our business; where they ask our
# provider, it decides as we do ourselves.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use EAS::Test;

my $REALM = 'Basic realm="Test mail"';
my %file  = (user => 'filer', password => 'file secret');

# what is sent; status, reason, whom the back end is told, challenge
my @rows = (
    # no decision, nothing asked
    [ 'no AuthType',          '/r/x', { user => 'alice' }, 200, 'none', '' ],
    [ 'AuthType None',        '/r/none/x', { user => 'alice', password => 'wrong' }, 200, 'none', '' ],
    [ 'AuthType Basic',       '/r/file/x', { %file }, 200, 'none', 'filer' ],
    [ 'AuthType Basic, wrong password', '/r/file/x', { %file, password => 'x' }, 401, 'none' ],
    [ 'AuthType Basic, nobody', '/r/file/x', {}, 401, 'none' ],
    # AuthBasicProvider eas
    [ 'provider eas',         '/r/eas-provider/x', { user => 'EXAMPLE\ALICE', password => 'alice:secret' }, 200, 'granted', 'alice' ],
    [ 'provider eas, wrong password', '/r/eas-provider/x', { user => 'alice', password => wrong() }, 401, 'wrong-password' ],
    [ 'provider eas, unknown', '/r/eas-provider/x', { user => 'nobody', password => wrong() }, 401, 'unknown-user' ],
    [ 'provider eas, empty password', '/r/eas-provider/x', { user => 'alice', password => '' }, 401, 'empty-password' ],
    [ 'provider eas, nobody', '/r/eas-provider/x', {}, 401, 'none' ],
    [ 'provider eas, must change', '/r/eas-provider/x', { user => 'mustchange' }, 401, 'must-change' ],
    # only "unknown" goes on to the next provider
    [ 'eas, then file',       '/r/eas-then-file/x', { %file }, 200, 'unknown-user', 'filer' ],
    [ 'eas, then file, again', '/r/eas-then-file/x', { %file }, 200, 'unknown-user', 'filer' ],
    # how somebody was proven whom we have not proven is unknown, not "no"
    [ 'not by certificate: by password', '/r/eas-then-file/method/x', { user => 'alice', password => 'alice:secret' }, 200, 'granted', 'alice' ],
    [ 'not by certificate: by another module', '/r/eas-then-file/method/x', { %file }, 500, 'unknown-user' ],
    [ 'eas, then file: a wrong password stays wrong', '/r/eas-then-file/x', { user => 'bob', password => 'file secret' }, 401, 'wrong-password' ],
);

plan tests => @rows + 4, need_module(qw(eas_auth ssl proxy_http authn_file));

for (@rows) {
    my ($name, $path, $sent, $status, $reason, $remote) = @$_;
    my $mark  = log_mark();
    my $slapd = slapd('example')->mark;
    my $password = $sent->{password};
    $password = EAS::Test::password($sent->{user})
        if defined $sent->{user} && !defined $password;
    my $answer = site('tls')->request('GET', $path,
        defined $sent->{user}
            ? (user => $sent->{user}, password => $password) : ());
    my ($told) = $answer->body =~ /^X-Remote-User: ?(.*)$/m;
    my %got = (
        status    => $answer->status,
        challenge => scalar $answer->header('WWW-Authenticate'),
        reason    => join(' ', map { $_->{reason} } decisions($mark)) || 'none',
        remote    => $told,
    );
    my %want = (
        status    => $status,
        challenge => $status == 401 ? $REALM : undef,
        reason    => $reason,
        remote    => $remote,
    );
    if ($reason eq 'none') {
        $got{asked}  = slapd('example')->summary($slapd);
        $want{asked} = '';
    }
    is_deeply(\%got, \%want, $name)
        or diag($answer->show, "\n", log_since($mark));
}

# mod_auth_basic knows no "cannot tell" but 500: no password is asked for.
my $answer = site('tls')->request('GET', '/r/eas-provider-absent/x',
    user => 'alice', password => 'alice:secret');
is($answer->status, 500, 'provider eas, no directory: not a refusal');
is($answer->header('WWW-Authenticate'), undef, 'and no challenge');

{
    my $mark = slapd('example')->mark;
    my $plain = site('plain')->request('GET', '/r/eas-provider/x',
        user => 'alice', password => 'alice:secret');
    isnt($plain->status, 200, 'provider eas without TLS lets nobody in');
}
expect_log(qr/\[auth_basic:error\] .* AH016\d\d/, qr/\[authn_file/);
is_quiet();
