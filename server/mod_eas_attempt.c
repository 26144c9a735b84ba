/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_attempt.h"

#include <stdlib.h>

#include <apr_strings.h>

#include "eas_answer.h"
#include "eas_clock.h"
#include "eas_ldap_directory.h"
#include "eas_reason.h"
#include "eas_text.h"
#include "eas_value.h"
#include "mod_eas_probe.h"

static apr_interval_time_t lap(mod_eas_attempt *a)
{
    const eas_moment now = eas_clock_now(NULL);
    const apr_interval_time_t took = now - a->since;

    a->since = now;
    return took;
}

const char *mod_eas_attempt_quote(const mod_eas_attempt *a, const char *text)
{
    return eas_text_quote(text, a->pool);
}

void mod_eas_attempt_say(const mod_eas_attempt *a, const char *what,
                         const char *text)
{
    mod_eas_probe_line(a->out, "", what, -1, text, NULL);
}

const char *mod_eas_attempt_outcome(const mod_eas_attempt *a, eas_reason reason,
                                    const char *well, const char *detail)
{
    return reason == EAS_REASON_NONE
               ? well
               : apr_pstrcat(a->pool, eas_reason_name(reason),
                             detail ? ": " : "", detail, NULL);
}

void mod_eas_attempt_step(mod_eas_attempt *a, const char *what,
                          eas_reason reason, const char *text)
{
    mod_eas_probe_line(a->out, reason == EAS_REASON_NONE ? "ok" : "FAILED",
                       what, lap(a), text, NULL);
}

void mod_eas_attempt_note(mod_eas_attempt *a, const char *what,
                          eas_reason reason, const char *text)
{
    mod_eas_probe_line(a->out, reason == EAS_REASON_NONE ? "ok" : "note", what,
                       lap(a), text, NULL);
}

void mod_eas_attempt_result(const mod_eas_attempt *a, const char *name,
                            const char *text)
{
    apr_file_printf(a->out, "result %s%s%s\n", name, *text ? ": " : "", text);
}

/* There is no child here, whose directories could be asked. */
static eas_reason open_directory(mod_eas_attempt *a)
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

int mod_eas_attempt_open(mod_eas_attempt *a)
{
    const char *name = getenv("EAS_AUTH_PROVIDER");

    if (!name) {
        mod_eas_attempt_result(a, "usage", "EAS_AUTH_PROVIDER says where");
        return 0;
    }
    a->provider = mod_eas_provider_find(name);
    if (!a->provider) {
        mod_eas_attempt_result(a, "no-such-provider",
                               mod_eas_attempt_quote(a, name));
        return 0;
    }
    if (open_directory(a) != EAS_REASON_NONE) {
        mod_eas_attempt_result(a, eas_reason_name(EAS_INTERNAL_ERROR),
                               "the directory could not be made");
        return 0;
    }
    apr_file_printf(a->out, "Provider %s\n", a->provider->name);
    return 1;
}

void mod_eas_attempt_identity(const mod_eas_attempt *a)
{
    const eas_account *account = &a->identity->account;

    mod_eas_attempt_say(a, "id", mod_eas_attempt_quote(a, a->identity->id));
    mod_eas_attempt_say(
        a, "name",
        account->user
            ? apr_psprintf(
                a->pool, "%s%s%s", mod_eas_attempt_quote(a, account->user),
                account->domain ? ", domain " : "",
                account->domain ? mod_eas_attempt_quote(a, account->domain)
                                : "")
            : "none that is theirs alone: the back end could not tell whose "
              "mailbox it is");
    if (a->identity->stamp) {
        mod_eas_attempt_say(a, "",
                            apr_pstrcat(a->pool, "the password is that of ",
                                        a->identity->stamp, NULL));
    }
}

void mod_eas_attempt_expiry(const mod_eas_attempt *a)
{
    if (a->identity->expires_in > 0) {
        mod_eas_attempt_say(
            a, "",
            apr_psprintf(a->pool,
                         "the password expires in %" APR_INT64_T_FMT " hours",
                         a->identity->expires_in / 3600));
    }
}

eas_reason mod_eas_attempt_state(mod_eas_attempt *a)
{
    const char *detail = NULL;
    const eas_reason reason = a->directory->state(
        a->directory->self, a->identity, a->deadline, a->pool, &detail);

    mod_eas_attempt_step(
        a, "state", reason,
        mod_eas_attempt_outcome(a, reason, "nothing speaks against the account",
                                detail));
    mod_eas_attempt_expiry(a);
    return reason;
}

/* What the shield has to stay below; not to know it is no failure. */
void mod_eas_attempt_lockout(mod_eas_attempt *a)
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

static const char *told(const mod_eas_attempt *a, eas_reason reason)
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

int mod_eas_attempt_conclude(const mod_eas_attempt *a, eas_reason reason)
{
    if (reason == EAS_REASON_NONE) {
        reason = a->identity->account.user ? EAS_GRANTED : EAS_NO_REMOTE_USER;
    }
    mod_eas_attempt_result(a, eas_reason_name(reason), told(a, reason));
    return reason == EAS_GRANTED ? OK : HTTP_INTERNAL_SERVER_ERROR;
}
