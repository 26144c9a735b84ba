# SPDX-License-Identifier: Apache-2.0
# The store of verdicts in httpd's socache providers, by itself: a module made
# for this test (t/socache_handler.c) does to it what a path says.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use IO::Socket::INET;
use EAS::Curl;
use EAS::Httpd;
use EAS::Memcached;
use EAS::Port;
use EAS::Redis;
use EAS::Test;

my %STORE = (
    redis    => { class => 'EAS::Redis',     get => 'get', put => 'setex' },
    memcache => { class => 'EAS::Memcached', get => 'get', put => 'set' },
);

# What is done to a store, and what comes of it.
my @ROWS = (
    [ 'nothing is there at first',  'get/a',          'not found' ],
    [ 'a record is kept',           'put/a/60/first', 'done' ],
    [ 'and found',                  'get/a',          'first' ],
    [ 'under no other key',         'get/b',          'not found' ],
    [ 'another one is kept',        'put/b/60/other', 'done' ],
    [ 'and the first is the same',  'get/a',          'first' ],
    [ 'a record is replaced',       'put/a/60/again', 'done' ],
    [ 'by the new one',             'get/a',          'again' ],
    [ 'a record is dropped',        'drop/a',         'done' ],
    [ 'and gone',                   'get/a',          'not found' ],
    [ 'what is gone may be dropped', 'drop/a',        'done' ],
    [ 'the other one is there',     'get/b',          'other' ],
    [ 'the longest record is kept',
        'put/long/60/*4096', 'done' ],
    [ 'and found whole',            'get/long',       '*4096' ],
    [ 'a longer one is not taken',
        'put/longer/60/*4097', 'too long' ],
    [ 'nor found',                  'get/longer',     'not found' ],
    # more seconds than memcached takes for a span
    [ 'a span of a year',           'put/year/31536000/x', 'done' ],
    [ 'is no date long ago',        'get/year',       'x' ],
    [ 'a short one',                'put/short/1/x',  'done' ],
);

# What a server that lies says to everything, and what comes of a get.
my @LIES = (
    [ 'no protocol at all', "HTTP/1.1 400 Bad Request\r\n\r\n", 'failed' ],
    [ 'an error',           "-ERR no\r\n",             'failed' ],
    [ 'another kind',       ":1\r\n",                  'failed' ],
    [ 'a negative length',  "\$-2\r\n",                'failed' ],
    [ 'a very negative one', "\$-99\r\n",              'failed' ],
    [ 'a record too long',  "\$5000\r\n" . 'x' x 5000 . "\r\n", 'failed' ],
    [ 'half a record',      "\$100\r\nabc",            'failed' ],
    [ 'a record longer than memory', "\$99999999999\r\nabc", 'failed' ],
    [ 'a record that never ends', "\$4000\r\nabc", 'timed out', 'open' ],
    [ 'half a line',        "\$1",                     'timed out', 'open' ],
);


plan tests => 2 * (@ROWS + 21) + 8 + (@ROWS + 7) + @LIES + 3 + 25 + 1,
    need_module(qw(eas_auth));

my $dir = scratch('socache');
EAS::Proc::write_file("$dir/secret", 'x' x 48 . "\n", 0600);

# An httpd with a store, and how it is talked to.
sub store_of {
    my ($name, $config, %opt) = @_;
    my $port  = EAS::Port::free();
    my $httpd = EAS::Httpd->new(
        dir       => "$dir/$name",
        module    => $ENV{EAS_STORE_MODULE},
        shield    => 1,
        modules   => [ map { "socache_$_" } qw(redis memcache dbm) ],
        one_child => 1,
        %opt,
        config => "Listen 127.0.0.1:$port\n$config\n"
            . "<Location />\nSetHandler eas-store\n</Location>\n");
    my $client = EAS::Curl->new(base => "http://127.0.0.1:$port");
    return ($httpd, sub { $client->request('GET', "/$_[0]")->body },
        sub { map { $_->body } $client->requests(@_) });
}

sub farm {
    my ($kind, $port) = @_;
    return "EASAuthCache $kind:127.0.0.1:$port\nRedisTimeout 200ms\n"
        . "EASAuthCacheSecret file:$dir/secret";
}

sub count {
    my ($text, $id) = @_;
    my $count = () = $text =~ /\Q$id\E: /g;
    return $count;
}

# What httpd's own modules say of a failure, once for each time it is tried.
my @FAILURES = (qr/EAS034[57]: /, qr/AH0(?:347[89]|3480|079[0-2]): /);

# --- a farm's servers

