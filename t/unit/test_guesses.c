/* SPDX-License-Identifier: Apache-2.0 */
/* The shield against directories that lock: while nobody else guesses, none
 * does, whatever order binds, answers, deaths and clocks come in. */
#include <apr_general.h>

#include "lockout.h"
#include "tap.h"

enum {
    FLIGHTS = 48,
    SCHEDULES = 2000,
    STEPS = 400,
    WRONG_ONES = 60,
    NETWORKS = 5
};

/* A bind on its way: judged by the directory, then said here, or never. */
typedef struct leg {
    flight f;
    int is_used;
    int is_judged;
    int is_right;
    eas_moment judged_at;
    eas_moment said_at;  /* 0: its owner dies */
    eas_outcome silence; /* how it is said where it was not judged or heard */
} leg;

typedef struct world {
    dice d;
    eas_page page;
    eas_lockout lockout;
    lockout_directory directory;
    leg legs[FLIGHTS];
    eas_moment now;
    apr_interval_time_t wait; /* the last one told */
    apr_uint64_t next_password;
} world;

/* Its clock is up to half a second before or behind ours, each time anew. */
static void judge(world *w, leg *l)
{
    const eas_moment theirs =
        l->judged_at + roll_of(&w->d, APR_USEC_PER_SEC) - APR_USEC_PER_SEC / 2;

    l->is_judged = 1;
    if (l->silence == EAS_OUTCOME_VOID) {
        return;
    }
    l->is_right = lockout_bind(&w->directory, l->f.attempt.credential, theirs);
}

static void say(world *w, leg *l)
{
    eas_outcome outcome = l->silence;

    if (outcome == EAS_OUTCOME_WRONG && l->is_right) {
        outcome = EAS_OUTCOME_PROVEN;
    }
    l->f.attempt.now = l->said_at;
    eas_page_settle(&w->page, &l->f.attempt, &w->lockout, &l->f.hold, outcome);
    l->is_used = 0;
}

/* What happens up to a moment, in its order. */
static void run_to(world *w, eas_moment until)
{
    for (;;) {
        leg *next = NULL;
        eas_moment at = until + 1;

        for (int i = 0; i < FLIGHTS; i++) {
            leg *l = &w->legs[i];
            const eas_moment due = l->is_judged ? l->said_at : l->judged_at;

            if (l->is_used && due && due < at) {
                next = l;
                at = due;
            }
        }
        if (!next) {
            break;
        }
        if (!next->is_judged) {
            judge(w, next);
            next->is_used = next->said_at != 0;
        }
        else {
            say(w, next);
        }
    }
    w->now = until;
}

/* When it is judged, and when that is known: mostly at once, or as late as can
 * be, or never. */
static void schedule(world *w, leg *l)
{
    static const apr_interval_time_t late[] = {2000, SECONDS(1), SECONDS(29),
                                               EAS_GUESS_LEASE - 1};
    const apr_interval_time_t judging = late[roll_of(&w->d, 4)];
    const apr_int64_t fate = roll_of(&w->d, 16);

    l->is_used = 1;
    l->is_judged = 0;
    l->is_right = 0;
    l->judged_at = w->now + 1 + roll_of(&w->d, judging);
    l->said_at = l->judged_at + 1 + roll_of(&w->d, late[roll_of(&w->d, 4)]);
    l->silence = EAS_OUTCOME_WRONG;
    if (fate == 0) {
        l->said_at = 0;
    }
    else if (fate == 1) {
        l->said_at += w->directory.window + roll_of(&w->d, MINUTES(1));
    }
    else if (fate == 2) {
        l->silence = EAS_OUTCOME_VOID;
    }
    else if (fate == 3) {
        l->silence = EAS_OUTCOME_UNANSWERED;
    }
}

static apr_uint64_t some_password(world *w)
{
    const apr_int64_t kind = roll_of(&w->d, 12);

    return kind == 0   ? w->directory.password
           : kind == 1 ? w->directory.history[roll_of(&w->d, 2)]
                       : 1000 + (apr_uint64_t)roll_of(&w->d, WRONG_ONES);
}

