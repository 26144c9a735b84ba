# SPDX-License-Identifier: Apache-2.0
# Servers that share a cache: what one has been told another knows, and the
# server between them is believed in nothing.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use Digest::MD5 ();
use Digest::SHA ();
use IO::Socket::INET;
use MIME::Base64 ();
use EAS::Curl;
use EAS::Httpd;
use EAS::Memcached;
use EAS::Port;
use EAS::Redis;
use EAS::Slapd;
use EAS::Test;

plan tests => 89, need_module(qw(eas_auth));

my $ca    = ca();
my $dir   = scratch('farm');
# Whose password the manager has set need not change it, and nobody is locked
# soon.
(my $ldif = EAS::Proc::read_file("$FindBin::Bin/slapd/example.ldif"))
    =~ s/^(pwdMustChange: )TRUE|^(pwdMaxFailure: )3/$1 ? "$1FALSE" : "${2}20"/gme;
my $slapd = EAS::Slapd->new(dir => "$dir/slapd", ca => $ca->{ca},
    ldif => EAS::Proc::write_file("$dir/ldif", $ldif),
    certificate => $ca->{server})->start;
EAS::Proc::write_file("$dir/service", $slapd->secret, 0600);
EAS::Proc::write_file("$dir/$_", $_ x 40, 0600) for qw(ours theirs);

# --- servers

# An httpd.  Options: cache => of EASAuthCache, secret => ours|theirs|none,
# provider => more lines of it, more => lines of the server
sub server {
    my ($name, %opt) = @_;
    my $port   = EAS::Port::free();
    my $secret = $opt{secret} || 'ours';
    my $cache  = "EASAuthCache $opt{cache}\n";
    $cache .= "EASAuthCacheSecret file:$dir/$secret\n" if $secret ne 'none';
    $cache .= "RedisTimeout 200ms\n" if $opt{cache} =~ /^redis/;
    my $httpd = EAS::Httpd->new(
        dir       => "$dir/$name",
        modules   => [ map { "socache_$_" } qw(redis memcache) ],
        one_child => 1,
        shield    => 1,
        config    => <<"END")->start;
Listen 127.0.0.1:$port
KeepAlive Off
AliasMatch ^ $dir/$name/htdocs/x
$cache
EASAuthLedger accounts=1000
@{[ $opt{more} || '' ]}
<EASAuthProvider staff>
    EASAuthLDAPURL "@{[ $slapd->url('ldaps') ]}/@{[ $slapd->suffix ]}"
    EASAuthLDAPTrustedCA $ca->{ca}
    EASAuthLDAPBindDN "@{[ $slapd->service ]}"
    EASAuthLDAPBindPassword file:$dir/service
    EASAuthLDAPTimeout connect=2s operation=2s total=4s
    EASAuthLDAPRemember 0s
    @{[ $opt{provider} || '' ]}
</EASAuthProvider>
<Location />
    AuthType EAS-Basic
    AuthName "Test mail"
    EASAuthRequireTLS Off
    EASAuthProvider staff
    Require valid-user
    Header always set X-User "expr=%{REMOTE_USER}"
    Header always set X-Source "expr=%{reqenv:EAS_SOURCE}"
</Location>
END
    EAS::Proc::write_file("$dir/$name/htdocs/x", "in\n");
    return { httpd => $httpd, port => $port };
}

sub redis { return EAS::Redis->new(dir => "$dir/$_[0]")->start }

sub farm { return 'redis:127.0.0.1:' . $_[0]->port }

# --- requests, each on a connection of its own

sub send_login {
    my ($server, $user, $password) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
        PeerPort => $server->{port}, Timeout => 10) or die "httpd: $@\n";
    print {$socket} "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        . 'Authorization: ' . EAS::Curl::basic($user, $password)
        . "\r\n\r\n";
    return $socket;
}

# Status, REMOTE_USER where there is one, and by whom.
sub read_answer {
    my ($socket) = @_;
    my $answer = do { local $/; <$socket> };
    my ($status) = ($answer || '') =~ m{^HTTP/1.1 (\d+)} or return 'closed';
    return join ' ', $status,
        map { $answer =~ /^\Q$_\E: (\S+)\r$/m ? $1 : () } qw(X-User X-Source);
}

