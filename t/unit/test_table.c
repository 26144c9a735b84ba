/* SPDX-License-Identifier: Apache-2.0 */
/* The table in shared memory, by one thread: what is kept, how long, and who
 * has to go. */
#include <stdlib.h>

#include <apr_general.h>

#include "eas_table.h"
#include "tap.h"

enum { ROOM = 100, SECOND = 1000000 };

static apr_pool_t *pool;

/* Zeroed, and by a few bytes not on a line of the cache. */
static void *memory_of(apr_size_t slots, apr_size_t room)
{
    return (char *)apr_pcalloc(pool, eas_table_size(slots, room) + 8) + 8;
}

static eas_table *table_of(apr_size_t slots)
{
    eas_table *table = NULL;

    if (eas_table_make(memory_of(slots, ROOM), slots, ROOM, pool, &table)
        != APR_SUCCESS) {
        printf("Bail out! no table\n");
        exit(1);
    }
    return table;
}

/* Spread like a hash. */
static eas_key key_of(apr_uint64_t i)
{
    eas_key key;

    key.word[0] = (i + 1) * APR_UINT64_C(0x9e3779b97f4a7c15);
    key.word[0] ^= key.word[0] >> 29;
    key.word[1] = key.word[0] * APR_UINT64_C(0xbf58476d1ce4e5b9);
    key.word[1] ^= key.word[1] >> 32;
    return key;
}

/* What an edit does, and what it saw. */
typedef struct wish {
    const char *text;
    eas_moment until;
    int is_pinned;
    int saw_new;
    eas_moment saw_until;
    int saw_pinned;
    int saw_zeroes;
    char saw[ROOM];
    int calls;
} wish;

static void grant(void *with, eas_table_entry *entry)
{
    static const char zeroes[ROOM];
    wish *one = with;

    one->calls++;
    one->saw_new = entry->is_new;
    one->saw_until = entry->until;
    one->saw_pinned = entry->is_pinned;
    one->saw_zeroes = !memcmp(entry->value, zeroes, ROOM);
    memcpy(one->saw, entry->value, ROOM);
    if (one->text) {
        memset(entry->value, 0, ROOM);
        memcpy(entry->value, one->text, strlen(one->text));
    }
    entry->until = one->until;
    entry->is_pinned = one->is_pinned;
}

static apr_status_t keep(eas_table *table, apr_uint64_t i, const char *text,
                         eas_moment until, int is_pinned, eas_moment now)
{
    const eas_key key = key_of(i);
    wish one = {text, until, is_pinned, 0, 0, 0, 0, "", 0};

    return eas_table_edit(table, &key, 1, now, grant, &one);
}

static int has(const eas_table *table, apr_uint64_t i, eas_moment now)
{
    const eas_key key = key_of(i);
    char value[ROOM];

    return eas_table_read(table, &key, now, value, NULL);
}

static const char *text_of(const eas_table *table, apr_uint64_t i,
                           eas_moment now)
{
    static char value[ROOM + 1];
    const eas_key key = key_of(i);

    return eas_table_read(table, &key, now, value, NULL) ? value : NULL;
}

/* --- sizes and memories ---------------------------------------------------- */

static const struct {
    const char *name;
    apr_size_t slots;
    apr_size_t room;
    apr_size_t capacity; /* 0: there can be none */
} sizes[] = {
    {"no slots", 0, 8, 16},
    {"one", 1, 8, 16},
    {"a set", 7, 8, 16},
    {"two sets", 8, 8, 16},
    {"one shard", 400, 8, 536},
    {"shards", 1024, 8, 1376},
    {"a million", 1000000, 8, 1333248},
    {"a value of one byte", 100, 1, 136},
    {"the longest value", 100, EAS_TABLE_ROOM, 136},
    {"no value", 100, 0, 0},
    {"too long a value", 100, EAS_TABLE_ROOM + 1, 0},
    {"more than there can be", ~(apr_size_t)0, 8, 0},
    {"more than can be numbered", (apr_size_t)1 << 33, 8, 0},
};

