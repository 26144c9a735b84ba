/* SPDX-License-Identifier: Apache-2.0 */
#include "auth_cert.h"

#include <apr_strings.h>

#include "mod_eas_asks.h"
#include "mod_eas_cert_conf.h"
#include "mod_eas_client_cas.h"
#include "mod_eas_proxy.h"
#include "mod_eas_vouch.h"

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
    verify = mod_eas_vouch_variable(initial, "SSL_CLIENT_VERIFY");
    if (!verify || !strcmp(verify, "NONE")) {
        return "";
    }
    if (!mod_eas_asks_again()) {
        return verify;
    }
    serial = mod_eas_vouch_variable(initial, "SSL_CLIENT_M_SERIAL");
    return apr_pstrcat(initial->pool, verify, " ", serial ? serial : "", NULL);
}

const char *auth_cert_whole(request_rec *initial, const mod_eas_dir *dir)
{
    const char *verify;

    if (comes_in_header(dir) || mod_eas_client_cas_are_optional()) {
        return NULL;
    }
    verify = mod_eas_vouch_variable(initial, "SSL_CLIENT_VERIFY");
    return verify && !strcmp(verify, "SUCCESS")
               ? mod_eas_vouch_variable(initial, "SSL_CLIENT_CERT")
               : NULL;
}

/* The administrator's mistake and the phone's look the same from outside. */
static const char *why_none(const request_rec *r)
{
    return mod_eas_asks_certificate(r->server)
               ? "the client was asked for a certificate and sent none"
               : "this virtual host never asks for one: write "
                 "SSLVerifyClient optional into it, outside of any section";
}

/* Who cannot be believed is told of all the same, where it can be read. */
static void read_tls(request_rec *r, const char *pem, int wants_chain,
                     eas_presented *presented)
{
    const eas_reason reason =
        eas_cert_read_pem(pem, r->pool, &presented->cert, &presented->detail);

    presented->reason =
        mod_eas_vouch(r, presented->cert ? presented->cert->x509 : NULL,
                      wants_chain, &presented->chain, &presented->detail);
    if (presented->reason == EAS_REASON_NONE) {
        presented->reason = reason;
    }
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
    verify = mod_eas_vouch_variable(initial, "SSL_CLIENT_VERIFY");
    pem = verify && strcmp(verify, "NONE")
              ? mod_eas_vouch_variable(initial, "SSL_CLIENT_CERT")
              : NULL;
    if (!pem) {
        presented->reason = EAS_NO_CERTIFICATE;
        presented->detail = why_none(initial);
        return presented;
    }
    read_tls(initial, pem, dir->cert_issuers != NULL, presented);
    return presented;
}
