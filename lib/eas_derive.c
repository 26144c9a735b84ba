/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_derive.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

/* What goes in is not written to; OpenSSL's parameters know no const. */
static OSSL_PARAM octets(const char *name, const void *data, apr_size_t length)
{
    union {
        const void *given;
        void *taken;
    } both = {data};

    return OSSL_PARAM_construct_octet_string(name, both.taken, length);
}

static EVP_KDF_CTX *context_make(void)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_HKDF, NULL);
    EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;

    EVP_KDF_free(kdf);
    return context;
}

apr_status_t eas_derive(const void *secret, apr_size_t secret_length,
                        const void *salt, apr_size_t salt_length,
                        const char *info, unsigned char *key_out,
                        apr_size_t length)
{
    char digest[] = "SHA256";
    OSSL_PARAM given[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        octets(OSSL_KDF_PARAM_KEY, secret, secret_length),
        octets(OSSL_KDF_PARAM_INFO, info, strlen(info)),
        salt_length ? octets(OSSL_KDF_PARAM_SALT, salt, salt_length)
                    : OSSL_PARAM_construct_end(),
        OSSL_PARAM_construct_end()};
    EVP_KDF_CTX *context = context_make();
    const int done =
        context && EVP_KDF_derive(context, key_out, length, given) == 1;

    EVP_KDF_CTX_free(context);
    if (!done) {
        ERR_clear_error();
        OPENSSL_cleanse(key_out, length);
        return APR_EGENERAL;
    }
    return APR_SUCCESS;
}
