/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_result.h"

#include <sys/time.h>

#include <apr_strings.h>

#include "eas_clock.h"
#include "eas_ldap_io.h"
#include "eas_text.h"

int eas_ldap_result_wait(LDAP *ld, int message, eas_moment until,
                         LDAPMessage **answer_out)
{
    eas_moment left = until - eas_clock_now(NULL);
    struct timeval timeout = {0, 0};
    LDAPMessage *answer = NULL;
    int rc;

    if (left > 0) {
        timeout.tv_sec = (time_t)apr_time_sec(left);
        timeout.tv_usec = (suseconds_t)apr_time_usec(left);
    }
    eas_ldap_io_await(ld, until);
    rc = ldap_result(ld, message, LDAP_MSG_ALL, &timeout, &answer);
    eas_ldap_io_await(ld, 0);
    if (rc > 0) {
        *answer_out = answer;
        return LDAP_SUCCESS;
    }
    if (rc == 0) {
        ldap_abandon_ext(ld, message, NULL, NULL);
        return LDAP_TIMEOUT;
    }
    if (ldap_get_option(ld, LDAP_OPT_RESULT_CODE, &rc) != LDAP_OPT_SUCCESS
        || rc == LDAP_SUCCESS) {
        rc = LDAP_SERVER_DOWN;
    }
    return rc;
}

/* Whether there is no such control, or one that can be read: what it forbids
 * goes for a bind that succeeded as well. */
static int read_ppolicy(LDAP *ld, LDAPControl **controls, eas_ppolicy *ppolicy)
{
    LDAPControl *control;
    ber_int_t expire = -1;
    ber_int_t grace = -1;
    LDAPPasswordPolicyError error = PP_noError;

    control =
        ldap_control_find(LDAP_CONTROL_PASSWORDPOLICYRESPONSE, controls, NULL);
    if (!control || !control->ldctl_value.bv_len) {
        return 1;
    }
    if (ldap_parse_passwordpolicy_control(ld, control, &expire, &grace, &error)
        != LDAP_SUCCESS) {
        return 0;
    }
    ppolicy->expire = expire;
    ppolicy->grace = grace;
    ppolicy->error = error == PP_noError ? -1 : (int)error;
    return 1;
}

/* Entries come before the result, and libldap takes any kind of result for
 * the end of them. */
static int is_answer_to(LDAP *ld, LDAPMessage *answer, ber_tag_t type)
{
    LDAPMessage *last = answer;
    LDAPMessage *message;

    for (message = ldap_first_message(ld, answer); message;
         message = ldap_next_message(ld, message)) {
        last = message;
    }
    return (ber_tag_t)ldap_msgtype(last) == type;
}

eas_ldap_result eas_ldap_result_read(LDAP *ld, LDAPMessage *answer,
                                     ber_tag_t type, apr_pool_t *pool)
{
    eas_ldap_result result = EAS_LDAP_RESULT_NONE;
    LDAPControl **controls = NULL;
    char **referrals = NULL;
    char *diagnostic = NULL;
    int code = LDAP_DECODING_ERROR;
    int rc = LDAP_DECODING_ERROR;

    if (is_answer_to(ld, answer, type)) {
        rc = ldap_parse_result(ld, answer, &code, NULL, &diagnostic, &referrals,
                               &controls, 0);
    }
    result.code = rc == LDAP_SUCCESS ? code : rc;
    if (referrals) {
        result.referral = apr_pstrdup(pool, referrals[0]);
        ldap_memvfree((void **)referrals);
    }
    if (diagnostic) {
        result.diagnostic = apr_pstrdup(pool, diagnostic);
        ldap_memfree(diagnostic);
    }
    if (controls) {
        if (!read_ppolicy(ld, controls, &result.ppolicy)) {
            result.code = LDAP_DECODING_ERROR;
        }
        ldap_controls_free(controls);
    }
    return result;
}

