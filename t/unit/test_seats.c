/* SPDX-License-Identifier: Apache-2.0 */
/* The bulkhead: no more than so many at once, whoever they are. */
#include <apr_general.h>
#include <apr_thread_proc.h>

#include "eas_clock.h"
#include "eas_seats.h"
#include "tap.h"

#define SECONDS(n) ((apr_interval_time_t)(n)*APR_USEC_PER_SEC)

static apr_pool_t *pool;

static eas_moment fake_now(void *self)
{
    return *(eas_moment *)self;
}

static void test_bound(void)
{
    eas_moment now = SECONDS(100);
    const eas_clock clock = {&now, fake_now, NULL};
    eas_lease shared[2] = {0, 0};
    eas_seats *here = NULL;
    eas_seats *there = NULL;
    eas_seat a = {NULL, 0};
    eas_seat b = {NULL, 0};
    eas_seat c = {NULL, 0};

    eas_seats_make(2, shared, pool, &here);
    eas_seats_make(2, shared, pool, &there);
    is_int(eas_seats_count(here), 2, "two");
    is_int(eas_seats_take(here, &clock, 0, now + SECONDS(8), &a), 1, "first");
    is_int(eas_seats_take(there, &clock, 0, now + SECONDS(8), &b), 1,
           "second, by another process");
    is_int(eas_seats_take(here, &clock, 0, now + SECONDS(8), &c), 0, "full");
    ok(c.lease == NULL, "nothing taken");
    eas_seats_give(there, &b);
    is_int(eas_seats_take(here, &clock, 0, now + SECONDS(8), &c), 1,
           "one given back");
    now += SECONDS(12);
    is_int(eas_seats_take(here, &clock, 0, now + SECONDS(8), &b), 0,
           "a little late is not gone");
    now += SECONDS(2);
    is_int(eas_seats_take(here, &clock, 0, now + SECONDS(8), &b), 1,
           "a killed one's seat is free in time");
    eas_seats_give(here, &a);
    eas_seats_give(here, &a);
    eas_seats_give(here, &c);
    is_int(eas_seats_take(here, &clock, 0, now + SECONDS(8), &c), 1,
           "the last");
    is_int(eas_seats_take(here, &clock, 0, now + SECONDS(8), &a), 0,
           "two are two, however often one is given back");
}

/* Threads that hold a seat for a moment each, and the most that ever did. */
enum { THREADS = 12, ROUNDS = 400, SEATS = 3 };

static eas_seats *seats;
static atomic_int inside;
static atomic_int most;
static atomic_int refused;

static void *APR_THREAD_FUNC sit(apr_thread_t *thread, void *unused)
{
    static const eas_clock clock = {NULL, eas_clock_now, eas_clock_date};

    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        eas_seat seat = {NULL, 0};
        const eas_moment now = eas_clock_now(NULL);
        int count;

        if (!eas_seats_take(seats, &clock, now + SECONDS(30), now + SECONDS(60),
                            &seat)) {
            atomic_fetch_add(&refused, 1);
            continue;
        }
        count = atomic_fetch_add(&inside, 1) + 1;
        for (int seen = atomic_load(&most);
             count > seen
             && !atomic_compare_exchange_weak(&most, &seen, count);) {
        }
        apr_thread_yield();
        atomic_fetch_sub(&inside, 1);
        eas_seats_give(seats, &seat);
    }
    (void)thread;
    return NULL; /* by a call, AddressSanitizer would take offence */
}

static void test_queue(void)
{
    apr_thread_t *threads[THREADS];
    apr_status_t rv = APR_SUCCESS;

    eas_seats_make(SEATS, NULL, pool, &seats);
    for (int i = 0; i < THREADS; i++) {
        apr_thread_create(&threads[i], NULL, sit, NULL, pool);
    }
    for (int i = 0; i < THREADS; i++) {
        apr_thread_join(&rv, threads[i]);
    }
    is_int(atomic_load(&most), SEATS, "as many at once as there are seats");
    is_int(atomic_load(&refused), 0, "who queues gets one");
    is_int(atomic_load(&inside), 0, "all have left");
}

static void test_impatience(void)
{
    static const eas_clock clock = {NULL, eas_clock_now, eas_clock_date};
    const eas_moment now = eas_clock_now(NULL);
    eas_seats *one = NULL;
    eas_seat a = {NULL, 0};
    eas_seat b = {NULL, 0};

    eas_seats_make(1, NULL, pool, &one);
    eas_seats_take(one, &clock, 0, now + SECONDS(60), &a);
    is_int(eas_seats_take(one, &clock, now + 20000, now + SECONDS(60), &b), 0,
           "a queue has an end");
    ok(eas_clock_now(NULL) - now >= 20000, "and not before it is there");
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_bound();
    test_queue();
    test_impatience();
    apr_pool_destroy(pool);
    apr_terminate();
    return done_testing();
}
