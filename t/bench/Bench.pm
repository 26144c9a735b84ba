# SPDX-License-Identifier: Apache-2.0
package Bench;

# What the measurements have in common: the people, the servers, the load and
# the arithmetic.

use strict;
use warnings;
use IO::Socket::INET;
use MIME::Base64 ();
use POSIX ();
use EAS::CA;
use EAS::Httpd;
use EAS::Port;
use EAS::Proc;
use EAS::Slapd;

my $PEOPLE = 2000;

# Options: dir => a folder for it, programs => where the files of t/bench are,
# quick => 1 (a smoke run)
sub new {
    my ($class, %opt) = @_;
    my $self = bless {%opt}, $class;
    $self->{ca} = EAS::CA->new(dir => "$self->{dir}/ca");
    $self->{certificate} = $self->{ca}->server('server');
    $self->_write_people;
    return $self;
}

# The size of something: of a whole run, or of a smoke run.
sub size {
    my ($self, $whole, $quick) = @_;
    return $self->{quick} ? $quick : $whole;
}

sub say {
    my ($self, $text) = @_;
    print "# $text\n";
    return;
}

sub people_count { return $PEOPLE }

# Passwords in the clear and no policy overlay: what slapd does for a bind is
# the least there is, and shows best what the modules cost.
sub _write_people {
    my ($self) = @_;
    my $dir  = $self->{dir};
    my $base = $self->{base} = 'ou=people,dc=other,dc=test';
    my ($ldif, $binds, $headers) = ('', '', '');
    for my $n (1 .. $PEOPLE) {
        my ($uid, $password) = (sprintf('u%04d', $n), "secret of $n");
        my $dn = "uid=$uid,$base";
        $ldif .= "dn: $dn\nobjectClass: inetOrgPerson\nuid: $uid\n"
            . "cn: Person $n\nsn: $n\nmail: $uid\@other.test\n"
            . "userPassword: $password\n\n";
        $binds .= "$dn\t$password\n";
        my $value = 'Basic '
            . MIME::Base64::encode_base64("$uid:$password", '');
        push @{ $self->{people} }, $value;
        $headers .= "$value\n";
    }
    my ($service, $secret) =
        ('cn=svc-eas,ou=service,dc=other,dc=test', 'other service secret');
    $self->{service} = $service;
    $self->{secret}  = $secret;
    $self->{ldif} = EAS::Proc::write_file("$dir/people.ldif", <<"END" . $ldif);
dn: dc=other,dc=test
objectClass: dcObject
objectClass: organization
dc: other
o: Other

dn: ou=service,dc=other,dc=test
objectClass: organizationalUnit
ou: service

dn: $service
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: svc-eas
userPassword: $secret

dn: $base
objectClass: organizationalUnit
ou: people

END
    $self->{binds}   = EAS::Proc::write_file("$dir/binds", $binds);
    $self->{headers} = EAS::Proc::write_file("$dir/headers", $headers);
    $self->{secret_file} =
        EAS::Proc::write_file("$dir/secret", "$secret\n", 0600);
    return;
}

# --- servers

# A directory with all the people; it logs nothing unless that is asked for.
sub slapd {
    my ($self, $name, %opt) = @_;
    return EAS::Slapd->new(
        dir         => "$self->{dir}/slapd-$name",
        data        => 'other',
        ldif        => $self->{ldif},
        certificate => $self->{certificate},
        ca          => $self->{ca}->file,
        quiet       => 1,
        %opt,
    )->start;
}

