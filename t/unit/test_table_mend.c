/* SPDX-License-Identifier: Apache-2.0 */
/* What a writer leaves behind that dies with the lock of a shard, and what the
 * next one makes of it. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apr_general.h>

#include "eas_table_memory.h"
#include "self.h"
#include "tap.h"

enum { SLOTS = 20, VICTIM = 3, KEYS = 10, FOREVER = 1 << 30 };

static apr_pool_t *pool;
static eas_table *table;

static void edit(void *with, eas_table_entry *entry)
{
    const apr_uint64_t *key_number = with;

    self_fill(entry->value, key_number[0], key_number[1]);
    entry->until = FOREVER;
}

static apr_status_t keep(apr_uint64_t i, apr_uint64_t number)
{
    const eas_key key = self_key(i);
    apr_uint64_t with[] = {i, number};

    return eas_table_edit(table, &key, 1, 0, edit, with);
}

/* @return the number of the value; 0 where it is not there, -1 a wrong one */
static long long number_of(apr_uint64_t i)
{
    const eas_key key = self_key(i);
    self value;

    if (!eas_table_read(table, &key, 0, &value, NULL)) {
        return 0;
    }
    return self_is_whole(&value, i) ? (long long)value.word[1] : -1;
}

static apr_uint64_t slot_of(apr_uint64_t i)
{
    const eas_key key = self_key(i);
    apr_uint64_t s = 0;

    while (!eas_slot_is(eas_table_slot_at(table, s), &key)) {
        s++;
    }
    return s;
}

/* --- what the dead one did ------------------------------------------------- */

static void nothing(eas_slot *slot, eas_table_shard *in)
{
    (void)slot;
    (void)in;
}

static void begin(eas_slot *slot, eas_table_shard *in)
{
    (void)in;
    atomic_fetch_add(&slot->sequence, 1);
}

static void write_a_part(eas_slot *slot, eas_table_shard *in)
{
    begin(slot, in);
    atomic_fetch_add(&slot->content[20], 1);
}

static void write_wildly(eas_slot *slot, eas_table_shard *in)
{
    (void)in;
    atomic_fetch_add(&slot->content[20], 1);
}

static void write_too_many_words(eas_slot *slot, eas_table_shard *in)
{
    (void)in;
    atomic_store(&slot->content[offsetof(eas_slot_content, words)
                                / sizeof(apr_uint64_t)],
                 APR_UINT64_C(1) << 40);
}

static void clear_a_part(eas_slot *slot, eas_table_shard *in)
{
    begin(slot, in);
    for (int i = 0; i < 3; i++) {
        atomic_store(&slot->content[i], 0);
    }
}

static void clear_but_until(eas_slot *slot, eas_table_shard *in)
{
    (void)in;
    for (int i = 0; i < 3; i++) {
        atomic_store(&slot->content[i], 0);
    }
}

static void clear_tag(eas_slot *slot, eas_table_shard *in)
{
    (void)slot;
    (void)in;
    eas_table_set_tag(table, slot_of(VICTIM), 0);
}

static void edit_a_part(eas_slot *slot, eas_table_shard *in)
{
    eas_slot_load(slot, sizeof(self), &in->content);
    self_fill((self *)(void *)(&in->content + 1), VICTIM, 77);
}

/* All but that it did not come to write it. */
static void make_ready(eas_slot *slot, eas_table_shard *in)
{
    edit_a_part(slot, in);
    eas_slot_seal(&in->content, sizeof(self));
    atomic_store(&in->pending, slot_of(VICTIM) + 1);
}

static void put_a_part(eas_slot *slot, eas_table_shard *in)
{
    make_ready(slot, in);
    write_a_part(slot, in);
}

static void put_a_part_unsealed(eas_slot *slot, eas_table_shard *in)
{
    put_a_part(slot, in);
    in->content.sum++;
}

static void put_beyond(eas_slot *slot, eas_table_shard *in)
{
    make_ready(slot, in);
    atomic_store(&in->pending, APR_UINT64_C(1) << 40);
}

static void put_all(eas_slot *slot, eas_table_shard *in)
{
    make_ready(slot, in);
    eas_slot_publish(slot, sizeof(self), &in->content);
}