sub ask { return read_answer(send_login(@_)) }

# A login, what it comes to, and what it costs the directory.
sub costs {
    my ($name, $answer, $cost, @login) = @_;
    my $mark = $slapd->mark;
    my $got  = ask(@login);
    is("$got, " . ($slapd->summary($mark) || 'nothing'), "$answer, $cost",
        $name);
    return;
}

sub count {
    my ($text, $id) = @_;
    my $count = () = $text =~ /\Q$id\E: /g;
    return $count;
}

# The records of a store by their keys.
sub records {
    my ($redis) = @_;
    return map { $_ => $redis->call('get', $_) }
        @{ $redis->call('keys', '*') };
}

# The keys of what a login leaves in a store.
sub left_by {
    my ($redis, @login) = @_;
    my %before = records($redis);
    ask(@login);
    my %after = records($redis);
    return grep { !exists $before{$_} } sort keys %after;
}

# What httpd's own modules say of a failing cache server, each time.
sub stopped {
    my ($name, @servers) = @_;
    $_->{httpd}->stop for @servers;
    is(join("\n", map { $_->{httpd}->unexpected(qr/EAS034[57]: /,
                qr/EAS036[14]: /,
                qr/EAS0204: /, qr/EAS0300: (?!internal|misconf)/,
                qr/AH0(?:347[89]|3480|079[0-2]): /) } @servers),
        '', "$name: nothing unexpected in the logs");
    return;
}

my $ALICE = 'alice:secret';
my $BIND  = 'BIND=1 SRCH=1';

# --- what one is told, all know

my $redis = redis('redis');
my $first  = server('first',  cache => farm($redis));
my $second = server('second', cache => farm($redis));
# Connections are made, and the directory's policy is known.
ask($first,  'frank', 'frank secret');
ask($second, 'frank', 'wrong');

my ($alice) = left_by($redis, $first, 'alice', $ALICE);
costs('again', '200 alice cache', 'nothing', $first, 'alice', $ALICE);
costs('the second looks whose it is, no more', '200 alice cache', 'SRCH=1',
    $second, 'alice', $ALICE);
costs('and then knows that too', '200 alice cache', 'nothing', $second,
    'alice', $ALICE);
costs('another password is asked about', '401 directory', $BIND, $second,
    'alice', 'guess');

# --- a password changes

my $old = $redis->call('get', $alice);
$slapd->replace('uid=alice,' . $slapd->people, 'userPassword', 'alice new');
costs('until then the old one is good', '200 alice cache', 'nothing', $second,
    'alice', $ALICE);
costs('the new one, at the first', '200 alice directory', $BIND, $first,
    'alice', 'alice new');
costs('sends the old one back at the second', '401 directory', $BIND, $second,
    'alice', $ALICE);
costs('where it is known then', '401 ledger', 'nothing', $second, 'alice',
    $ALICE);
costs('and the new one is', '200 alice cache', 'nothing', $second, 'alice',
    'alice new');
costs('the first server has to ask itself', '401 directory', $BIND, $first,
    'alice', $ALICE);

# The record of the good old days.
my $new = $redis->call('get', $alice);
$redis->call('setex', $alice, 600, $old);
for my $server ($first, $second) {
    costs('an old record put back: the old password stays refused',
        '401 ledger', 'nothing', $server, 'alice', $ALICE);
}
costs('and the new one is asked about', '200 alice directory', $BIND, $first,
    'alice', 'alice new');
$redis->call('setex', $alice, 600, $old);
costs('also at the other', '200 alice directory', $BIND, $second, 'alice',
    'alice new');

# --- what the store holds

ask($first, 'bob', 'bob secret');
ask($first, 'bob', 'not bob');
my %record = records($redis);
is(join(' ', map { length $_ } sort keys %record), '41 41 41',
    'three people, three records');
is(scalar(grep { !/^eas-auth:[0-9a-f]{32}\z/ } keys %record), 0,
    'of keys that say nothing');
