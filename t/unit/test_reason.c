/* SPDX-License-Identifier: Apache-2.0 */
/* The table of reasons against the table of answers an administrator is
 * promised, and the rules every row has to keep. */
#include "eas_reason.h"

#include <apr_errno.h>
#include <apr_general.h>

#include "tap.h"

#define NEVER EAS_REMEMBER_NEVER
#define STATE EAS_REMEMBER_STATE

/* Written out once more, so that a change of the table has to be meant. */
static const struct {
    eas_reason reason;
    const char *name;
    eas_class in_class;
    eas_remember remember;
    int counts_as_guess;
} expected[] = {
    {EAS_GRANTED, "granted", EAS_CLASS_GRANTED, EAS_REMEMBER_GRANTED, 0},
    {EAS_NO_CREDENTIAL, "no-credential", EAS_CLASS_NO_CREDENTIAL, NEVER, 0},
    {EAS_OTHER_SCHEME, "other-scheme", EAS_CLASS_NO_CREDENTIAL, NEVER, 0},
    {EAS_BAD_BASE64, "bad-base64", EAS_CLASS_MALFORMED, NEVER, 0},
    {EAS_NO_COLON, "no-colon", EAS_CLASS_MALFORMED, NEVER, 0},
    {EAS_CONTROL_CHARACTER, "control-character", EAS_CLASS_MALFORMED, NEVER, 0},
    {EAS_TOO_LONG, "too-long", EAS_CLASS_MALFORMED, NEVER, 0},
    {EAS_BAD_ENCODING, "bad-encoding", EAS_CLASS_MALFORMED, NEVER, 0},
    {EAS_EMPTY_LOGIN, "empty-login", EAS_CLASS_MALFORMED, NEVER, 0},
    {EAS_WRONG_PASSWORD, "wrong-password", EAS_CLASS_REFUSED,
     EAS_REMEMBER_REFUSED, 1},
    {EAS_KNOWN_WRONG, "known-wrong-password", EAS_CLASS_REFUSED, NEVER, 0},
    {EAS_UNKNOWN_USER, "unknown-user", EAS_CLASS_REFUSED, NEVER, 1},
    {EAS_AMBIGUOUS_USER, "ambiguous-user", EAS_CLASS_REFUSED, NEVER, 1},
    {EAS_BAD_LOGIN, "bad-login", EAS_CLASS_REFUSED, NEVER, 0},
    {EAS_EMPTY_PASSWORD, "empty-password", EAS_CLASS_REFUSED, NEVER, 0},
    {EAS_REFUSED_OTHERWISE, "refused-otherwise", EAS_CLASS_REFUSED, NEVER, 0},
    {EAS_NO_TLS, "no-tls", EAS_CLASS_FORBIDDEN, NEVER, 0},
    {EAS_ACCOUNT_DISABLED, "account-disabled", EAS_CLASS_FORBIDDEN, STATE, 0},
    {EAS_ACCOUNT_EXPIRED, "account-expired", EAS_CLASS_FORBIDDEN, STATE, 0},
    {EAS_ACCOUNT_RESTRICTED, "account-restricted", EAS_CLASS_FORBIDDEN, STATE,
     0},
    {EAS_PASSWORD_EXPIRED, "password-expired", EAS_CLASS_FORBIDDEN, STATE, 0},
    {EAS_MUST_CHANGE, "must-change", EAS_CLASS_FORBIDDEN, STATE, 0},
    {EAS_LOGON_HOURS, "logon-hours", EAS_CLASS_FORBIDDEN, STATE, 0},
    {EAS_LOGON_WORKSTATION, "logon-workstation", EAS_CLASS_FORBIDDEN, STATE, 0},
    {EAS_LOGON_TYPE, "logon-type", EAS_CLASS_FORBIDDEN, STATE, 0},
    {EAS_NO_REMOTE_USER, "no-remote-user", EAS_CLASS_FORBIDDEN, STATE, 0},
    {EAS_NOT_AUTHORIZED, "not-authorized", EAS_CLASS_FORBIDDEN, NEVER, 0},
    {EAS_NO_CERTIFICATE, "no-certificate", EAS_CLASS_FORBIDDEN, NEVER, 0},
    {EAS_CERT_NOT_VERIFIED, "certificate-not-verified", EAS_CLASS_FORBIDDEN,
     NEVER, 0},
    {EAS_CERT_MALFORMED, "certificate-malformed", EAS_CLASS_FORBIDDEN, NEVER,
     0},
    {EAS_CERT_DATES, "certificate-dates", EAS_CLASS_FORBIDDEN, NEVER, 0},
    {EAS_CERT_USAGE, "certificate-usage", EAS_CLASS_FORBIDDEN, NEVER, 0},
    {EAS_CERT_ISSUER, "certificate-issuer", EAS_CLASS_FORBIDDEN, NEVER, 0},
    {EAS_CERT_UNMAPPED, "certificate-unmapped", EAS_CLASS_FORBIDDEN, NEVER, 0},
    {EAS_CERT_AMBIGUOUS, "certificate-ambiguous", EAS_CLASS_FORBIDDEN, NEVER,
     0},
    {EAS_CERT_WEAK, "certificate-weak", EAS_CLASS_FORBIDDEN, NEVER, 0},
    {EAS_CERT_CONFLICT, "certificate-conflict", EAS_CLASS_FORBIDDEN, NEVER, 0},
    {EAS_ACCOUNTS_DIFFER, "accounts-differ", EAS_CLASS_FORBIDDEN, NEVER, 0},
    {EAS_DIRECTORY_LOCKED, "directory-locked", EAS_CLASS_LOCKED, STATE, 0},
    {EAS_SHIELD_LOCKED, "locked", EAS_CLASS_LOCKED, NEVER, 0},
    {EAS_NETWORK_HELD, "network-held", EAS_CLASS_LOCKED, NEVER, 0},
    {EAS_DIRECTORY_DOWN, "directory-down", EAS_CLASS_UNAVAILABLE, NEVER, 0},
    {EAS_DIRECTORY_TIMEOUT, "directory-timeout", EAS_CLASS_UNAVAILABLE, NEVER,
     0},
    {EAS_DIRECTORY_BUSY, "directory-busy", EAS_CLASS_UNAVAILABLE, NEVER, 0},
    {EAS_DIRECTORY_ERROR, "directory-error", EAS_CLASS_UNAVAILABLE, NEVER, 0},
    {EAS_DIRECTORY_NAME, "directory-name", EAS_CLASS_UNAVAILABLE, NEVER, 0},
    {EAS_DIRECTORY_TLS, "directory-tls", EAS_CLASS_UNAVAILABLE, NEVER, 0},
    {EAS_DIRECTORY_REFERRAL, "directory-referral", EAS_CLASS_UNAVAILABLE, NEVER,
     0},
    {EAS_SERVICE_REFUSED, "service-refused", EAS_CLASS_UNAVAILABLE, NEVER, 0},
    {EAS_NO_LOGON_SERVER, "no-logon-server", EAS_CLASS_UNAVAILABLE, NEVER, 0},
    {EAS_SIGNING_DEMANDED, "signing-demanded", EAS_CLASS_UNAVAILABLE, NEVER, 0},
    {EAS_OVERLOADED, "overloaded", EAS_CLASS_UNAVAILABLE, NEVER, 0},
    {EAS_AUTHZ_UNAVAILABLE, "authz-unavailable", EAS_CLASS_UNAVAILABLE, NEVER,
     0},
    {EAS_MISCONFIGURED, "misconfigured", EAS_CLASS_UNAVAILABLE, NEVER, 0},
    {EAS_INTERNAL_ERROR, "internal-error", EAS_CLASS_UNAVAILABLE, NEVER, 0},
};

