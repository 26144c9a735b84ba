# SPDX-License-Identifier: Apache-2.0
# Nothing in the sources depends on where somebody built them.
use strict;
use warnings;
use Test::More;
use Tree;

my @here = grep { defined && length > 4 } @ENV{qw(top_srcdir top_builddir)};
my $here = join '|', map { quotemeta } @here;
# Not http://host/work/..., not ${TMPDIR:-/tmp}/x.
my $machine = qr{(?<![\w.\}])/(?:work|home|root|Users|tmp)/\w};

my @files = tree();
my @found;
for my $file (@files) {
    my $number = 0;
    for (split /\n/, text($file)) {
        $number++;
        # A person's home folder in a directory is data.
        next if /^homeDirectory:/;
        push @found, "$file:$number: $_"
            if /$machine/ || ($here && /$here/);
    }
}
cmp_ok(scalar @files, '>', 50, 'files were found');
none('no path of one machine', @found);
done_testing();
