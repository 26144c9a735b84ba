/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A probe of a directory: what is right and wrong with each of its servers,
 * in words.
 */
#ifndef EAS_LDAP_PROBE_H
#define EAS_LDAP_PROBE_H

#include "eas_ldap_report.h"

/**
 * The servers of a directory: those of its URL, or those that DNS names now.
 * @param pool lifetime of the result
 * @param detail_out why there are none, or untouched
 * @return of eas_ldap_host; empty where DNS names none
 */
const apr_array_header_t *eas_ldap_probe_hosts(
    const eas_ldap_settings *settings, apr_pool_t *pool,
    const char **detail_out);

/**
 * Probe one server: its name, TCP, TLS, the service account, the base, what
 * can be read of one person, and the policy of wrong passwords.
 *
 * One step that fails ends it where the next would be of no use.  The whole
 * takes at most the settings' total_timeout, and as long as connecting may
 * for each of two connections: what is wrong with a certificate is found by a
 * second one.
 *
 * @param try_account whether to bind as the service account; a refused one is
 *        not to be tried at each server, which could lock it
 * @param pool lifetime of the report
 * @return never NULL
 */
eas_ldap_report *eas_ldap_probe(const eas_ldap_settings *settings,
                                const eas_ldap_host *host, int try_account,
                                apr_pool_t *pool);

#endif
