/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_pool.h"

#include <stdatomic.h>
#include <string.h>

#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>

#include "eas_clock.h"
#include "eas_ldap_connect.h"

#define SWEEP_EVERY apr_time_from_sec(1)

/* Not apr_reslist: it waits a fixed time instead of until a deadline, makes
 * and closes its resources under its lock, and each one it makes costs memory
 * that only the end of the process gives back. */
struct eas_ldap_pool {
    apr_thread_mutex_t *mutex;
    apr_thread_cond_t *given_back;
    eas_ldap_slot **free; /* a stack: what was used last is taken first, so
                             that what is not needed idles at the bottom */
    int free_count;
    eas_ldap_slot *slots;
    apr_interval_time_t idle;
    eas_moment next_sweep;
    _Atomic eas_moment distrusted; /* idle since then or earlier: broken */
};

static apr_status_t close_all(void *data)
{
    eas_ldap_pool *pool = data;
    int i;

    /* Not those in use: prefork ends a child in a signal handler, maybe in
     * the middle of an operation, and libldap would wait for its own lock.
     * The end of the process closes them. */
    for (i = 0; i < pool->free_count; i++) {
        eas_ldap_slot_close(pool->free[i]);
    }
    return APR_SUCCESS;
}

apr_status_t eas_ldap_pool_make(int max, apr_interval_time_t idle,
                                apr_pool_t *pool, eas_ldap_pool **pool_out)
{
    eas_ldap_pool *made = apr_pcalloc(pool, sizeof(*made));
    const apr_size_t count = (apr_size_t)max;
    apr_status_t rv;
    int i;

    made->idle = idle;
    made->slots = apr_pcalloc(pool, count * sizeof(*made->slots));
    made->free = apr_palloc(pool, count * sizeof(*made->free));
    for (i = 0; i < max; i++) {
        made->free[made->free_count++] = &made->slots[i];
    }
    rv = apr_thread_mutex_create(&made->mutex, APR_THREAD_MUTEX_DEFAULT, pool);
    if (rv == APR_SUCCESS) {
        rv = apr_thread_cond_create(&made->given_back, pool);
    }
    if (rv == APR_SUCCESS) {
        apr_pool_cleanup_register(pool, made, close_all, apr_pool_cleanup_null);
        *pool_out = made;
    }
    return rv;
}

static eas_ldap_slot *pop(eas_ldap_pool *pool, eas_moment deadline)
{
    eas_ldap_slot *slot = NULL;
    eas_moment left = 1;

    apr_thread_mutex_lock(pool->mutex);
    while (!pool->free_count && left > 0) {
        left = deadline - eas_clock_now(NULL);
        if (left > 0) {
            apr_thread_cond_timedwait(pool->given_back, pool->mutex, left);
        }
    }
    if (pool->free_count) {
        slot = pool->free[--pool->free_count];
    }
    apr_thread_mutex_unlock(pool->mutex);
    return slot;
}

apr_status_t eas_ldap_pool_take(eas_ldap_pool *pool, eas_moment deadline,
                                eas_ldap_slot **slot_out)
{
    eas_ldap_slot *slot = pop(pool, deadline);

    if (!slot) {
        return APR_TIMEUP;
    }
    if (slot->ld
        && (eas_clock_now(NULL) - slot->idle_since >= pool->idle
            || slot->idle_since <= atomic_load(&pool->distrusted)
            || !eas_ldap_connect_is_quiet(slot->ld))) {
        eas_ldap_slot_close(slot);
    }
    *slot_out = slot;
    return APR_SUCCESS;
}

void eas_ldap_pool_distrust(eas_ldap_pool *pool, eas_moment idle_since)
{
    atomic_store(&pool->distrusted, idle_since);
}

void eas_ldap_slot_close(eas_ldap_slot *slot)
{
    eas_ldap_connect_close(slot->ld);
    slot->ld = NULL;
}

/* Takes a slot whose connection idled too long off the stack; the caller
 * closes it, without the lock, and puts it back. */
static eas_ldap_slot *sweep(eas_ldap_pool *pool, eas_moment now)
{
    int i;

    if (now < pool->next_sweep) {
        return NULL;
    }
    for (i = 0; i < pool->free_count; i++) {
        eas_ldap_slot *slot = pool->free[i];

        if (slot->ld && now - slot->idle_since >= pool->idle) {
            pool->free_count--;
            memmove(&pool->free[i], &pool->free[i + 1],
                    (apr_size_t)(pool->free_count - i) * sizeof(slot));
            return slot;
        }
    }
    pool->next_sweep = now + SWEEP_EVERY;
    return NULL;
}

/* Puts a slot on the stack; a closed one below those that are connected. */
static void push(eas_ldap_pool *pool, eas_ldap_slot *slot)
{
    const int at = slot->ld ? pool->free_count : 0;

    memmove(&pool->free[at + 1], &pool->free[at],
            (apr_size_t)(pool->free_count - at) * sizeof(slot));
    pool->free[at] = slot;
    pool->free_count++;
    apr_thread_cond_signal(pool->given_back);
}

void eas_ldap_pool_give(eas_ldap_pool *pool, eas_ldap_slot *slot)
{
    const eas_moment now = eas_clock_now(NULL);
    eas_ldap_slot *expired;

    slot->idle_since = now;
    apr_thread_mutex_lock(pool->mutex);
    push(pool, slot);
    expired = sweep(pool, now);
    apr_thread_mutex_unlock(pool->mutex);
    if (expired) {
        eas_ldap_slot_close(expired);
        apr_thread_mutex_lock(pool->mutex);
        push(pool, expired);
        apr_thread_mutex_unlock(pool->mutex);
    }
}
