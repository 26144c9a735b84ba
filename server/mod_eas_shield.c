/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_shield.h"

#include <unistd.h>

#include <ap_mpm.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_log.h>

#include "eas_clock.h"
#include "eas_guard.h"
#include "eas_names.h"
#include "eas_store_table.h"
#include "eas_text.h"
#include "mod_eas_cache_conf.h"
#include "mod_eas_config.h"
#include "mod_eas_main_conf.h"
#include "mod_eas_memory.h"
#include "mod_eas_shield_log.h"

APLOG_USE_MODULE(eas_auth);

#define REPORT_EVERY apr_time_from_sec(3600)
#define DAY apr_time_from_sec(24 * 3600)

/* What the functions below need. */
typedef struct child {
    eas_shield shield;
    server_rec *server;
    mod_eas_memory_head *head;
    mod_eas_control_actions actions;
} child;

static void log_change(void *self, const eas_shield_event *event)
{
    mod_eas_shield_log(((const child *)self)->server, event);
}

static void sleep_for(void *self, apr_interval_time_t span)
{
    (void)self;
    apr_sleep(span);
}

/* --- what an administrator wants -------------------------------------------------- */

static void flush(void *self)
{
    const child *c = self;

    atomic_store(&c->head->flushed_at, eas_clock_now(NULL));
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, c->server,
                 "EAS0366: flushed: each login is verified by its directory "
                 "again");
}

static int unlock_at(const child *c, const mod_eas_provider *provider,
                     const char *user, apr_pool_t *pool)
{
    return eas_ledger_unlock(
        c->shield.accounts,
        eas_guard_name(c->shield.keys, provider->name, user, pool),
        eas_clock_now(NULL));
}

/* Of one provider, or of all. */
static int unlock_all(const child *c, const char *provider, const char *user,
                      apr_pool_t *pool)
{
    const apr_array_header_t *all = mod_eas_providers();
    int count = 0;

    for (int i = 0; i < all->nelts; i++) {
        const mod_eas_provider *each =
            APR_ARRAY_IDX(all, i, const mod_eas_provider *);

        if (!provider || !ap_cstr_casecmp(each->name, provider)) {
            count += unlock_at(c, each, user, pool);
        }
    }
    return count;
}

static void unlock(void *self, const char *provider, const char *user)
{
    const child *c = self;
    apr_pool_t *pool = NULL;
    int count;

    apr_pool_create(&pool, NULL);
    count = unlock_all(c, provider, user, pool);
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, c->server,
                 "EAS0367: unlock %s %s: %d account(s) had wrong passwords "
                 "counted, which are forgotten",
                 provider ? eas_text_quote(provider, pool) : "*",
                 eas_text_quote(user, pool), count);
    apr_pool_destroy(pool);
}

static void complain(void *self, const char *text)
{
    const child *c = self;

    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, c->server, "EAS0368: %s", text);
}

/* --- the counters ----------------------------------------------------------------- */

static apr_uint64_t since(_Atomic apr_uint64_t *now, _Atomic apr_uint64_t *then)
{
    const apr_uint64_t value = atomic_load(now);

    return value - atomic_exchange(then, value);
}

static void report(const child *c)
{
    eas_counters *now = &c->head->counters;
    eas_counters *then = &c->head->told;
    const apr_uint64_t cached = since(&now->cached, &then->cached);
    const apr_uint64_t wrong = since(&now->known_wrong, &then->known_wrong);
    const apr_uint64_t shared = since(&now->shared, &then->shared);
    const apr_uint64_t held = since(&now->held, &then->held);
    const apr_uint64_t stale = since(&now->stale, &then->stale);
    const apr_uint64_t locks = since(&now->locks, &then->locks);

    if (!(cached + wrong + shared + held + stale + locks)) {
        return;
    }
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, c->server,
                 "EAS0369: spared the directories %" APR_UINT64_T_FMT
                 " binds in the past hour (%" APR_UINT64_T_FMT
                 " known verdicts, %" APR_UINT64_T_FMT
                 " repeated wrong passwords, %" APR_UINT64_T_FMT
                 " answered by another's question, %" APR_UINT64_T_FMT
                 " held), and %" APR_UINT64_T_FMT
                 " accounts from being locked; %" APR_UINT64_T_FMT
                 " logins let in while a directory was down",
                 cached + wrong + shared + held, cached, wrong, shared, held,
                 locks, stale);
}

void mod_eas_shield_look(const eas_shield *shield, eas_moment now)
{
    child *c = shield->self;

    if (c->actions.path) {
        mod_eas_control_look(&c->head->control, now, &c->actions, c);
    }
    if (atomic_load_explicit(&c->head->report, memory_order_relaxed) <= now
        && eas_lease_take(&c->head->report, now, now + REPORT_EVERY)) {
        report(c);
    }
}

int mod_eas_shield_is_first_today(const eas_shield *shield,
                                  const eas_cert_told *certificate)
{
    const eas_span parts[] = {eas_span_text(certificate->issuer),
                              eas_span_text(certificate->serial)};
    const eas_key key = eas_key_make(shield->keys, 'e', parts, 2);
    const eas_moment now = eas_clock_now(NULL);
    eas_name said;

    /* It is no login; the table of those has room for what is short. */
    if (eas_names_find(shield->names, &key, now, &said)) {
        return 0;
    }
    eas_names_keep(shield->names, &key, NULL, now, now + DAY);
    return 1;
}

