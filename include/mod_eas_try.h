/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One login, step by step, for an administrator: what support/easauthctl runs.
 *
 *     httpd -t -D EAS_AUTH_LOGIN     with a password, a line of standard input
 *     httpd -t -D EAS_AUTH_ACCOUNT   without
 *     httpd -t -D EAS_AUTH_CERTIFICATE   a certificate (mod_eas_try_cert.h)
 *
 * The provider and the login are in the environment, EAS_AUTH_PROVIDER and
 * EAS_AUTH_USER.
 */
#ifndef MOD_EAS_TRY_H
#define MOD_EAS_TRY_H

#include <httpd.h>

/**
 * httpd's check_config hook, after the checks: takes the login apart, finds
 * the entry, proves the password, and prints each step to standard output.
 * Nothing unless one of the names is defined and httpd only tests its
 * configuration.  The password is wiped, and never printed.
 *
 * The last line begins with "result" and a reason's name; "found" for an
 * account; "no-such-provider", "usage".  easauthctl reads it.
 * @return OK where it is granted or found, else HTTP_INTERNAL_SERVER_ERROR
 */
int mod_eas_try_check_config(apr_pool_t *pconf, apr_pool_t *plog,
                             apr_pool_t *ptemp, server_rec *s);

#endif
