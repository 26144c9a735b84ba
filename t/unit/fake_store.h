/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A verdict cache over a store that does as it is told, or lies: what unit
 * tests of the cache share.  One program, one thread.
 */
#ifndef FAKE_STORE_H
#define FAKE_STORE_H

#include <string.h>

#include <apr_general.h>
#include <apr_pools.h>

#include "eas_cache.h"

#define SECONDS(n) apr_time_from_sec(n)
#define FAKE_SLOTS 8
#define FAKE_ROOM 2048

/** One kept record. */
typedef struct fake_slot {
    eas_key key;
    apr_size_t length; /* 0: nothing is kept */
    unsigned char bytes[FAKE_ROOM];
    apr_interval_time_t span;
} fake_slot;

/** A store. */
typedef struct fake_store {
    fake_slot slots[FAKE_SLOTS];
    apr_status_t failing; /* what every call says, where it is not success */
    apr_size_t claims;    /* the length it claims, where it is not 0 */
    int puts;
    int drops;
    int gets;
    eas_store store;
} fake_store;

/** One machine: its clocks, its start, its sealer. */
typedef struct fake_machine {
    eas_moment now;
    apr_time_t date;
    eas_cache *cache;
} fake_machine;

static apr_pool_t *fake_pool;

static inline fake_slot *fake_slot_of(fake_store *store, const eas_key *key)
{
    for (int i = 0; i < FAKE_SLOTS; i++) {
        if (store->slots[i].length && eas_key_is(&store->slots[i].key, key)) {
            return &store->slots[i];
        }
    }
    return NULL;
}

/** The only one that is kept, or NULL. */
static inline fake_slot *fake_only(fake_store *store)
{
    fake_slot *only = NULL;

    for (int i = 0; i < FAKE_SLOTS; i++) {
        if (store->slots[i].length) {
            if (only) {
                return NULL;
            }
            only = &store->slots[i];
        }
    }
    return only;
}

static inline apr_status_t fake_get(void *self, const eas_key *key,
                                    void *buffer, apr_size_t room,
                                    apr_size_t *length_out, apr_pool_t *pool)
{
    fake_store *store = self;
    const fake_slot *slot = fake_slot_of(store, key);

    (void)pool;
    store->gets++;
    if (store->failing != APR_SUCCESS) {
        return store->failing;
    }
    if (!slot) {
        return APR_NOTFOUND;
    }
    memcpy(buffer, slot->bytes, slot->length < room ? slot->length : room);
    *length_out = store->claims ? store->claims : slot->length;
    return APR_SUCCESS;
}

static inline apr_status_t fake_put(void *self, const eas_key *key,
                                    const void *data, apr_size_t length,
                                    apr_interval_time_t span, apr_pool_t *pool)
{
    fake_store *store = self;
    fake_slot *slot = fake_slot_of(store, key);

    (void)pool;
    store->puts++;
    if (store->failing != APR_SUCCESS) {
        return store->failing;
    }
    if (length > store->store.room) {
        return APR_ENOSPC;
    }
    for (int i = 0; !slot && i < FAKE_SLOTS; i++) {
        slot = store->slots[i].length ? NULL : &store->slots[i];
    }
    if (!slot) {
        return APR_ENOSPC;
    }
    slot->key = *key;
    memcpy(slot->bytes, data, length);
    slot->length = length;
    slot->span = span;
    return APR_SUCCESS;
}

static inline apr_status_t fake_drop(void *self, const eas_key *key,
                                     apr_pool_t *pool)
{
    fake_store *store = self;
    fake_slot *slot = fake_slot_of(store, key);

    (void)pool;
    store->drops++;
    if (slot) {
        slot->length = 0;
    }
    return store->failing;
}

/** Empty it. */
static inline void fake_store_make(fake_store *store)
{
    memset(store, 0, sizeof(*store));
    store->store =
        (eas_store){store, fake_get, fake_put, fake_drop, FAKE_ROOM, 1, NULL};
}

static inline eas_moment fake_moment(void *self)
{
    return ((fake_machine *)self)->now;
}

static inline apr_time_t fake_date(void *self)
{
    return ((fake_machine *)self)->date;
}

/** A machine with a cache over a store. */
static inline void fake_machine_make(fake_machine *machine,
                                     const eas_store *store, const char *secret,
                                     apr_uint64_t start)
{
    static const eas_key_secret keys = {"the same for all"};
    eas_cache_settings settings = {.store = store,
                                   .keys = &keys,
                                   .clock = {machine, fake_moment, fake_date},
                                   .start = start};

    machine->now = SECONDS(5000);
    machine->date = SECONDS(1795521600);
    machine->cache = NULL;
    eas_sealer_make(secret, strlen(secret), fake_pool, &settings.sealer);
    eas_digest_make(secret, strlen(secret), fake_pool, &settings.digest);
    eas_cache_make(&settings, fake_pool, &machine->cache);
}

/** Time goes by, both ways. */
static inline void fake_wait(fake_machine *machine, apr_interval_time_t span)
{
    machine->now += span;
    machine->date += span;
}

/** What is asked of everybody. */
static inline eas_cache_question fake_question(const char *password)
{
    eas_cache_question question = {.provider = "contoso",
                                   .fingerprint = "settings 1",
                                   .account = {{11, 12}},
                                   .password = password,
                                   .attribute = "mail",
                                   .span = SECONDS(600)};

    return question;
}

/** Alice, proven. */
static inline eas_identity fake_identity(void)
{
    eas_identity identity = {.id = "5d1e9a42-0c5b-4d05-9c6a-1a0a6fbd9d11",
                             .dn = "CN=Alice,DC=example,DC=test",
                             .account = {"alice", "EXAMPLE"},
                             .stamp = "134085312000000000",
                             .proof = EAS_PROOF_PASSWORD,
                             .expires_in = -1};

    identity.attributes = apr_table_make(fake_pool, 3);
    apr_table_addn(identity.attributes, "mail", "alice@example.test");
    apr_table_addn(identity.attributes, "pwdLastSet", "134085312000000000");
    return identity;
}

/** A directory has said this of alice's password. */
static inline void fake_say(fake_machine *machine, const char *password,
                            eas_reason reason)
{
    const eas_cache_question question = fake_question(password);
    eas_identity identity = fake_identity();

    identity.proof =
        reason == EAS_GRANTED ? EAS_PROOF_PASSWORD : EAS_PROOF_NONE;
    eas_cache_put(machine->cache, &question, &identity, reason, 0, fake_pool);
}

/** What is remembered of alice's password; all zero where nothing is. */
static inline eas_cache_verdict fake_ask(fake_machine *machine,
                                         const char *password)
{
    const eas_cache_question question = fake_question(password);
    eas_cache_answer answer = {.verdict = {.reason = EAS_REASON_NONE}};

    eas_cache_get(machine->cache, &question, fake_pool, &answer);
    return answer.verdict;
}

#endif
