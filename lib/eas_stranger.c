/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_stranger.h"

#include <string.h>

#include "eas_lockout.h"
#include "eas_reason.h"
#include "eas_settle.h"
#include "eas_text.h"

/* What was typed, to these providers: another Location may know it. */
static eas_key account_of(const eas_check *check, const eas_key_secret *keys)
{
    const eas_login *login = check->ask.login;
    const eas_provider *const *next = check->policy->providers;
    const char *text = eas_text_lower(login->text, check->ask.pool);
    eas_key key = {{0, 0}};

    for (; *next; next++) {
        const eas_span parts[] = {{&key, sizeof(key)},
                                  eas_span_text((*next)->name),
                                  eas_span_text(text)};

        key = eas_key_make(keys, 'x', parts, 3);
    }
    return key;
}

static void take(eas_stranger *stranger)
{
    eas_guard *guard = &stranger->guard;
    const eas_key account = account_of(guard->check, guard->shield->keys);

    eas_guard_attempt(guard, &account);
    guard->lockout.is_unknown = 1;
    eas_guard_consult(guard, guard->shield->strangers);
}

eas_reason eas_stranger_before(eas_stranger *stranger, eas_check *check,
                               int is_known)
{
    eas_guard *guard = &stranger->guard;

    stranger->is_known = is_known;
    if (is_known) {
        return EAS_REASON_NONE;
    }
    eas_guard_begin(guard, check);
    take(stranger);
    if (guard->standing.refused_at > guard->flushed_at
        && eas_ledger_look(guard->shield->strangers, &guard->attempt,
                           &guard->lockout)
               == EAS_LOOK_NOT) {
        return eas_guard_known_wrong(guard);
    }
    if (guard->standing.is_locked) {
        return eas_guard_hold_back(guard, EAS_SHIELD_LOCKED,
                                   guard->standing.locked_for);
    }
    return EAS_REASON_NONE;
}

/* The log names no provider: none knew it. */
static void tell(eas_guard *guard, const eas_ledger_change *change)
{
    eas_check check = *guard->check;

    check.provider = NULL;
    check.ask.identity = NULL;
    guard->check = &check;
    eas_settle_note_wrong(guard, change);
}

eas_reason eas_stranger_after(eas_stranger *stranger, eas_reason reason)
{
    eas_guard *guard = &stranger->guard;
    eas_ledger *ledger = guard->shield ? guard->shield->strangers : NULL;
    apr_interval_time_t span = 0;
    eas_ledger_change change;
    eas_hold hold;

    if (stranger->is_known
        || (reason != EAS_UNKNOWN_USER && reason != EAS_AMBIGUOUS_USER)) {
        return reason;
    }
    guard->attempt.now = eas_guard_now(guard);
    if (!eas_ledger_reserve(ledger, &guard->attempt, &guard->lockout, 0, &hold,
                            &span)) {
        return span ? eas_guard_hold_back(guard, EAS_SHIELD_LOCKED, span)
                    : reason;
    }
    change = eas_ledger_settle(ledger, &guard->attempt, &guard->lockout, &hold,
                               EAS_OUTCOME_WRONG);
    tell(guard, &change);
    return reason;
}
