/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_state.h"

#include <string.h>

#include "eas_subject.h"
#include "eas_time.h"

/* userAccountControl and its computed half (MS-ADTS 2.2.16). */
#define UAC_DISABLED 0x2
#define UAC_LOCKED 0x10
#define UAC_SMARTCARD 0x40000
#define UAC_PASSWORD_EXPIRED 0x800000

/* Windows counts 100 ns since 1601; both of these mean never (MS-ADTS
 * 2.2.9, accountExpires). */
#define FILETIME_NEVER APR_INT64_MAX
#define FILETIME_EPOCH APR_INT64_C(11644473600)

#define SECONDS_A_DAY 86400

static const char *const ad_attributes[] = {
    "userAccountControl",
    "msDS-User-Account-Control-Computed",
    "accountExpires",
    "pwdLastSet",
    "msDS-UserPasswordExpiryTimeComputed",
    NULL};
static const char *const ipa_attributes[] = {
    "nsAccountLock", "krbPrincipalExpiration", "krbPasswordExpiration",
    "krbLastPwdChange", NULL};
/* A directory of no known type may be a KDC's as well: the last one. */
static const char *const posix_attributes[] = {"nsAccountLock",
                                               "pwdAccountLockedTime",
                                               "pwdReset",
                                               "pwdStartTime",
                                               "pwdEndTime",
                                               "pwdLastSuccess",
                                               "accountUnlockTime",
                                               "shadowExpire",
                                               "pwdChangedTime",
                                               "krbLastPwdChange",
                                               NULL};

static const char *const stamps[][3] = {
    [EAS_LDAP_GENERIC] = {"pwdChangedTime", "krbLastPwdChange"},
    [EAS_LDAP_OPENLDAP] = {"pwdChangedTime"},
    [EAS_LDAP_ACTIVE_DIRECTORY] = {"pwdLastSet"},
    [EAS_LDAP_FREEIPA] = {"krbLastPwdChange"}};

/* A generalizedTime with its fraction and zone has 26 bytes, a number 20. */
#define STAMP_MAX 32

const char *const *eas_state_attributes(eas_ldap_type type)
{
    return type == EAS_LDAP_ACTIVE_DIRECTORY ? ad_attributes
           : type == EAS_LDAP_FREEIPA        ? ipa_attributes
                                             : posix_attributes;
}

/* --- the password stamp ---------------------------------------------------- */

static int count_value(void *count, const char *name, const char *value)
{
    (void)name;
    (void)value;
    ++*(int *)count;
    return 1;
}

static int is_stamp(const char *value)
{
    const size_t length = strlen(value);

    return length > 0 && length <= STAMP_MAX
           && strspn(value, "0123456789.,+-Z") == length;
}

const char *eas_state_stamp(eas_ldap_type type, const apr_table_t *attributes)
{
    const char *const *name = stamps[type];
    const char *value = NULL;
    int count = 0;

    while (*name && !(value = apr_table_get(attributes, *name))) {
        name++;
    }
    if (!value) {
        return NULL;
    }
    apr_table_do(count_value, &count, attributes, *name, NULL);
    return count == 1 && is_stamp(value) ? value : NULL;
}

/* --- Active Directory ------------------------------------------------------ */

static apr_time_t from_filetime(apr_int64_t filetime)
{
    return filetime / 10 - FILETIME_EPOCH * APR_USEC_PER_SEC;
}

static eas_reason judge_ad_password(const eas_subject *s, apr_int64_t computed)
{
    apr_int64_t last_set = 0;
    eas_reason reason = eas_subject_need(s, "pwdLastSet", &last_set);

    if (reason != EAS_REASON_NONE || !(computed & UAC_PASSWORD_EXPIRED)) {
        return reason;
    }
    return last_set ? EAS_PASSWORD_EXPIRED : EAS_MUST_CHANGE;
}

