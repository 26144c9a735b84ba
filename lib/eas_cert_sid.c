/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_cert_sid.h"

#include <limits.h>
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include <openssl/crypto.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "eas_cert_text.h"

/* What MS-DTYP can write in decimal, and what fits into a SID. */
#define AUTHORITY_HIGH 0xffffffffU
#define NUMBER_HIGH 0xffffffffU
#define NUMBERS_MOST 15

/* 1.3.6.1.4.1.311.25.2, and under it .1, the type of its contents. */
static const unsigned char oid_bytes[] = {0x2b, 0x06, 0x01, 0x04, 0x01,
                                          0x82, 0x37, 0x19, 0x02, 0x01};
#define EXTENSION_BYTES (sizeof(oid_bytes) - 1)

static int is_oid(const ASN1_OBJECT *oid, apr_size_t length)
{
    return OBJ_length(oid) == length
           && !memcmp(OBJ_get0_data(oid), oid_bytes, length);
}

int eas_cert_sid_is_extension(const ASN1_OBJECT *oid)
{
    return is_oid(oid, EXTENSION_BYTES);
}

/* Behind a number in its shortest form, or NULL. */
static const char *pass_number(const char *text, apr_uint64_t high)
{
    apr_uint64_t number = 0;
    const char *at = text;

    for (; apr_isdigit(*at); at++) {
        number = number * 10 + (apr_uint64_t)(*at - '0');
        if (number > high) {
            return NULL;
        }
    }
    return at == text || (*text == '0' && at != text + 1) ? NULL : at;
}

static int is_sid(const char *text)
{
    int numbers = 0;

    if (strncmp(text, "S-1-", 4) != 0) {
        return 0;
    }
    text = pass_number(text + 4, AUTHORITY_HIGH);
    while (text && *text == '-' && numbers++ < NUMBERS_MOST) {
        text = pass_number(text + 1, NUMBER_HIGH);
    }
    return text && !*text && numbers > 0;
}

void eas_cert_sid_add(eas_cert_values *sid, const char *text)
{
    if (is_sid(text)) {
        eas_cert_values_add(sid, text, 0);
    }
    else {
        eas_cert_values_refuse(sid, "what is no SID");
    }
}

/* The octets of the only thing in the extension, or NULL. */
static const ASN1_OCTET_STRING *only_octets(const GENERAL_NAMES *contents)
{
    const GENERAL_NAME *name;
    ASN1_OBJECT *type = NULL;
    ASN1_TYPE *value = NULL;

    if (sk_GENERAL_NAME_num(contents) != 1) {
        return NULL;
    }
    name = sk_GENERAL_NAME_value(contents, 0);
    if (!GENERAL_NAME_get0_otherName(name, &type, &value)
        || !is_oid(type, sizeof(oid_bytes)) || !value
        || ASN1_TYPE_get(value) != V_ASN1_OCTET_STRING) {
        return NULL;
    }
    return value->value.octet_string;
}

/* Whether these are the bytes of its DER, and no other spelling of it. */
static int is_der(const GENERAL_NAMES *contents, const unsigned char *der,
                  apr_size_t length)
{
    unsigned char *again = NULL;
    int size = i2d_GENERAL_NAMES(contents, &again);
    int is_same =
        size >= 0 && (apr_size_t)size == length && !memcmp(again, der, length);

    OPENSSL_free(again);
    return is_same;
}

static void read_octets(const ASN1_OCTET_STRING *octets, apr_pool_t *pool,
                        eas_cert_values *sid)
{
    const char *bytes = (const char *)ASN1_STRING_get0_data(octets);
    const apr_size_t length = (apr_size_t)ASN1_STRING_length(octets);

    if (!length || length > EAS_CERT_VALUE_HIGH
        || memchr(bytes, '\0', length)) {
        eas_cert_values_refuse(sid, "what is no SID");
        return;
    }
    eas_cert_sid_add(sid, apr_pstrmemdup(pool, bytes, length));
}

void eas_cert_sid_read(const unsigned char *der, apr_size_t length,
                       apr_pool_t *pool, eas_cert_values *sid)
{
    /* It has the form of GeneralNames with one otherName. */
    const unsigned char *at = der;
    GENERAL_NAMES *contents =
        length > LONG_MAX ? NULL : d2i_GENERAL_NAMES(NULL, &at, (long)length);
    const ASN1_OCTET_STRING *octets = contents && is_der(contents, der, length)
                                          ? only_octets(contents)
                                          : NULL;

    if (octets) {
        read_octets(octets, pool, sid);
    }
    else {
        eas_cert_values_refuse(sid, "a SID extension of another form");
    }
    GENERAL_NAMES_free(contents);
}
