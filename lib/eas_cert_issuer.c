/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_cert_issuer.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include "eas_cert_name.h"
#include "eas_x509.h"

#define KEY_WORD "spki-sha256:"
#define FILE_WORD "file:"

static int read_digit(char c)
{
    return apr_isdigit(c) ? c - '0' : apr_tolower(c) - 'a' + 10;
}

static const char *read_key(const char *hex, apr_pool_t *pool,
                            eas_cert_issuer *issuer)
{
    unsigned char *key = apr_palloc(pool, SHA256_DIGEST_LENGTH);
    int length = 0;

    while (length < SHA256_DIGEST_LENGTH && apr_isxdigit(hex[0])
           && apr_isxdigit(hex[1])) {
        key[length++] =
            (unsigned char)(read_digit(hex[0]) << 4 | read_digit(hex[1]));
        hex += 2;
        hex += *hex == ':' && length < SHA256_DIGEST_LENGTH;
    }
    if (length < SHA256_DIGEST_LENGTH || *hex) {
        return "spki-sha256: takes 64 hexadecimal digits, the SHA-256 of the "
               "SubjectPublicKeyInfo of the CA: openssl x509 -in ca.pem "
               "-noout -pubkey | openssl pkey -pubin -outform DER | openssl "
               "dgst -sha256";
    }
    issuer->spki_sha256 = key;
    return NULL;
}

/* What is no certificate is passed over; a damaged one is not. */
static const char *read_all(BIO *in, const char *path, apr_pool_t *pool,
                            apr_array_header_t *cas)
{
    X509 *ca;

    while ((ca = PEM_read_bio_X509(in, NULL, NULL, NULL))) {
        eas_x509_keep(ca, pool);
        if (!X509_check_ca(ca)) {
            return apr_psprintf(pool,
                                "certificate %d of %s is not that of a CA "
                                "(basicConstraints)",
                                cas->nelts + 1, path);
        }
        APR_ARRAY_PUSH(cas, X509 *) = ca;
    }
    if (!eas_x509_is_end()) {
        return apr_psprintf(pool, "certificate %d of %s cannot be read",
                            cas->nelts + 1, path);
    }
    return cas->nelts
               ? NULL
               : apr_psprintf(pool, "%s holds no certificate in PEM", path);
}

static const char *read_file(const char *path, apr_pool_t *pool,
                             eas_cert_issuer *issuer)
{
    apr_array_header_t *cas = apr_array_make(pool, 1, sizeof(X509 *));
    BIO *in = BIO_new_file(path, "r");
    const char *error =
        in ? read_all(in, path, pool, cas)
           : apr_psprintf(pool, "the file \"%s\" cannot be opened", path);

    BIO_free(in);
    ERR_clear_error();
    issuer->cas = cas;
    return error;
}

const char *eas_cert_issuer_read(const char *word, apr_pool_t *pool,
                                 eas_cert_issuer *issuer_out)
{
    eas_cert_issuer made = {0};
    X509_NAME *name = NULL;
    const char *error;

    if (!apr_cstr_casecmpn(word, KEY_WORD, strlen(KEY_WORD))) {
        error = read_key(word + strlen(KEY_WORD), pool, &made);
    }
    else if (!apr_cstr_casecmpn(word, FILE_WORD, strlen(FILE_WORD))) {
        error = read_file(word + strlen(FILE_WORD), pool, &made);
    }
    else {
        error = eas_cert_name_read(word, pool, &name);
        made.name = name;
    }
    if (error) {
        return error;
    }
    made.shown = apr_pstrdup(pool, word);
    *issuer_out = made;
    return NULL;
}

static int has_signed(const X509 *ca, X509 *cert)
{
    EVP_PKEY *key = X509_get0_pubkey(ca);

    return key && X509_verify(cert, key) == 1;
}

static int has_key(const X509 *ca, const unsigned char *sha256)
{
    unsigned char *der = NULL;
    unsigned char digest[SHA256_DIGEST_LENGTH];
    int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(ca), &der);
    int is_it = length > 0 && SHA256(der, (size_t)length, digest)
                && !CRYPTO_memcmp(digest, sha256, sizeof(digest));

    OPENSSL_free(der);
    return is_it;
}

static int key_has_signed(const unsigned char *sha256, X509 *cert,
                          const apr_array_header_t *chain)
{
    for (int i = 0; chain && i < chain->nelts; i++) {
        const X509 *ca = APR_ARRAY_IDX(chain, i, X509 *);

        if (has_key(ca, sha256) && has_signed(ca, cert)) {
            return 1;
        }
    }
    return 0;
}

static int one_has_issued(const apr_array_header_t *cas, X509 *cert)
{
    for (int i = 0; i < cas->nelts; i++) {
        X509 *ca = APR_ARRAY_IDX(cas, i, X509 *);

        if (X509_check_issued(ca, cert) == X509_V_OK && has_signed(ca, cert)) {
            return 1;
        }
    }
    return 0;
}

int eas_cert_issuer_has_issued(const eas_cert_issuer *issuer, X509 *cert,
                               const apr_array_header_t *chain)
{
    int has = 0;

    if (issuer->name) {
        has = !X509_NAME_cmp(issuer->name, X509_get_issuer_name(cert));
    }
    else if (issuer->spki_sha256) {
        has = key_has_signed(issuer->spki_sha256, cert, chain);
    }
    else if (issuer->cas) {
        has = one_has_issued(issuer->cas, cert);
    }
    ERR_clear_error();
    return has;
}
