/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How the memory of a table is laid out: its numbers, then the shards, the tags
 * of all sets, the slots of all sets.  A shard's sets stand together.
 *
 * A tag is the first word of the key of its slot, 0 where there is none; tags
 * of a set are one line of the cache.  They only say where to look.
 */
#ifndef EAS_TABLE_MEMORY_H
#define EAS_TABLE_MEMORY_H

#include "eas_lock.h"
#include "eas_table.h"

/** Bytes of a line of the cache. */
#define EAS_TABLE_LINE 64

/** How many sets a key belongs to. */
#define EAS_TABLE_CHOICES 2

/** What the memory begins with; it fits only where all are equal. */
typedef struct eas_table_numbers {
    apr_uint64_t magic;
    apr_uint64_t layout;
    apr_uint64_t lock; /**< bytes of one */
    apr_uint64_t room;
    apr_uint64_t ways;
    apr_uint64_t shards;
    apr_uint64_t sets; /**< of a shard */
    apr_uint64_t none;
} eas_table_numbers;

/** A part of the table that is written by one at a time. */
typedef struct eas_table_shard {
    _Alignas(EAS_TABLE_LINE) eas_lock lock;
    /** One more than the slot (of the shard) that the content below is being
     * put into; 0 for none. */
    _Alignas(EAS_TABLE_LINE) eas_slot_word pending;
    /** What is edited, with its value behind it. */
    _Alignas(EAS_TABLE_LINE) eas_slot_content content;
} eas_table_shard;

/** A process's view of it. */
struct eas_table {
    eas_table_numbers has;
    apr_size_t room;
    apr_size_t shard_size;
    apr_size_t slot_size;
    char *shards;
    eas_slot_word *tags;
    char *slots;
};

/** Where a key may be. */
typedef struct eas_table_place {
    apr_uint64_t shard;
    apr_uint64_t set[EAS_TABLE_CHOICES]; /**< by their numbers among all */
    apr_uint64_t tag;
} eas_table_place;

/**
 * Where a key may be; two different sets of its shard, where it has two.
 * @param key not all zero
 */
eas_table_place eas_table_place_of(const eas_table *table, const eas_key *key);

/** The shard of a number. */
static inline eas_table_shard *eas_table_shard_at(const eas_table *table,
                                                  apr_uint64_t i)
{
    return (eas_table_shard *)(void *)(table->shards + i * table->shard_size);
}

/** The slot of a number among all. */
static inline eas_slot *eas_table_slot_at(const eas_table *table,
                                          apr_uint64_t i)
{
    return (eas_slot *)(void *)(table->slots + i * table->slot_size);
}

/** How many slots a shard has. */
static inline apr_uint64_t eas_table_shard_slots(const eas_table *table)
{
    return table->has.sets * EAS_TABLE_WAYS;
}

/** The tag of a slot. */
static inline apr_uint64_t eas_table_tag_at(const eas_table *table,
                                            apr_uint64_t i)
{
    return atomic_load_explicit(&table->tags[i], memory_order_relaxed);
}

/** What the tag of a key is; 0 for none. */
static inline apr_uint64_t eas_table_tag_of(const eas_key *key)
{
    return key->word[0] ? key->word[0] : key->word[1] != 0;
}

/** Set the tag of a slot; the lock of its shard is held. */
static inline void eas_table_set_tag(eas_table *table, apr_uint64_t i,
                                     apr_uint64_t tag)
{
    atomic_store_explicit(&table->tags[i], tag, memory_order_relaxed);
}

#endif
