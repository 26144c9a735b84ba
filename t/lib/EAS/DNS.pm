# SPDX-License-Identifier: Apache-2.0
package EAS::DNS;

# A name server for the run of the tests, by UDP and TCP.  It knows what the
# tests tell it of names below "test.", and says of every other one there that
# it does not exist.  Names elsewhere get no answer at all.
#
#   EAS::DNS->set('dc1.dns.test' => [ 'A 127.0.0.1', 'AAAA ::1' ],
#       '_ldap._tcp.dns.test' => [ '30 SRV 0 100 636 dc1.dns.test' ]);
#
# A record is "[TTL] TYPE DATA", of type A, AAAA or SRV.  Instead of the
# data, and for all types instead of the record, there may be a fault:
#   SILENT       no answer
#   SERVFAIL, REFUSED, NXDOMAIN    that answer
#   TRUNCATED    by UDP none of the records, with the mark that there are some
#   GARBAGE      a sound head, and then bytes that are no record
#   RAW n HEX    a head that promises n records, and then these bytes; the
#                question's name is at offset 12
# as in [ 'A 127.0.0.1', 'AAAA SILENT' ], [ 'SERVFAIL' ], or
# [ 'SRV TRUNCATED', 'SRV 0 0 636 dc1.dns.test' ].  A name without records
# exists, and has nothing.

use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use POSIX ();
use Socket qw(AF_INET AF_INET6 SOL_SOCKET SO_RCVTIMEO inet_ntop inet_pton);
use Time::HiRes ();
use EAS::Proc;

my $ADDRESS = '127.77.0.1';
my $DOMAIN  = 'test';
my $TTL     = 60;
my $UDP_MAX = 512;
my %TYPE  = (A => 1, AAAA => 28, SRV => 33);
my %NAME  = reverse %TYPE;
my %RCODE = (NOERROR => 0, SERVFAIL => 2, NXDOMAIN => 3, REFUSED => 5);
my $FAULT = qr/SILENT|SERVFAIL|REFUSED|NXDOMAIN|TRUNCATED|GARBAGE/;

sub address { return $ADDRESS }

# --- for a test

# Tell the server of names; undef instead of the records takes one back.  It is
# in effect at once, and the other names stay as they were.
sub set {
    my ($class, %names) = @_;
    my $zone = _zone(_file('zone'));
    for my $name (keys %names) {
        my $known = _canonical($name);
        die "$name is not below $DOMAIN\n" unless _is_ours($known);
        _parse($_) for @{ $names{$name} || [] };    # mistakes are told here
        delete $zone->{$known};
        $zone->{$known} = [ @{ $names{$name} } ] if $names{$name};
    }
    _write($zone);
    return;
}

# Forget all names.
sub clear { _write({}); return }

# A place in the log, to count from.
sub mark { return -s _file('dns.log') || 0 }

# How often a name was asked for since a mark; type => 'A' narrows it.
sub asked {
    my ($class, $name, %opt) = @_;
    my $known = _canonical($name);
    return scalar grep {
        my ($asked, $type) = split ' ';
        $asked eq $known && (!$opt{type} || $opt{type} eq $type);
    } split /\n/, EAS::Proc::read_log(_file('dns.log'), $opt{since});
}

# Ask it, as a test of itself.  Returns the answer in words, as in
# "NOERROR 60 A 127.0.0.1, 60 A 127.0.0.2", or "nothing".
# Options: tcp => 1, timeout => seconds
sub query {
    my ($class, $name, $type, %opt) = @_;
    my $socket = IO::Socket::INET->new(Proto => $opt{tcp} ? 'tcp' : 'udp',
        PeerAddr => $ADDRESS, PeerPort => 53, Timeout => 5)
        or die "$ADDRESS: $@\n";
    my $question = pack('n6', $$ & 0xffff, 0x0100, 1, 0, 0, 0)
        . _wire_name($name) . pack('nn', $TYPE{$type}, 1);
    syswrite $socket, $opt{tcp} ? pack('n/a*', $question) : $question;
    return 'nothing'
        unless IO::Select->new($socket)->can_read($opt{timeout} || 5);
    sysread $socket, my $answer, 65535;
    return _in_words($opt{tcp} ? substr $answer, 2 : $answer,
        length $question);
}

# --- for the run

# The sockets, for whoever may have port 53: descriptors that stay open in a
# program that replaces this one, in the environment.  False without them.
sub bind_port {
    my ($class) = @_;
    local $^F = 1000;
    my @sockets = map {
        IO::Socket::INET->new(Proto => $_, LocalAddr => $ADDRESS,
            LocalPort => 53, $_ eq 'tcp' ? (Listen => 16) : ())
    } qw(udp tcp);
    return 0 unless @sockets == 2;
    $ENV{EAS_DNS_SOCKETS} =
        join ':', map { POSIX::dup(fileno $_) } @sockets;
    return 1;
}

