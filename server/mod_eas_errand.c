/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_errand.h"

#include <pthread.h>
#include <string.h>

#include <apr_allocator.h>
#include <apr_thread_proc.h>

#include "eas_clock.h"

/* What a thread keeps of what a server sent, for the next answer. */
#define KEPT ((apr_size_t)256 * 1024)

/* How long the end of a child waits for threads that do not hang. */
#define FAREWELL apr_time_from_sec(1)

typedef enum {
    IDLE,
    SENT,    /* somebody waits for it */
    FORSAKEN /* nobody does any more: it hangs */
} worker_state;

typedef struct worker {
    mod_eas_errands *all;
    pthread_t thread;
    pthread_cond_t turn; /* of the thread, and then of who waits for it */
    worker_state state;
    int is_back; /* of SENT: it has a status */
    int has_left;
    mod_eas_errand errand;
    apr_status_t status;
    apr_pool_t *pool;
} worker;

struct mod_eas_errands {
    mod_eas_errand_run *run;
    void *self;
    apr_pool_t *pool; /* nobody's but ours */
    apr_size_t room;
    pthread_mutex_t mutex;
    pthread_cond_t change; /* a thread became idle, or left */
    int is_ending;
    int most;
    int count;
    worker *workers; /* of most */
};

/* --- a thread -------------------------------------------------------------- */

static void come_back(worker *w, apr_status_t status)
{
    w->status = status;
    if (w->state == FORSAKEN) {
        w->state = IDLE;
        pthread_cond_broadcast(&w->all->change);
        return;
    }
    w->is_back = 1;
    pthread_cond_signal(&w->turn);
}

static void *work(void *data)
{
    worker *w = data;
    mod_eas_errands *all = w->all;

    /* httpd's signals are for the threads that expect them. */
    apr_setup_signal_thread();
    pthread_mutex_lock(&all->mutex);
    while (!all->is_ending) {
        if (w->state == SENT && !w->is_back) {
            apr_status_t status;

            pthread_mutex_unlock(&all->mutex);
            status = all->run(all->self, &w->errand, w->pool);
            apr_pool_clear(w->pool);
            pthread_mutex_lock(&all->mutex);
            come_back(w, status);
        }
        else {
            pthread_cond_wait(&w->turn, &all->mutex);
        }
    }
    w->has_left = 1;
    pthread_cond_broadcast(&all->change);
    pthread_mutex_unlock(&all->mutex);
    return NULL;
}

static apr_status_t make_errand_pool(apr_pool_t **pool_out)
{
    apr_status_t rv = apr_pool_create_unmanaged_ex(pool_out, NULL, NULL);

    if (rv == APR_SUCCESS) {
        apr_allocator_max_free_set(apr_pool_allocator_get(*pool_out), KEPT);
    }
    return rv;
}

/* Not the clock that people set. */
static apr_status_t make_cond(pthread_cond_t *cond)
{
    pthread_condattr_t attributes;
    int rv = pthread_condattr_init(&attributes);

    if (!rv) {
        rv = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        rv = rv ? rv : pthread_cond_init(cond, &attributes);
        pthread_condattr_destroy(&attributes);
    }
    return rv;
}

static apr_status_t add_worker(mod_eas_errands *all, worker **worker_out)
{
    worker *w = &all->workers[all->count];
    apr_status_t rv = make_errand_pool(&w->pool);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    w->all = all;
    rv = make_cond(&w->turn);
    if (rv == APR_SUCCESS) {
        rv = pthread_create(&w->thread, NULL, work, w);
        if (rv != APR_SUCCESS) {
            pthread_cond_destroy(&w->turn);
        }
    }
    if (rv != APR_SUCCESS) {
        apr_pool_destroy(w->pool);
        return rv;
    }
    all->count++;
    *worker_out = w;
    return APR_SUCCESS;
}

/* --- sending --------------------------------------------------------------- */

static struct timespec timespec_of(eas_moment moment)
{
    const struct timespec made = {
        .tv_sec = (time_t)apr_time_sec(moment),
        .tv_nsec = (long)apr_time_usec(moment) * 1000,
    };

    return made;
}

static int wait_until(mod_eas_errands *all, pthread_cond_t *cond,
                      eas_moment until)
{
    const struct timespec end = timespec_of(until);

    return pthread_cond_timedwait(cond, &all->mutex, &end);
}

static worker *find_idle(mod_eas_errands *all, int *hanging)
{
    *hanging = 0;
    for (int i = 0; i < all->count; i++) {
        if (all->workers[i].state == IDLE) {
            return &all->workers[i];
        }
        *hanging += all->workers[i].state == FORSAKEN;
    }
    return NULL;
}

