/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_sample.h"

#include <apr_strings.h>

#include "eas_ldap_entry.h"
#include "eas_ldap_read.h"
#include "eas_state.h"
#include "eas_text.h"

static void push_all(apr_array_header_t *list, const char *const *names)
{
    for (; *names; names++) {
        APR_ARRAY_PUSH(list, const char *) = *names;
    }
}

/* The login attributes, then the ids, then the state; NULL at the end. */
static const char *const *wanted(const eas_ldap_settings *settings,
                                 apr_pool_t *pool)
{
    const eas_login_attributes *login = &settings->login;
    apr_array_header_t *list = apr_array_make(pool, 16, sizeof(char *));

    apr_array_cat(list, login->user);
    apr_array_cat(list, login->upn);
    apr_array_cat(list, login->mail);
    push_all(list, eas_ldap_entry_ids());
    push_all(list, eas_state_attributes(settings->type));
    APR_ARRAY_PUSH(list, const char *) = NULL;
    return (const char *const *)list->elts;
}

/* Groups and machines of Active Directory have login names, too. */
#define AD_PEOPLE "(|(objectCategory=person)(objectClass=inetOrgPerson))"

/* (&BASE(|(uid=*)(...))): whoever has a login name. */
static const char *presence(const eas_ldap_settings *settings, apr_pool_t *pool)
{
    const char *base = settings->url.filter ? settings->url.filter : "";
    const char *any = "";
    int i;

    for (i = 0; i < settings->login.user->nelts; i++) {
        any = apr_pstrcat(pool, any, "(",
                          APR_ARRAY_IDX(settings->login.user, i, const char *),
                          "=*)", NULL);
    }
    return apr_pstrcat(pool, "(&", base,
                       settings->type == EAS_LDAP_ACTIVE_DIRECTORY ? AD_PEOPLE
                                                                   : "",
                       "(|", any, "))", NULL);
}

static const char *said(const eas_ldap_found *found, apr_pool_t *pool)
{
    return apr_psprintf(
        pool, "%s (%d)%s%s", ldap_err2string(found->code), found->code,
        *found->diagnostic ? " " : "",
        *found->diagnostic ? eas_text_quote(found->diagnostic, pool) : "");
}

static const char *remedy_for(int code)
{
    switch (code) {
    case LDAP_NO_SUCH_OBJECT:
        return "correct the base in EASAuthLDAPURL, or let the service "
               "account read it";
    case LDAP_REFERRAL:
        return "referrals are never followed: name the server that holds the "
               "base in EASAuthLDAPURL";
    case LDAP_TIMEOUT:
        return "look why the server hangs; EASAuthLDAPTimeout operation= is "
               "how long it is waited for";
    case LDAP_STRONG_AUTH_REQUIRED:
    case LDAP_CONFIDENTIALITY_REQUIRED:
        return "use ldaps:// or EASAuthLDAPStartTLS On";
    default:
        return "let the service account (EASAuthLDAPBindDN) search below the "
               "base; the server's log has more";
    }
}

static int probe_base(LDAP *ld, const eas_ldap_settings *settings,
                      eas_moment until, eas_ldap_report *report)
{
    static const char *const nothing[] = {LDAP_NO_ATTRS, NULL};
    const eas_ldap_query query = {settings->url.base,
                                  LDAP_SCOPE_BASE,
                                  "(objectClass=*)",
                                  nothing,
                                  1,
                                  NULL};
    const eas_ldap_found found = eas_ldap_read(ld, &query, until, report->pool);
    const char *base = eas_text_quote(settings->url.base, report->pool);

    if (found.code == LDAP_SUCCESS) {
        eas_ldap_report_add(report, EAS_LDAP_STEP_OK, "base", NULL,
                            "%s is there", base);
        return 1;
    }
    eas_ldap_report_add(report, EAS_LDAP_STEP_FAILED, "base",
                        remedy_for(found.code), "%s: %s", base,
                        said(&found, report->pool));
    return 0;
}

/* Those that are there, or else those that are not, in one text. */
static const char *list_of(const apr_table_t *entry, const char *const *names,
                           int there, apr_pool_t *pool)
{
    const char *list = "";

    for (; *names; names++) {
        if (!apr_table_get(entry, *names) == !there) {
            list = apr_pstrcat(pool, list, *list ? " " : "", *names, NULL);
        }
    }
    return list;
}

