/* SPDX-License-Identifier: Apache-2.0 */
/** `httpd -t -D DUMP_EAS_AUTH`: the configuration in effect, for people. */
#ifndef MOD_EAS_DUMP_H
#define MOD_EAS_DUMP_H

#include <httpd.h>

/**
 * httpd's test_config hook: prints every provider and every guarded section
 * to standard output, and the warnings of mod_eas_check; nothing unless
 * DUMP_EAS_AUTH is defined.  Passwords are not shown.
 */
void mod_eas_dump(apr_pool_t *pconf, server_rec *s);

#endif
