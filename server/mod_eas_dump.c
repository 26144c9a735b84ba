/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_dump.h"

#include <string.h>

#include <apr_strings.h>

#include <http_core.h>

#include "eas_ldap_srv.h"
#include "eas_value.h"
#include "mod_eas_cache_conf.h"
#include "mod_eas_check.h"
#include "mod_eas_check_section.h"
#include "mod_eas_main_conf.h"
#include "mod_eas_proxy_conf.h"
#include "mod_eas_shield_conf.h"

/* Where it is printed. */
typedef struct dump {
    apr_pool_t *pool;
    apr_file_t *out;
} dump;

static void print_line(const void *with, const char *name, const char *value)
{
    const dump *d = with;

    apr_file_printf(d->out, "    %-13s %s\n", name, value);
}

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

static void dump_provider(const dump *d, const mod_eas_provider *provider)
{
    const eas_ldap_settings *settings = &provider->settings;
    apr_pool_t *pool = d->pool;

    apr_file_printf(d->out, "Provider %s (%s:%d)\n", provider->name,
                    provider->directive->filename,
                    provider->directive->line_num);
    print_line(d, "directory", show_hosts(pool, settings));
    print_line(d, "type", show_type(settings->type));
    print_line(d, "TLS", show_tls(pool, settings));
    print_line(d, "bind", show_bind(pool, provider));
    print_line(d, "search", show_search(pool, settings));
    print_line(d, "login forms", show_login(pool, settings));
    print_line(d, "domains", show_domains(pool, &settings->domains));
    print_line(
        d, "timeouts",
        apr_psprintf(pool, "connect=%s operation=%s total=%s",
                     eas_value_show_duration(settings->connect_timeout, pool),
                     eas_value_show_duration(settings->operation_timeout, pool),
                     eas_value_show_duration(settings->total_timeout, pool)));
    print_line(
        d, "pool",
        apr_psprintf(pool, "max=%d idle=%s", settings->pool_max,
                     eas_value_show_duration(settings->pool_idle, pool)));
    print_line(d, "max wait",
               settings->max_wait ? apr_itoa(pool, settings->max_wait)
                                  : "auto, a quarter of the threads");
    print_line(d, "retry", eas_value_show_duration(settings->retry, pool));
    print_line(d, "remember",
               settings->remember
                   ? eas_value_show_duration(settings->remember, pool)
                   : "nothing");
    print_line(d, "groups",
               apr_psprintf(pool, "below \"%s\"", settings->group_base));
}

static const char *show_cache(apr_pool_t *pool)
{
    const mod_eas_cache_conf *conf = mod_eas_cache_conf_get();

    if (conf->kind == MOD_EAS_CACHE_SHM) {
        return apr_psprintf(pool, "shm, %" APR_SIZE_T_FMT " MB",
                            conf->size >> 20);
    }
    return conf->secret.value ? apr_pstrcat(pool, conf->shown, ", secret ",
                                            conf->secret.shown, NULL)
                              : conf->shown;
}

/* easauthctl reads the line of the control file. */
static void dump_server(const dump *d)
{
    const mod_eas_main *conf = mod_eas_main_conf();
    const char *file = mod_eas_main_ledger_file(d->pool);

    apr_file_printf(d->out, "Server\n");
    print_line(d, "cache", show_cache(d->pool));
    print_line(d, "control file",
               conf->control_file ? conf->control_file : "none");
    print_line(
        d, "ledger",
        apr_psprintf(d->pool, "%d accounts, kept %s%s", conf->ledger_accounts,
                     file ? "in " : "in memory alone", file ? file : ""));
    print_line(d, "shared nets",
               conf->shared_shown ? conf->shared_shown : "none");
    mod_eas_proxy_show(d->pool, print_line, d);
}

static const char *show_names(apr_pool_t *pool, const char *const *names)
{
    const char *shown = "";

    for (; names && *names; names++) {
        shown = apr_pstrcat(pool, shown, *shown ? " " : "", *names, NULL);
    }
    return *shown ? shown : "none here";
}

static const char *show_remote_user(apr_pool_t *pool, const mod_eas_dir *dir)
{
    const eas_policy *policy = mod_eas_policy_make(dir, pool);

    if (!policy) {
        return "-";
    }
    return policy->remote_attribute
               ? apr_pstrcat(pool, "attribute ", policy->remote_attribute, NULL)
               : eas_template_text(policy->remote_user);
}

static const char *show_userless(apr_pool_t *pool,
                                 const mod_eas_section *section,
                                 const mod_eas_dir *dir)
{
    if (mod_eas_section_method(pool, section) != MOD_EAS_METHOD_BASIC) {
        return "as this AuthType and Require have it";
    }
    return dir->allow_userless == MOD_EAS_ON
               ? "ALLOWED where a Require grants it"
               : "never";
}

