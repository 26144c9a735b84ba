/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Connections to a directory server, made within a deadline: name, TCP, TLS.
 *
 * libldap's own connecting ignores deadlines while it resolves names, and
 * spins or blocks while it shakes hands, so the socket is ours and handed in.
 */
#ifndef EAS_LDAP_CONNECT_H
#define EAS_LDAP_CONNECT_H

#include <ldap.h>

#include "eas_ldap_io.h"
#include "eas_ldap_resolve.h"
#include "eas_ldap_tls.h"

/**
 * Connect, and protect the connection as the settings say.  No option of the
 * process is touched: mod_ldap and PHP share libldap with us.
 *
 * @param tls of the directory
 * @param host one of tls->settings->url.hosts
 * @param deadline when to give up
 * @param pool lifetime of @a detail_out
 * @param io the handle's socket; must outlive the handle
 * @param ld_out the handle, not bound; closed with ldap_unbind_ext;
 *        untouched on failure
 * @return EAS_REASON_NONE; EAS_DIRECTORY_NAME, EAS_DIRECTORY_DOWN,
 *         EAS_DIRECTORY_TIMEOUT, EAS_DIRECTORY_TLS, EAS_INTERNAL_ERROR with
 *         @a detail_out
 */
eas_reason eas_ldap_connect(const eas_ldap_tls *tls, const eas_ldap_host *host,
                            eas_ldap_resolver *resolver, eas_moment deadline,
                            apr_pool_t *pool, eas_ldap_io *io, LDAP **ld_out,
                            const char **detail_out);

/**
 * The first half of eas_ldap_connect: name and TCP.  All addresses of the
 * host share the time.
 * @param fd_out connected and not blocking, the caller's; untouched on failure
 * @return EAS_REASON_NONE; EAS_DIRECTORY_NAME, EAS_DIRECTORY_DOWN,
 *         EAS_DIRECTORY_TIMEOUT with @a detail_out
 */
eas_reason eas_ldap_connect_socket(const eas_ldap_host *host,
                                   eas_ldap_resolver *resolver,
                                   eas_moment deadline, apr_pool_t *pool,
                                   int *fd_out, const char **detail_out);

/**
 * The second half of eas_ldap_connect: a handle, and TLS.
 * @param fd from eas_ldap_connect_socket; the handle's, closed on failure
 * @return as eas_ldap_connect, without EAS_DIRECTORY_NAME
 */
eas_reason eas_ldap_connect_handle(const eas_ldap_tls *tls,
                                   const eas_ldap_host *host, int fd,
                                   eas_moment deadline, apr_pool_t *pool,
                                   eas_ldap_io *io, LDAP **ld_out,
                                   const char **detail_out);

/**
 * Whether an idle connection is still good: nothing may be waiting on it, as
 * a notice of disconnection or an end of file would be.
 * @return 1 or 0
 */
int eas_ldap_connect_is_quiet(LDAP *ld);

/** Close a connection without waiting for anything. */
void eas_ldap_connect_close(LDAP *ld);

#endif