is(scalar(grep { !/^EAS\x01/ } values %record), 0, 'each of them sealed');
my @spans = map { $redis->call('ttl', $_) } keys %record;
is(scalar(grep { $_ < 1 || $_ > 602 } @spans), 0, 'for ten minutes');

# A text, and what is as good as it to somebody with a list of words.
sub forms {
    my ($text) = @_;
    my @sums = map { $_->($text) } \&Digest::MD5::md5, \&Digest::SHA::sha1,
        \&Digest::SHA::sha224, \&Digest::SHA::sha256, \&Digest::SHA::sha384,
        \&Digest::SHA::sha512;
    return ($text, MIME::Base64::encode_base64($text, ''), scalar reverse($text),
        unpack('H*', $text), map { ($_, unpack('H*', $_),
            MIME::Base64::encode_base64($_, '')) } @sums);
}

my @PASSWORDS = ($ALICE, 'alice new', 'bob secret', 'not bob',
    'frank secret');
my @NAMES = map { ($_, "uid=$_,ou=people,dc=example,dc=test",
        "$_\@example.com") } qw(alice bob frank);
my @TELLTALES = map { forms($_) } @PASSWORDS, @NAMES, 'example.test',
    'dc=example', 'staff', map { ("alice:$_", "alice$_", "bob:$_") } @PASSWORDS;

sub found_in {
    my ($text) = @_;
    # Three letters are found in random bytes by chance.
    my $lower = lc $text;
    return join ' ', grep { length > 4 && index($lower, lc) >= 0 } @TELLTALES;
}

is(found_in(join "\n", %record), '', 'no password, name or digest among them');

# --- the memory that the processes of one server share

{
    my $server = server('memory', cache => 'shm(1M)', secret => 'none');
    ask($server, 'alice', 'alice new');
    is(ask($server, 'alice', 'alice new'), '200 alice cache',
        'shared memory: known');
    is(ask($server, 'bob', 'not bob'), '401 directory', 'and a wrong one');
    my $memory = shared_memory(($server->{httpd}->children)[0]);
    like($memory, qr/EAS\x01/, 'shared memory: it has sealed records');
    is(found_in($memory), '', 'no password, name or digest in it');
    stopped('shared memory', $server);
}

# What a process shares of no file.
sub shared_memory {
    my ($pid) = @_;
    no warnings 'portable';    # addresses have 64 bits
    my $text = '';
    open my $memory, '<:raw', "/proc/$pid/mem" or die "mem of $pid: $!\n";
    for (split /\n/, EAS::Proc::read_file("/proc/$pid/maps")) {
        my ($from, $to) = m{^([0-9a-f]+)-([0-9a-f]+) rw-s .*/dev/zero} or next;
        my $length = hex($to) - hex $from;
        sysseek $memory, hex $from, 0 or die "mem of $pid: $!\n";
        while ($length > 0) {
            my $got = sysread $memory, $text, $length, length $text
                or die "mem of $pid: $!\n";
            $length -= $got;
        }
    }
    return $text;
}

# --- others at the same store

{
    my %other = (
        'another secret' => server('secret', cache => farm($redis),
            secret => 'theirs'),
        'another configuration' => server('config', cache => farm($redis),
            provider => 'EASAuthDomain OTHER'),
    );
    ask($first, 'alice', 'alice new');
    for my $name (sort keys %other) {
        ask($other{$name}, 'frank', 'wrong');
        costs("$name: nothing is known", '200 alice directory', $BIND,
            $other{$name}, 'alice', 'alice new');
        costs("$name: but its own", '200 alice cache', 'nothing',
            $other{$name}, 'alice', 'alice new');
        costs("$name: nor is anything lost", '200 alice cache', 'nothing',
            $first, 'alice', 'alice new');
        my ($theirs) = left_by($redis, $other{$name}, 'bob', 'bob secret');
        my $ours = $redis->call('get', $alice);
        $redis->call('setex', $alice, 600, $redis->call('get', $theirs));
        costs("$name: a record of theirs is none", '200 alice directory',
            $BIND, $first, 'alice', 'alice new');
    }
    stopped('others', values %other);
}

# --- a store that lies

