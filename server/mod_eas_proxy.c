/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_proxy.h"

#include <string.h>

#include <apr_atomic.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <http_log.h>
#include <openssl/crypto.h>

#include "eas_chain.h"
#include "eas_client_cert.h"
#include "mod_eas_network.h"
#include "mod_eas_proxy_conf.h"
#include "mod_eas_request.h"
#include "mod_eas_vouch.h"

APLOG_USE_MODULE(eas_auth);

#define CERT "Client-Cert"
#define CHAIN "Client-Cert-Chain"
#define SECRET "EAS-Proxy-Secret"

/* --- headers --------------------------------------------------------------- */

/* Whether a name is another one, or would be to a back end that knows headers
 * by their names in CGI. */
static int is_named(const char *name, const char *wanted)
{
    while (*name
           && (apr_tolower(*name) == apr_tolower(*wanted)
               || (*name == '_' && *wanted == '-'))) {
        name++;
        wanted++;
    }
    return *name == *wanted;
}

/* All values of a field, as httpd joins lines. */
static const char *value_of(const request_rec *r, const char *name)
{
    const apr_array_header_t *all = apr_table_elts(r->headers_in);
    const char *value = NULL;

    for (int i = 0; i < all->nelts; i++) {
        const apr_table_entry_t *entry =
            &APR_ARRAY_IDX(all, i, apr_table_entry_t);

        if (!ap_cstr_casecmp(entry->key, name)) {
            value = value ? apr_pstrcat(r->pool, value, ", ", entry->val, NULL)
                          : entry->val;
        }
    }
    return value;
}

static int is_forbidden(const char *name, int is_trusted)
{
    if (is_trusted && !strchr(name, '_')) {
        return is_named(name, SECRET);
    }
    return is_named(name, CERT) || is_named(name, CHAIN)
           || is_named(name, SECRET);
}

static void strip(request_rec *r, int is_trusted)
{
    const apr_array_header_t *all = apr_table_elts(r->headers_in);
    apr_array_header_t *names =
        apr_array_make(r->pool, 0, sizeof(const char *));

    for (int i = 0; i < all->nelts; i++) {
        const char *name = APR_ARRAY_IDX(all, i, apr_table_entry_t).key;

        if (is_forbidden(name, is_trusted)) {
            APR_ARRAY_PUSH(names, const char *) = name;
        }
    }
    for (int i = 0; i < names->nelts; i++) {
        apr_table_unset(r->headers_in, APR_ARRAY_IDX(names, i, const char *));
    }
}

/* --- trust ----------------------------------------------------------------- */

/* mod_remoteip may take another's word for the client's address; who is
 * connected is nobody's word. */
static conn_rec *peer_of(const request_rec *r)
{
    return r->connection->master ? r->connection->master : r->connection;
}

static int shows_certificate(request_rec *r)
{
    const char *detail = NULL;

    return mod_eas_vouch(r, NULL, 0, NULL, &detail) == EAS_REASON_NONE;
}

/* In constant time, but for the length. */
static int shows_secret(const request_rec *r, const char *secret)
{
    const char *shown = secret ? value_of(r, SECRET) : NULL;

    return shown && strlen(shown) == strlen(secret)
           && CRYPTO_memcmp(shown, secret, strlen(secret)) == 0;
}

/* A proxy that nobody believes would be wondered about; once in each process
 * is enough. */
static void warn_of_proof(request_rec *r, const mod_eas_proxied *proxied)
{
    static volatile apr_uint32_t said;

    if (apr_atomic_cas32(&said, 1, 0) == 0) {
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                      "EAS0381: %s; what it says of its clients is not "
                      "believed (said once)",
                      proxied->doubt);
    }
}

/* Leaves no doubt about who is trusted. */
static void judge(request_rec *r, const mod_eas_proxy_conf *conf,
                  mod_eas_proxied *proxied)
{
    conn_rec *peer = peer_of(r);

    if (!mod_eas_networks_have(conf->networks, peer->client_addr)) {
        proxied->doubt = apr_psprintf(
            r->pool, "%s is not in EASAuthTrustedProxy", peer->client_ip);
    }
    else if (!shows_secret(r, conf->secret.value) && !shows_certificate(r)) {
        proxied->doubt = apr_psprintf(
            r->pool,
            "%s is in EASAuthTrustedProxy, and shows neither a client "
            "certificate that is verified (SSLVerifyClient) nor %s",
            peer->client_ip,
            conf->secret.value ? "the right " SECRET
                               : SECRET " (EASAuthTrustedProxySecret)");
        warn_of_proof(r, proxied);
    }
}

/* Each hop came by TLS: `https, http` is a proxy that was spoken to in the
 * clear by another one. */
