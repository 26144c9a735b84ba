/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_decide.h"

#include <string.h>

#include "eas_answer.h"
#include "eas_reason.h"
#include "eas_remote_user.h"
#include "eas_stranger.h"

/* One decision on its way.  The steps below answer EAS_REASON_NONE for "no
 * objection yet"; grant() alone makes a grant of it. */
typedef struct decision {
    const eas_env *env;
    const eas_policy *policy;
    const eas_client *client;
    const eas_attempt *attempt; /* NULL where it is a repeated one */
    apr_pool_t *pool;
    eas_login login;
    const char *password;
    eas_moment deadline;
    const eas_directory *directory; /* the one asked last */
    const eas_provider *looked_at;  /* the one looked at last */
    eas_known known;                /* what was found there */
    eas_identity *identity;
    int is_later;  /* another provider was asked before */
    int is_unsure; /* who does not know the login has not said so just now */
    const char *known_as; /* REMOTE_USER as it was found before, or NULL */
    eas_verdict verdict;
} decision;

static eas_moment now(const eas_env *env)
{
    return env->clock.now(env->clock.self);
}

/* TLS comes first: nothing of a request in the clear is looked at. */
static eas_reason check_shape(decision *d)
{
    const eas_credential *credential = d->attempt->credential;

    if (d->policy->require_tls && !d->client->tls) {
        return EAS_NO_TLS;
    }
    if (d->attempt->reason != EAS_REASON_NONE) {
        return d->attempt->reason;
    }
    if (!credential) {
        return EAS_INTERNAL_ERROR;
    }
    d->verdict.login = credential->login;
    d->password = credential->password;
    /* The parser has refused it already; a bind with it would succeed
     * (RFC 4513, section 5.1.2), so it is looked at twice. */
    if (!d->password || !*d->password) {
        return EAS_EMPTY_PASSWORD;
    }
    return eas_login_parse(credential->login, d->pool, &d->login);
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
static int is_asked(const decision *d, const eas_provider *provider)
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

static eas_check check_of(const decision *d, const eas_provider *provider)
{
    const eas_known none = {.is_named = 0};
    const eas_check check = {
        .known = provider == d->looked_at ? d->known : none,
        .env = d->env,
        .policy = d->policy,
        .provider = provider,
        .client = d->client,
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

static eas_reason ask_bare(eas_check *check)
{
    eas_reason reason = eas_ask_find(&check->ask, 0);

    return reason == EAS_REASON_NONE ? eas_ask_verify(&check->ask) : reason;
}

static eas_reason check_provider(decision *d, const eas_provider *provider)
{
    eas_check check = check_of(d, provider);
    eas_reason reason =
        d->env->shield ? eas_shield_check(&check) : ask_bare(&check);

    d->identity = check.ask.identity;
    d->verdict.detail = check.ask.detail;
    d->verdict.source = check.source;
    d->verdict.locked_for = check.locked_for;
    d->verdict.until = check.until;
    d->verdict.basis = d->is_later ? NULL : check.basis;
    d->is_later = 1;
    return reason;
}

static eas_reason ask(decision *d, const eas_provider *provider)
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
    return check_provider(d, provider);
}

/* Only "unknown" goes on: a password refused by one directory must not be
 * tried in another, whose owner of that name is somebody else. */
static eas_reason ask_in_turn(decision *d)
{
    const eas_provider *const *next = d->policy->providers;
    eas_reason reason = EAS_UNKNOWN_USER;

    for (; *next && reason == EAS_UNKNOWN_USER; next++) {
        if (is_asked(d, *next)) {
            reason = ask(d, *next);
            d->is_unsure |= reason == EAS_UNKNOWN_USER
                            && d->verdict.source == EAS_SOURCE_STALE;
        }
    }
    return reason;
}

/* Who is known to one provider need not be searched for at those before it. */
static void skip_next_time(decision *d)
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
static const eas_provider *first_asked(decision *d, int *is_known)
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

static eas_reason ask_shielded(decision *d)
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

static eas_reason ask_providers(decision *d)
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

/* --- the grant ------------------------------------------------------------------ */

/*
 * The only way to a grant: nobody objected, the directory has proven the
 * password, and there is a name to go by.  The name comes last, so that the
 * lack of one tells a guesser nothing.
 */
static eas_reason grant(decision *d)
{
    const char *name;

    if (!d->identity || d->identity->proof != EAS_PROOF_PASSWORD) {
        return EAS_INTERNAL_ERROR;
    }
    if (!d->policy->remote_attribute && !d->policy->remote_user) {
        return EAS_MISCONFIGURED;
    }
    name = d->known_as ? d->known_as
                       : eas_remote_user(d->policy, d->identity, d->pool);
    if (!name || !*name) {
        return EAS_NO_REMOTE_USER;
    }
    d->verdict.remote_user = name;
    return EAS_GRANTED;
}

/* "Granted" out of any step before grant() is a bug, and no grant. */
static eas_reason conclude(decision *d, eas_reason reason)
{
    if (reason == EAS_REASON_NONE) {
        return grant(d);
    }
    if (reason == EAS_GRANTED || (unsigned)reason >= EAS_REASON_COUNT) {
        return EAS_INTERNAL_ERROR;
    }
    return reason;
}

/* How long the directory asked last has been away, where that matters. */
static apr_interval_time_t outage(const decision *d)
{
    if (eas_reason_class(d->verdict.reason) != EAS_CLASS_UNAVAILABLE
        || !d->directory) {
        return 0;
    }
    return d->directory->down_for(d->directory->self);
}

/* Bound on the whole decision, however many providers are asked. */
static apr_interval_time_t longest_total(const eas_policy *policy)
{
    apr_interval_time_t longest = 0;

    for (const eas_provider *const *next = policy->providers; *next; next++) {
        if ((*next)->total > longest) {
            longest = (*next)->total;
        }
    }
    return longest;
}

eas_verdict eas_decide(const eas_env *env, const eas_policy *policy,
                       const eas_client *client, const eas_attempt *attempt,
                       apr_pool_t *pool)
{
    decision d = {env, policy, client, attempt, .pool = pool};
    eas_moment start = now(env);
    eas_reason reason;

    d.deadline = start + longest_total(policy);
    reason = check_shape(&d);
    if (reason == EAS_REASON_NONE) {
        reason = ask_providers(&d);
    }
    d.verdict.reason = conclude(&d, reason);
    if (d.verdict.reason != EAS_GRANTED && d.identity) {
        d.identity->proof = EAS_PROOF_NONE;
    }
    d.verdict.identity = d.identity;
    d.verdict.retry_after = eas_answer_retry_after(d.verdict.reason, outage(&d),
                                                   d.verdict.locked_for);
    d.verdict.elapsed = now(env) - start;
    return d.verdict;
}

int eas_decide_repeat(const eas_policy *policy, const eas_client *client,
                      const eas_memo *memo, const eas_memo_call *call,
                      apr_pool_t *pool, eas_verdict *verdict_out)
{
    decision d = {.policy = policy, .pool = pool};
    const eas_provider *provider;

    if ((policy->require_tls && !client->tls) || !eas_memo_holds(memo, call)) {
        return 0;
    }
    provider = policy->providers[memo->head.provider]; /* of the same policy */
    d.identity = eas_memo_identity(memo, call->now, pool);
    d.identity->proof = EAS_PROOF_PASSWORD; /* whose hash is in the key */
    d.known_as = eas_memo_get(memo, EAS_MEMO_REMOTE_USER);
    d.verdict.reason = conclude(&d, EAS_REASON_NONE);
    if (d.verdict.reason != EAS_GRANTED) {
        return 0;
    }
    d.verdict.identity = d.identity;
    d.verdict.source = EAS_SOURCE_MEMO;
    d.verdict.login = eas_memo_get(memo, EAS_MEMO_LOGIN);
    d.verdict.provider = provider->name;
    d.verdict.deadline = call->now + provider->total;
    *verdict_out = d.verdict;
    return 1;
}
