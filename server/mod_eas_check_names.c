/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_check_names.h"

#include <apr_strings.h>

/* The providers of a record that exist. */
typedef struct providers {
    const mod_eas_provider **all;
    int count;
} providers;

static providers resolve(apr_pool_t *pool, const mod_eas_dir *dir)
{
    providers found = {NULL, 0};
    int count = 0;

    while (dir->provider_names && dir->provider_names[count]) {
        count++;
    }
    found.all = apr_pcalloc(pool, sizeof(*found.all) * ((apr_size_t)count + 1));
    for (int i = 0; i < count; i++) {
        const mod_eas_provider *provider =
            mod_eas_provider_find(dir->provider_names[i]);

        if (provider) {
            found.all[found.count++] = provider;
        }
    }
    return found;
}

static const char *known_names(apr_pool_t *pool)
{
    const apr_array_header_t *all = mod_eas_providers();
    const char *names = "";

    for (int i = 0; i < all->nelts; i++) {
        names =
            apr_pstrcat(pool, names, i ? ", " : "",
                        APR_ARRAY_IDX(all, i, mod_eas_provider *)->name, NULL);
    }
    return *names ? names : "none";
}

static void check_known(mod_eas_findings *findings, const ap_directive_t *line,
                        const char *const *names)
{
    for (; *names; names++) {
        if (!mod_eas_provider_find(*names)) {
            mod_eas_finding_error(findings, line,
                                  "EAS0216: EASAuthProvider %s: there is no "
                                  "<EASAuthProvider %s> section; known are: %s",
                                  *names, *names, known_names(findings->pool));
        }
    }
}

/* A domain both providers name, or NULL. */
static const char *shared_domain(const mod_eas_provider *a,
                                 const mod_eas_provider *b)
{
    eas_domains named = b->decide.domains;
    const apr_array_header_t *names = a->decide.domains.names;

    named.any = 0;
    for (int i = 0; names && i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);

        if (eas_domains_has(&named, name)) {
            return name;
        }
    }
    return NULL;
}

/* A stated domain picks the one provider it belongs to: were there two, a
 * password could be tried in the directory of somebody else. */
static void check_pair(mod_eas_findings *findings, const ap_directive_t *line,
                       const mod_eas_provider *a, const mod_eas_provider *b)
{
    const char *domain = shared_domain(a, b);

    if (domain) {
        mod_eas_finding_error(
            findings, line,
            "EAS0217: EASAuthProvider: %s and %s both "
            "have EASAuthDomain %s, so that a login in this domain would "
            "belong to two directories; a domain picks one provider: take it "
            "out of one of them",
            a->name, b->name, domain);
    }
    if (a->decide.domains.any && b->decide.domains.any) {
        mod_eas_finding_error(
            findings, line,
            "EAS0218: EASAuthProvider: %s and %s both "
            "have EASAuthDomain *, so that any other domain would belong to "
            "two directories; leave the * to one of them",
            a->name, b->name);
    }
}

/* A direct bind cannot tell an unknown user from a wrong password, so that
 * the search for a bare name ends there, and a stranger's password with it. */
static void check_last(mod_eas_findings *findings, const ap_directive_t *line,
                       const mod_eas_provider *provider,
                       const mod_eas_provider *next)
{
    if (provider->settings.bind_template) {
        mod_eas_finding_error(
            findings, line,
            "EAS0230: EASAuthProvider: %s stands before %s "
            "and has EASAuthLDAPBindTemplate, which knows nobody to be "
            "unknown, so that %s would never be asked for a name without a "
            "domain; put %s last",
            provider->name, next->name, next->name, provider->name);
    }
}

static void check_several(mod_eas_findings *findings,
                          const ap_directive_t *line, const providers *found)
{
    for (int i = 0; i < found->count; i++) {
        if (!eas_domains_default(&found->all[i]->decide.domains)) {
            mod_eas_finding_error(
                findings, line,
                "EAS0219: EASAuthProvider: %s is one of "
                "several providers and has no EASAuthDomain with a name, so "
                "that its users could not be told from those of the others; "
                "add EASAuthDomain NAME to <EASAuthProvider %s>",
                found->all[i]->name, found->all[i]->name);
        }
        if (i + 1 < found->count) {
            check_last(findings, line, found->all[i], found->all[i + 1]);
        }
        for (int j = i + 1; j < found->count; j++) {
            check_pair(findings, line, found->all[i], found->all[j]);
        }
    }
}

void mod_eas_check_providers(mod_eas_findings *findings,
                             const mod_eas_section *section)
{
    const ap_directive_t *line;
    providers found;

    if (!section->dir || !section->dir->provider_names) {
        return;
    }
    line = mod_eas_section_line(section, "EASAuthProvider");
    check_known(findings, line, section->dir->provider_names);
    found = resolve(findings->pool, section->dir);
    if (found.count > 1) {
        check_several(findings, line, &found);
    }
}

/* alice of one directory must not come out as alice of another. */
static void check_qualified(mod_eas_findings *findings,
                            const ap_directive_t *line, const mod_eas_dir *dir)
{
    if (dir->remote_template
        && !eas_template_has_domain(dir->remote_template)) {
        mod_eas_finding_error(
            findings, line,
            "EAS0220: EASAuthRemoteUser \"%s\" has no %%d, "
            "and with several providers the same name may be two people; "
            "write %%d\\%%u or %%u@%%d, or remove it: with several providers "
            "%%d\\%%u is the default",
            dir->remote_user);
    }
    if (dir->remote_attribute) {
        mod_eas_finding_error(
            findings, line,
            "EAS0221: EASAuthRemoteUser \"%s\" is an "
            "attribute, and with several providers two people may have the "
            "same value in it; write %%d\\%%u or %%u@%%d, or name one "
            "provider in EASAuthProvider",
            dir->remote_user);
    }
}

static void check_one(mod_eas_findings *findings, const ap_directive_t *line,
                      const mod_eas_dir *dir, const mod_eas_provider *provider)
{
    if (dir->remote_template && eas_template_has_domain(dir->remote_template)
        && !eas_domains_default(&provider->decide.domains)) {
        mod_eas_finding_error(
            findings, line,
            "EAS0222: EASAuthRemoteUser \"%s\" has a %%d, "
            "and provider %s has no domain to put there; add EASAuthDomain "
            "NAME to <EASAuthProvider %s>, or write %%u",
            dir->remote_user, provider->name, provider->name);
    }
    if (dir->remote_attribute && provider->settings.bind_template) {
        mod_eas_finding_error(
            findings, line,
            "EAS0223: EASAuthRemoteUser \"%s\" is an "
            "attribute, and provider %s reads none, because "
            "EASAuthLDAPBindTemplate binds without a search; write a "
            "template such as %%u, or give the provider EASAuthLDAPBindDN "
            "instead",
            dir->remote_user, provider->name);
    }
}

void mod_eas_check_remote_user(mod_eas_findings *findings,
                               const mod_eas_section *section)
{
    const mod_eas_dir *dir = mod_eas_section_dir(findings->pool, section);
    const ap_directive_t *line =
        mod_eas_section_line(section, "EASAuthRemoteUser");
    providers found = resolve(findings->pool, dir);

    if (found.count > 1) {
        check_qualified(findings, line, dir);
    }
    for (int i = 0; i < found.count; i++) {
        check_one(findings, line, dir, found.all[i]);
    }
}