static apr_status_t take_worker(mod_eas_errands *all, eas_moment until,
                                worker **worker_out)
{
    for (;;) {
        int hanging;
        worker *w = find_idle(all, &hanging);

        if (w) {
            *worker_out = w;
            return APR_SUCCESS;
        }
        if (all->count < all->most) {
            return add_worker(all, worker_out);
        }
        if (hanging == all->count) {
            return APR_EAGAIN;
        }
        if (wait_until(all, &all->change, until)) {
            return APR_TIMEUP;
        }
    }
}

/* With the buffer left where it is. */
static void copy(mod_eas_errand *to, const mod_eas_errand *from)
{
    void *buffer = to->buffer;

    memcpy(buffer, from->buffer, from->length);
    *to = *from;
    to->buffer = buffer;
}

static apr_status_t await(worker *w, eas_moment until, mod_eas_errand *errand)
{
    while (!w->is_back) {
        if (wait_until(w->all, &w->turn, until) && !w->is_back) {
            w->state = FORSAKEN;
            return APR_TIMEUP;
        }
    }
    copy(errand, &w->errand);
    w->state = IDLE;
    w->is_back = 0;
    pthread_cond_broadcast(&w->all->change);
    return w->status;
}

apr_status_t mod_eas_errands_send(mod_eas_errands *all, mod_eas_errand *errand,
                                  apr_interval_time_t patience)
{
    const eas_moment until = eas_clock_now(NULL) + patience;
    worker *w = NULL;
    apr_status_t rv;

    if (errand->length > all->room) {
        return APR_EINVAL;
    }
    pthread_mutex_lock(&all->mutex);
    rv = all->is_ending ? APR_EAGAIN : take_worker(all, until, &w);
    if (rv == APR_SUCCESS) {
        copy(&w->errand, errand);
        w->state = SENT;
        pthread_cond_signal(&w->turn);
        rv = await(w, until, errand);
    }
    pthread_mutex_unlock(&all->mutex);
    return rv;
}

/* --- beginning and end ----------------------------------------------------- */

static int still_here(const mod_eas_errands *all)
{
    int count = 0;

    for (int i = 0; i < all->count; i++) {
        count += !all->workers[i].has_left;
    }
    return count;
}

/* How many do not leave. */
static int dismiss(mod_eas_errands *all)
{
    const eas_moment until = eas_clock_now(NULL) + FAREWELL;
    int left;

    pthread_mutex_lock(&all->mutex);
    all->is_ending = 1;
    for (int i = 0; i < all->count; i++) {
        pthread_cond_signal(&all->workers[i].turn);
    }
    while (still_here(all) && !wait_until(all, &all->change, until)) {
    }
    left = still_here(all);
    pthread_mutex_unlock(&all->mutex);
    return left;
}

static apr_status_t end(void *data)
{
    mod_eas_errands *all = data;

    if (dismiss(all)) {
        return APR_SUCCESS;
    }
    for (int i = 0; i < all->count; i++) {
        pthread_join(all->workers[i].thread, NULL);
        pthread_cond_destroy(&all->workers[i].turn);
        apr_pool_destroy(all->workers[i].pool);
    }
    pthread_cond_destroy(&all->change);
    pthread_mutex_destroy(&all->mutex);
    apr_pool_destroy(all->pool);
    return APR_SUCCESS;
}

apr_status_t mod_eas_errands_make(mod_eas_errand_run *run, void *self, int most,
                                  apr_size_t room, apr_pool_t *pchild,
                                  mod_eas_errands **errands_out)
{
    apr_pool_t *pool = NULL;
    mod_eas_errands *made;
    apr_status_t rv = make_errand_pool(&pool);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    made = apr_pcalloc(pool, sizeof(*made));
    made->run = run;
    made->self = self;
    made->pool = pool;
    made->room = room;
    made->most = most;
    made->workers = apr_pcalloc(pool, sizeof(*made->workers) * (size_t)most);
    for (int i = 0; i < most; i++) {
        made->workers[i].errand.buffer = apr_palloc(pool, room);
    }
    rv = make_cond(&made->change);
    if (rv == APR_SUCCESS) {
        rv = pthread_mutex_init(&made->mutex, NULL);
    }
    if (rv != APR_SUCCESS) {
        apr_pool_destroy(pool);
        return rv;
    }
    apr_pool_pre_cleanup_register(pchild, made, end);
    *errands_out = made;
    return APR_SUCCESS;
}
