/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_search.h"

#include <apr_strings.h>

#include "eas_ldap_entry.h"
#include "eas_ldap_result.h"

/* Two are enough to know that there is more than one. */
#define ENTRIES_WANTED 2

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

static eas_reason run(LDAP *ld, const eas_ldap_settings *settings,
                      const char *filter, const char *const *wanted,
                      eas_moment until, apr_pool_t *pool,
                      LDAPMessage **answer_out, int *code_out)
{
    char **attributes = eas_ldap_entry_attributes(settings, wanted, pool);
    int message = 0;
    int rc = ldap_search_ext(ld, settings->url.base, settings->url.scope,
                             filter, attributes, 0, NULL, NULL, NULL,
                             ENTRIES_WANTED, &message);

    if (rc == LDAP_SUCCESS) {
        rc = eas_ldap_result_wait(ld, message, until, answer_out);
    }
    *code_out = rc;
    return eas_ldap_result_reason(rc);
}

eas_reason eas_ldap_search(LDAP *ld, const char *uri,
                           const eas_ldap_settings *settings,
                           const char *filter, const char *const *wanted,
                           eas_moment until, apr_pool_t *pool,
                           eas_identity **identity_out, int *dead_out,
                           const char **detail_out)
{
    LDAPMessage *answer = NULL;
    eas_ldap_result result;
    eas_identity *identity = NULL;
    int code = LDAP_SUCCESS;
    eas_reason reason =
        run(ld, settings, filter, wanted, until, pool, &answer, &code);

    if (reason != EAS_REASON_NONE) {
        *dead_out = 1;
        *detail_out = eas_ldap_result_describe("search", uri, code, NULL, pool);
        return reason;
    }
    result = eas_ldap_result_read(ld, answer, LDAP_RES_SEARCH_RESULT, pool);
    reason = judge(ld, answer, &result, uri, settings, pool, detail_out);
    if (reason == EAS_REASON_NONE) {
        identity = eas_ldap_entry_identity(ld, ldap_first_entry(ld, answer),
                                           settings, wanted, pool);
    }
    ldap_msgfree(answer);
    if (reason == EAS_REASON_NONE && !identity) {
        *detail_out = "the directory answered an entry without a name, or "
                      "one that cannot be read";
        reason = EAS_DIRECTORY_ERROR;
    }
    if (reason == EAS_REASON_NONE) {
        *identity_out = identity;
    }
    return reason;
}