# Answer at those sockets, in a process of its own.
sub start {
    my ($class) = @_;
    my @fds = split /:/, delete $ENV{EAS_DNS_SOCKETS};
    _write({});
    (my $lib = __FILE__) =~ s{/EAS/DNS\.pm$}{};
    my $self = bless { owner => $$ }, $class;
    $self->{pid} = EAS::Proc::spawn(
        [ $^X, "-I$lib", '-MEAS::DNS', '-e', 'EAS::DNS->serve(@ARGV)', @fds,
            $ENV{EAS_STATE} ], _file('dns.console'));
    POSIX::close($_) for @fds;
    return $self;
}

sub stop {
    my ($self) = @_;
    EAS::Proc::stop(delete $self->{pid});
    return $self;
}

sub DESTROY {
    my ($self) = @_;
    return unless $self->{owner} == $$;
    local ($@, $?, $!);
    $self->stop;
    return;
}

# --- the server

# Until it is told to end, or whoever started it is gone.
sub serve {
    my ($class, $udp_fd, $tcp_fd, $state) = @_;
    my $parent = getppid;
    $SIG{PIPE} = 'IGNORE';
    my $udp = IO::Socket::INET->new_from_fd($udp_fd, 'r+');
    my $tcp = IO::Socket::INET->new_from_fd($tcp_fd, 'r+');
    open my $log, '>>', "$state/dns.log" or die "dns.log: $!\n";
    my $select = IO::Select->new($udp, $tcp);
    while (getppid == $parent) {
        for my $ready ($select->can_read(0.5)) {
            if ($ready == $udp) {
                my $peer = recv $udp, my $question, 65535, 0;
                next unless defined $peer;
                my $answer = _answer($state, $log, $question, $UDP_MAX);
                send $udp, $answer, 0, $peer if defined $answer;
            }
            elsif (my $client = $tcp->accept) {
                _converse($client, $state, $log);
            }
        }
    }
    return;
}

# One question by TCP.
sub _converse {
    my ($client, $state, $log) = @_;
    setsockopt $client, SOL_SOCKET, SO_RCVTIMEO, pack 'l!l!', 1, 0;
    sysread $client, my $question, 65535 or return;
    my $answer = _answer($state, $log, substr($question, 2), 65535);
    syswrite $client, pack 'n/a*', $answer if defined $answer;
    return;
}

# The answer to a question, of at most so many bytes; undef for none.
sub _answer {
    my ($state, $log, $question, $max) = @_;
    my ($name, $type, $end) = _read_question($question) or return undef;
    syswrite $log, $name . ' ' . ($NAME{$type} || $type) . "\n";
    return undef unless _is_ours($name);
    my ($rcode, $count, $bytes, $truncated) =
        _find(_zone("$state/zone"), $name, $NAME{$type} || '', $max);
    return undef unless defined $rcode;
    if ($truncated || $end + length $bytes > $max) {
        ($count, $bytes, $truncated) = (0, '', 1);
    }
    my ($id, $flags) = unpack 'nn', $question;
    $flags = 0x8480 | ($flags & 0x0100) | ($truncated ? 0x0200 : 0)
        | $RCODE{$rcode};
    return pack('n6', $id, $flags, 1, $count, 0, 0)
        . substr($question, 12, $end - 12) . $bytes;
}

# Name, type, and where the question ends.
sub _read_question {
    my ($bytes) = @_;
    my ($at, @labels) = (12);
    while (1) {
        return if $at >= length $bytes;
        my $length = ord substr $bytes, $at++, 1;
        last unless $length;
        return if $length > 63;
        push @labels, substr $bytes, $at, $length;
        $at += $length;
    }
    return if $at + 4 > length $bytes;
    return (_canonical(join '.', @labels),
        unpack('n', substr $bytes, $at, 2), $at + 4);
}

# What the zone has for a question: (rcode, number of records, their bytes,
# whether they are too many); nothing for no answer.
sub _find {
    my ($zone, $name, $type, $max) = @_;
    my $records = $zone->{$name} or return ('NXDOMAIN', 0, '', 0);
    my ($count, $bytes, $truncated) = (0, '', 0);
    for my $record (map { _parse($_) } @$records) {
        next if $record->{type} && $record->{type} ne $type;
        my $fault = $record->{fault};
        if (!$fault) {
            $count++;
            $bytes .= "\xc0\x0c" . _record($record);
        }
        elsif ($fault eq 'TRUNCATED') { $truncated = $max == $UDP_MAX }
        elsif ($fault eq 'SILENT')    { return }
        elsif ($fault eq 'RAW') { return ('NOERROR', @$record{qw(count data)}, 0) }
        else                    { return ($fault, 0, '', 0) }
    }
    return ('NOERROR', $count, $bytes, $truncated);
}

