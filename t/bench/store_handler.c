/* SPDX-License-Identifier: Apache-2.0 */
/* An httpd module for t/bench: what one retrieve and one store cost in a cache
 * that is filled, of httpd's shmcb and of our own table.
 *
 *     /KIND/ENTRIES/WHAT/COUNT    KIND: shmcb or table; WHAT: get or put
 *
 * fills the cache and does it so often to entries drawn at random: in
 * measured(), which callgrind counts alone.  Answers how many were there. */
#include <httpd.h>
#include <ap_provider.h>
#include <ap_socache.h>
#include <http_config.h>
#include <http_core.h>
#include <http_protocol.h>

#include <stdlib.h>
#include <string.h>

#include <apr_shm.h>
#include <apr_strings.h>

#include "eas_clock.h"
#include "eas_store_table.h"

/* Of a sealed record, and of what it is kept for. */
enum { LENGTH = 300, SECONDS = 3600 };

typedef struct doing {
    const char *kind;
    apr_uint64_t entries;
    int is_put;
    request_rec *r;
    eas_store *table;
} doing;

static ap_socache_instance_t *instance;
static const ap_socache_provider_t *provider;

int measured(const doing *d, apr_uint64_t count);

static int post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                       server_rec *s)
{
    static struct ap_socache_hints hints = {16, LENGTH, 0};

    (void)plog;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK;
    }
    provider = ap_lookup_provider(AP_SOCACHE_PROVIDER_GROUP, "shmcb",
                                  AP_SOCACHE_PROVIDER_VERSION);
    /* As large as it can be: 64 MB. */
    return provider
                   && !provider->create(&instance, "run/store(67108000)", ptemp,
                                        pconf)
                   && provider->init(instance, "eas-bench", &hints, s, pconf)
                          == APR_SUCCESS
               ? OK
               : HTTP_INTERNAL_SERVER_ERROR;
}

/* A number's key: its bits well mixed (splitmix64). */
static eas_key key_of(apr_uint64_t number)
{
    eas_key key;

    for (int i = 0; i < 2; i++) {
        apr_uint64_t word = (number * 2 + (apr_uint64_t)i + 1)
                            * APR_UINT64_C(0x9e3779b97f4a7c15);

        word = (word ^ word >> 30) * APR_UINT64_C(0xbf58476d1ce4e5b9);
        word = (word ^ word >> 27) * APR_UINT64_C(0x94d049bb133111eb);
        key.word[i] = word ^ word >> 31;
    }
    return key;
}

static int is_shmcb(const doing *d)
{
    return !strcmp(d->kind, "shmcb");
}

static int put(const doing *d, const eas_key *key)
{
    unsigned char data[LENGTH] = {'x'};

    return (is_shmcb(d) ? provider->store(
                instance, d->r->server, (const unsigned char *)key,
                sizeof(*key), apr_time_now() + apr_time_from_sec(SECONDS), data,
                LENGTH, d->r->pool)
                        : d->table->put(d->table->self, key, data, LENGTH,
                                        apr_time_from_sec(SECONDS), d->r->pool))
           == APR_SUCCESS;
}

static int get(const doing *d, const eas_key *key)
{
    unsigned char data[1024];
    unsigned int room = sizeof(data);
    apr_size_t length = 0;

    return (is_shmcb(d) ? provider->retrieve(
                instance, d->r->server, (const unsigned char *)key,
                sizeof(*key), data, &room, d->r->pool)
                        : d->table->get(d->table->self, key, data, sizeof(data),
                                        &length, d->r->pool))
           == APR_SUCCESS;
}

__attribute__((noinline)) int measured(const doing *d, apr_uint64_t count)
{
    apr_uint64_t drawn = 88172645463325252u;
    int done = 0;

    for (apr_uint64_t i = 0; i < count; i++) {
        eas_key key;

        drawn ^= drawn << 13;
        drawn ^= drawn >> 7;
        drawn ^= drawn << 17;
        key = key_of(drawn % d->entries);
        done += d->is_put ? put(d, &key) : get(d, &key);
    }
    return done;
}

static apr_status_t make_table(doing *d)
{
    static const eas_clock clock = {NULL, eas_clock_now, eas_clock_date};
    apr_shm_t *memory = NULL;
    const apr_size_t count = (apr_size_t)d->entries;
    apr_status_t rv = apr_shm_create(
        &memory, eas_store_table_size(count, EAS_STORE_TABLE_ROOM), NULL,
        d->r->pool);

    return rv == APR_SUCCESS
               ? eas_store_table_make(apr_shm_baseaddr_get(memory), count,
                                      EAS_STORE_TABLE_ROOM, &clock, d->r->pool,
                                      &d->table, NULL)
               : rv;
}

static int handle(request_rec *r)
{
    doing d = {.r = r};
    const char *what;
    char *last = NULL;
    int kept = 0;

    if (!r->handler || strcmp(r->handler, "eas-bench") != 0) {
        return DECLINED;
    }
    d.kind = apr_strtok(apr_pstrdup(r->pool, r->uri), "/", &last);
    d.entries = (apr_uint64_t)apr_atoi64(apr_strtok(NULL, "/", &last));
    what = apr_strtok(NULL, "/", &last);
    d.is_put = !strcmp(what, "put");
    if (!d.entries || make_table(&d) != APR_SUCCESS) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    for (apr_uint64_t i = 0; i < d.entries; i++) {
        const eas_key key = key_of(i);

        put(&d, &key);
    }
    for (apr_uint64_t i = 0; i < d.entries; i++) {
        const eas_key key = key_of(i);

        kept += get(&d, &key);
    }
    ap_rprintf(r, "kept=%d done=%d\n", kept,
               measured(&d, (apr_uint64_t)apr_atoi64(last)));
    return OK;
}

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    ap_hook_post_config(post_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(handle, NULL, NULL, APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(eas_bench) = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks,
    AP_MODULE_FLAG_NONE};
