/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_lockout.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "eas_ldap_read.h"
#include "eas_text.h"
#include "eas_value.h"

#define STEP "lockout"
#define POLICIES_SHOWN 5

/* Active Directory counts time in steps of 100 ns, below zero (MS-SAMR
 * 2.2.3.1, LARGE_INTEGER as a delta). */
#define AD_PER_SECOND 10000000

typedef struct policy {
    const char *where;    /* which one, in words; "" where there is one */
    const char *most;     /* wrong passwords, or NULL where not readable */
    apr_int64_t window;   /* seconds they have to fall into, 0 for ever, -1
                             not told */
    apr_int64_t duration; /* seconds of a lock, 0 for ever, -1 not told */
} policy;

const char *eas_ldap_lockout_suffix(const char *dn, apr_pool_t *pool)
{
    LDAPDN parsed = NULL;
    char *text = NULL;
    const char *suffix = dn;
    int count = 0;
    int first;

    if (ldap_str2dn(dn, &parsed, LDAP_DN_FORMAT_LDAP) != LDAP_SUCCESS) {
        return dn;
    }
    while (parsed && parsed[count]) {
        count++;
    }
    for (first = count; first > 0; first--) {
        const struct berval *type = &parsed[first - 1][0]->la_attr;

        if (type->bv_len != 2 || strncasecmp(type->bv_val, "dc", 2)) {
            break;
        }
    }
    if (first < count
        && ldap_dn2str(parsed + first, &text, LDAP_DN_FORMAT_LDAPV3)
               == LDAP_SUCCESS) {
        suffix = apr_pstrdup(pool, text);
    }
    ldap_memfree(text);
    ldap_dnfree(parsed);
    return suffix;
}

static apr_int64_t number(const apr_table_t *entry, const char *attribute,
                          apr_int64_t otherwise)
{
    const char *text = apr_table_get(entry, attribute);

    return text ? apr_atoi64(text) : otherwise;
}

static const char *span(apr_int64_t seconds, apr_pool_t *pool)
{
    /* Beyond a human life it is for ever, and would not fit. */
    return seconds > APR_INT64_C(10000000000)
               ? "for ever"
               : eas_value_show_duration(apr_time_from_sec(seconds), pool);
}

static void say(const policy *found, eas_ldap_report *report)
{
    apr_pool_t *pool = report->pool;
    const char *window = "";
    const char *duration = "";

    if (!found->most) {
        eas_ldap_report_add(report, EAS_LDAP_STEP_NOTE, STEP, NULL,
                            "%sthe threshold is not readable for this account",
                            found->where);
        return;
    }
    if (apr_atoi64(found->most) <= 0) {
        eas_ldap_report_add(report, EAS_LDAP_STEP_OK, STEP, NULL,
                            "%swrong passwords lock no account", found->where);
        return;
    }
    if (found->window > 0) {
        window = apr_pstrcat(pool, " within ", span(found->window, pool), NULL);
    }
    if (found->duration >= 0) {
        duration =
            found->duration
                ? apr_pstrcat(pool, " for ", span(found->duration, pool), NULL)
                : " until somebody unlocks it";
    }
    eas_ldap_report_add(report, EAS_LDAP_STEP_OK, STEP, NULL,
                        "%s%s wrong passwords%s lock an account%s",
                        found->where, found->most, window, duration);
}

static eas_ldap_found read_at(LDAP *ld, const char *base, int scope,
                              const char *filter, const char *const *names,
                              eas_moment until, apr_pool_t *pool)
{
    const eas_ldap_query query = {
        base, scope, filter, names, POLICIES_SHOWN + 1, NULL};

    return eas_ldap_read(ld, &query, until, pool);
}

static const apr_table_t *entry_of(const eas_ldap_found *found, int i)
{
    return i < found->tables->nelts
               ? APR_ARRAY_IDX(found->tables, i, const apr_table_t *)
               : NULL;
}

/* Below zero as it is kept; all bits of the lowest number are "for ever". */
static apr_int64_t ad_seconds(const apr_table_t *entry, const char *attribute)
{
    const apr_int64_t kept = number(entry, attribute, 1);

    return kept > 0 ? -1 : kept == APR_INT64_MIN ? 0 : -(kept / AD_PER_SECOND);
}

