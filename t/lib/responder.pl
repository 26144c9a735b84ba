#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# A small ActiveSync back end: responder.pl PORT
#
# OPTIONS answers what an ActiveSync server says of itself.  Whatever is asked,
# the body tells what arrived: method, path, the headers that carry an
# identity, and length and SHA-256 of the body.  One process for each
# connection, because phones hold theirs open.

use strict;
use warnings;
use Digest::SHA ();
use IO::Socket::INET;
use POSIX ();

my ($port) = @ARGV;
die "usage: responder.pl PORT\n" unless defined $port && $port =~ /^\d+$/;

my $server = IO::Socket::INET->new(
    LocalAddr => '127.0.0.1',
    LocalPort => $port,
    Proto     => 'tcp',
    Listen    => 128,
    ReuseAddr => 1,
) or die "cannot listen on 127.0.0.1:$port: $!\n";

$SIG{CHLD} = 'IGNORE';
$SIG{PIPE} = 'IGNORE';
$SIG{TERM} = sub { exit 0 };

while (1) {
    my $client = $server->accept or next;
    my $pid = fork;
    if (defined $pid && !$pid) {
        close $server;
        $SIG{TERM} = 'DEFAULT';
        1 while serve($client);
        POSIX::_exit(0);
    }
    close $client;
}

# One request; true where the connection stays open.
sub serve {
    my ($client) = @_;
    my $line = <$client>;
    return 0 unless defined $line;
    my ($method, $path, $version) = $line =~ m{^(\S+) (\S+) HTTP/(\d\.\d)\r?$}
        or return 0;
    my @headers;
    while (defined($line = <$client>) && $line !~ /^\r?$/) {
        push @headers, [$1, $2] if $line =~ /^([^:\s]+):\s*(.*?)\s*$/;
    }
    my %header = map { lc $_->[0] => $_->[1] } @headers;
    print {$client} "HTTP/1.1 100 Continue\r\n\r\n"
        if lc($header{expect} || '') eq '100-continue';
    my ($length, $digest) = read_body($client, \%header) or return 0;

    my $body = "method: $method\npath: $path\n";
    $body .= "$_->[0]: $_->[1]\n" for grep { tells_identity($_->[0]) } @headers;
    $body .= "body-length: $length\nbody-sha256: $digest\n"
        if $length || $method eq 'POST';
    my $close = $version eq '1.0' || lc($header{connection} || '') eq 'close';
    answer($client, $method, $body, $close);
    return !$close;
}

sub tells_identity {
    return $_[0] =~ /^(?:authorization|remote[-_]user|x-.*
        |client[-_]cert.*|eas[-_]proxy.*)$/ix;
}

sub answer {
    my ($client, $method, $body, $close) = @_;
    my $head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";
    $head .= "MS-Server-ActiveSync: 15.2\r\n";
    $head .= "MS-ASProtocolVersions: 2.5,12.0,12.1,14.0,14.1,16.0,16.1\r\n"
        . "MS-ASProtocolCommands: Sync,SendMail,SmartForward,SmartReply,"
        . "GetAttachment,FolderSync,FolderCreate,FolderDelete,FolderUpdate,"
        . "MoveItems,GetItemEstimate,MeetingResponse,Search,Settings,Ping,"
        . "ItemOperations,Provision,ResolveRecipients,ValidateCert,Find\r\n"
        if $method eq 'OPTIONS';
    $head .= "Content-Length: " . length($body) . "\r\n";
    $head .= "Connection: close\r\n" if $close;
    print {$client} "$head\r\n", $method eq 'HEAD' ? '' : $body;
    $client->flush;
    return;
}

# Read what follows the headers, in pieces.  Returns (length, SHA-256), or
# nothing where the connection broke.
sub read_body {
    my ($client, $header) = @_;
    my $sha = Digest::SHA->new(256);
    if (lc($header->{'transfer-encoding'} || '') eq 'chunked') {
        my $total = 0;
        while (1) {
            my $line = <$client>;
            return unless defined $line && $line =~ /^([0-9a-f]+)/i;
            my $size = hex $1;
            last unless $size;
            take($client, $size, $sha) or return;
            $total += $size;
            <$client>;
        }
        while (defined(my $line = <$client>)) { last if $line =~ /^\r?$/ }
        return ($total, $sha->hexdigest);
    }
    my $size = $header->{'content-length'} || 0;
    take($client, $size, $sha) or return;
    return ($size, $sha->hexdigest);
}

sub take {
    my ($client, $left, $sha) = @_;
    while ($left > 0) {
        my $want = $left < 65536 ? $left : 65536;
        my $got = read $client, my $piece, $want;
        return 0 unless $got;
        $sha->add($piece);
        $left -= $got;
    }
    return 1;
}
