/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_check_rules.h"

#include "mod_eas_require.h"

static void check_provider(mod_eas_findings *findings,
                           const ap_directive_t *line, const char *name)
{
    const mod_eas_provider *provider = mod_eas_provider_find(name);

    if (provider && provider->settings.bind_template) {
        mod_eas_finding_error(
            findings, line,
            "EAS0232: Require %s asks the directory of provider %s, which "
            "binds directly (EASAuthLDAPBindTemplate) and has no account to "
            "search with; give it EASAuthLDAPBindDN instead",
            line->args, name);
    }
}

void mod_eas_check_rules(mod_eas_findings *findings,
                         const mod_eas_section *section)
{
    apr_pool_t *pool = findings->pool;
    const ap_directive_t *line = mod_eas_require_asking(pool, section);
    const char *const *name;

    if (!line) {
        return;
    }
    switch (mod_eas_section_method(pool, section)) {
    case MOD_EAS_METHOD_BASIC:
    case MOD_EAS_METHOD_PROVIDER:
        break;
    case MOD_EAS_METHOD_OTHER:
        mod_eas_finding_error(
            findings, line,
            "EAS0231: Require %s in %s asks a directory about somebody whom "
            "this module has not verified; add AuthType EAS-Basic, or "
            "AuthBasicProvider eas, and EASAuthProvider NAME",
            line->args, mod_eas_section_title(pool, section));
        return;
    case MOD_EAS_METHOD_CERTIFICATE:
    case MOD_EAS_METHOD_UNKNOWN:
    case MOD_EAS_METHOD_EXPRESSION:
        return; /* is an error of its own */
    }
    name = mod_eas_section_dir(pool, section)->provider_names;
    for (; name && *name; name++) {
        check_provider(findings, line, *name);
    }
}
