# SPDX-License-Identifier: Apache-2.0
package EAS::Slapd;

# A private slapd in a folder of its own, on loopback, as any user.  What it
# holds comes from t/slapd/NAME.ldif.  Another process takes the same server
# over with attach().

use strict;
use warnings;
use Cwd ();
use File::Basename ();
use IO::Socket::INET;
use JSON::PP ();
use EAS::BER;
use EAS::Port;
use EAS::Proc;

my $DATA = Cwd::abs_path(File::Basename::dirname(__FILE__) . '/../../slapd');

my %SUFFIX = (
    example => 'dc=example,dc=test',
    other   => 'dc=other,dc=test',
    ad      => 'dc=ad,dc=test',
);
my %SERVICE = (
    example =>
        [ 'cn=svc-eas,ou=service,dc=example,dc=test', 'service secret' ],
    other =>
        [ 'cn=svc-eas,ou=service,dc=other,dc=test', 'other service secret' ],
    ad => [ 'CN=svc-eas,CN=Users,dc=ad,dc=test', 'ad service secret' ],
);

# Options: dir => folder (made where missing), data => example|other|ad,
# certificate => { cert => file, key => file } (none: no TLS at all),
# ca => file, port =>, ldaps_port => (free ones by default),
# address => another one of loopback than 127.0.0.1, such as ::1,
# ldif => file with other entries for the same suffix and service account,
# config => more lines for the database, global => and before it,
# access => lines of access control that come before its own,
# phones => N (phone1 to phoneN are there too, of "phone1 secret" and so on),
# quiet => 1 (nothing is logged, and nothing can be counted)
sub new {
    my ($class, %opt) = @_;
    my $data = $opt{data} || 'example';
    die "no such directory: $data\n" unless $SUFFIX{$data};
    my $self = bless {
        dir         => $opt{dir},
        data        => $data,
        ldif        => $opt{ldif} || "$DATA/$data.ldif",
        certificate => $opt{certificate},
        ca          => $opt{ca},
        config      => $opt{config} || '',
        global      => $opt{global} || '',
        access      => $opt{access} || '',
        phones      => $opt{phones} || 0,
        level       => $opt{quiet} ? 0 : 'stats',
        port        => $opt{port} || EAS::Port::free(),
        ldaps_port  => $opt{ldaps_port} || EAS::Port::free(),
        address     => $opt{address} || '127.0.0.1',
        owner       => $$,
    }, $class;
    -d $self->{dir} or mkdir $self->{dir}, 0700 or die "$self->{dir}: $!\n";
    $self->{log} = "$self->{dir}/slapd.log";
    $self->{program} = $self->_program;
    return $self;
}

# The server that another process runs in a folder.  It is not stopped when
# the object goes.
sub attach {
    my ($class, $dir) = @_;
    my $self = JSON::PP::decode_json(EAS::Proc::read_file("$dir/state.json"));
    $self->{owner} = 0;
    return bless $self, $class;
}

sub suffix     { return $SUFFIX{ $_[0]{data} } }
sub service    { return $SERVICE{ $_[0]{data} }[0] }
sub secret     { return $SERVICE{ $_[0]{data} }[1] }
sub port       { return $_[0]{port} }
sub ldaps_port { return $_[0]{ldaps_port} }
sub log_file   { return $_[0]{log} }
sub dir        { return $_[0]{dir} }

# Where the people are.
sub people {
    my ($self) = @_;
    return ($self->{data} eq 'ad' ? 'CN=Users,' : 'ou=people,')
        . $self->suffix;
}

# ldap://127.0.0.1:PORT or ldaps://[::1]:PORT or the like, without a base.
sub url {
    my ($self, $scheme) = @_;
    $scheme ||= 'ldap';
    my $port = $scheme eq 'ldaps' ? $self->{ldaps_port} : $self->{port};
    my $host = $self->{address} =~ /:/ ? "[$self->{address}]"
        : $self->{address};
    return "$scheme://$host:$port";
}

# The section of httpd's configuration that asks this directory, over ldaps:
# its name, the file that holds the service account's password, and more lines.
sub provider {
    my ($self, $name, $secret, @lines) = @_;
    my $lines = join '', map { "    $_\n" } @lines;
    return <<"END";
<EASAuthProvider $name>
    EASAuthLDAPURL "@{[ $self->url('ldaps') ]}/@{[ $self->suffix ]}"
    EASAuthLDAPTrustedCA $self->{ca}
    EASAuthLDAPBindDN "@{[ $self->service ]}"
    EASAuthLDAPBindPassword file:$secret
    EASAuthLDAPType OpenLDAP
$lines</EASAuthProvider>
END
}

