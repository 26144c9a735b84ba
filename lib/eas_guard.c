/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_guard.h"

#include <string.h>

#include "eas_basis.h"
#include "eas_lockout.h"
#include "eas_reason.h"
#include "eas_text.h"

static apr_interval_time_t longer(apr_interval_time_t a, apr_interval_time_t b)
{
    return a > b ? a : b;
}

eas_moment eas_guard_now(const eas_guard *guard)
{
    const eas_clock *clock = &guard->check->env->clock;

    return clock->now(clock->self);
}

void eas_guard_count(_Atomic apr_uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

void eas_guard_tell(const eas_guard *guard, eas_shield_change change, int count,
                    apr_interval_time_t span, const char *detail)
{
    const eas_check *check = guard->check;
    const eas_identity *identity = check->ask.identity;
    const eas_shield_event event = {
        .change = change,
        .provider = check->provider ? check->provider->name : NULL,
        .user = identity && identity->account.user ? identity->account.user
                                                   : check->ask.login->text,
        .address = check->client->address,
        .is_familiar = guard->standing.is_familiar,
        .count = count,
        .span = span,
        .detail = detail,
    };

    guard->shield->changed(guard->shield->self, &event);
}

/* --- who, and what is known of them -------------------------------------------- */

static apr_uint64_t hash_of(const eas_guard *guard, char kind, const void *data,
                            apr_size_t length)
{
    const eas_span part = {data, length};

    return eas_key_make(guard->shield->keys, kind, &part, 1).word[0];
}

/* A network that many share is nobody's, and so is an address that is none. */
static apr_uint64_t network_of(const eas_guard *guard)
{
    const eas_client *client = guard->check->client;
    unsigned char bytes[8];
    apr_size_t length = 0;

    if (client->is_shared
        || eas_network_parse(client->address, bytes, &length) != APR_SUCCESS) {
        return 0;
    }
    return hash_of(guard, 'w', bytes, length);
}

/* For how long a search is believed: as long as what is known under it. */
static int is_believed(const eas_guard *guard)
{
    const eas_policy *policy = guard->check->policy;

    return guard->name.found_at > guard->flushed_at
           && guard->now - guard->name.found_at
                  < longer(policy->cache_ttl, policy->refused_ttl);
}

void eas_guard_begin(eas_guard *guard, eas_check *check)
{
    const eas_shield *shield = check->env->shield;
    const eas_provider *provider = check->provider;

    memset(guard, 0, sizeof(*guard));
    guard->check = check;
    guard->shield = shield;
    guard->now = eas_guard_now(guard);
    guard->flushed_at = atomic_load(shield->flushed_at);
    guard->attempt.now = guard->now;
    if (!check->known.login.word[0] && !check->known.login.word[1]) {
        check->known.login =
            eas_names_key(shield->keys, provider->name, provider->fingerprint,
                          check->ask.login, check->ask.pool);
    }
    guard->login = check->known.login;
    guard->name = check->known.name;
    guard->is_named = check->known.is_named && is_believed(guard);
    if (!guard->is_named && eas_guard_recognise(guard)) {
        check->known.name = guard->name;
        check->known.is_named = 1;
    }
}

int eas_guard_recognise(eas_guard *guard)
{
    guard->is_named = eas_names_find(guard->shield->names, &guard->login,
                                     guard->now, &guard->name)
                      && is_believed(guard);
    return guard->is_named;
}

/* The lockout as it can be told without asking: reserving a guess asks. */
static eas_lockout known_lockout(const eas_guard *guard)
{
    const eas_check *check = guard->check;
    eas_lockout_limits limits;
    const int known =
        eas_limits_get(&guard->shield->limits[check->provider->index], &limits);

    return eas_lockout_make(&check->policy->shield, known ? &limits : NULL,
                            check->policy->refused_ttl);
}

void eas_guard_resume(eas_guard *guard, const eas_key *account,
                      apr_uint64_t credential)
{
    guard->attempt.account = *account;
    guard->attempt.credential = credential;
    guard->attempt.network = network_of(guard);
    guard->lockout = known_lockout(guard);
}

void eas_guard_attempt(eas_guard *guard, const eas_key *account)
{
    const eas_span parts[] = {
        {account, sizeof(*account)},
        eas_span_text(guard->check->ask.password),
    };

    eas_guard_resume(guard, account,
                     eas_key_make(guard->shield->keys, 'c', parts, 2).word[0]
                         | 1);
}

void eas_guard_consult(eas_guard *guard, eas_ledger *ledger)
{
    eas_ledger_consult(ledger, &guard->attempt, &guard->lockout,
                       &guard->standing);
    guard->attempt.refused_at = guard->standing.refused_at;
}

void eas_guard_take(eas_guard *guard, const eas_key *account)
{
    const eas_check *check = guard->check;

    guard->name.account = *account;
    eas_guard_attempt(guard, account);
    guard->question.provider = check->provider->name;
    guard->question.fingerprint = check->provider->fingerprint;
    guard->question.attribute = check->ask.remote_attribute;
    guard->question.span =
        longer(check->policy->cache_ttl, check->policy->cache_stale);
    guard->question.account = *account;
    guard->question.password = check->ask.password;
    eas_guard_consult(guard, guard->shield->accounts);
}

/* Kept for as long as a verdict may be used under it, be it in an outage. */
static void keep_name(const eas_guard *guard)
{
    const eas_policy *policy = guard->check->policy;
    const eas_moment now = eas_guard_now(guard);

    eas_names_keep(guard->shield->names, &guard->login, &guard->name.account,
                   now,
                   now
                       + longer(longer(policy->cache_ttl, policy->refused_ttl),
                                policy->cache_stale));
}

apr_uint64_t eas_guard_name(const eas_key_secret *keys, const char *provider,
                            const char *user, apr_pool_t *pool)
{
    const eas_span parts[] = {eas_span_text(provider),
                              eas_span_text(eas_text_lower(user, pool))};

    return eas_key_make(keys, 'u', parts, 2).word[0];
}

/* Its password's stamp and its name, as the ledger knows them. */
static void describe(eas_guard *guard, const eas_identity *identity)
{
    const char *user = identity->account.user;

    guard->attempt.stamp = 0;
    if (identity->stamp) {
        guard->attempt.stamp =
            hash_of(guard, 's', identity->stamp, strlen(identity->stamp)) | 1;
    }
    if (user) {
        guard->attempt.name =
            eas_guard_name(guard->shield->keys, guard->check->provider->name,
                           user, guard->check->ask.pool);
    }
}

void eas_guard_identify(eas_guard *guard)
{
    const eas_identity *identity = guard->check->ask.identity;
    const eas_span parts[] = {
        eas_span_text(guard->check->provider->name),
        eas_span_text(identity->id),
    };
    const eas_key account = eas_key_make(guard->shield->keys, 'a', parts, 2);
    const int is_other =
        !guard->is_named || !eas_key_is(&account, &guard->name.account);

    if (is_other) {
        eas_guard_take(guard, &account);
        guard->has_cached = 0;
        guard->is_named = 1;
    }
    if (is_other || !identity->is_remembered) {
        keep_name(guard);
    }
    describe(guard, identity);
}

void eas_guard_forget_if_gone(eas_guard *guard, eas_reason reason)
{
    const eas_shield *shield = guard->shield;
    const eas_hold none = {0};
    eas_name name;

    if ((reason != EAS_UNKNOWN_USER && reason != EAS_AMBIGUOUS_USER)
        || !eas_names_find(shield->names, &guard->login, guard->now, &name)) {
        return;
    }
    eas_guard_take(guard, &name.account);
    guard->attempt.now = eas_guard_now(guard);
    eas_ledger_settle(shield->accounts, &guard->attempt, &guard->lockout, &none,
                      EAS_OUTCOME_FORBIDDEN);
    eas_names_drop(shield->names, &guard->login, guard->now);
}

eas_reason eas_guard_find(eas_guard *guard, int is_fresh)
{
    const eas_reason reason = eas_ask_find(&guard->check->ask, is_fresh);

    if (reason == EAS_REASON_NONE) {
        eas_guard_identify(guard);
    }
    eas_guard_forget_if_gone(guard, reason);
    return reason;
}

/* --- what was said before ------------------------------------------------------ */

void eas_guard_recall(eas_guard *guard)
{
    const eas_shield *shield = guard->shield;

    guard->has_cached =
        shield->cache
        && eas_cache_get(shield->cache, &guard->question,
                         guard->check->ask.pool, &guard->cached);
}

/* What was learnt at the same moment is taken for later. */
int eas_guard_holds(const eas_guard *guard, apr_interval_time_t age)
{
    const eas_cache_verdict *said = &guard->cached.verdict;

    return guard->has_cached && said->reason != EAS_REASON_NONE
           && !said->is_recheck && said->age < age
           && said->at > guard->flushed_at
           && said->at > guard->standing.refused_at
           && (said->reason != EAS_GRANTED
               || said->at > guard->standing.forbidden_at);
}

/* Whom a login names that another provider knows. */
static const eas_key nobody = {{0, 0}};

int eas_guard_is_nobody(const eas_guard *guard)
{
    return eas_key_is(&guard->name.account, &nobody);
}

int eas_guard_is_other(const eas_guard *guard)
{
    const eas_key *only = guard->check->only;

    return only && !eas_key_is(&guard->name.account, only);
}

/* Whom the login named before the search failed. */
static int take_old_name(eas_guard *guard)
{
    if (!eas_names_find(guard->shield->names, &guard->login, guard->now,
                        &guard->name)
        || guard->name.found_at <= guard->flushed_at
        || eas_guard_is_nobody(guard)) {
        return 0;
    }
    eas_guard_take(guard, &guard->name.account);
    return 1;
}

int eas_guard_is_stale_good(eas_guard *guard)
{
    const eas_policy *policy = guard->check->policy;
    const eas_directory *directory = guard->check->ask.directory;

    if (!policy->cache_stale || !directory->is_down
        || !directory->is_down(directory->self)
        || (!guard->question.password && !take_old_name(guard))
        || eas_guard_is_other(guard)) {
        return 0;
    }
    if (!guard->has_cached) {
        eas_guard_recall(guard);
    }
    return guard->has_cached && guard->cached.verdict.reason == EAS_GRANTED
           && eas_guard_holds(guard, policy->cache_stale);
}

void eas_guard_accept(eas_guard *guard, eas_source source, eas_proof proof,
                      apr_interval_time_t for_)
{
    eas_check *check = guard->check;

    check->ask.identity = guard->cached.identity;
    check->ask.identity->proof = proof;
    check->ask.identity->expires_in = guard->cached.verdict.expires_in;
    check->source = source;
    check->until = for_ ? guard->now + for_ : 0;
}

void eas_guard_spared(eas_guard *guard, eas_proof proof)
{
    eas_guard_count(&guard->shield->counters->cached);
    if (proof == EAS_PROOF_PASSWORD && guard->standing.wants_seen) {
        eas_ledger_seen(guard->shield->accounts, &guard->attempt);
    }
}

int eas_guard_answer(eas_guard *guard, eas_proof proof, eas_reason *reason_out)
{
    const eas_cache_verdict *said = &guard->cached.verdict;
    const apr_interval_time_t ttl = guard->check->policy->cache_ttl;

    eas_guard_recall(guard);
    if (!guard->has_cached) {
        return 0;
    }
    if (said->reason == EAS_GRANTED && eas_guard_holds(guard, ttl)) {
        eas_guard_accept(guard, EAS_SOURCE_CACHE, proof, ttl - said->age);
        guard->check->basis = eas_basis_of(guard);
        eas_guard_spared(guard, proof);
        *reason_out = EAS_REASON_NONE;
        return 1;
    }
    if (said->reason != EAS_GRANTED && eas_guard_holds(guard, EAS_STATE_TTL)) {
        guard->check->ask.identity = guard->cached.identity;
        guard->check->source = EAS_SOURCE_CACHE;
        eas_guard_count(&guard->shield->counters->cached);
        *reason_out = said->reason;
        return 1;
    }
    return 0;
}

eas_reason eas_guard_hold_back(eas_guard *guard, eas_reason reason,
                               apr_interval_time_t span)
{
    guard->check->source = EAS_SOURCE_LEDGER;
    guard->check->locked_for = span;
    eas_guard_count(&guard->shield->counters->held);
    return reason;
}

eas_reason eas_guard_known_wrong(eas_guard *guard)
{
    guard->check->source = EAS_SOURCE_LEDGER;
    eas_guard_count(&guard->shield->counters->known_wrong);
    return EAS_KNOWN_WRONG;
}