static void test_size(apr_size_t row)
{
    const apr_size_t size = eas_table_size(sizes[row].slots, sizes[row].room);
    static char none[4096];
    eas_table *table = NULL;

    if (!sizes[row].capacity) {
        is_int((long long)size, 0, tap_row(sizes[row].name, "no size"));
        is_int(eas_table_make(none, sizes[row].slots, sizes[row].room, pool,
                              &table),
               APR_EINVAL, tap_row(sizes[row].name, "no table"));
        ok(!table, tap_row(sizes[row].name, "untouched"));
        return;
    }
    ok(size > sizes[row].capacity * sizes[row].room,
       tap_row(sizes[row].name, "room for all"));
    if (size > 100000000) {
        return;
    }
    is_int(eas_table_make(memory_of(sizes[row].slots, sizes[row].room),
                          sizes[row].slots, sizes[row].room, pool, &table),
           APR_SUCCESS, tap_row(sizes[row].name, "made"));
    is_int((long long)eas_table_slots(table), (long long)sizes[row].capacity,
           tap_row(sizes[row].name, "capacity"));
}

static const struct {
    const char *name;
    apr_size_t slots;
    apr_size_t room;
    int at; /* a byte of the header that is changed, or -1 */
    apr_status_t expected;
} memories[] = {
    {"the same numbers", 100, ROOM, -1, APR_SUCCESS},
    {"more slots", 200, ROOM, -1, APR_EMISMATCH},
    {"fewer slots", 50, ROOM, -1, APR_EMISMATCH},
    {"other values", 100, ROOM - 1, -1, APR_EMISMATCH},
    {"another magic", 100, ROOM, 0, APR_EMISMATCH},
    {"another layout", 100, ROOM, 8, APR_EMISMATCH},
    {"other locks", 100, ROOM, 16, APR_EMISMATCH},
    {"another room", 100, ROOM, 24, APR_EMISMATCH},
    {"other ways", 100, ROOM, 32, APR_EMISMATCH},
    {"other shards", 100, ROOM, 40, APR_EMISMATCH},
    {"other sets", 100, ROOM, 48, APR_EMISMATCH},
    {"something more", 100, ROOM, 56, APR_EMISMATCH},
};

static void test_memory(apr_size_t row)
{
    char *memory = memory_of(400, ROOM);
    char *start = memory + (64 - (apr_uintptr_t)memory % 64) % 64;
    eas_table *first = NULL;
    eas_table *second = NULL;

    is_int(eas_table_make(memory, 100, ROOM, pool, &first), APR_SUCCESS,
           tap_row(memories[row].name, "first"));
    keep(first, 1, "one", 9, 0, 0);
    if (memories[row].at >= 0) {
        start[memories[row].at] ^= 0x40;
    }
    is_int(eas_table_make(memory, memories[row].slots, memories[row].room, pool,
                          &second),
           memories[row].expected, tap_row(memories[row].name, "again"));
    ok((second != NULL) == (memories[row].expected == APR_SUCCESS),
       tap_row(memories[row].name, "a handle only then"));
    if (second) {
        is_str(text_of(second, 1, 0), "one",
               tap_row(memories[row].name, "gone on with"));
    }
}

static void test_random_memory(void)
{
    unsigned char *memory = memory_of(8, ROOM);
    const apr_size_t size = eas_table_size(8, ROOM);
    apr_uint64_t seed = 1;
    eas_table *table = NULL;
    int refused = 0;

    for (int i = 0; i < 1000; i++) {
        for (apr_size_t at = 0; at < size; at++) {
            seed = seed * APR_UINT64_C(6364136223846793005) + 1;
            memory[at] = (unsigned char)(seed >> 56);
        }
        refused +=
            eas_table_make(memory, 8, ROOM, pool, &table) == APR_EMISMATCH;
    }
    is_int(refused, 1000, "what is no table is not taken for one");
    ok(!table, "and gives no handle");
}

