/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a child has lately found in the cache, for the first request of a new
 * connection: the memo of another one, as long as the cache would say the same
 * (eas_recent.h).
 */
#ifndef MOD_EAS_RECENT_H
#define MOD_EAS_RECENT_H

#include "mod_eas_request.h"

/** httpd's child_init: without memory for it, nothing is kept. */
void mod_eas_recent_child_init(apr_pool_t *pchild, server_rec *s);

/**
 * What was granted to the same Authorization header and the same certificate
 * in the same server, under the same policy, and still stands; the connection
 * has it from then on.
 * @param state of a request; its certificate is set where one is looked at,
 *        and what tells it from any other (state->whole)
 * @param flushed_at what was decided by then is void; 0: never
 * @return a grant that lives as long as the request, or NULL
 */
const eas_verdict *mod_eas_recent_find(mod_eas_state *state, const eas_env *env,
                                       eas_moment now, eas_moment flushed_at);

/**
 * Keep a grant of the request of a state; what eas_recents_keep refuses is not kept.
 * @param length bytes of @a memo; 0 for none
 * @param basis what it stands on, or NULL
 */
void mod_eas_recent_keep(mod_eas_state *state, const eas_memo *memo,
                         apr_size_t length, const eas_basis *basis);

#endif
