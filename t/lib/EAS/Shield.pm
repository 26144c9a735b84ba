# SPDX-License-Identifier: Apache-2.0
package EAS::Shield;

# For the stories of the shield: a directory that locks an account after five
# wrong passwords, and a httpd before it.  The directory is the judge.

use strict;
use warnings;
use Exporter 'import';
use Test::More;
use EAS::Httpd;
use EAS::Phones;
use EAS::Port;
use EAS::Proc;
use EAS::Slapd;
use EAS::Test;

our @EXPORT = qw(
    directory dn provider place front ask asks tally no_odd judge binds
);

my $BASE = 'dc=example,dc=test';

# A directory of the people named, whose password is "NAME secret" and whose
# addresses are NAME@example.com, NAME.mail@example.com and
# NAME.alias@elsewhere.example.
sub directory {
    my ($dir, @names) = @_;
    my $text = EAS::Proc::read_file(
        "$FindBin::Bin/slapd/example.ldif");
    # the top, the service account and the folders
    my @entries = grep { !/^dn:.*(?:uid=|dWlk|cn=Zed|,ou=policies)/m }
        split /\n\n+/, $text;
    push @entries, _policy('default'),
        _policy('strict') . "pwdMustChange: TRUE\n",
        map { _person($_) } @names;
    my $ldif = EAS::Proc::write_file("$dir.ldif", join "\n\n", @entries, '');
    my $ca = ca();
    return EAS::Slapd->new(dir => $dir, ldif => $ldif, ca => $ca->{ca},
        certificate => $ca->{server})->start;
}

sub _policy {
    my ($name) = @_;
    return <<"END";
dn: cn=$name,ou=policies,$BASE
objectClass: pwdPolicy
objectClass: organizationalRole
cn: $name
pwdAttribute: userPassword
pwdLockout: TRUE
pwdMaxFailure: 5
pwdFailureCountInterval: 1800
pwdLockoutDuration: 0
END
}

sub _person {
    my ($name) = @_;
    return <<"END";
dn: @{[ dn($name) ]}
objectClass: inetOrgPerson
uid: $name
cn: $name
sn: Example
mail: $name\@example.com
mail: $name.mail\@example.com
mail: $name.alias\@elsewhere.example
userPassword: $name secret
END
}

sub dn { return "uid=$_[0],ou=people,$BASE" }

# A section for a directory at an ldaps:// URL.
sub provider {
    my ($name, $slapd, %opt) = @_;
    my $url = $opt{url} || $slapd->url('ldaps');
    my $ca  = ca();
    return <<"END";
<EASAuthProvider $name>
    EASAuthLDAPURL "$url/$BASE"
    EASAuthLDAPTrustedCA $ca->{ca}
    EASAuthLDAPType OpenLDAP
    EASAuthLDAPBindDN "@{[ $slapd->service ]}"
    EASAuthLDAPBindPassword "@{[ $slapd->secret ]}"
    EASAuthDomain EXAMPLE example.com
    @{[ $opt{lines}
        || 'EASAuthLDAPTimeout connect=2s operation=2s total=4s' ]}
</EASAuthProvider>
END
}

# A Location, whose answers tell how they came about.
sub place {
    my ($path, $provider, @lines) = @_;
    my $lines = join "\n    ", @lines;
    return <<"END";
<Location $path>
    AuthType EAS-Basic
    AuthName "Test mail"
    EASAuthRequireTLS Off
    EASAuthProvider $provider
    Require valid-user
    Header always set X-Source "expr=%{note:EAS_SOURCE}"
    Header always set X-Reason "expr=%{note:EAS_REASON}"
    Header always set X-User "expr=%{REMOTE_USER}"
    $lines
</Location>
END
}

my $LIMITS = <<'END';
StartServers 2
ServerLimit 8
ThreadsPerChild 32
MinSpareThreads 16
MaxSpareThreads 128
MaxRequestWorkers 128
END

# A httpd behind a proxy that tells where clients are; several children,
# unless limits => says otherwise.
sub front {
    my ($dir, $config, %opt) = @_;
    my $port  = EAS::Port::free();
    my $limits = delete $opt{limits} || $LIMITS;
    my $httpd = EAS::Httpd->new(dir => $dir, shield => 1,
        modules => ['remoteip'], %opt,
        config => <<"END" . $limits . $config);
Listen 127.0.0.1:$port
AliasMatch ^ $dir/htdocs/x
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 60
RemoteIPHeader X-Forwarded-For
RemoteIPInternalProxy 127.0.0.1
END
    EAS::Proc::write_file("$dir/htdocs/x", "in\n");
    $httpd->{web} = $port;
    return $httpd->start;
}

# --- what is asked

# One request on a connection of its own:
# ask(httpd, path, user, password, from => address)
sub ask {
    my ($httpd, $path, $user, $password, %more) = @_;
    return scalar EAS::Phones::each_alone($httpd->{web},
        { path => $path, user => $user, password => $password, %more });
}

# As "200 cache" or "401 ledger".
sub asks {
    my $answer = ask(@_);
    return join ' ', grep { length } @$answer{qw(status source)};
}

sub tally { return EAS::Phones::tally(@_) }

# One test: every answer is one that a phone may be told.
sub no_odd {
    my ($name, @answers) = @_;
    my @odd = EAS::Phones::odd(@answers);
    return is(scalar @odd, 0, "$name: 401 with a challenge, 503 with a "
            . 'Retry-After, and nothing else')
        || diag(join "\n", map {
            join ', ', map { my $v = $_; defined $v ? $v : '-' }
                @$_{qw(status challenge retry reason)}
        } @odd[ 0 .. ($#odd > 4 ? 4 : $#odd) ]);
}

# --- the judge

sub binds {
    my ($slapd, $name, $mark) = @_;
    return $slapd->count(kind => 'BIND', like => qr/dn="uid=\Q$name\E,/i,
        since => $mark);
}

# One test: how often a person's password was tried and how often in vain, and
# that the account is not locked.
sub judge {
    my ($slapd, $name, $mark, $binds, $failures, $what) = @_;
    my @locked = $slapd->attribute(dn($name), 'pwdAccountLockedTime');
    my @failed = $slapd->attribute(dn($name), 'pwdFailureTime');
    return is(binds($slapd, $name, $mark) . ' binds, ' . @failed
            . " failures, locked: @locked",
        "$binds binds, $failures failures, locked: ",
        "$what: binds, failures in the account, and it is not locked");
}

1;
