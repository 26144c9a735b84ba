# SPDX-License-Identifier: Apache-2.0
package Callgrind;

# Instructions of a request in httpd beyond those of the same request without
# authentication, counted by valgrind: the difference of a long run and of a
# short one, so that neither the start nor the first login is in it.

use strict;
use warnings;
use Digest::SHA ();
use IO::Socket::INET;
use MIME::Base64 ();
use EAS::Httpd;
use EAS::Port;
use EAS::Proc;

# Requests of the two runs.
my ($SHORT, $LONG) = (200, 1200);

# A person of Bench, and a password that is not hers.
my $WRONG = 'Basic dTAwMDE6d3Jvbmc='; # u0001:wrong

# What is measured: path and what it is beside, on what connections, a wrong
# password, goal
my @CASES = (
    [ 'by the memo of a connection', '/ours',  '/open', 'kept', 0, '<= 5000' ],
    [ 'mod_authnz_ldap warm',        '/stock', '/open', 'kept', 0, '' ],
    [ 'new connections, lately found by the child', '/ours', '/open', 'new', 0,
      '<= 7000' ],
    [ 'through what all children share', '/ours', '/open', 'spelt', 0,
      '<= 24000' ],
    [ 'mod_authnz_ldap warm, new connections', '/stock', '/open', 'new', 0,
      '' ],
    [ 'mod_authn_socache warm, new connections', '/socache', '/open', 'new', 0,
      '' ],
    [ "known wrong, above httpd's own 401", '/ours', '/refused', 'kept', 1,
      '' ],
    [ 'known wrong, new connections', '/ours', '/refused', 'new', 1, '' ],
);

# "spelt": new connections of many people in turn, each time with the word Basic
# spelt as never before, so that no memo is of it.
my $PEOPLE = 40;
my %CONNECTIONS = (
    kept  => 'one connection',
    new   => 'new connections',
    spelt => 'new connections and spellings',
);

sub measure {
    my ($bench) = @_;
    my $slapd = $bench->slapd('callgrind');
    my $httpd = httpd($bench, $slapd->url);
    my (@rows, %below);
    for (@CASES) {
        my ($name, $path, $below, @how) = @$_;
        my $goal = pop @how;
        my $base = $below{"$below @how"} ||=
            per_request($bench, $httpd, $below, @how);
        my $all = per_request($bench, $httpd, $path, @how);
        push @rows, {
            name   => "instructions, $name",
            ours   => sprintf('%.0f more', $all - $base),
            beside => sprintf('%.0f without authentication', $base),
            ratio  => $all / $base,
            goal   => $goal,
        };
    }
    return {
        rows  => \@rows,
        notes => [
            'mod_authn_socache: with shmcb, in which there is one entry, and a '
                . 'password file with {SHA}, whose hash it checks each time; '
                . 'htpasswd makes others, which cost many times as much.',
            'Instructions: valgrind --tool=callgrind counts those of httpd '
                . '(prefork, one process) in user space, of one person who '
                . 'logs in again and again; without authentication it is the '
                . 'same Location with Require all granted, and for a wrong '
                . 'password one of AuthType Basic that asks nobody, as '
                . 'none is sent. Through what all children share: each request '
                . "is of another of $PEOPLE people, each time with another "
                . 'spelling of the word Basic, so that no memo of the child is '
                . 'of it, and one is made. It runs neither the AES nor the '
                . 'SHA of the processor: what is sealed costs a fraction of '
                . 'that in time ("flat" tells both).',
        ],
    };
}

# One process with one thread, which serves all of it.
sub httpd {
    my ($bench, $url) = @_;
    my $port  = EAS::Port::free();
    my $dir   = "$bench->{dir}/httpd";
    my $httpd = EAS::Httpd->new(
        dir       => $dir,
        mpm       => 'prefork',
        log_level => 'warn',
        shield    => 1,
        modules   => [qw(ldap authnz_ldap authn_file authn_socache
            socache_shmcb)],
        config    => <<"END"
Listen 127.0.0.1:$port
LogLevel warn
KeepAlive On
KeepAliveTimeout 60
MaxKeepAliveRequests 0
LDAPTrustedGlobalCert CA_BASE64 @{[ $bench->{ca}->file ]}
AliasMatch ^ $dir/htdocs/ok
END
            . $bench->provider('callgrind', $url)
            . $bench->ours('/ours', 'callgrind')
            . $bench->plain('/open')
            . $bench->refused('/refused')
            . socache($bench)
            . "EASAuthLedger file=none\n"
            . $bench->stock('/stock', $url));
    EAS::Proc::write_file("$dir/htdocs/ok", "ok\n");
    $httpd->{bench_port} = $port;
    return $httpd;
}

