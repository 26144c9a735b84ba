/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Whom a server asks for a certificate in its TLS handshake, and the
 * certificates of which CAs it takes.
 *
 * mod_ssl keeps its records to itself, so that this is read from the lines of
 * the configuration: SSLVerifyClient and the like in the main server or a
 * <VirtualHost>, outside of every other section.
 */
#ifndef MOD_EAS_ASKS_H
#define MOD_EAS_ASKS_H

#include "mod_eas_section.h"

/** SSLVerifyClient, the less first. */
typedef enum {
    MOD_EAS_ASKS_NOBODY,   /**< none, as where nothing is written */
    MOD_EAS_ASKS_WHOEVER,  /**< optional, optional_no_ca: who has none gets in
                                as well */
    MOD_EAS_ASKS_EVERYBODY /**< require */
} mod_eas_asks;

/** What a line of SSLVerifyClient says; NULL is none. */
mod_eas_asks mod_eas_asks_read(apr_pool_t *pool, const ap_directive_t *line);

/**
 * What a server asks, what it takes over from the main server included.
 * @param server a section with is_server
 */
mod_eas_asks mod_eas_asks_of(apr_pool_t *pool, const mod_eas_section *server);

/** The server a section stands in: the main server or a <VirtualHost>. */
const mod_eas_section *mod_eas_asks_server(const mod_eas_section *section);

/** The section of a server, among all of them; NULL for none. */
const mod_eas_section *mod_eas_asks_section(const apr_array_header_t *sections,
                                            const server_rec *server);

/**
 * The CAs a server takes certificates of, as they are written:
 * SSLCACertificateFile and SSLCACertificatePath with their values.
 * @param server a section with is_server
 * @return two servers with the same text take the same; never NULL
 */
const char *mod_eas_asks_cas(apr_pool_t *pool, const mod_eas_section *server);

/**
 * httpd's post_config hook: find out which servers ask.
 * @return OK
 */
int mod_eas_asks_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                             apr_pool_t *ptemp, server_rec *s);

/**
 * Whether a virtual host asks clients for a certificate at all, to tell those
 * who have sent none from those who were not asked.
 * @param server that of a request
 * @return 1 or 0
 */
int mod_eas_asks_certificate(const server_rec *server);

/**
 * Whether a section anywhere asks for a certificate in the midst of a
 * connection, which may have another one from then on.  .htaccess files are
 * not looked at.
 * @return 1 or 0
 */
int mod_eas_asks_again(void);

#endif
