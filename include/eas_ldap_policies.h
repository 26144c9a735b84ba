/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The policies that were read a moment ago, by one process: a handful, in
 * memory of fixed size.
 */
#ifndef EAS_LDAP_POLICIES_H
#define EAS_LDAP_POLICIES_H

#include "eas_types.h"

/** So many are kept; of more, one is read again that could be known. */
#define EAS_LDAP_POLICIES_KEPT 32

/** A longer name is not kept. */
#define EAS_LDAP_POLICIES_NAME_MAX 511

/** Opaque, usable by any thread. */
typedef struct eas_ldap_policies eas_ldap_policies;

/**
 * Make an empty memory.
 * @param pool its lifetime
 * @param policies_out untouched on failure
 * @return APR_SUCCESS, or why no lock could be made
 */
apr_status_t eas_ldap_policies_make(apr_pool_t *pool,
                                    eas_ldap_policies **policies_out);

/**
 * Look up what is known of a policy: what was read for 15 minutes, that it
 * could not be for one.  Then the first who asks is told that nothing is, and
 * has a minute to read it again, while the others are told what was known.
 * @param name where it is looked for, not empty
 * @param reason_out why it could not be read, or EAS_REASON_NONE
 * @param limits_out set where that is EAS_REASON_NONE
 * @return 1 where it is known; 0, with nothing set, where it is not
 */
int eas_ldap_policies_get(eas_ldap_policies *policies, const char *name,
                          eas_moment now, eas_reason *reason_out,
                          eas_lockout_limits *limits_out);

/**
 * Note what reading a policy has come to.  What was good is not given up
 * because nobody answers.
 * @param reason EAS_REASON_NONE; EAS_MISCONFIGURED where it cannot be read;
 *        another reason of the unavailable class
 * @param limits what was read; in: where @a reason is EAS_REASON_NONE; out:
 *        what counts now, where the result is that
 * @return what eas_ldap_policies_get will say
 */
eas_reason eas_ldap_policies_put(eas_ldap_policies *policies, const char *name,
                                 eas_moment now, eas_reason reason,
                                 eas_lockout_limits *limits);

#endif
