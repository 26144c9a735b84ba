/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_seats.h"

#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>

/* Nobody wakes a process when another gives a seat back: it looks. */
#define LOOK_EVERY (5 * APR_TIME_C(1000))

/* More than anybody oversteps a deadline, so that a seat is not given twice.
 */
#define GRACE apr_time_from_sec(5)

struct eas_seats {
    int count;
    int is_shared;
    eas_lease *leases;
    atomic_uint next; /* where to look first */
    atomic_int waiting;
    apr_thread_mutex_t *mutex; /* for the condition alone */
    apr_thread_cond_t *given_back;
};

apr_status_t eas_seats_make(int count, eas_lease *shared, apr_pool_t *pool,
                            eas_seats **seats_out)
{
    eas_seats *seats = apr_pcalloc(pool, sizeof(*seats));
    apr_status_t rv;

    seats->count = count;
    seats->is_shared = shared != NULL;
    seats->leases =
        shared ? shared
               : apr_pcalloc(pool, (apr_size_t)count * sizeof(*shared));
    rv = apr_thread_mutex_create(&seats->mutex, APR_THREAD_MUTEX_DEFAULT, pool);
    if (rv == APR_SUCCESS) {
        rv = apr_thread_cond_create(&seats->given_back, pool);
    }
    if (rv == APR_SUCCESS) {
        *seats_out = seats;
    }
    return rv;
}

int eas_seats_count(const eas_seats *seats)
{
    return seats->count;
}

static int try_all(eas_seats *seats, eas_moment now, eas_moment until,
                   eas_seat *seat_out)
{
    const unsigned first = atomic_fetch_add(&seats->next, 1);

    for (int i = 0; i < seats->count; i++) {
        eas_lease *lease =
            &seats->leases[(first + (unsigned)i) % (unsigned)seats->count];

        if (eas_lease_take(lease, now, until + GRACE)) {
            seat_out->lease = lease;
            seat_out->until = until + GRACE;
            return 1;
        }
    }
    return 0;
}

/* Called with the lock held, and counted among those who wait, so that a seat
 * given back from now on is not missed. */
static int queue(eas_seats *seats, const eas_clock *clock,
                 eas_moment queue_until, eas_moment until, eas_seat *seat_out)
{
    for (;;) {
        const eas_moment now = clock->now(clock->self);
        eas_moment left = queue_until - now;

        if (try_all(seats, now, until, seat_out)) {
            return 1;
        }
        if (left <= 0) {
            return 0;
        }
        if (seats->is_shared && left > LOOK_EVERY) {
            left = LOOK_EVERY;
        }
        apr_thread_cond_timedwait(seats->given_back, seats->mutex, left);
    }
}

int eas_seats_take(eas_seats *seats, const eas_clock *clock,
                   eas_moment queue_until, eas_moment until, eas_seat *seat_out)
{
    const eas_moment now = clock->now(clock->self);
    int taken;

    if (!atomic_load(&seats->waiting) && try_all(seats, now, until, seat_out)) {
        return 1;
    }
    if (queue_until <= now) {
        return 0;
    }
    apr_thread_mutex_lock(seats->mutex);
    atomic_fetch_add(&seats->waiting, 1);
    taken = queue(seats, clock, queue_until, until, seat_out);
    atomic_fetch_sub(&seats->waiting, 1);
    apr_thread_mutex_unlock(seats->mutex);
    return taken;
}

void eas_seats_give(eas_seats *seats, eas_seat *seat)
{
    if (!seat->lease) {
        return;
    }
    eas_lease_give(seat->lease, seat->until);
    seat->lease = NULL;
    if (atomic_load(&seats->waiting)) {
        apr_thread_mutex_lock(seats->mutex);
        apr_thread_cond_signal(seats->given_back);
        apr_thread_mutex_unlock(seats->mutex);
    }
}
