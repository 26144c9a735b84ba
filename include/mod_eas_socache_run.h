/* SPDX-License-Identifier: Apache-2.0 */
/** One call of a socache provider, and what its outcome says of a server. */
#ifndef MOD_EAS_SOCACHE_RUN_H
#define MOD_EAS_SOCACHE_RUN_H

#include <ap_socache.h>

#include "mod_eas_errand.h"

/** What a call is for: the `what` of an errand. */
typedef enum {
    MOD_EAS_SOCACHE_GET,
    MOD_EAS_SOCACHE_PUT,
    MOD_EAS_SOCACHE_DROP
} mod_eas_socache_action;

/** Added to an action: the first call after a while without any.  Whether the
 * server answers is then found out before. */
#define MOD_EAS_SOCACHE_TRIAL 0x100

/** Whom to call. */
typedef struct mod_eas_socache_run {
    const ap_socache_provider_t *provider;
    ap_socache_instance_t *instance;
    server_rec *s;   /**< for the provider's log */
    apr_size_t room; /**< bytes of an errand's buffer */
} mod_eas_socache_run;

/** What a call says of the server. */
typedef enum {
    MOD_EAS_SOCACHE_UNTOLD,
    MOD_EAS_SOCACHE_ANSWERS,
    MOD_EAS_SOCACHE_TAKES_NONE, /**< it refuses to be written to */
    MOD_EAS_SOCACHE_FAILS
} mod_eas_socache_finding;

/**
 * Call the provider; a mod_eas_errand_run.
 * @param self a mod_eas_socache_run
 * @param errand its buffer and length are set by MOD_EAS_SOCACHE_GET
 * @return what the provider returned: APR_NOTFOUND where there is no such
 *         record
 */
apr_status_t mod_eas_socache_run_errand(void *self, mod_eas_errand *errand,
                                        apr_pool_t *pool);

/**
 * Read an outcome, of redis or memcache.
 * @param status what came of it, by way of mod_eas_errands_send
 */
mod_eas_socache_finding mod_eas_socache_judge(mod_eas_socache_action what,
                                              apr_status_t status);

#endif
