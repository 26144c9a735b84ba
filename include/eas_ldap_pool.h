/* SPDX-License-Identifier: Apache-2.0 */
/** A bounded pool of connections to one server, for one purpose. */
#ifndef EAS_LDAP_POOL_H
#define EAS_LDAP_POOL_H

#include <ldap.h>

#include "eas_ldap_io.h"

/** The pool; opaque, usable by any thread of the process that made it. */
typedef struct eas_ldap_pool eas_ldap_pool;

/** A place for one connection, taken by one thread at a time. */
typedef struct eas_ldap_slot {
    LDAP *ld;       /**< a connection as it was given back, or NULL */
    eas_ldap_io io; /**< its socket */
    eas_moment idle_since;
} eas_ldap_slot;

/**
 * Make a pool.
 * @param max connections at once
 * @param idle microseconds after which an unused connection is closed
 * @param pool lifetime of the result; open connections are closed with it
 * @param pool_out untouched on failure
 * @return APR_SUCCESS, or why it could not be made
 */
apr_status_t eas_ldap_pool_make(int max, apr_interval_time_t idle,
                                apr_pool_t *pool, eas_ldap_pool **pool_out);

/**
 * Take a slot, waiting for one where all are in use.  No lock is held when it
 * returns: the taker connects.  A connection that has idled too long, or on
 * which the server has said something meanwhile, is closed first.
 * @param deadline when to give up
 * @param slot_out untouched on failure; given back by eas_ldap_pool_give
 * @return APR_SUCCESS; APR_TIMEUP where none came free in time
 */
apr_status_t eas_ldap_pool_take(eas_ldap_pool *pool, eas_moment deadline,
                                eas_ldap_slot **slot_out);

/**
 * A connection that idled since a moment turned out to be broken: those that
 * have idled as long, or longer, are closed when they are taken.
 */
void eas_ldap_pool_distrust(eas_ldap_pool *pool, eas_moment idle_since);

/** Close a slot's connection, which is then made anew by the next taker. */
void eas_ldap_slot_close(eas_ldap_slot *slot);

/** Give a slot back, with its connection where that is still good. */
void eas_ldap_pool_give(eas_ldap_pool *pool, eas_ldap_slot *slot);

#endif
