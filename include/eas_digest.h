/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Digests of credentials: HMAC-SHA-256 (RFC 2104) with a key of the secret, so
 * that a password can be recognised, and guessed at by nobody who lacks the
 * secret.
 */
#ifndef EAS_DIGEST_H
#define EAS_DIGEST_H

#include <apr_errno.h>
#include <apr_pools.h>

#include "eas_key.h"

#define EAS_DIGEST_SIZE 32

/** Makes digests; any thread may use it. */
typedef struct eas_digest eas_digest;

/** One digest. */
typedef struct eas_digest_value {
    unsigned char bytes[EAS_DIGEST_SIZE];
} eas_digest_value;

/**
 * Get ready to make digests.
 * @param secret at least 16 bytes; a key for this use alone is derived of it
 * @param pool lifetime of the result; the key is wiped with it
 * @param digest_out untouched on failure
 * @return APR_SUCCESS; APR_EINVAL for a secret that is too short;
 *         APR_EGENERAL where OpenSSL could not
 */
apr_status_t eas_digest_make(const void *secret, apr_size_t length,
                             apr_pool_t *pool, eas_digest **digest_out);

/**
 * The digest of one password of one account; the same wherever the secret is.
 * Nothing of the password is left in memory.
 * @param value_out untouched on failure
 * @return APR_SUCCESS, or APR_EGENERAL where OpenSSL could not
 */
apr_status_t eas_digest_of(eas_digest *digest, const eas_key *account,
                           const char *password, eas_digest_value *value_out);

/** Whether two digests are equal; in constant time. */
int eas_digest_is(const eas_digest_value *a, const eas_digest_value *b);

#endif
