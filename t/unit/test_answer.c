/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_answer.h"

#include <apr_general.h>
#include <apr_strings.h>

#include "tap.h"

#define LOWEST 0
#define HIGHEST 0xffffffffu
#define MIDDLE 0x80000000u

#define SECONDS(n) ((apr_interval_time_t)(n)*APR_USEC_PER_SEC)

static eas_answer make(eas_reason reason, int retry_after,
                       const eas_answers *answers, apr_uint32_t random)
{
    eas_verdict verdict = {.reason = reason, .retry_after = retry_after};

    return eas_answer_make(&verdict, answers, random);
}

/* Without overrides: one reason of each class, and memory nobody filled. */
static const struct {
    const char *name;
    eas_reason reason;
    int status;
    int challenge;
    int retry_after; /* for the middle of the spread */
} plain[] = {
    {"granted", EAS_GRANTED, 0, 0, 0},
    {"nothing sent", EAS_NO_CREDENTIAL, 401, 1, 0},
    {"malformed", EAS_NO_COLON, 401, 1, 0},
    {"wrong password", EAS_WRONG_PASSWORD, 401, 1, 0},
    {"unknown user", EAS_UNKNOWN_USER, 401, 1, 0},
    {"disabled", EAS_ACCOUNT_DISABLED, 403, 0, 0},
    {"no TLS", EAS_NO_TLS, 403, 0, 0},
    {"locked", EAS_DIRECTORY_LOCKED, 503, 0, 300},
    {"held by us", EAS_SHIELD_LOCKED, 503, 0, 300},
    {"a network held", EAS_NETWORK_HELD, 503, 0, 300},
    {"known wrong", EAS_KNOWN_WRONG, 401, 1, 0},
    {"down", EAS_DIRECTORY_DOWN, 503, 0, 60},
    {"overloaded", EAS_OVERLOADED, 503, 0, 20},
    {"zeroed", EAS_REASON_NONE, 503, 0, 60},
    {"out of range", EAS_REASON_COUNT, 503, 0, 60},
    {"far out of range", (eas_reason)-7, 503, 0, 60},
};

static void test_plain(void)
{
    static const eas_answers none;

    for (int i = 0; i < (int)(sizeof(plain) / sizeof(plain[0])); i++) {
        const char *name = plain[i].name;
        eas_answer answer = make(plain[i].reason, 0, NULL, MIDDLE);
        eas_answer zeroed = make(plain[i].reason, 0, &none, MIDDLE);

        is_int(answer.status, plain[i].status, tap_row(name, "status"));
        is_int(answer.challenge, plain[i].challenge,
               tap_row(name, "challenge"));
        is_int(answer.retry_after, plain[i].retry_after,
               tap_row(name, "Retry-After"));
        ok(memcmp(&answer, &zeroed, sizeof(answer)) == 0,
           tap_row(name, "zeroed overrides are none"));
    }
}

/* Over the whole enumeration, whatever is overridden and however. */
static void test_invariants(void)
{
    static const int statuses[] = {0, 200, 401, 403, 500, 503, -1};
    int bad = 0;

    for (int i = 0; i < (int)(sizeof(statuses) / sizeof(statuses[0])); i++) {
        eas_answers by_reason = {{0}, {0}};
        eas_answers by_class = {{0}, {0}};

        for (int n = 0; n < EAS_REASON_COUNT; n++) {
            by_reason.by_reason[n] = statuses[i];
        }
        for (int n = 0; n <= EAS_CLASS_UNAVAILABLE; n++) {
            by_class.by_class[n] = statuses[i];
        }
        for (int n = 0; n < EAS_REASON_COUNT; n++) {
            eas_reason reason = (eas_reason)n;
            int unavailable = eas_reason_class(reason) == EAS_CLASS_UNAVAILABLE;
            eas_answer two[2] = {make(reason, 0, &by_reason, MIDDLE),
                                 make(reason, 0, &by_class, MIDDLE)};

            for (int k = 0; k < 2; k++) {
                bad += (two[k].status == 0) != (reason == EAS_GRANTED);
                bad += unavailable && two[k].status != 503;
                bad += two[k].challenge != (two[k].status == 401);
                bad += (two[k].retry_after > 0) != (two[k].status == 503);
                bad += reason == EAS_NO_TLS && two[k].status == 401;
            }
        }
    }
    is_int(bad, 0, "no override breaks a promise");
}

