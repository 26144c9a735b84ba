#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# The demonstration: story.pl [--once] [--step=N --steps=N]
#
# ./bootstrap demo runs it, in a folder that holds demo/, t/lib/, t/slapd/ and
# mod_eas_auth.so and that takes everything the servers write.  It ends what it
# started; the folder is removed by bootstrap.

use strict;
use warnings;
use Cwd ();
use lib 't/lib';
use EAS::CA;
use EAS::Curl;
use EAS::Enroll;
use EAS::Httpd;
use EAS::Log;
use EAS::Port;
use EAS::Proc;
use EAS::Responder;
use EAS::Slapd;

my $PATH      = '/Microsoft-Server-ActiveSync';
my $CHALLENGE = 'Basic realm="Example mail", charset="UTF-8"';
my @PEOPLE    = (
    [ 'alice',  'wonderland', 'or EXAMPLE\alice, or alice@example.com' ],
    [ 'bob',    'builder',    '' ],
    [ 'jürgen', 'grün',       '' ],
    [ 'carol',  'yesterday',  'expired: 403, as asking again is no use' ],
    [ 'dave',   'keyless',    'locked by the directory: 503, try later' ],
    [ 'eve',    'outside',    'not in the group of those with a phone: 403' ],
    [ 'frank',  'new',        'his other phone says "old"; five wrong ones lock him' ],
    [ 'gina',   'over',       'her account has ended: 403, certificate or not' ],
);

my $dir    = Cwd::getcwd();
my %option = (step => 0, steps => 2, once => 0);
for (@ARGV) {
    /^--(once)$|^--(steps?)=(\d+)$/ or die "what is $_?\n";
    $option{ $1 || $2 } = $1 ? 1 : $3;
}
my $parent = getppid;
my ($slapd, $second, $httpd, $responder, $curl);
my $REPEATED = 300;
my ($asked, $turned_away);
my (%phone, $certs, $both);

# --- what a person sees

my $colour = -t STDOUT && !defined $ENV{NO_COLOR};
$| = 1;

sub paint {
    my ($code, $text) = @_;
    return $colour ? "\e[${code}m$text\e[0m" : $text;
}

sub step {
    my ($title) = @_;
    printf '%s %-11s ', paint(1, "[" . ++$option{step} . "/$option{steps}]"),
        $title;
    return;
}

# Width in characters, of bytes in UTF-8.
sub pad {
    my ($text, $width) = @_;
    my $count = () = $text =~ /[^\x80-\xbf]/g;
    return $text . ' ' x ($width > $count ? $width - $count : 0);
}

# --- the servers

sub start_servers {
    step('servers');
    my $ca   = EAS::CA->new(dir => "$dir/tls", cn => 'Demo CA');
    my $pair = $ca->server('server');
    ($slapd, $second) = map {
        my $name = $_;
        started(sub {
            EAS::Slapd->new(
                dir         => "$dir/$name",
                ldif        => "$dir/demo/people.ldif",
                certificate => $pair,
                ca          => $ca->file,
            );
        });
    } qw(slapd slapd2);
    give_certificates();
    $responder = started(sub { EAS::Responder->new(dir => $dir) });
    $httpd     = started(\&front_end);
    $curl->{cacert} = $ca->file;
    print "two of slapd, httpd and an ActiveSync responder\n";
    return;
}

# Phones with a certificate: of our own authority, made by the enrolment kit,
# and of somebody else's.
sub give_certificates {
    my $ours = EAS::Enroll->new(dir => "$dir/phones");
    $phone{$_} = $ours->device($_, email => "$_\@example.com")
        for qw(alice bob gina lost);
    $ours->revoke($phone{lost}{serial});
    my $theirs = EAS::CA->new(dir => "$dir/tls", name => 'stranger');
    $phone{stranger} =
        $theirs->client('strangers', email => 'alice@example.com');
    return;
}

# A port that was free a moment ago may have been taken since: another one is
# tried then.
sub started {
    my ($make) = @_;
    for (1 .. 5) {
        my $server = eval { $make->()->start };
        return $server if $server;
        last unless $@ =~ /already in use/;
    }
    die $@;
}

