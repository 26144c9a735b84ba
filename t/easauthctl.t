# SPDX-License-Identifier: Apache-2.0
# support/easauthctl: one login step by step, a person, the probe and the
# dump, with an exit code; and never a password.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Apache::Test qw(-withtestmore);
use IPC::Open2 ();
use EAS::Httpd;
use EAS::Port;
use EAS::Proc;
use EAS::Slapd;
use EAS::Test;

my $SCRIPT = "$FindBin::Bin/../support/easauthctl";
my $ca     = ca();
my $dir    = scratch('ctl');

# What TLS leaves behind in the first thread of a process that ends at once:
# LeakSanitizer takes its place for a wrong one, and falls over it.
$ENV{ASAN_OPTIONS} .= ':detect_leaks=0' if $ENV{EAS_SANITIZED};

my $slapd  = slapd('example');
my $ad     = slapd('ad');
my $closed = EAS::Port::free();

sub provider {
    my ($name, $url, $server, $lines) = @_;
    my $file = EAS::Proc::write_file("$dir/$name.secret",
        $server->secret . "\n", 0600);
    my $account = $lines =~ /Template/ ? '' : <<"END";
    EASAuthLDAPBindDN "@{[ $server->service ]}"
    EASAuthLDAPBindPassword file:$file
END
    return <<"END";
<EASAuthProvider $name>
    EASAuthLDAPURL "$url"
    EASAuthLDAPTrustedCA $ca->{ca}
    EASAuthLDAPTimeout connect=1s operation=1s total=2s
$account    $lines
</EASAuthProvider>
END
}

my $url   = $slapd->url('ldaps') . '/' . $slapd->suffix;
my $httpd = EAS::Httpd->new(dir => "$dir/httpd", config =>
    provider('people', $url, $slapd, 'EASAuthDomain EXAMPLE example.com')
    . provider('ad', $ad->url('ldaps') . '/' . $ad->suffix, $ad,
        'EASAuthLDAPType ActiveDirectory')
    . provider('direct', $url, $slapd,
        'EASAuthLDAPBindTemplate "uid=%u,ou=people,dc=example,dc=test"')
    . provider('away', "ldaps://127.0.0.1:$closed/" . $slapd->suffix, $slapd,
        ''));
my $command = "$httpd->{httpd} -d $httpd->{dir} -f $httpd->{conf}";

# Another one, with a control file.
my $control = "$dir/control";
my $ruled   = EAS::Httpd->new(dir => "$dir/ruled", config =>
    "EASAuthCacheFlush $control\n" . provider('people', $url, $slapd, ''));
my $ordered = "$ruled->{httpd} -d $ruled->{dir} -f $ruled->{conf}";

my $shown = '';
sub ctl {
    my ($stdin, @words) = @_;
    my ($code, $text) = EAS::Proc::run([ 'sh', $SCRIPT, @words ],
        defined $stdin ? (stdin => $stdin) : ());
    $shown .= $text;
    return ($code, $text);
}

my $right = "alice:secret\n";
my $alice = 'uid=alice,ou=people,dc=example,dc=test';
sub ok_ { my ($what, $text) = @_; return qr/^    ok      $what .* ms  $text/m }
sub bad { my ($what, $text) = @_; return qr/^    FAILED  $what .* ms  $text/m }

