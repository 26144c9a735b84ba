/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_lockout.h"

/* Where a directory's policy cannot be read (the issue's own number), and
 * where it has none. */
enum { UNKNOWN_ATTEMPTS = 3, NEVER_LOCKS_ATTEMPTS = 10 };

/* The window of Active Directory's default policy. */
#define USUAL_WINDOW apr_time_from_sec(1800)

static int at_least_one(int number)
{
    return number > 1 ? number : 1;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

static int automatic(const eas_lockout_limits *limits)
{
    if (!limits) {
        return UNKNOWN_ATTEMPTS;
    }
    /* Rounded down, so that who is not familiar leaves something of the ceiling
     * to who is. */
    return limits->threshold ? at_least_one(limits->threshold / 2)
                             : NEVER_LOCKS_ATTEMPTS;
}

static int ceiling(int attempts, const eas_lockout_limits *limits)
{
    if (!limits) {
        return attempts + attempts / 2;
    }
    if (!limits->threshold) {
        return 2 * attempts;
    }
    return least(2 * attempts, at_least_one(least(limits->threshold - 1,
                                                  limits->threshold * 3 / 4)));
}

static apr_interval_time_t window(const eas_shield_settings *settings,
                                  const eas_lockout_limits *limits)
{
    if (settings->window) {
        return settings->window;
    }
    return limits && limits->window > USUAL_WINDOW ? limits->window
                                                   : USUAL_WINDOW;
}

eas_lockout eas_lockout_make(const eas_shield_settings *settings,
                             const eas_lockout_limits *limits,
                             apr_interval_time_t refused_ttl)
{
    const int servers = at_least_one(settings->servers);
    const int attempts =
        settings->attempts ? settings->attempts : automatic(limits);
    /* What an administrator asks for counts for each budget, whatever the
     * directory does: the start has warned. */
    const int both =
        settings->attempts && limits && limits->threshold <= attempts
            ? attempts
            : ceiling(attempts, limits);
    eas_lockout made = {
        .mode = settings->mode,
        .attempts = at_least_one(least(attempts, both) / servers),
        .ceiling = at_least_one(both / servers),
        .window = window(settings, limits),
        .refused_ttl = refused_ttl,
    };

    return made;
}

const char *eas_lockout_objection(const eas_shield_settings *settings,
                                  const eas_lockout_limits *limits)
{
    const int servers = at_least_one(settings->servers);
    eas_lockout made;

    if (settings->mode != EAS_LOCKOUT_ENFORCE || !limits->threshold) {
        return NULL;
    }
    made = eas_lockout_make(settings, limits, 0);
    if (made.ceiling * servers >= limits->threshold) {
        return "it lets as many wrong passwords through as the directory "
               "locks an account after";
    }
    if (made.window < limits->window) {
        return "its window is shorter than the directory's, which still "
               "counts what it has forgotten";
    }
    return NULL;
}
