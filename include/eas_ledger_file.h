/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The ledger across a restart: records of accounts with dates for moments.
 *
 * What has to survive does: guesses and locks, who is familiar, when an account
 * was found forbidden, its name's hash.  Credentials refused do not: not even
 * keyed digests of passwords go into a file.  What is around the records (the
 * secret the keys were made with, a checksum) is the caller's.
 */
#ifndef EAS_LEDGER_FILE_H
#define EAS_LEDGER_FILE_H

#include "eas_ledger.h"

/** Bytes of a record, of which the first is the version. */
#define EAS_LEDGER_RECORD 256

/**
 * Takes a record.  Called with the lock of a shard held: it may write to a
 * buffered file, but must not call the ledger.
 */
typedef apr_status_t (*eas_ledger_write_fn)(void *with, const void *record,
                                            apr_size_t length);

/**
 * Write a record, of EAS_LEDGER_RECORD bytes, for each account worth one.
 * Guesses in flight are written as failures.
 * @param now the present moment, @a date the same as a date
 * @return APR_SUCCESS, the first error of @a write (after which it is not
 *         called again), or of a lock
 */
apr_status_t eas_ledger_save(eas_ledger *ledger, eas_moment now,
                             apr_time_t date, eas_ledger_write_fn write,
                             void *with);

/** What became of records read. */
typedef struct eas_ledger_loaded {
    int taken;   /**< kept from now on */
    int passed;  /**< of no use any more, or the account is there already */
    int refused; /**< not a record, or no room */
} eas_ledger_loaded;

/**
 * Read records into a ledger.  Whatever is wrong with one, the others are read.
 * A date in the future counts as now.
 * @param records hostile; what is left at the end and is no whole record counts
 *        as one refused
 * @param loaded_out added to, so that a file can be read in parts
 * @return APR_SUCCESS, or the first error of a lock
 */
apr_status_t eas_ledger_load(eas_ledger *ledger, eas_moment now,
                             apr_time_t date, const void *records,
                             apr_size_t length, eas_ledger_loaded *loaded_out);

#endif
