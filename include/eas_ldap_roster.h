/* SPDX-License-Identifier: Apache-2.0 */
/** Which servers a directory has: those of its URL, or those that DNS names. */
#ifndef EAS_LDAP_ROSTER_H
#define EAS_LDAP_ROSTER_H

#include "eas_ldap_server.h"

/** The servers of one directory; opaque, usable by any thread. */
typedef struct eas_ldap_roster eas_ldap_roster;

/**
 * A pool with memory of its own, for what is made while other threads use the
 * pools around it.
 * @param parent its lifetime
 * @param pool_out untouched on failure
 * @return APR_SUCCESS, or why there is no memory
 */
apr_status_t eas_ldap_roster_pool(apr_pool_t *parent, apr_pool_t **pool_out);

/**
 * Make a roster in the process that uses it.
 * @param settings, board must outlive @a pool
 * @param pool lifetime of the roster and its servers
 * @param roster_out untouched on failure
 * @return APR_SUCCESS, or why a part could not be made
 */
apr_status_t eas_ldap_roster_make(const eas_ldap_settings *settings,
                                  eas_board *board, apr_pool_t *pool,
                                  eas_ldap_roster **roster_out);

/**
 * Whether eas_ldap_roster_list would have to wait for a name server, because
 * no server is known: 1 or 0, as of now.
 */
int eas_ldap_roster_waits(const eas_ldap_roster *roster);

/**
 * The servers in the order in which they are to be asked.  One that DNS has
 * named once is kept, so that its connections and its state are there when it
 * is named again.
 * @param deadline when to give up waiting for a name server
 * @param pool lifetime of the list; the servers live as long as the roster
 * @param count_out at least 1, at most 16
 * @return EAS_REASON_NONE; EAS_DIRECTORY_NAME, EAS_INTERNAL_ERROR with
 *         @a detail_out
 */
eas_reason eas_ldap_roster_list(eas_ldap_roster *roster, eas_moment deadline,
                                apr_pool_t *pool, eas_ldap_server ***list_out,
                                int *count_out, const char **detail_out);

/**
 * Whether every server of the last list is down, as its board has it.
 * @return 1 or 0; -1 where there was no list yet, because DNS has never
 *         answered
 */
int eas_ldap_roster_is_down(const eas_ldap_roster *roster);

#endif
