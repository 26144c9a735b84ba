/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_config.h"

#include <apr_strings.h>

#include "mod_eas_cert_conf.h"
#include "mod_eas_shield_conf.h"

/* One record of mod_eas_dir_note. */
typedef struct written {
    const ap_directive_t *section;
    mod_eas_dir *dir;
} written;

/* What reading the configuration has brought so far. */
typedef struct registry {
    apr_array_header_t *providers; /* of mod_eas_provider * */
    apr_array_header_t *sections;  /* of written */
} registry;

/* httpd reads its configuration twice at start and again on each reload, with
 * the pool cleared in between: the cleanup keeps one reading's providers out
 * of the next.  Set by the one thread that reads, read-only afterwards. */
static registry *current;

static apr_status_t forget(void *data)
{
    (void)data;
    current = NULL;
    return APR_SUCCESS;
}

static registry *registry_get(apr_pool_t *pconf)
{
    if (!current) {
        current = apr_palloc(pconf, sizeof(*current));
        current->providers =
            apr_array_make(pconf, 4, sizeof(mod_eas_provider *));
        current->sections = apr_array_make(pconf, 8, sizeof(written));
        apr_pool_cleanup_register(pconf, NULL, forget, apr_pool_cleanup_null);
    }
    return current;
}

void mod_eas_provider_add(apr_pool_t *pconf, mod_eas_provider *provider)
{
    apr_array_header_t *all = registry_get(pconf)->providers;

    provider->decide.index = all->nelts % MOD_EAS_PROVIDERS_LIMIT;
    APR_ARRAY_PUSH(all, mod_eas_provider *) = provider;
}

const apr_array_header_t *mod_eas_providers(void)
{
    static const apr_array_header_t none = {NULL, sizeof(mod_eas_provider *), 0,
                                            0, NULL};

    return current ? current->providers : &none;
}

mod_eas_provider *mod_eas_provider_find(const char *name)
{
    const apr_array_header_t *all = mod_eas_providers();

    for (int i = 0; i < all->nelts; i++) {
        mod_eas_provider *provider = APR_ARRAY_IDX(all, i, mod_eas_provider *);

        if (!ap_cstr_casecmp(provider->name, name)) {
            return provider;
        }
    }
    return NULL;
}

void mod_eas_dir_note(apr_pool_t *pconf, const ap_directive_t *section,
                      mod_eas_dir *dir)
{
    dir->section = section;
    if (mod_eas_dir_written(section) != dir) {
        written *entry = apr_array_push(registry_get(pconf)->sections);

        entry->section = section;
        entry->dir = dir;
    }
}

void mod_eas_dirs_each(void (*visit)(void *with, mod_eas_dir *dir), void *with)
{
    for (int i = 0; current && i < current->sections->nelts; i++) {
        visit(with, APR_ARRAY_IDX(current->sections, i, written).dir);
    }
}

const mod_eas_dir *mod_eas_dir_written(const ap_directive_t *section)
{
    for (int i = 0; current && i < current->sections->nelts; i++) {
        const written *entry = &APR_ARRAY_IDX(current->sections, i, written);

        if (entry->section == section) {
            return entry->dir;
        }
    }
    return NULL;
}

void *mod_eas_dir_create(apr_pool_t *pool, char *path)
{
    mod_eas_dir *dir = apr_pcalloc(pool, sizeof(*dir));

    (void)path;
    dir->require_tls = MOD_EAS_UNSET;
    dir->allow_userless = MOD_EAS_UNSET;
    mod_eas_shield_unset(dir);
    mod_eas_cert_unset(dir);
    return dir;
}

mod_eas_dir *mod_eas_dir_merge(apr_pool_t *pool, const mod_eas_dir *below,
                               const mod_eas_dir *above)
{
    mod_eas_dir *merged = apr_pmemdup(pool, above, sizeof(*above));

    merged->ready = NULL;
    if (!above->provider_names) {
        merged->provider_names = below->provider_names;
    }
    if (above->require_tls == MOD_EAS_UNSET) {
        merged->require_tls = below->require_tls;
    }
    if (above->allow_userless == MOD_EAS_UNSET) {
        merged->allow_userless = below->allow_userless;
    }
    /* The three say one thing and go together. */
    if (!above->remote_user) {
        merged->remote_user = below->remote_user;
        merged->remote_template = below->remote_template;
        merged->remote_attribute = below->remote_attribute;
    }
    if (!above->section) {
        merged->section = below->section;
    }
    mod_eas_shield_merge(merged, below);
    mod_eas_cert_merge(merged, below);
    eas_answers_merge(&merged->answers, &below->answers, &above->answers);
    return merged;
}

/* Several directories may each have an alice, so that her name alone says
 * too little as soon as there are two. */
static const eas_template *default_template(int providers, apr_pool_t *pool)
{
    const eas_template *made = NULL;

    /* Neither text can fail to compile. */
    (void)eas_template_compile(providers > 1 ? "%d\\%u" : "%u", pool, &made);
    return made;
}

/* NULL unless every provider is known. */
static const eas_provider **resolve(const char *const *names, int count,
                                    apr_pool_t *pool)
{
    const eas_provider **providers =
        apr_pcalloc(pool, sizeof(*providers) * ((apr_size_t)count + 1));

    for (int i = 0; i < count; i++) {
        const mod_eas_provider *provider = mod_eas_provider_find(names[i]);

        if (!provider) {
            return NULL;
        }
        providers[i] = &provider->decide;
    }
    return providers;
}

const eas_policy *mod_eas_policy_make(const mod_eas_dir *dir, apr_pool_t *pool)
{
    eas_policy *policy = apr_pcalloc(pool, sizeof(*policy));
    int count = 0;

    while (dir->provider_names && dir->provider_names[count]) {
        count++;
    }
    if (!count) {
        return NULL;
    }
    policy->providers = resolve(dir->provider_names, count, pool);
    if (!policy->providers) {
        return NULL;
    }
    policy->require_tls = dir->require_tls != MOD_EAS_OFF;
    mod_eas_shield_policy(dir, policy);
    mod_eas_cert_policy(dir, policy, pool);
    policy->remote_user = dir->remote_template;
    policy->remote_attribute = dir->remote_attribute;
    if (!dir->remote_user) {
        policy->remote_user = default_template(count, pool);
    }
    return policy;
}
