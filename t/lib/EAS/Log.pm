# SPDX-License-Identifier: Apache-2.0
package EAS::Log;

# Reading httpd's error log: nothing in it may go unnoticed.

use strict;
use warnings;

# What never passes, whatever a test expects.
my $CRASH = qr/
      exit\ signal | Segmentation | AddressSanitizer | LeakSanitizer
    | UndefinedBehavior | runtime\ error: | stack\ smashing | double\ free
    | free\(\): | malloc\(\): | corrupted | [Aa]ssertion | core\ dumped
    | SUMMARY:\ \w+Sanitizer | ThreadSanitizer
/x;

# The lines that matter: level warn or above, or a crash, or without a level
# (a library that wrote to stderr), and none of the patterns.
sub unexpected {
    my ($text, @expected) = @_;
    my @found;
    for my $line (split /\n/, $text) {
        next unless $line =~ /\S/;
        if ($line !~ $CRASH) {
            next if $line =~
                /^\[[^\]]*\] \[[^:\]]*:(?:notice|info|debug|trace\d)\]/;
            next if grep { $line =~ $_ } @expected;
        }
        push @found, $line;
    }
    return @found;
}

# What httpd itself says in a healthy test run.
sub usual {
    return (
        # a test server whose certificate names no ServerName
        qr/AH01909/,
        # no ServerName of the machine's own
        qr/AH00558/,
        # packages of the system from before and after a security update
        qr/AH01882: Init: this version of mod_ssl was compiled against a newer/,
        # an old child that has not ended at a restart or stop yet
        qr/AH00045: child process \d+ still did not exit, sending a SIGTERM/,
    );
}

# What the module says of a directory that is away, where it is meant to be.
sub outage {
    my ($provider) = @_;
    $provider = '\S+' unless defined $provider;
    return qr/EAS032[24]: provider $provider: /;
}

# The decisions of the module in a text: one hash for each, of the fields
# (user, login, provider, ...) and reason, level, client, line.
sub decisions {
    my ($text) = @_;
    my @found;
    for my $line (split /\n/, $text) {
        my ($rest) = $line =~ /EAS0300: (.*)/ or next;
        my %row = (line => $line);
        ($row{level})  = $line =~ /^\[[^\]]*\] \[[^:\]]*:(\w+)\]/;
        ($row{client}) = $line =~ /\[(?:client|remote) ([^\]]+)\]/;
        ($row{reason}) = $rest =~ /^([\w-]+)/;
        while ($rest =~ /\b(\w+)=("(?:[^"\\]|\\.)*"(?:\.\.\.)?|\S+)/g) {
            my ($name, $value) = ($1, $2);
            $value =~ s/^"(.*)"(?:\.\.\.)?$/$1/s;
            $row{$name} = $value;
        }
        push @found, \%row;
    }
    return @found;
}

1;
