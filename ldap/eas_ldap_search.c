/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_search.h"

#include <string.h>

#include <apr_strings.h>

#include "eas_ldap_entry.h"
#include "eas_ldap_result.h"

/* Two are enough to know that there is more than one. */
#define ENTRIES_WANTED 2

/* Certificates of an entry.  Who is asked for the first answers it by either
 * name: slapd and 389 by the second (RFC 4522), Active Directory, which knows
 * no options, by the first. */
static const char *const held_names[] = {"userCertificate",
                                         "userCertificate;binary"};

/* Who is not found may be where a continuation reference points, which is not
 * followed either.  Active Directory gives some for each search from the root
 * of a domain, to places where nobody is: of those nothing is said. */
static void note_reference(LDAP *ld, LDAPMessage *answer,
                           const eas_ldap_settings *settings, apr_pool_t *pool,
                           const char **detail_out)
{
    LDAPMessage *reference = ldap_first_reference(ld, answer);
    char **urls = NULL;

    if (!reference || settings->type == EAS_LDAP_ACTIVE_DIRECTORY
        || ldap_parse_reference(ld, reference, &urls, NULL, 0)
               != LDAP_SUCCESS) {
        return;
    }
    if (urls && urls[0]) {
        *detail_out =
            apr_pstrcat(pool, "nobody was found, and ",
                        eas_ldap_result_referral(urls[0], pool), NULL);
    }
    ldap_memvfree((void **)urls);
}

static eas_reason judge(LDAP *ld, LDAPMessage *answer,
                        const eas_ldap_result *result, const char *uri,
                        const eas_ldap_settings *settings, apr_pool_t *pool,
                        const char **detail_out)
{
    const int count = ldap_count_entries(ld, answer);

    /* A size limit that lets nothing through says nothing of how many there
     * are. */
    if (count > 1 || (count == 1 && result->code == LDAP_SIZELIMIT_EXCEEDED)) {
        return EAS_AMBIGUOUS_USER;
    }
    if (result->code != LDAP_SUCCESS) {
        *detail_out = eas_ldap_result_explain("search", uri, result, pool);
        return eas_ldap_result_reason(result->code);
    }
    if (count == 1) {
        return EAS_REASON_NONE;
    }
    note_reference(ld, answer, settings, pool, detail_out);
    return EAS_UNKNOWN_USER;
}

/* The attributes to read: what the identity is made of, and certificates. */
static char **attributes_of(const eas_ldap_settings *settings,
                            const eas_ldap_sought *sought, apr_pool_t *pool)
{
    apr_array_header_t *names = apr_array_make(pool, 4, sizeof(char *));
    const char *const *name = sought->attributes;

    for (; name && *name; name++) {
        APR_ARRAY_PUSH(names, const char *) = *name;
    }
    if (sought->certificate) {
        APR_ARRAY_PUSH(names, const char *) = held_names[0];
    }
    APR_ARRAY_PUSH(names, const char *) = NULL;
    return eas_ldap_entry_attributes(settings, (const char *const *)names->elts,
                                     pool);
}

static eas_reason run(LDAP *ld, const eas_ldap_settings *settings,
                      const eas_ldap_sought *sought, eas_moment until,
                      apr_pool_t *pool, LDAPMessage **answer_out, int *code_out)
{
    int message = 0;
    int rc =
        ldap_search_ext(ld, settings->url.base, settings->url.scope,
                        sought->filter, attributes_of(settings, sought, pool),
                        0, NULL, NULL, NULL, ENTRIES_WANTED, &message);

    if (rc == LDAP_SUCCESS) {
        rc = eas_ldap_result_wait(ld, message, until, answer_out);
    }
    *code_out = rc;
    return eas_ldap_result_reason(rc);
}

static int has_bytes(struct berval **values, const eas_claim *certificate)
{
    for (; values && *values; values++) {
        if ((*values)->bv_len == certificate->der_length
            && !memcmp((*values)->bv_val, certificate->der,
                       certificate->der_length)) {
            return 1;
        }
    }
    return 0;
}

static int holds(LDAP *ld, LDAPMessage *entry, const eas_claim *certificate)
{
    int found = 0;

    for (int i = 0; certificate && i < 2 && !found; i++) {
        struct berval **values = ldap_get_values_len(ld, entry, held_names[i]);

        found = has_bytes(values, certificate);
        ldap_value_free_len(values);
    }
    return found;
}

static eas_reason take(LDAP *ld, LDAPMessage *entry,
                       const eas_ldap_settings *settings,
                       eas_ldap_sought *sought, apr_pool_t *pool,
                       const char **detail_out)
{
    eas_identity *identity =
        eas_ldap_entry_identity(ld, entry, settings, sought->attributes, pool);

    if (!identity) {
        *detail_out = "the directory answered an entry without a name, or "
                      "one that cannot be read";
        return EAS_DIRECTORY_ERROR;
    }
    sought->found = identity;
    sought->holds = holds(ld, entry, sought->certificate);
    return EAS_REASON_NONE;
}

eas_reason eas_ldap_search(LDAP *ld, const char *uri,
                           const eas_ldap_settings *settings,
                           eas_ldap_sought *sought, eas_moment until,
                           apr_pool_t *pool, int *dead_out,
                           const char **detail_out)
{
    LDAPMessage *answer = NULL;
    eas_ldap_result result;
    int code = LDAP_SUCCESS;
    eas_reason reason = run(ld, settings, sought, until, pool, &answer, &code);

    if (reason != EAS_REASON_NONE) {
        *dead_out = 1;
        *detail_out = eas_ldap_result_describe("search", uri, code, NULL, pool);
        return reason;
    }
    result = eas_ldap_result_read(ld, answer, LDAP_RES_SEARCH_RESULT, pool);
    reason = judge(ld, answer, &result, uri, settings, pool, detail_out);
    if (reason == EAS_REASON_NONE) {
        reason = take(ld, ldap_first_entry(ld, answer), settings, sought, pool,
                      detail_out);
    }
    ldap_msgfree(answer);
    return reason;
}
