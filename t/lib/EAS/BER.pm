# SPDX-License-Identifier: Apache-2.0
package EAS::BER;

# LDAP messages (RFC 4511) put together by hand, so that they can be wrong.

use strict;
use warnings;

# Tags of the answers, as they are in a message.
our %TAG = (bind => 0x61, entry => 0x64, search => 0x65, extended => 0x78,
    reference => 0x73);

our $NOTICE = '1.3.6.1.4.1.1466.20036';    # of disconnection, section 4.4.1

# One element: a tag and what is in it.
sub ber {
    my ($tag, $value) = @_;
    my $length = length $value;
    my $head = $length < 0x80 ? chr $length
        : $length < 0x10000 ? pack 'C n', 0x82, $length
        : pack 'C N', 0x84, $length;
    return chr($tag) . $head . $value;
}

# The elements that bytes consist of: { tag, value }, in order.
sub parts {
    my ($bytes) = @_;
    my @found;
    while (length $bytes > 1) {
        my ($tag, $length) = unpack 'C C', $bytes;
        my $head = 2;
        if ($length & 0x80) {
            $head += $length & 0x7f;
            $length = hex unpack 'H*', substr $bytes, 2, $length & 0x7f;
        }
        push @found, { tag => $tag, value => substr $bytes, $head, $length };
        $bytes = length $bytes > $head + $length
            ? substr $bytes, $head + $length : '';
    }
    return @found;
}

# A messageID as bytes, from a number.
sub id { return pack 'N', $_[0] }

# A message; the messageID as bytes, as a request has it.
sub message {
    my ($id, $tag, $value, @controls) = @_;
    return ber(0x30, ber(0x02, $id) . ber($tag, $value)
        . (@controls ? ber(0xa0, join '', @controls) : ''));
}

# What is in a result.  Options: matched, diagnostic, referrals => [URL...]
sub result {
    my ($code, %opt) = @_;
    return ber(0x0a, chr $code) . ber(0x04, $opt{matched} || '')
        . ber(0x04, defined $opt{diagnostic} ? $opt{diagnostic} : '')
        . ($opt{referrals}
            ? ber(0xa3, join '', map { ber(0x04, $_) } @{ $opt{referrals} })
            : '');
}

# What is in an entry: its DN, and each attribute with a value or several.
sub entry {
    my ($dn, %has) = @_;
    return ber(0x04, $dn) . ber(0x30, join '', map {
            my $values = $has{$_};
            ber(0x30, ber(0x04, $_) . ber(0x31, join '',
                map { ber(0x04, $_) } ref $values ? @$values : $values))
        } sort keys %has);
}

# What is in a continuation reference.
sub reference { return join '', map { ber(0x04, $_) } @_ }

# A password policy response control with an error.
sub ppolicy {
    my ($error) = @_;
    return ber(0x30, ber(0x04, '1.3.6.1.4.1.42.2.27.8.5.1')
        . ber(0x04, ber(0x30, ber(0x81, chr $error))));
}

# The whole message by which a server says that it will close.
sub notice {
    my ($code) = @_;
    return message("\0", $TAG{extended},
        result($code, diagnostic => 'going away') . ber(0x8a, $NOTICE));
}

1;
