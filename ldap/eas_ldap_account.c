/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_account.h"

#include <apr_strings.h>

#include "eas_clock.h"
#include "eas_ldap_entry.h"
#include "eas_ldap_query.h"
#include "eas_state.h"

/* One entry, what is asked of it and what came. */
typedef struct reading {
    const char *dn;
    const char *filter;            /* NULL for none */
    const char *const *attributes; /* NULL for none */
    int with_usability;
    eas_reason match; /* NONE where it is there */
    apr_table_t *values;
    eas_usability usability;
} reading;

static void read_usability(LDAP *ld, LDAPMessage *entry, eas_usability *to)
{
    LDAPControl **controls = NULL;
    LDAPControl *control;
    LDAPAccountUsability said;
    int available = 0;

    ldap_get_entry_controls(ld, entry, &controls);
    control =
        ldap_control_find(LDAP_CONTROL_X_ACCOUNT_USABILITY, controls, NULL);
    if (control
        && ldap_parse_accountusability_control(ld, control, &available, &said)
               == LDAP_SUCCESS) {
        const LDAPAccountUsabilityMoreInfo *more = &said.more_info;

        to->is_given = 1;
        to->is_available = available;
        to->expires_in = available ? said.seconds_remaining : -1;
        if (!available) {
            to->must_change = more->reset;
            to->is_expired = more->expired || more->remaining_grace >= 0;
            to->is_locked = more->inactive || more->seconds_before_unlock > 0;
        }
    }
    ldap_controls_free(controls);
}

static eas_reason read_entry(LDAP *ld, const eas_ldap_server *server,
                             void *with, eas_moment deadline, apr_pool_t *pool,
                             int *dead_out, const char **detail_out)
{
    reading *r = with;
    char oid[] = LDAP_CONTROL_X_ACCOUNT_USABILITY;
    LDAPControl usability = {oid, {0, NULL}, 0};
    LDAPControl *controls[] = {&usability, NULL};
    const eas_ldap_query query = {
        r->dn,     LDAP_SCOPE_BASE,
        r->filter, r->attributes,
        0,         r->with_usability ? controls : NULL};
    LDAPMessage *answer = NULL;
    LDAPMessage *entry;
    int code = LDAP_SUCCESS;
    eas_reason reason = eas_ldap_query_run(
        ld, server->host->uri, &query, eas_ldap_server_until(server, deadline),
        pool, &answer, &code, dead_out, detail_out);

    if (reason != EAS_REASON_NONE) {
        return reason;
    }
    entry = ldap_first_entry(ld, answer);
    r->match = eas_ldap_query_match(ld, answer, code, r->dn, pool, detail_out);
    if (entry && r->attributes) {
        r->values = apr_table_make(pool, 8);
        eas_ldap_entry_values(ld, entry, r->attributes, r->values, pool);
        read_usability(ld, entry, &r->usability);
    }
    ldap_msgfree(answer);
    return EAS_REASON_NONE;
}

static eas_reason ask(eas_ldap_server *server, void *with, eas_moment deadline,
                      apr_pool_t *pool, int *final_out, const char **detail_out)
{
    (void)final_out; /* reading may be repeated */
    return eas_ldap_server_ask(server, read_entry, with, deadline, pool,
                               detail_out);
}

const char *eas_ldap_account_explain(eas_reason reason, const char *name,
                                     apr_pool_t *pool)
{
    if (!name) {
        return NULL;
    }
    return apr_psprintf(
        pool,
        reason == EAS_MISCONFIGURED
            ? "the attribute %s could not be read: let the service account "
              "read it (a Global Catalog does not hold it)"
        : reason == EAS_DIRECTORY_LOCKED
            ? "the directory says no more than that no password would do, and "
              "by the attribute %s the account may be locked"
            : "the attribute %s has no value of its kind",
        name);
}

eas_reason eas_ldap_account_state(eas_ldap_fleet *fleet, eas_ldap_type type,
                                  eas_identity *identity, eas_moment deadline,
                                  apr_pool_t *pool, const char **detail_out)
{
    reading r = {.dn = identity->dn,
                 .attributes = eas_state_attributes(type),
                 .with_usability =
                     type == EAS_LDAP_OPENLDAP || type == EAS_LDAP_GENERIC};
    /* Nobody has bound just now, whatever was proven before. */
    const eas_proof proof = identity->proof == EAS_PROOF_CERTIFICATE
                                ? EAS_PROOF_CERTIFICATE
                                : EAS_PROOF_NONE;
    const char *name = NULL;
    eas_reason reason =
        eas_ldap_fleet_ask(fleet, ask, &r, deadline, pool, detail_out);

    if (reason != EAS_REASON_NONE) {
        return reason;
    }
    if (r.match == EAS_NOT_AUTHORIZED || r.match == EAS_MISCONFIGURED) {
        return EAS_UNKNOWN_USER; /* it is not there */
    }
    if (r.match != EAS_REASON_NONE) {
        return r.match;
    }
    identity->stamp = eas_state_stamp(type, r.values);
    identity->attributes =
        apr_table_overlay(pool, r.values, identity->attributes);
    reason =
        eas_state_judge(type, r.values, &r.usability, proof,
                        eas_clock_date(NULL), &identity->expires_in, &name);
    if (name) {
        *detail_out = eas_ldap_account_explain(reason, name, pool);
    }
    return reason;
}

eas_reason eas_ldap_account_matches(eas_ldap_fleet *fleet, const char *dn,
                                    const char *filter, eas_moment deadline,
                                    apr_pool_t *pool, const char **detail_out)
{
    reading r = {.dn = dn, .filter = filter};
    eas_reason reason =
        eas_ldap_fleet_ask(fleet, ask, &r, deadline, pool, detail_out);

    return reason != EAS_REASON_NONE ? reason : r.match;
}
