/* SPDX-License-Identifier: Apache-2.0 */
/* The table while those who write into it are killed: whatever is read is
 * whole, what was kept stays, no lock stays dead, and writing goes on. */
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_shm.h>

#include "eas_table.h"
#include "self.h"
#include "tap.h"

enum { CHILDREN = 3, KILLS = 3000, KEYS = 40, FOREVER = 1 << 30, SLOTS = 64 };

/* What the children tell their parent. */
typedef struct told {
    atomic_long torn;
    atomic_long failed;
    atomic_long edits;
    atomic_long reads;
    /* Of each key: the greatest number that an edit returned for. */
    atomic_ullong kept[KEYS];
    /* And whether a key that was kept was not there. */
    atomic_long lost;
} told;

static apr_pool_t *pool;
static eas_table *table;
static told *all;

/* An edit, and the number it gave. */
typedef struct wish {
    apr_uint64_t key;
    apr_uint64_t number;
} wish;

/* Always in a hurry: kills mostly hit edits. */
static void edit(void *with, eas_table_entry *entry)
{
    wish *one = with;
    const self *value = entry->value;

    if (!entry->is_new && !self_is_whole(value, one->key)) {
        atomic_fetch_add(&all->torn, 1);
    }
    if (value->word[1] < atomic_load(&all->kept[one->key])) {
        atomic_fetch_add(&all->lost, 1);
    }
    one->number = value->word[1] + 1;
    self_fill(entry->value, one->key, one->number);
    entry->until = FOREVER;
    entry->is_pinned = 1;
}

static void keep(apr_uint64_t i)
{
    const eas_key key = self_key(i);
    wish one = {i, 0};
    unsigned long long before;

    if (eas_table_edit(table, &key, 1, 0, edit, &one) != APR_SUCCESS) {
        atomic_fetch_add(&all->failed, 1);
        return;
    }
    atomic_fetch_add(&all->edits, 1);
    before = atomic_load(&all->kept[i]);
    while (
        before < one.number
        && !atomic_compare_exchange_weak(&all->kept[i], &before, one.number)) {
    }
}

static void look(apr_uint64_t i)
{
    const eas_key key = self_key(i);
    const unsigned long long kept = atomic_load(&all->kept[i]);
    self value;

    if (!eas_table_read(table, &key, 0, &value, NULL)) {
        return;
    }
    atomic_fetch_add(&all->reads, 1);
    if (!self_is_whole(&value, i) || value.word[1] < kept) {
        atomic_fetch_add(&all->torn, 1);
    }
}

static void live(apr_uint64_t seed)
{
    for (;;) {
        const apr_uint64_t i = self_draw(&seed) % KEYS;

        if (self_draw(&seed) % 4) {
            keep(i);
        }
        else {
            look(i);
        }
    }
}

static pid_t give_birth(apr_uint64_t seed)
{
    const pid_t child = fork();

    if (!child) {
        alarm(60);
        live(seed);
    }
    return child;
}

static void nap(apr_uint64_t nanoseconds)
{
    const struct timespec span = {0, (long)nanoseconds};

    nanosleep(&span, NULL);
}

/* How many of the keys that were ever kept are there, and how many of those
 * are whole. */
static int count_there(int *whole)
{
    int count = 0;

    *whole = 0;
    for (apr_uint64_t i = 0; i < KEYS; i++) {
        const eas_key key = self_key(i);
        self value;

        if (eas_table_read(table, &key, 0, &value, NULL)) {
            count++;
            *whole += self_is_whole(&value, i)
                      && value.word[1] >= atomic_load(&all->kept[i]);
        }
    }
    return count;
}

static void kill_many(void)
{
    pid_t children[CHILDREN];
    apr_uint64_t seed = APR_UINT64_C(0x5eed);

    for (int i = 0; i < CHILDREN; i++) {
        children[i] = give_birth(self_draw(&seed));
    }
    for (int i = 0; i < KILLS; i++) {
        const int which = (int)(self_draw(&seed) % CHILDREN);
        const apr_uint64_t key = self_draw(&seed) % KEYS;

        nap(self_draw(&seed) % 300000);
        kill(children[which], SIGKILL);
        waitpid(children[which], NULL, 0);
        look(key);
        keep(key);
        children[which] = give_birth(self_draw(&seed));
    }
    for (int i = 0; i < CHILDREN; i++) {
        kill(children[i], SIGKILL);
        waitpid(children[i], NULL, 0);
    }
}

static void make_all(void)
{
    apr_shm_t *shm = NULL;
    apr_shm_t *more = NULL;

    is_int(
        apr_shm_create(&shm, eas_table_size(SLOTS, sizeof(self)), NULL, pool),
        APR_SUCCESS, "memory");
    is_int(apr_shm_create(&more, sizeof(*all), NULL, pool), APR_SUCCESS,
           "and for what is told");
    memset(apr_shm_baseaddr_get(shm), 0, apr_shm_size_get(shm));
    all = apr_shm_baseaddr_get(more);
    memset(all, 0, sizeof(*all));
    is_int(eas_table_make(apr_shm_baseaddr_get(shm), SLOTS, sizeof(self), pool,
                          &table),
           APR_SUCCESS, "a table");
}

int main(void)
{
    int whole;
    long before;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    make_all();
    kill_many();
    for (apr_uint64_t i = 0; i < KEYS; i++) {
        keep(i);
    }
    is_int(atomic_load(&all->failed), 0, "no lock stays dead");
    is_int(atomic_load(&all->torn), 0, "what is read is whole and as new");
    is_int(atomic_load(&all->lost), 0, "what was kept is found by who edits");
    is_int(count_there(&whole), KEYS, "all is there at the end");
    is_int(whole, KEYS, "and whole");
    before = atomic_load(&all->edits);
    for (apr_uint64_t i = 0; i < KEYS; i++) {
        keep(i);
    }
    is_int(atomic_load(&all->edits) - before, KEYS, "writing goes on");
    ok(atomic_load(&all->edits) > KILLS && atomic_load(&all->reads) > KILLS,
       "much was written and read");
    printf("# %d kills, %ld edits, %ld reads\n", KILLS,
           atomic_load(&all->edits), atomic_load(&all->reads));
    apr_terminate();
    return done_testing();
}
