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
    eas_health *health;      /**< what is remembered of it, for all children */
    eas_ldap_pool *service;  /**< bound as the service account */
    eas_ldap_pool *user;     /**< bound as whoever came last */
    _Atomic eas_moment doubted; /**< what idles since before is tried first:
                                     one like it kept silent */
} eas_ldap_server;

/**
 * What is asked over a connection of the service account: one search, or
 * several.  It may be asked a second time, over a new connection.
 *
 * @param uri of the server, for the log
 * @param with the caller's own
 * @param deadline of the whole; eas_ldap_server_until bounds each operation
 * @param pool lifetime of results and texts
 * @param dead_out set to 1 where the connection must be closed
 * @return EAS_REASON_NONE or any reason, with @a detail_out where there is
 *         something to say
 */
typedef eas_reason (*eas_ldap_task)(LDAP *ld,
                                    const struct eas_ldap_server *server,
                                    void *with, eas_moment deadline,
                                    apr_pool_t *pool, int *dead_out,
                                    const char **detail_out);

/**
 * Make a server.  Nothing is connected yet.
 * @param settings, host, gate, tls, health must outlive @a pool
 * @param server filled in
 * @param pool lifetime of its parts
 * @return APR_SUCCESS, or why a part could not be made
 */
apr_status_t eas_ldap_server_init(eas_ldap_server *server,
                                  const eas_ldap_settings *settings,
                                  const eas_ldap_host *host,
                                  eas_ldap_gate *gate, const eas_ldap_tls *tls,
                                  eas_health *health, apr_pool_t *pool);

/** When the next operation has to have ended. */
eas_moment eas_ldap_server_until(const eas_ldap_server *server,
                                 eas_moment deadline);

/**
 * Ask something.  A connection that has idled is tried first, and replaced
 * where it is broken, so that nobody waits for one a firewall has forgotten.
 * @param deadline when to give up
 * @param pool lifetime of results and texts
 * @return what the task says; also what eas_ldap_connect and
 *         eas_ldap_bind_service say, and EAS_OVERLOADED
 */
eas_reason eas_ldap_server_ask(eas_ldap_server *server, eas_ldap_task task,
                               void *with, eas_moment deadline,
                               apr_pool_t *pool, const char **detail_out);

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
