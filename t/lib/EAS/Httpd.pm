# SPDX-License-Identifier: Apache-2.0
package EAS::Httpd;

# A private httpd in a folder of its own, for what one shared server cannot
# show: outages, restarts, start-up errors; and for the demo.

use strict;
use warnings;
use POSIX ();
use EAS::Log;
use EAS::Port;
use EAS::Proc;

# Loaded unless built in; what a front end of an ActiveSync server needs.
my @MODULES = qw(
    authn_core authz_core authz_user authz_host auth_basic access_compat
    mime dir alias env headers log_config unixd setenvif
    ssl socache_shmcb proxy proxy_http
);

# Options: dir => folder (made where missing), config => text (holds its own
# Listen lines), module => path of mod_eas_auth.so, mpm => event|prefork|worker,
# modules => [more of httpd's], log_level => ..., env => {}, defines => [],
# one_child => 1 (one process at a time serves, so that what it keeps is there
# for the next request), user => 'nobody' (whom the children run as, where started by root),
# shield => 1 (the cache and the lockout as they are by default, and not off: a
# test of directories counts what each request costs them)
sub new {
    my ($class, %opt) = @_;
    my $self = bless {
        mpm       => 'event',
        log_level => 'notice',
        modules   => [],
        env       => {},
        defines   => [],
        user      => 'nobody',
        owner     => $$,
        %opt,
    }, $class;
    $self->{module} ||= $ENV{EAS_MODULE};
    $self->{httpd} = httpd_program();
    for my $dir ($self->{dir}, map { "$self->{dir}/$_" } qw(logs run htdocs)) {
        -d $dir or mkdir $dir, 0755 or die "$dir: $!\n";
    }
    $self->{log}  = "$self->{dir}/logs/error_log";
    $self->{conf} = "$self->{dir}/httpd.conf";
    $self->configure($self->{config});
    return $self;
}

sub _apxs {
    my ($what) = @_;
    my $apxs = EAS::Proc::find($ENV{APXS}, 'apxs', 'apxs2') or return '';
    my ($code, $value) = EAS::Proc::run([ $apxs, '-q', $what ]);
    chomp $value;
    return $code ? '' : $value;
}

# The program: HTTPD, or what apxs says, or what is installed.
sub httpd_program {
    my $asked =
        $ENV{HTTPD} || join '/', map { _apxs($_) } qw(SBINDIR PROGNAME);
    return EAS::Proc::find($asked, 'apache2', 'httpd')
        || die "httpd is not installed\n";
}

# Where httpd's own modules are.
sub module_dir {
    for my $dir (_apxs('LIBEXECDIR'),
        qw(/usr/lib/apache2/modules /usr/lib64/httpd/modules)) {
        return $dir if length $dir && -d $dir;
    }
    die "the folder of httpd's modules is not known: set APXS\n";
}

# LoadModule lines for those modules that are neither built in nor missing.
sub load_modules {
    my ($httpd, @names) = @_;
    my $dir = module_dir();
    my (undef, $list) = EAS::Proc::run([ $httpd, '-l' ]);
    my %seen;
    return join '',
        map { "LoadModule ${_}_module $dir/mod_$_.so\n" }
        grep {
               !$seen{$_}++
            && $list !~ /^\s*(?:mod_)?\Q$_\E\.c$/m
            && -e "$dir/mod_$_.so"
        } @names;
}

# Write the configuration; a running server takes it at the next restart.
sub configure {
    my ($self, $config) = @_;
    my $dir  = $self->{dir};
    my $text = "ServerRoot $dir\n"
        . load_modules($self->{httpd}, "mpm_$self->{mpm}", @MODULES,
            $self->{mpm} eq 'prefork' ? () : 'http2', @{ $self->{modules} });
    $text .= "LoadModule eas_auth_module $self->{module}\n"
        if $self->{module};
    my $level = $self->{log_level};
    $level .= ' eas_auth:debug' if $self->{module};
    $text .= "StartServers 1\nServerLimit 8\nThreadsPerChild 64\n"
        . "MinSpareThreads 1\nMaxSpareThreads 64\nMaxRequestWorkers 64\n"
        if $self->{one_child};
    my ($mime) = grep { -e } qw(/etc/mime.types /dev/null);
    $text .= "TypesConfig $mime\n";
    $text .= "User $self->{user}\nGroup #"
        . (getpwnam $self->{user})[3] . "\n"
        if $> == 0;
    $text .= <<"END";
ServerName localhost
DefaultRuntimeDir $dir/run
PidFile $dir/run/httpd.pid
Mutex file:$dir/run default
ErrorLog $self->{log}
LogLevel $level
DocumentRoot $dir/htdocs
Timeout 30
GracefulShutdownTimeout 10
SSLSessionCache shmcb:$dir/run/sessions(512000)
END
    $text .= _no_shield($config) if $self->{module} && !$self->{shield};
    EAS::Proc::write_file($self->{conf}, $text . $config);
    return $self;
}

