/* SPDX-License-Identifier: Apache-2.0 */
/** Reading a few entries, for what is not about one person's login. */
#ifndef EAS_LDAP_READ_H
#define EAS_LDAP_READ_H

#include <ldap.h>

#include "eas_ldap_settings.h"

/** Where to look, and for what. */
typedef struct eas_ldap_query {
    const char *base;
    int scope; /**< LDAP_SCOPE_* of ldap.h */
    const char *filter;
    const char *const *attributes; /**< NULL-terminated */
    int most;                      /**< entries wanted; more are no failure */
} eas_ldap_query;

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
 * @param until when to give up
 * @param pool lifetime of the result
 * @return the entries; code is LDAP_SUCCESS also where there were more than
 *         wanted; below zero the handle must be closed
 */
eas_ldap_found eas_ldap_read(LDAP *ld, const eas_ldap_query *query,
                             eas_moment until, apr_pool_t *pool);

#endif