# Fill the directory; an existing one is thrown away.
sub load {
    my ($self) = @_;
    my $db = "$self->{dir}/db";
    mkdir $db, 0700;
    unlink glob "$db/*";
    my $conf = EAS::Proc::write_file("$self->{dir}/slapd.conf",
        $self->_config);
    my $ldif = EAS::Proc::write_file("$self->{dir}/data.ldif",
        EAS::Proc::read_file($self->{ldif})
            . ($self->{data} eq 'ad' ? _ad_refusals() : '')
            . join('', map { $self->_phone($_) } 1 .. $self->{phones}));
    EAS::Proc::must(
        [ $self->{program}, '-T', 'add', '-q', '-f', $conf, '-l', $ldif ]);
    $self->{loaded} = 1;
    return $self;
}

sub _phone {
    my ($self, $number) = @_;
    return <<"END";

dn: uid=phone$number,@{[ $self->people ]}
objectClass: inetOrgPerson
uid: phone$number
cn: Phone $number
sn: Phone
userPassword: phone$number secret
END
}

# Start and wait until it serves.
sub start {
    my ($self) = @_;
    return $self if $self->running;
    $self->load unless $self->{loaded};
    my @urls = $self->url('ldap') . '/';
    push @urls, $self->url('ldaps') . '/' if $self->{certificate};
    $self->{pid} = EAS::Proc::spawn(
        [ $self->{program}, '-d', $self->{level}, '-h', "@urls",
          '-f', "$self->{dir}/slapd.conf" ],
        $self->{log});
    # "slapd starting" is logged before it listens.
    my @ports = $self->{port};
    push @ports, $self->{ldaps_port} if $self->{certificate};
    my $ready = EAS::Proc::wait_until(
        sub {
            !$self->running || !grep { !EAS::Port::open($_, $self->{address}) }
                @ports;
        }, 20);
    die "slapd does not start:\n" . EAS::Proc::tail($self->{log}, 20)
        unless $ready && $self->running;
    $self->_save;
    return $self;
}

sub running { return EAS::Proc::alive($_[0]{pid}) }

sub stop {
    my ($self) = @_;
    EAS::Proc::stop($self->{pid}) if $self->{pid};
    delete $self->{pid};
    $self->_save;
    return $self;
}

sub restart { return $_[0]->stop->start }

# Accepts connections (the kernel does) and says nothing.
sub pause  { kill 'STOP', $_[0]{pid}; return $_[0] }
sub resume { kill 'CONT', $_[0]{pid}; return $_[0] }

# --- what it was asked

# A place in the log, to count from.
sub mark { return -s $_[0]{log} || 0 }

sub log_since {
    my ($self, $mark) = @_;
    return EAS::Proc::read_log($self->{log}, $mark);
}

# The operations since a mark: { conn, op, kind, text }, in order.
# kind: BIND SRCH MOD EXT UNBIND ...; text: what slapd logged of it.
sub operations {
    my ($self, $mark) = @_;
    my @found;
    for my $line (split /\n/, $self->log_since($mark)) {
        $line =~ /conn=(\d+) op=(\d+) ([A-Z]+)\b ?(.*)/ or next;
        my %op = (conn => $1, op => $2, kind => $3, text => $4);
        # A bind is logged once more when it succeeds, a search has a line
        # for its attributes.
        next if $op{kind} eq 'BIND' && $op{text} !~ /method=/;
        next if $op{kind} eq 'SRCH' && $op{text} !~ /base=/;
        # Whether a connection that has idled is still there.
        next if $op{kind} eq 'SRCH' && $op{text} =~ /^base="" scope=0 /;
        next if $op{kind} =~ /^(RESULT|SEARCH|STARTTLS)$/;
        push @found, \%op;
    }
    return @found;
}

# How many operations of a kind there were; like => qr/.../ narrows them, as
# in count(kind => 'BIND', like => qr/dn="uid=alice,/, since => $mark).
sub count {
    my ($self, %opt) = @_;
    return scalar grep {
               (!$opt{kind} || $_->{kind} eq $opt{kind})
            && (!$opt{like} || $_->{text} =~ $opt{like})
    } $self->operations($opt{since});
}

