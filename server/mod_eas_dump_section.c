/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_dump_section.h"

#include <string.h>

#include <apr_strings.h>

#include "eas_value.h"
#include "mod_eas_cert_conf.h"
#include "mod_eas_shield_conf.h"

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
    if (!mod_eas_method_name(mod_eas_section_method(pool, section))) {
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
static void dump_access(const mod_eas_dump_out *out, const ap_directive_t *line,
                        int depth)
{
    for (; line; line = line->next) {
        if (!is_about_access(line)) {
            continue;
        }
        apr_file_printf(out->file, "    %*s%s%s%s\n", depth, "",
                        line->directive, strcmp(line->args, ">") ? " " : "",
                        line->args);
        if (*line->directive == '<') {
            dump_access(out, line->first_child, depth + 2);
            apr_file_printf(out->file, "    %*s</%s>\n", depth, "",
                            line->directive + 1);
        }
    }
}

static void dump_shield(const mod_eas_dump_out *out, const mod_eas_dir *dir)
{
    eas_policy policy = {0};

    mod_eas_shield_policy(dir, &policy);
    mod_eas_dump_line(
        out, "cache",
        apr_psprintf(out->pool, "TTL=%s stale=%s refused=%s",
                     eas_value_show_duration(policy.cache_ttl, out->pool),
                     eas_value_show_duration(policy.cache_stale, out->pool),
                     eas_value_show_duration(policy.refused_ttl, out->pool)));
    mod_eas_dump_line(out, "lockout",
                      mod_eas_shield_show(&policy.shield, out->pool));
}

/* Auto is as each directory's type has it. */
static const char *show_strong(apr_pool_t *pool, const mod_eas_dir *dir)
{
    const char *const *name = dir->provider_names;
    const char *shown = mod_eas_cert_show_strong(EAS_STRONG_AUTO);
    const char *between = ": ";

    if (dir->cert_strong > EAS_STRONG_AUTO) {
        return mod_eas_cert_show_strong((eas_cert_strong)dir->cert_strong);
    }
    for (int i = 0; name && name[i]; i++) {
        const mod_eas_provider *provider = mod_eas_provider_find(name[i]);

        if (provider) {
            shown = apr_pstrcat(pool, shown, between, provider->name, " ",
                                mod_eas_cert_show_strong(mod_eas_cert_strong_on(
                                    dir, provider->settings.type)),
                                NULL);
            between = ", ";
        }
    }
    return shown;
}

static void dump_certificates(const mod_eas_dump_out *out,
                              const mod_eas_dir *dir)
{
    apr_pool_t *pool = out->pool;

    mod_eas_dump_line(out, "cert source", mod_eas_cert_show_source(dir));
    mod_eas_dump_line(out, "cert map",
                      mod_eas_cert_show_map(mod_eas_cert_map(dir), pool));
    mod_eas_dump_line(out, "cert strong", show_strong(pool, dir));
    mod_eas_dump_line(out, "cert EKU", mod_eas_cert_show_eku(dir, pool));
    mod_eas_dump_line(out, "cert issuers",
                      mod_eas_cert_show_issuers(dir, pool));
}

static void dump_auth_type(const mod_eas_dump_out *out,
                           const mod_eas_section *section,
                           mod_eas_method method)
{
    const ap_directive_t *line = mod_eas_section_auth_type(section);

    mod_eas_dump_line(out, "AuthType", line ? line->args : "not set here");
    if (mod_eas_method_of_exchange(method)) {
        mod_eas_dump_line(out, "Exchange", mod_eas_method_of_exchange(method));
    }
}

static void dump_title(const mod_eas_dump_out *out,
                       const mod_eas_section *section)
{
    const mod_eas_section *around = section->parent;

    apr_file_printf(out->file, "%s", mod_eas_section_title(out->pool, section));
    for (; around && around->node; around = around->parent) {
        apr_file_printf(out->file, " in %s",
                        mod_eas_section_title(out->pool, around));
    }
    apr_file_printf(out->file, " (%s:%d)\n", section->node->filename,
                    section->node->line_num);
}

void mod_eas_dump_section(const mod_eas_dump_out *out,
                          const mod_eas_section *section)
{
    const mod_eas_dir *dir = mod_eas_section_dir(out->pool, section);
    const mod_eas_method method = mod_eas_section_method(out->pool, section);

    dump_title(out, section);
    dump_auth_type(out, section, method);
    mod_eas_dump_line(out, "providers",
                      show_names(out->pool, dir->provider_names));
    mod_eas_dump_line(out, "TLS",
                      dir->require_tls == MOD_EAS_OFF ? "NOT required"
                                                      : "required");
    mod_eas_dump_line(out, "userless", show_userless(out->pool, section, dir));
    mod_eas_dump_line(out, "REMOTE_USER", show_remote_user(out->pool, dir));
    mod_eas_dump_line(out, "answers", show_answers(out->pool, &dir->answers));
    dump_shield(out, dir);
    if (mod_eas_method_has_certificates(method)) {
        dump_certificates(out, dir);
    }
    if (method == MOD_EAS_METHOD_EITHER) {
        mod_eas_dump_line(out, "cert fallback",
                          dir->cert_fallback == MOD_EAS_ON ? "On" : "Off");
    }
    while (!section->require && section->parent && section->parent->node) {
        section = section->parent;
    }
    dump_access(out, section->node->first_child, 0);
}
