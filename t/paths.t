# SPDX-License-Identifier: Apache-2.0
# The documented LocationMatch guards every way to write the path that reaches
# the back end as ActiveSync's.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use EAS::Test;

# Not one of these may reach the back end without a login.
my @guarded = (
    '/Microsoft-Server-ActiveSync',
    '/Microsoft-Server-ActiveSync/',
    '/Microsoft-Server-ActiveSync/default.eas',
    '/Microsoft-Server-ActiveSync?Cmd=Sync&User=alice&DeviceId=1&DeviceType=x',
    '/Microsoft-Server-ActiveSync?jAAJBAp2MTQwRGV2aWNlAApTbWFydFBob25l',
    '/microsoft-server-activesync',
    '/MICROSOFT-SERVER-ACTIVESYNC',
    '/mIcRoSoFt-SeRvEr-AcTiVeSyNc/x',
    '//Microsoft-Server-ActiveSync',
    '///microsoft-server-activesync///',
    '/%4dicrosoft-Server-ActiveSync',
    '/%4D%69%63rosoft-server-activesync',
    '/Microsoft%2dServer%2DActiveSync',
    '/./Microsoft-Server-ActiveSync',
    '/x/../Microsoft-Server-ActiveSync',
    '/x/%2e%2e/Microsoft-Server-ActiveSync',
    '/.//x/..//%6dicrosoft-server-activesync/',
    '/Autodiscover',
    '/Autodiscover/Autodiscover.xml',
    '/autodiscover/autodiscover.json?Email=alice@example.com&Protocol=ActiveSync',
    '/AUTODISCOVER/autodiscover.xml',
    '//%41utodiscover//autodiscover.xml',
);

# These are something else.
my @open = (
    '/', '/Microsoft-Server-ActiveSyncX', '/x/Microsoft-Server-ActiveSync',
    '/Autodiscovery', '/Microsoft-Server',
);

plan tests => 3 * @guarded + @open + 1,
    need_module(qw(eas_auth ssl proxy_http http2));

for my $path (@guarded) {
    check(name => "$path: nobody", on => 'paths', path => $path,
        status => 401, reason => 'no-credential');
    check(name => "$path: nobody, HTTP/2", on => 'paths', path => $path,
        http2 => 1, status => 401, reason => 'no-credential');
    check(name => "$path: alice", on => 'paths', path => $path,
        user => 'alice', status => 200, reason => 'granted',
        remote_user => 'alice');
}
check(name => "$_ is another place", on => 'paths', path => $_,
    status => 200, reason => 'none') for @open;
is_quiet();