# An httpd of one child with the event MPM, and both modules in it.  Every
# path of it is the same little file; what stands before it is in $config.
# Options: only_test => 1, remembers => 1 (both modules do, as by
# default; else each login is one of the directory's)
sub httpd {
    my ($self, $threads, $config, %opt) = @_;
    my $dir  = "$self->{dir}/httpd" . ++$self->{httpds};
    my $port = EAS::Port::free();
    my $most = 10 * $threads;
    my $caches = $opt{remembers} ? '' : join "\n", 'LDAPSharedCacheSize 0',
        'LDAPCacheEntries 0', 'LDAPOpCacheEntries 0';
    my $text = <<"END";
Listen 127.0.0.1:$port
LogLevel warn
KeepAlive On
KeepAliveTimeout 60
MaxKeepAliveRequests 0
Timeout 120
StartServers 1
ServerLimit 1
ThreadLimit $threads
ThreadsPerChild $threads
MaxRequestWorkers $threads
MinSpareThreads 1
MaxSpareThreads $most
MaxConnectionsPerChild 0
$caches
LDAPTrustedGlobalCert CA_BASE64 @{[ $self->{ca}->file ]}
AliasMatch ^ $dir/htdocs/ok
$config
END
    my $httpd = EAS::Httpd->new(
        dir     => $dir,
        modules => [qw(ldap authnz_ldap authn_file)],
        shield  => $opt{remembers},
        config  => $text,
    );
    EAS::Proc::write_file("$dir/htdocs/ok", "ok\n");
    $httpd->{bench_port} = $port;
    return $opt{only_test} ? $httpd : $httpd->start;
}

# Whether httpd knows a directive of <EASAuthProvider>: some came later than
# others, and what is measured need not be the newest.
sub accepts {
    my ($self, $directive) = @_;
    my $httpd = $self->httpd(16,
        $self->provider('asked', 'ldap://127.0.0.1', $directive),
        only_test => 1);
    my ($code) = $httpd->test;
    return $code == 0;
}

# Those of some directives that httpd knows, as lines.
sub known {
    my ($self, @directives) = @_;
    return map { "$_\n" } grep { $self->accepts($_) } @directives;
}

sub provider {
    my ($self, $name, $url, @lines) = @_;
    my $protection = $url =~ /^ldaps:/
        ? 'EASAuthLDAPTrustedCA ' . $self->{ca}->file
        : 'EASAuthLDAPStartTLS Off';
    chomp @lines;
    my $lines = join "\n", @lines;
    return <<"END";
<EASAuthProvider $name>
EASAuthLDAPURL "$url/$self->{base}"
EASAuthLDAPBindDN "$self->{service}"
EASAuthLDAPBindPassword file:$self->{secret_file}
EASAuthLDAPType OpenLDAP
$protection
$lines
</EASAuthProvider>
END
}

sub ours {
    my ($self, $path, $provider) = @_;
    return <<"END";
<Location $path>
AuthType EAS-Basic
AuthName bench
EASAuthRequireTLS Off
EASAuthProvider $provider
Require valid-user
</Location>
END
}

# The same without authentication.
sub plain {
    my ($self, $path) = @_;
    return "<Location $path>\nRequire all granted\n</Location>\n";
}

sub stock {
    my ($self, $path, $url) = @_;
    return <<"END";
<Location $path>
AuthType Basic
AuthName bench
AuthBasicProvider ldap
AuthLDAPURL "$url/$self->{base}?uid?sub"
AuthLDAPBindDN "$self->{service}"
AuthLDAPBindPassword "$self->{secret}"
Require valid-user
</Location>
END
}

# A 401 of httpd itself, for who sends no password.
sub refused {
    my ($self, $path) = @_;
    return <<"END";
<Location $path>
AuthType Basic
AuthName bench
AuthBasicProvider file
AuthUserFile /dev/null
Require valid-user
</Location>
END
}

# A program of t/bench in C; returns its path.
sub compile {
    my ($self, $name, @libraries) = @_;
    my $program = "$self->{dir}/$name";
    my $cc      = EAS::Proc::find($ENV{CC}, 'cc', 'gcc', 'clang')
        or die "no C compiler is installed\n";
    EAS::Proc::must([ $cc, qw(-std=c11 -D_GNU_SOURCE -O2 -o), $program,
        "$self->{programs}/$name.c", map { "-l$_" } @libraries ])
        unless -x $program;
    return $program;
}

