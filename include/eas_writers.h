/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The keys of writers that were met, by their salts: a few hundred, read and
 * written by any thread without a lock.
 */
#ifndef EAS_WRITERS_H
#define EAS_WRITERS_H

#include <apr_pools.h>

/** Words of 8 bytes of a salt, and of a key. */
#define EAS_WRITERS_SALT 2
#define EAS_WRITERS_KEY 4

/** The keys of one process. */
typedef struct eas_writers eas_writers;

/** One writer. */
typedef struct eas_writer {
    apr_uint64_t salt[EAS_WRITERS_SALT];
    apr_uint64_t key[EAS_WRITERS_KEY];
} eas_writer;

/** Make a place for them.
 * @param pool lifetime; keys are wiped with it */
eas_writers *eas_writers_make(apr_pool_t *pool);

/**
 * Find the key of a salt.
 * @param writer_out its salt is what is looked for; its key is set, for the
 *        caller to wipe, and untouched where it is not known
 * @return 1, or 0 where it is not known
 */
int eas_writers_find(const eas_writers *writers, eas_writer *writer_out);

/**
 * Keep a key, in place of one that was kept long ago.  Where another thread
 * is writing there, it is left to the next time.
 */
void eas_writers_keep(eas_writers *writers, const eas_writer *writer);

#endif