/* --- kept, over, removed --------------------------------------------------- */

static void test_edit(void)
{
    eas_table *table = table_of(100);
    const eas_key key = key_of(1);
    wish one = {"one", 50, 1, 0, 0, 0, 0, "", 0};
    char value[ROOM];
    eas_moment until = -1;

    memset(value, 'x', ROOM);
    is_int(eas_table_read(table, &key, 0, value, &until), 0,
           "nothing at first");
    ok(value[0] == 'x' && value[ROOM - 1] == 'x' && until == -1,
       "what is not there touches nothing");
    is_int(eas_table_edit(table, &key, 0, 0, grant, &one), APR_NOTFOUND,
           "nothing to change");
    is_int(one.calls, 0, "and nobody called");
    is_int(eas_table_edit(table, &key, 1, 0, grant, &one), APR_SUCCESS, "made");
    ok(one.saw_new && one.saw_zeroes && !one.saw_until && !one.saw_pinned,
       "out of nothing");
    is_int(eas_table_read(table, &key, 49, value, &until), 1, "there");
    ok(!strcmp(value, "one") && !value[ROOM - 1], "whole");
    is_int(until, 50, "until when");
    is_int(eas_table_read(table, &key, 50, value, NULL), 0, "over");
    one.text = "two";
    is_int(eas_table_edit(table, &key, 0, 10, grant, &one), APR_SUCCESS,
           "changed");
    ok(!one.saw_new && one.saw_until == 50 && one.saw_pinned
           && !strcmp(one.saw, "one"),
       "from what it was");
    is_str(text_of(table, 1, 10), "two", "to what it is");
    is_int(eas_table_edit(table, &key, 0, 50, grant, &one), APR_NOTFOUND,
           "what is over is not changed");
    one.until = 90;
    is_int(eas_table_edit(table, &key, 1, 50, grant, &one), APR_SUCCESS,
           "but made");
    ok(one.saw_new && one.saw_zeroes && !one.saw_pinned,
       "out of nothing again");
}

static void test_remove(void)
{
    static const struct {
        const char *name;
        int create;
        eas_moment until;
    } rows[] = {{"no until", 0, 0},
                {"an until of now", 0, 10},
                {"an until of the past, create", 1, 9}};

    for (apr_size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        eas_table *table = table_of(100);
        const eas_key key = key_of(1);
        wish one = {"two", rows[i].until, 1, 0, 0, 0, 0, "", 0};

        keep(table, 1, "one", 50, 1, 0);
        keep(table, 2, "other", 50, 1, 0);
        is_int(eas_table_edit(table, &key, rows[i].create, 10, grant, &one),
               APR_SUCCESS, tap_row(rows[i].name, "removed"));
        ok(!has(table, 1, 10) && !has(table, 1, 0),
           tap_row(rows[i].name, "not there"));
        ok(has(table, 2, 10), tap_row(rows[i].name, "the other is"));
        is_int(eas_table_edit(table, &key, 0, 0, grant, &one), APR_NOTFOUND,
               tap_row(rows[i].name, "not to be changed"));
    }
}

