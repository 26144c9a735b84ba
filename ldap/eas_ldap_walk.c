/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_walk.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "eas_ldap_entry.h"
#include "eas_text.h"

/* Bounds of the walk: nobody nests deeper on purpose, and a filter of a
 * hundred names is what every server takes. */
enum { LEVELS = 10, GROUPS = 10000, NAMES_A_FILTER = 100 };

eas_reason eas_ldap_check_query(const eas_ldap_check *c,
                                const eas_ldap_query *query,
                                LDAPMessage **answer_out, int *code_out)
{
    return eas_ldap_query_run(c->ld, c->server->host->uri, query,
                              eas_ldap_server_until(c->server, c->deadline),
                              c->pool, answer_out, code_out, c->dead_out,
                              c->detail_out);
}

/* Not being there is no answer: it may be elsewhere by now. */
static eas_reason cannot_find(const eas_ldap_check *c, const char *dn)
{
    return eas_ldap_check_cannot_tell(
        c, EAS_MISCONFIGURED,
        apr_psprintf(c->pool,
                     "%s is not there, or the service account may not read it",
                     eas_text_quote(dn, c->pool)));
}

eas_reason eas_ldap_check_entry(const eas_ldap_check *c, const char *dn,
                                const char *filter)
{
    const eas_ldap_query query = {dn, LDAP_SCOPE_BASE, filter, NULL, 0, NULL};
    LDAPMessage *answer = NULL;
    int code = LDAP_SUCCESS;
    eas_reason reason = eas_ldap_check_query(c, &query, &answer, &code);

    if (reason != EAS_REASON_NONE) {
        return reason;
    }
    reason =
        eas_ldap_query_match(c->ld, answer, code, dn, c->pool, c->detail_out);
    ldap_msgfree(answer);
    if (code == LDAP_NO_SUCH_OBJECT) {
        return cannot_find(c, dn);
    }
    return reason;
}

eas_reason eas_ldap_check_cannot_tell(const eas_ldap_check *c,
                                      eas_reason reason, const char *why)
{
    *c->detail_out = apr_pstrcat(
        c->pool, "group ", eas_text_quote(c->asked, c->pool), ": ", why, NULL);
    return reason;
}

/* What one filter asks for: groups that hold one of these. */
static const char *holders_filter(const eas_ldap_check *c,
                                  const apr_array_header_t *dns, int from)
{
    const char *filter = "(|";

    for (int i = from; i < dns->nelts && i < from + NAMES_A_FILTER; i++) {
        const char *dn = APR_ARRAY_IDX(dns, i, const char *);

        dn = eas_filter_escape(dn, strlen(dn), c->pool);
        filter = apr_pstrcat(c->pool, filter, "(member=", dn,
                             ")(uniqueMember=", dn, ")", NULL);
    }
    return apr_pstrcat(c->pool, filter, ")", NULL);
}

/* A posixGroup names its members by login name. */
static const char *person_filter(const eas_ldap_check *c,
                                 const apr_array_header_t *person)
{
    const char *user = c->identity->account.user;
    const char *by_dn = holders_filter(c, person, 0);

    return user ? apr_psprintf(c->pool, "(|%s(memberUid=%s))", by_dn,
                               eas_filter_escape(user, strlen(user), c->pool))
                : by_dn;
}

/* Adds the groups that hold one of some entries, those not seen before. */
static eas_reason add_holders(const eas_ldap_check *c, const char *filter,
                              apr_hash_t *seen, apr_array_header_t *found)
{
    const eas_ldap_query query = {
        c->settings->group_base, LDAP_SCOPE_SUBTREE, filter, NULL, 0, NULL};
    LDAPMessage *answer = NULL;
    apr_array_header_t *dns;
    int code = LDAP_SUCCESS;
    eas_reason reason = eas_ldap_check_query(c, &query, &answer, &code);

    if (reason != EAS_REASON_NONE) {
        return reason;
    }
    dns = eas_ldap_query_dns(c->ld, answer, c->pool);
    ldap_msgfree(answer);
    if (code == LDAP_NO_SUCH_OBJECT) {
        return cannot_find(c, c->settings->group_base);
    }
    if (code == LDAP_SIZELIMIT_EXCEEDED) {
        return eas_ldap_check_cannot_tell(
            c, EAS_DIRECTORY_ERROR,
            "the directory lists no more groups than its size limit allows: raise it for the service account");
    }
    if (code == LDAP_NO_SUCH_OBJECT) {
        return eas_ldap_check_cannot_tell(
            c, EAS_MISCONFIGURED,
            "the place where groups are looked for is not there, or the service account may not read it (EASAuthLDAPGroupBase)");
    }
    for (int i = 0; i < dns->nelts; i++) {
        const char *dn = APR_ARRAY_IDX(dns, i, const char *);
        const char *key = eas_ldap_entry_normal_dn(dn, c->pool);

        if (!apr_hash_get(seen, key, APR_HASH_KEY_STRING)) {
            apr_hash_set(seen, key, APR_HASH_KEY_STRING, dn);
            APR_ARRAY_PUSH(found, const char *) = dn;
        }
    }
    return EAS_REASON_NONE;
}

/* The groups of the next level. */
static eas_reason climb(const eas_ldap_check *c,
                        const apr_array_header_t *level, apr_hash_t *seen,
                        apr_array_header_t **next_out)
{
    apr_array_header_t *next = apr_array_make(c->pool, 8, sizeof(char *));
    eas_reason reason = EAS_REASON_NONE;

    for (int from = 0; from < level->nelts && reason == EAS_REASON_NONE;
         from += NAMES_A_FILTER) {
        reason = add_holders(c, holders_filter(c, level, from), seen, next);
    }
    *next_out = next;
    return reason;
}

static eas_reason walk(const eas_ldap_check *c, const char *person_filter_)
{
    apr_hash_t *seen = apr_hash_make(c->pool);
    apr_array_header_t *level = apr_array_make(c->pool, 8, sizeof(char *));
    const char *target = eas_ldap_entry_normal_dn(c->group_dn, c->pool);
    eas_reason reason = add_holders(c, person_filter_, seen, level);

    for (int i = 0; i < LEVELS && reason == EAS_REASON_NONE; i++) {
        if (apr_hash_get(seen, target, APR_HASH_KEY_STRING)) {
            return EAS_REASON_NONE;
        }
        if (!level->nelts) {
            return EAS_NOT_AUTHORIZED;
        }
        if (apr_hash_count(seen) > GROUPS) {
            break;
        }
        reason = climb(c, level, seen, &level);
    }
    return reason != EAS_REASON_NONE
               ? reason
               : eas_ldap_check_cannot_tell(
                   c, EAS_DIRECTORY_ERROR,
                   "groups are nested too deep, or are too many, to find out");
}

eas_reason eas_ldap_walk(const eas_ldap_check *c)
{
    apr_array_header_t *person = apr_array_make(c->pool, 1, sizeof(char *));
    const char *filter;
    eas_reason reason;

    APR_ARRAY_PUSH(person, const char *) = c->identity->dn;
    filter = person_filter(c, person);
    /* The usual case, in one question: the group itself is looked at. */
    reason = eas_ldap_check_entry(c, c->group_dn, filter);
    return reason == EAS_NOT_AUTHORIZED ? walk(c, filter) : reason;
}
