# SPDX-License-Identifier: Apache-2.0
package EAS::Samba;

# A real Active Directory domain controller, Samba, for the run of the tests:
# EXAMPLE.TEST on 127.0.0.1, ports 389, 636, 3268 and 3269 of the run's own
# network.  Who is in it is told by t/samba/people.ldif.
#
# Samba wants to be root, the tests are nobody.  So a keeper, which stays root,
# makes the domain and serves it until the run has ended, however that ends:
#
#   run     serve CERTIFICATE KEY CA LOG -> keeper   a line, and then the pipe
#                                                    stays open for the run
#   keeper  ready, or what went wrong    -> run      and then the pipe stays
#                                                    open until all is gone
#
# The domain is in a tmpfs that only this mount namespace sees: it is never
# left behind.  Nor is Samba: it ends when its standard input does, and that is
# the keeper's.

use strict;
use warnings;
use Cwd ();
use Fcntl ();
use File::Basename ();
use POSIX ();
use Time::HiRes qw(time);
use EAS::Port;
use EAS::Proc;

my $DATA = Cwd::abs_path(File::Basename::dirname(__FILE__) . '/../../samba');
my $DIR  = '/var/lib/samba';    # the tmpfs is put over it
my $BASE = 'DC=example,DC=test';
my @PORTS = (389, 636, 3268, 3269);
my ($PROVISION_TIMEOUT, $START_TIMEOUT, $STOP_TIMEOUT) = (120, 60, 10);

# --- for a test: what is served

# The domain controller of this run; dies, saying why, where there is none.
sub attach {
    my ($class) = @_;
    die 'there is no Active Directory: '
        . ($ENV{EAS_SAMBA_ERROR} || 'the test does not say "# needs: samba"')
        . "\n"
        unless $ENV{EAS_SAMBA_URL};
    return bless {}, $class;
}

# ldaps://127.0.0.1; or ldap://127.0.0.1, or with another port: 3268 and 3269
# are the Global Catalog.
sub url {
    my ($self, $scheme, $port) = @_;
    return ($scheme || 'ldaps') . '://127.0.0.1' . ($port ? ":$port" : '');
}

sub base   { return $BASE }
sub people { return "OU=People,$BASE" }
sub groups { return "OU=Groups,$BASE" }
sub realm  { return 'EXAMPLE.TEST' }
sub domain { return 'EXAMPLE' }

# The account that searches for the module: its DN, and its password, which is
# also in the file $EAS_STATE/samba.secret.
sub service { return "CN=svc-eas,OU=Service,$BASE" }
sub secret  { return 'samba service secret' }

# CN=Administrator,CN=Users, who may read everything.
sub administrator_secret { return 'Administrator-secret-1' }

# Change the directory as its administrator: LDIF with changetype.
sub modify {
    my ($self, $ldif) = @_;
    EAS::Proc::must([ _tool('ldbmodify'), _as_administrator() ],
        stdin => $ldif);
    return $self;
}

# What the directory says of an entry: { attribute => [value, ...] }; values
# that are no text come in base64, as LDIF has them.
sub entry {
    my ($self, $dn, @attributes) = @_;
    my $text = EAS::Proc::must([ _tool('ldbsearch'), _as_administrator(),
        '-b', $dn, '-s', 'base', '(objectClass=*)', @attributes ]);
    $text =~ s/.*?^(?=dn:)//ms;    # warnings
    $text =~ s/\n //g;
    my %entry;
    push @{ $entry{$1} }, $2 while $text =~ /^([\w-]+)::? (.*)$/mg;
    return \%entry;
}

# A place in its log, to count from.
sub mark { return -s "$ENV{EAS_STATE}/samba.log" || 0 }

# The binds since a mark: { user, status }.  user is the sAMAccountName, or
# what was sent where nobody is called so; status is of Windows, such as OK,
# WRONG_PASSWORD or ACCOUNT_LOCKED_OUT.
sub binds {
    my ($self, $mark) = @_;
    my @found;
    for my $line (split /\n/,
        EAS::Proc::read_log("$ENV{EAS_STATE}/samba.log", $mark))
    {
        my ($sent, $status) = $line =~
            /^\s*Auth: \[LDAP,simple bind[^\]]*\] user \[[^\]]*\]\\\[(.*?)\] at .* status \[NT_STATUS_(\w+)\]/
            or next;
        my ($user) = $line =~ /(?:became|mapped to) \[[^\]]*\]\\\[([^\]]*)\]/;
        push @found, { user => defined $user ? $user : $sent,
            status => $status };
    }
    return @found;
}

