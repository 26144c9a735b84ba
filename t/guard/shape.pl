# SPDX-License-Identifier: Apache-2.0
# Functions and files stay short, and what a header offers is explained.
#
# A function is what stands between a line that begins at the margin and the
# brace at the margin that ends it: the style says so, and no tool is needed.
use strict;
use warnings;
use Test::More;
use Tree;

my ($MEDIAN, $P90, $LONGEST, $FILE) = (14, 40, 60, 400);

# [lines, name] of each function.
sub functions
{
    my ($file) = @_;
    my (@found, $start, $name, $inside);
    my $number = 0;
    for (split /\n/, code($file)) {
        $number++;
        if ($inside) {
            next unless /^\}/;
            push @found, [$number - $start + 1, "$file: $name()"];
            $inside = 0;
        }
        elsif (/^\{/) {
            $inside = 1;
        }
        elsif (/^\w.*?(\w+)\s*\(/ && !/;\s*$/) {
            ($start, $name) = ($number, $1);
        }
    }
    return @found;
}

# Prototypes with no comment that ends on the line above.
sub unexplained
{
    my ($file) = @_;
    my @text = split /\n/, text($file);
    my @code = split /\n/, code($file);
    my @found;
    for my $i (0 .. $#code) {
        next unless $code[$i] =~ /^(?!typedef\b|static\b)\w[\w\s\*]*\b\w+\s*\(/;
        push @found, "$file:" . ($i + 1) . ": $code[$i]"
            unless $i && $text[$i - 1] =~ m{\*/\s*$};
    }
    return @found;
}

sub percentile
{
    my ($share, @sizes) = @_;
    my $i = int(@sizes * $share);
    return @sizes ? $sizes[$i > $#sizes ? $#sizes : $i] : 0;
}

my (@all, @long_files, @unexplained);
for my $layer (['lib', 'lib/*.c'], ['ldap', 'ldap/*.c'],
               ['server', 'server/*.c'], ['top', '*.c']) {
    my ($name, $pattern) = @$layer;
    my ($longest, @functions) = (0);
    my @files = files($pattern);
    for my $file (@files) {
        my $lines = text($file) =~ tr/\n//;
        $longest = $lines if $lines > $longest;
        push @long_files, "$file: $lines lines" if $lines > $FILE;
        push @functions, functions($file);
    }
    my @sizes = sort { $a <=> $b } map { $_->[0] } @functions;
    note(sprintf '%-6s %3d files, longest %3d; %3d functions, median %2d, p90 %2d, longest %2d',
         $name, scalar @files, $longest, scalar @sizes,
         percentile(.5, @sizes), percentile(.9, @sizes), $sizes[-1] // 0);
    push @all, @functions;
}
push @unexplained, unexplained($_) for files('include/*.h');

my @sizes = sort { $a <=> $b } map { $_->[0] } @all;
note(sprintf 'all    %d functions, median %d, p90 %d, longest %d',
     scalar @sizes, percentile(.5, @sizes), percentile(.9, @sizes),
     $sizes[-1] // 0);
cmp_ok(scalar @sizes, '>', 50, 'functions were found');
cmp_ok(percentile(.5, @sizes), '<=', $MEDIAN, 'the median function is short');
cmp_ok(percentile(.9, @sizes), '<=', $P90, 'nine of ten are');
none("none is longer than $LONGEST lines",
     map { "$_->[1] $_->[0] lines" } grep { $_->[0] > $LONGEST } @all);
none("no file is longer than $FILE lines", @long_files);
none('each prototype of a header follows its comment', @unexplained);
done_testing();