{
    # Whom nothing is remembered against: each wrong password is asked about.
    my $server = server('lies', cache => farm($redis),
        more => 'EASAuthLockout mode=off');
    my ($carol) = left_by($redis, $server, 'carol', 'carol secret');
    my ($dave)  = left_by($redis, $server, 'dave',  'dave secret');
    my %kept    = map { $_ => $redis->call('get', $_) } $carol, $dave;
    my $wrong   = 0;

    # What carol's logins come to while this is her record.
    my $lie = sub {
        my ($value) = @_;
        my @logins = ([ 'carol', 'carol secret' ], [ 'carol', 'dave secret' ],
            [ 'carol', 'wrong ' . $wrong++ ], [ 'carol', substr $value, 0, 8 ]);
        return join ', ', map {
            $redis->call('setex', $carol, 600, $value);
            ask($server, @$_) =~ /(.*)/;
        } grep { $_->[1] !~ /[\0\r\n]/ && length $_->[1] } @logins;
    };
    my $whole = $kept{$carol};
    like($lie->($whole), qr/^200 carol cache, 401 \w+, 401 directory(, 401 \w+)?$/,
        'her own record is taken, for her password alone');
    my $honest = qr/^200 carol directory, 401 \w+, 401 directory(, 401 \w+)?$/;
    my %lies = (
        "dave's record"      => $kept{$dave},
        'nothing'            => '',
        'its mark'           => substr($whole, 0, 4),
        'half of it'         => substr($whole, 0, length($whole) / 2),
        'one byte less'      => substr($whole, 0, -1),
        'one byte more'      => $whole . 'x',
        'it twice'           => $whole x 2,
        'her front, his end' => substr($whole, 0, 32)
            . substr($kept{$dave}, 32),
        'zeros'              => "\0" x length $whole,
        'a text'             => 'granted',
        'ten thousand bytes' => $whole . "\0" x 10_000,
    );
    for my $name (sort grep { $_ ne 'ten thousand bytes' } keys %lies) {
        like($lie->($lies{$name}), $honest, "for her record, $name");
    }
    my %said;
    for my $at (0 .. length($whole) - 1) {
        my $value = $whole;
        substr($value, $at, 1) ^= chr(1 << $at % 8);
        $redis->call('setex', $carol, 600, $value);
        $said{ ask($server, 'carol', 'carol secret') }++;
    }
    is(join(' ', %said), '200 carol directory ' . length $whole,
        'a bit of it, anywhere');
    $redis->call('setex', $carol, 600, $kept{$dave});
    $redis->call('setex', $dave,  600, $whole);
    is(ask($server, 'dave', 'carol secret'), '401 directory',
        'two records exchanged: her password is not his');
    is(ask($server, 'dave', 'dave secret'), '200 dave directory',
        'nor is his refused');

    # Longer than any record: no answer, so that the server is left alone.
    my $mark = $server->{httpd}->mark;
    like($lie->('x' x 1_000_000), $honest, 'for her record, a million bytes');
    is(count($server->{httpd}->log_since($mark), 'EAS0345'), 1,
        'which is said once');
    $server->{httpd}->graceful;
    $redis->call('del', $carol);
    $redis->call('rpush', $carol, $whole);
    is(ask($server, 'carol', 'carol secret'), '200 carol directory',
        'for her record, a list');
    stopped('a store that lies', $server);
}

# --- it goes away, and comes back later

$redis->crash;
my $mark = $first->{httpd}->mark;
for my $n (1 .. 3) {
    costs("the store is gone: login $n goes on", '200 bob directory', 'BIND=1 SRCH=1',
        $first, 'bob', 'bob secret');
}
is(count($first->{httpd}->log_since($mark), 'EAS0345'), 1,
    'which is said once');
$redis->start;

# --- it hangs