sub front_end {
    my %value = (
        HTTP    => EAS::Port::free(8080),
        HTTPS   => EAS::Port::free(8443),
        CERTS   => EAS::Port::free(8444),
        BOTH    => EAS::Port::free(8445),
        LDAP    => $slapd->port,
        SECOND  => $second->port,
        BACKEND => $responder->port,
        DIR     => $dir,
    );
    my $config = EAS::Proc::read_file("$dir/demo/httpd.conf");
    $config =~ s/\@([A-Z]+)\@/$value{$1}/g;
    mkdir "$dir/httpd";
    EAS::Proc::write_file("$dir/httpd/bind.secret", $slapd->secret, 0600);
    $curl = EAS::Curl->new(
        base  => "https://127.0.0.1:$value{HTTPS}",
        plain => "http://127.0.0.1:$value{HTTP}",
    );
    $certs = "https://127.0.0.1:$value{CERTS}$PATH";
    $both  = "https://127.0.0.1:$value{BOTH}$PATH";
    return EAS::Httpd->new(
        dir    => "$dir/httpd",
        module => "$dir/mod_eas_auth.so",
        shield => 1,
        config => $config,
    );
}

sub stop_servers {
    $_ && $_->stop for $httpd, $responder, $slapd, $second;
    return;
}

# --- the story

# What an answer has to be like: each returns what is wrong with it.

sub refused {
    my ($answer, $status) = @_;
    my @wrong;
    push @wrong, "not $status" if $answer->status != $status;
    push @wrong, 'the back end was asked' if $answer->body =~ /^method: /m;
    return @wrong;
}

sub no_challenge {
    my ($answer) = @_;
    return defined $answer->header('WWW-Authenticate') ? 'a challenge' : ();
}

sub forbidden {
    my ($answer) = @_;
    return (refused($answer, 403), no_challenge($answer));
}

sub challenged {
    my ($answer) = @_;
    my @challenges = $answer->header('WWW-Authenticate');
    return (refused($answer, 401),
        "@challenges" eq $CHALLENGE ? () : "the challenge is not $CHALLENGE");
}

# TLS itself has refused it: no answer of HTTP comes.
sub alert {
    my ($answer) = @_;
    return $answer->status ? 'TLS has let it through' : ();
}

# By a certificate: there is no password to pass on.
sub certified {
    my ($answer, $who) = @_;
    my ($user) = $answer->body =~ /^X-Remote-User: (.*)$/m;
    return (no_challenge($answer),
        $answer->status == 200 ? () : 'not 200',
        defined $user && $user eq $who ? ()
        : "the back end was not told of $who");
}

sub granted {
    my ($answer, $who) = (@_, 'alice');
    my ($user) = $answer->body =~ /^X-Remote-User: (.*)$/m;
    my @wrong = no_challenge($answer);
    push @wrong, 'not 200' if $answer->status != 200;
    push @wrong, "the back end was not told of $who"
        unless defined $user && $user eq $who;
    push @wrong, 'the back end did not get the credential'
        unless $answer->body =~ /^Authorization: Basic \S/m;
    return @wrong;
}

sub offered {
    my ($answer) = @_;
    my @wrong = granted($answer);
    push @wrong, 'no version 16.1'
        unless ($answer->header('MS-ASProtocolVersions') || '') =~ /\b16\.1\b/;
    push @wrong, 'no command Sync'
        unless ($answer->header('MS-ASProtocolCommands') || '') =~ /\bSync\b/;
    return @wrong;
}

# A minute, and a quarter more or less, so that phones do not return together.
sub unavailable {
    my ($answer) = @_;
    my $seconds = $answer->header('Retry-After');
    my $well = defined $seconds
        && $seconds =~ /^\d+$/ && $seconds >= 45 && $seconds <= 75;
    return (refused($answer, 503), no_challenge($answer),
        $well ? () : 'Retry-After is not about a minute');
}

# Last month's password, from a phone that nobody has told.
sub repeat {
    my ($times, @who) = @_;
    my $mark = $slapd->mark;
    my @answers = $curl->requests(
        { parallel => 20 },
        map { [ POST => $PATH, body => 'phone', @who ] } 1 .. $times);
    $asked = $slapd->count(kind => 'BIND', like => qr/uid=frank,/,
        since => $mark);
    $turned_away = grep { $_->status == 401 } @answers;
    return;
}

sub asked_once {
    my ($answer) = @_;
    return (challenged($answer),
        $asked == 1 ? () : "the directory was asked $asked times, not once",
        $turned_away == $REPEATED ? ()
        : "$turned_away of $REPEATED were answered 401");
}

