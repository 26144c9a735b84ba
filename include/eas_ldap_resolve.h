/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Addresses of directory servers.
 *
 * libldap resolves names under a lock of the whole process and without a time
 * limit, so one slow name server would stall every directory.  Here a name is
 * resolved outside of it, once for all threads, with a deadline for each who
 * waits, and the last good answer is used while a new one is fetched.
 */
#ifndef EAS_LDAP_RESOLVE_H
#define EAS_LDAP_RESOLVE_H

#include <sys/socket.h>

#include "eas_ldap_settings.h"

/** At most this many addresses of one name are used. */
#define EAS_LDAP_ADDRESSES 8

/** The addresses of one host, with the port set. */
typedef struct eas_ldap_addresses {
    int count;
    struct {
        struct sockaddr_storage address;
        socklen_t length;
    } list[EAS_LDAP_ADDRESSES];
} eas_ldap_addresses;

/** A host's name and what is known of it; opaque, usable by any thread. */
typedef struct eas_ldap_resolver eas_ldap_resolver;

/**
 * Make a resolver.  It must be made in the process that uses it.
 * @param host must outlive @a pool
 * @param pool lifetime of the resolver
 * @param resolver_out untouched on failure
 * @return APR_SUCCESS, or why no lock could be made
 */
apr_status_t eas_ldap_resolver_make(const eas_ldap_host *host, apr_pool_t *pool,
                                    eas_ldap_resolver **resolver_out);

/**
 * The addresses of the host.
 * @param deadline when to give up waiting
 * @param pool lifetime of @a detail_out
 * @param addresses_out untouched on failure
 * @return EAS_REASON_NONE; EAS_DIRECTORY_NAME with @a detail_out
 */
eas_reason eas_ldap_resolve(eas_ldap_resolver *resolver, eas_moment deadline,
                            apr_pool_t *pool, eas_ldap_addresses *addresses_out,
                            const char **detail_out);

#endif
