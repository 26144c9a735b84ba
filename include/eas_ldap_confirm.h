/* SPDX-License-Identifier: Apache-2.0 */
/**
 * After a direct bind: who was bound?
 *
 * A name that is no DN is matched by Active Directory first against every
 * userPrincipalName, then against the login names; and a directory folds more
 * spellings into one name than we do.  So where the bound name does not tell
 * by itself, the person bound looks up the own entry.
 */
#ifndef EAS_LDAP_CONFIRM_H
#define EAS_LDAP_CONFIRM_H

#include <ldap.h>

#include "eas_ldap_settings.h"

/**
 * Whether the bound name has to be confirmed: where it is no DN, or holds
 * more than printable ASCII without blanks, so that other spellings of it
 * would be the same person; and where the directory lets people bind who must
 * not get in (eas_state_judge_bound).
 * @return 1 or 0
 */
int eas_ldap_confirm_is_needed(const eas_ldap_settings *settings,
                               const eas_identity *identity);

/**
 * Make an identity of the entry that is bound on a connection.  For Active
 * Directory its objectSid must be among the tokenGroups of the rootDSE, which
 * are the bound person's own (MS-ADTS 3.1.1.3.2); where a DN was bound, the
 * entry is read at that DN.
 *
 * @param ld bound as the person
 * @param uri its server, for the log
 * @param identity of eas_identity.dn as bound; replaced on success alone,
 *        unproven
 * @param until when to give up
 * @param pool lifetime of the identity and the texts
 * @return EAS_REASON_NONE; EAS_NOT_AUTHORIZED where the person bound is not
 *         found below the base, EAS_AMBIGUOUS_USER where the name is not
 *         theirs alone, a reason of the unavailable class; with @a detail_out
 */
eas_reason eas_ldap_confirm(LDAP *ld, const char *uri,
                            const eas_ldap_settings *settings,
                            eas_identity *identity, eas_moment until,
                            apr_pool_t *pool, const char **detail_out);

#endif
