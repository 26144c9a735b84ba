/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_proxy_conf.h"

#include <string.h>

#include <apr_strings.h>

#include "mod_eas_network.h"
#include "mod_eas_once.h"

#define MAX_WORDS 256

enum { PROXY, SECRET, CA, CRL, ROWS };

/* What reading the configuration has brought so far. */
typedef struct written {
    mod_eas_proxy_conf conf;
    const ap_directive_t *lines[ROWS];
} written;

/* As with the providers: one reading's words are kept out of the next.  Set
 * by the one thread that reads, read-only afterwards. */
static written *current;

static apr_status_t forget(void *unused)
{
    (void)unused;
    current = NULL;
    return APR_SUCCESS;
}

static written *written_get(apr_pool_t *pconf)
{
    if (!current) {
        current = apr_pcalloc(pconf, sizeof(*current));
        apr_pool_cleanup_register(pconf, NULL, forget, apr_pool_cleanup_null);
    }
    return current;
}

const mod_eas_proxy_conf *mod_eas_proxy_conf_get(void)
{
    static const mod_eas_proxy_conf none;

    return current ? &current->conf : &none;
}

/* --- reading --------------------------------------------------------------- */

/* 0.0.0.0/0, ::/0, and what else comes to it. */
static int is_everybody(const char *word)
{
    const char *slash = strchr(word, '/');

    return slash && slash[1] && !slash[1 + strspn(slash + 1, "0")];
}

static const char *set_proxy(void *so_far, apr_pool_t *pool, int count,
                             char *const words[])
{
    written *w = so_far;
    for (int i = 0; i < count; i++) {
        if (is_everybody(words[i])) {
            return apr_psprintf(pool,
                                "\"%s\" is everybody; name the addresses your "
                                "proxies connect from",
                                words[i]);
        }
    }
    return mod_eas_networks_read(pool, count, words, &w->conf.networks,
                                 &w->conf.networks_shown);
}

static const char *set_secret(void *so_far, apr_pool_t *pool, int count,
                              char *const words[])
{
    written *w = so_far;
    mod_eas_secret secret = {NULL, NULL, 0};
    const char *error = mod_eas_secret_read(pool, count, words, &secret);

    if (error) {
        return error;
    }
    if (strlen(secret.value) < MOD_EAS_PROXY_SECRET_MIN) {
        return apr_psprintf(pool,
                            "%s gives less than %d bytes; make a secret with: "
                            "openssl rand -base64 48",
                            secret.shown, MOD_EAS_PROXY_SECRET_MIN);
    }
    w->conf.secret = secret;
    return NULL;
}

static const char *set_file(written *w, apr_pool_t *pool, const char *word,
                            const char *(*add)(eas_trust *trust,
                                               const char *file,
                                               apr_pool_t *to),
                            const char **file_out)
{
    const char *file = ap_server_root_relative(pool, word);
    const char *error;

    if (!w->conf.trust) {
        w->conf.trust = eas_trust_make(pool);
    }
    if (!file || !w->conf.trust) {
        return file ? "OpenSSL has no memory" : "it is not the path of a file";
    }
    error = add(w->conf.trust, file, pool);
    *file_out = error ? *file_out : file;
    return error ? apr_psprintf(pool, "%s: %s", file, error) : NULL;
}

static const char *set_ca(void *so_far, apr_pool_t *pool, int count,
                          char *const words[])
{
    written *w = so_far;
    (void)count;
    return set_file(w, pool, words[0], eas_trust_add_cas, &w->conf.ca_file);
}

static const char *set_crl(void *so_far, apr_pool_t *pool, int count,
                           char *const words[])
{
    written *w = so_far;
    (void)count;
    return set_file(w, pool, words[0], eas_trust_add_crls, &w->conf.crl_file);
}

static const mod_eas_once rows[ROWS + 1] = {
    [PROXY] = {"EASAuthTrustedProxy", MAX_WORDS, 0, set_proxy},
    [SECRET] = {"EASAuthTrustedProxySecret", MAX_WORDS, 1, set_secret},
    [CA] = {"EASAuthClientCertCA", 1, 0, set_ca},
    [CRL] = {"EASAuthClientCertCRL", 1, 0, set_crl},
};

const char *mod_eas_proxy_directive(cmd_parms *cmd, void *unused, int count,
                                    char *const words[])
{
    written *w = written_get(cmd->pool);

    (void)unused;
    return mod_eas_once_directive(cmd, rows, w->lines, w, count, words);
}

/* --- checks ---------------------------------------------------------------- */

/* Whether any server asks for client certificates as it is connected to;
 * below a <Location> it would be too late for post_read_request. */
