/* SPDX-License-Identifier: Apache-2.0 */
/* A page of the ledger against the model of it, over a million random steps. */
#include <stdlib.h>

#include <apr_general.h>

#include "ledger_model.h"
#include "tap.h"

enum { STEPS = 1500000, LIFE = 3000, HOLDS = 24 };

typedef struct held {
    int is_used;
    int id;
    eas_hold hold;
    eas_ledger_try attempt;
} held;

typedef struct pair {
    dice d;
    eas_page page;
    model m;
    eas_lockout lockout;
    held holds[HOLDS];
    eas_moment now;
    apr_interval_time_t wait;
    const char *wrong; /* what differed */
} pair;

/* Differing bytes of padding would tell nothing. */
static int same_standing(const eas_standing *a, const eas_standing *b)
{
    return a->is_familiar == b->is_familiar && a->wants_seen == b->wants_seen
           && a->is_locked == b->is_locked && a->locked_for == b->locked_for
           && a->may_peek == b->may_peek && a->refused_at == b->refused_at
           && a->forbidden_at == b->forbidden_at;
}

static eas_ledger_try some_try(pair *p)
{
    const apr_uint64_t number = 1 + (apr_uint64_t)roll_of(&p->d, 12);
    const eas_ledger_try attempt = {
        .credential = number << 24 | number,
        .network = (apr_uint64_t)roll_of(&p->d, roll_of(&p->d, 8) ? 4 : 20),
        .stamp = (apr_uint64_t)roll_of(&p->d, 3),
        .now = p->now};

    return attempt;
}

static void differ(pair *p, int is_same, const char *what)
{
    if (!is_same && !p->wrong) {
        p->wrong = what;
    }
}

static eas_moment consult(pair *p, const eas_ledger_try *attempt)
{
    eas_standing got;
    eas_standing expected;

    eas_page_consult(&p->page, attempt, &p->lockout, &got);
    model_consult(&p->m, attempt, &p->lockout, &expected);
    differ(p, same_standing(&got, &expected), "consult");
    return got.refused_at;
}

static void reserve(pair *p, eas_ledger_try attempt, int is_second)
{
    held *h = &p->holds[roll_of(&p->d, HOLDS)];
    apr_interval_time_t wait = 0;
    int is_probe;
    int is_given;
    int id;

    attempt.refused_at = consult(p, &attempt);
    if (!roll_of(&p->d, 50)) {
        attempt.refused_at++;
    }
    is_given = eas_page_reserve(&p->page, &attempt, &p->lockout, is_second,
                                &h->hold, &p->wait);
    differ(p,
           is_given
               == model_reserve(&p->m, &attempt, &p->lockout, is_second, &id,
                                &is_probe, &wait),
           "reserve");
    differ(p, p->wait == wait, "reserve: wait");
    h->is_used = is_given;
    if (is_given) {
        differ(p, h->hold.is_held == (id >= 0), "reserve: held");
        differ(p, h->hold.is_probe == is_probe, "reserve: probe");
        h->id = id;
        h->attempt = attempt;
    }
}

/* Any of those in flight; those overwritten are dead. */
static void settle(pair *p)
{
    held *h = &p->holds[roll_of(&p->d, HOLDS)];
    const apr_int64_t kind = roll_of(&p->d, 12);
    const eas_outcome outcome = kind == 0  ? EAS_OUTCOME_PROVEN
                                : kind < 5 ? (eas_outcome)kind
                                           : EAS_OUTCOME_WRONG;
    eas_ledger_change got;
    eas_ledger_change expected;

    if (!h->is_used) {
        return;
    }
    h->is_used = 0;
    h->attempt.now = p->now;
    h->attempt.stamp = (apr_uint64_t)roll_of(&p->d, 3);
    got =
        eas_page_settle(&p->page, &h->attempt, &p->lockout, &h->hold, outcome);
    expected = model_settle(&p->m, &h->attempt, &p->lockout, h->id,
                            h->hold.is_familiar, outcome);
    differ(p, got.count == expected.count, "settle: count");
    differ(p, got.locked == expected.locked, "settle: locked");
    differ(p, got.unlocked == expected.unlocked, "settle: unlocked");
}

