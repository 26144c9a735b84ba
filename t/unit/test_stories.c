/* SPDX-License-Identifier: Apache-2.0 */
/* Days in the life of an account of threshold 5 in 30 minutes: what phones,
 * owners and guessers do to it, on a clock that is passed in. */
#include <apr_general.h>

#include "lockout.h"
#include "tap.h"

enum { HOME = 1, OFFICE = 2, ELSEWHERE = 100 };

/* Passwords. */
enum { RIGHT = 1, NEXT = 2, STALE = 50, GUESSES = 1000 };

typedef struct scene {
    eas_page page;
    eas_lockout lockout;
    lockout_directory directory;
    eas_moment now;
} scene;

static scene *begin(int has_stamp)
{
    static scene s;

    memset(&s, 0, sizeof(s));
    s.now = HOURS(1000);
    s.directory.threshold = 5;
    s.directory.window = MINUTES(30);
    s.directory.password = RIGHT;
    s.directory.stamp = has_stamp ? 1 : 0;
    s.lockout = lockout_of(5, MINUTES(30));
    eas_page_start(&s.page, s.now);
    return &s;
}

static told try_at(scene *s, apr_uint64_t password, apr_uint64_t network,
                   eas_moment now)
{
    const eas_ledger_try attempt = {
        .credential = password, .network = network, .now = now};

    return request(&s->page, &s->lockout, &s->directory, attempt);
}

/* @return the most binds in any 24 hours */
static int poll_for(scene *s, int days, apr_interval_time_t every)
{
    eas_moment binds[100] = {0};
    int most = 0;
    int count = 0;
    const eas_moment end = s->now + HOURS(24 * days);

    for (; s->now < end; s->now += every) {
        const int before = s->directory.binds;

        try_at(s, STALE, HOME, s->now);
        if (s->directory.binds > before && count < 100) {
            int in_a_day = 1;

            for (int i = 0; i < count; i++) {
                in_a_day += s->now - binds[i] <= HOURS(24);
            }
            binds[count++] = s->now;
            most = in_a_day > most ? in_a_day : most;
        }
    }
    return most;
}

static const struct {
    const char *name;
    int every; /* seconds */
    int has_stamp;
    int is_familiar;
    int attempts; /* 0: as the directory wants it */
    int days;
} phones[] = {
    {"every 5 minutes", 300, 1, 0, 0, 1},
    {"every 10 seconds", 10, 1, 0, 0, 1},
    {"every 5 minutes, familiar", 300, 1, 1, 0, 1},
    {"every 10 seconds, familiar", 10, 1, 1, 0, 1},
    {"every 5 minutes, no stamp", 300, 0, 0, 0, 10},
    {"every 10 seconds, no stamp", 10, 0, 1, 0, 10},
    {"every second, no stamp", 1, 0, 0, 0, 4},
    {"every hour, no stamp", 3600, 0, 0, 0, 10},
    {"every 12 hours, no stamp", 12 * 3600, 0, 0, 0, 10},
    {"every 24 hours, no stamp", 24 * 3600, 0, 0, 0, 10},
    {"ten guesses a window, no stamp", 10, 0, 0, 10, 10},
    {"ten guesses a window", 300, 1, 0, 10, 10},
    {"one guess a window", 10, 1, 0, 1, 3},
};

static void test_stale_phone(void)
{
    for (apr_size_t i = 0; i < sizeof(phones) / sizeof(phones[0]); i++) {
        scene *s = begin(phones[i].has_stamp);
        int most;

        if (phones[i].is_familiar) {
            try_at(s, RIGHT, HOME, s->now);
        }
        if (phones[i].attempts) {
            s->lockout.attempts = phones[i].attempts;
            s->lockout.ceiling = phones[i].attempts;
        }
        most = poll_for(s, phones[i].days, SECONDS(phones[i].every));
        ok(most >= 1 && most <= 2,
           tap_row(phones[i].name, "at most 2 binds in 24 hours"));
        ok(!s->directory.is_locked, tap_row(phones[i].name, "not locked"));
        is_int(try_at(s, RIGHT, OFFICE, s->now), TOLD_GRANTED,
               tap_row(phones[i].name, "the owner comes in from elsewhere"));
    }
}

/* What was wrong becomes right: at once where the stamp tells, in half a day
 * where none does. */
static void test_becomes_right(void)
{
    scene *s = begin(1);

    poll_for(s, 1, MINUTES(5));
    lockout_change(&s->directory, STALE);
    is_int(try_at(s, STALE, HOME, s->now), TOLD_WRONG, "not looked at yet");
    is_int(try_at(s, STALE, HOME, s->now + MINUTES(11)), TOLD_GRANTED,
           "a stale password set anew is found by the stamp");
    s = begin(0);
    poll_for(s, 2, MINUTES(5));
    s->directory.password = STALE;
    is_int(try_at(s, STALE, HOME, s->now + HOURS(12)), TOLD_GRANTED,
           "and without a stamp in half a day");
}

