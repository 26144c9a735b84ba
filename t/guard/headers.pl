# SPDX-License-Identifier: Apache-2.0
# Each header compiles alone, and twice.
use strict;
use warnings;
use Test::More;
use Tree;

my $cc = $ENV{EAS_CC} // 'cc -Iinclude';
my @headers = map { m{([^/]+)$} } files('include/*.h');

cmp_ok(scalar @headers, '>', 10, 'headers were found');
for my $header (@headers) {
    my $source = qq{#include "$header"\n} x 2;
    my $said = `printf '%s' '$source' | $cc -Iinclude -Werror -fsyntax-only -x c - 2>&1`;
    is($?, 0, $header) or diag($said);
}
done_testing();
