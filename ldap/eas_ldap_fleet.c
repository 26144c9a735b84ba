/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_fleet.h"

#include <apr_strings.h>
#include <apr_thread_mutex.h>

#include "eas_clock.h"
#include "eas_ldap_queue.h"
#include "eas_ldap_roster.h"
#include "eas_reason.h"

/* While all servers are down, this long after one try comes the next. */
#define BREAK_FOR apr_time_from_sec(1)

struct eas_ldap_fleet {
    const eas_ldap_settings *settings;
    const eas_ldap_context *context;
    eas_board *board;
    eas_ldap_roster *roster;
};

/* One question on its way from server to server. */
typedef struct call {
    eas_ldap_fleet *fleet;
    eas_ldap_question question;
    void *with;
    eas_moment deadline;
    apr_pool_t *pool;
    eas_ldap_server **servers;
    int count;
    int is_trial;         /* all are down, and this request tries them */
    int is_final;         /* no other server must be asked */
    apr_uint64_t asked;   /* a set of indices */
    eas_reason reason;    /* of the server asked last */
    const char *detail;   /* of all, or NULL */
    eas_ldap_server *who; /* was asked last */
} call;

apr_status_t eas_ldap_fleet_make(const eas_ldap_settings *settings,
                                 const eas_ldap_context *context,
                                 apr_pool_t *pool, eas_ldap_fleet **fleet_out)
{
    eas_ldap_fleet *fleet = apr_pcalloc(pool, sizeof(*fleet));
    apr_status_t rv;

    fleet->settings = settings;
    fleet->context = context;
    fleet->board = context->board ? context->board
                                  : apr_pcalloc(pool, sizeof(*fleet->board));
    rv = eas_ldap_roster_make(settings, fleet->board, pool, &fleet->roster);
    if (rv == APR_SUCCESS) {
        *fleet_out = fleet;
    }
    return rv;
}

apr_interval_time_t eas_ldap_fleet_down_for(const eas_ldap_fleet *fleet)
{
    const eas_moment since = atomic_load(&fleet->board->down_since);

    return since ? eas_clock_now(NULL) - since : 0;
}

int eas_ldap_fleet_is_down(const eas_ldap_fleet *fleet)
{
    const int state = eas_ldap_roster_is_down(fleet->roster);

    return state >= 0 ? state
                      : atomic_load(&fleet->board->state) == EAS_HEALTH_DOWN;
}

/* --- what is remembered ---------------------------------------------------- */

static void tell(const call *c, eas_ldap_event event)
{
    const eas_ldap_context *context = c->fleet->context;

    event.provider = c->fleet->settings->provider;
    if (context->changed) {
        context->changed(context->self, &event);
    }
}

static int all_are_down(const call *c)
{
    for (int i = 0; i < c->count; i++) {
        if (eas_health_get(c->servers[i]->health) != EAS_HEALTH_DOWN) {
            return 0;
        }
    }
    return c->count > 0;
}

/* Whether the outcome speaks against the server, so that another may help. */
static int is_failure(eas_reason reason)
{
    return reason == EAS_DIRECTORY_DOWN || reason == EAS_DIRECTORY_TIMEOUT
           || reason == EAS_DIRECTORY_BUSY || reason == EAS_DIRECTORY_NAME
           || reason == EAS_DIRECTORY_TLS;
}

/* Whether it says anything about the server at all. */
static int is_answer(eas_reason reason)
{
    return !is_failure(reason) && reason != EAS_OVERLOADED
           && reason != EAS_INTERNAL_ERROR;
}

static void note_failure(const call *c, eas_ldap_server *server,
                         eas_reason reason, const char *detail)
{
    const apr_interval_time_t retry = c->fleet->settings->retry;

    if (eas_health_failed(server->health, reason, eas_clock_now(NULL), retry)) {
        tell(c, (eas_ldap_event){.server = server->host->uri,
                                 .state = eas_health_get(server->health),
                                 .reason = reason,
                                 .detail = detail,
                                 .retry = retry});
    }
}

