/* SPDX-License-Identifier: Apache-2.0 */
#include "auth_basic.h"

#include <ap_provider.h>
#include <apr_strings.h>
#include <http_request.h>
#include <mod_auth.h>

#include "eas_basic.h"
#include "eas_reason.h"
#include "mod_eas_request.h"
#include "mod_eas_respond.h"

eas_attempt auth_basic_read(request_rec *initial)
{
    eas_attempt attempt = {.reason = EAS_REASON_NONE};
    eas_credential *credential = NULL;

    attempt.reason = eas_basic_parse(mod_eas_request_authorization(initial),
                                     initial->pool, &credential);
    attempt.credential = credential;
    return attempt;
}

static authn_status authn_status_of(const eas_verdict *verdict)
{
    switch (eas_reason_class(verdict->reason)) {
    case EAS_CLASS_GRANTED:
        return AUTH_GRANTED;
    case EAS_CLASS_REFUSED:
        return verdict->reason == EAS_UNKNOWN_USER ? AUTH_USER_NOT_FOUND
                                                   : AUTH_DENIED;
    case EAS_CLASS_NO_CREDENTIAL:
    case EAS_CLASS_MALFORMED:
    case EAS_CLASS_FORBIDDEN:
        return AUTH_DENIED;
    case EAS_CLASS_LOCKED:
    case EAS_CLASS_UNAVAILABLE:
        break;
    }
    /* The other module makes 500 of it: no password is asked for. */
    return AUTH_GENERAL_ERROR;
}

static eas_attempt *make_attempt(request_rec *initial, const char *user,
                                 const char *password)
{
    eas_attempt *attempt = apr_pcalloc(initial->pool, sizeof(*attempt));
    eas_credential *credential = NULL;

    attempt->reason =
        eas_basic_make(user, password, initial->pool, &credential);
    attempt->credential = credential;
    attempt->goes_on = 1; /* to the next of AuthBasicProvider */
    return attempt;
}

static authn_status check_password(request_rec *r, const char *user,
                                   const char *password)
{
    request_rec *initial = mod_eas_request_state(r)->shared->initial;
    const eas_verdict *verdict =
        mod_eas_request_verdict(r, make_attempt(initial, user, password));

    mod_eas_respond_note(r, verdict);
    if (verdict->reason == EAS_GRANTED) {
        r->user = apr_pstrdup(r->pool, verdict->remote_user);
    }
    return authn_status_of(verdict);
}

static const authn_provider provider = {
    &check_password, NULL /* a realm hash would need the password in clear */
};

void auth_basic_register_provider(apr_pool_t *pool)
{
    ap_register_auth_provider(pool, AUTHN_PROVIDER_GROUP, "eas",
                              AUTHN_PROVIDER_VERSION, &provider,
                              AP_AUTH_INTERNAL_PER_CONF);
}
