/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_key.h"

#include <string.h>

enum { WORD = sizeof(apr_uint64_t) };

_Static_assert(EAS_KEY_SECRET == 2 * WORD, "a secret is two words");

/* SipHash-2-4 with 128 bits (J.-P. Aumasson, D. J. Bernstein: "SipHash: a fast
 * short-input PRF", and its reference implementation), which takes its text
 * word by word. */
typedef struct lanes {
    apr_uint64_t a, b, c, d;
} lanes;

eas_span eas_span_text(const char *string)
{
    eas_span span = {string, string ? strlen(string) : 0};

    return span;
}

static apr_uint64_t turn(apr_uint64_t word, int bits)
{
    return word << bits | word >> (64 - bits);
}

static inline lanes stir(lanes v)
{
    v.a += v.b;
    v.c += v.d;
    v.b = turn(v.b, 13) ^ v.a;
    v.d = turn(v.d, 16) ^ v.c;
    v.a = turn(v.a, 32);
    v.c += v.b;
    v.a += v.d;
    v.b = turn(v.b, 17) ^ v.c;
    v.d = turn(v.d, 21) ^ v.a;
    v.c = turn(v.c, 32);
    return v;
}

/* The first byte is the lowest, whatever the machine; compilers make one load
 * of it. */
static apr_uint64_t load(const unsigned char *from)
{
    return (apr_uint64_t)from[0] | (apr_uint64_t)from[1] << 8
           | (apr_uint64_t)from[2] << 16 | (apr_uint64_t)from[3] << 24
           | (apr_uint64_t)from[4] << 32 | (apr_uint64_t)from[5] << 40
           | (apr_uint64_t)from[6] << 48 | (apr_uint64_t)from[7] << 56;
}

static inline lanes take(lanes v, apr_uint64_t word)
{
    v.d ^= word;
    v = stir(stir(v));
    v.a ^= word;
    return v;
}

/* The last bytes, less than a word of them; those above are zero. */
static inline apr_uint64_t rest_of(const unsigned char *from, apr_size_t length)
{
    apr_uint64_t rest = 0;

    for (apr_size_t i = 0; i < length; i++) {
        rest |= (apr_uint64_t)from[i] << (8 * i);
    }
    return rest;
}

/* The whole words of a text.
 * @param rest_out what is left of it */
static inline lanes take_words(lanes v, const unsigned char *from,
                               apr_size_t length, apr_uint64_t *rest_out)
{
    for (; length >= WORD; from += WORD, length -= WORD) {
        v = take(v, load(from));
    }
    *rest_out = rest_of(from, length);
    return v;
}

static inline lanes begin(const eas_key_secret *secret)
{
    const apr_uint64_t low = load(secret->bytes);
    const apr_uint64_t high = load(secret->bytes + WORD);
    const lanes v = {low ^ APR_UINT64_C(0x736f6d6570736575),
                     high ^ APR_UINT64_C(0x646f72616e646f6d) ^ 0xee,
                     low ^ APR_UINT64_C(0x6c7967656e657261),
                     high ^ APR_UINT64_C(0x7465646279746573)};

    return v;
}

static inline apr_uint64_t half(lanes v)
{
    return v.a ^ v.b ^ v.c ^ v.d;
}

/* With what is left of the text and how long it was.  All zero is none. */
static inline eas_key end(lanes v, apr_uint64_t rest, apr_uint64_t length)
{
    eas_key key;

    v = take(v, rest | length << 56);
    v.c ^= 0xee;
    v = stir(stir(stir(stir(v))));
    key.word[0] = half(v);
    v.b ^= 0xdd;
    v = stir(stir(stir(stir(v))));
    key.word[1] = half(v);
    if (!key.word[0] && !key.word[1]) {
        key.word[0] = 1;
    }
    return key;
}

/* Its length, and the text in whole words: the last is filled up with zeros,
 * which the length tells from the text.  What is missing is told from what is
 * empty by a length that nothing has.
 * @param words_out one more for each */
static inline lanes take_span(lanes v, const eas_span *span,
                              apr_uint64_t *words_out)
{
    apr_uint64_t rest;

    *words_out += 1;
    if (!span->data) {
        return take(v, ~(apr_uint64_t)0);
    }
    v = take(v, span->length);
    v = take_words(v, span->data, span->length, &rest);
    *words_out += (span->length + WORD - 1) / WORD;
    return span->length % WORD ? take(v, rest) : v;
}

eas_key eas_key_make(const eas_key_secret *secret, char kind,
                     const eas_span *parts, int count)
{
    apr_uint64_t words = 1;
    lanes v = take(begin(secret), (unsigned char)kind);

    for (int i = 0; i < count; i++) {
        v = take_span(v, &parts[i], &words);
    }
    return end(v, 0, words * WORD);
}

eas_key eas_key_text(const eas_key_secret *secret, const char *string)
{
    const apr_size_t length = strlen(string);
    apr_uint64_t rest;
    const lanes v =
        take_words(begin(secret), (const unsigned char *)string, length, &rest);

    return end(v, rest, length);
}

int eas_key_is(const eas_key *a, const eas_key *b)
{
    return ((a->word[0] ^ b->word[0]) | (a->word[1] ^ b->word[1])) == 0;
}
