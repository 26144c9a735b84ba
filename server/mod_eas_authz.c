/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_authz.h"

#include <http_core.h>
#include <http_request.h>

#include "eas_answer.h"
#include "mod_eas_request.h"
#include "mod_eas_respond.h"

static int allows_userless(const mod_eas_state *state)
{
    return state->dir->allow_userless == MOD_EAS_ON;
}

/* What forbids to go on before anybody is asked who they are. */
static eas_verdict objection(request_rec *r, const mod_eas_state *state)
{
    eas_verdict verdict = {.reason = EAS_REASON_NONE};

    if (state->dir->require_tls != MOD_EAS_OFF && !state->shared->client.tls) {
        verdict.reason = EAS_NO_TLS;
    }
    else if (state->type == MOD_EAS_METHOD_UNKNOWN) {
        verdict.reason = EAS_MISCONFIGURED;
        verdict.detail = "this version has no such AuthType";
    }
    else if (ap_satisfies(r) == SATISFY_ANY && !allows_userless(state)) {
        /* `httpd -t` refuses it; this is for what .htaccess may hold. */
        verdict.reason = EAS_MISCONFIGURED;
        verdict.detail = "\"Satisfy Any\" would let anybody in";
    }
    verdict.retry_after = eas_answer_retry_after(verdict.reason, 0, 0);
    return verdict;
}

/* DECLINED, or the status to answer; decided and logged once a request. */
static int guard(request_rec *r, mod_eas_state *state)
{
    eas_verdict verdict;

    if (!state->guard_status) {
        verdict = objection(r, state);
        state->guard_status = verdict.reason == EAS_REASON_NONE
                                  ? DECLINED
                                  : mod_eas_respond(r, &verdict);
    }
    return state->guard_status;
}

int mod_eas_authz_access(request_rec *r)
{
    mod_eas_state *state = mod_eas_request_ours(r);

    return state ? guard(r, state) : DECLINED;
}

/* Answers with another reason than the verdict had, if any. */
static int refuse(request_rec *r, eas_verdict verdict, eas_reason reason,
                  apr_interval_time_t down_for)
{
    verdict.reason = reason;
    verdict.retry_after = eas_answer_retry_after(reason, down_for, 0);
    return mod_eas_respond(r, &verdict);
}

static int cannot_tell(request_rec *r)
{
    const eas_verdict nobody = {.reason = EAS_REASON_NONE};

    return refuse(r, nobody, EAS_AUTHZ_UNAVAILABLE, 0);
}

int mod_eas_authz_access_ex(request_rec *r)
{
    mod_eas_state *state = mod_eas_request_ours(r);
    int status = state ? guard(r, state) : DECLINED;

    if (status != DECLINED || !state || state->in_access_checker) {
        return status;
    }
    state->in_access_checker = 1;
    status = ap_run_access_checker_ex(r);
    state->in_access_checker = 0;
    if (status == HTTP_INTERNAL_SERVER_ERROR) {
        return cannot_tell(r);
    }
    /* They need a user: our force_authn sees to it, and they are not run a
     * second time for the same answer. */
    return status == DECLINED && !allows_userless(state) ? OK : status;
}

int mod_eas_authz_force_authn(request_rec *r)
{
    const mod_eas_state *state = mod_eas_request_ours(r);

    return state && !allows_userless(state) ? OK : DECLINED;
}

/* A proven person whom no Require line lets in, or for whom one could not be
 * decided. */
static int refuse_proven(request_rec *r, mod_eas_state *state,
                         eas_reason reason)
{
    eas_verdict verdict = state->shared->verdict;

    verdict.elapsed = 0;
    verdict.detail = reason == EAS_AUTHZ_UNAVAILABLE ? state->unclear : NULL;
    return refuse(r, verdict, reason, state->unclear_for);
}

int mod_eas_authz_check(request_rec *r)
{
    mod_eas_state *state = mod_eas_request_ours(r);
    int status;

    if (!state || state->in_auth_checker) {
        return DECLINED;
    }
    if (!state->is_proven) {
        /* Another module's check_user_id came before ours. */
        return cannot_tell(r);
    }
    state->in_auth_checker = 1;
    status = ap_run_auth_checker(r);
    state->in_auth_checker = 0;
    switch (status) {
    case HTTP_UNAUTHORIZED:
    case HTTP_FORBIDDEN:
        return refuse_proven(r, state, EAS_NOT_AUTHORIZED);
    case HTTP_INTERNAL_SERVER_ERROR:
    case DECLINED: /* nobody decided: not a grant */
        return refuse_proven(r, state, EAS_AUTHZ_UNAVAILABLE);
    default:
        return status;
    }
}

int mod_eas_authz_note_failure(request_rec *r, const char *auth_type)
{
    const mod_eas_method type = mod_eas_method_by_name(auth_type);

    if (type == MOD_EAS_METHOD_OTHER) {
        return DECLINED;
    }
    /* A password would do nobody any good there. */
    if (type != MOD_EAS_METHOD_CERTIFICATE
        && !mod_eas_request_state(r)->is_proven) {
        mod_eas_respond_challenge(r);
    }
    return OK;
}