eas_moment mod_eas_shield_flushed_at(const eas_shield *shield)
{
    return atomic_load_explicit(shield->flushed_at, memory_order_acquire);
}

/* --- making it ---------------------------------------------------------------------- */

/* Without its cache server a child goes on, and asks its directories. */
static const eas_store *open_socache(const mod_eas_cache_conf *conf,
                                     apr_pool_t *pool, server_rec *s)
{
    const eas_store *store = NULL;
    apr_status_t rv = mod_eas_socache_child(conf->socache, pool, &store);

    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_ERR, rv, s,
                     "EAS0374: EASAuthCache %s could not be set up in this "
                     "process, which remembers no verdict",
                     conf->shown);
    }
    return store;
}

/* Where verdicts are kept; NULL for nowhere. */
static apr_status_t open_store(const mod_eas_memory *m, const eas_clock *clock,
                               apr_pool_t *pool, server_rec *s,
                               const eas_store **store_out)
{
    const mod_eas_cache_conf *conf = mod_eas_cache_conf_get();
    eas_store *store = NULL;
    apr_status_t rv;

    switch (conf->kind) {
    case MOD_EAS_CACHE_SOCACHE:
        *store_out = open_socache(conf, pool, s);
        return APR_SUCCESS;
    case MOD_EAS_CACHE_NONE:
        *store_out = NULL;
        return APR_SUCCESS;
    case MOD_EAS_CACHE_SHM:
        break;
    }
    rv = eas_store_table_make(m->cache.memory, m->cache.count,
                              EAS_STORE_TABLE_ROOM, clock, pool, &store, NULL);
    *store_out = store;
    return rv;
}

static apr_status_t open_cache(eas_shield *shield, const mod_eas_memory *m,
                               apr_pool_t *pool, server_rec *s)
{
    eas_cache_settings settings = {.keys = &m->keys, .start = m->start};
    apr_status_t rv;

    settings.clock.now = eas_clock_now;
    settings.clock.date = eas_clock_date;
    rv = eas_sealer_make(m->secret, m->secret_length, pool, &shield->sealer);
    settings.sealer = shield->sealer;
    if (rv == APR_SUCCESS) {
        rv = eas_digest_make(m->secret, m->secret_length, pool,
                             &settings.digest);
    }
    if (rv == APR_SUCCESS) {
        rv = open_store(m, &settings.clock, pool, s, &settings.store);
    }
    if (rv == APR_SUCCESS && settings.store) {
        rv = eas_cache_make(&settings, pool, &shield->cache);
    }
    if (rv == APR_SUCCESS && settings.store) {
        rv = eas_facts_make(&settings, pool, &shield->facts);
    }
    return rv;
}

/* As many as may wait for directories: a quarter of the threads. */
static apr_status_t open_seats(eas_shield *shield, apr_pool_t *pool)
{
    int threads = 0;

    ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads);
    return eas_seats_make(threads > 4 ? threads / 4 : 1, NULL, pool,
                          &shield->followers);
}

static void fill_in(child *c, const mod_eas_memory *m, server_rec *s)
{
    c->server = s;
    c->head = m->head;
    c->actions = (mod_eas_control_actions){mod_eas_main_conf()->control_file,
                                           flush, unlock, complain};
    c->shield.keys = &m->keys;
    c->shield.limits = m->head->limits;
    c->shield.flushed_at = &m->head->flushed_at;
    c->shield.counters = &m->head->counters;
    c->shield.owner = (apr_uint64_t)getpid();
    c->shield.self = c;
    c->shield.pause = sleep_for;
    c->shield.changed = log_change;
}

apr_status_t mod_eas_shield_make(apr_pool_t *pchild, server_rec *s,
                                 const eas_shield **shield_out)
{
    const mod_eas_memory *m = mod_eas_memory_get();
    child *c = apr_pcalloc(pchild, sizeof(*c));
    apr_status_t rv = m ? APR_SUCCESS : APR_EGENERAL;

    if (rv == APR_SUCCESS) {
        fill_in(c, m, s);
        rv = mod_eas_memory_open(m, pchild, &c->shield);
    }
    if (rv == APR_SUCCESS) {
        rv = open_cache(&c->shield, m, pchild, s);
    }
    if (rv == APR_SUCCESS) {
        rv = open_seats(&c->shield, pchild);
    }
    if (rv == APR_SUCCESS) {
        *shield_out = &c->shield;
    }
    return rv;
}

void mod_eas_shield_child_gone(apr_uint64_t owner)
{
    const mod_eas_memory *m = mod_eas_memory_get();
    apr_pool_t *pool = NULL;
    eas_flights *flights;

    if (!m || apr_pool_create(&pool, NULL) != APR_SUCCESS) {
        return;
    }
    if (eas_flights_make(m->flights.memory, m->flights.count, pool, &flights)
        == APR_SUCCESS) {
        eas_flights_abandon(flights, owner, eas_clock_now(NULL));
    }
    apr_pool_destroy(pool);
}
