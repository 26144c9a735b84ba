/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_providers.h"

#include <string.h>

#include "eas_certify.h"
#include "eas_reason.h"
#include "eas_stranger.h"

static eas_moment now(const eas_env *env)
{
    return env->clock.now(env->clock.self);
}

static int any_lists_domain(const eas_policy *policy, const char *domain)
{
    const eas_provider *const *next = policy->providers;

    while (*next && !eas_domains_lists(&(*next)->domains, domain)) {
        next++;
    }
    return *next != NULL;
}

/* A stated domain picks its provider.  Where nobody names it, `DOMAIN\user`
 * is for those that take any domain; `user@domain` may be a mail address of
 * anybody's. */
static int is_asked(const eas_decision *d, const eas_provider *provider)
{
    const char *domain = d->login.domain;

    if (!domain) {
        return 1;
    }
    if (any_lists_domain(d->policy, domain)) {
        return eas_domains_lists(&provider->domains, domain);
    }
    return d->login.form == EAS_LOGIN_UPN || provider->domains.any;
}

/* --- asking -------------------------------------------------------------------- */

static eas_check check_of(const eas_decision *d, const eas_provider *provider)
{
    const eas_known none = {.is_named = 0};
    const eas_check check = {
        .known = provider == d->looked_at ? d->known : none,
        .env = d->env,
        .policy = d->policy,
        .provider = provider,
        .client = d->client,
        .only = d->holder && d->env->shield ? &d->holder_account : NULL,
        .ask = {.clock = &d->env->clock,
                .directory = d->directory,
                .login = &d->login,
                .password = d->password,
                .remote_attribute = d->policy->remote_attribute,
                .deadline = d->verdict.deadline,
                .pool = d->pool},
        .source = EAS_SOURCE_DIRECTORY,
    };

    return check;
}

/* Whether an identity is that of the certificate's holder. */
static int is_holder(const eas_decision *d, const eas_identity *identity,
                     const char *provider)
{
    return !strcmp(provider, d->holder_provider)
           && !strcmp(identity->id, d->holder->id);
}

static eas_reason ask_bare(const eas_decision *d, eas_check *check)
{
    eas_reason reason = eas_ask_find(&check->ask, 0);

    if (reason == EAS_REASON_NONE && d->holder
        && !is_holder(d, check->ask.identity, check->provider->name)) {
        return EAS_ACCOUNTS_DIFFER;
    }
    return reason == EAS_REASON_NONE ? eas_ask_verify(&check->ask) : reason;
}

/* is_all: nothing else was looked at for the demand. */
static void note_result(eas_decision *d, const eas_check *check, int is_all)
{
    d->identity = check->ask.identity;
    d->verdict.detail = check->ask.detail;
    d->verdict.source = check->source;
    d->verdict.locked_for = check->locked_for;
    d->verdict.until = check->until;
    /* Who was asked before is no part of it. */
    d->verdict.basis = is_all && !d->is_later ? check->basis : NULL;
    d->is_later = 1;
}

static eas_reason check_password(eas_decision *d, const eas_provider *provider)
{
    eas_check check = check_of(d, provider);
    const eas_reason reason =
        d->env->shield ? eas_shield_check(&check) : ask_bare(d, &check);

    note_result(d, &check, d->attempt->demand == EAS_BY_PASSWORD);
    return reason;
}

static eas_reason check_certificate(eas_decision *d,
                                    const eas_provider *provider)
{
    eas_check check = check_of(d, provider);
    const eas_reason reason =
        eas_certify(&check, d->attempt->presented->cert, &d->holder_account);

    note_result(d, &check, d->attempt->demand != EAS_BY_BOTH);
    return reason;
}

