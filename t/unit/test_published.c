/* SPDX-License-Identifier: Apache-2.0 */
/* A published block: what is read is what somebody wrote, whole. */
#include <string.h>

#include <apr_general.h>
#include <apr_thread_proc.h>

#include "eas_published.h"
#include "tap.h"

static apr_pool_t *pool;

static void test_one(void)
{
    static const char *const texts[] = {"a", "1234567", "12345678",
                                        "123456789"};
    eas_published block;
    apr_uint64_t data[EAS_PUBLISHED_WORDS] = {0};
    apr_size_t length = 77;
    static const eas_published zero;

    eas_published_make(&block);
    ok(!eas_published_read(&block, pool, &length), "nothing at first");
    is_int((int)length, 77, "and nothing is said");
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        memcpy(data, texts[i], strlen(texts[i]) + 1);
        is_int(eas_published_write(&block, data, strlen(texts[i]) + 1), 1,
               "written");
        is_str(eas_published_read(&block, pool, &length), texts[i], "and read");
        is_int((int)length, (int)strlen(texts[i]) + 1, "at its length");
    }
    is_int(eas_published_write(&block, data, EAS_PUBLISHED_ROOM + 1), 0,
           "no more than there is room for");
    is_str(eas_published_read(&block, pool, &length), texts[3],
           "and the last one stays");
    is_int(eas_published_write(&block, data, EAS_PUBLISHED_ROOM), 1,
           "as much as there is room for");
    eas_published_wipe(&block);
    ok(!memcmp((const void *)&block, (const void *)&zero, sizeof(block)),
       "nothing of it stays");
}

/* Threads that write runs of one number, of a length that goes with it, and
 * threads that read. */
enum { WRITERS = 3, READERS = 3, ROUNDS = 20000 };

static eas_published shared;
static atomic_int written;
static atomic_int torn;

static void *APR_THREAD_FUNC write_runs(apr_thread_t *thread, void *which)
{
    apr_uint64_t data[EAS_PUBLISHED_WORDS];

    (void)thread;
    for (int i = 0; i < ROUNDS; i++) {
        const apr_size_t count = 1 + (apr_size_t)i % EAS_PUBLISHED_WORDS;

        for (apr_size_t word = 0; word < count; word++) {
            data[word] =
                ((apr_uint64_t)i * WRITERS + *(const apr_uint64_t *)which)
                    * EAS_PUBLISHED_WORDS
                + count - 1;
        }
        atomic_fetch_add(&written, eas_published_write(&shared, data,
                                                       count * sizeof(*data)));
        apr_thread_yield(); /* or nobody would ever read a whole one */
    }
    return NULL;
}

static int is_whole(const apr_uint64_t *data, apr_size_t length)
{
    const apr_size_t count = length / sizeof(*data);

    if (data[0] % EAS_PUBLISHED_WORDS != count - 1) {
        return 0;
    }
    for (apr_size_t word = 1; word < count; word++) {
        if (data[word] != data[0]) {
            return 0;
        }
    }
    return 1;
}

static void *APR_THREAD_FUNC read_runs(apr_thread_t *thread, void *own_pool)
{
    (void)thread;
    for (int i = 0; i < ROUNDS; i++) {
        apr_size_t length = 0;
        const apr_uint64_t *data =
            eas_published_read(&shared, own_pool, &length);

        if (data) {
            atomic_fetch_add(&torn, !is_whole(data, length));
        }
        apr_pool_clear(own_pool);
    }
    return NULL;
}

static apr_pool_t *pool_of_a_thread(void)
{
    apr_allocator_t *allocator = NULL;
    apr_pool_t *made = NULL;

    apr_allocator_create(&allocator);
    apr_pool_create_ex(&made, pool, NULL, allocator);
    apr_allocator_owner_set(allocator, made);
    return made;
}

static void test_threads(void)
{
    static apr_uint64_t which[WRITERS] = {0, 1, 2};
    apr_thread_t *threads[WRITERS + READERS];
    apr_size_t length = 0;
    const apr_uint64_t *last;
    apr_status_t rv = APR_SUCCESS;

    eas_published_make(&shared);
    for (int i = 0; i < WRITERS; i++) {
        apr_thread_create(&threads[i], NULL, write_runs, &which[i], pool);
    }
    for (int i = 0; i < READERS; i++) {
        apr_thread_create(&threads[WRITERS + i], NULL, read_runs,
                          pool_of_a_thread(), pool);
    }
    for (int i = 0; i < WRITERS + READERS; i++) {
        apr_thread_join(&rv, threads[i]);
    }
    ok(atomic_load(&written) > 0, "something is written");
    last = eas_published_read(&shared, pool, &length);
    ok(last && is_whole(last, length), "and the last is read");
    is_int(atomic_load(&torn), 0, "and nothing is half of two");
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_one();
    test_threads();
    apr_pool_destroy(pool);
    apr_terminate();
    return done_testing();
}
