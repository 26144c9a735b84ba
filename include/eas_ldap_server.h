/* SPDX-License-Identifier: Apache-2.0 */
/** One server of a directory: its name, and its two pools of connections. */
#ifndef EAS_LDAP_SERVER_H
#define EAS_LDAP_SERVER_H

#include "eas_ldap_bind.h"
#include "eas_ldap_gate.h"
#include "eas_ldap_pool.h"
#include "eas_ldap_resolve.h"
#include "eas_ldap_tls.h"

/** A server.  A bind changes whom a connection speaks for, so what the
 * service account searches with never binds a user. */
typedef struct eas_ldap_server {
    const eas_ldap_settings *settings;
    const eas_ldap_host *host;
    eas_ldap_resolver *resolver;
    eas_ldap_gate *gate;     /**< of the directory, before service binds */
    const eas_ldap_tls *tls; /**< of the directory */
    eas_ldap_pool *service;  /**< bound as the service account */
    eas_ldap_pool *user;     /**< bound as whoever came last */
} eas_ldap_server;

/**
 * Make a server.  Nothing is connected yet.
 * @param settings, host, gate, tls must outlive @a pool
 * @param server filled in
 * @param pool lifetime of its parts
 * @return APR_SUCCESS, or why a part could not be made
 */
apr_status_t eas_ldap_server_init(eas_ldap_server *server,
                                  const eas_ldap_settings *settings,
                                  const eas_ldap_host *host,
                                  eas_ldap_gate *gate, const eas_ldap_tls *tls,
                                  apr_pool_t *pool);

/**
 * Find the one entry of a filter.  A connection that was idle and turns out
 * to be broken is replaced once.
 * @param wanted as for eas_ldap_search
 * @param is_alone whether no other server can be asked instead: then a silent
 *        connection is replaced as well
 * @param deadline when to give up
 * @param pool lifetime of the identity and the texts
 * @param identity_out untouched on failure
 * @return as eas_ldap_search; also what eas_ldap_connect and
 *         eas_ldap_bind_service say, and EAS_OVERLOADED
 */
eas_reason eas_ldap_server_find(eas_ldap_server *server, const char *filter,
                                const char *const *wanted, int is_alone,
                                eas_moment deadline, apr_pool_t *pool,
                                eas_identity **identity_out,
                                const char **detail_out);

/**
 * Prove a password.  A connection that closed while it idled is replaced once,
 * before anything was sent on it; a bind that was sent is not sent again,
 * since it may have been counted.
 * @param identity proof and expires_in are set on success alone; after a
 *        direct bind the whole, as eas_ldap_confirm says
 * @param deadline when to give up
 * @param pool lifetime of the texts
 * @param sent_out whether a bind may have reached the server
 * @return as eas_ldap_bind_user; also what eas_ldap_connect and
 *         eas_ldap_confirm say, and EAS_OVERLOADED
 */
eas_reason eas_ldap_server_verify(eas_ldap_server *server,
                                  eas_identity *identity, const char *password,
                                  eas_moment deadline, apr_pool_t *pool,
                                  int *sent_out, const char **detail_out);

#endif
