/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_lockout.h"

#include <apr_strings.h>

#include "eas_ldap_policy.h"
#include "eas_ldap_read.h"
#include "eas_text.h"
#include "eas_value.h"

#define STEP "lockout"
#define POLICIES_SHOWN 5

static const char *span(apr_int64_t seconds, apr_pool_t *pool)
{
    /* Beyond a human life it is for ever, and would not fit. */
    return seconds > APR_INT64_C(10000000000)
               ? "for ever"
               : eas_value_show_duration(apr_time_from_sec(seconds), pool);
}

/* @a where says which one, "" where there is one. */
static void say(const char *where, const eas_ldap_policy *found,
                eas_ldap_report *report)
{
    apr_pool_t *pool = report->pool;
    const char *window = "";
    const char *duration = "";

    if (found->most < 0) {
        eas_ldap_report_add(report, EAS_LDAP_STEP_NOTE, STEP, NULL,
                            "%sthe threshold is not readable for this account",
                            where);
        return;
    }
    if (!found->most) {
        eas_ldap_report_add(report, EAS_LDAP_STEP_OK, STEP, NULL,
                            "%swrong passwords lock no account", where);
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
                        "%s%" APR_INT64_T_FMT
                        " wrong passwords%s lock an account%s",
                        where, found->most, window, duration);
}

/* The domain a server is a controller of, which need not be that of the
 * base. */
static const char *domain_of(LDAP *ld, eas_moment until, apr_pool_t *pool)
{
    static const char *const names[] = {"defaultNamingContext", NULL};
    const eas_ldap_query query = {"", LDAP_SCOPE_BASE, NULL, names, 1, NULL};
    const eas_ldap_found root = eas_ldap_read(ld, &query, until, pool);

    return root.tables->nelts ? apr_table_get(
               APR_ARRAY_IDX(root.tables, 0, const apr_table_t *), names[0])
                              : NULL;
}

static const char *name_of(const apr_table_t *entry, eas_ldap_type type,
                           apr_pool_t *pool)
{
    return type == EAS_LDAP_ACTIVE_DIRECTORY || type == EAS_LDAP_FREEIPA
               ? ""
               : apr_pstrcat(pool, "policy ",
                             eas_text_quote(apr_table_get(entry, "dn"), pool),
                             ": ", NULL);
}

static void say_all(const apr_array_header_t *entries, eas_ldap_type type,
                    eas_ldap_report *report)
{
    const eas_ldap_policy unreadable = {-1, -1, -1};
    int i;

    if (!entries->nelts) {
        say("", &unreadable, report);
    }
    for (i = 0; i < entries->nelts && i < POLICIES_SHOWN; i++) {
        const apr_table_t *entry =
            APR_ARRAY_IDX(entries, i, const apr_table_t *);
        const eas_ldap_policy found = eas_ldap_policy_parse(type, entry);

        say(name_of(entry, type, report->pool), &found, report);
    }
    if (i < entries->nelts) {
        eas_ldap_report_remark(report, STEP, NULL, "and more policies");
    }
}

void eas_ldap_lockout_probe(LDAP *ld, const eas_ldap_settings *settings,
                            eas_moment until, eas_ldap_report *report)
{
    const eas_ldap_type type = settings->type;
    const char *dn = type == EAS_LDAP_ACTIVE_DIRECTORY
                         ? domain_of(ld, until, report->pool)
                         : settings->url.base;
    apr_array_header_t *entries =
        apr_array_make(report->pool, 1, sizeof(apr_table_t *));
    eas_ldap_query query;

    if (dn) {
        eas_ldap_policy_common(type, dn, report->pool, &query);
        entries = eas_ldap_read(ld, &query, until, report->pool).tables;
    }
    say_all(entries, type, report);
}
