/* SPDX-License-Identifier: Apache-2.0 */
/** Certificates of resumed TLS sessions, of which mod_ssl forgets how it judged
 * them. */
#ifndef MOD_EAS_VERIFY_H
#define MOD_EAS_VERIFY_H

#include <httpd.h>

#include "eas_cert.h"

/**
 * Whether mod_ssl's SUCCESS may be that of a certificate which optional_no_ca
 * had let through: in TLS 1.2 it says so of every one whose session is resumed.
 * @return 1 or 0
 */
int mod_eas_verify_doubts(request_rec *r);

/**
 * Verify a certificate by the CAs of the virtual host's SSLCACertificateFile.
 * What came beside it in its full handshake is not in a session: a certificate
 * of a CA between needs that one in the file, too.
 * @param detail_out for the log; lives as long as the request; untouched on
 *        success
 * @return as eas_chain_verify
 */
eas_reason mod_eas_verify_again(request_rec *r, const eas_cert *cert,
                                const char **detail_out);

#endif
