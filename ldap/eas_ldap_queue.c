/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_queue.h"

#include <apr_strings.h>

#include "eas_clock.h"

/* A burst passes within this; what lasts longer is an overload, which the
 * phone is told instead of being kept waiting. */
#define QUEUE_FOR apr_time_from_sec(1)

/* All seats taken and nobody answered for so long: that is no burst, the
 * directory hangs. */
#define PATIENCE (400 * APR_TIME_C(1000))

/* Whether one is up.  None is known before DNS was asked for the first time,
 * and nothing speaks against that either. */
static int any_is_up(const eas_ldap_queue *q)
{
    for (int i = 0; i < q->count; i++) {
        if (eas_health_get(q->servers[i]->health) == EAS_HEALTH_UP) {
            return 1;
        }
    }
    return !q->count;
}

/* Whether a burst may wait for its turn: not where waiting for a directory
 * that may hang is what fills the seats.  A suspect server beside one that is
 * up keeps nobody waiting but the one who tries it. */
static int may_wait(const eas_ldap_queue *q)
{
    const eas_moment now = eas_clock_now(NULL);
    eas_moment since = 0;

    if (atomic_compare_exchange_strong(&q->board->full_since, &since, now)) {
        since = now;
    }
    return any_is_up(q) && now - since < PATIENCE;
}

/* Queues a little at a time, for as long as others are helped. */
static int wait_for_one(const eas_ldap_queue *q, const eas_clock *clock,
                        eas_seat *seat_out)
{
    eas_moment now = eas_clock_now(NULL);
    const eas_moment end =
        now + QUEUE_FOR < q->deadline ? now + QUEUE_FOR : q->deadline;

    for (; now < end && may_wait(q); now = eas_clock_now(NULL)) {
        if (eas_seats_take(q->seats, clock,
                           now + PATIENCE < end ? now + PATIENCE : end,
                           q->deadline, seat_out)) {
            return 1;
        }
    }
    return 0;
}

eas_reason eas_ldap_queue_take(const eas_ldap_queue *queue, apr_pool_t *pool,
                               eas_seat *seat_out, const char **detail_out)
{
    static const eas_clock clock = {NULL, eas_clock_now, eas_clock_date};

    if (!queue->seats
        || eas_seats_take(queue->seats, &clock, 0, queue->deadline, seat_out)
        || wait_for_one(queue, &clock, seat_out)) {
        return EAS_REASON_NONE;
    }
    *detail_out = apr_psprintf(pool,
                               "%d requests wait for the directory already "
                               "(EASAuthLDAPMaxWait)",
                               eas_seats_count(queue->seats));
    return EAS_OVERLOADED;
}
