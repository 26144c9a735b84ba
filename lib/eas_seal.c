/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_seal.h"

#include <stdatomic.h>
#include <string.h>

#include <apr_strings.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "eas_derive.h"
#include "eas_spares.h"
#include "eas_writers.h"

/* What stands before the text: a mark with the version, whose salt, and the
 * nonce.  None can be another: the mark is looked at, the salt makes the key,
 * and key and nonce the tag. */
enum {
    MARK = 4,
    SALT = 16,
    NONCE = 12,
    TAG = 16,
    KEY = 32,
    HEAD = MARK + SALT,
    FRONT = HEAD + NONCE,
    SECRET_LEAST = 16
};

static const unsigned char mark[MARK] = {'E', 'A', 'S', 1};

/* Lengths are int to OpenSSL. */
#define LONGEST ((apr_size_t)1 << 30)

/* Of the 2^32 that random nonces allow (NIST SP 800-38D, section 8.3). */
#define MOST_SEALED ((apr_uint64_t)1 << 31)

_Static_assert(FRONT + TAG == EAS_SEAL_OVERHEAD && FRONT == EAS_SEAL_FRONT,
               "what a header promises");
_Static_assert(SALT == sizeof(((eas_writer *)0)->salt)
                   && KEY == sizeof(((eas_writer *)0)->key),
               "a writer is a salt and a key");

struct eas_sealer {
    EVP_CIPHER *cipher;
    eas_writer own;
    eas_writers *others;
    eas_spares *spares; /* of work, by their salt */
    _Atomic apr_uint64_t sealed;
    unsigned char *secret;
    apr_size_t length;
};

/* A context that has a key already is two thirds of the work. */
typedef struct work {
    EVP_CIPHER_CTX *context;
    apr_uint64_t salt[EAS_WRITERS_SALT];
    int is_keyed;
} work;

static void work_free(void *object)
{
    work *w = object;

    EVP_CIPHER_CTX_free(w->context);
    OPENSSL_free(w);
}

static work *work_make(const EVP_CIPHER *cipher)
{
    work *w = OPENSSL_zalloc(sizeof(*w));

    if (!w) {
        return NULL;
    }
    w->context = EVP_CIPHER_CTX_new();
    if (!w->context
        || !EVP_CipherInit_ex2(w->context, cipher, NULL, NULL, 0, NULL)) {
        work_free(w);
        return NULL;
    }
    return w;
}

static work *work_take(const eas_sealer *sealer, const apr_uint64_t *salt)
{
    work *w = eas_spares_take(sealer->spares, salt[0]);

    return w ? w : work_make(sealer->cipher);
}

static apr_status_t sealer_free(void *self)
{
    eas_sealer *sealer = self;

    EVP_CIPHER_free(sealer->cipher);
    OPENSSL_cleanse(&sealer->own, sizeof(sealer->own));
    OPENSSL_cleanse(sealer->secret, sealer->length);
    return APR_SUCCESS;
}

static apr_status_t derive(const eas_sealer *sealer, eas_writer *writer)
{
    return eas_derive(sealer->secret, sealer->length, writer->salt, SALT,
                      "mod_eas_auth seal 1", (unsigned char *)writer->key, KEY);
}

apr_status_t eas_sealer_make(const void *secret, apr_size_t length,
                             apr_pool_t *pool, eas_sealer **sealer_out)
{
    eas_sealer *sealer = apr_pcalloc(pool, sizeof(*sealer));
    apr_status_t rv;

    if (length < SECRET_LEAST) {
        return APR_EINVAL;
    }
    sealer->secret = apr_pmemdup(pool, secret, length);
    sealer->length = length;
    apr_pool_cleanup_register(pool, sealer, sealer_free, apr_pool_cleanup_null);
    sealer->others = eas_writers_make(pool);
    sealer->spares = eas_spares_make(work_free, pool);
    sealer->cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    if (!sealer->cipher
        || RAND_bytes((unsigned char *)sealer->own.salt, SALT) != 1) {
        return APR_EGENERAL;
    }
    rv = derive(sealer, &sealer->own);
    if (rv == APR_SUCCESS) {
        *sealer_out = sealer;
    }
    return rv;
}

static int has_key(const work *w, const eas_writer *writer)
{
    return w->is_keyed && !memcmp(w->salt, writer->salt, SALT);
}

/* The key, where there is another one in it, the nonce, and the tag that is to
 * come out where something is opened. */
static int start(work *w, const eas_writer *writer, const unsigned char *nonce,
                 unsigned char *tag)
{
    const OSSL_PARAM given[] = {tag ? OSSL_PARAM_construct_octet_string(
                                    OSSL_CIPHER_PARAM_AEAD_TAG, tag, TAG)
                                    : OSSL_PARAM_construct_end(),
                                OSSL_PARAM_construct_end()};
    const unsigned char *key = NULL;

    if (!has_key(w, writer)) {
        key = (const unsigned char *)writer->key;
        w->is_keyed = 0;
    }
    if (!EVP_CipherInit_ex2(w->context, NULL, key, nonce, !tag, given)) {
        return 0;
    }
    memcpy(w->salt, writer->salt, SALT);
    w->is_keyed = 1;
    return 1;
}

/* The context is bound, and the text goes through. */
static int pass(work *w, const void *context, apr_size_t context_length,
                const unsigned char *text, apr_size_t length,
                unsigned char *text_out)
{
    int done = 0;

    return EVP_CipherUpdate(w->context, NULL, &done, context,
                            (int)context_length)
           && EVP_CipherUpdate(w->context, text_out, &done, text, (int)length);
}

