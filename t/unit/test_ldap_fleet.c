/* SPDX-License-Identifier: Apache-2.0 */
/* Which servers are asked, and what is held against them: the questions are
 * this test's own, so that no server is needed. */
#include <apr_general.h>
#include <apr_strings.h>

#include "eas_clock.h"
#include "eas_ldap_fleet.h"
#include "tap.h"

#define MS(n) apr_time_from_msec(n)

static apr_pool_t *pool;

/* A fleet, and what its servers answer. */
typedef struct world {
    eas_ldap_settings settings;
    eas_ldap_context context;
    eas_board board;
    eas_ldap_fleet *fleet;
    eas_reason reason;         /* of every server */
    apr_interval_time_t takes; /* longest: they hang for as long */
    int asked;
} world;

static world *made(int servers)
{
    world *w = apr_pcalloc(pool, sizeof(*w));
    eas_ldap_settings *settings = &w->settings;

    settings->provider = "test";
    settings->url.hosts = apr_array_make(pool, 2, sizeof(eas_ldap_host));
    for (int i = 0; i < servers; i++) {
        eas_ldap_host_init(apr_array_push(settings->url.hosts), "127.0.0.1",
                           (apr_port_t)(1 + i), 0, pool);
    }
    settings->connect_timeout = MS(40);
    settings->operation_timeout = MS(40);
    settings->total_timeout = MS(80);
    settings->pool_max = 1;
    settings->retry = apr_time_from_sec(30);
    w->context.board = &w->board;
    is_int(eas_ldap_fleet_make(settings, &w->context, pool, &w->fleet),
           APR_SUCCESS, "made");
    return w;
}

static eas_reason question(eas_ldap_server *server, void *with,
                           eas_moment deadline, apr_pool_t *pool_,
                           int *final_out, const char **detail_out)
{
    world *w = with;
    const eas_moment now = eas_clock_now(NULL);

    (void)server;
    (void)pool_;
    (void)final_out;
    (void)detail_out;
    w->asked++;
    if (w->takes && deadline > now) {
        apr_sleep(deadline - now < w->takes ? deadline - now : w->takes);
    }
    return w->reason;
}

static eas_reason ask(world *w)
{
    const char *detail = NULL;

    return eas_ldap_fleet_ask(w->fleet, question, w,
                              eas_clock_now(NULL) + w->settings.total_timeout,
                              pool, &detail);
}

/* --- a server that hangs --------------------------------------------------- */

static const struct {
    const char *name;
    int connect, operation, total, takes; /* in milliseconds */
    eas_health_state state;               /* after two */
} hangs[] = {
    {"as long as an operation may", 40, 40, 80, 40, EAS_HEALTH_DOWN},
    {"an operation has less time than a connection", 80, 20, 160, 20,
     EAS_HEALTH_DOWN},
    {"a connection has less time", 20, 80, 160, 20, EAS_HEALTH_DOWN},
    {"a connection has all the time there is", 40, 20, 40, 40, EAS_HEALTH_DOWN},
    {"all have the same time", 40, 40, 40, 40, EAS_HEALTH_DOWN},
    {"no time was left for it", 40, 40, 80, 1, EAS_HEALTH_UP},
};

static void test_hangs(void)
{
    for (size_t i = 0; i < sizeof(hangs) / sizeof(hangs[0]); i++) {
        world *w = made(1);

        w->settings.connect_timeout = MS(hangs[i].connect);
        w->settings.operation_timeout = MS(hangs[i].operation);
        w->settings.total_timeout = MS(hangs[i].total);
        w->reason = EAS_DIRECTORY_TIMEOUT;
        w->takes = MS(hangs[i].takes);
        ask(w);
        is_int(ask(w), EAS_DIRECTORY_TIMEOUT, hangs[i].name);
        is_int(w->board.state, hangs[i].state, hangs[i].name);
    }
}

/* --- the one who tries a directory that is down ---------------------------- */

static world *down(void)
{
    world *w = made(2);

    w->reason = EAS_DIRECTORY_DOWN;
    ask(w);
    ask(w);
    is_int(w->board.state, EAS_HEALTH_DOWN, "down");
    w->board.breaker = 0; /* a second later */
    w->asked = 0;
    return w;
}

static void test_trial(void)
{
    world *w = down();

    w->reason = EAS_REASON_NONE;
    is_int(ask(w), EAS_REASON_NONE, "who tries is answered");
    is_int(w->board.state, EAS_HEALTH_UP, "and all is well");
    w = down();
    is_int(ask(w), EAS_DIRECTORY_DOWN, "still down");
    is_int(w->asked, 2, "both are tried");
    is_int(ask(w), EAS_DIRECTORY_DOWN, "and nobody tries for a while");
    is_int(w->asked, 2, "nor is anybody asked");
}

/* Who was to try and did not, leaves it to the next. */
static void test_no_trial(void)
{
    static const eas_clock clock = {NULL, eas_clock_now, eas_clock_date};
    world *w = down();
    eas_seat seat = {NULL, 0};

    eas_seats_make(1, NULL, pool, &w->context.seats);
    eas_seats_take(w->context.seats, &clock, 0,
                   eas_clock_now(NULL) + apr_time_from_sec(60), &seat);
    is_int(ask(w), EAS_OVERLOADED, "no seat to try from");
    eas_seats_give(w->context.seats, &seat);
    w->reason = EAS_REASON_NONE;
    is_int(ask(w), EAS_REASON_NONE, "the next one tries");

    w = down();
    w->reason = EAS_OVERLOADED;
    is_int(ask(w), EAS_OVERLOADED, "no connection to try with");
    w->reason = EAS_REASON_NONE;
    is_int(ask(w), EAS_REASON_NONE, "the next one tries");
}

