/* SPDX-License-Identifier: Apache-2.0 */
/**
 * TLS towards a directory, set on each handle and never on the process: a
 * handle without a context of its own uses what mod_ldap or PHP set for all.
 */
#ifndef EAS_LDAP_TLS_H
#define EAS_LDAP_TLS_H

#include <ldap.h>

#include "eas_ldap_settings.h"

/** How a directory's connections are protected; immutable. */
typedef struct eas_ldap_tls {
    const eas_ldap_settings *settings;
    void *context; /**< libldap's, shared by all handles; NULL where the
                        certificates could not be read */
} eas_ldap_tls;

/**
 * Read the certificates.  Once, not for each connection: that costs time, and
 * libldap over GnuTLS loses 8 KB each time a list of TLS versions is set.
 * @param settings must outlive @a pool
 * @param pool lifetime of the result; libldap gives no way to let its context
 *        go, which stays until the process ends
 * @return never NULL
 */
eas_ldap_tls *eas_ldap_tls_make(const eas_ldap_settings *settings,
                                apr_pool_t *pool);

/**
 * Prepare a handle for its handshake: TLS 1.2 or later, the server's
 * certificate checked against its name unless EASAuthLDAPVerify is Off.
 * @return 1; 0 where there is no context or libldap takes no option
 */
int eas_ldap_tls_apply(const eas_ldap_tls *tls, LDAP *ld);

#endif