static const struct {
    const char *name;
    int retry_after;
    int lowest;
    int highest;
} spreads[] = {
    {"20 s", 20, 15, 25},
    {"60 s", 60, 45, 75},
    {"300 s", 300, 225, 375},
    {"61 s", 61, 46, 76},
    {"4 s", 4, 3, 5},
    {"3 s, too short to spread", 3, 3, 3},
    {"1 s", 1, 1, 1},
    {"0 s is taken from the reason", 0, 45, 75},
    {"negative as well", -5, 45, 75},
    {"above 300 s", 301, 225, 375},
    {"above all sense", 0x7fffffff, 225, 375},
};

static void test_spread(void)
{
    for (int i = 0; i < (int)(sizeof(spreads) / sizeof(spreads[0])); i++) {
        const char *name = spreads[i].name;
        int given = spreads[i].retry_after;
        int seen[400] = {0};
        int missing = 0;

        is_int(make(EAS_DIRECTORY_DOWN, given, NULL, LOWEST).retry_after,
               spreads[i].lowest, tap_row(name, "lowest"));
        is_int(make(EAS_DIRECTORY_DOWN, given, NULL, HIGHEST).retry_after,
               spreads[i].highest, tap_row(name, "highest"));
        for (apr_uint32_t n = 0; n < 4096; n++) {
            seen[make(EAS_DIRECTORY_DOWN, given, NULL, n << 20).retry_after]++;
        }
        for (int n = 0; n < 400; n++) {
            int due = n >= spreads[i].lowest && n <= spreads[i].highest;
            int even = 4096 / (spreads[i].highest - spreads[i].lowest + 1);

            /* Each value as often as the next, but for rounding. */
            missing +=
                due ? seen[n] < even || seen[n] > even + 1 : seen[n] != 0;
        }
        is_int(missing, 0, tap_row(name, "every second between, as often"));
    }
}

static const struct {
    const char *name;
    eas_reason reason;
    apr_interval_time_t down_for;
    apr_interval_time_t locked_for;
    int expected;
} retries[] = {
    {"down just now", EAS_DIRECTORY_DOWN, 0, 0, 60},
    {"down for 59 s", EAS_DIRECTORY_DOWN, SECONDS(59), 0, 60},
    {"down for 61 s", EAS_DIRECTORY_DOWN, SECONDS(61), 0, 61},
    {"down for 3 min", EAS_DIRECTORY_TIMEOUT, SECONDS(180), 0, 180},
    {"down for 299 s", EAS_DIRECTORY_TLS, SECONDS(299), 0, 299},
    {"down for 300 s", EAS_SERVICE_REFUSED, SECONDS(300), 0, 300},
    {"down for a month", EAS_DIRECTORY_DOWN, SECONDS(2592000), 0, 300},
    {"down for ever", EAS_DIRECTORY_DOWN, APR_INT64_MAX, 0, 300},
    {"a clock gone back", EAS_DIRECTORY_DOWN, -SECONDS(100), 0, 60},
    {"overloaded", EAS_OVERLOADED, 0, 0, 20},
    {"overloaded in an outage", EAS_OVERLOADED, SECONDS(600), 0, 300},
    {"internal error", EAS_INTERNAL_ERROR, 0, 0, 60},
    {"none", EAS_REASON_NONE, 0, 0, 60},
    {"locked", EAS_DIRECTORY_LOCKED, 0, 0, 300},
    {"granted", EAS_GRANTED, SECONDS(600), 0, 0},
    {"nothing sent", EAS_NO_CREDENTIAL, SECONDS(600), 0, 0},
    {"malformed", EAS_BAD_BASE64, SECONDS(600), 0, 0},
    {"wrong password", EAS_WRONG_PASSWORD, SECONDS(600), 0, 0},
    {"forbidden", EAS_ACCOUNT_DISABLED, SECONDS(600), 0, 0},
    {"locked for 1 us", EAS_SHIELD_LOCKED, 0, 1, 1},
    {"locked for 9.5 s", EAS_SHIELD_LOCKED, 0, SECONDS(9) + 500000, 10},
    {"locked for 299 s", EAS_NETWORK_HELD, 0, SECONDS(299), 299},
    {"locked for 299.1 s", EAS_SHIELD_LOCKED, 0, SECONDS(299) + 100000, 300},
    {"locked for a day", EAS_SHIELD_LOCKED, 0, SECONDS(86400), 300},
    {"locked for ever", EAS_DIRECTORY_LOCKED, 0, APR_INT64_MAX, 300},
    {"a lock that is over", EAS_SHIELD_LOCKED, 0, -SECONDS(5), 300},
    {"a lock has no outage", EAS_SHIELD_LOCKED, SECONDS(60), 0, 300},
    {"an outage has no lock", EAS_DIRECTORY_DOWN, 0, SECONDS(9), 60},
    {"known wrong", EAS_KNOWN_WRONG, 0, SECONDS(9), 0},
};

