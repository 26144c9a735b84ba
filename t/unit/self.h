/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Values that say of themselves whether they are whole: each word follows from
 * the key, a number and the word's place.
 */
#ifndef SELF_H
#define SELF_H

#include <string.h>

#include "eas_table.h"

enum { SELF_WORDS = 64 };

typedef struct self {
    apr_uint64_t word[SELF_WORDS];
} self;

/** The next of a sequence that looks random.  @param seed not 0 */
static inline apr_uint64_t self_draw(apr_uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed >> 11;
}

static inline eas_key self_key(apr_uint64_t i)
{
    eas_key key;

    i = (i + 1) * APR_UINT64_C(0x9e3779b97f4a7c15);
    i = (i ^ (i >> 30)) * APR_UINT64_C(0xbf58476d1ce4e5b9);
    key.word[0] = i ^ (i >> 27);
    i = (i ^ (i >> 31)) * APR_UINT64_C(0x94d049bb133111eb);
    key.word[1] = i ^ (i >> 31);
    return key;
}

static inline apr_uint64_t self_word(apr_uint64_t key, apr_uint64_t number,
                                     apr_uint64_t i)
{
    return (key * 1000003 + number) * (2 * i + 1);
}

/** Some are shorter than others. */
static inline void self_fill(self *value, apr_uint64_t key, apr_uint64_t number)
{
    memset(value, 0, sizeof(*value));
    value->word[0] = key;
    value->word[1] = number;
    for (apr_uint64_t i = 2; i < SELF_WORDS - number % 16; i++) {
        value->word[i] = self_word(key, number, i);
    }
}

static inline int self_is_whole(const self *value, apr_uint64_t key)
{
    self expected;

    self_fill(&expected, key, value->word[1]);
    return !memcmp(value, &expected, sizeof(expected));
}

#endif
