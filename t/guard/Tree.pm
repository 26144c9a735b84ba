# SPDX-License-Identifier: Apache-2.0
# What the guards have in common: the sources, read as text.
package Tree;
use strict;
use warnings;
use Exporter 'import';
use File::Find ();

our @EXPORT = qw(files tree tests text code line_of calls none);

# Guards read the tree they are given, from wherever make runs them.
chdir($ENV{top_srcdir} // '.') or die "top_srcdir: $!";

# The files of these patterns, relative to the top of the sources.
sub files
{
    return sort map { glob } @_;
}

# Every file that somebody wrote; a build in this folder leaves its own.
sub tree
{
    my @found = files(qw(*.c configure.ac Makefile.am README LICENSE CHANGES
                         bootstrap));
    File::Find::find({no_chdir => 1, wanted => sub {
        my $file = substr $_, 2;
        push @found, $file
            if -f && !m{/\.|~$|\.(?:l?[ao]|log|trs|gc..|replay|fuzz)$}
               && !($file =~ m{^t/unit/\w+$} && -e "$file.c");
    }}, grep { -d } map { "./$_" } qw(lib ldap server include conf demo t));
    return sort grep { -e } @found;
}

sub text
{
    my ($file) = @_;
    open my $in, '<', $file or return '';
    local $/;
    my $text = <$in>;
    return $text // '';
}

# All tests as one text, guards aside.
my $tests;
sub tests
{
    return $tests //= join "\n", map { text($_) }
                      grep { m{^t/(?!guard/)} } tree();
}

# C without its comments; offsets and line numbers stay as they are.
sub code
{
    my ($file) = @_;
    my $text = text($file);
    $text =~ s{("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|/\*.*?\*/|//[^\n]*}
              {defined $1 ? $1 : $& =~ s/[^\n]/ /gr}gse;
    return $text;
}

sub line_of
{
    my ($text, $offset) = @_;
    return 1 + (substr($text, 0, $offset) =~ tr/\n//);
}

# Every call of a function whose name matches, as [name, arguments, line].
sub calls
{
    my ($text, $name) = @_;
    my @found;
    while ($text =~ /\b($name)\s*(\((?:[^()"']|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?2))*\))/g) {
        push @found, [$1, $2, line_of($text, $-[0])];
    }
    return @found;
}

# One test: passes where nothing was found, else shows what was.
sub none
{
    my ($name, @found) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $ok = Test::More::ok(!@found, $name);
    Test::More::diag("  $_") for @found;
    return $ok;
}

1;