# A virtual host of TLS on a port of 127.0.0.1: its name, its certificate and
# key, and more lines.  The port still wants a Listen.
sub tls_host {
    my ($port, $name, $pair, @lines) = @_;
    my $lines = join '', map { "    $_\n" } @lines;
    return <<"END";
<VirtualHost 127.0.0.1:$port>
    ServerName $name
    SSLEngine on
    SSLCertificateFile $pair->{cert}
    SSLCertificateKeyFile $pair->{key}
$lines</VirtualHost>
END
}

# Every request asks its directory, and no account is held.
sub _no_shield {
    my ($config) = @_;
    my $text = "EASAuthCacheTTL 0\nEASAuthLockout mode=off spray=off\n";
    $text .= "EASAuthLedger file=none\n" unless $config =~ /^EASAuthLedger\b/m;
    return $text;
}

sub _argv {
    my ($self, @more) = @_;
    return [
        $self->{httpd}, '-d', $self->{dir}, '-f', $self->{conf},
        (map { ('-D', $_) } @{ $self->{defines} }), @more
    ];
}

# httpd -t, with more arguments such as ('-D', 'DUMP_EAS_AUTH').
# Returns (exit code, what it printed).
sub test {
    my ($self, @more) = @_;
    return EAS::Proc::run($self->_argv('-t', @more), env => $self->{env});
}

# The ports of all Listen lines.
sub ports {
    my ($self) = @_;
    my $text = EAS::Proc::read_file($self->{conf});
    return $text =~ /^\s*Listen\s+(?:\S+:)?(\d+)/mg;
}

# Start and wait until every port is served.
sub start {
    my ($self) = @_;
    my $mark = $self->mark;
    $self->{pid} = EAS::Proc::spawn($self->_argv('-D', 'FOREGROUND'),
        "$self->{dir}/logs/console.log",
        env => $self->{env});
    $self->{began} = time;
    $self->_wait_ready($mark, 'start');
    return $self;
}

# A graceful restart; returns when the new generation serves.
sub graceful {
    my ($self) = @_;
    my $mark = $self->mark;
    kill 'USR1', $self->{pid};
    $self->_wait_ready($mark, 'restart');
    return $self;
}

sub _wait_ready {
    my ($self, $mark, $what) = @_;
    my $ready = EAS::Proc::wait_until(
        sub {
            !$self->running
                || $self->log_since($mark) =~ /resuming normal operations/;
        }, 20);
    return
        if $ready
        && $self->running
        && !grep { !EAS::Port::open($_) } $self->ports;
    die "httpd does not $what:\n"
        . EAS::Proc::tail("$self->{dir}/logs/console.log", 20)
        . EAS::Proc::tail($self->{log}, 20);
}

sub running { return EAS::Proc::alive($_[0]{pid}) }
sub pid     { return $_[0]{pid} }

sub stop {
    my ($self) = @_;
    if ($self->{pid}) {
        $self->_wait_threads;
        EAS::Proc::stop($self->{pid}, timeout => 15);
    }
    delete $self->{pid};
    return $self;
}

# The event MPM crashes now and then where a child is told to end while it still
# makes its threads, whatever modules it has: a server that was just started is
# stopped once their number stays what it is.
sub _wait_threads {
    my ($self) = @_;
    my ($before, $same) = (0, 0);
    return if time - $self->{began} > 2;
    EAS::Proc::wait_until(
        sub {
            my $now = 0;
            $now += (_stat($_))[17] for $self->children;
            $same   = $now && $now == $before ? $same + 1 : 0;
            $before = $now;
            return $same >= 5 || !$self->running;
        }, 5);
    return;
}

# The process ids of its children.
sub children {
    my ($self) = @_;
    return grep { (_stat($_))[1] == $self->{pid} }
        map { m{(\d+)$} } glob '/proc/[0-9]*';
}

# CPU seconds that it and its children have used.
sub cpu {
    my ($self) = @_;
    my $ticks = 0;
    for my $pid ($self->{pid}, $self->children) {
        my @stat = _stat($pid);
        $ticks += $stat[11] + $stat[12];
    }
    return $ticks / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}

# Fields 3 and following of /proc/PID/stat: state, parent, ...
sub _stat {
    my ($pid) = @_;
    open my $fh, '<', "/proc/$pid/stat" or return (0) x 20;
    my $text = <$fh>;
    return (0) x 20 unless defined $text;
    $text =~ s/.*\) //s;
    return split ' ', $text;
}

# --- its error log

sub mark { return -s $_[0]{log} || 0 }

sub log_since {
    my ($self, $mark) = @_;
    return EAS::Proc::read_log($self->{log}, $mark);
}

# The module's decisions since a mark (see EAS::Log::decisions).
sub decisions { return EAS::Log::decisions($_[0]->log_since($_[1])) }

# Lines that should not be there: none of httpd's usual ones, none of these.
sub unexpected {
    my ($self, @expected) = @_;
    return EAS::Log::unexpected($self->log_since(0), EAS::Log::usual(),
        @expected);
}

sub DESTROY {
    my ($self) = @_;
    return unless $self->{owner} && $self->{owner} == $$;
    local ($@, $?, $!);
    EAS::Proc::stop($self->{pid}) if $self->{pid};
    return;
}

1;
