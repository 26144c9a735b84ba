/* SPDX-License-Identifier: Apache-2.0 */
/** CAs that are trusted, and their revocation lists. */
#ifndef EAS_TRUST_H
#define EAS_TRUST_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>
#include <openssl/x509.h>

/** Made by one thread, then read-only: any thread and any child may use it. */
typedef struct eas_trust {
    X509_STORE *store;        /**< freed with the pool */
    apr_array_header_t *cas;  /**< X509 *, which the store holds */
    apr_array_header_t *crls; /**< X509_CRL *, the same */
} eas_trust;

/**
 * An empty one, which verifies nothing.
 * @param pool lifetime of the result
 * @return NULL where OpenSSL could not
 */
eas_trust *eas_trust_make(apr_pool_t *pool);

/**
 * Add the CAs of a file in PEM (RFC 7468): roots, which are trusted, and
 * certificates between, which need not come with a client's then.  What is not
 * the certificate of a CA is an error, and a file without a root too.
 * @param file a path
 * @param pool for the error
 * @return NULL, or what is wrong: a sentence for a directive's error
 */
const char *eas_trust_add_cas(eas_trust *trust, const char *file,
                              apr_pool_t *pool);

/**
 * Read what SSLCACertificateFile and SSLCACertificatePath name, as mod_ssl
 * does: whatever is in it is trusted, and nothing of it is in @a cas.
 * @param file certificates in PEM, or NULL
 * @param path a folder that OpenSSL looks into, by hash, whenever it verifies,
 *        or NULL; one of the two is given
 * @return what is wrong with them, or NULL
 */
const char *eas_trust_add_paths(eas_trust *trust, const char *file,
                                const char *path);

/**
 * Add the revocation lists of a file in PEM.  From then on every certificate
 * of a chain but its root's own needs a list of its issuer's that is valid on
 * the day: one that is missing or has expired refuses.
 * @return as eas_trust_add_cas
 */
const char *eas_trust_add_crls(eas_trust *trust, const char *file,
                               apr_pool_t *pool);

/**
 * What an administrator should know of it: CAs without a list where there are
 * lists, lists and CAs that are not valid on a day.
 * @param pool lifetime of the result
 * @return of const char *: sentences; never NULL
 */
const apr_array_header_t *eas_trust_look(const eas_trust *trust,
                                         apr_time_t date, apr_pool_t *pool);

#endif
