# SPDX-License-Identifier: Apache-2.0
package EAS::Test;

# What the test files share: the servers that run-httpd started, and rows that
# say what is sent and what is expected.

use strict;
use warnings;
use Exporter 'import';
use File::Basename ();
use File::Path ();
use File::Temp ();
use Test::More;
use Apache::Test ();
use EAS::CA;
use EAS::Curl;
use EAS::Httpd;
use EAS::Log;
use EAS::Proc;
use EAS::Samba;
use EAS::Slapd;

our @EXPORT = qw(
    site site_file slapd samba ca scratch check check_all is_quiet expect_log
    log_mark log_since decisions challenge slowness wrong phones
);

# Objects stop what they started when the program ends in an orderly way.
$SIG{$_} ||= sub { exit 1 } for qw(INT TERM HUP);

my $STATE = $ENV{EAS_STATE} or die "start the tests with t/run-httpd\n";
my ($log, $log_start, @expected, %site, %slapd);

# Passwords of the people in t/slapd and t/samba, as bytes.
our %PASSWORD = (
    alice => 'alice:secret',
    "j\xc3\xbcrgen" => "geheim-\xc3\xbc",
);

sub password { return $PASSWORD{ $_[0] } || "$_[0] secret" }

# A password that nobody has, and another one each time: what was wrong once,
# whichever test asked, is known, and asked of no directory.
my $wrongs = 0;
sub wrong { return 'wrong ' . ++$wrongs . " of $$" }

# As many requests as are to ask the directory at the same time, each of another
# phone (see EAS::Slapd): those of one share an answer.
sub phones {
    my ($path, $count) = @_;
    return map { [ 'GET', $path, user => "phone$_",
            password => password("phone$_") ] } 1 .. $count;
}

# --- the servers

# A client for a virtual host of the shared server: 'plain' is its main
# server; the others are named in t/conf/extra.conf.in.
sub site {
    my ($name) = @_;
    return $site{$name} ||= do {
        my $config = Apache::Test::config();
        my $port =
            $name eq 'plain'
            ? $config->{vars}{port}
            : $config->{vhosts}{$name}{port};
        die "no virtual host $name\n" unless $port;
        EAS::Curl->new(
            base => ($name eq 'plain' ? 'http' : 'https')
                . "://localhost:$port",
            cacert => ca()->{ca},
        );
    };
}

# Write a file below the shared server's document root.
sub site_file {
    my ($path, $text, $mode) = @_;
    my $file = Apache::Test::vars('documentroot') . "/$path";
    File::Path::make_path(File::Basename::dirname($file));
    EAS::Proc::write_file($file, $text);
    chmod $mode || 0644, $file;
    return $file;
}

# A shared directory: example, other, ad.
sub slapd {
    my ($name) = @_;
    return $slapd{$name} ||= EAS::Slapd->attach("$STATE/$name");
}

# The domain controller, for a test file with the line "# needs: samba".
sub samba { return EAS::Samba->attach }

sub ca { return EAS::CA->files("$STATE/ca") }

# How much longer things take than usual.
sub slowness { return $ENV{EAS_SANITIZED} ? 4 : 1 }

# A folder for a server of one's own, gone after the run.
sub scratch {
    my ($name) = @_;
    my $dir = File::Temp::tempdir("$name-XXXXXX", DIR => $STATE);
    chmod 0755, $dir;
    return $dir;
}

# --- the shared server's error log

sub _log { return $log ||= Apache::Test::vars('t_logs') . '/error_log' }

$log_start = -s _log() || 0;

sub log_mark { return -s _log() || 0 }

sub log_since {
    my ($mark) = @_;
    open my $fh, '<', _log() or return '';
    binmode $fh;
    seek $fh, $mark, 0;
    local $/;
    my $text = <$fh>;
    return defined $text ? $text : '';
}

sub decisions { return EAS::Log::decisions(log_since($_[0])) }

# Lines of level warn and above that belong to this test file.
sub expect_log {
    my @patterns = @_;
    push @expected, @patterns;
    open my $fh, '>>', "$STATE/expected-log" or die "expected-log: $!\n";
    print {$fh} "$_\n" for @patterns;
    close $fh;
    return;
}

# Decisions that may be logged as a warning; a file that provokes the others
# names them to expect_log.
sub decided { return qr/EAS0300: (?!internal-error|misconfigured)/ }