static void test_twenty_phones(void)
{
    scene *s = begin(1);
    const eas_moment end = s->now + HOURS(24);
    int granted = 0;

    for (; s->now < end; s->now += SECONDS(15)) {
        const apr_int64_t n = s->now / SECONDS(15);

        try_at(s, (apr_uint64_t)(STALE + n % 3), (apr_uint64_t)(n % 20 + 10),
               s->now);
    }
    ok(s->directory.binds <= 6,
       "20 phones, 3 stale passwords: 6 binds at most");
    ok(!s->directory.is_locked, "not locked");
    lockout_change(&s->directory, NEXT);
    for (int i = 0; i < 240; i++, s->now += SECONDS(15)) {
        try_at(s, (apr_uint64_t)(STALE + i % 3), (apr_uint64_t)(i % 20 + 10),
               s->now);
    }
    ok(!s->directory.is_locked, "nor as the stamp changes for all of them");
    for (int i = 0; i < 240; i++, s->now += SECONDS(15)) {
        granted |= try_at(s, NEXT, HOME, s->now) == TOLD_GRANTED;
    }
    ok(granted, "and the owner gets in");
}

/* The owner at home logs in now and then, and is never held back. */
static void test_guesser(int networks, const char *name)
{
    scene *s = begin(1);
    const eas_moment end = s->now + HOURS(24);
    int held = 0;
    int guessed;

    try_at(s, RIGHT, HOME, s->now);
    for (int i = 0; s->now < end; i++, s->now += SECONDS(1)) {
        if (i % 60 == 0) {
            held += try_at(s, RIGHT, HOME, s->now) != TOLD_GRANTED;
        }
        try_at(s, (apr_uint64_t)(GUESSES + i % 1000),
               (apr_uint64_t)(ELSEWHERE + i % networks), s->now);
    }
    is_int(held, 0, tap_row(name, "the owner is never held back"));
    ok(!s->directory.is_locked, tap_row(name, "not locked"));
    s = begin(1);
    try_at(s, RIGHT, HOME, s->now);
    for (int i = 0; i < 24 * 3600; i++, s->now += SECONDS(1)) {
        try_at(s, (apr_uint64_t)(GUESSES + i % 1000),
               (apr_uint64_t)(ELSEWHERE + i % networks), s->now);
    }
    guessed = s->directory.binds - 1;
    ok(guessed >= 24 && guessed <= 50,
       tap_row(name, "with the owner away, a guess a window"));
    ok(!s->directory.is_locked, tap_row(name, "not locked either"));
    is_int(try_at(s, RIGHT, HOME, s->now), TOLD_GRANTED,
           tap_row(name, "and the owner comes home"));
}

static void test_change(void)
{
    scene *s = begin(1);
    int held = 0;

    try_at(s, RIGHT, HOME, s->now);
    lockout_change(&s->directory, NEXT);
    for (int i = 0; i < 24 * 360; i++, s->now += SECONDS(10)) {
        try_at(s, RIGHT, HOME, s->now);
        if (i % 6 == 3) {
            held += try_at(s, NEXT, HOME, s->now) != TOLD_GRANTED;
        }
    }
    is_int(held, 0, "the new password works at once and always");
    ok(s->directory.binds - 24 * 60 <= 3, "the old one is bound twice");
    ok(!s->directory.is_locked, "and nothing locks");
}

static int depart_all(scene *s, apr_uint64_t network, apr_uint64_t first,
                      flight *flights)
{
    int count = 0;

    for (apr_uint64_t i = 0; i < 200; i++) {
        const eas_ledger_try attempt = {
            .credential = first + i, .network = network, .now = s->now};
        apr_interval_time_t wait;
        told answer;

        if (depart(&s->page, &s->lockout, &s->directory, attempt,
                   &flights[count], &answer, &wait)) {
            count++;
        }
        else {
            s->now += wait > EAS_GUESS_FLYING; /* never while they fly */
        }
    }
    return count;
}

static void test_parallel(void)
{
    scene *s = begin(1);
    static flight flights[400];
    const eas_moment began = s->now;
    int count;

    try_at(s, RIGHT, HOME, s->now);
    count = depart_all(s, ELSEWHERE, GUESSES, flights);
    is_int(count, s->lockout.attempts, "of 200 at once, the budget's");
    count += depart_all(s, HOME, GUESSES + 500, flights + count);
    is_int(count, s->lockout.ceiling, "and both budgets', the ceiling");
    is_int(s->now, began, "the others are told to come again soon");
    for (int i = 0; i < count; i++) {
        lockout_bind(&s->directory, flights[i].attempt.credential, s->now);
        eas_page_settle(&s->page, &flights[i].attempt, &s->lockout,
                        &flights[i].hold, EAS_OUTCOME_WRONG);
    }
    is_int(depart_all(s, HOME, GUESSES + 700, flights), 0, "then none");
    ok(s->now > began, "for the window");
    ok(!s->directory.is_locked, "not locked");
}

int main(void)
{
    apr_initialize();
    test_stale_phone();
    test_becomes_right();
    test_twenty_phones();
    test_guesser(1, "a guesser from one network");
    test_guesser(200, "a guesser from 200 networks");
    test_change();
    test_parallel();
    apr_terminate();
    return done_testing();
}
