/* SPDX-License-Identifier: Apache-2.0 */
/** The real clock. */
#ifndef EAS_CLOCK_H
#define EAS_CLOCK_H

#include "eas_types.h"

/**
 * The present moment: microseconds of CLOCK_MONOTONIC, so that nobody who
 * sets the date shortens or stretches a deadline.
 * @param unused to fit eas_clock.now
 */
eas_moment eas_clock_now(void *unused);

/**
 * The present date.
 * @param unused to fit eas_clock.date
 */
apr_time_t eas_clock_date(void *unused);

#endif