sub _tool {
    my ($name) = @_;
    return EAS::Proc::find($name) || die "$name is not installed\n";
}

sub _as_administrator {
    my ($self) = @_;
    return ('-H', 'ldaps://127.0.0.1', '--configfile=/dev/null',
        '--option=tls verify peer = ca_only',
        "--option=tls cafile = $ENV{EAS_STATE}/ca/ca.pem",
        '--simple-bind-dn=Administrator@example.test',
        '--password=' . administrator_secret());
}

# --- for the run: the other end of the pipes

# Start a keeper: a command, which is told two more arguments, the numbers of
# its descriptors.  What ours are goes on in the environment, to the program
# that replaces this one.
sub hire {
    my ($class, @command) = @_;
    local $^F = 1000;    # they stay open
    pipe my $orders,  my $ordering or die "pipe: $!\n";
    pipe my $hearing, my $news     or die "pipe: $!\n";
    my $pid = fork;
    die "fork: $!\n" unless defined $pid;
    if (!$pid) {
        close $_ for $ordering, $hearing;
        POSIX::setsid();    # Ctrl-C is for the run
        open STDIN, '<', '/dev/null';
        # whoever reads what the run says waits for its end alone
        open STDOUT, '>', '/dev/null';
        open STDERR, '>', '/dev/null';
        delete @ENV{ grep { /^EAS_/ } keys %ENV };
        { no warnings 'exec'; exec @command, fileno $orders, fileno $news; }
        POSIX::_exit(127);
    }
    # not to be closed when this sub ends
    $ENV{EAS_SAMBA_PIPES} =
        join ':', map { POSIX::dup(fileno $_) } $ordering, $hearing;
    return;
}

# The keeper that was hired.
sub keeper {
    my ($class) = @_;
    my @fds = split /:/, delete $ENV{EAS_SAMBA_PIPES};
    my $self = bless { owner => $$ }, $class;
    open $self->{ordering}, '>&=', $fds[0] or die "descriptor $fds[0]: $!\n";
    open $self->{hearing},  '<&=', $fds[1] or die "descriptor $fds[1]: $!\n";
    # ours alone, or the keeper would wait for whatever the run starts
    fcntl $_, Fcntl::F_SETFD(), Fcntl::FD_CLOEXEC()
        or die "fcntl: $!\n" for @$self{qw(ordering hearing)};
    return $self;
}

# What it needs to begin: { cert => file, key => file }, the file of the CA.
sub order {
    my ($self, $certificate, $ca) = @_;
    local $SIG{PIPE} = 'IGNORE';    # a keeper that is gone is heard of later
    syswrite $self->{ordering}, join("\t", 'serve', @$certificate{qw(cert key)},
        $ca, "$ENV{EAS_STATE}/samba.log") . "\n";
    return;
}

# Wait until it serves; returns what went wrong, or nothing.
sub wait_ready {
    my ($self) = @_;
    my $text = '';
    my $end  = time + $PROVISION_TIMEOUT + $START_TIMEOUT;
    while ($text !~ /\n\z/) {
        return 'it says nothing' unless $self->_hear(\$text, $end);
    }
    return $text eq "ready\n" ? undef : $text;
}

# Wait until nothing of it is left.
sub stop {
    my ($self) = @_;
    return $self unless $self->{ordering};
    close delete $self->{ordering};
    my $ignored = '';
    my $end = time + 3 * $STOP_TIMEOUT;
    1 while $self->_hear(\$ignored, $end);
    die "the keeper of Samba does not end\n" if time > $end;
    return $self;
}

# Add what comes to a text; false at the end, or when it is too late.
sub _hear {
    my ($self, $text, $end) = @_;
    vec(my $bits = '', fileno $self->{hearing}, 1) = 1;
    my $left = $end - time;
    return 0 unless select $bits, undef, undef, $left > 0 ? $left : 0;
    return sysread $self->{hearing}, $$text, 4096, length $$text;
}

# --- for the keeper

