/* SPDX-License-Identifier: Apache-2.0 */
/* Input: a header value; or bytes to be encoded as one. */
#include "fuzz.h"

#include <openssl/evp.h>

#include "eas_cert.h"
#include "eas_client_cert.h"

/* Longer bytes tell nothing more. */
#define ENCODED_HIGH 4096

static char *encode(const uint8_t *data, size_t size, int padded)
{
    char *text = fuzz_alloc((size + 2) / 3 * 4 + 3);
    int length;

    text[0] = ':';
    length = EVP_EncodeBlock((unsigned char *)text + 1, data, (int)size);
    while (!padded && length > 0 && text[length] == '=')
        length--;
    text[length + 1] = ':';
    text[length + 2] = '\0';
    return text;
}

/* What was read is what OpenSSL writes, with its padding or without. */
static const char *spelling_check(const char *at, const eas_der *der)
{
    char *padded = encode(der->bytes, der->length, 1);
    char *bare = encode(der->bytes, der->length, 0);
    size_t length = strlen(padded);

    fuzz_require(der->length > 0 && der->length <= EAS_CERT_LENGTH_HIGH);
    at += strspn(at, " \t");
    if (strncmp(at, padded, length) != 0) {
        length = strlen(bare);
        fuzz_require(strncmp(at, bare, length) == 0);
    }
    free(padded);
    free(bare);
    return at + length;
}

static void value_try(const char *value)
{
    apr_pool_t *pool = fuzz_begin();
    const apr_array_header_t *ders = NULL;
    eas_der der = {NULL, 0};
    const char *one = eas_client_cert_parse(value, pool, &der);
    const char *list = eas_client_cert_chain_parse(value, pool, &ders);
    const char *at = value;
    int i;

    fuzz_require((one == NULL) == (der.bytes != NULL));
    fuzz_require((list == NULL) == (ders != NULL));
    if (one == NULL) {
        fuzz_require(list == NULL && ders->nelts == 1);
        at = spelling_check(value, &der);
        fuzz_require(at[strspn(at, " ")] == '\0');
    }
    at = value;
    for (i = 0; list == NULL && i < ders->nelts; i++) {
        fuzz_require(i < EAS_CLIENT_CERT_CHAIN_HIGH);
        at += strspn(at, " \t") * (i > 0);
        fuzz_require(i == 0 || *at++ == ',');
        at = spelling_check(at, &APR_ARRAY_IDX(ders, i, eas_der));
    }
    fuzz_require(list != NULL || at[strspn(at, " ")] == '\0');
    fuzz_clear();
    fuzz_end();
}

static void bytes_try(const uint8_t *data, size_t size, int padded)
{
    apr_pool_t *pool = fuzz_begin();
    char *value = encode(data, size, padded);
    eas_der der = {NULL, 0};
    const char *error = eas_client_cert_parse(value, pool, &der);

    fuzz_require((error == NULL) == (size > 0));
    if (error == NULL)
        fuzz_require(der.length == size && memcmp(der.bytes, data, size) == 0);
    free(value);
    fuzz_clear();
    fuzz_end();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *value = fuzz_string(data, size);

    value_try(value);
    free(value);
    if (size <= ENCODED_HIGH) {
        bytes_try(data, size, 1);
        bytes_try(data, size, 0);
    }
    return 0;
}
