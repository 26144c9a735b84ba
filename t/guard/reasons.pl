# SPDX-License-Identifier: Apache-2.0
# Every reason and class by which a decision can end is in README, under the
# name that logs and EASAuthAnswer use, and in a test.
use strict;
use warnings;
use Test::More;
use Tree;

my ($enum) = code('include/eas_types.h')
             =~ /EAS_REASON_NONE\b[^,]*,(.*?)EAS_REASON_COUNT/s;
my @reasons = ($enum // '') =~ /\b(EAS_\w+)/g;
my $table = code('lib/eas_reason.c');
my %name = $table =~ /\[(EAS_\w+)\]\s*=\s*\{?\s*"([a-z][a-z0-9-]*)"/g;
my $readme = text('README');

cmp_ok(scalar @reasons, '>', 30, 'reasons were found');
none('each has its row and name', grep { !$name{$_} } @reasons);
cmp_ok(scalar(grep { /^EAS_CLASS_/ } keys %name), '>=', 7,
       'classes were found');
none('README has each name',
     grep { $readme !~ /(?<![\w-])\Q$_\E(?![\w-])/ } sort values %name);
none('a test has each',
     grep { my $name = $name{$_}; tests() !~ /\b(?:$_|\Q$name\E)\b/ } @reasons);
done_testing();