static void send_one(world *w)
{
    const eas_ledger_try attempt = {.credential = some_password(w),
                                    .network =
                                        (apr_uint64_t)roll_of(&w->d, NETWORKS),
                                    .now = w->now};
    told answer;

    for (int i = 0; i < FLIGHTS; i++) {
        leg *l = &w->legs[i];

        if (!l->is_used) {
            if (attempt.credential
                && depart(&w->page, &w->lockout, &w->directory, attempt, &l->f,
                          &answer, &w->wait)) {
                schedule(w, l);
            }
            return;
        }
    }
}

/* As long as hurts: the earliest moment something is let through, a whisker
 * before or after, or any time. */
static void pass_time(world *w)
{
    const apr_interval_time_t window = w->directory.window;

    switch (roll_of(&w->d, 12)) {
    case 0:
        run_to(w, w->now + w->wait);
        break;
    case 1:
        run_to(w, w->now + window - SECONDS(1) + roll_of(&w->d, SECONDS(8)));
        break;
    case 2:
        run_to(w, w->now + roll_of(&w->d, window));
        break;
    case 3:
        run_to(w, w->now + EAS_GUESS_LEASE - 1 + roll_of(&w->d, 3));
        break;
    case 4:
        run_to(w, w->now + MINUTES(1) + roll_of(&w->d, SECONDS(2)));
        break;
    case 5:
        run_to(w, w->now + roll_of(&w->d, SECONDS(4)));
        break;
    default:
        run_to(w, w->now + roll_of(&w->d, 3));
        break;
    }
}

static void begin(world *w, apr_uint64_t seed, int threshold)
{
    static const int windows[] = {60, 120, 300, 1800};
    const apr_interval_time_t window =
        SECONDS(windows[seed % (sizeof(windows) / sizeof(windows[0]))]);

    memset(w, 0, sizeof(*w));
    w->d.state = seed * 7919 + (apr_uint64_t)threshold;
    w->now = HOURS(100);
    w->directory.threshold = threshold;
    w->directory.window = window;
    w->directory.password = 1;
    w->directory.history[0] = 1000;
    w->directory.history[1] = 1001;
    w->directory.stamp = 1;
    w->next_password = 2;
    w->lockout = lockout_of(
        threshold, seed & 1 ? window : window + roll_of(&w->d, window));
    eas_page_start(&w->page, w->now);
}

/* @return binds made, or -1 where the directory locked */
static int live(world *w)
{
    for (int i = 0; i < STEPS && !w->directory.is_locked; i++) {
        if (roll_of(&w->d, 3)) {
            send_one(w);
        }
        else {
            pass_time(w);
        }
        if (!roll_of(&w->d, 60)) {
            lockout_change(&w->directory, w->next_password++);
        }
    }
    run_to(w, w->now + HOURS(3));
    return w->directory.is_locked ? -1 : w->directory.binds;
}

/* The account is never locked, and the shield lets as much through as it may:
 * where nothing is tried, nothing is shown. */
static void test_threshold(int threshold)
{
    static world w;
    char name[80];
    int binds = 0;
    int most = 0;

    for (apr_uint64_t seed = 1; seed <= SCHEDULES; seed++) {
        int made;

        begin(&w, seed, threshold);
        made = live(&w);
        if (made < 0) {
            printf("# threshold %d locked under seed %d\n", threshold,
                   (int)seed);
            binds = -1;
            break;
        }
        binds += made;
        most = made > most ? made : most;
    }
    snprintf(name, sizeof(name),
             "threshold %d is never reached in %d schedules", threshold,
             SCHEDULES);
    ok(binds >= 0, name);
    ok(binds > SCHEDULES * 5, "though many a bind was made");
}

/* The test can tell: without a shield both lock. */
static void test_without(void)
{
    static world w;

    begin(&w, 7, 5);
    w.lockout.mode = EAS_LOCKOUT_OFF;
    is_int(live(&w), -1, "without a shield the directory locks");
    begin(&w, 7, 5);
    w.lockout.ceiling = 5;
    w.lockout.attempts = 5;
    is_int(live(&w), -1, "with a budget of the directory's own, too");
}

int main(void)
{
    apr_initialize();
    for (int threshold = 2; threshold <= 20; threshold++) {
        test_threshold(threshold);
    }
    test_without();
    apr_terminate();
    return done_testing();
}
