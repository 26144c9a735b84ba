/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The guesses at one account: how many wrong passwords may have been counted
 * by its directory, and when that count is over.
 *
 * A fixed-size struct without a lock or a table, so that it can be checked
 * alone.  All moments are passed in; one that is older than another's (threads
 * overtake each other) does no harm.
 *
 * There are two budgets, of familiar and of unfamiliar clients, but one window:
 * Active Directory forgets its badPwdCount only when the last bad password,
 * whoever tried it, is older than its observation window, and OpenLDAP's
 * pwdFailureTime never holds more than that.  So all counts are forgotten
 * together, once a whole window has passed in which no guess can have reached
 * the directory, and never in parts.  In between at most `ceiling` guesses are
 * let through; that is the whole proof that a directory with a higher threshold
 * and no longer a window never locks because of us.
 *
 * What may have been counted though nobody told: a guess whose owner was killed
 * counts, as of EAS_GUESS_LEASE after its bind began.  What a success makes
 * whole: the failures that were settled before its bind began; one that was
 * under way beside it may have reached the directory after it.
 */
#ifndef EAS_GUESSES_H
#define EAS_GUESSES_H

#include "eas_types.h"

/** No bind takes longer, from its reservation to the moment the directory has
 * judged it; the deadline of a request has to be below. */
#define EAS_GUESS_LEASE apr_time_from_sec(30)

/** What is waited beyond a window: clocks differ, and directories count in
 * whole seconds. */
#define EAS_GUESS_MARGIN apr_time_from_sec(5)

/** What who finds the limit reached by guesses in flight is told to wait. */
#define EAS_GUESS_FLYING apr_time_from_sec(2)

/** EASAuthLockout as it applies to one account. */
typedef struct eas_lockout {
    eas_lockout_mode mode;
    int attempts; /**< wrong passwords each budget has; at least 1 */
    int ceiling;  /**< what both may spend together; at least 1 */
    apr_interval_time_t window;      /**< at least the directory's */
    apr_interval_time_t refused_ttl; /**< EASAuthRefusedTTL */
    int is_unknown; /**< logins no directory knows: there is no stamp to read
                         and no bind to save, so that after refused_ttl the
                         directory is simply asked again (see
                         eas_ledger_look); with mode off */
} eas_lockout;

/** A guess reserved; a copy is given to the settlement, and only once. */
typedef struct eas_hold {
    int is_held;
    int is_familiar;  /**< the budget it is of */
    int is_probe;     /**< the one try a spent budget has after its window */
    int would_lock;   /**< mode log: it would have been held back */
    eas_moment round; /**< for the settlement: when it was counted */
    apr_uint32_t told[2]; /**< for the settlement: failures known by then */
} eas_hold;

typedef enum {
    EAS_OUTCOME_PROVEN, /**< right: budgets are whole, the network familiar */
    EAS_OUTCOME_FORBIDDEN, /**< right, but the account may not: given back */
    EAS_OUTCOME_WRONG,     /**< a guess */
    EAS_OUTCOME_VOID,      /**< the directory did not judge it: given back */
    EAS_OUTCOME_UNANSWERED /**< sent, and no answer came: it may have been
                                counted, so it stays counted like that of a
                                killed owner, until a window has passed or the
                                next success */
} eas_outcome;

/** What a settlement changed, for the log; all 0 mostly. */
typedef struct eas_ledger_change {
    int locked;   /**< this budget is spent with this guess (once per lock) */
    int unlocked; /**< a success ended a lock */
    int count;    /**< guesses counted in this budget now, those in flight
                       included */
} eas_ledger_change;

/** One budget.  Failures counted are told - forgotten. */
typedef struct eas_budget {
    apr_uint32_t told;      /**< failures since the last whole reset */
    apr_uint32_t forgotten; /**< as many of them a success has made good */
    apr_uint16_t flying[2]; /**< reserved and not settled: in this round, in
                                 the one before */
    apr_byte_t is_limited;  /**< it was spent a window ago: one try */
    apr_byte_t is_reported; /**< that it is spent has been said */
} eas_budget;

/** All guesses at one account; see eas_guesses_start. */
typedef struct eas_guesses {
    eas_moment last_failure;  /**< the latest at which a failure may have been
                                   counted; 0 for none */
    eas_moment last_reserved; /**< 0 for none */
    eas_moment round[2];      /**< when this round of reservations, and the one
                              before, began; a round ends after a lease */
    eas_budget budget[2];     /**< of unfamiliar and of familiar clients */
} eas_guesses;

/** Begin with nothing counted; holds of before are strangers to it. */
void eas_guesses_start(eas_guesses *guesses, eas_moment now);

/**
 * Whether a new guess would be held back now; nothing is changed.
 * @param is_familiar whose budget
 * @param left_out how long it stays so, in microseconds, at least one second:
 *        to the end of the window, or EAS_GUESS_FLYING while guesses in flight
 *        may still be given back; 0 where it is not so
 * @return 1 only in mode enforce
 */
int eas_guesses_is_locked(const eas_guesses *guesses,
                          const eas_lockout *lockout, int is_familiar,
                          eas_moment now, apr_interval_time_t *left_out);

/**
 * Count a guess before it is made.
 * @param is_second_look it must leave one guess free, in mode log as well
 * @param hold_out what to settle; is_held 0 in mode off
 * @param wait_out as left_out of eas_guesses_is_locked
 * @return 1, or 0 with @a wait_out where it must not be made
 */
int eas_guesses_reserve(eas_guesses *guesses, const eas_lockout *lockout,
                        int is_familiar, int is_second_look, eas_moment now,
                        eas_hold *hold_out, apr_interval_time_t *wait_out);

/**
 * Say what became of a guess.  A hold that is not held changes nothing.  One
 * that was given up meanwhile (it outlived its lease, or an administrator or a
 * window intervened) gives nothing back, and counts anew where it was wrong.
 * @param now when the outcome was known, not when the bind began
 */
eas_ledger_change eas_guesses_settle(eas_guesses *guesses,
                                     const eas_lockout *lockout,
                                     const eas_hold *hold, eas_outcome outcome,
                                     eas_moment now);

/**
 * Forget all guesses and locks.  The directory's own count is not known to be
 * gone with them.
 * @return 1 where there were any
 */
int eas_guesses_forget(eas_guesses *guesses, eas_moment now);

/** Take all in flight for failures, as after a restart. */
void eas_guesses_land(eas_guesses *guesses);

/**
 * Whether nothing is counted, in flight or limited.
 * @param until_out when it will be, the latest, should nothing happen
 *        meanwhile; untouched where it is
 * @param lockout NULL where it is not at hand: a window of a day is supposed
 */
int eas_guesses_is_whole(const eas_guesses *guesses, const eas_lockout *lockout,
                         eas_moment now, eas_moment *until_out);

#endif
