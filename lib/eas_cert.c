/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_cert.h"

#include <string.h>

#include <apr_strings.h>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "eas_cert_extensions.h"
#include "eas_cert_names.h"
#include "eas_cert_text.h"
#include "eas_x509.h"

#define BEGIN "-----BEGIN CERTIFICATE-----"
#define END "-----END CERTIFICATE-----"

static eas_reason malformed(const char *what, const char **detail)
{
    *detail = what;
    return EAS_CERT_MALFORMED;
}

/* Whether OpenSSL would write the same bytes. */
static int is_der(const eas_cert *cert)
{
    unsigned char *again = NULL;
    int size = i2d_X509(cert->x509, &again);
    int is_same = size >= 0 && (apr_size_t)size == cert->der_length
                  && !memcmp(again, cert->der, cert->der_length);

    OPENSSL_free(again);
    return is_same;
}

static eas_reason read_x509(eas_cert *cert, apr_pool_t *pool,
                            const char **detail)
{
    const unsigned char *at = cert->der;
    const unsigned char *end = at + cert->der_length;

    cert->x509 = d2i_X509(NULL, &at, (long)cert->der_length);
    if (!cert->x509) {
        return malformed("it is no certificate", detail);
    }
    eas_x509_keep(cert->x509, pool);
    if (at != end) {
        return malformed("there is something behind it", detail);
    }
    if (!is_der(cert)) {
        return malformed("it is not DER", detail);
    }
    return EVP_Digest(cert->der, cert->der_length, cert->sha256, NULL,
                      EVP_sha256(), NULL)
               ? EAS_REASON_NONE
               : EAS_INTERNAL_ERROR;
}

/* A date as RFC 5280, section 4.1.2.5, has it: with seconds, in UTC. */
static int read_date(const ASN1_TIME *time, apr_time_t *date_out)
{
    const int is_short = ASN1_STRING_type(time) == V_ASN1_UTCTIME;
    const int length = ASN1_STRING_length(time);
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0;
    int seconds = 0;
    int is_date = epoch && length == (is_short ? 13 : 15)
                  && ASN1_STRING_get0_data(time)[length - 1] == 'Z'
                  && ASN1_TIME_diff(&days, &seconds, epoch, time);

    ASN1_TIME_free(epoch);
    if (is_date) {
        *date_out = apr_time_from_sec((apr_time_t)days * 86400 + seconds);
    }
    return is_date;
}

static eas_reason read_dates(eas_cert *cert, apr_pool_t *pool,
                             const char **detail)
{
    (void)pool;
    return read_date(X509_get0_notBefore(cert->x509), &cert->not_before)
                   && read_date(X509_get0_notAfter(cert->x509),
                                &cert->not_after)
               ? EAS_REASON_NONE
               : malformed("a date cannot be read", detail);
}

static const char *to_decimal(const unsigned char *bytes, int length,
                              apr_pool_t *pool)
{
    BIGNUM *number = BN_bin2bn(bytes, length, NULL);
    char *digits = number ? BN_bn2dec(number) : NULL;
    const char *text = digits ? apr_pstrdup(pool, digits) : NULL;

    OPENSSL_free(digits);
    BN_free(number);
    return text;
}

static eas_reason read_serial(eas_cert *cert, apr_pool_t *pool,
                              const char **detail)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(cert->x509);
    const unsigned char *bytes = ASN1_STRING_get0_data(serial);
    unsigned char reversed[EAS_CERT_SERIAL_HIGH];
    int length = ASN1_STRING_length(serial);
    int i;

    for (; length > 1 && !*bytes; length--) {
        bytes++;
    }
    if (ASN1_STRING_type(serial) != V_ASN1_INTEGER || length < 1
        || length > EAS_CERT_SERIAL_HIGH) {
        return malformed("the serial number is negative or too long", detail);
    }
    for (i = 0; i < length; i++) {
        reversed[i] = bytes[length - 1 - i];
    }
    cert->serial = eas_cert_text_hex(bytes, (apr_size_t)length, 1, pool);
    cert->serial_reversed =
        eas_cert_text_hex(reversed, (apr_size_t)length, 1, pool);
    cert->serial_decimal = to_decimal(bytes, length, pool);
    return cert->serial_decimal ? EAS_REASON_NONE : EAS_INTERNAL_ERROR;
}

static int is_long(const X509_NAME *name)
{
    const unsigned char *der;
    apr_size_t length = 0;

    return !X509_NAME_get0_der(name, &der, &length)
           || length > EAS_CERT_NAME_HIGH;
}

static eas_reason read_names(eas_cert *cert, apr_pool_t *pool,
                             const char **detail)
{
    const X509_NAME *issuer = X509_get_issuer_name(cert->x509);
    const X509_NAME *subject = X509_get_subject_name(cert->x509);

    if (is_long(issuer) || is_long(subject)) {
        return malformed("a name is too long", detail);
    }
    if (!X509_NAME_entry_count(issuer)) {
        return malformed("it has no issuer", detail);
    }
    cert->issuer = eas_cert_names_rfc4514(issuer, pool);
    cert->subject = eas_cert_names_rfc4514(subject, pool);
    cert->issuer_ad = eas_cert_names_ad(issuer, pool);
    cert->subject_ad = eas_cert_names_ad(subject, pool);
    eas_cert_names_read(subject, pool, cert);
    return cert->issuer && cert->subject ? EAS_REASON_NONE : EAS_INTERNAL_ERROR;
}

