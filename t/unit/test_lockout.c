/* SPDX-License-Identifier: Apache-2.0 */
/* EASAuthLockout beside what a directory does: whoever locks first, it is us.
 */
#include "eas_lockout.h"
#include "tap.h"

#define MINUTES(n) apr_time_from_sec((n)*60)

/* What a directory does, as far as it is known. */
typedef enum { UNREADABLE, READABLE } knowledge;

static const struct {
    const char *name;
    int attempts; /* as configured: attempts, window in minutes, servers */
    int window;
    int servers;
    knowledge known;
    int threshold; /* the directory's, and its window in minutes */
    int minutes;
    int expected; /* attempts, ceiling, window in minutes, objection */
    int ceiling;
    int expected_window;
    int objection;
} rows[] = {
    {"not readable", 0, 0, 1, UNREADABLE, 0, 0, 3, 4, 30, 0},
    {"never locks", 0, 0, 1, READABLE, 0, 30, 10, 20, 30, 0},
    {"threshold 1 cannot be kept", 0, 0, 1, READABLE, 1, 30, 1, 1, 30, 1},
    {"threshold 2", 0, 0, 1, READABLE, 2, 30, 1, 1, 30, 0},
    {"threshold 3", 0, 0, 1, READABLE, 3, 30, 1, 2, 30, 0},
    {"threshold 4", 0, 0, 1, READABLE, 4, 30, 2, 3, 30, 0},
    {"threshold 5", 0, 0, 1, READABLE, 5, 30, 2, 3, 30, 0},
    {"threshold 10", 0, 0, 1, READABLE, 10, 30, 5, 7, 30, 0},
    {"threshold 50", 0, 0, 1, READABLE, 50, 30, 25, 37, 30, 0},
    {"a longer window", 0, 0, 1, READABLE, 10, 1440, 5, 7, 1440, 0},
    {"a shorter window", 0, 0, 1, READABLE, 10, 5, 5, 7, 30, 0},
    {"two servers", 0, 0, 2, READABLE, 10, 30, 2, 3, 30, 0},
    {"more servers than guesses", 0, 0, 8, READABLE, 5, 30, 1, 1, 30, 1},
    {"so many", 4, 0, 1, READABLE, 10, 30, 4, 7, 30, 0},
    {"as many as the directory", 10, 0, 1, READABLE, 10, 30, 10, 10, 30, 1},
    {"more", 20, 0, 1, READABLE, 10, 30, 20, 20, 30, 1},
    {"one less", 9, 0, 1, READABLE, 10, 30, 7, 7, 30, 0},
    {"so many, not readable", 5, 0, 1, UNREADABLE, 0, 0, 5, 7, 30, 0},
    {"divided", 8, 0, 4, READABLE, 10, 30, 1, 1, 30, 0},
    {"a window of one's own", 0, 60, 1, READABLE, 10, 30, 5, 7, 60, 0},
    {"too short a one", 0, 10, 1, READABLE, 10, 30, 5, 7, 10, 1},
};

static void test_row(int i)
{
    const eas_shield_settings settings = {EAS_LOCKOUT_ENFORCE, rows[i].attempts,
                                          MINUTES(rows[i].window),
                                          EAS_SPRAY_OFF, rows[i].servers};
    const eas_lockout_limits limits = {rows[i].threshold,
                                       MINUTES(rows[i].minutes)};
    const eas_lockout_limits *known =
        rows[i].known == READABLE ? &limits : NULL;
    const eas_lockout made = eas_lockout_make(&settings, known, MINUTES(15));

    is_int(made.attempts, rows[i].expected, rows[i].name);
    is_int(made.ceiling, rows[i].ceiling, tap_row(rows[i].name, "ceiling"));
    is_int((int)apr_time_sec(made.window), rows[i].expected_window * 60,
           tap_row(rows[i].name, "window"));
    is_int(made.refused_ttl == MINUTES(15), 1,
           tap_row(rows[i].name, "looked at again"));
    if (known) {
        ok(rows[i].attempts || made.attempts < made.ceiling
               || made.ceiling == 1,
           tap_row(rows[i].name, "something is left to who is familiar"));
        is_int(eas_lockout_objection(&settings, known) != NULL,
               rows[i].objection, tap_row(rows[i].name, "objection"));
    }
}

int main(void)
{
    const eas_shield_settings log_only = {EAS_LOCKOUT_LOG, 50, 0, EAS_SPRAY_LOG,
                                          1};
    const eas_lockout_limits limits = {5, MINUTES(30)};

    for (int i = 0; i < (int)(sizeof(rows) / sizeof(rows[0])); i++) {
        test_row(i);
    }
    ok(!eas_lockout_objection(&log_only, &limits),
       "who only logs keeps nothing, and is not told so");
    return done_testing();
}
