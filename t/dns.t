# SPDX-License-Identifier: Apache-2.0
# A name server that never answers: the phone is told in time, and nobody else
# has to wait.  libldap and the C library look names up under a lock of the
# whole process, without a bound.
#
# t/run-httpd gives the tests a name server of their own, EAS::DNS, which is
# silent about names that do not end in ".test", and an /etc/hosts that knows
# dc1.example.test.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use Socket qw(SOCK_STREAM getaddrinfo getnameinfo NI_NUMERICHOST
    NIx_NOSERV);
use Time::HiRes qw(time);
use EAS::Curl;
use EAS::DNS;
use EAS::Httpd;
use EAS::Port;
use EAS::Test;

# The name server itself.  The columns: what is said of a name, what is asked
# for, the answer in words.
my $many = [ map { "A 127.0.1.$_" } 1 .. 40 ];
my @answers = (
    [ [ 'A 127.0.0.1' ],             'A',    'NOERROR 60 A 127.0.0.1' ],
    [ [ '5 A 127.0.0.1', 'A 127.0.0.2' ], 'A', 'NOERROR 5 A 127.0.0.1, 60 A 127.0.0.2' ],
    [ [ 'A 127.0.0.1', 'AAAA ::1' ], 'AAAA', 'NOERROR 60 AAAA ::1' ],
    [ [ 'A 127.0.0.1' ],             'AAAA', 'NOERROR' ],
    [ [],                            'A',    'NOERROR' ],
    [ undef,                         'A',    'NXDOMAIN' ],
    [ [ '30 SRV 1 100 636 dc1.dns.test', 'SRV 2 0 389 DC2.dns.test.' ], 'SRV',
        'NOERROR 30 SRV 1 100 636 dc1.dns.test, 60 SRV 2 0 389 DC2.dns.test' ],
    [ [ 'SILENT' ],                  'A',    'nothing' ],
    [ [ 'A 127.0.0.1', 'AAAA SILENT' ], 'A', 'NOERROR 60 A 127.0.0.1' ],
    [ [ 'A 127.0.0.1', 'AAAA SILENT' ], 'AAAA', 'nothing' ],
    [ [ 'SERVFAIL' ],                'A',    'SERVFAIL' ],
    [ [ 'REFUSED' ],                 'SRV',  'REFUSED' ],
    [ [ 'GARBAGE' ],                 'SRV',  'garbage' ],
    [ [ 'A RAW 1 c00c000100010000000a00047f000003' ], 'A', 'NOERROR 10 A 127.0.0.3' ],
    [ [ 'TRUNCATED', 'A 127.0.0.1' ], 'A',   'NOERROR truncated' ],
    [ $many,                         'A',    'NOERROR truncated' ],
    [ $many,                         'A/tcp', 'NOERROR ' . join ', ', map { "60 $_" } @$many ],
);

# A directory at a name that it knows or does not.  The columns: what is said
# of the name, status, reason.
my @found = (
    [ [ 'A 127.0.0.1' ],                200, 'granted' ],
    [ [ 'AAAA ::1', 'A 127.0.0.1' ],    200, 'granted' ],
    [ undef,                            503, 'directory-name' ],
    [ [],                               503, 'directory-name' ],
    [ [ 'SERVFAIL' ],                   503, 'directory-name' ],
    [ [ 'SILENT' ],                     503, qr/directory-(?:name|timeout)/ ],
);

plan tests => 16 + @answers + @found, need_module(qw(eas_auth ssl));

unless ($ENV{EAS_OWN_DNS}) {
    fail('a name server of our own') for 1 .. 16 + @answers + @found;
    diag('This machine lets nobody make namespaces (unshare -mn as root, '
            . 'unshare -rmn as a user), so /etc/resolv.conf cannot be '
            . 'replaced for the tests alone.');
    exit;
}

EAS::DNS->clear;
my $asked = 0;
for (@answers) {
    my ($records, $question, $expected) = @$_;
    my $name = 'name' . $asked++ . '.dns.test';
    my ($type, $by) = split m{/}, $question;
    EAS::DNS->set($name => $records) if $records;
    is(EAS::DNS->query($name, $type, tcp => $by,
            timeout => $expected eq 'nothing' ? 0.3 : 5), $expected,
        'the name server: ' . ($records && @$records ? "$records->[0]: " : '')
            . "$question: " . substr $expected, 0, 40);
}
is(EAS::DNS->query('dc1.slow.example', 'A', timeout => 0.3), 'nothing',
    'the name server: of other names, nothing');
{
    my $mark = EAS::DNS->mark;
    EAS::DNS->set('system.dns.test' => [ 'A 127.0.0.4' ]);
    my (undef, @list) =
        getaddrinfo('System.dns.test', undef, { socktype => SOCK_STREAM });
    is(join(' ', map {
                (getnameinfo($_->{addr}, NI_NUMERICHOST, NIx_NOSERV))[1]
            } @list), '127.0.0.4', 'the C library asks it');
    is(EAS::DNS->asked('system.dns.test', since => $mark, type => 'A'), 1,
        'once');
    EAS::DNS->set('system.dns.test' => undef);
    my ($error) = getaddrinfo('system.dns.test');
    like($error, qr/not known|No address/, 'and again when that has changed');
}

