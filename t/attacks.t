# SPDX-License-Identifier: Apache-2.0
# Passwords that go where they should not, or more often than they should; and
# people who get in by a side door.  Each row was once a defect.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use POSIX ();
use EAS::Curl;
use EAS::Httpd;
use EAS::Peer;
use EAS::Port;
use EAS::Proc;
use EAS::Test;

plan tests => 34, need_module(qw(eas_auth ssl rewrite include));

my $ca    = ca();
my $dir   = scratch('attacks');
my @alice = (user => 'alice', password => 'alice:secret');
my $basic = EAS::Curl::basic('alice', 'alice:secret');

# --- directories that answer as they are told

my $UNAVAILABLE      = 52;
my $OPERATIONS_ERROR = 1;
my $INVALID          = 49;

# Until the test says so.
sub await_release {
    my $file = "$dir/release";
    EAS::Proc::wait_until(sub { -e $file }, 5);
    return 0;
}

# Ends the whole peer, so that nobody listens any more, and the connection.
sub vanish {
    my $parent = getppid;
    kill 'TERM', $parent;
    EAS::Proc::wait_until(sub { getppid != $parent }, 2);
    return undef;
}

my %answer = (
    # holds the second bind of a connection until it is released
    slow => sub { $_[0]{kind} eq 'bind' && $_[0]{nth} > 1 ? await_release() : 0 },
    # reads the second bind of a connection, and closes
    hangs_up => sub { $_[0]{nth} > 1 ? undef : 0 },
    vanishes => sub { $_[0]{nth} > 1 ? vanish() : 0 },
    spare    => sub { 0 },
    # takes its time to refuse the service account
    refusing => sub { select undef, undef, undef, 0.3; $INVALID },
    # cannot help on its first connection alone
    sick_search => sub {
        $_[0]{kind} eq 'search' && $_[0]{connection} == 1 ? $OPERATIONS_ERROR : 0;
    },
    sick_bind => sub { $_[0]{connection} == 1 ? $UNAVAILABLE : 0 },
);
my %peer = map { $_ => EAS::Peer->new(ldap => $answer{$_}) } keys %answer;

my $SEARCH = qq(EASAuthLDAPBindDN "cn=svc,dc=peer,dc=test"\n)
    . 'EASAuthLDAPBindPassword "of the service"';
my $DIRECT = 'EASAuthLDAPBindTemplate "uid=%u,dc=peer,dc=test"';

sub provider {
    my ($name, $lines, @servers) = @_;
    my $hosts = join ' ', map { '127.0.0.1:' . $peer{$_}->port } @servers;
    return <<"END";
<EASAuthProvider $name>
    EASAuthLDAPURL "ldap://$hosts/dc=peer,dc=test"
    EASAuthLDAPStartTLS Off
    EASAuthLDAPType OpenLDAP
    EASAuthLDAPTimeout connect=2s operation=6s total=8s
    $lines
</EASAuthProvider>
@{[ place($name, $name) ]}
END
}

sub place {
    my ($path, $provider, $more) = @_;
    return join "\n", "<Location /$path/>", 'AuthType EAS-Basic',
        'AuthName "Test mail"', "EASAuthProvider $provider",
        $more || 'Require valid-user', '</Location>', '';
}

# --- directories that speak one version of TLS; they show what they are sent

my @listening;
sub tls_only {
    my ($version) = @_;
    my $port = EAS::Port::free();
    my $log  = "$dir/$version.log";
    my @argv = (EAS::Proc::find('openssl'), 's_server', "-$version",
        '-cipher', 'DEFAULT@SECLEVEL=0', '-accept', "127.0.0.1:$port",
        '-cert', $ca->{server}{cert}, '-key', $ca->{server}{key});
    # It ends where its input does.
    pipe my $read, my $input or die "pipe: $!\n";
    my $pid = fork;
    die "fork: $!\n" unless defined $pid;
    if (!$pid) {
        open STDIN,  '<&', $read;
        open STDOUT, '>', $log;
        open STDERR, '>&', \*STDOUT;
        { no warnings 'exec'; exec @argv; }
        POSIX::_exit(127);
    }
    push @listening, { pid => $pid, input => $input };
    EAS::Proc::wait_until(sub { -e $log && EAS::Proc::read_file($log) =~ /ACCEPT/ }, 10)
        or die "s_server: " . EAS::Proc::tail($log, 5);
    return { port => $port, log => $log };
}
END {
    my $code = $?;
    EAS::Proc::stop($_->{pid}) for @listening;
    $? = $code;
}

