# SPDX-License-Identifier: Apache-2.0
package EAS::Port;

# Free TCP ports on the loopback interface.

use strict;
use warnings;
use IO::Socket::INET;
use IO::Socket::IP;

my %given;

# A free port; the ones named are tried first.  One process never gives the
# same port out twice, or two servers to be started would get one.
sub free {
    my @prefer = @_;
    for my $port (@prefer, (0) x 50) {
        my $socket = IO::Socket::INET->new(
            LocalAddr => '127.0.0.1',
            LocalPort => $port,
            Proto     => 'tcp',
            Listen    => 1,
            ReuseAddr => $port ? 1 : 0,
        ) or next;
        my $found = $socket->sockport;
        close $socket;
        return $found unless $given{$found}++;
    }
    die "no free port on 127.0.0.1\n";
}

# Whether something listens there, at 127.0.0.1 or another address of ours.
sub open {
    my ($port, $address) = @_;
    my $socket = IO::Socket::IP->new(
        PeerHost => $address || '127.0.0.1',
        PeerPort => $port,
        Proto    => 'tcp',
        Timeout  => 2,
    );
    return $socket ? 1 : 0;
}

1;
