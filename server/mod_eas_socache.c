/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_socache.h"

#include <string.h>

#include <ap_mpm.h>
#include <ap_provider.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_log.h>
#include <util_mutex.h>

#include "eas_clock.h"
#include "mod_eas_socache_run.h"

APLOG_USE_MODULE(eas_auth);

/* In front of each key at a server; 14 characters at most (ap_socache.h). */
#define NAMESPACE "eas-auth"

/* Bytes of most records, by which shmcb divides its memory. */
#define TYPICAL ((apr_size_t)512)

/* Threads of a child that ask a server at once, or hang. */
#define MOST_THREADS 8

struct mod_eas_socache {
    const char *name;
    mod_eas_socache_run run;
    mod_eas_socache_shared *shared;
    apr_global_mutex_t *mutex; /* NULL where the provider needs none */
    /* Of one child, written before it has threads: */
    mod_eas_errands *errands; /* NULL where calls are made directly */
    eas_store store;
};

/* --- calls that ask a server ----------------------------------------------- */

static void note_failure(mod_eas_socache *cache, apr_status_t rv)
{
    if (eas_breaker_failed(&cache->shared->answers, eas_clock_now(NULL))) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, rv, cache->run.s,
                     "EAS0345: the cache server (%s) does not answer; logins "
                     "go on without it, and it is tried again every %d s",
                     cache->name, (int)apr_time_sec(EAS_BREAKER_OPEN));
    }
}

static void note_answer(mod_eas_socache *cache)
{
    if (eas_breaker_passed(&cache->shared->answers)) {
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, cache->run.s,
                     "EAS0346: the cache server (%s) answers again",
                     cache->name);
    }
}

static void note_refusal(mod_eas_socache *cache)
{
    if (eas_breaker_failed(&cache->shared->takes, eas_clock_now(NULL))) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, cache->run.s,
                     "EAS0347: the cache server (%s) takes no records; is it "
                     "full, or read-only? It is tried again every %d s",
                     cache->name, (int)apr_time_sec(EAS_BREAKER_OPEN));
    }
}

static void note_taken(mod_eas_socache *cache)
{
    if (eas_breaker_passed(&cache->shared->takes)) {
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, cache->run.s,
                     "EAS0348: the cache server (%s) takes records again",
                     cache->name);
    }
}

static apr_status_t ask_server(mod_eas_socache *cache, mod_eas_errand *errand)
{
    mod_eas_socache_shared *shared = cache->shared;
    const mod_eas_socache_action what = (mod_eas_socache_action)errand->what;
    const eas_moment now = eas_clock_now(NULL);
    const eas_breaker_answer takes = what == MOD_EAS_SOCACHE_PUT
                                         ? eas_breaker_ask(&shared->takes, now)
                                         : EAS_BREAKER_PASSES;
    eas_breaker_answer answers;
    apr_status_t rv;

    if (takes == EAS_BREAKER_REFUSES) {
        return APR_EAGAIN;
    }
    answers = eas_breaker_ask(&shared->answers, now);
    if (answers == EAS_BREAKER_REFUSES) {
        return APR_EAGAIN;
    }
    errand->what |= answers == EAS_BREAKER_TRIES ? MOD_EAS_SOCACHE_TRIAL : 0;
    rv = mod_eas_errands_send(cache->errands, errand, MOD_EAS_SOCACHE_WAIT);
    switch (mod_eas_socache_judge(what, rv)) {
    case MOD_EAS_SOCACHE_UNTOLD:
        return rv;
    case MOD_EAS_SOCACHE_FAILS:
        note_failure(cache, rv);
        return rv;
    case MOD_EAS_SOCACHE_TAKES_NONE:
        note_refusal(cache);
        break;
    case MOD_EAS_SOCACHE_ANSWERS:
        if (takes == EAS_BREAKER_TRIES) {
            note_taken(cache);
        }
        break;
    }
    if (answers == EAS_BREAKER_TRIES) {
        note_answer(cache);
    }
    return rv;
}

/* --- the store ------------------------------------------------------------- */

static apr_status_t call(mod_eas_socache *cache, mod_eas_errand *errand,
                         apr_pool_t *pool)
{
    apr_status_t rv;

    if (cache->errands) {
        return ask_server(cache, errand);
    }
    rv = cache->mutex ? apr_global_mutex_lock(cache->mutex) : APR_SUCCESS;
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = mod_eas_socache_run_errand(&cache->run, errand, pool);
    if (cache->mutex) {
        apr_global_mutex_unlock(cache->mutex);
    }
    return rv;
}

static apr_status_t get(void *self, const eas_key *key, void *buffer,
                        apr_size_t room, apr_size_t *length_out,
                        apr_pool_t *pool)
{
    mod_eas_socache *cache = self;
    mod_eas_errand errand = {MOD_EAS_SOCACHE_GET, *key, 0,
                             apr_palloc(pool, cache->run.room), 0};
    apr_status_t rv = call(cache, &errand, pool);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (errand.length > room) {
        return APR_ENOSPC;
    }
    memcpy(buffer, errand.buffer, errand.length);
    *length_out = errand.length;
    return APR_SUCCESS;
}

/* The provider's store and the errand take what they do not write to as if
 * they did. */