static eas_reason judge_ad_account(const eas_subject *s)
{
    apr_int64_t control = 0;
    apr_int64_t computed = 0;
    apr_int64_t expires = 0;
    eas_reason reason = eas_subject_need(s, "userAccountControl", &control);

    if (reason == EAS_REASON_NONE) {
        reason = eas_subject_need(s, "msDS-User-Account-Control-Computed",
                                  &computed);
    }
    if (reason == EAS_REASON_NONE) {
        reason = eas_subject_need(s, "accountExpires", &expires);
    }
    if (reason != EAS_REASON_NONE) {
        return reason;
    }
    if (control & UAC_DISABLED) {
        return EAS_ACCOUNT_DISABLED;
    }
    if (expires > 0 && expires != FILETIME_NEVER
        && from_filetime(expires) <= s->date) {
        return EAS_ACCOUNT_EXPIRED;
    }
    if (computed & UAC_LOCKED) {
        return EAS_DIRECTORY_LOCKED;
    }
    return s->is_password ? judge_ad_password(s, computed) : EAS_REASON_NONE;
}

/* A password must never do for an account that wants a smart card. */
static eas_reason judge_ad_bound(const eas_subject *s)
{
    apr_int64_t control = 0;
    eas_reason reason = eas_subject_number(s, "userAccountControl", &control);

    return reason == EAS_REASON_NONE && control & UAC_SMARTCARD
               ? EAS_ACCOUNT_RESTRICTED
               : reason;
}

static eas_reason judge_ad(const eas_subject *s)
{
    apr_int64_t filetime = 0;
    eas_reason reason = EAS_REASON_NONE;

    if (s->is_password) {
        reason = eas_subject_number(s, "msDS-UserPasswordExpiryTimeComputed",
                                    &filetime);
    }
    if (reason != EAS_REASON_NONE) {
        return reason;
    }
    if (filetime > 0 && filetime != FILETIME_NEVER) {
        eas_subject_note_expiry(s, from_filetime(filetime));
    }
    return s->has_bound ? judge_ad_bound(s) : judge_ad_account(s);
}

/* --- the others ------------------------------------------------------------ */

static eas_reason judge_ipa(const eas_subject *s)
{
    apr_time_t date = 0;
    eas_reason reason;

    if (eas_subject_is_true(s, "nsAccountLock")) {
        return EAS_ACCOUNT_DISABLED;
    }
    reason = eas_subject_time(s, "krbPrincipalExpiration", EAS_ACCOUNT_EXPIRED,
                              &date);
    if (reason != EAS_REASON_NONE || !s->is_password) {
        return reason;
    }
    date = 0;
    /* FreeIPA lets a simple bind with an expired password succeed, in some
     * versions without end. */
    reason = eas_subject_time(s, "krbPasswordExpiration", EAS_PASSWORD_EXPIRED,
                              &date);
    if (date) {
        eas_subject_note_expiry(s, date);
    }
    return reason;
}

/* Days since 1970, UTC; negative is never.  As pam_unix and nslcd have it, the
 * day itself is too late. */
static eas_reason judge_shadow(const eas_subject *s)
{
    apr_int64_t day = -1;
    eas_reason reason = eas_subject_number(s, "shadowExpire", &day);

    return reason == EAS_REASON_NONE && day >= 0
                   && apr_time_sec(s->date) / SECONDS_A_DAY >= day
               ? EAS_ACCOUNT_EXPIRED
               : reason;
}

/* Between which dates the password is good at all. */
static eas_reason judge_dates(const eas_subject *s)
{
    apr_time_t date = 0;
    const char *start = eas_subject_value(s, "pwdStartTime");

    if (start && eas_time_generalized(start, &date) != APR_SUCCESS) {
        return eas_subject_malformed(s, "pwdStartTime");
    }
    if (start && date > s->date) {
        return EAS_ACCOUNT_RESTRICTED;
    }
    return eas_subject_time(s, "pwdEndTime", EAS_ACCOUNT_EXPIRED, &date);
}

/* Until when 389 has locked an account; 1970 is for good. */
static int is_locked_until(const eas_subject *s)
{
    const char *value = eas_subject_value(s, "accountUnlockTime");
    apr_time_t date = 0;

    return value
           && (eas_time_generalized(value, &date) != APR_SUCCESS || date <= 0
               || date > s->date);
}

static int is_marked_locked(const eas_subject *s)
{
    return eas_subject_value(s, "pwdAccountLockedTime") || is_locked_until(s);
}

/* What is left of "not available" where no password counts.  slapd (2.5, 2.6)
 * has the same for a lock for good, for one of who has been away (pwdMaxIdle,
 * by pwdLastSuccess) and for a password that has expired, and says of one that
 * is expired or was reset that alone, locked or not.  What an old lock stands
 * for is in a policy: only where nothing speaks of one, there is none. */
