/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_dump_provider.h"

#include <apr_strings.h>

#include "eas_ldap_srv.h"
#include "eas_value.h"

static const char *join(apr_pool_t *pool, const apr_array_header_t *words)
{
    return words ? apr_array_pstrcat(pool, words, ' ') : "";
}

static const char *show_type(eas_ldap_type type)
{
    switch (type) {
    case EAS_LDAP_GENERIC:
        return "Generic";
    case EAS_LDAP_OPENLDAP:
        return "OpenLDAP";
    case EAS_LDAP_ACTIVE_DIRECTORY:
        return "ActiveDirectory";
    case EAS_LDAP_FREEIPA:
        return "FreeIPA";
    }
    return "?";
}

static const char *show_hosts(apr_pool_t *pool,
                              const eas_ldap_settings *settings)
{
    const eas_ldap_url *url = &settings->url;
    const char *shown = "";

    if (url->srv_domain) {
        const apr_array_header_t *names = eas_ldap_srv_names(settings, pool);

        for (int i = 0; i < names->nelts; i++) {
            shown = apr_pstrcat(pool, shown, i ? ", " : "DNS SRV ",
                                APR_ARRAY_IDX(names, i, const char *), NULL);
        }
        return shown;
    }
    for (int i = 0; i < url->hosts->nelts; i++) {
        shown =
            apr_pstrcat(pool, shown, i ? " " : "",
                        APR_ARRAY_IDX(url->hosts, i, eas_ldap_host).uri, NULL);
    }
    return shown;
}

static const char *show_search(apr_pool_t *pool,
                               const eas_ldap_settings *settings)
{
    /* The numbers of RFC 4511, section 4.5.1.2, and its draft's fourth. */
    static const char *const scopes[] = {"base", "one", "sub", "subordinate"};
    const eas_ldap_url *url = &settings->url;

    if (settings->bind_template) {
        return "none";
    }
    return apr_psprintf(pool, "base \"%s\", scope %s, filter %s", url->base,
                        url->scope >= 0 && url->scope < 4 ? scopes[url->scope]
                                                          : "?",
                        url->filter ? url->filter : "none");
}

static const char *show_tls(apr_pool_t *pool, const eas_ldap_settings *settings)
{
    const char *how =
        settings->url.ldaps ? "from the first byte (ldaps)" : "StartTLS";

    if (!settings->url.ldaps && !settings->starttls) {
        return "NONE";
    }
    if (!settings->verify) {
        return apr_pstrcat(pool, how, ", certificate NOT verified", NULL);
    }
    return apr_pstrcat(pool, how, ", verified against ", settings->ca_file,
                       NULL);
}

static const char *show_bind(apr_pool_t *pool, const mod_eas_provider *provider)
{
    const eas_ldap_settings *settings = &provider->settings;

    if (settings->bind_template) {
        return apr_psprintf(pool, "direct, as \"%s\"",
                            eas_template_text(settings->bind_template));
    }
    if (!settings->bind_dn) {
        return "anonymous";
    }
    return apr_psprintf(pool, "service account \"%s\", password %s",
                        settings->bind_dn, provider->secret_shown);
}

static const char *show_form(apr_pool_t *pool, const char *form,
                             const apr_array_header_t *attributes)
{
    return attributes && attributes->nelts
               ? apr_pstrcat(pool, " ", form, join(pool, attributes), NULL)
               : "";
}

static const char *show_login(apr_pool_t *pool,
                              const eas_ldap_settings *settings)
{
    const eas_login_attributes *login = &settings->login;

    if (settings->bind_template) {
        return "as typed";
    }
    /* There is one at least; the blank before it is left out. */
    return apr_pstrcat(pool, show_form(pool, "user=", login->user),
                       show_form(pool, "upn=", login->upn),
                       show_form(pool, "mail=", login->mail), NULL)
           + 1;
}

static const char *show_domains(apr_pool_t *pool, const eas_domains *domains)
{
    const char *names = join(pool, domains->names);

    return apr_pstrcat(pool, names, *names && domains->any ? " " : "",
                       domains->any ? "*" : "",
                       *names || domains->any ? "" : "none", NULL);
}

void mod_eas_dump_provider(const mod_eas_dump_out *out,
                           const mod_eas_provider *provider)
{
    const eas_ldap_settings *settings = &provider->settings;
    apr_pool_t *pool = out->pool;

    apr_file_printf(out->file, "Provider %s (%s:%d)\n", provider->name,
                    provider->directive->filename,
                    provider->directive->line_num);
    mod_eas_dump_line(out, "directory", show_hosts(pool, settings));
    mod_eas_dump_line(out, "type", show_type(settings->type));
    mod_eas_dump_line(out, "TLS", show_tls(pool, settings));
    mod_eas_dump_line(out, "bind", show_bind(pool, provider));
    mod_eas_dump_line(out, "search", show_search(pool, settings));
    mod_eas_dump_line(out, "login forms", show_login(pool, settings));
    mod_eas_dump_line(out, "domains", show_domains(pool, &settings->domains));
    mod_eas_dump_line(
        out, "timeouts",
        apr_psprintf(pool, "connect=%s operation=%s total=%s",
                     eas_value_show_duration(settings->connect_timeout, pool),
                     eas_value_show_duration(settings->operation_timeout, pool),
                     eas_value_show_duration(settings->total_timeout, pool)));
    mod_eas_dump_line(
        out, "pool",
        apr_psprintf(pool, "max=%d idle=%s", settings->pool_max,
                     eas_value_show_duration(settings->pool_idle, pool)));
    mod_eas_dump_line(out, "max wait",
                      settings->max_wait ? apr_itoa(pool, settings->max_wait)
                                         : "auto, a quarter of the threads");
    mod_eas_dump_line(out, "retry",
                      eas_value_show_duration(settings->retry, pool));
    mod_eas_dump_line(out, "remember",
                      settings->remember
                          ? eas_value_show_duration(settings->remember, pool)
                          : "nothing");
    mod_eas_dump_line(out, "groups",
                      apr_psprintf(pool, "below \"%s\"", settings->group_base));
}
