# SPDX-License-Identifier: Apache-2.0
# Require eas-group and eas-filter: who is a member, directly or by way of
# others; that a refusal is 403; and that what cannot be told is 503, also
# where it is negated.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use EAS::BER;
use EAS::Curl;
use EAS::Httpd;
use EAS::Peer;
use EAS::Port;
use EAS::Proc;
use EAS::Slapd;
use EAS::Test;

my $ca  = ca();
my $dir = scratch('groups');
my ($schema) = grep { -e } '/etc/ldap/schema/nis.schema',
    '/etc/openldap/schema/nis.schema';

# --- people and groups

sub group {
    my ($name, $class, %members) = @_;
    my $text = "dn: cn=$name,ou=groups,dc=example,dc=test\n"
        . "objectClass: $class\ncn: $name\n";
    $text .= "gidNumber: 1\n" if $class eq 'posixGroup';
    for my $attribute (sort keys %members) {
        $text .= "$attribute: $_\n" for @{ $members{$attribute} };
    }
    return "$text\n";
}
sub person { return map { "uid=$_,ou=people,dc=example,dc=test" } @_ }
sub nested { return map { "cn=$_,ou=groups,dc=example,dc=test" } @_ }

my $ldif = EAS::Proc::read_file("$FindBin::Bin/slapd/example.ldif") . "\n"
    . "dn: ou=groups,dc=example,dc=test\nobjectClass: organizationalUnit\n"
    . "ou: groups\n\n"
    . "dn: ou=more,ou=groups,dc=example,dc=test\n"
    . "objectClass: organizationalUnit\nou: more\n\n"
    . group('mobile', 'groupOfNames', member => [ person('alice') ])
    . group('outer',  'groupOfNames', member => [ nested('mobile') ])
    . group('outermost', 'groupOfNames', member => [ nested('outer') ])
    . group('unique', 'groupOfUniqueNames', uniqueMember => [ person('bob') ])
    . group('posix',  'posixGroup', memberUid => ['carol'])
    . group('loopa',  'groupOfNames', member => [ nested('loopb') ])
    . group('loopb',  'groupOfNames',
        member => [ nested('loopa'), person('carol') ])
    . group('Mobile \\2c phones', 'groupOfNames',
        member => [ person('alice') ]) =~ s/^cn: .*/cn: Mobile , phones/mr
    . group('twin', 'groupOfNames', member => [ person('alice') ])
    . group('twin', 'groupOfNames', member => [ person('alice') ])
        =~ s/ou=groups/ou=more,ou=groups/r
    . group('deep0', 'groupOfNames', member => [ person('dave') ])
    . join('', map { group("deep$_", 'groupOfNames',
        member => [ nested('deep' . ($_ - 1)) ]) } 1 .. 14)
    . group('big', 'groupOfNames', member =>
        [ (map { "uid=nobody$_,ou=people,dc=example,dc=test" } 1 .. 10_000),
          person('alice') ])
    # a group of many groups' member
    . join('', map { group("one$_", 'groupOfNames',
        member => [ person('frank') ]) } 1 .. 300)
    . group('of-many', 'groupOfNames', member => [ nested('one300') ]);
my $slapd = EAS::Slapd->new(dir => "$dir/slapd", certificate => $ca->{server},
    ca => $ca->{ca}, ldif => EAS::Proc::write_file("$dir/data.ldif", $ldif),
    global => "include $schema\n",
    config => "limits dn.exact=\"cn=svc-eas,ou=service,dc=example,dc=test\" "
        . "size=200\n")->start;
my $small = EAS::Slapd->new(dir => "$dir/small", certificate => $ca->{server},
    ca => $ca->{ca}, ldif => "$dir/data.ldif", global => "include $schema\n",
    config => "sizelimit unlimited\n")->start;

# A directory that knows alice and then says that it is busy.
my $busy = EAS::Peer->new('ldap', sub {
    my ($asked) = @_;
    return $asked->{kind} eq 'search' && $asked->{nth} % 2 == 0 ? 51 : 0;
});