# mod_authn_socache keeps the hash that another module has found, and checks the
# password against it each time: here the cheapest there is.
sub socache {
    my ($bench) = @_;
    my ($user, $password) = split /:/,
        MIME::Base64::decode_base64($bench->{people}[0] =~ s/^Basic //r), 2;
    my $file = EAS::Proc::write_file("$bench->{dir}/passwords",
        "$user:{SHA}" . Digest::SHA::sha1_base64($password) . "=\n");
    return <<"END";
AuthnCacheEnable
AuthnCacheSOCache shmcb
<Location /socache>
AuthType Basic
AuthName bench
AuthBasicProvider socache file
AuthnCacheProvideFor file
AuthUserFile $file
Require valid-user
</Location>
END
}

sub per_request {
    my ($bench, $httpd, $path, $how, $is_wrong) = @_;
    my ($few, $many) = map { count($bench, $httpd, $path, $how, $is_wrong,
        $_) } $SHORT, $LONG;
    my $each = ($many - $few) / ($LONG - $SHORT);
    $bench->say(sprintf '%s, %s%s: %.0f instructions', $path,
        $is_wrong ? 'wrong, ' : '', $CONNECTIONS{$how}, $each);
    return $each;
}

# BASIC, bASIC, BaSIC, baSIC...: all people as the first, then as the second.
sub spelt {
    my ($bench, $n) = @_;
    my @letters = split //, 'BASIC';
    for (0 .. 4) {
        $letters[$_] = lc $letters[$_] if int($n / $PEOPLE) >> $_ & 1;
    }
    my $scheme = join '', @letters;
    return $bench->{people}[ $n % $PEOPLE ] =~ s/^Basic/$scheme/r;
}

# Instructions of a whole run of httpd.
sub count {
    my ($bench, $httpd, $path, $how, $is_wrong, $requests) = @_;
    my @each = $how eq 'kept' ? $requests : (1) x $requests;
    # Who is asked about comes first, in either run.
    unshift @each, (1) x $PEOPLE if $how eq 'spelt';
    my $out = join '.', "$bench->{dir}/callgrind", $path =~ /(\w+)/,
        $is_wrong ? 'wrong' : 'right', $how, $requests;
    my $who = $path eq '/refused' ? '' : $is_wrong ? $WRONG
        : $bench->{people}[0];
    return counted($httpd, $out, scalar @each, sub {
        for my $n (0 .. $#each) {
            my $status = $bench->request($httpd, $path,
                $how eq 'spelt' ? spelt($bench, $n) : $who, $each[$n]);
            die "$path: $status\n" if $status != ($is_wrong ? 401 : 200);
        }
    });
}

# Instructions of a whole run of httpd under valgrind, which ends by itself
# after as many connections as $ask makes, and one more before, which asks
# whether it serves: a signal could come while it holds a lock.  $out is
# callgrind's file.
sub counted {
    my ($httpd, $out, $connections, $ask) = @_;
    my $valgrind = EAS::Proc::find('valgrind')
        or die "valgrind is not installed\n";
    unlink "$httpd->{dir}/run/httpd.pid"; # of the run before
    my $pid = EAS::Proc::spawn(
        [ $valgrind, '--tool=callgrind', "--callgrind-out-file=$out",
          @{ $httpd->_argv('-X', '-c',
              'MaxConnectionsPerChild ' . (1 + $connections)) } ],
        "$out.log");
    my $port = $httpd->{bench_port};
    EAS::Proc::wait_until(sub { EAS::Port::open($port) }, 60)
        or die "httpd does not start:\n" . EAS::Proc::read_file("$out.log");
    $ask->();
    EAS::Proc::wait_until(sub { !EAS::Proc::alive($pid) }, 60)
        or die "httpd does not end\n";
    my ($total) = EAS::Proc::read_file($out) =~ /^(?:summary|totals): (\d+)/m;
    return $total || die "callgrind has counted nothing\n";
}

1;
