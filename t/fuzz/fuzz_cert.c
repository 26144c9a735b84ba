/* SPDX-License-Identifier: Apache-2.0 */
/* Input: a letter, then c: a certificate in DER; p: one in PEM; s: the
 * contents of the extension with a SID; a: those of a subjectAltName; n: a
 * name in DER. */
#include "fuzz.h"

#include <openssl/err.h>

#include "eas_cert_names.h"
#include "eas_cert_san.h"
#include "eas_cert_sid.h"
#include "eas_cert_text.h"
#include "eas_text.h"

static void text_check(const char *text)
{
    fuzz_require(eas_text_is_utf8(text, strlen(text)));
    fuzz_require(!eas_text_has_control(text, strlen(text)));
}

static void hex_check(const char *text, const char *digits)
{
    fuzz_require(*text != '\0' && strlen(text) % 2 == 0);
    fuzz_require(strspn(text, digits) == strlen(text));
}

static void field_check(const eas_cert_values *field)
{
    const apr_array_header_t *values = field->values;
    const char *value = NULL;
    int has = -1;
    eas_reason reason = eas_cert_only(field, &value, &has);
    int i;

    fuzz_require(values->nelts <= EAS_CERT_VALUES_HIGH);
    for (i = 0; i < values->nelts; i++) {
        const char *text = APR_ARRAY_IDX(values, i, const char *);

        fuzz_require(*text != '\0' && strlen(text) <= EAS_CERT_VALUE_HIGH);
        text_check(text);
    }
    if (field->fault != NULL)
        fuzz_require(reason == EAS_CERT_MALFORMED && has == -1);
    else if (values->nelts > 1)
        fuzz_require(reason == EAS_CERT_CONFLICT && has == -1);
    else
        fuzz_require(reason == EAS_REASON_NONE && has == values->nelts
                     && (value != NULL) == has);
}

static void sid_check(const eas_cert_values *sid)
{
    int i;

    field_check(sid);
    for (i = 0; i < sid->values->nelts; i++) {
        const char *text = APR_ARRAY_IDX(sid->values, i, const char *);

        fuzz_require(strncmp(text, "S-1-", 4) == 0);
        fuzz_require(strspn(text + 4, "0123456789-") == strlen(text + 4));
    }
}

static void subject_check(const eas_cert *cert)
{
    int i;

    field_check(&cert->cn);
    fuzz_require(cert->parts->nelts <= EAS_CERT_VALUES_HIGH);
    for (i = 0; i < cert->parts->nelts; i++) {
        const eas_cert_part *part =
            &APR_ARRAY_IDX(cert->parts, i, eas_cert_part);

        fuzz_require(part->value != NULL || cert->parts_fault != NULL);
        text_check(part->name);
        if (part->value != NULL)
            text_check(part->value);
    }
}

static void san_check(const eas_cert *cert)
{
    sid_check(&cert->sid);
    field_check(&cert->upn);
    field_check(&cert->email);
    field_check(&cert->device);
}

static void cert_check(const eas_cert *cert)
{
    san_check(cert);
    subject_check(cert);
    hex_check(cert->serial, "0123456789ABCDEF");
    hex_check(cert->serial_reversed, "0123456789ABCDEF");
    fuzz_require(strlen(cert->serial) == strlen(cert->serial_reversed));
    fuzz_require(strspn(cert->serial_decimal, "0123456789")
                 == strlen(cert->serial_decimal));
    fuzz_require(strlen(cert->sha1_key) == 40 && strlen(cert->sha1_spki) == 40);
    if (cert->ski != NULL)
        hex_check(cert->ski, "0123456789abcdef");
    fuzz_require(*cert->issuer != '\0');
    fuzz_require(cert->has_eku || cert->eku->nelts == 0);
    fuzz_require(cert->has_key_usage || !cert->signs);
}

static void read_check(eas_reason reason, const eas_cert *cert,
                       const char *detail)
{
    fuzz_require(reason == EAS_REASON_NONE || reason == EAS_CERT_MALFORMED);
    fuzz_require((reason == EAS_REASON_NONE) == (cert != NULL));
    fuzz_require((reason == EAS_CERT_MALFORMED) == (detail != NULL));
    fuzz_require(ERR_peek_error() == 0);
    if (cert != NULL)
        cert_check(cert);
}

static eas_cert *cert_empty(apr_pool_t *pool)
{
    eas_cert *cert = apr_pcalloc(pool, sizeof(*cert));

    eas_cert_values_init(&cert->sid, pool);
    eas_cert_values_init(&cert->upn, pool);
    eas_cert_values_init(&cert->email, pool);
    eas_cert_values_init(&cert->device, pool);
    eas_cert_values_init(&cert->cn, pool);
    return cert;
}

static void san_run(const uint8_t *data, size_t size, apr_pool_t *pool)
{
    GENERAL_NAMES *names = d2i_GENERAL_NAMES(NULL, &data, (long)size);
    eas_cert *cert = cert_empty(pool);

    if (names != NULL) {
        eas_cert_san_read(names, pool, cert);
        san_check(cert);
        GENERAL_NAMES_free(names);
    }
    ERR_clear_error();
}

static void name_run(const uint8_t *data, size_t size, apr_pool_t *pool)
{
    X509_NAME *name = d2i_X509_NAME(NULL, &data, (long)size);
    eas_cert *cert = cert_empty(pool);
    const char *ad;
    const char *rfc4514;

    if (name != NULL) {
        eas_cert_names_read(name, pool, cert);
        subject_check(cert);
        ad = eas_cert_names_ad(name, pool);
        rfc4514 = eas_cert_names_rfc4514(name, pool);
        /* A value of several readings is in none of Active Directory's. */
        fuzz_require(ad == NULL || cert->parts_fault == NULL);
        fuzz_require((ad == NULL || *ad != '\0') && rfc4514 != NULL);
        if (ad != NULL)
            text_check(ad);
        fuzz_require(eas_text_is_utf8(rfc4514, strlen(rfc4514)));
        X509_NAME_free(name);
    }
    ERR_clear_error();
}

static void sid_run(const uint8_t *data, size_t size, apr_pool_t *pool)
{
    eas_cert *cert = cert_empty(pool);

    eas_cert_sid_read(data, size, pool, &cert->sid);
    sid_check(&cert->sid);
    fuzz_require((cert->sid.values->nelts == 1) == (cert->sid.fault == NULL));
    ERR_clear_error();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_begin();
    char kind = size > 0 ? (char)data[0] : '\0';
    /* A block of that size, with the NUL that PEM needs. */
    char *rest =
        fuzz_string(size > 0 ? data + 1 : data, size > 0 ? size - 1 : 0);
    const uint8_t *bytes = (const uint8_t *)rest;
    const eas_cert *cert = NULL;
    const char *detail = NULL;
    eas_reason reason;

    size -= size > 0;
    switch (kind) {
    case 'c':
        reason = eas_cert_read(bytes, size, pool, &cert, &detail);
        read_check(reason, cert, detail);
        break;
    case 'p':
        reason = eas_cert_read_pem(rest, pool, &cert, &detail);
        read_check(reason, cert, detail);
        break;
    case 's':
        sid_run(bytes, size, pool);
        break;
    case 'a':
        san_run(bytes, size, pool);
        break;
    case 'n':
        name_run(bytes, size, pool);
        break;
    default:
        break;
    }
    free(rest);
    fuzz_clear();
    fuzz_end();
    return 0;
}
