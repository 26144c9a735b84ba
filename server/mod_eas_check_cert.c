/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_check_cert.h"

#include <string.h>

#include <apr_strings.h>

#include <http_ssl.h>

#include "mod_eas_asks.h"
#include "mod_eas_cert_conf.h"
#include "mod_eas_check_cas.h"
#include "mod_eas_reach.h"

/* The sections under examination. */
typedef struct subject {
    mod_eas_findings *findings;
    apr_pool_t *pool;
    const apr_array_header_t *sections; /* of const mod_eas_section * */
} subject;

static const mod_eas_section *section_at(const subject *s, int place)
{
    return APR_ARRAY_IDX(s->sections, place, const mod_eas_section *);
}

int mod_eas_check_cert_counts(apr_pool_t *pool, const mod_eas_section *section)
{
    return (section->auth_type || section->dir) && !section->is_server
           && !section->is_alias
           && mod_eas_method_has_certificates(
               mod_eas_section_method(pool, section))
           && mod_eas_cert_source_of(mod_eas_section_dir(pool, section))
                  == MOD_EAS_SOURCE_TLS;
}

/* What stands in the main server is for every virtual host. */
static int is_for(const mod_eas_section *section, const mod_eas_section *server)
{
    const mod_eas_section *own = mod_eas_asks_server(section);

    return server->is_server && (own == server || !own->node);
}

/* The most and the least that the servers of a section ask. */
static mod_eas_asks asked(const subject *s, const mod_eas_section *section,
                          int is_most)
{
    mod_eas_asks found = mod_eas_asks_of(s->pool, mod_eas_asks_server(section));

    for (int i = 0; i < s->sections->nelts; i++) {
        const mod_eas_section *server = section_at(s, i);

        if (is_for(section, server)) {
            mod_eas_asks asks = mod_eas_asks_of(s->pool, server);

            found = (asks > found) == is_most ? asks : found;
        }
    }
    return found;
}

static const char *server_title(const subject *s,
                                const mod_eas_section *section)
{
    const mod_eas_section *server = mod_eas_asks_server(section);

    return server->node ? mod_eas_section_title(s->pool, server)
                        : "the virtual host";
}

static void check_asked(const subject *s, const mod_eas_section *section)
{
    const mod_eas_method method = mod_eas_section_method(s->pool, section);

    if (!section->auth_type || asked(s, section, 1) != MOD_EAS_ASKS_NOBODY) {
        return;
    }
    mod_eas_finding_warning(
        s->findings, section->auth_type,
        "EAS0243: AuthType %s in %s: %s never asks a client for a "
        "certificate, so that %s; write SSLVerifyClient optional in it, "
        "outside of every section",
        mod_eas_method_name(method), mod_eas_section_title(s->pool, section),
        server_title(s, section),
        method == MOD_EAS_METHOD_EITHER ? "everybody needs a password"
                                        : "everybody is answered 403");
}

/* Each line that says require is said of once, whichever servers take it. */
static void check_either(const subject *s, const mod_eas_section *section)
{
    if (mod_eas_section_method(s->pool, section) != MOD_EAS_METHOD_EITHER) {
        return;
    }
    for (int i = 0; i < s->sections->nelts; i++) {
        const mod_eas_section *server = section_at(s, i);

        if (is_for(section, server)
            && mod_eas_asks_of(s->pool, server) == MOD_EAS_ASKS_EVERYBODY) {
            mod_eas_finding_warning(
                s->findings, mod_eas_section_line(server, "SSLVerifyClient"),
                "EAS0244: SSLVerifyClient require, and AuthType EAS-Either in "
                "%s: whoever has no certificate cannot connect, so that a "
                "password is never asked for; write SSLVerifyClient optional",
                mod_eas_section_title(s->pool, section));
        }
    }
}

static const ap_directive_t *own_line(const mod_eas_section *section,
                                      const char *directive)
{
    const ap_directive_t *line = mod_eas_section_line(section, directive);

    return line && line->parent == section->node ? line : NULL;
}

