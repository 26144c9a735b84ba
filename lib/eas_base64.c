/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_base64.h"

/* One more than the value of a digit; 0 for what is none. */
static const unsigned char base64_values[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,
    ['G'] = 7,  ['H'] = 8,  ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12,
    ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18,
    ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30,
    ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36,
    ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42,
    ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54,
    ['2'] = 55, ['3'] = 56, ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60,
    ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
};

/* How many digits there are before the padding; 0 where it is wrong. */
static apr_size_t base64_digits(const char *text, apr_size_t length)
{
    apr_size_t padding = 0;

    while (padding < 2 && padding < length
           && text[length - padding - 1] == '=') {
        padding++;
    }
    return padding > 0 && length % 4 != 0 ? 0 : length - padding;
}

/* Four digits into three bytes; 0 where one is none. */
static int base64_four(const unsigned char *text, char *bytes)
{
    const unsigned int a = base64_values[text[0]];
    const unsigned int b = base64_values[text[1]];
    const unsigned int c = base64_values[text[2]];
    const unsigned int d = base64_values[text[3]];
    const unsigned int bits =
        (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6 | (d - 1);

    bytes[0] = (char)(bits >> 16);
    bytes[1] = (char)(bits >> 8);
    bytes[2] = (char)bits;
    return a && b && c && d;
}

/* RFC 4648, section 4, strictly: apr_base64 and EVP_DecodeBlock stop at or
 * step over what they do not know, so one password would have many spellings
 * and the back end might read another one.  Bits left over must be zero
 * (section 3.5). */
int eas_base64_decode(const char *text, apr_size_t length, char *bytes_out,
                      apr_size_t *length_out)
{
    apr_size_t digits = base64_digits(text, length);
    apr_size_t used = 0;
    unsigned int held = 0;
    unsigned int bits = 0;
    apr_size_t i;

    for (i = 0; i + 4 <= digits; i += 4, used += 3) {
        if (!base64_four((const unsigned char *)text + i, bytes_out + used)) {
            return 0;
        }
    }
    for (; i < digits; i++) {
        unsigned int value = base64_values[(unsigned char)text[i]];

        if (value == 0) {
            return 0;
        }
        bits = bits << 6 | (value - 1);
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes_out[used++] = (char)(bits >> held);
            bits &= (1u << held) - 1;
        }
    }
    if (digits == 0 || held >= 6 || bits != 0) {
        return 0;
    }
    *length_out = used;
    return 1;
}
