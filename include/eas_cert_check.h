/* SPDX-License-Identifier: Apache-2.0 */
/** What a section demands of a certificate that its CA has nothing to do
 * with: usage, issuer, dates. */
#ifndef EAS_CERT_CHECK_H
#define EAS_CERT_CHECK_H

#include "eas_cert.h"
#include "eas_cert_issuer.h"

/** EASAuthCertEKU and EASAuthCertIssuer. */
typedef struct eas_cert_demands {
    apr_array_header_t *eku;     /**< const char *: OIDs, one of which must be
                                  there; NULL: clientAuth; empty: any */
    apr_array_header_t *issuers; /**< of eas_cert_issuer; NULL: whoever TLS
                                      trusts */
} eas_cert_demands;

/**
 * Read one word of EASAuthCertEKU: clientAuth, smartcardLogon (1.3.6.1.4.1.
 * 311.20.2.2), any, or an OID in dotted form; any stands alone.
 * @param pool lifetime of what is kept
 * @return NULL, or what is wrong with it: a sentence without a full stop
 */
const char *eas_cert_eku_add(eas_cert_demands *demands, const char *word,
                             apr_pool_t *pool);

/**
 * Read one word of EASAuthCertIssuer, as eas_cert_issuer_read does.
 * @param pool lifetime of what is kept, certificates read from a file too
 * @return NULL, or what is wrong with it: a sentence without a full stop
 */
const char *eas_cert_issuer_add(eas_cert_demands *demands, const char *word,
                                apr_pool_t *pool);

/**
 * Judge a certificate that was read.
 *
 * Dates: from not_before until the moment of not_after, which counts as past,
 * as OpenSSL has it.  A CA's own certificate is refused.  Key usage:
 * digitalSignature, where the extension is there.  Extended key usage: one of
 * the demanded must be there; a certificate without the extension, and
 * anyExtendedKeyUsage alone, are for anything (RFC 5280, 4.2.1.12) and so are
 * refused unless `any` is demanded.  Issuer: eas_cert_issuer_has_issued, one of
 * those listed.
 *
 * @param demands NULL for the default
 * @param chain X509 *: certificates of CAs, such as came with it, unverified;
 *        or NULL
 * @param date the present date
 * @param detail_out for the log; untouched where there is none
 * @param pool for the detail
 * @return EAS_REASON_NONE; EAS_CERT_DATES, EAS_CERT_USAGE, EAS_CERT_ISSUER
 */
eas_reason eas_cert_check(const eas_cert_demands *demands, const eas_cert *cert,
                          const apr_array_header_t *chain, apr_time_t date,
                          apr_pool_t *pool, const char **detail_out);

#endif