static const char *show_answers(apr_pool_t *pool, const eas_answers *answers)
{
    const char *shown = "";

    for (int i = 0; i <= EAS_CLASS_UNAVAILABLE; i++) {
        if (answers->by_class[i]) {
            shown = apr_psprintf(pool, "%s%s%s=%d", shown, *shown ? " " : "",
                                 eas_class_name((eas_class)i),
                                 answers->by_class[i]);
        }
    }
    for (int i = 0; i < EAS_REASON_COUNT; i++) {
        if (answers->by_reason[i]) {
            shown = apr_psprintf(pool, "%s%s%s=%d", shown, *shown ? " " : "",
                                 eas_reason_name((eas_reason)i),
                                 answers->by_reason[i]);
        }
    }
    return *shown ? shown : "defaults";
}

static int is_about_access(const ap_directive_t *line)
{
    return !ap_cstr_casecmpn(line->directive, "<Require", 8)
           || !ap_cstr_casecmpn(line->directive, "<Limit", 6)
           || !ap_cstr_casecmp(line->directive, "Require")
           || !ap_cstr_casecmp(line->directive, "AuthMerging")
           || !ap_cstr_casecmp(line->directive, "Satisfy");
}

/* As configured: what they come to is mod_authz_core's business. */
static void dump_access(const dump *d, const ap_directive_t *line, int depth)
{
    for (; line; line = line->next) {
        if (!is_about_access(line)) {
            continue;
        }
        apr_file_printf(d->out, "    %*s%s%s%s\n", depth, "", line->directive,
                        strcmp(line->args, ">") ? " " : "", line->args);
        if (*line->directive == '<') {
            dump_access(d, line->first_child, depth + 2);
            apr_file_printf(d->out, "    %*s</%s>\n", depth, "",
                            line->directive + 1);
        }
    }
}

static void dump_shield(const dump *d, const mod_eas_dir *dir)
{
    eas_policy policy = {0};

    mod_eas_shield_policy(dir, &policy);
    print_line(
        d, "cache",
        apr_psprintf(d->pool, "TTL=%s stale=%s refused=%s",
                     eas_value_show_duration(policy.cache_ttl, d->pool),
                     eas_value_show_duration(policy.cache_stale, d->pool),
                     eas_value_show_duration(policy.refused_ttl, d->pool)));
    print_line(d, "lockout", mod_eas_shield_show(&policy.shield, d->pool));
}

static void dump_title(const dump *d, const mod_eas_section *section)
{
    const mod_eas_section *around = section->parent;

    apr_file_printf(d->out, "%s", mod_eas_section_title(d->pool, section));
    for (; around && around->node; around = around->parent) {
        apr_file_printf(d->out, " in %s",
                        mod_eas_section_title(d->pool, around));
    }
    apr_file_printf(d->out, " (%s:%d)\n", section->node->filename,
                    section->node->line_num);
}

static void dump_section(const dump *d, const mod_eas_section *section)
{
    const mod_eas_dir *dir = mod_eas_section_dir(d->pool, section);
    const ap_directive_t *auth_type = mod_eas_section_auth_type(section);

    dump_title(d, section);
    print_line(d, "AuthType", auth_type ? auth_type->args : "not set here");
    print_line(d, "providers", show_names(d->pool, dir->provider_names));
    print_line(d, "TLS",
               dir->require_tls == MOD_EAS_OFF ? "NOT required" : "required");
    print_line(d, "userless", show_userless(d->pool, section, dir));
    print_line(d, "REMOTE_USER", show_remote_user(d->pool, dir));
    print_line(d, "answers", show_answers(d->pool, &dir->answers));
    dump_shield(d, dir);
    while (!section->require && section->parent && section->parent->node) {
        section = section->parent;
    }
    dump_access(d, section->node->first_child, 0);
}

static int dump_sections(const dump *d)
{
    const apr_array_header_t *all = mod_eas_sections(d->pool);
    int count = 0;

    for (int i = 0; i < all->nelts; i++) {
        const mod_eas_section *section =
            APR_ARRAY_IDX(all, i, const mod_eas_section *);

        if (!section->is_server && !section->is_alias
            && mod_eas_check_is_guarded(d->pool, section)) {
            dump_section(d, section);
            count++;
        }
    }
    return count;
}

static void dump_warnings(const dump *d)
{
    const apr_array_header_t *list = mod_eas_check(d->pool)->list;

    for (int i = 0; i < list->nelts; i++) {
        apr_file_printf(d->out, "Warning: %s\n",
                        APR_ARRAY_IDX(list, i, mod_eas_finding).text);
    }
}

void mod_eas_dump(apr_pool_t *pconf, server_rec *s)
{
    const apr_array_header_t *providers = mod_eas_providers();
    dump d = {pconf, NULL};

    (void)s;
    if (!ap_exists_config_define("DUMP_EAS_AUTH")
        || apr_file_open_stdout(&d.out, pconf) != APR_SUCCESS) {
        return;
    }
    dump_server(&d);
    for (int i = 0; i < providers->nelts; i++) {
        dump_provider(&d, APR_ARRAY_IDX(providers, i, mod_eas_provider *));
    }
    if (!dump_sections(&d)) {
        apr_file_printf(d.out, "No section has AuthType EAS-Basic.\n");
    }
    dump_warnings(&d);
}
