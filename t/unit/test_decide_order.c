/* SPDX-License-Identifier: Apache-2.0 */
/* The decision: which provider is asked, in which order, and for how long. */
#include <apr_general.h>

#include "fake_env.h"

/* What a provider answers, by a letter. */
static const struct {
    char letter;
    eas_reason find;
    eas_reason verify;
} answers[] = {
    {'g', EAS_REASON_NONE, EAS_REASON_NONE},
    {'w', EAS_REASON_NONE, EAS_WRONG_PASSWORD},
    {'u', EAS_UNKNOWN_USER, EAS_REASON_NONE},
    {'U', EAS_REASON_NONE, EAS_UNKNOWN_USER},
    {'d', EAS_DIRECTORY_DOWN, EAS_REASON_NONE},
    {'D', EAS_REASON_NONE, EAS_DIRECTORY_DOWN},
    {'a', EAS_AMBIGUOUS_USER, EAS_REASON_NONE},
    {'x', EAS_ACCOUNT_DISABLED, EAS_REASON_NONE},
    {'l', EAS_REASON_NONE, EAS_DIRECTORY_LOCKED},
};

/* The provider that decides is the one called last. */
static const struct {
    const char *name;
    const char *providers; /* letters of fake_env.h */
    const char *answers;   /* letters of the table above, one for each */
    const char *login;
    const char *trace;
    eas_reason reason;
} orders[] = {
    {"bare name", "1", "g", "alice", "f1 v1", EAS_GRANTED},
    {"bare name, unknown", "1", "u", "alice", "f1", EAS_UNKNOWN_USER},
    {"bare name, wrong", "1", "w", "alice", "f1 v1", EAS_WRONG_PASSWORD},
    {"no provider", "", "", "alice", "", EAS_MISCONFIGURED},
    {"trailing blank", "12", "gg", "alice ", "", EAS_BAD_LOGIN},
    {"no user in a domain", "12", "gg", "ONE\\", "", EAS_BAD_LOGIN},
    {"empty domain is none", "12", "ug", "\\alice", "f1 f2 v2", EAS_GRANTED},

    {"in both, the first", "12", "gg", "alice", "f1 v1", EAS_GRANTED},
    {"in both, other order", "21", "gg", "alice", "f2 v2", EAS_GRANTED},
    {"in the second", "12", "ug", "alice", "f1 f2 v2", EAS_GRANTED},
    {"in neither", "12", "uu", "alice", "f1 f2", EAS_UNKNOWN_USER},
    {"wrong is not tried again", "12", "wg", "alice", "f1 v1",
     EAS_WRONG_PASSWORD},
    {"nor in any further one", "12*-", "wggg", "alice", "f1 v1",
     EAS_WRONG_PASSWORD},
    {"unknown, then wrong", "12*", "uwg", "alice", "f1 f2 v2",
     EAS_WRONG_PASSWORD},
    {"unknown at the bind", "12", "Ug", "alice", "f1 v1 f2 v2", EAS_GRANTED},
    {"an outage ends it", "12", "dg", "alice", "f1", EAS_DIRECTORY_DOWN},
    {"so at the bind", "12", "Dg", "alice", "f1 v1", EAS_DIRECTORY_DOWN},
    {"unknown, then an outage", "12", "ud", "alice", "f1 f2",
     EAS_DIRECTORY_DOWN},
    {"ambiguous ends it", "12", "ag", "alice", "f1", EAS_AMBIGUOUS_USER},
    {"forbidden ends it", "12", "xg", "alice", "f1", EAS_ACCOUNT_DISABLED},
    {"locked ends it", "12", "lg", "alice", "f1 v1", EAS_DIRECTORY_LOCKED},

    {"a domain picks its provider", "12", "gg", "TWO\\alice", "f2 v2",
     EAS_GRANTED},
    {"in any case", "12", "gg", "two\\alice", "f2 v2", EAS_GRANTED},
    {"by any of its names", "12", "gg", "two.example\\alice", "f2 v2",
     EAS_GRANTED},
    {"unknown there goes nowhere else", "12", "ug", "ONE\\alice", "f1",
     EAS_UNKNOWN_USER},
    {"a domain of nobody's", "12", "gg", "THREE\\alice", "", EAS_UNKNOWN_USER},
    {"a domain, none configured", "-", "g", "ONE\\alice", "", EAS_UNKNOWN_USER},
    {"a domain that * takes", "1*", "gg", "THREE\\alice", "f* v*", EAS_GRANTED},
    {"who names it is before *", "*1", "gg", "ONE\\alice", "f1 v1",
     EAS_GRANTED},
    {"and * is not asked behind it", "1*", "ug", "ONE\\alice", "f1",
     EAS_UNKNOWN_USER},
    {"a domain before an address", "12", "gg", "TWO\\alice@one.example",
     "f2 v2", EAS_GRANTED},

    {"user@domain picks its provider", "12", "gg", "alice@two.example", "f2 v2",
     EAS_GRANTED},
    {"@, unknown there goes nowhere else", "12", "ug", "alice@one.example",
     "f1", EAS_UNKNOWN_USER},
    {"a mail domain nobody names", "12", "ug", "alice@mail.example", "f1 f2 v2",
     EAS_GRANTED},
    {"a mail domain and *", "1*", "ug", "alice@mail.example", "f1 f* v*",
     EAS_GRANTED},
    {"a mail domain, none configured", "-", "g", "alice@mail.example", "f- v-",
     EAS_GRANTED},
    {"an address named by one, not by *", "*1", "gg", "alice@one.example",
     "f1 v1", EAS_GRANTED},
    {"a mail domain, wrong password", "12", "wg", "alice@mail.example", "f1 v1",
     EAS_WRONG_PASSWORD},
};

