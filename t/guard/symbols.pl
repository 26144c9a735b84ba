# SPDX-License-Identifier: Apache-2.0
# The module exports one symbol and asks for none that nobody has; lib/ and
# ldap/ keep no state of their own and allocate from pools alone.
use strict;
use warnings;
use Test::More;
use Tree;

my $build = $ENV{top_builddir} // '.';
my $module = "$build/.libs/mod_eas_auth.so";
my $nm = $ENV{NM} // 'nm';
# Of sanitizers, gcov and libFuzzer, in the builds that have them.
my $instrument = qr/^_*(?:asan|ubsan|lsan|sanitizer|sancov|gcov|llvm|odr_asan
                       |unnamed_\d)/ix;
# Weak ones that the compiler's own start files ask for.
my $start = qr/^(?:_ITM_\w+|__gmon_start__|__cxa_finalize)$/;

sub symbols
{
    my ($options, $file) = @_;
    my @names;
    for (`$nm $options '$file' 2>/dev/null`) {
        push @names, $1 if /\s(\S+?)(?:@\S+)?$/;
    }
    return grep { !/$instrument/ } @names;
}

sub libraries
{
    return map { /(\/\S+)/ ? $1 : () } map { `ldd '$_' 2>/dev/null` } @_;
}

ok(-e $module, 'the module is built') or diag($module);
is_deeply([symbols('-D --defined-only', $module)], ['eas_auth_module'],
          'one exported symbol');

my $httpd = $ENV{HTTPD} // '/usr/sbin/httpd';
my %known = map { $_ => 1 } map { symbols('-D --defined-only', $_) }
            $httpd, libraries($httpd, $module);
cmp_ok(scalar keys %known, '>', 1000, "symbols of $httpd were found");
none('every undefined symbol is httpd\'s or of a library',
     grep { !$known{$_} && !/$start/ } symbols('-D -u', $module));

my (@state, @heap);
for my $library (qw(libeas libeasldap)) {
    my ($archive) = grep { -e } "$build/.libs/$library.a", "$build/$library.a";
    ok($archive, "$library is built") or next;
    for (`objdump -t '$archive'`) {
        # value, flags, section, size, visibility, name
        my ($flags, $section, $name)
            = /^[0-9a-f]+ (.{7}) (\S+)\t[0-9a-f]+ (?:\.\w+ )?(\S+)$/ or next;
        next if $flags =~ /d/; # the section itself
        push @state, "$library: $name in $section"
            if $section =~ /^(?:\*COM\*|\.t?(?:data|bss)\b(?!\.rel\.ro))/
               && $name !~ /$instrument/;
    }
    push @heap, map { "$library: $_" }
         grep { /^(?:[mc]alloc|realloc\w*|strn?dup|v?asprintf)$/ } symbols('-u', $archive);
}
none('no variable outlives a call', @state);
none('no memory but from pools', @heap);
done_testing();