# All kinds in one text, such as "BIND=1 SRCH=1", the service account's own
# binds and unbinds left out: what one login costs on warm connections.
sub summary {
    my ($self, $mark) = @_;
    my %n;
    my $service = $self->service;
    for my $op ($self->operations($mark)) {
        next if $op->{kind} =~ /^(UNBIND|EXT)$/;
        next if $op->{kind} eq 'BIND' && $op->{text} =~ /dn="\Q$service\E"/i;
        $n{ $op->{kind} }++;
    }
    return join ' ', map { "$_=$n{$_}" } sort keys %n;
}

# Wait until the log since a mark matches; 1, or 0 after the time-out.
sub wait_for {
    my ($self, $pattern, %opt) = @_;
    return EAS::Proc::wait_until(
        sub { $self->log_since($opt{since}) =~ $pattern },
        $opt{timeout} || 5) ? 1 : 0;
}

# --- what is changed in it, as its manager (RFC 4511, sections 4.6 to 4.9)

# Give an attribute other values; none removes it.
sub replace {
    my ($self, $dn, $attribute, @values) = @_;
    return $self->_change(0x66, EAS::BER::ber(0x04, $dn)
        . EAS::BER::ber(0x30, EAS::BER::ber(0x30, EAS::BER::ber(0x0a, "\2")
            . EAS::BER::ber(0x30, EAS::BER::ber(0x04, $attribute)
                . EAS::BER::ber(0x31, join '',
                    map { EAS::BER::ber(0x04, $_) } @values)))));
}

# Give an entry another name, and another parent.
sub move {
    my ($self, $dn, $rdn, $parent) = @_;
    return $self->_change(0x6c, EAS::BER::ber(0x04, $dn)
        . EAS::BER::ber(0x04, $rdn) . EAS::BER::ber(0x01, "\xff")
        . EAS::BER::ber(0x80, $parent));
}

sub remove { return $_[0]->_change(0x4a, $_[1]) }

# The values of an attribute, operational ones too, as its manager sees them.
sub attribute {
    my ($self, $dn, $name) = @_;
    my $socket = $self->_manage;
    # base, never aliases, no limits, (objectClass=*)
    syswrite $socket, EAS::BER::message("\2", 0x63, EAS::BER::ber(0x04, $dn)
        . "\x0a\1\0\x0a\1\0\2\1\0\2\1\0\1\1\0"
        . EAS::BER::ber(0x87, 'objectClass')
        . EAS::BER::ber(0x30, EAS::BER::ber(0x04, $name)));
    my $answer = '';
    sysread $socket, $answer, 65536, length $answer or die "slapd: no answer\n"
        until $answer =~ /\x65.\x0a\x01.\x04.*\x04.*\z/s;
    my ($message) = EAS::BER::parts($answer);
    my (undef, $found) = EAS::BER::parts($message->{value});
    die "slapd: no entry $dn\n" unless $found->{tag} == $EAS::BER::TAG{entry};
    my (undef, $attributes) = EAS::BER::parts($found->{value});
    my ($first) = EAS::BER::parts($attributes->{value}) or return;
    my (undef, $values) = EAS::BER::parts($first->{value});
    return map { $_->{value} } EAS::BER::parts($values->{value});
}

# --- inside

# One operation, on a connection of its own.
sub _change {
    my ($self, $tag, $value) = @_;
    _ask($self->_manage, "\2", $tag, $value);
    return $self;
}

# A connection of the manager.
sub _manage {
    my ($self) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
        PeerPort => $self->{port}, Timeout => 5) or die "slapd: $@\n";
    _ask($socket, "\1", 0x60, EAS::BER::ber(0x02, "\3")
            . EAS::BER::ber(0x04, 'cn=manager,' . $self->suffix)
            . EAS::BER::ber(0x80, 'manager'));
    return $socket;
}

# A request that must succeed.
sub _ask {
    my ($socket, @request) = @_;
    syswrite $socket, EAS::BER::message(@request);
    # SEQUENCE, messageID, the answer's tag and length, and its code
    my $length = sysread $socket, my $answer, 4096;
    my ($code, $text) = $length
        && $answer =~ /^\x30.\x02\x01...\x0a\x01(.)(.*)/s
        or die "slapd: no answer\n";
    die 'slapd: ' . ord($code) . " $text\n" if ord $code;
    return;
}

sub _save {
    my ($self) = @_;
    my %state = %$self;
    delete $state{owner};
    EAS::Proc::write_file("$self->{dir}/state.json.new",
        JSON::PP->new->canonical->pretty->encode(\%state));
    rename "$self->{dir}/state.json.new", "$self->{dir}/state.json";
    return;
}

