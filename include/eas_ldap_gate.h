/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A gate before binds of the service account.
 *
 * A wrong service password tried by every thread of every child at once would
 * lock the account within a second.  Until one bind has succeeded, only one is
 * under way; after a refusal nobody tries for a minute, rising to ten.  What
 * one child learns stands on the board, for all.
 */
#ifndef EAS_LDAP_GATE_H
#define EAS_LDAP_GATE_H

#include "eas_health.h"

/** The gate of one directory; opaque, usable by any thread. */
typedef struct eas_ldap_gate eas_ldap_gate;

/**
 * Make a gate.
 * @param board where its state is; must outlive @a pool
 * @param pool lifetime of the gate
 * @param gate_out untouched on failure
 * @return APR_SUCCESS, or why no lock could be made
 */
apr_status_t eas_ldap_gate_make(eas_board *board, apr_pool_t *pool,
                                eas_ldap_gate **gate_out);

/**
 * Ask to bind.  Where somebody else is trying, the outcome is waited for.
 * @param deadline when to give up; the bind must have ended by then
 * @param pool lifetime of @a detail_out
 * @return EAS_REASON_NONE, and eas_ldap_gate_leave must follow;
 *         EAS_SERVICE_REFUSED or EAS_DIRECTORY_TIMEOUT with @a detail_out
 */
eas_reason eas_ldap_gate_enter(eas_ldap_gate *gate, eas_moment deadline,
                               apr_pool_t *pool, const char **detail_out);

/**
 * Say how the bind ended: EAS_REASON_NONE opens the gate to all,
 * EAS_SERVICE_REFUSED closes it for a while, anything else says nothing about
 * the account.
 */
void eas_ldap_gate_leave(eas_ldap_gate *gate, eas_reason outcome);

#endif
