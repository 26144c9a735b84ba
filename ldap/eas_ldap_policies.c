/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_policies.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_thread_mutex.h>

#define GOOD_FOR apr_time_from_sec(900)
#define BAD_FOR apr_time_from_sec(60)
#define READING_FOR apr_time_from_sec(60)

typedef struct place {
    char name[EAS_LDAP_POLICIES_NAME_MAX + 1]; /* "" for none */
    eas_reason reason;
    eas_lockout_limits limits; /* where that is NONE */
    eas_moment until;
} place;

struct eas_ldap_policies {
    apr_thread_mutex_t *mutex; /* before the places */
    place places[EAS_LDAP_POLICIES_KEPT];
};

apr_status_t eas_ldap_policies_make(apr_pool_t *pool,
                                    eas_ldap_policies **policies_out)
{
    eas_ldap_policies *policies = apr_pcalloc(pool, sizeof(*policies));
    apr_status_t rv = apr_thread_mutex_create(&policies->mutex,
                                              APR_THREAD_MUTEX_DEFAULT, pool);

    if (rv == APR_SUCCESS) {
        *policies_out = policies;
    }
    return rv;
}

/* Called with the lock held. */
static place *find(eas_ldap_policies *policies, const char *name)
{
    for (int i = 0; i < EAS_LDAP_POLICIES_KEPT; i++) {
        if (!strcmp(policies->places[i].name, name)) {
            return &policies->places[i];
        }
    }
    return NULL;
}

/* Called with the lock held: the one nearest to its end. */
static place *oldest(eas_ldap_policies *policies)
{
    place *chosen = policies->places;

    for (int i = 1; i < EAS_LDAP_POLICIES_KEPT; i++) {
        if (policies->places[i].until < chosen->until) {
            chosen = &policies->places[i];
        }
    }
    return chosen;
}

/* Called with the lock held: the name's own place, else an empty one, else
 * another's. */
static place *choose(eas_ldap_policies *policies, const char *name)
{
    place *chosen = find(policies, name);

    if (!chosen) {
        chosen = find(policies, "");
    }
    return chosen ? chosen : oldest(policies);
}

static eas_reason give(const place *from, eas_lockout_limits *limits_out)
{
    if (from->reason == EAS_REASON_NONE) {
        *limits_out = from->limits;
    }
    return from->reason;
}

int eas_ldap_policies_get(eas_ldap_policies *policies, const char *name,
                          eas_moment now, eas_reason *reason_out,
                          eas_lockout_limits *limits_out)
{
    int is_known = 0;
    place *at;

    apr_thread_mutex_lock(policies->mutex);
    at = find(policies, name);
    if (at && now < at->until) {
        is_known = 1;
        *reason_out = give(at, limits_out);
    }
    else if (at) {
        at->until = now + READING_FOR;
    }
    apr_thread_mutex_unlock(policies->mutex);
    return is_known;
}

eas_reason eas_ldap_policies_put(eas_ldap_policies *policies, const char *name,
                                 eas_moment now, eas_reason reason,
                                 eas_lockout_limits *limits)
{
    place *at;

    if (strlen(name) > EAS_LDAP_POLICIES_NAME_MAX) {
        return reason;
    }
    apr_thread_mutex_lock(policies->mutex);
    at = choose(policies, name);
    if (strcmp(at->name, name) || at->reason != EAS_REASON_NONE
        || reason == EAS_REASON_NONE || reason == EAS_MISCONFIGURED) {
        apr_cpystrn(at->name, name, sizeof(at->name));
        at->reason = reason;
        at->limits = *limits;
    }
    at->until = now + (reason == EAS_REASON_NONE ? GOOD_FOR : BAD_FOR);
    reason = give(at, limits);
    apr_thread_mutex_unlock(policies->mutex);
    return reason;
}
