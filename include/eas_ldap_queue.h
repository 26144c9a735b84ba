/* SPDX-License-Identifier: Apache-2.0 */
/** Waiting for a seat at a directory: a burst may, a jam may not. */
#ifndef EAS_LDAP_QUEUE_H
#define EAS_LDAP_QUEUE_H

#include "eas_ldap_server.h"
#include "eas_seats.h"

/** Who waits, and for whom. */
typedef struct eas_ldap_queue {
    eas_seats *seats; /**< NULL for no bound */
    eas_board *board;
    eas_ldap_server *const *servers;
    int count; /**< 0 before DNS has named any */
    eas_moment deadline;
} eas_ldap_queue;

/**
 * Take a seat, after waiting for a second at most.  Nobody waits while all
 * servers are known not to be up, or once all seats are taken and nobody has
 * been helped for a while.
 * @param pool lifetime of @a detail_out
 * @param seat_out to be given back; untouched where there is no bound
 * @return EAS_REASON_NONE; EAS_OVERLOADED with @a detail_out
 */
eas_reason eas_ldap_queue_take(const eas_ldap_queue *queue, apr_pool_t *pool,
                               eas_seat *seat_out, const char **detail_out);

#endif