# One that knows alice and a group, and then cannot look: at what one of these
# words asks for there is nothing, or too much, or a pointer to elsewhere.
my $blind = EAS::Peer->new('ldap', sub {
    my ($asked) = @_;
    return 0 if $asked->{kind} ne 'search';
    return 32 if $asked->{request} =~ /uniqueMember|departmentNumber/;
    return 4 if $asked->{request} =~ /roomNumber/;
    return 0 if $asked->{request} !~ /carLicense/;
    return \(EAS::BER::message($asked->{id}, 0x73,
            EAS::BER::ber(0x04, 'ldap://dc2.example.test/dc=peer,dc=test'))
        . EAS::Peer::answer('search', $asked->{id}, 0, entries => []));
});

my $silent = EAS::Peer->new('silent');

# --- rules: [name, provider, Require lines, { person => status }]

my $not = sub { "<RequireAll>\nRequire valid-user\nRequire not $_[0]\n"
        . "</RequireAll>" };
my @rules = (
    [ 'direct, by DN', 'full',
        'Require eas-group cn=mobile,ou=groups,dc=example,dc=test',
        { alice => 200, bob => 403 } ],
    [ 'direct, by DN in quotes', 'full',
        'Require eas-group "cn=mobile, ou=groups, dc=example, dc=test"',
        { alice => 200, bob => 403 } ],
    [ 'in other letters', 'full',
        'Require eas-group CN=Mobile,OU=Groups,DC=Example,DC=Test',
        { alice => 200, bob => 403 } ],
    [ 'by name', 'full', 'Require eas-group mobile',
        { alice => 200, bob => 403 } ],
    [ 'a name with blanks and a comma', 'full',
        'Require eas-group Mobile , phones', { alice => 200, bob => 403 } ],
    [ 'a group in a group', 'full', 'Require eas-group outer',
        { alice => 200, bob => 403 } ],
    [ 'a group in a group in a group', 'full', 'Require eas-group outermost',
        { alice => 200, bob => 403 } ],
    [ 'uniqueMember', 'full', 'Require eas-group unique',
        { alice => 403, bob => 200 } ],
    [ 'memberUid', 'full', 'Require eas-group posix',
        { alice => 403, carol => 200 } ],
    [ 'groups in a circle', 'full', 'Require eas-group loopa',
        { alice => 403, carol => 200 } ],
    [ 'ten thousand members', 'full', 'Require eas-group big',
        { alice => 200, bob => 403 } ],
    [ 'ten levels', 'full', 'Require eas-group deep9', { dave => 200 } ],
    [ 'too deep to tell', 'full', 'Require eas-group deep14',
        { dave => 503, bob => 403 } ],
    [ 'too deep to tell, negated', 'full', $not->('eas-group deep14'),
        { dave => 503, bob => 200 } ],
    [ 'more groups than the size limit', 'full', 'Require eas-group of-many',
        { frank => 503 } ],
    [ 'more groups, and no limit', 'small', 'Require eas-group of-many',
        { frank => 200 } ],
    [ 'any of two', 'full',
        "Require eas-group unique\nRequire eas-group mobile",
        { alice => 200, bob => 200, carol => 403 } ],
    [ 'both of two', 'full', "<RequireAll>\nRequire eas-group mobile\n"
        . "Require eas-group outer\n</RequireAll>",
        { alice => 200, bob => 403 } ],
    [ 'negated', 'full', $not->('eas-group mobile'),
        { alice => 403, bob => 200 } ],
    [ 'no such group', 'full', 'Require eas-group nobody', { alice => 503 } ],
    [ 'no such group, negated', 'full', $not->('eas-group nobody'),
        { alice => 503 } ],
    [ 'no such DN', 'full',
        'Require eas-group cn=nobody,ou=groups,dc=example,dc=test',
        { alice => 503 } ],
    [ 'no such DN, negated', 'full',
        $not->('eas-group cn=nobody,ou=groups,dc=example,dc=test'),
        { alice => 503 } ],
    [ 'a name of two groups', 'full', 'Require eas-group twin',
        { alice => 503 } ],
    [ 'a name of two groups, and one of them by DN', 'full',
        'Require eas-group cn=twin,ou=more,ou=groups,dc=example,dc=test',
        { alice => 200, bob => 403 } ],
    [ 'in little time', 'hasty', 'Require eas-group mobile',
        { alice => 200, bob => 403 } ],
    [ 'groups are looked for elsewhere', 'elsewhere',
        'Require eas-group mobile', { alice => 503 } ],
    [ 'a star is no wildcard', 'full', 'Require eas-group *',
        { alice => 503 } ],
    [ 'busy', 'busy', 'Require eas-group cn=mobile,dc=peer,dc=test',
        { alice => 503 } ],
    [ 'busy, negated', 'busy',
        $not->('eas-group cn=mobile,dc=peer,dc=test'), { alice => 503 } ],
    [ 'busy, a filter', 'busy', 'Require eas-filter (uid=alice)',
        { alice => 503 } ],
    [ 'busy, a filter, negated', 'busy', $not->('eas-filter (uid=bob)'),
        { alice => 503 } ],

    [ 'a group that went away', 'blind',
        'Require eas-group cn=mobile,dc=peer,dc=test', { alice => 503 } ],
    [ 'a group that went away, negated', 'blind',
        $not->('eas-group cn=mobile,dc=peer,dc=test'), { alice => 503 } ],
    [ 'nowhere to look for groups', 'nowhere',
        'Require eas-group cn=mobile,ou=groups,dc=example,dc=test',
        { alice => 200, bob => 503 } ],
    [ 'nowhere to look for groups, negated', 'nowhere',
        $not->('eas-group cn=mobile,ou=groups,dc=example,dc=test'),
        { alice => 403, bob => 503 } ],
    [ 'a person who went away, negated', 'blind',
        $not->('eas-filter (departmentNumber=1)'), { alice => 503 } ],
    [ 'more than there may be, negated', 'blind',
        $not->('eas-filter (roomNumber=1)'), { alice => 503 } ],
    [ 'a person who is elsewhere, negated', 'blind',
        $not->('eas-filter (carLicense=1)'), { alice => 503 } ],

    [ 'a filter', 'full', 'Require eas-filter (employeeNumber=1001)',
        { alice => 200, bob => 403 } ],
    [ 'a filter in quotes, without parentheses', 'full',
        'Require eas-filter "employeeNumber=1001"',
        { alice => 200, bob => 403 } ],
    [ 'a filter of several', 'full',
        'Require eas-filter (|(uid=alice)(mail=bob@*))',
        { alice => 200, bob => 200, carol => 403 } ],
    [ 'a filter, negated', 'full', $not->('eas-filter (uid=alice)'),
        { alice => 403, bob => 200 } ],
    [ 'an expression', 'full',
        "SetEnvIf Request_URI . WHO=bob\nRequire eas-filter (uid=%{reqenv:WHO})",
        { alice => 403, bob => 200 } ],
    [ 'the user', 'full',
        'Require eas-filter (&(uid=%{REMOTE_USER})(mail=alice@example.com))',
        { alice => 200, bob => 403 } ],
    [ 'what a phone says is a value', 'full',
        'Require eas-filter (uid=%{req:X-Who})',
        { alice => 403 }, { 'X-Who' => '*' } ],
    [ 'what a phone says does not end a value', 'full',
        'Require eas-filter (uid=%{req:X-Who})',
        { bob => 403 }, { 'X-Who' => 'x)(|(uid=*)' } ],
    [ 'what a phone does not say is no wildcard', 'full',
        'Require eas-filter (uid=%{req:X-Who}*)', { alice => 503 } ],
    [ 'nor in the middle of one', 'full',
        'Require eas-filter (uid=*%{req:X-Who}*)', { alice => 503 } ],
    [ 'what a phone does not say, negated', 'full',
        $not->('eas-filter (uid=%{req:X-Who})'), { alice => 503 } ],
    [ 'what a phone says, the right thing', 'full',
        'Require eas-filter (uid=%{req:X-Who})',
        { bob => 200 }, { 'X-Who' => 'bob' } ],
);
my $requests = 0;
$requests += keys %{ $_->[3] } for @rules;

