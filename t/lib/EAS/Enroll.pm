# SPDX-License-Identifier: Apache-2.0
package EAS::Enroll;

# An authority of support/eas-enroll, and what it gives to phones.

use strict;
use warnings;
use Cwd ();
use File::Basename ();
use EAS::Proc;

my $SCRIPT = Cwd::abs_path(
    File::Basename::dirname(__FILE__) . '/../../../support/eas-enroll');

# Make an authority; its folder must not be there yet.
# Options: dir => folder, init => [ words for init ]
sub new {
    my ($class, %opt) = @_;
    my $self = bless { dir => $opt{dir} }, $class;
    $self->must('init', @{ $opt{init} || [] });
    return $self;
}

sub dir  { return $_[0]{dir} }
sub file { return "$_[0]{dir}/ca.pem" }     # the root, PEM
sub crl  { return "$_[0]{dir}/crl.pem" }    # the list of what was revoked

# Certificate and key of a server.
# Options: names => [ further names ], words => [ more words ]
# Returns { cert, key, dir, serial, text }.
sub server {
    my ($self, $name, %opt) = @_;
    my $made = _made($self->must('server', $name, @{ $opt{names} || [] },
        @{ $opt{words} || [] }));
    my $path = "$made->{dir}/$name";
    return { %$made, cert => "$path.pem", key => "$path.key" };
}

# Certificate and key of a person's phone.
# Options: upn, sid, email, device_id, days, host (localhost), passphrase_file,
# words => [ more words ]
# Returns { cert, key, p12, legacy, profile, ldif, dir, serial, passphrase,
# text }: cert and key are PEM, the key not encrypted.
sub device {
    my ($self, $user, %opt) = @_;
    $opt{host} ||= 'localhost';
    my @words = @{ delete $opt{words} || [] };
    for my $name (sort keys %opt) {
        (my $option = "--$name") =~ tr/_/-/;
        push @words, $option, $opt{$name};
    }
    my $made = _made($self->must('device', $user, '--keep-key', @words));
    opendir my $files, $made->{dir} or die "$made->{dir}: $!\n";
    my ($base) = map { /^(.*)\.mobileconfig$/ ? $1 : () } readdir $files;
    my $path = "$made->{dir}/$base";
    return {
        %$made,
        cert    => "$path.pem",
        key     => "$path.key",
        p12     => "$path.p12",
        legacy  => "$path-legacy.p12",
        profile => "$path.mobileconfig",
        ldif    => "$made->{dir}/directory.ldif",
    };
}

# Take back a serial number, or all that a person has; then crl() is new.
sub revoke {
    my ($self, @words) = @_;
    return $self->must('revoke', @words);
}

# Write crl() anew.  Options: days => N
sub renew {
    my ($self, %opt) = @_;
    return $self->must('crl', $opt{days} ? ('--days', $opt{days}) : ());
}

# What a command printed; it must succeed.
sub must {
    my ($self, @words) = @_;
    my ($code, $text) = $self->run(@words);
    die "eas-enroll @words ended with $code:\n$text\n" if $code;
    return $text;
}

# Any command: (exit code, what it printed).
sub run {
    my ($self, @words) = @_;
    return EAS::Proc::run([ 'sh', $SCRIPT, @words ],
        env => { EAS_ENROLL_DIR => $self->{dir} });
}

sub _made {
    my ($text) = @_;
    my %made = (text => $text);
    ($made{serial})     = $text =~ /^Serial: +(\S+)$/m;
    ($made{dir})        = $text =~ /^Folder: +(.*)$/m;
    ($made{passphrase}) = $text =~ /^Passphrase.*: (\S+)$/m;
    return \%made;
}

1;
