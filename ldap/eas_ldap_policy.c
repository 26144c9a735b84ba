/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_policy.h"

#include <errno.h>
#include <limits.h>
#include <strings.h>

#include <apr_strings.h>

/* Active Directory counts time in steps of 100 ns, below zero (MS-SAMR
 * 2.2.3.1, LARGE_INTEGER as a delta). */
#define AD_PER_SECOND 10000000

/* A hundred years: what is longer would not fit into microseconds. */
#define SECONDS_MAX APR_INT64_C(3155760000)

/* The names of one policy's attributes, in the order of eas_ldap_policy. */
static const char *const head_names[] = {
    "lockoutThreshold", "lockOutObservationWindow", "lockoutDuration", NULL};
static const char *const pso_names[] = {"msDS-LockoutThreshold",
                                        "msDS-LockoutObservationWindow",
                                        "msDS-LockoutDuration", NULL};
static const char *const ipa_names[] = {"krbPwdMaxFailure",
                                        "krbPwdFailureCountInterval",
                                        "krbPwdLockoutDuration", NULL};
static const char *const ppolicy_names[] = {
    "pwdMaxFailure",      "pwdFailureCountInterval",
    "pwdLockoutDuration", "pwdLockout",
    "pwdAttribute",       NULL};

const char *const *eas_ldap_policy_references(eas_ldap_type type)
{
    static const char *const ad[] = {"msDS-ResultantPSO", NULL};
    static const char *const ipa[] = {"krbPwdPolicyReference", NULL};
    static const char *const ppolicy[] = {"pwdPolicySubentry", NULL};

    return type == EAS_LDAP_ACTIVE_DIRECTORY ? ad
           : type == EAS_LDAP_FREEIPA        ? ipa
                                             : ppolicy;
}

void eas_ldap_policy_named(eas_ldap_type type, const char *reference,
                           eas_ldap_query *query_out)
{
    const int is_ad = type == EAS_LDAP_ACTIVE_DIRECTORY;
    const int is_ipa = type == EAS_LDAP_FREEIPA;

    *query_out =
        (eas_ldap_query){reference,
                         LDAP_SCOPE_BASE,
                         is_ad || is_ipa ? NULL : "(objectClass=pwdPolicy)",
                         is_ad    ? pso_names
                         : is_ipa ? ipa_names
                                  : ppolicy_names,
                         1,
                         NULL};
}

void eas_ldap_policy_common(eas_ldap_type type, const char *dn,
                            apr_pool_t *pool, eas_ldap_query *query_out)
{
    const char *suffix = eas_ldap_settings_suffix(dn, pool);

    switch (type) {
    case EAS_LDAP_ACTIVE_DIRECTORY:
        *query_out = (eas_ldap_query){
            suffix, LDAP_SCOPE_BASE, NULL, head_names, 1, NULL};
        return;
    case EAS_LDAP_FREEIPA:
        *query_out =
            (eas_ldap_query){apr_pstrcat(pool, "cn=kerberos,", suffix, NULL),
                             LDAP_SCOPE_SUBTREE,
                             "(cn=global_policy)",
                             ipa_names,
                             1,
                             NULL};
        return;
    case EAS_LDAP_OPENLDAP:
    case EAS_LDAP_GENERIC:
        break;
    }
    *query_out = (eas_ldap_query){
        suffix,        LDAP_SCOPE_SUBTREE,    "(objectClass=pwdPolicy)",
        ppolicy_names, EAS_LDAP_POLICIES_MAX, NULL};
}

/* --- values ---------------------------------------------------------------- */

static int read_number(const apr_table_t *entry, const char *name,
                       apr_int64_t *number_out)
{
    const char *text = apr_table_get(entry, name);
    char *end = NULL;
    apr_int64_t number;

    if (!text || !*text) {
        return 0;
    }
    errno = 0;
    number = apr_strtoi64(text, &end, 10);
    if (errno || *end) {
        return 0;
    }
    *number_out = number;
    return 1;
}