static eas_reason judge_lock(const eas_subject *s)
{
    const int is_idle = eas_subject_value(s, "pwdLastSuccess") != NULL;

    if (s->usability->is_available) {
        return EAS_REASON_NONE;
    }
    if (!s->usability->is_locked && !is_marked_locked(s) && is_idle) {
        *s->detail_out = "pwdLastSuccess";
    }
    return s->usability->is_locked || is_marked_locked(s) || is_idle
               ? EAS_DIRECTORY_LOCKED
               : EAS_REASON_NONE;
}

/* A password that was reset is available all the same, for a change. */
static eas_reason judge_usability(const eas_subject *s)
{
    const eas_usability *usability = s->usability;

    const int must_change =
        usability->must_change || eas_subject_is_true(s, "pwdReset");

    if (!s->is_password) {
        return judge_lock(s);
    }
    if (usability->expires_in >= 0) {
        *s->expires_in_out = usability->expires_in;
    }
    if (usability->is_available) {
        return must_change ? EAS_MUST_CHANGE : EAS_REASON_NONE;
    }
    /* slapd (2.5, 2.6) says "not available" of a lock for good and of a
     * password that has expired, and no more. */
    return usability->is_locked    ? EAS_DIRECTORY_LOCKED
           : usability->is_expired ? EAS_PASSWORD_EXPIRED
           : is_marked_locked(s)   ? EAS_DIRECTORY_LOCKED
           : must_change           ? EAS_MUST_CHANGE
                                   : EAS_PASSWORD_EXPIRED;
}

/* Without the control, how long a lock lasts stands in a policy that is not
 * at hand: it is taken to last. */
static eas_reason judge_ppolicy(const eas_subject *s)
{
    if (s->usability && s->usability->is_given) {
        return judge_usability(s);
    }
    if (is_marked_locked(s)) {
        return EAS_DIRECTORY_LOCKED;
    }
    return s->is_password && eas_subject_is_true(s, "pwdReset")
               ? EAS_MUST_CHANGE
               : EAS_REASON_NONE;
}

static eas_reason judge_posix(const eas_subject *s)
{
    eas_reason reason;

    if (eas_subject_is_true(s, "nsAccountLock")) {
        return EAS_ACCOUNT_DISABLED;
    }
    reason = judge_shadow(s);
    if (reason != EAS_REASON_NONE || s->has_bound) {
        return reason;
    }
    reason = judge_dates(s);
    return reason != EAS_REASON_NONE ? reason : judge_ppolicy(s);
}

/* With a certificate besides it is still the password that was bound with. */
static int is_bound(eas_proof proof)
{
    return proof == EAS_PROOF_PASSWORD || proof == EAS_PROOF_BOTH;
}

eas_reason eas_state_judge(eas_ldap_type type, const apr_table_t *attributes,
                           const eas_usability *usability, eas_proof proof,
                           apr_time_t date, apr_int64_t *expires_in_out,
                           const char **detail_out)
{
    const eas_subject s = {attributes,
                           usability,
                           is_bound(proof),
                           proof != EAS_PROOF_CERTIFICATE,
                           date,
                           expires_in_out,
                           detail_out};

    switch (type) {
    case EAS_LDAP_ACTIVE_DIRECTORY:
        return judge_ad(&s);
    case EAS_LDAP_FREEIPA:
        return judge_ipa(&s);
    case EAS_LDAP_OPENLDAP:
    case EAS_LDAP_GENERIC:
        break;
    }
    return judge_posix(&s);
}

eas_reason eas_state_judge_bound(eas_ldap_type type, eas_identity *identity,
                                 apr_time_t date, const char **detail_out)
{
    apr_int64_t expires_in = -1;
    eas_reason reason;

    if (!is_bound(identity->proof)) {
        return EAS_INTERNAL_ERROR;
    }
    if (!identity->attributes) {
        return EAS_REASON_NONE;
    }
    reason = eas_state_judge(type, identity->attributes, NULL,
                             EAS_PROOF_PASSWORD, date, &expires_in, detail_out);
    /* What the bind has told is later news. */
    if (identity->expires_in < 0) {
        identity->expires_in = expires_in;
    }
    return reason;
}
