# SPDX-License-Identifier: Apache-2.0
package EAS::TLS;

# One connection over TLS by openssl s_client, for what curl does not do: keep
# a session and take it up again, and stay open for as long as a test wants.

use strict;
use warnings;
use EAS::Proc;

# Options: port, dir => folder for what it says, tls => '1.2'|'1.3' (both),
# certificate => { cert, key }, name => for SNI (localhost),
# keep => file that the session is written to, resume => file of such a session,
# more => [ words for s_client ]
sub new {
    my ($class, %opt) = @_;
    my $openssl = EAS::Proc::find('openssl') or die "openssl is not installed\n";
    my $self = bless { owner => $$, name => $opt{name} || 'localhost' }, $class;
    my $number = 1;
    $number++ while -e "$opt{dir}/s_client.$number";
    $self->{log} = EAS::Proc::write_file("$opt{dir}/s_client.$number", '');
    my @words = ('-connect', "127.0.0.1:$opt{port}", '-servername', $self->{name});
    (my $version = $opt{tls} || '') =~ s/\./_/;
    push @words, "-tls$version" if $version;
    push @words, '-cert', $opt{certificate}{cert}, '-key', $opt{certificate}{key}
        if $opt{certificate};
    push @words, '-sess_out', $opt{keep}  if $opt{keep};
    push @words, '-sess_in', $opt{resume} if $opt{resume};
    pipe my $in, $self->{to} or die "pipe: $!\n";
    $self->{to}->autoflush(1);
    $self->{pid} = EAS::Proc::spawn([ $openssl, 's_client', '-quiet', @words, @{ $opt{more} || [] } ],
        $self->{log}, in => $in, env => { OPENSSL_CONF => '/dev/null' });
    close $in;
    return $self;
}

# One request of HTTP/1.1 on it, and its answer: { status, body, NAME => value
# of a field, in lower case }; status is 0 where the connection ends first.
sub ask {
    my ($self, $path, %headers) = @_;
    my $mark = -s $self->{log};
    my %send = (Host => $self->{name}, %headers);
    local $SIG{PIPE} = 'IGNORE';
    print { $self->{to} } "GET $path HTTP/1.1\r\n",
        (map { "$_: $send{$_}\r\n" } sort keys %send), "\r\n";
    my $answer;
    EAS::Proc::wait_until(sub { $answer = $self->_answer($mark) }, 30);
    return $answer || { status => 0 };
}

# What has come since a mark, once it is whole.
sub _answer {
    my ($self, $mark) = @_;
    my $ended = !EAS::Proc::alive($self->{pid});
    my $text  = EAS::Proc::read_log($self->{log}, $mark);
    if ($text =~ m{^HTTP/1\.1 (\d+)[^\n]*\n(.*?\n)\r\n(.*)}ms) {
        my ($status, $head, $body) = ($1, $2, $3);
        my %field = map { /^([^:\s]+):\s*(.*?)\r?$/ ? (lc $1, $2) : () } split /\n/, $head;
        my $length = $field{'content-length'};
        return { %field, status => $status, body => $body }
            if $ended || (defined $length && length $body >= $length);
    }
    return $ended ? { status => 0, error => $text } : undef;
}

# The end of the connection.
sub close {
    my ($self) = @_;
    close $self->{to} if $self->{to};
    delete $self->{to};
    EAS::Proc::stop($self->{pid}) if $self->{pid};
    delete $self->{pid};
    return;
}

sub DESTROY {
    my ($self) = @_;
    return unless $self->{owner} == $$;
    local ($@, $?, $!);
    $self->close;
    return;
}

1;
