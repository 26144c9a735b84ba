# SPDX-License-Identifier: Apache-2.0
# Includes go downwards only: lib <- ldap <- server <- auth_*.c <-
# mod_eas_auth.c; httpd's headers stay out of lib/ and ldap/, libldap's in
# ldap/.
use strict;
use warnings;
use Test::More;
use Tree;

my %level = (lib => 0, ldap => 1, server => 2, mechanism => 3, module => 4);

my $c11 = qr/assert|complex|ctype|errno|fenv|float|inttypes|iso646|limits
             |locale|math|setjmp|signal|stdalign|stdarg|stdatomic|stdbool
             |stddef|stdint|stdio|stdlib|stdnoreturn|string|tgmath|threads
             |time|uchar|wchar|wctype/x;
my $pure = qr{^(?:ap[ru](?:_\w+)?|openssl/\w+|$c11)\.h$};
my $posix = qr{^(?:(?:arpa|net|netinet|sys)/\w+|fcntl|netdb|poll|pthread
                |resolv|strings|unistd)\.h$}x;
my $ldap = qr/^(?:ldap|lber|openldap|slapi)\w*\.h$/;
# Shared memory needs a lock that tells of a dead owner, which neither C11 nor
# APR has: one file of lib/ may use that of POSIX, and whoever wants one uses it.
my %excused = map { $_ => 'pthread.h' }
              qw(include/eas_lock.h lib/eas_lock.c);
my %foreign = (
    lib => sub { $_[0] =~ $pure || $_[0] eq 'strings.h' },
    ldap => sub { $_[0] =~ $pure || $_[0] =~ $posix || $_[0] =~ $ldap },
    map { $_ => sub { $_[0] !~ $ldap } } qw(server mechanism module),
);

sub layer_of
{
    my ($base) = @_;
    for my $layer (qw(lib ldap server)) {
        return $layer if -e "$layer/$base.c";
    }
    return 'lib' if $base eq 'eas_types';
    return 'mechanism' if $base =~ /^auth_/ && -e "$base.c";
    return 'module' if $base eq 'mod_eas_auth';
    return undef;
}

my @files = files('include/*.h', 'lib/*.[ch]', 'ldap/*.[ch]',
                  'server/*.[ch]', '*.[ch]');
my (@homeless, @upwards, @strangers, $seen);
for my $file (@files) {
    my ($base) = $file =~ m{(\w+)\.[ch]$};
    my $layer = layer_of($base);
    if (!defined $layer || ($file =~ /\.h$/ && $file !~ m{^include/})) {
        push @homeless, $file;
        next;
    }
    my $code = code($file);
    while ($code =~ /^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]/mg) {
        my ($kind, $header) = ($1, $2);
        my $where = "$file:" . line_of($code, $-[0]) . ": $header";
        $seen++;
        if ($kind eq '<') {
            push @strangers, $where
                unless $foreign{$layer}->($header)
                       || $header eq ($excused{$file} // '');
            next;
        }
        my ($other) = $header =~ /^(\w+)\.h$/;
        my $below = defined $other && -e "include/$header"
                    ? layer_of($other) : undef;
        push @upwards, $where
            unless defined $below && $level{$below} <= $level{$layer};
    }
}

cmp_ok($seen // 0, '>', 20, 'include lines were found');
none('every header is in include/ and has a .c of its name', @homeless);
none('own headers are of the same layer or one below', @upwards);
none('foreign headers are those the layer may know', @strangers);
done_testing();
