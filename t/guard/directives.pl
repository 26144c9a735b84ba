# SPDX-License-Identifier: Apache-2.0
# Every directive stands in conf/eas_auth.conf, with what it is where nobody
# writes it and where it may be written, in README and in a test.
use strict;
use warnings;
use Test::More;
use Tree;

my (%known, @htaccess);
for my $file (files('server/*.c')) {
    my $code = code($file);
    # AP_INIT_TAKE1("EASAuth...", or a macro of ours that stands for one.
    for my $call (calls($code, qr/[A-Z][A-Z0-9_]+/)) {
        my ($name) = $call->[1] =~ /^\(\s*"(<?EASAuth\w+)"/ or next;
        $known{$name} = $call->[0] eq 'IN_PROVIDER' ? 'provider'
                        : $name =~ /^</ ? 'server'
                        : $call->[0] eq 'IN_MAIN'
                          || $call->[1] =~ /\bRSRC_CONF\b/ ? 'main' : 'section';
    }
    while ($code =~ /\bOR_[A-Z]+\b/g) {
        push @htaccess, "$file:" . line_of($code, $-[0]) . ": $&";
    }
}
my %context = (
    provider => '<EASAuthProvider>',
    main => 'server config',
    server => 'server config, virtual host',
    section => 'server config, virtual host, directory',
);
my @blocks = split /\n(?:[ \t]*\n)+/, text('conf/eas_auth.conf');
my $readme = text('README');

# The paragraph that documents a directive, as it is written.
sub paragraph
{
    my ($written) = @_;
    my ($block) = grep { /^# Syntax:[ \t]+\Q$written\E[ \t>]/m } @blocks;
    return $block // '';
}

cmp_ok(scalar keys %known, '>=', 15, 'directives were found');
my (@undocumented, @no_default, @no_context, @unlisted, @unknown);
for my $name (sort keys %known) {
    my $block = paragraph($name);
    my $context = $context{$known{$name}};
    push @undocumented, $name unless $block;
    push @no_default, $name unless $block =~ /^# Default:[ \t]+\S/m;
    push @no_context, "$name: $context"
        unless $block =~ /^# Context:[ \t]+\Q$context\E$/m;
    push @unlisted, $name unless $readme =~ /\Q$name\E\b/;
}
none('conf/eas_auth.conf has each', @undocumented);
none('with its default', @no_default);
none('and with its context', @no_context);
none('README has each', @unlisted);
none('a test has each',
     grep { my $name = s/^<//r; tests() !~ /\b$name\b/ } sort keys %known);
none('none is allowed in .htaccess', @htaccess);
for my $file (files('conf/*.conf'), 'README') {
    push @unknown, map { "$file: $_" } grep { !$known{$_} && !$known{"<$_"} }
        text($file) =~ /\b(EASAuth[A-Z]\w*)/g;
}
none('no page names a directive that does not exist', @unknown);
done_testing();
