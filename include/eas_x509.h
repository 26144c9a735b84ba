/* SPDX-License-Identifier: Apache-2.0 */
/** OpenSSL's certificates with APR's lifetimes, and the end of a PEM file. */
#ifndef EAS_X509_H
#define EAS_X509_H

#include <apr_pools.h>
#include <openssl/x509.h>

/** Free a certificate, or this reference to it, with a pool. */
void eas_x509_keep(X509 *cert, apr_pool_t *pool);

/**
 * Whether reading blocks of PEM (RFC 7468) one after the other has ended at the
 * end, and not at something broken that would be left out in silence: OpenSSL
 * stops alike at both, but at the end it has found no further BEGIN line.
 * @return 1 or 0, by OpenSSL's last error, which is not cleared
 */
int eas_x509_is_end(void);

#endif
