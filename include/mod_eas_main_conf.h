/* SPDX-License-Identifier: Apache-2.0 */
/** The directives of the whole server: each once, and in no other context. */
#ifndef MOD_EAS_MAIN_CONF_H
#define MOD_EAS_MAIN_CONF_H

#include <httpd.h>
#include <http_config.h>

/** What they say. */
typedef struct mod_eas_main {
    const char *control_file; /**< EASAuthCacheFlush; NULL: none */
    const apr_array_header_t *shared_networks; /**< of apr_ipsubnet_t *, or
                                                    NULL */
    const char *shared_shown; /**< the same as it was written, or NULL */
    int knows_wandering;      /**< EASAuthAcknowledge CVE-2025-23048 */
    int ledger_accounts;      /**< how many the ledger has room for */
} mod_eas_main;

/** A directive of the main server: AP_INIT_TAKE_ARGV's function for each. */
const char *mod_eas_main_directive(cmd_parms *cmd, void *dir, int count,
                                   char *const words[]);

/** What is configured; never NULL, defaults where nothing is. */
const mod_eas_main *mod_eas_main_conf(void);

/**
 * Where the ledger is kept while httpd does not run.
 * @param pool lifetime of the result
 * @return an absolute path; NULL where it is kept nowhere
 */
const char *mod_eas_main_ledger_file(apr_pool_t *pool);

/**
 * Whether an address is in one of EASAuthSharedNetworks; an IPv4 address
 * within IPv6 (::ffff:a.b.c.d) is looked up as the IPv4 address it is.
 * @return 1 or 0
 */
int mod_eas_is_shared_network(apr_sockaddr_t *address);

#endif
