# SPDX-License-Identifier: Apache-2.0
package EAS::CA;

# A private certificate authority and what it signs, made with openssl(1).

use strict;
use warnings;
use POSIX ();
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

my %CLIENT = (
    ku  => 'critical,digitalSignature',
    eku => 'clientAuth',
    subject => '/CN=client',
);

# Sign a client's certificate: NAME.pem and NAME.key in the CA's folder.
# Options: subject => '/O=Example/CN=alice' (UTF-8), upn, email, sid (the
# extension), sid_uri (the SAN), device, each a value or a list of them;
# eku, ku => text, '' for none; days => N (negative: has expired), or until =>
# seconds since 1970; serial => hexadecimal, san => [more names], ext => [more lines], sections => text
# Returns { cert => file, key => file }.
sub client {
    my ($self, $name, %more) = @_;
    my %opt  = (%CLIENT, %more);
    my $path = "$self->{dir}/$name";
    EAS::Proc::write_file("$path.ext", _client_extensions(%opt));
    $self->_openssl('req', @KEY, '-utf8', '-subj', $opt{subject},
        '-config', $self->{config},
        '-keyout', "$path.key", '-out', "$path.csr");
    if ($opt{until}) {
        $self->_sign_until($path, $opt{until});
    }
    else {
        $self->_openssl('x509', '-req', '-in', "$path.csr",
            '-CA', $self->{file}, '-CAkey', $self->{key},
            defined $opt{serial}
            ? ('-set_serial', "0x$opt{serial}")
            : '-CAcreateserial',
            '-days', defined $opt{days} ? $opt{days} : 30,
            '-extfile', "$path.ext", '-out', "$path.pem");
    }
    unlink "$path.csr", "$path.ext";
    return { cert => "$path.pem", key => "$path.key" };
}

# To the second, which `openssl x509` learnt in 3.4.
sub _sign_until {
    my ($self, $path, $until) = @_;
    EAS::Proc::write_file("$path.index", '');
    EAS::Proc::write_file("$path.number", sprintf "4%07x\n", rand 2**28);
    my $config = EAS::Proc::write_file("$path.cnf",
        "[ca]\ndefault_ca = x\n[x]\ndatabase = $path.index\n"
            . "new_certs_dir = $self->{dir}\ndefault_md = sha256\n"
            . "serial = $path.number\npolicy = any\n[any]\ncommonName = optional\n"
            . "organizationName = optional\n");
    $self->_openssl('ca', '-batch', '-notext',
        '-config', $config, '-cert', $self->{file}, '-keyfile', $self->{key},
        '-in', "$path.csr", '-extfile', "$path.ext", '-startdate',
        _date(time - 3600), '-enddate', _date($until), '-out', "$path.pem");
    return;
}

sub _date { return POSIX::strftime('%Y%m%d%H%M%SZ', gmtime $_[0]) }

sub _list { return ref $_[0] ? @{ $_[0] } : defined $_[0] ? $_[0] : () }

# Another CA that this one has signed.
sub intermediate {
    my ($self, $name) = @_;
    my $made = bless { %$self, name => $name, file => "$self->{dir}/$name.pem",
        key => "$self->{dir}/$name.key" }, ref $self;
    my $files = $self->client($name, subject => "/CN=Private test CA $name",
        eku => '', ku => 'critical,keyCertSign,cRLSign',
        ext => ['basicConstraints = critical,CA:TRUE']);
    return $made if -s $files->{cert};
    die "$files->{cert} was not made\n";
}

sub _client_extensions {
    my (%opt) = @_;
    my @san = (
        (map { "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:$_" } _list($opt{upn})),
        (map { "email:$_" } _list($opt{email})),
        (map { "URI:tag:microsoft.com,2022-09-14:sid:$_" }
                _list($opt{sid_uri})),
        (map { "URI:urn:eas-device:$_" } _list($opt{device})),
        @{ $opt{san} || [] },
    );
    my $n   = 0;
    my $san = join '', map { my ($kind, $value) = split /:/, $_, 2;
        $kind . '.' . ++$n . " = $value\n" } @san;
    my $text = join "\n", "subjectKeyIdentifier = hash",
        'authorityKeyIdentifier = keyid',
        ($opt{ku}  ? "keyUsage = $opt{ku}"          : ()),
        ($opt{eku} ? "extendedKeyUsage = $opt{eku}" : ()),
        (@san ? 'subjectAltName = @names' : ()),
        (map { "1.3.6.1.4.1.311.25.2 = ASN1:SEQUENCE:sid$_" }
                grep { defined $opt{sid} } 0),
        @{ $opt{ext} || [] }, '';
    $text .= "[names]\n$san" if @san;
    $text .= "[sid0]\nx = IMPLICIT:0,SEQUENCE:sid1\n[sid1]\n"
        . "oid = OID:1.3.6.1.4.1.311.25.2.1\n"
        . "v = EXPLICIT:0,OCTETSTRING:$opt{sid}\n"
        if defined $opt{sid};
    return $text . ($opt{sections} || '');
}

# The list of what was revoked: of these certificates.
# Returns its file; its date is now, and it is good for a day.
sub crl {
    my ($self, @revoked) = @_;
    my $base = "$self->{dir}/$self->{name}-crl";
    my $serial = EAS::Proc::write_file("$base.number", "01\n");
    my $index  = EAS::Proc::write_file("$base.index", '');
    my $config = EAS::Proc::write_file("$base.cnf",
        "[ca]\ndefault_ca = x\n[x]\ndatabase = $index\ncrlnumber = $serial\n"
            . "default_md = sha256\ndefault_crl_days = 1\n"
            . "unique_subject = no\n");
    $self->_openssl('ca', '-config', $config, '-cert', $self->{file},
        '-keyfile', $self->{key}, '-revoke', $_->{cert})
        for @revoked;
    $self->_openssl('ca', '-config', $config, '-cert', $self->{file},
        '-keyfile', $self->{key}, '-gencrl', '-out', "$base.pem");
    return "$base.pem";
}

# The books of `openssl ocsp -index`: these are good, unless they are revoked.
# Options: good => [ certificates ], revoked => [ certificates ].  Its file.
sub books {
    my ($self, %opt) = @_;
    my $text = '';
    for my $state (qw(good revoked)) {
        for my $made (@{ $opt{$state} || [] }) {
            my ($serial) = EAS::Proc::must([ $self->{openssl}, 'x509', '-in',
                $made->{cert}, '-noout', '-serial' ]) =~ /=(\w+)/;
            $text .= join("\t", $state eq 'good' ? 'V' : 'R', '401231235959Z',
                $state eq 'good' ? '' : '260101000000Z', $serial, 'unknown',
                "/CN=$serial") . "\n";
        }
    }
    return EAS::Proc::write_file("$self->{dir}/$self->{name}.books", $text);
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
