/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A store of sealed records in one of httpd's socache providers: redis,
 * memcache, shmcb, and whatever else is registered as one.
 *
 * A provider that is safe between processes is taken for one that asks a
 * server over the network.  Neither apr_redis nor apr_memcache ever gives up
 * reading from a server that hangs, so those calls are made by threads of their
 * own (mod_eas_errand.h) and who asks waits for MOD_EAS_SOCACHE_WAIT at most;
 * after a failure nobody asks for a while (eas_breaker.h).  The others (shmcb)
 * are called directly, under the mutex "eas-auth-cache".
 *
 * shmcb lives as long as one configuration: each reload empties it.
 */
#ifndef MOD_EAS_SOCACHE_H
#define MOD_EAS_SOCACHE_H

#include <httpd.h>

#include "eas_breaker.h"

/** The longest that a call may take who asks a server. */
#define MOD_EAS_SOCACHE_WAIT apr_time_from_msec(200)

/** The name of the mutex, for httpd's Mutex directive. */
#define MOD_EAS_SOCACHE_MUTEX "eas-auth-cache"

/** What all children share; zeroed is a good beginning. */
typedef struct mod_eas_socache_shared {
    eas_breaker answers; /**< of calls that got no answer */
    eas_breaker takes;   /**< of records that were not taken */
} mod_eas_socache_shared;

typedef struct mod_eas_socache mod_eas_socache;

/**
 * httpd's pre_config: make the mutex known to the Mutex directive.
 * @return OK or HTTP_INTERNAL_SERVER_ERROR
 */
int mod_eas_socache_pre_config(apr_pool_t *pconf, apr_pool_t *plog,
                               apr_pool_t *ptemp);

/**
 * Make a store, when its directive is read.
 * @param pool its lifetime: the configuration's pool
 * @param name of the provider
 * @param argument for the provider, NULL for none
 * @param cache_out untouched on failure
 * @return NULL, or what is wrong, for the directive's error
 */
const char *mod_eas_socache_make(apr_pool_t *pool, apr_pool_t *ptemp,
                                 const char *name, const char *argument,
                                 mod_eas_socache **cache_out);

/** Whether other machines may write into it: 1 or 0; known once made. */
int mod_eas_socache_is_shared(const mod_eas_socache *cache);

/**
 * Prepare it in post_config, before children fork.
 * @param room the longest record it will be given, in bytes
 * @param shared in memory that all children share, for as long as @a pconf
 * @return APR_SUCCESS or an error, which the provider has logged: httpd must
 *         not start
 */
apr_status_t mod_eas_socache_open(mod_eas_socache *cache, apr_size_t room,
                                  mod_eas_socache_shared *shared,
                                  apr_pool_t *pconf, server_rec *s);

/**
 * The store, made in child_init.
 * @param pchild its lifetime
 * @param store_out untouched on failure.  Its calls answer, besides what
 *        eas_store says, APR_EAGAIN where the server is left alone or busy, and
 *        APR_TIMEUP where it did not answer in time.  `span` is rounded up to
 *        seconds, to 30 days at most.  EAS0345 to EAS0348 are logged, once for
 *        each change, whichever child saw it.
 * @return APR_SUCCESS or an error: this child is then without it
 */
apr_status_t mod_eas_socache_child(mod_eas_socache *cache, apr_pool_t *pchild,
                                   const eas_store **store_out);

#endif
