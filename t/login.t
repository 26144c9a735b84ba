# SPDX-License-Identifier: Apache-2.0
# Who is meant: every form of a login, resolved to exactly one entry, and what
# that costs the directory.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use EAS::Test;

my $WARM   = 'BIND=1 SRCH=1';
my $ALIAS  = 'BIND=1 SRCH=2';   # and for everybody else of the canonical name
my $ABSENT = 'SRCH=1';          # looked for and not found: nobody is bound

# The columns: name, Location below /r/, login, password (undef: the right one
# of the person the row names), reason, REMOTE_USER or undef, DN bound as in
# the directory "example" ('' for none).

my $PEOPLE = 'ou=people,dc=example,dc=test';
my %DN = map { $_ => "uid=$_,$PEOPLE" } qw(alice bob dave ivan frank);
$DN{juergen} = "uid=j\xc3\xbcrgen,$PEOPLE";
$DN{heidi}   = "uid=heidi\@example.com,$PEOPLE";
my $U = "\xc3\xbc";    # u umlaut in UTF-8

my @forms = (
    # bare names
    [ 'a name',               'basic', 'alice', 'alice:secret', 'granted', 'alice', $DN{alice} ],
    [ 'capital letters',      'basic', 'ALICE', 'alice:secret', 'granted', 'alice', $DN{alice} ],
    [ 'old Android',          'basic', '\alice', 'alice:secret', 'granted', 'alice', $DN{alice} ],
    [ 'wrong password',       'basic', 'alice', wrong(), 'wrong-password', undef, $DN{alice} ],
    [ 'password of another',  'basic', 'alice', 'bob secret', 'wrong-password', undef, $DN{alice} ],
    [ 'password in capitals', 'basic', 'alice', 'ALICE:SECRET', 'wrong-password', undef, $DN{alice} ],
    [ 'password and a blank', 'basic', 'alice', 'alice:secret ', 'wrong-password', undef, $DN{alice} ],
    [ 'unknown',              'basic', 'nobody', wrong(), 'unknown-user', undef, '' ],
    [ 'trailing blank',       'basic', 'alice ', 'alice:secret', 'bad-login', undef, '' ],
    [ 'leading blank',        'basic', ' alice', 'alice:secret', 'bad-login', undef, '' ],
    [ 'blank before the name', 'basic', 'EXAMPLE\ alice', 'alice:secret', 'bad-login', undef, '' ],

    # DOMAIN\user
    [ 'domain and name',      'basic', 'EXAMPLE\alice', 'alice:secret', 'granted', 'alice', $DN{alice} ],
    [ 'domain in small letters', 'basic', 'example\alice', 'alice:secret', 'granted', 'alice', $DN{alice} ],
    [ 'DNS domain and name',  'basic', 'Example.COM\alice', 'alice:secret', 'granted', 'alice', $DN{alice} ],
    [ 'foreign domain',       'basic', 'FOREIGN\alice', 'alice:secret', 'unknown-user', undef, '' ],
    [ 'the last backslash splits', 'basic', 'EXAMPLE\x\alice', 'alice:secret', 'unknown-user', undef, '' ],
    [ 'domain without a name', 'basic', 'EXAMPLE\\', 'alice:secret', 'bad-login', undef, '' ],
    [ 'a backslash alone',    'basic', '\\', 'alice:secret', 'bad-login', undef, '' ],
    [ 'DOM\alice@x is the name "alice@x"', 'basic', 'EXAMPLE\alice@example.com', 'alice:secret', 'unknown-user', undef, '' ],
    [ 'DOM\user@x where that is a name', 'basic', 'EXAMPLE\heidi@example.com', 'heidi secret', 'granted', 'heidi@example.com', $DN{heidi} ],

    # user@domain
    [ 'address',              'basic', 'alice@example.com', 'alice:secret', 'granted', 'alice', $DN{alice} ],
    [ 'address in capitals',  'basic', 'Alice@EXAMPLE.com', 'alice:secret', 'granted', 'alice', $DN{alice} ],
    [ 'second address',       'basic', 'robert@elsewhere.example', 'bob secret', 'granted', 'bob', $DN{bob} ],
    [ 'name at a domain of ours', 'basic', 'alice@EXAMPLE', 'alice:secret', 'granted', 'alice', $DN{alice} ],
    [ 'name at a foreign domain', 'basic', 'alice@foreign.example', 'alice:secret', 'unknown-user', undef, '' ],
    [ 'nothing before the @', 'basic', '@example.com', 'alice:secret', 'bad-login', undef, '' ],
    [ 'nothing after the @',  'basic', 'alice@', 'alice:secret', 'bad-login', undef, '' ],
    [ 'address of one, name of another: its owner', 'basic', 'heidi@example.com', 'ivan secret', 'granted', 'ivan', $DN{ivan} ],
    [ 'address of one, name of another: nobody else', 'basic', 'heidi@example.com', 'heidi secret', 'wrong-password', undef, $DN{ivan} ],
    [ 'prefix is another name: its owner', 'basic', 'frank@example.org', 'dave secret', 'granted', 'dave', $DN{dave} ],
    [ 'prefix is another name: nobody else', 'basic', 'frank@example.org', 'frank secret', 'wrong-password', undef, $DN{dave} ],
    [ 'prefix is another name in a domain of ours', 'prefix', 'frank@example.org', 'frank secret', 'ambiguous-user', undef, '' ],
    [ 'that other name by itself', 'prefix', 'frank', 'frank secret', 'granted', 'frank', $DN{frank} ],
    [ 'address of two people', 'basic', 'twins@example.com', 'twin secret', 'ambiguous-user', undef, '' ],

    # a name of two people is nobody's REMOTE_USER, however one of them came by
    [ 'another name is somebody else\'s', 'basic', 'zed', 'zed secret', 'no-remote-user', undef, "cn=Zed,$PEOPLE" ],
    [ 'and by address',          'basic', 'zed@example.org', 'zed secret', 'no-remote-user', undef, "cn=Zed,$PEOPLE" ],
    [ 'and so by address the other', 'basic', 'nina@example.org', 'nina secret', 'no-remote-user', undef, "uid=nina,$PEOPLE" ],
    [ 'that name itself',        'basic', 'nina', 'nina secret', 'ambiguous-user', undef, '' ],

    # umlauts
    [ 'umlauts, UTF-8',        'basic', "j${U}rgen", "geheim-$U", 'granted', "j${U}rgen", $DN{juergen} ],
    [ 'umlauts, Latin-1',      'basic', "j\xfcrgen", "geheim-\xfc", 'granted', "j${U}rgen", $DN{juergen} ],
    [ 'umlauts in capitals',   'basic', "J\xc3\x9cRGEN", "geheim-$U", 'granted', "j${U}rgen", $DN{juergen} ],
    [ 'umlauts, Latin-1 capitals', 'basic', "J\xdcRGEN", "geheim-\xfc", 'granted', "j${U}rgen", $DN{juergen} ],
    [ 'umlauts with a domain', 'basic', "EXAMPLE\\j${U}rgen", "geheim-$U", 'granted', "j${U}rgen", $DN{juergen} ],
    [ 'umlaut in the password only', 'basic', 'juergen@example.com', "geheim-$U", 'granted', "j${U}rgen", $DN{juergen} ],
    [ 'umlauts, wrong password', 'basic', "j${U}rgen", "geheim-u", 'wrong-password', undef, $DN{juergen} ],

    # other settings
    [ 'any domain: DOMAIN\user', 'anydomain', 'WHATEVER\alice', 'alice:secret', 'granted', 'alice', $DN{alice} ],
    [ 'any domain: user@domain', 'anydomain', 'alice@what.ever', 'alice:secret', 'granted', 'alice', $DN{alice} ],
    [ 'any domain: an address', 'anydomain', 'robert@elsewhere.example', 'bob secret', 'granted', 'bob', $DN{bob} ],
    [ 'no domain: a name',       'nodomain', 'alice', 'alice:secret', 'granted', 'alice', $DN{alice} ],
    [ 'no domain: old Android',  'nodomain', '\alice', 'alice:secret', 'granted', 'alice', $DN{alice} ],
    [ 'no domain: an address',   'nodomain', 'alice@example.com', 'alice:secret', 'granted', 'alice', $DN{alice} ],
    [ 'no domain: a domain',     'nodomain', 'EXAMPLE\alice', 'alice:secret', 'unknown-user', undef, '' ],
    [ 'StartTLS, filter in the URL', 'starttls', 'alice', 'alice:secret', 'granted', 'alice', $DN{alice} ],
    [ 'outside the filter of the URL', 'starttls', 'svc-eas', 'service secret', 'unknown-user', undef, '' ],

    # direct bind
    [ 'direct bind',             'template', 'alice', 'alice:secret', 'granted', 'alice', $DN{alice} ],
    [ 'direct bind with a domain', 'template', 'EXAMPLE\alice', 'alice:secret', 'granted', 'alice', $DN{alice} ],
    [ 'direct bind, user@domain', 'template', 'alice@example.com', 'alice:secret', 'granted', 'alice', $DN{alice} ],
    [ 'direct bind, wrong password', 'template', 'alice', wrong(), 'wrong-password', undef, $DN{alice} ],
    [ 'direct bind, foreign domain', 'template', 'FOREIGN\alice', 'alice:secret', 'unknown-user', undef, '' ],
    [ 'direct bind, umlauts',    'template', "j${U}rgen", "geheim-$U", 'granted', "j${U}rgen", $DN{juergen} ],
    [ 'direct bind, umlauts in capitals', 'template', "J\xc3\x9cRGEN", "geheim-$U", 'granted', "j${U}rgen", "uid=J\xc3\x9cRGEN,$PEOPLE" ],
    [ 'direct bind, wide letters, whose guesses nobody could count', 'template', "\xef\xbd\x81lice", 'alice:secret', 'unknown-user', undef, '' ],
    [ 'direct bind, unknown',    'template', 'nobody', wrong(), 'wrong-password', undef, "uid=nobody,$PEOPLE" ],
);