static void test_retry_after(void)
{
    for (int i = 0; i < (int)(sizeof(retries) / sizeof(retries[0])); i++) {
        is_int(eas_answer_retry_after(retries[i].reason, retries[i].down_for,
                                      retries[i].locked_for),
               retries[i].expected, tap_row(retries[i].name, "Retry-After"));
    }
}

#define CREDENTIAL_ERROR(name, status)                                         \
    "\"" name "\" cannot be answered \"" status "\", only 401 or 403: a "      \
    "phone is asked for the password or turned away"
#define REFUSED_ERROR(name, status)                                            \
    "\"" name "\" cannot be answered \"" status "\", only 401 or 403: a "      \
    "phone told to wait comes back with the same password"
#define FORBIDDEN_ERROR(name, status)                                          \
    "\"" name "\" cannot be answered \"" status "\", only 403 or 503: "        \
    "asking for the password again cannot cure it"
#define ANY_ERROR(name, status)                                                \
    "\"" name "\" cannot be answered \"" status "\", only 401, 403 or 503: "   \
    "a phone knows no other answer to it"
#define UNAVAILABLE_ERROR(name, status)                                        \
    "\"" name "\" cannot be answered \"" status "\", only 503: nobody can "    \
    "tell whether the password is right, and a phone must not be told that "   \
    "it is wrong"
#define GRANTED_ERROR                                                          \
    "\"granted\" takes no status: who is let in gets the answer of the back "  \
    "end"

