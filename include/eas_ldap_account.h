/* SPDX-License-Identifier: Apache-2.0 */
/** Reading the state of an account from its entry. */
#ifndef EAS_LDAP_ACCOUNT_H
#define EAS_LDAP_ACCOUNT_H

#include "eas_ldap_fleet.h"

/**
 * Read an entry's state attributes anew, and the account usability control
 * where the directory has it, and judge them.
 * @param identity of a DN; its attributes and expires_in are set
 * @param deadline when to give up
 * @param pool lifetime of the attributes and texts
 * @return as eas_state_judge for who presents no password; EAS_UNKNOWN_USER
 *         where the entry is gone; a reason of the unavailable class
 */
eas_reason eas_ldap_account_state(eas_ldap_fleet *fleet, eas_ldap_type type,
                                  eas_identity *identity, eas_moment deadline,
                                  apr_pool_t *pool, const char **detail_out);

/**
 * Whether an entry matches a filter.
 * @param filter valid (RFC 4515), its values escaped
 * @return EAS_REASON_NONE where it does, EAS_NOT_AUTHORIZED where it does not
 *         or is gone; a reason of the unavailable class
 */
eas_reason eas_ldap_account_matches(eas_ldap_fleet *fleet, const char *dn,
                                    const char *filter, eas_moment deadline,
                                    apr_pool_t *pool, const char **detail_out);

/**
 * What is said of an attribute that eas_state_judge could not use.
 * @param name what it left in its detail, or NULL
 * @param pool lifetime of the result
 * @return a text for the log, or NULL for none
 */
const char *eas_ldap_account_explain(eas_reason reason, const char *name,
                                     apr_pool_t *pool);

#endif
