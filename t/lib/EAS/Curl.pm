# SPDX-License-Identifier: Apache-2.0
package EAS::Curl;

# Requests as a phone sends them, with curl(1).  What is sent goes to curl on
# its standard input: no shell, no password in a process list.

use strict;
use warnings;
use File::Temp ();
use JSON::PP ();
use MIME::Base64 ();
use EAS::Proc;

# Options: base => 'https://localhost:8443', cacert => file,
# timeout => seconds (20)
sub new {
    my ($class, %opt) = @_;
    my $curl = EAS::Proc::find('curl') or die "curl is not installed\n";
    return bless { curl => $curl, timeout => 20, %opt }, $class;
}

# One request.  Options:
#   user, password   bytes of a Basic header; a colon is put between them
#   authorization    the whole value of an Authorization header instead
#   headers          { Name => value or [values] }
#   body, body_file  sent with POST where no method is given
#   http2            1: HTTP/2;  insecure  1: any certificate
#   cacert, timeout, resolve => 'host:port:address'
#   certificate      { cert => file, key => file } of the client
#   tls              '1.2' or '1.3': this version alone
#   from             the address of this machine to connect from
sub request {
    my ($self, $method, $url, %opt) = @_;
    return ($self->requests([ $method, $url, %opt ]))[0];
}

# Several requests by one curl, which keeps the connection alive.  Each is
# [METHOD, URL, options].  Returns one answer for each, in order; first of all
# may come { parallel => N }: at the same time, no more than N (1: as many as
# curl has it).
sub requests {
    my ($self, @requests) = @_;
    my $how = ref $requests[0] eq 'HASH' ? shift @requests : {};
    my $dir    = File::Temp->newdir('eas-curl-XXXXXX', TMPDIR => 1);
    my @config = map { $self->_config("$dir", $_, @{ $requests[$_] }) }
        0 .. $#requests;
    my ($code, $out) = EAS::Proc::run(
        [ $self->{curl}, '-q', _parallel($how->{parallel}), '-K', '-' ],
        stdin => join("next\n", @config));
    my %told;
    for my $line (grep { /^\{"/ } split /\n/, $out) {
        my $info = JSON::PP::decode_json($line);
        $told{$1} = $info
            if ($info->{filename_effective} || '') =~ m{/body(\d+)$};
    }
    return map {
        EAS::Curl::Answer->read("$dir", $_, $told{$_}, $code, $out)
    } 0 .. $#requests;
}

sub _parallel {
    my ($most) = @_;
    return () unless $most;
    return (qw(-Z --no-progress-meter),
        $most > 1 ? ('--parallel-max', $most) : ());
}

# The value of a Basic header for these bytes.
sub basic {
    my ($user, $password) = @_;
    return 'Basic ' . MIME::Base64::encode_base64("$user:$password", '');
}

# Whether a client is connected to a port of this machine right now.
sub in_flight {
    my ($port) = @_;
    open my $fh, '<', '/proc/net/tcp' or return 0;
    my $remote = sprintf '0100007F:%04X', $port;
    return scalar grep { (split)[2] eq $remote && (split)[3] eq '01' }
        <$fh>;
}

sub _config {
    my ($self, $dir, $n, $method, $url, %opt) = @_;
    $url = $self->{base} . $url if $url =~ m{^/};
    my @lines = (
        'silent', 'show-error', 'path-as-is', 'globoff',
        _line('url',        $url),
        _line('max-time',   $opt{timeout} || $self->{timeout}),
        _line('noproxy',    '*'),
        _line('dump-header', "$dir/headers$n"),
        _line('output',     "$dir/body$n"),
        _line('write-out',  '\n%{json}\n'),
        $opt{headers}{Expect} ? () : _line('header', 'Expect:'),
        $opt{http2} ? 'http2' : 'http1.1',
    );
    push @lines, $method eq 'HEAD' ? 'head' : _line('request', $method);
    my $cacert = $opt{cacert} || $self->{cacert};
    push @lines, _line('cacert',  $cacert)       if $cacert;
    push @lines, _line('resolve', $opt{resolve}) if $opt{resolve};
    push @lines, 'insecure' if $opt{insecure};
    push @lines, _line('cert', $opt{certificate}{cert}),
        _line('key', $opt{certificate}{key})
        if $opt{certificate};
    push @lines, _line('interface', $opt{from}) if $opt{from};
    push @lines, "tlsv$opt{tls}", _line('tls-max', $opt{tls}) if $opt{tls};
    my $authorization = $opt{authorization};
    $authorization = basic($opt{user}, $opt{password})
        if defined $opt{user};
    push @lines, _line('header', "Authorization: $authorization")
        if defined $authorization;
    for my $name (sort keys %{ $opt{headers} || {} }) {
        my $value = $opt{headers}{$name};
        push @lines, map { _line('header', length $_ ? "$name: $_" : "$name;") }
            ref $value ? @$value : $value;
    }
    if (defined $opt{body}) {
        $opt{body_file} =
            EAS::Proc::write_file("$dir/send$n", $opt{body});
    }
    push @lines, _line('data-binary', "\@$opt{body_file}")
        if $opt{body_file};
    return join '', map { "$_\n" } @lines;
}

sub _line {
    my ($name, $value) = @_;
    # curl reads \n in a quoted value as a line feed, as write-out wants.
    $value =~ s/([\\"])/\\$1/g unless $name eq 'write-out';
    die "curl cannot be told a line feed\n" if $value =~ /[\r\n]/;
    return qq($name = "$value");
}

package EAS::Curl::Answer;

# Fields: status (0 without an answer), body, time (seconds), connects (new
# connections made for it), http_version, error (curl's text or ''), port (of
# the client), raw (header block as received)

sub read {
    my ($class, $dir, $n, $told, $code, $out) = @_;
    my $info = $told || {};
    my $self = bless {
        status       => $info->{http_code} || 0,
        time         => $info->{time_total} || 0,
        connects     => $info->{num_connects},
        http_version => $info->{http_version} || '',
        port         => $info->{local_port},
        error        => !$told ? ($out || "curl ended with $code")
            : $info->{errormsg} ? $info->{errormsg}
            : '',
        body => -e "$dir/body$n" ? EAS::Proc::read_file("$dir/body$n") : '',
        raw  => '',
        headers => [],
    }, $class;
    if (-e "$dir/headers$n") {
        # Without "100 Continue" and the like: the last block counts.
        my @blocks = split /\r?\n\r?\n/,
            EAS::Proc::read_file("$dir/headers$n");
        $self->{raw} = @blocks ? $blocks[-1] : '';
        $self->{headers} =
            [ map { /^([^:]+):\s*(.*?)\s*$/ ? [ lc $1, $2 ] : () }
                split /\r?\n/, $self->{raw} ];
    }
    return $self;
}

sub status { return $_[0]{status} }
sub body   { return $_[0]{body} }
sub time   { return $_[0]{time} }

# All values of a header field; in scalar context the first, or undef.
sub header {
    my ($self, $name) = @_;
    my @values =
        map { $_->[1] } grep { $_->[0] eq lc $name } @{ $self->{headers} };
    return wantarray ? @values : $values[0];
}

# One line for a message.
sub show {
    my ($self) = @_;
    return "no answer: $self->{error}" unless $self->{status};
    return join ', ', $self->{status},
        map { my $v = $self->header($_); defined $v ? "$_: $v" : () }
        qw(WWW-Authenticate Retry-After);
}

1;
