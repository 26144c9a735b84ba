# SPDX-License-Identifier: Apache-2.0
# Without TLS nothing is asked for, and nothing that was sent is looked at.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use IO::Socket::INET;
use EAS::Test;

my %forbidden = (on => 'plain', status => 403, reason => 'no-tls',
    login => undef, cost => { example => '' });

my @rows = (
    { name => 'no credential',     path => '/r/basic/x', %forbidden },
    { name => 'a right password',  path => '/r/basic/x', %forbidden, user => 'alice' },
    { name => 'a wrong password',  path => '/r/basic/x', %forbidden, user => 'alice', password => 'wrong' },
    { name => 'a malformed header', path => '/r/basic/x', %forbidden, authorization => 'Basic !!!' },
    { name => 'another scheme',    path => '/r/basic/x', %forbidden, authorization => 'Bearer x' },
    { name => 'OPTIONS',           path => '/r/basic/x', %forbidden, method => 'OPTIONS', user => 'alice' },
    { name => 'POST',              path => '/r/basic/x', %forbidden, method => 'POST', body => 'x' x 100_000, user => 'alice' },
    { name => 'a header that states TLS', path => '/r/basic/x', %forbidden, user => 'alice',
      headers => { 'X-Forwarded-Proto' => 'https', 'Front-End-Https' => 'On', 'X-Forwarded-Ssl' => 'on' } },
    { name => 'a grant without a user', path => '/r/req/userless/x', %forbidden },
    { name => 'an absent directory', path => '/r/absent/x', %forbidden, user => 'alice' },
    { name => 'a file',            path => '/int/plain.html', %forbidden },
    { name => 'a folder',          path => '/int/', %forbidden },
    { name => 'allowed: no credential', path => '/r/plain-allowed/x', on => 'plain', status => 401, reason => 'no-credential' },
    { name => 'allowed: a wrong password', path => '/r/plain-allowed/x', on => 'plain', status => 401, user => 'alice', password => wrong(), reason => 'wrong-password' },
    { name => 'allowed: a right password', path => '/r/plain-allowed/x', on => 'plain', status => 200, user => 'alice', reason => 'granted', remote_user => 'alice' },
    { name => 'allowed: over TLS as well', path => '/r/plain-allowed/x', status => 200, user => 'alice', reason => 'granted' },
    { name => 'other authentication', path => '/r/file/x', on => 'plain', status => 200, user => 'filer', password => 'file secret', reason => 'none' },
);

plan tests => @rows + 2, need_module(qw(eas_auth ssl proxy_http));

site_file('int/plain.html', "plain\n");
check(%$_) for @rows;

# A phone that asks before it sends its mail is told no, not "100 Continue".
{
    my ($port) = site('plain')->{base} =~ /:(\d+)$/;
    my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port",
        Proto => 'tcp', Timeout => 5) or die "connect: $@";
    print {$socket} "POST /r/basic/x HTTP/1.1\r\nHost: localhost\r\n"
        . "Content-Length: 5000000\r\nExpect: 100-continue\r\n\r\n";
    my $line = <$socket>;
    like($line, qr{^HTTP/1\.1 403 }, 'the body is not asked for');
}
is_quiet();
