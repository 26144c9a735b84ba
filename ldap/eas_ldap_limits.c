/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_limits.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_thread_mutex.h>

#include "eas_clock.h"
#include "eas_ldap_entry.h"
#include "eas_ldap_policy.h"

/* A directory has a handful of policies.  Of more, or where a name has no
 * room, one is read again that could have been known. */
enum { PLACES = 32, NAME_MAX_BYTES = 512 };

#define GOOD_FOR apr_time_from_sec(900)
#define BAD_FOR apr_time_from_sec(60)
/* As long as the one who reads it again may take. */
#define READING_FOR apr_time_from_sec(60)

typedef struct place {
    char name[NAME_MAX_BYTES]; /* where it was looked for; "" for none */
    eas_reason reason;
    eas_lockout_limits limits; /* where that is NONE */
    eas_moment until;
} place;

struct eas_ldap_limits {
    const eas_ldap_settings *settings;
    apr_thread_mutex_t *mutex; /* before the places */
    place places[PLACES];
};

apr_status_t eas_ldap_limits_make(const eas_ldap_settings *settings,
                                  apr_pool_t *pool,
                                  eas_ldap_limits **limits_out)
{
    eas_ldap_limits *limits = apr_pcalloc(pool, sizeof(*limits));
    apr_status_t rv =
        apr_thread_mutex_create(&limits->mutex, APR_THREAD_MUTEX_DEFAULT, pool);

    limits->settings = settings;
    if (rv == APR_SUCCESS) {
        *limits_out = limits;
    }
    return rv;
}

/* --- what is known --------------------------------------------------------- */

/* Called with the lock held. */
static place *find(eas_ldap_limits *limits, const char *name)
{
    for (int i = 0; i < PLACES; i++) {
        if (!strcmp(limits->places[i].name, name)) {
            return &limits->places[i];
        }
    }
    return NULL;
}

/* Called with the lock held: the name's own place, else the one nearest to its
 * end. */
static place *choose(eas_ldap_limits *limits, const char *name)
{
    place *chosen = find(limits, name);

    for (int i = 0; !chosen && i < PLACES; i++) {
        if (!*limits->places[i].name) {
            chosen = &limits->places[i];
        }
    }
    if (chosen) {
        return chosen;
    }
    chosen = limits->places;
    for (int i = 1; i < PLACES; i++) {
        if (limits->places[i].until < chosen->until) {
            chosen = &limits->places[i];
        }
    }
    return chosen;
}

static eas_reason give(const place *from, eas_lockout_limits *found_out)
{
    if (from->reason == EAS_REASON_NONE) {
        *found_out = from->limits;
    }
    return from->reason;
}

/* Whether the answer is known; else it is for the caller to find out. */
static int recall(eas_ldap_limits *limits, const char *name,
                  eas_reason *reason_out, eas_lockout_limits *found_out)
{
    const eas_moment now = eas_clock_now(NULL);
    int is_known = 0;
    place *at;

    apr_thread_mutex_lock(limits->mutex);
    at = find(limits, name);
    if (at && now < at->until) {
        is_known = 1;
        *reason_out = give(at, found_out);
    }
    else if (at) {
        at->until = now + READING_FOR;
    }
    apr_thread_mutex_unlock(limits->mutex);
    return is_known;
}

/* What was good is not given up because nobody answers. */
static eas_reason remember(eas_ldap_limits *limits, const char *name,
                           eas_reason reason, const eas_lockout_limits *found,
                           eas_lockout_limits *found_out)
{
    const eas_moment now = eas_clock_now(NULL);
    place *at;

    apr_thread_mutex_lock(limits->mutex);
    at = choose(limits, name);
    at->until = now + (reason == EAS_REASON_NONE ? GOOD_FOR : BAD_FOR);
    if (strcmp(at->name, name) || at->reason != EAS_REASON_NONE
        || reason == EAS_REASON_NONE || reason == EAS_MISCONFIGURED) {
        apr_cpystrn(at->name, name, sizeof(at->name));
        at->reason = reason;
        at->limits = *found;
    }
    reason = give(at, found_out);
    apr_thread_mutex_unlock(limits->mutex);
    return reason;
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

    if (recall(limits, name, &reason, found_out)) {
        return reason;
    }
    reason = read_limits(fleet, limits->settings->type, query, deadline, pool,
                         &found);
    /* A referral is no answer: the next one asked may have it. */
    if (reason != EAS_DIRECTORY_REFERRAL && strlen(name) < NAME_MAX_BYTES) {
        return remember(limits, name, reason, &found, found_out);
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
