/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_sid.h"

#include <string.h>

#define NUMBERS_MAX 15
#define AUTHORITY_DIGITS 12

/* A number as it is written in one way only.  @return what follows, or NULL */
static const char *number_read(const char *text, apr_uint32_t *number_out)
{
    apr_uint64_t number = 0;
    const char *at = text;

    for (; *at >= '0' && *at <= '9'; at++) {
        number = number * 10 + (apr_uint64_t)(*at - '0');
        if (number > 0xffffffff || (at > text && *text == '0')) {
            return NULL;
        }
    }
    *number_out = (apr_uint32_t)number;
    return at > text ? at : NULL;
}

static int digit_of(char c)
{
    static const char digits[] = "0123456789ABCDEF0123456789abcdef";
    const char *found = c ? strchr(digits, c) : NULL;

    return found ? (int)((found - digits) & 0xf) : -1;
}

/* Too large for a decimal number. */
static const char *authority_read_long(const char *text,
                                       apr_uint64_t *authority_out)
{
    apr_uint64_t authority = 0;

    for (int i = 0; i < AUTHORITY_DIGITS; i++) {
        const int digit = digit_of(text[i]);

        if (digit < 0) {
            return NULL;
        }
        authority = authority << 4 | (apr_uint64_t)digit;
    }
    *authority_out = authority;
    return authority > 0xffffffff ? text + AUTHORITY_DIGITS : NULL;
}

static const char *authority_read(const char *text, apr_uint64_t *authority_out)
{
    apr_uint32_t number = 0;

    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        return authority_read_long(text + 2, authority_out);
    }
    text = number_read(text, &number);
    *authority_out = number;
    return text;
}

static apr_size_t write_all(unsigned char *to, apr_uint64_t authority,
                            const apr_uint32_t *numbers, int count)
{
    to[0] = 1;
    to[1] = (unsigned char)count;
    for (int i = 0; i < 6; i++) {
        to[2 + i] = (unsigned char)(authority >> 8 * (5 - i));
    }
    for (int i = 0; i < 4 * count; i++) {
        to[8 + i] = (unsigned char)(numbers[i / 4] >> 8 * (i % 4));
    }
    return (apr_size_t)(8 + 4 * count);
}

apr_size_t eas_sid_octets(const char *text,
                          unsigned char octets_out[EAS_SID_HIGH])
{
    apr_uint32_t numbers[NUMBERS_MAX];
    apr_uint64_t authority = 0;
    int count = 0;

    if (strncmp(text, "S-1-", 4) != 0) {
        return 0;
    }
    text = authority_read(text + 4, &authority);
    while (text && *text == '-' && count < NUMBERS_MAX) {
        text = number_read(text + 1, &numbers[count++]);
    }
    if (!text || *text != '\0' || count == 0) {
        return 0;
    }
    return write_all(octets_out, authority, numbers, count);
}
