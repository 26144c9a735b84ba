/* SPDX-License-Identifier: Apache-2.0 */
/* The store in our own table: what is put is got, for as long as was said;
 * and the cache over it. */
#include "fake_store.h"

#include "eas_store_table.h"
#include "tap.h"

enum { RECORDS = 100, ROOM = 956 };

static const char secret[] = "a secret of more than sixteen bytes";
static const eas_key alice = {{1, 2}};
static const eas_key bob = {{1, 3}};
static unsigned char buffer[2 * ROOM];
static unsigned char text[ROOM + 1];
static fake_machine machine;
static void *memory;

static eas_store *make(eas_table **table_out)
{
    const eas_clock clock = {&machine, fake_moment, fake_date};
    eas_store *store = NULL;

    eas_store_table_make(memory, RECORDS, ROOM, &clock, fake_pool, &store,
                         table_out);
    return store;
}

static apr_status_t get(const eas_store *store, const eas_key *key,
                        apr_size_t room, apr_size_t *length_out)
{
    memset(buffer, 0, sizeof(buffer));
    return store->get(store->self, key, buffer, room, length_out, fake_pool);
}

static apr_status_t put(const eas_store *store, const eas_key *key,
                        apr_size_t length, apr_interval_time_t span)
{
    return store->put(store->self, key, text, length, span, fake_pool);
}

static void test_lengths(void)
{
    static const apr_size_t lengths[] = {0, 1, 253, ROOM - 1, ROOM, 7};
    const eas_store *store = make(NULL);

    is_int((long long)store->room, ROOM, "room");
    is_int(store->is_shared, 0, "of this machine");
    for (apr_size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        apr_size_t length = 4711;

        is_int(put(store, &alice, lengths[i], SECONDS(10)), APR_SUCCESS, "put");
        is_int(get(store, &alice, sizeof(buffer), &length), APR_SUCCESS, "got");
        is_int((long long)length, (long long)lengths[i], "as long");
        ok(!memcmp(buffer, text, length), "as it was");
    }
    is_int(put(store, &alice, ROOM + 1, SECONDS(10)), APR_ENOSPC, "too long");
    is_int(put(store, &alice, 7, 0), APR_EINVAL, "for no time");
}

static void test_bounds(void)
{
    const eas_store *store = make(NULL);
    apr_size_t length = 4711;

    put(store, &alice, 300, SECONDS(10));
    is_int(get(store, &alice, 299, &length), APR_ENOSPC, "a buffer too small");
    is_int((long long)length, 4711, "no length");
    ok(!buffer[0], "and nothing in it");
    is_int(get(store, &bob, ROOM, &length), APR_NOTFOUND, "another key");
    is_int(get(store, &alice, 300, &length), APR_SUCCESS, "just enough");
}

static void test_time(void)
{
    const eas_store *store = make(NULL);
    apr_size_t length = 0;

    put(store, &alice, 300, SECONDS(10));
    machine.date += SECONDS(3600);
    machine.now += SECONDS(10) - 1;
    is_int(get(store, &alice, ROOM, &length), APR_SUCCESS,
           "kept as long as asked, by no date");
    machine.now += 1;
    is_int(get(store, &alice, ROOM, &length), APR_NOTFOUND, "and no longer");
    put(store, &alice, 300, SECONDS(10));
    is_int(store->drop(store->self, &alice, fake_pool), APR_SUCCESS, "dropped");
    is_int(get(store, &alice, ROOM, &length), APR_NOTFOUND, "is gone");
    is_int(store->drop(store->self, &alice, fake_pool), APR_SUCCESS,
           "to drop nothing is no error");
}

/* A restart that keeps the memory keeps what is in it. */
static void test_again(void)
{
    eas_table *table = NULL;
    const eas_store *store = make(NULL);
    apr_size_t length = 0;

    put(store, &alice, 300, SECONDS(10));
    store = make(&table);
    is_int(get(store, &alice, ROOM, &length), APR_SUCCESS, "made again");
    ok(eas_table_slots(table) >= RECORDS, "the table is told");
    eas_table_clear(table);
    is_int(get(store, &alice, ROOM, &length), APR_NOTFOUND, "and cleared");
}

/* A length that cannot be, in a slot that is whole. */
static void spoil(void *with, eas_table_entry *entry)
{
    const apr_uint32_t length = *(const apr_uint32_t *)with;

    memcpy(entry->value, &length, sizeof(length));
}

static void test_spoilt(void)
{
    static apr_uint32_t lengths[] = {ROOM + 1, 0xffffffff};
    eas_table *table = NULL;
    const eas_store *store = make(&table);
    apr_size_t length = 4711;

    put(store, &alice, 300, SECONDS(10));
    for (int i = 0; i < 2; i++) {
        eas_table_edit(table, &alice, 0, machine.now, spoil, &lengths[i]);
        is_int(get(store, &alice, sizeof(buffer), &length), APR_EGENERAL,
               "a length beyond the slot");
    }
    is_int((long long)length, 4711, "nothing is told of it");
}

static void test_make(void)
{
    static const apr_size_t rooms[] = {0, EAS_TABLE_ROOM - 3, (apr_size_t)-1};
    const eas_clock clock = {&machine, fake_moment, fake_date};
    eas_store *store = NULL;

    for (apr_size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
        is_int((long long)eas_store_table_size(RECORDS, rooms[i]), 0,
               "no such room");
        is_int(eas_store_table_make(memory, RECORDS, rooms[i], &clock,
                                    fake_pool, &store, NULL),
               APR_EINVAL, "nor a store of it");
    }
    ok(eas_store_table_size(RECORDS, EAS_TABLE_ROOM - 4) > 0, "the most");
    ok(eas_store_table_make(memory, RECORDS, ROOM - 1, &clock, fake_pool,
                            &store, NULL)
           != APR_SUCCESS,
       "a memory of another room");
    ok(store == NULL, "untouched");
}

/* The cache as httpd has it: two children over one table. */
static void test_cache(void)
{
    fake_machine first;
    fake_machine second;
    const eas_store *store = make(NULL);
    const eas_cache_question wonder = fake_question("wonder");

    fake_machine_make(&first, store, secret, 9);
    fake_machine_make(&second, store, secret, 9);
    machine.now = first.now;
    fake_say(&first, "wonder", EAS_GRANTED);
    is_int(fake_ask(&second, "wonder").reason, EAS_GRANTED, "in another child");
    is_int(fake_ask(&second, "wonder").is_own, 1, "of the same start");
    fake_say(&second, "other", EAS_GRANTED);
    is_int(fake_ask(&first, "wonder").is_recheck, 1, "doubted there");
    eas_cache_refuse(second.cache, &wonder, fake_pool);
    is_int(fake_ask(&first, "wonder").reason, EAS_REASON_NONE, "refused there");
    is_int(fake_ask(&first, "other").reason, EAS_GRANTED, "the other is good");
    machine.now += SECONDS(600);
    is_int(fake_ask(&first, "other").reason, EAS_REASON_NONE, "until it ends");
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&fake_pool, NULL);
    machine.now = SECONDS(5000);
    memory = apr_pcalloc(fake_pool, eas_store_table_size(RECORDS, ROOM));
    for (int i = 0; i < ROOM; i++) {
        text[i] = (unsigned char)(i * 7 + 1);
    }
    test_lengths();
    test_bounds();
    test_time();
    test_again();
    test_spoilt();
    test_make();
    test_cache();
    apr_pool_destroy(fake_pool);
    apr_terminate();
    return done_testing();
}
