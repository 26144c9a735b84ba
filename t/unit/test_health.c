/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered of servers: up, suspect, down, and who tries again. */
#include <apr_general.h>
#include <apr_pools.h>
#include <apr_strings.h>

#include "eas_health.h"
#include "tap.h"

#define SECONDS(n) ((apr_interval_time_t)(n)*APR_USEC_PER_SEC)
#define RETRY SECONDS(30)

static apr_pool_t *pool;
static const eas_moment start = SECONDS(1000);

static eas_board *board_make(void)
{
    return apr_pcalloc(pool, sizeof(eas_board));
}

/* A story: f fails, a answers, ? asks to be admitted, + passes a second, >
 * passes the retry; and what is said: of ? Y yes, P probe, L later, N no; of f
 * and a c where the state changed, - where not. */
static const struct {
    const char *name;
    const char *story;
    const char *said;
    eas_health_state state;
} stories[] = {
    {"fresh", "?", "Y", EAS_HEALTH_UP},
    {"answers", "a?", "-Y", EAS_HEALTH_UP},
    {"one failure", "f?", "cL", EAS_HEALTH_SUSPECT},
    {"suspect, and due: one tries", "f>??", "cPL", EAS_HEALTH_SUSPECT},
    {"suspect, answers", "fa?", "ccY", EAS_HEALTH_UP},
    {"two failures", "ff?", "ccN", EAS_HEALTH_DOWN},
    {"a third is no news", "fff?", "cc-N", EAS_HEALTH_DOWN},
    {"failures with an answer between", "faf?", "cccL", EAS_HEALTH_SUSPECT},
    {"suspect, tried, and failing", "f>?f?", "cPcN", EAS_HEALTH_DOWN},
    {"not due yet", "ff+?", "ccN", EAS_HEALTH_DOWN},
    {"due: one tries", "ff>???", "ccPNN", EAS_HEALTH_DOWN},
    {"who tries says nothing", "ff>?u?", "ccPP", EAS_HEALTH_DOWN},
    {"who tries is killed", "ff>?>?", "ccPP", EAS_HEALTH_DOWN},
    {"tried, and failing", "ff>?f?>?", "ccP-NP", EAS_HEALTH_DOWN},
    {"tried, and answering", "ff>?a??", "ccPcYY", EAS_HEALTH_UP},
    {"back: the count begins anew", "ff>?af?", "ccPccL", EAS_HEALTH_SUSPECT},
};

static char letter(eas_admission admission)
{
    switch (admission) {
    case EAS_ADMIT_YES:
        return 'Y';
    case EAS_ADMIT_PROBE:
        return 'P';
    case EAS_ADMIT_LATER:
        return 'L';
    case EAS_ADMIT_NO:
        break;
    }
    return 'N';
}

static char step(eas_health *health, char what, eas_moment *now)
{
    apr_interval_time_t after = 0;

    switch (what) {
    case 'f':
        return eas_health_failed(health, EAS_DIRECTORY_DOWN, *now, RETRY) ? 'c'
                                                                          : '-';
    case 'a':
        return eas_health_answered(health, *now, &after) ? 'c' : '-';
    case '?':
        return letter(eas_health_admit(health, *now, *now + SECONDS(8)));
    case 'u':
        eas_health_unclear(health);
        return 0;
    case '+':
        *now += SECONDS(1);
        return 0;
    default:
        *now += RETRY;
        return 0;
    }
}

static void test_stories(void)
{
    for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
        eas_health *health = eas_board_server(board_make(), "ldap://a:389");
        eas_moment now = start;
        char said[32] = "";

        for (const char *c = stories[i].story; *c; c++) {
            char one[2] = {step(health, *c, &now), 0};

            strcat(said, one);
        }
        is_str(said, stories[i].said, tap_row(stories[i].name, "said"));
        is_int(eas_health_get(health), stories[i].state,
               tap_row(stories[i].name, "state"));
    }
}

static void test_outage(void)
{
    eas_health *health = eas_board_server(board_make(), "ldap://a:389");
    apr_interval_time_t after = 0;

    eas_health_failed(health, EAS_DIRECTORY_TIMEOUT, start, RETRY);
    eas_health_failed(health, EAS_DIRECTORY_DOWN, start + SECONDS(5), RETRY);
    is_int(atomic_load(&health->reason), EAS_DIRECTORY_DOWN,
           "the last reason is kept");
    is_int(atomic_load(&health->since), start, "and the first moment");
    is_int(eas_health_answered(health, start + SECONDS(65), &after), 1,
           "answers");
    is_int(after, SECONDS(65), "after a minute and five seconds");
}

static void test_board(void)
{
    eas_board *board = board_make();
    eas_health *first = eas_board_server(board, "ldap://a:389");
    int distinct = 1;

    ok(first != NULL, "a record");
    ok(eas_board_server(board, "ldap://a:389") == first, "the same again");
    ok(eas_board_server(board, "ldap://b:389") != first, "another's");
    for (int i = 2; i < EAS_BOARD_SERVERS; i++) {
        eas_health *next =
            eas_board_server(board, apr_psprintf(pool, "ldap://%d:389", i));

        distinct = distinct && next && next != first;
    }
    ok(distinct, "one each until it is full");
    ok(eas_board_server(board, "ldap://more:389") == NULL, "full");
    ok(eas_board_server(board, "ldap://a:389") == first, "the first is kept");
}

static void test_lease(void)
{
    eas_lease lease = 0;

    is_int(eas_lease_take(&lease, 10, 20), 1, "free");
    is_int(eas_lease_take(&lease, 15, 25), 0, "held");
    is_int(eas_lease_take(&lease, 20, 30), 1, "run out");
    eas_lease_give(&lease, 20);
    is_int(eas_lease_take(&lease, 21, 31), 0, "not the late one's to give");
    eas_lease_give(&lease, 30);
    is_int(eas_lease_take(&lease, 21, 31), 1, "given back");
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_stories();
    test_outage();
    test_board();
    test_lease();
    apr_pool_destroy(pool);
    apr_terminate();
    return done_testing();
}