/* One EASAuthAnswer; the reason the answer is then looked at for. */
static const struct {
    const char *name;
    const char *status;
    eas_reason probe;
    int expected;
    const char *error;
} sets[] = {
    {"no-credential", "403", EAS_NO_CREDENTIAL, 403, NULL},
    {"no-credential", "403", EAS_OTHER_SCHEME, 403, NULL},
    {"no-credential", "503", EAS_NO_CREDENTIAL, 401,
     CREDENTIAL_ERROR("no-credential", "503")},
    {"other-scheme", "403", EAS_OTHER_SCHEME, 403, NULL},
    {"other-scheme", "403", EAS_NO_CREDENTIAL, 401, NULL},
    {"malformed", "403", EAS_TOO_LONG, 403, NULL},
    {"malformed", "400", EAS_TOO_LONG, 401,
     CREDENTIAL_ERROR("malformed", "400")},
    {"refused", "403", EAS_UNKNOWN_USER, 403, NULL},
    {"refused", "503", EAS_UNKNOWN_USER, 401, REFUSED_ERROR("refused", "503")},
    {"wrong-password", "403", EAS_WRONG_PASSWORD, 403, NULL},
    {"wrong-password", "403", EAS_UNKNOWN_USER, 401, NULL},
    {"wrong-password", "403", EAS_KNOWN_WRONG, 403, NULL},
    {"known-wrong-password", "403", EAS_KNOWN_WRONG, 403, NULL},
    {"known-wrong-password", "403", EAS_WRONG_PASSWORD, 401, NULL},
    {"Wrong-Password", "403", EAS_WRONG_PASSWORD, 403, NULL},
    {"forbidden", "503", EAS_LOGON_HOURS, 503, NULL},
    {"forbidden", "503", EAS_ACCOUNT_DISABLED, 503, NULL},
    {"forbidden", "401", EAS_ACCOUNT_DISABLED, 403,
     FORBIDDEN_ERROR("forbidden", "401")},
    {"no-tls", "503", EAS_NO_TLS, 503, NULL},
    {"no-tls", "401", EAS_NO_TLS, 403, FORBIDDEN_ERROR("no-tls", "401")},
    {"logon-hours", "401", EAS_LOGON_HOURS, 403,
     FORBIDDEN_ERROR("logon-hours", "401")},
    {"not-authorized", "401", EAS_NOT_AUTHORIZED, 403,
     FORBIDDEN_ERROR("not-authorized", "401")},
    {"account-disabled", "401", EAS_ACCOUNT_DISABLED, 401, NULL},
    {"account-expired", "401", EAS_ACCOUNT_EXPIRED, 401, NULL},
    {"password-expired", "401", EAS_PASSWORD_EXPIRED, 401, NULL},
    {"must-change", "401", EAS_MUST_CHANGE, 401, NULL},
    {"must-change", "503", EAS_MUST_CHANGE, 503, NULL},
    {"must-change", "456", EAS_MUST_CHANGE, 403,
     ANY_ERROR("must-change", "456")},
    {"locked", "401", EAS_DIRECTORY_LOCKED, 401, NULL},
    {"locked", "401", EAS_SHIELD_LOCKED, 401, NULL},
    {"locked", "403", EAS_NETWORK_HELD, 403, NULL},
    {"network-held", "401", EAS_NETWORK_HELD, 401, NULL},
    {"network-held", "401", EAS_SHIELD_LOCKED, 503, NULL},
    {"directory-locked", "403", EAS_DIRECTORY_LOCKED, 403, NULL},
    {"locked", "500", EAS_DIRECTORY_LOCKED, 503, ANY_ERROR("locked", "500")},
    {"unavailable", "503", EAS_DIRECTORY_DOWN, 503, NULL},
    {"unavailable", "401", EAS_DIRECTORY_DOWN, 503,
     UNAVAILABLE_ERROR("unavailable", "401")},
    {"service-refused", "403", EAS_SERVICE_REFUSED, 503,
     UNAVAILABLE_ERROR("service-refused", "403")},
    {"directory-down", "500", EAS_DIRECTORY_DOWN, 503,
     UNAVAILABLE_ERROR("directory-down", "500")},
    {"granted", "200", EAS_GRANTED, 0, GRANTED_ERROR},
    {"granted", "401", EAS_GRANTED, 0, GRANTED_ERROR},
    {"refused", "4o1", EAS_WRONG_PASSWORD, 401,
     REFUSED_ERROR("refused", "4o1")},
    {"refused", "", EAS_WRONG_PASSWORD, 401, REFUSED_ERROR("refused", "")},
    {"refused", "-403", EAS_WRONG_PASSWORD, 401,
     REFUSED_ERROR("refused", "-403")},
    {"refused", "4294967699", EAS_WRONG_PASSWORD, 401,
     REFUSED_ERROR("refused", "4294967699")},
};

static void test_set(apr_pool_t *pool)
{
    for (int i = 0; i < (int)(sizeof(sets) / sizeof(sets[0])); i++) {
        const char *name =
            apr_psprintf(pool, "%s %s", sets[i].name, sets[i].status);
        eas_answers answers = {{0}, {0}};
        eas_answers before = answers;

        is_str(eas_answers_set(&answers, sets[i].name, sets[i].status, pool),
               sets[i].error, tap_row(name, "error"));
        is_int(make(sets[i].probe, 0, &answers, MIDDLE).status,
               sets[i].expected, tap_row(name, eas_reason_name(sets[i].probe)));
        ok((memcmp(&answers, &before, sizeof(answers)) == 0)
               == (sets[i].error != NULL),
           tap_row(name, "kept on success alone"));
    }
}

static void test_unknown_name(apr_pool_t *pool)
{
    eas_answers answers = {{0}, {0}};
    const char *error = eas_answers_set(&answers, "badness", "401", pool);
    const char *start = "\"badness\" is neither a class (no-credential, "
                        "malformed, refused, forbidden, locked, unavailable) "
                        "nor a reason (no-credential, other-scheme, ";
    int missing = 0;

    if (!ok(error != NULL, "an unknown name is refused")) {
        return;
    }
    is_str(apr_pstrmemdup(pool, error, strlen(start)), start,
           "the error lists the classes");
    for (int i = EAS_NO_CREDENTIAL; i < EAS_REASON_COUNT; i++) {
        missing += !strstr(error, eas_reason_name((eas_reason)i));
    }
    is_int(missing, 0, "and every reason");
    ok(!strstr(error, "granted"), "but not granted, which takes no status");
}

