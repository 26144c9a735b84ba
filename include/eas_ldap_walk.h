/* SPDX-License-Identifier: Apache-2.0 */
/** One check of a membership, and the walk from group to group. */
#ifndef EAS_LDAP_WALK_H
#define EAS_LDAP_WALK_H

#include "eas_ldap_query.h"
#include "eas_ldap_server.h"

/** One check on its way over a connection. */
typedef struct eas_ldap_check {
    const eas_ldap_settings *settings;
    const eas_identity *identity;
    const char *asked;    /**< the group, as an administrator wrote it */
    const char *group_dn; /**< NULL until it is found */
    LDAP *ld;
    const eas_ldap_server *server;
    eas_moment deadline;
    apr_pool_t *pool; /**< lifetime of everything made on the way */
    int *dead_out;
    const char **detail_out;
} eas_ldap_check;

/**
 * Search over the connection of a check.
 * @param answer_out, code_out, return value as for eas_ldap_query_run
 */
eas_reason eas_ldap_check_query(const eas_ldap_check *check,
                                const eas_ldap_query *query,
                                LDAPMessage **answer_out, int *code_out);

/**
 * Whether an entry matches a filter, as a membership.
 * @param filter NULL for any entry
 * @return EAS_REASON_NONE, EAS_NOT_AUTHORIZED; EAS_MISCONFIGURED where the
 *         entry is not there; a reason of the unavailable class
 */
eas_reason eas_ldap_check_entry(const eas_ldap_check *check, const char *dn,
                                const char *filter);

/**
 * Say in the log why it cannot be told.
 * @param why a text that stands behind the name of the group
 * @return @a reason
 */
eas_reason eas_ldap_check_cannot_tell(const eas_ldap_check *check,
                                      eas_reason reason, const char *why);

/**
 * Walk upwards from the person, a level of groups for each search: at most
 * ten levels and ten thousand groups, and through none of them twice.
 * @return EAS_REASON_NONE where the group is reached, EAS_NOT_AUTHORIZED where
 *         the walk ends without it; EAS_DIRECTORY_ERROR where a bound or the
 *         server's size limit ends it; a reason of the unavailable class
 */
eas_reason eas_ldap_walk(const eas_ldap_check *check);

#endif
