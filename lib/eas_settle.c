/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_settle.h"

#include "eas_reason.h"

/* Sent, and not answered, by a directory that answers others: it may have been
 * slow, and counted it.  In an outage nobody counts. */
static int is_unanswered(const eas_guard *guard)
{
    const eas_identity *identity = guard->check->ask.identity;
    const eas_directory *directory = guard->check->ask.directory;

    return identity && identity->is_unanswered
           && !(directory->is_down && directory->is_down(directory->self));
}

static eas_outcome outcome_of(const eas_guard *guard, eas_reason reason)
{
    switch (eas_reason_class(reason)) {
    case EAS_CLASS_GRANTED:
        return EAS_OUTCOME_PROVEN;
    case EAS_CLASS_FORBIDDEN:
        return EAS_OUTCOME_FORBIDDEN;
    case EAS_CLASS_REFUSED:
        /* A code nobody knows may not mean a wrong password at all. */
        return reason == EAS_WRONG_PASSWORD ? EAS_OUTCOME_WRONG
                                            : EAS_OUTCOME_VOID;
    case EAS_CLASS_NO_CREDENTIAL:
    case EAS_CLASS_MALFORMED:
    case EAS_CLASS_LOCKED:
        break;
    case EAS_CLASS_UNAVAILABLE:
        return is_unanswered(guard) ? EAS_OUTCOME_UNANSWERED : EAS_OUTCOME_VOID;
    }
    return EAS_OUTCOME_VOID;
}

/* A guess at one account too many, and at too many accounts. */
void eas_settle_note_wrong(eas_guard *guard, const eas_ledger_change *change)
{
    const eas_shield *shield = guard->shield;
    const int is_enforced = guard->lockout.mode == EAS_LOCKOUT_ENFORCE;
    int accounts = 0;

    if (change->locked) {
        if (is_enforced) {
            eas_guard_count(&shield->counters->locks);
        }
        eas_guard_tell(guard, is_enforced ? EAS_SHIELD_HOLDS : EAS_SHIELD_WOULD,
                       change->count, guard->lockout.window, NULL);
    }
    if (guard->check->policy->shield.spray && guard->attempt.network
        && eas_networks_failed(shield->networks, guard->attempt.network,
                               &guard->attempt.account, eas_guard_now(guard),
                               guard->lockout.window, &accounts)) {
        eas_guard_tell(guard, EAS_SHIELD_SPRAYING, accounts,
                       guard->lockout.window, NULL);
    }
}

void eas_settle_cache(eas_guard *guard, eas_reason reason, eas_moment asked)
{
    const eas_policy *policy = guard->check->policy;

    if (!guard->shield->cache) {
        return;
    }
    switch (eas_reason_get(reason)->remember) {
    case EAS_REMEMBER_GRANTED:
    case EAS_REMEMBER_STATE:
        if (policy->cache_ttl) {
            eas_cache_put(guard->shield->cache, &guard->question,
                          guard->check->ask.identity, reason, asked,
                          guard->check->ask.pool);
        }
        break;
    case EAS_REMEMBER_REFUSED:
        eas_cache_refuse(guard->shield->cache, &guard->question,
                         guard->check->ask.pool);
        break;
    case EAS_REMEMBER_NEVER:
        break;
    }
}

void eas_settle(eas_guard *guard, const eas_hold *hold, eas_reason reason,
                eas_moment asked)
{
    const eas_outcome outcome = outcome_of(guard, reason);
    eas_ledger_change change;

    guard->attempt.now = eas_guard_now(guard);
    change = eas_ledger_settle(guard->shield->accounts, &guard->attempt,
                               &guard->lockout, hold, outcome);
    if (outcome == EAS_OUTCOME_WRONG) {
        eas_settle_note_wrong(guard, &change);
    }
    if (change.unlocked) {
        eas_guard_tell(guard, EAS_SHIELD_RELEASES, change.count, 0, NULL);
    }
    eas_settle_cache(guard, reason, asked);
    eas_guard_forget_if_gone(guard, reason);
}