# --- records

# { ttl, type, data }, or { fault } with { type } unless it is for all, and
# { count, data } of RAW.
sub _parse {
    my ($text) = @_;
    if ($text =~ /^(?:(A|AAAA|SRV) )?($FAULT)$/) {
        return { type => $1, fault => $2 } unless $2 eq 'GARBAGE';
        # the name is a pointer to nowhere
        return { type => $1, fault => 'RAW', count => 3,
            data => "\xff" x 32 };
    }
    return { type => $1, fault => 'RAW', count => $2, data => pack 'H*', $3 }
        if $text =~ /^(?:(A|AAAA|SRV) )?RAW (\d+) ((?:[0-9a-f]{2})*)$/i;
    my ($ttl, $type, $data) = $text =~ /^(?:(\d+) )?(A|AAAA|SRV) (.+)$/
        or die "no record: $text\n";
    my $record = { ttl => defined $ttl ? $ttl : $TTL, type => $type,
        data => $data };
    _data($record);
    return $record;
}

# What follows the name.
sub _record {
    my ($record) = @_;
    return pack 'n n N n/a*', $TYPE{ $record->{type} }, 1, $record->{ttl},
        _data($record);
}

sub _data {
    my ($record) = @_;
    my ($type, $data) = @$record{qw(type data)};
    my $bytes;
    if ($type eq 'SRV') {
        my @words = split ' ', $data;
        die "no SRV record: $data\n"
            unless @words == 4 && "@words[0 .. 2]" =~ /^\d+ \d+ \d+$/;
        $bytes = pack('n3', @words[ 0 .. 2 ]) . _wire_name($words[3]);
    }
    else { $bytes = inet_pton($type eq 'A' ? AF_INET : AF_INET6, $data) }
    return defined $bytes ? $bytes : die "no address: $data\n";
}

sub _wire_name {
    my ($name) = @_;
    return join('', map { pack 'C/a*', $_ } split /\./, $name) . "\0";
}

# An answer in words, of records whose names are not compressed but for the
# first.
sub _in_words {
    my ($bytes, $at) = @_;
    my (undef, $flags, undef, $count) = unpack 'n4', $bytes;
    my %rcode = reverse %RCODE;
    my @records;
    while ($count-- > 0) {
        $at += 2;
        my ($type, undef, $ttl, $data) =
            unpack 'n n N n/a*', $at < length $bytes ? substr $bytes, $at : '';
        return 'garbage' unless $type && $NAME{$type} && length $data;
        push @records, "$ttl $NAME{$type} " . (
            $type == $TYPE{SRV}
            ? join(' ', unpack('n3', $data), _read_name(substr $data, 6))
            : inet_ntop($type == $TYPE{A} ? AF_INET : AF_INET6, $data));
        $at += 10 + length $data;
    }
    return join ' ', $rcode{ $flags & 15 }, $flags & 0x0200 ? 'truncated' : (),
        join(', ', @records) || ();
}

sub _read_name { return join '.', unpack '(C/a)*', $_[0] =~ s/\0$//r }

# --- the zone

sub _file {
    my ($name) = @_;
    my $state = $ENV{EAS_STATE} or die "start the tests with t/run-httpd\n";
    return "$state/$name";
}

sub _canonical { return lc($_[0]) =~ s/\.$//r }

sub _is_ours { return $_[0] =~ /(?:^|\.)\Q$DOMAIN\E$/ }

# name => [record, ...]; nothing before there is a file.
sub _zone {
    my ($file) = @_;
    my %zone;
    for my $line (split /\n/, EAS::Proc::read_log($file, 0)) {
        my ($name, $record) = split /\t/, $line;
        $zone{$name} ||= [];
        push @{ $zone{$name} }, $record if defined $record;
    }
    return \%zone;
}

# In one step: the server reads it for every question.
sub _write {
    my ($zone) = @_;
    my $file = _file('zone');
    EAS::Proc::write_file("$file.$$", join '', map {
        my $name = $_;
        "$name\n", map { "$name\t$_\n" } @{ $zone->{$name} };
    } sort keys %$zone);
    rename "$file.$$", $file or die "$file: $!\n";
    return;
}

1;
