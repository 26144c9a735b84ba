/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_limits.h"

#include <apr_strings.h>

#include "eas_clock.h"
#include "eas_ldap_entry.h"
#include "eas_ldap_policies.h"
#include "eas_ldap_policy.h"

struct eas_ldap_limits {
    const eas_ldap_settings *settings;
    eas_ldap_policies *policies;
};

apr_status_t eas_ldap_limits_make(const eas_ldap_settings *settings,
                                  apr_pool_t *pool,
                                  eas_ldap_limits **limits_out)
{
    eas_ldap_limits *limits = apr_pcalloc(pool, sizeof(*limits));
    apr_status_t rv = eas_ldap_policies_make(pool, &limits->policies);

    limits->settings = settings;
    if (rv == APR_SUCCESS) {
        *limits_out = limits;
    }
    return rv;
}

/* --- reading --------------------------------------------------------------- */

typedef struct reading {
    const eas_ldap_query *query;
    apr_array_header_t *entries; /* of apr_table_t * */
} reading;

static eas_reason read_entries(LDAP *ld, const eas_ldap_server *server,
                               void *with, eas_moment deadline,
                               apr_pool_t *pool, int *dead_out,
                               const char **detail_out)
{
    reading *r = with;
    LDAPMessage *answer = NULL;
    LDAPMessage *entry;
    int code = LDAP_SUCCESS;
    eas_reason reason =
        eas_ldap_query_run(ld, server->host->uri, r->query,
                           eas_ldap_server_until(server, deadline), pool,
                           &answer, &code, dead_out, detail_out);

    r->entries = apr_array_make(pool, 1, sizeof(apr_table_t *));
    if (reason != EAS_REASON_NONE) {
        return reason;
    }
    for (entry = ldap_first_entry(ld, answer); entry;
         entry = ldap_next_entry(ld, entry)) {
        apr_table_t *values = apr_table_make(pool, 4);

        eas_ldap_entry_values(ld, entry, r->query->attributes, values, pool);
        APR_ARRAY_PUSH(r->entries, apr_table_t *) = values;
    }
    ldap_msgfree(answer);
    /* One that was not sent could be the strictest. */
    return code == LDAP_SIZELIMIT_EXCEEDED ? EAS_MISCONFIGURED
                                           : EAS_REASON_NONE;
}

static eas_reason ask(eas_ldap_server *server, void *with, eas_moment deadline,
                      apr_pool_t *pool, int *final_out, const char **detail_out)
{
    (void)final_out; /* reading may be repeated */
    return eas_ldap_server_ask(server, read_entries, with, deadline, pool,
                               detail_out);
}

static eas_reason read_limits(eas_ldap_fleet *fleet, eas_ldap_type type,
                              const eas_ldap_query *query, eas_moment deadline,
                              apr_pool_t *pool, eas_lockout_limits *found_out)
{
    apr_array_header_t *policies =
        apr_array_make(pool, 4, sizeof(eas_ldap_policy));
    reading r = {query, NULL};
    const char *detail = NULL;
    eas_reason reason =
        eas_ldap_fleet_ask(fleet, ask, &r, deadline, pool, &detail);

    if (reason != EAS_REASON_NONE) {
        return reason;
    }
    for (int i = 0; i < r.entries->nelts; i++) {
        APR_ARRAY_PUSH(policies, eas_ldap_policy) = eas_ldap_policy_parse(
            type, APR_ARRAY_IDX(r.entries, i, const apr_table_t *));
    }
    return eas_ldap_policy_limits(policies, found_out);
}

/* --- whose policy is meant ------------------------------------------------- */

