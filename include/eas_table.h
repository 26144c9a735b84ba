/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A table in memory that all children share: fixed slots, found in constant
 * time, read without a lock, and whole again after a child was killed while it
 * wrote.
 *
 * Slots stand in sets of EAS_TABLE_WAYS; a key belongs to two sets of one
 * shard, so that sets fill evenly, and each shard has a robust lock for those
 * who write.  A reader copies a slot and looks at the slot's sequence number
 * before and after (a "seqlock"): what was being written meanwhile is read
 * again, what stays half written (its writer was killed or does not come on) is
 * not there.
 *
 * A writer edits a copy, which stands in the memory as well, and then puts it
 * into its slot.  Killed before, it leaves the old value; killed while it puts
 * it in, the next to take the lock does that again.  Each slot has a checksum
 * over what it holds: one that is wrong then all the same is cleared.
 *
 * The memory holds no pointer and no function, so that it outlives the module
 * that made it (a graceful restart loads it anew).
 */
#ifndef EAS_TABLE_H
#define EAS_TABLE_H

#include "eas_key.h"
#include "eas_slot.h"
#include "eas_types.h"

/** How many slots a set has: the tags of a set are one line of the cache. */
#define EAS_TABLE_WAYS 8

/** The longest value, in bytes. */
#define EAS_TABLE_ROOM EAS_SLOT_ROOM

/** A handle of one process; any thread may use it. */
typedef struct eas_table eas_table;

/**
 * How much memory a table takes.
 * @param slots how many keys it is for; a third more are made, as sets do not
 *        fill quite evenly, and rounded up to whole sets
 * @param room bytes of a value, 1 to EAS_TABLE_ROOM
 * @return bytes; 0 where that is more than there can be, or room is not right
 */
apr_size_t eas_table_size(apr_size_t slots, apr_size_t room);

/**
 * Take a memory for a table: zeroed memory becomes an empty one, what was made
 * before with the same numbers is gone on with.
 * @param memory eas_table_size bytes, aligned for anything, shared by all who
 *        use it and never used by two processes for the first time at once
 * @param pool lifetime of the handle
 * @param table_out untouched on failure
 * @return APR_SUCCESS; APR_EMISMATCH where it holds a table of other numbers,
 *         of another layout or none; why no lock could be made
 */
apr_status_t eas_table_make(void *memory, apr_size_t slots, apr_size_t room,
                            apr_pool_t *pool, eas_table **table_out);

/**
 * Read a value, without a lock.
 *
 * Now and then something is not there although it is: while its writer is
 * stopped in the few instructions that put it in.  Whoever must be sure edits.
 * @param key all zero is never there
 * @param value_out room bytes; untouched where it is not there
 * @param until_out when it is over (a moment), or NULL; untouched likewise
 * @return 1, or 0 where there is none or it is over
 */
int eas_table_read(const eas_table *table, const eas_key *key, eas_moment now,
                   void *value_out, eas_moment *until_out);

/**
 * Read the first bytes of a value, as eas_table_read does.
 * @param wanted how many, at most room
 */
int eas_table_read_front(const eas_table *table, const eas_key *key,
                         eas_moment now, apr_size_t wanted, void *front_out,
                         eas_moment *until_out);

/** A slot while it is edited; what is set here is what it holds then. */
typedef struct eas_table_entry {
    void *value; /**< room bytes, aligned for anything; zeroed in a new one */
    int is_new;  /**< nothing was kept under this key, or it was over */
    eas_moment until; /**< when it is over; 0 (a new one's) to remove it */
    int is_pinned;    /**< others must not take its place before it is over */
} eas_table_entry;

/** What changes a slot; its value lives until this returns. */
typedef void (*eas_table_edit_fn)(void *with, eas_table_entry *entry);

/**
 * Change a value, or make one, with the lock of its shard held.
 * @param create whether to make one where there is none; it takes the place of
 *        the one in its sets that is over, else of the one used longest ago that
 *        is not pinned
 * @param key APR_EINVAL for all zero
 * @param edit must neither block nor call anything of this table; not called
 *        where something else than APR_SUCCESS is returned
 * @return APR_SUCCESS; APR_NOTFOUND where there is none (create 0); APR_ENOSPC
 *         where all of its sets are pinned; why the lock could not be taken
 */
apr_status_t eas_table_edit(eas_table *table, const eas_key *key, int create,
                            eas_moment now, eas_table_edit_fn edit, void *with);

/** As eas_table_edit_fn, for each; the key is given too. */
typedef void (*eas_table_each_fn)(void *with, const eas_key *key,
                                  eas_table_entry *entry);

/**
 * Visit all that is there, each with its shard's lock held; locks are taken a
 * set at a time, so that nobody waits for the whole.
 * @return APR_SUCCESS, or the first error of a lock (the others are visited)
 */
apr_status_t eas_table_each(eas_table *table, eas_moment now,
                            eas_table_each_fn each, void *with);

/**
 * Forget everything, and leave none of it in the memory.
 * @return as eas_table_each
 */
apr_status_t eas_table_clear(eas_table *table);

/** How many slots there are (capacity), as rounded up. */
apr_size_t eas_table_slots(const eas_table *table);

#endif
