/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_check_rules.h"

#include "mod_eas_require.h"
#include "mod_eas_rule_method.h"
#include "mod_eas_rules.h"

/* Who asks it: a Require line, or an AuthType with certificates. */
static void check_provider(mod_eas_findings *findings,
                           const ap_directive_t *line, const char *name)
{
    const mod_eas_provider *provider = mod_eas_provider_find(name);

    if (provider && provider->settings.bind_template) {
        mod_eas_finding_error(
            findings, line,
            "EAS0232: %s %s asks the directory of provider %s, which "
            "binds directly (EASAuthLDAPBindTemplate) and has no account to "
            "search with; give it EASAuthLDAPBindDN instead",
            line->directive, line->args, name);
    }
}

static void check_providers(mod_eas_findings *findings,
                            const mod_eas_section *section,
                            const ap_directive_t *line)
{
    const char *const *name =
        mod_eas_section_dir(findings->pool, section)->provider_names;

    for (; name && *name; name++) {
        check_provider(findings, line, *name);
    }
}

static void check_asking(mod_eas_findings *findings,
                         const mod_eas_section *section, mod_eas_method method,
                         const ap_directive_t *line)
{
    switch (method) {
    case MOD_EAS_METHOD_PROVIDER:
    case MOD_EAS_METHOD_BASIC:
    case MOD_EAS_METHOD_EITHER:
    case MOD_EAS_METHOD_BOTH:
    case MOD_EAS_METHOD_CERTIFICATE:
        check_providers(findings, section, line);
        break;
    case MOD_EAS_METHOD_OTHER:
        mod_eas_finding_error(
            findings, line,
            "EAS0231: Require %s in %s asks a directory about somebody whom "
            "this module has not verified; add AuthType EAS-Basic, or "
            "AuthBasicProvider eas, and EASAuthProvider NAME",
            line->args, mod_eas_section_title(findings->pool, section));
        break;
    case MOD_EAS_METHOD_UNKNOWN:
    case MOD_EAS_METHOD_EXPRESSION:
        break; /* is an error of its own */
    }
}

/* Without any AuthType it is for a request that another <Location> guards; and
 * where none does, it cannot be decided, and lets nobody in. */
static void check_method(mod_eas_findings *findings,
                         const mod_eas_section *section)
{
    apr_pool_t *pool = findings->pool;
    const ap_directive_t *line =
        mod_eas_require_find(pool, section, mod_eas_rule_method_is);

    if (line && mod_eas_section_auth_type(section)
        && mod_eas_section_method(pool, section) == MOD_EAS_METHOD_OTHER) {
        mod_eas_finding_error(
            findings, line,
            "EAS0240: Require %s in %s asks how somebody was proven whom this "
            "module has not verified; add one of our AuthTypes, or "
            "AuthBasicProvider eas, and EASAuthProvider NAME",
            line->args, mod_eas_section_title(pool, section));
    }
}

void mod_eas_check_rules(mod_eas_findings *findings,
                         const mod_eas_section *section)
{
    apr_pool_t *pool = findings->pool;
    const mod_eas_method method = mod_eas_section_method(pool, section);
    const ap_directive_t *line =
        mod_eas_require_find(pool, section, mod_eas_rules_ask);

    if (line) {
        check_asking(findings, section, method, line);
    }
    else if (mod_eas_method_has_certificates(method)) {
        /* Nobody shows a name to bind with. */
        check_providers(findings, section, mod_eas_section_auth_type(section));
    }
    check_method(findings, section);
}
