# SPDX-License-Identifier: Apache-2.0
# Nothing a client writes becomes a part of a filter or of a name: each of
# these is looked up as it is, or refused before anybody is asked.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use EAS::Test;

# login, what slapd is to see of it in a filter (undef: no search at all)
my @logins = (
    [ '*',                      '(uid=\2A)' ],
    [ 'a*',                     '(uid=a\2A)' ],
    [ 'alic?',                  '(uid=alic?)' ],
    [ ')(uid=*',                '(uid=\29\28uid=\2A)' ],
    [ '*)(uid=*))(|(uid=*',     '(uid=\2A\29\28uid=\2A\29\29\28|\28uid=\2A)' ],
    [ 'alice)(objectClass=*',   '(uid=alice\29\28objectClass=\2A)' ],
    [ 'alice)(|(uid=*',         '(uid=alice\29\28|\28uid=\2A)' ],
    [ '*)(userPassword=*',      '(uid=\2A\29\28userPassword=\2A)' ],
    [ '(alice)',                '(uid=\28alice\29)' ],
    [ 'alice,ou=people',        '(uid=alice,ou=people)' ],
    [ 'uid=alice',              '(uid=uid=alice)' ],
    [ 'alice&(uid=*)',          '(uid=alice&\28uid=\2A\29)' ],
    [ '!(uid=x)',               '(uid=!\28uid=x\29)' ],
    [ 'al=ice',                 '(uid=al=ice)' ],
    [ 'alice>=a',               '(uid=alice>=a)' ],
    # a backslash separates domain and name: the last one does
    [ 'EXAMPLE\*',              '(uid=\2A)' ],
    [ 'EXAMPLE\)(uid=*',        '(uid=\29\28uid=\2A)' ],
    [ '\2a',                    '(uid=2a)' ],
    [ '\\\\2a',                 undef ],
    [ 'EXAMPLE\\\\alice',       undef ],
    [ '*\alice',                undef ],
    # both halves of an address
    [ '*@example.com',          '(mail=\2A@example.com)' ],
    [ '*@*',                    '(mail=\2A@\2A)' ],
    [ 'alice@*',                '(mail=alice@\2A)' ],
    [ 'x@y)(uid=*',             '(mail=x@y\29\28uid=\2A)' ],
    [ 'x@example.com)(uid=*)(mail=x@example.com',
        '(mail=x@example.com\29\28uid=\2A\29\28mail=x@example.com)' ],
    # bytes
    [ "alice\0",                undef ],
    [ "alice\0)(uid=*",         undef ],
    [ "alice\n",                undef ],
    # overlong forms of *, and of ( and *, pass for Latin-1 letters
    [ "\xc0\xaa",               undef, 'searched' ],
    [ "\xc0\xa8uid=\xc0\xaa",   undef, 'searched' ],
    [ "\xe0\x80\xaa",           undef ],    # longer still: no Latin-1
    [ "\xed\xa0\x80",           undef ],    # a surrogate
    [ "al\xc3\xafce",           "(uid=al\\C3\\AFce)" ],
    [ "\xef\xbc\x8a",           undef, 'searched' ],    # full-width *
);

my @template = (
    # login, the DN that slapd sees in the bind (undef: none at all)
    [ 'alice,ou=people,dc=example,dc=test', 'uid=alice\2Cou\3Dpeople\2Cdc\3Dexample\2Cdc\3Dtest' ],
    [ 'alice+cn=x',  'uid=alice\2Bcn\3Dx' ],
    [ 'alice#',      'uid=alice#' ],
    [ '#616c696365', 'uid=\23616c696365' ],
    [ 'alice;x',     'uid=alice\3Bx' ],
    [ '<alice>',     'uid=\3Calice\3E' ],
    [ '"alice"',     'uid=\22alice\22' ],
    [ 'al  ice',     undef, 'any' ],
    [ '*',           'uid=*' ],
    [ '',            undef ],
);

plan tests => @logins + @template + 4,
    need_module(qw(eas_auth ssl proxy_http));

# A password that is right for alice, so that a hole would open.
for (@logins) {
    my ($login, $filter, $free) = @$_;
    (my $shown = $login) =~ s/([^ -~])/sprintf '\x%02x', ord $1/ge;
    my $mark = slapd('example')->mark;
    my $answer = site('tls')->request('GET', '/r/basic/x', user => $login,
        password => 'alice:secret');
    my $filters = join ' ',
        map { $_->{text} =~ /filter="(.*)"/ ? $1 : () }
        grep { $_->{kind} eq 'SRCH' } slapd('example')->operations($mark);
    my $bound = slapd('example')->count(kind => 'BIND', since => $mark,
        like => qr/dn="uid=/);
    my $looked_up =
          $free            ? $filters !~ /[*&!]|\(uid=[^)]*\(/
        : !defined $filter ? $filters eq ''
        :                    index(lc $filters, lc $filter) >= 0;
    is(join(' ', $answer->status, $looked_up ? 'as it is' : $filters, $bound),
        '401 as it is 0', "login $shown");
}

for (@template) {
    my ($login, $dn, $free) = @$_;
    my $mark = slapd('example')->mark;
    my $answer = site('tls')->request('GET', '/r/template/x', user => $login,
        password => 'alice:secret');
    my ($seen) = map { $_->{text} =~ /dn="([^"]*(?:"[^"]*)*)" method/ ? $1 : () }
        grep { $_->{kind} eq 'BIND' } slapd('example')->operations($mark);
    my $want = defined $dn ? lc "$dn,ou=people,dc=example,dc=test" : undef;
    $seen = lc $seen if defined $seen;
    is(join(' ', $answer->status, $free ? 'any' : defined $seen ? $seen : 'none'),
        join(' ', 401, $free ? 'any' : defined $want ? $want : 'none'),
        "direct bind of '$login'");
}

# Names that hold such characters belong to their owners alone.
check(name => 'a name with an asterisk is looked up as it is',
    path => '/r/basic/x', user => 'weird*name', password => 'weird secret',
    status => 200, reason => 'granted', remote_user => 'weird*name',
    bound => { example => 'uid=weird*name,ou=people,dc=example,dc=test' });
check(name => 'and stands for nobody else', path => '/r/basic/x',
    user => 'weird*', password => 'weird secret', status => 401,
    reason => 'unknown-user', bound => { example => '' });

# What is written to the log stays on its line.
my $mark = log_mark();
site('tls')->request('GET', '/r/basic/x',
    user => "x\xc2\x85y \"reason=granted\" EAS0300: granted: user=alice",
    password => 'x');
site('tls')->request('GET', '/r/basic/x', password => 'x',
    user => 'x" user="alice" EAS0300: granted: login="alice');
is(join(' ', map { $_->{reason} } decisions($mark)),
    'control-character unknown-user', 'a login cannot forge a log line')
    or diag(log_since($mark));
is_quiet();
