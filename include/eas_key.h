/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Keys of tables: what is looked up under them cannot be told from them.
 *
 * A keyed hash of 128 bits (SipHash-2-4-128, a pseudo-random function: who does
 * not know the secret cannot choose what collides).
 */
#ifndef EAS_KEY_H
#define EAS_KEY_H

#include <apr.h>

/** A key; all zero is none. */
typedef struct eas_key {
    apr_uint64_t word[2];
} eas_key;

/** What makes the hash ours; EAS_KEY_SECRET random bytes. */
#define EAS_KEY_SECRET 16
typedef struct eas_key_secret {
    unsigned char bytes[EAS_KEY_SECRET];
} eas_key_secret;

/** A part of what is hashed. */
typedef struct eas_span {
    const void *data;
    apr_size_t length;
} eas_span;

/** The span of a text without its NUL; NULL is as different from "" as from
 * anything else. */
eas_span eas_span_text(const char *text);

/**
 * The key of some parts.  Where one ends and the next begins counts.
 * @param kind what kind of thing it is the key of, so that equal parts of
 *        different kinds have different keys
 * @return never all zero.  Nothing of the parts is left in memory.
 */
eas_key eas_key_make(const eas_key_secret *secret, char kind,
                     const eas_span *parts, int count);

/**
 * The key of a text where a secret is for one kind of text alone.
 * @return never all zero
 */
eas_key eas_key_text(const eas_key_secret *secret, const char *string);

/** Whether two keys are equal; in constant time. */
int eas_key_is(const eas_key *a, const eas_key *b);

#endif