/* A number from 0 on; @a otherwise where it is not there, -1 where it is no
 * such number. */
static apr_int64_t count_of(const apr_table_t *entry, const char *name,
                            apr_int64_t otherwise)
{
    apr_int64_t number = -1;

    if (!apr_table_get(entry, name)) {
        return otherwise;
    }
    return read_number(entry, name, &number) && number >= 0 ? number : -1;
}

/* Below zero as it is kept; all bits of the lowest number are "for ever". */
static apr_int64_t ad_seconds(const apr_table_t *entry, const char *name)
{
    apr_int64_t kept = 0;

    if (!read_number(entry, name, &kept) || kept > 0) {
        return -1;
    }
    return kept == APR_INT64_MIN ? 0 : -(kept / AD_PER_SECOND);
}

static eas_ldap_policy parse_ad(const apr_table_t *entry)
{
    const char *const *names =
        apr_table_get(entry, pso_names[0]) ? pso_names : head_names;

    return (eas_ldap_policy){count_of(entry, names[0], -1),
                             ad_seconds(entry, names[1]),
                             ad_seconds(entry, names[2])};
}

/* Draft-behera-ldap-password-policy-10, sections 5.2.11 to 5.2.14: all of it
 * may be left out. */
static eas_ldap_policy parse_ppolicy(const apr_table_t *entry)
{
    const char *locks = apr_table_get(entry, "pwdLockout");

    if (!apr_table_get(entry, "pwdAttribute")) {
        return (eas_ldap_policy){-1, -1, -1};
    }
    if (!locks || strcasecmp(locks, "TRUE")) {
        return (eas_ldap_policy){0, -1, -1};
    }
    return (eas_ldap_policy){count_of(entry, ppolicy_names[0], 0),
                             count_of(entry, ppolicy_names[1], 0),
                             count_of(entry, ppolicy_names[2], 0)};
}

eas_ldap_policy eas_ldap_policy_parse(eas_ldap_type type,
                                      const apr_table_t *entry)
{
    switch (type) {
    case EAS_LDAP_ACTIVE_DIRECTORY:
        return parse_ad(entry);
    case EAS_LDAP_FREEIPA:
        return (eas_ldap_policy){count_of(entry, ipa_names[0], -1),
                                 count_of(entry, ipa_names[1], -1),
                                 count_of(entry, ipa_names[2], -1)};
    case EAS_LDAP_OPENLDAP:
    case EAS_LDAP_GENERIC:
        break;
    }
    return parse_ppolicy(entry);
}

/* --- limits ---------------------------------------------------------------- */

static apr_interval_time_t window_of(const eas_ldap_policy *policy)
{
    return policy->window == 0            ? EAS_LDAP_POLICY_UNTIL_SUCCESS
           : policy->window > SECONDS_MAX ? apr_time_from_sec(SECONDS_MAX)
                                          : apr_time_from_sec(policy->window);
}

static void add_policy(const eas_ldap_policy *policy,
                       eas_lockout_limits *strictest)
{
    const int most = policy->most > INT_MAX ? INT_MAX : (int)policy->most;

    if (!most) {
        return;
    }
    if (!strictest->threshold || most < strictest->threshold) {
        strictest->threshold = most;
    }
    if (window_of(policy) > strictest->window) {
        strictest->window = window_of(policy);
    }
}

eas_reason eas_ldap_policy_limits(const apr_array_header_t *policies,
                                  eas_lockout_limits *limits_out)
{
    eas_lockout_limits strictest = {0, 0};

    for (int i = 0; i < policies->nelts; i++) {
        const eas_ldap_policy *policy =
            &APR_ARRAY_IDX(policies, i, eas_ldap_policy);

        if (policy->most < 0 || (policy->most > 0 && policy->window < 0)) {
            return EAS_MISCONFIGURED;
        }
        add_policy(policy, &strictest);
    }
    if (!policies->nelts) {
        return EAS_MISCONFIGURED;
    }
    *limits_out = strictest;
    return EAS_REASON_NONE;
}
