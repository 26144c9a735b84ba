/* SPDX-License-Identifier: Apache-2.0 */
/** The checks at start: what `httpd -t` finds wrong with a configuration. */
#ifndef MOD_EAS_CHECK_H
#define MOD_EAS_CHECK_H

#include "mod_eas_finding.h"

/**
 * httpd's check_config hook: checks everything, logs it, and wipes literal
 * passwords from httpd's copy of the configuration.
 * @return OK, or HTTP_INTERNAL_SERVER_ERROR where httpd must not start
 */
int mod_eas_check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                         server_rec *s);

/**
 * What mod_eas_check_config would log.
 * @param pool lifetime of the result
 */
mod_eas_findings *mod_eas_check(apr_pool_t *pool);

#endif
