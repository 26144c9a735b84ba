# SPDX-License-Identifier: Apache-2.0
# support/eas-enroll: what it makes, read back with openssl; what it refuses;
# what is left of an interrupted run; and what it says of servers.  It needs no
# httpd.

use strict;
use warnings;
use Cwd ();
use File::Temp ();
use FindBin;
use MIME::Base64 ();
use lib "$FindBin::Bin/lib";
use Test::More;
use EAS::CA;
use EAS::Enroll;
use EAS::Port;
use EAS::Proc;

my $work = File::Temp::tempdir('eas-enroll-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my ($SID, $UPN) = ('S-1-5-21-1004336348-1177238915-682003330-512',
    "j\xc3\xbcrgen,x=1;y\$z\"\@ex\xc3\xa4mple.com");
my @servers;
END { my $code = $?; EAS::Proc::stop($_) for @servers; $? = $code }
$SIG{$_} = sub { exit 1 } for qw(INT TERM HUP);

# As if the machine's own were broken: no openssl starts with it.
$ENV{OPENSSL_CONF} = EAS::Proc::write_file("$work/broken.cnf",
    "config_diagnostics = 1\nopenssl_conf = none\n");
delete @ENV{qw(EAS_ENROLL_DIR SSL_CERT_FILE SSL_CERT_DIR)};
my $SSL = EAS::Proc::find('openssl');

sub openssl {
    my @words = @_;
    return EAS::Proc::must([ $SSL, @words ], env => { OPENSSL_CONF => '/dev/null' });
}

# The exit code, the last line of an error aside.
sub openssl_code {
    my @words = @_;
    return (EAS::Proc::run([ $SSL, @words ],
        env => { OPENSSL_CONF => '/dev/null' }))[0];
}

my $kit = eval { EAS::Enroll->new(dir => "$work/it's \$HOME #1",
    init => [ '--name', 'Phones, "1"', '--org', 'Contoso & <Co>' ]) };
ok($kit, 'init, in a folder with an odd name') or BAIL_OUT($@);
my $dir = $kit->dir;

