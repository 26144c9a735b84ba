/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_prove.h"

#include "eas_lockout.h"
#include "eas_reason.h"
#include "eas_settle.h"

/* What was read for this person, told on: for who cannot ask, and for the log
 * where it says that we guard less than the directory does. */
static void note_limits(eas_guard *g, const eas_lockout_limits *limits)
{
    eas_limits *known = &g->shield->limits[g->check->provider->index];
    const char *objection =
        eas_lockout_objection(&g->check->policy->shield, limits);

    eas_limits_note(known, limits, g->now);
    if (objection && eas_limits_is_first_objection(known)) {
        eas_guard_tell(g, EAS_SHIELD_OBJECTION, limits->threshold,
                       limits->window, objection);
    }
}

/* The lockout as the directory has it for this person.  A policy that is there
 * and cannot be read may be a stricter one than others'. */
static eas_lockout person_lockout(eas_guard *g)
{
    const eas_check *check = g->check;
    const eas_directory *directory = check->ask.directory;
    const eas_policy *policy = check->policy;
    eas_lockout_limits limits;
    eas_reason reason;

    if (policy->shield.mode == EAS_LOCKOUT_OFF) {
        return g->lockout; /* which limits nothing */
    }
    reason = directory->lockout(directory->self, check->ask.identity,
                                check->ask.deadline, check->ask.pool, &limits);
    if (reason == EAS_REASON_NONE) {
        note_limits(g, &limits);
        return eas_lockout_make(&policy->shield, &limits, policy->refused_ttl);
    }
    return reason == EAS_MISCONFIGURED
               ? eas_lockout_make(&policy->shield, NULL, policy->refused_ttl)
               : g->lockout;
}

/* Forbidden a minute ago: a search tells whether that still is so. */
static eas_reason look_at_state(eas_guard *g)
{
    const eas_hold none = {0};
    const eas_directory *directory = g->check->ask.directory;
    const eas_moment asked = eas_guard_now(g);
    eas_reason reason;

    if (!g->has_cached || g->cached.verdict.reason == EAS_REASON_NONE
        || g->cached.verdict.reason == EAS_GRANTED
        || g->cached.verdict.is_recheck || !directory->state) {
        return EAS_REASON_NONE;
    }
    reason = directory->state(directory->self, g->check->ask.identity,
                              g->check->ask.deadline, g->check->ask.pool,
                              &g->check->ask.detail);
    if (reason != EAS_REASON_NONE) {
        eas_settle(g, &none, reason, asked);
    }
    return reason;
}

/* The entry may have turned out to be another one, whose guess it was then. */
static void settle(eas_guard *g, const eas_hold *hold, eas_reason reason,
                   const eas_key *reserved_for, eas_moment asked)
{
    const eas_hold none = {0};

    if (!eas_key_is(reserved_for, &g->attempt.account)) {
        eas_guard other = *g;

        other.attempt.account = *reserved_for;
        eas_ledger_settle(g->shield->accounts, &other.attempt, &g->lockout,
                          hold, EAS_OUTCOME_VOID);
        hold = &none;
    }
    eas_settle(g, hold, reason, asked);
}

static eas_reason prove(eas_guard *g, int is_second_look)
{
    eas_check *check = g->check;
    apr_interval_time_t span = 0;
    const eas_key account = g->attempt.account;
    eas_hold hold;
    eas_reason reason;

    g->lockout = person_lockout(g);
    g->attempt.now = eas_guard_now(g);
    if (!eas_ledger_reserve(g->shield->accounts, &g->attempt, &g->lockout,
                            is_second_look, &hold, &span)) {
        return span && !is_second_look
                   ? eas_guard_hold_back(g, EAS_SHIELD_LOCKED, span)
                   : eas_guard_known_wrong(g);
    }
    check->source = EAS_SOURCE_DIRECTORY;
    reason = eas_ask_verify(&check->ask);
    if (check->ask.identity) {
        eas_guard_identify(g);
    }
    settle(g, &hold, reason == EAS_REASON_NONE ? EAS_GRANTED : reason, &account,
           g->attempt.now);
    if (reason == EAS_REASON_NONE && check->policy->cache_ttl) {
        check->until = g->now + check->policy->cache_ttl;
    }
    return reason;
}

eas_reason eas_prove(eas_guard *guard, int is_second_look)
{
    /* Whoever was found on the way is good enough. */
    eas_reason reason =
        guard->check->ask.identity ? EAS_REASON_NONE : eas_guard_find(guard, 0);

    /* Nobody is bound as anybody else. */
    if (reason == EAS_REASON_NONE && eas_guard_is_other(guard)) {
        return EAS_ACCOUNTS_DIFFER;
    }
    if (reason == EAS_REASON_NONE) {
        reason = look_at_state(guard);
    }
    return reason == EAS_REASON_NONE ? prove(guard, is_second_look) : reason;
}
