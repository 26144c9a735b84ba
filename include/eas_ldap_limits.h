/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The lockout policy of a person, remembered: their own where their entry
 * names one, else that of everybody.
 */
#ifndef EAS_LDAP_LIMITS_H
#define EAS_LDAP_LIMITS_H

#include "eas_ldap_fleet.h"
#include "eas_ldap_known.h"

/** What is known of the policies of a directory, by one process; opaque,
 * usable by any thread. */
typedef struct eas_ldap_limits eas_ldap_limits;

/**
 * Make it; nothing is known yet.
 * @param settings must outlive @a pool
 * @param pool its lifetime
 * @param limits_out untouched on failure
 * @return APR_SUCCESS, or why no lock could be made
 */
apr_status_t eas_ldap_limits_make(const eas_ldap_settings *settings,
                                  apr_pool_t *pool,
                                  eas_ldap_limits **limits_out);

/**
 * The limits of somebody.  A policy is believed for 15 minutes, that it could
 * not be read for one.  One thread reads it again, while the others believe
 * what was known; where the directory does not answer, all do.
 * @param fleet who has the policies
 * @param known NULL where @a identity was found by who knows its policy; else,
 *        after a Global Catalog has, what remembers whose policy is which
 * @param deadline when to give up
 * @param pool for what is needed on the way
 * @param found_out set with EAS_REASON_NONE alone
 * @return EAS_REASON_NONE; EAS_MISCONFIGURED where it is not there or cannot
 *         be read; EAS_DIRECTORY_REFERRAL where another domain has it; another
 *         reason of the unavailable class
 */
eas_reason eas_ldap_limits_get(eas_ldap_limits *limits, eas_ldap_fleet *fleet,
                               eas_ldap_known *known,
                               const eas_identity *identity,
                               eas_moment deadline, apr_pool_t *pool,
                               eas_lockout_limits *found_out);

#endif
