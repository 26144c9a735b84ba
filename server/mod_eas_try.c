/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_try.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "eas_basic.h"
#include "eas_clock.h"
#include "eas_reason.h"
#include "eas_state.h"
#include "eas_text.h"
#include "mod_eas_attempt.h"
#include "mod_eas_probe.h"
#include "mod_eas_stdin.h"
#include "mod_eas_try_cert.h"

/* --- the steps */

/* As the decision has it: DOMAIN\user is for who has the domain, while
 * user@domain may be anybody's mail address. */
static int is_of_provider(const mod_eas_attempt *a)
{
    return a->login.form != EAS_LOGIN_DOMAIN
           || eas_domains_has(&a->provider->decide.domains, a->login.domain);
}

static const char *show_form(const eas_login *login)
{
    switch (login->form) {
    case EAS_LOGIN_USER:
        return "a bare name";
    case EAS_LOGIN_DOMAIN:
        return "DOMAIN\\user";
    case EAS_LOGIN_UPN:
    case EAS_LOGIN_CERTIFICATE: /* nobody types one */
        break;
    }
    return "user@domain";
}

static eas_reason take_apart(mod_eas_attempt *a)
{
    const char *shown = mod_eas_attempt_quote(a, a->text);
    eas_reason reason = eas_login_parse(a->text, a->pool, &a->login);

    if (reason != EAS_REASON_NONE) {
        mod_eas_attempt_step(a, "login", reason,
                             apr_pstrcat(a->pool, shown, " is no login", NULL));
        return reason;
    }
    if (!is_of_provider(a)) {
        mod_eas_attempt_step(
            a, "login", EAS_UNKNOWN_USER,
            apr_pstrcat(a->pool, shown,
                        ": EASAuthDomain of this provider "
                        "does not hold ",
                        mod_eas_attempt_quote(a, a->login.domain), NULL));
        return EAS_UNKNOWN_USER;
    }
    mod_eas_attempt_step(
        a, "login", reason,
        apr_psprintf(a->pool, "%s, %s%s%s", shown, show_form(&a->login),
                     a->login.domain ? ", domain " : "",
                     a->login.domain ? mod_eas_attempt_quote(a, a->login.domain)
                                     : ""));
    return EAS_REASON_NONE;
}

static eas_reason find(mod_eas_attempt *a)
{
    const char *detail = NULL;
    eas_reason reason =
        a->directory->find(a->directory->self, &a->login, NULL, 1, a->deadline,
                           a->pool, &a->identity, &detail);

    if (reason == EAS_REASON_NONE && !a->identity) {
        reason = EAS_INTERNAL_ERROR;
    }
    mod_eas_attempt_step(
        a, a->provider->settings.bind_template ? "bind name" : "entry", reason,
        mod_eas_attempt_outcome(
            a, reason,
            a->identity ? mod_eas_attempt_quote(a, a->identity->dn) : "",
            detail));
    if (reason == EAS_REASON_NONE) {
        mod_eas_attempt_identity(a);
        if (detail) {
            mod_eas_attempt_say(a, "", detail);
        }
    }
    return reason;
}

static eas_reason verify(mod_eas_attempt *a, const char *password)
{
    const char *detail = NULL;
    eas_reason reason =
        a->directory->verify(a->directory->self, a->identity, password,
                             a->deadline, a->pool, &detail);

    if (reason == EAS_REASON_NONE) {
        reason = eas_state_judge_bound(a->directory->type, a->identity,
                                       eas_clock_date(NULL), &detail);
    }
    mod_eas_attempt_step(
        a, "password", reason,
        mod_eas_attempt_outcome(a, reason, "is right", detail));
    mod_eas_attempt_expiry(a);
    return reason;
}

/* --- the two commands */

