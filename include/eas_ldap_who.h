/* SPDX-License-Identifier: Apache-2.0 */
/** Whom a login or a certificate names: the searches of a directory. */
#ifndef EAS_LDAP_WHO_H
#define EAS_LDAP_WHO_H

#include "eas_ldap_fleet.h"
#include "eas_ldap_known.h"

/** Who is asked, and what was found a moment ago. */
typedef struct eas_ldap_who {
    const eas_ldap_settings *settings;
    eas_ldap_fleet *fleet;
    eas_ldap_known *known;
} eas_ldap_who;

/**
 * Find the one entry a login names; eas_directory.find.
 *
 * Who came by an address or an alias has no login name (account.user is NULL)
 * where that would be somebody else's as well.
 *
 * @param attributes names to read, NULL-terminated; NULL for none
 * @param is_fresh whether what is remembered does not do
 * @param pool lifetime of the identity and the texts
 * @param identity_out unproven; untouched on failure
 * @return EAS_REASON_NONE; EAS_UNKNOWN_USER, EAS_AMBIGUOUS_USER; a reason of
 *         the unavailable class with @a detail_out
 */
eas_reason eas_ldap_who_login(const eas_ldap_who *who, const eas_login *login,
                              const char *const *attributes, int is_fresh,
                              eas_moment deadline, apr_pool_t *pool,
                              eas_identity **identity_out,
                              const char **detail_out);

/**
 * Find the one entry that any of some claims of a certificate names;
 * eas_directory.find_claimed.  Nothing is remembered.
 *
 * Where the certificate itself is looked for, a match by its issuer and number
 * (RFC 4523) does not do: the entry has to hold its very bytes.  The login
 * name has to be theirs alone, as above.
 *
 * @param pool lifetime of the identity and the texts
 * @param identity_out unproven; untouched on failure
 * @return as eas_ldap_who_login
 */
eas_reason eas_ldap_who_claimed(const eas_ldap_who *who,
                                const eas_claim *claims, int count,
                                const char *const *attributes,
                                eas_moment deadline, apr_pool_t *pool,
                                eas_identity **identity_out,
                                const char **detail_out);

#endif
