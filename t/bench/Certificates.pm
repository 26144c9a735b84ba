# SPDX-License-Identifier: Apache-2.0
package Certificates;

# Requests with a client certificate beside the same in the same virtual host
# without authentication, where TLS asks for the certificate just the same:
# requests per second, and instructions.

use strict;
use warnings;
use Callgrind;
use EAS::Httpd;
use EAS::Port;
use EAS::Proc;

my @KINDS = (
    { name => 'kept-alive connections', how => 'kept',    goal => '>= 0.97' },
    { name => 'new, full handshakes',   how => 'full',    goal => '>= 0.95' },
    { name => 'new, resumed sessions',  how => 'resumed', goal => '>= 0.95' },
);

# What is counted: name, path, connections.
my @CASES = (
    [ 'by the memo of a connection',            '/cert',  'kept' ],
    [ 'by the memo, with a password too',         '/both',  'kept' ],
    [ 'a new connection, out of the cache',     '/cert',  'resumed' ],
    [ 'out of the cache, with a password too',    '/both',  'resumed' ],
    [ 'mapped and looked up (EASAuthCacheTTL 0)', '/first', 'kept' ],
);

# Client threads; seconds of a measurement; requests of the two runs that are
# counted.
my ($CLIENTS, $SECONDS) = (32, 0.35);
my %COUNTED = (kept => [ 100, 500 ], resumed => [ 20, 140 ]);

sub measure {
    my ($bench) = @_;
    my $slapd = $bench->slapd('certificates');
    $bench->{phone} = $bench->{ca}->client('phone',
        subject => '/O=Other/CN=Person 1', email => 'u0001@other.test');
    my $port  = EAS::Port::free();
    my $httpd = $bench->httpd(64, config($bench, $slapd->url, $port),
        remembers => 1);
    $httpd->{bench_port} = $port;
    my @rows = map { rows($bench, $httpd, $_) } @KINDS;
    $httpd->stop;
    return {
        rows  => [ @rows, instructions($bench, $slapd->url) ],
        notes => [
            "Certificates: $CLIENTS threads of a program with OpenSSL, which "
                . 'has the same processors, a connection each, TLS 1.3, keys '
                . 'and certificates of P-256, one person, whose certificate is '
                . 'mapped by its address; a virtual host with SSLVerifyClient '
                . 'optional, the same certificate shown to all of it. Without '
                . 'authentication: Require all granted in the same virtual '
                . 'host. By turns, ' . "$SECONDS s each; medians of the rates "
                . 'and of the ratios of neighbours, with the interval that '
                . 'the median is in with 95 %. The processor time is that of '
                . 'httpd alone. Both: EAS-Both, with the password.',
            'Instructions of certificates: as those above; new connections '
                . 'resume a session, so that there is less beside what is '
                . 'counted. Mapped and looked up: each request is as the first '
                . 'one, which reads the certificate, searches for its address, '
                . 'for whoever else has it, and for the state of the '
                . 'account; what slapd does is not in it.',
        ],
    };
}

# --- the server

sub config {
    my ($bench, $url, $port) = @_;
    my $map = "EASAuthCertMap email\nEASAuthCertStrong off\n";
    return $bench->provider('certificates', $url)
        . $bench->plain('/open')
        . place('/cert',  'Certificate', $map)
        . place('/both',  'Both',        $map)
        . place('/first', 'Certificate', $map . "EASAuthCacheTTL 0\n")
        . <<"END";
Listen 127.0.0.1:$port
<VirtualHost 127.0.0.1:$port>
ServerName localhost
SSLEngine on
SSLCertificateFile $bench->{certificate}{cert}
SSLCertificateKeyFile $bench->{certificate}{key}
SSLCACertificateFile @{[ $bench->{ca}->file ]}
SSLVerifyClient optional
</VirtualHost>
END
}

sub place {
    my ($path, $type, $lines) = @_;
    return <<"END";
<Location $path>
AuthType EAS-$type
AuthName bench
EASAuthProvider certificates
${lines}Require valid-user
</Location>
END
}

# --- requests per second

