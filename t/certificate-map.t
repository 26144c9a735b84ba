# SPDX-License-Identifier: Apache-2.0
# Whom a certificate names in real directories, slapd and Active Directory, and
# whether that account is well: easauthctl certificate.  Who is who:
# t/slapd/example.ldif, t/samba/people.ldif.
#
# needs: samba

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use MIME::Base64 qw(decode_base64 encode_base64);
use EAS::CA;
use EAS::Httpd;
use EAS::Port;
use EAS::Proc;
use EAS::Slapd;
use EAS::Test;

my $SCRIPT = "$FindBin::Bin/../support/easauthctl";
my $ca     = ca();
my $samba  = samba();
my $dir    = scratch('certificate-map');
my $people = 'ou=people,dc=example,dc=test';

# As in t/easauthctl.t.
$ENV{ASAN_OPTIONS} .= ':detect_leaks=0' if $ENV{EAS_SANITIZED};

# --- what they hold

# Who may compare passwords is told of expired ones by the usability control.
my $slapd = EAS::Slapd->new(dir => "$dir/slapd", certificate => $ca->{server},
    ca => $ca->{ca}, access => <<'END')->start;
access to attrs=userPassword
    by dn.exact="cn=svc-eas,ou=service,dc=example,dc=test" compare
    by anonymous auth by * none
END

# Two CAs of one name, so that issuer and serial number tell nobody apart.
my $ours = EAS::CA->new(dir => "$dir/ours", name => 'phones');
my $same = EAS::CA->new(dir => "$dir/same", name => 'phones');
my $n = 0;

sub certificate {
    my ($maker, %opt) = @_;
    return $maker->client('c' . ++$n, subject => '/O=Nobody', %opt)->{cert};
}
sub der {
    my ($file) = @_;
    my ($text) = EAS::Proc::read_file($file)
        =~ /BEGIN CERTIFICATE-----\n(.*)-----END/s;
    return decode_base64($text);
}

my $held   = certificate($ours, serial => '77');
my $copied = certificate($same, serial => '77', subject => '/CN=carol');
$slapd->replace("uid=bob,$people", 'userCertificate;binary', der($held));

sub sid {
    my ($user) = @_;
    my $cn = $user eq 'alice' ? 'Alice Liddell' : $user;
    return $samba->entry("CN=$cn,@{[ $samba->people ]}",
        'objectSid')->{objectSid}[0];
}
my $listed = certificate($ours, serial => '1234');
sub ldif {
    my ($user, $attribute, $value) = @_;
    $samba->modify("dn: CN=$user,@{[ $samba->people ]}\nchangetype: modify\n"
        . "replace: $attribute\n$attribute:$value\n");
    return;
}
ldif('bob', 'userCertificate', ': ' . encode_base64(der($held), ''));
# The bytes of the number in reverse order.
ldif('carol', 'altSecurityIdentities',
    ' X509:<I>CN=Private test CA phones<SR>3412');

# --- whom they name

# What is tried, provider, certificate, words of EASAuthCertMap ('' for the
# default), result, whose it is, by what.
my @rows = (
    [ 'an address', 'people', [ email => 'alice@example.com' ], '', 'granted',
        'uid=alice', 'email' ],
    [ 'a common name', 'people', [ subject => '/CN=carol' ], '', 'granted',
        'uid=carol', 'cn' ],
    [ 'the name of the entry', 'people',
        [ subject => '/DC=test/DC=example/OU=people/UID=alice' ], 'subject',
        'granted', 'uid=alice', 'subject' ],
    [ 'nobody', 'people', [ email => 'nobody@example.com' ], '',
        'certificate-unmapped' ],
    [ 'more than one', 'people', [ email => 'twins@example.com' ], '',
        'certificate-ambiguous' ],
    [ 'somebody whose name is another\'s too', 'people',
        [ email => 'nina@example.org' ], '', 'no-remote-user', 'uid=nina',
        'email' ],
    [ 'held', 'people', $held, 'der', 'granted', 'uid=bob', 'der' ],
    [ 'held, by default', 'people', $held, '', 'granted', 'uid=bob', 'der' ],
    [ 'issuer and number of what is held', 'people', $copied, 'der',
        'certificate-unmapped' ],
    [ 'the same, and a name', 'people', $copied, '', 'granted', 'uid=carol',
        'cn' ],
    [ 'for servers', 'people', [ email => 'alice@example.com',
        eku => 'serverAuth' ], '', 'certificate-usage', 'uid=alice', 'email' ],
    [ 'no search', 'direct', [ subject => '/CN=alice' ], '', 'misconfigured' ],

    # The password is not what they come with.
    map({ [ "password $_", 'people', [ subject => "/CN=$_" ], '', 'granted',
        "uid=$_", 'cn' ] } qw(expired grace mustchange)),
    [ 'locked', 'people', [ subject => '/CN=locked' ], '', 'directory-locked',
        'uid=locked', 'cn' ],

    map({ my $who = $_;
        [ "SID, by the $who", $who, [ sid => sid('alice') ], '', 'granted',
            'CN=Alice Liddell', 'sid' ],
        [ "an expired account, by the $who", $who, [ sid => sid('expired') ],
            '', 'account-expired', 'CN=expired', 'sid' ],
        [ "held, by the $who", $who, $held, '', 'granted', 'CN=bob', 'der' ],
        [ "listed, by the $who", $who, $listed, '', 'granted', 'CN=carol',
            'issuer-serial' ],
    } qw(controller catalog)),
    [ 'SID as a name', 'controller', [ sid_uri => sid('alice') ], '',
        'granted', 'CN=Alice Liddell', 'sid' ],
    [ 'SID of nobody', 'controller', [ sid => sid('alice') . '9' ], '',
        'certificate-unmapped' ],
    [ 'UPN', 'controller', [ upn => 'alice@example.test' ], '',
        'certificate-weak' ],
    [ 'issuer and number of what is held, by octets', 'controller', $copied,
        'der', 'certificate-unmapped' ],
    [ 'disabled', 'controller', [ sid => sid('disabled') ], '',
        'account-disabled', 'CN=disabled', 'sid' ],
    [ 'locked in Active Directory', 'controller', [ sid => sid('locked') ], '',
        'directory-locked', 'CN=locked', 'sid' ],
    map({ [ $_, 'controller', [ sid => sid($_) ], '', 'granted', "CN=$_",
        'sid' ] } qw(pwexpired mustchange smartcard)),
);

