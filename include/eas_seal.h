/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Sealing: AES-256-GCM (NIST SP 800-38D) with a key for each writer.
 *
 * A writer draws a salt when it is made and derives its key from the common
 * secret and the salt (HKDF, RFC 5869), so that no key comes near the number of
 * random nonces it may be used with, however many machines share the secret.
 * What is sealed is: a mark with the version (4 bytes), salt (16), nonce (12),
 * text, tag (16).
 */
#ifndef EAS_SEAL_H
#define EAS_SEAL_H

#include <apr_errno.h>
#include <apr_pools.h>

/** A writer, and a reader of all who share its secret; any thread may use it.
 * One made before a fork is not to be used on both sides. */
typedef struct eas_sealer eas_sealer;

/** How much longer a text becomes, in bytes. */
#define EAS_SEAL_OVERHEAD 48

/** No two that are sealed are alike in their first so many bytes, the salt and
 * the nonce. */
#define EAS_SEAL_FRONT 32

/**
 * Make a sealer, with a salt of its own.
 * @param secret at least 16 bytes, nobody's to guess; copied, and wiped with
 *        the pool
 * @param pool lifetime of the result
 * @param sealer_out untouched on failure
 * @return APR_SUCCESS; APR_EINVAL for a secret that is too short;
 *         APR_EGENERAL where OpenSSL gave no random numbers or no cipher
 */
apr_status_t eas_sealer_make(const void *secret, apr_size_t length,
                             apr_pool_t *pool, eas_sealer **sealer_out);

/**
 * Seal a text.
 * @param context what it is sealed for; only the same opens it
 * @param room bytes of sealed_out
 * @param length_out length + EAS_SEAL_OVERHEAD
 * @return APR_SUCCESS; APR_ENOSPC where it has no room, or is longer than
 *         1 GB; APR_EGENERAL where OpenSSL could not, or where this writer has
 *         sealed as much as one key may (2^31 times)
 */
apr_status_t eas_seal(eas_sealer *sealer, const void *context,
                      apr_size_t context_length, const void *text,
                      apr_size_t length, unsigned char *sealed_out,
                      apr_size_t room, apr_size_t *length_out);

/**
 * Open what was sealed, which may be anything.
 *
 * Another writer's key is derived when it is first met.  The keys of the last
 * few hundred writers that did seal something are kept; a salt that somebody
 * made up costs one derivation, and takes no writer's place.
 *
 * @param text_out room bytes; holds nothing of the text on failure
 * @param is_own_out whether this sealer sealed it; may be NULL
 * @return APR_SUCCESS; APR_ENOSPC where it has no room; APR_EINVAL for
 *         whatever was not sealed with this secret for this context;
 *         APR_EGENERAL where OpenSSL could not
 */
apr_status_t eas_unseal(eas_sealer *sealer, const void *context,
                        apr_size_t context_length, const unsigned char *sealed,
                        apr_size_t length, unsigned char *text_out,
                        apr_size_t room, apr_size_t *length_out,
                        int *is_own_out);

#endif