static int seal(eas_sealer *sealer, work *w, const void *context,
                apr_size_t context_length, const void *text, apr_size_t length,
                unsigned char *sealed_out)
{
    unsigned char *tag = sealed_out + FRONT + length;
    int none = 0;

    memcpy(sealed_out, mark, MARK);
    memcpy(sealed_out + MARK, sealer->own.salt, SALT);
    return RAND_bytes(sealed_out + HEAD, NONCE) == 1
           && start(w, &sealer->own, sealed_out + HEAD, NULL)
           && pass(w, context, context_length, text, length, sealed_out + FRONT)
           && EVP_CipherFinal_ex(w->context, tag, &none)
           && EVP_CIPHER_CTX_ctrl(w->context, EVP_CTRL_AEAD_GET_TAG, TAG, tag);
}

/* Whether this writer may go on with its key. */
static int may_seal(eas_sealer *sealer)
{
    if (atomic_load(&sealer->sealed) >= MOST_SEALED) {
        return 0;
    }
    return atomic_fetch_add(&sealer->sealed, 1) < MOST_SEALED;
}

apr_status_t eas_seal(eas_sealer *sealer, const void *context,
                      apr_size_t context_length, const void *text,
                      apr_size_t length, unsigned char *sealed_out,
                      apr_size_t room, apr_size_t *length_out)
{
    work *w;
    int done;

    if (length > LONGEST || context_length > LONGEST || room < EAS_SEAL_OVERHEAD
        || length > room - EAS_SEAL_OVERHEAD) {
        return APR_ENOSPC;
    }
    w = may_seal(sealer) ? work_take(sealer, sealer->own.salt) : NULL;
    if (!w) {
        return APR_EGENERAL;
    }
    done = seal(sealer, w, context, context_length, text, length, sealed_out);
    eas_spares_give(sealer->spares, w->salt[0], w);
    if (!done) {
        ERR_clear_error();
        return APR_EGENERAL;
    }
    *length_out = length + EAS_SEAL_OVERHEAD;
    return APR_SUCCESS;
}

/* The key of a salt.  One that had to be derived is kept once something was
 * opened with it. */
static apr_status_t key_get(const eas_sealer *sealer, eas_writer *writer,
                            int *is_derived_out)
{
    if (!memcmp(sealer->own.salt, writer->salt, SALT)) {
        memcpy(writer->key, sealer->own.key, KEY);
        return APR_SUCCESS;
    }
    if (eas_writers_find(sealer->others, writer)) {
        return APR_SUCCESS;
    }
    *is_derived_out = 1;
    return derive(sealer, writer);
}

static apr_status_t open_text(work *w, const eas_writer *writer,
                              const void *context, apr_size_t context_length,
                              const unsigned char *sealed, apr_size_t length,
                              unsigned char *text_out)
{
    unsigned char tag[TAG];
    int none = 0;

    memcpy(tag, sealed + FRONT + length, TAG);
    if (!start(w, writer, sealed + HEAD, tag)) {
        return APR_EGENERAL;
    }
    if (!pass(w, context, context_length, sealed + FRONT, length, text_out)
        || !EVP_CipherFinal_ex(w->context, text_out + length, &none)) {
        OPENSSL_cleanse(text_out, length);
        return APR_EINVAL;
    }
    return APR_SUCCESS;
}

static apr_status_t open_with(const eas_sealer *sealer, work *w,
                              eas_writer *writer, const void *context,
                              apr_size_t context_length,
                              const unsigned char *sealed, apr_size_t length,
                              unsigned char *text_out)
{
    const int is_keyed = has_key(w, writer);
    int is_derived = 0;
    apr_status_t rv =
        is_keyed ? APR_SUCCESS : key_get(sealer, writer, &is_derived);

    if (rv == APR_SUCCESS) {
        rv = open_text(w, writer, context, context_length, sealed, length,
                       text_out);
    }
    if (rv == APR_SUCCESS && is_derived) {
        eas_writers_keep(sealer->others, writer);
    }
    if (!is_keyed) {
        OPENSSL_cleanse(writer->key, KEY);
    }
    return rv;
}

/* The length of the text, where it can be one. */
static apr_status_t measure(const unsigned char *sealed, apr_size_t length,
                            apr_size_t room, apr_size_t *length_out)
{
    if (length < EAS_SEAL_OVERHEAD || memcmp(sealed, mark, MARK)) {
        return APR_EINVAL;
    }
    if (length - EAS_SEAL_OVERHEAD > room || length > LONGEST) {
        return APR_ENOSPC;
    }
    *length_out = length - EAS_SEAL_OVERHEAD;
    return APR_SUCCESS;
}

apr_status_t eas_unseal(eas_sealer *sealer, const void *context,
                        apr_size_t context_length, const unsigned char *sealed,
                        apr_size_t length, unsigned char *text_out,
                        apr_size_t room, apr_size_t *length_out,
                        int *is_own_out)
{
    apr_size_t inside = 0;
    apr_status_t rv = measure(sealed, length, room, &inside);
    eas_writer writer;
    work *w;

    if (rv != APR_SUCCESS) {
        return rv;
    }
    memcpy(writer.salt, sealed + MARK, SALT);
    w = work_take(sealer, writer.salt);
    if (!w) {
        return APR_EGENERAL;
    }
    rv = open_with(sealer, w, &writer, context, context_length, sealed, inside,
                   text_out);
    eas_spares_give(sealer->spares, w->salt[0], w);
    if (rv != APR_SUCCESS) {
        ERR_clear_error();
        return rv;
    }
    *length_out = inside;
    if (is_own_out) {
        *is_own_out = !memcmp(writer.salt, sealer->own.salt, SALT);
    }
    return APR_SUCCESS;
}
