/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_certify.h"

#include <string.h>

#include <apr_escape.h>
#include <apr_strings.h>
#include <openssl/evp.h>

#include "eas_cert_find.h"
#include "eas_guard.h"
#include "eas_reason.h"
#include "eas_settle.h"

/* No login and no password has a control character. */
#define NOBODY_TYPES "\001certificate "

enum { SHA256_SIZE = 32 };

/* The certificate, and how it is mapped; NULL where OpenSSL could not. */
static const char *text_of(const eas_cert *cert, const eas_policy *policy,
                           apr_pool_t *pool)
{
    const char *shown = policy->certificates.shown;
    const char *all = apr_pstrcat(
        pool, apr_pescape_hex(pool, cert->sha256, sizeof(cert->sha256), 0),
        shown ? shown : "", NULL);
    unsigned char digest[SHA256_SIZE];

    if (!EVP_Digest(all, strlen(all), digest, NULL, EVP_sha256(), NULL)) {
        return NULL;
    }
    return apr_pstrcat(pool, NOBODY_TYPES,
                       apr_pescape_hex(pool, digest, sizeof(digest), 0), NULL);
}

/* --- the directory --------------------------------------------------------------- */

static eas_reason find(eas_check *check, const eas_cert *cert)
{
    eas_ask *ask = &check->ask;
    const eas_cert_search search = {
        .directory = ask->directory,
        .map = check->policy->certificates.map,
        .strong = check->policy->certificates.strong,
        .cert = cert,
        .remote_attribute = ask->remote_attribute,
        .deadline = ask->deadline,
        .pool = ask->pool,
    };
    eas_identity *found = NULL;
    const eas_reason reason = eas_cert_find(&search, &found, &ask->detail);

    ask->identity = NULL;
    if (reason == EAS_REASON_NONE && !found) {
        return EAS_INTERNAL_ERROR;
    }
    if (reason == EAS_REASON_NONE) {
        ask->identity = found;
        ask->identity->proof = EAS_PROOF_CERTIFICATE;
    }
    return reason;
}

/* Time until the password expires is nothing to a certificate. */
static eas_reason judge(eas_check *check)
{
    eas_ask *ask = &check->ask;
    const eas_directory *directory = ask->directory;
    const char *detail = NULL;
    const eas_reason reason =
        directory->state ? directory->state(directory->self, ask->identity,
                                            ask->deadline, ask->pool, &detail)
                         : EAS_MISCONFIGURED;

    /* What was said of the mapping stands where nothing else is to say. */
    ask->detail = detail ? detail : ask->detail;
    ask->identity->expires_in = -1;
    /* It was there a moment ago. */
    return reason == EAS_UNKNOWN_USER ? EAS_CERT_UNMAPPED : reason;
}

/* --- what is remembered ---------------------------------------------------------- */

/* For how long a grant is good on its connection; a certificate that ends
 * before, ends it. */
static eas_moment until(const eas_guard *g, const eas_cert *cert,
                        apr_interval_time_t for_)
{
    const eas_clock *clock = &g->check->env->clock;
    const apr_interval_time_t left = cert->not_after - clock->date(clock->self);

    return g->now + (left < for_ ? left : for_);
}

/* Whether nobody was found a moment ago: a phone whose owner has left goes on
 * asking, and each provider before somebody's own is asked for them as well. */
static int recall_nobody(eas_guard *g, eas_reason *reason_out)
{
    if (g->now - g->name.found_at >= EAS_STATE_TTL) {
        return 0;
    }
    g->check->source = EAS_SOURCE_CACHE;
    g->check->ask.detail = "as within the last minute";
    *reason_out = EAS_CERT_UNMAPPED;
    eas_guard_count(&g->shield->counters->cached);
    return 1;
}

