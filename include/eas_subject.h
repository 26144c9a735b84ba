/* SPDX-License-Identifier: Apache-2.0 */
/** An account under judgement, and what its entry says (eas_state.h). */
#ifndef EAS_SUBJECT_H
#define EAS_SUBJECT_H

#include "eas_state.h"

/** The account. */
typedef struct eas_subject {
    const apr_table_t *attributes; /**< hostile */
    const eas_usability *usability;
    int has_bound;   /**< by a password, which the directory has judged */
    int is_password; /**< whether the state of its password counts */
    apr_time_t date;
    apr_int64_t *expires_in_out;
    const char **detail_out; /**< the attribute that is wrong; static */
} eas_subject;

/** The first value of an attribute, or NULL. */
const char *eas_subject_value(const eas_subject *subject, const char *name);

/** Whether an attribute is TRUE, in whatever letters: 1 or 0. */
int eas_subject_is_true(const eas_subject *subject, const char *name);

/** What to say of an attribute that has no value of its kind: the detail is
 * its name.
 * @return EAS_DIRECTORY_ERROR */
eas_reason eas_subject_malformed(const eas_subject *subject, const char *name);

/**
 * Read an attribute that is a whole number.
 * @param number_out untouched where there is none
 * @return EAS_REASON_NONE, for none too; as eas_subject_malformed
 */
eas_reason eas_subject_number(const eas_subject *subject, const char *name,
                              apr_int64_t *number_out);

/**
 * The same of one that every account has: without it nothing can be told.
 * @return as eas_subject_number; EAS_MISCONFIGURED for none, with its name
 */
eas_reason eas_subject_need(const eas_subject *subject, const char *name,
                            apr_int64_t *number_out);

/** Note when the password expires, where that counts. */
void eas_subject_note_expiry(const eas_subject *subject, apr_time_t expiry);

/**
 * Whether a generalizedTime has come.
 * @param date_out the date; untouched where there is none
 * @return @a passed where it has, EAS_REASON_NONE where it has not or there is
 *         none; as eas_subject_malformed
 */
eas_reason eas_subject_time(const eas_subject *subject, const char *name,
                            eas_reason passed, apr_time_t *date_out);

#endif
