/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Single flight: while one asks the directory about a credential, the others
 * that present the same one wait for its answer.
 *
 * Nobody is woken: those who wait come again, which costs them no lock.
 */
#ifndef EAS_FLIGHT_H
#define EAS_FLIGHT_H

#include "eas_table.h"

/** The longest result, in bytes. */
#define EAS_FLIGHT_ROOM 160

/** A handle of one process; any thread may use it. */
typedef struct eas_flights eas_flights;

/** What whoever comes is to do. */
typedef enum {
    EAS_FLIGHT_LEAD, /**< ask, and then eas_flights_land */
    EAS_FLIGHT_WAIT, /**< somebody does: come again in a moment */
    EAS_FLIGHT_DONE, /**< the result of a flight that landed after this one came
                      */
    EAS_FLIGHT_ALONE /**< no room, or no lock: ask, and do not land */
} eas_flight_turn;

/** One who wants to know. */
typedef struct eas_flight_seat {
    eas_key key;
    apr_uint64_t owner;  /**< of a process, for eas_flights_abandon */
    apr_uint64_t ticket; /**< of this one, never used by another; not 0 */
    eas_moment arrived;
    eas_moment deadline; /**< when its lead is over, should it not land */
} eas_flight_seat;

/**
 * How much memory flights take.
 * @param count of those in the air at once
 * @return bytes; 0 where that is more than there can be
 */
apr_size_t eas_flights_size(apr_size_t count);

/**
 * Take a memory for flights.
 * @param memory eas_flights_size bytes, as for eas_table_make
 * @param pool lifetime of the handle
 * @param flights_out untouched on failure
 * @return as eas_table_make
 */
apr_status_t eas_flights_make(void *memory, apr_size_t count, apr_pool_t *pool,
                              eas_flights **flights_out);

/**
 * Ask whose turn it is.  Who leads and does not land by its deadline has lost
 * the lead to the next who comes.
 * @param result_out EAS_FLIGHT_ROOM bytes; untouched but for EAS_FLIGHT_DONE
 * @param length_out of the result, untouched likewise
 */
eas_flight_turn eas_flights_join(eas_flights *flights,
                                 const eas_flight_seat *seat, eas_moment now,
                                 void *result_out, apr_size_t *length_out);

/**
 * End a flight.  Does nothing where this ticket does not lead (any more).
 * @param length of the result; 0, or more than EAS_FLIGHT_ROOM, where nothing
 *        was learnt: one of those who wait leads next
 */
void eas_flights_land(eas_flights *flights, const eas_flight_seat *seat,
                      eas_moment now, const void *result, apr_size_t length);

/** End all flights of an owner, as one that learnt nothing: it has died. */
void eas_flights_abandon(eas_flights *flights, apr_uint64_t owner,
                         eas_moment now);

#endif
