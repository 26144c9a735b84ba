/* SPDX-License-Identifier: Apache-2.0 */
/* Single flight: who leads, who waits, who gets whose result; then many threads
 * at once. */
#include <stdatomic.h>
#include <stdlib.h>

#include <apr_general.h>
#include <apr_thread_proc.h>

#include "eas_flight.h"
#include "tap.h"

enum { COUNT = 100, FIRST = 1, SECOND = 2, THIRD = 3 };

static apr_pool_t *pool;

static eas_flights *flights_of(apr_size_t count)
{
    eas_flights *flights = NULL;

    if (eas_flights_make(apr_pcalloc(pool, eas_flights_size(count)), count,
                         pool, &flights)
        != APR_SUCCESS) {
        printf("Bail out! no flights\n");
        exit(1);
    }
    return flights;
}

static eas_key key_of(apr_uint64_t i)
{
    eas_key key;

    key.word[0] = (i + 1) * APR_UINT64_C(0x9e3779b97f4a7c15);
    key.word[1] = key.word[0] ^ (key.word[0] >> 32);
    return key;
}

/* --- stories --------------------------------------------------------------- */

typedef enum { END, JOIN, LAND, LAND_NOTHING, LAND_TOO_MUCH, ABANDON } deed;

/* One act: who (ticket), of which owner, does what when; whoever joins came
 * when it says and has 100 from then. */
typedef struct act {
    deed what;
    int ticket;
    int owner;
    eas_moment arrived;
    eas_moment now;
    eas_flight_turn turn;
    const char *result;
} act;

static const struct {
    const char *name;
    act acts[10];
} stories[] = {
    {"the second waits and gets the first one's result",
     {{JOIN, FIRST, 1, 0, 0, EAS_FLIGHT_LEAD, NULL},
      {JOIN, SECOND, 1, 5, 5, EAS_FLIGHT_WAIT, NULL},
      {JOIN, SECOND, 1, 5, 9, EAS_FLIGHT_WAIT, NULL},
      {LAND, FIRST, 1, 0, 10, 0, "one"},
      {JOIN, SECOND, 1, 5, 11, EAS_FLIGHT_DONE, "one"},
      {JOIN, THIRD, 2, 10, 12, EAS_FLIGHT_DONE, "one"}}},
    {"who comes after it landed asks anew",
     {{JOIN, FIRST, 1, 0, 0, EAS_FLIGHT_LEAD, NULL},
      {LAND, FIRST, 1, 0, 10, 0, "one"},
      {JOIN, SECOND, 1, 11, 11, EAS_FLIGHT_LEAD, NULL},
      {JOIN, THIRD, 1, 5, 12, EAS_FLIGHT_WAIT, NULL},
      {LAND, SECOND, 1, 11, 15, 0, "two"},
      {JOIN, THIRD, 1, 5, 16, EAS_FLIGHT_DONE, "two"}}},
    {"nothing learnt: the next one leads",
     {{JOIN, FIRST, 1, 0, 0, EAS_FLIGHT_LEAD, NULL},
      {JOIN, SECOND, 1, 5, 5, EAS_FLIGHT_WAIT, NULL},
      {LAND_NOTHING, FIRST, 1, 0, 10, 0, NULL},
      {JOIN, SECOND, 1, 5, 11, EAS_FLIGHT_LEAD, NULL},
      {JOIN, THIRD, 1, 5, 12, EAS_FLIGHT_WAIT, NULL}}},
    {"too much to be kept: as nothing learnt",
     {{JOIN, FIRST, 1, 0, 0, EAS_FLIGHT_LEAD, NULL},
      {LAND_TOO_MUCH, FIRST, 1, 0, 10, 0, NULL},
      {JOIN, SECOND, 1, 5, 11, EAS_FLIGHT_LEAD, NULL}}},
    {"a lead is over at its deadline",
     {{JOIN, FIRST, 1, 0, 0, EAS_FLIGHT_LEAD, NULL},
      {JOIN, SECOND, 1, 5, 99, EAS_FLIGHT_WAIT, NULL},
      {JOIN, SECOND, 1, 5, 100, EAS_FLIGHT_LEAD, NULL},
      {LAND, FIRST, 1, 0, 101, 0, "late"},
      {JOIN, THIRD, 1, 5, 102, EAS_FLIGHT_WAIT, NULL},
      {LAND, SECOND, 1, 5, 103, 0, "two"},
      {JOIN, THIRD, 1, 5, 104, EAS_FLIGHT_DONE, "two"}}},
    {"late, and nobody leads: nothing is kept",
     {{JOIN, FIRST, 1, 0, 0, EAS_FLIGHT_LEAD, NULL},
      {LAND, FIRST, 1, 0, 100, 0, "late"},
      {JOIN, SECOND, 1, 5, 101, EAS_FLIGHT_LEAD, NULL}}},
    {"landed by one who does not lead: still in the air",
     {{JOIN, FIRST, 1, 0, 0, EAS_FLIGHT_LEAD, NULL},
      {LAND, SECOND, 1, 0, 10, 0, "two"},
      {LAND_NOTHING, SECOND, 1, 0, 10, 0, NULL},
      {JOIN, THIRD, 1, 5, 11, EAS_FLIGHT_WAIT, NULL}}},
    {"landed twice: the first counts",
     {{JOIN, FIRST, 1, 0, 0, EAS_FLIGHT_LEAD, NULL},
      {LAND, FIRST, 1, 0, 10, 0, "one"},
      {LAND, FIRST, 1, 0, 11, 0, "two"},
      {LAND_NOTHING, FIRST, 1, 0, 11, 0, NULL},
      {JOIN, SECOND, 1, 5, 12, EAS_FLIGHT_DONE, "one"}}},
    {"who leads and comes again leads",
     {{JOIN, FIRST, 1, 0, 0, EAS_FLIGHT_LEAD, NULL},
      {JOIN, FIRST, 1, 0, 1, EAS_FLIGHT_LEAD, NULL},
      {JOIN, SECOND, 1, 0, 2, EAS_FLIGHT_WAIT, NULL}}},
    {"a result is there for five seconds",
     {{JOIN, FIRST, 1, 0, 0, EAS_FLIGHT_LEAD, NULL},
      {LAND, FIRST, 1, 0, 10, 0, "one"},
      {JOIN, SECOND, 1, 5, 5000009, EAS_FLIGHT_DONE, "one"}}},
    {"and not longer",
     {{JOIN, FIRST, 1, 0, 0, EAS_FLIGHT_LEAD, NULL},
      {LAND, FIRST, 1, 0, 10, 0, "one"},
      {LAND, FIRST, 1, 0, 5000010, 0, "one"},
      {JOIN, SECOND, 1, 4999999, 5000010, EAS_FLIGHT_LEAD, NULL}}},
    {"whose process died leads no more",
     {{JOIN, FIRST, 1, 0, 0, EAS_FLIGHT_LEAD, NULL},
      {ABANDON, 0, 2, 0, 5, 0, NULL},
      {JOIN, SECOND, 2, 5, 6, EAS_FLIGHT_WAIT, NULL},
      {ABANDON, 0, 1, 0, 7, 0, NULL},
      {JOIN, SECOND, 2, 5, 8, EAS_FLIGHT_LEAD, NULL}}},
    {"a result outlives its process",
     {{JOIN, FIRST, 1, 0, 0, EAS_FLIGHT_LEAD, NULL},
      {LAND, FIRST, 1, 0, 10, 0, "one"},
      {ABANDON, 0, 1, 0, 11, 0, NULL},
      {JOIN, SECOND, 2, 5, 12, EAS_FLIGHT_DONE, "one"}}},
};

