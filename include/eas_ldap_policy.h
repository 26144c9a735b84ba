/* SPDX-License-Identifier: Apache-2.0 */
/**
 * After how many wrong passwords a directory locks an account: where each type
 * keeps its policies, and what their attributes mean.
 */
#ifndef EAS_LDAP_POLICY_H
#define EAS_LDAP_POLICY_H

#include "eas_ldap_query.h"
#include "eas_ldap_settings.h"

/** More entries than this are not looked at. */
#define EAS_LDAP_POLICIES_MAX 50

/** Where wrong passwords count until the right one comes, they are given this
 * window: for want of an end, a guess a day. */
#define EAS_LDAP_POLICY_UNTIL_SUCCESS apr_time_from_sec(86400)

/** One policy, in numbers. */
typedef struct eas_ldap_policy {
    apr_int64_t most;     /**< wrong passwords that lock; 0: any number does
                               not; -1 not readable */
    apr_int64_t window;   /**< seconds they have to fall into; 0 where they
                               count until the right one; -1 not told */
    apr_int64_t duration; /**< seconds of a lock; 0 for ever; -1 not told */
} eas_ldap_policy;

/**
 * The attributes of a person that name the policy which is theirs, rather than
 * everybody's: msDS-ResultantPSO (MS-ADTS 3.1.1.4.5.36), krbPwdPolicyReference,
 * pwdPolicySubentry (draft-behera-ldap-password-policy-10, 5.3.1).
 * @return NULL-terminated; static
 */
const char *const *eas_ldap_policy_references(eas_ldap_type type);

/**
 * The search for a policy that an entry names.
 * @param reference its DN
 * @param query_out whose parts live as long as @a reference
 */
void eas_ldap_policy_named(eas_ldap_type type, const char *reference,
                           eas_ldap_query *query_out);

/**
 * The search for the policy of who has none of their own.  Active Directory:
 * the head of the domain.  FreeIPA: global_policy.  Others: all entries of
 * class pwdPolicy, since which of them ppolicy_default names is no entry's to
 * tell.
 * @param dn of somebody in Active Directory's domain, or the base of the
 *        directory
 * @param pool lifetime of the parts of @a query_out
 */
void eas_ldap_policy_common(eas_ldap_type type, const char *dn,
                            apr_pool_t *pool, eas_ldap_query *query_out);

/**
 * Read a policy's attributes.  What is no number counts as not readable.
 * Where pwdLockout is not TRUE, nothing locks; a pwdPolicy whose pwdAttribute,
 * which each has, is not there hides the others as well.
 * @param entry of one of the searches above, hostile
 */
eas_ldap_policy eas_ldap_policy_parse(eas_ldap_type type,
                                      const apr_table_t *entry);

/**
 * The limits of the strictest of some policies: the lowest threshold, and the
 * longest window of those that lock.
 * @param policies of eas_ldap_policy
 * @param limits_out untouched on failure
 * @return EAS_REASON_NONE; EAS_MISCONFIGURED where there are none, or one
 *         whose threshold or window cannot be read
 */
eas_reason eas_ldap_policy_limits(const apr_array_header_t *policies,
                                  eas_lockout_limits *limits_out);

#endif
