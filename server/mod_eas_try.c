/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_try.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "eas_answer.h"
#include "eas_basic.h"
#include "eas_clock.h"
#include "eas_ldap_directory.h"
#include "eas_state.h"
#include "eas_text.h"
#include "eas_value.h"
#include "mod_eas_config.h"
#include "mod_eas_probe.h"
#include "mod_eas_stdin.h"

/* One attempt on its way. */
typedef struct attempt {
    apr_pool_t *pool;
    apr_file_t *out;
    const mod_eas_provider *provider;
    const char *text; /* the login as given */
    eas_login login;
    const eas_directory *directory;
    eas_moment deadline;
    eas_moment since; /* when the step under way began */
    eas_identity *identity;
} attempt;

static apr_interval_time_t lap(attempt *a)
{
    const eas_moment now = eas_clock_now(NULL);
    const apr_interval_time_t took = now - a->since;

    a->since = now;
    return took;
}

static const char *quote(const attempt *a, const char *text)
{
    return eas_text_quote(text, a->pool);
}

static void say(const attempt *a, const char *what, const char *text)
{
    mod_eas_probe_line(a->out, "", what, -1, text, NULL);
}

/* What is said of a step: that it went well, or why it did not. */
static const char *outcome(const attempt *a, eas_reason reason,
                           const char *well, const char *detail)
{
    return reason == EAS_REASON_NONE
               ? well
               : apr_pstrcat(a->pool, eas_reason_name(reason),
                             detail ? ": " : "", detail, NULL);
}

static void say_step(attempt *a, const char *what, eas_reason reason,
                     const char *text)
{
    mod_eas_probe_line(a->out, reason == EAS_REASON_NONE ? "ok" : "FAILED",
                       what, lap(a), text, NULL);
}

static void say_result(const attempt *a, const char *name, const char *text)
{
    apr_file_printf(a->out, "result %s%s%s\n", name, *text ? ": " : "", text);
}

/* --- the steps */

/* There is no child here, whose directories could be asked. */
static eas_reason open_directory(attempt *a)
{
    static const eas_ldap_context alone = {NULL, NULL, NULL, NULL};
    const eas_ldap_settings *settings = &a->provider->settings;

    eas_ldap_directory_prepare();
    if (eas_ldap_directory_make(settings, &alone, a->pool, &a->directory)
        != APR_SUCCESS) {
        return EAS_INTERNAL_ERROR;
    }
    a->since = eas_clock_now(NULL);
    a->deadline = a->since + settings->total_timeout;
    return EAS_REASON_NONE;
}

/* As the decision has it: DOMAIN\user is for who has the domain, while
 * user@domain may be anybody's mail address. */
static int is_of_provider(const attempt *a)
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

static eas_reason take_apart(attempt *a)
{
    const char *shown = quote(a, a->text);
    eas_reason reason = eas_login_parse(a->text, a->pool, &a->login);

    if (reason != EAS_REASON_NONE) {
        say_step(a, "login", reason,
                 apr_pstrcat(a->pool, shown, " is no login", NULL));
        return reason;
    }
    if (!is_of_provider(a)) {
        say_step(a, "login", EAS_UNKNOWN_USER,
                 apr_pstrcat(a->pool, shown,
                             ": EASAuthDomain of this provider "
                             "does not hold ",
                             quote(a, a->login.domain), NULL));
        return EAS_UNKNOWN_USER;
    }
    say_step(a, "login", reason,
             apr_psprintf(a->pool, "%s, %s%s%s", shown, show_form(&a->login),
                          a->login.domain ? ", domain " : "",
                          a->login.domain ? quote(a, a->login.domain) : ""));
    return EAS_REASON_NONE;
}

static void show_identity(const attempt *a)
{
    const eas_account *account = &a->identity->account;

    say(a, "id", quote(a, a->identity->id));
    say(a, "name",
        account->user
            ? apr_psprintf(a->pool, "%s%s%s", quote(a, account->user),
                           account->domain ? ", domain " : "",
                           account->domain ? quote(a, account->domain) : "")
            : "none that is theirs alone: the back end could not tell whose "
              "mailbox it is");
    if (a->identity->stamp) {
        say(a, "",
            apr_pstrcat(a->pool, "the password is that of ", a->identity->stamp,
                        NULL));
    }
}

