/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_runtime.h"

#include <apr_hash.h>
#include <http_core.h>
#include <http_log.h>

#include "eas_clock.h"
#include "eas_ldap_directory.h"
#include "eas_reason.h"
#include "eas_store_table.h"
#include "mod_eas_cache_conf.h"
#include "mod_eas_config.h"
#include "mod_eas_keep.h"
#include "mod_eas_main_conf.h"
#include "mod_eas_memory.h"
#include "mod_eas_shared.h"
#include "mod_eas_shield.h"

APLOG_USE_MODULE(eas_auth);

typedef struct runtime {
    eas_env env;
    apr_hash_t *directories; /* const eas_directory * by provider name */
} runtime;

/* Written once, before the child has threads. */
static const runtime *child_runtime;

/* What was kept on disk, what is shared from here on, and when it is kept. */
static apr_status_t prepare_shield(apr_pool_t *pconf, apr_pool_t *ptemp,
                                   server_rec *s)
{
    const mod_eas_cache_conf *cache = mod_eas_cache_conf_get();
    const char *file = mod_eas_main_ledger_file(pconf);
    const mod_eas_memory *memory;
    apr_status_t rv;

    /* Where nobody logs in here nothing is kept of anybody. */
    if (!mod_eas_providers()->nelts) {
        return APR_SUCCESS;
    }
    rv = mod_eas_memory_make(s, pconf);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    memory = mod_eas_memory_get();
    if (file && memory->is_new) {
        mod_eas_keep_load(file, s, ptemp);
    }
    if (file) {
        mod_eas_keep_arrange(file, s, pconf);
    }
    if (mod_eas_main_conf()->control_file) {
        mod_eas_control_prime(&memory->head->control,
                              mod_eas_main_conf()->control_file);
    }
    return cache->socache
               ? mod_eas_socache_open(cache->socache, EAS_STORE_TABLE_ROOM,
                                      &memory->head->socache, pconf, s)
               : APR_SUCCESS;
}

int mod_eas_runtime_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                                apr_pool_t *ptemp, server_rec *s)
{
    apr_status_t rv;

    (void)plog;
    eas_ldap_directory_prepare();
    /* httpd reads its configuration twice before it starts. */
    if (ap_state_query(AP_SQ_MAIN_STATE) != AP_SQ_MS_CREATE_PRE_CONFIG
        && prepare_shield(pconf, ptemp, s) != APR_SUCCESS) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    rv = mod_eas_shared_make(pconf);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, rv, s,
                     "EAS0291: there is no shared memory: each child finds out "
                     "by itself which directory servers are down");
    }
    return OK;
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

/* One line for each change, whichever child saw it. */
static void log_server(server_rec *s, const eas_ldap_event *event)
{
    switch (event->state) {
    case EAS_HEALTH_UP:
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s,
                     "EAS0320: provider %s: %s answers again, after %d s",
                     event->provider, event->server,
                     (int)apr_time_sec(event->after));
        return;
    case EAS_HEALTH_SUSPECT:
        ap_log_error(APLOG_MARK, APLOG_INFO, 0, s,
                     "EAS0321: provider %s: %s has failed once: %s%s%s",
                     event->provider, event->server,
                     eas_reason_name(event->reason), event->detail ? ", " : "",
                     event->detail ? event->detail : "");
        return;
    case EAS_HEALTH_DOWN:
        break;
    }
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                 "EAS0322: provider %s: %s is down and is left alone for %d s: "
                 "%s%s%s",
                 event->provider, event->server,
                 (int)apr_time_sec(event->retry),
                 eas_reason_name(event->reason), event->detail ? ", " : "",
                 event->detail ? event->detail : "");
}

static void log_directory(server_rec *s, const eas_ldap_event *event)
{
    if (event->state == EAS_HEALTH_UP) {
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s,
                     "EAS0323: provider %s: the directory answers again, after "
                     "%d s",
                     event->provider, (int)apr_time_sec(event->after));
        return;
    }
    ap_log_error(
        APLOG_MARK, APLOG_ERR, 0, s,
        "EAS0324: provider %s: no server of the directory answers; its "
        "people are told to come back later, and one request a second "
        "tries it: %s%s%s",
        event->provider, eas_reason_name(event->reason),
        event->detail ? ", " : "", event->detail ? event->detail : "");
}

static void log_change(void *self, const eas_ldap_event *event)
{
    if (event->server) {
        log_server(self, event);
    }
    else {
        log_directory(self, event);
    }
}

static apr_status_t make_context(int index, apr_pool_t *pchild, server_rec *s,
                                 eas_ldap_context *context)
{
    context->board = mod_eas_shared_board(index);
    context->changed = log_change;
    context->self = s;
    return eas_seats_make(mod_eas_shared_seat_count(index),
                          mod_eas_shared_seats(index), pchild, &context->seats);
}

static void make_directory(runtime *rt, int index, apr_pool_t *pchild,
                           server_rec *s)
{
    const mod_eas_provider *provider =
        APR_ARRAY_IDX(mod_eas_providers(), index, const mod_eas_provider *);
    eas_ldap_context *context = apr_pcalloc(pchild, sizeof(*context));
    const eas_directory *directory = NULL;
    apr_status_t rv = make_context(index, pchild, s, context);

    if (rv == APR_SUCCESS) {
        rv = eas_ldap_directory_make(&provider->settings, context, pchild,
                                     &directory);
    }
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

/* Without it nobody is let in: a directory would have to bear every phone. */
static void make_shield(runtime *rt, apr_pool_t *pchild, server_rec *s)
{
    apr_status_t rv = mod_eas_shield_make(pchild, s, &rt->env.shield);

    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, s,
                     "EAS0370: the shield could not be set up in this process; "
                     "its people are answered 503");
        apr_hash_clear(rt->directories);
    }
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
    rt->env.clock.date = eas_clock_date;
    rt->env.directory = get_directory;
    rt->env.random = get_random;
    rt->env.self = rt;
    for (i = 0; i < providers->nelts; i++) {
        make_directory(rt, i, pchild, s);
    }
    if (providers->nelts) {
        make_shield(rt, pchild, s);
    }
    apr_pool_cleanup_register(pchild, NULL, forget, apr_pool_cleanup_null);
    child_runtime = rt;
}

void mod_eas_runtime_child_status(server_rec *s, pid_t pid, ap_generation_t gen,
                                  int slot, mpm_child_status state)
{
    (void)s;
    (void)gen;
    (void)slot;
    if (state == MPM_CHILD_EXITED) {
        mod_eas_shield_child_gone((apr_uint64_t)pid);
    }
}

const eas_env *mod_eas_runtime_env(void)
{
    return child_runtime ? &child_runtime->env : NULL;
}
