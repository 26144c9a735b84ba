# SPDX-License-Identifier: Apache-2.0
# The same credential again on the same connection: no directory is asked, and
# nothing else is taken for the same.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use IO::Socket::INET;
use EAS::Curl;
use EAS::Httpd;
use EAS::Port;
use EAS::Slapd;
use EAS::Test;

plan tests => 36, need_module(qw(eas_auth ssl http2));

my $ca    = ca();
my $dir   = scratch('memo');
my $slapd = EAS::Slapd->new(dir => "$dir/slapd", ca => $ca->{ca},
    certificate => $ca->{server})->start;
EAS::Proc::write_file("$dir/secret", $slapd->secret, 0600);
my ($plain, $tls) = map { EAS::Port::free() } 1 .. 2;

# Two providers of one directory; each login is looked up, so that operations
# can be counted.
sub provider {
    my ($name) = @_;
    return <<"END";
<EASAuthProvider $name>
    EASAuthLDAPURL "@{[ $slapd->url('ldaps') ]}/@{[ $slapd->suffix ]}"
    EASAuthLDAPTrustedCA $ca->{ca}
    EASAuthLDAPBindDN "@{[ $slapd->service ]}"
    EASAuthLDAPBindPassword file:$dir/secret
    EASAuthLDAPTimeout connect=2s operation=2s total=4s
    EASAuthLDAPRemember 0s
    EASAuthDomain EXAMPLE
</EASAuthProvider>
END
}

sub place {
    my ($path, @lines) = @_;
    push @lines, 'EASAuthProvider first' unless "@lines" =~ /EASAuthProvider/;
    push @lines, 'Require valid-user'    unless "@lines" =~ /Require /;
    my $lines = join "\n    ", @lines;
    return <<"END";
<Location $path>
    AuthType EAS-Basic
    AuthName "Test mail"
    EASAuthRequireTLS Off
    Header always set X-User "expr=%{REMOTE_USER}"
    Header always set X-Source "expr=%{reqenv:EAS_SOURCE}"
    Header always set X-Note "expr=%{note:EAS_SOURCE}"
    Header always set X-Who "expr=%{reqenv:EAS_USER}"
    $lines
</Location>
END
}

my $places = join '',
    place('/one'),
    place('/same'),
    place('/mail',   'EASAuthRemoteUser mail'),
    place('/second', 'EASAuthProvider second'),
    place('/tls',    'EASAuthRequireTLS On'),
    place('/short',  'EASAuthCacheTTL 1s'),
    place('/never',  'EASAuthCacheTTL 0s'),
    place('/group',  'Require user bob');

my $httpd = EAS::Httpd->new(
    dir => "$dir/httpd", one_child => 1, shield => 1, config => <<"END")->start;
Listen 127.0.0.1:$plain
Listen 127.0.0.1:$tls
Protocols h2 http/1.1
KeepAliveTimeout 60
MaxKeepAliveRequests 0
EASAuthCache none
EASAuthLockout mode=off
AliasMatch ^ $dir/httpd/htdocs/x
@{[ provider('first') . provider('second') ]}
$places
<VirtualHost 127.0.0.1:$plain>
    ServerName first.test
</VirtualHost>
<VirtualHost 127.0.0.1:$plain>
    ServerName other.test
</VirtualHost>
<VirtualHost 127.0.0.1:$tls>
    SSLEngine on
    SSLCertificateFile $ca->{server}{cert}
    SSLCertificateKeyFile $ca->{server}{key}
</VirtualHost>
END
EAS::Proc::write_file("$dir/httpd/htdocs/x", "in\n");

my $socket;

sub connect_anew {
    $socket = IO::Socket::INET->new(
        PeerAddr => '127.0.0.1',
        PeerPort => $plain,
    ) or die "httpd: $!\n";
    return;
}

# One request on the connection: status, REMOTE_USER, EAS_SOURCE.
sub ask {
    my ($path, $user, $password, $host) = @_;
    $host ||= 'first.test';
    print {$socket} "GET $path HTTP/1.1\r\nHost: $host\r\nAuthorization: "
        . EAS::Curl::basic($user, $password) . "\r\n\r\n";
    my $answer = '';
    while ($answer !~ /\r\n\r\n/) {
        sysread($socket, $answer, 4096, length $answer)
            or return "closed: $answer";
    }
    my ($head, $body) = split /\r\n\r\n/, $answer, 2;
    my ($length) = $head =~ /^Content-Length: (\d+)/mi;
    while ($length > length $body) {
        sysread($socket, $body, $length - length $body, length $body)
            or return "closed: $answer";
    }
    my ($status) = $head =~ m{^HTTP/1.1 (\d+)};
    my %told = $head =~ /^X-(\w+): (\S+)/mg;
    return join ' ', $status, grep { defined } @told{qw(User Source)},
        # the environment of a back end, and what a log can say
        $told{Note} eq $told{Source} ? () : "note $told{Note}";
}

