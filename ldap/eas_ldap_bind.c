/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_bind.h"

#include <string.h>

#include <apr_strings.h>

#include "eas_ldap_result.h"
#include "eas_reason.h"

/* Sends a simple bind and waits; the code of libldap says whether there is a
 * result to look at. */
static int simple_bind(LDAP *ld, const char *name, const char *password,
                       LDAPControl **controls, eas_moment until,
                       apr_pool_t *pool, eas_ldap_result *result_out,
                       int *sent_out)
{
    LDAPMessage *answer = NULL;
    struct berval secret;
    int message = 0;
    int rc;

    secret.bv_len = strlen(password);
    /* libldap copies it into the request and changes nothing, but does not
     * say so in its types. */
    memcpy(&secret.bv_val, &password, sizeof(password));
    rc = ldap_sasl_bind(ld, name, LDAP_SASL_SIMPLE, &secret, controls, NULL,
                        &message);
    if (rc != LDAP_SUCCESS) {
        return rc;
    }
    *sent_out = 1;
    rc = eas_ldap_result_wait(ld, message, until, &answer);
    if (rc == LDAP_SUCCESS) {
        *result_out = eas_ldap_result_read(ld, answer, LDAP_RES_BIND, pool);
        ldap_msgfree(answer);
    }
    return rc;
}

static void note_detail(eas_ldap_bound *bound, const char *uri,
                        const eas_ldap_result *result, apr_pool_t *pool)
{
    if (result->code != LDAP_SUCCESS
        && (result->code != LDAP_INVALID_CREDENTIALS || *result->diagnostic)) {
        bound->detail = eas_ldap_result_explain("bind", uri, result, pool);
    }
}

eas_ldap_bound eas_ldap_bind_user(LDAP *ld, const char *uri, eas_ldap_type type,
                                  const char *name, const char *password,
                                  eas_moment until, apr_pool_t *pool)
{
    char oid[] = LDAP_CONTROL_PASSWORDPOLICYREQUEST;
    LDAPControl ppolicy = {oid, {0, NULL}, 0};
    LDAPControl *controls[] = {&ppolicy, NULL};
    eas_ldap_bound bound = {EAS_EMPTY_PASSWORD, 0, 0, 0, -1, NULL};
    eas_ldap_result result = EAS_LDAP_RESULT_NONE;
    int rc;

    if (!*password || !*name) {
        return bound;
    }
    rc = simple_bind(ld, name, password, controls, until, pool, &result,
                     &bound.sent);
    if (rc != LDAP_SUCCESS) {
        bound.reason = eas_ldap_result_reason(rc);
        bound.dead = 1;
        bound.lost = rc == LDAP_SERVER_DOWN;
        bound.detail = eas_ldap_result_describe("bind", uri, rc, NULL, pool);
        return bound;
    }
    bound.reason = eas_ldap_result_bind_reason(&result, type);
    bound.expires_in = result.ppolicy.expire;
    note_detail(&bound, uri, &result, pool);
    return bound;
}

eas_reason eas_ldap_bind_service(LDAP *ld, const char *uri,
                                 const eas_ldap_settings *settings,
                                 eas_moment until, apr_pool_t *pool,
                                 const char **detail_out)
{
    eas_ldap_result result = EAS_LDAP_RESULT_NONE;
    eas_reason reason;
    const char *const what = "bind of the service account";
    int sent = 0;
    int rc;

    if (!settings->bind_dn) {
        return EAS_REASON_NONE;
    }
    rc = simple_bind(ld, settings->bind_dn, settings->bind_password, NULL,
                     until, pool, &result, &sent);
    if (rc == LDAP_SUCCESS && result.code == LDAP_SUCCESS) {
        return EAS_REASON_NONE;
    }
    if (rc != LDAP_SUCCESS) {
        *detail_out = eas_ldap_result_describe(what, uri, rc, NULL, pool);
        return eas_ldap_result_reason(rc);
    }
    *detail_out = eas_ldap_result_explain(what, uri, &result, pool);
    reason = eas_ldap_result_bind_reason(&result, settings->type);
    return eas_reason_class(reason) == EAS_CLASS_UNAVAILABLE
               ? reason
               : EAS_SERVICE_REFUSED;
}
