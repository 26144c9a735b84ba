# SPDX-License-Identifier: Apache-2.0
# A phone sends 10 MB of mail: it arrives whole, or is refused in a way that
# leaves the connection in order.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use Digest::SHA ();
use IO::Socket::INET;
use EAS::Curl;
use EAS::Test;

my $SIZE = 10 * 1024 * 1024;
my $file = do {
    my $dir = scratch('post');
    srand 1;
    my $block = join '', map { chr int rand 256 } 1 .. 65536;
    my $body = '';
    # each block differs, so that one lost or doubled shows
    $body .= pack('N', length $body) . $block while length $body < $SIZE;
    EAS::Proc::write_file("$dir/mail", substr $body, 0, $SIZE);
};
my $digest = Digest::SHA->new(256)->addfile($file, 'b')->hexdigest;

my @alice = (user => 'alice', password => 'alice:secret', body_file => $file);
sub guess { return (user => 'alice', password => wrong(), body_file => $file) }
my %CHUNKED = (headers => { 'Transfer-Encoding' => 'chunked' });
my %EXPECT  = (headers => { Expect => '100-continue' });

my @ways = (
    [ 'HTTP/1.1',          {} ],
    [ 'HTTP/1.1, chunked', \%CHUNKED ],
    [ 'HTTP/1.1, Expect',  \%EXPECT ],
    [ 'HTTP/2',            { http2 => 1 } ],
);

plan tests => 3 * @ways + 6, need_module(qw(eas_auth ssl proxy_http http2));

sub arrived {
    my ($answer) = @_;
    return join ' ', $answer->status,
        $answer->body =~ /^body-length: (\d+)\nbody-sha256: (\w+)$/m;
}

for (@ways) {
    my ($name, $with) = @$_;
    my $good = "200 $SIZE $digest";

    my $answer = site('tls')->request('POST', '/r/basic/mail', @alice, %$with);
    is(arrived($answer), $good, "$name: the body arrives whole");

    # Refused, tried again, and a third request on whatever is left.
    my @answers = site('tls')->requests(
        [ 'POST', '/r/basic/mail', guess(), %$with ],
        [ 'POST', '/r/basic/mail', @alice, %$with ],
        [ 'GET',  '/r/basic/after', user => 'bob', password => 'bob secret',
            http2 => $with->{http2} ],
    );
    # Over HTTP/2 httpd resets a stream whose body nobody reads, and curl
    # makes an error of it, whichever module has refused.
    my $refused = $with->{http2} ? $answers[0]->status : 401;
    is(join(', ', map { arrived($_) } @answers), "$refused, $good, 200",
        "$name: refused, then accepted, then another");
    is(join(' ', map { $_->{connects} } @answers[ 1, 2 ]),
        $answers[1]{connects} . ' 0', "$name: the connection is in order");
}

check(name => 'a small body over HTTP/2 is refused with the challenge',
    path => '/r/basic/mail', method => 'POST', body => 'small', http2 => 1,
    user => 'alice', password => wrong(), status => 401,
    reason => 'wrong-password');

# Known wrong is answered at once, and all the same not before a short body.
my @wrong = (user => 'alice', password => wrong(), http2 => 1,
    body => 'x' x 20_000);
my @told = map { site('tls')->request('POST', '/r/basic/mail', @wrong) }
    1 .. 30;
is(scalar(grep { $_->status == 401 && $_->header('WWW-Authenticate') } @told),
    scalar @told, 'nor does a known wrong one overtake a short body');

# With "Expect: 100-continue" the body of a refused request is not even asked
# for; what a client sends all the same is no request of its own.
sub talk {
    my ($text) = @_;
    my ($port) = site('plain')->{base} =~ /:(\d+)$/;
    my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port",
        Proto => 'tcp', Timeout => 5) or die "connect: $@";
    print {$socket} $text;
    shutdown $socket, 1;
    local $/;
    return scalar <$socket>;
}

my $inner = "GET /r/plain-allowed/smuggled HTTP/1.1\r\nHost: localhost\r\n"
    . 'Authorization: ' . EAS::Curl::basic('alice', 'alice:secret')
    . "\r\nConnection: close\r\n\r\n";
my $head = "POST /r/plain-allowed/x HTTP/1.1\r\nHost: localhost\r\n";
my $said = talk($head . "Expect: 100-continue\r\nContent-Length: 500\r\n\r\n");
like($said, qr{\AHTTP/1\.1 401 }, 'no "100 Continue" before a refusal');

$said = talk($head . 'Content-Length: ' . length($inner) . "\r\n\r\n$inner");
is(join(' ', $said =~ m{^HTTP/1\.1 (\d+)}mg), '401',
    'a body that looks like a request is none');

$said = talk($head . "Transfer-Encoding: chunked\r\n\r\n"
        . sprintf("%x\r\n", length $inner) . "$inner\r\n0\r\n\r\n"
        . "GET /r/plain-allowed/next HTTP/1.1\r\nHost: localhost\r\n"
        . "Connection: close\r\n\r\n");
is(join(' ', $said =~ m{^HTTP/1\.1 (\d+)}mg), '401 401',
    'nor in chunks; the request behind it is found');
is_quiet();
