/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Keys out of a secret: HKDF with SHA-256 (RFC 5869).
 *
 * What is derived for one use tells nothing of the secret, or of what is
 * derived for another.
 */
#ifndef EAS_DERIVE_H
#define EAS_DERIVE_H

#include <apr_errno.h>

/**
 * Derive a key.
 * @param secret random bytes; whatever its length, it is worth no more than
 *        the chance of guessing it
 * @param salt may be NULL where salt_length is 0
 * @param info what the key is for; another text, another key
 * @param key_out length bytes, for the caller to wipe
 * @return APR_SUCCESS; APR_EGENERAL where OpenSSL could not, with key_out
 *         zeroed
 */
apr_status_t eas_derive(const void *secret, apr_size_t secret_length,
                        const void *salt, apr_size_t salt_length,
                        const char *info, unsigned char *key_out,
                        apr_size_t length);

#endif
