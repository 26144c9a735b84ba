/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_cert_extensions.h"

#include <apr_strings.h>

#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "eas_cert_san.h"
#include "eas_cert_sid.h"
#include "eas_cert_text.h"

/* Longer than those of any CA, which are digests. */
#define SKI_LONGEST 64
#define OID_ROOM 256

/* Whether it may be critical: it is known to us, or to who verified the
 * certificate.  A proxy certificate (RFC 3820) names somebody else's. */
static int is_known(X509_EXTENSION *extension)
{
    const ASN1_OBJECT *oid = X509_EXTENSION_get_object(extension);

    return eas_cert_sid_is_extension(oid)
           || (X509_supported_extension(extension)
               && OBJ_obj2nid(oid) != NID_proxyCertInfo);
}

static int is_twice(const X509 *x509, int place)
{
    const ASN1_OBJECT *oid =
        X509_EXTENSION_get_object(X509_get_ext(x509, place));

    return X509_get_ext_by_OBJ(x509, oid, -1) != place;
}

/* NULL, or what is wrong with them. */
static const char *check(const X509 *x509)
{
    const int count = X509_get_ext_count(x509);
    int i;

    if (X509_get_version(x509) != X509_VERSION_3 && count) {
        return "its version has no extensions";
    }
    if (count > EAS_CERT_EXTENSIONS_HIGH) {
        return "it has too many extensions";
    }
    for (i = 0; i < count; i++) {
        X509_EXTENSION *extension = X509_get_ext(x509, i);

        if (is_twice(x509, i)) {
            return "it has an extension twice";
        }
        if (X509_EXTENSION_get_critical(extension) && !is_known(extension)) {
            return "it has a critical extension nobody knows";
        }
    }
    return NULL;
}

/* What an extension holds, for the caller to free; NULL for none, and with a
 * detail for one that cannot be read or has bytes behind it, which
 * X509_get_ext_d2i would pass over. */
static void *extension(const X509 *x509, int nid, const ASN1_ITEM *form,
                       const char **detail)
{
    const int place = X509_get_ext_by_NID(x509, nid, -1);
    const ASN1_OCTET_STRING *contents;
    const unsigned char *at;
    const unsigned char *end;
    ASN1_VALUE *value;

    if (place < 0) {
        return NULL;
    }
    contents = X509_EXTENSION_get_data(X509_get_ext(x509, place));
    at = ASN1_STRING_get0_data(contents);
    end = at + ASN1_STRING_length(contents);
    value = ASN1_item_d2i(NULL, &at, ASN1_STRING_length(contents), form);
    if (!value || at != end) {
        ASN1_item_free(value, form);
        *detail = "an extension cannot be read";
        return NULL;
    }
    return value;
}

static void read_ski(const X509 *x509, apr_pool_t *pool, eas_cert *cert,
                     const char **detail)
{
    ASN1_OCTET_STRING *ski =
        extension(x509, NID_subject_key_identifier,
                  ASN1_ITEM_rptr(ASN1_OCTET_STRING), detail);
    const int length = ski ? ASN1_STRING_length(ski) : 0;

    if (length > 0 && length <= SKI_LONGEST) {
        cert->ski = eas_cert_text_hex(ASN1_STRING_get0_data(ski),
                                      (apr_size_t)length, 0, pool);
    }
    ASN1_OCTET_STRING_free(ski);
}

static void read_eku(const X509 *x509, apr_pool_t *pool, eas_cert *cert,
                     const char **detail)
{
    EXTENDED_KEY_USAGE *usage = extension(
        x509, NID_ext_key_usage, ASN1_ITEM_rptr(EXTENDED_KEY_USAGE), detail);
    apr_array_header_t *eku = apr_array_make(pool, 2, sizeof(const char *));
    char text[OID_ROOM];
    int i;

    cert->eku = eku;
    cert->has_eku = usage != NULL;
    if (sk_ASN1_OBJECT_num(usage) > EAS_CERT_EXTENSIONS_HIGH) {
        *detail = "it has too many extended key usages";
        sk_ASN1_OBJECT_pop_free(usage, ASN1_OBJECT_free);
        return;
    }
    for (i = 0; i < sk_ASN1_OBJECT_num(usage); i++) {
        const ASN1_OBJECT *oid = sk_ASN1_OBJECT_value(usage, i);

        /* One that is too long is nobody's. */
        if (OBJ_length(oid) <= OID_ROOM / 4
            && OBJ_obj2txt(text, sizeof(text), oid, 1) < (int)sizeof(text)) {
            APR_ARRAY_PUSH(eku, const char *) = apr_pstrdup(pool, text);
        }
    }
    sk_ASN1_OBJECT_pop_free(usage, ASN1_OBJECT_free);
}

static void read_usage(const X509 *x509, eas_cert *cert, const char **detail)
{
    ASN1_BIT_STRING *usage =
        extension(x509, NID_key_usage, ASN1_ITEM_rptr(ASN1_BIT_STRING), detail);
    BASIC_CONSTRAINTS *basic = extension(
        x509, NID_basic_constraints, ASN1_ITEM_rptr(BASIC_CONSTRAINTS), detail);

    cert->has_key_usage = usage != NULL;
    cert->signs = usage && ASN1_BIT_STRING_get_bit(usage, 0);
    cert->is_ca = basic && basic->ca;
    ASN1_BIT_STRING_free(usage);
    BASIC_CONSTRAINTS_free(basic);
}

static void read_sid(const X509 *x509, apr_pool_t *pool, eas_cert_values *sid)
{
    int i;

    for (i = 0; i < X509_get_ext_count(x509); i++) {
        X509_EXTENSION *extension = X509_get_ext(x509, i);
        const ASN1_OCTET_STRING *contents = X509_EXTENSION_get_data(extension);

        if (eas_cert_sid_is_extension(X509_EXTENSION_get_object(extension))) {
            eas_cert_sid_read(ASN1_STRING_get0_data(contents),
                              (apr_size_t)ASN1_STRING_length(contents), pool,
                              sid);
        }
    }
}

static void read_san(const X509 *x509, apr_pool_t *pool, eas_cert *cert,
                     const char **detail)
{
    GENERAL_NAMES *names = extension(x509, NID_subject_alt_name,
                                     ASN1_ITEM_rptr(GENERAL_NAMES), detail);

    eas_cert_san_read(names, pool, cert);
    GENERAL_NAMES_free(names);
}

const char *eas_cert_extensions_read(const X509 *x509, apr_pool_t *pool,
                                     eas_cert *cert)
{
    const char *fault = check(x509);

    if (!fault) {
        read_san(x509, pool, cert, &fault);
        read_sid(x509, pool, &cert->sid);
        read_ski(x509, pool, cert, &fault);
        read_eku(x509, pool, cert, &fault);
        read_usage(x509, cert, &fault);
    }
    return fault;
}