my %tls = map { $_ => tls_only($_) } qw(tls1_1 tls1_2);
my $tls = join '', map { <<"END" . place($_, $_) } sort keys %tls;
<EASAuthProvider $_>
    EASAuthLDAPURL "ldaps://127.0.0.1:$tls{$_}{port}/dc=peer,dc=test"
    EASAuthLDAPTrustedCA $ca->{ca}
    EASAuthLDAPTimeout connect=1s operation=1s total=2s
    EASAuthLDAPType OpenLDAP
    $DIRECT
</EASAuthProvider>
END

# --- the servers

my %real = map { $_ => slapd($_) } qw(example other);
my $real = join '', map { <<"END" } sort keys %real;
<EASAuthProvider $_>
    EASAuthLDAPURL "@{[ $real{$_}->url('ldaps') ]}/@{[ $real{$_}->suffix ]}"
    EASAuthLDAPTrustedCA $ca->{ca}
    EASAuthLDAPBindDN "@{[ $real{$_}->service ]}"
    EASAuthLDAPBindPassword "@{[ $real{$_}->secret ]}"
    EASAuthLDAPType OpenLDAP
</EASAuthProvider>
END

my $port  = EAS::Port::free();
my $early = EAS::Port::free();
EAS::Proc::write_file("$dir/broken.lua",
    "function cannot_tell(r)\n  error('broken')\nend\n");

my $httpd = EAS::Httpd->new(dir => "$dir/httpd", one_child => 1,
    modules => [qw(rewrite include lua)], config => <<"END")->start;
Listen 127.0.0.1:$port
Listen 127.0.0.1:$early
EASAuthRequireTLS Off
# of everything that names no other
EASAuthProvider other
$real
$tls
@{[ provider(hangs_up => $DIRECT, 'hangs_up') ]}
@{[ provider(vanishes => $DIRECT, 'vanishes', 'spare') ]}
@{[ provider(refusing => $SEARCH, 'refusing') ]}
@{[ provider(sick_search => $SEARCH, 'sick_search') ]}
@{[ provider(sick_bind => $DIRECT, 'sick_bind') ]}

# looking ahead, before the sections of where it ends are known
RewriteEngine On
RewriteCond %{LA-U:REMOTE_USER} (.*)
RewriteRule ^/looked/ - [E=AHEAD:%1]
RewriteCond %{LA-U:REMOTE_USER} (.*)
RewriteRule ^/alias/(.*) /named/\$1 [E=AHEAD:%1,PT]
RewriteCond %{REQUEST_URI} -U
RewriteRule ^/tried/ - [E=AHEAD:tried]
<Location /alias/>
    AuthType EAS-Basic
    AuthName "Test mail"
    Require valid-user
</Location>
@{[ place(named => 'example') ]}
<DirectoryMatch "^$dir/httpd/htdocs/(?:looked|tried)">
    AuthType EAS-Basic
    AuthName "Test mail"
    EASAuthProvider example
    Require valid-user
</DirectoryMatch>

# open, with a header put in for a back end
<Location /open/>
    RequestHeader set Authorization "$basic"
    ErrorDocument 404 /guarded/x
</Location>
<Directory $dir/httpd/htdocs/open>
    Options +Includes
    AddOutputFilter INCLUDES .shtml
</Directory>
@{[ place(guarded => 'example') ]}
<VirtualHost 127.0.0.1:$early>
    RequestHeader set Authorization "$basic" early
    @{[ place(guarded => 'example') ]}
</VirtualHost>

