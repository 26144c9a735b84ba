# SPDX-License-Identifier: Apache-2.0
# Graceful restarts under load, as logrotate makes them: no request fails.

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

my %RESTARTS = (event => 5, prefork => 2);

plan tests => 5 * keys(%RESTARTS) + 1, need_module(qw(eas_auth ssl));

my $ca    = ca();
my $dir   = scratch('graceful');
my $slapd = EAS::Slapd->new(dir => "$dir/slapd", ca => $ca->{ca},
    certificate => $ca->{server})->start;
EAS::Proc::write_file("$dir/secret", $slapd->secret, 0600);

for my $mpm (sort keys %RESTARTS) {
    my $port  = EAS::Port::free();
    my $httpd = EAS::Httpd->new(dir => "$dir/$mpm", mpm => $mpm,
        config => <<"END")->start;
Listen 127.0.0.1:$port
SSLEngine on
SSLCertificateFile $ca->{server}{cert}
SSLCertificateKeyFile $ca->{server}{key}
<EASAuthProvider example>
    EASAuthLDAPURL "@{[ $slapd->url('ldaps') ]}/@{[ $slapd->suffix ]}"
    EASAuthLDAPTrustedCA $ca->{ca}
    EASAuthLDAPBindDN "@{[ $slapd->service ]}"
    EASAuthLDAPBindPassword file:$dir/secret
    EASAuthLDAPTimeout connect=2s operation=2s total=4s
</EASAuthProvider>
<Location />
    AuthType EAS-Basic
    AuthName "Test mail"
    EASAuthProvider example
    Require valid-user
</Location>
END
    EAS::Proc::write_file("$dir/$mpm/htdocs/x", "in\n");
    my $client = EAS::Curl->new(base => "https://localhost:$port",
        cacert => $ca->{ca});
    my @alice = (user => 'alice', password => 'alice:secret');

    # Phones that ask and ask, each on connections it keeps for ten requests.
    my $done = "$dir/$mpm/done";
    my @pids;
    for my $n (1 .. 4) {
        my $pid = fork;
        die "fork: $!" unless defined $pid;
        push @pids, $pid and next if $pid;
        open my $out, '>', "$dir/$mpm/phone$n" or POSIX::_exit(1);
        $out->autoflush;
        until (-e $done) {
            my @answers = $client->requests(
                map { [ 'GET', '/x', @alice ] } 1 .. 10);
            print {$out} $_->status
                . ($_->status == 200 ? '' : " $_->{error}") . "\n"
                for @answers;
        }
        POSIX::_exit(0);
    }
    my $told = sub {
        map { split /\n/, EAS::Proc::read_file($_) } glob "$dir/$mpm/phone*";
    };
    my $seen = 0;
    for (1 .. $RESTARTS{$mpm}) {
        EAS::Proc::wait_until(sub { $told->() >= $seen + 40 }, 20);
        $seen = () = $told->();
        $httpd->graceful;
    }
    EAS::Proc::wait_until(sub { $told->() >= $seen + 40 }, 20);
    EAS::Proc::write_file($done, '');
    waitpid $_, 0 for @pids;

    my @told = $told->();
    cmp_ok(scalar @told, '>', 40 * $RESTARTS{$mpm},
        "$mpm: there was load");
    is(join(', ', grep { $_ ne '200' } @told), '',
        "$mpm: every request was answered, and with 200");

    # A request that waits for the directory is answered by the generation
    # that took it.
    $slapd->pause;
    my $mark = $httpd->mark;
    my $file = "$dir/$mpm/waiting";
    my $pid  = fork;
    die "fork: $!" unless defined $pid;
    if (!$pid) {
        my $answer = $client->request('GET', '/x', @alice);
        EAS::Proc::write_file($file, $answer->status . $answer->{error});
        POSIX::_exit(0);
    }
    # asked, and not answered by the paused directory
    EAS::Proc::wait_until(sub { EAS::Curl::in_flight($port) }, 5);
    $httpd->graceful;
    $slapd->resume;
    waitpid $pid, 0;
    is(EAS::Proc::read_file($file), '200',
        "$mpm: who waits through a restart is let in");
    $httpd->stop;
    ok(!$httpd->running, "$mpm: it ends");
    is(join("\n", $httpd->unexpected), '',
        "$mpm: nothing unexpected in the log");
}
is_quiet();
