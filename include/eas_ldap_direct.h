/* SPDX-License-Identifier: Apache-2.0 */
/** Whom a login names where nobody searches: EASAuthLDAPBindTemplate. */
#ifndef EAS_LDAP_DIRECT_H
#define EAS_LDAP_DIRECT_H

#include "eas_ldap_settings.h"

/**
 * Make an identity of a login and the bind template, without an operation.
 * @param pool lifetime of the identity
 * @param identity_out unproven, its dn what is to be bound as; untouched on
 *        failure
 * @return EAS_REASON_NONE; EAS_UNKNOWN_USER for a domain that is not ours, or
 *         a name that would become another kind of name in the template, or
 *         has other spellings (see eas_spelling_fold): its guesses could not
 *         be counted
 */
eas_reason eas_ldap_direct_find(const eas_ldap_settings *settings,
                                const eas_login *login, apr_pool_t *pool,
                                eas_identity **identity_out);

#endif
