# SPDX-License-Identifier: Apache-2.0
# What httpd -t says of a configuration: the broken ones of t/config/broken.txt,
# each with the very messages expected; the sound ones of t/config/sound.txt,
# with their warnings and nothing else; what it prints of them
# (t/config/dump.txt); and the pages in conf/.  Then what a server that runs
# does with a secret and with .htaccess.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use File::Temp ();
use POSIX ();
use Test::More;
use EAS::CA;
use EAS::Curl;
use EAS::Httpd;
use EAS::Port;
use EAS::Proc;

my $dir = File::Temp::tempdir('eas-config-XXXXXX', TMPDIR => 1, CLEANUP => 1);
chmod 0755, $dir;
my $httpd  = EAS::Httpd::httpd_program();
my $module = $ENV{EAS_MODULE} or die "EAS_MODULE: the module to test\n";

# --- the files that the configurations name

sub file {
    my ($name, $text, $mode) = @_;
    EAS::Proc::write_file("$dir/$name", $text, $mode);
    chmod $mode, "$dir/$name" or die "$name: $!\n";
    return "$dir/$name";
}

mkdir "$dir/logs" or die "$dir/logs: $!\n";
my $authority = EAS::CA->new(dir => $dir, name => 'ca');
my $ca  = $authority->file;
my $crl = $authority->crl;
EAS::Proc::must([ EAS::Proc::find('openssl'), 'ca',
    '-config', "$dir/ca-crl.cnf", '-cert', $ca, '-keyfile', "$dir/ca.key",
    '-gencrl', '-crl_lastupdate', '200101000000Z',
    '-crl_nextupdate', '200102000000Z', '-out', "$dir/ca-old-crl.pem" ]);
EAS::CA->new(dir => $dir, name => 'other');
my $damaged = EAS::Proc::read_file($ca);
$damaged =~ s/(BEGIN CERTIFICATE-----\n.{20}).*?\n/$1\n/s;
file('damaged.pem', EAS::Proc::read_file($ca) . $damaged, 0644);
file('secret',  "sesame\n",      0600);
file('crlf',    "sesame\r\n",    0640);
file('open',    'sesame',        0644);
file('written', 'sesame',        0602);
file('empty',   '',              0600);
file('newline', "\n",            0600);
file('most',    'x' x 4096,      0600);
file('long',    'x' x 4097,      0600);
file('nul',     "ses\0ame",      0600);
file('failing', "#!/bin/sh\necho sesame\nexit 3\n", 0755);
file('silent',  "#!/bin/sh\n",   0755);
file('printing', "#!/bin/sh\necho \"\$1 \$2\"\necho more\n", 0755);
POSIX::mkfifo("$dir/pipe", 0600) or die "pipe: $!\n";
mkdir "$dir/public" or die "$dir/public: $!\n";
chmod 0777, "$dir/public";
symlink 'secret', "$dir/link" or die "link: $!\n";

file('base.conf', <<"END" . EAS::Httpd::load_modules(
ServerRoot $dir
ServerName localhost
PidFile $dir/httpd.pid
Mutex file:$dir default
DefaultRuntimeDir $dir
END
    $httpd,
    qw(mpm_event unixd authn_core authn_file authz_core authz_user authz_host
        auth_basic access_compat log_config))
    . "LoadModule eas_auth_module $module\n", 0644);

# What few rows need and each would pay for.
file('more.conf', EAS::Httpd::load_modules($httpd,
    qw(ssl reqtimeout proxy proxy_http)), 0644);

# --- a table: [name], lines of a configuration, => messages

# Shorthand, so that a row shows what it is about:
#   @provider NAME; DIRECTIVE; ...    a provider that is sound by itself
#   @searcher NAME; DIRECTIVE; ...    the same with an account of its own, which
#                                     certificates need
#   @location DIRECTIVE; ...          a Location under AuthType EAS-Basic
sub expand {
    my ($line) = @_;
    if ($line =~ s/^\@(provider|searcher) (\S+?)(?:;\s*|$)//) {
        return "<EASAuthProvider $2>",
            'EASAuthLDAPURL "ldaps://dc.example.com/dc=example,dc=com"',
            'EASAuthLDAPTrustedCA ${DIR}/ca.pem',
            ($1 eq 'searcher' ? ('EASAuthLDAPBindDN cn=svc,dc=example,dc=com',
                'EASAuthLDAPBindPassword file:${DIR}/secret') : ()),
            split(/;\s*/, $line), '</EASAuthProvider>';
    }
    if ($line =~ s/^\@location //) {
        return '<LocationMatch "(?i)^/Microsoft-Server-ActiveSync(/|$)">',
            'AuthType EAS-Basic', 'AuthName "Test mail"',
            split(/;\s*/, $line), '</LocationMatch>';
    }
    return $line;
}

sub table {
    my ($name) = @_;
    my @rows;
    for my $line (split /\n/, EAS::Proc::read_file("$FindBin::Bin/$name")) {
        if ($line =~ /^\[(.*)\]$/) {
            push @rows, { name => $1, config => [], expected => [] };
        }
        elsif ($line =~ /^=> (.*)/) {
            push @{ $rows[-1]{expected} }, $1;
        }
        elsif ($line =~ /\S/ && $line !~ /^#/) {
            push @{ $rows[-1]{config} }, expand($line);
        }
    }
    die "$name holds nothing\n" unless @rows;
    return @rows;
}

