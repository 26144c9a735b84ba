/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_query.h"

#include <apr_strings.h>

#include "eas_ldap_entry.h"
#include "eas_ldap_result.h"
#include "eas_text.h"

/* libldap wants what it does not change to be changeable. */
static char **names_of(const eas_ldap_query *query, apr_pool_t *pool)
{
    apr_array_header_t *names = apr_array_make(pool, 8, sizeof(char *));
    const char *const *name = query->attributes;

    for (; name && *name; name++) {
        APR_ARRAY_PUSH(names, char *) = apr_pstrdup(pool, *name);
    }
    if (!names->nelts) {
        APR_ARRAY_PUSH(names, char *) = apr_pstrdup(pool, LDAP_NO_ATTRS);
    }
    APR_ARRAY_PUSH(names, char *) = NULL;
    return (char **)names->elts;
}

static int is_answer(int code)
{
    return code == LDAP_SUCCESS || code == LDAP_NO_SUCH_OBJECT
           || code == LDAP_SIZELIMIT_EXCEEDED;
}

/* Whether every entry of an answer can be read. */
static int is_whole(LDAP *ld, LDAPMessage *answer)
{
    LDAPMessage *entry = ldap_first_entry(ld, answer);

    while (entry && eas_ldap_entry_is_whole(ld, entry)) {
        entry = ldap_next_entry(ld, entry);
    }
    return entry == NULL;
}

int eas_ldap_query_send(LDAP *ld, const eas_ldap_query *query, eas_moment until,
                        apr_pool_t *pool, LDAPMessage **answer_out)
{
    int message = 0;
    int rc = ldap_search_ext(ld, query->base, query->scope, query->filter,
                             names_of(query, pool), 0, query->controls, NULL,
                             NULL, query->limit, &message);

    return rc == LDAP_SUCCESS
               ? eas_ldap_result_wait(ld, message, until, answer_out)
               : rc;
}

eas_reason eas_ldap_query_run(LDAP *ld, const char *uri,
                              const eas_ldap_query *query, eas_moment until,
                              apr_pool_t *pool, LDAPMessage **answer_out,
                              int *code_out, int *dead_out,
                              const char **detail_out)
{
    LDAPMessage *answer = NULL;
    eas_ldap_result result;
    int rc = eas_ldap_query_send(ld, query, until, pool, &answer);

    if (rc != LDAP_SUCCESS) {
        *dead_out = rc != LDAP_FILTER_ERROR;
        *detail_out = eas_ldap_result_describe("search", uri, rc, NULL, pool);
        return eas_ldap_result_reason(rc);
    }
    result = eas_ldap_result_read(ld, answer, LDAP_RES_SEARCH_RESULT, pool);
    if (is_answer(result.code) && !is_whole(ld, answer)) {
        result.code = LDAP_DECODING_ERROR;
    }
    if (!is_answer(result.code)) {
        ldap_msgfree(answer);
        *dead_out = result.code == LDAP_DECODING_ERROR;
        *detail_out = eas_ldap_result_explain("search", uri, &result, pool);
        return eas_ldap_result_reason(result.code);
    }
    *answer_out = answer;
    *code_out = result.code;
    return EAS_REASON_NONE;
}

eas_reason eas_ldap_query_match(LDAP *ld, LDAPMessage *answer, int code,
                                const char *dn, apr_pool_t *pool,
                                const char **detail_out)
{
    if (ldap_count_entries(ld, answer) > 0) {
        return EAS_REASON_NONE;
    }
    if (code == LDAP_SUCCESS && ldap_first_reference(ld, answer)) {
        code = LDAP_REFERRAL;
    }
    if (code == LDAP_SUCCESS) {
        return EAS_NOT_AUTHORIZED;
    }
    *detail_out =
        apr_psprintf(pool, "%s cannot be looked at: %s (%d)",
                     eas_text_quote(dn, pool), ldap_err2string(code), code);
    return eas_ldap_result_reason(code);
}

apr_array_header_t *eas_ldap_query_dns(LDAP *ld, LDAPMessage *answer,
                                       apr_pool_t *pool)
{
    apr_array_header_t *dns = apr_array_make(pool, 4, sizeof(char *));
    LDAPMessage *entry = ldap_first_entry(ld, answer);

    for (; entry; entry = ldap_next_entry(ld, entry)) {
        char *dn = ldap_get_dn(ld, entry);

        if (dn && *dn) {
            APR_ARRAY_PUSH(dns, const char *) = apr_pstrdup(pool, dn);
        }
        ldap_memfree(dn);
    }
    return dns;
}
