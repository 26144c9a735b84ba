/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A published block: a few hundred bytes that any thread of one process reads
 * and writes without a lock, whole or not at all.
 *
 * A "seqlock" of atomic words: its sequence number is odd while somebody
 * writes, and whoever reads looks at it before and after.  It holds the last
 * that was written; who finds another writing does not wait, and what he had
 * to say is lost.
 */
#ifndef EAS_PUBLISHED_H
#define EAS_PUBLISHED_H

#include <stdatomic.h>

#include <apr_pools.h>

/** How many bytes there is room for. */
#define EAS_PUBLISHED_ROOM 1024

#define EAS_PUBLISHED_WORDS (EAS_PUBLISHED_ROOM / 8)

/** Its owner's, who makes it before others see it; not for use between
 * processes, one of which could die while it writes. */
typedef struct eas_published {
    atomic_ullong sequence; /**< odd while somebody writes */
    atomic_ullong length;   /**< bytes; 0: there is nothing */
    atomic_ullong most;     /**< bytes, ever, for who wipes it */
    atomic_ullong words[EAS_PUBLISHED_WORDS];
} eas_published;

/** Make it, empty. */
void eas_published_make(eas_published *block);

/**
 * Put something in the place of what was there.
 * @param data aligned for anything; read in whole words: up to 7 bytes behind
 *        @a length must be readable
 * @return 1; 0 where it is longer than EAS_PUBLISHED_ROOM or another is writing
 */
int eas_published_write(eas_published *block, const void *data,
                        apr_size_t length);

/**
 * Read what is there.
 * @param pool lifetime of the result
 * @param length_out bytes; untouched where there is nothing
 * @return what was written last, aligned for anything; NULL where nothing was,
 *         or others wrote all the while
 */
const void *eas_published_read(const eas_published *block, apr_pool_t *pool,
                               apr_size_t *length_out);

/** Wipe it, by its owner, when nobody reads or writes any more. */
void eas_published_wipe(eas_published *block);

#endif