/* <Location "/"> lies under every other. */
static int is_everywhere(const subject *s, const mod_eas_section *section)
{
    return !ap_cstr_casecmp(section->node->directive, "<Location")
           && !strcmp(mod_eas_section_word(s->pool, section->node), "/");
}

static int reaches(const subject *s, const mod_eas_section *section)
{
    if (mod_eas_reach_serves(s->pool, s->sections, section,
                             mod_eas_method_has_certificates)) {
        return 1;
    }
    for (int i = 0; i < s->sections->nelts && is_everywhere(s, section); i++) {
        const mod_eas_section *other = section_at(s, i);

        if (mod_eas_check_cert_counts(s->pool, other)
            && mod_eas_asks_server(other) == mod_eas_asks_server(section)) {
            return 1;
        }
    }
    return 0;
}

/* One that asks no more than the handshake did does nothing. */
static void check_renegotiation(const subject *s,
                                const mod_eas_section *section)
{
    const ap_directive_t *line =
        section->is_server ? NULL : own_line(section, "SSLVerifyClient");

    if (line && mod_eas_asks_read(s->pool, line) > asked(s, section, 0)
        && reaches(s, section)) {
        mod_eas_finding_warning(
            s->findings, line,
            "EAS0242: SSLVerifyClient %s in %s asks in the midst of a "
            "connection, which HTTP/2 forbids and phones refuse, over TLS 1.3 "
            "above all; take it out of there and write SSLVerifyClient "
            "optional in %s, outside of every section",
            line->args, mod_eas_section_title(s->pool, section),
            server_title(s, section));
    }
}

/* Whatever brings the certificate, a directory has to be searched for it. */
static void check_providers(const subject *s, const mod_eas_section *section)
{
    const char *const *name =
        mod_eas_section_dir(s->pool, section)->provider_names;

    for (; name && *name; name++) {
        const mod_eas_provider *provider = mod_eas_provider_find(*name);
        /* One that binds directly is found with the Require lines. */
        const char *error =
            provider && !provider->settings.bind_template
                ? eas_ldap_settings_certificates(&provider->settings, s->pool)
                : NULL;

        if (error) {
            mod_eas_finding_error(
                s->findings, mod_eas_section_auth_type(section),
                "EAS0247: %s lets in by certificate, and provider %s cannot "
                "look anybody up by one: %s",
                mod_eas_section_title(s->pool, section), provider->name, error);
        }
    }
}

/* Another module's TLS has directives that nobody here knows. */
static int has_mod_ssl(void)
{
    return ap_find_linked_module("mod_ssl.c") != NULL;
}

static int has_other_tls(void)
{
    const apr_array_header_t *hooks = ap_hook_get_ssl_conn_is_ssl();

    return hooks && hooks->nelts;
}

void mod_eas_check_cert(mod_eas_findings *findings,
                        const apr_array_header_t *sections)
{
    const subject s = {findings, findings->pool, sections};

    for (int i = 0; i < sections->nelts; i++) {
        const mod_eas_section *section = section_at(&s, i);

        if (!section->is_server && !section->is_alias
            && (section->auth_type || section->dir)
            && mod_eas_method_has_certificates(
                mod_eas_section_method(s.pool, section))) {
            check_providers(&s, section);
        }
    }
    if (!has_mod_ssl() && has_other_tls()) {
        return;
    }
    for (int i = 0; i < sections->nelts; i++) {
        const mod_eas_section *section = section_at(&s, i);

        if (has_mod_ssl()) {
            check_renegotiation(&s, section);
        }
        if (!mod_eas_check_cert_counts(s.pool, section)) {
            continue;
        }
        if (!has_mod_ssl()) {
            mod_eas_finding_warning(
                findings, mod_eas_section_auth_type(section),
                "EAS0241: no module of TLS is loaded, so that no client "
                "shows a certificate; write LoadModule ssl_module, or "
                "EASAuthCertSource Client-Cert where a proxy ends TLS");
            continue;
        }
        check_asked(&s, section);
        check_either(&s, section);
    }
    mod_eas_check_cas(findings, sections);
}