static void look(pair *p, eas_ledger_try attempt)
{
    const eas_look got = eas_page_look(&p->page, &attempt, &p->lockout);

    differ(p, got == model_look(&p->m, &attempt, &p->lockout), "look");
    if (got == EAS_LOOK_BIND) {
        reserve(p, attempt, 1);
    }
    else if (got == EAS_LOOK_SEARCH && roll_of(&p->d, 4)) {
        const int is_due = eas_page_looked(&p->page, &attempt);

        differ(p, is_due == model_looked(&p->m, &attempt), "looked");
        if (is_due) {
            reserve(p, attempt, 0);
        }
    }
}

static void pass_time(pair *p)
{
    const apr_interval_time_t some[] = {
        1,          2,          SECONDS(1), SECONDS(5),        SECONDS(30),
        MINUTES(1), MINUTES(9), p->wait,    p->lockout.window, HOURS(1),
        HOURS(12),  HOURS(25)};
    const apr_int64_t kind = roll_of(&p->d, 40);

    p->now += kind < 12 ? some[kind] : roll_of(&p->d, SECONDS(8));
    if (!roll_of(&p->d, 400)) {
        p->now += HOURS(24 * roll_of(&p->d, 32));
    }
}

static void forget(pair *p)
{
    differ(p,
           eas_guesses_forget(&p->page.guesses, p->now)
               == model_unlock(&p->m, p->now),
           "unlock");
}

static void step(pair *p)
{
    const eas_ledger_try attempt = some_try(p);

    switch (roll_of(&p->d, 10)) {
    case 0:
    case 1:
    case 2:
        reserve(p, attempt, 0);
        break;
    case 3:
    case 4:
        settle(p);
        break;
    case 5:
        look(p, attempt);
        break;
    case 6:
        eas_page_missed(&p->page, &attempt, &p->lockout);
        model_missed(&p->m, &attempt, &p->lockout);
        break;
    case 7:
        consult(p, &attempt);
        break;
    case 8:
        pass_time(p);
        break;
    default:
        if (!roll_of(&p->d, 40)) {
            forget(p);
        }
        else if (!roll_of(&p->d, 20)) {
            eas_page_seen(&p->page, &attempt);
            model_familiarise(&p->m, &attempt);
        }
        break;
    }
}

static void be_born(pair *p)
{
    static const eas_lockout_mode modes[] = {
        EAS_LOCKOUT_ENFORCE, EAS_LOCKOUT_ENFORCE, EAS_LOCKOUT_ENFORCE,
        EAS_LOCKOUT_LOG, EAS_LOCKOUT_OFF};

    memset(&p->page, 0, sizeof(p->page));
    memset(&p->m, 0, sizeof(p->m));
    memset(p->holds, 0, sizeof(p->holds));
    p->lockout = (eas_lockout){.mode = modes[roll_of(&p->d, 5)],
                               .attempts = 1 + (int)roll_of(&p->d, 6),
                               .ceiling = 1 + (int)roll_of(&p->d, 9),
                               .window = SECONDS(10 + roll_of(&p->d, 600)),
                               .refused_ttl = MINUTES(1 + roll_of(&p->d, 15)),
                               .is_unknown = !roll_of(&p->d, 8)};
    eas_page_start(&p->page, p->now);
    p->m.round_began = p->now;
    p->wait = 0;
}

static void test_model(apr_uint64_t seed)
{
    static pair p;
    int i;

    printf("# seed %d\n", (int)seed);
    p.d.state = seed;
    p.now = HOURS(1);
    for (i = 0; i < STEPS && !p.wrong; i++) {
        if (i % LIFE == 0 || p.m.guess_count > MODEL_ROOM - 2) {
            be_born(&p);
        }
        step(&p);
    }
    is_str(p.wrong, NULL, "every answer is the model's");
    is_int(i, STEPS, "in a million and a half of steps");
}

int main(int argc, char **argv)
{
    apr_initialize();
    test_model(argc > 1 ? strtoull(argv[1], NULL, 10) : 20);
    apr_terminate();
    return done_testing();
}
