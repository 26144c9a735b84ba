/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_gate.h"

#include <apr_strings.h>
#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>

#include "eas_clock.h"

#define PAUSE apr_time_from_sec(60)
#define PAUSE_MAX apr_time_from_sec(600)

/* Another process that leaves wakes nobody here. */
#define LOOK_EVERY (20 * APR_TIME_C(1000))

struct eas_ldap_gate {
    eas_board *board;
    apr_thread_mutex_t *mutex; /* for the condition alone */
    apr_thread_cond_t *left;
};

apr_status_t eas_ldap_gate_make(eas_board *board, apr_pool_t *pool,
                                eas_ldap_gate **gate_out)
{
    eas_ldap_gate *gate = apr_pcalloc(pool, sizeof(*gate));
    apr_status_t rv =
        apr_thread_mutex_create(&gate->mutex, APR_THREAD_MUTEX_DEFAULT, pool);

    gate->board = board;
    if (rv == APR_SUCCESS) {
        rv = apr_thread_cond_create(&gate->left, pool);
    }
    if (rv == APR_SUCCESS) {
        *gate_out = gate;
    }
    return rv;
}

static apr_interval_time_t closed_for(const eas_ldap_gate *gate)
{
    return atomic_load(&gate->board->gate_closed_until) - eas_clock_now(NULL);
}

/* Whether to go in now: everybody where the account is known to be accepted,
 * else the one who tries. */
static int may_enter(eas_ldap_gate *gate, eas_moment deadline)
{
    return atomic_load(&gate->board->gate_open)
           || eas_lease_take(&gate->board->gate_trying, eas_clock_now(NULL),
                             deadline);
}

static eas_reason await_turn(eas_ldap_gate *gate, eas_moment deadline)
{
    for (;;) {
        eas_moment left = deadline - eas_clock_now(NULL);

        if (closed_for(gate) > 0) {
            return EAS_SERVICE_REFUSED;
        }
        if (left <= 0) {
            return EAS_DIRECTORY_TIMEOUT;
        }
        if (may_enter(gate, deadline)) {
            return EAS_REASON_NONE;
        }
        apr_thread_cond_timedwait(gate->left, gate->mutex,
                                  left < LOOK_EVERY ? left : LOOK_EVERY);
    }
}

eas_reason eas_ldap_gate_enter(eas_ldap_gate *gate, eas_moment deadline,
                               apr_pool_t *pool, const char **detail_out)
{
    eas_reason reason;

    apr_thread_mutex_lock(gate->mutex);
    reason = await_turn(gate, deadline);
    apr_thread_mutex_unlock(gate->mutex);
    if (reason == EAS_SERVICE_REFUSED) {
        *detail_out = apr_psprintf(pool,
                                   "the service account was refused and is "
                                   "not tried again for %d s, so that it is "
                                   "not locked",
                                   (int)apr_time_sec(closed_for(gate)) + 1);
    }
    else if (reason != EAS_REASON_NONE) {
        *detail_out = "another request is still binding the service account";
    }
    return reason;
}

static void close_for_a_while(eas_ldap_gate *gate)
{
    eas_board *board = gate->board;
    apr_interval_time_t pause;

    if (closed_for(gate) > 0) {
        return; /* several were let in while it was open: one refusal */
    }
    pause = atomic_load(&board->gate_pause);
    pause = pause ? pause * 2 : PAUSE;
    if (pause > PAUSE_MAX) {
        pause = PAUSE_MAX;
    }
    atomic_store(&board->gate_pause, pause);
    atomic_store(&board->gate_closed_until, eas_clock_now(NULL) + pause);
}

void eas_ldap_gate_leave(eas_ldap_gate *gate, eas_reason outcome)
{
    eas_board *board = gate->board;

    if (outcome == EAS_REASON_NONE) {
        atomic_store(&board->gate_pause, 0);
        atomic_store(&board->gate_open, 1);
    }
    else if (outcome == EAS_SERVICE_REFUSED) {
        atomic_store(&board->gate_open, 0);
        close_for_a_while(gate);
    }
    atomic_store(&board->gate_trying, 0);
    apr_thread_mutex_lock(gate->mutex);
    apr_thread_cond_broadcast(gate->left);
    apr_thread_mutex_unlock(gate->mutex);
}
