# SPDX-License-Identifier: Apache-2.0
# The shield under what breaks it: a directory that counts wrong passwords and
# says nothing, memory of other sizes at each reload, children that are killed,
# every MPM, and no provider at all.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use EAS::Curl;
use EAS::Httpd;
use EAS::Peer;
use EAS::Port;
use EAS::Proc;
use EAS::Test;

my @MPMS    = qw(event worker prefork);
my @RELOADS = (100, 5_000_000, 1000, 1000);
my $REPEATS = 8;

plan tests => 3 + @MPMS * (@RELOADS + 4) + 4, need_module(qw(eas_auth ssl));

my $ca  = ca();
my $dir = scratch('siege');

# --- a directory for all of it: who gives "slow" hears nothing

my $peer = EAS::Peer->new(ldap => sub {
    my ($op) = @_;
    return $op->{kind} ne 'bind' || $op->{request} =~ /right/ ? 0
        : $op->{request} =~ /slow/ ? \''
        : 49;
});

sub configuration {
    my ($port, $lines) = @_;
    return <<"END";
Listen 127.0.0.1:$port
SSLEngine on
SSLCertificateFile $ca->{server}{cert}
SSLCertificateKeyFile $ca->{server}{key}
EASAuthCache shm(1m)
$lines
<EASAuthProvider peer>
    EASAuthLDAPURL "ldap://127.0.0.1:@{[ $peer->port ]}/dc=peer,dc=test"
    EASAuthLDAPStartTLS Off
    EASAuthLDAPBindDN "cn=svc,dc=peer,dc=test"
    EASAuthLDAPBindPassword "of the service"
    EASAuthLDAPTimeout connect=1s operation=300ms total=1s
    EASAuthLDAPRemember 0s
</EASAuthProvider>
<Location />
    AuthType EAS-Basic
    AuthName "Test mail"
    EASAuthProvider peer
    Require valid-user
</Location>
END
}

sub httpd {
    my ($name, $port, $lines, @more) = @_;
    my $httpd = EAS::Httpd->new(dir => "$dir/$name", shield => 1, @more,
        config => configuration($port, $lines));
    EAS::Proc::write_file("$dir/$name/htdocs/x", "in\n");
    return $httpd;
}

sub client {
    my ($port) = @_;
    return EAS::Curl->new(base => "https://localhost:$port",
        cacert => $ca->{ca});
}

sub status {
    my ($client, $password) = @_;
    return $client->request('GET', '/x', user => 'alice',
        password => $password, timeout => 6)->status;
}

my @log = (qr{EAS0(?:20[13]|300|36[19]|32[0-4]): });

# --- one stale phone, and a directory slow about it alone

{
    my $port   = EAS::Port::free();
    my $httpd  = httpd('slow', $port, <<'END')->start;
EASAuthLedger file=none
EASAuthLockout attempts=3
END
    my $client = client($port);
    my @told   = map { status($client, 'slow') } 1 .. $REPEATS;
    is("@told", join(' ', (503) x $REPEATS), 'told to come back');
    is($peer->requests('bind'), 3, 'and not tried again and again');
    $httpd->stop;
    is(join('', $httpd->unexpected(@log)), '', 'slow: the log');
}

# --- sizes, kills and reloads

for my $mpm (@MPMS) {
    my $port   = EAS::Port::free();
    my $sized  = sub { "EASAuthLedger accounts=$_[0] file=none\n" };
    my $httpd  = httpd($mpm, $port, $sized->($RELOADS[0]), mpm => $mpm)->start;
    my $client = client($port);
    is(status($client, 'right'), 200, "$mpm: let in");
    for my $accounts (@RELOADS) {
        $httpd->configure(configuration($port, $sized->($accounts)));
        $httpd->graceful;
        is(status($client, 'right'), 200, "$mpm: with room for $accounts");
    }
    my $before = $peer->requests('bind');
    my @old    = $httpd->children;
    kill 'KILL', @old;
    ok(EAS::Proc::wait_until(sub {
        my %is_old = map { $_ => 1 } @old;
        return grep { !$is_old{$_} } $httpd->children;
    }, 20), "$mpm: other children come");
    is(status($client, 'right'), 200, "$mpm: who let them in");
    is($peer->requests('bind'), $before, "$mpm: by what was known");
    $httpd->stop;
}

# --- nobody logs in here

{
    my $port  = EAS::Port::free();
    my $httpd = EAS::Httpd->new(dir => "$dir/idle", shield => 1,
        config => "Listen 127.0.0.1:$port\nEASAuthLedger accounts=5000000\n"
            . "<Location />\nRequire all granted\n</Location>\n")->start;
    EAS::Proc::write_file("$dir/idle/htdocs/x", "in\n");
    no warnings 'portable';    # addresses have 64 bits
    my $largest = 0;
    open my $maps, '<', "/proc/@{[ $httpd->pid ]}/maps" or die "maps: $!\n";
    while (<$maps>) {
        my ($from, $to) = /^([0-9a-f]+)-([0-9a-f]+) .*\/dev\/zero/ or next;
        my $size = hex($to) - hex($from);
        $largest = $size if $size > $largest;
    }
    ok($largest < 10_000_000, 'no memory for a shield that guards nothing')
        or diag $largest;
    my $answer = EAS::Curl->new(base => "http://localhost:$port")
        ->request('GET', '/x');
    is($answer->status, 200, 'and it is no matter');
    $httpd->graceful;
    ok($httpd->running, 'nor at a reload');
    $httpd->stop;
    is(join('', $httpd->unexpected), '', 'idle: the log');
}
