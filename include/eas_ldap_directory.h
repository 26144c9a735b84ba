/* SPDX-License-Identifier: Apache-2.0 */
/** A directory: the servers of one provider behind the interface the decision
 * knows. */
#ifndef EAS_LDAP_DIRECTORY_H
#define EAS_LDAP_DIRECTORY_H

#include "eas_ldap_fleet.h"

/**
 * Make a directory.  It must be made in the process that uses it, since
 * connections do not survive a fork.  Nothing is connected yet.
 *
 * What a login names is remembered for a minute, so that the next request of
 * the same phone costs a bind alone.  Groups and states of accounts are asked
 * of domain controllers also where the URL names a Global Catalog.
 *
 * @param settings, context must outlive @a pool
 * @param context what it shares with the directory of the same provider in
 *        other processes
 * @param pool lifetime of the directory, and of its connections
 * @param directory_out usable from any thread; untouched on failure
 * @return APR_SUCCESS, or why a part could not be made
 */
apr_status_t eas_ldap_directory_make(const eas_ldap_settings *settings,
                                     const eas_ldap_context *context,
                                     apr_pool_t *pool,
                                     const eas_directory **directory_out);

/**
 * Make libldap ready, once in the process whose children use it.  Its first
 * handle resolves the machine's own name, under a lock of the process and
 * without a time limit: no request should pay for that.
 */
void eas_ldap_directory_prepare(void);

#endif
