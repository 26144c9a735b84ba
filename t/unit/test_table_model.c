/* SPDX-License-Identifier: Apache-2.0 */
/* The table against a model of it: an array of what was kept under each key.
 * The table may have forgotten what was not pinned, where a set was full; but
 * what it says, the model says as well. */
#include <stdlib.h>

#include <apr_general.h>

#include "eas_table.h"
#include "tap.h"

enum { STEPS = 1000000, SPAN = 1000 };

typedef struct value {
    apr_uint64_t key;
    apr_uint64_t number;
    unsigned char bytes[29]; /* no whole words */
} value;

/* What a model knows of a key. */
typedef struct known {
    apr_uint64_t number;
    eas_moment until; /* 0 for none */
    int is_pinned;
} known;

typedef struct world {
    eas_table *table;
    known *keys;
    apr_uint64_t count;
    eas_moment now;
    apr_uint64_t seed;
    apr_uint64_t next; /* number of a value */
    int is_roomy;      /* nothing has to go */
    long wrong;        /* read, and not what was kept */
    long lost;         /* pinned or roomy, and not there */
    long refused;      /* though there was room */
    long forgotten;
    long found;
    long full;
} world;

static apr_pool_t *pool;

static apr_uint64_t draw(world *w, apr_uint64_t below)
{
    w->seed ^= w->seed << 13;
    w->seed ^= w->seed >> 7;
    w->seed ^= w->seed << 17;
    return (w->seed >> 11) % below;
}

static eas_key key_of(apr_uint64_t i)
{
    eas_key key;

    i = (i + 1) * APR_UINT64_C(0x9e3779b97f4a7c15);
    i = (i ^ (i >> 30)) * APR_UINT64_C(0xbf58476d1ce4e5b9);
    key.word[0] = i ^ (i >> 27);
    i = (i ^ (i >> 31)) * APR_UINT64_C(0x94d049bb133111eb);
    key.word[1] = i ^ (i >> 31);
    return key;
}

static void fill(value *v, apr_uint64_t key, apr_uint64_t number)
{
    memset(v, 0, sizeof(*v));
    v->key = key;
    v->number = number;
    /* Some end in zeroes. */
    for (apr_uint64_t i = 0; i < number % (sizeof(v->bytes) + 1); i++) {
        v->bytes[i] = (unsigned char)(number * 31 + i);
    }
}

static int is_value(const value *v, apr_uint64_t key, apr_uint64_t number)
{
    value expected;

    fill(&expected, key, number);
    return !memcmp(v, &expected, sizeof(expected));
}

/* An edit to be made. */
typedef struct wish {
    world *w;
    apr_uint64_t key;
    eas_moment until;
    int is_pinned;
    apr_uint64_t number;
    int calls;
} wish;

/* Whether what is there, or is not, is what the model knows. */
static void compare(world *w, apr_uint64_t key, const value *v, int is_there,
                    eas_moment until)
{
    const known *k = &w->keys[key];

    if (is_there) {
        w->found++;
        w->wrong += k->until <= w->now || until != k->until
                    || !is_value(v, key, k->number);
    }
    else if (k->until > w->now) {
        w->forgotten++;
        w->lost += w->is_roomy || k->is_pinned;
    }
}

static void edit(void *with, eas_table_entry *entry)
{
    wish *one = with;

    one->calls++;
    compare(one->w, one->key, entry->value, !entry->is_new, entry->until);
    if (!entry->is_new) {
        one->w->wrong += entry->is_pinned != one->w->keys[one->key].is_pinned;
    }
    fill(entry->value, one->key, one->number);
    entry->until = one->until;
    entry->is_pinned = one->is_pinned;
}

static void learn(const wish *one)
{
    known *k = &one->w->keys[one->key];

    k->number = one->number;
    k->until = one->until;
    k->is_pinned = one->is_pinned;
}

static void change(world *w, apr_uint64_t key, int create, int remove)
{
    const eas_key k = key_of(key);
    const int is_known = w->keys[key].until > w->now;
    wish one = {w, key, 0, 0, ++w->next, 0};
    apr_status_t rv;

    if (!remove) {
        one.until = w->now + 1 + (eas_moment)draw(w, SPAN);
        one.is_pinned = draw(w, 4) == 0;
    }
    rv = eas_table_edit(w->table, &k, create, w->now, edit, &one);
    w->wrong += one.calls != (rv == APR_SUCCESS);
    if (rv == APR_SUCCESS) {
        w->wrong += !create && !is_known;
        learn(&one);
    }
    else if (rv == APR_NOTFOUND) {
        w->wrong += create;
        compare(w, key, NULL, 0, 0);
    }
    else {
        w->full++;
        w->wrong += rv != APR_ENOSPC || !create;
        w->refused += w->is_roomy || (is_known && w->keys[key].is_pinned);
    }
}

