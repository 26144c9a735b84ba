/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <openldap.h>

#include "eas_clock.h"

/* Until then recv() itself waits, which the kernel does with a cheaper timer
 * than poll()'s; nearly every answer comes by then. */
#define PATIENCE apr_time_from_msec(100)

/* Options of a Sockbuf go down through its layers, those unknown as well. */
#define OPTION_AWAIT 0x4541

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

/* Whether to try again: the socket is ready, or there is time to wait. */
static int await_ready(eas_ldap_io *io, short events, eas_moment until)
{
    struct pollfd poller = {.fd = io->fd, .events = events};
    eas_moment left;

    if (errno == EINTR) {
        return 1;
    }
    if (errno == ECONNRESET || errno == EPIPE) {
        io->was_reset = 1;
    }
    if ((errno != EAGAIN && errno != EWOULDBLOCK) || !until) {
        return 0;
    }
    left = until - eas_clock_now(NULL);
    if (left <= 0) {
        io->timed_out = 1;
        errno = ETIMEDOUT;
        return 0;
    }
    poll(&poller, 1, (int)(left / 1000) + 1);
    return 1;
}

static ber_slen_t receive(eas_ldap_io *io, void *buffer, ber_len_t length,
                          eas_moment until)
{
    ssize_t done;

    if (io->received >= EAS_LDAP_IO_MOST) {
        errno = EMSGSIZE;
        return -1;
    }
    do {
        const int is_patient = until && until - eas_clock_now(NULL) > PATIENCE;

        done = recv(io->fd, buffer, length, is_patient ? 0 : MSG_DONTWAIT);
    } while (done < 0 && await_ready(io, POLLIN, until));
    if (done > 0) {
        io->received += done;
    }
    if (done == 0) {
        errno = 0; /* or libldap might read "nothing yet" from it, and ask on */
    }
    return done;
}

static void read_ahead(eas_ldap_io *io, eas_moment until)
{
    io->got = receive(io, io->ahead, sizeof(io->ahead), until);
    io->error = errno;
    io->taken = 0;
    io->is_ahead = 1;
}

static ber_slen_t io_read(Sockbuf_IO_Desc *layer, void *buffer,
                          ber_len_t length)
{
    eas_ldap_io *io = layer->sbiod_pvt;
    ber_len_t left;

    if (!io->is_ahead && length >= sizeof(io->ahead)) {
        return receive(io, buffer, length, io->wait_until);
    }
    if (!io->is_ahead) {
        read_ahead(io, io->wait_until);
    }
    if (io->got <= 0) {
        io->is_ahead = 0;
        errno = io->error;
        return io->got;
    }
    left = (ber_len_t)(io->got - io->taken);
    length = length < left ? length : left;
    memcpy(buffer, io->ahead + io->taken, length);
    io->taken += (ber_slen_t)length;
    io->is_ahead = io->taken < io->got;
    return (ber_slen_t)length;
}

/* Whether libldap should read.  It asks before it polls, so this is where an
 * answer can be waited for.  When the time is over reading finds nothing, and
 * libldap sees that its own is over too. */
static int is_readable(eas_ldap_io *io)
{
    /* What is to be sent comes first, and libldap polls for both. */
    if (!io->is_ahead && !io->is_unsent
        && io->answer_until > eas_clock_now(NULL)) {
        read_ahead(io, io->answer_until);
        if (io->got < 0 && io->error == ETIMEDOUT) {
            io->error = EAGAIN;
        }
    }
    return io->is_ahead;
}

static int io_ctrl(Sockbuf_IO_Desc *layer, int option, void *value)
{
    eas_ldap_io *io = layer->sbiod_pvt;

    if (option == LBER_SB_OPT_DATA_READY) {
        return is_readable(io);
    }
    if (option == OPTION_AWAIT) {
        io->answer_until = *(const eas_moment *)value;
        return 1;
    }
    return 0; /* the lowest layer knows no more */
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
    } while (done < 0 && await_ready(io, POLLOUT, io->wait_until));
    io->is_unsent = done < 0;
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

/* Without O_NONBLOCK, recv() waits at most so long; the others are told by
 * MSG_DONTWAIT not to. */
static int set_patience(int fd)
{
    const struct timeval patience = {0, (suseconds_t)PATIENCE};
    const int flags = fcntl(fd, F_GETFL);

    return !setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience))
           && flags >= 0 && !fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
}

int eas_ldap_io_open(eas_ldap_io *io, int fd, const char *uri, LDAP **ld_out)
{
    Sockbuf *sockbuf = NULL;
    LDAP *ld = NULL;
    int rc = set_patience(fd) ? ldap_init_fd(fd, LDAP_PROTO_EXT, uri, &ld)
                              : LDAP_LOCAL_ERROR;

    if (rc != LDAP_SUCCESS) {
        return rc;
    }
    io->fd = fd;
    io->wait_until = 0;
    io->answer_until = 0;
    io->timed_out = 0;
    io->is_unsent = 0;
    io->was_reset = 0;
    io->received = 0;
    io->is_ahead = 0;
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

void eas_ldap_io_await(LDAP *ld, eas_moment until)
{
    Sockbuf *sockbuf = NULL;

    if (ldap_get_option(ld, LDAP_OPT_SOCKBUF, &sockbuf) == LDAP_OPT_SUCCESS
        && sockbuf) {
        ber_sockbuf_ctrl(sockbuf, OPTION_AWAIT, &until);
    }
}

int eas_ldap_io_is_ahead(const eas_ldap_io *io)
{
    return io->is_ahead;
}
