/* SPDX-License-Identifier: Apache-2.0 */
/** When a provider's directory locks, as far as that was read lately. */
#ifndef EAS_LIMITS_H
#define EAS_LIMITS_H

#include <stdatomic.h>

#include "eas_types.h"

/** In memory that all children share; zeroed is nothing known. */
typedef struct eas_limits {
    _Atomic eas_moment read_at; /**< 0 for never */
    atomic_int threshold;
    _Atomic apr_interval_time_t window;
    atomic_int is_objected; /**< the log has the objection to it */
} eas_limits;

/**
 * Note what was read for one person.  People may have policies of their own;
 * the mildest of the last quarter of an hour is kept, for it decides nothing
 * but whether somebody may be asked about at all.
 */
void eas_limits_note(eas_limits *limits, const eas_lockout_limits *read,
                     eas_moment now);

/**
 * What is known.
 * @param limits_out untouched where that is nothing
 * @return 1 or 0
 */
int eas_limits_get(eas_limits *limits, eas_lockout_limits *limits_out);

/** Whether this is the first call: the objection is worth one line. */
int eas_limits_is_first_objection(eas_limits *limits);

#endif