for my $kind (sort keys %STORE) {
    my $server = $STORE{$kind}{class}->new(dir => "$dir/$kind-server")->start;
    my ($httpd, $do, $all) = store_of($kind, farm($kind, $server->port));
    $httpd->start;
    for my $row (@ROWS) {
        is($do->($row->[1]), $row->[2], "$kind: $row->[0]");
    }
    ok(EAS::Proc::wait_until(sub { $do->('get/short') eq 'not found' }, 5),
        "$kind: it is forgotten");

    my ($other, $do_other) =
        store_of("$kind-other", farm($kind, $server->port), mpm => 'prefork',
        one_child => 0);
    $other->start;
    is($do_other->('get/b'), 'other', "$kind: another httpd finds it");
    is($do_other->('put/b/60/theirs'), 'done', "$kind: and replaces it");
    is($do->('get/b'), 'theirs', "$kind: which the first one sees");
    $httpd->graceful;
    is($do->('get/b'), 'theirs', "$kind: a reload loses nothing");

    # It hangs: one waits, nobody else does, nothing more is asked of it.
    my $mark  = $httpd->mark;
    my $asked = $server->commands($STORE{$kind}{get}, $STORE{$kind}{put});
    $server->pause;
    is($do->('get/b'), 'timed out', "$kind hangs: who asks first waits");
    is($do->('get/b'), 'left alone', "$kind hangs: the next one does not");
    is($do->('put/b/60/x'), 'left alone', "$kind hangs: nor who writes");
    my @answers = $all->({ parallel => 1 }, map { [ 'GET', '/get/b' ] } 1 .. 20);
    is(join(',', grep { $_ ne 'left alone' } @answers), '',
        "$kind hangs: nor anybody at once");
    is(count($httpd->log_since($mark), 'EAS0345'), 1,
        "$kind hangs: which is said once");
    # Tried in vain, and while those tries hang as well.
    for (1 .. 12) {
        $do->('later');
        $do->('get/b');
    }
    is($do->('get/b'), 'left alone', "$kind hangs: and it is left alone");
    is(count($httpd->log_since($mark), 'EAS0345'), 1,
        "$kind hangs: which is not said again");
    $server->resume;
    # the tries that hung: each asks once at most
    cmp_ok($server->commands($STORE{$kind}{get}, $STORE{$kind}{put}) - $asked,
        '<=', 2 + 2 * 12, "$kind: it was asked no more than that");
    ok(EAS::Proc::wait_until(sub { $do->('later');
        $do->('get/b') eq 'theirs' }, 15), "$kind: it comes back");
    is(count($httpd->log_since($mark), 'EAS0346'), 1,
        "$kind: which is said once");

    # It goes away, and comes back empty.
    $mark = $httpd->mark;
    $server->crash;
    is($do->('get/b'), 'failed', "$kind is gone: who asks first finds out");
    is($do->('get/b'), 'left alone', "$kind is gone: the next one does not ask");
    $do->('later');
    $do->('get/b');
    is(count($httpd->log_since($mark), 'EAS0346'), 0,
        "$kind is gone: trying it is no answer");
    $server->start;
    ok(EAS::Proc::wait_until(sub { $do->('later');
        $do->('get/b') eq 'not found' }, 40), "$kind: it comes back empty");
    is($do->('put/b/60/new') . ' ' . $do->('get/b'), 'done new',
        "$kind: and is used again");
    $_->stop for $httpd, $other;
    is(join("\n", map { $_->unexpected(@FAILURES) } $httpd, $other), '',
        "$kind: nothing unexpected in the logs");
}

# --- a full one

{
    my $server = EAS::Redis->new(dir => "$dir/full-server")->start;
    my ($httpd, $do) = store_of('full', farm('redis', $server->port));
    $httpd->start;
    is($do->('put/a/60/kept'), 'done', 'a record is kept');
    like($server->ask('keys', '*'), qr/^eas-auth:[0-9a-f]{32}\n$/,
        'under a name of ours');
    $server->ask('config', 'set', 'maxmemory', '1');
    is($do->('put/b/60/x'), 'failed', 'full: a record is not');
    is($do->('put/b/60/x'), 'left alone', 'full: nor is it tried again');
    is($do->('get/a'), 'kept', 'full: what is there is found');
    $server->ask('config', 'set', 'maxmemory', '0');
    $do->('later');
    is($do->('put/b/60/x') . ' ' . $do->('get/b'), 'done x',
        'with room again, records are kept');
    $httpd->stop;
    my $log = $httpd->log_since(0);
    is(join(' ', map { count($log, "EAS034$_") } 5 .. 8), '0 0 1 1',
        'which is said once each');
    is(join("\n", $httpd->unexpected(@FAILURES)), '',
        'nothing unexpected in the log');
}

# --- our own memory, by httpd's shmcb

{
    my ($httpd, $do) = store_of('shmcb', 'EASAuthCache shmcb:run/c(512000)');
    $httpd->start;
    for my $row (@ROWS) {
        is($do->($row->[1]), $row->[2], "shmcb: $row->[0]");
    }
    ok(EAS::Proc::wait_until(sub { $do->('get/short') eq 'not found' }, 5),
        'shmcb: it is forgotten');
    is($do->('put/a/60/x') . ' ' . $do->('get/a'), 'done x', 'shmcb: kept');
    is(scalar(grep { $do->("put/k$_/60/*4000") ne 'done' } 1 .. 200),
        0, 'shmcb: full, it takes more');
    is($do->('get/k200'), '*4000', 'shmcb: what came last is there');
    is($do->('get/k1'), 'not found', 'shmcb: what came first is not');
    $httpd->graceful;
    is($do->('get/k200'), 'not found', 'shmcb: a reload empties it');
    $httpd->stop;
    is(join("\n", $httpd->unexpected), '',
        'shmcb: nothing unexpected in the log');
}

