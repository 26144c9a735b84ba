/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Require lines of our own that ask a directory: eas-group and eas-filter; and
 * what all of them share.
 *
 * Each asks the directory that has proven the person.  "Cannot tell" is
 * neither yes nor no: under `Require not` a "no" would let in, so it is
 * AUTHZ_GENERAL_ERROR, and the auth_checker makes 503 of it.
 */
#ifndef MOD_EAS_RULES_H
#define MOD_EAS_RULES_H

#include <httpd.h>
#include <mod_auth.h>

#include "eas_types.h"

/** Offer them to mod_authz_core. */
void mod_eas_rules_register(apr_pool_t *pool);

/**
 * The verdict on whoever is logged in.
 * @param r a request with a user
 * @return NULL where the login is not ours; lives as long as the first request
 */
const eas_verdict *mod_eas_rules_verdict(request_rec *r);

/**
 * Say that a Require line cannot be decided, and mark the request so that its
 * answer is 503.
 * @param rule its first word
 * @param detail for the log, or NULL
 * @return AUTHZ_GENERAL_ERROR
 */
authz_status mod_eas_rules_unclear(request_rec *r, const char *rule,
                                   eas_reason reason, const char *detail);

/**
 * Whether a Require line asks a directory.
 * @param provider its first word
 * @return 1 or 0
 */
int mod_eas_rules_ask(const char *provider);

#endif
