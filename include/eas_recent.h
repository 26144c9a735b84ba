/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Grants that one process has lately found in the cache, so that the same
 * credential on a new connection is answered without opening its record again.
 *
 * Each is a memo (eas_memo.h) with what it stands on (eas_basis.h), in one of a
 * fixed number of places of memory that this process alone has.  Nothing is
 * locked, and whoever is written at the same time, or has no place any more, is
 * looked up as if he had never been here.
 */
#ifndef EAS_RECENT_H
#define EAS_RECENT_H

#include "eas_basis.h"
#include "eas_memo.h"

/** The grants of one process; any of its threads may use them. */
typedef struct eas_recents eas_recents;

/** A grant, flat. */
typedef struct eas_recent {
    eas_basis basis;
    eas_memo memo; /**< as much of it as was written */
} eas_recent;

/**
 * How much memory so many take.
 * @param count rounded up to a power of two
 * @return bytes
 */
apr_size_t eas_recents_size(apr_size_t count);

/**
 * Take a memory for them.
 * @param memory eas_recents_size(count) bytes, zeroed, aligned for anything,
 *        and of this process alone.  What is not used of it is not touched.
 * @param pool lifetime of the result, with which the memory is wiped
 */
eas_recents *eas_recents_make(void *memory, apr_size_t count, apr_pool_t *pool);

/**
 * Keep a grant, in the place of another where there is no other left.
 * @param length bytes of @a memo, as eas_memo_write told; 0 for none
 * @param basis what it stands on; NULL: it is not kept, as one that is too long
 *        is not
 */
void eas_recents_keep(eas_recents *recents, const eas_memo *memo,
                      apr_size_t length, const eas_basis *basis);

/**
 * Find the grant that is the answer to a call, as far as it can tell by itself.
 * @param pool lifetime of the result
 * @param length_out bytes of the memo; untouched where there is none
 * @return NULL where there is none
 */
const eas_recent *eas_recents_find(const eas_recents *recents,
                                   const eas_memo_call *call, apr_pool_t *pool,
                                   apr_size_t *length_out);

/**
 * Make a grant of it again where it still stands: what the cache would say.
 * eas_decide_repeat makes it, as any other grant is made.
 *
 * @param env with a shield
 * @param policy the one it was granted under; its providers are not NULL
 * @param client as the network is looked at too, with is_shared
 * @param pool lifetime of the verdict's identity; its texts are those of the
 *        memo and of the policy
 * @param verdict_out the grant, of EAS_SOURCE_CACHE, with its until
 * @return 1, counted as a cached verdict; 0: decide anew
 */
int eas_recent_repeat(const eas_recent *recent, const eas_env *env,
                      const eas_policy *policy, const eas_client *client,
                      const eas_memo_call *call, apr_pool_t *pool,
                      eas_verdict *verdict_out);

#endif
