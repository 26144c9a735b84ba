# SPDX-License-Identifier: Apache-2.0
package EAS::CA;

# A private certificate authority and what it signs, made with openssl(1).

use strict;
use warnings;
use EAS::Proc;

my @KEY = qw(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes);

# Make a CA in a folder: NAME.pem and NAME.key.
sub new {
    my ($class, %opt) = @_;
    my $self = bless {
        dir  => $opt{dir},
        name => $opt{name} || 'ca',
    }, $class;
    -d $self->{dir} or mkdir $self->{dir}, 0755 or die "$self->{dir}: $!\n";
    $self->{openssl} = EAS::Proc::find('openssl')
        or die "openssl is not installed\n";
    $self->{file} = "$self->{dir}/$self->{name}.pem";
    $self->{key}  = "$self->{dir}/$self->{name}.key";
    $self->_config;
    $self->_openssl('req', '-x509', @KEY, '-days', 30,
        '-subj', '/CN=' . ($opt{cn} || 'Private test CA') . " $self->{name}",
        '-config', $self->{config}, '-extensions', 'ca',
        '-keyout', $self->{key}, '-out', $self->{file});
    return $self;
}

# The CA's certificate.
sub file { return $_[0]{file} }

# Sign a server's certificate: NAME.pem and NAME.key in the CA's folder.
# Options: san => [...], days => N (negative: has expired)
# Returns { cert => file, key => file }.
sub server {
    my ($self, $name, %opt) = @_;
    my @san  = @{ $opt{san} || [
        'DNS:localhost', 'DNS:dc1.example.test', 'IP:127.0.0.1', 'IP:::1' ] };
    my $path = "$self->{dir}/$name";
    my ($cn) = $san[0] =~ /:(.*)/;
    EAS::Proc::write_file("$path.ext",
              "basicConstraints = critical,CA:FALSE\n"
            . "keyUsage = critical,digitalSignature\n"
            . "extendedKeyUsage = serverAuth\n"
            . "subjectAltName = " . join(',', @san) . "\n");
    $self->_openssl('req', @KEY, '-subj', "/CN=$cn",
        '-config', $self->{config},
        '-keyout', "$path.key", '-out', "$path.csr");
    $self->_openssl('x509', '-req', '-in', "$path.csr",
        '-CA', $self->{file}, '-CAkey', $self->{key}, '-CAcreateserial',
        '-days', defined $opt{days} ? $opt{days} : 30,
        '-extfile', "$path.ext", '-out', "$path.pem");
    unlink "$path.csr", "$path.ext";
    return { cert => "$path.pem", key => "$path.key" };
}

# Everything the tests want, in one folder:
#   ca        the CA                      other     a CA nobody trusts
#   server    for localhost and others  stranger  the same, signed by other
#   expired   ended yesterday             misnamed  for another host name
sub make_all {
    my ($class, $dir) = @_;
    my $ca    = $class->new(dir => $dir, name => 'ca');
    my $other = $class->new(dir => $dir, name => 'other');
    return {
        ca       => $ca->file,
        other    => $other->file,
        server   => $ca->server('server'),
        stranger => $other->server('stranger'),
        expired  => $ca->server('expired', days => -1),
        misnamed => $ca->server('misnamed',
            san => ['DNS:elsewhere.example.test', 'IP:127.0.0.9']),
    };
}

# The same names for a folder that make_all has filled.
sub files {
    my ($class, $dir) = @_;
    my %files = (ca => "$dir/ca.pem", other => "$dir/other.pem");
    $files{$_} = { cert => "$dir/$_.pem", key => "$dir/$_.key" }
        for qw(server stranger expired misnamed);
    return \%files;
}

# openssl without the machine's own openssl.cnf.
sub _config {
    my ($self) = @_;
    $self->{config} = EAS::Proc::write_file(
        "$self->{dir}/$self->{name}.cnf",
        "[req]\ndistinguished_name = dn\nprompt = no\n[dn]\nCN = unused\n"
            . "[ca]\nbasicConstraints = critical,CA:TRUE\n"
            . "keyUsage = critical,keyCertSign,cRLSign\n"
            . "subjectKeyIdentifier = hash\n");
    return;
}

# A key is never readable by others, not even while openssl writes it.
sub _openssl {
    my ($self, @argv) = @_;
    my $old = umask 0077;
    my $ok = eval { EAS::Proc::must([ $self->{openssl}, @argv ]); 1 };
    my $error = $@;
    umask $old;
    die $error unless $ok;
    chmod 0644, grep { /\.pem$/ && -e } @argv;
    return;
}

1;
