/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_state.h"

#include <errno.h>
#include <string.h>

#include <apr_cstr.h>
#include <apr_errno.h>
#include <apr_lib.h>
#include <apr_strings.h>

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

/* One account under judgement. */
typedef struct subject {
    const apr_table_t *attributes;
    const eas_usability *usability;
    int has_bound;
    apr_time_t date;
    apr_int64_t *expires_in_out;
    const char **detail_out;
} subject;

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
static const char *const posix_attributes[] = {
    "nsAccountLock",  "pwdAccountLockedTime", "pwdReset",
    "pwdStartTime",   "pwdEndTime",           "shadowExpire",
    "pwdChangedTime", "krbLastPwdChange",     NULL};

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

/* --- values ---------------------------------------------------------------- */

/* A whole number, of an attribute that is there. */
static apr_status_t read_number(const char *text, apr_int64_t *number_out)
{
    char *end = NULL;
    apr_int64_t number;

    errno = 0;
    number = apr_strtoi64(text, &end, 10);
    if (errno || end == text || *end || (!apr_isdigit(*text) && *text != '-')) {
        return APR_EINVAL;
    }
    *number_out = number;
    return APR_SUCCESS;
}

/* What is wrong with a value is told by its attribute's name. */
static eas_reason malformed(const subject *s, const char *name)
{
    *s->detail_out = name;
    return EAS_DIRECTORY_ERROR;
}

static const char *value_of(const subject *s, const char *name)
{
    return apr_table_get(s->attributes, name);
}

static int is_true(const subject *s, const char *name)
{
    const char *value = value_of(s, name);

    return value && !apr_cstr_casecmp(value, "TRUE");
}

static void note_expiry(const subject *s, apr_time_t expiry)
{
    *s->expires_in_out = expiry > s->date ? apr_time_sec(expiry - s->date) : 0;
}

/* Whether a generalizedTime has come: @a passed where it has, NONE where it
 * has not or there is none. */
static eas_reason check_time(const subject *s, const char *name,
                             eas_reason passed, apr_time_t *date_out)
{
    const char *value = value_of(s, name);

    if (!value) {
        return EAS_REASON_NONE;
    }
    if (eas_time_generalized(value, date_out) != APR_SUCCESS) {
        return malformed(s, name);
    }
    return *date_out <= s->date ? passed : EAS_REASON_NONE;
}

/* --- Active Directory ------------------------------------------------------ */

/* An attribute that every account has: without it nothing can be told. */
static eas_reason need_number(const subject *s, const char *name,
                              apr_int64_t *number_out)
{
    const char *value = value_of(s, name);

    if (!value) {
        *s->detail_out = name;
        return EAS_MISCONFIGURED;
    }
    return read_number(value, number_out) == APR_SUCCESS ? EAS_REASON_NONE
                                                         : malformed(s, name);
}

static apr_time_t from_filetime(apr_int64_t filetime)
{
    return filetime / 10 - FILETIME_EPOCH * APR_USEC_PER_SEC;
}

static eas_reason judge_ad_password(const subject *s, apr_int64_t computed)
{
    apr_int64_t last_set = 0;
    eas_reason reason = need_number(s, "pwdLastSet", &last_set);

    if (reason != EAS_REASON_NONE || !(computed & UAC_PASSWORD_EXPIRED)) {
        return reason;
    }
    return last_set ? EAS_PASSWORD_EXPIRED : EAS_MUST_CHANGE;
}

