/* SPDX-License-Identifier: Apache-2.0 */
/* The state of an account, of the attributes of its entry. */
#include <apr_general.h>
#include <apr_strings.h>

#include "eas_reason.h"
#include "eas_state.h"
#include "eas_time.h"
#include "tap.h"

/* 2026-11-24 12:00:00 UTC, and as Windows counts. */
#define DATE apr_time_from_sec(1795521600)
#define NOW_FILETIME "134399952000000000"

static apr_pool_t *pool;

/* AD accounts, all else being well. */
#define CONTROL "userAccountControl=512"
#define COMPUTED "msDS-User-Account-Control-Computed=0"
#define NEVER "accountExpires=9223372036854775807"
#define SET "pwdLastSet=133000000000000000"
#define WELL COMPUTED ";" NEVER ";" SET

#define EXPIRED "msDS-User-Account-Control-Computed=8388608"
#define AD_ENDED "msDS-UserPasswordExpiryTimeComputed=134399951000000000"
#define KEY_ENDED "krbPasswordExpiration=20261124115959Z"
#define LOCK "pwdAccountLockedTime=20200101000000Z"
#define AWAY "pwdLastSuccess=20200101000000Z"

static const struct {
    const char *name;
    eas_ldap_type type;
    eas_proof proof;
    const char *attributes; /* name=value;... */
    eas_reason reason;
    apr_int64_t expires_in;
} rows[] = {
    {"AD: well", EAS_LDAP_ACTIVE_DIRECTORY, EAS_PROOF_NONE, CONTROL ";" WELL,
     EAS_REASON_NONE, -1},
    {"AD: disabled", EAS_LDAP_ACTIVE_DIRECTORY, EAS_PROOF_NONE,
     "userAccountControl=514;" WELL, EAS_ACCOUNT_DISABLED, -1},
    {"AD: disabled, other bits", EAS_LDAP_ACTIVE_DIRECTORY, EAS_PROOF_NONE,
     "userAccountControl=66050;" WELL, EAS_ACCOUNT_DISABLED, -1},
    {"AD: a smart card is wanted, none proven", EAS_LDAP_ACTIVE_DIRECTORY,
     EAS_PROOF_NONE, "userAccountControl=262656;" WELL, EAS_REASON_NONE, -1},
    {"AD: a smart card is wanted, a password proven", EAS_LDAP_ACTIVE_DIRECTORY,
     EAS_PROOF_PASSWORD, "userAccountControl=262656;" WELL,
     EAS_ACCOUNT_RESTRICTED, -1},
    {"AD: bound, the rest was looked at", EAS_LDAP_ACTIVE_DIRECTORY,
     EAS_PROOF_PASSWORD, "userAccountControl=514", EAS_REASON_NONE, -1},
    {"AD: bound, nothing readable", EAS_LDAP_ACTIVE_DIRECTORY,
     EAS_PROOF_PASSWORD, "", EAS_REASON_NONE, -1},
    {"AD: nothing readable", EAS_LDAP_ACTIVE_DIRECTORY, EAS_PROOF_NONE, "",
     EAS_MISCONFIGURED, -1},
    {"AD: no accountExpires, as in a Global Catalog", EAS_LDAP_ACTIVE_DIRECTORY,
     EAS_PROOF_NONE, CONTROL ";" COMPUTED ";" SET, EAS_MISCONFIGURED, -1},
    {"AD: no computed half", EAS_LDAP_ACTIVE_DIRECTORY, EAS_PROOF_NONE,
     CONTROL ";" NEVER ";" SET, EAS_MISCONFIGURED, -1},
    {"AD: no pwdLastSet", EAS_LDAP_ACTIVE_DIRECTORY, EAS_PROOF_NONE,
     CONTROL ";" COMPUTED ";" NEVER, EAS_MISCONFIGURED, -1},
    {"AD: expires 0, never", EAS_LDAP_ACTIVE_DIRECTORY, EAS_PROOF_NONE,
     CONTROL ";" COMPUTED ";accountExpires=0;" SET, EAS_REASON_NONE, -1},
    {"AD: expired a second ago", EAS_LDAP_ACTIVE_DIRECTORY, EAS_PROOF_NONE,
     CONTROL ";" COMPUTED ";accountExpires=134399951990000000;" SET,
     EAS_ACCOUNT_EXPIRED, -1},
    {"AD: expires now", EAS_LDAP_ACTIVE_DIRECTORY, EAS_PROOF_NONE,
     CONTROL ";" COMPUTED ";accountExpires=" NOW_FILETIME ";" SET,
     EAS_ACCOUNT_EXPIRED, -1},
    {"AD: expires in a second", EAS_LDAP_ACTIVE_DIRECTORY, EAS_PROOF_NONE,
     CONTROL ";" COMPUTED ";accountExpires=134399952010000000;" SET,
     EAS_REASON_NONE, -1},
    {"AD: locked", EAS_LDAP_ACTIVE_DIRECTORY, EAS_PROOF_NONE,
     CONTROL ";msDS-User-Account-Control-Computed=16;" NEVER ";" SET,
     EAS_DIRECTORY_LOCKED, -1},
    {"AD: password expired", EAS_LDAP_ACTIVE_DIRECTORY, EAS_PROOF_NONE,
     CONTROL ";msDS-User-Account-Control-Computed=8388608;" NEVER ";" SET,
     EAS_PASSWORD_EXPIRED, -1},
    {"AD: must change", EAS_LDAP_ACTIVE_DIRECTORY, EAS_PROOF_NONE,
     CONTROL ";msDS-User-Account-Control-Computed=8388608;" NEVER
             ";pwdLastSet=0",
     EAS_MUST_CHANGE, -1},
    {"AD: never set, never expires", EAS_LDAP_ACTIVE_DIRECTORY, EAS_PROOF_NONE,
     "userAccountControl=66048;" COMPUTED ";" NEVER ";pwdLastSet=0",
     EAS_REASON_NONE, -1},
    {"AD: disabled comes before locked", EAS_LDAP_ACTIVE_DIRECTORY,
     EAS_PROOF_NONE,
     "userAccountControl=514;msDS-User-Account-Control-Computed=16;" NEVER
     ";" SET,
     EAS_ACCOUNT_DISABLED, -1},
    {"AD: password ends in ten seconds", EAS_LDAP_ACTIVE_DIRECTORY,
     EAS_PROOF_PASSWORD,
     "msDS-UserPasswordExpiryTimeComputed=134399952100000000", EAS_REASON_NONE,
     10},
    {"AD: password never ends", EAS_LDAP_ACTIVE_DIRECTORY, EAS_PROOF_PASSWORD,
     "msDS-UserPasswordExpiryTimeComputed=9223372036854775807", EAS_REASON_NONE,
     -1},
    {"AD: password ended", EAS_LDAP_ACTIVE_DIRECTORY, EAS_PROOF_PASSWORD,
     "msDS-UserPasswordExpiryTimeComputed=134399951000000000", EAS_REASON_NONE,
     0},
    {"AD: no number", EAS_LDAP_ACTIVE_DIRECTORY, EAS_PROOF_NONE,
     "userAccountControl=0x200;" WELL, EAS_DIRECTORY_ERROR, -1},
    {"AD: a number too large", EAS_LDAP_ACTIVE_DIRECTORY, EAS_PROOF_NONE,
     CONTROL ";" COMPUTED ";accountExpires=92233720368547758070;" SET,
     EAS_DIRECTORY_ERROR, -1},
    {"AD: no number, bound", EAS_LDAP_ACTIVE_DIRECTORY, EAS_PROOF_PASSWORD,
     "userAccountControl= 1", EAS_DIRECTORY_ERROR, -1},

    {"IPA: well", EAS_LDAP_FREEIPA, EAS_PROOF_NONE, "", EAS_REASON_NONE, -1},
    {"IPA: disabled", EAS_LDAP_FREEIPA, EAS_PROOF_NONE, "nsAccountLock=TRUE",
     EAS_ACCOUNT_DISABLED, -1},
    {"IPA: disabled in small letters", EAS_LDAP_FREEIPA, EAS_PROOF_PASSWORD,
     "nsAccountLock=true", EAS_ACCOUNT_DISABLED, -1},
    {"IPA: not disabled", EAS_LDAP_FREEIPA, EAS_PROOF_NONE,
     "nsAccountLock=FALSE", EAS_REASON_NONE, -1},
    {"IPA: password expired, and bound", EAS_LDAP_FREEIPA, EAS_PROOF_PASSWORD,
     "krbPasswordExpiration=20261124115959Z", EAS_PASSWORD_EXPIRED, 0},
    {"IPA: password expires in a minute", EAS_LDAP_FREEIPA, EAS_PROOF_PASSWORD,
     "krbPasswordExpiration=20261124120100Z", EAS_REASON_NONE, 60},
    {"IPA: account expired", EAS_LDAP_FREEIPA, EAS_PROOF_PASSWORD,
     "krbPrincipalExpiration=20200101000000Z", EAS_ACCOUNT_EXPIRED, -1},
    {"IPA: account expires later", EAS_LDAP_FREEIPA, EAS_PROOF_PASSWORD,
     "krbPrincipalExpiration=20380101000000Z", EAS_REASON_NONE, -1},
    {"IPA: no time", EAS_LDAP_FREEIPA, EAS_PROOF_PASSWORD,
     "krbPasswordExpiration=never", EAS_DIRECTORY_ERROR, -1},

    {"ppolicy: well", EAS_LDAP_OPENLDAP, EAS_PROOF_NONE, "", EAS_REASON_NONE,
     -1},
    {"ppolicy: locked for good", EAS_LDAP_OPENLDAP, EAS_PROOF_NONE,
     "pwdAccountLockedTime=000001010000Z", EAS_DIRECTORY_LOCKED, -1},
    {"ppolicy: bound, so not locked", EAS_LDAP_OPENLDAP, EAS_PROOF_PASSWORD,
     "pwdAccountLockedTime=20200101000000Z", EAS_REASON_NONE, -1},
    {"ppolicy: reset", EAS_LDAP_OPENLDAP, EAS_PROOF_NONE, "pwdReset=TRUE",
     EAS_MUST_CHANGE, -1},
    {"ppolicy: not yet", EAS_LDAP_OPENLDAP, EAS_PROOF_NONE,
     "pwdStartTime=20301231235959Z", EAS_ACCOUNT_RESTRICTED, -1},
    {"ppolicy: begun", EAS_LDAP_OPENLDAP, EAS_PROOF_NONE,
     "pwdStartTime=20201231235959Z", EAS_REASON_NONE, -1},
    {"ppolicy: ended", EAS_LDAP_OPENLDAP, EAS_PROOF_NONE,
     "pwdEndTime=20201231235959Z", EAS_ACCOUNT_EXPIRED, -1},
    {"ppolicy: no time", EAS_LDAP_OPENLDAP, EAS_PROOF_NONE,
     "pwdStartTime=tomorrow", EAS_DIRECTORY_ERROR, -1},
    {"shadow: yesterday", EAS_LDAP_GENERIC, EAS_PROOF_PASSWORD,
     "shadowExpire=20780", EAS_ACCOUNT_EXPIRED, -1},
    {"shadow: today", EAS_LDAP_OPENLDAP, EAS_PROOF_PASSWORD,
     "shadowExpire=20781", EAS_ACCOUNT_EXPIRED, -1},
    {"shadow: tomorrow", EAS_LDAP_OPENLDAP, EAS_PROOF_PASSWORD,
     "shadowExpire=20782", EAS_REASON_NONE, -1},
    {"shadow: never", EAS_LDAP_OPENLDAP, EAS_PROOF_PASSWORD, "shadowExpire=-1",
     EAS_REASON_NONE, -1},
    {"shadow: 0 is long ago", EAS_LDAP_OPENLDAP, EAS_PROOF_PASSWORD,
     "shadowExpire=0", EAS_ACCOUNT_EXPIRED, -1},
    {"shadow: no number", EAS_LDAP_OPENLDAP, EAS_PROOF_PASSWORD,
     "shadowExpire=", EAS_DIRECTORY_ERROR, -1},
    {"389, undeclared: disabled", EAS_LDAP_GENERIC, EAS_PROOF_NONE,
     "nsAccountLock=TRUE", EAS_ACCOUNT_DISABLED, -1},
    {"389, undeclared: locked for good", EAS_LDAP_GENERIC, EAS_PROOF_NONE,
     "accountUnlockTime=19700101000000Z", EAS_DIRECTORY_LOCKED, -1},
    {"389, undeclared: locked for a while", EAS_LDAP_GENERIC, EAS_PROOF_NONE,
     "accountUnlockTime=20261124120001Z", EAS_DIRECTORY_LOCKED, -1},
    {"389, undeclared: was locked", EAS_LDAP_GENERIC, EAS_PROOF_NONE,
     "accountUnlockTime=20261124120000Z", EAS_REASON_NONE, -1},
    {"389, undeclared: locked until no time", EAS_LDAP_GENERIC, EAS_PROOF_NONE,
     "accountUnlockTime=later", EAS_DIRECTORY_LOCKED, -1},
    {"389, undeclared: bound, so not locked", EAS_LDAP_GENERIC,
     EAS_PROOF_PASSWORD, "accountUnlockTime=19700101000000Z", EAS_REASON_NONE,
     -1},

    /* A password with a certificate is one all the same. */
    {"both, AD: a smart card is wanted", EAS_LDAP_ACTIVE_DIRECTORY,
     EAS_PROOF_BOTH, "userAccountControl=262656;" WELL, EAS_ACCOUNT_RESTRICTED,
     -1},
    {"both, AD: bound, the rest was looked at", EAS_LDAP_ACTIVE_DIRECTORY,
     EAS_PROOF_BOTH, "userAccountControl=514", EAS_REASON_NONE, -1},
    {"both, IPA: password expired", EAS_LDAP_FREEIPA, EAS_PROOF_BOTH,
     "krbPasswordExpiration=20261124115959Z", EAS_PASSWORD_EXPIRED, 0},
    {"both, ppolicy: bound, so not locked", EAS_LDAP_OPENLDAP, EAS_PROOF_BOTH,
     "pwdAccountLockedTime=20200101000000Z", EAS_REASON_NONE, -1},

    /* A certificate alone: what is the password's does not count. */
    {"certificate, AD: well", EAS_LDAP_ACTIVE_DIRECTORY, EAS_PROOF_CERTIFICATE,
     CONTROL ";" WELL, EAS_REASON_NONE, -1},
    {"certificate, AD: a smart card is wanted", EAS_LDAP_ACTIVE_DIRECTORY,
     EAS_PROOF_CERTIFICATE, "userAccountControl=262656;" WELL, EAS_REASON_NONE,
     -1},
    {"certificate, AD: password expired", EAS_LDAP_ACTIVE_DIRECTORY,
     EAS_PROOF_CERTIFICATE, CONTROL ";" EXPIRED ";" NEVER ";" SET ";" AD_ENDED,
     EAS_REASON_NONE, -1},
    {"certificate, AD: must change", EAS_LDAP_ACTIVE_DIRECTORY,
     EAS_PROOF_CERTIFICATE, CONTROL ";" EXPIRED ";" NEVER ";pwdLastSet=0",
     EAS_REASON_NONE, -1},
    {"certificate, AD: pwdLastSet not read", EAS_LDAP_ACTIVE_DIRECTORY,
     EAS_PROOF_CERTIFICATE, CONTROL ";" COMPUTED ";" NEVER, EAS_REASON_NONE,
     -1},
    {"certificate, AD: password's end no number", EAS_LDAP_ACTIVE_DIRECTORY,
     EAS_PROOF_CERTIFICATE,
     CONTROL ";" WELL ";msDS-UserPasswordExpiryTimeComputed=soon",
     EAS_REASON_NONE, -1},
    {"certificate, AD: nothing readable", EAS_LDAP_ACTIVE_DIRECTORY,
     EAS_PROOF_CERTIFICATE, "", EAS_MISCONFIGURED, -1},
    {"certificate, AD: no accountExpires", EAS_LDAP_ACTIVE_DIRECTORY,
     EAS_PROOF_CERTIFICATE, CONTROL ";" COMPUTED ";" SET, EAS_MISCONFIGURED,
     -1},
    {"certificate, AD: no computed half", EAS_LDAP_ACTIVE_DIRECTORY,
     EAS_PROOF_CERTIFICATE, CONTROL ";" NEVER ";" SET, EAS_MISCONFIGURED, -1},
    {"certificate, AD: disabled, password expired", EAS_LDAP_ACTIVE_DIRECTORY,
     EAS_PROOF_CERTIFICATE, "userAccountControl=514;" EXPIRED ";" NEVER ";" SET,
     EAS_ACCOUNT_DISABLED, -1},
    {"certificate, AD: a smart card is wanted, disabled",
     EAS_LDAP_ACTIVE_DIRECTORY, EAS_PROOF_CERTIFICATE,
     "userAccountControl=262658;" WELL, EAS_ACCOUNT_DISABLED, -1},
    {"certificate, AD: account expired, must change", EAS_LDAP_ACTIVE_DIRECTORY,
     EAS_PROOF_CERTIFICATE,
     CONTROL ";" EXPIRED ";accountExpires=" NOW_FILETIME ";pwdLastSet=0",
     EAS_ACCOUNT_EXPIRED, -1},
    {"certificate, AD: locked, password expired", EAS_LDAP_ACTIVE_DIRECTORY,
     EAS_PROOF_CERTIFICATE,
     CONTROL ";msDS-User-Account-Control-Computed=8388624;" NEVER ";" SET,
     EAS_DIRECTORY_LOCKED, -1},
    {"certificate, IPA: well", EAS_LDAP_FREEIPA, EAS_PROOF_CERTIFICATE, "",
     EAS_REASON_NONE, -1},
    {"certificate, IPA: password expired", EAS_LDAP_FREEIPA,
     EAS_PROOF_CERTIFICATE, KEY_ENDED, EAS_REASON_NONE, -1},
    {"certificate, IPA: password expires later", EAS_LDAP_FREEIPA,
     EAS_PROOF_CERTIFICATE, "krbPasswordExpiration=20380101000000Z",
     EAS_REASON_NONE, -1},
    {"certificate, IPA: password's end no time", EAS_LDAP_FREEIPA,
     EAS_PROOF_CERTIFICATE, "krbPasswordExpiration=never", EAS_REASON_NONE, -1},
    {"certificate, IPA: disabled, password expired", EAS_LDAP_FREEIPA,
     EAS_PROOF_CERTIFICATE, "nsAccountLock=true;" KEY_ENDED,
     EAS_ACCOUNT_DISABLED, -1},
    {"certificate, IPA: account and password expired", EAS_LDAP_FREEIPA,
     EAS_PROOF_CERTIFICATE, "krbPrincipalExpiration=20261124115959Z;" KEY_ENDED,
     EAS_ACCOUNT_EXPIRED, -1},
    {"certificate, IPA: account's end no time", EAS_LDAP_FREEIPA,
     EAS_PROOF_CERTIFICATE, "krbPrincipalExpiration=never", EAS_DIRECTORY_ERROR,
     -1},
    {"certificate, ppolicy: well", EAS_LDAP_OPENLDAP, EAS_PROOF_CERTIFICATE, "",
     EAS_REASON_NONE, -1},
    {"certificate, ppolicy: reset", EAS_LDAP_OPENLDAP, EAS_PROOF_CERTIFICATE,
     "pwdReset=TRUE", EAS_REASON_NONE, -1},
    {"certificate, ppolicy: locked, reset", EAS_LDAP_OPENLDAP,
     EAS_PROOF_CERTIFICATE, "pwdReset=TRUE;" LOCK, EAS_DIRECTORY_LOCKED, -1},
    {"certificate, ppolicy: not yet", EAS_LDAP_OPENLDAP, EAS_PROOF_CERTIFICATE,
     "pwdStartTime=20301231235959Z", EAS_ACCOUNT_RESTRICTED, -1},
    {"certificate, ppolicy: ended, locked", EAS_LDAP_OPENLDAP,
     EAS_PROOF_CERTIFICATE, "pwdEndTime=20201231235959Z;" LOCK,
     EAS_ACCOUNT_EXPIRED, -1},
    {"certificate, ppolicy: no control, so not idle", EAS_LDAP_OPENLDAP,
     EAS_PROOF_CERTIFICATE, AWAY, EAS_REASON_NONE, -1},
    {"certificate, shadow: today", EAS_LDAP_OPENLDAP, EAS_PROOF_CERTIFICATE,
     "shadowExpire=20781;pwdReset=TRUE", EAS_ACCOUNT_EXPIRED, -1},
    {"certificate, shadow: tomorrow", EAS_LDAP_GENERIC, EAS_PROOF_CERTIFICATE,
     "shadowExpire=20782", EAS_REASON_NONE, -1},
    {"certificate, shadow: no number", EAS_LDAP_GENERIC, EAS_PROOF_CERTIFICATE,
     "shadowExpire=x", EAS_DIRECTORY_ERROR, -1},
    {"certificate, 389: disabled", EAS_LDAP_GENERIC, EAS_PROOF_CERTIFICATE,
     "nsAccountLock=TRUE", EAS_ACCOUNT_DISABLED, -1},
    {"certificate, 389: locked for good", EAS_LDAP_GENERIC,
     EAS_PROOF_CERTIFICATE, "accountUnlockTime=19700101000000Z",
     EAS_DIRECTORY_LOCKED, -1},
    {"certificate, 389: was locked", EAS_LDAP_GENERIC, EAS_PROOF_CERTIFICATE,
     "accountUnlockTime=20261124120000Z", EAS_REASON_NONE, -1},
};