# One that is linked with lib/ as the module is.
sub compile_library {
    my ($self, $name) = @_;
    my $program = "$self->{dir}/$name";
    my $cc      = EAS::Proc::find($ENV{CC}, 'cc', 'gcc', 'clang')
        or die "no C compiler is installed\n";
    my $from = $ENV{EAS_WORK};
    EAS::Proc::must([ $cc, qw(-std=c11 -D_GNU_SOURCE -O2 -o), $program,
        "-I$from/include", split(' ', $ENV{EAS_APR_CPPFLAGS} || ''),
        "$self->{programs}/$name.c", "$from/libeas.a",
        map({ "-Wl,--wrap=pthread_mutex_$_" } qw(lock unlock)),
        split(' ', $ENV{EAS_APR_LIBS} || ''), qw(-lcrypto -lpthread) ])
        unless -x $program;
    return $program;
}

# --- load

# Start wrk against a path of an httpd.  Options: connections =>, seconds =>,
# pause => milliseconds before each request of a connection, headers => a file
# with an Authorization value a line (all people), close => 1 (a new connection
# for each request), refusals => 1 (answers other than 2xx are expected)
sub start_load {
    my ($self, $httpd, $path, %opt) = @_;
    my $wrk = EAS::Proc::find('wrk') or die "wrk is not installed\n";
    my $log = "$self->{dir}/wrk" . ++$self->{loads} . '.log';
    my $pid = EAS::Proc::spawn(
        [ $wrk, '-t', 1, '-c', $opt{connections}, '-d', $opt{seconds} . 's',
          '--timeout', '90s', '-s', "$self->{programs}/load.lua",
          "http://127.0.0.1:$httpd->{bench_port}$path",
          '--', $opt{headers} || $self->{headers}, $opt{pause} || 0,
          $opt{close} || 0 ],
        $log);
    return { pid => $pid, log => $log, path => $path, %opt };
}

# Wait for its end; { requests, rate, broken, status, max => seconds }, where
# status is the number of answers other than 2xx and 3xx.
sub end_load {
    my ($self, $load) = @_;
    my $limit = $load->{seconds} + 60;
    EAS::Proc::wait_until(sub { !EAS::Proc::alive($load->{pid}) }, $limit);
    my $text = EAS::Proc::read_file($load->{log});
    my %found = $text =~ /(\w+)=(\d+)/g;
    die "wrk: $text\n" unless $found{us};
    die "not everybody was let in to $load->{path}: $text\n"
        if $found{status} && !$load->{refusals};
    $found{rate} = $found{requests} / ($found{us} / 1e6);
    $found{max} /= 1e6;
    return \%found;
}

# wrk tells what it has seen when it is interrupted.
sub interrupt_load {
    my ($self, $load) = @_;
    kill 'INT', $load->{pid};
    return $self->end_load($load);
}

sub load {
    my ($self, @args) = @_;
    return $self->end_load($self->start_load(@args));
}

# Load until everybody has been there, and the pools have what they need.
sub warm_up {
    my ($self, $httpd, $path, $connections) = @_;
    my $seen = 0;
    while ($seen < 1.1 * $PEOPLE) {
        $seen += $self->load($httpd, $path,
            connections => $connections, seconds => 1)->{requests};
    }
    return;
}

# An exact number of logins, one after the other over one connection.
sub log_in {
    my ($self, $httpd, $path, @people) = @_;
    my $socket = IO::Socket::INET->new(
        PeerAddr => '127.0.0.1',
        PeerPort => $httpd->{bench_port},
    ) or die "httpd: $!\n";
    for my $person (@people) {
        print {$socket} "GET $path HTTP/1.1\r\nHost: localhost\r\n"
            . "Authorization: $self->{people}[$person]\r\n\r\n";
        my $answer = '';
        while ($answer !~ /\r\n\r\nok\n\z/) {
            sysread($socket, $answer, 4096, length $answer)
                && $answer =~ m{^HTTP/1.1 200}
                or die "no login at $path: $answer\n";
        }
    }
    return;
}

