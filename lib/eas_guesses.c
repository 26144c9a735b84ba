/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_guesses.h"

#include <string.h>

/* Longer than any window, and short enough to be added to a moment. */
#define LONGEST apr_time_from_sec(APR_INT64_C(10) * 366 * 24 * 3600)

#define DAY apr_time_from_sec(24 * 3600)

/* Flying guesses of one budget that can be told apart from none. */
#define MOST_FLYING 0xffff

static apr_interval_time_t window_of(const eas_lockout *lockout)
{
    if (!lockout) {
        return DAY;
    }
    return lockout->window < 0         ? 0
           : lockout->window > LONGEST ? LONGEST
                                       : lockout->window;
}

static apr_uint32_t failed(const eas_budget *budget)
{
    return budget->told - budget->forgotten;
}

static apr_uint32_t flying(const eas_budget *budget)
{
    return (apr_uint32_t)budget->flying[0] + budget->flying[1];
}

static apr_uint32_t spent(const eas_budget *budget)
{
    return failed(budget) + flying(budget);
}

static int any_flying(const eas_guesses *guesses)
{
    return flying(&guesses->budget[0]) || flying(&guesses->budget[1]);
}

static int any_spent(const eas_guesses *guesses)
{
    return spent(&guesses->budget[0]) || spent(&guesses->budget[1]);
}

static int any_limited(const eas_guesses *guesses)
{
    return guesses->budget[0].is_limited || guesses->budget[1].is_limited;
}

/* Guesses left to a budget; below 0 where mode log let more through. */
static apr_int64_t left_to(const eas_guesses *guesses,
                           const eas_lockout *lockout, int is_familiar)
{
    const eas_budget *own = &guesses->budget[!!is_familiar];
    const eas_budget *other = &guesses->budget[!is_familiar];
    const apr_int64_t used = spent(own);
    const apr_int64_t alone =
        (own->is_limited || lockout->attempts < 1 ? 1 : lockout->attempts)
        - used;
    const apr_int64_t together =
        (lockout->ceiling < 1 ? 1 : lockout->ceiling) - used - spent(other);

    return alone < together ? alone : together;
}

static void latest(eas_moment *moment, eas_moment other)
{
    if (!*moment || *moment < other) {
        *moment = other;
    }
}

/* The last moment at which a directory may have counted something. */
static eas_moment last(const eas_guesses *guesses)
{
    eas_moment moment = guesses->last_failure;

    if (any_flying(guesses)) {
        latest(&moment, guesses->last_reserved + EAS_GUESS_LEASE);
    }
    return moment;
}

/* A new round: none of the holds given out before is known in it. */
static void begin_round(eas_guesses *guesses, eas_moment now)
{
    guesses->round[0] = now > guesses->round[0] ? now : guesses->round[0] + 1;
}

static void forget_holds(eas_guesses *guesses, eas_moment now)
{
    begin_round(guesses, now);
    guesses->round[1] = guesses->round[0];
    for (int i = 0; i < 2; i++) {
        guesses->budget[i].flying[0] = 0;
        guesses->budget[i].flying[1] = 0;
    }
}

void eas_guesses_start(eas_guesses *guesses, eas_moment now)
{
    memset(guesses, 0, sizeof(*guesses));
    guesses->round[0] = now;
    guesses->round[1] = now;
}

/* A round's flying guesses have outlived their lease: failures, unknown to
 * their owners. */
static void fail_round(eas_guesses *guesses, int round, eas_moment at)
{
    for (int i = 0; i < 2; i++) {
        eas_budget *budget = &guesses->budget[i];

        if (budget->flying[round]) {
            budget->told += budget->flying[round];
            budget->flying[round] = 0;
            latest(&guesses->last_failure, at);
        }
    }
}

