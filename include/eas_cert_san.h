/* SPDX-License-Identifier: Apache-2.0 */
/** Who a certificate names beside its subject: subjectAltName (RFC 5280,
 * section 4.2.1.6). */
#ifndef EAS_CERT_SAN_H
#define EAS_CERT_SAN_H

#include <openssl/x509v3.h>

#include "eas_cert.h"

/**
 * Read the names into upn, email, device and sid, with a fault for each that
 * is not well-formed; names of other kinds are passed over.
 *
 * @param pool lifetime of the values
 * @param cert whose four fields are made by eas_cert_values_init
 */
void eas_cert_san_read(const GENERAL_NAMES *names, apr_pool_t *pool,
                       eas_cert *cert);

#endif
