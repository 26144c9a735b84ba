/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and edits of the table in shared memory, one value of 1 KB per key.
 *
 *     table_loop KEYS THREADS SECONDS [READS]
 *
 * Prints reads per second with all threads reading; then with one thread
 * editing besides; then edits per second by all, and how long one took (the
 * lock waited for and held) at the median, the 99th percentile and most.  With
 * READS, only so many reads by one thread, for whoever counts instructions. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <apr_general.h>
#include <apr_shm.h>
#include <apr_thread_proc.h>

#include "eas_table.h"

enum { ROOM = 1024, SAMPLES = 200000, FOREVER = 1 << 30 };

typedef struct worker {
    apr_thread_t *thread;
    apr_uint64_t seed;
    int is_editor;
    apr_uint64_t done;
    apr_uint64_t missed;
    unsigned *samples; /* nanoseconds */
    apr_uint64_t sampled;
    char room[64]; /* of the next one's line */
} worker;

static eas_table *table;
static apr_uint64_t keys;
static atomic_int is_over;

static apr_uint64_t draw(apr_uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed >> 11;
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

static void edit(void *with, eas_table_entry *entry)
{
    apr_uint64_t *number = with;

    memset(entry->value, (int)(*number & 0x7f) + 1, ROOM);
    entry->until = FOREVER;
}

static void read_one(worker *w)
{
    const eas_key key = key_of(draw(&w->seed) % keys);
    char value[ROOM];

    w->missed += !eas_table_read(table, &key, 1, value, NULL);
    w->done++;
}

static void edit_one(worker *w)
{
    const eas_key key = key_of(draw(&w->seed) % keys);
    struct timespec before;
    struct timespec after;

    clock_gettime(CLOCK_MONOTONIC, &before);
    w->missed += eas_table_edit(table, &key, 1, 1, edit, &w->done) != 0;
    clock_gettime(CLOCK_MONOTONIC, &after);
    w->done++;
    if (w->samples) {
        w->samples[w->sampled++ % SAMPLES] =
            (unsigned)((after.tv_sec - before.tv_sec) * 1000000000
                       + after.tv_nsec - before.tv_nsec);
    }
}

static void *APR_THREAD_FUNC work(apr_thread_t *thread, void *data)
{
    worker *w = data;

    (void)thread;
    while (!atomic_load_explicit(&is_over, memory_order_relaxed)) {
        if (w->is_editor) {
            edit_one(w);
        }
        else {
            read_one(w);
        }
    }
    return NULL;
}

static int by_size(const void *a, const void *b)
{
    const unsigned x = *(const unsigned *)a;
    const unsigned y = *(const unsigned *)b;

    return (x > y) - (x < y);
}

static void show_times(const worker *workers, int count, apr_pool_t *pool)
{
    unsigned *all = apr_palloc(pool, sizeof(*all) * SAMPLES * (size_t)count);
    size_t used = 0;

    for (int i = 0; i < count; i++) {
        const apr_uint64_t n =
            workers[i].sampled < SAMPLES ? workers[i].sampled : SAMPLES;

        memcpy(all + used, workers[i].samples, n * sizeof(*all));
        used += n;
    }
    qsort(all, used, sizeof(*all), by_size);
    printf(", ns each: median %u, 99 %% %u, most %u", all[used / 2],
           all[used * 99 / 100], all[used - 1]);
}

/* @param editors how many of the threads edit */
static void run(const char *name, int threads, int editors, double seconds,
                apr_pool_t *pool)
{
    worker *workers = apr_pcalloc(pool, sizeof(*workers) * (size_t)threads);
    apr_uint64_t reads = 0;
    apr_uint64_t edits = 0;
    apr_uint64_t missed = 0;
    apr_status_t rv;

    atomic_store(&is_over, 0);
    for (int i = 0; i < threads; i++) {
        workers[i].seed = (apr_uint64_t)i + 1;
        workers[i].is_editor = i < editors;
        if (i < editors) {
            workers[i].samples = apr_palloc(pool, sizeof(unsigned) * SAMPLES);
        }
        apr_thread_create(&workers[i].thread, NULL, work, &workers[i], pool);
    }
    apr_sleep((apr_interval_time_t)(seconds * 1e6));
    atomic_store(&is_over, 1);
    for (int i = 0; i < threads; i++) {
        apr_thread_join(&rv, workers[i].thread);
        *(workers[i].is_editor ? &edits : &reads) += workers[i].done;
        missed += workers[i].missed;
    }
    printf("%s: %.0f reads/s, %.0f edits/s", name, (double)reads / seconds,
           (double)edits / seconds);
    if (editors) {
        show_times(workers, editors, pool);
    }
    printf(", %lu missed\n", (unsigned long)missed);
}

static void fill(apr_pool_t *pool)
{
    const apr_size_t size = eas_table_size((apr_size_t)keys, ROOM);
    apr_shm_t *shm;
    worker w = {0};

    if (apr_shm_create(&shm, size, NULL, pool) != APR_SUCCESS
        || eas_table_make(apr_shm_baseaddr_get(shm), (apr_size_t)keys, ROOM,
                          pool, &table)
               != APR_SUCCESS) {
        fprintf(stderr, "no memory\n");
        exit(1);
    }
    for (apr_uint64_t i = 0; i < keys; i++) {
        const eas_key key = key_of(i);

        w.missed += eas_table_edit(table, &key, 1, 0, edit, &i) != 0;
    }
    printf("%lu keys, %.0f MB, %lu had no room\n", (unsigned long)keys,
           (double)size / 1e6, (unsigned long)w.missed);
}

int main(int argc, char **argv)
{
    apr_pool_t *pool;
    int threads;
    double seconds;

    if (argc < 4) {
        fprintf(stderr, "usage: table_loop KEYS THREADS SECONDS [READS]\n");
        return 2;
    }
    keys = strtoull(argv[1], NULL, 10);
    threads = atoi(argv[2]);
    seconds = atof(argv[3]);
    apr_initialize();
    apr_pool_create(&pool, NULL);
    fill(pool);
    if (argc > 4) {
        const long reads = atol(argv[4]);
        worker w = {.seed = 1};

        for (long i = 0; i < reads; i++) {
            read_one(&w);
        }
        printf("%lu missed\n", (unsigned long)w.missed);
        return 0;
    }
    run("reading", threads, 0, seconds, pool);
    run("one editor", threads, 1, seconds, pool);
    run("editing", threads, threads, seconds, pool);
    apr_terminate();
    return 0;
}
