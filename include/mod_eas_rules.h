/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Require lines of our own: eas-group and eas-filter.
 *
 * Each asks the directory that has proven the person.  "Cannot tell" is
 * neither yes nor no: under `Require not` a "no" would let in, so it is
 * AUTHZ_GENERAL_ERROR, and the auth_checker makes 503 of it.
 */
#ifndef MOD_EAS_RULES_H
#define MOD_EAS_RULES_H

#include <httpd.h>

/** Offer them to mod_authz_core. */
void mod_eas_rules_register(apr_pool_t *pool);

/**
 * Whether a Require line asks a directory.
 * @param provider its first word
 * @return 1 or 0
 */
int mod_eas_rules_ask(const char *provider);

#endif
