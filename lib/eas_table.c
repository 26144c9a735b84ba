/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_table.h"

#include <string.h>

#include "eas_table_memory.h"

#define NOWHERE (-1)

static int is_none(const eas_key *key)
{
    return !(key->word[0] | key->word[1]);
}

int eas_table_read_front(const eas_table *table, const eas_key *key,
                         eas_moment now, apr_size_t wanted, void *front_out,
                         eas_moment *until_out)
{
    const eas_table_place where = eas_table_place_of(table, key);

    if (is_none(key)) {
        return 0;
    }
    for (int i = 0; i < EAS_TABLE_CHOICES; i++) {
        const apr_uint64_t first = where.set[i] * EAS_TABLE_WAYS;

        for (apr_uint64_t s = first; s < first + EAS_TABLE_WAYS; s++) {
            if (eas_table_tag_at(table, s) == where.tag
                && eas_slot_read(eas_table_slot_at(table, s), table->room,
                                 wanted, key, now, front_out, until_out)) {
                return 1;
            }
        }
    }
    return 0;
}

int eas_table_read(const eas_table *table, const eas_key *key, eas_moment now,
                   void *value_out, eas_moment *until_out)
{
    return eas_table_read_front(table, key, now, table->room, value_out,
                                until_out);
}

/* --- changed, with the lock of the shard held ------------------------------ */

static void clear_slot(eas_table *table, apr_uint64_t s)
{
    eas_table_set_tag(table, s, 0);
    eas_slot_clear(eas_table_slot_at(table, s), table->room);
}

/* Put what was edited into its slot.  Once pending is set, whoever takes the
 * lock of a dead owner does it again; before, the slot is as it was. */
static void put(eas_table *table, eas_table_shard *in, apr_uint64_t s)
{
    const apr_uint64_t number = s % eas_table_shard_slots(table) + 1;

    atomic_store_explicit(&in->pending, number, memory_order_release);
    atomic_thread_fence(memory_order_release);
    eas_slot_publish(eas_table_slot_at(table, s), table->room, &in->content);
    eas_table_set_tag(table, s, eas_table_tag_of(&in->content.key));
    atomic_store_explicit(&in->pending, 0, memory_order_release);
}

static void wipe(const eas_table *table, eas_table_shard *in)
{
    memset(&in->content, 0, eas_slot_content_size(table->room));
}

/* The owner of the lock died: finish what it was putting in, and see to it
 * that nothing else is half done. */
static void mend(eas_table *table, apr_uint64_t number)
{
    const apr_uint64_t count = eas_table_shard_slots(table);
    const apr_uint64_t first = number * count;
    eas_table_shard *in = eas_table_shard_at(table, number);
    const apr_uint64_t pending =
        atomic_load_explicit(&in->pending, memory_order_acquire);

    if (pending && pending <= count && !is_none(&in->content.key)
        && eas_slot_is_sealed(&in->content, table->room)) {
        put(table, in, first + pending - 1);
    }
    atomic_store_explicit(&in->pending, 0, memory_order_release);
    for (apr_uint64_t s = first; s < first + count; s++) {
        const eas_key key = eas_slot_key(eas_table_slot_at(table, s));

        if (!eas_slot_is_whole(eas_table_slot_at(table, s), table->room)) {
            clear_slot(table, s);
        }
        else {
            eas_table_set_tag(table, s, eas_table_tag_of(&key));
        }
    }
}

static apr_status_t take(eas_table *table, apr_uint64_t number)
{
    int died;
    const apr_status_t rv =
        eas_lock_take(&eas_table_shard_at(table, number)->lock, &died);

    if (rv == APR_SUCCESS && died) {
        mend(table, number);
    }
    return rv;
}

static void give(eas_table *table, apr_uint64_t number)
{
    eas_lock_give(&eas_table_shard_at(table, number)->lock);
}

/* @return the slot of a key, which may be over, or NOWHERE */
static apr_int64_t find(const eas_table *table, const eas_table_place *where,
                        const eas_key *key)
{
    for (int i = 0; i < EAS_TABLE_CHOICES; i++) {
        const apr_uint64_t first = where->set[i] * EAS_TABLE_WAYS;

        for (apr_uint64_t s = first; s < first + EAS_TABLE_WAYS; s++) {
            if (eas_table_tag_at(table, s) == where->tag
                && eas_slot_is(eas_table_slot_at(table, s), key)) {
                return (apr_int64_t)s;
            }
        }
    }
    return NOWHERE;
}

/* Where in a set there is room. */
typedef struct survey {
    int count; /* of those that are free */
    apr_int64_t free;
    apr_int64_t oldest; /* of those that are not, and not pinned */
    eas_moment used;    /* that one, last */
} survey;

static survey survey_of(const eas_table *table, apr_uint64_t set,
                        eas_moment now)
{
    const apr_uint64_t first = set * EAS_TABLE_WAYS;
    survey found = {0, NOWHERE, NOWHERE, 0};

    for (apr_uint64_t s = first; s < first + EAS_TABLE_WAYS; s++) {
        const eas_slot *slot = eas_table_slot_at(table, s);

        if (eas_slot_until(slot) <= now) {
            found.free = (apr_int64_t)s;
            found.count++;
        }
        else if (!eas_slot_is_pinned(slot)
                 && (found.oldest == NOWHERE
                     || eas_slot_used(slot) < found.used)) {
            found.oldest = (apr_int64_t)s;
            found.used = eas_slot_used(slot);
        }
    }
    return found;
}

