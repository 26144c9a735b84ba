/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has been tried against the shield, each with what it must not come to.
 */
#include <apr_general.h>

#include "fake_shield.h"

#define HOME "192.0.2.1"
#define HOURS(n) ((n)*3600)

enum { FLOOD = 2000, REPEATS = 50 };

static apr_pool_t *pool;

static void begin(world *w, fake_shield *f)
{
    world_make(w, pool);
    fake_shield_make(f, w, pool);
    w->fakes[ONE].limits = (eas_lockout_limits){10, SECONDS(1800)};
    w->fakes[ONE].stamp = "20261101000000Z";
}

static eas_verdict ask(world *w, const char *login, const char *password)
{
    w->trace[0] = '\0';
    w->credential.login = login;
    w->credential.password = password;
    return eas_decide(&w->env, &w->policy, &w->client, &w->attempt, w->pool);
}

static void is_told(eas_verdict v, eas_reason expected, const char *name)
{
    is_str(eas_reason_name(v.reason), eas_reason_name(expected), name);
}

/* --- an account that is gone -------------------------------------------------- */

/* The directory has said that there is nobody; then it goes away. */
static void test_gone(int is_known_by_name)
{
    const char *name = is_known_by_name ? "soon" : "later";
    world w;
    fake_shield f;

    begin(&w, &f);
    w.policy.cache_stale = SECONDS(HOURS(4));
    is_told(ask(&w, "alice", "a"), EAS_GRANTED, tap_row(name, "good"));
    is_told(ask(&w, "ONE\\alice", "a"), EAS_GRANTED,
            tap_row(name, "by both names"));
    w.now += SECONDS(is_known_by_name ? 700 : 1000);
    w.fakes[ONE].find = EAS_UNKNOWN_USER;
    is_told(ask(&w, "alice", "a"), EAS_UNKNOWN_USER,
            tap_row(name, "deleted meanwhile"));
    w.fakes[ONE].find = EAS_DIRECTORY_DOWN;
    w.fakes[ONE].is_down = 1;
    w.now += SECONDS(HOURS(1));
    is_told(ask(&w, "ONE\\alice", "a"), EAS_DIRECTORY_DOWN,
            tap_row(name, "not good in an outage"));
    is_told(ask(&w, "alice", "a"), EAS_DIRECTORY_DOWN,
            tap_row(name, "by either name"));
}

/* --- invented logins ------------------------------------------------------------ */

/* Who mistypes a login is told so, however many others were invented. */
static void test_flood(void)
{
    world w;
    fake_shield f;
    int held = 0;

    begin(&w, &f);
    w.fakes[ONE].find = EAS_UNKNOWN_USER;
    for (int i = 0; i < FLOOD; i++) {
        w.now += SECONDS(1) / 10;
        held += ask(&w, apr_psprintf(pool, "invented%d", i), "a").reason
                != EAS_UNKNOWN_USER;
    }
    is_int(held, 0, "none of the invented is told anything else");
    is_told(ask(&w, "invented1999", "a"), EAS_KNOWN_WRONG,
            "the last is still known");
}

/* --- binds without an answer ------------------------------------------------------ */

/* Searches are answered, and wrong passwords are not: a domain controller that
 * cannot reach the one it asks about them, and counts them all the same. */
static void test_unanswered(void)
{
    world w;
    fake_shield f;
    eas_verdict v;

    begin(&w, &f);
    w.fakes[ONE].verify = EAS_DIRECTORY_TIMEOUT;
    w.fakes[ONE].is_unanswered = 1;
    for (int i = 0; i < REPEATS; i++) {
        w.now += SECONDS(30);
        v = ask(&w, "alice", "old");
    }
    is_int(w.fakes[ONE].verified, 3, "a stale password without an answer");
    is_told(v, EAS_SHIELD_LOCKED, "is held, not refused");
    w.fakes[ONE].verify = EAS_REASON_NONE;
    w.fakes[ONE].is_unanswered = 0;
    w.now += SECONDS(1900);
    is_told(ask(&w, "alice", "new"), EAS_GRANTED, "and its owner is back");
}

/* An outage is no guess. */
static void test_outage(void)
{
    world w;
    fake_shield f;

    begin(&w, &f);
    w.fakes[ONE].verify = EAS_DIRECTORY_TIMEOUT;
    w.fakes[ONE].is_unanswered = 1;
    w.fakes[ONE].is_down = 1;
    for (int i = 0; i < REPEATS; i++) {
        w.now += SECONDS(30);
        is_told(ask(&w, "alice", "a"), EAS_DIRECTORY_TIMEOUT, "an outage");
    }
    w.fakes[ONE].verify = EAS_REASON_NONE;
    w.fakes[ONE].is_unanswered = 0;
    w.fakes[ONE].is_down = 0;
    is_told(ask(&w, "alice", "a"), EAS_GRANTED, "holds nobody");
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_gone(1);
    test_gone(0);
    test_flood();
    test_unanswered();
    test_outage();
    apr_terminate();
    return done_testing();
}
