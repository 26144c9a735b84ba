/* SPDX-License-Identifier: Apache-2.0 */
/** The header fields Client-Cert and Client-Cert-Chain (RFC 9440). */
#ifndef EAS_CLIENT_CERT_H
#define EAS_CLIENT_CERT_H

#include <apr_pools.h>
#include <apr_tables.h>

/** The most certificates of a Client-Cert-Chain. */
#define EAS_CLIENT_CERT_CHAIN_HIGH 16

/** Bytes that came; whether they are a certificate is not known yet. */
typedef struct eas_der {
    const unsigned char *bytes;
    apr_size_t length; /**< 1 to EAS_CERT_LENGTH_HIGH */
} eas_der;

/**
 * Read Client-Cert: one Byte Sequence (RFC 9651, section 3.3.5), `:BASE64:`,
 * without parameters, blanks around it left out.  base64 is read as
 * eas_base64_decode has it; a second header line, which httpd joins by a
 * comma, makes it malformed, as RFC 9440 has it (section 2.2).
 *
 * @param value of the header field
 * @param pool lifetime of the result
 * @param der_out untouched on failure
 * @return NULL, or what is wrong with it, static
 */
const char *eas_client_cert_parse(const char *value, apr_pool_t *pool,
                                  eas_der *der_out);

/**
 * Read Client-Cert-Chain: a List (RFC 9651, section 3.1) of such Byte
 * Sequences, 1 to EAS_CLIENT_CERT_CHAIN_HIGH.  Several header lines are joined
 * by commas first (RFC 9110, section 5.3), as httpd does it.
 *
 * @param value of the header field
 * @param pool lifetime of the result
 * @param ders_out of eas_der, in their order; untouched on failure
 * @return NULL, or what is wrong with it, static
 */
const char *eas_client_cert_chain_parse(const char *value, apr_pool_t *pool,
                                        const apr_array_header_t **ders_out);

#endif