static int try_login(mod_eas_attempt *a)
{
    eas_credential *credential = NULL;
    const char *password = mod_eas_stdin_password(a->pool);
    eas_reason reason =
        password ? eas_basic_make(a->text, password, a->pool, &credential)
                 : EAS_CONTROL_CHARACTER;

    if (reason != EAS_REASON_NONE) {
        return mod_eas_attempt_conclude(a, reason);
    }
    a->text = credential->login;
    reason = take_apart(a);
    if (reason == EAS_REASON_NONE) {
        reason = find(a);
    }
    if (reason == EAS_REASON_NONE) {
        reason = verify(a, credential->password);
    }
    return mod_eas_attempt_conclude(a, reason);
}

/* As Require eas-group would have it. */
static eas_reason show_group(mod_eas_attempt *a, const char *group)
{
    const char *detail = NULL;
    const eas_reason reason = a->directory->member(
        a->directory->self, a->identity, group, a->deadline, a->pool, &detail);

    mod_eas_attempt_step(a, "group", reason,
                         apr_pstrcat(a->pool,
                                     reason == EAS_REASON_NONE ? "a member of "
                                     : reason == EAS_NOT_AUTHORIZED
                                         ? "no member of "
                                         : "cannot tell of ",
                                     mod_eas_attempt_quote(a, group),
                                     detail ? ": " : "", detail, NULL));
    return reason;
}

/* What speaks against the account comes before what does against the
 * membership; both are shown. */
static eas_reason look_into(mod_eas_attempt *a)
{
    const char *group = getenv("EAS_AUTH_GROUP");
    const eas_reason state = mod_eas_attempt_state(a);
    eas_reason member;

    mod_eas_attempt_lockout(a);
    member = group && *group ? show_group(a, group) : state;
    return state != EAS_REASON_NONE ? state : member;
}

static int try_account(mod_eas_attempt *a)
{
    eas_reason reason = take_apart(a);

    if (reason == EAS_REASON_NONE) {
        reason = find(a);
    }
    if (reason == EAS_REASON_NONE && !a->provider->settings.bind_template) {
        reason = look_into(a);
    }
    mod_eas_attempt_result(a, mod_eas_attempt_outcome(a, reason, "found", NULL),
                           "");
    return reason == EAS_REASON_NONE ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

static int prepare(mod_eas_attempt *a)
{
    a->text = getenv("EAS_AUTH_USER");
    if (!a->text || !*a->text || !eas_text_is_utf8(a->text, strlen(a->text))
        || eas_text_has_control(a->text, strlen(a->text))) {
        mod_eas_attempt_result(
            a, "usage",
            "EAS_AUTH_PROVIDER and EAS_AUTH_USER say whom, in UTF-8");
        return 0;
    }
    return mod_eas_attempt_open(a);
}

static int try_what(mod_eas_attempt *a, int is_login, int is_certificate)
{
    if (is_certificate) {
        return mod_eas_try_cert(a);
    }
    if (!prepare(a)) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    return is_login ? try_login(a) : try_account(a);
}

int mod_eas_try_check_config(apr_pool_t *pconf, apr_pool_t *plog,
                             apr_pool_t *ptemp, server_rec *s)
{
    const int is_login = mod_eas_probe_is_asked("EAS_AUTH_LOGIN");
    const int is_certificate = mod_eas_probe_is_asked("EAS_AUTH_CERTIFICATE");
    mod_eas_attempt a = {0};
    int status = HTTP_INTERNAL_SERVER_ERROR;

    (void)pconf;
    (void)plog;
    (void)s;
    if (!is_login && !is_certificate
        && !mod_eas_probe_is_asked("EAS_AUTH_ACCOUNT")) {
        return OK;
    }
    /* Wiped whatever httpd does with its own pools at the end. */
    if (apr_pool_create(&a.pool, ptemp) != APR_SUCCESS) {
        return status;
    }
    if (apr_file_open_stdout(&a.out, a.pool) == APR_SUCCESS) {
        status = try_what(&a, is_login, is_certificate);
    }
    apr_pool_destroy(a.pool);
    return status;
}