plan tests => 2 * $requests + 12, need_module(qw(eas_auth ssl rewrite));

# --- one server with a Location for each

my $account = <<'END';
    EASAuthLDAPBindDN "cn=svc-eas,ou=service,dc=example,dc=test"
    EASAuthLDAPBindPassword "service secret"
END
my $port = EAS::Port::free();
my $config = <<"END";
Listen 127.0.0.1:$port
SSLEngine on
SSLCertificateFile $ca->{server}{cert}
SSLCertificateKeyFile $ca->{server}{key}
<EASAuthProvider full>
    EASAuthLDAPURL "@{[ $slapd->url('ldaps') ]}/ou=people,dc=example,dc=test"
    EASAuthLDAPTrustedCA $ca->{ca}
    EASAuthLDAPType OpenLDAP
$account
</EASAuthProvider>
<EASAuthProvider elsewhere>
    EASAuthLDAPURL "@{[ $slapd->url('ldaps') ]}/ou=people,dc=example,dc=test"
    EASAuthLDAPTrustedCA $ca->{ca}
    EASAuthLDAPGroupBase ou=people,dc=example,dc=test
$account
</EASAuthProvider>
<EASAuthProvider nowhere>
    EASAuthLDAPURL "@{[ $slapd->url('ldaps') ]}/ou=people,dc=example,dc=test"
    EASAuthLDAPTrustedCA $ca->{ca}
    EASAuthLDAPGroupBase ou=nowhere,dc=example,dc=test