static void note_answer(const call *c, eas_ldap_server *server)
{
    apr_interval_time_t after = 0;

    if (eas_health_answered(server->health, eas_clock_now(NULL), &after)) {
        tell(c, (eas_ldap_event){.server = server->host->uri,
                                 .state = EAS_HEALTH_UP,
                                 .after = after});
    }
}

/* Somebody was helped. */
static void note_up(const call *c)
{
    eas_board *board = c->fleet->board;
    const eas_moment now = eas_clock_now(NULL);
    const eas_moment since = atomic_load(&board->down_since);

    /* Read first: all processors share it, and to write it for each answer
     * would make them wait for each other. */
    if (atomic_load(&board->full_since)) {
        atomic_store(&board->full_since, 0);
    }
    if (since) {
        atomic_store(&board->down_since, 0);
    }
    if (atomic_load(&board->state) != EAS_HEALTH_UP
        && atomic_exchange(&board->state, EAS_HEALTH_UP) != EAS_HEALTH_UP) {
        atomic_store(&board->breaker, 0);
        tell(c, (eas_ldap_event){.state = EAS_HEALTH_UP,
                                 .after = since ? now - since : 0});
    }
}

static void note_down(const call *c)
{
    eas_board *board = c->fleet->board;
    eas_moment never = 0;

    atomic_compare_exchange_strong(&board->down_since, &never,
                                   eas_clock_now(NULL));
    if (!all_are_down(c)) {
        return;
    }
    if (c->is_trial || !atomic_load(&board->breaker)) {
        atomic_store(&board->breaker, eas_clock_now(NULL) + BREAK_FOR);
    }
    if (atomic_exchange(&board->state, EAS_HEALTH_DOWN) != EAS_HEALTH_DOWN) {
        tell(c, (eas_ldap_event){.state = EAS_HEALTH_DOWN,
                                 .reason = c->reason,
                                 .detail = c->detail,
                                 .retry = BREAK_FOR});
    }
}

/* --- asking ---------------------------------------------------------------- */

static void add_detail(call *c, const char *detail)
{
    c->detail = c->detail ? apr_pstrcat(c->pool, c->detail, "; then ",
                                        detail ? detail : "the next", NULL)
                          : detail;
}

/* A server that was given less time than it may take to connect or to answer,
 * because others had used it up, has not failed.  One that had half of all
 * there is has: with a total as short as its parts there is never more. */
static int had_time(const call *c, eas_moment start)
{
    const eas_ldap_settings *settings = c->fleet->settings;
    apr_interval_time_t fair = settings->total_timeout / 2;

    if (settings->connect_timeout < fair) {
        fair = settings->connect_timeout;
    }
    if (settings->operation_timeout < fair) {
        fair = settings->operation_timeout;
    }
    return eas_clock_now(NULL) - start >= fair;
}

static void ask_one(call *c, int index)
{
    eas_ldap_server *server = c->servers[index];
    const eas_moment start = eas_clock_now(NULL);
    const char *detail = NULL;

    c->asked |= APR_UINT64_C(1) << index;
    c->who = server;
    c->reason = c->question(server, c->with, c->deadline, c->pool, &c->is_final,
                            &detail);
    add_detail(c, detail);
    if (is_answer(c->reason)) {
        note_answer(c, server);
        c->is_final = 1;
    }
    else if (is_failure(c->reason)
             && (c->reason != EAS_DIRECTORY_TIMEOUT || had_time(c, start))) {
        note_failure(c, server, c->reason, detail);
    }
    else {
        eas_health_unclear(server->health);
    }
}

static int is_over(const call *c)
{
    return c->is_final || (c->asked && eas_clock_now(NULL) >= c->deadline);
}

static int may_ask(const call *c, eas_ldap_server *server, int suspects)
{
    if (c->is_trial) {
        return 1;
    }
    switch (
        eas_health_admit(server->health, eas_clock_now(NULL), c->deadline)) {
    case EAS_ADMIT_YES:
    case EAS_ADMIT_PROBE:
        return 1;
    case EAS_ADMIT_LATER:
        return suspects;
    case EAS_ADMIT_NO:
        break;
    }
    return 0;
}