# the page of a refusal, guarded as well and with another name for the back end
<Location /refused/>
    ErrorDocument 401 /page/x
</Location>
@{[ place(refused => 'example', "EASAuthRemoteUser mail\nRequire valid-user") ]}
@{[ place(page => 'example') ]}

LuaAuthzProvider broken $dir/broken.lua cannot_tell
@{[ place('cannot-tell' => 'example', "<RequireAll>\nRequire broken\nRequire valid-user\n</RequireAll>") ]}
END

my %file = map { ("$_/x" => "in $_\n") } qw(looked tried named guarded refused page
    cannot-tell hangs_up vanishes refusing sick_search sick_bind tls1_1 tls1_2);
$file{'open/part.shtml'} = '<!--#include virtual="/guarded/x" -->';
for my $name (sort keys %file) {
    my ($folder) = $name =~ m{^(.*)/};
    -d "$dir/httpd/htdocs/$folder" or mkdir "$dir/httpd/htdocs/$folder"
        or die "$folder: $!\n";
    EAS::Proc::write_file("$dir/httpd/htdocs/$name", $file{$name});
}
my $client = EAS::Curl->new(base => "http://127.0.0.1:$port");

sub ask {
    my ($path, @who) = @_;
    return $client->request('GET', $path, @who);
}

# What an answer and the module's decisions since a mark say.
sub told {
    my ($answer, $mark) = @_;
    my $retry = $answer->header('Retry-After');
    return join ' ', $answer->status,
        (map { $_->{reason} } $httpd->decisions($mark)),
        $retry && $retry >= 7 && $retry <= 375 ? 'retry' : ();
}

# One request, one test.
sub is_told {
    my ($path, $who, $expected, $name) = @_;
    my $mark   = $httpd->mark;
    my $answer = ask($path, @$who);
    is(told($answer, $mark), $expected, $name)
        or diag($answer->show, "\n", $httpd->log_since($mark));
    return $answer;
}

# --- mod_rewrite looks ahead with the directives of the server

my @of_other   = (user => 'shared', password => 'shared secret of other');
my @of_example = (user => 'shared', password => 'shared secret of example');
for (
    [ '/looked/x', 'LA-U and a Directory' ],
    [ '/tried/x',  '-U and a Directory' ],
    [ '/alias/x',  'LA-U and another Location' ],
    )
{
    my ($path, $name) = @$_;
    is(ask($path, @of_other)->status, 401,
        "$name: a person of the server's provider stays out");
    is(ask($path, @of_example)->status, 200,
        "$name: a person of its own provider gets in");
}

# --- a header that no client sent

is(ask('/guarded/x', @alice)->body, "in guarded\n",
    'the header of a client lets in');
for (
    [ '/open/missing',    404, 'an ErrorDocument' ],
    [ '/open/part.shtml', 200, 'an included part' ],
    )
{
    my ($path, $status, $name) = @$_;
    my $answer = ask($path);
    is($answer->status . ($answer->body =~ /in guarded/ ? ' shown' : ''),
        $status, "a header put in for a back end does not open $name");
}
is($client->request('GET', "http://127.0.0.1:$early/guarded/x")->status, 401,
    'nor one put in before anything else');

# --- a signal while the directory thinks