$account
</EASAuthProvider>
<EASAuthProvider small>
    EASAuthLDAPURL "@{[ $small->url('ldaps') ]}/ou=people,dc=example,dc=test"
    EASAuthLDAPTrustedCA $ca->{ca}
$account
</EASAuthProvider>
<EASAuthProvider hasty>
    EASAuthLDAPURL "@{[ $slapd->url('ldaps') ]}/ou=people,dc=example,dc=test"
    EASAuthLDAPTrustedCA $ca->{ca}
    EASAuthLDAPTimeout connect=900ms operation=900ms total=900ms
$account
</EASAuthProvider>
<EASAuthProvider blind>
    EASAuthLDAPURL "ldap://127.0.0.1:@{[ $blind->port ]}/dc=peer,dc=test"
    EASAuthLDAPStartTLS Off
    EASAuthLDAPRemember 0s
</EASAuthProvider>
<EASAuthProvider busy>
    EASAuthLDAPURL "ldap://127.0.0.1:@{[ $busy->port ]}/dc=peer,dc=test"
    EASAuthLDAPStartTLS Off
    EASAuthLDAPRemember 0s
    EASAuthLDAPRetry 1s
</EASAuthProvider>
END
my $number = 0;
for my $rule (@rules) {
    my $path = '/g' . $number++;
    $rule->[5] = $path;
    $config .= <<"END";
<Location $path/>
    AuthType EAS-Basic
    AuthName "Test mail"
    EASAuthProvider $rule->[1]
    $rule->[2]
</Location>
END
}
my ($by_name) = map { $_->[5] } grep { $_->[0] eq 'by name' } @rules;
my ($hasty) = map { $_->[5] } grep { $_->[1] eq 'hasty' } @rules;
for (qw(full elsewhere)) {
    $config .= <<"END";
<Directory $dir/httpd/htdocs/from-$_>
    AuthType EAS-Basic
    AuthName "Test mail"
    EASAuthProvider $_
    Require valid-user
    RewriteEngine On
    RewriteRule (.*) $by_name/\$1 [L]
</Directory>
END
}
$config .= <<"END";
ProxyPass /slow http://127.0.0.1:@{[ $silent->port ]}/ timeout=1
<Location /slow>
    AuthType EAS-Basic
    AuthName "Test mail"
    EASAuthProvider hasty
    Require valid-user
    ErrorDocument 504 $hasty/x
    ErrorDocument 502 $hasty/x
</Location>
END
my $httpd = EAS::Httpd->new(dir => "$dir/httpd", one_child => 1,
    modules => ['rewrite'], config => $config)->start;
for (qw(full elsewhere)) {
    mkdir "$dir/httpd/htdocs/from-$_";
    EAS::Proc::write_file("$dir/httpd/htdocs/from-$_/x", "never shown\n");
}
for my $n (0 .. $number - 1) {
    mkdir "$dir/httpd/htdocs/g$n";
    EAS::Proc::write_file("$dir/httpd/htdocs/g$n/x", "in\n");
}
my $client = EAS::Curl->new(base => "https://localhost:$port",
    cacert => $ca->{ca});

