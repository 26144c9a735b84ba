/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_flight.h"

#include <string.h>

/* How long a result stays for those who waited: they come every few
 * milliseconds. */
#define LINGER apr_time_from_sec(5)

/* The memory is that of a table. */
struct eas_flights {
    eas_table *table;
};

/* What the table holds under the key of a flight. */
typedef struct flight {
    apr_uint64_t owner;
    apr_uint64_t ticket; /* of who leads, or led */
    apr_uint64_t has_landed;
    eas_moment landed;
    apr_uint64_t length;
    unsigned char result[EAS_FLIGHT_ROOM];
} flight;

apr_size_t eas_flights_size(apr_size_t count)
{
    return eas_table_size(count, sizeof(flight));
}

apr_status_t eas_flights_make(void *memory, apr_size_t count, apr_pool_t *pool,
                              eas_flights **flights_out)
{
    eas_flights *flights = apr_palloc(pool, sizeof(*flights));
    const apr_status_t rv =
        eas_table_make(memory, count, sizeof(flight), pool, &flights->table);

    if (rv == APR_SUCCESS) {
        *flights_out = flights;
    }
    return rv;
}

/* Whoever comes after it landed asks anew: the answer may be another. */
static int is_answer(const flight *of, const eas_flight_seat *seat)
{
    return of->has_landed && of->landed >= seat->arrived
           && of->length <= EAS_FLIGHT_ROOM;
}

static void copy_result(const flight *of, void *result_out,
                        apr_size_t *length_out)
{
    memcpy(result_out, of->result, of->length);
    *length_out = of->length;
}

/* --- join ------------------------------------------------------------------ */

typedef struct joining {
    const eas_flight_seat *seat;
    eas_flight_turn turn;
    void *result_out;
    apr_size_t *length_out;
} joining;

static void lead(const eas_flight_seat *seat, eas_table_entry *entry)
{
    flight *of = entry->value;

    memset(of, 0, sizeof(*of));
    of->owner = seat->owner;
    of->ticket = seat->ticket;
    entry->until = seat->deadline;
    entry->is_pinned = 1;
}

static void join(void *with, eas_table_entry *entry)
{
    joining *one = with;
    const flight *of = entry->value;

    if (!entry->is_new && is_answer(of, one->seat)) {
        copy_result(of, one->result_out, one->length_out);
        one->turn = EAS_FLIGHT_DONE;
    }
    else if (entry->is_new || of->has_landed
             || of->ticket == one->seat->ticket) {
        lead(one->seat, entry);
        one->turn = EAS_FLIGHT_LEAD;
    }
    else {
        one->turn = EAS_FLIGHT_WAIT;
    }
}

eas_flight_turn eas_flights_join(eas_flights *flights,
                                 const eas_flight_seat *seat, eas_moment now,
                                 void *result_out, apr_size_t *length_out)
{
    joining one = {seat, EAS_FLIGHT_ALONE, result_out, length_out};
    flight seen;

    /* Those who wait look without a lock. */
    if (eas_table_read(flights->table, &seat->key, now, &seen, NULL)) {
        if (is_answer(&seen, seat)) {
            copy_result(&seen, result_out, length_out);
            return EAS_FLIGHT_DONE;
        }
        if (!seen.has_landed && seen.ticket != seat->ticket) {
            return EAS_FLIGHT_WAIT;
        }
    }
    if (eas_table_edit(flights->table, &seat->key, 1, now, join, &one)
        != APR_SUCCESS) {
        return EAS_FLIGHT_ALONE;
    }
    return one.turn;
}

/* --- land and abandon ------------------------------------------------------ */

typedef struct landing {
    apr_uint64_t ticket;
    eas_moment now;
    const void *result;
    apr_size_t length;
} landing;

static void land(void *with, eas_table_entry *entry)
{
    const landing *one = with;
    flight *of = entry->value;

    if (of->has_landed || of->ticket != one->ticket) {
        return;
    }
    if (!one->length || one->length > EAS_FLIGHT_ROOM) {
        entry->until = 0;
        return;
    }
    of->has_landed = 1;
    of->landed = one->now;
    of->length = one->length;
    memcpy(of->result, one->result, one->length);
    entry->until = one->now + LINGER;
    entry->is_pinned = 0;
}

void eas_flights_land(eas_flights *flights, const eas_flight_seat *seat,
                      eas_moment now, const void *result, apr_size_t length)
{
    landing one = {seat->ticket, now, result, length};

    /* Where it is not there any more, or the lock is gone, those who wait lead
     * when its deadline has passed. */
    (void)eas_table_edit(flights->table, &seat->key, 0, now, land, &one);
}

static void abandon(void *with, const eas_key *key, eas_table_entry *entry)
{
    const apr_uint64_t *owner = with;
    const flight *of = entry->value;

    (void)key;
    if (!of->has_landed && of->owner == *owner) {
        entry->until = 0;
    }
}

void eas_flights_abandon(eas_flights *flights, apr_uint64_t owner,
                         eas_moment now)
{
    (void)eas_table_each(flights->table, now, abandon, &owner);
}
