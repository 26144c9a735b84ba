/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_key.h"

#include <string.h>

enum { WORD = sizeof(apr_uint64_t) };

_Static_assert(EAS_KEY_SECRET == 2 * WORD, "a secret is two words");

/* SipHash-2-4 with 128 bits (J.-P. Aumasson, D. J. Bernstein: "SipHash: a fast
 * short-input PRF", and its reference implementation), which takes its text
 * part by part. */
typedef struct lanes {
    apr_uint64_t a, b, c, d;
} lanes;

typedef struct sip {
    lanes v;
    apr_uint64_t held; /* less than a word of the text */
    unsigned bytes;    /* of it */
    apr_uint64_t length;
} sip;

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

/* The next bytes, up to a word of them; those above are zero. */
static inline void add_word(sip *s, apr_uint64_t word, unsigned bytes)
{
    const unsigned before = s->bytes;

    s->held |= word << (8 * before);
    s->bytes += bytes;
    s->length += bytes;
    if (s->bytes >= WORD) {
        s->v = take(s->v, s->held);
        s->held = before ? word >> (64 - 8 * before) : 0;
        s->bytes -= WORD;
    }
}

static inline void add(sip *to, const void *data, apr_size_t length)
{
    const unsigned char *next = data;
    apr_uint64_t rest = 0;
    sip s = *to;

    for (; length >= WORD; next += WORD, length -= WORD) {
        add_word(&s, load(next), WORD);
    }
    for (apr_size_t i = 0; i < length; i++) {
        rest |= (apr_uint64_t)next[i] << (8 * i);
    }
    add_word(&s, rest, (unsigned)length);
    *to = s;
}

static sip begin(const eas_key_secret *secret)
{
    const apr_uint64_t low = load(secret->bytes);
    const apr_uint64_t high = load(secret->bytes + WORD);
    const sip s = {{low ^ APR_UINT64_C(0x736f6d6570736575),
                    high ^ APR_UINT64_C(0x646f72616e646f6d) ^ 0xee,
                    low ^ APR_UINT64_C(0x6c7967656e657261),
                    high ^ APR_UINT64_C(0x7465646279746573)},
                   0,
                   0,
                   0};

    return s;
}

static apr_uint64_t half(lanes v)
{
    return v.a ^ v.b ^ v.c ^ v.d;
}

/* All zero is none.  Nothing is left of the text but what is mixed. */
static eas_key end(sip *s)
{
    lanes v = take(s->v, s->held | s->length << 56);
    eas_key key;

    *(volatile apr_uint64_t *)&s->held = 0;
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

/* Told from an empty one by a length that nothing has. */
static void add_span(sip *s, const eas_span *span)
{
    add_word(s, span->data ? span->length : ~(apr_uint64_t)0, WORD);
    if (span->data) {
        add(s, span->data, span->length);
    }
}

eas_key eas_key_make(const eas_key_secret *secret, char kind,
                     const eas_span *parts, int count)
{
    sip s = begin(secret);

    add_word(&s, (unsigned char)kind, 1);
    for (int i = 0; i < count; i++) {
        add_span(&s, &parts[i]);
    }
    return end(&s);
}

eas_key eas_key_text(const eas_key_secret *secret, const char *string)
{
    sip s = begin(secret);

    add(&s, string, strlen(string));
    return end(&s);
}

int eas_key_is(const eas_key *a, const eas_key *b)
{
    return ((a->word[0] ^ b->word[0]) | (a->word[1] ^ b->word[1])) == 0;
}
