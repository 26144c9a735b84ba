/* SPDX-License-Identifier: Apache-2.0 */
/** Reading a few entries, for what is not about one person's login. */
#ifndef EAS_LDAP_READ_H
#define EAS_LDAP_READ_H

#include "eas_ldap_query.h"

/** What was answered. */
typedef struct eas_ldap_found {
    int code;                   /**< LDAP result code, or libldap's (< 0) */
    const char *diagnostic;     /**< "" where there is none; hostile */
    apr_array_header_t *tables; /**< of apr_table_t *, one for each entry:
                                     the values that are plain text under
                                     their attributes, "" for another kind,
                                     the DN under "dn" */
} eas_ldap_found;

/**
 * Search.
 * @param query its limit is how many entries are wanted: more are no failure
 * @param until when to give up
 * @param pool lifetime of the result
 * @return the entries; code is LDAP_SUCCESS also where there were more than
 *         wanted; below zero the handle must be closed
 */
eas_ldap_found eas_ldap_read(LDAP *ld, const eas_ldap_query *query,
                             eas_moment until, apr_pool_t *pool);

#endif
