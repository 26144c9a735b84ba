# SPDX-License-Identifier: Apache-2.0
# Makefile.am names its files, so one that it forgets is not built, not run
# or not in the tarball, and nobody notices.
use strict;
use warnings;
use Test::More;
use Tree;

my $makefile = text('Makefile.am');

sub is_named
{
    my ($name) = @_;
    return $makefile =~ m{(?<![\w./-])\Q$name\E(?![\w./-])};
}

# A test is listed as the program it becomes, a corpus by its folder; and
# automake takes its own two files along.
sub is_listed
{
    my ($file) = @_;
    return 1 if is_named($file) || $file =~ m{^t/fuzz/corpus/}
                || $file =~ /^(?:configure\.ac|Makefile\.am)$/;
    return $file =~ /^(.*)\.c$/ && (is_named($1) || is_named("$1.replay"));
}

my @files = tree();
cmp_ok(scalar @files, '>', 50, 'files were found');
none('Makefile.am names each', grep { !is_listed($_) } @files);
done_testing();