# Ubuntu confines /usr/sbin/slapd to its own folders by path: a copy of the
# program is not confined.
sub _program {
    my ($self) = @_;
    my $program = EAS::Proc::find($ENV{SLAPD}, 'slapd')
        or die "slapd is not installed\n";
    return $program
        unless -e '/etc/apparmor.d/usr.sbin.slapd'
        && -e '/sys/kernel/security/apparmor/profiles';
    my $copy = "$self->{dir}/slapd";
    require File::Copy;
    File::Copy::copy($program, $copy) or die "$copy: $!\n";
    chmod 0755, $copy;
    return $copy;
}

sub _first_dir {
    my ($what, @dirs) = @_;
    for my $dir (@dirs) { return $dir if -d $dir }
    die "no folder with $what found (tried @dirs)\n";
}

sub _config {
    my ($self) = @_;
    my $schema =
        _first_dir('LDAP schemas', '/etc/ldap/schema', '/etc/openldap/schema');
    my $text = join '', map { "include $schema/$_.schema\n" }
        qw(core cosine inetorgperson);
    $text .= "include $DATA/adlike.schema\n"
        . "pidfile $self->{dir}/slapd.pid\n"
        . "loglevel $self->{level}\n"
        # What directories of old do with an empty password: success, as
        # anonymous.  A caller that sends one would see everybody let in.
        . "allow bind_anon_dn\n";
    $text .= _modules();
    if (my $tls = $self->{certificate}) {
        $text .= "TLSCertificateFile $tls->{cert}\n"
            . "TLSCertificateKeyFile $tls->{key}\n"
            . "TLSVerifyClient never\n";
        $text .= "TLSCACertificateFile $self->{ca}\n" if $self->{ca};
    }
    return $text . $self->{global} . $self->_database;
}

# Linked in on some systems, modules on others.
sub _modules {
    my ($path) = grep { -d }
        qw(/usr/lib/ldap /usr/lib64/openldap /usr/lib/openldap);
    return '' unless $path;
    return "modulepath $path\n" . join '',
        map { "moduleload $_\n" }
        grep { -e "$path/$_.la" || -e "$path/$_.so" }
        qw(back_mdb ppolicy retcode);
}

sub _database {
    my ($self) = @_;
    my $suffix = $self->suffix;
    my $text = <<"END";
database mdb
suffix $suffix
directory $self->{dir}/db
rootdn cn=manager,$suffix
rootpw manager
maxsize 16777216
dbnosync
index objectClass,uid,mail eq
$self->{access}access to attrs=userPassword by anonymous auth by * none
END
    # Overlay retcode reads an entry in the name of whoever binds.
    $text .= $self->{data} eq 'ad'
        ? "access to * by * read\n"
        : "access to * by dn.exact=\"@{[ $self->service ]}\" read by self read "
        . "by * none\n";
    $text .= "overlay ppolicy\nppolicy_use_lockout\n"
        . "ppolicy_default cn=default,ou=policies,$suffix\n"
        if $self->{data} eq 'example';
    $text .= "overlay retcode\nretcode-parent ou=none,$suffix\nretcode-indir\n"
        if $self->{data} eq 'ad';
    return $text . $self->{config};
}

# People whom the double of Active Directory refuses with a data code, named
# after it: data533, data52e, ...
sub _ad_refusals {
    my $text = '';
    for my $code (qw(52e 525 530 531 532 533 701 773 775 52f 569 51f
                     6fb 6fc 6fd 6ba)) {
        $text .= <<"END";
dn: CN=data$code,CN=Users,dc=ad,dc=test
objectClass: inetOrgPerson
objectClass: adLikePerson
objectClass: errAuxObject
cn: data$code
sn: data$code
sAMAccountName: data$code
userPassword: secret
errCode: 49
errOp: bind
errText: 80090308: LdapErr: DSID-0C090446, comment: AcceptSecurityContext error, data $code, v2580

END
    }
    my %result = (busy => 51, unavailable => 52, unwilling => 53,
        confidentiality => 13, stronger => 8, other => 80,
        nosuchobject => 32, unknowncode => 118);
    for my $name (sort keys %result) {
        $text .= <<"END";
dn: CN=$name,CN=Users,dc=ad,dc=test
objectClass: inetOrgPerson
objectClass: adLikePerson
objectClass: errAuxObject
cn: $name
sn: $name
sAMAccountName: $name
userPassword: secret
errCode: $result{$name}
errOp: bind

END
    }
    return $text;
}

sub DESTROY {
    my ($self) = @_;
    return unless $self->{owner} && $self->{owner} == $$;
    local ($@, $?, $!);
    EAS::Proc::stop($self->{pid}) if $self->{pid};
    return;
}

1;