static void give_answer(fake *f, char letter)
{
    for (int i = 0; i < COUNT(answers); i++) {
        if (answers[i].letter == letter) {
            f->find = answers[i].find;
            f->verify = answers[i].verify;
        }
    }
}

static const char *last_asked(const world *w)
{
    size_t length = strlen(w->trace);

    if (length == 0) {
        return NULL;
    }
    return w->fakes[strchr(letters, w->trace[length - 1]) - letters].provider;
}

static void test_orders(apr_pool_t *pool)
{
    world w;

    for (int i = 0; i < COUNT(orders); i++) {
        const char *name = orders[i].name;
        const char *listed = orders[i].providers;
        eas_verdict v;

        world_make(&w, pool);
        world_list(&w, listed);
        for (int k = 0; listed[k]; k++) {
            give_answer(&w.fakes[strchr(letters, listed[k]) - letters],
                        orders[i].answers[k]);
        }
        w.credential.login = orders[i].login;
        v = world_decide(&w, name);
        is_str(eas_reason_name(v.reason), eas_reason_name(orders[i].reason),
               tap_row(name, "reason"));
        is_str(w.trace, orders[i].trace, tap_row(name, "calls"));
        is_str(v.provider, last_asked(&w), tap_row(name, "provider"));
        is_str(v.login, orders[i].login, tap_row(name, "login"));
        is_int(v.source, *w.trace ? EAS_SOURCE_DIRECTORY : EAS_SOURCE_NONE,
               tap_row(name, "source"));
    }
}

/* In seconds from the start; a deadline of -1 where nobody is asked. */
static const struct {
    const char *name;
    const char *providers;
    const char *login;
    int total_one;
    int total_two;
    int search_one; /* how long the search takes; "one" finds nobody */
    int search_two;
    int deadline_one;
    int deadline_two;
    int elapsed;
    eas_reason reason;
} deadlines[] = {
    {"one provider", "2", "alice", 5, 8, 0, 1, -1, 8, 1, EAS_GRANTED},
    {"own total first", "12", "alice", 2, 8, 1, 1, 2, 8, 2, EAS_GRANTED},
    {"own total from then", "12", "alice", 8, 2, 3, 1, 8, 5, 4, EAS_GRANTED},
    {"longest for both", "12", "alice", 8, 8, 6, 1, 8, 8, 7, EAS_GRANTED},
    {"nothing left", "12", "alice", 8, 8, 8, 0, 8, -1, 8,
     EAS_DIRECTORY_TIMEOUT},
    {"overdrawn", "12", "alice", 8, 8, 9, 0, 8, -1, 9, EAS_DIRECTORY_TIMEOUT},
    {"one not asked", "12", "TWO\\alice", 8, 2, 0, 1, -1, 2, 1, EAS_GRANTED},
    {"no time", "2", "alice", 0, 0, 0, 0, -1, -1, 0, EAS_DIRECTORY_TIMEOUT},
};

