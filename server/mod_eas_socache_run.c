/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_socache_run.h"

#include <httpd.h>

/* memcached takes more seconds than these for a date. */
#define LONGEST apr_time_from_sec(30 * 24 * 3600)

#define ID_LENGTH ((unsigned int)sizeof(eas_key))

/* Providers cut down to seconds by a clock that goes on meanwhile. */
static apr_time_t expiry_of(apr_interval_time_t span)
{
    const apr_interval_time_t bounded = span > LONGEST ? LONGEST : span;
    const apr_time_t seconds = apr_time_sec(bounded + APR_USEC_PER_SEC - 1);

    return apr_time_now() + apr_time_from_sec(seconds > 0 ? seconds : 1)
           + apr_time_from_msec(500);
}

static apr_status_t store(const mod_eas_socache_run *on, const eas_key *key,
                          void *data, apr_size_t length,
                          apr_interval_time_t span, apr_pool_t *pool)
{
    return on->provider->store(on->instance, on->s, (const unsigned char *)key,
                               ID_LENGTH, expiry_of(span), data,
                               (unsigned int)length, pool);
}

static apr_status_t retrieve(const mod_eas_socache_run *on,
                             mod_eas_errand *errand, apr_pool_t *pool)
{
    unsigned int length = (unsigned int)on->room;
    apr_status_t rv = on->provider->retrieve(
        on->instance, on->s, (const unsigned char *)&errand->key, ID_LENGTH,
        errand->buffer, &length, pool);

    if (rv != APR_SUCCESS) {
        /* Nothing of ours is longer than there is room for. */
        return rv == APR_ENOSPC ? APR_EGENERAL : rv;
    }
    if (length > on->room) {
        return APR_EGENERAL;
    }
    errand->length = length;
    return APR_SUCCESS;
}

/* apr_redis and apr_memcache answer "not found" to everything while they think
 * that no server lives; only a record that was taken, or refused in words,
 * shows that one does. */
static apr_status_t try_server(const mod_eas_socache_run *on, apr_pool_t *pool)
{
    static const eas_key nobodys; /* all zero, which no key is */
    char data[] = "?";
    apr_status_t rv = store(on, &nobodys, data, 1, apr_time_from_sec(60), pool);

    switch (rv) {
    case APR_EGENERAL:
    case APR_EEXIST:
        return APR_SUCCESS;
    case APR_NOTFOUND:
        return APR_ECONNREFUSED;
    default:
        return rv;
    }
}

apr_status_t mod_eas_socache_run_errand(void *self, mod_eas_errand *errand,
                                        apr_pool_t *pool)
{
    const mod_eas_socache_run *on = self;
    apr_status_t rv;

    if (errand->what & MOD_EAS_SOCACHE_TRIAL) {
        rv = try_server(on, pool);
        if (rv != APR_SUCCESS) {
            return rv;
        }
        /* Else a full server would look like one that does not answer. */
        errand->what &= ~MOD_EAS_SOCACHE_TRIAL;
    }
    switch ((mod_eas_socache_action)errand->what) {
    case MOD_EAS_SOCACHE_GET:
        return retrieve(on, errand, pool);
    case MOD_EAS_SOCACHE_PUT:
        return store(on, &errand->key, errand->buffer, errand->length,
                     errand->span, pool);
    case MOD_EAS_SOCACHE_DROP:
        break;
    }
    return on->provider->remove(on->instance, on->s,
                                (const unsigned char *)&errand->key, ID_LENGTH,
                                pool);
}

mod_eas_socache_finding mod_eas_socache_judge(mod_eas_socache_action what,
                                              apr_status_t status)
{
    switch (status) {
    case APR_SUCCESS:
        return MOD_EAS_SOCACHE_ANSWERS;
    case APR_EAGAIN: /* this process has no thread left to ask */
    case APR_EINVAL: /* the span was over before it was asked */
        return MOD_EAS_SOCACHE_UNTOLD;
    case APR_NOTFOUND:
        /* A record that was not kept was kept by no server. */
        return what == MOD_EAS_SOCACHE_PUT ? MOD_EAS_SOCACHE_FAILS
                                           : MOD_EAS_SOCACHE_ANSWERS;
    case APR_EGENERAL:
    case APR_EEXIST:
        return what == MOD_EAS_SOCACHE_GET ? MOD_EAS_SOCACHE_FAILS
                                           : MOD_EAS_SOCACHE_TAKES_NONE;
    default:
        return MOD_EAS_SOCACHE_FAILS;
    }
}