static eas_flight_seat seat_of(const act *a)
{
    eas_flight_seat seat = {key_of(0), (apr_uint64_t)a->owner,
                            (apr_uint64_t)a->ticket, a->arrived,
                            a->arrived + 100};

    return seat;
}

static void join(eas_flights *flights, const act *a, const char *name)
{
    const eas_flight_seat seat = seat_of(a);
    char result[EAS_FLIGHT_ROOM + 1] = "untouched";
    apr_size_t length = 999;

    is_int(eas_flights_join(flights, &seat, a->now, result, &length), a->turn,
           tap_row(name, "turn"));
    if (a->result) {
        is_int((long long)length, (long long)strlen(a->result),
               tap_row(name, "length"));
        result[length <= EAS_FLIGHT_ROOM ? length : 0] = '\0';
        is_str(result, a->result, tap_row(name, "result"));
    }
    else {
        ok(length == 999 && !strcmp(result, "untouched"),
           tap_row(name, "nothing touched"));
    }
}

static void play(eas_flights *flights, const act *a, const char *name)
{
    static const char much[EAS_FLIGHT_ROOM + 1];
    const eas_flight_seat seat = seat_of(a);

    switch (a->what) {
    case END:
        break;
    case JOIN:
        join(flights, a, name);
        break;
    case LAND:
        eas_flights_land(flights, &seat, a->now, a->result, strlen(a->result));
        break;
    case LAND_NOTHING:
        eas_flights_land(flights, &seat, a->now, NULL, 0);
        break;
    case LAND_TOO_MUCH:
        eas_flights_land(flights, &seat, a->now, much, sizeof(much));
        break;
    case ABANDON:
        eas_flights_abandon(flights, seat.owner, a->now);
        break;
    }
}

/* --- room ------------------------------------------------------------------ */