/* --- whether probes have put it down ---------------------------------------- */

/* Another child's fleet, over the same board. */
static eas_ldap_fleet *other_child(world *w)
{
    eas_ldap_fleet *fleet = NULL;

    is_int(eas_ldap_fleet_make(&w->settings, &w->context, pool, &fleet),
           APR_SUCCESS, "another child");
    return fleet;
}

static void test_is_down(void)
{
    world *w = made(2);
    eas_ldap_fleet *other = other_child(w);
    eas_health *first = eas_board_server(
        &w->board, APR_ARRAY_IDX(w->settings.url.hosts, 0, eas_ldap_host).uri);

    is_int(eas_ldap_fleet_is_down(w->fleet), 0, "nothing is known");
    w->reason = EAS_DIRECTORY_DOWN;
    ask(w);
    is_int(eas_ldap_fleet_is_down(w->fleet), 0, "once: they are suspect");
    ask(w);
    is_int(eas_ldap_fleet_is_down(w->fleet), 1, "twice: all are down");
    is_int(eas_ldap_fleet_is_down(other), 1, "and another child knows");
    w->board.breaker = 0;
    w->reason = EAS_OVERLOADED;
    ask(w);
    is_int(eas_ldap_fleet_is_down(other), 1, "who could not try says nothing");
    first->state = EAS_HEALTH_SUSPECT;
    is_int(eas_ldap_fleet_is_down(other), 0, "one of them is suspect");
    first->state = EAS_HEALTH_DOWN;
    w->board.breaker = 0;
    w->reason = EAS_WRONG_PASSWORD;
    is_int(ask(w), EAS_WRONG_PASSWORD, "one answers");
    is_int(eas_ldap_fleet_is_down(w->fleet), 0, "and it is up");
    is_int(eas_ldap_fleet_is_down(other), 0, "for the other child as well");
}

/* What somebody can bring about who only logs in, often. */
static void test_is_not_down(void)
{
    static const struct {
        const char *name;
        eas_reason reason;
        int takes; /* milliseconds */
    } rows[] = {
        {"no connection is free", EAS_OVERLOADED, 0},
        {"an internal error", EAS_INTERNAL_ERROR, 0},
        {"no time was left", EAS_DIRECTORY_TIMEOUT, 1},
        {"it answers that it cannot", EAS_DIRECTORY_ERROR, 0},
        {"the service account is refused", EAS_SERVICE_REFUSED, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        world *w = made(1);

        w->reason = rows[i].reason;
        w->takes = MS(rows[i].takes);
        ask(w);
        ask(w);
        ask(w);
        is_int(eas_ldap_fleet_is_down(w->fleet), 0, rows[i].name);
    }
}

static void test_full_is_not_down(void)
{
    static const eas_clock clock = {NULL, eas_clock_now, eas_clock_date};
    world *w = made(1);
    eas_seat seat = {NULL, 0};

    eas_seats_make(1, NULL, pool, &w->context.seats);
    eas_seats_take(w->context.seats, &clock, 0,
                   eas_clock_now(NULL) + apr_time_from_sec(60), &seat);
    ask(w);
    is_int(ask(w), EAS_OVERLOADED, "the queue is full");
    is_int(eas_ldap_fleet_is_down(w->fleet), 0, "that is not down");
}

/* Servers that DNS would list, and nobody has yet. */
static void test_unlisted(void)
{
    world *w = apr_pcalloc(pool, sizeof(*w));

    w->settings.provider = "test";
    w->settings.url.hosts = apr_array_make(pool, 1, sizeof(eas_ldap_host));
    w->settings.url.srv_domain = "example.test";
    w->context.board = &w->board;
    w->fleet = other_child(w);
    is_int(eas_ldap_fleet_is_down(w->fleet), 0, "no list, and nobody tried");
    w->board.down_since = 1;
    is_int(eas_ldap_fleet_is_down(w->fleet), 0, "the name server alone");
    w->board.state = EAS_HEALTH_DOWN;
    is_int(eas_ldap_fleet_is_down(w->fleet), 1, "others found all down");
    w->board.state = EAS_HEALTH_UP;
    is_int(eas_ldap_fleet_is_down(w->fleet), 0, "and up again");
}

/* --- what memory says that other processes write --------------------------- */

static void test_damaged(void)
{
    static const int reasons[] = {EAS_REASON_NONE, EAS_GRANTED,
                                  EAS_WRONG_PASSWORD, EAS_REASON_COUNT, -1};

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        world *w = down();

        for (int n = 0; n < EAS_BOARD_SERVERS; n++) {
            w->board.servers[n].reason = reasons[i];
        }
        w->board.breaker = APR_INT64_MAX;
        is_int(ask(w), EAS_DIRECTORY_DOWN, "a directory that is down says no");
    }
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_hangs();
    test_trial();
    test_no_trial();
    test_is_down();
    test_is_not_down();
    test_full_is_not_down();
    test_unlisted();
    test_damaged();
    apr_pool_destroy(pool);
    apr_terminate();
    return done_testing();
}
