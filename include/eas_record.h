/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The record of one account, as bytes: who it is, and what its directory has
 * said of a few credentials.
 *
 * The bytes are the same on every machine, and one record has one spelling.
 * Numbers are big-endian; a text has its length in front and a NUL behind, so
 * that a record that was read points into what it was read from.
 */
#ifndef EAS_RECORD_H
#define EAS_RECORD_H

#include "eas_digest.h"
#include "eas_types.h"

/** The most credentials of one account. */
#define EAS_RECORD_CREDENTIALS 4

/** The most values of attributes. */
#define EAS_RECORD_VALUES 16

/** One credential, and the verdict on it. */
typedef struct eas_record_credential {
    eas_digest_value digest;
    eas_reason reason;      /**< one that is remembered */
    apr_uint64_t start;     /**< whose moments `at` is one of; 0 for nobody's */
    eas_moment at;          /**< when the directory was asked */
    apr_time_t date;        /**< the same as a date */
    int is_recheck;         /**< the directory is to be asked again */
    apr_int64_t expires_in; /**< seconds from then, -1 not told */
    eas_cert_kind map;      /**< by what a certificate names the account; NONE
                                 for a password */
} eas_record_credential;

/** One account. */
typedef struct eas_record {
    const char *provider;
    eas_identity identity; /**< its proof, is_remembered and expires_in are
                                not part of the record */
    int count;
    eas_record_credential credentials[EAS_RECORD_CREDENTIALS];
} eas_record;

/** Whether a verdict may stand in a record: EAS_GRANTED, and what is
 * remembered of an account's state. */
int eas_record_keeps(eas_reason reason);

/**
 * Write a record.
 * @param room bytes of data_out
 * @return APR_SUCCESS; APR_ENOSPC where it has no room; APR_EINVAL where it is
 *         none that eas_record_read would read: without a name, with a verdict
 *         that is not kept, a credential twice, too many values
 */
apr_status_t eas_record_write(const eas_record *record, unsigned char *data_out,
                              apr_size_t room, apr_size_t *length_out);

/**
 * Read a record out of anything.
 * @param data has to live as long as the record
 * @param pool lifetime of the table of attributes
 * @param record_out untouched on failure; the identity is unproven
 * @return APR_SUCCESS, or APR_EINVAL for anything eas_record_write has not
 *         written
 */
apr_status_t eas_record_read(const unsigned char *data, apr_size_t length,
                             apr_pool_t *pool, eas_record *record_out);

#endif