# Active Directory's attributes.
my @ad = (
    [ 'sAMAccountName',      'alice',                'alice b secret',  'granted', 'alice' ],
    [ 'domain and sAMAccountName', 'AD\AliceA',      'alice ad secret', 'granted', 'AliceA' ],
    [ 'in small letters',    'ad\alicea',            'alice ad secret', 'granted', 'AliceA' ],
    [ 'userPrincipalName',   'alice.b@ad.example',   'alice b secret',  'granted', 'alice', $ALIAS ],
    [ 'mail',                'alice.a@mail.example', 'alice ad secret', 'granted', 'AliceA', $ALIAS ],
    [ 'proxyAddresses',      'a.lice@mail.example',  'alice ad secret', 'granted', 'AliceA', $ALIAS ],
    [ 'sAMAccountName at our domain', 'oldtimer@ad.example', 'old secret', 'granted', 'oldtimer' ],
    [ 'UPN of one, name of another', 'alice@ad.example', 'alice ad secret', 'ambiguous-user', undef ],
    [ 'UPN of one, name of another: not the other either', 'alice@ad.example', 'alice b secret', 'ambiguous-user', undef ],
);

# Several providers: columns as in @forms, then what it costs "example" and
# "other".
my @several = (
    [ 'first of two',   'both', 'alice', 'alice:secret', 'granted', 'EXAMPLE\alice', $WARM, '' ],
    [ 'second of two',  'both', 'olga', 'olga secret', 'granted', 'OTHER\olga', $ABSENT, $WARM ],
    [ 'in none',        'both', 'nobody', wrong(), 'unknown-user', undef, $ABSENT, $ABSENT ],
    [ 'a wrong password goes no further', 'both', 'alice', wrong(), 'wrong-password', undef, $WARM, '' ],
    [ 'same name: the first', 'both', 'shared', 'shared secret of example', 'granted', 'EXAMPLE\shared', $WARM, '' ],
    [ 'same name: the password of the second is wrong', 'both', 'shared', 'shared secret of other', 'wrong-password', undef, $WARM, '' ],
    [ 'same name, domain stated', 'both', 'OTHER\shared', 'shared secret of other', 'granted', 'OTHER\shared', '', $WARM ],
    [ 'same name, other domain, wrong password', 'both', 'OTHER\shared', 'shared secret of example', 'wrong-password', undef, '', $WARM ],
    [ 'DNS domain states it too', 'both', 'shared@other.example', 'shared secret of other', 'granted', 'OTHER\shared', '', $WARM ],
    [ 'and so for the first', 'both', 'shared@example.com', 'shared secret of example', 'granted', 'EXAMPLE\shared', $WARM, '' ],
    [ 'known domain, unknown name', 'both', 'OTHER\alice', 'alice:secret', 'unknown-user', undef, '', $ABSENT ],
    [ 'unknown domain', 'both', 'NOWHERE\alice', 'alice:secret', 'unknown-user', undef, '', '' ],
    [ 'address in a domain of nobody', 'both', 'robert@elsewhere.example', 'bob secret', 'granted', 'EXAMPLE\bob', $ALIAS, '' ],
    [ 'ambiguous goes no further', 'both', 'twins@elsewhere.example', 'twin secret', 'unknown-user', undef, $ABSENT, $ABSENT ],
    [ 'ambiguous goes no further', 'both', 'twins@example.com', 'twin secret', 'ambiguous-user', undef, $ABSENT, '' ],
    [ 'forbidden goes no further', 'both', 'mustchange', 'mustchange secret', 'must-change', undef, $WARM, '' ],
    [ 'other order', 'reversed', 'shared', 'shared secret of other', 'granted', 'OTHER\shared', '', $WARM ],
    [ 'other order, second', 'reversed', 'alice', 'alice:secret', 'granted', 'EXAMPLE\alice', $WARM, $ABSENT ],
    [ 'an absent directory goes no further', 'absent-first', 'alice', 'alice:secret', 'directory-down', undef, '', '' ],
    [ 'a stated domain passes it over', 'absent-first', 'EXAMPLE\alice', 'alice:secret', 'granted', 'EXAMPLE\alice', $WARM, '' ],
);

