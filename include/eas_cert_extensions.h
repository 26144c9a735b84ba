/* SPDX-License-Identifier: Apache-2.0 */
/** The extensions of a certificate (RFC 5280, section 4.2) that say who it is
 * of and what for. */
#ifndef EAS_CERT_EXTENSIONS_H
#define EAS_CERT_EXTENSIONS_H

#include <openssl/x509.h>

#include "eas_cert.h"

/**
 * Read the extensions into sid, upn, email, device, ski, eku, has_eku,
 * has_key_usage, signs and is_ca.
 *
 * @param pool lifetime of the values
 * @param cert whose fields are made by eas_cert_values_init
 * @return NULL, or what makes the certificate malformed, a static text
 */
const char *eas_cert_extensions_read(const X509 *x509, apr_pool_t *pool,
                                     eas_cert *cert);

#endif
