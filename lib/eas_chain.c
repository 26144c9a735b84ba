/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_chain.h"

#include <apr_strings.h>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "eas_client_cert.h"
#include "eas_x509.h"
#include "eas_x509_name.h"

/* What TLS asks for by default (SECLEVEL=1): 80 bits, and so no SHA-1. */
#define SECURITY_LEVEL 1

static void keep(apr_array_header_t *certs, X509 *cert)
{
    APR_ARRAY_PUSH(certs, X509 *) = cert;
    eas_x509_keep(cert, certs->pool);
}

int eas_chain_read(const apr_array_header_t *ders, apr_pool_t *pool,
                   const apr_array_header_t **certs_out)
{
    apr_array_header_t *certs =
        apr_array_make(pool, ders->nelts, sizeof(X509 *));

    for (int i = 0; i < ders->nelts; i++) {
        const eas_der *der = &APR_ARRAY_IDX(ders, i, eas_der);
        const unsigned char *end = der->bytes;
        X509 *cert = d2i_X509(NULL, &end, (long)der->length);

        if (cert) {
            keep(certs, cert);
        }
        if (!cert || end != der->bytes + der->length) {
            ERR_clear_error();
            return i + 1;
        }
    }
    *certs_out = certs;
    return 0;
}

/* Borrowed references; NULL where there is no memory. */
static STACK_OF(X509) * stack_of(const apr_array_header_t *certs)
{
    STACK_OF(X509) *stack = sk_X509_new_null();

    for (int i = 0; stack && certs && i < certs->nelts; i++) {
        if (!sk_X509_push(stack, APR_ARRAY_IDX(certs, i, X509 *))) {
            sk_X509_free(stack);
            return NULL;
        }
    }
    return stack;
}

/* The chain without its first. */
static const apr_array_header_t *above(X509_STORE_CTX *context,
                                       apr_pool_t *pool)
{
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(context);
    apr_array_header_t *certs = apr_array_make(pool, 2, sizeof(X509 *));

    for (int i = 1; i < sk_X509_num(chain); i++) {
        X509 *cert = sk_X509_value(chain, i);

        X509_up_ref(cert);
        keep(certs, cert);
    }
    return certs;
}

static eas_reason reason_of(int error, int depth)
{
    switch (error) {
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return depth == 0 ? EAS_CERT_DATES : EAS_CERT_NOT_VERIFIED;
    case X509_V_OK: /* it says no, and not why */
    case X509_V_ERR_UNSPECIFIED:
    case X509_V_ERR_OUT_OF_MEM:
    case X509_V_ERR_INVALID_CALL:
        return EAS_INTERNAL_ERROR;
    default:
        return EAS_CERT_NOT_VERIFIED;
    }
}

static const char *detail_of(X509_STORE_CTX *context, apr_pool_t *pool)
{
    const int error = X509_STORE_CTX_get_error(context);
    const X509 *cert = X509_STORE_CTX_get_current_cert(context);

    return apr_psprintf(
        pool, "%s (%d, at depth %d, of %s)",
        X509_verify_cert_error_string(error), error,
        X509_STORE_CTX_get_error_depth(context),
        cert ? eas_x509_name_show(X509_get_subject_name(cert), pool)
             : "nobody");
}

static int prepare(X509_STORE_CTX *context, const eas_trust *trust, X509 *cert,
                   STACK_OF(X509) * with, apr_time_t date)
{
    X509_VERIFY_PARAM *param;

    if (!X509_STORE_CTX_init(context, trust->store, cert, with)
        || !X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_CLIENT)) {
        return 0;
    }
    param = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_depth(param, EAS_CHAIN_DEPTH);
    X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
    X509_VERIFY_PARAM_set_time(param, (time_t)apr_time_sec(date));
    return 1;
}

eas_reason eas_chain_verify(const eas_trust *trust, X509 *cert,
                            const apr_array_header_t *with, apr_time_t date,
                            apr_pool_t *pool,
                            const apr_array_header_t **verified_out,
                            const char **detail_out)
{
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    STACK_OF(X509) *stack = stack_of(with);
    eas_reason reason = EAS_INTERNAL_ERROR;

    if (!context || !stack || !prepare(context, trust, cert, stack, date)) {
        *detail_out = "OpenSSL cannot verify now";
    }
    else if (X509_verify_cert(context) == 1) {
        *verified_out = above(context, pool);
        reason = EAS_REASON_NONE;
    }
    else {
        reason = reason_of(X509_STORE_CTX_get_error(context),
                           X509_STORE_CTX_get_error_depth(context));
        *detail_out = detail_of(context, pool);
    }
    X509_STORE_CTX_free(context);
    sk_X509_free(stack);
    ERR_clear_error();
    return reason;
}
