/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_credentials.h"

#include <string.h>

#include "eas_reason.h"

int eas_credentials_is_own(const eas_record_credential *credential,
                           const eas_present *present)
{
    return present->start && credential->start == present->start;
}

int eas_credentials_age(const eas_record_credential *credential,
                        const eas_present *present,
                        apr_interval_time_t *age_out)
{
    const int is_own = eas_credentials_is_own(credential, present);
    const apr_interval_time_t age = is_own ? present->now - credential->at
                                           : present->date - credential->date;

    if (age < (is_own ? 0 : -EAS_CREDENTIALS_SKEW)) {
        return 0;
    }
    *age_out = age > 0 ? age : 0;
    return 1;
}

eas_moment eas_credentials_at(const eas_record_credential *credential,
                              const eas_present *present,
                              apr_interval_time_t age)
{
    return present->now - age
           - (eas_credentials_is_own(credential, present)
                  ? 0
                  : EAS_CREDENTIALS_SKEW);
}

int eas_credentials_find(const eas_record *record,
                         const eas_digest_value *digest)
{
    for (int i = 0; i < record->count; i++) {
        if (eas_digest_is(&record->credentials[i].digest, digest)) {
            return i;
        }
    }
    return -1;
}

void eas_credentials_remove(eas_record *record, int at)
{
    record->count--;
    memmove(&record->credentials[at], &record->credentials[at + 1],
            (apr_size_t)(record->count - at) * sizeof(record->credentials[0]));
}

void eas_credentials_remove_oldest(eas_record *record, int count,
                                   const eas_present *present)
{
    apr_interval_time_t most = -1;
    int oldest = 0;

    for (int i = 0; i < count; i++) {
        apr_interval_time_t age = 0;

        if (!eas_credentials_age(&record->credentials[i], present, &age)) {
            oldest = i;
            break;
        }
        if (age > most) {
            most = age;
            oldest = i;
        }
    }
    eas_credentials_remove(record, oldest);
}

static void remove_future(eas_record *record, const eas_present *present)
{
    apr_interval_time_t age;

    for (int i = record->count - 1; i >= 0; i--) {
        if (!eas_credentials_age(&record->credentials[i], present, &age)) {
            eas_credentials_remove(record, i);
        }
    }
}

static void doubt_all(eas_record *record)
{
    for (int i = 0; i < record->count; i++) {
        record->credentials[i].is_recheck = 1;
    }
}

/* Where the account is locked in its directory nobody proves anything: what
 * is tried then, by whomever, must not drive out what was good. */
static int make_room(eas_record *record, const eas_record_credential *comes,
                     const eas_present *present)
{
    if (record->count < EAS_RECORD_CREDENTIALS) {
        return 1;
    }
    for (int i = 0; i < record->count; i++) {
        if (record->credentials[i].reason != EAS_GRANTED) {
            eas_credentials_remove(record, i);
            return 1;
        }
    }
    if (eas_reason_class(comes->reason) == EAS_CLASS_LOCKED) {
        return 0;
    }
    eas_credentials_remove_oldest(record, record->count, present);
    return 1;
}

void eas_credentials_add(eas_record *record,
                         const eas_record_credential *credential,
                         const eas_present *present)
{
    int was_good = 0;
    int known;

    remove_future(record, present);
    known = eas_credentials_find(record, &credential->digest);
    if (known >= 0) {
        was_good = record->credentials[known].reason == EAS_GRANTED;
        eas_credentials_remove(record, known);
    }
    if ((credential->reason == EAS_GRANTED && !was_good)
        || eas_reason_class(credential->reason) == EAS_CLASS_FORBIDDEN) {
        doubt_all(record);
    }
    if (make_room(record, credential, present)) {
        record->credentials[record->count++] = *credential;
    }
}
