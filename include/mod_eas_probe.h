/* SPDX-License-Identifier: Apache-2.0 */
/** `httpd -t -D EAS_AUTH_PROBE`: every directory server, in words. */
#ifndef MOD_EAS_PROBE_H
#define MOD_EAS_PROBE_H

#include <httpd.h>

/**
 * httpd's check_config hook, after the checks: contacts every server of every
 * provider and prints what is right and wrong with each to standard output.
 * Nothing unless EAS_AUTH_PROBE is defined and httpd only tests its
 * configuration.  It is no test_config hook: httpd ends with 0 whatever
 * happens in those.
 * @return OK; HTTP_INTERNAL_SERVER_ERROR, for an exit code that is not 0,
 *         where a server fails or there is none
 */
int mod_eas_probe_check_config(apr_pool_t *pconf, apr_pool_t *plog,
                               apr_pool_t *ptemp, server_rec *s);

/**
 * Whether httpd only tests its configuration, with a name defined.
 * @param define the name, as in `httpd -t -D NAME`
 * @return 1 or 0
 */
int mod_eas_probe_is_asked(const char *define);

/**
 * Print one aligned line, and what helps on a second one.
 * @param how such as "ok"
 * @param took microseconds; below zero prints none
 * @param remedy NULL for none
 */
void mod_eas_probe_line(apr_file_t *out, const char *how, const char *what,
                        apr_interval_time_t took, const char *text,
                        const char *remedy);

#endif