# What of an answer the table shows.
sub brief {
    my ($answer) = @_;
    return 'TLS alert' if ($answer->{error} || '') =~ /alert/;
    return $answer->show unless $answer->status;
    my $text = $answer->status;
    if (my ($user) = $answer->body =~ /^X-Remote-User: (.*)$/m) {
        $text .= ", for $user";
    }
    if (my $challenge = $answer->header('WWW-Authenticate')) {
        $text .= ', ' . ($challenge =~ /^(.*?"[^"]*")/)[0];
    }
    if (my $versions = $answer->header('MS-ASProtocolVersions')) {
        $text .= ', ' . $versions =~ s/,.*,/ to /r;
    }
    if (my $seconds = $answer->header('Retry-After')) {
        $text .= ", Retry-After: $seconds";
    }
    return $text;
}

sub as {
    my ($user, $password) = @_;
    return (user => $user, password => $password);
}

# What is sent, and what is expected of the answer: in words, and as a check.
sub story {
    my @alice = as('alice', 'wonderland');
    my @bob   = as('bob', 'builder');
    return (
        [ 'plain HTTP, alice', '403, no challenge', \&forbidden,
            POST => "$curl->{plain}$PATH", @alice ],
        [ 'HTTPS, no credential', '401, challenge', \&challenged,
            POST => $PATH ],
        [ 'alice, wrong password', '401, challenge', \&challenged,
            POST => $PATH, as('alice', 'looking-glass') ],
        [ 'alice', '200, for alice', \&granted, POST => $PATH, @alice ],
        [ 'EXAMPLE\alice', '200, for alice', \&granted,
            POST => $PATH, as('EXAMPLE\alice', 'wonderland') ],
        [ 'alice@example.com', '200, for alice', \&granted,
            POST => $PATH, as('alice@example.com', 'wonderland') ],
        [ 'OPTIONS, alice', '200, versions', \&offered,
            OPTIONS => $PATH, @alice ],
        [ 'eve, not in the group', '403, no challenge', \&forbidden,
            POST => $PATH, as('eve', 'outside') ],
        [ 'alice\'s certificate', '200, for alice',
            sub { certified($_[0], 'alice') },
            POST => $certs, certificate => $phone{alice} ],
        [ 'gina\'s, account ended', '403, no challenge', \&forbidden,
            POST => $certs, certificate => $phone{gina} ],
        [ 'a lost phone\'s, revoked', 'TLS alert', \&alert,
            POST => $certs, certificate => $phone{lost} ],
        [ 'of somebody else\'s CA', '403, no challenge', \&forbidden,
            POST => $certs, certificate => $phone{stranger} ],
        [ 'alice\'s password instead', '403, no challenge', \&forbidden,
            POST => $certs, @alice ],
        [ 'one in a header', '403, no challenge', \&forbidden,
            POST => $certs, headers => { 'Client-Cert' => in_header('alice') } ],
        [ 'both, of alice', '200, for alice', \&granted,
            POST => $both, @alice, certificate => $phone{alice} ],
        [ 'bob\'s, alice\'s password', '403, no challenge', \&forbidden,
            POST => $both, @alice, certificate => $phone{bob} ],
        sub { repeat($REPEATED, as('frank', 'old')) },
        [ 'frank, "old", 301 times', '401, asked once', \&asked_once,
            POST => $PATH, as('frank', 'old') ],
        [ 'frank, not locked', '200, for frank',
            sub { granted($_[0], 'frank') },
            POST => $PATH, as('frank', 'new') ],
        sub { $slapd->stop },
        [ 'one server stopped', '200, for alice', \&granted,
            POST => $PATH, @alice ],
        sub { $second->stop },
        [ 'both stopped, alice', '200, is known', \&granted,
            POST => $PATH, @alice ],
        [ 'both stopped, bob', '503, Retry-After', \&unavailable,
            POST => $PATH, @bob ],
        sub { $second->start; come_back(@bob) },
        [ 'one is back, bob', '200, for bob',
            sub { granted($_[0], 'bob') }, POST => $PATH, @bob ],
    );
}

# As a proxy would pass it on (RFC 9440), had anybody said that it may.
sub in_header {
    my ($who) = @_;
    my ($base64) = EAS::Proc::read_file($phone{$who}{cert})
        =~ /-----BEGIN CERTIFICATE-----(.*?)-----END/s;
    return ':' . $base64 =~ s/\s//gr . ':';
}

# Servers that are down are tried once a second.
sub come_back {
    my @who = @_;
    EAS::Proc::wait_until(
        sub { $curl->request('POST', $PATH, body => 'phone', @who)->status
                == 200 }, 5);
    return $slapd->start;
}

# Returns how many rows are off.
sub tell_story {
    step('the story');
    my $off = 0;
    print "\n\n  ", paint(1, pad('sent', 25) . pad('expected', 19) . 'answered'),
        "\n";
    for my $row (story()) {
        if (ref $row eq 'CODE') {
            $row->();
            next;
        }
        my ($what, $expected, $check, $method, $url, @request) = @$row;
        my $answer =
            $curl->request($method, $url, body => 'phone', @request);
        my @wrong = $check->($answer);
        $off++ if @wrong;
        print '  ', pad($what, 25), pad($expected, 19),
            pad(brief($answer), 32),
            @wrong ? paint(31, 'OFF') : paint(32, 'ok'), "\n";
        print "      $_\n" for @wrong;
    }
    print "\n";
    return $off;
}

# --- afterwards

sub explain {
    my ($base, $plain) = ($curl->{base}, $curl->{plain});
    my $ldap  = $slapd->url('ldap');
    my $ldaps = $slapd->url('ldaps');
    print paint(1, 'It is all up, on this machine alone, until Ctrl-C.'), <<"END";


  phones      $base$PATH
  certificate $certs
  both        $both
  plain HTTP  $plain$PATH
  directory   $ldap (StartTLS), $ldaps
  files       $dir/
                  httpd/httpd.conf    httpd/logs/error_log
                  tls/ca.pem          slapd/slapd.log
                  phones/devices/     certificates

  login       password
END
    print '  ', pad($_->[0], 12),
        $_->[2] ? pad($_->[1], 13) . $_->[2] : $_->[1], "\n"
        for @PEOPLE;
    my $direct = grep({ /^(?:https|all)_proxy$/i } keys %ENV)
        ? " --noproxy '*'" : '';
    print <<"END", paint(1, 'Decisions, as they happen:'), "\n\n";

Try it:

  curl -i$direct -X OPTIONS -u alice:wonderland \\
      --cacert $dir/tls/ca.pem \\
      $base$PATH

END
    return;
}

# One line for each decision, until the servers or whoever started us go.
sub follow {
    my $mark = $httpd->mark;
    while ($httpd->running && getppid == $parent) {
        my $text = $httpd->log_since($mark);
        $text =~ s/[^\n]*\z//;
        $mark += length $text;
        print decision($_) for EAS::Log::decisions($text);
        select undef, undef, undef, 0.2;
    }
    die "httpd has ended:\n" . EAS::Proc::tail($httpd->{log}, 20)
        unless $httpd->running;
    return;
}

# httpd writes a backslash as two and all but ASCII as \xHH.  Back to letters,
# where they are some: a client chose them, and this is somebody's terminal.
sub readable {
    my ($text) = @_;
    return $text unless defined $text;
    my $bytes =
        $text =~ s/\\(?:x([0-9a-f]{2})|(["\\]))/defined $2 ? $2 : chr hex $1/gier;
    my $copy = $bytes;
    return $text
        if !utf8::decode($copy) || $copy =~ /[^[:print:]]|\p{Cf}/;
    return $bytes;
}

sub decision {
    my ($row) = @_;
    my ($time) = $row->{line} =~ /(\d\d:\d\d:\d\d)/;
    my ($login, $user) = map { readable($_) } @$row{qw(login user)};
    my $who = defined $login ? $login : '-';
    $who .= " is $user" if defined $user && $user ne $who;
    my $client = ($row->{client} || '') =~ s/:\d+$//r;
    return '  ' . join(' ', $time, ' ', pad($row->{reason}, 18), pad($who, 32),
        pad($client, 12), $row->{elapsed} || '') . "\n";
}

# --- main

my $signal;
my $told = 0;

sub end_on_signals {
    for my $name (qw(INT TERM HUP)) {
        $SIG{$name} = sub {
            $signal ||= $name;
            $SIG{$_} = 'IGNORE' for qw(INT TERM HUP);
            die "signal\n";
        };
    }
    # A reader that is gone is no reason to leave servers behind.
    $SIG{PIPE} = 'IGNORE';
    return;
}

end_on_signals();
my $off;
my $ok = eval {
    start_servers();
    $off = tell_story();
    $told = 1;
    unless ($option{once}) {
        explain();
        follow();
    }
    1;
};
my $error = $@;
$SIG{$_} = 'IGNORE' for qw(INT TERM HUP);
stop_servers();

if ($signal) {
    print "\nStopped; everything of it is removed.\n";
    exit($told ? $off ? 1 : 0 : 130);
}
if (!$ok) {
    print paint(31, 'failed'), "\n\n", $error =~ s/\s*\z/\n/r =~ s/^/    /gmr,
        "\nThe servers' logs are in build/logs/demo/.\n";
    exit 1;
}
print $off ? "$off of these are off.\n" : "All as expected.\n";
exit($off ? 1 : 0);
