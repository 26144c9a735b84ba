/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The CAs by which mod_ssl judges the certificates of clients, for who has to
 * judge them a second time.
 *
 * mod_ssl keeps its records to itself, so that they are read from the files
 * its directives name: SSLCACertificateFile and SSLCACertificatePath.
 */
#ifndef MOD_EAS_CLIENT_CAS_H
#define MOD_EAS_CLIENT_CAS_H

#include <httpd.h>

#include "eas_trust.h"

/**
 * httpd's post_config hook: read the CAs of every server that names any, where
 * somebody will ask for them: with optional_no_ca, or an EASAuthCertIssuer.
 * @return OK
 */
int mod_eas_client_cas_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                                   apr_pool_t *ptemp, server_rec *s);

/**
 * The CAs of a server.
 * @param server that of a request
 * @return NULL where it names none, or nobody asks; lives as long as the configuration
 */
const eas_trust *mod_eas_client_cas(const server_rec *server);

/**
 * Whether mod_ssl lets certificates pass that nobody vouches for:
 * SSLVerifyClient optional_no_ca anywhere, as sessions and connections wander.
 * @return 1 or 0
 */
int mod_eas_client_cas_are_optional(void);

#endif
