/* SPDX-License-Identifier: Apache-2.0 */
/* The circuit breaker: who failed is left alone, and then tried by one. */
#include <apr_general.h>

#include "eas_breaker.h"
#include "tap.h"

#define SECOND apr_time_from_sec(1)
#define START (1000 * SECOND)

/* What happens, and what comes of it. */
static const struct {
    const char *name;
    eas_moment at; /* in seconds from START */
    char what;     /* a(sk), f(ailed), p(assed) */
    int expected;
} rows[] = {
    {"closed at first", 0, 'a', EAS_BREAKER_PASSES},
    {"and stays so", 1, 'a', EAS_BREAKER_PASSES},
    {"a failure opens it", 1, 'f', 1},
    {"another one is no news", 2, 'f', 0},
    {"it is open", 3, 'a', EAS_BREAKER_REFUSES},
    {"still, for the second failure", 31, 'a', EAS_BREAKER_REFUSES},
    {"then one tries", 32, 'a', EAS_BREAKER_TRIES},
    {"and nobody else", 32, 'a', EAS_BREAKER_REFUSES},
    {"nor a moment later", 33, 'a', EAS_BREAKER_REFUSES},
    {"one whose trial never ended is followed by another", 34, 'a',
     EAS_BREAKER_TRIES},
    {"it fails", 34, 'f', 0},
    {"open again", 35, 'a', EAS_BREAKER_REFUSES},
    {"to its end", 63, 'a', EAS_BREAKER_REFUSES},
    {"one tries again", 64, 'a', EAS_BREAKER_TRIES},
    {"it goes well", 64, 'p', 1},
    {"closed", 64, 'a', EAS_BREAKER_PASSES},
    {"for all", 64, 'a', EAS_BREAKER_PASSES},
    {"going well is no news then", 65, 'p', 0},
    {"a failure opens it again", 66, 'f', 1},
    {"at once", 66, 'a', EAS_BREAKER_REFUSES},
};

static int step(eas_breaker *breaker, char what, eas_moment now)
{
    switch (what) {
    case 'a':
        return (int)eas_breaker_ask(breaker, now);
    case 'f':
        return eas_breaker_failed(breaker, now);
    default:
        return eas_breaker_passed(breaker);
    }
}

int main(void)
{
    static eas_breaker breaker;

    for (apr_size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        is_int(step(&breaker, rows[i].what, START + rows[i].at * SECOND),
               rows[i].expected, rows[i].name);
    }
    return done_testing();
}
