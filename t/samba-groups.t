# SPDX-License-Identifier: Apache-2.0
# Require eas-group and eas-filter in a real Active Directory: every kind of
# group, the primary one included, from every base; that a refusal is 403
# without a challenge; and that what cannot be told is 503, also where it is
# negated.  Who is in which group: t/samba/people.ldif, and below.
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

my $samba  = samba();
my $ca     = ca();
my $dir    = scratch('samba-groups');
my $root   = $samba->base;
my $people = $samba->people;
my $groups = $samba->groups;
my $u      = "\xc3\xbc";    # u umlaut in UTF-8

# --- more groups: those whose names are hard to read

# name, groupType, sAMAccountName, where, members
my ($SECURITY, $DISTRIBUTION) = (-2147483640, 8);
my @more = (
    [ 'Phone Users', $SECURITY, 'phones', $groups, "CN=bob,$people" ],
    [ 'Mobile \\, (all) \\\\ *', $SECURITY, 'odd', $groups, "CN=bob,$people" ],
    [ "B${u}ro", $DISTRIBUTION, "b${u}ro", $groups, "CN=j${u}rgen,$people" ],
    # One name of two groups, and a name of one that is a login name of another.
    [ 'twin', $SECURITY, 'twin', $groups, "CN=Alice Liddell,$people" ],
    [ 'twin', $SECURITY, 'twin2', "OU=Service,$root", "CN=Alice Liddell,$people" ],
    [ 'crossed', $SECURITY, 'crossed-1', $groups, "CN=Alice Liddell,$people" ],
    [ 'crossed-2', $SECURITY, 'crossed', $groups, "CN=bob,$people" ],
    # Everybody, by their primary group, in a group that is in no token.
    [ 'news-all', $DISTRIBUTION, 'news-all', $groups, "CN=Domain Users,CN=Users,$root" ],
    [ 'news-outer', $DISTRIBUTION, 'news-outer', $groups, "CN=news-all,$groups" ],
    [ 'moved', $DISTRIBUTION, 'moved', $groups, "CN=bob,$people" ],
);
$samba->modify(join '', map {
    my ($name, $type, $account, $where, @members) = @$_;
    "dn: CN=$name,$where\nchangetype: add\nobjectClass: group\n"
        . "sAMAccountName: $account\ngroupType: $type\n"
        . join('', map { "member: $_\n" } @members) . "\n"
} @more);

# --- rules: [name, provider, Require lines, { person => status }]

my $not = sub { "<RequireAll>\nRequire valid-user\nRequire not $_[0]\n"
        . "</RequireAll>" };