my $ca      = ca();
my $example = slapd('example');
my $base    = $example->suffix;
my $ldaps   = $example->ldaps_port;
my %url = (
    slow      => "ldaps://dc1.slow.example:$ldaps/$base",
    slowtls   => "ldap://dc1.slow.example:@{[ $example->port ]}/$base",
    both      => "ldaps://dc1.slow.example:$ldaps 127.0.0.1:$ldaps/$base",
    all       => "ldaps://dc1.slow.example:$ldaps dc2.slow.example:$ldaps/$base",
    neighbour => "ldaps://127.0.0.1:$ldaps/$base",
    named     => "ldaps://dc1.example.test:$ldaps/$base",
);
for my $n (0 .. $#found) {
    $url{"found$n"} = "ldaps://found$n.dns.test:$ldaps/$base";
    EAS::DNS->set("found$n.dns.test" => $found[$n][0]) if $found[$n][0];
}
my $sections = join '', map { <<"END" } sort keys %url;
<EASAuthProvider $_>
    EASAuthLDAPURL "$url{$_}"
    EASAuthLDAPTimeout connect=1s operation=1s total=2s
    @{[ /^found/ ? 'EASAuthLDAPVerify Off' : "EASAuthLDAPTrustedCA $ca->{ca}" ]}
    EASAuthLDAPBindDN "@{[ $example->service ]}"
    EASAuthLDAPBindPassword file:$ENV{EAS_STATE}/example.secret
</EASAuthProvider>
<Location /$_>
    AuthType EAS-Basic
    AuthName "Test mail"
    EASAuthProvider $_
    Require valid-user
</Location>
END
my $dir   = scratch('dns');
my $port  = EAS::Port::free();
my $start = time;
my $httpd = EAS::Httpd->new(dir => "$dir/httpd", one_child => 1,
    config => <<"END")->start;
Listen 127.0.0.1:$port
SSLEngine on
SSLCertificateFile $ca->{server}{cert}
SSLCertificateKeyFile $ca->{server}{key}
$sections
END
cmp_ok(time - $start, '<', 3, 'httpd starts without the names');
for my $name (keys %url) {
    EAS::Proc::write_file("$dir/httpd/htdocs/$name", "in\n");
}
my $client = EAS::Curl->new(base => "https://localhost:$port",
    cacert => $ca->{ca});
my @alice = (user => 'alice', password => 'alice:secret');

sub told {
    my ($path) = @_;
    my $answer = $client->request('GET', "/$path", @alice);
    return $answer->status . ($answer->time < 2.5 ? ' in time' : ' late');
}

# How many sockets wait for the silent name server, 127.77.0.0/16 port 53.
sub lookups {
    return scalar grep { (split)[2] =~ /^[0-9A-F]{4}4D7F:0035$/ }
        split /\n/, EAS::Proc::read_file('/proc/net/udp');
}

my $mark = $httpd->mark;
is(told('slow'), '503 in time', 'a name that is not found out');
like(join(' ', map { $_->{reason} } $httpd->decisions($mark)),
    qr/^directory-(?:name|timeout)$/, 'and that is what the log says')
    or diag($httpd->log_since($mark));
is(told('slowtls'), '503 in time', 'with StartTLS');
is(told('all'),     '503 in time', 'two such names');
is(told('both'),    '200 in time', 'the second server has an address');
is(told('named'),   '200 in time', 'a name that is known');

for my $n (0 .. $#found) {
    my ($records, $status, $reason) = @{ $found[$n] };
    my $mark   = $httpd->mark;
    my $dns    = EAS::DNS->mark;
    my $answer = $client->request('GET', "/found$n", @alice);
    my $got    = join ' ', map { $_->{reason} } $httpd->decisions($mark);
    is_deeply(
        [ $answer->status, ref $reason && $got =~ /^$reason$/ ? $reason : $got,
            EAS::DNS->asked("found$n.dns.test", since => $dns) > 0 ],
        [ $status, $reason, 1 ],
        'a directory whose name ' . (!$records ? 'does not exist'
            : @$records ? "has: @$records" : 'has no address') . ": $status")
        or diag($answer->show, "\n", $httpd->log_since($mark));
}

# Meanwhile others go on.
{
    my $pid = fork;
    die "fork: $!" unless defined $pid;
    if (!$pid) {
        $client->requests({ parallel => 1 },
            phones('/slow', 20));
        POSIX::_exit(0);
    }
    my @times = map {
        my $answer = $client->request('GET', '/neighbour', @alice);
        $answer->status == 200 ? $answer->time : 99;
    } 1 .. 5;
    waitpid $pid, 0;
    my ($slowest) = sort { $b <=> $a } @times;
    cmp_ok($slowest, '<', 0.5 * slowness(), 'another directory is not held up');
}

# What a lookup under way writes to is left behind, lest it write to memory
# that is somebody else's by then: to a sanitizer a leak.  For it, all end.
EAS::Proc::wait_until(sub { !lookups() }, 30) if $ENV{EAS_SANITIZED};
$start = time;
$httpd->graceful;
is(told('neighbour'), '200 in time', 'a restart meanwhile');
$httpd->stop;
cmp_ok(time - $start, '<', 12, 'and httpd ends');
is(join("\n", $httpd->unexpected(qr/EAS0300: (?:directory-(?:name|timeout)|overloaded):/,
        EAS::Log::outage(), qr/EAS0202: /)),
    '', 'nothing unexpected in the log');
is_quiet();
