/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_decide.h"

#include <string.h>

#include <apr_strings.h>

#include "eas_answer.h"
#include "eas_cert_check.h"
#include "eas_providers.h"
#include "eas_reason.h"
#include "eas_remote_user.h"

static eas_moment now(const eas_env *env)
{
    return env->clock.now(env->clock.self);
}

/* --- the password --------------------------------------------------------------- */

static eas_reason check_shape(eas_decision *d)
{
    const eas_credential *credential = d->attempt->credential;

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

static eas_reason by_password(eas_decision *d)
{
    const eas_reason reason = check_shape(d);

    d->identity = NULL;
    d->verdict.provider = NULL;
    return reason == EAS_REASON_NONE ? eas_providers_password(d) : reason;
}

/* --- the certificate ------------------------------------------------------------- */

/* What is told of it, whatever becomes of it. */
static void describe(eas_decision *d, const eas_cert *cert)
{
    d->verdict.certificate = (eas_cert_told){
        .serial = cert->serial,
        .issuer = cert->issuer,
        .subject = cert->subject,
        .not_after = cert->not_after,
    };
}

static eas_reason by_certificate(eas_decision *d)
{
    const eas_presented *presented = d->attempt->presented;
    const eas_clock *clock = &d->env->clock;
    eas_reason reason;

    if (!presented) {
        return EAS_INTERNAL_ERROR;
    }
    d->verdict.detail = presented->detail;
    if (presented->cert) {
        describe(d, presented->cert);
    }
    if (presented->reason != EAS_REASON_NONE) {
        return presented->reason;
    }
    if (!presented->cert) {
        return EAS_INTERNAL_ERROR;
    }
    reason = eas_cert_check(&d->policy->certificates.demands, presented->cert,
                            presented->chain, clock->date(clock->self), d->pool,
                            &d->verdict.detail);
    return reason == EAS_REASON_NONE ? eas_providers_certificate(d) : reason;
}

/* Whether it was the certificate that would not do; an account that may not,
 * and a directory that cannot tell, are no reason to ask for a password. */
static int may_fall_back(const eas_decision *d, eas_reason reason)
{
    return d->policy->certificates.fallback && reason >= EAS_CERT_NOT_VERIFIED
           && reason <= EAS_CERT_CONFLICT;
}

static eas_reason by_either(eas_decision *d)
{
    const eas_reason first = by_certificate(d);
    eas_reason reason;

    if (first != EAS_NO_CERTIFICATE && !may_fall_back(d, first)) {
        return first;
    }
    d->verdict.detail = NULL;
    reason = by_password(d);
    if (first != EAS_NO_CERTIFICATE && !d->verdict.detail) {
        d->verdict.detail = apr_pstrcat(d->pool, "in place of a certificate: ",
                                        eas_reason_name(first), NULL);
    }
    return reason;
}

/* The entries are compared, whatever names they go by. */
static eas_reason combine(eas_decision *d, eas_moment holder_until)
{
    if (strcmp(d->verdict.provider, d->holder_provider)
        || strcmp(d->identity->id, d->holder->id)) {
        return EAS_ACCOUNTS_DIFFER;
    }
    if (d->identity->proof != EAS_PROOF_PASSWORD
        || d->holder->proof != EAS_PROOF_CERTIFICATE) {
        return EAS_INTERNAL_ERROR;
    }
    d->identity->proof = EAS_PROOF_BOTH;
    d->identity->map = d->holder->map;
    if (holder_until < d->verdict.until) {
        d->verdict.until = holder_until;
    }
    return EAS_REASON_NONE;
}

/* The certificate comes first: without one, nobody learns anything about a
 * password, and with one, about nobody else's. */
static eas_reason by_both(eas_decision *d)
{
    eas_reason reason = by_certificate(d);
    eas_moment holder_until;

    if (reason != EAS_REASON_NONE) {
        return reason;
    }
    holder_until = d->verdict.until;
    reason = by_password(d);
    return reason == EAS_REASON_NONE ? combine(d, holder_until) : reason;
}

/* TLS comes first: nothing of a request in the clear is looked at. */
static eas_reason look(eas_decision *d)
{
    if (d->policy->require_tls && !d->client->tls) {
        return EAS_NO_TLS;
    }
    switch (d->attempt->demand) {
    case EAS_BY_PASSWORD:
        return by_password(d);
    case EAS_BY_EITHER:
        return by_either(d);
    case EAS_BY_BOTH:
        return by_both(d);
    case EAS_BY_CERTIFICATE:
        return by_certificate(d);
    }
    return EAS_INTERNAL_ERROR;
}

/* --- the grant ------------------------------------------------------------------ */

static int is_proven(eas_proof proof, eas_demand demand)
{
    switch (demand) {
    case EAS_BY_PASSWORD:
        return proof == EAS_PROOF_PASSWORD;
    case EAS_BY_EITHER:
        return proof == EAS_PROOF_PASSWORD || proof == EAS_PROOF_CERTIFICATE;
    case EAS_BY_BOTH:
        return proof == EAS_PROOF_BOTH;
    case EAS_BY_CERTIFICATE:
        return proof == EAS_PROOF_CERTIFICATE;
    }
    return 0;
}

/*
 * The only way to a grant: nobody objected, what the section demands is
 * proven, and there is a name to go by.  The name comes last, so that the
 * lack of one tells a guesser nothing.
 */
static eas_reason grant(eas_decision *d, eas_demand demand)
{
    const char *name;

    if (!d->identity || !is_proven(d->identity->proof, demand)) {
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
static eas_reason conclude(eas_decision *d, eas_reason reason,
                           eas_demand demand)
{
    if (reason == EAS_REASON_NONE) {
        return grant(d, demand);
    }
    if (reason == EAS_GRANTED || (unsigned)reason >= EAS_REASON_COUNT) {
        return EAS_INTERNAL_ERROR;
    }
    return reason;
}

/* How long the directory asked last has been away, where that matters. */
static apr_interval_time_t outage(const eas_decision *d)
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
    eas_decision d = {env, policy, client, attempt, .pool = pool};
    eas_moment start = now(env);
    eas_reason reason;

    d.deadline = start + longest_total(policy);
    reason = look(&d);
    d.verdict.reason = conclude(&d, reason, attempt->demand);
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
    eas_decision d = {.policy = policy, .pool = pool};
    const eas_provider *provider;

    if ((policy->require_tls && !client->tls) || !eas_memo_holds(memo, call)) {
        return 0;
    }
    provider = policy->providers[memo->head.provider]; /* of the same policy */
    d.identity = eas_memo_identity(memo, call->now, pool);
    d.identity->proof = memo->head.proof; /* of what is in the key */
    d.identity->map = memo->head.map;
    d.known_as = eas_memo_get(memo, EAS_MEMO_REMOTE_USER);
    d.verdict.reason = conclude(&d, EAS_REASON_NONE, call->place.demand);
    if (d.verdict.reason != EAS_GRANTED) {
        return 0;
    }
    d.verdict.identity = d.identity;
    d.verdict.source = EAS_SOURCE_MEMO;
    d.verdict.login = eas_memo_get(memo, EAS_MEMO_LOGIN);
    d.verdict.provider = provider->name;
    d.verdict.certificate = (eas_cert_told){
        .serial = eas_memo_get(memo, EAS_MEMO_CERT_SERIAL),
        .issuer = eas_memo_get(memo, EAS_MEMO_CERT_ISSUER),
        .not_after = memo->head.not_after,
    };
    d.verdict.deadline = call->now + provider->total;
    *verdict_out = d.verdict;
    return 1;
}