static eas_reason find(attempt *a)
{
    const char *detail = NULL;
    eas_reason reason =
        a->directory->find(a->directory->self, &a->login, NULL, 1, a->deadline,
                           a->pool, &a->identity, &detail);

    if (reason == EAS_REASON_NONE && !a->identity) {
        reason = EAS_INTERNAL_ERROR;
    }
    say_step(a, a->provider->settings.bind_template ? "bind name" : "entry",
             reason,
             outcome(a, reason, a->identity ? quote(a, a->identity->dn) : "",
                     detail));
    if (reason == EAS_REASON_NONE) {
        show_identity(a);
        if (detail) {
            say(a, "", detail);
        }
    }
    return reason;
}

static void show_expiry(const attempt *a)
{
    if (a->identity->expires_in > 0) {
        say(a, "",
            apr_psprintf(a->pool,
                         "the password expires in %" APR_INT64_T_FMT " hours",
                         a->identity->expires_in / 3600));
    }
}

static eas_reason verify(attempt *a, const char *password)
{
    const char *detail = NULL;
    eas_reason reason =
        a->directory->verify(a->directory->self, a->identity, password,
                             a->deadline, a->pool, &detail);

    if (reason == EAS_REASON_NONE) {
        reason = eas_state_judge_bound(a->directory->type, a->identity,
                                       eas_clock_date(NULL), &detail);
    }
    say_step(a, "password", reason, outcome(a, reason, "is right", detail));
    show_expiry(a);
    return reason;
}

/* --- the result */

static const char *told(const attempt *a, eas_reason reason)
{
    const eas_reason_row *row = eas_reason_get(reason);
    const char *class_ = eas_class_name(row->in_class);

    switch (row->in_class) {
    case EAS_CLASS_GRANTED:
        return "the phone gets in";
    case EAS_CLASS_NO_CREDENTIAL:
    case EAS_CLASS_MALFORMED:
    case EAS_CLASS_REFUSED:
        return apr_psprintf(a->pool,
                            "%s, the phone is told %d and asks its owner for "
                            "the password",
                            class_, row->status);
    case EAS_CLASS_FORBIDDEN:
        return apr_psprintf(a->pool, "%s, the phone is told %d and asks nobody",
                            class_, row->status);
    case EAS_CLASS_LOCKED:
    case EAS_CLASS_UNAVAILABLE:
        break;
    }
    return apr_psprintf(
        a->pool, "%s, the phone is told %d and comes back after about %d s",
        class_, row->status, eas_answer_retry_after(reason, 0, 0));
}

