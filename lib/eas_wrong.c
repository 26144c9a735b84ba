/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_wrong.h"

#include <string.h>

#include "eas_second.h"

#define DAY apr_time_from_sec(24 * 3600)
#define HALF_A_DAY apr_time_from_sec(12 * 3600)
#define SECOND_LOOK apr_time_from_sec(60)
#define CLAIM apr_time_from_sec(30)

const eas_wrong *eas_wrong_find(const eas_wrongs *wrongs,
                                apr_uint64_t credential)
{
    for (int i = 0; credential && i < EAS_LEDGER_REFUSED; i++) {
        if (wrongs->entry[i].credential == credential) {
            return &wrongs->entry[i];
        }
    }
    return NULL;
}

static eas_wrong *find(eas_wrongs *wrongs, apr_uint64_t credential)
{
    for (int i = 0; credential && i < EAS_LEDGER_REFUSED; i++) {
        if (wrongs->entry[i].credential == credential) {
            return &wrongs->entry[i];
        }
    }
    return NULL;
}

/* A free one, else the one longest not found wrong. */
static eas_wrong *place(eas_wrongs *wrongs)
{
    eas_wrong *oldest = &wrongs->entry[0];

    for (int i = 0; i < EAS_LEDGER_REFUSED; i++) {
        eas_wrong *wrong = &wrongs->entry[i];

        if (!wrong->credential) {
            return wrong;
        }
        if (wrong->looked < oldest->looked
            || (wrong->looked == oldest->looked
                && wrong->refused_at < oldest->refused_at)) {
            oldest = wrong;
        }
    }
    return oldest;
}

void eas_wrong_add(eas_wrongs *wrongs, apr_uint64_t credential,
                   apr_uint64_t stamp, eas_moment now)
{
    eas_wrong *wrong = find(wrongs, credential);

    if (!credential) {
        return;
    }
    if (wrong) {
        wrong->before = eas_second(wrong->refused_at);
        wrong->looks = 1;
    }
    else {
        wrong = place(wrongs);
        memset(wrong, 0, sizeof(*wrong));
        wrong->credential = credential;
    }
    wrong->stamp = stamp;
    wrong->refused_at = now ? now : 1;
    wrong->looked = eas_second(now);
    wrong->claimed = 0;
}

void eas_wrong_remove(eas_wrongs *wrongs, apr_uint64_t credential)
{
    eas_wrong *wrong = find(wrongs, credential);

    if (wrong) {
        memset(wrong, 0, sizeof(*wrong));
    }
}

static int is_over(const eas_wrong *wrong, const eas_lockout *lockout,
                   eas_moment now)
{
    return now - eas_second_moment(wrong->looked) >= lockout->refused_ttl;
}

static eas_look due(const eas_wrong *wrong, const eas_lockout *lockout,
                    eas_moment now)
{
    const int is_late = is_over(wrong, lockout, now);

    if (now < eas_second_moment(wrong->claimed)) {
        return EAS_LOOK_NOT;
    }
    if (lockout->is_unknown) {
        return is_late ? EAS_LOOK_BIND : EAS_LOOK_NOT;
    }
    if (!wrong->looks && now - wrong->refused_at >= SECOND_LOOK) {
        return EAS_LOOK_BIND;
    }
    return is_late ? EAS_LOOK_SEARCH : EAS_LOOK_NOT;
}

eas_look eas_wrong_look(eas_wrongs *wrongs, apr_uint64_t credential,
                        const eas_lockout *lockout, eas_moment now)
{
    eas_wrong *wrong = find(wrongs, credential);
    const eas_look look = wrong ? due(wrong, lockout, now) : EAS_LOOK_NOT;

    if (look != EAS_LOOK_NOT) {
        wrong->claimed = eas_second(now + CLAIM);
    }
    return look;
}

void eas_wrong_second(eas_wrongs *wrongs, apr_uint64_t credential,
                      int is_reserved, const eas_lockout *lockout,
                      eas_moment now)
{
    eas_wrong *wrong = find(wrongs, credential);

    if (!wrong) {
        return;
    }
    if (is_reserved) {
        wrong->looks = 1;
    }
    else if (is_over(wrong, lockout, now)) {
        wrong->looks = 1;
        wrong->claimed = 0;
    }
}

/* No stamp tells: by the clock, and sparingly.  In "any 24 hours" both ends
 * count, so the bind before has to be older. */
static int is_its_day(const eas_wrong *wrong, eas_moment now)
{
    return now - wrong->refused_at >= HALF_A_DAY
           && (!wrong->before || now - eas_second_moment(wrong->before) > DAY);
}

int eas_wrong_looked(eas_wrongs *wrongs, apr_uint64_t credential,
                     apr_uint64_t stamp, eas_moment now)
{
    eas_wrong *wrong = find(wrongs, credential);
    int is_due;

    if (!wrong) {
        return 0;
    }
    is_due =
        stamp && wrong->stamp ? stamp != wrong->stamp : is_its_day(wrong, now);
    if (!is_due) {
        wrong->looked = eas_second(now);
        wrong->claimed = 0;
    }
    return is_due;
}

eas_moment eas_wrong_until(const eas_wrongs *wrongs)
{
    apr_uint32_t latest = 0;

    for (int i = 0; i < EAS_LEDGER_REFUSED; i++) {
        if (wrongs->entry[i].credential && wrongs->entry[i].looked > latest) {
            latest = wrongs->entry[i].looked;
        }
    }
    return latest ? eas_second_moment(latest) + DAY : 0;
}