static eas_reason judge_ad_account(const subject *s)
{
    apr_int64_t control = 0;
    apr_int64_t computed = 0;
    apr_int64_t expires = 0;
    eas_reason reason = need_number(s, "userAccountControl", &control);

    if (reason == EAS_REASON_NONE) {
        reason =
            need_number(s, "msDS-User-Account-Control-Computed", &computed);
    }
    if (reason == EAS_REASON_NONE) {
        reason = need_number(s, "accountExpires", &expires);
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
    return computed & UAC_LOCKED ? EAS_DIRECTORY_LOCKED
                                 : judge_ad_password(s, computed);
}

/* A password must never do for an account that wants a smart card. */
static eas_reason judge_ad_bound(const subject *s)
{
    const char *value = value_of(s, "userAccountControl");
    apr_int64_t control = 0;

    if (value && read_number(value, &control) != APR_SUCCESS) {
        return malformed(s, "userAccountControl");
    }
    return control & UAC_SMARTCARD ? EAS_ACCOUNT_RESTRICTED : EAS_REASON_NONE;
}

static eas_reason judge_ad(const subject *s)
{
    const char *name = "msDS-UserPasswordExpiryTimeComputed";
    const char *value = value_of(s, name);
    apr_int64_t filetime = 0;

    if (value && read_number(value, &filetime) != APR_SUCCESS) {
        return malformed(s, name);
    }
    if (filetime > 0 && filetime != FILETIME_NEVER) {
        note_expiry(s, from_filetime(filetime));
    }
    return s->has_bound ? judge_ad_bound(s) : judge_ad_account(s);
}

/* --- the others ------------------------------------------------------------ */

static eas_reason judge_ipa(const subject *s)
{
    apr_time_t date = 0;
    eas_reason reason;

    if (is_true(s, "nsAccountLock")) {
        return EAS_ACCOUNT_DISABLED;
    }
    reason =
        check_time(s, "krbPrincipalExpiration", EAS_ACCOUNT_EXPIRED, &date);
    if (reason != EAS_REASON_NONE) {
        return reason;
    }
    date = 0;
    /* FreeIPA lets a simple bind with an expired password succeed, in some
     * versions without end. */
    reason =
        check_time(s, "krbPasswordExpiration", EAS_PASSWORD_EXPIRED, &date);
    if (date) {
        note_expiry(s, date);
    }
    return reason;
}

/* Days since 1970, UTC; negative is never.  As pam_unix and nslcd have it, the
 * day itself is too late. */
static eas_reason judge_shadow(const subject *s)
{
    const char *value = value_of(s, "shadowExpire");
    apr_int64_t day = -1;

    if (value && read_number(value, &day) != APR_SUCCESS) {
        return malformed(s, "shadowExpire");
    }
    return day >= 0 && apr_time_sec(s->date) / SECONDS_A_DAY >= day
               ? EAS_ACCOUNT_EXPIRED
               : EAS_REASON_NONE;
}

/* Between which dates the password is good at all. */
static eas_reason judge_dates(const subject *s)
{
    apr_time_t date = 0;
    const char *start = value_of(s, "pwdStartTime");

    if (start && eas_time_generalized(start, &date) != APR_SUCCESS) {
        return malformed(s, "pwdStartTime");
    }
    if (start && date > s->date) {
        return EAS_ACCOUNT_RESTRICTED;
    }
    return check_time(s, "pwdEndTime", EAS_ACCOUNT_EXPIRED, &date);
}

static int is_marked_locked(const subject *s)
{
    return value_of(s, "pwdAccountLockedTime") != NULL;
}

/* A password that was reset is available all the same, for a change. */
static eas_reason judge_usability(const subject *s)
{
    const eas_usability *usability = s->usability;

    const int must_change = usability->must_change || is_true(s, "pwdReset");

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
static eas_reason judge_ppolicy(const subject *s)
{
    if (s->usability && s->usability->is_given) {
        return judge_usability(s);
    }
    if (is_marked_locked(s)) {
        return EAS_DIRECTORY_LOCKED;
    }
    return is_true(s, "pwdReset") ? EAS_MUST_CHANGE : EAS_REASON_NONE;
}

static eas_reason judge_posix(const subject *s)
{
    eas_reason reason;

    if (is_true(s, "nsAccountLock")) {
        return EAS_ACCOUNT_DISABLED;
    }
    reason = judge_shadow(s);
    if (reason != EAS_REASON_NONE || s->has_bound) {
        return reason;
    }
    reason = judge_dates(s);
    return reason != EAS_REASON_NONE ? reason : judge_ppolicy(s);
}

eas_reason eas_state_judge(eas_ldap_type type, const apr_table_t *attributes,
                           const eas_usability *usability, eas_proof proof,
                           apr_time_t date, apr_int64_t *expires_in_out,
                           const char **detail_out)
{
    const subject s = {attributes, usability,      proof == EAS_PROOF_PASSWORD,
                       date,       expires_in_out, detail_out};

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

    if (identity->proof != EAS_PROOF_PASSWORD) {
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