# An exact number of requests of one person, and the status of each answer, of
# which there is to be one.
sub request {
    my ($self, $httpd, $path, $authorization, $count) = @_;
    my $socket = IO::Socket::INET->new(
        PeerAddr => '127.0.0.1',
        PeerPort => $httpd->{bench_port},
    ) or die "httpd: $!\n";
    my ($status, $answer) = ('', '');
    for (1 .. $count) {
        print {$socket} "GET $path HTTP/1.1\r\nHost: localhost\r\n"
            . ($authorization ? "Authorization: $authorization\r\n" : '')
            . "\r\n";
        $answer = '';
        while ($answer !~ /\r\n\r\n/
            || $answer =~ /^Content-Length: (\d+).*?\r\n\r\n(.*)/ms
            && length $2 < $1) {
            sysread($socket, $answer, 4096, length $answer)
                or die "no answer at $path: $answer\n";
        }
        my ($found) = $answer =~ m{^HTTP/1.1 (\d+)};
        die "$path: $found after $status\n" if $status && $status ne $found;
        $status = $found;
    }
    return $status;
}

# --- what was used

# CPU seconds of an httpd with its children, and of other processes.
sub cpu {
    my ($self, $httpd, @pids) = @_;
    my $ticks = 0;
    for my $pid (@pids) {
        my @stat = EAS::Httpd::_stat($pid);
        $ticks += $stat[11] + $stat[12];
    }
    return ($httpd ? $httpd->cpu : 0)
        + $ticks / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}

# Operations of a directory that one login takes, by kind: for people seen for
# the first time, and the next time.  $slapd logs.
sub operations {
    my ($self, $httpd, $path, $slapd) = @_;
    $self->log_in($httpd, $path, 0);    # the service account has bound
    # Nearly all, or a memory too small for them would go unnoticed.
    my @people = (1 .. $self->size($PEOPLE - 1, 300));
    my @found;
    for my $time (1, 2) {
        my $mark = $slapd->mark;
        $self->log_in($httpd, $path, @people);
        my %n;
        $n{ $_->{kind} }++ for grep { $_->{kind} !~ /^(?:UNBIND|EXT)$/ }
            $slapd->operations($mark);
        my $all = 0;
        $all += $_ for values %n;
        push @found, { all => $all / @people,
            map { $_ => $n{$_} / @people } keys %n };
    }
    return @found;
}

# Such as "1 search, 1 bind".
sub operations_text {
    my ($self, $found) = @_;
    my %name = (BIND => 'bind', SRCH => 'search');
    return join ', ', map { sprintf '%.3g %s', $found->{$_}, $name{$_} || $_ }
        reverse sort grep { $_ ne 'all' } keys %$found;
}

# --- arithmetic

sub median {
    my @sorted = sort { $a <=> $b } @_;
    my $middle = int(@sorted / 2);
    return @sorted % 2
        ? $sorted[$middle]
        : ($sorted[ $middle - 1 ] + $sorted[$middle]) / 2;
}

# The quotients of pairs.
sub ratios {
    my ($above, $below) = @_;
    return map { $above->[$_] / ($below->[$_] || 1e-9) } 0 .. $#$above;
}

# Between which of them their median is, with 95 %, whatever they are spread
# like: it is above the k lowest unless so many of n tosses are heads.
sub interval {
    my @sorted = sort { $a <=> $b } @_;
    my ($k, $chance, $sum) = (0, 0.5**@sorted, 0);
    while ($sum + $chance <= 0.025) {
        $sum += $chance;
        $chance *= (@sorted - $k) / ($k + 1);
        $k++;
    }
    $k ||= 1;
    return ($sorted[ $k - 1 ], $sorted[-$k]);
}

# The median of the quotients of pairs.
sub ratio {
    my ($above, $below) = @_;
    return median(ratios($above, $below));
}

1;
