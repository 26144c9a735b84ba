/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How libldap reads and writes a socket: never waiting longer than we allow.
 *
 * libldap's own layer reads whatever blocks, and its polling makes a socket
 * blocking again that was not (ldap_int_poll), so a peer that says half a word
 * would hold a thread for ever.  This layer waits by itself, until a moment.
 * It also counts: libldap bounds one message, but not how many come.
 *
 * libldap takes a message in two pieces, after a poll().  Here one call waits
 * for an answer and takes all of it, ahead of being asked.
 */
#ifndef EAS_LDAP_IO_H
#define EAS_LDAP_IO_H

#include <ldap.h>

#include "eas_types.h"

/** Bytes that may come for one request.  An answer holds two entries at most;
 * a server that goes on sending would fill our memory until the deadline. */
#define EAS_LDAP_IO_MOST (16L * 1024 * 1024)

/** Bytes read ahead: the answer to a bind or a usual search. */
#define EAS_LDAP_IO_AHEAD 1024

/** One socket; lives at least as long as the handle it is part of. */
typedef struct eas_ldap_io {
    int fd;
    eas_moment wait_until;   /**< how long reading and writing may wait, 0 not
                                at all: then libldap polls by itself */
    eas_moment answer_until; /**< see eas_ldap_io_await */
    int timed_out;           /**< waiting came to its end */
    int is_unsent;           /**< part of a request waits to be sent */
    int was_reset;           /**< the peer's side knows no such connection, or
                                closed it without reading what we sent */
    ber_slen_t received;     /**< bytes since something was sent last */
    char ahead[EAS_LDAP_IO_AHEAD]; /**< read and not yet asked for */
    int is_ahead;                  /**< there is something to be asked for: */
    ber_slen_t got;                /**< bytes, 0 at the end, -1 with an error */
    ber_slen_t taken;              /**< bytes of those given to libldap */
    int error;                     /**< an errno */
    struct sockbuf_io functions;   /**< what libldap calls */
} eas_ldap_io;

/**
 * Make a handle of a connected socket.
 * @param io set to the socket; the handle points to it
 * @param fd closed with the handle; on failure it stays the caller's
 * @param uri of the server, whose host name TLS checks
 * @param ld_out untouched on failure
 * @return LDAP_SUCCESS or a code of libldap
 */
int eas_ldap_io_open(eas_ldap_io *io, int fd, const char *uri, LDAP **ld_out);

/**
 * Let ldap_result wait within this layer, which costs less than its poll().
 * @param ld a connected handle, maybe with TLS
 * @param until when to leave the waiting to libldap, 0 at once
 */
void eas_ldap_io_await(LDAP *ld, eas_moment until);

/**
 * Whether there is something that was received and not asked for.  When TLS
 * begins, this would be what somebody slipped in before it.
 * @return 1 or 0
 */
int eas_ldap_io_is_ahead(const eas_ldap_io *io);

#endif