/* 1 where what is remembered decides. */
static int recall(eas_guard *g, const eas_cert *cert, eas_reason *reason_out)
{
    if (!g->check->policy->cache_ttl || !g->is_named) {
        return 0;
    }
    if (eas_guard_is_nobody(g)) {
        return recall_nobody(g, reason_out);
    }
    eas_guard_take(g, &g->name.account);
    if (!eas_guard_answer(g, EAS_PROOF_CERTIFICATE, reason_out)) {
        return 0;
    }
    if (*reason_out == EAS_REASON_NONE) {
        g->check->until = until(g, cert, g->check->until - g->now);
    }
    return 1;
}

/* A password that was good for an account that may not is looked at again. */
static void settle(eas_guard *g, eas_reason reason, eas_moment asked)
{
    const eas_hold none = {0};

    if (eas_reason_class(reason) == EAS_CLASS_FORBIDDEN) {
        g->attempt.now = eas_guard_now(g);
        (void)eas_ledger_settle(g->shield->accounts, &g->attempt, &g->lockout,
                                &none, EAS_OUTCOME_FORBIDDEN);
    }
    eas_settle_cache(g, reason == EAS_REASON_NONE ? EAS_GRANTED : reason,
                     asked);
}

/* Whatever was found before is no more. */
static void note_nobody(const eas_guard *g, eas_reason reason, eas_moment asked)
{
    eas_table *names = g->shield->names;

    if (reason == EAS_CERT_UNMAPPED && g->check->policy->cache_ttl) {
        eas_names_keep(names, &g->login, NULL, asked, asked + EAS_STATE_TTL);
    }
    else if (eas_reason_class(reason) != EAS_CLASS_UNAVAILABLE) {
        eas_names_drop(names, &g->login, g->now);
    }
}

static eas_reason ask(eas_guard *g, const eas_cert *cert)
{
    eas_check *check = g->check;
    const eas_moment asked = eas_guard_now(g);
    eas_reason reason = find(check, cert);

    check->source = EAS_SOURCE_DIRECTORY;
    if (reason != EAS_REASON_NONE) {
        note_nobody(g, reason, asked);
        return reason;
    }
    eas_guard_identify(g);
    reason = judge(check);
    settle(g, reason, asked);
    if (reason == EAS_REASON_NONE && check->policy->cache_ttl) {
        check->until = until(g, cert, check->policy->cache_ttl);
    }
    return reason;
}

static eas_reason certify(eas_guard *g, const eas_cert *cert)
{
    eas_reason reason = EAS_REASON_NONE;

    if (!recall(g, cert, &reason)) {
        reason = ask(g, cert);
    }
    if (eas_reason_class(reason) == EAS_CLASS_UNAVAILABLE
        && eas_guard_is_stale_good(g)) {
        eas_guard_accept(g, EAS_SOURCE_STALE, EAS_PROOF_CERTIFICATE, 0);
        eas_guard_count(&g->shield->counters->stale);
        return EAS_REASON_NONE;
    }
    return reason;
}

static eas_reason certify_bare(eas_check *check, const eas_cert *cert)
{
    const eas_reason reason = find(check, cert);

    check->source = EAS_SOURCE_DIRECTORY;
    return reason == EAS_REASON_NONE ? judge(check) : reason;
}

static eas_reason run(eas_check *check, const eas_cert *cert,
                      eas_key *account_out)
{
    eas_guard g;
    eas_reason reason;

    if (!check->env->shield) {
        return certify_bare(check, cert);
    }
    eas_guard_begin(&g, check);
    reason = certify(&g, cert);
    if (reason == EAS_REASON_NONE) {
        *account_out = g.name.account;
    }
    return reason;
}

eas_reason eas_certify(eas_check *check, const eas_cert *cert,
                       eas_key *account_out)
{
    const char *text = text_of(cert, check->policy, check->ask.pool);
    eas_login login = {EAS_LOGIN_CERTIFICATE, text, text, NULL};
    eas_reason reason;

    if (!text) {
        return EAS_INTERNAL_ERROR;
    }
    check->ask.login = &login;
    check->ask.password = text;
    reason = run(check, cert, account_out);
    check->ask.login = NULL; /* it lived here */
    if (reason != EAS_REASON_NONE && check->ask.identity) {
        check->ask.identity->proof = EAS_PROOF_NONE;
    }
    return reason;
}
