/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_resolve.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include <apr_strings.h>
#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>

#include "eas_clock.h"

#define GOOD_FOR apr_time_from_sec(60)
/* A name that does not resolve is looked up again soon, not by each request. */
#define BAD_FOR apr_time_from_sec(5)

struct eas_ldap_resolver {
    const char *name;
    char port[8];
    struct addrinfo hints;
    apr_thread_mutex_t *mutex;
    apr_thread_cond_t *changed;
    eas_ldap_addresses known; /* the last good answer */
    eas_moment fresh_until;   /* of the last answer, good or bad */
    int error;                /* EAI_* of the last answer */
#ifdef HAVE_GETADDRINFO_A
    struct gaicb *lookup; /* in a pool of its own: see forget() */
    apr_pool_t *lookup_pool;
    int in_flight;
    int waited_for; /* one thread is in gai_suspend: glibc frees what a
                       second one would still look at */
#endif
};

static void keep(eas_ldap_resolver *resolver, int error,
                 struct addrinfo *answer)
{
    const struct addrinfo *ai;
    int count = 0;

    resolver->error = error;
    resolver->fresh_until = eas_clock_now(NULL) + (error ? BAD_FOR : GOOD_FOR);
    if (error) {
        return;
    }
    for (ai = answer; ai && count < EAS_LDAP_ADDRESSES; ai = ai->ai_next) {
        if (ai->ai_addrlen > sizeof(resolver->known.list[0].address)) {
            continue;
        }
        memcpy(&resolver->known.list[count].address, ai->ai_addr,
               ai->ai_addrlen);
        resolver->known.list[count++].length = ai->ai_addrlen;
    }
    resolver->known.count = count;
    freeaddrinfo(answer);
}

#ifdef HAVE_GETADDRINFO_A

/* A lookup that cannot be cancelled still writes into its memory when it
 * ends, maybe after the pool of the child is gone: then that memory stays. */
static apr_status_t forget(void *data)
{
    eas_ldap_resolver *resolver = data;

    if (!resolver->in_flight
        || gai_cancel(resolver->lookup) != EAI_NOTCANCELED) {
        apr_pool_destroy(resolver->lookup_pool);
    }
    return APR_SUCCESS;
}

static apr_status_t prepare(eas_ldap_resolver *resolver, apr_pool_t *pool)
{
    struct addrinfo *hints;
    apr_status_t rv =
        apr_pool_create_unmanaged_ex(&resolver->lookup_pool, NULL, NULL);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    hints =
        apr_pmemdup(resolver->lookup_pool, &resolver->hints, sizeof(*hints));
    resolver->lookup =
        apr_pcalloc(resolver->lookup_pool, sizeof(*resolver->lookup));
    resolver->lookup->ar_name =
        apr_pstrdup(resolver->lookup_pool, resolver->name);
    resolver->lookup->ar_service =
        apr_pstrdup(resolver->lookup_pool, resolver->port);
    resolver->lookup->ar_request = hints;
    apr_pool_cleanup_register(pool, resolver, forget, apr_pool_cleanup_null);
    return APR_SUCCESS;
}

/* Takes in the answer of a lookup that has ended. */
static void collect(eas_ldap_resolver *resolver)
{
    int error;

    if (!resolver->in_flight
        || (error = gai_error(resolver->lookup)) == EAI_INPROGRESS) {
        return;
    }
    resolver->in_flight = 0;
    keep(resolver, error, resolver->lookup->ar_result);
    resolver->lookup->ar_result = NULL;
}

static void start(eas_ldap_resolver *resolver)
{
    if (!resolver->in_flight && !resolver->waited_for) {
        int error = getaddrinfo_a(GAI_NOWAIT, &resolver->lookup, 1, NULL);

        resolver->in_flight = !error;
        if (error) {
            keep(resolver, error, NULL);
        }
    }
}