static const char *sha1_of_spki(const X509 *x509, apr_pool_t *pool)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned char *der = NULL;
    unsigned int length = 0;
    int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &der);
    int done =
        size > 0
        && EVP_Digest(der, (apr_size_t)size, digest, &length, EVP_sha1(), NULL);

    OPENSSL_free(der);
    return done ? eas_cert_text_hex(digest, length, 0, pool) : NULL;
}

static eas_reason read_extensions(eas_cert *cert, apr_pool_t *pool,
                                  const char **detail)
{
    const char *fault = eas_cert_extensions_read(cert->x509, pool, cert);

    return fault ? malformed(fault, detail) : EAS_REASON_NONE;
}

static eas_reason read_key(eas_cert *cert, apr_pool_t *pool,
                           const char **detail)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;

    (void)detail;
    if (X509_pubkey_digest(cert->x509, EVP_sha1(), digest, &length)) {
        cert->sha1_key = eas_cert_text_hex(digest, length, 0, pool);
    }
    cert->sha1_spki = sha1_of_spki(cert->x509, pool);
    return cert->sha1_key && cert->sha1_spki ? EAS_REASON_NONE
                                             : EAS_INTERNAL_ERROR;
}

static eas_cert *make(const unsigned char *der, apr_size_t length,
                      apr_pool_t *pool)
{
    eas_cert *cert = apr_pcalloc(pool, sizeof(*cert));

    cert->der = apr_pmemdup(pool, der, length);
    cert->der_length = length;
    eas_cert_values_init(&cert->sid, pool);
    eas_cert_values_init(&cert->upn, pool);
    eas_cert_values_init(&cert->email, pool);
    eas_cert_values_init(&cert->cn, pool);
    eas_cert_values_init(&cert->device, pool);
    return cert;
}

eas_reason eas_cert_read(const unsigned char *der, apr_size_t length,
                         apr_pool_t *pool, const eas_cert **cert_out,
                         const char **detail_out)
{
    static eas_reason (*const steps[])(eas_cert *, apr_pool_t *,
                                       const char **) = {
        read_x509,  read_dates,      read_serial,
        read_names, read_extensions, read_key,
    };
    eas_reason reason = EAS_REASON_NONE;
    eas_cert *cert;
    apr_size_t i;

    if (!length || length > EAS_CERT_LENGTH_HIGH) {
        return malformed("it is empty or too long", detail_out);
    }
    cert = make(der, length, pool);
    for (i = 0; i < sizeof(steps) / sizeof(steps[0]) && !reason; i++) {
        reason = steps[i](cert, pool, detail_out);
    }
    /* What OpenSSL has to say is not for whoever calls it next. */
    ERR_clear_error();
    if (!reason) {
        *cert_out = cert;
    }
    return reason;
}

/* What is between the markers, with nothing but blanks around; NULL. */
static const char *pem_body(const char *pem, apr_size_t *length_out)
{
    const char *end;

    pem += strspn(pem, " \t\r\n");
    if (strncmp(pem, BEGIN, strlen(BEGIN)) != 0) {
        return NULL;
    }
    pem += strlen(BEGIN);
    end = strstr(pem, END);
    if (!end || end[strlen(END) + strspn(end + strlen(END), " \t\r\n")]) {
        return NULL;
    }
    *length_out = (apr_size_t)(end - pem);
    return pem;
}

/* The base64 of a body without its blanks; 0 for what is none.  EVP_DecodeBlock
 * is not that strict. */
static apr_size_t base64_squeeze(const char *body, apr_size_t length, char *to)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    apr_size_t size = 0;
    apr_size_t plain;
    apr_size_t i;

    for (i = 0; i < length; i++) {
        if (!memchr(" \t\r\n", body[i], 4)) {
            to[size++] = body[i];
        }
    }
    to[size] = '\0';
    plain = strspn(to, digits);
    return size % 4 == 0 && plain + 2 >= size
                   && strspn(to + plain, "=") == size - plain
               ? size
               : 0;
}

eas_reason eas_cert_read_pem(const char *pem, apr_pool_t *pool,
                             const eas_cert **cert_out, const char **detail_out)
{
    apr_size_t length = 0;
    const char *body = pem_body(pem, &length);
    unsigned char *der;
    char *base64;

    /* Four digits for three bytes, and the ends of lines of 64. */
    if (!body || length > 2 * EAS_CERT_LENGTH_HIGH) {
        return malformed("it is not one certificate in PEM", detail_out);
    }
    base64 = apr_palloc(pool, length + 1);
    length = base64_squeeze(body, length, base64);
    if (!length) {
        return malformed("its base64 is wrong", detail_out);
    }
    der = apr_palloc(pool, length / 4 * 3);
    EVP_DecodeBlock(der, (const unsigned char *)base64, (int)length);
    length = length / 4 * 3 - strlen(base64 + strcspn(base64, "="));
    return eas_cert_read(der, length, pool, cert_out, detail_out);
}

eas_reason eas_cert_only(const eas_cert_values *field, const char **value_out,
                         int *has_out)
{
    if (field->fault) {
        return EAS_CERT_MALFORMED;
    }
    if (field->values->nelts > 1) {
        return EAS_CERT_CONFLICT;
    }
    *has_out = field->values->nelts == 1;
    if (*has_out) {
        *value_out = APR_ARRAY_IDX(field->values, 0, const char *);
    }
    return EAS_REASON_NONE;
}