static void look(world *w, apr_uint64_t key)
{
    const eas_key k = key_of(key);
    value v;
    eas_moment until = 0;
    const int is_there = eas_table_read(w->table, &k, w->now, &v, &until);

    compare(w, key, &v, is_there, until);
}

typedef struct walk {
    world *w;
    apr_uint64_t visited;
} walk;

static void visit(void *with, const eas_key *key, eas_table_entry *entry)
{
    walk *all = with;
    const value *v = entry->value;
    eas_key expected = key_of(v->key);

    all->visited++;
    all->w->wrong += v->key >= all->w->count || !eas_key_is(key, &expected);
    if (v->key < all->w->count) {
        compare(all->w, v->key, v, 1, entry->until);
    }
    /* Some are renewed, some go. */
    if (v->key % 7 == 0) {
        entry->until += 5;
        all->w->keys[v->key].until += 5;
    }
    else if (v->key % 11 == 0) {
        entry->until = 0;
        all->w->keys[v->key].until = 0;
    }
}

static void walk_all(world *w)
{
    walk all = {w, 0};
    apr_uint64_t known_now = 0;

    for (apr_uint64_t i = 0; i < w->count; i++) {
        known_now += w->keys[i].until > w->now;
    }
    w->wrong += eas_table_each(w->table, w->now, visit, &all) != APR_SUCCESS;
    w->wrong += all.visited > known_now;
    w->lost += w->is_roomy && all.visited != known_now;
}

static void step(world *w)
{
    const apr_uint64_t what = draw(w, 100000);
    const apr_uint64_t key = draw(w, w->count);

    w->now += (eas_moment)draw(w, 2);
    if (what < 3) {
        w->wrong += eas_table_clear(w->table) != APR_SUCCESS;
        memset(w->keys, 0, w->count * sizeof(*w->keys));
    }
    else if (what < 60) {
        walk_all(w);
    }
    else if (what < 30000) {
        change(w, key, 1, 0);
    }
    else if (what < 40000) {
        change(w, key, 0, 0);
    }
    else if (what < 45000) {
        change(w, key, what % 2 == 0, 1);
    }
    else {
        look(w, key);
    }
}

static const struct {
    const char *name;
    apr_size_t slots;
    apr_uint64_t keys;
    int is_roomy;
    apr_uint64_t seed;
} rows[] = {
    {"room for all", 1000, 500, 1, APR_UINT64_C(0x5eed0001)},
    {"as many as there is room", 1000, 1000, 0, APR_UINT64_C(0x5eed0002)},
    {"too many for it", 64, 500, 0, APR_UINT64_C(0x5eed0003)},
    {"one set", 8, 40, 0, APR_UINT64_C(0x5eed0004)},
};

static void test_row(apr_size_t row, int steps)
{
    const apr_size_t size = eas_table_size(rows[row].slots, sizeof(value));
    world w = {.seed = rows[row].seed, .count = rows[row].keys};

    w.is_roomy = rows[row].is_roomy;
    w.keys = apr_pcalloc(pool, w.count * sizeof(*w.keys));
    is_int(eas_table_make(apr_pcalloc(pool, size), rows[row].slots,
                          sizeof(value), pool, &w.table),
           APR_SUCCESS, tap_row(rows[row].name, "made"));
    for (int i = 0; i < steps; i++) {
        step(&w);
    }
    printf("# seed %lx: %d steps, %ld found, %ld forgotten, %ld times full\n",
           (unsigned long)rows[row].seed, steps, w.found, w.forgotten, w.full);
    is_int(w.wrong, 0, tap_row(rows[row].name, "nothing is wrong"));
    is_int(w.lost, 0, tap_row(rows[row].name, "nothing is lost"));
    is_int(w.refused, 0, tap_row(rows[row].name, "nothing is refused"));
    ok(w.found > steps / 10, tap_row(rows[row].name, "something is found"));
    ok((w.forgotten > 0) == (rows[row].keys > rows[row].slots),
       tap_row(rows[row].name, "forgotten only where there are too many"));
}

int main(void)
{
    enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

    apr_initialize();
    apr_pool_create(&pool, NULL);
    for (apr_size_t i = 0; i < ROWS; i++) {
        test_row(i, STEPS / ROWS);
    }
    apr_terminate();
    return done_testing();
}
