/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The credentials of a record: how old the verdicts on them are, which goes
 * when there are too many, and which are in doubt.
 */
#ifndef EAS_CREDENTIALS_H
#define EAS_CREDENTIALS_H

#include "eas_record.h"

/** How far another machine's date may be ahead of ours. */
#define EAS_CREDENTIALS_SKEW apr_time_from_sec(5)

/** What time it is, both ways, and for whom. */
typedef struct eas_present {
    eas_moment now;
    apr_time_t date;
    apr_uint64_t start; /**< whose moment it is; 0 for dates alone */
} eas_present;

/** Whether a verdict was given in this start, so that moments tell its age. */
int eas_credentials_is_own(const eas_record_credential *credential,
                           const eas_present *present);

/**
 * How long ago a verdict was given.  Moments know nothing of a clock that is
 * set; other machines' cannot be compared with ours, nor those of another
 * start, so that there the dates have to do.
 * @param age_out microseconds, never negative
 * @return 1, or 0 for one out of the future, of which nobody can say
 */
int eas_credentials_age(const eas_record_credential *credential,
                        const eas_present *present,
                        apr_interval_time_t *age_out);

/**
 * The moment a verdict was given, to compare with what was learnt since: of
 * one that is told by its date, the earliest that may have been, since the
 * clock that wrote it may be ahead of ours (EAS_CREDENTIALS_SKEW).
 * @param age as eas_credentials_age has it
 */
eas_moment eas_credentials_at(const eas_record_credential *credential,
                              const eas_present *present,
                              apr_interval_time_t age);

/** The place of a credential, or -1. */
int eas_credentials_find(const eas_record *record,
                         const eas_digest_value *digest);

/** Take out the one at a place. */
void eas_credentials_remove(eas_record *record, int at);

/**
 * Take out the one of the first @a count whose verdict is the oldest; one out
 * of the future is older than any.
 * @param count at least 1
 */
void eas_credentials_remove_oldest(eas_record *record, int count,
                                   const eas_present *present);

/**
 * Add a credential behind the others, or in place of what was known of it.
 * One that is good and was not known as good, and one that is good but may
 * not (the forbidden class), puts all others in doubt (is_recheck).  Those out
 * of the future go; where there is no place then, the oldest.
 */
void eas_credentials_add(eas_record *record,
                         const eas_record_credential *credential,
                         const eas_present *present);

#endif
