/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What is made of the directives in effect once, rather than for each request.
 *
 * httpd merges the records of the sections that a request is in anew for each
 * request.  Of records that last as long as the configuration the same merged
 * record is given each time, and with it what was made of it.
 */
#ifndef MOD_EAS_READY_H
#define MOD_EAS_READY_H

#include "eas_key.h"
#include "mod_eas_config.h"

/** What is made of the directives in effect under one AuthType: sections that
 * differ in nothing else share their record, and what a password has granted
 * in one of them is nothing where a certificate is demanded. */
typedef struct mod_eas_ready {
    const eas_policy *policy; /**< NULL where no provider is named */
    eas_key
        verdict_key;  /**< of all a verdict depends on beside the credential */
    eas_key memo_key; /**< and of how long it may be remembered */
} mod_eas_ready;

/**
 * httpd's child_init, before there are threads: from now on what is merged is
 * kept.
 */
void mod_eas_ready_child_init(apr_pool_t *pchild, server_rec *s);

/**
 * httpd's merge_dir_config: as mod_eas_dir_merge.
 * @return lives as long as the configuration or as @a pool, whichever it is
 */
void *mod_eas_ready_merge(apr_pool_t *pool, void *base, void *over);

/**
 * What is made of the directives in effect.
 * @param demand the AuthType in effect
 * @param pool lifetime of the result where @a dir does not last
 */
const mod_eas_ready *mod_eas_ready_get(const mod_eas_dir *dir,
                                       eas_demand demand, apr_pool_t *pool);

#endif