static void probe_ad(LDAP *ld, eas_moment until, eas_ldap_report *report)
{
    static const char *const root[] = {"defaultNamingContext", NULL};
    static const char *const names[] = {"lockoutThreshold",
                                        "lockOutObservationWindow",
                                        "lockoutDuration", NULL};
    policy found = {"", NULL, -1, -1};
    const apr_table_t *entry;
    const char *head;
    eas_ldap_found read = read_at(ld, "", LDAP_SCOPE_BASE, "(objectClass=*)",
                                  root, until, report->pool);

    entry = entry_of(&read, 0);
    head = entry ? apr_table_get(entry, root[0]) : NULL;
    if (head) {
        read = read_at(ld, head, LDAP_SCOPE_BASE, "(objectClass=*)", names,
                       until, report->pool);
        entry = entry_of(&read, 0);
    }
    if (head && entry) {
        found.most = apr_table_get(entry, names[0]);
        found.window = ad_seconds(entry, names[1]);
        found.duration = ad_seconds(entry, names[2]);
    }
    say(&found, report);
}

static void probe_freeipa(LDAP *ld, const eas_ldap_settings *settings,
                          eas_moment until, eas_ldap_report *report)
{
    static const char *const names[] = {"krbPwdMaxFailure",
                                        "krbPwdFailureCountInterval",
                                        "krbPwdLockoutDuration", NULL};
    policy found = {"", NULL, -1, -1};
    const char *base = apr_pstrcat(
        report->pool, "cn=kerberos,",
        eas_ldap_lockout_suffix(settings->url.base, report->pool), NULL);
    const eas_ldap_found read =
        read_at(ld, base, LDAP_SCOPE_SUBTREE, "(cn=global_policy)", names,
                until, report->pool);
    const apr_table_t *entry = entry_of(&read, 0);

    if (entry) {
        found.most = apr_table_get(entry, names[0]);
        found.window = number(entry, names[1], -1);
        found.duration = number(entry, names[2], -1);
    }
    say(&found, report);
}

/* Where pwdLockout is not TRUE, nothing is counted (draft-behera-ldap-
 * password-policy, section 5.2.11). */
static void say_ppolicy(const apr_table_t *entry, eas_ldap_report *report)
{
    const char *locks = apr_table_get(entry, "pwdLockout");
    policy found = {"", "0", -1, -1};

    found.where = apr_pstrcat(
        report->pool, "policy ",
        eas_text_quote(apr_table_get(entry, "dn"), report->pool), ": ", NULL);
    if (locks && !strcasecmp(locks, "TRUE")) {
        found.most = apr_psprintf(report->pool, "%" APR_INT64_T_FMT,
                                  number(entry, "pwdMaxFailure", 0));
        found.window = number(entry, "pwdFailureCountInterval", 0);
        found.duration = number(entry, "pwdLockoutDuration", 0);
    }
    say(&found, report);
}

static void probe_ppolicy(LDAP *ld, const eas_ldap_settings *settings,
                          eas_moment until, eas_ldap_report *report)
{
    static const char *const names[] = {"pwdLockout", "pwdMaxFailure",
                                        "pwdFailureCountInterval",
                                        "pwdLockoutDuration", NULL};
    const policy unreadable = {"", NULL, -1, -1};
    const eas_ldap_found read =
        read_at(ld, eas_ldap_lockout_suffix(settings->url.base, report->pool),
                LDAP_SCOPE_SUBTREE, "(objectClass=pwdPolicy)", names, until,
                report->pool);
    int i;

    if (!read.tables->nelts) {
        say(&unreadable, report);
    }
    for (i = 0; i < read.tables->nelts && i < POLICIES_SHOWN; i++) {
        say_ppolicy(entry_of(&read, i), report);
    }
    if (i < read.tables->nelts) {
        eas_ldap_report_remark(report, STEP, NULL, "and more policies");
    }
}

void eas_ldap_lockout_probe(LDAP *ld, const eas_ldap_settings *settings,
                            eas_moment until, eas_ldap_report *report)
{
    switch (settings->type) {
    case EAS_LDAP_ACTIVE_DIRECTORY:
        probe_ad(ld, until, report);
        break;
    case EAS_LDAP_FREEIPA:
        probe_freeipa(ld, settings, until, report);
        break;
    case EAS_LDAP_OPENLDAP:
    case EAS_LDAP_GENERIC:
        probe_ppolicy(ld, settings, until, report);
        break;
    }
}