sub rows {
    my ($bench, $httpd, $kind) = @_;
    my (%rate, %cpu);
    load($bench, $httpd, $_, $kind->{how}, '1s') for qw(/cert /both);
    for my $round (1 .. $bench->size(30, 2)) {
        my @paths = qw(/cert /open /both);
        @paths = reverse @paths if $round % 2;
        for my $path (@paths) {
            my $before = $bench->cpu($httpd);
            my $found =
                load($bench, $httpd, $path, $kind->{how}, "${SECONDS}s");
            push @{ $rate{$path} }, $found->{rate};
            push @{ $cpu{$path} },
                ($bench->cpu($httpd) - $before) / $found->{requests};
        }
        $bench->say(join ', ', "certificates, $kind->{name}",
            map { sprintf "$_ %.0f/s, %.0f us", $rate{$_}[-1],
                $cpu{$_}[-1] * 1e6 } qw(/open /cert /both));
    }
    return (
        row("certificates, $kind->{name}", $kind->{goal}, 1, '/s',
            \%rate, '/cert'),
        row('... processor time of httpd', '', 1e6, ' us', \%cpu, '/cert'),
        row('... both', '', 1, '/s', \%rate, '/both'));
}

sub row {
    my ($name, $goal, $scale, $unit, $found, $path) = @_;
    my ($ours, $open) =
        map { $scale * Bench::median(@{ $found->{$_} }) } $path, '/open';
    return {
        name => $name,
        ours => sprintf("%.0f$unit (ratio %.3f to %.3f)", $ours,
            Bench::interval(Bench::ratios($found->{$path}, $found->{'/open'}))),
        beside => sprintf("%.0f$unit without authentication", $open),
        ratio  => Bench::ratio($found->{$path}, $found->{'/open'}),
        goal   => $goal,
    };
}

# What tls_load has done: { requests, resumed, us, rate }
sub load {
    my ($bench, $httpd, $path, $how, $limit, $threads) = @_;
    my $program = $bench->compile('tls_load', qw(ssl crypto pthread));
    my $text = EAS::Proc::must([
        $program, $httpd->{bench_port}, $path,
        @{ $bench->{phone} }{qw(cert key)}, $threads || $CLIENTS, $limit,
        $how, $bench->{people}[0] ]);
    my %found = $text =~ /(\w+)=(\d+)/g;
    die "tls_load: $text\n" unless $found{us};
    my $resumed = $how eq 'resumed' ? $found{requests} : 0;
    die "$found{resumed} sessions resumed, not $resumed\n"
        if $found{resumed} != $resumed;
    $found{rate} = $found{requests} / ($found{us} / 1e6);
    return \%found;
}

# --- instructions

sub instructions {
    my ($bench, $url) = @_;
    my $httpd = counted_httpd($bench, $url);
    my %base = map { $_ => per_request($bench, $httpd, '/open', $_) }
        sort keys %COUNTED;
    my @rows;
    for (@CASES) {
        my ($name, $path, $how) = @$_;
        my $all = per_request($bench, $httpd, $path, $how);
        push @rows, {
            name   => "instructions, certificate, $name",
            ours   => sprintf('%.0f more', $all - $base{$how}),
            beside => sprintf('%.0f without authentication', $base{$how}),
            ratio  => $all / $base{$how},
            goal   => '',
        };
    }
    return @rows;
}

# One process with one thread, which serves all of it.
sub counted_httpd {
    my ($bench, $url) = @_;
    my $port  = EAS::Port::free();
    my $dir   = "$bench->{dir}/httpd-counted";
    my $httpd = EAS::Httpd->new(
        dir       => $dir,
        mpm       => 'prefork',
        log_level => 'warn',
        shield    => 1,
        config    => <<"END" . config($bench, $url, $port));
LogLevel warn
KeepAlive On
KeepAliveTimeout 60
MaxKeepAliveRequests 0
AliasMatch ^ $dir/htdocs/ok
EASAuthLedger file=none
END
    EAS::Proc::write_file("$dir/htdocs/ok", "ok\n");
    $httpd->{bench_port} = $port;
    return $httpd;
}

sub per_request {
    my ($bench, $httpd, $path, $how) = @_;
    my ($few, $many) = @{ $COUNTED{$how} };
    my @all;
    for my $requests ($few, $many) {
        my $out = join '.', "$bench->{dir}/counted", substr($path, 1), $how,
            $requests;
        # One connection for all of them; or one more than there are, whose
        # session the others resume.
        my $connections = $how eq 'kept' ? 1 : 1 + $requests;
        push @all, Callgrind::counted($httpd, $out, $connections,
            sub { load($bench, $httpd, $path, $how, $requests, 1) });
    }
    my $each = ($all[1] - $all[0]) / ($many - $few);
    $bench->say(sprintf '%s with a certificate, %s: %.0f instructions', $path,
        $how, $each);
    return $each;
}

1;
