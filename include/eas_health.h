/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What is remembered of the servers of a directory: who answers, who does
 * not, and when one that does not is tried again.
 *
 * A board may be in memory that all children share, so that one child's
 * outage is no news to the next.  Every field is good by itself: they are
 * hints about the world, and a race between two of them costs one try.
 */
#ifndef EAS_HEALTH_H
#define EAS_HEALTH_H

#include "eas_lease.h"

/** How a server, or a whole directory, is doing. */
typedef enum {
    EAS_HEALTH_UP = 0,
    EAS_HEALTH_SUSPECT, /**< failed once: asked after those that are up */
    EAS_HEALTH_DOWN     /**< failed again: not asked until it is due */
} eas_health_state;

/** One server; zeroed is up and nobody's. */
typedef struct eas_health {
    _Atomic apr_uint64_t key; /**< of the server's name; 0 for nobody's */
    atomic_int state;         /**< eas_health_state */
    atomic_int failures;      /**< in a row */
    atomic_int reason;        /**< eas_reason of the last one */
    _Atomic eas_moment since; /**< of the first of them */
    _Atomic eas_moment due;   /**< when it is tried again */
    eas_lease probe;          /**< held by the one request that tries it */
} eas_health;

/** At most this many servers of a directory are remembered. */
#define EAS_BOARD_SERVERS 64

/** One directory; zeroed is one of which nothing is known. */
typedef struct eas_board {
    eas_lease breaker;             /**< nobody tries a directory that is down
                                        before it runs out */
    atomic_int state;              /**< eas_health_state of the whole */
    _Atomic eas_moment down_since; /**< nobody was helped since; 0 */
    _Atomic eas_moment full_since; /**< all seats are taken, and nobody was
                                        helped since; 0 */
    atomic_int gate_open;          /**< the service account was accepted */
    eas_lease gate_trying;         /**< one tries the service account */
    _Atomic eas_moment gate_closed_until;
    _Atomic apr_interval_time_t gate_pause;
    eas_health servers[EAS_BOARD_SERVERS];
} eas_board;

/** Whether a server may be asked. */
typedef enum {
    EAS_ADMIT_YES,   /**< it is up */
    EAS_ADMIT_PROBE, /**< it is not, and the caller is the one who tries it */
    EAS_ADMIT_LATER, /**< suspect: where none that is up has answered */
    EAS_ADMIT_NO     /**< down */
} eas_admission;

/**
 * The record of a server, made at its first mention.
 * @param name of the server, such as its URI
 * @return lives as long as the board; NULL where the board is full
 */
eas_health *eas_board_server(eas_board *board, const char *name);

/** The state of a server. */
eas_health_state eas_health_get(const eas_health *health);

/**
 * Whether a server may be asked now.  An EAS_ADMIT_PROBE holds its lease until
 * eas_health_failed or eas_health_answered, or until @a deadline.
 */
eas_admission eas_health_admit(eas_health *health, eas_moment now,
                               eas_moment deadline);

/**
 * A server did not answer, or said that it cannot.
 * @param reason of the unavailable class
 * @param retry how long it is left alone, in microseconds
 * @return 1 where its state changed
 */
int eas_health_failed(eas_health *health, eas_reason reason, eas_moment now,
                      apr_interval_time_t retry);

/** What came of it says nothing about the server: who was to try it, has
 * not. */
void eas_health_unclear(eas_health *health);

/**
 * A server answered.
 * @param after_out how long it had not, in microseconds; set where 1 is
 *        returned
 * @return 1 where its state changed
 */
int eas_health_answered(eas_health *health, eas_moment now,
                        apr_interval_time_t *after_out);

#endif
