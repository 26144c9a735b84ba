# SPDX-License-Identifier: Apache-2.0
# What a decision leaves behind: environment, notes, REMOTE_USER, AUTH_TYPE,
# the log line; and whose address is in it.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use EAS::Curl;
use EAS::Httpd;
use EAS::Port;
use EAS::Test;

my @NAMES = qw(EAS_USER EAS_DOMAIN EAS_METHOD EAS_REASON EAS_SOURCE
    EAS_PROVIDER);

my $script = "#!$^X\n" . <<'END';
print "Content-Type: text/plain\r\n\r\n";
print map { "$_=$ENV{$_}\n" }
    grep { /^(EAS_|REMOTE_USER|AUTH_TYPE|HTTP_AUTHORIZATION)/ } sort keys %ENV;
END
site_file("cgi/$_", $script, 0755) for qw(env.cgi pass/env.cgi);

# Location, login, then the six values as a LogFormat writes them
my @notes = (
    [ '/r/basic/x', 'EXAMPLE\ALICE', 'alice:secret',
        '200 alice granted alice EXAMPLE password directory example' ],
    [ '/r/basic/x', 'robert@elsewhere.example', 'bob secret',
        '200 bob granted bob EXAMPLE password directory example' ],
    [ '/r/nodomain/x', 'alice', 'alice:secret',
        '200 alice granted alice - password directory nodomain' ],
    [ '/r/both/x', 'olga', 'olga secret',
        '200 OTHER\\\\olga granted olga OTHER password directory other' ],
    [ '/r/as-mail/x', 'alice', 'alice:secret',
        '200 alice@example.com granted alice EXAMPLE password directory example' ],
    [ '/r/basic/x', 'alice', wrong(),
        '401 - wrong-password alice EXAMPLE password directory example' ],
    [ '/r/basic/x', 'nobody', wrong(),
        '401 - unknown-user nobody - password directory example' ],
    [ '/r/basic/x', 'NOWHERE\alice', 'x',
        '401 - unknown-user NOWHERE\\\\alice - password none -' ],
    [ '/r/basic/x', undef, undef, '401 - no-credential - - - none -' ],
    [ '/r/req/alice/x', 'bob', 'bob secret',
        '403 bob not-authorized bob EXAMPLE password directory example' ],
    [ '/r/none/x', 'alice', 'x', '200 - - - - - - -' ],
);

plan tests => @notes + 20,
    need_module(qw(eas_auth ssl proxy_http cgid remoteip));

# --- notes, in a LogFormat

sub logged {
    my ($tag) = @_;
    my $file = Apache::Test::vars('t_logs') . '/eas_log';
    my $line;
    EAS::Proc::wait_until(
        sub {
            ($line) = EAS::Proc::read_file($file) =~ /^(.*) \Q$tag\E$/m;
            defined $line;
        }, 5);
    return $line;
}

my $n = 0;
for (@notes) {
    my ($path, $login, $password, $expected) = @$_;
    my $tag = 'tag' . $n++;
    site('tls')->request('GET', $path, headers => { 'X-Test' => $tag },
        defined $login ? (user => $login, password => $password) : ());
    is(logged($tag), $expected,
        'LogFormat: ' . (defined $login ? $login : 'nobody') . " at $path");
}

# --- a CGI's environment

sub cgi {
    my ($path, $login, $password) = @_;
    my $answer = site('tls')->request('GET', $path, user => $login,
        password => $password);
    return $answer->body;
}

my $identity = <<'END';
EAS_DOMAIN=EXAMPLE
EAS_METHOD=password
EAS_PROVIDER=example
EAS_REASON=granted
EAS_SOURCE=directory
EAS_USER=alice
END
is(cgi('/cgi/env.cgi', 'EXAMPLE\ALICE', 'alice:secret'),
    "AUTH_TYPE=Basic\n${identity}REMOTE_USER=alice\n",
    'CGI: AUTH_TYPE Basic, the canonical REMOTE_USER, no Authorization');
my $header = EAS::Curl::basic('EXAMPLE\ALICE', 'alice:secret');
is(cgi('/cgi/pass/env.cgi', 'EXAMPLE\ALICE', 'alice:secret'),
    "AUTH_TYPE=Basic\n${identity}HTTP_AUTHORIZATION=$header\nREMOTE_USER=alice\n",
    'CGI with CGIPassAuth: Authorization as it was sent');

# --- the back end