static apr_table_t *table_of(const char *text)
{
    apr_table_t *table = apr_table_make(pool, 4);
    char *state = NULL;
    char *copy = apr_pstrdup(pool, text);
    char *word;

    for (word = apr_strtok(copy, ";", &state); word;
         word = apr_strtok(NULL, ";", &state)) {
        char *value = strchr(word, '=');

        *value = '\0';
        apr_table_add(table, word, value + 1);
    }
    return table;
}

static void test_rows(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        apr_int64_t expires_in = -1;
        const char *detail = NULL;
        eas_reason reason =
            eas_state_judge(rows[i].type, table_of(rows[i].attributes), NULL,
                            rows[i].proof, DATE, &expires_in, &detail);

        is_str(eas_reason_name(reason), eas_reason_name(rows[i].reason),
               rows[i].name);
        is_int(expires_in, rows[i].expires_in,
               tap_row(rows[i].name, "seconds left"));
        ok((detail != NULL)
               == (reason == EAS_MISCONFIGURED
                   || reason == EAS_DIRECTORY_ERROR),
           tap_row(rows[i].name, "an attribute is named"));
    }
}

/* What the control says wins over what is left in attributes; where it says
 * no more than that the account is not available, they tell why. */
static void test_usability(void)
{
    static const struct {
        const char *name;
        const char *attributes;
        eas_usability said; /* given, available, reset, expired, locked */
        eas_reason reason;
        apr_int64_t expires_in;
    } cases[] = {
        {"not given", LOCK, {0, 0, 0, 0, 0, -1}, EAS_DIRECTORY_LOCKED, -1},
        {"available", LOCK, {1, 1, 0, 0, 0, 100}, EAS_REASON_NONE, 100},
        {"available for ever", "", {1, 1, 0, 0, 0, -1}, EAS_REASON_NONE, -1},
        {"available for a change",
         "pwdReset=TRUE",
         {1, 1, 0, 0, 0, 100},
         EAS_MUST_CHANGE,
         100},
        {"locked for a while",
         LOCK,
         {1, 0, 0, 0, 1, -1},
         EAS_DIRECTORY_LOCKED,
         -1},
        {"reset", "", {1, 0, 1, 0, 0, -1}, EAS_MUST_CHANGE, -1},
        {"expired", "", {1, 0, 0, 1, 0, -1}, EAS_PASSWORD_EXPIRED, -1},
        {"expired, and an old lock",
         LOCK,
         {1, 0, 0, 1, 0, -1},
         EAS_PASSWORD_EXPIRED,
         -1},
        {"no reason, a lock",
         LOCK,
         {1, 0, 0, 0, 0, -1},
         EAS_DIRECTORY_LOCKED,
         -1},
        {"no reason, reset",
         "pwdReset=TRUE",
         {1, 0, 0, 0, 0, -1},
         EAS_MUST_CHANGE,
         -1},
        {"no reason at all", "", {1, 0, 0, 0, 0, -1}, EAS_PASSWORD_EXPIRED, -1},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        apr_int64_t expires_in = -1;
        const char *detail = NULL;

        is_str(eas_reason_name(eas_state_judge(
                   EAS_LDAP_OPENLDAP, table_of(cases[i].attributes),
                   &cases[i].said, EAS_PROOF_NONE, DATE, &expires_in, &detail)),
               eas_reason_name(cases[i].reason),
               tap_row("usability", cases[i].name));
        is_int(expires_in, cases[i].expires_in,
               tap_row("usability, seconds left", cases[i].name));
    }
}