static const struct {
    const char *name;
    void (*deed)(eas_slot *slot, eas_table_shard *in);
    long long before; /* as of number_of, before anybody takes the lock */
    long long after;
} rows[] = {
    {"nothing", nothing, 5, 5},
    {"began to write", begin, 0, 0},
    {"wrote a part", write_a_part, 0, 0},
    {"wrote where it should not", write_wildly, -1, 0},
    {"more words than there are", write_too_many_words, 0, 0},
    {"cleared a part", clear_a_part, 0, 0},
    {"cleared all but until", clear_but_until, 0, 0},
    {"cleared the tag", clear_tag, 0, 5},
    {"edited", edit_a_part, 5, 5},
    {"was about to put it in", make_ready, 5, 77},
    {"put in a part", put_a_part, 0, 77},
    {"put in a part of what is not sound", put_a_part_unsealed, 0, 0},
    {"would put it elsewhere", put_beyond, 5, 5},
    {"put it in, and did not say so", put_all, 77, 77},
};

static void make_table(void)
{
    const apr_size_t size = eas_table_size(SLOTS, sizeof(self));
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED
        || eas_table_make(memory, SLOTS, sizeof(self), pool, &table)
               != APR_SUCCESS) {
        printf("Bail out! no table\n");
        exit(1);
    }
    for (apr_uint64_t i = 0; i < KEYS; i++) {
        keep(i, 5);
    }
}

static void die_having(void (*deed)(eas_slot *slot, eas_table_shard *in))
{
    const pid_t child = fork();
    eas_table_shard *in = eas_table_shard_at(table, 0);
    int died;

    if (!child) {
        eas_lock_take(&in->lock, &died);
        deed(eas_table_slot_at(table, slot_of(VICTIM)), in);
        kill(getpid(), SIGKILL);
    }
    waitpid(child, NULL, 0);
}

/* As many as there are slots, but for those that something unseen is in. */
static long long free_slots(void)
{
    long long count = 0;

    for (apr_uint64_t s = 0; s < eas_table_slots(table); s++) {
        count += eas_slot_until(eas_table_slot_at(table, s)) == 0;
    }
    return count;
}

static void test_row(apr_size_t row)
{
    long long others = 0;

    make_table();
    die_having(rows[row].deed);
    is_int(number_of(VICTIM), rows[row].before,
           tap_row(rows[row].name, "seen by a reader"));
    is_int(keep(0, 6), APR_SUCCESS, tap_row(rows[row].name, "writing goes on"));
    is_int(number_of(VICTIM), rows[row].after,
           tap_row(rows[row].name, "mended"));
    for (apr_uint64_t i = 0; i < KEYS; i++) {
        others += i != VICTIM ? number_of(i) : 0;
    }
    is_int(others, 5 * (KEYS - 2) + 6, tap_row(rows[row].name, "others"));
    is_int(free_slots(),
           (long long)eas_table_slots(table) - KEYS + !rows[row].after,
           tap_row(rows[row].name, "nothing unseen"));
    is_int(keep(VICTIM, 8), APR_SUCCESS, tap_row(rows[row].name, "kept anew"));
    is_int(number_of(VICTIM), 8, tap_row(rows[row].name, "as it is"));
}

static void visit(void *with, const eas_key *key, eas_table_entry *entry)
{
    (void)key;
    (void)entry;
    ++*(int *)with;
}

static void test_broken(void)
{
    eas_table_shard *in;
    int visited = 0;

    make_table();
    die_having(nothing);
    in = eas_table_shard_at(table, 0);
    pthread_mutex_lock(&in->lock.mutex);
    pthread_mutex_unlock(&in->lock.mutex);
    is_int(keep(1, 6), ENOTRECOVERABLE, "a lock broken for good: no edits");
    is_int(eas_table_each(table, 0, visit, &visited), ENOTRECOVERABLE,
           "no visits");
    is_int(visited, 0, "not one");
    is_int(eas_table_clear(table), ENOTRECOVERABLE, "nothing is forgotten");
    is_int(number_of(1), 5, "reads go on");
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    for (apr_size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        test_row(i);
    }
    test_broken();
    apr_terminate();
    return done_testing();
}
