/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Membership of groups, direct and by way of other groups.
 *
 * Active Directory answers it in one question: the tokenGroups of the person
 * hold every security group, the primary one included (MS-ADTS 3.1.1.4.5.19);
 * for a distribution group the matching rule "in chain" does
 * (1.2.840.113556.1.4.1941).  FreeIPA keeps memberOf complete.  Elsewhere we
 * walk upwards from the person, a level for each search, at most ten levels
 * and never through one group twice.
 */
#ifndef EAS_LDAP_GROUP_H
#define EAS_LDAP_GROUP_H

#include "eas_ldap_fleet.h"
#include "eas_ldap_known.h"

/**
 * Whether somebody is a member of a group.
 * @param known remembers which entry a name means
 * @param group a DN, or the name of one group below
 *        eas_ldap_settings.group_base
 * @param deadline when to give up
 * @param pool lifetime of the texts
 * @return EAS_REASON_NONE for a member, EAS_NOT_AUTHORIZED for none; a reason
 *         of the unavailable class where it cannot be told, EAS_MISCONFIGURED
 *         where there is no such group, or more than one
 */
eas_reason eas_ldap_group_member(eas_ldap_fleet *fleet,
                                 const eas_ldap_settings *settings,
                                 eas_ldap_known *known,
                                 const eas_identity *identity,
                                 const char *group, eas_moment deadline,
                                 apr_pool_t *pool, const char **detail_out);

#endif