static int is_https(const char *value)
{
    static const char https[] = "https";

    while (value && !strncmp(value, https, sizeof(https) - 1)) {
        value += sizeof(https) - 1;
        value += strspn(value, " \t");
        if (!*value) {
            return 1;
        }
        if (*value != ',') {
            return 0;
        }
        value += 1 + strspn(value + 1, " \t");
    }
    return 0;
}

static mod_eas_proxied *look(request_rec *r, const mod_eas_proxy_conf *conf)
{
    mod_eas_proxied *proxied = apr_pcalloc(r->pool, sizeof(*proxied));

    judge(r, conf, proxied);
    if (!proxied->doubt) {
        proxied->says_tls = is_https(value_of(r, "X-Forwarded-Proto"));
        proxied->cert = value_of(r, CERT);
        proxied->chain = value_of(r, CHAIN);
    }
    strip(r, !proxied->doubt);
    return proxied;
}

int mod_eas_proxy_post_read(request_rec *r)
{
    const mod_eas_proxy_conf *conf = mod_eas_proxy_conf_get();
    mod_eas_state *state;

    if (conf->networks) {
        /* An error document of what httpd could not read comes here first. */
        r = mod_eas_request_initial(r);
        state = mod_eas_request_bare(r);
        if (!state->proxied) {
            state->proxied = look(r, conf);
        }
    }
    return DECLINED;
}

static const mod_eas_proxied *proxied_of(request_rec *initial)
{
    static const mod_eas_proxied nobody = {"there is no EASAuthTrustedProxy", 0,
                                           NULL, NULL};
    const mod_eas_proxied *proxied = mod_eas_request_bare(initial)->proxied;

    return proxied ? proxied : &nobody;
}

int mod_eas_proxy_is_trusted(request_rec *initial)
{
    return !proxied_of(initial)->doubt;
}

int mod_eas_proxy_says_tls(request_rec *initial)
{
    return proxied_of(initial)->says_tls;
}

/* --- the certificate ------------------------------------------------------- */

static int is_blank(const char *value)
{
    return !value || !value[strspn(value, " \t")];
}

const char *mod_eas_proxy_tag(request_rec *initial)
{
    const mod_eas_proxied *proxied = proxied_of(initial);

    return is_blank(proxied->cert)
               ? ""
               : apr_pstrcat(initial->pool, "Client-Cert ", proxied->cert, " ",
                             proxied->chain ? proxied->chain : "", NULL);
}

static eas_reason read_cert(const char *value, apr_pool_t *pool,
                            eas_presented *presented)
{
    eas_der der = {NULL, 0};
    const char *error = eas_client_cert_parse(value, pool, &der);
    eas_reason reason = EAS_CERT_MALFORMED;

    if (!error) {
        reason = eas_cert_read(der.bytes, der.length, pool, &presented->cert,
                               &error);
    }
    if (error) {
        presented->detail = apr_pstrcat(pool, CERT ": ", error, NULL);
    }
    return reason;
}

static eas_reason read_chain(const char *value, apr_pool_t *pool,
                             eas_presented *presented)
{
    const apr_array_header_t *ders = NULL;
    const char *error;
    int which;

    if (is_blank(value)) {
        return EAS_REASON_NONE;
    }
    error = eas_client_cert_chain_parse(value, pool, &ders);
    if (error) {
        presented->detail = apr_pstrcat(pool, CHAIN ": ", error, NULL);
        return EAS_CERT_MALFORMED;
    }
    which = eas_chain_read(ders, pool, &presented->chain);
    if (which) {
        presented->detail =
            apr_psprintf(pool, CHAIN ": number %d is no certificate", which);
        return EAS_CERT_MALFORMED;
    }
    return EAS_REASON_NONE;
}

static eas_reason verify(apr_pool_t *pool, eas_presented *presented)
{
    const mod_eas_proxy_conf *conf = mod_eas_proxy_conf_get();

    if (!conf->ca_file) {
        presented->detail = "there is no EASAuthClientCertCA";
        return EAS_MISCONFIGURED;
    }
    return eas_chain_verify(conf->trust, presented->cert->x509,
                            presented->chain, apr_time_now(), pool,
                            &presented->chain, &presented->detail);
}

const eas_presented *mod_eas_proxy_presented(request_rec *initial,
                                             apr_pool_t *pool)
{
    const mod_eas_proxied *proxied = proxied_of(initial);
    eas_presented *presented = apr_pcalloc(pool, sizeof(*presented));

    presented->reason = EAS_NO_CERTIFICATE;
    if (proxied->doubt) {
        presented->detail = proxied->doubt;
        return presented;
    }
    if (is_blank(proxied->cert)) {
        presented->detail = "the proxy sent no " CERT;
        return presented;
    }
    presented->reason = read_cert(proxied->cert, pool, presented);
    if (presented->reason == EAS_REASON_NONE) {
        presented->reason = read_chain(proxied->chain, pool, presented);
    }
    if (presented->reason == EAS_REASON_NONE) {
        presented->reason = verify(pool, presented);
    }
    return presented;
}
