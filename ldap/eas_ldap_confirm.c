/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_confirm.h"

#include <string.h>

#include <apr_strings.h>

#include "eas_ldap_query.h"
#include "eas_ldap_result.h"
#include "eas_ldap_search.h"
#include "eas_text.h"

int eas_ldap_confirm_is_needed(const eas_ldap_settings *settings,
                               const eas_identity *identity)
{
    const char *c;

    if (!eas_ldap_settings_binds_dn(settings)) {
        return 1;
    }
    /* What these let bind all the same, the entry alone tells: a password that
     * has expired, an account that wants a smart card. */
    if (settings->type == EAS_LDAP_FREEIPA
        || settings->type == EAS_LDAP_ACTIVE_DIRECTORY) {
        return 1;
    }
    for (c = identity->account.user; *c; c++) {
        if (*c <= ' ' || *c > '~') {
            return 1;
        }
    }
    return 0;
}

/* The values of one attribute of one entry; the caller frees them. */
static struct berval **read_values(LDAP *ld, const char *dn,
                                   const char *attribute, eas_moment until,
                                   apr_pool_t *pool, int *code_out)
{
    const char *const names[] = {attribute, NULL};
    const eas_ldap_query query = {
        dn, LDAP_SCOPE_BASE, "(objectClass=*)", names, 1, NULL};
    struct berval **values = NULL;
    LDAPMessage *answer = NULL;
    LDAPMessage *entry;
    int rc = eas_ldap_query_send(ld, &query, until, pool, &answer);

    *code_out = rc;
    if (rc != LDAP_SUCCESS) {
        return NULL;
    }
    entry = ldap_first_entry(ld, answer);
    if (entry) {
        values = ldap_get_values_len(ld, entry, attribute);
    }
    ldap_msgfree(answer);
    return values;
}

/* Group SIDs are groups', so an entry whose SID is in a token is the one the
 * token was made for. */
static int holds(struct berval **token, struct berval **sid)
{
    int i;

    if (!sid || !sid[0] || sid[1]) {
        return 0;
    }
    for (i = 0; token && token[i]; i++) {
        if (token[i]->bv_len == sid[0]->bv_len
            && !memcmp(token[i]->bv_val, sid[0]->bv_val, sid[0]->bv_len)) {
            return 1;
        }
    }
    return 0;
}

static eas_reason compare_sid(LDAP *ld, const char *uri, const char *dn,
                              eas_moment until, apr_pool_t *pool,
                              const char **detail_out)
{
    int code = LDAP_SUCCESS;
    struct berval **sid = read_values(ld, dn, "objectSid", until, pool, &code);
    struct berval **token = NULL;
    int is_bound;

    if (code == LDAP_SUCCESS) {
        token = read_values(ld, "", "tokenGroups", until, pool, &code);
    }
    is_bound = holds(token, sid);
    ldap_value_free_len(token);
    ldap_value_free_len(sid);
    if (code != LDAP_SUCCESS) {
        *detail_out = eas_ldap_result_describe("reading who was bound", uri,
                                               code, NULL, pool);
        return eas_ldap_result_reason(code);
    }
    if (!is_bound) {
        *detail_out = apr_psprintf(pool, "somebody else than %s was bound",
                                   eas_text_quote(dn, pool));
        return EAS_AMBIGUOUS_USER;
    }
    return EAS_REASON_NONE;
}

/* Names as Active Directory binds them: no mail addresses, whose owner may be
 * somebody else.  Users alone: the SID of a group is in its members' tokens
 * as well. */
static const char *filter_of(const eas_ldap_settings *settings,
                             const eas_identity *identity, apr_pool_t *pool)
{
    eas_login_attributes attributes = settings->login;
    eas_domains every = {NULL, 1};
    eas_login login;

    attributes.mail = apr_array_make(pool, 1, sizeof(char *));
    if (eas_login_parse(identity->dn, pool, &login) != EAS_REASON_NONE) {
        return NULL;
    }
    return eas_filter_login(&attributes, &every, "(objectClass=user)", &login,
                            pool);
}

static eas_reason find_own(LDAP *ld, const char *uri,
                           const eas_ldap_settings *settings,
                           const eas_identity *identity, eas_moment until,
                           apr_pool_t *pool, eas_identity **found_out,
                           const char **detail_out)
{
    eas_ldap_settings where = *settings;
    eas_ldap_sought sought = {.filter = "(objectClass=*)"};
    eas_reason reason;
    int dead = 0;

    if (eas_ldap_settings_binds_dn(settings)) {
        where.url.base = identity->dn;
        where.url.scope = LDAP_SCOPE_BASE;
    }
    else {
        sought.filter = filter_of(settings, identity, pool);
    }
    if (!sought.filter) {
        return EAS_UNKNOWN_USER;
    }
    reason = eas_ldap_search(ld, uri, &where, &sought, until, pool, &dead,
                             detail_out);
    if (reason == EAS_REASON_NONE) {
        *found_out = sought.found;
    }
    return reason;
}

eas_reason eas_ldap_confirm(LDAP *ld, const char *uri,
                            const eas_ldap_settings *settings,
                            eas_identity *identity, eas_moment until,
                            apr_pool_t *pool, const char **detail_out)
{
    eas_identity *found = NULL;
    eas_reason reason =
        find_own(ld, uri, settings, identity, until, pool, &found, detail_out);

    if (reason == EAS_UNKNOWN_USER || reason == EAS_MISCONFIGURED) {
        *detail_out = apr_psprintf(pool,
                                   "%s was bound, but may not read an entry "
                                   "of that name below the base of "
                                   "EASAuthLDAPURL: if it is there, let "
                                   "people read their own",
                                   eas_text_quote(identity->dn, pool));
        return EAS_NOT_AUTHORIZED;
    }
    if (reason == EAS_REASON_NONE && !eas_ldap_settings_binds_dn(settings)) {
        reason = compare_sid(ld, uri, found->dn, until, pool, detail_out);
    }
    if (reason == EAS_REASON_NONE) {
        *identity = *found;
        identity->stamp = NULL; /* nobody could read it before */
    }
    return reason;
}
