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
 * The moment by which a part of something has to have ended.
 * @param span what the part may take from now on, in microseconds
 * @param deadline of the whole
 * @return the earlier of the two
 */
eas_moment eas_clock_within(apr_interval_time_t span, eas_moment deadline);

/**
 * The present date.
 * @param unused to fit eas_clock.date
 */
apr_time_t eas_clock_date(void *unused);

#endif