static void test_room(void)
{
    eas_flights *flights = flights_of(8);
    char result[EAS_FLIGHT_ROOM];
    apr_size_t length;
    eas_flight_seat seat = {key_of(0), 1, 1, 0, 100};
    int led = 0;
    int alone = 0;

    for (apr_uint64_t i = 0; i < 40; i++) {
        eas_flight_turn turn;

        seat.key = key_of(i);
        seat.ticket = i + 1;
        turn = eas_flights_join(flights, &seat, 1, result, &length);
        led += turn == EAS_FLIGHT_LEAD;
        alone += turn == EAS_FLIGHT_ALONE;
    }
    ok(led >= 8 && led <= 16, "as many lead as there is room for");
    is_int(alone, 40 - led, "the others fly alone");
    seat.key = key_of(0);
    seat.ticket = 100;
    is_int(eas_flights_join(flights, &seat, 1, result, &length),
           EAS_FLIGHT_WAIT, "and push nobody out");
    memset(result, 'x', sizeof(result));
    seat.ticket = 1;
    eas_flights_land(flights, &seat, 2, result, sizeof(result));
    memset(result, 'y', sizeof(result));
    is_int(eas_flights_join(flights, &seat, 3, result, &length),
           EAS_FLIGHT_DONE, "the longest result");
    ok(length == sizeof(result) && result[0] == 'x'
           && result[EAS_FLIGHT_ROOM - 1] == 'x',
       "is whole");
}

/* --- threads --------------------------------------------------------------- */

enum { THREADS = 8, ROUNDS = 400 };

static eas_flights *shared;
static atomic_int clock_now;
static atomic_int in_air[ROUNDS];
static atomic_int asked;
static atomic_int wrong;
static atomic_int tickets;

/* As if asking took a while. */
static int ask(int round)
{
    if (atomic_fetch_add(&in_air[round], 1)) {
        atomic_fetch_add(&wrong, 1);
    }
    atomic_fetch_add(&asked, 1);
    for (int i = 0; i < 5; i++) {
        apr_thread_yield();
    }
    atomic_fetch_sub(&in_air[round], 1);
    return round * 2 + 1;
}

static void fly(int round)
{
    eas_flight_seat seat = {key_of((apr_uint64_t)round), 1,
                            (apr_uint64_t)atomic_fetch_add(&tickets, 1) + 1,
                            atomic_fetch_add(&clock_now, 1), 1 << 30};
    int answer = 0;
    apr_size_t length = 0;
    char result[EAS_FLIGHT_ROOM];

    for (;;) {
        switch (eas_flights_join(shared, &seat, atomic_fetch_add(&clock_now, 1),
                                 result, &length)) {
        case EAS_FLIGHT_LEAD:
            answer = ask(round);
            eas_flights_land(shared, &seat, atomic_fetch_add(&clock_now, 1),
                             &answer, sizeof(answer));
            return;
        case EAS_FLIGHT_WAIT:
            apr_thread_yield();
            break;
        case EAS_FLIGHT_DONE:
            memcpy(&answer, result, sizeof(answer));
            if (answer != round * 2 + 1 || length != sizeof(answer)) {
                atomic_fetch_add(&wrong, 1);
            }
            return;
        case EAS_FLIGHT_ALONE:
            atomic_fetch_add(&wrong, 1);
            return;
        }
    }
}

static void *APR_THREAD_FUNC fly_all(apr_thread_t *thread, void *data)
{
    (void)thread;
    (void)data;
    for (int round = 0; round < ROUNDS; round++) {
        fly(round);
    }
    return NULL;
}

static void test_threads(void)
{
    apr_thread_t *threads[THREADS];
    apr_status_t rv;

    shared = flights_of(COUNT * 10);
    for (int i = 0; i < THREADS; i++) {
        apr_thread_create(&threads[i], NULL, fly_all, NULL, pool);
    }
    for (int i = 0; i < THREADS; i++) {
        apr_thread_join(&rv, threads[i]);
    }
    is_int(atomic_load(&wrong), 0,
           "one at a time asks, and the others get its answer");
    ok(atomic_load(&asked) >= ROUNDS, "somebody asks each time");
    printf("# %d asked for %d\n", atomic_load(&asked), THREADS * ROUNDS);
}

int main(void)
{
    eas_flights *none = NULL;
    static char memory[16384];

    apr_initialize();
    apr_pool_create(&pool, NULL);
    for (apr_size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
        eas_flights *flights = flights_of(COUNT);

        for (int j = 0; j < 10; j++) {
            play(flights, &stories[i].acts[j], stories[i].name);
        }
    }
    test_room();
    test_threads();
    memset(memory, 1, sizeof(memory));
    is_int(eas_flights_make(memory, 1, pool, &none), APR_EMISMATCH,
           "another memory");
    ok(!none, "makes none");
    apr_terminate();
    return done_testing();
}