# Returns the exit code and what is said of the configuration: what httpd
# says by itself is left out, and where it is said is put in front.
sub examine {
    my ($config, @more) = @_;
    my $text = join '', map { "$_\n" } @$config;
    $text =~ s/\$\{DIR\}/$dir/g;
    my $conf = EAS::Proc::write_file("$dir/test.conf", $text);
    # A row about certificates that says nothing of TLS has what it needs.
    my $silent = $text =~ /^AuthType EAS-(?:Either|Both|Certificate)/mi
        && $text !~ /SSLVerifyClient|AuthName "no TLS"/;
    push @more, '-C', "Include $dir/more.conf"
        if $silent || $text =~ /SSLOptions|SSLVerifyClient|mod_ssl|mod_proxy/;
    push @more, '-C', 'SSLVerifyClient optional' if $silent;
    my ($code, $said) = EAS::Proc::run(
        [ $httpd, '-t', '-C', "Include $dir/base.conf", '-f', $conf, @more ]);
    $said =~ s/^AH\d+: Syntax error on line (\d+) of \Q$conf\E:\n/line $1: /mg;
    $said =~ s/\Q$conf\E/\${CONF}/g;
    $said =~ s/\Q$dir\E/\${DIR}/g;
    return ($code, grep { !/^(?:AH00014: .*|Syntax OK)$/ } split /\n/, $said);
}

# One test for each row of a table.
sub check_table {
    my ($name, $expected_code, @more) = @_;
    for my $row (table("config/$name.txt")) {
        my ($code, @said) = examine($row->{config}, @more);
        is_deeply([ $code, @said ], [ $expected_code, @{ $row->{expected} } ],
            "$name: $row->{name}")
            or diag(map { "=> $_\n" } @said);
    }
    return;
}

check_table('broken', 1);
check_table('sound',  0);
check_table('dump',   0, '-D', 'DUMP_EAS_AUTH');

# --- the pages: as they are, and with what they offer taken over

sub page {
    my ($name) = @_;
    return split /\n/, EAS::Proc::read_file("$FindBin::Bin/../conf/$name");
}

for my $name (qw(eas_auth.conf proxy-timeouts.conf)) {
    is_deeply([ examine([ page($name) ]) ], [0], "conf/$name as it is");
}

# The files it names are the reader's; the module is loaded already.
my $offered = 0;
my @taken = map {
    $offered += s/^(\s*)#(?=[<A-Z])/$1/;
    s{/\S+/(?:eas\.example\.com\.\w+|phones/\w+\.pem)}{$ca}g;
    s{\S+/\w+-ca\.pem}{$ca}g;
    s{(?<=file:)\S+/eas-bind\.secret}{$dir/secret}g;
    s{(?<=file:)\S+/eas-proxy\.secret}{$dir/most}g;
    s{\S+/\w+-crl\.pem}{$crl}g;
    s{/var/lib/apache2/}{$dir/}g;
    s{^(<EASAuthProvider .*>)}{$1\nEASAuthLDAPTrustedCA $ca}
        unless /(?:contoso|tailspin)>/;
    # Nobody shares the cache of that page, so its secret would be warned of.
    /^(?:LoadModule|EASAuthCacheSecret)/ ? () : $_;
} page('eas_auth.conf');
cmp_ok($offered, '>', 40, 'conf/eas_auth.conf offers lines');
is_deeply([ examine(\@taken) ], [0], 'and they work together');
is_deeply([ examine(\@taken, '-D', 'EAS_CERTIFICATES_EXAMPLE') ], [0],
    'and those with certificates');
is_deeply(
    [ examine([ page('proxy-timeouts.conf') ], '-D', 'EAS_PROXY_EXAMPLE') ],
    [0], 'the example in conf/proxy-timeouts.conf works');

# --- a server that runs

my $port   = EAS::Port::free();
my $client = EAS::Curl->new(base => "http://127.0.0.1:$port");
my $server = EAS::Httpd->new(
    dir     => "$dir/running",
    modules => ['info'],
    config  => <<"END")->start;
Listen 127.0.0.1:$port
<Directory "$dir/running/htdocs">
    AllowOverride None
    AllowOverrideList EASAuthRequireTLS Require
    Require all granted
</Directory>
<Location "/info">
    SetHandler server-info
</Location>
<EASAuthProvider literal>
    EASAuthLDAPURL "ldaps://127.0.0.1/dc=example,dc=com"
    EASAuthLDAPTrustedCA $ca
    EASAuthLDAPBindDN cn=svc,dc=example,dc=com
    EASAuthLDAPBindPassword "open sesame"
</EASAuthProvider>
END

my $page = $client->request('GET', '/info')->body;
like($page, qr/EASAuthLDAPBindPassword\b.*\(literal, hidden\)/,
    'mod_info shows that there is a password');
unlike($page, qr/sesame/, 'and not which');

mkdir "$dir/running/htdocs/$_" for qw(open lowered);
file('running/htdocs/open/.htaccess', "Require all granted\n", 0644);
file('running/htdocs/lowered/.htaccess', "EASAuthRequireTLS Off\n", 0644);
file("running/htdocs/$_/x", 'x', 0644) for qw(open lowered);
is($client->request('GET', '/open/x')->status, 200,
    'AllowOverrideList lets .htaccess have a directive');
is($client->request('GET', '/lowered/x')->status, 500, 'but none of ours');
like($server->log_since(0),
    qr/EASAuthRequireTLS cannot occur within htaccess files/,
    'and the log says why');

my $mark = $server->mark;
$server->graceful;
my @warned = $server->log_since($mark) =~ /^(\[.*?\] .*EAS0203: .*)$/mg;
is(scalar @warned, 1, 'a reload warns once of a literal password');
like($warned[0], qr/^\[[^\]]+\] \[eas_auth:warn\] /,
    'as the error log is written');
unlike($server->log_since(0), qr/sesame/, 'the log does not hold it');
$server->stop;

done_testing();
