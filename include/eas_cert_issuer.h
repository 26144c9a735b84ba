/* SPDX-License-Identifier: Apache-2.0 */
/** The CAs a section lets in: one word of EASAuthCertIssuer. */
#ifndef EAS_CERT_ISSUER_H
#define EAS_CERT_ISSUER_H

#include <apr_pools.h>
#include <apr_tables.h>

#include <openssl/x509.h>

/** A name, a key, or certificates of CAs: one of the three. */
typedef struct eas_cert_issuer {
    const char *shown;     /**< as written */
    const X509_NAME *name; /**< the issuer's name, whoever bears it; or NULL */
    const unsigned char *spki_sha256; /**< 32 bytes: the key that has signed it;
                                           or NULL */
    const apr_array_header_t *cas;    /**< X509 *: one of them has issued and
                                           signed it; or NULL */
} eas_cert_issuer;

/**
 * Read one word: a DN (eas_cert_name.h), `spki-sha256:HEX` (SHA-256 of the
 * CA's SubjectPublicKeyInfo, 64 digits, which colons may part in pairs), or
 * `file:PATH` (one or more certificates of CAs in PEM; what is none is passed
 * over).
 * @param pool lifetime of what is kept
 * @param issuer_out untouched on failure
 * @return NULL, or what is wrong with it: a sentence without a full stop
 */
const char *eas_cert_issuer_read(const char *word, apr_pool_t *pool,
                                 eas_cert_issuer *issuer_out);

/**
 * Whether it has issued a certificate.
 *
 * By name, nothing but the names are compared, so that two CAs of one name are
 * one: that TLS has verified the chain is presumed.  By key, the key is that
 * of a certificate of @a chain, and has signed it: a key identifier in the
 * certificate proves nothing.  By file, names, key identifiers and key usage
 * agree (X509_check_issued), and the key has signed it.
 *
 * @param chain X509 *: certificates of CAs, unverified; or NULL
 * @return 1 or 0
 */
int eas_cert_issuer_has_issued(const eas_cert_issuer *issuer, X509 *cert,
                               const apr_array_header_t *chain);

#endif