static apr_status_t put(void *self, const eas_key *key, const void *data,
                        apr_size_t length, apr_interval_time_t span,
                        apr_pool_t *pool)
{
    mod_eas_socache *cache = self;
    mod_eas_errand errand = {MOD_EAS_SOCACHE_PUT, *key, span, NULL, length};

    if (length > cache->run.room) {
        return APR_ENOSPC;
    }
    errand.buffer = apr_pmemdup(pool, data, length);
    return call(cache, &errand, pool);
}

static apr_status_t drop(void *self, const eas_key *key, apr_pool_t *pool)
{
    char none[1];
    mod_eas_errand errand = {MOD_EAS_SOCACHE_DROP, *key, 0, none, 0};
    apr_status_t rv = call(self, &errand, pool);

    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

/* --- beginning and end ----------------------------------------------------- */

int mod_eas_socache_pre_config(apr_pool_t *pconf, apr_pool_t *plog,
                               apr_pool_t *ptemp)
{
    (void)plog;
    (void)ptemp;
    return ap_mutex_register(pconf, MOD_EAS_SOCACHE_MUTEX, NULL,
                             APR_LOCK_DEFAULT, 0)
                   == APR_SUCCESS
               ? OK
               : HTTP_INTERNAL_SERVER_ERROR;
}

static const char *known_names(apr_pool_t *pool)
{
    const apr_array_header_t *all = ap_list_provider_names(
        pool, AP_SOCACHE_PROVIDER_GROUP, AP_SOCACHE_PROVIDER_VERSION);
    const char *text = NULL;

    for (int i = 0; i < all->nelts; i++) {
        const char *name =
            APR_ARRAY_IDX(all, i, ap_list_provider_names_t).provider_name;

        if (strcmp(name, AP_SOCACHE_DEFAULT_PROVIDER) != 0) {
            text = apr_pstrcat(pool, text ? text : "", text ? ", " : "", name,
                               NULL);
        }
    }
    return text ? text : "none";
}

const char *mod_eas_socache_make(apr_pool_t *pool, apr_pool_t *ptemp,
                                 const char *name, const char *argument,
                                 mod_eas_socache **cache_out)
{
    mod_eas_socache *made = apr_pcalloc(pool, sizeof(*made));
    const char *error;

    made->name = apr_pstrdup(pool, name);
    made->run.provider = ap_lookup_provider(AP_SOCACHE_PROVIDER_GROUP, name,
                                            AP_SOCACHE_PROVIDER_VERSION);
    if (!made->run.provider) {
        return apr_psprintf(
            pool,
            "there is no cache \"%s\" here: load its module, such as "
            "mod_socache_%s (those loaded offer: %s), or write shm",
            name, name, known_names(ptemp));
    }
    error =
        made->run.provider->create(&made->run.instance, argument, ptemp, pool);
    if (error) {
        return apr_pstrcat(pool, name, ": ", error, NULL);
    }
    *cache_out = made;
    return NULL;
}

int mod_eas_socache_is_shared(const mod_eas_socache *cache)
{
    return !(cache->run.provider->flags & AP_SOCACHE_FLAG_NOTMPSAFE);
}

static apr_status_t destroy(void *data)
{
    mod_eas_socache *cache = data;

    cache->run.provider->destroy(cache->run.instance, cache->run.s);
    return APR_SUCCESS;
}

apr_status_t mod_eas_socache_open(mod_eas_socache *cache, apr_size_t room,
                                  mod_eas_socache_shared *shared,
                                  apr_pool_t *pconf, server_rec *s)
{
    struct ap_socache_hints hints = {sizeof(eas_key),
                                     room < TYPICAL ? room : TYPICAL,
                                     apr_time_from_sec(60)};
    apr_status_t rv = APR_SUCCESS;

    cache->run.room = room;
    cache->shared = shared;
    cache->run.s = s;
    if (!mod_eas_socache_is_shared(cache)) {
        rv = ap_global_mutex_create(&cache->mutex, NULL, MOD_EAS_SOCACHE_MUTEX,
                                    NULL, s, pconf, 0);
    }
    if (rv == APR_SUCCESS) {
        rv = cache->run.provider->init(cache->run.instance, NAMESPACE, &hints,
                                       s, pconf);
    }
    if (rv == APR_SUCCESS) {
        apr_pool_cleanup_register(pconf, cache, destroy, apr_pool_cleanup_null);
    }
    return rv;
}

/* Not more than the provider has connections for. */
static int most_threads(void)
{
    int limit = 0;

    ap_mpm_query(AP_MPMQ_HARD_LIMIT_THREADS, &limit);
    return limit < 1 ? 1 : limit < MOST_THREADS ? limit : MOST_THREADS;
}

apr_status_t mod_eas_socache_child(mod_eas_socache *cache, apr_pool_t *pchild,
                                   const eas_store **store_out)
{
    const eas_store made = {cache,
                            get,
                            put,
                            drop,
                            cache->run.room,
                            mod_eas_socache_is_shared(cache),
                            NULL};
    apr_status_t rv;

    if (cache->mutex) {
        rv = apr_global_mutex_child_init(
            &cache->mutex, apr_global_mutex_lockfile(cache->mutex), pchild);
    }
    else {
        rv = mod_eas_errands_make(mod_eas_socache_run_errand, &cache->run,
                                  most_threads(), cache->run.room, pchild,
                                  &cache->errands);
    }
    if (rv == APR_SUCCESS) {
        cache->store = made;
        *store_out = &cache->store;
    }
    return rv;
}
