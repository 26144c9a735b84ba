/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_server_cert.h"

#include <limits.h>
#include <string.h>

#include <apr_errno.h>
#include <apr_strings.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "eas_text.h"
#include "eas_x509_name.h"

/* More names than anybody reads. */
#define NAMES_SHOWN 10

static const char *show_time(const ASN1_TIME *when, apr_pool_t *pool)
{
    struct tm tm;

    if (!ASN1_TIME_to_tm(when, &tm)) {
        return "a date nobody can read";
    }
    return apr_psprintf(pool, "%04d-%02d-%02d %02d:%02d UTC", tm.tm_year + 1900,
                        tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min);
}

static const char *show_address(const ASN1_OCTET_STRING *address,
                                apr_pool_t *pool)
{
    const unsigned char *a = ASN1_STRING_get0_data(address);
    const int length = ASN1_STRING_length(address);
    const char *shown = "";
    int i;

    if (length == 4) {
        return apr_psprintf(pool, "%d.%d.%d.%d", a[0], a[1], a[2], a[3]);
    }
    for (i = 0; i + 1 < length && length == 16; i += 2) {
        shown = apr_psprintf(pool, "%s%s%x", shown, i ? ":" : "",
                             (unsigned)a[i] << 8 | a[i + 1]);
    }
    return *shown ? shown : "an address of an odd length";
}

/* A name a server may be asked for by, or NULL for another kind. */
static const char *show_general(const GENERAL_NAME *name, apr_pool_t *pool)
{
    int type = 0;
    const void *value = GENERAL_NAME_get0_value(name, &type);

    if (type == GEN_DNS) {
        return eas_text_quote(
            apr_pstrmemdup(pool, (const char *)ASN1_STRING_get0_data(value),
                           (apr_size_t)ASN1_STRING_length(value)),
            pool);
    }
    return type == GEN_IPADD ? show_address(value, pool) : NULL;
}

static const char *show_names(X509 *cert, const char *subject, apr_pool_t *pool)
{
    GENERAL_NAMES *list =
        X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    const char *shown = "";
    int count = 0;
    int i;

    for (i = 0; i < sk_GENERAL_NAME_num(list); i++) {
        const char *name = show_general(sk_GENERAL_NAME_value(list, i), pool);

        if (name && count++ < NAMES_SHOWN) {
            shown = apr_pstrcat(pool, shown, *shown ? ", " : "", name, NULL);
        }
    }
    GENERAL_NAMES_free(list);
    if (count > NAMES_SHOWN) {
        shown =
            apr_psprintf(pool, "%s and %d more", shown, count - NAMES_SHOWN);
    }
    return *shown ? shown : subject;
}

static int is_for(X509 *cert, const char *host)
{
    ASN1_OCTET_STRING *address = a2i_IPADDRESS(host);

    if (address) {
        int is_named = X509_check_ip(cert, ASN1_STRING_get0_data(address),
                                     (size_t)ASN1_STRING_length(address), 0)
                       == 1;

        ASN1_OCTET_STRING_free(address);
        return is_named;
    }
    return X509_check_host(cert, host, strlen(host), 0, NULL) == 1;
}

static X509_STORE *read_store(const char *ca)
{
    X509_STORE *store = X509_STORE_new();
    BIO *in = BIO_new_mem_buf(ca, -1);
    X509 *trusted;

    while (store && in
           && (trusted = PEM_read_bio_X509_AUX(in, NULL, NULL, NULL))) {
        X509_STORE_add_cert(store, trusted);
        X509_free(trusted);
    }
    BIO_free(in);
    return store;
}

/* X509_V_OK, or why no path leads to a trusted certificate.  Its own dates
 * are judged apart. */
static int judge_path(X509 *cert, const char *ca, time_t now, int *depth_out)
{
    X509_STORE *store = read_store(ca);
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    int error = X509_V_ERR_OUT_OF_MEM;

    if (store && context && X509_STORE_CTX_init(context, store, cert, NULL)) {
        /* Whoever names an intermediate CA alone, trusts it. */
        X509_STORE_CTX_set_flags(context, X509_V_FLAG_PARTIAL_CHAIN);
        X509_STORE_CTX_set_time(context, 0, now);
        error = X509_verify_cert(context) == 1
                    ? X509_V_OK
                    : X509_STORE_CTX_get_error(context);
        *depth_out = X509_STORE_CTX_get_error_depth(context);
    }
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    return error;
}

static void judge_trust(X509 *cert, const char *ca, time_t now,
                        apr_pool_t *pool, eas_server_cert *result)
{
    int depth = 0;
    int error = judge_path(cert, ca, now, &depth);

    result->lacks_issuer =
        error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT
        || error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY
        || error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE
        || error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT;
    if (error == X509_V_OK
        || (depth == 0
            && (error == X509_V_ERR_CERT_HAS_EXPIRED
                || error == X509_V_ERR_CERT_NOT_YET_VALID))) {
        return;
    }
    result->distrust =
        apr_psprintf(pool, "%s%s", depth ? "of the CA above it: " : "",
                     X509_verify_cert_error_string(error));
}

static void judge_dates(const X509 *cert, time_t now, eas_server_cert *result)
{
    const ASN1_TIME *from = X509_get0_notBefore(cert);
    const ASN1_TIME *to = X509_get0_notAfter(cert);
    ASN1_TIME *present = ASN1_TIME_set(NULL, now);
    int days = 0;
    int seconds = 0;

    /* An unreadable date is 0 here, and counts as past. */
    result->is_early = X509_cmp_time(from, &now) > 0;
    result->is_expired = X509_cmp_time(to, &now) <= 0;
    if (present && ASN1_TIME_diff(&days, &seconds, present, to)) {
        result->days_left = days;
    }
    ASN1_TIME_free(present);
}

apr_status_t eas_server_cert_read(const char *der, apr_size_t length,
                                  const char *host, const char *ca,
                                  apr_time_t now, apr_pool_t *pool,
                                  eas_server_cert *cert_out)
{
    const unsigned char *at = (const unsigned char *)der;
    const time_t seconds = (time_t)apr_time_sec(now);
    eas_server_cert result = {0};
    X509 *cert = length > LONG_MAX ? NULL : d2i_X509(NULL, &at, (long)length);

    if (!cert) {
        ERR_clear_error();
        return APR_EINVAL;
    }
    result.subject = eas_x509_name_show(X509_get_subject_name(cert), pool);
    result.issuer = eas_x509_name_show(X509_get_issuer_name(cert), pool);
    result.names = show_names(cert, result.subject, pool);
    result.not_before = show_time(X509_get0_notBefore(cert), pool);
    result.not_after = show_time(X509_get0_notAfter(cert), pool);
    result.names_host = is_for(cert, host);
    result.is_own_issuer = X509_self_signed(cert, 0) == 1;
    judge_dates(cert, seconds, &result);
    judge_trust(cert, ca, seconds, pool, &result);
    X509_free(cert);
    /* A text without a certificate leaves an error behind, as the end of one
     * does. */
    ERR_clear_error();
    *cert_out = result;
    return APR_SUCCESS;
}
