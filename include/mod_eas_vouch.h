/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What TLS says of the certificate of a client, and a second look at it.
 *
 * SSL_CLIENT_VERIFY alone is not to be believed where SSLVerifyClient
 * optional_no_ca is in use.  Up to TLS 1.2 the access checker of mod_ssl sets
 * the result of the verification to good (SSL_set_verify_result, in case it
 * has to renegotiate), and that a certificate was let pass is known to the
 * connection of the handshake alone: there it is GENEROUS, and SUCCESS where
 * the session is resumed.
 */
#ifndef MOD_EAS_VOUCH_H
#define MOD_EAS_VOUCH_H

#include <httpd.h>

#include "eas_cert.h"

/** mod_ssl's variable, or that of whatever does TLS in its place; NULL for
 * nothing. */
const char *mod_eas_vouch_variable(request_rec *r, const char *name);

/**
 * Whether the certificate of a client is verified.
 * @param x509 it, where it has been read already (which is dear); NULL
 * @param wants_chain whether the ones above it are asked for
 * @param chain_out X509 *; up to the root where the CAs of the virtual host
 *        are known, else what the client sent: a session that is resumed, and
 *        most phones, bring none of it; untouched where it is not asked for
 * @return EAS_REASON_NONE; EAS_CERT_NOT_VERIFIED; EAS_CERT_DATES;
 *         EAS_INTERNAL_ERROR.  Another than the first with a detail
 */
eas_reason mod_eas_vouch(request_rec *r, X509 *x509, int wants_chain,
                         const apr_array_header_t **chain_out,
                         const char **detail_out);

#endif