# Name, arguments, exit code, what is said.
my $alice = certificate($ours, email => 'alice@example.com',
    upn => 'alice@example.test', sid => 'S-1-5-21-1-2-3-4', serial => 'ABCD');
my $junk = EAS::Proc::write_file("$dir/junk.pem", "no certificate\n");
my @others = (
    [ 'what is read', [ 'people', $alice ], 1, qr/^ +issuer +"CN=Private test CA phones"$/m,
        qr/^ +serial +ABCD$/m, qr/^ +valid +\w{3}, .* to \w{3}, .*$/m,
        qr/^ +usage +"1\.3\.6\.1\.5\.5\.7\.3\.2"$/m,
        qr/^ +sid +"S-1-5-21-1-2-3-4"$/m, qr/^ +upn +"alice\@example\.test"$/m,
        qr/^ +as AD has it +"X509:<I>CN=Private test CA phones<SR>CDAB"$/m,
        qr/^ +looked for +sid "S-1-5-21-1-2-3-4"\n +note +found .* nobody$/m ],
    [ 'words of a map', [ 'people', $alice, '--map', 'email' ], 0,
        qr/^ +looked for +email "alice\@example\.com"\n +ok +found .*"uid=alice/m,
        qr/^ +by +email, which is weak$/m ],
    [ 'a word that is none', [ 'people', $alice, '--map', 'nonsense' ], 2,
        qr/^result usage: .*nonsense/m ],
    [ 'no certificate', [ 'people', $junk ], 1,
        qr/FAILED +certificate .*has no certificate in PEM/,
        qr/^result no-certificate: /m ],
    [ 'no file', [ 'people', "$dir/nosuch.pem" ], 2, qr/cannot be read/ ],
    [ 'no provider', [ 'nosuch', $alice ], 2, qr/^result no-such-provider/m ],
);

plan tests => @rows + @others + 3, need_module(qw(eas_auth));

# --- the configuration

my $secret = EAS::Proc::write_file("$dir/secret", $slapd->secret . "\n", 0600);

sub provider {
    my ($name, $url, @lines) = @_;
    my $lines = join "\n    ", @lines;
    return <<"END";
<EASAuthProvider $name>
    EASAuthLDAPURL "$url"
    EASAuthLDAPTrustedCA $ca->{ca}
    $lines
</EASAuthProvider>
END
}
my @service = ('EASAuthLDAPType OpenLDAP',
    'EASAuthLDAPBindDN "' . $slapd->service . '"',
    "EASAuthLDAPBindPassword file:$secret");
my @samba = ('EASAuthLDAPType ActiveDirectory',
    'EASAuthLDAPBindDN "' . $samba->service . '"',
    "EASAuthLDAPBindPassword file:$ENV{EAS_STATE}/samba.secret",
    'EASAuthDomain EXAMPLE example.test');
my $httpd = EAS::Httpd->new(dir => "$dir/httpd", config =>
    provider('people', $slapd->url('ldaps') . "/$people", @service)
    . provider('direct', $slapd->url('ldaps') . "/$people",
        "EASAuthLDAPBindTemplate \"uid=%u,$people\"")
    . provider('controller', $samba->url . '/' . $samba->people, @samba)
    . provider('catalog', $samba->url('ldaps', 3269) . '/' . $samba->people,
        @samba));
my $command = "$httpd->{httpd} -d $httpd->{dir} -f $httpd->{conf}";

sub ctl {
    my ($provider, @words) = @_;
    return EAS::Proc::run([ 'sh', $SCRIPT, 'certificate', '--provider',
        $provider, '--httpd', $command, @words ]);
}

for (@rows) {
    my ($name, $provider, $made, $map, $reason, $whose, $by) = @$_;
    my $file = ref $made ? certificate($ours, @$made) : $made;
    my ($code, $text) = ctl($provider, $file, $map ? ('--map', $map) : ());
    my ($result) = $text =~ /^result ([a-z-]+)/m;
    my ($entry)  = $text =~ /^    ok +entry .* ms  "([^,]*),/m;
    my ($kind)   = $text =~ /^ +by +([a-z-]+), which is (?:strong|weak)$/m;
    is_deeply([ $code, $result, $entry, $kind ],
        [ $reason eq 'granted' ? 0 : 1, $reason, $whose, $by ],
        "$name: $reason") or diag($text);
}
for (@others) {
    my ($name, $words, $wanted, @patterns) = @$_;
    my ($code, $text) = ctl(@$words);
    my @missing = grep { $text !~ $_ } @patterns;
    is_deeply([ $code, @missing ], [$wanted], "$name: exit code $wanted")
        or diag($text);
}

# Why it is not bob's.
like((ctl('people', $copied, '--map', 'der'))[1],
    qr/note +found .* nobody: userCertificate of "uid=bob,.* is another one or cannot be read$/m,
    'issuer and number do not do, and that is said');

is(join("\n", $httpd->unexpected), '', 'nothing unexpected in the log');
is_quiet();
