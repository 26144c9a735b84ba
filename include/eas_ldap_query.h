/* SPDX-License-Identifier: Apache-2.0 */
/** One search (RFC 4511, section 4.5) and its answer. */
#ifndef EAS_LDAP_QUERY_H
#define EAS_LDAP_QUERY_H

#include <ldap.h>

#include "eas_types.h"

/** What is searched for. */
typedef struct eas_ldap_query {
    const char *base;
    int scope;
    const char *filter;            /**< NULL for any entry */
    const char *const *attributes; /**< NULL-terminated; NULL for none */
    int limit;                     /**< entries wanted; 0 for all */
    LDAPControl **controls;        /**< NULL-terminated; NULL for none */
} eas_ldap_query;

/**
 * Search, and wait for whatever is answered.
 * @param until when to give up
 * @param pool for what is needed on the way
 * @param answer_out freed with ldap_msgfree by the caller; untouched on
 *        failure
 * @return LDAP_SUCCESS where an answer came, whatever it says; else as
 *         eas_ldap_result_wait
 */
int eas_ldap_query_send(LDAP *ld, const eas_ldap_query *query, eas_moment until,
                        apr_pool_t *pool, LDAPMessage **answer_out);

/**
 * Search, and wait for the whole answer.
 * @param uri of the server, for the log
 * @param until when to give up
 * @param pool lifetime of the texts
 * @param answer_out freed with ldap_msgfree by the caller; untouched on
 *        failure
 * @param code_out LDAP_SUCCESS, LDAP_NO_SUCH_OBJECT where the base is not
 *        there, LDAP_SIZELIMIT_EXCEEDED where there is more; set with
 *        EAS_REASON_NONE alone
 * @param dead_out set to 1 where the connection must be closed
 * @return EAS_REASON_NONE; a reason of the unavailable class with
 *         @a detail_out
 */
eas_reason eas_ldap_query_run(LDAP *ld, const char *uri,
                              const eas_ldap_query *query, eas_moment until,
                              apr_pool_t *pool, LDAPMessage **answer_out,
                              int *code_out, int *dead_out,
                              const char **detail_out);

/**
 * What the answer of a search for one entry says of it.  Nothing but a search
 * that was run to its end, and pointed nowhere else, says that the entry does
 * not match.
 * @param code as eas_ldap_query_run tells it
 * @param dn of the entry, for the log
 * @param pool lifetime of the texts
 * @return EAS_REASON_NONE where it is there, EAS_NOT_AUTHORIZED where it does
 *         not match; else a reason of the unavailable class, with
 *         @a detail_out
 */
eas_reason eas_ldap_query_match(LDAP *ld, LDAPMessage *answer, int code,
                                const char *dn, apr_pool_t *pool,
                                const char **detail_out);

/**
 * The DNs of the entries of an answer.
 * @param pool lifetime of the result
 * @return of const char *
 */
apr_array_header_t *eas_ldap_query_dns(LDAP *ld, LDAPMessage *answer,
                                       apr_pool_t *pool);

#endif
