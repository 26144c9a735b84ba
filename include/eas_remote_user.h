/* SPDX-License-Identifier: Apache-2.0 */
/** What REMOTE_USER is to hold. */
#ifndef EAS_REMOTE_USER_H
#define EAS_REMOTE_USER_H

#include "eas_decide.h"

/**
 * The name of somebody, as a policy wants it.
 * @param identity found, and hostile in what it holds
 * @param pool lifetime of a name that a template makes
 * @return NULL where there is none to go by: no value of the attribute, or
 *         more than one; no user for the template; text that is no UTF-8, or
 *         has control characters
 */
const char *eas_remote_user(const eas_policy *policy,
                            const eas_identity *identity, apr_pool_t *pool);

#endif
