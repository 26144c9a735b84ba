/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A bulkhead: no more than so many requests wait for a directory at once, so
 * that the threads left serve everybody else while it hangs.
 *
 * A seat is a lease, in memory that processes may share: a child that is
 * killed gives its seat back by the passing of time.
 */
#ifndef EAS_SEATS_H
#define EAS_SEATS_H

#include "eas_lease.h"

/** The seats of one directory; opaque, usable by any thread. */
typedef struct eas_seats eas_seats;

/** One request's seat. */
typedef struct eas_seat {
    eas_lease *lease; /**< NULL for none */
    eas_moment until;
} eas_seat;

/**
 * Make seats.
 * @param count at least 1
 * @param shared @a count leases that other processes use as well, zeroed at
 *        the start; NULL where this process alone counts
 * @param pool lifetime of the result
 * @param seats_out untouched on failure
 * @return APR_SUCCESS, or why no lock could be made
 */
apr_status_t eas_seats_make(int count, eas_lease *shared, apr_pool_t *pool,
                            eas_seats **seats_out);

/** How many there are. */
int eas_seats_count(const eas_seats *seats);

/**
 * Take a seat; who comes while others queue, queues behind them.
 * @param clock tells the time
 * @param queue_until how long to wait for one; a moment that has passed for
 *        not at all
 * @param until when the seat is given up at the latest
 * @param seat_out given back by eas_seats_give; untouched on failure
 * @return 1, or 0 where none came free
 */
int eas_seats_take(eas_seats *seats, const eas_clock *clock,
                   eas_moment queue_until, eas_moment until,
                   eas_seat *seat_out);

/** Give a seat back; one without a lease does nothing. */
void eas_seats_give(eas_seats *seats, eas_seat *seat);

#endif