{
    my $odd = 'bAsIc ' . (EAS::Curl::basic("j\xfcrgen", "geheim-\xfc") =~ /(\S+)$/)[0];
    my $body = site('tls')->request('GET', '/r/basic/x',
        authorization => $odd)->body;
    like($body, qr/^Authorization: \Q$odd\E$/m,
        'Authorization is passed on byte for byte');
    like($body, qr/^X-Auth-Type: Basic$/m, 'AUTH_TYPE is Basic for a back end');
    like($body, qr/^X-Eas-User: j\xc3\xbcrgen$/m, 'EAS_USER');
    for (map { s/EAS_//r } @NAMES[ 1 .. $#NAMES ]) {
        my %value = (DOMAIN => 'EXAMPLE', METHOD => 'password',
            REASON => 'granted', SOURCE => 'directory',
            PROVIDER => 'example');
        like($body, qr/^X-Eas-\u\L$_\E: $value{$_}$/m, "EAS_$_");
    }
}

# --- the log line

{
    my $mark = log_mark();
    site('tls')->request('GET', '/r/basic/x', user => 'alice',
        password => 'alice:secret');
    site('tls')->request('GET', '/r/basic/x', user => 'alice',
        password => 'wrong guess');
    site('tls')->request('GET', '/r/basic/x', user => 'secret typed as login',
        password => 'x');
    my $text = log_since($mark);
    unlike($text, qr/alice:secret|wrong guess|YWxpY2U6/,
        'no password in the log, in clear or in base64');
    my @decided = decisions($mark);
    is_deeply(
        [ map { join ' ', @$_{qw(level reason login user method provider source)} }
                @decided[ 0, 1 ] ],
        [ 'info granted alice alice password example directory',
          'notice wrong-password alice alice password example directory' ],
        'one line for each decision, with its fields');
    like($decided[0]{client}, qr/^(?:127\.0\.0\.1|::1):\d+$/,
        'and the client\'s address');
}

# --- whose address: servers of our own, with and without mod_remoteip

sub own_server {
    my ($name, $remoteip, @modules) = @_;
    my $dir     = scratch($name);
    my $port    = EAS::Port::free();
    my $example = slapd('example');
    my $server  = EAS::Httpd->new(dir => $dir, modules => \@modules,
        one_child => 1,
        config => <<"END")->start;
Listen 127.0.0.1:$port
SSLEngine on
SSLCertificateFile @{[ ca()->{server}{cert} ]}
SSLCertificateKeyFile @{[ ca()->{server}{key} ]}
$remoteip
<EASAuthProvider example>
    EASAuthLDAPURL "@{[ $example->url('ldaps') ]}/@{[ $example->suffix ]}"
    EASAuthLDAPTrustedCA @{[ ca()->{ca} ]}
    EASAuthLDAPBindDN "@{[ $example->service ]}"
    EASAuthLDAPBindPassword file:$ENV{EAS_STATE}/example.secret
</EASAuthProvider>
<Location />
    AuthType EAS-Basic
    AuthName "Test mail"
    EASAuthProvider example
    Require valid-user
</Location>
END
    my $client = EAS::Curl->new(base => "https://localhost:$port",
        cacert => ca()->{ca});
    return ($server, $client);
}

my %forwarded = (headers => { 'X-Forwarded-For' => '203.0.113.9' },
    user => 'alice', password => 'wrong');
{
    my ($server, $client) = own_server('without', '');
    $client->request('GET', '/x', user => 'alice', password => 'wrong');
    is(() = $server->log_since(0) =~ /EAS0310/g, 0,
        'without X-Forwarded-For nothing is said of it');
    $client->request('GET', '/x', %forwarded) for 1 .. 3;
    is(() = $server->log_since(0) =~ /:warn\] .*EAS0310/g, 1,
        'X-Forwarded-For without mod_remoteip: one warning');
    like(join(' ', map { $_->{client} } $server->decisions(0)),
        qr/^(?:127\.0\.0\.1:\d+ ?){4}$/,
        'and nobody believes it');
    is(join("\n", $server->unexpected(qr/EAS0310/)), '', 'nothing else');
}
{
    my ($server, $client) = own_server('with',
        "RemoteIPHeader X-Forwarded-For\nRemoteIPInternalProxy 127.0.0.1",
        'remoteip');
    $client->request('GET', '/x', %forwarded);
    my @decided = $server->decisions(0);
    like($decided[0]{client}, qr/^203\.0\.113\.9(?::\d+)?$/,
        'with mod_remoteip the phone\'s address is in the log');
    is(join("\n", $server->unexpected), '', 'and no warning');
}
expect_log(
    qr/\[authz_core:error\] .* AH01631: user bob: authorization failure/);
is_quiet();
