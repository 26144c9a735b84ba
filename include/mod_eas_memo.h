/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The memo of a connection: the last grant it had, so that the next request
 * with the same credential is answered without a lock or shared memory.
 *
 * It belongs to the connection of the client, which the streams of HTTP/2
 * share, each in a thread of its own.
 */
#ifndef MOD_EAS_MEMO_H
#define MOD_EAS_MEMO_H

#include "mod_eas_request.h"

/** httpd's child_init: without a secret, drawn here, nothing is kept. */
void mod_eas_memo_child_init(apr_pool_t *pchild, server_rec *s);

/**
 * httpd's pre_connection: the memo of a client's connection, wiped with it.
 * @return OK
 */
int mod_eas_memo_pre_connection(conn_rec *c, void *socket);

/**
 * What was granted to the same Authorization header and the same certificate
 * on the same connection, in the same server, under the same policy.
 * @param state of a request; its certificate is set where one is looked at
 * @param flushed_at what was decided by then is void; 0: never
 * @return a grant that lives as long as the request, or NULL
 */
const eas_verdict *mod_eas_memo_find(mod_eas_state *state, eas_moment now,
                                     eas_moment flushed_at);

/**
 * Keep a grant in the place of the one before; what eas_memo_write refuses is
 * not kept.
 * @param state of the request that was granted
 * @param until when it is over
 * @param memo_out what was kept
 * @return bytes of it; 0 where nothing was
 */
apr_size_t mod_eas_memo_keep(mod_eas_state *state, const eas_verdict *verdict,
                             eas_moment until, eas_memo *memo_out);

/**
 * What a request presents, and where.
 * @param call_out untouched where 0 is returned
 * @return 1; 0 where nothing can be remembered of it: no header and no
 *         certificate, no provider
 */
int mod_eas_memo_call(mod_eas_state *state, eas_moment now,
                      eas_moment flushed_at, eas_memo_call *call_out);

/**
 * The same of what is remembered for other connections too, on which the
 * certificate is another one.
 * @return 0 as well where nothing tells it from any other (state->whole)
 */
int mod_eas_memo_call_anywhere(mod_eas_state *state, eas_moment now,
                               eas_moment flushed_at, eas_memo_call *call_out);

/** Give the connection a memo that was made on another one, once
 * mod_eas_memo_call was asked. */
void mod_eas_memo_put(const mod_eas_state *state, const eas_memo *memo,
                      apr_size_t length);

#endif
