# SPDX-License-Identifier: Apache-2.0
# What no directory should answer, and what one in trouble does: each is told
# apart, nothing is taken for a wrong password, the child lives, and the next
# good login is let in.

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
use EAS::Slapd;
use EAS::Test;

my $ca  = ca();
my $dir = scratch('faults');
my $MB  = 1024 * 1024;

# --- answers; each is made of the request it is for

*ber = \&EAS::BER::ber;

# The usual answer, with options of EAS::BER::result and entries.
sub usual {
    my ($op, $code, %opt) = @_;
    return EAS::Peer::answer($op->{kind}, $op->{id}, $code || 0, %opt);
}

# A function that answers with a code.
sub code {
    my ($code, %opt) = @_;
    return sub { \usual($_[0], $code, %opt) };
}

# The result of an operation of another kind.
sub result_of {
    my ($tag) = @_;
    return sub {
        \EAS::BER::message($_[0]{id}, $EAS::BER::TAG{$tag},
            EAS::BER::result(0));
    };
}

sub raw { my ($bytes) = @_; return sub { \$bytes } }

# The usual answer with some bytes of it replaced.
sub spoilt {
    my ($at, $bytes) = @_;
    return sub {
        my $answer = usual($_[0]);
        substr $answer, $at, length $bytes, $bytes;
        return \$answer;
    };
}

# The same for a search, where it is the entry that is wrong.
sub found {
    my @entries = @_;
    return sub { \usual($_[0], 0, entries => [@entries]) };
}

sub person { return EAS::Peer::person(@_) }

# Bytes without a rule in them, but the same in each run.
sub noise {
    my ($count) = @_;
    my $state = 2463534242;
    return join '', map {
        $state ^= $state << 13 & 0xffffffff;
        $state ^= $state >> 17;
        $state ^= $state << 5 & 0xffffffff;
        chr($state & 0xff);
    } 1 .. $count;
}

# Entries for as long as anybody reads.
sub endless {
    my ($op) = @_;
    my $entry = EAS::BER::message($op->{id}, $EAS::BER::TAG{entry},
        person('row', description => 'x' x $MB));
    EAS::Peer::send_all($op->{socket}, $entry) for 1 .. 64;
    return \'';
}

my $LOST = qr/directory-(?:down|error)/;
my $LATE = 'directory-timeout';
my $URL  = 'ldap://dc2.example.test/dc=peer,dc=test';
my $REFERS = qr/it refers to "ldap:\/\/dc2\.example\.test/;

