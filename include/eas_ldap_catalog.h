/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Behind a Global Catalog: the domain controllers that have the whole of an
 * entry.
 *
 * A catalog (ports 3268 and 3269) finds everybody of a forest and lacks
 * accountExpires, pwdLastSet and the groups of a domain (MS-ADTS
 * 3.1.1.3.1.14).  Its machine is a controller of one domain as well; for an
 * entry of another that one answers with a referral, which is not followed:
 * the domain of the entry's DN is looked up in DNS instead.
 */
#ifndef EAS_LDAP_CATALOG_H
#define EAS_LDAP_CATALOG_H

#include "eas_ldap_fleet.h"

/** Opaque, usable by any thread. */
typedef struct eas_ldap_catalog eas_ldap_catalog;

/** Whether any server of the settings is a Global Catalog: 1 or 0. */
int eas_ldap_catalog_is(const eas_ldap_settings *settings);

/**
 * Make it in the process that uses it.
 * @param settings, context must outlive @a pool
 * @param pool its lifetime, and of the connections
 * @param catalog_out untouched on failure
 * @return APR_SUCCESS, or why a part could not be made
 */
apr_status_t eas_ldap_catalog_make(const eas_ldap_settings *settings,
                                   const eas_ldap_context *context,
                                   apr_pool_t *pool,
                                   eas_ldap_catalog **catalog_out);

/** The same machines as domain controllers; lives as long as the catalog. */
eas_ldap_fleet *eas_ldap_catalog_same(const eas_ldap_catalog *catalog);

/**
 * The domain controllers of the domain an entry is in, by DNS SRV.
 * @param pool for what is needed on the way
 * @return lives as long as the catalog; NULL where the DN names no domain,
 *         where there are more domains than are kept, or where the servers
 *         would be checked against everybody's certificates
 *         (EASAuthLDAPTrustedCA): whoever forges an answer of DNS must not be
 *         given the service account's password
 */
eas_ldap_fleet *eas_ldap_catalog_domain(eas_ldap_catalog *catalog,
                                        const char *dn, apr_pool_t *pool);

#endif
