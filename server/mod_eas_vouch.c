/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_vouch.h"

#include <apr_strings.h>
#include <http_ssl.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "eas_chain.h"
#include "eas_text.h"
#include "eas_x509.h"
#include "mod_eas_client_cas.h"

/* No chain that TLS accepts is longer. */
enum { CHAIN_HIGH = 10 };

const char *mod_eas_vouch_variable(request_rec *r, const char *name)
{
    const char *value =
        ap_ssl_var_lookup(r->pool, r->server, r->connection, r, name);

    return value && *value ? value : NULL;
}

static X509 *read_x509(request_rec *r, const char *name)
{
    const char *pem = mod_eas_vouch_variable(r, name);
    BIO *bio = pem ? BIO_new_mem_buf(pem, -1) : NULL;
    X509 *x509 = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

    BIO_free(bio);
    if (x509) {
        eas_x509_keep(x509, r->pool);
    }
    ERR_clear_error();
    return x509;
}

/* What the client sent beside its own. */
static const apr_array_header_t *read_chain(request_rec *r)
{
    apr_array_header_t *chain = apr_array_make(r->pool, 2, sizeof(X509 *));

    for (int i = 0; i < CHAIN_HIGH; i++) {
        X509 *x509 =
            read_x509(r, apr_psprintf(r->pool, "SSL_CLIENT_CERT_CHAIN_%d", i));

        if (!x509) {
            break;
        }
        APR_ARRAY_PUSH(chain, X509 *) = x509;
    }
    return chain;
}

/* By the CAs of this virtual host, whichever one the session is of. */
static eas_reason look_again(request_rec *r, X509 *x509,
                             const apr_array_header_t **chain,
                             const char **detail)
{
    const eas_trust *trust = mod_eas_client_cas(r->server);

    if (!trust || !x509) {
        *detail = trust ? "the certificate cannot be read"
                        : "this virtual host names no CA";
        return EAS_CERT_NOT_VERIFIED;
    }
    return eas_chain_verify(trust, x509, *chain, apr_time_now(), r->pool, chain,
                            detail);
}

eas_reason mod_eas_vouch(request_rec *r, X509 *x509, int wants_chain,
                         const apr_array_header_t **chain_out,
                         const char **detail_out)
{
    const int is_needed = mod_eas_client_cas_are_optional();
    const char *verify = mod_eas_vouch_variable(r, "SSL_CLIENT_VERIFY");
    const char *detail = NULL;
    const apr_array_header_t *chain;
    eas_reason reason;

    if (!verify || strcmp(verify, "SUCCESS")) {
        *detail_out =
            apr_pstrcat(r->pool, "mod_ssl says ",
                        eas_text_quote(verify ? verify : "", r->pool), NULL);
        return EAS_CERT_NOT_VERIFIED;
    }
    if (!is_needed && !wants_chain) {
        return EAS_REASON_NONE;
    }
    chain = read_chain(r);
    reason = look_again(r, x509 ? x509 : read_x509(r, "SSL_CLIENT_CERT"),
                        &chain, &detail);
    if (is_needed && reason != EAS_REASON_NONE) {
        *detail_out = apr_pstrcat(
            r->pool,
            "mod_ssl says SUCCESS, as with SSLVerifyClient optional_no_ca of "
            "every session that is resumed, and by SSLCACertificateFile "
            "alone, where CAs in between have to be as well: ",
            detail, NULL);
        return reason;
    }
    if (wants_chain) {
        *chain_out = chain;
    }
    return EAS_REASON_NONE;
}