static int has_any(const apr_table_t *entry, const apr_array_header_t *names)
{
    int i;

    for (i = 0; i < names->nelts; i++) {
        const char *value =
            apr_table_get(entry, APR_ARRAY_IDX(names, i, const char *));

        if (value && *value) {
            return 1;
        }
    }
    return 0;
}

static const char *const *terminated(const apr_array_header_t *first,
                                     const apr_array_header_t *second,
                                     const apr_array_header_t *third,
                                     apr_pool_t *pool)
{
    apr_array_header_t *list = apr_array_copy(pool, first);

    apr_array_cat(list, second);
    apr_array_cat(list, third);
    APR_ARRAY_PUSH(list, const char *) = NULL;
    return (const char *const *)list->elts;
}

static void note_missing(eas_ldap_report *report, const apr_table_t *entry,
                         const char *const *names, const char *what,
                         const char *remedy)
{
    const char *missing = list_of(entry, names, 0, report->pool);

    if (*missing) {
        eas_ldap_report_remark(report, "attributes", remedy,
                               "%s: not set there, or not readable: %s", what,
                               missing);
    }
}

static void judge_entry(const eas_ldap_settings *settings,
                        const apr_table_t *entry, eas_ldap_report *report)
{
    apr_pool_t *pool = report->pool;
    const eas_login_attributes *login = &settings->login;
    const char *dn = eas_text_quote(apr_table_get(entry, "dn"), pool);
    const char *came = list_of(entry, wanted(settings, pool), 1, pool);

    if (!has_any(entry, login->user)) {
        eas_ldap_report_add(
            report, EAS_LDAP_STEP_FAILED, "attributes",
            "let the service account read it, not only search by it",
            "of %s the login name (%s) cannot be read", dn,
            apr_array_pstrcat(pool, login->user, ' '));
    }
    else {
        eas_ldap_report_add(report, EAS_LDAP_STEP_OK, "attributes", NULL,
                            "of %s: %s", dn, came);
    }
    note_missing(report, entry,
                 terminated(login->user, login->upn, login->mail, pool),
                 "login forms", NULL);
    if (!*list_of(entry, eas_ldap_entry_ids(), 1, pool)) {
        eas_ldap_report_remark(
            report, "attributes",
            "let the service account read objectGUID, entryUUID, ipaUniqueID "
            "or nsUniqueId",
            "no id that survives a rename: the DN is taken for it");
    }
    note_missing(report, entry, eas_state_attributes(settings->type),
                 "account state",
                 settings->type == EAS_LDAP_ACTIVE_DIRECTORY
                     ? "on Active Directory all but lockoutTime are always "
                       "set; a Global Catalog (3268, 3269) lacks some"
                     : NULL);
}

static int probe_person(LDAP *ld, const eas_ldap_settings *settings,
                        eas_moment until, eas_ldap_report *report)
{
    apr_pool_t *pool = report->pool;
    const char *filter = presence(settings, pool);
    const eas_ldap_query query = {settings->url.base,
                                  settings->url.scope,
                                  filter,
                                  wanted(settings, pool),
                                  1,
                                  NULL};
    const eas_ldap_found found = eas_ldap_read(ld, &query, until, pool);

    if (found.code != LDAP_SUCCESS) {
        eas_ldap_report_add(report, EAS_LDAP_STEP_FAILED, "attributes",
                            remedy_for(found.code), "reading one person: %s",
                            said(&found, pool));
    }
    else if (!found.tables->nelts) {
        eas_ldap_report_add(
            report, EAS_LDAP_STEP_FAILED, "attributes",
            "let the service account read the people, or correct the base, "
            "the filter or EASAuthLDAPLogin",
            "nobody is found below the base with %s",
            eas_text_quote(filter, pool));
    }
    else {
        judge_entry(settings,
                    APR_ARRAY_IDX(found.tables, 0, const apr_table_t *),
                    report);
    }
    return found.code >= 0;
}

int eas_ldap_sample_probe(LDAP *ld, const eas_ldap_settings *settings,
                          eas_moment until, eas_ldap_report *report)
{
    return probe_base(ld, settings, until, report)
           && probe_person(ld, settings, until, report);
}
