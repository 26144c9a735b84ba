/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Require eas-method: how whoever is logged in was proven.
 *
 * `password`, `certificate` and `both` each mean exactly that one: a person
 * with a certificate and a password came by `both` and not by `certificate`,
 * so that whoever wants either writes both words.
 */
#ifndef MOD_EAS_RULE_METHOD_H
#define MOD_EAS_RULE_METHOD_H

#include <httpd.h>

/** Offer it to mod_authz_core. */
void mod_eas_rule_method_register(apr_pool_t *pool);

/**
 * Whether a Require line is one of these.
 * @param provider its first word
 * @return 1 or 0
 */
int mod_eas_rule_method_is(const char *provider);

#endif