sub ask {
    my ($path, $user, %more) = @_;
    return $client->request('GET', "$path/x", user => $user,
        password => $user eq 'alice' ? 'alice:secret' : "$user secret",
        %more);
}

my %reason_of = (200 => 'granted', 403 => 'granted not-authorized',
    503 => 'granted authz-unavailable');
for my $rule (@rules) {
    my ($name, $provider, undef, $expected, $headers, $path) = @$rule;
    for my $user (sort keys %$expected) {
        # Once without, once with what is remembered.
        for my $time (qw(first again)) {
            my $mark = $httpd->mark;
            my $answer = ask($path, $user,
                $headers ? (headers => $headers) : ());
            my $status = $expected->{$user};
            my $reasons = join ' ', map { $_->{reason} }
                $httpd->decisions($mark);
            # A busy server is soon one that is left alone.
            $reasons =~ s/^directory-busy$/granted authz-unavailable/
                if $provider eq 'busy';
            is_deeply(
                [ $answer->status, scalar $answer->header('WWW-Authenticate'),
                    $answer->header('Retry-After') ? 1 : 0, $reasons ],
                [ $status, undef, $status == 503 ? 1 : 0,
                    $reason_of{$status} ],
                "$name: $user, $time: $status")
                or diag($answer->show, "\n", $httpd->log_since($mark));
        }
    }
}

# --- what it costs, and what the log says

{
    my ($direct) = grep { $_->[0] eq 'by name' } @rules;
    ask($direct->[5], 'alice');
    my $mark = $slapd->mark;
    ask($direct->[5], 'alice');
    is($slapd->summary($mark), 'BIND=1 SRCH=1',
        'a direct member, known: one bind and one search');
    my ($filter) = grep { $_->[0] eq 'a filter' } @rules;
    ask($filter->[5], 'alice');
    $mark = $slapd->mark;
    ask($filter->[5], 'alice');
    is($slapd->summary($mark), 'BIND=1 SRCH=1', 'a filter: the same');
}
my $log = $httpd->log_since(0);
like($log, qr/authz-unavailable: .*detail=Require eas-group: misconfigured, group "nobody": there is none/,
    'a group that is not there is named in the log');
like($log, qr/group "twin": the name is not one group's alone: write its DN/,
    'and a name of two');
like($log, qr/group "of-many": the directory lists no more groups than its size limit allows/,
    'and a size limit');

# --- where another request led to it

{
    my $mark = $slapd->mark;
    is_deeply([ map { ask($_, 'alice')->status } '/from-full',
            '/from-elsewhere' ], [ 200, 200 ],
        'a redirect: who comes from another provider is looked up here');
    ask('/from-full', 'alice');
    $mark = $slapd->mark;
    ask('/from-full', 'alice');
    is($slapd->summary($mark), 'BIND=1 SRCH=1',
        'a redirect: a group is asked about once');
    # The back end says nothing for longer than a directory may take.
    is(ask('/slow', 'alice')->body, "in\n",
        'a page of error, when the time for the login is over');
    like(ask('/slow', 'bob')->body, qr/was encountered while trying/,
        'is not for who is not in its group');
}

# --- an outage between the login and the question

{
    my ($direct) = grep { $_->[0] eq 'a group in a group' } @rules;
    my $mark = $httpd->mark;
    $slapd->stop;
    my $answer = ask($direct->[5], 'alice');
    is($answer->status, 503, 'the directory is away: 503');
    $slapd->start;
    EAS::Proc::wait_until(sub { ask($direct->[5], 'alice')->status == 200 },
        3 * slowness());
    is(ask($direct->[5], 'alice')->status, 200, 'and back');
}

is(join("\n", $httpd->unexpected(qr/EAS0300: /, qr/EAS032[024]: /,
        qr/EAS0201|EAS0203/, qr/AH01102|AH00898/,
        qr/AH01631: user \w+: authorization failure/)),
    '', 'nothing unexpected in the log');
