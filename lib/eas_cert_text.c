/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_cert_text.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

#include <openssl/crypto.h>

#include "eas_spelling.h"
#include "eas_text.h"

/* What has one byte a character. */
static int is_ascii(const ASN1_STRING *string)
{
    const unsigned char *bytes = ASN1_STRING_get0_data(string);
    int i;

    for (i = 0; i < ASN1_STRING_length(string); i++) {
        if (bytes[i] > 0x7f) {
            return 0;
        }
    }
    return 1;
}

/* Its UTF-8, which is only valid while the string is, or *owned, which the
 * caller frees; NULL for what has no reading or several. */
static const char *decode(const ASN1_STRING *string, unsigned char **owned,
                          apr_size_t *length_out)
{
    const char *bytes = (const char *)ASN1_STRING_get0_data(string);
    int length = ASN1_STRING_length(string);

    switch (ASN1_STRING_type(string)) {
    case V_ASN1_UTF8STRING:
        break;
    case V_ASN1_NUMERICSTRING:
    case V_ASN1_PRINTABLESTRING:
    case V_ASN1_IA5STRING:
    case V_ASN1_VISIBLESTRING:
        /* OpenSSL takes other bytes for ISO-8859-1. */
        if (!is_ascii(string)) {
            return NULL;
        }
        break;
    case V_ASN1_BMPSTRING:
    case V_ASN1_UNIVERSALSTRING:
        length = ASN1_STRING_to_UTF8(owned, string);
        bytes = (const char *)*owned;
        break;
    default:
        return NULL;
    }
    if (length < 0 || (length && !bytes)
        || !eas_text_is_utf8(bytes, (apr_size_t)length)) {
        return NULL;
    }
    *length_out = (apr_size_t)length;
    return length ? bytes : "";
}

int eas_cert_text_decodes(const ASN1_STRING *string)
{
    unsigned char *owned = NULL;
    apr_size_t length;
    int decodes = decode(string, &owned, &length) != NULL;

    OPENSSL_free(owned);
    return decodes;
}

/* NULL for what is a value. */
static const char *fault_of(const char *text, apr_size_t length)
{
    if (!text) {
        return "a text that cannot be read, or in more than one way";
    }
    if (!length) {
        return "an empty value";
    }
    if (length > EAS_CERT_VALUE_HIGH) {
        return "a value that is too long";
    }
    return eas_text_has_control(text, length) ? "a control character" : NULL;
}

const char *eas_cert_text(const ASN1_STRING *string, apr_pool_t *pool,
                          const char **fault_out)
{
    unsigned char *owned = NULL;
    apr_size_t length = 0;
    const char *text = decode(string, &owned, &length);
    const char *fault = fault_of(text, length);
    const char *copy = NULL;

    if (fault) {
        *fault_out = fault;
    }
    else {
        copy = apr_pstrmemdup(pool, text, length);
    }
    OPENSSL_free(owned);
    return copy;
}

int eas_cert_text_is_plain(const char *text, apr_pool_t *pool)
{
    return *text && !eas_text_has_blank_edge(text, strlen(text))
           && eas_spelling_fold(text, pool);
}

const char *eas_cert_text_hex(const unsigned char *bytes, apr_size_t length,
                              int capitals, apr_pool_t *pool)
{
    const char *digits = capitals ? "0123456789ABCDEF" : "0123456789abcdef";
    char *text = apr_palloc(pool, 2 * length + 1);
    apr_size_t i;

    for (i = 0; i < length; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 0xf];
    }
    text[2 * length] = '\0';
    return text;
}

void eas_cert_values_init(eas_cert_values *field, apr_pool_t *pool)
{
    field->values = apr_array_make(pool, 1, sizeof(const char *));
    field->fault = NULL;
}

void eas_cert_values_add(eas_cert_values *field, const char *value,
                         int ignores_case)
{
    int i;

    for (i = 0; i < field->values->nelts; i++) {
        const char *other = APR_ARRAY_IDX(field->values, i, const char *);

        if (ignores_case ? !apr_cstr_casecmp(value, other)
                         : !strcmp(value, other)) {
            return;
        }
    }
    if (field->values->nelts >= EAS_CERT_VALUES_HIGH) {
        eas_cert_values_refuse(field, "too many values");
        return;
    }
    APR_ARRAY_PUSH(field->values, const char *) = value;
}

void eas_cert_values_refuse(eas_cert_values *field, const char *fault)
{
    if (!field->fault) {
        field->fault = fault;
    }
}
