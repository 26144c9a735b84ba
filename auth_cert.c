/* SPDX-License-Identifier: Apache-2.0 */
#include "auth_cert.h"

#include <apr_strings.h>
#include <http_ssl.h>
#include <openssl/pem.h>

#include "eas_text.h"
#include "mod_eas_cert_conf.h"
#include "mod_eas_asks.h"
#include "mod_eas_proxy.h"

/* No chain that TLS accepts is longer. */
enum { CHAIN_HIGH = 10 };

/* mod_ssl's, or that of whatever does TLS in its place; NULL for nothing. */
static const char *variable(request_rec *r, const char *name)
{
    const char *value =
        ap_ssl_var_lookup(r->pool, r->server, r->connection, r, name);

    return value && *value ? value : NULL;
}

static int comes_in_header(const mod_eas_dir *dir)
{
    return mod_eas_cert_source_of(dir) == MOD_EAS_SOURCE_HEADER;
}

const char *auth_cert_tag(request_rec *initial, const mod_eas_dir *dir)
{
    const char *verify;
    const char *serial;

    if (comes_in_header(dir)) {
        return mod_eas_proxy_tag(initial);
    }
    verify = variable(initial, "SSL_CLIENT_VERIFY");
    if (!verify || !strcmp(verify, "NONE")) {
        return "";
    }
    if (!mod_eas_asks_again()) {
        return verify;
    }
    serial = variable(initial, "SSL_CLIENT_M_SERIAL");
    return apr_pstrcat(initial->pool, verify, " ", serial ? serial : "", NULL);
}

const char *auth_cert_whole(request_rec *initial, const mod_eas_dir *dir)
{
    const char *verify;

    if (comes_in_header(dir)) {
        return NULL;
    }
    verify = variable(initial, "SSL_CLIENT_VERIFY");
    return verify && !strcmp(verify, "SUCCESS")
               ? variable(initial, "SSL_CLIENT_CERT")
               : NULL;
}

static apr_status_t free_x509(void *x509)
{
    X509_free(x509);
    return APR_SUCCESS;
}

static X509 *read_x509(const char *pem, apr_pool_t *pool)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *x509 = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

    BIO_free(bio);
    if (x509) {
        apr_pool_cleanup_register(pool, x509, free_x509, apr_pool_cleanup_null);
    }
    return x509;
}

/* What the client sent beside its own, for an issuer that is told by its
 * key. */
static const apr_array_header_t *read_chain(request_rec *r)
{
    apr_array_header_t *chain = apr_array_make(r->pool, 2, sizeof(X509 *));

    for (int i = 0; i < CHAIN_HIGH; i++) {
        const char *name = apr_psprintf(r->pool, "SSL_CLIENT_CERT_CHAIN_%d", i);
        const char *pem = variable(r, name);
        X509 *x509 = pem ? read_x509(pem, r->pool) : NULL;

        if (!x509) {
            break;
        }
        APR_ARRAY_PUSH(chain, X509 *) = x509;
    }
    return chain;
}

/* The administrator's mistake and the phone's look the same from outside. */
static const char *why_none(const request_rec *r)
{
    return mod_eas_asks_certificate(r->server)
               ? "the client was asked for a certificate and sent none"
               : "this virtual host never asks for one: write "
                 "SSLVerifyClient optional into it, outside of any section";
}

static void read_tls(request_rec *r, const char *verify, const char *pem,
                     eas_presented *presented)
{
    const eas_reason reason =
        eas_cert_read_pem(pem, r->pool, &presented->cert, &presented->detail);

    if (!strcmp(verify, "SUCCESS")) {
        presented->reason = reason;
        return;
    }
    presented->reason = EAS_CERT_NOT_VERIFIED;
    presented->detail = apr_pstrcat(r->pool, "mod_ssl says ",
                                    eas_text_quote(verify, r->pool), NULL);
}

const eas_presented *auth_cert_read(request_rec *initial,
                                    const mod_eas_dir *dir)
{
    eas_presented *presented;
    const char *verify;
    const char *pem;

    if (comes_in_header(dir)) {
        return mod_eas_proxy_presented(initial, initial->pool);
    }
    presented = apr_pcalloc(initial->pool, sizeof(*presented));
    verify = variable(initial, "SSL_CLIENT_VERIFY");
    pem = verify && strcmp(verify, "NONE")
              ? variable(initial, "SSL_CLIENT_CERT")
              : NULL;
    if (!pem) {
        presented->reason = EAS_NO_CERTIFICATE;
        presented->detail = why_none(initial);
        return presented;
    }
    read_tls(initial, verify, pem, presented);
    if (dir->cert_issuers && presented->reason == EAS_REASON_NONE) {
        presented->chain = read_chain(initial);
    }
    return presented;
}