static void test_keys(void)
{
    eas_table *table = table_of(100);
    static const eas_key keys[] = {{{0, 1}},
                                   {{1, 1}},
                                   {{1, 0}},
                                   {{0, ~(apr_uint64_t)0}},
                                   {
                                       {~(apr_uint64_t)0, ~(apr_uint64_t)0},
                                   }};
    enum { COUNT = sizeof(keys) / sizeof(keys[0]) };
    static const eas_key none;
    wish one = {NULL, 50, 0, 0, 0, 0, 0, "", 0};
    char value[ROOM];
    char text[2] = "a";

    is_int(eas_table_edit(table, &none, 1, 0, grant, &one), APR_EINVAL,
           "key 0 is none");
    is_int(one.calls, 0, "nobody called");
    is_int(eas_table_read(table, &none, 0, value, NULL), 0, "nor read");
    is_int(eas_table_read(table, &none, -1, value, NULL), 0,
           "nor is an empty slot, before all time");
    for (int i = 0; i < COUNT; i++) {
        text[0] = (char)('a' + i);
        one.text = text;
        eas_table_edit(table, &keys[i], 1, 0, grant, &one);
    }
    for (int i = 0; i < COUNT; i++) {
        ok(eas_table_read(table, &keys[i], 0, value, NULL)
               && value[0] == 'a' + i,
           "keys with half in common, or none of it");
    }
}

/* --- full ------------------------------------------------------------------ */

static void test_replaced(void)
{
    eas_table *table = table_of(8);
    const apr_uint64_t slots = eas_table_slots(table);
    apr_uint64_t gone = 0;

    for (apr_uint64_t i = 0; i < slots; i++) {
        keep(table, i, "x", 1000 * (eas_moment)SECOND, i % 2,
             (eas_moment)i * SECOND);
    }
    for (apr_uint64_t i = 0; i < slots; i++) {
        gone += !has(table, i, SECOND);
    }
    is_int((long long)gone, 0, "two sets are full");
    /* Read after a minute: used. */
    has(table, 0, 500 * (eas_moment)SECOND);
    keep(table, 100, "new", 1000 * (eas_moment)SECOND, 0,
         501 * (eas_moment)SECOND);
    ok(has(table, 100, 501 * (eas_moment)SECOND), "the new one is there");
    ok(has(table, 0, 501 * (eas_moment)SECOND), "the one just read as well");
    ok(has(table, 1, 501 * (eas_moment)SECOND), "and the oldest, pinned");
    ok(!has(table, 2, 501 * (eas_moment)SECOND),
       "gone is the oldest that is not");
    keep(table, 4, "y", 1000 * (eas_moment)SECOND, 0, 502 * (eas_moment)SECOND);
    keep(table, 101, "new", 1000 * (eas_moment)SECOND, 0,
         503 * (eas_moment)SECOND);
    ok(has(table, 4, 503 * (eas_moment)SECOND)
           && !has(table, 6, 503 * (eas_moment)SECOND),
       "one that was edited was used");
}

static void test_full(void)
{
    eas_table *table = table_of(8);
    const apr_uint64_t slots = eas_table_slots(table);
    const eas_key key = key_of(100);
    wish one = {"x", 50, 0, 0, 0, 0, 0, "", 0};

    for (apr_uint64_t i = 0; i < slots; i++) {
        keep(table, i, "x", i == 5 ? 20 : 50, 1, 0);
    }
    is_int(eas_table_edit(table, &key, 1, 19, grant, &one), APR_ENOSPC,
           "all are pinned");
    is_int(one.calls, 0, "nobody called");
    is_int(keep(table, 3, "y", 50, 1, 19), APR_SUCCESS, "they can be changed");
    one.until = 0;
    is_int(eas_table_edit(table, &key, 1, 20, grant, &one), APR_SUCCESS,
           "one is over");
    ok(has(table, 5, 19) && !has(table, 100, 19),
       "what is not kept takes nobody's place");
    one.until = 50;
    is_int(eas_table_edit(table, &key, 1, 20, grant, &one), APR_SUCCESS,
           "its place is taken");
    ok(!has(table, 5, 19) && has(table, 100, 20), "by the new one");
    for (apr_uint64_t i = 0; i < slots; i++) {
        if (i != 5 && !has(table, i, 20)) {
            ok(0, "another one is gone");
        }
    }
}