# All of it; ends when the run has.
sub keep {
    my ($class, $orders, $news) = @_;
    my $self = bless { owner => 0, heard => '' }, $class;
    open $self->{orders}, '<&=', $orders or die "descriptor $orders: $!\n";
    open $self->{news},   '>&=', $news   or die "descriptor $news: $!\n";
    $SIG{$_} = 'IGNORE' for qw(INT HUP PIPE);
    $SIG{TERM} = sub { die "told to end\n" };
    chdir '/';
    for my $fh (@$self{qw(orders news)}) {
        fcntl $fh, Fcntl::F_SETFD(), Fcntl::FD_CLOEXEC();
    }
    if (!eval { $self->_serve; 1 }) {
        (my $text = $@) =~ s/\s*\n(?=.)/ | /g;
        syswrite $self->{news}, $text;
    }
    local $SIG{TERM} = 'IGNORE';
    close delete $self->{input} if $self->{input};
    for my $signal (qw(TERM KILL)) {
        last unless $self->{pid};
        kill $signal, -$self->{pid};
        last if EAS::Proc::wait_until(sub { !$self->_any_left },
            $STOP_TIMEOUT);
    }
    return;
}

sub _serve {
    my ($self) = @_;
    my $samba = EAS::Proc::find('samba')
        or die "samba is not installed (packages_of in bootstrap)\n";
    EAS::Proc::must([ 'mount', '-t', 'tmpfs', '-o', 'mode=0700', 'samba',
        $DIR ]);
    (my $conf = EAS::Proc::read_file("$DATA/smb.conf")) =~ s/\@DIR\@/$DIR/g;
    EAS::Proc::write_file("$DIR/smb.conf", $conf);
    # The system's Python, whatever else PATH and the environment offer.
    $self->_start([ '/usr/bin/python3', '-I', "$DATA/provision.py",
        "$DIR/smb.conf", "$DATA/people.ldif" ], "$DIR/provision.log");
    $self->_wait(sub { !EAS::Proc::alive($self->{pid}) }, $PROVISION_TIMEOUT);
    -e "$DIR/provisioned" or die "the domain cannot be made:\n"
        . EAS::Proc::tail("$DIR/provision.log", 20);

    $self->_wait(sub { $self->{heard} =~ /\n/ }, $PROVISION_TIMEOUT)
        or die "no certificate has come\n";
    chomp $self->{heard};
    my (undef, $cert, $key, $ca, $log) = split /\t/, $self->{heard};
    # Samba takes a key only that is its own.
    EAS::Proc::write_file("$DIR/tls.pem", EAS::Proc::read_file($cert));
    EAS::Proc::write_file("$DIR/tls.key", EAS::Proc::read_file($key), 0600);
    EAS::Proc::write_file("$DIR/ca.pem",  EAS::Proc::read_file($ca));
    $self->_start([ $samba, '-i', '-M', 'prefork', '--debug-stdout',
        '-s', "$DIR/smb.conf" ], $log);
    my $up = sub { !grep { !EAS::Port::open($_) } @PORTS };
    $self->_wait(sub { !EAS::Proc::alive($self->{pid}) || $up->() },
        $START_TIMEOUT);
    die "samba does not start:\n" . EAS::Proc::tail($log, 20)
        unless EAS::Proc::alive($self->{pid}) && $up->();
    syswrite $self->{news}, "ready\n";
    $self->_wait(sub { 0 });
    return;
}

# Start a program in a process group of its own, as EAS::Proc::spawn does, but
# with the end of a pipe as its standard input.
sub _start {
    my ($self, $argv, $log) = @_;
    pipe my $in, my $input or die "pipe: $!\n";
    $self->{input} = $input;
    $self->{pid}   = EAS::Proc::spawn($argv, $log, in => $in);
    return;
}

# Wait for a condition, at most so many seconds, or for ever; the end of the
# run ends this, too.
sub _wait {
    my ($self, $condition, $timeout) = @_;
    my $end = $timeout ? time + $timeout : undef;
    while (1) {
        my $value = $condition->();
        return $value if $value;
        return 0 if $end && time > $end;
        vec(my $bits = '', fileno $self->{orders}, 1) = 1;
        next unless select $bits, undef, undef, $timeout ? 0.02 : undef;
        sysread $self->{orders}, $self->{heard}, 4096, length $self->{heard}
            or die "the run has ended\n";
    }
}

# Whether a process of the group still lives.  What has ended and nobody asks
# after, as where init does not, is gone.
sub _any_left {
    my ($self) = @_;
    1 while waitpid(-1, POSIX::WNOHANG()) > 0;
    for my $file (glob '/proc/[0-9]*/stat') {
        open my $fh, '<', $file or next;
        my $stat = <$fh>;
        next unless defined $stat && $stat =~ /.*\) (\w) \d+ (\d+)/;
        return 1 if $2 == $self->{pid} && $1 ne 'Z';
    }
    return 0;
}

sub DESTROY {
    my ($self) = @_;
    return unless $self->{owner} && $self->{owner} == $$;
    local ($@, $?, $!);
    eval { $self->stop };
    return;
}

1;