static void look_at_deadline(const fake *f, int deadline, const char *name)
{
    is_int(f->found, deadline >= 0, tap_row(name, f->provider));
    is_int(f->find_deadline, deadline >= 0 ? START + SECONDS(deadline) : 0,
           tap_row(name, "deadline"));
}

static void test_deadlines(apr_pool_t *pool)
{
    world w;

    for (int i = 0; i < COUNT(deadlines); i++) {
        const char *name = deadlines[i].name;
        eas_verdict v;

        world_make(&w, pool);
        world_list(&w, deadlines[i].providers);
        w.credential.login = deadlines[i].login;
        w.providers[ONE].total = SECONDS(deadlines[i].total_one);
        w.providers[TWO].total = SECONDS(deadlines[i].total_two);
        w.fakes[ONE].find = EAS_UNKNOWN_USER;
        w.fakes[ONE].find_takes = SECONDS(deadlines[i].search_one);
        w.fakes[TWO].find_takes = SECONDS(deadlines[i].search_two);
        v = world_decide(&w, name);
        is_int(v.reason, deadlines[i].reason, tap_row(name, "reason"));
        is_int(v.elapsed, SECONDS(deadlines[i].elapsed),
               tap_row(name, "elapsed"));
        look_at_deadline(&w.fakes[ONE], deadlines[i].deadline_one, name);
        look_at_deadline(&w.fakes[TWO], deadlines[i].deadline_two, name);
        is_int(w.fakes[TWO].verify_deadline, w.fakes[TWO].find_deadline,
               tap_row(name, "the same for the bind"));
    }
}

static const struct {
    const char *name;
    eas_reason verify;
    int down_for;
    int retry_after;
} retries[] = {
    {"just down", EAS_DIRECTORY_DOWN, 0, 60},
    {"down for two minutes", EAS_DIRECTORY_DOWN, 120, 120},
    {"down for an hour", EAS_DIRECTORY_DOWN, 3600, 300},
    {"service account, two minutes", EAS_SERVICE_REFUSED, 120, 120},
    {"overloaded", EAS_OVERLOADED, 0, 20},
    {"overloaded in an outage", EAS_OVERLOADED, 120, 120},
    {"locked", EAS_DIRECTORY_LOCKED, 0, 300},
    {"wrong password", EAS_WRONG_PASSWORD, 120, 0},
    {"disabled", EAS_ACCOUNT_DISABLED, 120, 0},
    {"granted", EAS_REASON_NONE, 120, 0},
};

static void test_retry_after(apr_pool_t *pool)
{
    world w;

    for (int i = 0; i < COUNT(retries); i++) {
        world_make(&w, pool);
        world_list(&w, "12");
        w.fakes[ONE].find = EAS_UNKNOWN_USER; /* its outage does not matter */
        w.fakes[ONE].down_for = SECONDS(200);
        w.fakes[TWO].verify = retries[i].verify;
        w.fakes[TWO].down_for = SECONDS(retries[i].down_for);
        is_int(world_decide(&w, retries[i].name).retry_after,
               retries[i].retry_after, tap_row(retries[i].name, "Retry-After"));
    }
}

int main(void)
{
    apr_pool_t *pool;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_orders(pool);
    test_deadlines(pool);
    test_retry_after(pool);
    apr_terminate();
    return done_testing();
}
