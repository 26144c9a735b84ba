/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_io.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openldap.h>

#include "eas_clock.h"

static int io_setup(Sockbuf_IO_Desc *layer, void *io)
{
    layer->sbiod_pvt = io;
    return 0;
}

static int io_remove(Sockbuf_IO_Desc *layer)
{
    layer->sbiod_pvt = NULL;
    return 0;
}

static int io_ctrl(Sockbuf_IO_Desc *layer, int option, void *value)
{
    (void)layer;
    (void)option;
    (void)value;
    return 0; /* the lowest layer knows none */
}

/* Whether to try again: the socket is ready, or there is time to wait. */
static int await_ready(eas_ldap_io *io, short events)
{
    struct pollfd poller = {.fd = io->fd, .events = events};
    eas_moment left;

    if (errno == EINTR) {
        return 1;
    }
    if (errno == ECONNRESET || errno == EPIPE) {
        io->was_reset = 1;
    }
    if ((errno != EAGAIN && errno != EWOULDBLOCK) || !io->wait_until) {
        return 0;
    }
    left = io->wait_until - eas_clock_now(NULL);
    if (left <= 0) {
        io->timed_out = 1;
        errno = ETIMEDOUT;
        return 0;
    }
    poll(&poller, 1, (int)(left / 1000) + 1);
    return 1;
}

static ber_slen_t io_read(Sockbuf_IO_Desc *layer, void *buffer,
                          ber_len_t length)
{
    eas_ldap_io *io = layer->sbiod_pvt;
    ssize_t done;

    if (io->received >= EAS_LDAP_IO_MOST) {
        errno = EMSGSIZE;
        return -1;
    }
    do {
        done = recv(io->fd, buffer, length, MSG_DONTWAIT);
    } while (done < 0 && await_ready(io, POLLIN));
    if (done > 0) {
        io->received += done;
    }
    return done;
}

static ber_slen_t io_write(Sockbuf_IO_Desc *layer, void *buffer,
                           ber_len_t length)
{
    eas_ldap_io *io = layer->sbiod_pvt;
    ssize_t done;

    io->received = 0;
    do {
        /* No signal, whatever the process does with SIGPIPE. */
        done = send(io->fd, buffer, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (done < 0 && await_ready(io, POLLOUT));
    return done;
}

static int io_close(Sockbuf_IO_Desc *layer)
{
    eas_ldap_io *io = layer->sbiod_pvt;

    if (io->fd >= 0) {
        close(io->fd);
        io->fd = -1;
    }
    return 0;
}

static const Sockbuf_IO functions = {io_setup, io_remove, io_ctrl,
                                     io_read,  io_write,  io_close};

int eas_ldap_io_open(eas_ldap_io *io, int fd, const char *uri, LDAP **ld_out)
{
    Sockbuf *sockbuf = NULL;
    LDAP *ld = NULL;
    int rc = ldap_init_fd(fd, LDAP_PROTO_EXT, uri, &ld);

    if (rc != LDAP_SUCCESS) {
        return rc;
    }
    io->fd = fd;
    io->wait_until = 0;
    io->timed_out = 0;
    io->was_reset = 0;
    io->received = 0;
    io->functions = functions;
    if (ldap_get_option(ld, LDAP_OPT_SOCKBUF, &sockbuf) != LDAP_OPT_SUCCESS
        || ber_sockbuf_add_io(sockbuf, &io->functions,
                              LBER_SBIOD_LEVEL_PROVIDER, io)) {
        /* Without a layer nothing closes the socket. */
        ldap_unbind_ext(ld, NULL, NULL);
        return LDAP_LOCAL_ERROR;
    }
    *ld_out = ld;
    return LDAP_SUCCESS;
}
