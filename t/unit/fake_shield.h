/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A shield over memory of this process, for tests of the decision: the real
 * tables, ledger and cache, and the clock of the world.
 */
#ifndef FAKE_SHIELD_H
#define FAKE_SHIELD_H

#include "eas_names.h"
#include "eas_shield.h"
#include "eas_store_table.h"
#include "fake_env.h"

enum { FAKE_ACCOUNTS = 256 };

typedef struct fake_shield {
    eas_shield shield;
    eas_counters counters;
    eas_limits limits[FAKES];
    _Atomic eas_moment flushed_at;
    char events[256]; /**< "holds:alice would:bob": what was told */
    int pauses;
    world *world;
} fake_shield;

static const eas_key_secret fake_keys = {"a secret of 16 b"};
static const char fake_secret[] = "another secret of thirty-two by.";

static inline void *fake_memory(apr_size_t size, apr_pool_t *pool)
{
    char *memory = apr_pcalloc(pool, size + 64);

    return memory + (64 - ((apr_uintptr_t)memory & 63));
}

static inline void fake_changed(void *self, const eas_shield_event *event)
{
    static const char *const names[] = {"holds", "would", "releases",
                                        "spraying", "objection"};
    fake_shield *f = self;
    const size_t length = strlen(f->events);

    snprintf(f->events + length, sizeof(f->events) - length, "%s%s:%s",
             length ? " " : "", names[event->change], event->user);
}

/* Time passes while somebody waits. */
static inline void fake_pause(void *self, apr_interval_time_t span)
{
    fake_shield *f = self;

    f->pauses++;
    f->world->now += span;
}

static inline int fake_cache(fake_shield *f, apr_pool_t *pool)
{
    eas_cache_settings settings = {.keys = &fake_keys, .start = 1};
    eas_store *store = NULL;
    const apr_size_t size =
        eas_store_table_size(FAKE_ACCOUNTS, EAS_STORE_TABLE_ROOM);

    settings.clock = f->world->env.clock;
    settings.sealer = f->shield.sealer;
    if (eas_digest_make(fake_secret, 32, pool, &settings.digest) != APR_SUCCESS
        || eas_store_table_make(fake_memory(size, pool), FAKE_ACCOUNTS,
                                EAS_STORE_TABLE_ROOM, &f->world->env.clock,
                                pool, &store, NULL)
               != APR_SUCCESS) {
        return 0;
    }
    settings.store = store;
    return eas_cache_make(&settings, pool, &f->shield.cache) == APR_SUCCESS
           && eas_facts_make(&settings, pool, &f->shield.facts) == APR_SUCCESS;
}

static inline int fake_tables(eas_shield *s, apr_pool_t *pool)
{
    const apr_size_t n = FAKE_ACCOUNTS;

    return eas_table_make(fake_memory(eas_table_size(n, eas_names_room), pool),
                          n, eas_names_room, pool, &s->names)
               == APR_SUCCESS
           && eas_ledger_make(fake_memory(eas_ledger_size(n), pool), n, pool,
                              &s->accounts)
                  == APR_SUCCESS
           && eas_ledger_make(fake_memory(eas_ledger_size(n), pool), n, pool,
                              &s->strangers)
                  == APR_SUCCESS
           && eas_flights_make(fake_memory(eas_flights_size(n), pool), n, pool,
                               &s->flights)
                  == APR_SUCCESS
           && eas_networks_make(fake_memory(eas_networks_size(n), pool), n,
                                pool, &s->networks)
                  == APR_SUCCESS;
}

/** Give a world a shield; all of EASAuth's defaults, and attempts=3. */
static inline void fake_shield_make(fake_shield *f, world *w, apr_pool_t *pool)
{
    memset(f, 0, sizeof(*f));
    f->world = w;
    f->shield.keys = &fake_keys;
    f->shield.limits = f->limits;
    f->shield.flushed_at = &f->flushed_at;
    f->shield.counters = &f->counters;
    f->shield.owner = 1;
    f->shield.self = f;
    f->shield.pause = fake_pause;
    f->shield.changed = fake_changed;
    ok(fake_tables(&f->shield, pool)
           && eas_sealer_make(fake_secret, 32, pool, &f->shield.sealer)
                  == APR_SUCCESS
           && eas_seats_make(2, NULL, pool, &f->shield.followers) == APR_SUCCESS
           && fake_cache(f, pool),
       "a shield is made");
    for (int i = 0; i < FAKES; i++) {
        w->providers[i].index = i;
        w->providers[i].fingerprint = "f";
    }
    w->policy.cache_ttl = SECONDS(600);
    w->policy.refused_ttl = SECONDS(900);
    w->policy.shield =
        (eas_shield_settings){EAS_LOCKOUT_ENFORCE, 3, 0, EAS_SPRAY_LOG, 1};
    w->env.shield = &f->shield;
}

#endif
