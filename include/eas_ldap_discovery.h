/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The servers of a directory whose URL names none: found by DNS, kept for as
 * long as DNS has it, and used on while DNS is down.
 */
#ifndef EAS_LDAP_DISCOVERY_H
#define EAS_LDAP_DISCOVERY_H

#include "eas_ldap_srv.h"

/** At most this many servers of a directory are kept, the first of them. */
#define EAS_LDAP_DISCOVERY_HOSTS 16

/** What is known of a directory's servers; opaque, usable by any thread. */
typedef struct eas_ldap_discovery eas_ldap_discovery;

/** What a discovery reaches outside itself; fakes in unit tests. */
typedef struct eas_ldap_discovery_means {
    /** As eas_ldap_srv_lookup. */
    eas_ldap_srv_result (*lookup)(void *self, const char *name,
                                  eas_moment deadline, apr_pool_t *pool,
                                  apr_array_header_t **records_out,
                                  apr_interval_time_t *ttl_out,
                                  const char **detail_out);
    /** A number from 0 to 0xffffffff. */
    apr_uint32_t (*random)(void *self);
    void *self; /**< for both */
    eas_clock clock;
} eas_ldap_discovery_means;

/**
 * Make a discovery.  Nothing is asked yet.  It must be made in the process
 * that uses it.
 * @param settings with url.srv_domain; must outlive @a pool
 * @param pool lifetime of the discovery
 * @param discovery_out untouched on failure
 * @return APR_SUCCESS, or why no lock could be made
 */
apr_status_t eas_ldap_discovery_make(const eas_ldap_settings *settings,
                                     apr_pool_t *pool,
                                     eas_ldap_discovery **discovery_out);

/**
 * The same with other means, for a test.
 * @param means copied; what it names must outlive @a pool
 */
apr_status_t eas_ldap_discovery_make_with(const eas_ldap_settings *settings,
                                          const eas_ldap_discovery_means *means,
                                          apr_pool_t *pool,
                                          eas_ldap_discovery **discovery_out);

/**
 * Whether eas_ldap_discover would have to wait for a name server, because no
 * server is known: 1 or 0, as of now.
 */
int eas_ldap_discovery_waits(eas_ldap_discovery *discovery);

/**
 * The servers, in the order in which they are to be tried.
 *
 * They are looked up by one thread at a time: at first while the others wait,
 * and once they have aged (their TTL, but 30 s to an hour), for a second at
 * most, while the others go on with those that are known.  Known ones are kept
 * while they cannot be looked up, and asked for again every 30 s.  Where none
 * are known, a failure is the answer for 5 s.  The order is drawn anew with
 * each lookup, so it is for the caller to go on with a connected server.
 *
 * @param deadline when to give up waiting
 * @param pool lifetime of the outputs; what else a lookup needs of it is given
 *        back
 * @param hosts_out of eas_ldap_host, at least one and at most
 *        EAS_LDAP_DISCOVERY_HOSTS, no two the same; untouched on failure
 * @param detail_out why there are none
 * @return EAS_REASON_NONE; EAS_DIRECTORY_NAME with @a detail_out
 */
eas_reason eas_ldap_discover(eas_ldap_discovery *discovery, eas_moment deadline,
                             apr_pool_t *pool, apr_array_header_t **hosts_out,
                             const char **detail_out);

#endif
