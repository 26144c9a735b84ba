# SPDX-License-Identifier: Apache-2.0
package EAS::Proc;

# Starting and ending programs, never through a shell.

use strict;
use warnings;
use POSIX ();
use Time::HiRes qw(time);

# Run a program to its end.  Returns (exit code, stdout and stderr).
# Options: stdin => text, env => {name => value}, dir => folder
sub run {
    my ($argv, %opt) = @_;
    my $in;
    if (defined $opt{stdin}) {
        open $in, '+>', undef or die "temporary file: $!\n";
        binmode $in;
        print {$in} $opt{stdin};
        $in->flush;
        sysseek $in, 0, 0;
    }
    else {
        open $in, '<', '/dev/null' or die "/dev/null: $!\n";
    }
    open my $out, '+>', undef or die "temporary file: $!\n";
    my $pid = _fork($argv, %opt, in => $in, out => $out);
    waitpid $pid, 0;
    my $code = $? & 127 ? 128 + ($? & 127) : $? >> 8;
    sysseek $out, 0, 0;
    binmode $out;
    local $/;
    my $text = <$out>;
    return ($code, defined $text ? $text : '');
}

# Run a program that must succeed; returns what it printed.
sub must {
    my ($argv, %opt) = @_;
    my ($code, $text) = run($argv, %opt);
    die "@$argv ended with $code:\n$text\n" if $code;
    return $text;
}

# Start a program that stays, in a process group of its own: Ctrl-C reaches
# whoever started it, and that one ends it in an orderly way.  Its output is
# appended to a log file.  Returns the process id.
# Options: in => handle (/dev/null by default), and env and dir as above
sub spawn {
    my ($argv, $log, %opt) = @_;
    my $in = $opt{in};
    $in or open $in, '<', '/dev/null' or die "/dev/null: $!\n";
    open my $out, '>>', $log or die "$log: $!\n";
    return _fork($argv, %opt, in => $in, out => $out, group => 1);
}

sub _fork {
    my ($argv, %opt) = @_;
    # The child reports a failing exec through a pipe that exec closes.
    pipe my $read, my $write or die "pipe: $!\n";
    my $pid = fork;
    die "fork: $!\n" unless defined $pid;
    if (!$pid) {
        close $read;
        $SIG{PIPE} = 'DEFAULT';
        setpgrp(0, 0) if $opt{group};
        chdir $opt{dir} if $opt{dir};
        $ENV{$_} = $opt{env}{$_} for keys %{ $opt{env} || {} };
        POSIX::dup2(fileno $opt{in},  0);
        POSIX::dup2(fileno $opt{out}, 1);
        POSIX::dup2(fileno $opt{out}, 2);
        { no warnings 'exec'; exec { $argv->[0] } @$argv; }
        syswrite $write, "$!";
        POSIX::_exit(127);
    }
    close $write;
    my $error = do { local $/; <$read> };
    if (defined $error && length $error) {
        waitpid $pid, 0;
        die "cannot run $argv->[0]: $error\n";
    }
    return $pid;
}

# Whether a process lives.  One that has ended and whose parent has not asked
# yet counts as gone: it need not be our own child.
sub alive {
    my ($pid) = @_;
    return 0 unless $pid;
    waitpid $pid, POSIX::WNOHANG();
    open my $fh, '<', "/proc/$pid/stat" or return kill 0, $pid;
    my $stat = <$fh>;
    return defined $stat && $stat =~ /\) ([A-Z])/ && $1 ne 'Z' ? 1 : 0;
}

# End a process, with force where it does not go by itself.
sub stop {
    my ($pid, %opt) = @_;
    return unless $pid && alive($pid);
    kill 'CONT', $pid;
    kill $opt{signal} || 'TERM', $pid;
    return if wait_until(sub { !alive($pid) }, $opt{timeout} || 10);
    kill 'KILL', $pid;
    wait_until(sub { !alive($pid) }, 5);
    return;
}

# Wait for a condition, at most so many seconds.  Returns what it returned.
sub wait_until {
    my ($condition, $timeout) = @_;
    my $end = time + $timeout;
    while (1) {
        my $value = $condition->();
        return $value if $value;
        return 0 if time > $end;
        select undef, undef, undef, 0.01;
    }
}

# The first of some names or paths that is a program, or undef.
sub find {
    for my $name (grep { defined && length } @_) {
        if ($name =~ m{/}) {
            return $name if -x $name && !-d _;
            next;
        }
        for my $dir (split(/:/, $ENV{PATH} || ''),
            qw(/usr/sbin /sbin /usr/local/sbin /usr/libexec /usr/lib/openldap)) {
            return "$dir/$name" if -x "$dir/$name" && !-d _;
        }
    }
    return undef;
}

# The last lines of a file, for messages.
sub tail {
    my ($file, $count) = @_;
    open my $fh, '<', $file or return "($file: $!)\n";
    my @lines = <$fh>;
    splice @lines, 0, @lines - $count if @lines > $count;
    return join '', @lines;
}

# Write a file; mode, for a secret, is set before anything is in it.
sub write_file {
    my ($file, $text, $mode) = @_;
    unlink $file if defined $mode;
    sysopen my $fh, $file, POSIX::O_WRONLY() | POSIX::O_CREAT() | POSIX::O_TRUNC(),
        defined $mode ? $mode : 0644
        or die "$file: $!\n";
    binmode $fh;
    print {$fh} $text;
    close $fh or die "$file: $!\n";
    return $file;
}

sub read_file {
    my ($file) = @_;
    open my $fh, '<', $file or die "$file: $!\n";
    return read_rest($fh);
}

# What a log holds from a place on; nothing where there is no log yet.
sub read_log {
    my ($file, $mark) = @_;
    open my $fh, '<', $file or return '';
    seek $fh, $mark || 0, 0;
    return read_rest($fh);
}

sub read_rest {
    my ($fh) = @_;
    binmode $fh;
    local $/;
    my $text = <$fh>;
    return defined $text ? $text : '';
}

1;
