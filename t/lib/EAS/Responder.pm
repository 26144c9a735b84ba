# SPDX-License-Identifier: Apache-2.0
package EAS::Responder;

# Starting and stopping t/lib/responder.pl.

use strict;
use warnings;
use Cwd ();
use File::Basename ();
use EAS::Port;
use EAS::Proc;

my $PROGRAM =
    Cwd::abs_path(File::Basename::dirname(__FILE__) . '/..') . '/responder.pl';

# Options: dir => folder for its log, port => (a free one by default)
sub new {
    my ($class, %opt) = @_;
    return bless {
        log   => "$opt{dir}/responder.log",
        port  => $opt{port} || EAS::Port::free(),
        owner => $$,
    }, $class;
}

sub start {
    my ($self) = @_;
    $self->{pid} =
        EAS::Proc::spawn([ $^X, $PROGRAM, $self->{port} ], $self->{log});
    return $self
        if EAS::Proc::wait_until(
        sub {
            !EAS::Proc::alive($self->{pid})
                || EAS::Port::open($self->{port});
        }, 10)
        && EAS::Proc::alive($self->{pid});
    die "the responder does not start:\n" . EAS::Proc::tail($self->{log}, 20);
}

sub stop {
    my ($self) = @_;
    EAS::Proc::stop(delete $self->{pid}) if $self->{pid};
    return $self;
}

sub port     { return $_[0]{port} }
sub url      { return "http://127.0.0.1:$_[0]{port}" }
sub log_file { return $_[0]{log} }

sub DESTROY {
    my ($self) = @_;
    return unless $self->{owner} == $$;
    local ($@, $?, $!);
    $self->stop;
    return;
}

1;
