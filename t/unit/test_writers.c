/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of writers: bounded, and never a mixture of two. */
#include <stdatomic.h>

#include <apr_general.h>
#include <apr_thread_proc.h>

#include "eas_writers.h"
#include "tap.h"

static apr_pool_t *pool;

/* The writer of a number: its key says which. */
static eas_writer numbered(apr_uint64_t number, apr_uint64_t set)
{
    eas_writer writer = {{number * 64 + set, ~number}, {0, 0, 0, 0}};

    for (int i = 0; i < EAS_WRITERS_KEY; i++) {
        writer.key[i] = number * 1000 + (apr_uint64_t)i;
    }
    return writer;
}

static int is_found(eas_writers *writers, apr_uint64_t number, apr_uint64_t set)
{
    const eas_writer expected = numbered(number, set);
    eas_writer found = {{expected.salt[0], expected.salt[1]}, {0, 0, 0, 0}};

    return eas_writers_find(writers, &found)
           && !memcmp(&found, &expected, sizeof(found));
}

static void keep(eas_writers *writers, apr_uint64_t number, apr_uint64_t set)
{
    const eas_writer writer = numbered(number, set);

    eas_writers_keep(writers, &writer);
}

static void test_bound(void)
{
    eas_writers *writers = eas_writers_make(pool);
    int found = 0;

    ok(!is_found(writers, 1, 0), "nobody at first");
    ok(!is_found(writers, 0, 0), "nor one of zeros");
    keep(writers, 1, 0);
    ok(is_found(writers, 1, 0), "one that is kept");
    ok(!is_found(writers, 2, 0), "not another");
    for (apr_uint64_t i = 0; i < 20; i++) {
        keep(writers, 1, 0);
    }
    for (apr_uint64_t i = 2; i <= 8; i++) {
        keep(writers, i, 0);
    }
    for (apr_uint64_t i = 1; i <= 8; i++) {
        found += is_found(writers, i, 0);
    }
    is_int(found, 8, "kept again and again, it takes one place");
    for (apr_uint64_t set = 0; set < 64; set++) {
        for (apr_uint64_t i = 100; i < 120; i++) {
            keep(writers, i, set);
        }
    }
    found = 0;
    for (apr_uint64_t set = 0; set < 64; set++) {
        for (apr_uint64_t i = 112; i < 120; i++) {
            found += is_found(writers, i, set);
        }
    }
    is_int(found, 512, "the last few hundred");
    ok(!is_found(writers, 1, 0), "and not the first");
}

enum { THREADS = 6, ROUNDS = 30000 };

static eas_writers *shared;
static atomic_int mixed;
static atomic_int seen;

static void *APR_THREAD_FUNC use(apr_thread_t *thread, void *unused)
{
    (void)thread;
    (void)unused;
    for (unsigned i = 0; i < ROUNDS; i++) {
        const apr_uint64_t number = i * 7 % 13;
        const eas_writer expected = numbered(number, 3);
        eas_writer found = {{expected.salt[0], expected.salt[1]}, {0, 0, 0, 0}};

        keep(shared, number, 3);
        if (eas_writers_find(shared, &found)) {
            atomic_fetch_add(&seen, 1);
            atomic_fetch_add(&mixed,
                             memcmp(&found, &expected, sizeof(found)) != 0);
        }
    }
    return NULL;
}

static void test_threads(void)
{
    apr_thread_t *threads[THREADS];
    apr_status_t rv = APR_SUCCESS;

    shared = eas_writers_make(pool);
    for (int i = 0; i < THREADS; i++) {
        apr_thread_create(&threads[i], NULL, use, NULL, pool);
    }
    for (int i = 0; i < THREADS; i++) {
        apr_thread_join(&rv, threads[i]);
    }
    ok(atomic_load(&seen) > ROUNDS, "threads find keys");
    is_int(atomic_load(&mixed), 0, "and none of two writers");
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_bound();
    test_threads();
    apr_pool_destroy(pool);
    apr_terminate();
    return done_testing();
}
