/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_read.h"

#include <apr_strings.h>

#include "eas_ldap_result.h"
#include "eas_text.h"

static const char *text_of(const struct berval *value, apr_pool_t *pool)
{
    return eas_text_is_utf8(value->bv_val, value->bv_len)
                   && !eas_text_has_control(value->bv_val, value->bv_len)
               ? apr_pstrmemdup(pool, value->bv_val, value->bv_len)
               : "";
}

static void read_values(LDAP *ld, LDAPMessage *entry, const char *name,
                        apr_table_t *table, apr_pool_t *pool)
{
    struct berval **values = ldap_get_values_len(ld, entry, name);
    int i;

    for (i = 0; values && values[i]; i++) {
        apr_table_addn(table, name, text_of(values[i], pool));
    }
    ldap_value_free_len(values);
}

static apr_table_t *read_entry(LDAP *ld, LDAPMessage *entry,
                               const char *const *names, apr_pool_t *pool)
{
    apr_table_t *table = apr_table_make(pool, 8);
    char *dn = ldap_get_dn(ld, entry);

    apr_table_set(table, "dn", dn ? dn : "");
    ldap_memfree(dn);
    for (; *names; names++) {
        read_values(ld, entry, *names, table, pool);
    }
    return table;
}

eas_ldap_found eas_ldap_read(LDAP *ld, const eas_ldap_query *query,
                             eas_moment until, apr_pool_t *pool)
{
    eas_ldap_found found = {LDAP_OTHER, "", NULL};
    eas_ldap_result result;
    LDAPMessage *answer = NULL;
    LDAPMessage *entry;

    found.tables = apr_array_make(pool, 1, sizeof(apr_table_t *));
    found.code = eas_ldap_query_send(ld, query, until, pool, &answer);
    if (found.code != LDAP_SUCCESS) {
        return found;
    }
    result = eas_ldap_result_read(ld, answer, LDAP_RES_SEARCH_RESULT, pool);
    found.code =
        result.code == LDAP_SIZELIMIT_EXCEEDED ? LDAP_SUCCESS : result.code;
    found.diagnostic = result.diagnostic;
    for (entry = ldap_first_entry(ld, answer); entry;
         entry = ldap_next_entry(ld, entry)) {
        APR_ARRAY_PUSH(found.tables, apr_table_t *) =
            read_entry(ld, entry, query->attributes, pool);
    }
    ldap_msgfree(answer);
    return found;
}