/* How many of as many keys as a table is made for find no room. */
static void test_load(apr_size_t count, int most)
{
    eas_table *table = table_of(count);
    char name[80];
    int lost = 0;

    for (apr_uint64_t i = 0; i < count; i++) {
        lost += keep(table, i, "x", 50, 1, 0) != APR_SUCCESS;
    }
    snprintf(name, sizeof(name), "%d of %d keys had no room, at most %d", lost,
             (int)count, most);
    ok(lost <= most, name);
}

/* --- all ------------------------------------------------------------------- */

typedef struct sum {
    int count;
    int wrong;
} sum;

static void visit(void *with, const eas_key *key, eas_table_entry *entry)
{
    sum *all = with;
    char *value = entry->value;
    const eas_key expected = key_of((apr_uint64_t)(value[0] - 'A'));

    all->count++;
    all->wrong +=
        !eas_key_is(key, &expected) || entry->is_new || entry->until != 50;
    if (value[0] == 'B') {
        entry->until = 0;
    }
    if (value[0] == 'C') {
        value[1] = '!';
    }
}

static void test_each(void)
{
    eas_table *table = table_of(1000);
    char text[2] = "A";
    sum all = {0, 0};
    int left = 0;

    for (apr_uint64_t i = 0; i < 20; i++) {
        text[0] = (char)('A' + i);
        keep(table, i, text, 50, 0, 0);
    }
    keep(table, 99, "over", 10, 0, 0);
    is_int(eas_table_each(table, 10, visit, &all), APR_SUCCESS, "visited");
    is_int(all.count, 20, "all, but the one that is over");
    is_int(all.wrong, 0, "with their keys");
    ok(!has(table, 1, 10), "one is removed");
    is_str(text_of(table, 2, 10), "C!", "one is changed");
    is_str(text_of(table, 3, 10), "D", "one is not");
    is_int(eas_table_clear(table), APR_SUCCESS, "forgotten");
    for (apr_uint64_t i = 0; i < 100; i++) {
        left += has(table, i, 0);
    }
    is_int(left, 0, "all");
    is_int(keep(table, 1, "one", 50, 0, 0), APR_SUCCESS, "and goes on");
    is_str(text_of(table, 1, 0), "one", "as before");
}

static void test_nothing_left(void)
{
    const apr_size_t size = eas_table_size(8, ROOM);
    char *memory = memory_of(8, ROOM);
    eas_table *table = NULL;
    int found = 0;

    eas_table_make(memory, 8, ROOM, pool, &table);
    keep(table, 1, "a secret, a secret, a secret", 50, 0, 0);
    for (apr_size_t i = 0; i + 8 < size; i++) {
        found += !memcmp(memory + i, "a secret", 8);
    }
    ok(found > 0, "what is kept is in the memory");
    for (int how = 0; how < 2; how++) {
        found = 0;
        keep(table, 1, "a secret, a secret, a secret", 50, 0, 0);
        if (how) {
            keep(table, 1, "s", 0, 0, 0);
        }
        else {
            eas_table_clear(table);
        }
        for (apr_size_t i = 0; i + 8 < size; i++) {
            found += !memcmp(memory + i, "a secret", 8);
        }
        is_int(found, 0, how ? "removed, it is not" : "cleared, it is not");
    }
    keep(table, 1, "a secret, a secret, a secret", 50, 0, 0);
    keep(table, 1, "s", 50, 0, 0);
    found = 0;
    for (apr_size_t i = 0; i + 8 < size; i++) {
        found += !memcmp(memory + i, "a secret", 8);
    }
    is_int(found, 0, "nor is what a shorter one took the place of");
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    for (apr_size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        test_size(i);
    }
    for (apr_size_t i = 0; i < sizeof(memories) / sizeof(memories[0]); i++) {
        test_memory(i);
    }
    test_random_memory();
    test_edit();
    test_remove();
    test_keys();
    test_replaced();
    test_full();
    test_load(100, 0);
    test_load(1000, 0);
    test_load(100000, 10);
    test_each();
    test_nothing_left();
    apr_terminate();
    return done_testing();
}
