/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_runtime.h"

#include <apr_atomic.h>
#include <apr_hash.h>
#include <apr_shm.h>
#include <http_core.h>
#include <http_log.h>

#include "eas_clock.h"
#include "eas_ldap_directory.h"
#include "mod_eas_config.h"

APLOG_USE_MODULE(eas_auth);

typedef struct runtime {
    eas_env env;
    apr_hash_t *directories; /* const eas_directory * by provider name */
} runtime;

/* Written once, before the child has threads. */
static const runtime *child_runtime;

/* In shared memory once post_config has run, and set before a child forks. */
static apr_uint32_t own_flag;
static apr_uint32_t *said = &own_flag;

static apr_status_t forget_shared(void *unused)
{
    (void)unused;
    said = &own_flag;
    return APR_SUCCESS;
}

int mod_eas_runtime_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                                apr_pool_t *ptemp, server_rec *s)
{
    apr_shm_t *shared = NULL;

    (void)plog;
    (void)ptemp;
    (void)s;
    eas_ldap_directory_prepare();
    if (apr_shm_create(&shared, sizeof(*said), NULL, pconf) == APR_SUCCESS) {
        said = apr_shm_baseaddr_get(shared);
        apr_atomic_set32(said, 0);
        apr_pool_cleanup_register(pconf, NULL, forget_shared,
                                  apr_pool_cleanup_null);
    }
    return OK;
}

int mod_eas_runtime_is_first(void)
{
    return !apr_atomic_cas32(said, 1, 0);
}

static const eas_directory *get_directory(void *self, const char *provider)
{
    const runtime *rt = self;

    return apr_hash_get(rt->directories, provider, APR_HASH_KEY_STRING);
}

static apr_uint32_t get_random(void *self)
{
    apr_uint32_t number = 0;

    (void)self;
    ap_random_insecure_bytes(&number, sizeof(number));
    return number;
}

static void make_directory(runtime *rt, const mod_eas_provider *provider,
                           apr_pool_t *pchild, server_rec *s)
{
    const eas_directory *directory = NULL;
    apr_status_t rv =
        eas_ldap_directory_make(&provider->settings, pchild, &directory);

    if (rv != APR_SUCCESS) {
        /* Left out: the decision then says misconfigured, and 503. */
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, s,
                     "EAS0290: the directory of provider %s could not be set "
                     "up in this process; its people are answered 503",
                     provider->name);
        return;
    }
    apr_hash_set(rt->directories, provider->decide.name, APR_HASH_KEY_STRING,
                 directory);
}

static apr_status_t forget(void *unused)
{
    (void)unused;
    child_runtime = NULL;
    return APR_SUCCESS;
}

void mod_eas_runtime_child_init(apr_pool_t *pchild, server_rec *s)
{
    runtime *rt = apr_pcalloc(pchild, sizeof(*rt));
    const apr_array_header_t *providers = mod_eas_providers();
    int i;

    rt->directories = apr_hash_make(pchild);
    rt->env.clock.now = eas_clock_now;
    rt->env.directory = get_directory;
    rt->env.random = get_random;
    rt->env.self = rt;
    for (i = 0; i < providers->nelts; i++) {
        make_directory(rt, APR_ARRAY_IDX(providers, i, mod_eas_provider *),
                       pchild, s);
    }
    apr_pool_cleanup_register(pchild, NULL, forget, apr_pool_cleanup_null);
    child_runtime = rt;
}

const eas_env *mod_eas_runtime_env(void)
{
    return child_runtime ? &child_runtime->env : NULL;
}