# What REMOTE_USER holds.
my @remote = (
    [ 'an attribute', 'as-mail', 'alice', 'granted', 'alice@example.com' ],
    [ 'an attribute the entry lacks', 'as-mail', 'frank', 'no-remote-user', undef ],
    [ 'an attribute with two values', 'as-mail', 'bob', 'no-remote-user', undef ],
    [ 'a template', 'as-format', 'EXAMPLE\ALICE', 'granted', 'alice@EXAMPLE%' ],
    [ 'a number', 'as-number', 'alice', 'granted', '1001' ],
);

plan tests => @forms + @ad + @several + @remote + 11,
    need_module(qw(eas_auth ssl proxy_http));

my %STATUS = (granted => 200, 'must-change' => 403, 'no-remote-user' => 403,
    'directory-down' => 503);
sub status { return $STATUS{ $_[0] } || 401 }

# Connections are opened once, before anything is counted.
check(name => "warm up $_", path => "/r/$_/x", user => 'alice', status => 200)
    for qw(basic prefix anydomain starttls template);
site('tls')->request('GET', "/r/$_/x", user => 'AD\AliceA',
    password => 'alice ad secret') for qw(ad);
site('tls')->request('GET', '/r/both/x', user => 'olga',
    password => 'olga secret');

for (@forms) {
    my ($name, $place, $login, $password, $reason, $remote, $bound) = @$_;
    check(name => "$name: $reason", path => "/r/$place/x", user => $login,
        password => $password, status => status($reason), reason => $reason,
        bound => { example => $bound },
        defined $remote ? (remote_user => $remote) : ());
}