# The same by DN, by name, and negated: [name, group by DN, its names,
# { person => is a member }]
my @kinds = (
    [ 'direct', "CN=mobile,$groups", ['mobile'], { alice => 1, bob => 0 } ],
    [ 'nested', "CN=outer,$groups", ['outer'], { alice => 1, bob => 0 } ],
    [ 'nested twice, domain local', "CN=local,$groups", ['local'],
        { alice => 1, bob => 0 } ],
    [ 'a login name of its own', "CN=Phone Users,$groups",
        [ 'Phone Users', 'phones' ], { alice => 0, bob => 1 } ],
    [ 'an odd name', "CN=Mobile \\, (all) \\\\ *,$groups",
        [ 'Mobile , (all) \\ *', 'odd' ], { alice => 0, bob => 1 } ],
    [ 'distribution', "CN=news-inner,$groups", ['news-inner'],
        { alice => 0, bob => 1 } ],
    [ 'distribution, direct and nested', "CN=news,$groups", ['news'],
        { alice => 1, bob => 1, carol => 0 } ],
    [ 'umlauts', "CN=B${u}ro,$groups", [ "B${u}ro", "b${u}ro" ],
        { "j${u}rgen" => 1, bob => 0 } ],
    [ 'the primary group', "CN=Domain Users,CN=Users,$root",
        ['Domain Users'], { alice => 1, bob => 1, "j${u}rgen" => 1 } ],
    [ 'by the primary group', "CN=everybody,$groups", ['everybody'],
        { alice => 1, bob => 1 } ],
    [ 'distribution, by the primary group', "CN=news-all,$groups",
        ['news-all'], { alice => 1, bob => 1 } ],
    [ 'distribution, nested, by the primary group', "CN=news-outer,$groups",
        ['news-outer'], { alice => 1, bob => 1 } ],
    [ 'groups in a circle', "CN=loopa,$groups", ['loopa'],
        { carol => 1, alice => 0 } ],
    [ 'groups in a circle, the inner', "CN=loopb,$groups", ['loopb'],
        { carol => 1, alice => 0 } ],
    [ 'nobody', "CN=empty,$groups", ['empty'], { alice => 0, carol => 0 } ],
    [ 'to be moved', "CN=moved,$groups", ['moved'], { bob => 1, alice => 0 } ],
);
my @rules;
for (@kinds) {
    my ($name, $dn, $names, $members) = @$_;
    for my $provider (qw(ou root)) {
        my %status = map { $_ => $members->{$_} ? 200 : 403 } keys %$members;
        my %other  = map { $_ => $members->{$_} ? 403 : 200 } keys %$members;
        # What a name looks like to httpd.
        push @rules, map {
            [ "$name, $_->[0], $provider", $provider,
                'Require eas-group ' . $_->[1], \%status ],
            [ "$name, $_->[0], $provider, negated", $provider,
                $not->('eas-group ' . $_->[1]), \%other ]
        } [ 'by DN', $dn ], map { [ "as $_", $_ ] } @$names;
    }
}
# What cannot be told, whether it is negated or not.
for ([ 'no such name', 'nosuch' ], [ 'no such DN', "CN=nosuch,$groups" ],
    [ 'a DN elsewhere', 'CN=mobile,DC=elsewhere,DC=test' ],
    [ 'a name of two groups', 'twin' ],
    [ 'a name of one, and a login name of another', 'crossed' ],
    [ 'a person is no group', 'bob' ], [ 'a star is no wildcard', 'mob*' ])
{
    my ($name, $group) = @$_;
    push @rules,
        [ $name, 'ou', "Require eas-group $group", { alice => 503 } ],
        [ "$name, negated", 'ou', $not->("eas-group $group"), { alice => 503 } ];
}
push @rules, (
    [ 'a name of two groups, and one of them by DN', 'ou',
        "Require eas-group CN=twin,OU=Service,$root", { alice => 200, bob => 403 } ],
    [ 'a name of two groups, of which one is below the base', 'groups',
        'Require eas-group twin', { alice => 200, bob => 403 } ],
    [ 'the primary group is not below the base', 'groups',
        'Require eas-group Domain Users', { alice => 503 } ],
    [ 'in other letters', 'ou', "Require eas-group cn=MOBILE, ou=groups, dc=Example, dc=Test",
        { alice => 200, bob => 403 } ],
    [ 'domain local, by a Global Catalog', 'catalog', 'Require eas-group local',
        { alice => 200, bob => 403 } ],
    [ 'distribution, by a Global Catalog', 'catalog', 'Require eas-group news',
        { bob => 200, carol => 403 } ],

    [ 'a filter', 'ou', 'Require eas-filter (mail=alice.liddell@mail.example)',
        { alice => 200, bob => 403 } ],
    [ 'a filter, from the root', 'root', 'Require eas-filter (givenName=Alice)',
        { alice => 200, bob => 403 } ],
    [ 'a filter, negated', 'ou', $not->('eas-filter (givenName=Alice)'),
        { alice => 403, bob => 200 } ],
    [ 'bits of userAccountControl', 'ou',
        'Require eas-filter (userAccountControl:1.2.840.113556.1.4.803:=65536)',
        { neverexpires => 200, bob => 403 } ],
    [ 'a filter of groups', 'ou',
        "Require eas-filter (|(memberOf=CN=mobile,$groups)(primaryGroupID=514))",
        { alice => 200, bob => 403 } ],
    [ 'an attribute that nobody has', 'ou', 'Require eas-filter (msExchNothing=*)',
        { alice => 403 } ],
    [ 'the user', 'ou', 'Require eas-filter (&(sAMAccountName=%{REMOTE_USER})(givenName=Alice))',
        { alice => 200, bob => 403 } ],
    [ 'what a phone says is a value', 'ou', 'Require eas-filter (sAMAccountName=%{req:X-Who})',
        { alice => 403 }, { 'X-Who' => '*' } ],
    [ 'what a phone says does not end a value', 'ou',
        'Require eas-filter (sAMAccountName=%{req:X-Who})',
        { bob => 403 }, { 'X-Who' => 'x)(|(sAMAccountName=*)' } ],
    [ 'what a phone says, the right thing', 'ou',
        'Require eas-filter (sAMAccountName=%{req:X-Who})',
        { bob => 200 }, { 'X-Who' => 'bob' } ],
);
my $requests = 0;
$requests += keys %{ $_->[3] } for @rules;

plan tests => $requests + 10, need_module(qw(eas_auth ssl));

# --- one server with a Location for each

my %base = (ou => [ '', $people ], root => [ '', $root ],
    groups  => [ '', $people, "EASAuthLDAPGroupBase $groups" ],
    catalog => [ 3269, $root ]);
