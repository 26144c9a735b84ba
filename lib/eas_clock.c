/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_clock.h"

#include <time.h>

eas_moment eas_clock_now(void *unused)
{
    struct timespec now = {0, 0};

    (void)unused;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return apr_time_from_sec(now.tv_sec) + now.tv_nsec / 1000;
}

eas_moment eas_clock_within(apr_interval_time_t span, eas_moment deadline)
{
    const eas_moment until = eas_clock_now(NULL) + span;

    return until < deadline ? until : deadline;
}

apr_time_t eas_clock_date(void *unused)
{
    (void)unused;
    return apr_time_now();
}
