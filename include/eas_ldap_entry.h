/* SPDX-License-Identifier: Apache-2.0 */
/** From an entry to an identity. */
#ifndef EAS_LDAP_ENTRY_H
#define EAS_LDAP_ENTRY_H

#include <ldap.h>

#include "eas_ldap_settings.h"

/**
 * The attributes that stay with an entry when it is renamed, in the order they
 * are believed.
 * @return NULL-terminated; static
 */
const char *const *eas_ldap_entry_ids(void);

/**
 * The attributes an identity is made of: those that give a stable id, those
 * that hold the login name, those of the account's state, the one that names
 * its password policy, and those wanted besides.
 * @param wanted NULL-terminated, or NULL
 * @param pool lifetime of the list
 * @return NULL-terminated, as libldap takes it
 */
char **eas_ldap_entry_attributes(const eas_ldap_settings *settings,
                                 const char *const *wanted, apr_pool_t *pool);

/**
 * Make an identity of an entry.
 *
 * The id is objectGUID in its usual spelling, or entryUUID, ipaUniqueID or
 * nsUniqueId, else the normalised DN.  The user is a value of the first
 * `user` login attribute the entry has: the one in its RDN, else the smallest,
 * so that it is the same whatever alias was typed and in whatever order a
 * server lists them; NULL where the entry has none that is plain text of at
 * most EAS_BASIC_LOGIN_MAX bytes.
 *
 * @param wanted as for eas_ldap_entry_attributes
 * @param pool lifetime of the result
 * @return the identity, unproven; NULL where the entry has no DN, or cannot be
 *         read to its end
 */
eas_identity *eas_ldap_entry_identity(LDAP *ld, LDAPMessage *entry,
                                      const eas_ldap_settings *settings,
                                      const char *const *wanted,
                                      apr_pool_t *pool);

/**
 * Read attributes: every value that is plain text (UTF-8 without control
 * characters), in the order the server lists them.  One that the table has is
 * left as it is.
 * @param names NULL-terminated, or NULL
 * @param table what is added to
 * @param pool lifetime of the values
 */
void eas_ldap_entry_values(LDAP *ld, LDAPMessage *entry,
                           const char *const *names, apr_table_t *table,
                           apr_pool_t *pool);

/**
 * Whether libldap can read an entry to its end: to its other functions what
 * they cannot read is not there, and an account might seem to have no lock.
 * @return 1 or 0
 */
int eas_ldap_entry_is_whole(LDAP *ld, LDAPMessage *entry);

/**
 * A DN in one spelling: RFC 4514, ASCII letters lowered.
 * @param pool lifetime of the result
 * @return the DN; lowered as it is where libldap cannot read it
 */
const char *eas_ldap_entry_normal_dn(const char *dn, apr_pool_t *pool);

#endif