my $port   = EAS::Port::free();
my $config = <<"END" . join '', map { <<"PROVIDER" } sort keys %base;
Listen 127.0.0.1:$port
SSLEngine on
SSLCertificateFile $ca->{server}{cert}
SSLCertificateKeyFile $ca->{server}{key}
END
<EASAuthProvider $_>
    EASAuthLDAPURL "@{[ $samba->url('ldaps', $base{$_}[0]) ]}/$base{$_}[1]"
    EASAuthLDAPType ActiveDirectory
    EASAuthLDAPTrustedCA $ca->{ca}
    EASAuthLDAPBindDN "@{[ $samba->service ]}"
    EASAuthLDAPBindPassword file:$ENV{EAS_STATE}/samba.secret
    EASAuthDomain EXAMPLE example.test
    @{[ $base{$_}[2] || '' ]}
</EASAuthProvider>
PROVIDER
my %page;
for my $n (0 .. $#rules) {
    $page{ $rules[$n][0] } = "/g$n/x";
    $config .= <<"END";
<Location /g$n/>
    AuthType EAS-Basic
    AuthName "Test mail"
    EASAuthProvider $rules[$n][1]
    $rules[$n][2]
</Location>
END
}
my $httpd = EAS::Httpd->new(dir => "$dir/httpd", one_child => 1,
    config => $config)->start;
for my $n (0 .. $#rules) {
    mkdir "$dir/httpd/htdocs/g$n";
    EAS::Proc::write_file("$dir/httpd/htdocs/g$n/x", "in\n");
}
my $client = EAS::Curl->new(base => "https://localhost:$port",
    cacert => $ca->{ca});

sub ask {
    my ($rule, $user, $headers) = @_;
    return $client->request('GET', $page{$rule}, user => $user,
        password => EAS::Test::password($user),
        $headers ? (headers => $headers) : ());
}

my %reason_of = (200 => 'granted', 403 => 'granted not-authorized',
    503 => 'granted authz-unavailable');
for my $rule (@rules) {
    my ($name, undef, undef, $expected, $headers) = @$rule;
    for my $user (sort keys %$expected) {
        my $mark   = $httpd->mark;
        my $answer = ask($name, $user, $headers);
        my $status = $expected->{$user};
        is_deeply(
            [ $answer->status, scalar $answer->header('WWW-Authenticate'),
                $answer->header('Retry-After') ? 1 : 0,
                join ' ', map { $_->{reason} } $httpd->decisions($mark) ],
            [ $status, undef, $status == 503 ? 1 : 0, $reason_of{$status} ],
            "$name: $user: $status")
            or diag($answer->show, "\n", $httpd->log_since($mark));
    }
}

# --- what is said, and what changes in the directory

my $log = $httpd->log_since(0);
like($log, qr/group "nosuch": there is none/, 'the log names a group that is not there');
like($log, qr/group "crossed": the name is not one group's alone: write its DN/,
    'and a name of two');

sub member {
    my ($what, $person, $group) = @_;
    $samba->modify("dn: CN=$group,$groups\nchangetype: modify\n"
        . "$what: member\nmember: CN=$person,$people\n");
    return;
}
member(add => 'bob', 'mobile');
is(ask('direct, as mobile, ou', 'bob')->status, 200, 'who joins a group is in at once');
member(delete => 'bob', 'mobile');
is(ask('direct, as mobile, ou', 'bob')->status, 403, 'and who leaves it is out');
member(add => 'carol', 'news-inner');
is(ask('distribution, direct and nested, as news, root', 'carol')->status,
    200, 'so for a distribution group');
member(delete => 'carol', 'news-inner');
is(ask('distribution, direct and nested, as news, root', 'carol')->status,
    403, 'and out');

# A group whose entry is remembered moves elsewhere: nobody is let in where its
# members are not wanted, nor kept out where they are.
$samba->modify("dn: CN=moved,$groups\nchangetype: modrdn\nnewrdn: CN=moved\n"
    . "deleteoldrdn: 1\nnewsuperior: OU=Service,$root\n");
is(join(' ', map { ask("to be moved, as moved, ou$_", 'bob')->status }
        '', ', negated'), '200 403', 'a group that moves is found again');
is(join(' ', map { ask("to be moved, by DN, ou$_", 'bob')->status }
        '', ', negated'), '503 503', 'but not by the DN that it had');

is(join("\n", $httpd->unexpected(qr/EAS0300: /,
        qr/AH01631: user .*: authorization failure/)),
    '', 'nothing unexpected in the log');
is_quiet();
