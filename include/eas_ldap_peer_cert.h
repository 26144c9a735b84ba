/* SPDX-License-Identifier: Apache-2.0 */
/** Why TLS to a directory server failed: its certificate, looked at. */
#ifndef EAS_LDAP_PEER_CERT_H
#define EAS_LDAP_PEER_CERT_H

#include <ldap.h>

#include "eas_ldap_resolve.h"
#include "eas_server_cert.h"

/**
 * The certificate of the server at the other end.
 * @param ld a handle with TLS
 * @param host the one it was connected to
 * @param pool lifetime of the texts
 * @param cert_out untouched on failure
 * @return APR_SUCCESS; APR_NOTFOUND where libldap gives none, or what
 *         eas_server_cert_read or reading the CA file says
 */
apr_status_t eas_ldap_peer_cert_read(LDAP *ld,
                                     const eas_ldap_settings *settings,
                                     const eas_ldap_host *host,
                                     apr_pool_t *pool,
                                     eas_server_cert *cert_out);

/**
 * Find out what is wrong with a server's certificate.
 *
 * Connects once more without checking it, takes it, and closes: nothing is
 * sent there, least of all a password.
 *
 * @param settings under which TLS has failed
 * @param deadline when to give up
 * @param pool lifetime of the texts
 * @param text_out what is wrong, untouched where nothing is found
 * @param remedy_out what helps, likewise
 * @return whether something was found: 1 or 0
 */
int eas_ldap_peer_cert_explain(const eas_ldap_settings *settings,
                               const eas_ldap_host *host,
                               eas_ldap_resolver *resolver, eas_moment deadline,
                               apr_pool_t *pool, const char **text_out,
                               const char **remedy_out);

#endif
