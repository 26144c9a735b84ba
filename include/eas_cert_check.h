/* SPDX-License-Identifier: Apache-2.0 */
/** What a section demands of a certificate that its CA has nothing to do
 * with: usage, issuer, dates. */
#ifndef EAS_CERT_CHECK_H
#define EAS_CERT_CHECK_H

#include "eas_cert.h"

/** EASAuthCertEKU and EASAuthCertIssuer. */
typedef struct eas_cert_demands {
    apr_array_header_t *eku;     /**< const char *: OIDs, one of which must be
                                  there; NULL: clientAuth; empty: any */
    apr_array_header_t *issuers; /**< of eas_cert_issuer; NULL: whoever TLS
                                      trusts */
} eas_cert_demands;

/** One of EASAuthCertIssuer: a name, a key, or certificates of CAs. */
typedef struct eas_cert_issuer {
    const char *shown;                /**< as written */
    const char *dn;                   /**< as eas_cert.issuer, or NULL */
    const unsigned char *spki_sha256; /**< 32 bytes, or NULL */
    const apr_array_header_t *cas;    /**< X509 *: one of them has signed it,
                                           or NULL */
} eas_cert_issuer;

/**
 * Read one word of EASAuthCertEKU: clientAuth, smartcardLogon (1.3.6.1.4.1.
 * 311.20.2.2), any, or an OID in dotted form.
 * @return NULL, or what is wrong with it: a sentence for a directive's error
 */
const char *eas_cert_eku_add(eas_cert_demands *demands, const char *word,
                             apr_pool_t *pool);

/**
 * Read one word of EASAuthCertIssuer: a DN (RFC 4514, as `openssl x509
 * -nameopt RFC2253` prints it), `spki-sha256:HEX` (of its
 * SubjectPublicKeyInfo), or `file:PATH` (certificates in PEM).
 * @param pool lifetime of what is kept, certificates read from a file too
 * @return NULL, or what is wrong with it: a sentence for a directive's error
 */
const char *eas_cert_issuer_add(eas_cert_demands *demands, const char *word,
                                apr_pool_t *pool);

/**
 * Judge a certificate that was read.
 *
 * A file's CA must have signed it (its key is tried); a key must be that of a
 * CA that has, which is looked for in @a chain.  Extended key usage: one of
 * the demanded must be there; a certificate without the extension, and
 * anyExtendedKeyUsage alone, are for anything (RFC 5280, 4.2.1.12) and so are
 * refused unless `any` is demanded.  Key usage: digitalSignature, where the
 * extension is there.  A CA's own certificate is refused.
 *
 * @param demands NULL for the default
 * @param chain X509 *: the certificates that came with it, unverified; NULL
 * @param date the present date
 * @param detail_out for the log; untouched where there is none
 * @param pool for the detail
 * @return EAS_REASON_NONE; EAS_CERT_DATES, EAS_CERT_USAGE, EAS_CERT_ISSUER
 */
eas_reason eas_cert_check(const eas_cert_demands *demands, const eas_cert *cert,
                          const apr_array_header_t *chain, apr_time_t date,
                          apr_pool_t *pool, const char **detail_out);

#endif
