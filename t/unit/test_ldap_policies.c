/* SPDX-License-Identifier: Apache-2.0 */
/* How long a lockout policy is believed, and what is when it cannot be read:
 * moments are the test's own. */
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "eas_ldap_policies.h"
#include "eas_reason.h"
#include "tap.h"

#define SECONDS(n) apr_time_from_sec(n)

static apr_pool_t *pool;

static eas_ldap_policies *made(void)
{
    eas_ldap_policies *policies = NULL;

    is_int(eas_ldap_policies_make(pool, &policies), APR_SUCCESS, "made");
    return policies;
}

/* The threshold, or why there is none; "" where it is not known. */
static const char *get(eas_ldap_policies *policies, const char *name, int when)
{
    eas_reason reason = EAS_GRANTED;
    eas_lockout_limits limits = {-7, -7};

    if (!eas_ldap_policies_get(policies, name, SECONDS(when), &reason,
                               &limits)) {
        return reason == EAS_GRANTED && limits.threshold == -7 ? "" : "set";
    }
    return reason == EAS_REASON_NONE
               ? apr_psprintf(pool, "%d in %d", limits.threshold,
                              (int)apr_time_sec(limits.window))
               : eas_reason_name(reason);
}

static const char *put(eas_ldap_policies *policies, const char *name, int when,
                       eas_reason reason, int threshold)
{
    eas_lockout_limits limits = {threshold, SECONDS(60)};
    const eas_reason told =
        eas_ldap_policies_put(policies, name, SECONDS(when), reason, &limits);

    return told == EAS_REASON_NONE ? apr_psprintf(pool, "%d", limits.threshold)
                                   : eas_reason_name(told);
}

static void test_keeps(void)
{
    eas_ldap_policies *p = made();

    is_str(get(p, "a", 1), "", "nothing at first");
    is_str(put(p, "a", 1, EAS_REASON_NONE, 5), "5", "read");
    is_str(get(p, "a", 1), "5 in 60", "known");
    is_str(get(p, "b", 1), "", "no other");
    is_str(get(p, "a", 900), "5 in 60", "15 minutes");
    is_str(get(p, "a", 901), "", "one is to read it again");
    is_str(get(p, "a", 901), "5 in 60", "and the others believe it");
    is_str(get(p, "a", 960), "5 in 60", "for a minute");
    is_str(get(p, "a", 961), "", "then the next one is to");
    is_str(put(p, "a", 962, EAS_REASON_NONE, 0), "0", "it has changed");
    is_str(get(p, "a", 963), "0 in 60", "so it is");
}

static void test_failures(void)
{
    eas_ldap_policies *p = made();

    is_str(put(p, "a", 1, EAS_DIRECTORY_DOWN, 0), "directory-down", "down");
    is_str(get(p, "a", 60), "directory-down", "known for a minute");
    is_str(get(p, "a", 61), "", "and no longer");
    is_str(put(p, "a", 61, EAS_REASON_NONE, 5), "5", "it answers");
    is_str(put(p, "a", 962, EAS_DIRECTORY_TIMEOUT, 0), "5",
           "what was good is believed while it does not");
    is_str(get(p, "a", 1021), "5 in 60", "for a minute");
    is_str(get(p, "a", 1022), "", "and is looked at again");
    is_str(put(p, "a", 1022, EAS_MISCONFIGURED, 0), "misconfigured",
           "it says that it may not be read");
    is_str(get(p, "a", 1081), "misconfigured", "that is believed");
    is_str(put(p, "a", 1082, EAS_DIRECTORY_DOWN, 0), "directory-down",
           "a failure replaces a failure");
}

static void test_bounds(void)
{
    eas_ldap_policies *p = made();
    char name[EAS_LDAP_POLICIES_NAME_MAX + 2];

    for (int i = 0; i < EAS_LDAP_POLICIES_KEPT; i++) {
        put(p, apr_psprintf(pool, "n%d", i), 1 + i, EAS_REASON_NONE, i);
    }
    is_str(get(p, "n0", 40), "0 in 60", "as many as there are places");
    put(p, "more", 40, EAS_REASON_NONE, 77);
    is_str(get(p, "more", 40), "77 in 60", "one more");
    is_str(get(p, "n0", 40), "", "for the oldest");
    is_str(get(p, "n1", 40), "1 in 60", "and no other");
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    is_str(put(p, name, 40, EAS_REASON_NONE, 5), "5", "too long a name");
    is_str(get(p, name, 40), "", "is not kept");
    name[sizeof(name) - 2] = '\0';
    put(p, name, 40, EAS_REASON_NONE, 5);
    is_str(get(p, name, 40), "5 in 60", "the longest is");
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_keeps();
    test_failures();
    test_bounds();
    apr_pool_destroy(pool);
    apr_terminate();
    return done_testing();
}