/* The same where a certificate is what proves the account; the comments are
 * slapd's own words of such an entry. */
static void test_usability_certificate(void)
{
    static const struct {
        const char *name;
        const char *attributes;
        eas_usability said; /* given, available, reset, expired, locked */
        eas_reason reason;
        const char *detail;
    } cases[] = {
        {"well", "", {1, 1, 0, 0, 0, 100}, EAS_REASON_NONE, NULL},
        {"locks do not count here",
         LOCK,
         {1, 1, 0, 0, 0, 100},
         EAS_REASON_NONE,
         NULL},
        {"available for a change",
         "pwdReset=TRUE",
         {1, 1, 0, 0, 0, 100},
         EAS_REASON_NONE,
         NULL},
        {"well, seen before", AWAY, {1, 1, 0, 0, 0, -1}, EAS_REASON_NONE, NULL},
        /* not available */
        {"expired", "", {1, 0, 0, 0, 0, -1}, EAS_REASON_NONE, NULL},
        {"locked for good",
         LOCK,
         {1, 0, 0, 0, 0, -1},
         EAS_DIRECTORY_LOCKED,
         NULL},
        {"away for long",
         AWAY,
         {1, 0, 0, 0, 0, -1},
         EAS_DIRECTORY_LOCKED,
         "pwdLastSuccess"},
        {"locked for good, seen before",
         LOCK ";" AWAY,
         {1, 0, 0, 0, 0, -1},
         EAS_DIRECTORY_LOCKED,
         NULL},
        /* not available grace=3 */
        {"grace", "", {1, 0, 0, 1, 0, -1}, EAS_REASON_NONE, NULL},
        {"grace, locked for good",
         LOCK,
         {1, 0, 0, 1, 0, -1},
         EAS_DIRECTORY_LOCKED,
         NULL},
        {"grace, away for long",
         AWAY,
         {1, 0, 0, 1, 0, -1},
         EAS_DIRECTORY_LOCKED,
         "pwdLastSuccess"},
        /* not available (reset) */
        {"reset", "pwdReset=TRUE", {1, 0, 1, 0, 0, -1}, EAS_REASON_NONE, NULL},
        {"reset, locked for good",
         "pwdReset=TRUE;" LOCK,
         {1, 0, 1, 0, 0, -1},
         EAS_DIRECTORY_LOCKED,
         NULL},
        /* not available (inactive reset) seconds_before_unlock=3539 */
        {"reset, locked for a while",
         "pwdReset=TRUE;" LOCK,
         {1, 0, 1, 0, 1, -1},
         EAS_DIRECTORY_LOCKED,
         NULL},
        {"locked for a while, unmarked",
         "",
         {1, 0, 0, 1, 1, -1},
         EAS_DIRECTORY_LOCKED,
         NULL},
        /* 389 */
        {"expired, locked for good",
         "accountUnlockTime=19700101000000Z",
         {1, 0, 0, 1, 0, -1},
         EAS_DIRECTORY_LOCKED,
         NULL},
        {"expired, was locked",
         "accountUnlockTime=20261124120000Z",
         {1, 0, 0, 1, 0, -1},
         EAS_REASON_NONE,
         NULL},
        {"disabled",
         "nsAccountLock=TRUE",
         {1, 0, 0, 1, 1, -1},
         EAS_ACCOUNT_DISABLED,
         NULL},
        {"ended",
         "pwdEndTime=20201231235959Z",
         {1, 0, 0, 0, 0, -1},
         EAS_ACCOUNT_EXPIRED,
         NULL},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        apr_int64_t expires_in = -1;
        const char *detail = NULL;

        is_str(eas_reason_name(eas_state_judge(
                   EAS_LDAP_OPENLDAP, table_of(cases[i].attributes),
                   &cases[i].said, EAS_PROOF_CERTIFICATE, DATE, &expires_in,
                   &detail)),
               eas_reason_name(cases[i].reason),
               tap_row("certificate, usability", cases[i].name));
        is_str(detail, cases[i].detail,
               tap_row("certificate, usability, detail", cases[i].name));
        is_int(expires_in, -1,
               tap_row("certificate, seconds left", cases[i].name));
    }
}

