# SPDX-License-Identifier: Apache-2.0
# A name server that never answers: the phone is told in time, and nobody else
# has to wait.  libldap and the C library look names up under a lock of the
# whole process, without a bound.
#
# t/run-httpd gives the tests a name server that is silent, and an /etc/hosts
# that knows dc1.example.test.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use Time::HiRes qw(time);
use EAS::Curl;
use EAS::Httpd;
use EAS::Port;
use EAS::Test;

plan tests => 12, need_module(qw(eas_auth ssl));

unless ($ENV{EAS_SLOW_DNS}) {
    fail('a name server that never answers') for 1 .. 12;
    diag('This machine lets nobody make namespaces (unshare -mn as root, '
            . 'unshare -rmn as a user), so /etc/resolv.conf cannot be '
            . 'replaced for the tests alone.');
    exit;
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
my $sections = join '', map { <<"END" } sort keys %url;
<EASAuthProvider $_>
    EASAuthLDAPURL "$url{$_}"
    EASAuthLDAPTimeout connect=1s operation=1s total=2s
    EASAuthLDAPTrustedCA $ca->{ca}
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

# Meanwhile others go on.
{
    my $pid = fork;
    die "fork: $!" unless defined $pid;
    if (!$pid) {
        $client->requests({ parallel => 1 },
            map { [ 'GET', '/slow', @alice ] } 1 .. 20);
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
is(join("\n", $httpd->unexpected(qr/EAS0300: (?:directory-(?:name|timeout)|overloaded):/)),
    '', 'nothing unexpected in the log');
is_quiet();
