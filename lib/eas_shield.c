/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_shield.h"

#include "eas_guard.h"
#include "eas_reason.h"
#include "eas_share.h"

/* What a step came to, where it came to anything. */
typedef struct step {
    int is_final;
    eas_reason reason; /* EAS_REASON_NONE: proven */
} step;

static const step go_on = {0, EAS_REASON_NONE};

static step final(eas_reason reason)
{
    const step done = {1, reason};

    return done;
}

/* --- answers without the directory -------------------------------------------- */

static step from_cache(eas_guard *g)
{
    eas_reason reason = EAS_REASON_NONE;

    if (!g->check->policy->cache_ttl
        || (g->standing.is_locked && !g->standing.may_peek)) {
        return go_on;
    }
    if (eas_guard_answer(g, EAS_PROOF_PASSWORD, &reason)) {
        return final(reason);
    }
    if (g->standing.is_locked) {
        eas_ledger_missed(g->shield->accounts, &g->attempt, &g->lockout);
    }
    return go_on;
}

/* One of those who repeat it looks whether the password was changed since. */
static step look_at_stamp(eas_guard *g)
{
    const eas_identity *found = g->check->ask.identity;
    eas_reason reason =
        found && !found->is_remembered ? EAS_REASON_NONE : eas_guard_find(g, 1);

    if (reason != EAS_REASON_NONE) {
        return final(reason);
    }
    g->attempt.now = eas_guard_now(g);
    return eas_ledger_looked(g->shield->accounts, &g->attempt, &g->lockout)
               ? go_on
               : final(eas_guard_known_wrong(g));
}

static step from_ledger(eas_guard *g, int *is_second_look)
{
    if (!g->standing.refused_at || g->standing.refused_at <= g->flushed_at) {
        return go_on;
    }
    switch (eas_ledger_look(g->shield->accounts, &g->attempt, &g->lockout)) {
    case EAS_LOOK_SEARCH:
        return look_at_stamp(g);
    case EAS_LOOK_BIND:
        *is_second_look = 1;
        return go_on;
    case EAS_LOOK_NOT:
        break;
    }
    return final(eas_guard_known_wrong(g));
}

static step held(eas_guard *g)
{
    apr_interval_time_t span = 0;

    if (g->standing.is_locked) {
        return final(
            eas_guard_hold_back(g, EAS_SHIELD_LOCKED, g->standing.locked_for));
    }
    if (g->check->policy->shield.spray == EAS_SPRAY_ENFORCE
        && !g->standing.is_familiar && g->attempt.network
        && eas_networks_is_spraying(g->shield->networks, g->attempt.network,
                                    g->now, &span)) {
        return final(eas_guard_hold_back(g, EAS_NETWORK_HELD, span));
    }
    return go_on;
}

/* --- in order --------------------------------------------------------------------- */

static eas_reason check_account(eas_guard *g)
{
    int is_second_look = 0;
    step done = from_cache(g);

    if (!done.is_final) {
        done = from_ledger(g, &is_second_look);
    }
    if (!done.is_final && !is_second_look) {
        done = held(g);
    }
    return done.is_final ? done.reason : eas_share(g, is_second_look);
}

static eas_reason check_login(eas_guard *g)
{
    eas_reason reason = EAS_REASON_NONE;

    g->check->source = EAS_SOURCE_DIRECTORY;
    if (!g->is_named) {
        reason = eas_share_find(g);
    }
    if (reason != EAS_REASON_NONE) {
        return reason;
    }
    if (eas_guard_is_nobody(g)) {
        return EAS_UNKNOWN_USER;
    }
    if (eas_guard_is_other(g)) {
        return EAS_ACCOUNTS_DIFFER;
    }
    if (!g->question.password) {
        eas_guard_take(g, &g->name.account);
    }
    return check_account(g);
}

/* Whom this directory did not know, and another did, before it went away: the
 * other one may be asked. */
static int was_elsewhere(eas_guard *g)
{
    const eas_policy *policy = g->check->policy;
    const eas_directory *directory = g->check->ask.directory;

    return policy->cache_stale && !g->question.password
           && eas_names_find(g->shield->names, &g->login, g->now, &g->name)
           && eas_guard_is_nobody(g) && g->name.found_at > g->flushed_at
           && g->now - g->name.found_at < policy->cache_stale
           && directory->is_down && directory->is_down(directory->self);
}

eas_reason eas_shield_check(eas_check *check)
{
    eas_guard g;
    eas_reason reason;

    eas_guard_begin(&g, check);
    reason = check_login(&g);
    if (eas_reason_class(reason) == EAS_CLASS_UNAVAILABLE
        && eas_guard_is_stale_good(&g) && !g.standing.is_locked) {
        eas_guard_accept(&g, EAS_SOURCE_STALE, EAS_PROOF_PASSWORD, 0);
        eas_guard_count(&g.shield->counters->stale);
        return EAS_REASON_NONE;
    }
    if (eas_reason_class(reason) == EAS_CLASS_UNAVAILABLE
        && was_elsewhere(&g)) {
        check->source = EAS_SOURCE_STALE;
        return EAS_UNKNOWN_USER;
    }
    return reason;
}

int eas_shield_knows(eas_check *check)
{
    eas_guard g;

    eas_guard_begin(&g, check);
    return g.is_named;
}

void eas_shield_elsewhere(eas_check *check)
{
    const eas_shield *shield = check->env->shield;
    const eas_policy *policy = check->policy;
    eas_guard g;

    eas_guard_begin(&g, check);
    if (!g.is_named) {
        eas_names_keep(shield->names, &g.login, NULL, g.now,
                       g.now
                           + (policy->cache_stale > policy->cache_ttl
                                  ? policy->cache_stale
                                  : policy->cache_ttl));
    }
}
