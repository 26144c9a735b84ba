/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A store of records in a table of our own, in memory that the processes of
 * this machine share.
 */
#ifndef EAS_STORE_TABLE_H
#define EAS_STORE_TABLE_H

#include "eas_table.h"
#include "eas_types.h"

/** Bytes of the longest record, where nobody says otherwise: with what the
 * table adds, a slot has about 1 KB. */
#define EAS_STORE_TABLE_ROOM 956

/**
 * How much memory it takes.
 * @param records how many there is room for
 * @param room bytes of the longest; at least 1, at most EAS_TABLE_ROOM - 4
 * @return bytes; 0 where that is more than there can be, or room is not right
 */
apr_size_t eas_store_table_size(apr_size_t records, apr_size_t room);

/**
 * Make a store over a memory.
 * @param memory eas_store_table_size bytes, as eas_table_make wants them
 * @param clock tells how long a record has been kept
 * @param pool lifetime of the result
 * @param store_out untouched on failure
 * @param table_out the table, to clear and to count in; may be NULL
 * @return APR_SUCCESS; APR_EINVAL for a room that cannot be; why
 *         eas_table_make failed
 */
apr_status_t eas_store_table_make(void *memory, apr_size_t records,
                                  apr_size_t room, const eas_clock *clock,
                                  apr_pool_t *pool, eas_store **store_out,
                                  eas_table **table_out);

#endif