# What goes wrong in either operation: name, answer, reason, detail.
my @either = (
    [ 'nothing',                 raw(''), $LATE ],
    [ 'an end',                  sub { undef }, 'directory-down' ],
    [ 'half a message',          sub { \substr usual($_[0]), 0, 9 }, $LATE ],
    [ 'half a message, the end', sub { [ substr usual($_[0]), 0, 9 ] }, 'directory-down' ],
    [ 'one byte, the end',       sub { ["\x30"] }, 'directory-down' ],
    [ 'noise',                   raw(noise(4096)), $LOST ],
    [ 'zeros',                   raw("\0" x 64), $LOST ],
    [ 'a SET around it',         spoilt(0, "\x31"), $LOST ],
    [ 'a length of 2 GB',        raw("\x30\x84\x7f\xff\xff\xff" . "x" x 64), $LOST ],
    [ 'a length of 4 GB',        raw("\x30\x84\xff\xff\xff\xff" . "x" x 64), $LOST ],
    [ 'a length of 126 bytes',   raw("\x30\xfe" . "\xff" x 200), $LOST ],
    [ 'an indefinite length',    raw("\x30\x80\x02\x01\x02\x61\x07\x0a\x01\x00\x04\x00\x04\x00\x00\x00"), $LOST ],
    [ 'an empty message',        raw("\x30\x00"), $LOST ],
    [ 'no messageID',            raw(ber(0x30, ber(0x61, EAS::BER::result(0)))), $LOST ],
    [ 'a negative messageID',    sub { \EAS::BER::message("\xff", 0x61, EAS::BER::result(0)) }, qr/$LOST|$LATE/ ],
    [ 'a messageID of 9 bytes',  sub { \EAS::BER::message("\1" x 9, 0x61, EAS::BER::result(0)) }, $LOST ],
    [ 'another messageID',       sub { $_[0]{id} = EAS::BER::id(77); \usual($_[0]) }, $LATE ],
    [ 'a result without a code', sub { \EAS::BER::message($_[0]{id}, $_[0]{kind} eq 'bind' ? 0x61 : 0x65, '') }, $LOST ],
    [ 'a result of a string',    sub { \EAS::BER::message($_[0]{id}, $_[0]{kind} eq 'bind' ? 0x61 : 0x65, ber(0x04, 'success')) }, $LOST ],
    [ 'a negative code',         code(0x80), $LOST ],
    [ 'lengths that lead outside', sub { \EAS::BER::message($_[0]{id}, $_[0]{kind} eq 'bind' ? 0x61 : 0x65, "\x0a\x01\x00\x04\x7fx") }, $LOST ],
    [ 'the result of an extended operation', result_of('extended'), $LOST ],
    [ 'more than 4 MB',          code(0, diagnostic => 'x' x (5 * $MB)), $LOST ],
    [ '1 MB to say',             code(80, diagnostic => 'x' x $MB), 'directory-error', qr/"x{128}"\.\.\./ ],
    [ 'control characters to say', code(80, diagnostic => "a\r\nEAS0300: granted\e[2J"), 'directory-error', qr/"a%0d%0aEAS0300: granted%1b\[2J"/ ],
    [ 'NUL to say',              code(80, diagnostic => "a\0b"), 'directory-error' ],
    [ 'a notice of disconnection', sub { [ EAS::BER::notice(52) ] }, 'directory-busy' ],
    [ 'a notice, and no end',    raw(EAS::BER::notice(52)), 'directory-busy' ],
    [ 'a notice of success',     raw(EAS::BER::notice(0)), $LOST ],
    [ 'operationsError',         code(1),  'directory-error', qr/\(1\)/ ],
    [ 'protocolError',           code(2),  'directory-error', qr/\(2\)/ ],
    [ 'timeLimitExceeded',       code(3),  $LATE,             qr/\(3\)/ ],
    [ 'sizeLimitExceeded',       code(4),  'directory-error', qr/\(4\)/ ],
    [ 'referral',                code(10, referrals => [ $URL, 'ldap://dc3' ]), 'directory-referral',
        qr/$REFERS[^ ]*, which is not followed: name a server that holds this base in EASAuthLDAPURL/ ],
    [ 'referral to nowhere',     code(10), 'directory-referral', qr/it refers to -, which is not followed/ ],
    [ 'referral with 1 MB',      code(10, referrals => [ 'ldap://' . 'x' x $MB ]), 'directory-referral', qr/x{100}"\.\.\., which/ ],
    [ 'adminLimitExceeded',      code(11), 'directory-error', qr/\(11\)/ ],
    [ 'saslBindInProgress',      code(14), 'directory-error', qr/\(14\)/ ],
    [ 'busy',                    code(51), 'directory-busy',  qr/\(51\)/ ],
    [ 'unavailable',             code(52), 'directory-busy',  qr/\(52\)/ ],
    [ 'unwillingToPerform',      code(53), 'directory-error', qr/\(53\)/ ],
    [ 'other',                   code(80), 'directory-error', qr/\(80\)/ ],
    [ 'a code nobody knows',     code(123), 'directory-error', qr/\(123\)/ ],
);

my @rows;
for my $kind (qw(search bind)) {
    push @rows, map { {
        name => "$kind: $_->[0]", $kind => $_->[1], status => 503,
        reason => $_->[2], detail => $_->[3],
    } } @either;
}

# What goes wrong in one of them.
my $strange = "\xff\xfe";
push @rows,
    { name => 'search: the result of a bind', search => result_of('bind'),
        status => 503, reason => $LOST },
    { name => 'bind: the result of a search', bind => result_of('search'),
        status => 503, reason => $LOST },
    { name => 'entries without end', search => \&endless, status => 503,
        reason => $LOST },
    { name => 'two entries', search => found(person('row'), person('bob')),
        status => 401, reason => 'ambiguous-user' },
    { name => 'one entry, and the size limit',
        search => code(4, entries => [ person('row') ]),
        status => 401, reason => 'ambiguous-user' },
    { name => 'one entry, and busy',
        search => code(51, entries => [ person('row') ]),
        status => 503, reason => 'directory-busy' },
    { name => 'nobody', search => found(), status => 401,
        reason => 'unknown-user' },
    { name => 'nobody, and references',
        search => sub { \join '', EAS::BER::message($_[0]{id},
            $EAS::BER::TAG{reference}, EAS::BER::reference($URL)),
            usual($_[0], 0, entries => []) },
        status => 401, reason => 'unknown-user', detail => $REFERS },
    { name => 'an entry between references',
        search => sub { my $other = EAS::BER::message($_[0]{id},
            $EAS::BER::TAG{reference}, EAS::BER::reference($URL, $URL));
            \join '', $other, substr(usual($_[0], 0, entries => [ person('row') ]),
                0, -length usual($_[0], 0, entries => [])),
                $other, usual($_[0], 0, entries => []) },
        status => 200, reason => 'granted' },
    { name => 'a reference that is none',
        search => sub { \join '', EAS::BER::message($_[0]{id},
            $EAS::BER::TAG{reference}, "\x04\x7f"),
            usual($_[0], 0, entries => []) },
        status => 401, reason => 'unknown-user' },
    { name => 'an entry with an empty DN',
        search => found(EAS::BER::entry('', uid => 'row')),
        status => 503, reason => 'directory-error' },
    { name => 'an entry with a DN that is none',
        search => sub { \usual($_[0], 0,
            entries => [ EAS::BER::entry('row', uid => $_[0]{login}) ]) },
        status => 200, reason => 'granted' },
    { name => 'an entry cut short',
        search => found("\x04\x03abc\x30\x7f\x30\x05\x04\x03uid"),
        status => 503, reason => 'directory-error' },
    { name => 'an entry without the login attribute',
        search => found(EAS::BER::entry('cn=row,dc=peer,dc=test', cn => 'row')),
        status => 403, reason => 'no-remote-user' },
    { name => 'a login attribute without a value',
        search => found(person('row', uid => [])),
        status => 403, reason => 'no-remote-user' },
    (map { {
        name => "a login attribute with $_->[0]",
        search => found(person('row', uid => $_->[1])),
        status => 403, reason => 'no-remote-user' } }
        [ 'NUL', "row\0admin" ], [ 'a line break', "row\r\nX-Remote-User: bob" ],
        [ 'ill-formed UTF-8', $strange ], [ 'an overlong NUL', "row\xc0\x80" ],
        [ 'nothing in it', '' ]),
    { name => 'one of two login attributes with NUL',
        search => found(person('row', uid => [ "row\0admin", 'plain' ])),
        status => 200, reason => 'granted' },
    { name => 'an attribute of 1 MB', search => found(person('row',
            description => 'x' x $MB)),
        status => 200, reason => 'granted' },
    { name => 'a login attribute of 1 MB', search => found(person('row',
            uid => 'x' x $MB)),
        status => 403, reason => 'no-remote-user' },
    { name => 'a member of 10,000 groups', search => found(person('row',
            memberOf => [ map { "cn=group $_,ou=groups,dc=peer,dc=test" }
                1 .. 10_000 ])),
        status => 200, reason => 'granted' },
    { name => 'a login attribute with 10,000 values', search => found(person('row',
            uid => [ map { "alias$_" } 1 .. 10_000 ])),
        status => 200, reason => 'granted' },
    { name => 'an id of 1 MB', search => sub { \usual($_[0], 0,
            entries => [ person($_[0]{login}, entryUUID => 'x' x $MB) ]) },
        status => 200, reason => 'granted' },
    { name => 'success, then a notice', bind => sub { [ usual($_[0]) . EAS::BER::notice(52) ] },
        status => 200, reason => 'granted' },
    { name => 'success, then a notice, and no end', search => sub { \(usual($_[0]) . EAS::BER::notice(52)) },
        status => 200, reason => 'granted' },
    { name => 'success, then the end', bind => sub { [ usual($_[0]) ] },
        status => 200, reason => 'granted' },
    { name => 'refused, then the end', bind => sub { [ usual($_[0], 49) ] },
        password => 'refused once', status => 401, reason => 'wrong-password' },
    { name => 'a control that is none', bind => sub { \EAS::BER::message(
            $_[0]{id}, 0x61, EAS::BER::result(0), ber(0x30,
                ber(0x04, '1.3.6.1.4.1.42.2.27.8.5.1') . ber(0x04, $strange))) },
        status => 503, reason => 'directory-error' };

# What 389 and FreeIPA say to somebody's bind beside unwillingToPerform; 389
# sends a control that says "locked" for an inactivated account as well.
my $LOCKED  = 1;
my @texts   = (
    # text, code, status, reason
    [ 'Account inactivated. Contact system administrator.', 53, 403, 'account-disabled' ],
    [ 'Account (Kerberos principal) is expired', 53, 403, 'account-expired' ],
    [ "Entry permanently locked.\n",            53, 503, 'directory-locked' ],
    [ "Too many failed logins.\n",              53, 503, 'directory-locked' ],
    [ 'Exceed password retry limit. Please try later.', 19, 503, 'directory-locked' ],
    [ 'Server is read-only',                     53, 503, 'directory-error' ],
    [ '',                                        53, 503, 'directory-error' ],
);
for my $type (qw(FreeIPA Generic OpenLDAP)) {
    for my $control ('', ', and a control') {
        push @rows, map {
            my ($text, $code, $status, $reason) = @$_;
            ($status, $reason) = (503, 'directory-error')
                if $type eq 'OpenLDAP' && $code == 53;
            { name => ($text =~ /^(.+)/ ? $1 : 'no text') . "$control, $type",
                status => $status, reason => $reason,
                lines => "EASAuthLDAPType $type",
                bind => sub {
                    \EAS::BER::message($_[0]{id}, $EAS::BER::TAG{bind},
                        EAS::BER::result($code, diagnostic => $text),
                        $control ? EAS::BER::ppolicy($LOCKED) : ());
                } };
        } @texts;
    }
}

# One peer for all of these: what is wrong is asked for by name.
my $peer = EAS::Peer->new(ldap => sub {
    my ($op) = @_;
    return 0 unless $op->{request} =~ /row(\d+)z/;
    $op->{login} = "row${1}z";
    my $answer = $rows[$1]{ $op->{kind} };
    return $answer ? $answer->($op)
        : $op->{kind} eq 'search' ? \usual($op, 0, entries => [ person($op->{login}) ])
        : 0;
});
$rows[$_]{user} = "row${_}z" for 0 .. $#rows;
$_->{url} = 'ldap://127.0.0.1:' . $peer->port . '/dc=peer,dc=test' for @rows;

# The service account, which is bound once on the first connection alone.
my @service = (
    [ 'an end',          sub { undef },   'directory-down' ],
    [ 'half a message',  sub { [ substr usual($_[0]), 0, 9 ] }, 'directory-down' ],
    [ 'noise',           raw(noise(4096)), $LOST ],
    [ 'the result of a search', result_of('search'), $LOST ],
    [ 'busy',            code(51),        'directory-busy', qr/service account at .*\(51\)/ ],
    [ 'unavailable',     code(52),        'directory-busy', qr/service account at .*\(52\)/ ],
    [ 'a referral',      code(10, referrals => [$URL]), 'directory-referral', $REFERS ],
    [ 'a notice',        sub { [ EAS::BER::notice(52) ] }, 'directory-busy' ],
);
my @peers;
for (@service) {
    my ($name, $answer, $reason, $detail) = @$_;
    push @peers, EAS::Peer->new(ldap => sub {
        $_[0]{kind} eq 'service' && $_[0]{connection} == 1
            ? $answer->($_[0]) : 0;
    });
    push @rows, { name => "service account: $name", status => 503,
        reason => $reason, detail => $detail, user => 'alice',
        url => 'ldap://127.0.0.1:' . $peers[-1]->port . '/dc=peer,dc=test' };
}

# --- real directories

my %slapd = map {
    my ($name, %opt) = @$_;
    ($name => EAS::Slapd->new(dir => "$dir/$name", ca => $ca->{ca},
        certificate => $ca->{server}, %opt)->start)
    } [ 'expired', certificate => $ca->{expired} ],
    [ 'misnamed', certificate => $ca->{misnamed} ],
    [ 'good' ],
    [ 'limited', global => "sizelimit 1\n" ],
    [ 'referral', global => "referral ldap://dc2.example.test\n" ];

sub real {
    my ($name, $status, $reason, $server, %more) = @_;
    return { name => $name, status => $status, reason => $reason,
        user => 'alice', server => $slapd{$server},
        url => $slapd{$server}->url('ldaps') . '/' . $slapd{$server}->suffix,
        %more };
}
my $nowhere = $slapd{good}->url('ldaps') =~ s/127\.0\.0\.1/dc1.nowhere-.test/r;
push @rows,
    real('a certificate of another host', 503, 'directory-tls', 'misnamed', lasting => 1),
    real('a certificate that has expired', 503, 'directory-tls', 'expired', lasting => 1),
    real('a name that resolves to nothing', 503, 'directory-name', 'good',
        url => "$nowhere/" . $slapd{good}->suffix, lasting => 1,
        detail => qr/the name dc1\.nowhere-\.test/),
    real('two entries of a directory', 401, 'ambiguous-user', 'good',
        user => 'Person', lines => 'EASAuthLDAPLogin user=uid objectClass'),
    real('more entries than a directory gives', 401, 'ambiguous-user', 'limited',
        user => 'Person', lines => 'EASAuthLDAPLogin user=uid objectClass'),
    real('a referral of a directory', 503, 'directory-referral', 'referral', lasting => 1,
        url => $slapd{referral}->url('ldaps') . '/dc=elsewhere,dc=test',
        detail => qr/it refers to "ldap:\/\/dc2\.example\.test.*not followed/);

my $closing = EAS::Peer->new(ldap => sub {
    return $_[0]{kind} eq 'bind' ? [ usual($_[0]) ] : 0;
});
my $hasty = EAS::Peer->new(ldap => sub {
    my ($op) = @_;
    return 0 unless $op->{kind} eq 'bind';
    return 49 if $op->{request} =~ /wrong/;
    my $next = EAS::BER::id(1 + unpack 'C', $op->{id});
    return \(usual($op) . EAS::Peer::answer('bind', $next, 0));
});
my $troubled = EAS::Peer->new(ldap => sub {
    return $_[0]{kind} eq 'bind' ? 53 : 0;
});
my $expired = EAS::Peer->new(ldap => sub {
    return $_[0]{kind} eq 'bind' ? 0 : \usual($_[0], 0, entries =>
        [ person('alice', krbPasswordExpiration => '20010101000000Z') ]);
});
my @resets = map {
    EAS::Peer->new(ldap => sub {
        my ($op) = @_;
        return 0 unless $op->{kind} eq 'bind';
        # connect(2) to no family ends a connection with a reset
        connect $op->{socket}, pack 'S x14', 0;
        return undef;
    });
} 1 .. 2;
my $relay = EAS::Peer->new('relay', $slapd{good}->ldaps_port);
my @own = (
    { id => 'closing', url => 'ldap://127.0.0.1:' . $closing->port
            . '/dc=peer,dc=test' },
    { id => 'hasty', url => 'ldap://127.0.0.1:' . $hasty->port
            . '/dc=peer,dc=test' },
    { id => 'direct', template => 'uid=%u,dc=peer,dc=test',
        lines => 'EASAuthLDAPType FreeIPA',
        url => 'ldap://127.0.0.1:' . $expired->port . '/dc=peer,dc=test' },
    { id => 'resets', url => 'ldap://127.0.0.1:' . $resets[0]->port
            . ' 127.0.0.1:' . $resets[1]->port . '/dc=peer,dc=test' },
    { id => 'troubled', url => 'ldap://127.0.0.1:' . $troubled->port
            . '/dc=peer,dc=test' },
    { id => 'relayed', server => $slapd{good}, url => 'ldaps://127.0.0.1:'
            . $relay->port . '/' . $slapd{good}->suffix },
);

plan tests => 2 * @rows - grep({ $_->{lasting} } @rows) + 28,
    need_module(qw(eas_auth ssl));

# --- a Location and a directory for each

my $sections = '';
my $count = 0;
for my $row (@rows, @own) {
    my $id = $row->{id} ||= 'p' . $count++;
    my $server = $row->{server};
    my ($dn, $secret) = $server ? ($server->service, $server->secret)
        : ('cn=svc,dc=peer,dc=test', 'of the service');
    my $lines = $server ? "EASAuthLDAPTrustedCA $ca->{ca}" : 'EASAuthLDAPStartTLS Off';
    $lines .= "\n$row->{lines}" if $row->{lines};
    $sections .= <<"SECTION";
<EASAuthProvider $id>
    EASAuthLDAPURL "$row->{url}"
    @{[ $row->{template} ? "EASAuthLDAPBindTemplate $row->{template}"
        : "EASAuthLDAPBindDN \"$dn\"\nEASAuthLDAPBindPassword \"$secret\"" ]}
    EASAuthLDAPTimeout connect=1s operation=500ms total=1s
    EASAuthLDAPRemember 0s
    $lines
</EASAuthProvider>
<Location /$id/>
    AuthType EAS-Basic
    AuthName "Test mail"
    EASAuthProvider $id
    Require valid-user
</Location>
SECTION
}
$sections .= <<'SECTION';
<Location /troubled/>
    ErrorDocument 503 /sorry/x
</Location>
<Location /sorry/>
    AuthType EAS-Basic
    AuthName "Test mail"
    EASAuthProvider troubled
    EASAuthRemoteUser "%u@sorry"
    Require valid-user
</Location>
SECTION
my $port  = EAS::Port::free();
my $httpd = EAS::Httpd->new(dir => "$dir/httpd", one_child => 1,
    config => <<"END_OF_CONFIG")->start;
Listen 127.0.0.1:$port
SSLEngine on
SSLCertificateFile $ca->{server}{cert}
SSLCertificateKeyFile $ca->{server}{key}
$sections
END_OF_CONFIG
for my $id ('sorry', map { $_->{id} } @rows, @own) {
    mkdir "$dir/httpd/htdocs/$id";
    EAS::Proc::write_file("$dir/httpd/htdocs/$id/x", "in\n");
}
my $client = EAS::Curl->new(base => "https://localhost:$port",
    cacert => $ca->{ca});
my @children = sort $httpd->children;

# Whether a pattern matches, or the text is the same.
sub fits {
    my ($got, $want) = @_;
    return ref $want ? $got =~ /^$want$/ : $got eq $want;
}

for my $row (@rows) {
    my $mark   = $httpd->mark;
    my $answer = $client->request('GET', "/$row->{id}/x", user => $row->{user},
        password => $row->{password} || 'alice:secret', timeout => 6);
    my @decided = $httpd->decisions($mark);
    my $reason  = join ' ', map { $_->{reason} } @decided;
    my $line    = join ' ', map { $_->{line} } @decided;
    my %got = (
        status    => $answer->status,
        reason    => fits($reason, $row->{reason}) ? "$row->{reason}" : $reason,
        challenge => $answer->header('WWW-Authenticate') ? 1 : 0,
        late      => $answer->time > 1.4 * slowness() ? $answer->time : 0,
        detail    => !$row->{detail} || $line =~ $row->{detail} ? 1 : $line,
    );
    my %want = (
        status    => $row->{status},
        reason    => "$row->{reason}",
        challenge => $row->{status} == 401 ? 1 : 0,
        late      => 0,
        detail    => 1,
    );
    is_deeply(\%got, \%want, "$row->{name}: $row->{status}, $row->{reason}")
        or diag($answer->show, "\n", substr $httpd->log_since($mark), 0, 4000);
    next if $row->{lasting};
    $mark   = $httpd->mark;
    $answer = $client->request('GET', "/$row->{id}/x", user => 'alice',
        password => 'alice:secret', timeout => 6);
    is($answer->status, 200, "$row->{name}: and the next is let in")
        or diag(substr $httpd->log_since($mark), 0, 4000);
}

# --- a server that closes after each bind

{
    my @answers = map { $client->request('GET', '/closing/x', user => 'alice',
            password => 'alice:secret') } 1 .. 10;
    is(join(' ', map { $_->status } @answers), join(' ', (200) x 10),
        'a server that closes after each bind: ten logins');
}

# --- a server that answers a bind that is to come

{
    my @answers = map { $client->request('GET', '/hasty/x', user => 'alice',
            password => $_) } qw(right wrong);
    is(join(' ', map { $_->status } @answers), '200 401',
        'an answer sent ahead lets nobody in');
}

# --- an error document under other rules, of a directory in trouble

{
    is($client->request('GET', '/troubled/x', user => 'alice',
        password => 'secret')->status, 503, 'an error document of 503');
    is($troubled->requests('bind'), 1, 'the password is sent once');
}

# --- FreeIPA takes a password that has expired

is($client->request('GET', '/direct/x', user => 'alice', password => 'old')
    ->status, 403, 'an expired password, bound directly: 403');

# --- a server, or what stands before it, that reads a password and resets

{
    is($client->request('GET', '/resets/x', user => 'alice',
        password => 'wrong')->status, 503, 'a reset after the password');
    is($resets[0]->requests('bind') + $resets[1]->requests('bind'), 1,
        'no other server is shown it');
}

# --- what lies between: a relay that is told what to do to warm connections

my @between = (
    # word for the relay, status, reason, least and most seconds
    [ 'delay 60',       200, 'granted', 0.1, 1.4 ],
    [ 'throttle 2000',  200, 'granted', 0.05, 1.4 ],
    [ 'throttle 50',    503, $LATE,     0.4, 1.4 ],
    [ 'reset',          200, 'granted', 0,   0.4 ],
    [ 'forget',         200, 'granted', 0,   0.4 ],
    [ 'stall',          503, $LATE,     0.4, 1.4 ],
    # used a moment ago, and so not tried first
    [ 'drop',           qr/200|503/, qr/granted|$LATE/, 0, 1.4 ],
    [ 'half-open',      qr/200|503/, qr/granted|$LATE/, 0, 1.4 ],
    [ 'deaf',           503, $LATE,     0.4, 1.4 ],
);
sub relayed {
    return $client->request('GET', '/relayed/x', user => 'alice',
        password => 'alice:secret', timeout => 6);
}
for (@between) {
    my ($word, $status, $reason, $least, $most) = @$_;
    relayed();    # so that there are connections
    my $mark = $httpd->mark;
    $relay->tell($word);
    my $answer = relayed();
    my $got    = join ' ', map { $_->{reason} } $httpd->decisions($mark);
    my $time   = $answer->time;
    ok(fits($answer->status, $status) && fits($got, $reason)
            && $time >= $least && $time < $most * slowness(),
        "relay, $word: $status, $reason, in time")
        or diag($answer->show, ", $got, $time s\n", $httpd->log_since($mark));
    $relay->tell('resume');
    relayed() if $word eq 'deaf';    # on a connection that is lost
    is(relayed()->status, 200, "relay, $word: and the next is let in");
}

is(join(' ', sort $httpd->children), "@children", 'no child has ended');
is(join("\n", $httpd->unexpected(
            qr/EAS0300: (?!internal-error|misconfigured)/,
            qr/EAS02\d\d: .*(?:StartTLS|literal|password)/i)),
    '', 'nothing unexpected in the log');
is_quiet();