static void ask_round(call *c, int suspects)
{
    for (int i = 0; i < c->count && !is_over(c); i++) {
        if (!(c->asked & APR_UINT64_C(1) << i)
            && may_ask(c, c->servers[i], suspects)) {
            ask_one(c, i);
        }
    }
}

/* Other processes write the reason: it is believed only where it is one.  A
 * "none" out of here would be a membership that nobody has looked up. */
static eas_reason known_down(const call *c, const char **detail_out)
{
    const eas_health *health = c->servers[0]->health;
    const eas_reason reason = (eas_reason)atomic_load(&health->reason);

    *detail_out = apr_psprintf(
        c->pool, "%s is down since %d s%s; it is tried every second",
        c->servers[0]->host->uri,
        (int)apr_time_sec(eas_clock_now(NULL) - atomic_load(&health->since)),
        c->count > 1 ? " and so are the others" : "");
    return is_failure(reason) ? reason : EAS_DIRECTORY_DOWN;
}

/* Who was to try the directory, and learned nothing of it, leaves that to the
 * next. */
static void leave_trial(const call *c)
{
    if (c->is_trial) {
        eas_lease_give(&c->fleet->board->breaker, c->deadline);
    }
}

static void ask_all(call *c)
{
    ask_round(c, 0);
    if (!is_over(c)) {
        ask_round(c, 1);
    }
    if (!c->asked) {
        /* Between two looks the last one went down. */
        c->reason = known_down(c, &c->detail);
    }
    if (is_answer(c->reason)) {
        note_up(c);
    }
    else if (is_failure(c->reason)) {
        note_down(c);
    }
    else {
        leave_trial(c);
    }
}

static eas_reason take_seat(const call *c, eas_seat *seat_out,
                            const char **detail_out)
{
    const eas_ldap_queue queue = {c->fleet->context->seats, c->fleet->board,
                                  c->servers, c->count, c->deadline};

    return eas_ldap_queue_take(&queue, c->pool, seat_out, detail_out);
}

/* Who has to wait for the name server waits for the directory. */
static eas_reason list_servers(call *c, eas_seat *seat, const char **detail_out)
{
    eas_ldap_roster *roster = c->fleet->roster;
    eas_reason reason = EAS_REASON_NONE;

    if (eas_ldap_roster_waits(roster)) {
        reason = take_seat(c, seat, detail_out);
    }
    if (reason == EAS_REASON_NONE) {
        reason = eas_ldap_roster_list(roster, c->deadline, c->pool, &c->servers,
                                      &c->count, detail_out);
    }
    if (is_failure(reason)) {
        note_down(c);
    }
    return reason;
}

/* Whether the servers may be asked now; else why not. */
static eas_reason admit(call *c, eas_seat *seat, const char **detail_out)
{
    eas_reason reason;

    if (all_are_down(c)) {
        c->is_trial = eas_lease_take(&c->fleet->board->breaker,
                                     eas_clock_now(NULL), c->deadline);
        if (!c->is_trial) {
            return known_down(c, detail_out);
        }
    }
    reason = seat->lease ? EAS_REASON_NONE : take_seat(c, seat, detail_out);
    if (reason != EAS_REASON_NONE) {
        leave_trial(c);
    }
    return reason;
}

eas_reason eas_ldap_fleet_ask(eas_ldap_fleet *fleet, eas_ldap_question question,
                              void *with, eas_moment deadline, apr_pool_t *pool,
                              const char **detail_out)
{
    call c = {.fleet = fleet,
              .question = question,
              .with = with,
              .deadline = deadline,
              .pool = pool,
              .reason = EAS_DIRECTORY_DOWN};
    eas_seat seat = {NULL, 0};
    eas_reason reason = list_servers(&c, &seat, detail_out);

    if (reason == EAS_REASON_NONE) {
        reason = admit(&c, &seat, detail_out);
    }
    if (reason == EAS_REASON_NONE) {
        ask_all(&c);
        reason = c.reason;
        *detail_out = c.detail;
    }
    eas_seats_give(fleet->context->seats, &seat);
    return reason;
}