static eas_reason read_reference(eas_ldap_fleet *fleet, eas_ldap_type type,
                                 const char *dn, eas_moment deadline,
                                 apr_pool_t *pool, const char **reference_out)
{
    const char *const *names = eas_ldap_policy_references(type);
    const eas_ldap_query query = {dn, LDAP_SCOPE_BASE, NULL, names, 1, NULL};
    reading r = {&query, NULL};
    const char *detail = NULL;
    eas_reason reason =
        eas_ldap_fleet_ask(fleet, ask, &r, deadline, pool, &detail);

    if (reason != EAS_REASON_NONE) {
        return reason;
    }
    if (!r.entries->nelts) {
        return EAS_MISCONFIGURED;
    }
    *reference_out = apr_table_get(
        APR_ARRAY_IDX(r.entries, 0, const apr_table_t *), names[0]);
    return EAS_REASON_NONE;
}

/* Whom a catalog has found is looked at once more. */
static eas_reason find_reference(eas_ldap_limits *limits, eas_ldap_fleet *fleet,
                                 eas_ldap_known *known,
                                 const eas_identity *identity,
                                 eas_moment deadline, apr_pool_t *pool,
                                 const char **reference_out)
{
    const char *key = apr_pstrcat(pool, "policy ", identity->id, NULL);
    apr_array_header_t *texts = eas_ldap_known_get(known, key, pool);
    const char *reference = NULL;
    eas_reason reason;

    if (texts) {
        reference = APR_ARRAY_IDX(texts, 0, const char *);
        *reference_out = *reference ? reference : NULL;
        return EAS_REASON_NONE;
    }
    reason = read_reference(fleet, limits->settings->type, identity->dn,
                            deadline, pool, &reference);
    if (reason == EAS_REASON_NONE) {
        texts = apr_array_make(pool, 1, sizeof(char *));
        APR_ARRAY_PUSH(texts, const char *) = reference ? reference : "";
        eas_ldap_known_put(known, key, texts);
        *reference_out = reference;
    }
    return reason;
}

static eas_reason get(eas_ldap_limits *limits, eas_ldap_fleet *fleet,
                      const eas_ldap_query *query, eas_moment deadline,
                      apr_pool_t *pool, eas_lockout_limits *found_out)
{
    const char *name = eas_ldap_entry_normal_dn(query->base, pool);
    eas_lockout_limits found = {0, 0};
    eas_reason reason;

    if (eas_ldap_policies_get(limits->policies, name, eas_clock_now(NULL),
                              &reason, found_out)) {
        return reason;
    }
    reason = read_limits(fleet, limits->settings->type, query, deadline, pool,
                         &found);
    /* A referral is no answer: the next one asked may have it. */
    if (reason != EAS_DIRECTORY_REFERRAL) {
        reason = eas_ldap_policies_put(limits->policies, name,
                                       eas_clock_now(NULL), reason, &found);
    }
    if (reason == EAS_REASON_NONE) {
        *found_out = found;
    }
    return reason;
}

eas_reason eas_ldap_limits_get(eas_ldap_limits *limits, eas_ldap_fleet *fleet,
                               eas_ldap_known *known,
                               const eas_identity *identity,
                               eas_moment deadline, apr_pool_t *pool,
                               eas_lockout_limits *found_out)
{
    const eas_ldap_settings *settings = limits->settings;
    const eas_ldap_type type = settings->type;
    const char *reference = apr_table_get(identity->attributes,
                                          eas_ldap_policy_references(type)[0]);
    eas_ldap_query query;

    if (known) {
        eas_reason reason = find_reference(limits, fleet, known, identity,
                                           deadline, pool, &reference);

        if (reason != EAS_REASON_NONE) {
            return reason;
        }
    }
    if (reference && !eas_ldap_dn_is_valid(reference)) {
        return EAS_MISCONFIGURED;
    }
    if (reference) {
        eas_ldap_policy_named(type, reference, &query);
    }
    else {
        eas_ldap_policy_common(type,
                               type == EAS_LDAP_ACTIVE_DIRECTORY
                                   ? identity->dn
                                   : settings->url.base,
                               pool, &query);
    }
    return get(limits, fleet, &query, deadline, pool, found_out);
}