# name, provider, login, standard input, exit code, what is shown
my @logins = (
    [ 'granted', 'people', 'alice', $right, 0,
        qr/^Provider people$/m, ok_('login', '"alice", a bare name'),
        ok_('entry', qq("$alice")), qr/^ +id +"[0-9a-f-]{36}"$/m,
        qr/^ +name +"alice", domain "EXAMPLE"$/m, ok_('password', 'is right'),
        qr/^result granted: the phone gets in$/m ],
    [ 'no line end', 'people', 'alice', 'alice:secret', 0, qr/^result granted/m ],
    [ 'the first line alone', 'people', 'alice', "${right}more\n", 0, qr/^result granted/m ],
    [ 'DOMAIN\\user', 'people', 'EXAMPLE\\alice', $right, 0,
        ok_('login', '"EXAMPLE\\\\alice", DOMAIN\\\\user, domain "EXAMPLE"') ],
    [ 'an address', 'people', 'robert@elsewhere.example', "bob secret\n", 0,
        ok_('login', '"robert@elsewhere\.example", user@domain'),
        qr/^ +name +"bob"/m ],
    [ 'an umlaut', 'people', "j\xc3\xbcrgen", "geheim-\xc3\xbc\n", 0, qr/^result granted/m ],
    [ 'wrong password', 'people', 'alice', "guessed wrong\n", 1,
        ok_('entry', '"uid=alice'), bad('password', 'wrong-password'),
        qr/^result wrong-password: refused, the phone is told 401/m ],
    [ 'no password', 'people', 'alice', "\n", 1,
        qr/^result empty-password: refused, the phone is told 401/m ],
    [ 'nothing to read', 'people', 'alice', '', 1, qr/^result empty-password/m ],
    [ 'a NUL', 'people', 'alice', "alice:secret\0x\n", 1, qr/^result control-character/m ],
    [ 'too long', 'people', 'alice', 'x' x 5000, 1, qr/^result too-long/m ],
    [ 'unknown', 'people', 'nobody-here', "guessed wrong\n", 1,
        bad('entry', 'unknown-user'), qr/^result unknown-user: .* 401/m ],
    [ 'ambiguous', 'people', 'twins@example.com', "twin secret\n", 1,
        bad('entry', 'ambiguous-user') ],
    [ 'another domain', 'people', 'OTHER\\alice', $right, 1,
        bad('login', '.*EASAuthDomain of this provider does not hold "OTHER"'),
        qr/^result unknown-user/m ],
    [ 'no login', 'people', 'EXAMPLE\\', $right, 1, qr/^result bad-login/m ],
    [ 'expired', 'people', 'expired', "expired secret\n", 1,
        bad('password', 'password-expired'),
        qr/^result password-expired: forbidden, the phone is told 403/m ],
    [ 'locked', 'people', 'locked', "locked secret\n", 1,
        qr/^result directory-locked: locked, the phone is told 503 and comes back after about 300 s$/m ],
    [ 'disabled', 'ad', 'data533', "ad secret\n", 1,
        bad('password', 'account-disabled: .*data 533'),
        qr/^result account-disabled: forbidden, the phone is told 403/m ],
    [ 'bound directly', 'direct', 'alice', $right, 0,
        ok_('bind name', qq("$alice")), ok_('password', 'is right') ],
    [ 'not available', 'away', 'alice', $right, 1,
        bad('entry', 'directory-down: .*Connection refused'),
        qr/^result directory-down: unavailable, the phone is told 503/m ],
    [ 'no such provider', 'nosuch', 'alice', $right, 2,
        qr/^result no-such-provider: "nosuch"$/m ],
    [ 'a login of two lines', 'people', "alice\nresult granted", $right, 2,
        qr/^result usage/m ],
);

