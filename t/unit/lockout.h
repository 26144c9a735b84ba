/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Directories that lock: what Active Directory and OpenLDAP's ppolicy do with
 * the binds they are given, side by side, and who counts the binds.
 */
#ifndef LOCKOUT_H
#define LOCKOUT_H

#include "eas_page.h"

#define SECONDS(n) ((apr_interval_time_t)(n)*APR_USEC_PER_SEC)
#define MINUTES(n) SECONDS(60 * (n))
#define HOURS(n) MINUTES(60 * (n))

/** Numbers that look random and are the same each time (xorshift64*). */
typedef struct dice {
    apr_uint64_t state;
} dice;

static inline apr_uint64_t roll(dice *d)
{
    d->state ^= d->state >> 12;
    d->state ^= d->state << 25;
    d->state ^= d->state >> 27;
    return d->state * APR_UINT64_C(2685821657736338717);
}

/** @return 0 to sides - 1 */
static inline apr_int64_t roll_of(dice *d, apr_int64_t sides)
{
    return (apr_int64_t)((roll(d) >> 11) % (apr_uint64_t)sides);
}

/** ppolicy keeps the moments of failures. */
enum { PPOLICY_ROOM = 64 };

typedef struct lockout_directory {
    int threshold;
    apr_interval_time_t window;
    apr_uint64_t password;
    apr_uint64_t history[2]; /* AD does not count these */
    apr_uint64_t stamp;
    int bad_count; /* AD: badPwdCount */
    eas_moment bad_time;
    eas_moment failures[PPOLICY_ROOM]; /* ppolicy: pwdFailureTime */
    int failure_count;
    int is_locked; /* either, for good */
    int binds;
} lockout_directory;

/** AD: the count starts again when the last is older than the window. */
static inline void ad_failed(lockout_directory *d, eas_moment now)
{
    if (now - d->bad_time > d->window) {
        d->bad_count = 0;
    }
    d->bad_count++;
    d->bad_time = now;
    d->is_locked |= d->bad_count >= d->threshold;
}

/** ppolicy: those older than the interval do not count. */
static inline void ppolicy_failed(lockout_directory *d, eas_moment now)
{
    int kept = 0;

    for (int i = 0; i < d->failure_count; i++) {
        if (now - d->failures[i] <= d->window) {
            d->failures[kept++] = d->failures[i];
        }
    }
    if (kept < PPOLICY_ROOM) {
        d->failures[kept++] = now;
    }
    d->failure_count = kept;
    d->is_locked |= kept >= d->threshold;
}

/** A bind.  @return whether the password is right */
static inline int lockout_bind(lockout_directory *d, apr_uint64_t password,
                               eas_moment now)
{
    d->binds++;
    if (password == d->password) {
        d->bad_count = 0;
        d->failure_count = 0;
        return 1;
    }
    if (password != d->history[0] && password != d->history[1]) {
        ad_failed(d, now);
    }
    ppolicy_failed(d, now);
    return 0;
}

static inline void lockout_change(lockout_directory *d, apr_uint64_t password)
{
    d->history[1] = d->history[0];
    d->history[0] = d->password;
    d->password = password;
    d->stamp++;
}

/** As EASAuthLockout's attempts=auto has it. */
static inline eas_lockout lockout_of(int threshold, apr_interval_time_t window)
{
    eas_lockout lockout = {.mode = EAS_LOCKOUT_ENFORCE,
                           .attempts = threshold / 2,
                           .ceiling = threshold * 3 / 4,
                           .window = window,
                           .refused_ttl = MINUTES(10)};

    if (lockout.ceiling > threshold - 1) {
        lockout.ceiling = threshold - 1;
    }
    lockout.ceiling = lockout.ceiling < 1 ? 1 : lockout.ceiling;
    lockout.attempts = lockout.attempts < 1 ? 1 : lockout.attempts;
    return lockout;
}

/** What a client is told. */
typedef enum { TOLD_GRANTED, TOLD_WRONG, TOLD_LOCKED, TOLD_LATER } told;

/** A bind under way: begun, not yet said. */
typedef struct flight {
    eas_ledger_try attempt;
    eas_hold hold;
} flight;

/**
 * What a request does up to its bind.
 * @return 1 with @a flight_out to bind and land, 0 with @a told_out
 */
static inline int depart(eas_page *page, const eas_lockout *lockout,
                         const lockout_directory *directory,
                         eas_ledger_try attempt, flight *flight_out,
                         told *told_out, apr_interval_time_t *wait_out)
{
    eas_standing standing;
    int is_second = 0;

    eas_page_consult(page, &attempt, lockout, &standing);
    attempt.refused_at = standing.refused_at;
    *wait_out = standing.locked_for;
    *told_out = TOLD_WRONG;
    if (standing.refused_at) {
        const eas_look look = eas_page_look(page, &attempt, lockout);

        attempt.stamp = directory->stamp;
        if (look == EAS_LOOK_NOT
            || (look == EAS_LOOK_SEARCH && !eas_page_looked(page, &attempt))) {
            return 0;
        }
        is_second = look == EAS_LOOK_BIND;
    }
    attempt.stamp = directory->stamp;
    flight_out->attempt = attempt;
    if (!eas_page_reserve(page, &attempt, lockout, is_second, &flight_out->hold,
                          wait_out)) {
        *told_out = *wait_out ? TOLD_LOCKED : TOLD_WRONG;
        return 0;
    }
    return 1;
}

/** A whole request at once. */
static inline told request(eas_page *page, const eas_lockout *lockout,
                           lockout_directory *directory, eas_ledger_try attempt)
{
    apr_interval_time_t wait;
    flight f;
    told answer;

    if (!depart(page, lockout, directory, attempt, &f, &answer, &wait)) {
        return answer;
    }
    answer = lockout_bind(directory, attempt.credential, attempt.now)
                 ? TOLD_GRANTED
                 : TOLD_WRONG;
    eas_page_settle(page, &f.attempt, lockout, &f.hold,
                    answer == TOLD_GRANTED ? EAS_OUTCOME_PROVEN
                                           : EAS_OUTCOME_WRONG);
    return answer;
}

#endif
