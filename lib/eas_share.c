/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_share.h"

#include <string.h>

#include "eas_prove.h"
#include "eas_reason.h"

/* Nobody wakes a process when another has its answer: it looks, soon at first,
 * as most directories answer in a few milliseconds. */
#define FIRST_PAUSE apr_time_from_msec(1)
#define LONGEST_PAUSE apr_time_from_msec(20)

/* Who has no seat waits no longer than this: a burst, not an outage. */
#define STANDING_FOR apr_time_from_sec(1)

/* More than anybody oversteps a deadline, so that nobody is overtaken. */
#define GRACE apr_time_from_sec(1)

/* What travels from the one who asked to those who wait. */
typedef struct message {
    apr_int64_t expires_in;
    apr_int64_t asked;  /* a moment */
    apr_int64_t reason; /* EAS_GRANTED where the password is proven */
} message;

_Static_assert(sizeof(message) + EAS_SEAL_OVERHEAD <= EAS_FLIGHT_ROOM,
               "a sealed message has room in a flight");

static apr_uint64_t ticket_of(const eas_env *env)
{
    const apr_uint64_t high = env->random(env->self);

    return high << 32 | env->random(env->self) | 1;
}

static eas_flight_seat seat_of(const eas_guard *g, eas_key key)
{
    const eas_check *check = g->check;
    const eas_flight_seat seat = {
        .key = key,
        .owner = g->shield->owner,
        .ticket = ticket_of(check->env),
        .arrived = g->now,
        .deadline = check->ask.deadline + GRACE,
    };

    return seat;
}

static eas_key credential_key(const eas_guard *g)
{
    const eas_span parts[] = {
        {&g->attempt.account, sizeof(g->attempt.account)},
        eas_span_text(g->check->provider->fingerprint),
        eas_span_text(g->check->ask.remote_attribute),
        eas_span_text(g->check->ask.password),
    };

    return eas_key_make(g->shield->keys, 'f', parts, 4);
}

static eas_key login_key(const eas_guard *g)
{
    const eas_span part = {&g->login, sizeof(g->login)};

    return eas_key_make(g->shield->keys, 'g', &part, 1);
}

/* Whether an answer is one for others too.  What is no answer is not, nor is
 * what was held back: they have guesses of their own. */
static int is_news(eas_reason reason)
{
    switch (eas_reason_class(reason)) {
    case EAS_CLASS_GRANTED:
    case EAS_CLASS_REFUSED:
        return 1;
    case EAS_CLASS_FORBIDDEN:
        return reason != EAS_ACCOUNTS_DIFFER; /* theirs alone */
    case EAS_CLASS_LOCKED:
        return reason == EAS_DIRECTORY_LOCKED;
    case EAS_CLASS_NO_CREDENTIAL:
    case EAS_CLASS_MALFORMED:
    case EAS_CLASS_UNAVAILABLE:
        break;
    }
    return 0;
}

static void land(const eas_guard *g, const eas_flight_seat *seat,
                 eas_reason reason)
{
    const eas_identity *identity = g->check->ask.identity;
    const message text = {identity ? identity->expires_in : -1, g->now, reason};
    unsigned char sealed[EAS_FLIGHT_ROOM];
    apr_size_t length = 0;

    if (is_news(reason)
        && eas_seal(g->shield->sealer, &seat->key, sizeof(seat->key), &text,
                    sizeof(text), sealed, sizeof(sealed), &length)
               != APR_SUCCESS) {
        length = 0;
    }
    eas_flights_land(g->shield->flights, seat, eas_guard_now(g), sealed,
                     length);
}

static eas_reason lead(eas_guard *g, const eas_flight_seat *seat,
                       int is_second_look)
{
    const eas_reason reason = eas_prove(g, is_second_look);

    land(g, seat, reason == EAS_REASON_NONE ? EAS_GRANTED : reason);
    return reason;
}

/* What was asked before a flush is void, for who came after it. */
static int open_message(const eas_guard *g, const eas_flight_seat *seat,
                        const unsigned char *sealed, apr_size_t length,
                        message *text)
{
    apr_size_t got = 0;
    int is_own = 0;

    return eas_unseal(g->shield->sealer, &seat->key, sizeof(seat->key), sealed,
                      length, (unsigned char *)text, sizeof(*text), &got,
                      &is_own)
               == APR_SUCCESS
           && got == sizeof(*text) && text->asked > g->flushed_at
           && is_news((eas_reason)text->reason);
}

/* The password was proven for this very account; who that is, is in its cached
 * record, or has to be looked up. */
