/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Verification of a client's certificate against CAs of our own configuration
 * (RFC 5280, section 6), for who has it from a header and not from TLS.
 */
#ifndef EAS_CHAIN_H
#define EAS_CHAIN_H

#include <apr_tables.h>

#include "eas_cert.h"
#include "eas_trust.h"

/** The most certificates between the client's and the root. */
#define EAS_CHAIN_DEPTH 8

/**
 * Read the certificates that came with a client's.
 * @param ders of eas_der (eas_client_cert.h), each exactly one certificate
 * @param pool they are freed with it
 * @param certs_out of X509 *; untouched on failure
 * @return 0, or the number of the first that is none, counted from 1
 */
int eas_chain_read(const apr_array_header_t *ders, apr_pool_t *pool,
                   const apr_array_header_t **certs_out);

/**
 * Verify a certificate: a chain to one of the CAs, for the purpose of a TLS
 * client, with signatures of at least 80 bits of security, valid on that day,
 * none of it revoked.
 *
 * @param with X509 *: what came with it, untrusted; or NULL
 * @param date the present date
 * @param pool lifetime of the results
 * @param verified_out X509 *: the chain above it up to the root, verified;
 *        untouched on failure
 * @param detail_out for the log, what OpenSSL says and of whom; untouched on
 *        success
 * @return EAS_REASON_NONE; EAS_CERT_DATES where the certificate itself is not
 *         valid yet or any more; EAS_CERT_NOT_VERIFIED;
 *         EAS_INTERNAL_ERROR where OpenSSL could not
 */
eas_reason eas_chain_verify(const eas_trust *trust, X509 *cert,
                            const apr_array_header_t *with, apr_time_t date,
                            apr_pool_t *pool,
                            const apr_array_header_t **verified_out,
                            const char **detail_out);

#endif