/* Who has bound, and who has not. */
static void test_bound(void)
{
    static const struct {
        eas_proof proof;
        eas_reason reason;
    } proofs[] = {
        {EAS_PROOF_NONE, EAS_INTERNAL_ERROR},
        {EAS_PROOF_PASSWORD, EAS_ACCOUNT_RESTRICTED},
        {EAS_PROOF_CERTIFICATE, EAS_INTERNAL_ERROR},
        {EAS_PROOF_BOTH, EAS_ACCOUNT_RESTRICTED},
    };

    for (size_t i = 0; i < sizeof(proofs) / sizeof(proofs[0]); i++) {
        eas_identity identity = {.proof = proofs[i].proof, .expires_in = -1};
        const char *detail = NULL;

        identity.attributes = table_of("userAccountControl=262656");
        is_str(eas_reason_name(eas_state_judge_bound(EAS_LDAP_ACTIVE_DIRECTORY,
                                                     &identity, DATE, &detail)),
               eas_reason_name(proofs[i].reason),
               tap_row("bound", eas_reason_name(proofs[i].reason)));
    }
}

/* --- the password stamp ---------------------------------------------------- */

#define SET_AT "pwdChangedTime=20260102030405Z"
#define KEY_AT "krbLastPwdChange=20260102030406Z"