enum { EXPECTED_COUNT = sizeof(expected) / sizeof(expected[0]) };

/* What follows from a class alone. */
static const struct {
    const char *name;
    int status;
    eas_log_level level;
} classes[] = {
    [EAS_CLASS_GRANTED] = {"granted", 0, EAS_LOG_INFO},
    [EAS_CLASS_NO_CREDENTIAL] = {"no-credential", 401, EAS_LOG_DEBUG},
    [EAS_CLASS_MALFORMED] = {"malformed", 401, EAS_LOG_NOTICE},
    [EAS_CLASS_REFUSED] = {"refused", 401, EAS_LOG_NOTICE},
    [EAS_CLASS_FORBIDDEN] = {"forbidden", 403, EAS_LOG_NOTICE},
    [EAS_CLASS_LOCKED] = {"locked", 503, EAS_LOG_NOTICE},
    [EAS_CLASS_UNAVAILABLE] = {"unavailable", 503, EAS_LOG_WARNING},
};

static eas_log_level expected_level(eas_reason reason)
{
    if (reason == EAS_SERVICE_REFUSED || reason == EAS_MISCONFIGURED
        || reason == EAS_INTERNAL_ERROR) {
        return EAS_LOG_ERROR;
    }
    if (reason == EAS_KNOWN_WRONG) {
        return EAS_LOG_INFO;
    }
    return classes[eas_reason_class(reason)].level;
}

static void test_row(int i)
{
    const char *name = expected[i].name;
    eas_reason reason = expected[i].reason;
    const eas_reason_row *got = eas_reason_get(reason);
    eas_reason by_name = EAS_REASON_NONE;

    is_int(reason, i + 1, tap_row(name, "in the order of the enumeration"));
    is_str(eas_reason_name(reason), name, tap_row(name, "name"));
    is_int(eas_reason_class(reason), expected[i].in_class,
           tap_row(name, "class"));
    is_int(got->status, classes[expected[i].in_class].status,
           tap_row(name, "status"));
    is_int(got->level, expected_level(reason), tap_row(name, "level"));
    is_int(got->remember, expected[i].remember, tap_row(name, "remembered"));
    is_int(got->counts_as_guess, expected[i].counts_as_guess,
           tap_row(name, "a guess"));
    is_int(eas_reason_by_name(name, &by_name), APR_SUCCESS,
           tap_row(name, "known by name"));
    is_int(by_name, reason, tap_row(name, "found by name"));
}