sub mode { return sprintf '%04o', 07777 & (stat $_[0])[2] // 0 }

# An exit code, a text, and that the folder is as it was.
sub state_of {
    my ($root) = @_;
    return join ' ', map { EAS::Proc::read_file("$root/$_") } qw(index.txt crlnumber settings crl.pem);
}

sub names_in { my ($folder) = @_; opendir my $fh, $folder or return; return sort grep { !/^\.\.?$/ } readdir $fh }

sub everything { return map { my $at = $_; map { "$at/$_" } names_in("$dir/$at") } qw(. certs servers devices) }

# What a run leaves behind that does not come to its end.
sub leftovers { return grep { /^(?:tmp|lock|\.eas)/ } names_in($dir), names_in($work) }

sub row {
    my ($name, $code, $pattern, @words) = @_;
    my ($got, $text) = $kit->run(@words);
    return ok($got == $code && $text =~ $pattern, $name)
        || diag("exit code $got, expected $code and $pattern:\n$text");
}

# --- what init makes

for (['', '0700'], ['ca.key', '0600'], ['ca.pem', '0644'], ['ca.crt', '0644'],
    ['crl.pem', '0644'], ['index.txt', '0600'], ['devices', '0700']) {
    my ($file, $mode) = @$_;
    is(mode("$dir/$file"), $mode, "mode of the folder's " . ($file || 'own'));
}
like(openssl('x509', '-noout', '-text', '-in', $kit->file),
    qr/Basic\ Constraints:\ critical\s+CA:TRUE,\ pathlen:0.*
       Key\ Usage:\ critical\s+Certificate\ Sign,\ CRL\ Sign/xs,
    'the root is an authority, and of nothing below');
is(openssl_code('verify', '-crl_check_all', '-CAfile', $kit->file, '-CRLfile', $kit->crl, $kit->file),
    0, 'the root and its CRL verify');

# --- what a device gets

sub der { my ($file) = @_; return openssl('x509', '-in', $file, '-outform', 'DER') }
sub tlv { my ($tag, $value) = @_; return chr($tag) . chr(length $value) . $value }

my $rich = $kit->device("O'Brien, a=b \"\xc3\xbc\"", upn => $UPN, sid => $SID,
    email => 'o=b,c$x#@example.com', device_id => 'Appl0.1-A_b', host => 'mail.example.com',
    words => [ '--dn', "CN=O'Brien\\, \xc3\xbc,DC=x" ]);
my $text = openssl('x509', '-noout', '-text', '-nameopt', 'utf8,sep_multiline', '-in', $rich->{cert});
like($text, qr/X509v3 Extended Key Usage: \n +TLS Web Client Authentication\n/, 'EKU clientAuth alone');
like($text, qr/X509v3 Key Usage: critical\n +Digital Signature\n/, 'KU digitalSignature alone');
like($text, qr/X509v3 Subject Key Identifier/, 'a subjectKeyIdentifier');
like($text, qr/Serial Number:\s+4[0-9a-f](?::[0-9a-f]{2}){9}\n/, 'a random serial number');
like($text, qr/Basic Constraints: critical\n +CA:FALSE\n/, 'no authority');
my $der = der($rich->{cert});
my $oid = "\x2b\x06\x01\x04\x01\x82\x37";
my $value = tlv(0x30, tlv(0xa0, tlv(0x06, "$oid\x19\x02\x01") . tlv(0xa0, tlv(0x04, $SID))));
ok(index($der, tlv(0x30, tlv(0x06, "$oid\x19\x02") . tlv(0x04, $value))) > 0, 'the SID extension, byte by byte');
my $names = join '',
    tlv(0xa0, tlv(0x06, "$oid\x14\x02\x03") . tlv(0xa0, tlv(0x0c, $UPN))),
    tlv(0x81, 'o=b,c$x#@example.com'),
    tlv(0x86, "tag:microsoft.com,2022-09-14:sid:$SID"),
    tlv(0x86, 'urn:eas-device:Appl0.1-A_b');
ok(index($der, $names) > 0, 'the alternative names, byte by byte');

my $plain = $kit->device('alice');
unlike(openssl('x509', '-noout', '-text', '-in', $plain->{cert}), qr/Alternative|311\.25/,
    'nothing that was not asked for');
is(openssl_code('verify', '-purpose', 'sslclient', '-CAfile', $kit->file, $plain->{cert}), 0,
    'it verifies as a client');
is($plain->{dir}, "$dir/devices/alice-$plain->{serial}", 'its folder');
is(join(' ', map { mode($plain->{$_}) } qw(dir key p12 legacy profile)), '0700 0600 0600 0600 0600',
    'which is closed to others');

my $phrase = EAS::Proc::write_file("$work/phrase", "$plain->{passphrase}\nnot this\n", 0600);
like($plain->{passphrase}, qr/^(?:[a-hjkmnp-z2-9]{5}-?){4}$/, 'a random passphrase, printed');
isnt($plain->{passphrase}, $rich->{passphrase}, 'and another one each time');
for (['p12', qr/AES-256-CBC.*sha256|sha256.*AES-256-CBC/is], ['legacy', qr/sha1.*pbeWithSHA1And3-KeyTripleDES-CBC/is]) {
    my ($which, $pattern) = @$_;
    my $info = openssl('pkcs12','-in', $plain->{$which}, '-passin', "file:$phrase", '-info', '-noout');
    like($info, $pattern, "$which: its encryption");
    unlike($info, qr/RC2|Certificate bag.*Certificate bag/is, "$which: one certificate, nothing of 40 bits");
    my $all = openssl('pkcs12','-in', $plain->{$which}, '-passin', "file:$phrase", '-nodes');
    my ($cert) = $all =~ /(-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n)/s;
    my ($key)  = $all =~ /(-----BEGIN PRIVATE KEY-----.*?-----END PRIVATE KEY-----\n)/s;
    is($cert, EAS::Proc::read_file($plain->{cert}), "$which: the certificate");
    is($key, EAS::Proc::read_file($plain->{key}), "$which: the key");
    isnt(openssl_code('pkcs12','-in', $plain->{$which}, '-passin', 'pass:wrong', '-noout'), 0,
        "$which: not without the passphrase");
}
is(openssl('x509', '-in', $plain->{cert}, '-pubkey', '-noout'), openssl('pkey', '-in', $plain->{key}, '-pubout'),
    'the key is that of the certificate');

# --- the profile

# A property list, strictly: whatever is not well-formed is an error.
sub plist {
    my ($xml) = @_;
    $xml =~ s/\A<\?xml version="1\.0" encoding="UTF-8"\?>\s*<!DOCTYPE plist [^>]*>\s*<plist version="1\.0">\s*//
        or die "no property list\n";
    my $thing = thing(\$xml);
    $xml =~ /\A\s*<\/plist>\s*\z/ or die 'left over: ' . substr($xml, 0, 60) . "\n";
    return $thing;
}

sub thing {
    my ($xml) = @_;
    $$xml =~ s/\A\s*<(dict|array|string|integer|data|true|false)(\/?)>//
        or die 'no value: ' . substr($$xml, 0, 60) . "\n";
    my ($type, $empty) = ($1, $2);
    return $type if $empty;
    my @all;
    if ($type eq 'dict' || $type eq 'array') {
        until ($$xml =~ s/\A\s*<\/$type>//) {
            if ($type eq 'dict') {
                $$xml =~ s/\A\s*<key>(\w+)<\/key>// or die 'no key: ' . substr($$xml, 0, 60) . "\n";
                push @all, $1;
            }
            push @all, thing($xml);
        }
        return $type eq 'array' ? \@all : {@all};
    }
    $$xml =~ s/\A([^<>]*)<\/$type>// or die "$type does not end\n";
    my $value = $1;
    die "bad entity in $value\n" if $value =~ /&(?!(?:amp|lt|gt|quot|apos);)/;
    my %char = (amp => '&', lt => '<', gt => '>', quot => '"', apos => "'");
    $value =~ s/&(\w+);/$char{$1}/g;
    return $type eq 'data' ? MIME::Base64::decode_base64($value) : $value;
}

sub profile {
    my ($made) = @_;
    my $root = plist(EAS::Proc::read_file($made->{profile}));
    return ($root, map { my $type = $_; grep { $_->{PayloadType} eq "com.apple.$type" } @{ $root->{PayloadContent} } }
        qw(security.root security.pkcs12 eas.account));
}

my ($top, $root, $identity, $account) = profile($rich);
is($top->{PayloadType}, 'Configuration', 'a profile');
is($top->{PayloadOrganization}, 'Contoso & <Co>', 'the organisation, escaped');
is(scalar @{ $top->{PayloadContent} }, 3, 'with three payloads');
is($root->{PayloadContent}, der($kit->file), 'the root');
is($identity->{PayloadContent}, EAS::Proc::read_file($rich->{legacy}), 'the PKCS#12 that every iOS reads');
is($identity->{Password}, undef, 'without its passphrase');
is_deeply([ @$account{qw(Host SSL UserName EmailAddress PayloadCertificateUUID)} ],
    [ 'mail.example.com', 'true', "O'Brien, a=b \"\xc3\xbc\"", 'o=b,c$x#@example.com', $identity->{PayloadUUID} ],
    'the account, and the identity it uses');
my @uuids = map { $_->{PayloadUUID} } $top, $root, $identity, $account, (profile($plain))[ 0 .. 3 ];
my %uuids = map { $_ => 1 } grep { /^[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-A[0-9A-F]{3}-[0-9A-F]{12}$/ } @uuids;
is(scalar keys %uuids, 8, 'random UUIDs');
is((profile($plain))[3]{EmailAddress}, undef, 'no mail address where none was given');
my $modern = $kit->device('modern', words => ['--modern-profile']);
is((profile($modern))[2]{PayloadContent}, EAS::Proc::read_file($modern->{p12}), '--modern-profile');

my ($signer, $mark) = do {
    local $ENV{OPENSSL_CONF} = '/dev/null';
    my $ca = EAS::CA->new(dir => "$work/signer");
    ($ca, $ca->server('mark'));
};
my $signed = $kit->device('signed', words => [ '--sign', $mark->{cert}, $mark->{key} ]);
my $inside = openssl('smime', '-verify', '-inform', 'DER', '-in', $signed->{profile}, '-purpose', 'any',
    '-CAfile', $signer->file, '-out', "$work/inside");
is(plist(EAS::Proc::read_file("$work/inside"))->{PayloadDisplayName}, 'Mail of signed', 'a signed profile');

# --- the directory snippets

# The entries of an LDIF: lines unfolded, values decoded.
sub ldif {
    my ($file) = @_;
    (my $text = EAS::Proc::read_file($file)) =~ s/\n //g;
    return [ map { /^(\S+?):: (.*)/ ? "$1: " . MIME::Base64::decode_base64($2) : $_ }
        grep { !/^#/ && length } split /\n/, $text ];
}

my $reversed = uc unpack 'H*', reverse pack 'H*', $rich->{serial};
my ($ski) = $text =~ /Subject Key Identifier: \n +(\S+)/;
($ski = lc $ski) =~ tr/://d;
my $dn = "dn: CN=O'Brien\\, \xc3\xbc,DC=x";
is_deeply(ldif($rich->{ldif}), [
        $dn, 'changetype: modify', 'add: altSecurityIdentities',
        "altSecurityIdentities: X509:<I>O=\"Contoso & <Co>\",CN=\"Phones, \"\"1\"\"\"<SR>$reversed",
        "altSecurityIdentities: X509:<SKI>$ski", '-',
        $dn, 'changetype: modify', 'add: userCertificate;binary', "userCertificate;binary: $der", '-',
    ], 'LDIF: issuer and serial as Windows writes them, key identifier, certificate');
is(ldif($plain->{ldif})->[0], 'dn: DN-OF-THE-ACCOUNT', 'LDIF without --dn');

# --- other kinds of keys, other passphrases

my $rsa = $kit->device('rsa', words => ['--rsa'], days => 30);
like(openssl('x509', '-noout', '-text', '-in', $rsa->{cert}), qr/rsaEncryption\s+(?:RSA )?Public-Key: \(2048 bit\)/, '--rsa');
my $given = $kit->device('given', passphrase_file => $phrase);
is(openssl_code('pkcs12','-in', $given->{p12}, '-passin', "file:$phrase", '-noout'), 0, '--passphrase-file');
unlike($given->{text}, qr/assphrase/, 'which is not shown');
EAS::Proc::write_file("$work/$_->[0]", $_->[1], $_->[2])
    for ['open', "long enough\n", 0644], ['short', "seven77\n", 0600], ['empty', '', 0600], ['umlaut', "\xc3\xbcmlaut is it\n", 0600];

# --- names: what works is the same everywhere, the rest is refused

my $long = 'x' x 64;
my @named;
for ("J\xc3\xbcrgen O'Brien \xe6\x97\xa5\xe6\x9c\xac", '$ENV::HOME ${x} %s', '[names]', '# "no", `id`$(id);id', '<b>&amp;', '..',
    '*', ':<CN=root', $long) {
    my $name = $_;
    my $made = eval { $kit->device($name) } || {};
    my $subject = $made->{cert} && openssl('x509', '-noout', '-subject', '-nameopt', 'utf8,sep_multiline,space_eq', '-in', $made->{cert});
    my @said = $made->{cert} ? ($subject, (profile($made))[3]{UserName}, scalar @{ ldif($made->{ldif}) }) : $@;
    is_deeply(\@said, [ "subject=\n    CN = $name\n", $name, 11 ], "the name $name works");
    push @named, $made->{serial};
    next if $name =~ /^[.x]/;
    ok(eval { $kit->revoke($name) }, '   it is revoked by name');
}
my $list = $kit->must('list');
my $given_out = join '|', grep { $_ } @named;
is(join(' ', $list =~ /^(?:$given_out)  (\w+) .*  \S.*$/mg), 'revoked revoked revoked revoked revoked valid revoked revoked valid',
    'all of them are in the list');

my @refused = (
    # name, words, exit code, message
    [ 'no command',           [],                          2, qr/say what to do/ ],
    [ 'another command',      ['sign'],                    2, qr/there is no command sign/ ],
    [ 'init again',           ['init'],                    1, qr/is there already, and is not an empty folder/ ],
    [ 'no user',              ['device'],                  2, qr/wants the login name/ ],
    [ 'two users',            [ 'device', 'a', 'b' ],      2, qr/takes one name/ ],
    [ 'an empty user',        [ 'device', '' ],            2, qr/the name of the person is empty/ ],
    [ 'a slash',              [ 'device', '../x' ],        2, qr/has a slash/ ],
    [ 'a domain',             [ 'device', 'DOM\\x' ],      2, qr/has a backslash: give the login name without/ ],
    [ 'a line break',         [ 'device', "x\nCA:TRUE" ],  2, qr/has a line break/ ],
    [ 'a line break at the end', [ 'device', "x\n" ],      2, qr/has a line break/ ],
    [ 'a tab',                [ 'device', "a\tb" ],        2, qr/control character/ ],
    [ 'DEL',                  [ 'device', "a\x7f" ],       2, qr/control character/ ],
    [ 'a C1 control',         [ 'device', "a\xc2\x9bb" ],  2, qr/cannot be shown/ ],
    [ 'a line separator',     [ 'device', "a\xe2\x80\xa8" ], 2, qr/cannot be shown/ ],
    [ 'what XML cannot say',  [ 'device', "a\xef\xbf\xbe" ], 2, qr/cannot be shown/ ],
    [ 'not UTF-8',            [ 'device', "J\xfcrgen" ],   2, qr/is not UTF-8/ ],
    [ 'half a surrogate',     [ 'device', "\xed\xa0\x80" ], 2, qr/is not UTF-8/ ],
    [ 'a space before',       [ 'device', ' a' ],          2, qr/space at its edge/ ],
    [ 'a space behind',       [ 'device', 'a ' ],          2, qr/space at its edge/ ],
    [ 'too long a name',      [ 'device', "x$long" ],      2, qr/longer than 64/ ],
    [ 'a name like an option', [ 'device', '-x' ],         2, qr/there is no option -x/ ],
    [ 'an option of another', [ 'device', 'a', '--csr' ],  2, qr/device has no option --csr/ ],
    [ 'an option unknown',    [ 'list', '--all=1' ],       2, qr/there is no option --all/ ],
    [ 'an option without a value', [ 'device', 'a', '--upn' ], 2, qr/--upn wants a value/ ],
    [ 'an empty value',       [ 'device', 'a', '--sid=' ], 2, qr/--sid wants a value/ ],
    [ 'no UPN',               [ 'device', 'a', '--upn', 'a' ], 2, qr/form user\@domain/ ],
    [ 'two in a UPN',         [ 'device', 'a', '--upn', 'a@b@c' ], 2, qr/form user\@domain/ ],
    [ 'no SID',               [ 'device', 'a', '--sid', 'x' ], 2, qr/--sid wants a SID/ ],
    [ 'a SID and more',       [ 'device', 'a', '--sid', "$SID,x" ], 2, qr/--sid wants a SID/ ],
    [ 'too large a SID',      [ 'device', 'a', '--sid', 'S-1-5-21-4294967296' ], 2, qr/--sid wants a SID/ ],
    [ 'zeros in a SID',       [ 'device', 'a', '--sid', 'S-1-5-21-01' ], 2, qr/--sid wants a SID/ ],
    [ 'an address of UTF-8',  [ 'device', 'a', '--email', "\xc3\xbc\@b.c" ], 2, qr/ASCII/ ],
    [ 'an odd device id',     [ 'device', 'a', '--device-id', 'a/b' ], 2, qr/--device-id wants letters/ ],
    [ 'no days',              [ 'device', 'a', '--days', '0' ], 2, qr/number from 1 to 3650/ ],
    [ 'days of a hundred',    [ 'device', 'a', '--days', '1e2' ], 2, qr/number from 1 to 3650/ ],
    [ 'longer than the root', [ 'device', 'a', '--days', '3650', '--host', 'x.y' ], 1, qr/root would expire before/ ],
    [ 'no host yet',          [ 'device', 'a' ],           1, qr/which server\? say --host/ ],
    [ 'an odd host',          [ 'device', 'a', '--host', 'a b' ], 2, qr/wants the name of a host/ ],
    [ 'a passphrase for all', [ 'device', 'a', '--passphrase-file', "$work/open" ], 1, qr/can be read by everybody/ ],
    [ 'a short passphrase',   [ 'device', 'a', '--passphrase-file', "$work/short" ], 1, qr/shorter than 8/ ],
    [ 'no passphrase',        [ 'device', 'a', '--passphrase-file', "$work/empty" ], 1, qr/shorter than 8/ ],
    [ 'no ASCII passphrase',  [ 'device', 'a', '--passphrase-file', "$work/umlaut" ], 1, qr/printable ASCII/ ],
    [ 'no such file',         [ 'device', 'a', '--passphrase-file', "$work/none" ], 1, qr/is not a file/ ],
    [ 'half a signer',        [ 'device', 'a', '--sign', $mark->{cert} ], 2, qr/a certificate and its key/ ],
    [ 'a signer that cannot', [ 'device', 'a', '--host', 'x.y', '--sign', $mark->{cert}, $kit->file ], 1, qr/signing the profile failed/ ],
    [ 'no server',            ['server'],                  2, qr/wants the name of the host/ ],
    [ 'an odd server',        [ 'server', 'a_b' ],         2, qr/"a_b" is not a name of a host/ ],
    [ 'a server of two lines', [ 'server', "a\nb" ],       2, qr/has a line break/ ],
    [ 'a comma in a server',  [ 'server', 'a.b,DNS:c' ],   2, qr/is not a name of a host/ ],
    [ 'an address alone',     [ 'server', '127.0.0.1' ],   2, qr/first name is what phones are told/ ],
    [ 'too long for iOS',     [ 'server', 'a.b', '--days', '826' ], 2, qr/from 1 to 825/ ],
    [ 'nothing to revoke',    ['revoke'],                  2, qr/wants a serial number or a name/ ],
    [ 'nobody to revoke',     [ 'revoke', 'nobody' ],      1, qr/there is no certificate of nobody/ ],
    [ 'another phone',        [ 'revoke', 'alice', '--device-id', 'X' ], 1, qr/no certificate of alice on X/ ],
    [ 'an odd reason',        [ 'revoke', 'alice', '--reason', 'hold' ], 2, qr/--reason wants/ ],
    [ 'list of one',          [ 'list', 'alice' ],         2, qr/takes no name/ ],
    [ 'no authority',         [ 'list', '--dir', "$work/none" ], 1, qr/there is no authority in \S*none: make one/ ],
    [ 'init below nothing',   [ 'init', '--dir', "$work/none/x" ], 1, qr/there is no folder/ ],
    [ 'an odd root',          [ 'init', '--dir', "$work/new", '--name', "a\nb" ], 2, qr/--name has a line break/ ],
);
my $before = state_of($dir);
my @made   = everything();
row("refused: $_->[0]", $_->[2], $_->[3], @{ $_->[1] }) for @refused;
is(state_of($dir), $before, 'after all of them the books are as they were');
is_deeply([ everything() ], \@made, 'and nothing was made');
ok(!-e "$work/new", 'nor anywhere else');
for my $command (qw(init server check-server device revoke crl list)) {
    row("$command --help", 0, qr/^Usage: eas-enroll $command/, $command, '--help');
}
row('--help', 0, qr/^Usage: eas-enroll init.*0 done/s, '--help');

# --- servers

my $served = $kit->server('localhost', names => [ '*.example.test', '127.0.0.1', '::1' ]);
my $about  = openssl('x509', '-noout', '-text', '-in', $served->{cert});
like($about, qr/DNS:localhost, DNS:\*\.example\.test, IP Address:127\.0\.0\.1, IP Address:0:0:0:0:0:0:0:1\n/, 'names of a server');
like($about, qr/Extended Key Usage: \n +TLS Web Server Authentication\n/, 'for servers');
is(mode($served->{key}) . mode($served->{cert}), '06000644', 'its key is closed to others');
is(openssl_code('x509', '-noout', '-checkend', 396 * 86400, '-in', $served->{cert})
    . openssl_code('x509', '-noout', '-checkend', 398 * 86400, '-in', $served->{cert}), '01', 'less than 398 days');
ok($kit->must('device', 'with-host') =~ /account at localhost$/m, 'its name is what phones are given');
my $asked = $kit->server('mail.example.com', names => ['autodiscover.example.com'], words => ['--csr']);
my $csr   = openssl('req', '-noout', '-verify', '-text', '-in', "$asked->{dir}/mail.example.com.csr");
like($csr, qr/verify OK.*TLS Web Server Authentication.*DNS:mail\.example\.com, DNS:autodiscover\.example\.com\n/s, 'a request');
is(mode("$asked->{dir}/mail.example.com.key"), '0600', 'its key is closed to others');
row('a request is not overwritten', 1, qr/mail\.example\.com-csr is there already/, 'server', 'mail.example.com', '--csr');

# --- revoked

sub crl_check { return openssl_code('verify', '-crl_check_all', '-CAfile', $kit->file, '-CRLfile', $kit->crl, $_[0]) }

my @phones = map { $kit->device('bob', device_id => $_) } qw(one two three);
is(crl_check($phones[0]{cert}), 0, 'before it is revoked');
like($kit->revoke($phones[0]{serial}, '--reason', 'keyCompromise'), qr/Revoked: +$phones[0]{serial}\n.*directory/s, 'revoked by serial');
is(join('', map { crl_check($_->{cert}) } @phones), '200', 'that one alone');
like($kit->revoke('bob', '--device-id', 'two'), qr/SSLCARevocationFile at its start/, 'revoked by device');
is(join('', map { crl_check($_->{cert}) } @phones), '220', 'that one as well');
$kit->revoke('bob');
is(join('', map { crl_check($_->{cert}) } @phones), '222', 'revoked by name, what is left');
like(openssl('crl', '-noout', '-text', '-in', $kit->crl), qr/$phones[0]{serial}\n.*?Key Compromise/s, 'the reason is in the CRL');
row('once more, by serial', 1, qr/is revoked already/, 'revoke', $phones[0]{serial});
row('once more, by name', 1, qr/bob has no certificate that is still valid/, 'revoke', 'bob');
row('the list', 0, qr/^$phones[1]{serial}  revoked  20\d\d-\d\d-\d\d  device  two +bob\n.*^The CRL is good until/ms, 'list');
row('the list, soon over', 0, qr/^$rsa->{serial}  soon /m, 'list');
my $number = openssl('crl', '-noout', '-crlnumber', '-in', $kit->crl);
row('a new CRL', 0, qr/good until.*graceful/s, 'crl', '--days', '7');
isnt(openssl('crl', '-noout', '-crlnumber', '-in', $kit->crl), $number, 'it has a number of its own');
is(crl_check($phones[0]{cert}), 2, 'and what was revoked');

# --- an openssl that fails, and runs that do not come to their end

# Stand before the real ones; keep what it was asked, and at the word
# EAS_TEST_AT do EAS_TEST_DO.
my $bin = "$work/bin";
mkdir $bin or die "$bin: $!\n";
EAS::Proc::write_file("$bin/$_->[0]", <<"END", 0755) for [ openssl => $SSL ], [ mv => EAS::Proc::find('mv') ];
#!/bin/sh
printf '%s\\n' "\$*" >>'$work/asked'
case " \$* " in
*"\$EAS_TEST_AT"*) eval "\$EAS_TEST_DO" ;;
esac
exec '$_->[1]' "\$@"
END

sub disturbed {
    my ($at, $do, @words) = @_;
    local @ENV{qw(PATH EAS_TEST_AT EAS_TEST_DO)} = ("$bin:$ENV{PATH}", $at, $do);
    return $kit->run(@words);
}

my @disturbances = (
    # name, at which word, what, words of the kit, exit code, message
    [ 'signing fails',     ' ca ',     'echo no luck >&2; exit 1', [ 'device', 'carol' ], 1, qr/no luck\n.*signing failed, nothing was changed/s ],
    [ 'a full disk',       ' pkcs12 ',  'exit 1', [ 'device', 'carol' ], 1, qr/making the PKCS#12 failed/ ],
    [ 'ended by TERM',     ' pkcs12 ',  'kill -TERM $PPID', [ 'device', 'carol' ], 143, qr/\A\z/ ],
    [ 'ended by HUP',      ' ca ',     'kill -HUP $PPID', [ 'device', 'carol' ], 129, qr/\A\z/ ],
    [ 'killed',            ' pkcs12 ',  'kill -KILL $PPID; exit 1', [ 'device', 'carol' ], 137, qr/\A\z/ ],
    [ 'revoking fails',    '-gencrl',  'exit 1', [ 'revoke', 'alice' ], 1, qr/making the CRL failed/ ],
    [ 'init fails',        '-x509',    'exit 1', [ 'init', '--dir', "$work/fresh" ], 1, qr/making the root failed/ ],
    [ 'another openssl',   ' version ','echo LibreSSL 3.8; exit 0', ['list'], 1, qr/needs OpenSSL 3 or later; here is: LibreSSL/ ],
    [ 'killed, revoking',  '-gencrl',  'kill -KILL $PPID; exit 1', [ 'revoke', 'alice' ], 137, qr/\A\z/ ],
    [ 'killed, before the index', "$dir/index.txt", 'kill -KILL $PPID; exit 1', [ 'device', 'dave' ], 137, qr/\A\z/ ],
);
$before = state_of($dir);
for (@disturbances) {
    my ($name, $at, $do, $words, $expected, $pattern) = @$_;
    my ($code, $said) = disturbed($at, $do, @$words);
    ok($code == $expected && $said =~ $pattern && state_of($dir) eq $before, "$name: nothing has changed")
        or diag("exit code $code:\n$said");
    ok($expected == 137 || !leftovers(), '   nothing is left');
}
my ($code, $said) = disturbed('PBE-SHA1-3DES', 'exit 1', 'device', 'fips');
ok($code == 0 && $said =~ /no PKCS#12 for old phones/ && $said !~ /legacy/, 'without 3DES the modern one remains');
ok(!leftovers(), 'what was killed left nothing after the next run');
my ($secret) = $said =~ /^Passphrase.*: (\S+)$/m;
ok($secret && index(EAS::Proc::read_file("$work/asked"), $secret) < 0, 'no passphrase on a command line');
($code) = disturbed("$dir/index.txt", 'kill -TERM $PPID', 'device', 'erin');
ok($code == 0 && $kit->must('list') =~ /  erin$/m && (grep { /^erin-/ } names_in("$dir/devices")),
    'what has begun to be published is published whole');
($code) = disturbed("$dir/devices/frank-", 'kill -KILL $PPID; exit 1', 'device', 'frank');
ok($code == 137 && $kit->must('list') =~ /  valid .*  frank$/m && !(grep { /^frank-/ } names_in("$dir/devices")),
    'killed, before the folder: it is in the list');
ok(eval { $kit->revoke('frank') }, '   and can be revoked') or diag($@);
mkdir "$dir/lock" or die "lock: $!\n";
EAS::Proc::write_file("$dir/lock/pid", "$$\n");
row('two at a time', 1, qr/another eas-enroll works in .* \(process $$\)/, 'crl');
unlink "$dir/lock/pid";
rmdir "$dir/lock";

# --- check-server, against openssl s_server

my $pki = "$work/pki";
mkdir $pki or die "$pki: $!\n";
my %alg = (ec => [qw(ec -pkeyopt ec_paramgen_curve:P-256)], weak => ['rsa:1024'], ed => ['ed25519']);

# NAME.pem and NAME.key, signed by ISSUER or by itself.
# Options: ext => lines, days, key => one of %alg, md
sub issue {
    my ($name, $issuer, %opt) = @_;
    my $path = "$pki/$name";
    my @ext  = ('-extfile', EAS::Proc::write_file("$path.ext", $opt{ext}));
    EAS::Proc::write_file("$pki/req.cnf", "[req]\ndistinguished_name = dn\n[dn]\n");
    openssl('req', '-config', "$pki/req.cnf", '-newkey', @{ $alg{ $opt{key} || 'ec' } }, '-nodes',
        '-subj', "/CN=" . ($opt{cn} || $name), '-keyout', "$path.key", '-out', "$path.csr");
    openssl('x509', '-req', '-in', "$path.csr", @ext, '-days', $opt{days} || 90, '-out', "$path.pem",
        '-' . ($opt{md} || 'sha256'), '-set_serial', 1 + int rand 1e9,
        $issuer ? ('-CA', "$pki/$issuer.pem", '-CAkey', "$pki/$issuer.key") : ('-signkey', "$path.key"));
    return;
}

my $ca   = "basicConstraints = critical,CA:TRUE\nkeyUsage = critical,keyCertSign,cRLSign\n";
my $eku  = "extendedKeyUsage = serverAuth\n";
my $leaf = "${eku}subjectAltName = DNS:localhost,IP:127.0.0.1\n";
issue('root', undef, ext => $ca, days => 2000);
issue('middle', 'root', ext => $ca, days => 1500);
issue('good',    'middle', ext => $leaf);
issue('soon',    'middle', ext => $leaf, days => 20);
issue('expired', 'middle', ext => $leaf, days => -1);
issue('years',   'middle', ext => $leaf, days => 900);
issue('year2',   'middle', ext => $leaf, days => 600);
issue('elsewhere', 'middle', ext => "${eku}subjectAltName = DNS:elsewhere.test\n");
issue('cn-only', 'middle', ext => $eku, cn => 'localhost');
issue('no-eku',  'middle', ext => "subjectAltName = DNS:localhost\n");
issue('weak',    'middle', ext => $leaf, key => 'weak');
issue('sha1',    'middle', ext => $leaf, md => 'sha1');
issue('ed',      'middle', ext => $leaf, key => 'ed');
issue('self',    undef, ext => $leaf);
EAS::Proc::write_file("$pki/with-root", EAS::Proc::read_file("$pki/middle.pem") . EAS::Proc::read_file("$pki/root.pem"));

my @private = ('--ca', "$pki/root.pem");
my @rows = (
    # name, certificate, chain, words, exit code, what is said; options of s_server
    [ 'all well', 'good', 'middle.pem', \@private, 0, qr/\A(?:(?:ok|note) .*\n){10}localhost: phones will accept it\n\z/ ],
    [ 'the names of the rows', 'good', 'middle.pem', \@private, 0,
        qr/speaks TLSv1\.3.*chain is whole: 2 sent.*is for localhost.*for servers.*90 days.*EC of 256 bits.*good until/s ],
    [ 'the root sent as well', 'good', 'with-root', \@private, 0, qr/3 sent/ ],
    [ 'no intermediate', 'good', undef, \@private, 1, qr/^FAILED +the chain is not whole: "CN=middle" is neither sent .* SSLCertificateFile/m ],
    [ 'a root unknown here', 'good', 'with-root', [], 1, qr/^FAILED +the root that was sent is not trusted here.*--ca/m ],
    [ 'signed by itself', 'self', undef, \@private, 1, qr/^FAILED +the certificate is signed by itself/m ],
    [ 'another name', 'elsewhere', 'middle.pem', \@private, 1, qr/^FAILED +it is not for localhost, but for DNS:elsewhere\.test$/m ],
    [ 'a name in the CN alone', 'cn-only', 'middle.pem', \@private, 1, qr/^FAILED +it has no subjectAltName/m ],
    [ 'expired', 'expired', 'middle.pem', \@private, 1, qr/^FAILED +"CN=expired" has expired on/m ],
    [ 'expires soon', 'soon', 'middle.pem', \@private, 0, qr/^warning +"CN=soon" expires in (?:19|20) days/m ],
    [ 'too long', 'years', 'middle.pem', \@private, 1, qr/^FAILED +it is made for 900 days: iOS believes 825 at most below a private/m ],
    [ 'long, private', 'year2', 'middle.pem', \@private, 0, qr/^ok +it is made for 600 days; iOS believes 825/m ],
    [ 'long, public', 'year2', 'middle.pem', [], 1, qr/^FAILED +it is made for 600 days: iOS believes 398 at most$/m, public => 1 ],
    [ 'public', 'good', 'middle.pem', [], 0, qr/chain is whole.*will accept/s, public => 1 ],
    [ 'not for servers', 'no-eku', 'middle.pem', \@private, 1, qr/^FAILED +it lacks extendedKeyUsage/m ],
    [ 'a short key', 'weak', 'middle.pem', \@private, 1, qr/^FAILED +"CN=weak" has a key of 1024 bits \(RSA\): 2048/m ],
    [ 'SHA-1', 'sha1', 'middle.pem', \@private, 1, qr/^FAILED +"CN=sha1" is signed with ecdsa-with-SHA1/m ],
    [ 'a new kind of key', 'ed', 'middle.pem', \@private, 1, qr/^FAILED +"CN=ed" has a key of type ED25519/m ],
    [ 'an old TLS', 'good', 'middle.pem', \@private, 1, qr/^FAILED +it speaks TLSv1\.1 at best/m, server => ['-tls1_1'] ],
    [ 'TLS 1.2', 'good', 'middle.pem', \@private, 0, qr/^ok +it speaks TLSv1\.2$/m, server => [qw(-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA)] ],
    [ 'a certificate demanded', 'good', 'middle.pem', \@private, 0, qr/^ok +it asks phones for certificates, of "CN = root" first$/m,
        server => [ '-tls1_2', '-Verify', 1, '-CAfile', "$pki/root.pem" ] ],
    [ 'by address', 'good', 'middle.pem', \@private, 0, qr/^ok +it is for 127\.0\.0\.1$/m, host => '127.0.0.1' ],
    [ 'by another address', 'elsewhere', 'middle.pem', \@private, 1, qr/^FAILED +it is not for 127\.0\.0\.1/m, host => '127.0.0.1' ],
);
for (@rows) {
    my ($name, $cert, $chain, $words, $expected, $pattern, %opt) = @$_;
    my $port = serve("$pki/$cert", $chain && "$pki/$chain", @{ $opt{server} || [] });
    local $ENV{SSL_CERT_FILE} = "$pki/root.pem" if $opt{public};
    row("check-server: $name", $expected, $pattern, 'check-server', ($opt{host} || 'localhost') . ":$port", @$words);
    EAS::Proc::stop(pop @servers);
}
my $port = serve("$served->{dir}/localhost");
row("check-server: the kit's own", 0, qr/will accept/, 'check-server', "localhost:$port", '--ca', $kit->file);
EAS::Proc::stop(pop @servers);
row('check-server: nobody there', 1, qr/sends no certificate: nothing answers there/, 'check-server', "localhost:$port");
row('check-server: no host', 2, qr/wants one host/, 'check-server');
row('check-server: an odd host', 2, qr/is not a host/, 'check-server', '-connect evil' =~ s/^-//r);
row('check-server: an odd port', 2, qr/"x" is not a port/, 'check-server', 'localhost:x');
row('check-server: no such root', 1, qr/cannot be read/, 'check-server', 'localhost', '--ca', "$work/none");

# A server that stays, on a port of its own.
sub serve {
    my ($path, $chain, @more) = @_;
    my $port = EAS::Port::free();
    push @servers, EAS::Proc::spawn([ $SSL, 's_server', '-accept', "127.0.0.1:$port", '-cert', "$path.pem",
            '-key', "$path.key", $chain ? ('-cert_chain', $chain) : (), '-www',
            (grep { $_ eq '-cipher' } @more) ? () : ('-cipher', 'ALL:@SECLEVEL=0'), @more ],
        "$work/s_server.log", env => { OPENSSL_CONF => '/dev/null' });
    EAS::Proc::wait_until(sub { EAS::Port::open($port) }, 10)
        or die "s_server does not start:\n" . EAS::Proc::tail("$work/s_server.log", 5);
    return $port;
}

done_testing();
