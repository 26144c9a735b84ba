/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_digest.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "eas_derive.h"
#include "eas_spares.h"

enum { BLOCK = 64, SECRET_LEAST = 16 };

/* HMAC begins with a block of its key, for the inner and the outer hash; both
 * are done once, and each digest goes on from copies.  (EVP_MAC would do the
 * same with two copies more.) */
struct eas_digest {
    EVP_MD *hash;
    EVP_MD_CTX *inner;
    EVP_MD_CTX *outer;
    eas_spares *spares; /* of contexts to copy into */
};

static void context_free(void *context)
{
    EVP_MD_CTX_free(context);
}

/* The contexts wipe themselves. */
static apr_status_t digest_free(void *self)
{
    eas_digest *digest = self;

    EVP_MD_CTX_free(digest->inner);
    EVP_MD_CTX_free(digest->outer);
    EVP_MD_free(digest->hash);
    return APR_SUCCESS;
}

/* A hash that has seen the key, padded (RFC 2104, section 2). */
static EVP_MD_CTX *keyed(const EVP_MD *hash, const unsigned char *key,
                         unsigned char padding)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char block[BLOCK];
    int done;

    memset(block, padding, sizeof(block));
    for (int i = 0; i < EAS_DIGEST_SIZE; i++) {
        block[i] ^= key[i];
    }
    done = context && EVP_DigestInit_ex2(context, hash, NULL)
           && EVP_DigestUpdate(context, block, sizeof(block));
    OPENSSL_cleanse(block, sizeof(block));
    if (!done) {
        EVP_MD_CTX_free(context);
        return NULL;
    }
    return context;
}

apr_status_t eas_digest_make(const void *secret, apr_size_t length,
                             apr_pool_t *pool, eas_digest **digest_out)
{
    eas_digest *digest = apr_pcalloc(pool, sizeof(*digest));
    unsigned char key[EAS_DIGEST_SIZE];
    apr_status_t rv;

    if (length < SECRET_LEAST) {
        return APR_EINVAL;
    }
    rv = eas_derive(secret, length, NULL, 0, "mod_eas_auth credential 1", key,
                    sizeof(key));
    if (rv != APR_SUCCESS) {
        return rv;
    }
    apr_pool_cleanup_register(pool, digest, digest_free, apr_pool_cleanup_null);
    digest->spares = eas_spares_make(context_free, pool);
    digest->hash = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (digest->hash) {
        digest->inner = keyed(digest->hash, key, 0x36);
        digest->outer = keyed(digest->hash, key, 0x5c);
    }
    OPENSSL_cleanse(key, sizeof(key));
    if (!digest->inner || !digest->outer) {
        return APR_EGENERAL;
    }
    *digest_out = digest;
    return APR_SUCCESS;
}

/* The account has a length that is known, and the password is all the rest:
 * so no two of them are one text. */
static int hmac(const eas_digest *digest, EVP_MD_CTX *work,
                const eas_key *account, const char *password,
                unsigned char *bytes_out)
{
    return EVP_MD_CTX_copy_ex(work, digest->inner)
           && EVP_DigestUpdate(work, account, sizeof(*account))
           && EVP_DigestUpdate(work, password, strlen(password))
           && EVP_DigestFinal_ex(work, bytes_out, NULL)
           && EVP_MD_CTX_copy_ex(work, digest->outer)
           && EVP_DigestUpdate(work, bytes_out, EAS_DIGEST_SIZE)
           && EVP_DigestFinal_ex(work, bytes_out, NULL);
}

apr_status_t eas_digest_of(eas_digest *digest, const eas_key *account,
                           const char *password, eas_digest_value *value_out)
{
    const apr_uint64_t hint = eas_spares_thread();
    EVP_MD_CTX *work = eas_spares_take(digest->spares, hint);
    eas_digest_value value;

    work = work ? work : EVP_MD_CTX_new();
    if (!work) {
        return APR_EGENERAL;
    }
    if (!hmac(digest, work, account, password, value.bytes)) {
        EVP_MD_CTX_free(work);
        ERR_clear_error();
        return APR_EGENERAL;
    }
    eas_spares_give(digest->spares, hint, work);
    *value_out = value;
    return APR_SUCCESS;
}

int eas_digest_is(const eas_digest_value *a, const eas_digest_value *b)
{
    apr_uint64_t differs = 0;

    for (apr_size_t i = 0; i < EAS_DIGEST_SIZE; i += sizeof(differs)) {
        apr_uint64_t x;
        apr_uint64_t y;

        memcpy(&x, a->bytes + i, sizeof(x));
        memcpy(&y, b->bytes + i, sizeof(y));
        differs |= x ^ y;
    }
    return differs == 0;
}
