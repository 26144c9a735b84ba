# SPDX-License-Identifier: Apache-2.0
# Connections to the directory belong to the child that made them: no program
# it starts sees one, and none outlives it.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use EAS::Curl;
use EAS::Httpd;
use EAS::Port;
use EAS::Slapd;
use EAS::Test;

my @rows = (
    # mod_cgi starts a program from the child, mod_cgid from a daemon
    { mpm => 'event',   cgi => 'cgid' },
    { mpm => 'event',   cgi => 'cgi' },
    { mpm => 'worker',  cgi => 'cgi' },
    { mpm => 'prefork', cgi => 'cgi' },
);
# Children that end by themselves after so many connections.
my $REQUESTS = 4;

plan tests => 8 * @rows + 1, need_module(qw(eas_auth ssl));

my $ca  = ca();
my $dir = scratch('descriptors');
my $PROGRAM = <<'PROGRAM';
print "Content-Type: text/plain\n\n";
print map { "$_ " . (readlink || '') . "\n" } glob '/proc/self/fd/*';
PROGRAM

# Inodes of the sockets of this machine that are connected to a port.
sub connected {
    my ($port) = @_;
    my $remote = sprintf '0100007F:%04X', $port;
    return map { $_->[9] }
        grep { $_->[2] eq $remote && $_->[3] eq '01' }
        map { [split] } split /\n/, EAS::Proc::read_file('/proc/net/tcp');
}

# Connections on which somebody was bound since a mark, and how they ended.
sub bound {
    my ($slapd, $mark) = @_;
    my %end = map { $_->{conn} => 'open' }
        grep { $_->{kind} eq 'BIND' } $slapd->operations($mark);
    my $log = $slapd->log_since($mark);
    while ($log =~ /conn=(\d+) fd=\d+ closed(.*)/g) {
        $end{$1} = "closed$2" if $end{$1};
    }
    return %end;
}

# Waits until all of these have ended; how they did.
sub ends {
    my ($slapd, $mark, @connections) = @_;
    my %end;
    EAS::Proc::wait_until(sub {
        %end = bound($slapd, $mark);
        !grep { $end{$_} eq 'open' } @connections;
    }, 15);
    my %seen = map { $_ => 1 } @end{@connections};
    return join ', ', sort keys %seen;
}

for my $row (@rows) {
    my $name  = "$row->{mpm}, mod_$row->{cgi}";
    my $home  = "$dir/$row->{mpm}-$row->{cgi}";
    my $slapd = EAS::Slapd->new(dir => "$home-slapd", ca => $ca->{ca},
        certificate => $ca->{server}, phones => 8)->start;
    my $port = EAS::Port::free();
    my $site = <<"END_OF_SITE";
Listen 127.0.0.1:$port
SSLEngine on
SSLCertificateFile $ca->{server}{cert}
SSLCertificateKeyFile $ca->{server}{key}
<EASAuthProvider example>
    EASAuthLDAPURL "@{[ $slapd->url('ldaps') ]}/@{[ $slapd->suffix ]}"
    EASAuthLDAPTrustedCA $ca->{ca}
    EASAuthLDAPBindDN "@{[ $slapd->service ]}"
    EASAuthLDAPBindPassword "@{[ $slapd->secret ]}"
    EASAuthLDAPTimeout connect=2s operation=2s total=4s
</EASAuthProvider>
<Location />
    AuthType EAS-Basic
    AuthName "Test mail"
    EASAuthProvider example
    Require valid-user
</Location>
ScriptAlias /descriptors $home/htdocs/descriptors
END_OF_SITE
    $site .= "ScriptSock $home/run/cgid.sock\n" if $row->{cgi} eq 'cgid';
    my $httpd = EAS::Httpd->new(dir => $home, mpm => $row->{mpm},
        modules => [ $row->{cgi} ], config => $site)->start;
    EAS::Proc::write_file("$home/htdocs/x", "in\n");
    EAS::Proc::write_file("$home/htdocs/descriptors", "#!$^X\n$PROGRAM", 0755);
    my $client = EAS::Curl->new(base => "https://localhost:$port",
        cacert => $ca->{ca});
    my @alice  = (user => 'alice', password => 'alice:secret');
    my $logins = sub {
        my ($path, $count) = @_;
        return $client->requests({ parallel => 1 }, phones($path, $count));
    };

    # --- what a program sees, while there are connections to be seen

    $logins->('/x', 8);
    my @programs = $logins->('/descriptors', 8);
    my %socket   = map { $_ => 1 } connected($slapd->ldaps_port);
    cmp_ok(scalar keys %socket, '>=', 2, "$name: there are connections");
    is(join(' ', map { $_->body =~ /^\S+\/2 \S/m ? 'ran' : $_->show }
            @programs), join(' ', ('ran') x @programs),
        "$name: programs tell their descriptors");
    is(join(' ', grep { $socket{$_} }
            map { $_->body =~ /socket:\[(\d+)\]/g } @programs),
        '', "$name: and none is a connection to the directory");

    # --- a graceful restart, a child that ends, the end

    my %before = bound($slapd, 0);
    $httpd->graceful;
    is(ends($slapd, 0, keys %before), 'closed',
        "$name: a graceful restart takes leave on each connection");
    is(($logins->('/x', 1))[0]->status, 200, "$name: and new ones are made");

    $httpd->configure("MaxConnectionsPerChild $REQUESTS\nStartServers 1\n"
            . "$site")->graceful;
    my $mark = $slapd->mark;
    $client->request('GET', '/x', @alice) for 1 .. 2 * $REQUESTS;
    %before = bound($slapd, $mark);
    $httpd->stop;
    is(ends($slapd, $mark, keys %before), 'closed',
        "$name: so do children that end, and those that are stopped");
    is(join(' ', connected($slapd->ldaps_port)), '',
        "$name: nothing is left");
    is(join("\n", $httpd->unexpected(qr/EAS02\d\d: .*(?:literal|password)/i)),
        '', "$name: nothing unexpected in the log");
}
is_quiet();
