/* SPDX-License-Identifier: Apache-2.0 */
/* The table used by many threads at once; under the thread sanitizer too. */
#include <stdatomic.h>

#include <apr_general.h>
#include <apr_thread_proc.h>

#include "eas_table.h"
#include "self.h"
#include "tap.h"

enum { WRITERS = 3, READERS = 4, KEYS = 60, EDITS = 20000, FOREVER = 1 << 30 };

static apr_pool_t *pool;
static eas_table *table;
static atomic_int writing;
static atomic_long torn;
static atomic_long failed;
static atomic_long found;
static atomic_long counted[KEYS];

typedef struct wish {
    apr_uint64_t key;
    int is_removed;
} wish;

/* Its number is how often it was edited: none of them gets lost. */
static void edit(void *with, eas_table_entry *entry)
{
    const wish *one = with;
    const self *value = entry->value;

    if (!entry->is_new && !self_is_whole(value, one->key)) {
        atomic_fetch_add(&torn, 1);
    }
    self_fill(entry->value, one->key, value->word[1] + 1);
    entry->until = one->is_removed ? 0 : FOREVER;
    entry->is_pinned = 1;
}

/* Keys up to KEYS are only counted up, those after it come and go. */
static void *APR_THREAD_FUNC write_many(apr_thread_t *thread, void *data)
{
    apr_uint64_t seed = (apr_uint64_t)(apr_uintptr_t)data;

    (void)thread;
    for (int i = 0; i < EDITS; i++) {
        wish one = {self_draw(&seed) % (2 * KEYS), 0};
        const eas_key key = self_key(one.key);

        one.is_removed = one.key >= KEYS && self_draw(&seed) % 2;
        if (eas_table_edit(table, &key, 1, 0, edit, &one) != APR_SUCCESS) {
            atomic_fetch_add(&failed, 1);
        }
        else if (one.key < KEYS) {
            atomic_fetch_add(&counted[one.key], 1);
        }
    }
    atomic_fetch_sub(&writing, 1);
    return NULL;
}

static void *APR_THREAD_FUNC read_many(apr_thread_t *thread, void *data)
{
    apr_uint64_t seed = (apr_uint64_t)(apr_uintptr_t)data;
    apr_uint64_t last[KEYS] = {0};
    self value;

    (void)thread;
    while (atomic_load(&writing) > 0) {
        const apr_uint64_t i = self_draw(&seed) % (2 * KEYS);
        const eas_key key = self_key(i);

        if (!eas_table_read(table, &key, (eas_moment)(seed % 1000), &value,
                            NULL)) {
            continue;
        }
        atomic_fetch_add(&found, 1);
        /* Whole, of this key, and never older than what was seen before. */
        if (!self_is_whole(&value, i)
            || (i < KEYS && value.word[1] < last[i])) {
            atomic_fetch_add(&torn, 1);
        }
        if (i < KEYS) {
            last[i] = value.word[1];
        }
    }
    return NULL;
}

static void renew(void *with, const eas_key *key, eas_table_entry *entry)
{
    (void)with;
    (void)key;
    entry->until = FOREVER - 1;
}

static void *APR_THREAD_FUNC walk(apr_thread_t *thread, void *data)
{
    (void)thread;
    (void)data;
    while (atomic_load(&writing) > 0) {
        if (eas_table_each(table, 0, renew, NULL) != APR_SUCCESS) {
            atomic_fetch_add(&failed, 1);
        }
        apr_thread_yield();
    }
    return NULL;
}

static void run(void)
{
    apr_thread_t *threads[WRITERS + READERS + 1];
    apr_status_t rv;

    atomic_store(&writing, WRITERS);
    for (int i = 0; i < WRITERS + READERS + 1; i++) {
        const apr_thread_start_t start = i < WRITERS             ? write_many
                                         : i < WRITERS + READERS ? read_many
                                                                 : walk;

        apr_thread_create(&threads[i], NULL, start,
                          (void *)(apr_uintptr_t)(i + 1), pool);
    }
    for (int i = 0; i < WRITERS + READERS + 1; i++) {
        apr_thread_join(&rv, threads[i]);
    }
}

int main(void)
{
    long lost = 0;
    self value;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    is_int(eas_table_make(apr_pcalloc(pool, eas_table_size(1000, sizeof(self))),
                          1000, sizeof(self), pool, &table),
           APR_SUCCESS, "made");
    run();
    is_int(atomic_load(&torn), 0, "every value read was whole, none went back");
    is_int(atomic_load(&failed), 0, "every edit was made");
    ok(atomic_load(&found) > 0, "something was read");
    for (apr_uint64_t i = 0; i < KEYS; i++) {
        const eas_key key = self_key(i);

        if (!eas_table_read(table, &key, 0, &value, NULL)
            || value.word[1] != (apr_uint64_t)atomic_load(&counted[i])) {
            lost++;
        }
    }
    is_int(lost, 0, "and none was lost");
    printf("# %ld reads\n", atomic_load(&found));
    apr_terminate();
    return done_testing();
}
