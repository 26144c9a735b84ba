/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The servers of a directory as one: which of them is asked, and whether any
 * is, while some are slow or away.
 *
 * Those that are up are asked in order, those that are suspect after them, one
 * that is down by a single request once it is due.  While all are down, one
 * request at a time tries them, once a second at most, and the others are told
 * at once: a circuit breaker.  No more than so many requests wait at all.
 */
#ifndef EAS_LDAP_FLEET_H
#define EAS_LDAP_FLEET_H

#include "eas_ldap_server.h"
#include "eas_seats.h"

/** A change of the state of a server, or of a whole directory. */
typedef struct eas_ldap_event {
    const char *provider;
    const char *server;        /**< its URI; NULL for the directory */
    eas_health_state state;    /**< what it is from now on */
    eas_reason reason;         /**< why, where it is not up */
    const char *detail;        /**< for the log, or NULL */
    apr_interval_time_t after; /**< how long it was away, where it is up */
    apr_interval_time_t retry; /**< when it is tried again, where it is down */
} eas_ldap_event;

/** What a directory shares with others of its kind. */
typedef struct eas_ldap_context {
    eas_board *board; /**< of all children; NULL for one of its own */
    eas_seats *seats; /**< how many may wait; NULL for no bound */
    /** Called once for each change, by whichever thread saw it; or NULL. */
    void (*changed)(void *self, const eas_ldap_event *event);
    void *self; /**< for changed */
} eas_ldap_context;

/** The servers; opaque, usable by any thread. */
typedef struct eas_ldap_fleet eas_ldap_fleet;

/**
 * What is asked of one server.
 * @param with the caller's own
 * @param final_out set to 1 where no other server must be asked the same
 * @return any reason, with @a detail_out where there is something to say
 */
typedef eas_reason (*eas_ldap_question)(eas_ldap_server *server, void *with,
                                        eas_moment deadline, apr_pool_t *pool,
                                        int *final_out,
                                        const char **detail_out);

/**
 * Make a fleet in the process that uses it.  Nothing is connected yet.
 * @param settings, context must outlive @a pool
 * @param pool lifetime of the fleet and its connections
 * @param fleet_out untouched on failure
 * @return APR_SUCCESS, or why a part could not be made
 */
apr_status_t eas_ldap_fleet_make(const eas_ldap_settings *settings,
                                 const eas_ldap_context *context,
                                 apr_pool_t *pool, eas_ldap_fleet **fleet_out);

/**
 * Ask until a server answers.
 * @param deadline when to give up, over all servers
 * @param pool lifetime of results and texts
 * @return what the question says; EAS_OVERLOADED where too many wait already;
 *         where all servers are known to be down, why the first of them is
 */
eas_reason eas_ldap_fleet_ask(eas_ldap_fleet *fleet, eas_ldap_question question,
                              void *with, eas_moment deadline, apr_pool_t *pool,
                              const char **detail_out);

/** How long nobody has been helped, in microseconds; 0 while it answers. */
apr_interval_time_t eas_ldap_fleet_down_for(const eas_ldap_fleet *fleet);

/**
 * Whether all servers are down (EAS_HEALTH_DOWN), whichever child of the board
 * has found it.  Nothing is asked, and nobody waits.
 *
 * Those of a directory that DNS lists are the ones of the last list this child
 * had.  One that has had none, because the name server went away together with
 * the directory, believes those that have: all of their servers were down, and
 * nobody has been helped since.
 * @return 1 or 0
 */
int eas_ldap_fleet_is_down(const eas_ldap_fleet *fleet);

#endif
