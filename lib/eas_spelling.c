/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_spelling.h"

#include <string.h>

typedef struct range {
    apr_uint32_t first;
    apr_uint32_t last;
} range;

/* Letters without a decomposition to others that are written here as well:
 * Latin of Europe, Greek, Cyrillic, Hebrew, Arabic, kana, CJK, Hangul. */
static const range own[] = {
    {' ', '~'},       {0xc0, 0xd6},     {0xd8, 0xf6},     {0xf8, 0x131},
    {0x134, 0x13e},   {0x141, 0x148},   {0x14a, 0x17e},   {0x386, 0x386},
    {0x388, 0x3ce},   {0x400, 0x45f},   {0x490, 0x491},   {0x5d0, 0x5ea},
    {0x621, 0x64a},   {0x3041, 0x3096}, {0x30a1, 0x30fa}, {0x4e00, 0x9fff},
    {0xac00, 0xd7a3},
};

enum { RANGES = sizeof(own) / sizeof(own[0]) };

static int is_own(apr_uint32_t c)
{
    for (int i = 0; i < RANGES; i++) {
        if (c >= own[i].first && c <= own[i].last) {
            return 1;
        }
    }
    return 0;
}

static int is_within(apr_uint32_t c, apr_uint32_t first, apr_uint32_t last)
{
    return c >= first && c <= last;
}

/* Capitals are even up to the one that breaks the row, odd from there. */
static apr_uint32_t lower_extended(apr_uint32_t c)
{
    if (c == 0x130 || c == 0x131 || c == 0x138) {
        return c; /* dotted and dotless i, kra */
    }
    if (c == 0x178) {
        return 0xff;
    }
    if (is_within(c, 0x139, 0x148) || c > 0x178) {
        return c & 1 ? c + 1 : c;
    }
    return c | 1;
}

static apr_uint32_t lower_greek(apr_uint32_t c)
{
    switch (c) {
    case 0x386:
        return 0x3ac;
    case 0x388:
    case 0x389:
    case 0x38a:
        return c + 37;
    case 0x38c:
        return 0x3cc;
    case 0x38e:
    case 0x38f:
        return c + 63;
    case 0x3c2:
        return 0x3c3; /* a sigma at the end */
    default:
        return is_within(c, 0x391, 0x3ab) ? c + 32 : c;
    }
}

static apr_uint32_t lower(apr_uint32_t c)
{
    if (is_within(c, 'A', 'Z') || is_within(c, 0xc0, 0xde)
        || is_within(c, 0x410, 0x42f)) {
        return c + 32;
    }
    if (is_within(c, 0x100, 0x17e)) {
        return lower_extended(c);
    }
    if (is_within(c, 0x386, 0x3ce)) {
        return lower_greek(c);
    }
    if (is_within(c, 0x400, 0x40f)) {
        return c + 80;
    }
    return c == 0x490 ? 0x491 : c;
}

/* A character of one to three bytes.  @return how many, or 0 */
static int read_one(const unsigned char *at, apr_uint32_t *c_out)
{
    if (at[0] < 0x80) {
        *c_out = at[0];
        return 1;
    }
    if ((at[0] & 0xe0) == 0xc0 && (at[1] & 0xc0) == 0x80) {
        *c_out = (apr_uint32_t)(at[0] & 0x1f) << 6 | (at[1] & 0x3f);
        return 2;
    }
    if ((at[0] & 0xf0) == 0xe0 && (at[1] & 0xc0) == 0x80
        && (at[2] & 0xc0) == 0x80) {
        *c_out = (apr_uint32_t)(at[0] & 0xf) << 12
                 | (apr_uint32_t)(at[1] & 0x3f) << 6 | (at[2] & 0x3f);
        return 3;
    }
    return 0;
}

/* What is lowered stays as long as it was. */
static char *write_one(char *to, apr_uint32_t c, const char *at, int size)
{
    if (size == 2) {
        to[0] = (char)(0xc0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3f));
    }
    else {
        memcpy(to, at, (apr_size_t)size);
        to[0] = size == 1 ? (char)c : to[0];
    }
    return to + size;
}

char *eas_spelling_fold(const char *name, apr_pool_t *pool)
{
    char *folded = apr_palloc(pool, strlen(name) + 1);
    char *to = folded;
    int size;

    for (; *name; name += size) {
        apr_uint32_t c = 0;

        size = read_one((const unsigned char *)name, &c);
        if (!size || !is_own(c)) {
            return NULL;
        }
        if (c != ' ' || (to != folded && to[-1] != ' ')) {
            to = write_one(to, lower(c), name, size);
        }
    }
    *to = '\0';
    return folded;
}