# The last test of a file: nothing unexpected in the log since its start.
# One test.
sub is_quiet {
    # Decisions are compared row by row.
    my @found = EAS::Log::unexpected(log_since($log_start),
        EAS::Log::usual(), EAS::Log::outage('absent'), @expected, decided());
    is("@found", '', 'nothing unexpected in the error log');
    return;
}

# --- rows

# The challenge of a realm.
sub challenge {
    my ($realm) = @_;
    return qq(Basic realm="$realm", charset="UTF-8");
}

# One row, one test.  What is sent:
#   name, path, user, password (of t/slapd by default), authorization, method,
#   headers, body, http2, on (site, default 'tls')
# What is expected; what is not named is not compared:
#   status      the challenge (of realm) comes with 401 and never else,
#               Retry-After with 503 and never else: always compared
#   realm       default 'Test mail'
#   reason      the module's one decision; 'none' for no decision at all
#   provider, login, source    other fields of that decision
#   remote_user what the back end is told; '' for nothing
#   cost        { directory => 'BIND=1 SRCH=1' } without the service account
#   bound       { directory => 'uid=alice,...' } the DN bound as, '' for none
#   body        a pattern
sub check {
    my (%row) = @_;
    my $client = ref $row{on} ? $row{on} : site($row{on} || 'tls');
    my $mark   = log_mark();
    my %slapd_mark =
        map { $_ => slapd($_)->mark }
        keys %{ { %{ $row{cost} || {} }, %{ $row{bound} || {} } } };

    my %send = map { $_ => $row{$_} }
        grep { exists $row{$_} }
        qw(authorization headers body body_file http2 resolve timeout
        insecure);
    if (defined $row{user}) {
        $send{user} = $row{user};
        $send{password} =
            defined $row{password} ? $row{password} : password($row{user});
    }
    my $answer =
        $client->request($row{method} || 'GET', $row{path}, %send);

    my (%got, %want);
    _compare_answer(\%row, $answer, \%got, \%want);
    _compare_decision(\%row, $mark, \%got, \%want);
    for my $name (sort keys %{ $row{cost} || {} }) {
        $got{"cost of $name"}  = slapd($name)->summary($slapd_mark{$name});
        $want{"cost of $name"} = $row{cost}{$name};
    }
    for my $name (sort keys %{ $row{bound} || {} }) {
        my $service = slapd($name)->service;
        $got{"bound in $name"} = join ' ', grep { lc ne lc $service }
            map { $_->{text} =~ /dn="([^"]*)"/ ? $1 : () }
            grep { $_->{kind} eq 'BIND' }
            slapd($name)->operations($slapd_mark{$name});
        $want{"bound in $name"} = $row{bound}{$name};
    }
    is_deeply(\%got, \%want, $row{name})
        or diag($answer->show, "\n", log_since($mark));
    return $answer;
}

sub check_all { check(%$_) for @_; return }

sub _compare_answer {
    my ($row, $answer, $got, $want) = @_;
    $got->{status}  = $answer->status;
    $want->{status} = $row->{status};
    $got->{challenge} = join ' + ', $answer->header('WWW-Authenticate');
    $want->{challenge} = $row->{status} == 401
        ? challenge(defined $row->{realm} ? $row->{realm} : 'Test mail')
        : '';
    my $retry = $answer->header('Retry-After');
    $got->{'Retry-After'} = !defined $retry ? 'none'
        # 10 to 300 seconds, spread by a quarter either way
        : $retry =~ /^\d+$/ && $retry >= 7 && $retry <= 375 ? 'sane'
        : $retry;
    $want->{'Retry-After'} = $row->{status} == 503 ? 'sane' : 'none';
    if (defined $row->{remote_user}) {
        ($got->{remote_user}) = $answer->body =~ /^X-Remote-User: ?(.*)$/m;
        $want->{remote_user} = $row->{remote_user};
    }
    if (defined $row->{answer_body}) {
        $got->{body} = $answer->body =~ $row->{answer_body} ? 1 : 0;
        $want->{body} = 1;
    }
    return;
}

sub _compare_decision {
    my ($row, $mark, $got, $want) = @_;
    return unless defined $row->{reason};
    my @decided = decisions($mark);
    $got->{reason}  = join(' ', map { $_->{reason} } @decided) || 'none';
    $want->{reason} = $row->{reason};
    for my $field (qw(provider login source level)) {
        next unless exists $row->{$field};
        $got->{$field}  = $decided[0]{$field};
        $want->{$field} = $row->{$field};
    }
    return;
}

1;