# --- one that lies

{
    my $answer = "$dir/answer";
    my $peer = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 16)
        or die "listen: $@\n";
    my $pid = fork;
    die "fork: $!\n" unless defined $pid;
    lie_for($peer, $answer) if !$pid;
    my ($httpd, $do) = store_of('lies', farm('redis', $peer->sockport));
    EAS::Proc::write_file($answer, '');
    $httpd->start;
    for my $row (@LIES) {
        my ($name, $text, $expected, $open) = @$row;
        EAS::Proc::write_file($answer, ($open ? '+' : '-') . $text);
        $httpd->graceful;
        is($do->('get/a'), $expected, "a server that lies: $name");
    }
    EAS::Proc::write_file($answer, "-\$1000000\r\n" . 'x' x 100);
    $httpd->graceful;
    is($do->('get/a'), 'failed', 'a server that lies: it ends early');
    $httpd->stop;
    ok(!$httpd->running, 'httpd ends after all that');
    EAS::Proc::stop($pid);
    is(join("\n", $httpd->unexpected(@FAILURES)), '',
        'a server that lies: nothing unexpected in the log');
}

# Answers everything with what a file holds behind its first byte, and closes
# the connection unless that is a plus.
sub lie_for {
    my ($peer, $file) = @_;
    $SIG{PIPE} = 'IGNORE';
    my @open;
    while (my $socket = $peer->accept) {
        sysread $socket, my $request, 4096 or next;
        my $text = EAS::Proc::read_file($file);
        syswrite $socket, substr $text, 1;
        push @open, $socket if $text =~ /^\+/;
    }
    POSIX::_exit(0);
}

# --- what httpd -t says

my $secret = "EASAuthCacheSecret file:$dir/secret\n";
EAS::Proc::write_file("$dir/short", 'x' x 31 . "\n", 0600);
my $quick = "RedisTimeout 200ms\n";
for my $row (
    [ 'EASAuthCache shm',                         0, qr/Syntax OK/ ],
    [ 'EASAuthCache shm(64M)',                    0, qr/Syntax OK/ ],
    [ 'EASAuthCache none',                        0, qr/Syntax OK/ ],
    [ 'EASAuthCache shmcb',                       0, qr/Syntax OK/ ],
    [ 'EASAuthCache shmcb:/c(512000)',            0, qr/Syntax OK/ ],
    [ "EASAuthCache memcache:localhost\n$secret", 0, qr/Syntax OK/ ],
    [ "EASAuthCache redis:localhost:1,127.0.0.1\n$secret$quick", 0,
        qr/Syntax OK/ ],
    [ "EASAuthCache redis:/run/redis.sock\n$secret$quick", 0, qr/Syntax OK/ ],
    [ 'EASAuthCache redis:[::1]:1', 1, qr/over IPv4 alone, so \[::1\]:1 / ],
    [ 'EASAuthCache memcache:/run/m.sock', 1, qr/IPv4 alone/ ],
    [ 'EASAuthCache shm(64)',    1, qr/shm\( is followed by a size/ ],
    [ 'EASAuthCache shm(64X)',   1, qr/shm\( is followed by a size/ ],
    [ 'EASAuthCache shmcb:/c(1)', 1, qr/shmcb: .*>= 8192/ ],
    [ 'EASAuthCache nosuch:x',   1, qr/no cache "nosuch".*offer: .*redis/ ],
    [ 'EASAuthCache redis',      1, qr/redis: List of server names/ ],
    [ "EASAuthCache redis:6379", 1, qr/"6379" is none/ ],
    [ "EASAuthCache shm\nEASAuthCache none", 1, qr/there is one cache/ ],
    [ "EASAuthCache redis:localhost\n$quick", 1,
        qr/EAS0349: .*openssl rand -base64 48/ ],
    [ "EASAuthCache shm\n$secret", 0, qr/EAS0350: / ],
    [ "EASAuthCache memcache:192.0.2.1\n$secret", 0,
        qr/EAS0351: .*192\.0\.2\.1/ ],
    [ "EASAuthCache redis:localhost\n$secret", 1,
        qr/EAS0352: .*not set, which means 5 s/ ],
    [ "EASAuthCache redis:localhost\n${secret}RedisTimeout 1", 1,
        qr/EAS0352: .*RedisTimeout is 1,/ ],
    [ "EASAuthCacheSecret geheim\n", 1, qr/never the secret itself/ ],
    [ "EASAuthCacheSecret file:$dir/short\n", 1, qr/less than 32 bytes/ ],
    [ "EASAuthCacheSecret file:$dir/none\n", 1, qr/cannot be opened/ ],
) {
    my ($config, $code, $expected) = @$row;
    my ($httpd) = store_of('syntax', $config);
    my ($got, $text) = $httpd->test;
    (my $name = $config) =~ s/\Q$dir\E\/|\n(?=.)/ /g;
    chomp $name;
    ok(!$got == !$code && $text =~ $expected, "httpd -t: $name")
        or diag("exit $got:\n$text");
}
is_quiet();