for (@ad) {
    my ($name, $login, $password, $reason, $remote, $cost) = @$_;
    check(name => "Active Directory: $name: $reason", path => '/r/ad/x',
        user => $login, password => $password, status => status($reason),
        reason => $reason,
        cost => { ad => $cost || ($reason eq 'granted' ? $WARM : $ABSENT) },
        defined $remote ? (remote_user => $remote) : ());
}

for (@several) {
    my ($name, $place, $login, $password, $reason, $remote, $example, $other)
        = @$_;
    check(name => "several providers: $name", path => "/r/$place/x",
        user => $login, password => $password, status => status($reason),
        reason => $reason, cost => { example => $example, other => $other },
        defined $remote ? (remote_user => $remote) : ());
}

for (@remote) {
    my ($name, $place, $login, $reason, $remote) = @$_;
    (my $person = lc $login) =~ s/.*\\//;
    check(name => "REMOTE_USER: $name", path => "/r/$place/x",
        user => $login, password => EAS::Test::password($person),
        status => status($reason), reason => $reason,
        defined $remote ? (remote_user => $remote) : ());
}

check(name => 'a login costs one search and one bind', path => '/r/basic/x',
    user => 'alice', status => 200, cost => { example => $WARM });
check(name => 'a direct bind costs no search', path => '/r/template/x',
    user => 'alice', status => 200, cost => { example => 'BIND=1' });

# However alice writes her name, logs and all that counts know one person.
my $mark = log_mark();
site('tls')->request('GET', '/r/basic/x', user => $_,
    password => 'alice:secret')
    for qw(alice ALICE EXAMPLE\alice \alice alice@example.com);
my %ids = map { ($_->{id} || 'none') => 1 } decisions($mark);
like(join(' ', keys %ids), qr/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    'all of her logins have one id, the entryUUID');

# Nothing in the answer tells an unknown name from a wrong password, nor either
# from what is known to be wrong.
my $guess = wrong();
$mark = log_mark();
my @answers = map {
    site('tls')->request('GET', '/r/basic/x', user => $_, password => $guess)
} qw(alice nobody alice nobody);
is(join(' ', map { $_->{reason} } decisions($mark)),
    'wrong-password unknown-user known-wrong-password known-wrong-password',
    'refused for different reasons');
$_->{raw} =~ s/^Date: .*?$//m for @answers;
is(scalar(keys %{ { map { ("$_->{raw}\n$_->{body}" => 1) } @answers } }), 1,
    'and the answer is the same');

is_quiet();