/* Called with the lock held, which is let go while waiting. */
static void wait_for_answer(eas_ldap_resolver *resolver, eas_moment deadline)
{
    eas_moment left = deadline - eas_clock_now(NULL);

    if (left < 1) {
        return;
    }
    if (resolver->waited_for) {
        apr_thread_cond_timedwait(resolver->changed, resolver->mutex, left);
        return;
    }
    resolver->waited_for = 1;
    apr_thread_mutex_unlock(resolver->mutex);
    {
        const struct gaicb *list[1] = {resolver->lookup};
        const struct timespec ts = {.tv_sec = (time_t)apr_time_sec(left),
                                    .tv_nsec =
                                        (long)apr_time_usec(left) * 1000};

        gai_suspend(list, 1, &ts);
    }
    apr_thread_mutex_lock(resolver->mutex);
    resolver->waited_for = 0;
    collect(resolver);
    apr_thread_cond_broadcast(resolver->changed);
}

#else /* no getaddrinfo_a: the requesting thread waits for the name server,
         but at least not under libldap's lock, and once per GOOD_FOR */

static apr_status_t prepare(eas_ldap_resolver *resolver, apr_pool_t *pool)
{
    (void)resolver;
    (void)pool;
    return APR_SUCCESS;
}

static void collect(eas_ldap_resolver *resolver)
{
    (void)resolver;
}

static void start(eas_ldap_resolver *resolver)
{
    struct addrinfo *answer = NULL;
    int error;

    apr_thread_mutex_unlock(resolver->mutex);
    error =
        getaddrinfo(resolver->name, resolver->port, &resolver->hints, &answer);
    apr_thread_mutex_lock(resolver->mutex);
    keep(resolver, error, answer);
}

static void wait_for_answer(eas_ldap_resolver *resolver, eas_moment deadline)
{
    (void)resolver;
    (void)deadline;
}

#endif

static apr_status_t make_locks(eas_ldap_resolver *resolver, apr_pool_t *pool)
{
    apr_status_t rv = apr_thread_mutex_create(&resolver->mutex,
                                              APR_THREAD_MUTEX_DEFAULT, pool);

    if (rv == APR_SUCCESS) {
        rv = apr_thread_cond_create(&resolver->changed, pool);
    }
    return rv;
}

apr_status_t eas_ldap_resolver_make(const eas_ldap_host *host, apr_pool_t *pool,
                                    eas_ldap_resolver **resolver_out)
{
    eas_ldap_resolver *resolver = apr_pcalloc(pool, sizeof(*resolver));
    struct addrinfo numeric;
    struct addrinfo *answer = NULL;
    apr_status_t rv = make_locks(resolver, pool);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    resolver->name = host->name;
    snprintf(resolver->port, sizeof(resolver->port), "%d", (int)host->port);
    resolver->hints.ai_socktype = SOCK_STREAM;
    numeric = resolver->hints;
    numeric.ai_flags = AI_NUMERICHOST;
    if (!getaddrinfo(resolver->name, resolver->port, &numeric, &answer)) {
        /* An address needs no name server and is good for ever. */
        keep(resolver, 0, answer);
        resolver->fresh_until = APR_INT64_MAX;
    }
    rv = prepare(resolver, pool);
    if (rv == APR_SUCCESS) {
        *resolver_out = resolver;
    }
    return rv;
}

static int is_fresh(const eas_ldap_resolver *resolver)
{
    return eas_clock_now(NULL) < resolver->fresh_until;
}

eas_reason eas_ldap_resolve(eas_ldap_resolver *resolver, eas_moment deadline,
                            apr_pool_t *pool, eas_ldap_addresses *addresses_out,
                            const char **detail_out)
{
    int count;
    int error;

    apr_thread_mutex_lock(resolver->mutex);
    collect(resolver);
    if (!is_fresh(resolver)) {
        start(resolver);
    }
    while (!resolver->known.count && !is_fresh(resolver)
           && eas_clock_now(NULL) < deadline) {
        wait_for_answer(resolver, deadline);
    }
    count = resolver->known.count;
    error = is_fresh(resolver) ? resolver->error : 0;
    if (count) {
        *addresses_out = resolver->known;
    }
    apr_thread_mutex_unlock(resolver->mutex);
    if (count) {
        return EAS_REASON_NONE;
    }
    *detail_out = apr_psprintf(pool, "the name %s: %s", resolver->name,
                               error ? gai_strerror(error)
                                     : "no answer from the name server");
    return EAS_DIRECTORY_NAME;
}
