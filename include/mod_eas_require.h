/* SPDX-License-Identifier: Apache-2.0 */
/** Require lines: whether they let in a request that shows no credential. */
#ifndef MOD_EAS_REQUIRE_H
#define MOD_EAS_REQUIRE_H

#include "mod_eas_section.h"

/** Whether any Require is in effect in a section: 1 or 0. */
int mod_eas_require_written(const mod_eas_section *section);

/**
 * Find what may let a request in without a user.
 *
 * Every condition that is not bound to a user is taken to be true at will,
 * and each independently of the others, so that the answer errs towards
 * "may".  A condition nobody here knows counts as bound to a user: a request
 * under our AuthTypes has to show one whatever the lines say, and to call it
 * an error would drive people to EASAuthAllowUserless, which really opens
 * the door.
 *
 * @param pool for aliases
 * @return the line that does, or NULL where none can
 */
const ap_directive_t *mod_eas_require_userless(apr_pool_t *pool,
                                               const mod_eas_section *section);

/**
 * Find a Require line in effect of some kind, also in <RequireAll> and the
 * like, behind `not` and behind an alias.
 * @param is_it whether a provider, the first word of the line, is of the kind,
 *        such as mod_eas_rules_ask
 * @return the first such line, or NULL
 */
const ap_directive_t *mod_eas_require_find(apr_pool_t *pool,
                                           const mod_eas_section *section,
                                           int (*is_it)(const char *provider));

#endif
