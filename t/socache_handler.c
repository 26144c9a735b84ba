/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For t/socache.t: a module that has the two directives of the cache and a
 * handler that does to the store what the path says, so that the store is
 * tested by itself.  It is loaded in place of mod_eas_auth.
 *
 *   /get/KEY              /put/KEY/SECONDS/TEXT    /drop/KEY
 *                         (a TEXT of *4096 is 4096 times the letter x)
 *   /later                the half minute of an open breaker is over
 */
#include <httpd.h>
#include <http_config.h>
#include <http_log.h>
#include <http_protocol.h>

#include <string.h>

#include <apr_shm.h>
#include <apr_strings.h>

#include "mod_eas_cache_conf.h"

#define ROOM 4096

static const eas_key_secret secret = {"one for everyone"};

static mod_eas_socache_shared *shared;
static const eas_store *store;

static mod_eas_socache *cache(void)
{
    return mod_eas_cache_conf_get()->socache;
}

static int check(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                 server_rec *s)
{
    mod_eas_findings *findings = mod_eas_findings_make(ptemp);

    (void)pconf;
    (void)plog;
    mod_eas_cache_check(findings);
    return mod_eas_findings_log(findings, s) ? HTTP_INTERNAL_SERVER_ERROR : OK;
}

static int post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                       server_rec *s)
{
    apr_shm_t *shm = NULL;

    (void)plog;
    (void)ptemp;
    if (!cache()) {
        return OK;
    }
    if (apr_shm_create(&shm, sizeof(*shared), NULL, pconf) != APR_SUCCESS) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    shared = apr_shm_baseaddr_get(shm);
    memset((void *)shared, 0, sizeof(*shared));
    return mod_eas_socache_open(cache(), ROOM, shared, pconf, s) == APR_SUCCESS
               ? OK
               : HTTP_INTERNAL_SERVER_ERROR;
}

static void child_init(apr_pool_t *pchild, server_rec *s)
{
    (void)s;
    if (cache()) {
        mod_eas_socache_child(cache(), pchild, &store);
    }
}

static const char *name_of(apr_status_t status)
{
    switch (status) {
    case APR_SUCCESS:
        return "done";
    case APR_NOTFOUND:
        return "not found";
    case APR_EAGAIN:
        return "left alone";
    case APR_TIMEUP:
        return "timed out";
    case APR_ENOSPC:
        return "too long";
    default:
        return "failed";
    }
}

static void do_get(request_rec *r, const eas_key *key)
{
    char *text = apr_palloc(r->pool, ROOM + 1);
    apr_size_t length = 0;
    apr_status_t status =
        store->get(store->self, key, text, ROOM, &length, r->pool);

    if (status != APR_SUCCESS) {
        ap_rputs(name_of(status), r);
        return;
    }
    text[length] = '\0';
    if (length > 100 && strspn(text, "x") == length) {
        ap_rprintf(r, "*%d", (int)length);
    }
    else {
        ap_rputs(text, r);
    }
}

static void do_put(request_rec *r, const eas_key *key, char *words)
{
    char *last = NULL;
    const char *span = apr_strtok(words, "/", &last);
    const char *text = apr_strtok(NULL, "/", &last);

    if (*text == '*') {
        const apr_size_t length = (apr_size_t)apr_atoi64(text + 1);
        char *made = apr_pcalloc(r->pool, length + 1);

        memset(made, 'x', length);
        text = made;
    }
    ap_rputs(name_of(store->put(store->self, key, text, strlen(text),
                                apr_time_from_sec(apr_atoi64(span)), r->pool)),
             r);
}

static void do_later(void)
{
    eas_breaker *const all[] = {&shared->answers, &shared->takes};

    for (int i = 0; i < 2; i++) {
        if (atomic_load(&all[i]->until)) {
            atomic_fetch_sub(&all[i]->until, EAS_BREAKER_OPEN);
        }
    }
}

static int handle(request_rec *r)
{
    char *last = NULL;
    const char *what;
    const char *name;
    eas_span span;
    eas_key key;

    if (!r->handler || strcmp(r->handler, "eas-store") != 0 || !store) {
        return DECLINED;
    }
    what = apr_strtok(apr_pstrdup(r->pool, r->uri), "/", &last);
    name = apr_strtok(NULL, "/", &last);
    span = eas_span_text(name);
    key = eas_key_make(&secret, 't', &span, 1);
    if (!strcmp(what, "get")) {
        do_get(r, &key);
    }
    else if (!strcmp(what, "put")) {
        do_put(r, &key, last);
    }
    else if (!strcmp(what, "drop")) {
        ap_rputs(name_of(store->drop(store->self, &key, r->pool)), r);
    }
    else {
        do_later();
    }
    return OK;
}

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    ap_hook_pre_config(mod_eas_socache_pre_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_config(check, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(post_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(child_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(handle, NULL, NULL, APR_HOOK_MIDDLE);
}

static const command_rec commands[] = {
    AP_INIT_TAKE1("EASAuthCache", mod_eas_cache_set, NULL, RSRC_CONF, ""),
    AP_INIT_TAKE_ARGV("EASAuthCacheSecret", mod_eas_cache_set_secret, NULL,
                      RSRC_CONF, ""),
    {NULL, {NULL}, NULL, 0, RAW_ARGS, NULL}};

AP_DECLARE_MODULE(eas_auth) = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, commands, register_hooks,
    AP_MODULE_FLAG_NONE};