{
    my $at     = EAS::Port::free();
    my $slow   = $peer{slow};
    my $single = EAS::Httpd->new(dir => "$dir/prefork", mpm => 'prefork',
        config => <<"END")->start;
Listen 127.0.0.1:$at
StartServers 1
MinSpareServers 1
MaxSpareServers 1
ServerLimit 1
MaxRequestWorkers 1
EASAuthRequireTLS Off
@{[ provider(slow => $DIRECT, 'slow') ]}
END
    mkdir "$dir/prefork/htdocs/slow";
    EAS::Proc::write_file("$dir/prefork/htdocs/slow/x", "in slow\n");
    my @request = ('GET', "http://127.0.0.1:$at/slow/x", @alice);
    is($client->request(@request)->status, 200,
        'prefork: a connection to the directory is open');
    pipe my $read, my $write or die "pipe: $!\n";
    my $pid = fork;
    die "fork: $!\n" unless defined $pid;
    if (!$pid) {
        syswrite $write, $client->request(@request)->status;
        POSIX::_exit(0);
    }
    close $write;
    EAS::Proc::wait_until(sub { $slow->requests('bind') == 2 }, 5)
        or diag('the second bind did not come');
    kill 'USR1', $single->children;
    # A bind sent again would be seen within this.
    EAS::Proc::wait_until(sub { $slow->requests('bind') > 2 }, 0.5);
    EAS::Proc::write_file("$dir/release", '');
    my $status = do { local $/; <$read> };
    waitpid $pid, 0;
    is($slow->requests('bind'), 2,
        'a signal while a bind is under way: it is not sent again');
    is($status, 200, 'and is waited for');
    $single->stop;
    is(join("\n", $single->unexpected(qr/EAS0300: /, qr/EAS02\d\d: /,
            qr/AH00161/)), '', 'prefork: nothing unexpected in the log');
}

# --- a directory that hangs up on a bind

is_told('/hangs_up/x', \@alice, '200 granted', 'a connection is open');
is_told('/hangs_up/x', \@alice, '503 directory-down retry',
    'closed on a bind: 503');
is($peer{hangs_up}->requests('bind'), 2, 'and the bind is not sent again');
is_told('/vanishes/x', \@alice, '200 granted', 'the first of two answers');
is_told('/vanishes/x', \@alice, '503 directory-down retry',
    'gone on a bind: 503');
is($peer{vanishes}->requests('bind') . ' ' . $peer{spare}->requests('bind'),
    '2 0', 'and the second server does not get the password');

# --- a wrong password of the service account, and many phones

{
    my @answers = $client->requests({ parallel => 1 },
        phones('/refusing/x', 40));
    is(join(' ', map { $_->status } @answers), join(' ', (503) x 40),
        'a wrong service password: 503 for 40 at once');
    is($peer{refusing}->requests('service'), 1, 'and one bind');
}

# --- a refused password is refused

{
    my ($mark, $log) = ($real{example}->mark, $httpd->mark);
    is(ask('/refused/x', user => 'alice', password => 'wrong')->status, 401,
        'a wrong password');
    is(join(' ', map { $_->{reason} } $httpd->decisions($log)),
        'wrong-password', 'is decided about once');
    is($real{example}->count(kind => 'BIND', like => qr/uid=alice/,
            since => $mark),
        1, 'and not tried again for the page that says so');
}

# --- old TLS

is_told('/tls1_1/x', \@alice, '503 directory-tls retry',
    'a directory that speaks only TLS 1.1: 503');
ask('/tls1_2/x', @alice);
is_deeply([ map { index(EAS::Proc::read_file($tls{$_}{log}), 'alice:secret') >= 0
                ? "$_ got it" : () } sort keys %tls ],
    ['tls1_2 got it'], 'and it gets no password, as one of TLS 1.2 does');

# --- a Require line that fails before anybody is known

is_told('/cannot-tell/x', [], '503 authz-unavailable retry',
    'a Require line that fails before anybody is known: 503');

# --- a connection on which the directory cannot help is not used again

is_told('/sick_search/x', \@alice, '503 directory-error retry',
    'operationsError to a search: 503');
is_told('/sick_search/x', \@alice, '200 granted',
    'and the next one is another connection');
is_told('/sick_bind/x', \@alice, '503 directory-busy retry',
    'unavailable to a bind: 503');
is_told('/sick_bind/x', \@alice, '200 granted',
    'and the next one is another connection as well');

is(join("\n", $httpd->unexpected(qr/EAS0300: /,
        qr/EAS02\d\d: .*(?:TLS|literal|password)/i,
        qr/\[include:error\] .* unable to include "\/guarded\/x"/,
        qr/\[lua:error\] .* AH02316: .* authz provider broken: /)),
    '', 'nothing unexpected in the log');
is_quiet();
