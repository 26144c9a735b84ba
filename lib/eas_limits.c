/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_limits.h"

#define KEPT_FOR apr_time_from_sec(900)

/* A directory that never locks is the mildest. */
static int is_milder(int threshold, int than)
{
    return than && (!threshold || threshold > than);
}

/* The fields are good one by one: a race between two people's policies leaves
 * one of the two. */
void eas_limits_note(eas_limits *limits, const eas_lockout_limits *read,
                     eas_moment now)
{
    const eas_moment read_at = atomic_load(&limits->read_at);

    if (!read_at || now - read_at >= KEPT_FOR
        || is_milder(read->threshold, atomic_load(&limits->threshold))) {
        atomic_store(&limits->threshold, read->threshold);
        atomic_store(&limits->window, read->window);
        atomic_store(&limits->read_at, now);
    }
}

int eas_limits_get(eas_limits *limits, eas_lockout_limits *limits_out)
{
    if (!atomic_load(&limits->read_at)) {
        return 0;
    }
    limits_out->threshold = atomic_load(&limits->threshold);
    limits_out->window = atomic_load(&limits->window);
    return 1;
}

int eas_limits_is_first_objection(eas_limits *limits)
{
    int none = 0;

    return atomic_compare_exchange_strong(&limits->is_objected, &none, 1);
}
