/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_table_memory.h"

#include <stddef.h>
#include <string.h>

enum {
    SHARDS_MOST = 256,
    SHARD_LEAST = 512, /* keys: smaller ones would fill too unevenly */
    /* One third more: with two sets of eight to choose from, one key in 100,000
     * finds no room then (with a quarter 20, with an eighth 500). */
    SPARE = 3
};

/* "EASTABLE", and what changes with the layout of this or of a slot. */
#define MAGIC APR_UINT64_C(0x454c424154534145)
#define LAYOUT 1

#define SLOTS_MOST APR_UINT64_C(0xffffffff)

_Static_assert(EAS_TABLE_WAYS * sizeof(eas_slot_word) == EAS_TABLE_LINE,
               "the tags of a set are one line of the cache");
_Static_assert(sizeof(eas_table_numbers) == EAS_TABLE_LINE,
               "what follows begins with a line");

static apr_uint64_t lines(apr_uint64_t size)
{
    return (size + EAS_TABLE_LINE - 1) / EAS_TABLE_LINE * EAS_TABLE_LINE;
}

static eas_table_numbers numbers_for(apr_size_t slots, apr_size_t room)
{
    const apr_uint64_t least = slots > EAS_TABLE_WAYS ? slots : EAS_TABLE_WAYS;
    eas_table_numbers has = {.magic = MAGIC, .layout = LAYOUT};
    apr_uint64_t share;

    has.lock = sizeof(eas_lock);
    has.room = room;
    has.ways = EAS_TABLE_WAYS;
    has.shards = 1;
    while (has.shards < SHARDS_MOST && has.shards * 2 * SHARD_LEAST <= least) {
        has.shards *= 2;
    }
    share = (least + has.shards - 1) / has.shards;
    share += share / SPARE;
    has.sets = (share + EAS_TABLE_WAYS - 1) / EAS_TABLE_WAYS;
    return has;
}

static apr_uint64_t shard_size_for(apr_size_t room)
{
    return lines(offsetof(eas_table_shard, content)
                 + eas_slot_content_size(room));
}

apr_size_t eas_table_size(apr_size_t slots, apr_size_t room)
{
    const eas_table_numbers has = numbers_for(slots, room);
    const apr_uint64_t sets = has.shards * has.sets;
    apr_uint64_t size;

    if (!room || room > EAS_TABLE_ROOM || slots > SLOTS_MOST) {
        return 0;
    }
    size = sizeof(eas_table_numbers) + has.shards * shard_size_for(room)
           + sets * (EAS_TABLE_LINE + EAS_TABLE_WAYS * eas_slot_size(room));
    size += EAS_TABLE_LINE - 1; /* to begin with a line */
    return size > ~(apr_size_t)0 / 2 ? 0 : (apr_size_t)size;
}

apr_size_t eas_table_slots(const eas_table *table)
{
    return (apr_size_t)(table->has.shards * eas_table_shard_slots(table));
}

static apr_status_t begin_memory(void *memory, const eas_table_numbers *has,
                                 char *shards, apr_size_t shard_size)
{
    static const eas_table_numbers zeroed;
    apr_status_t rv = APR_SUCCESS;

    if (!memcmp(memory, has, sizeof(*has))) {
        return APR_SUCCESS;
    }
    if (memcmp(memory, &zeroed, sizeof(zeroed))) {
        return APR_EMISMATCH;
    }
    for (apr_uint64_t i = 0; i < has->shards && rv == APR_SUCCESS; i++) {
        rv = eas_lock_make((eas_lock *)(void *)(shards + i * shard_size));
    }
    if (rv == APR_SUCCESS) {
        memcpy(memory, has, sizeof(*has));
    }
    return rv;
}

apr_status_t eas_table_make(void *memory, apr_size_t slots, apr_size_t room,
                            apr_pool_t *pool, eas_table **table_out)
{
    char *const start =
        (char *)memory
        + (EAS_TABLE_LINE - (apr_uintptr_t)memory % EAS_TABLE_LINE)
              % EAS_TABLE_LINE;
    eas_table *table = apr_pcalloc(pool, sizeof(*table));
    char *tags;
    apr_status_t rv;

    if (!eas_table_size(slots, room)) {
        return APR_EINVAL;
    }
    table->has = numbers_for(slots, room);
    table->room = room;
    table->shard_size = (apr_size_t)shard_size_for(room);
    table->slot_size = eas_slot_size(room);
    table->shards = start + sizeof(eas_table_numbers);
    tags = table->shards + (apr_size_t)table->has.shards * table->shard_size;
    table->tags = (eas_slot_word *)(void *)tags;
    table->slots =
        tags + (apr_size_t)eas_table_slots(table) * sizeof(*table->tags);
    rv = begin_memory(start, &table->has, table->shards, table->shard_size);
    if (rv == APR_SUCCESS) {
        *table_out = table;
    }
    return rv;
}

/* A part of a whole, by 32 bits of a hash. */
static apr_uint64_t part(apr_uint64_t whole, apr_uint64_t bits)
{
    return (whole * (bits & 0xffffffff)) >> 32;
}

/* Two different sets, where there are two. */
eas_table_place eas_table_place_of(const eas_table *table, const eas_key *key)
{
    const apr_uint64_t sets = table->has.sets;
    const apr_uint64_t a = part(sets, key->word[1]);
    apr_uint64_t b = sets < EAS_TABLE_CHOICES
                         ? a
                         : a + 1 + part(sets - 1, key->word[1] >> 32);
    eas_table_place found;

    b -= b < sets ? 0 : sets;
    found.tag = eas_table_tag_of(key);
    found.shard = key->word[0] & (table->has.shards - 1);
    found.set[0] = found.shard * sets + a;
    found.set[1] = found.shard * sets + b;
    return found;
}