static const struct {
    const char *name;
    eas_ldap_type type;
    const char *attributes;
    const char *stamp;
} stamps[] = {
    {"AD", EAS_LDAP_ACTIVE_DIRECTORY, SET, "133000000000000000"},
    {"AD: must change", EAS_LDAP_ACTIVE_DIRECTORY, "pwdLastSet=0", "0"},
    {"AD: a Global Catalog", EAS_LDAP_ACTIVE_DIRECTORY, CONTROL, NULL},
    {"AD: of its own kind alone", EAS_LDAP_ACTIVE_DIRECTORY, SET_AT ";" KEY_AT,
     NULL},
    {"AD: two", EAS_LDAP_ACTIVE_DIRECTORY, SET ";pwdLastSet=1", NULL},
    {"AD: two the same", EAS_LDAP_ACTIVE_DIRECTORY, SET ";" SET, NULL},
    {"AD: two spellings", EAS_LDAP_ACTIVE_DIRECTORY, SET ";PWDLASTSET=1", NULL},
    {"AD: its name in lower case", EAS_LDAP_ACTIVE_DIRECTORY, "pwdlastset=7",
     "7"},
    {"AD: empty", EAS_LDAP_ACTIVE_DIRECTORY, "pwdLastSet=", NULL},
    {"AD: no number", EAS_LDAP_ACTIVE_DIRECTORY, "pwdLastSet=now", NULL},
    {"AD: with a space", EAS_LDAP_ACTIVE_DIRECTORY, "pwdLastSet=1 2", NULL},
    {"AD: 32 digits", EAS_LDAP_ACTIVE_DIRECTORY,
     "pwdLastSet=12345678901234567890123456789012",
     "12345678901234567890123456789012"},
    {"AD: 33 digits", EAS_LDAP_ACTIVE_DIRECTORY,
     "pwdLastSet=123456789012345678901234567890123", NULL},
    {"OpenLDAP", EAS_LDAP_OPENLDAP, SET_AT, "20260102030405Z"},
    {"OpenLDAP: without ppolicy", EAS_LDAP_OPENLDAP, KEY_AT, NULL},
    {"OpenLDAP: microseconds", EAS_LDAP_OPENLDAP,
     "pwdChangedTime=20260102030405.123456Z", "20260102030405.123456Z"},
    {"FreeIPA", EAS_LDAP_FREEIPA, SET_AT ";" KEY_AT, "20260102030406Z"},
    {"FreeIPA: none", EAS_LDAP_FREEIPA, SET_AT, NULL},
    {"Generic", EAS_LDAP_GENERIC, SET_AT, "20260102030405Z"},
    {"Generic: a KDC's", EAS_LDAP_GENERIC, KEY_AT, "20260102030406Z"},
    {"Generic: both", EAS_LDAP_GENERIC, KEY_AT ";" SET_AT, "20260102030405Z"},
    {"Generic: the first is odd", EAS_LDAP_GENERIC,
     KEY_AT ";pwdChangedTime=yesterday", NULL},
    {"Generic: days do not do", EAS_LDAP_GENERIC, "shadowLastChange=20781",
     NULL},
};