/* The emptier of two sets, so that they fill evenly. */
static apr_int64_t room_in(const eas_table *table, const eas_table_place *where,
                           eas_moment now)
{
    const survey a = survey_of(table, where->set[0], now);
    const survey b = survey_of(table, where->set[1], now);

    if (a.count || b.count) {
        return a.count >= b.count ? a.free : b.free;
    }
    if (a.oldest == NOWHERE || b.oldest == NOWHERE) {
        return a.oldest == NOWHERE ? b.oldest : a.oldest;
    }
    return a.used <= b.used ? a.oldest : b.oldest;
}

static void keep(eas_table *table, eas_table_shard *in, apr_uint64_t s,
                 eas_moment now)
{
    eas_slot_seal(&in->content, table->room);
    if (!eas_slot_is_same(eas_table_slot_at(table, s), table->room,
                          &in->content)) {
        put(table, in, s);
    }
    eas_slot_use(eas_table_slot_at(table, s), now);
}

/* Let a copy be edited, and put it where it was or in the place of another. */
static void change(eas_table *table, eas_table_shard *in, apr_uint64_t s,
                   const eas_key *key, eas_moment now, eas_table_edit_fn edit,
                   void *with)
{
    eas_slot_content *content = &in->content;
    eas_slot *slot = eas_table_slot_at(table, s);
    eas_table_entry entry = {.value = content + 1};

    entry.is_new = !eas_slot_is(slot, key) || eas_slot_until(slot) <= now;
    if (entry.is_new) {
        wipe(table, in);
        content->key = *key;
    }
    else {
        eas_slot_load(slot, table->room, content);
    }
    entry.until = content->until;
    entry.is_pinned = content->is_pinned != 0;
    edit(with, &entry);
    if (entry.until > now) {
        content->until = entry.until;
        content->is_pinned = entry.is_pinned != 0;
        keep(table, in, s, now);
        return;
    }
    if (eas_slot_is(slot, key)) {
        clear_slot(table, s);
    }
    wipe(table, in);
}

apr_status_t eas_table_edit(eas_table *table, const eas_key *key, int create,
                            eas_moment now, eas_table_edit_fn edit, void *with)
{
    const eas_table_place where = eas_table_place_of(table, key);
    apr_int64_t s;
    apr_status_t rv = is_none(key) ? APR_EINVAL : take(table, where.shard);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    s = find(table, &where, key);
    if (!create
        && (s == NOWHERE
            || eas_slot_until(eas_table_slot_at(table, (apr_uint64_t)s))
                   <= now)) {
        rv = APR_NOTFOUND;
    }
    else if (s == NOWHERE && (s = room_in(table, &where, now)) == NOWHERE) {
        rv = APR_ENOSPC;
    }
    else {
        change(table, eas_table_shard_at(table, where.shard), (apr_uint64_t)s,
               key, now, edit, with);
    }
    give(table, where.shard);
    return rv;
}

/* --- all of them ----------------------------------------------------------- */

/* A visit, as an edit. */
typedef struct visit {
    eas_table_each_fn each;
    void *with;
    eas_key key;
} visit;

static void edit_visited(void *with, eas_table_entry *entry)
{
    visit *one = with;

    one->each(one->with, &one->key, entry);
}

static void visit_set(eas_table *table, apr_uint64_t set, eas_moment now,
                      visit *one)
{
    eas_table_shard *in = eas_table_shard_at(table, set / table->has.sets);
    const apr_uint64_t first = set * EAS_TABLE_WAYS;

    for (apr_uint64_t s = first; s < first + EAS_TABLE_WAYS; s++) {
        if (eas_slot_until(eas_table_slot_at(table, s)) > now) {
            one->key = eas_slot_key(eas_table_slot_at(table, s));
            change(table, in, s, &one->key, now, edit_visited, one);
        }
    }
}

apr_status_t eas_table_each(eas_table *table, eas_moment now,
                            eas_table_each_fn each, void *with)
{
    visit one = {each, with, {{0, 0}}};
    apr_status_t first = APR_SUCCESS;

    for (apr_uint64_t set = 0; set < table->has.shards * table->has.sets;
         set++) {
        const apr_status_t rv = take(table, set / table->has.sets);

        if (rv == APR_SUCCESS) {
            visit_set(table, set, now, &one);
            give(table, set / table->has.sets);
        }
        first = first != APR_SUCCESS ? first : rv;
    }
    return first;
}

apr_status_t eas_table_clear(eas_table *table)
{
    const apr_uint64_t count = eas_table_shard_slots(table);
    apr_status_t first = APR_SUCCESS;

    for (apr_uint64_t number = 0; number < table->has.shards; number++) {
        const apr_status_t rv = take(table, number);

        if (rv == APR_SUCCESS) {
            for (apr_uint64_t s = number * count; s < (number + 1) * count;
                 s++) {
                clear_slot(table, s);
            }
            wipe(table, eas_table_shard_at(table, number));
            give(table, number);
        }
        first = first != APR_SUCCESS ? first : rv;
    }
    return first;
}