static eas_reason follow(eas_guard *g, const message *text)
{
    eas_check *check = g->check;
    const eas_key account = g->attempt.account;
    eas_reason reason = (eas_reason)text->reason;

    eas_guard_count(&g->shield->counters->shared);
    check->source = EAS_SOURCE_DIRECTORY;
    if (reason != EAS_GRANTED) {
        return reason;
    }
    eas_guard_recall(g);
    if (g->cached.verdict.reason == EAS_GRANTED
        && eas_guard_holds(g, check->policy->cache_ttl)) {
        eas_guard_accept(g, EAS_SOURCE_DIRECTORY, EAS_PROOF_PASSWORD,
                         check->policy->cache_ttl);
        return EAS_REASON_NONE;
    }
    reason = check->ask.identity ? EAS_REASON_NONE : eas_guard_find(g, 0);
    if (reason != EAS_REASON_NONE) {
        return reason;
    }
    if (!eas_key_is(&account, &g->attempt.account)) {
        check->ask.detail = "the login names somebody else since";
        return EAS_DIRECTORY_ERROR;
    }
    check->ask.identity->proof = EAS_PROOF_PASSWORD;
    check->ask.identity->expires_in = text->expires_in;
    if (check->policy->cache_ttl) {
        check->until = g->now + check->policy->cache_ttl;
    }
    return EAS_REASON_NONE;
}

/* Whether one more moment may be waited. */
static int may_wait(const eas_guard *g, eas_seat *place)
{
    const eas_moment now = eas_guard_now(g);

    if (now >= g->check->ask.deadline) {
        return 0;
    }
    return place->lease || now - g->now < STANDING_FOR
           || eas_seats_take(g->shield->followers, &g->check->env->clock, 0,
                             g->check->ask.deadline, place);
}

/* Until the turn comes to somebody who need not wait any more. */
static eas_flight_turn wait_for(eas_guard *g, const eas_flight_seat *seat,
                                unsigned char *sealed, apr_size_t *length)
{
    const eas_shield *shield = g->shield;
    eas_seat place = {NULL, 0};
    apr_interval_time_t span = FIRST_PAUSE;
    eas_flight_turn turn;

    while ((turn = eas_flights_join(shield->flights, seat, eas_guard_now(g),
                                    sealed, length))
               == EAS_FLIGHT_WAIT
           && may_wait(g, &place)) {
        shield->pause(shield->self, span);
        span = span * 2 < LONGEST_PAUSE ? span * 2 : LONGEST_PAUSE;
    }
    eas_seats_give(shield->followers, &place);
    return turn;
}

static eas_reason no_answer(const eas_guard *g)
{
    g->check->ask.detail =
        "another request asked about the same login, and had no answer";
    return EAS_OVERLOADED;
}

static eas_reason lead_search(eas_guard *g, const eas_flight_seat *seat)
{
    const eas_reason reason = eas_guard_find(g, 0);

    land(g, seat, reason == EAS_REASON_NONE ? EAS_GRANTED : reason);
    return reason;
}

eas_reason eas_share_find(eas_guard *guard)
{
    const eas_flight_seat seat = seat_of(guard, login_key(guard));
    unsigned char sealed[EAS_FLIGHT_ROOM];
    apr_size_t length = 0;
    message text;

    switch (wait_for(guard, &seat, sealed, &length)) {
    case EAS_FLIGHT_LEAD:
        return lead_search(guard, &seat);
    case EAS_FLIGHT_DONE:
        if (!open_message(guard, &seat, sealed, length, &text)) {
            break;
        }
        if (text.reason != EAS_GRANTED) {
            return (eas_reason)text.reason;
        }
        if (eas_guard_recognise(guard)) {
            return EAS_REASON_NONE;
        }
        break;
    case EAS_FLIGHT_WAIT:
        return no_answer(guard);
    case EAS_FLIGHT_ALONE:
        break;
    }
    return eas_guard_find(guard, 0);
}

eas_reason eas_share(eas_guard *guard, int is_second_look)
{
    const eas_flight_seat seat = seat_of(guard, credential_key(guard));
    unsigned char sealed[EAS_FLIGHT_ROOM];
    apr_size_t length = 0;
    message text;

    switch (wait_for(guard, &seat, sealed, &length)) {
    case EAS_FLIGHT_LEAD:
        return lead(guard, &seat, is_second_look);
    case EAS_FLIGHT_DONE:
        if (open_message(guard, &seat, sealed, length, &text)) {
            return follow(guard, &text);
        }
        break;
    case EAS_FLIGHT_WAIT:
        return no_answer(guard);
    case EAS_FLIGHT_ALONE:
        break;
    }
    return eas_prove(guard, is_second_look);
}