# A request, and what it costs the directory.
sub costs {
    my ($name, $answer, $cost, @request) = @_;
    my $mark = $slapd->mark;
    is(ask(@request), $answer, $name);
    is($slapd->summary($mark), $cost, "$name: what it cost");
    return;
}

my @alice = ('alice', 'alice:secret');
my @bob   = ('bob', 'bob secret');
my $once  = 'BIND=1 SRCH=1';

# What a directory's own lockout policy is gets asked for once.
connect_anew();
ask($_, @bob) for qw(/one /second);

connect_anew();
costs('first', '200 alice directory', $once, '/one', @alice);
costs('again', '200 alice memo',      '',    '/one', @alice);
costs('another password', '401 directory', $once, '/one', 'alice', 'wrong');
costs('the right one',    '200 alice memo', '', '/one', @alice);
costs('a Location that says the same', '200 alice memo', '', '/same', @alice);
costs('another REMOTE_USER', '200 alice@example.com directory', $once,
    '/mail', @alice);
costs('another provider', '200 alice directory', $once, '/second', @alice);
costs('another virtual host', '200 alice directory', $once,
    '/second', @alice, 'other.test');
is(ask('/tls', @alice), '403 none', 'TLS is required: forbidden');
is(ask('/group', @bob), '200 bob directory', 'bob, who may');
is(ask('/group', @alice), '403 alice directory',
    'alice, who may not, is authorized for herself');
is(ask('/one', @alice), '200 alice memo', 'and is let in elsewhere');

# Times.
is(ask('/never', @alice), '200 alice directory', 'no time to live');
is(ask('/never', @alice), '200 alice directory', 'and nothing is remembered');
is(ask('/short', @alice), '200 alice directory', 'a second to live');
is(ask('/short', @alice), '200 alice memo', 'is remembered');
ok(EAS::Proc::wait_until(
        sub { ask('/short', @alice) eq '200 alice directory' }, 5),
    'and asked again when it is over, however often it was used');

# Without a directory.
is(ask('/one', @alice), '200 alice directory', 'it is asked');
$slapd->stop;
is(ask('/one', @alice), '200 alice memo', 'it is away and not missed');
connect_anew();
is(ask('/one', @alice), '503 directory', 'a connection of its own has its own memo');
$slapd->start;

# Streams of HTTP/2, each with a thread and a connection record of its own.
my $client = EAS::Curl->new(base => "https://localhost:$tls",
    cacert => $ca->{ca}, timeout => 30);

sub streams {
    return map {
        [ 'GET', "/tls/$_", http2 => 1, user => $_[0], password => $_[1] ]
    } 1 .. $_[2];
}

sub answers {
    return join ' ', map {
        join '/', $_->status, map { defined $_ ? $_ : '-' }
            scalar $_->header('X-User'), scalar $_->header('X-Source')
    } @_;
}

ok(EAS::Proc::wait_until(
        sub { ($client->requests(streams(@alice, 1)))[0]->status == 200 }, 20),
    'the directory answers again');
{
    my $mark    = $slapd->mark;
    my @answers = $client->requests(streams(@alice, 20));
    is(answers(@answers),
        join(' ', '200/alice/directory', ('200/alice/memo') x 19),
        'HTTP/2: a stream knows what the one before was told');
    is($slapd->summary($mark), $once, 'HTTP/2: asked once');
}
{
    my @answers = $client->requests({ parallel => 4 }, streams(@alice, 60));
    my $asked   = grep { $_->header('X-Source') ne 'memo' } @answers;
    is((join ' ', map { $_->status } @answers), join(' ', (200) x 60),
        'HTTP/2, four at a time: all are let in');
    cmp_ok($asked, '<=', 12, 'and few of them are asked about');
}
{
    my @mixed = map { (streams(@alice, 1), streams(@bob, 1),
            streams('alice', 'wrong', 1)) } 1 .. 20;
    my @answers = $client->requests({ parallel => 8 }, @mixed);
    is((join ' ', map { $_->status . '/' . ($_->header('X-Who') || '-') }
            @answers),
        join(' ', ('200/alice', '200/bob', '401/-') x 20),
        'streams of several people at a time: each is who he is');
}
$httpd->stop;
is(join("\n", $httpd->unexpected(qr/EAS020[14]:/, qr/AH01631: user alice:/, qr/EAS0300: /,
        qr/EAS032\d:/)),
    '', 'nothing unexpected in the log');
is_quiet();
