/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_gate.h"

#include <apr_strings.h>
#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>

#include "eas_clock.h"

#define PAUSE apr_time_from_sec(60)
#define PAUSE_MAX apr_time_from_sec(600)

struct eas_ldap_gate {
    apr_thread_mutex_t *mutex;
    apr_thread_cond_t *left;
    int is_open;   /* the account was accepted last */
    int is_trying; /* one thread finds out */
    eas_moment closed_until;
    apr_interval_time_t pause;
};

apr_status_t eas_ldap_gate_make(apr_pool_t *pool, eas_ldap_gate **gate_out)
{
    eas_ldap_gate *gate = apr_pcalloc(pool, sizeof(*gate));
    apr_status_t rv =
        apr_thread_mutex_create(&gate->mutex, APR_THREAD_MUTEX_DEFAULT, pool);

    if (rv == APR_SUCCESS) {
        rv = apr_thread_cond_create(&gate->left, pool);
    }
    if (rv == APR_SUCCESS) {
        *gate_out = gate;
    }
    return rv;
}

/* Called with the lock held. */
static eas_reason await_outcome(eas_ldap_gate *gate, eas_moment deadline)
{
    while (gate->is_trying) {
        eas_moment left = deadline - eas_clock_now(NULL);

        if (left <= 0) {
            return EAS_DIRECTORY_TIMEOUT;
        }
        apr_thread_cond_timedwait(gate->left, gate->mutex, left);
    }
    return eas_clock_now(NULL) < gate->closed_until ? EAS_SERVICE_REFUSED
                                                    : EAS_REASON_NONE;
}

eas_reason eas_ldap_gate_enter(eas_ldap_gate *gate, eas_moment deadline,
                               apr_pool_t *pool, const char **detail_out)
{
    eas_moment closed_for;
    eas_reason reason;

    apr_thread_mutex_lock(gate->mutex);
    reason = await_outcome(gate, deadline);
    if (reason == EAS_REASON_NONE && !gate->is_open) {
        gate->is_trying = 1;
    }
    closed_for = gate->closed_until - eas_clock_now(NULL);
    apr_thread_mutex_unlock(gate->mutex);
    if (reason == EAS_SERVICE_REFUSED) {
        *detail_out = apr_psprintf(pool,
                                   "the service account was refused and is "
                                   "not tried again for %d s, so that it is "
                                   "not locked",
                                   (int)apr_time_sec(closed_for) + 1);
    }
    else if (reason != EAS_REASON_NONE) {
        *detail_out = "another thread is still binding the service account";
    }
    return reason;
}

static void close_for_a_while(eas_ldap_gate *gate)
{
    const eas_moment now = eas_clock_now(NULL);

    if (now < gate->closed_until) {
        return; /* several were let in while it was open: one refusal */
    }
    gate->pause = gate->pause ? gate->pause * 2 : PAUSE;
    if (gate->pause > PAUSE_MAX) {
        gate->pause = PAUSE_MAX;
    }
    gate->closed_until = now + gate->pause;
}

void eas_ldap_gate_leave(eas_ldap_gate *gate, eas_reason outcome)
{
    apr_thread_mutex_lock(gate->mutex);
    gate->is_trying = 0;
    if (outcome == EAS_REASON_NONE) {
        gate->is_open = 1;
        gate->pause = 0;
    }
    else if (outcome == EAS_SERVICE_REFUSED) {
        gate->is_open = 0;
        close_for_a_while(gate);
    }
    apr_thread_cond_broadcast(gate->left);
    apr_thread_mutex_unlock(gate->mutex);
}