static void turn_round(eas_guesses *guesses, eas_moment now)
{
    if (now < guesses->round[0] + EAS_GUESS_LEASE) {
        return;
    }
    fail_round(guesses, 1, guesses->round[0] + EAS_GUESS_LEASE);
    if (now >= guesses->last_reserved + EAS_GUESS_LEASE) {
        fail_round(guesses, 0, guesses->last_reserved + EAS_GUESS_LEASE);
    }
    for (int i = 0; i < 2; i++) {
        guesses->budget[i].flying[1] = guesses->budget[i].flying[0];
        guesses->budget[i].flying[0] = 0;
    }
    guesses->round[1] = guesses->round[0];
    begin_round(guesses, now);
}

/* The directory counts from zero again; who had spent all of a budget gets one
 * guess of it for the next window. */
static void turn_window(eas_guesses *guesses, const eas_lockout *lockout,
                        eas_moment now)
{
    int is_spent[2];

    for (int i = 0; i < 2; i++) {
        is_spent[i] = left_to(guesses, lockout, i) <= 0;
    }
    guesses->last_failure = last(guesses);
    forget_holds(guesses, now);
    for (int i = 0; i < 2; i++) {
        eas_budget *budget = &guesses->budget[i];

        budget->told = 0;
        budget->forgotten = 0;
        budget->is_reported = 0;
        budget->is_limited |= (apr_byte_t)is_spent[i];
    }
}

/* Bring up to the moment what time alone changes. */
static void turn(eas_guesses *guesses, const eas_lockout *lockout,
                 eas_moment now)
{
    const apr_interval_time_t window = window_of(lockout);

    turn_round(guesses, now);
    if (any_spent(guesses)
        && now - last(guesses) >= window + EAS_GUESS_MARGIN) {
        turn_window(guesses, lockout, now);
    }
    if (any_limited(guesses)
        && now - last(guesses) >= 2 * window + EAS_GUESS_MARGIN) {
        guesses->budget[0].is_limited = 0;
        guesses->budget[1].is_limited = 0;
    }
}

/* How long a budget without guesses stays so. */
static apr_interval_time_t wait_for(const eas_guesses *guesses,
                                    const eas_lockout *lockout, eas_moment now)
{
    apr_interval_time_t wait =
        last(guesses) + window_of(lockout) + EAS_GUESS_MARGIN - now;

    if (any_flying(guesses) && now < guesses->last_reserved + EAS_GUESS_LEASE
        && wait > EAS_GUESS_FLYING) {
        wait = EAS_GUESS_FLYING;
    }
    return wait < APR_USEC_PER_SEC ? APR_USEC_PER_SEC : wait;
}

int eas_guesses_is_locked(const eas_guesses *guesses,
                          const eas_lockout *lockout, int is_familiar,
                          eas_moment now, apr_interval_time_t *left_out)
{
    eas_guesses then = *guesses;

    *left_out = 0;
    if (lockout->mode != EAS_LOCKOUT_ENFORCE) {
        return 0;
    }
    turn(&then, lockout, now);
    if (left_to(&then, lockout, is_familiar) > 0) {
        return 0;
    }
    *left_out = wait_for(&then, lockout, now);
    return 1;
}

static void count(eas_guesses *guesses, eas_moment now, eas_hold *hold)
{
    eas_budget *budget = &guesses->budget[hold->is_familiar];

    budget->flying[0]++;
    latest(&guesses->last_reserved, now);
    hold->is_held = 1;
    hold->is_probe = budget->is_limited;
    hold->round = guesses->round[0];
    hold->told[0] = guesses->budget[0].told;
    hold->told[1] = guesses->budget[1].told;
}

