/* SPDX-License-Identifier: Apache-2.0 */
/** Distinguished names of certificates, written as others write them. */
#ifndef EAS_CERT_NAMES_H
#define EAS_CERT_NAMES_H

#include <openssl/x509.h>

#include "eas_cert.h"

/**
 * Write a name as RFC 4514 has it, as `openssl x509 -nameopt
 * RFC2253,-esc_msb` does; with values of more than one reading, each value as
 * `#` and its DER in hexadecimal.
 * @param pool lifetime of the result
 * @return UTF-8 without control characters, "" for an empty name; NULL where
 *         OpenSSL could not
 */
const char *eas_cert_names_rfc4514(const X509_NAME *name, apr_pool_t *pool);

/**
 * Write a name as altSecurityIdentities has it: as CertNameToStr of Windows
 * does, in the order of the encoding, with nothing behind the commas.
 * @param pool lifetime of the result
 * @return NULL for an empty name, and where a part has no value as eas_cert_part
 *         has it, or a blank other than a space at an edge: how Windows writes
 *         those is not certain
 */
const char *eas_cert_names_ad(const X509_NAME *name, apr_pool_t *pool);

/**
 * Read the subject into cn, parts and parts_fault.
 * @param pool lifetime of the values
 * @param cert whose cn is made by eas_cert_values_init
 */
void eas_cert_names_read(const X509_NAME *subject, apr_pool_t *pool,
                         eas_cert *cert);

#endif
