/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A circuit breaker: who failed is left alone for a while.
 *
 * It may be in memory that processes share; a zeroed one is closed, which is
 * the good state.  No call waits.
 */
#ifndef EAS_BREAKER_H
#define EAS_BREAKER_H

#include "eas_lease.h"

/** How long it stays open after a failure. */
#define EAS_BREAKER_OPEN apr_time_from_sec(30)

/** How long one trial may take; then another caller may try. */
#define EAS_BREAKER_TRIAL apr_time_from_sec(2)

/** All atomic: usable from any thread of any process. */
typedef struct eas_breaker {
    _Atomic eas_moment until; /**< 0 while closed */
    eas_lease trial;
} eas_breaker;

/** Whether a call may be made. */
typedef enum {
    EAS_BREAKER_REFUSES, /**< not now */
    EAS_BREAKER_PASSES,  /**< closed: call */
    EAS_BREAKER_TRIES    /**< open for long enough: this one caller tries, and
                              says how it went */
} eas_breaker_answer;

/**
 * Ask before a call.
 * @param now the present moment
 * @return one of eas_breaker_answer; EAS_BREAKER_TRIES to one caller alone
 *         within EAS_BREAKER_TRIAL
 */
eas_breaker_answer eas_breaker_ask(eas_breaker *breaker, eas_moment now);

/**
 * Say that a call failed: open for EAS_BREAKER_OPEN from now.
 * @return 1 where it was closed before (worth a line in the log), else 0
 */
int eas_breaker_failed(eas_breaker *breaker, eas_moment now);

/**
 * Say that a trial went well: closed.
 * @return 1 where it was open before, else 0
 */
int eas_breaker_passed(eas_breaker *breaker);

#endif