int eas_guesses_reserve(eas_guesses *guesses, const eas_lockout *lockout,
                        int is_familiar, int is_second_look, eas_moment now,
                        eas_hold *hold_out, apr_interval_time_t *wait_out)
{
    apr_int64_t left;

    *wait_out = 0;
    memset(hold_out, 0, sizeof(*hold_out));
    hold_out->is_familiar = !!is_familiar;
    if (lockout->mode == EAS_LOCKOUT_OFF) {
        return 1;
    }
    turn(guesses, lockout, now);
    left = left_to(guesses, lockout, is_familiar);
    if (left <= 0 && lockout->mode == EAS_LOCKOUT_ENFORCE) {
        *wait_out = wait_for(guesses, lockout, now);
        return 0;
    }
    if (is_second_look && left < 2) {
        return 0;
    }
    hold_out->would_lock = left <= 0;
    if (flying(&guesses->budget[!!is_familiar]) < MOST_FLYING) {
        count(guesses, now, hold_out);
    }
    return 1;
}

/* Take a guess out of those in flight.  @return 0 where it is not among them */
static int land(eas_guesses *guesses, const eas_hold *hold)
{
    eas_budget *budget = &guesses->budget[hold->is_familiar];

    for (int i = 0; i < 2; i++) {
        if (hold->round == guesses->round[i] && budget->flying[i]) {
            budget->flying[i]--;
            return 1;
        }
    }
    return 0;
}

static void fail(eas_guesses *guesses, const eas_lockout *lockout,
                 const eas_hold *hold, eas_moment now,
                 eas_ledger_change *change)
{
    eas_budget *budget = &guesses->budget[hold->is_familiar];
    eas_guesses settled;

    budget->told++;
    latest(&guesses->last_failure, now);
    settled = *guesses;
    forget_holds(&settled, now);
    if (!budget->is_reported
        && left_to(&settled, lockout, hold->is_familiar) <= 0) {
        budget->is_reported = 1;
        change->locked = 1;
    }
}

/* What was known when its bind began, the directory has forgotten now. */
static void prove(eas_guesses *guesses, const eas_hold *hold,
                  eas_ledger_change *change)
{
    for (int i = 0; i < 2; i++) {
        eas_budget *budget = &guesses->budget[i];

        if (budget->forgotten < hold->told[i]) {
            budget->forgotten = hold->told[i];
        }
        change->unlocked |= budget->is_reported | budget->is_limited;
        budget->is_reported = 0;
        budget->is_limited = 0;
    }
    if (!any_spent(guesses)) {
        guesses->last_failure = 0;
    }
}

eas_ledger_change eas_guesses_settle(eas_guesses *guesses,
                                     const eas_lockout *lockout,
                                     const eas_hold *hold, eas_outcome outcome,
                                     eas_moment now)
{
    eas_ledger_change change = {0, 0, 0};
    int is_known;

    if (!hold->is_held) {
        return change;
    }
    turn(guesses, lockout, now);
    is_known = outcome != EAS_OUTCOME_UNANSWERED && land(guesses, hold);
    if (outcome == EAS_OUTCOME_WRONG) {
        fail(guesses, lockout, hold, now, &change);
    }
    else if (outcome == EAS_OUTCOME_PROVEN && is_known) {
        prove(guesses, hold, &change);
    }
    change.count = (int)spent(&guesses->budget[hold->is_familiar]);
    return change;
}

int eas_guesses_forget(eas_guesses *guesses, eas_moment now)
{
    const int was = any_spent(guesses) || any_limited(guesses);
    const eas_moment round = guesses->round[0];

    if (was) {
        memset(guesses, 0, sizeof(*guesses));
        guesses->round[0] = round;
        forget_holds(guesses, now);
    }
    return was;
}

void eas_guesses_land(eas_guesses *guesses)
{
    const eas_moment at = guesses->last_reserved + EAS_GUESS_LEASE;

    fail_round(guesses, 1, at);
    fail_round(guesses, 0, at);
}

int eas_guesses_is_whole(const eas_guesses *guesses, const eas_lockout *lockout,
                         eas_moment now, eas_moment *until_out)
{
    eas_guesses then = *guesses;

    if (lockout) {
        turn(&then, lockout, now);
    }
    if (!any_spent(&then) && !any_limited(&then)) {
        return 1;
    }
    *until_out = last(&then) + 2 * window_of(lockout) + EAS_GUESS_MARGIN;
    return 0;
}