# name, arguments, exit code, what is shown
my @others = (
    [ 'a person', [ qw(account --provider people --httpd), $command, 'EXAMPLE\\alice' ], 0,
        ok_('entry', qq("$alice")), qr/^ +name +"alice"/m, qr/^result found$/m ],
    [ 'nobody', [ qw(account --provider people --httpd), $command, 'nobody-here' ], 1,
        qr/^result unknown-user$/m ],
    [ 'no such provider', [ qw(account --provider nosuch --httpd), $command, 'alice' ], 2,
        qr/^result no-such-provider/m ],
    [ 'the probe', [ 'probe', '--httpd', $command ], 1,
        qr/^Provider people, ldaps/m, qr/^    FAILED  connection/m, qr/^4 servers, 1 failed\n\z/m ],
    [ 'the dump', [ 'dump', "--httpd=$command" ], 0, qr/^Provider away \(/m ],
    [ 'a httpd that does not run', [ 'probe', '--httpd', 'false' ], 1, qr/^\z/ ],
    [ 'a configuration that is wrong', [ qw(account --provider people alice --httpd), "$command -c Nonsense" ], 1,
        qr/Nonsense/ ],
    [ 'help', ['--help'], 0, qr/^Usage: easauthctl login/, qr/^Exit code: 0 /m ],
    [ 'no command', [], 2, qr/^easauthctl: say what to do$/m ],
    [ 'no such command', ['nonsense'], 2, qr/no command nonsense/ ],
    [ 'no such option', [ 'probe', '--nonsense' ], 2, qr/no option --nonsense/ ],
    [ 'no value', [ 'probe', '--httpd' ], 2, qr/--httpd wants a value/ ],
    [ 'no provider', [ 'login', 'alice' ], 2, qr/wants --provider/ ],
    [ 'no user', [ qw(login --provider people) ], 2, qr/wants the login/ ],
    [ 'a password as an argument', [ qw(login --provider people alice), 'hidden secret' ], 2,
        qr/a password is never one/ ],
    [ 'unlock', [ qw(unlock --httpd), $ordered, 'alice' ], 0,
        qr/^unlock \* alice: written to \Q$control\E$/m ],
    [ 'unlock of a provider, in other letters', [ qw(unlock --provider PEOPLE --httpd), $ordered, "O'Neill \$x Jr." ], 0,
        qr/^unlock people O'Neill \$x Jr\.: written/m ],
    [ 'unlock of no such provider', [ qw(unlock --provider nosuch --httpd), $ordered, 'alice' ], 2,
        qr/no such provider/ ],
    [ 'unlock of half a provider', [ qw(unlock --provider .eople --httpd), $ordered, 'alice' ], 2,
        qr/no such provider/ ],
    [ 'unlock of nobody', [ qw(unlock --httpd), $ordered ], 2, qr/wants the name/ ],
    [ 'unlock of two lines', [ qw(unlock --httpd), $ordered, "alice\nflush" ], 2,
        qr/no name the log could give/ ],
    [ 'flush', [ qw(flush --httpd), $ordered ], 0, qr/^flush: written to \Q$control\E$/m ],
    [ 'flush of a person', [ qw(flush --httpd), $ordered, 'alice' ], 2, qr/about all of them/ ],
    [ 'flush without a control file', [ qw(flush --httpd), $command ], 1,
        qr/no control file: add EASAuthCacheFlush FILE/ ],
    [ 'flush of a configuration that is wrong', [ qw(flush --httpd), "$command -c Nonsense" ], 1,
        qr/Nonsense/, qr/does not say where/ ],
    [ 'a person for the probe', [ 'probe', 'alice' ], 2, qr/about all of them/ ],
);

plan tests => @logins + @others + 10, need_module(qw(eas_auth));

sub judge {
    my ($name, $wanted, $got, $text, @patterns) = @_;
    my @missing = grep { $text !~ $_ } @patterns;
    is_deeply([ $got, @missing ], [$wanted], "$name: exit code $wanted")
        or diag($text);
    return;
}

for my $row (@logins) {
    my ($name, $provider, $user, $stdin, $code, @patterns) = @$row;
    judge("login, $name", $code, ctl($stdin, 'login', '--provider', $provider,
            '--httpd', $command, $user), @patterns);
}
for my $row (@others) {
    my ($name, $words, $code, @patterns) = @$row;
    judge($name, $code, ctl(undef, @$words), @patterns);
}

is(EAS::Proc::read_file($control),
    "\nunlock * alice\n\nunlock people O'Neill \$x Jr.\n\nflush\n",
    'the orders stand in the control file');
is((stat $control)[2] & 0777, 0644, 'which the children can read');

# httpd says it by its own exit code as well.
for my $row ([ 0, $right ], [ 1, "guessed wrong\n" ]) {
    my ($wanted, $stdin) = @$row;
    my ($code, $text) = EAS::Proc::run(
        [ split(/ /, $command), '-t', '-D', 'EAS_AUTH_LOGIN' ],
        stdin => $stdin,
        env   => { EAS_AUTH_PROVIDER => 'people', EAS_AUTH_USER => 'alice' });
    is($code, $wanted, "httpd itself ends with $wanted");
    $shown .= $text;
}

my $mark = $slapd->mark;
ctl("guessed wrong\n", qw(login --provider people --httpd), $command, 'alice');
is($slapd->summary($mark), 'BIND=1 SRCH=1',
    'a login is one search and one bind');
$mark = $slapd->mark;
ctl(undef, qw(account --provider people --httpd), $command, 'alice');
is($slapd->summary($mark), 'SRCH=3',
    'a person is found, their state and their policy, without a bind');

# On a terminal, which script(1) makes: the password is typed once it is asked
# for, and whatever the terminal echoes is seen.
{
    my $words = join ' ', map { "'$_'" } 'sh', $SCRIPT,
        qw(login --provider people --httpd), $command, 'alice';
    my $pid = IPC::Open2::open2(my $from, my $to, 'script', '-E', 'always', '-qec', $words,
        '/dev/null');
    my $text = '';
    while ($text !~ /Password of alice: /) {
        sysread $from, $text, 1, length $text or last;
    }
    syswrite $to, $right;
    $text .= $_ while <$from>;
    close $to;
    waitpid $pid, 0;
    like($text, qr/^Password of alice: \r\n.*^result granted/ms,
        'on a terminal it asks, and takes what is typed');
    is($? >> 8, 0, 'and ends well');
    $shown .= $text;
}
unlike($shown, qr/alice:secret|bob secret|guessed wrong|service secret|hidden secret|geheim-/,
    'no password is shown');
is_quiet();