static eas_reason ask(eas_decision *d, const eas_provider *provider,
                      eas_reason (*check)(eas_decision *, const eas_provider *))
{
    eas_moment present = now(d->env);
    eas_moment deadline = present + provider->total;

    d->identity = NULL;
    d->verdict.provider = provider->name;
    d->verdict.detail = NULL;
    d->verdict.source = EAS_SOURCE_NONE;
    d->directory = d->env->directory(d->env->self, provider->name);
    if (!d->directory) {
        d->verdict.detail = "the directory could not be made";
        return EAS_MISCONFIGURED;
    }
    if (present >= d->deadline) {
        d->verdict.detail = "no time was left to ask this provider";
        return EAS_DIRECTORY_TIMEOUT;
    }
    d->verdict.deadline = deadline < d->deadline ? deadline : d->deadline;
    return check(d, provider);
}

/* Only "unknown" goes on: a password refused by one directory must not be
 * tried in another, whose owner of that name is somebody else. */
static eas_reason ask_in_turn(eas_decision *d)
{
    const eas_provider *const *next = d->policy->providers;
    eas_reason reason = EAS_UNKNOWN_USER;

    for (; *next && reason == EAS_UNKNOWN_USER; next++) {
        if (is_asked(d, *next)) {
            reason = ask(d, *next, check_password);
            d->is_unsure |= reason == EAS_UNKNOWN_USER
                            && d->verdict.source == EAS_SOURCE_STALE;
        }
    }
    return reason;
}

/* Who is known to one provider need not be searched for at those before it. */
static void skip_next_time(eas_decision *d)
{
    const eas_provider *const *next = d->policy->providers;

    for (; d->identity && !d->is_unsure && *next
           && (*next)->name != d->verdict.provider;
         next++) {
        if (is_asked(d, *next)) {
            eas_check check = check_of(d, *next);

            eas_shield_elsewhere(&check);
        }
    }
}

/* The first provider that is to be asked, or NULL; and whether any knows the
 * login. */
static const eas_provider *first_asked(eas_decision *d, int *is_known)
{
    const eas_provider *const *next = d->policy->providers;
    const eas_provider *first = NULL;

    for (; *next && !*is_known; next++) {
        if (is_asked(d, *next)) {
            eas_check check = check_of(d, *next);

            first = first ? first : *next;
            *is_known = eas_shield_knows(&check);
            d->looked_at = *next;
            d->known = check.known;
        }
    }
    return first;
}

static eas_reason ask_shielded(eas_decision *d)
{
    eas_stranger stranger = {.is_known = 0};
    int is_known = 0;
    const eas_provider *first = first_asked(d, &is_known);
    eas_check check = check_of(d, first);
    eas_reason reason;

    if (!first) {
        return EAS_UNKNOWN_USER;
    }
    reason =
        eas_stranger_before(&stranger, &check, is_known || d->attempt->goes_on);
    if (reason == EAS_REASON_NONE) {
        reason = ask_in_turn(d);
        check.source = d->verdict.source;
        check.locked_for = d->verdict.locked_for;
        skip_next_time(d);
        reason = eas_stranger_after(&stranger, reason);
    }
    d->verdict.source = check.source;
    d->verdict.locked_for = check.locked_for;
    return reason;
}

eas_reason eas_providers_password(eas_decision *d)
{
    eas_reason reason;

    if (!d->policy->providers[0]) {
        return EAS_MISCONFIGURED;
    }
    reason = d->env->shield ? ask_shielded(d) : ask_in_turn(d);
    if (!d->verdict.provider && reason == EAS_UNKNOWN_USER) {
        d->verdict.detail = "no provider has this domain";
    }
    return reason;
}

eas_reason eas_providers_certificate(eas_decision *d)
{
    const eas_provider *const *next = d->policy->providers;
    eas_reason reason = *next ? EAS_CERT_UNMAPPED : EAS_MISCONFIGURED;

    for (; *next && reason == EAS_CERT_UNMAPPED; next++) {
        reason = ask(d, *next, check_certificate);
    }
    if (reason == EAS_REASON_NONE) {
        d->holder = d->identity;
        d->holder_provider = d->verdict.provider;
    }
    return reason;
}
