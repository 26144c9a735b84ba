/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Spare objects: what is dear to make is kept for the next who needs one, in
 * any thread, without a lock.
 */
#ifndef EAS_SPARES_H
#define EAS_SPARES_H

#include <apr_pools.h>

/** The spares of one kind of object. */
typedef struct eas_spares eas_spares;

/**
 * Make a place for them.
 * @param destroy how one is freed: with the pool, or where no more are kept
 * @param pool lifetime; nobody may use them when it ends
 */
eas_spares *eas_spares_make(void (*destroy)(void *object), apr_pool_t *pool);

/**
 * Take one, which is the caller's alone then.
 * @param hint whose it had better be: one that was given with the same hint
 *        is found first
 * @return as it was given, or NULL where none is kept near
 */
void *eas_spares_take(eas_spares *spares, apr_uint64_t hint);

/** Give one, to be taken by others.  Where many are kept near, it is
 * destroyed. */
void eas_spares_give(eas_spares *spares, apr_uint64_t hint, void *object);

/** A hint that is the same whenever this thread asks, and mostly another in
 * another thread. */
apr_uint64_t eas_spares_thread(void);

#endif