eas_reason eas_ldap_result_reason(int code)
{
    switch (code) {
    case LDAP_SUCCESS:
        return EAS_REASON_NONE;
    case LDAP_SERVER_DOWN:
    case LDAP_CONNECT_ERROR:
        return EAS_DIRECTORY_DOWN;
    case LDAP_TIMEOUT:
    case LDAP_TIMELIMIT_EXCEEDED:
        return EAS_DIRECTORY_TIMEOUT;
    case LDAP_BUSY:
    case LDAP_UNAVAILABLE:
        return EAS_DIRECTORY_BUSY;
    case LDAP_REFERRAL:
        return EAS_DIRECTORY_REFERRAL;
    case LDAP_STRONG_AUTH_REQUIRED:
    case LDAP_CONFIDENTIALITY_REQUIRED:
        return EAS_SIGNING_DEMANDED;
    case LDAP_NO_SUCH_OBJECT:
    case LDAP_INSUFFICIENT_ACCESS:
    case LDAP_FILTER_ERROR:
    case LDAP_INVALID_DN_SYNTAX:
        return EAS_MISCONFIGURED;
    default:
        return EAS_DIRECTORY_ERROR;
    }
}

/* AD says why in the diagnostic message.  A Generic directory may be AD that
 * nobody declared; OpenLDAP and FreeIPA never write such a code. */
static eas_reason refused_reason(const eas_ldap_result *result,
                                 eas_ldap_type type)
{
    apr_uint32_t code;

    if ((type == EAS_LDAP_ACTIVE_DIRECTORY || type == EAS_LDAP_GENERIC)
        && eas_refusal_ad_code(result->diagnostic, &code) == APR_SUCCESS) {
        return eas_refusal_ad_reason(code);
    }
    return EAS_WRONG_PASSWORD;
}

/* 389 and FreeIPA say it in the text.  OpenLDAP and Active Directory have
 * other codes for these, and a text of theirs would mean something else. */
static eas_reason unwilling_reason(const eas_ldap_result *result,
                                   eas_ldap_type type)
{
    eas_reason reason = EAS_REASON_NONE;

    if (type == EAS_LDAP_FREEIPA || type == EAS_LDAP_GENERIC) {
        reason = eas_refusal_unwilling(result->diagnostic);
    }
    return reason != EAS_REASON_NONE ? reason
                                     : eas_ldap_result_reason(result->code);
}

eas_reason eas_ldap_result_bind_reason(const eas_ldap_result *result,
                                       eas_ldap_type type)
{
    const int bound = result->code == LDAP_SUCCESS;
    eas_reason reason = EAS_REASON_NONE;

    if (bound || result->code == LDAP_INVALID_CREDENTIALS) {
        reason = eas_refusal_ppolicy(&result->ppolicy, bound);
    }
    if (bound || reason != EAS_REASON_NONE) {
        return reason;
    }
    switch (result->code) {
    case LDAP_INVALID_CREDENTIALS:
        return refused_reason(result, type);
    case LDAP_NO_SUCH_OBJECT:
        /* removed between the search and the bind */
        return EAS_UNKNOWN_USER;
    case LDAP_CONSTRAINT_VIOLATION:
        /* Sun and 389 directories: too many wrong passwords */
        return EAS_DIRECTORY_LOCKED;
    case LDAP_UNWILLING_TO_PERFORM:
        return unwilling_reason(result, type);
    case LDAP_INAPPROPRIATE_AUTH:
        /* the entry has no password to compare with */
        return EAS_REFUSED_OTHERWISE;
    default:
        return eas_ldap_result_reason(result->code);
    }
}

const char *eas_ldap_result_describe(const char *what, const char *uri,
                                     int code, const char *diagnostic,
                                     apr_pool_t *pool)
{
    const char *said =
        diagnostic && *diagnostic ? eas_text_quote(diagnostic, pool) : "";

    return apr_psprintf(pool, "%s at %s: %s (%d)%s%s", what, uri,
                        ldap_err2string(code), code, *said ? " " : "", said);
}

const char *eas_ldap_result_referral(const char *url, apr_pool_t *pool)
{
    return apr_psprintf(pool,
                        "it refers to %s, which is not followed: name a server "
                        "that holds this base in EASAuthLDAPURL",
                        eas_text_quote(url, pool));
}

const char *eas_ldap_result_explain(const char *what, const char *uri,
                                    const eas_ldap_result *result,
                                    apr_pool_t *pool)
{
    const char *said = eas_ldap_result_describe(what, uri, result->code,
                                                result->diagnostic, pool);

    return result->code == LDAP_REFERRAL
               ? apr_pstrcat(pool, said, ": ",
                             eas_ldap_result_referral(result->referral, pool),
                             NULL)
               : said;
}
