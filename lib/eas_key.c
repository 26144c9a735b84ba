/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_key.h"

#include <string.h>

#include <apr_siphash.h>
#include <openssl/crypto.h>

/* What is hashed at once: any login and password, with their lengths. */
enum { ROOM = 1024 };

_Static_assert(EAS_KEY_SECRET == 2 * APR_SIPHASH_KSIZE,
               "each half of a key has a secret of its own");

typedef struct text {
    unsigned char bytes[ROOM];
    apr_size_t used;
    const eas_key_secret *secret;
    eas_key key; /* of what had no room any more */
    apr_size_t touched;
} text;

eas_span eas_span_text(const char *string)
{
    eas_span span = {string, string ? strlen(string) : 0};

    return span;
}

/* Half by half, each with a secret of its own. */
static eas_key hash_bytes(const eas_key_secret *secret, const void *bytes,
                          apr_size_t length)
{
    eas_key key;

    for (int i = 0; i < 2; i++) {
        key.word[i] =
            apr_siphash24(bytes, length, secret->bytes + i * APR_SIPHASH_KSIZE);
    }
    return key;
}

static void hash(text *t)
{
    t->key = hash_bytes(t->secret, t->bytes, t->used);
}

/* All zero is none. */
static eas_key some_key(eas_key key)
{
    if (!key.word[0] && !key.word[1]) {
        key.word[0] = 1;
    }
    return key;
}

/* What is full is hashed, and the hash stands before what follows. */
static void add(text *t, const void *data, apr_size_t length)
{
    const unsigned char *next = data;

    while (length) {
        apr_size_t part = ROOM - t->used;

        part = part < length ? part : length;
        memcpy(t->bytes + t->used, next, part);
        t->used += part;
        t->touched = t->used > t->touched ? t->used : t->touched;
        next += part;
        length -= part;
        if (length) {
            hash(t);
            memcpy(t->bytes, &t->key, sizeof(t->key));
            t->used = sizeof(t->key);
        }
    }
}

/* Told from an empty one by a length that nothing has. */
static void add_span(text *t, const eas_span *span)
{
    const apr_uint64_t length = span->data ? span->length : ~(apr_uint64_t)0;

    add(t, &length, sizeof(length));
    if (span->data) {
        add(t, span->data, span->length);
    }
}

eas_key eas_key_make(const eas_key_secret *secret, char kind,
                     const eas_span *parts, int count)
{
    text t;

    t.used = 0;
    t.touched = 0;
    t.secret = secret;
    add(&t, &kind, 1);
    for (int i = 0; i < count; i++) {
        add_span(&t, &parts[i]);
    }
    hash(&t);
    OPENSSL_cleanse(t.bytes, t.touched);
    return some_key(t.key);
}

eas_key eas_key_text(const eas_key_secret *secret, const char *string)
{
    return some_key(hash_bytes(secret, string, strlen(string)));
}

int eas_key_is(const eas_key *a, const eas_key *b)
{
    return ((a->word[0] ^ b->word[0]) | (a->word[1] ^ b->word[1])) == 0;
}