{
    my $store  = redis('hangs');
    my @server = map { server("hangs$_", cache => farm($store)) } 1, 2;
    ask($server[0], 'bob', 'bob secret');
    is(ask($_, 'bob', 'bob secret'), '200 bob cache', 'a store that answers')
        for @server;
    my @mark = map { $_->{httpd}->mark } @server;
    $store->pause;
    my @sockets = map { send_login($server[ $_ % 2 ], 'bob', 'bob secret') }
        1 .. 40;
    is(join(' ', grep { $_ ne '200 bob directory' }
                map { read_answer($_) } @sockets),
        '', 'a store that hangs: everybody logs in');
    is(ask($server[0], 'bob', 'wrong'), '401 directory',
        'a store that hangs: but who may not');
    is(join(' ', map {
                count($server[$_]{httpd}->log_since($mark[$_]), 'EAS0345')
            } 0, 1),
        '1 1', 'which each says once');
    $store->resume;
    stopped('a store that hangs', @server);
}

# --- it is full

{
    my $store  = redis('full');
    my $server = server('full', cache => farm($store));
    ask($server, 'alice', 'alice new');
    $store->ask('config', 'set', 'maxmemory', '1');
    is(ask($server, 'bob', 'bob secret'), '200 bob directory',
        "a full store: login $_ goes on") for 1, 2;
    is(ask($server, 'alice', 'alice new'), '200 alice cache',
        'a full store: what is there is used');
    is(ask($server, 'alice', $ALICE), '401 directory',
        'a full store: what is wrong is refused');
    is(count($server->{httpd}->log_since(0), 'EAS0347'), 1,
        'which is said once');
    stopped('a full store', $server);
}

# --- other stores

{
    my $store  = EAS::Memcached->new(dir => "$dir/memcached")->start;
    my @server = map {
        server("memcache$_", cache => 'memcache:127.0.0.1:' . $store->port)
    } 1, 2;
    ask($_, 'frank', 'wrong') for @server;
    costs('memcached: asked at one', '200 bob directory', $BIND, $server[0],
        'bob', 'bob secret');
    costs('memcached: known at the other', '200 bob cache', 'SRCH=1',
        $server[1], 'bob', 'bob secret');
    costs('memcached: another password is not', '401 directory', $BIND,
        $server[1], 'bob', 'bob secrex');
    stopped('memcached', @server);
}
{
    my $server = server('shmcb', cache => 'shmcb:run/c(512000)',
        secret => 'none');
    ask($server, 'bob', 'bob secret');
    costs('shmcb: known', '200 bob cache', 'nothing', $server, 'bob',
        'bob secret');
    $server->{httpd}->graceful;
    # and the new process reads the policy
    costs('shmcb: a reload empties it', '200 bob directory', 'BIND=1 SRCH=2',
        $server, 'bob', 'bob secret');
    costs('shmcb: known again', '200 bob cache', 'nothing', $server, 'bob',
        'bob secret');
    stopped('shmcb', $server);
}
{
    my $server = server('none', cache => 'none', secret => 'none');
    ask($server, 'bob', 'bob secret');
    costs('no cache: each login is asked about', '200 bob directory', $BIND,
        $server, 'bob', 'bob secret') for 1, 2;
    costs('no cache: a wrong one too', '401 directory', $BIND, $server, 'bob',
        'wrong');
    costs('no cache: once', '401 ledger', 'nothing', $server, 'bob', 'wrong');
    stopped('no cache', $server);
}

# --- two servers count for themselves, each half of it

{
    my @server = map {
        server("half$_", cache => farm($redis),
            more => 'EASAuthLockout attempts=4 servers=2')
    } 1, 2;
    my $mark = $slapd->mark;
    for my $n (0, 1) {
        is(join(', ', map { ask($server[$n], 'frank', "guess $n$_") } 1 .. 4),
            '401 directory, 401 directory, 503 ledger, 503 ledger',
            "servers=2: half of four guesses at server $n");
    }
    is($slapd->count(kind => 'BIND', like => qr/uid=frank/, since => $mark), 4,
        'which are four');
    stopped('servers=2', @server);
}

# --- the first store is back, and is looked at again after half a minute

ok(EAS::Proc::wait_until(
        sub { ask($first, 'bob', 'bob secret') eq '200 bob cache' }, 45),
    'the store is back');
costs('and shared again', '200 bob cache', 'SRCH=1', $second, 'bob',
    'bob secret');
is(count($first->{httpd}->log_since(0), 'EAS0346'), 1, 'which is said once');
stopped('the first two', $first, $second);
is_quiet();