static void test_stamps(void)
{
    for (size_t i = 0; i < sizeof(stamps) / sizeof(stamps[0]); i++) {
        is_str(eas_state_stamp(stamps[i].type, table_of(stamps[i].attributes)),
               stamps[i].stamp, tap_row("stamp", stamps[i].name));
    }
}

static void test_time(void)
{
    static const struct {
        const char *text;
        apr_int64_t seconds; /* -1: refused */
    } times[] = {
        {"20261124120000Z", 1795521600},
        {"202611241200Z", 1795521600},
        {"2026112412Z", 1795521600},
        {"20261124120000.123456Z", 1795521600},
        {"20261124120000,5Z", 1795521600},
        {"20261124130000+0100", 1795521600},
        {"20261124073000-0430", 1795521600},
        {"2026112413+01", 1795521600},
        {"19700101000000Z", 0},
        {"", -1},
        {"Z", -1},
        {"20261124", -1},
        {"20261124120000", -1},
        {"20261324120000Z", -1},
        {"20261100120000Z", -1},
        {"20261124250000Z", -1},
        {"20261124126000Z", -1},
        {"2026112412000Z", -1},
        {"20261124120000z", -1},
        {"20261124120000ZZ", -1},
        {"20261124120000+24", -1},
        {"20261124120000+01000", -1},
        {"20261124120000+016", -1},
        {"20261124120000+0160", -1},
        {"2026-11-24T12:00:00Z", -1},
        {"99999999999999999999", -1},
    };

    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        apr_time_t date = -APR_USEC_PER_SEC;
        apr_status_t rv = eas_time_generalized(times[i].text, &date);

        is_int(rv == APR_SUCCESS, times[i].seconds >= 0,
               tap_row("time", times[i].text));
        is_int(apr_time_sec(date), times[i].seconds,
               tap_row("seconds", times[i].text));
    }
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_rows();
    test_usability();
    test_usability_certificate();
    test_bound();
    test_stamps();
    test_time();
    apr_pool_destroy(pool);
    apr_terminate();
    return done_testing();
}
