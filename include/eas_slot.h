/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A slot of a table in shared memory: read without a lock, written by one at a
 * time (a "seqlock"; the fences are those of H. Boehm, "Can seqlocks get along
 * with programming language memory models?", MSPC 2012).
 *
 * A slot holds a content, word by word.  Whoever writes makes it elsewhere,
 * seals it and publishes it.
 */
#ifndef EAS_SLOT_H
#define EAS_SLOT_H

#include <stdatomic.h>

#include "eas_key.h"
#include "eas_types.h"

/** The longest value, in bytes. */
#define EAS_SLOT_ROOM 4096

/** A word that several processes read and write. */
typedef _Atomic apr_uint64_t eas_slot_word;

/** What a slot holds; the bytes of the value follow, in whole words. */
typedef struct eas_slot_content {
    apr_uint64_t sum; /**< over what follows */
    eas_key key;      /**< all zero: the slot is empty */
    eas_moment until; /**< when it is over */
    apr_uint64_t is_pinned;
    apr_uint64_t words; /**< of the value, up to the last that is not 0 */
} eas_slot_content;

/** A slot; zeroed memory is an empty one. */
typedef struct eas_slot {
    eas_slot_word sequence; /**< odd while it is written */
    eas_slot_word used;     /**< the moment of its last use, about */
    eas_slot_word content[];
} eas_slot;

/**
 * How long a content is.
 * @param room bytes of a value, 1 to EAS_SLOT_ROOM
 */
apr_size_t eas_slot_content_size(apr_size_t room);

/** How long a slot is: whole lines of the cache, of 64 bytes. */
apr_size_t eas_slot_size(apr_size_t room);

/**
 * Read the first bytes of the value, without a lock; says that it was used,
 * once a minute.
 * @param wanted how many, at most room
 * @param value_out wanted bytes; untouched where it is not there
 * @param until_out untouched likewise; may be NULL
 * @return 1, or 0 where the slot is another's, is over, or stays half written
 */
int eas_slot_read(eas_slot *slot, apr_size_t room, apr_size_t wanted,
                  const eas_key *key, eas_moment now, void *value_out,
                  eas_moment *until_out);

/** The moment of its last use, give or take a minute. */
eas_moment eas_slot_used(const eas_slot *slot);

/** Say that it is used. */
void eas_slot_use(eas_slot *slot, eas_moment now);

/** Whose it is; all zero for an empty one. */
eas_key eas_slot_key(const eas_slot *slot);

/** Whether it is of a key.  The writers' lock is held, here and below. */
int eas_slot_is(const eas_slot *slot, const eas_key *key);

/** When it is over; 0 for an empty one. */
eas_moment eas_slot_until(const eas_slot *slot);

/** Whether it is pinned. */
int eas_slot_is_pinned(const eas_slot *slot);

/** Whether its last writer finished, and nobody wrote there who should not. */
int eas_slot_is_whole(const eas_slot *slot, apr_size_t room);

/** Copy what it holds. */
void eas_slot_load(const eas_slot *slot, apr_size_t room,
                   eas_slot_content *content_out);

/** Whether it holds just this. */
int eas_slot_is_same(const eas_slot *slot, apr_size_t room,
                     const eas_slot_content *content);

/** Set words and sum of a content that is finished. */
void eas_slot_seal(eas_slot_content *content, apr_size_t room);

/** Whether a content was sealed and is as it was then. */
int eas_slot_is_sealed(const eas_slot_content *content, apr_size_t room);

/** Put a sealed content into a slot, which may be half written. */
void eas_slot_publish(eas_slot *slot, apr_size_t room,
                      const eas_slot_content *content);

/** Make it an empty one, all of it; it may be half written. */
void eas_slot_clear(eas_slot *slot, apr_size_t room);

#endif
