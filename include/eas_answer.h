/* SPDX-License-Identifier: Apache-2.0 */
/** What a phone is told: from a verdict to an HTTP answer. */
#ifndef EAS_ANSWER_H
#define EAS_ANSWER_H

#include "eas_reason.h"

/** Answers that a Location overrides (EASAuthAnswer); zeroed is none. */
typedef struct eas_answers {
    int by_reason[EAS_REASON_COUNT]; /**< HTTP status, 0 where not set */
    int by_class[EAS_CLASS_UNAVAILABLE + 1];
} eas_answers;

/** An HTTP answer. */
typedef struct eas_answer {
    int status;      /**< 0 where the request goes on */
    int challenge;   /**< whether to send WWW-Authenticate */
    int retry_after; /**< seconds, 0 for none */
} eas_answer;

/**
 * The answer to a verdict.  A reason or else a class the Location overrides
 * gets the status it names, EAS_KNOWN_WRONG for want of its own that of
 * EAS_WRONG_PASSWORD; only a 401 carries a challenge, only a 503
 * Retry-After: the verdict's, at most 300 s, 300 where an override made the
 * 503, spread by 25 % either way so that phones do not return together.
 * EAS_REASON_NONE is answered like EAS_INTERNAL_ERROR; status 0 is given to
 * EAS_GRANTED alone.
 * @param answers overrides; NULL for none; one that eas_answers_set would
 *        have refused is passed over
 * @param random from eas_env.random
 */
eas_answer eas_answer_make(const eas_verdict *verdict,
                           const eas_answers *answers, apr_uint32_t random);

/**
 * Seconds to name in Retry-After, before spreading.
 * @param down_for how long the directory has been away, in microseconds
 * @param locked_for what is left of a lock, in microseconds; 0: not known
 * @return 20 for EAS_OVERLOADED, where the directory answers others; the rest
 *         of the unavailable class 60 rising with the outage to 300; for the
 *         locked class what is left, rounded up, 1 to 300, and 300 where that
 *         is not known; else 0
 */
int eas_answer_retry_after(eas_reason reason, apr_interval_time_t down_for,
                           apr_interval_time_t locked_for);

/**
 * Read one EASAuthAnswer: a reason or class, and a status.  A name that is
 * both (no-credential, locked) means the class.  Accepted are
 *
 *     no-credential, malformed, refused   401 403
 *     forbidden                           403 503
 *     locked                              401 403 503
 *     unavailable                             503
 *
 * and for the reasons password-expired, must-change, account-disabled and
 * account-expired also 401: the first two a password typed anew can cure, and
 * for the others it hides that the password was right.  The rest would break
 * a promise: no 401 for what asking for the password cannot cure, nothing but
 * 503 while we cannot tell, no status for "granted".
 * @param answers changed on success alone
 * @param pool lifetime of the returned text
 * @return NULL, or a sentence for a directive's error
 */
const char *eas_answers_set(eas_answers *answers, const char *name,
                            const char *status, apr_pool_t *pool);

/** Lay @a over above @a base: what @a over sets wins, reasons above classes
 * of either.  @a merged may be one of the two. */
void eas_answers_merge(eas_answers *merged, const eas_answers *base,
                       const eas_answers *over);

#endif
