/* SPDX-License-Identifier: Apache-2.0 */
/* Input: on the first line the type of the directory (0 to 3), whether a
 * password is proven (0, 1), and what the usability control says: five digits
 * in the order of eas_usability, and the seconds left; on each further line
 * an attribute, as NAME=VALUE. */
#include "fuzz.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_tables.h>

#include "eas_reason.h"
#include "eas_state.h"
#include "eas_time.h"

#define FLAGS 7
#define UNTOUCHED (-4711)
/* 2026-11-24, and a year later */
#define DATE apr_time_from_sec(1795521600)
#define LATER (DATE + apr_time_from_sec(31536000))

/* One account, and what is said of it. */
typedef struct account {
    eas_ldap_type type;
    eas_proof proof;
    eas_usability usability;
    apr_table_t *attributes;
    apr_int64_t expires_in;
    const char *detail;
} account;

static void time_try(const char *text)
{
    apr_time_t date = UNTOUCHED;
    apr_time_t again = UNTOUCHED;
    apr_time_exp_t exp;
    char shown[32];

    if (eas_time_generalized(text, &date) != APR_SUCCESS) {
        fuzz_require(date == UNTOUCHED);
        return;
    }
    fuzz_require(apr_time_usec(date) == 0);
    fuzz_require(apr_time_exp_gmt(&exp, date) == APR_SUCCESS);
    if (exp.tm_year + 1900 < 1970 || exp.tm_year + 1900 > 9999) {
        return; /* by its offset; nobody writes such a date */
    }
    apr_snprintf(shown, sizeof(shown), "%04d%02d%02d%02d%02d%02dZ",
                 exp.tm_year + 1900, exp.tm_mon + 1, exp.tm_mday, exp.tm_hour,
                 exp.tm_min, exp.tm_sec);
    fuzz_require(eas_time_generalized(shown, &again) == APR_SUCCESS);
    fuzz_require(again == date);
}

static void read_flags(account *a, const char *line)
{
    const char *f = strlen(line) >= FLAGS ? line : "0000000";

    a->type = (eas_ldap_type)(f[0] & 3);
    a->proof = f[1] == '1' ? EAS_PROOF_PASSWORD : EAS_PROOF_NONE;
    a->usability = (eas_usability){f[2] == '1', f[3] == '1', f[4] == '1',
                                   f[5] == '1', f[6] == '1', -1};
    if (f == line && line[FLAGS]) {
        a->usability.expires_in = apr_atoi64(line + FLAGS);
    }
}

static void read_attribute(account *a, char *line)
{
    char *value = strchr(line, '=');

    if (value) {
        *value++ = '\0';
        apr_table_add(a->attributes, line, value);
        time_try(value);
    }
}

static eas_reason judge(account *a, apr_time_t date)
{
    a->expires_in = UNTOUCHED;
    a->detail = NULL;
    return eas_state_judge(a->type, a->attributes, &a->usability, a->proof,
                           date, &a->expires_in, &a->detail);
}

/* A reason that says something of an account, and names an attribute where it
 * is one's fault. */
static void reason_check(const account *a, eas_reason reason)
{
    const eas_class class_ = eas_reason_class(reason);

    fuzz_require(reason == EAS_REASON_NONE || class_ == EAS_CLASS_FORBIDDEN
                 || class_ == EAS_CLASS_LOCKED || reason == EAS_MISCONFIGURED
                 || reason == EAS_DIRECTORY_ERROR);
    fuzz_require(
        (a->detail != NULL)
        == (reason == EAS_MISCONFIGURED || reason == EAS_DIRECTORY_ERROR));
    fuzz_require(a->expires_in == UNTOUCHED || a->expires_in >= 0);
}

static int is(const account *a, const char *name, const char *value)
{
    const char *has = apr_table_get(a->attributes, name);

    return has && !strcasecmp(has, value);
}

/* What must not pass, whatever else is said. */
static void well_check(const account *a)
{
    const int is_posix =
        a->type == EAS_LDAP_OPENLDAP || a->type == EAS_LDAP_GENERIC;

    if (a->type != EAS_LDAP_ACTIVE_DIRECTORY) {
        fuzz_require(!is(a, "nsAccountLock", "TRUE"));
        fuzz_require(!is(a, "krbPasswordExpiration", "20200101000000Z")
                     || is_posix);
    }
    if (a->proof == EAS_PROOF_PASSWORD) {
        return;
    }
    if (a->type == EAS_LDAP_ACTIVE_DIRECTORY) {
        const char *const *name = eas_state_attributes(a->type);

        for (int i = 0; i < 4; i++) {
            fuzz_require(apr_table_get(a->attributes, name[i]) != NULL);
        }
    }
    if (is_posix) {
        fuzz_require(!is(a, "pwdReset", "TRUE"));
        fuzz_require(!a->usability.is_given || a->usability.is_available);
        fuzz_require(a->usability.is_given
                     || !apr_table_get(a->attributes, "pwdAccountLockedTime"));
    }
}

/* A stamp is short and plain, whatever the directory says. */
static void stamp_check(const account *a)
{
    const char *stamp = eas_state_stamp(a->type, a->attributes);

    if (stamp) {
        fuzz_require(*stamp && strlen(stamp) <= 32);
        fuzz_require(strspn(stamp, "0123456789.,+-Z") == strlen(stamp));
    }
}

/* What has expired does not become good by waiting. */
static void later_check(account *a, eas_reason before)
{
    const eas_reason reason = judge(a, LATER);

    reason_check(a, reason);
    if (before == EAS_ACCOUNT_EXPIRED || before == EAS_PASSWORD_EXPIRED) {
        fuzz_require(reason != EAS_REASON_NONE);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_begin();
    char *line = fuzz_line(&data, &size);
    account a = {.attributes = apr_table_make(pool, 4)};
    eas_reason reason;

    read_flags(&a, line);
    free(line);
    while (size > 0) {
        line = fuzz_line(&data, &size);
        read_attribute(&a, line);
        free(line);
    }
    reason = judge(&a, DATE);
    reason_check(&a, reason);
    if (reason == EAS_REASON_NONE) {
        well_check(&a);
    }
    later_check(&a, reason);
    stamp_check(&a);
    fuzz_clear();
    fuzz_end();
    return 0;
}