/* The promises, said without the tables. */
static void test_invariants(void)
{
    int grants = 0;
    int bad = 0;

    for (int i = EAS_REASON_NONE; i < EAS_REASON_COUNT; i++) {
        const eas_reason_row *got = eas_reason_get((eas_reason)i);

        grants += got->status == 0;
        if (got->in_class == EAS_CLASS_UNAVAILABLE) {
            bad += got->remember != EAS_REMEMBER_NEVER;
            bad += got->counts_as_guess;
            bad += got->status != 503;
        }
        bad += got->in_class == EAS_CLASS_REFUSED && got->status != 401;
        bad += got->in_class == EAS_CLASS_FORBIDDEN && got->status != 403;
        bad += got->counts_as_guess && got->in_class != EAS_CLASS_REFUSED;
        bad += got->remember == EAS_REMEMBER_GRANTED && i != EAS_GRANTED;
        bad += strspn(got->name, "abcdefghijklmnopqrstuvwxyz0123456789-")
               != strlen(got->name);
    }
    is_int(grants, 1, "one reason alone lets a request go on");
    is_int(eas_reason_get(EAS_GRANTED)->status, 0, "and it is granted");
    is_int(bad, 0, "no row breaks a promise");
}

static void test_out_of_range(void)
{
    const eas_reason_row *broken = eas_reason_get(EAS_INTERNAL_ERROR);

    ok(eas_reason_get(EAS_REASON_NONE) == broken, "NONE is an error");
    ok(eas_reason_get(EAS_REASON_COUNT) == broken, "COUNT is an error");
    ok(eas_reason_get((eas_reason)9999) == broken, "so is a wild value");
    ok(eas_reason_get((eas_reason)-1) == broken, "and a negative one");
    is_str(eas_reason_name(EAS_REASON_NONE), "internal-error", "name of NONE");
    is_int(eas_reason_class(EAS_REASON_NONE), EAS_CLASS_UNAVAILABLE,
           "class of NONE");
    is_str(eas_class_name((eas_class)99), "unavailable",
           "name of a wild class");
}

static void test_sources(void)
{
    static const char *const expected_names[] = {
        [EAS_SOURCE_NONE] = "none",   [EAS_SOURCE_DIRECTORY] = "directory",
        [EAS_SOURCE_CACHE] = "cache", [EAS_SOURCE_STALE] = "stale",
        [EAS_SOURCE_MEMO] = "memo",   [EAS_SOURCE_LEDGER] = "ledger",
    };

    for (int i = EAS_SOURCE_NONE; i <= EAS_SOURCE_LEDGER; i++) {
        is_str(eas_source_name((eas_source)i), expected_names[i],
               tap_row(expected_names[i], "name of a source"));
    }
    is_str(eas_source_name((eas_source)99), "none", "name of a wild source");
}

static void test_names(void)
{
    static const char *const unknown[] = {"", "wrong_password", "wrong",
                                          "wrong-password ", "NONE"};
    eas_reason reason = EAS_LOGON_TYPE;
    eas_class class_ = EAS_CLASS_LOCKED;

    for (int i = 0; i < (int)(sizeof(unknown) / sizeof(unknown[0])); i++) {
        is_int(eas_reason_by_name(unknown[i], &reason), APR_NOTFOUND,
               tap_row(unknown[i], "no reason"));
        is_int(eas_class_by_name(unknown[i], &class_), APR_NOTFOUND,
               tap_row(unknown[i], "no class"));
    }
    is_int(reason, EAS_LOGON_TYPE, "an unknown reason leaves the output");
    is_int(class_, EAS_CLASS_LOCKED, "an unknown class leaves the output");
    is_int(eas_reason_by_name("Wrong-PASSWORD", &reason), APR_SUCCESS,
           "a reason in capitals");
    is_int(reason, EAS_WRONG_PASSWORD, "is the same reason");
    is_int(eas_class_by_name("Refused", &class_), APR_SUCCESS,
           "a class in capitals");
    is_int(class_, EAS_CLASS_REFUSED, "is the same class");
}

int main(void)
{
    is_int(EXPECTED_COUNT, EAS_REASON_COUNT - 1, "every reason is expected");
    for (int i = 0; i < EXPECTED_COUNT; i++) {
        test_row(i);
    }
    for (int i = 0; i <= EAS_CLASS_UNAVAILABLE; i++) {
        eas_class class_ = EAS_CLASS_GRANTED;

        is_str(eas_class_name((eas_class)i), classes[i].name,
               tap_row(classes[i].name, "class name"));
        is_int(eas_class_by_name(classes[i].name, &class_), APR_SUCCESS,
               tap_row(classes[i].name, "class known by name"));
        is_int(class_, i, tap_row(classes[i].name, "class found by name"));
    }
    test_invariants();
    test_out_of_range();
    test_sources();
    test_names();
    return done_testing();
}