static int conclude(const attempt *a, eas_reason reason)
{
    if (reason == EAS_REASON_NONE) {
        reason = a->identity->account.user ? EAS_GRANTED : EAS_NO_REMOTE_USER;
    }
    say_result(a, eas_reason_name(reason), told(a, reason));
    return reason == EAS_GRANTED ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

/* --- the two commands */

static int try_login(attempt *a)
{
    eas_credential *credential = NULL;
    const char *password = mod_eas_stdin_password(a->pool);
    eas_reason reason =
        password ? eas_basic_make(a->text, password, a->pool, &credential)
                 : EAS_CONTROL_CHARACTER;

    if (reason != EAS_REASON_NONE) {
        return conclude(a, reason);
    }
    a->text = credential->login;
    reason = take_apart(a);
    if (reason == EAS_REASON_NONE) {
        reason = find(a);
    }
    if (reason == EAS_REASON_NONE) {
        reason = verify(a, credential->password);
    }
    return conclude(a, reason);
}

static eas_reason show_state(attempt *a)
{
    const char *detail = NULL;
    const eas_reason reason = a->directory->state(
        a->directory->self, a->identity, a->deadline, a->pool, &detail);

    say_step(a, "state", reason,
             outcome(a, reason, "nothing speaks against the account", detail));
    show_expiry(a);
    return reason;
}

/* What the shield has to stay below; not to know it is no failure. */
static void show_lockout(attempt *a)
{
    eas_lockout_limits limits = {0, 0};
    const eas_reason reason = a->directory->lockout(
        a->directory->self, a->identity, a->deadline, a->pool, &limits);
    const char *text =
        reason == EAS_MISCONFIGURED
            ? "the policy is not readable for the service account"
        : reason != EAS_REASON_NONE ? eas_reason_name(reason)
        : !limits.threshold
            ? "wrong passwords do not lock this account"
            : apr_psprintf(a->pool,
                           "%d wrong passwords within %s lock this account",
                           limits.threshold,
                           eas_value_show_duration(limits.window, a->pool));

    mod_eas_probe_line(a->out, reason == EAS_REASON_NONE ? "ok" : "note",
                       "lockout", lap(a), text, NULL);
}

/* As Require eas-group would have it. */
static eas_reason show_group(attempt *a, const char *group)
{
    const char *detail = NULL;
    const eas_reason reason = a->directory->member(
        a->directory->self, a->identity, group, a->deadline, a->pool, &detail);

    say_step(a, "group", reason,
             apr_pstrcat(a->pool,
                         reason == EAS_REASON_NONE      ? "a member of "
                         : reason == EAS_NOT_AUTHORIZED ? "no member of "
                                                        : "cannot tell of ",
                         quote(a, group), detail ? ": " : "", detail, NULL));
    return reason;
}

/* What speaks against the account comes before what does against the
 * membership; both are shown. */
static eas_reason look_into(attempt *a)
{
    const char *group = getenv("EAS_AUTH_GROUP");
    const eas_reason state = show_state(a);
    eas_reason member;

    show_lockout(a);
    member = group && *group ? show_group(a, group) : state;
    return state != EAS_REASON_NONE ? state : member;
}

static int try_account(attempt *a)
{
    eas_reason reason = take_apart(a);

    if (reason == EAS_REASON_NONE) {
        reason = find(a);
    }
    if (reason == EAS_REASON_NONE && !a->provider->settings.bind_template) {
        reason = look_into(a);
    }
    say_result(a, outcome(a, reason, "found", NULL), "");
    return reason == EAS_REASON_NONE ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

static int prepare(attempt *a)
{
    const char *name = getenv("EAS_AUTH_PROVIDER");

    a->text = getenv("EAS_AUTH_USER");
    if (!name || !a->text || !*a->text
        || !eas_text_is_utf8(a->text, strlen(a->text))
        || eas_text_has_control(a->text, strlen(a->text))) {
        say_result(a, "usage",
                   "EAS_AUTH_PROVIDER and EAS_AUTH_USER say whom, in UTF-8");
        return 0;
    }
    a->provider = mod_eas_provider_find(name);
    if (!a->provider) {
        say_result(a, "no-such-provider", quote(a, name));
        return 0;
    }
    if (open_directory(a) != EAS_REASON_NONE) {
        say_result(a, eas_reason_name(EAS_INTERNAL_ERROR),
                   "the directory could not be made");
        return 0;
    }
    apr_file_printf(a->out, "Provider %s\n", a->provider->name);
    return 1;
}

int mod_eas_try_check_config(apr_pool_t *pconf, apr_pool_t *plog,
                             apr_pool_t *ptemp, server_rec *s)
{
    const int is_login = mod_eas_probe_is_asked("EAS_AUTH_LOGIN");
    attempt a = {0};
    int status = HTTP_INTERNAL_SERVER_ERROR;

    (void)pconf;
    (void)plog;
    (void)s;
    if (!is_login && !mod_eas_probe_is_asked("EAS_AUTH_ACCOUNT")) {
        return OK;
    }
    /* Wiped whatever httpd does with its own pools at the end. */
    if (apr_pool_create(&a.pool, ptemp) != APR_SUCCESS) {
        return status;
    }
    if (apr_file_open_stdout(&a.out, a.pool) == APR_SUCCESS && prepare(&a)) {
        status = is_login ? try_login(&a) : try_account(&a);
    }
    apr_pool_destroy(a.pool);
    return status;
}
