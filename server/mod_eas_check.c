/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_check.h"

#include "mod_eas_cache_conf.h"
#include "mod_eas_check_cert.h"
#include "mod_eas_check_names.h"
#include "mod_eas_check_section.h"
#include "mod_eas_proxy_conf.h"
#include "mod_eas_secret.h"

/* What a provider may be told, and should not. */
static void check_provider(mod_eas_findings *findings,
                           const mod_eas_provider *provider)
{
    const eas_ldap_settings *settings = &provider->settings;
    const int tls = settings->url.ldaps || settings->starttls;

    if (!tls) {
        mod_eas_finding_warning(
            findings, provider->directive,
            "EAS0201: <EASAuthProvider %s>: "
            "EASAuthLDAPStartTLS Off: every password crosses the network to "
            "the directory in the clear; remove it, or write ldaps:// in "
            "EASAuthLDAPURL",
            provider->name);
    }
    if (tls && !settings->verify) {
        mod_eas_finding_warning(
            findings, provider->directive,
            "EAS0202: <EASAuthProvider %s>: "
            "EASAuthLDAPVerify Off: whoever gets between httpd and the "
            "directory reads every password; remove it, and name the "
            "directory's CA: EASAuthLDAPTrustedCA FILE",
            provider->name);
    }
    if (provider->secret_is_literal) {
        mod_eas_finding_warning(
            findings, provider->directive,
            "EAS0203: <EASAuthProvider %s>: "
            "EASAuthLDAPBindPassword holds the password itself, for everybody "
            "to read who may read the configuration; move it to a file of "
            "mode 640 and write file:PATH",
            provider->name);
    }
}

mod_eas_findings *mod_eas_check(apr_pool_t *pool)
{
    mod_eas_findings *findings = mod_eas_findings_make(pool);
    const apr_array_header_t *providers = mod_eas_providers();
    const apr_array_header_t *sections = mod_eas_sections(pool);

    for (int i = 0; i < providers->nelts; i++) {
        check_provider(findings,
                       APR_ARRAY_IDX(providers, i, mod_eas_provider *));
    }
    for (int i = 0; i < sections->nelts; i++) {
        const mod_eas_section *section =
            APR_ARRAY_IDX(sections, i, const mod_eas_section *);

        mod_eas_check_providers(findings, section);
        mod_eas_check_section(findings, sections, section);
    }
    mod_eas_check_cert(findings, sections);
    mod_eas_cache_check(findings);
    mod_eas_proxy_check(findings);
    return findings;
}

static void hide_secrets(ap_directive_t *line)
{
    for (; line; line = line->next) {
        if (!ap_cstr_casecmp(line->directive, "EASAuthLDAPBindPassword")
            || !ap_cstr_casecmp(line->directive, "EASAuthTrustedProxySecret")) {
            mod_eas_secret_hide(line);
        }
        hide_secrets(line->first_child);
    }
}

int mod_eas_check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                         server_rec *s)
{
    int errors = mod_eas_findings_log(mod_eas_check(ptemp), s);

    (void)pconf;
    (void)plog;
    hide_secrets(ap_conftree);
    return errors ? HTTP_INTERNAL_SERVER_ERROR : OK;
}