static int asks_for_certificates(apr_pool_t *pool, const ap_directive_t *line)
{
    for (; line; line = line->next) {
        const char *args = line->args;

        if (!ap_cstr_casecmp(line->directive, "SSLVerifyClient")
            && ap_cstr_casecmp(ap_getword_conf(pool, &args), "none")) {
            return 1;
        }
        if (ap_cstr_casecmpn(line->directive, "<Location", 9)
            && ap_cstr_casecmpn(line->directive, "<Directory", 10)
            && ap_cstr_casecmpn(line->directive, "<Files", 6)
            && asks_for_certificates(pool, line->first_child)) {
            return 1;
        }
    }
    return 0;
}

static void check_proof(mod_eas_findings *findings, const written *w)
{
    if (w->conf.secret.is_literal) {
        mod_eas_finding_warning(
            findings, w->lines[SECRET],
            "EAS0375: EASAuthTrustedProxySecret holds the secret itself, for "
            "everybody to read who may read the configuration; move it to a "
            "file of mode 640 and write file:PATH");
    }
    if (w->conf.networks && !w->conf.secret.value
        && !asks_for_certificates(findings->pool, ap_conftree)) {
        mod_eas_finding_warning(
            findings, w->lines[PROXY],
            "EAS0376: EASAuthTrustedProxy %s: no proxy can show that it is "
            "one, and so none is trusted: add EASAuthTrustedProxySecret "
            "file:PATH, or SSLVerifyClient to the server that the proxies "
            "connect to",
            w->conf.networks_shown);
    }
}

/* A directive that is of no use without another one. */
static void check_use(mod_eas_findings *findings, const written *w, int row,
                      int needs)
{
    if (w->lines[row] && !w->lines[needs]) {
        mod_eas_finding_warning(
            findings, w->lines[row],
            "EAS0377: %s is not used: there is no %s; add it, or remove this",
            rows[row].name, rows[needs].name);
    }
}

/* Dates change by themselves, and a reload must not fail of it. */
static void check_trust(mod_eas_findings *findings, const written *w)
{
    const apr_array_header_t *found =
        eas_trust_look(w->conf.trust, apr_time_now(), findings->pool);

    for (int i = 0; i < found->nelts; i++) {
        mod_eas_finding_warning(findings, w->lines[w->conf.crl_file ? CRL : CA],
                                "EAS0378: %s%s%s: %s",
                                w->conf.ca_file ? w->conf.ca_file : "",
                                w->conf.ca_file && w->conf.crl_file ? ", " : "",
                                w->conf.crl_file ? w->conf.crl_file : "",
                                APR_ARRAY_IDX(found, i, const char *));
    }
}

void mod_eas_proxy_check(mod_eas_findings *findings)
{
    const written *w = current;

    if (!w) {
        return;
    }
    check_proof(findings, w);
    check_use(findings, w, SECRET, PROXY);
    check_use(findings, w, CA, PROXY);
    check_use(findings, w, CRL, CA);
    if (w->conf.trust) {
        check_trust(findings, w);
    }
}

void mod_eas_proxy_check_source(mod_eas_findings *findings,
                                const ap_directive_t *line)
{
    const mod_eas_proxy_conf *conf = mod_eas_proxy_conf_get();

    if (!conf->networks) {
        mod_eas_finding_error(
            findings, line,
            "EAS0379: EASAuthCertSource Client-Cert: there is no "
            "EASAuthTrustedProxy, so nobody could present a certificate; name "
            "the addresses of the proxies that end TLS, outside of every "
            "<VirtualHost>");
    }
    if (!conf->ca_file) {
        mod_eas_finding_error(
            findings, line,
            "EAS0380: EASAuthCertSource Client-Cert: there is no "
            "EASAuthClientCertCA, so no certificate could be verified; name a "
            "file with the CAs of the phones' certificates, outside of every "
            "<VirtualHost>");
    }
}

/* --- the dump -------------------------------------------------------------- */

static const char *show_proof(apr_pool_t *pool, const mod_eas_proxy_conf *conf)
{
    return conf->secret.value ? apr_psprintf(pool,
                                             "a client certificate, or secret "
                                             "%s",
                                             conf->secret.shown)
                              : "a client certificate";
}

void mod_eas_proxy_show(const mod_eas_dump_out *out)
{
    const mod_eas_proxy_conf *conf = mod_eas_proxy_conf_get();

    if (conf->networks) {
        mod_eas_dump_line(out, "proxies", conf->networks_shown);
        mod_eas_dump_line(out, "proxies show", show_proof(out->pool, conf));
    }
    if (conf->ca_file) {
        mod_eas_dump_line(out, "client CAs",
                          apr_psprintf(out->pool, "%d in %s",
                                       conf->trust->cas->nelts, conf->ca_file));
    }
    if (conf->crl_file) {
        mod_eas_dump_line(out, "client CRLs",
                          apr_psprintf(out->pool, "%d in %s",
                                       conf->trust->crls->nelts,
                                       conf->crl_file));
    }
}