/* A status a class accepts, each of its reasons accepts: otherwise a class
 * could be set and silently not be answered so. */
static void test_class_and_reasons(apr_pool_t *pool)
{
    static const char *const statuses[] = {"401", "403", "503"};
    int bad = 0;

    for (int i = EAS_NO_CREDENTIAL; i < EAS_REASON_COUNT; i++) {
        eas_class class_ = eas_reason_class((eas_reason)i);

        for (int s = 0; s < 3; s++) {
            eas_answers answers = {{0}, {0}};

            if (!eas_answers_set(&answers, eas_class_name(class_), statuses[s],
                                 pool)) {
                bad += make((eas_reason)i, 0, &answers, MIDDLE).status
                       != (int)apr_atoi64(statuses[s]);
            }
        }
    }
    is_int(bad, 0, "what a class accepts, each of its reasons does");
}

static void test_override_answer(apr_pool_t *pool)
{
    eas_answers answers = {{0}, {0}};
    eas_answer answer;

    eas_answers_set(&answers, "refused", "403", pool);
    eas_answers_set(&answers, "wrong-password", "401", pool);
    eas_answers_set(&answers, "logon-hours", "503", pool);
    is_int(make(EAS_WRONG_PASSWORD, 0, &answers, MIDDLE).status, 401,
           "a reason wins over its class");
    is_int(make(EAS_BAD_LOGIN, 0, &answers, MIDDLE).status, 403,
           "the class has the rest");
    is_int(make(EAS_BAD_LOGIN, 0, &answers, MIDDLE).challenge, 0,
           "a 401 made 403 has no challenge");
    answer = make(EAS_LOGON_HOURS, 0, &answers, MIDDLE);
    is_int(answer.retry_after, 300, "a 403 made 503 has a Retry-After");
    is_int(make(EAS_LOGON_HOURS, 0, &answers, LOWEST).retry_after, 225,
           "which is spread");
    eas_answers_set(&answers, "directory-locked", "401", pool);
    answer = make(EAS_DIRECTORY_LOCKED, 300, &answers, MIDDLE);
    is_int(answer.retry_after, 0, "a 503 made 401 has no Retry-After");
    is_int(answer.challenge, 1, "but a challenge");
    eas_answers_set(&answers, "wrong-password", "403", pool);
    is_int(make(EAS_WRONG_PASSWORD, 0, &answers, MIDDLE).status, 403,
           "the last of the same name wins");
}

static void test_merge(apr_pool_t *pool)
{
    eas_answers base = {{0}, {0}};
    eas_answers over = {{0}, {0}};
    eas_answers merged;

    eas_answers_set(&base, "wrong-password", "403", pool);
    eas_answers_set(&base, "locked", "403", pool);
    eas_answers_set(&base, "malformed", "403", pool);
    eas_answers_set(&base, "must-change", "503", pool);
    eas_answers_set(&over, "refused", "401", pool);
    eas_answers_set(&over, "locked", "503", pool);
    eas_answers_set(&over, "must-change", "401", pool);
    memset(&merged, 0x55, sizeof(merged));
    eas_answers_merge(&merged, &base, &over);
    is_int(make(EAS_WRONG_PASSWORD, 0, &merged, MIDDLE).status, 403,
           "merge: a reason below wins over a class above");
    is_int(make(EAS_UNKNOWN_USER, 0, &merged, MIDDLE).status, 401,
           "merge: the class above has the rest");
    is_int(make(EAS_DIRECTORY_LOCKED, 0, &merged, MIDDLE).status, 503,
           "merge: a default said above survives");
    is_int(make(EAS_NO_COLON, 0, &merged, MIDDLE).status, 403,
           "merge: what above does not set is kept");
    is_int(make(EAS_MUST_CHANGE, 0, &merged, MIDDLE).status, 401,
           "merge: the reason above wins");
    eas_answers_merge(&base, &base, &over);
    ok(memcmp(&base, &merged, sizeof(base)) == 0, "merge into the base");
}

int main(void)
{
    apr_pool_t *pool;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_plain();
    test_invariants();
    test_spread();
    test_retry_after();
    test_set(pool);
    test_unknown_name(pool);
    test_class_and_reasons(pool);
    test_override_answer(pool);
    test_merge(pool);
    apr_terminate();
    return done_testing();
}
