# SPDX-License-Identifier: Apache-2.0
# A log id belongs to one call; whoever finds one of warning and above in a
# log finds it in README as well.
use strict;
use warnings;
use Test::More;
use Tree;

my @quiet = qw(TRACE[1-8] DEBUG INFO NOTICE);
my $quiet = join '|', @quiet;
my %range = (ldap => qr/^EAS01/, server => qr/^EAS0[23]/, '.' => qr/^EAS0[23]/);

my (%places, @loud, @anonymous, @astray);
for my $file (files('lib/*.c', 'ldap/*.c', 'server/*.c', '*.c')) {
    my $code = code($file);
    my ($folder) = $file =~ m{^(\w+)/};
    $folder //= '.';
    while ($code =~ /"(EAS\d+)(: \S)?/g) {
        next if $1 eq 'EAS0000'; # stands for any
        my ($id, $text, $line) = ($1, $2, line_of($code, $-[0]));
        push @{$places{$id}}, "$file:$line";
        push @astray, "$file:$line: $id"
            unless $text && length $id == 7
                   && $range{$folder} && $id =~ $range{$folder};
    }
    # A finding has its id where it is found; there they are only passed on.
    my $logs = $file eq 'server/mod_eas_finding.c'
               ? qr/(?!)/ : qr/ap_log_[cpr]?error|mod_eas_finding_\w+/;
    for my $call (calls($code, $logs)) {
        push @anonymous, "$file:$call->[2]: $call->[0]"
            unless $call->[1] =~ /"EAS\d{4}: /;
    }
    # The innermost call that holds an id and a level speaks for the id; a
    # level that is not written there may be any.
    while ($code =~ /"(EAS\d{4}): /g) {
        next if $1 eq 'EAS0000';
        my ($id, $before) = ($1, substr($code, 0, $-[0]));
        my ($statement) = $before =~ /([^;{}]*)\z/;
        push @loud, $id
            unless $statement =~ /\b(?:AP|EAS_)LOG_(?:$quiet)\b/
                   && $statement !~ /\?/;
    }
}

cmp_ok(scalar keys %places, '>=', 20, 'log ids were found');
none('every id has one place',
     map { "$_: @{$places{$_}}" } grep { @{$places{$_}} > 1 }
     sort keys %places);
none('every id is written "EAS0nnn: " and in the range of its folder',
     @astray);
none('every message has an id', @anonymous);

my $readme = text('README');
my %listed = map { $_ => 1 } $readme =~ /\b(EAS\d{4})\b/g;
none('README has every id of warning and above',
     grep { !$listed{$_} } sort @loud);
none('README has no id that is gone',
     grep { !$places{$_} } sort keys %listed);
done_testing();
