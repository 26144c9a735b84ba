/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_verify.h"

#include <apr_strings.h>
#include <http_ssl.h>
#include <openssl/err.h>

#include "eas_chain.h"
#include "mod_eas_asks.h"

int mod_eas_verify_doubts(request_rec *r)
{
    const char *resumed;

    if (!mod_eas_asks_loosely()) {
        return 0;
    }
    resumed = ap_ssl_var_lookup(r->pool, r->server, r->connection, r,
                                "SSL_SESSION_RESUMED");
    return !resumed || strcmp(resumed, "Initial");
}

static eas_trust *trust_of(request_rec *r)
{
    const apr_array_header_t *known = mod_eas_asks_known_cas(r->server);
    eas_trust *trust = eas_trust_make(r->pool);

    for (int i = 0; trust && known && i < known->nelts; i++) {
        if (!X509_STORE_add_cert(trust->store,
                                 APR_ARRAY_IDX(known, i, X509 *))) {
            ERR_clear_error();
            return NULL;
        }
    }
    return trust;
}

eas_reason mod_eas_verify_again(request_rec *r, const eas_cert *cert,
                                const char **detail_out)
{
    const eas_trust *trust = trust_of(r);
    const apr_array_header_t *verified = NULL;
    const char *detail = "";
    eas_reason reason = EAS_INTERNAL_ERROR;

    if (trust) {
        reason = eas_chain_verify(trust, cert->x509, NULL, r->request_time,
                                  r->pool, &verified, &detail);
    }
    if (reason != EAS_REASON_NONE) {
        *detail_out = apr_pstrcat(
            r->pool,
            "its TLS session was resumed, optional_no_ca may have let it "
            "through, and by SSLCACertificateFile: ",
            detail, NULL);
    }
    return reason;
}
