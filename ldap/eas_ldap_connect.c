/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_connect.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>

#include "eas_clock.h"
#include "eas_ldap_result.h"

/* An answer holds at most two entries with a few attributes; more is a
 * server gone mad, and would be kept in memory until it ends. */
#define LARGEST_ANSWER (4UL * 1024 * 1024)

static eas_moment earlier(eas_moment a, eas_moment b)
{
    return a < b ? a : b;
}

/* 0 once the socket is connected, else an errno. */
static int await_connection(int fd, eas_moment until)
{
    struct pollfd poller = {.fd = fd, .events = POLLOUT};
    int error = 0;
    socklen_t length = sizeof(error);
    int rc;

    do {
        eas_moment left = until - eas_clock_now(NULL);

        if (left <= 0) {
            return ETIMEDOUT;
        }
        rc = poll(&poller, 1, (int)(left / 1000) + 1);
    } while (rc < 0 && errno == EINTR);
    if (rc == 0) {
        return ETIMEDOUT;
    }
    if (rc < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length)) {
        return errno;
    }
    return error;
}

/* 0 with a connected, non-blocking socket, else an errno. */
static int connect_address(const struct sockaddr *address, socklen_t length,
                           eas_moment until, int *fd_out)
{
    const int on = 1;
    int error = 0;
    int fd = socket(address->sa_family,
                    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        return errno;
    }
    if (connect(fd, address, length)) {
        error = errno == EINPROGRESS ? await_connection(fd, until) : errno;
    }
    if (error) {
        close(fd);
        return error;
    }
    /* A bind is one small segment, and waits for no other. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    *fd_out = fd;
    return 0;
}

eas_reason eas_ldap_connect_socket(const eas_ldap_host *host,
                                   eas_ldap_resolver *resolver,
                                   eas_moment deadline, apr_pool_t *pool,
                                   int *fd_out, const char **detail_out)
{
    eas_ldap_addresses addresses;
    eas_reason reason =
        eas_ldap_resolve(resolver, deadline, pool, &addresses, detail_out);
    int error = 0;
    int i;

    if (reason != EAS_REASON_NONE) {
        return reason;
    }
    for (i = 0; i < addresses.count; i++) {
        /* One dead address must leave time for those behind it. */
        eas_moment now = eas_clock_now(NULL);
        eas_moment until = now + (deadline - now) / (addresses.count - i);

        error = connect_address(
            (const struct sockaddr *)&addresses.list[i].address,
            addresses.list[i].length, earlier(until, deadline), fd_out);
        if (!error) {
            return EAS_REASON_NONE;
        }
    }
    *detail_out =
        apr_psprintf(pool, "connect to %s: %s", host->uri, strerror(error));
    return error == ETIMEDOUT ? EAS_DIRECTORY_TIMEOUT : EAS_DIRECTORY_DOWN;
}

static int set_int(LDAP *ld, int option, int value)
{
    return ldap_set_option(ld, option, &value) == LDAP_OPT_SUCCESS;
}

static int set_plain_options(LDAP *ld)
{
    ber_len_t largest = LARGEST_ANSWER;
    Sockbuf *sockbuf = NULL;

    if (ldap_get_option(ld, LDAP_OPT_SOCKBUF, &sockbuf) == LDAP_OPT_SUCCESS
        && sockbuf) {
        ber_sockbuf_ctrl(sockbuf, LBER_SB_OPT_SET_MAX_INCOMING, &largest);
    }
    /* A followed referral would show the service account's password, or a
     * user's, to a host named by an answer. */
    return set_int(ld, LDAP_OPT_PROTOCOL_VERSION, LDAP_VERSION3)
           /* A signal (each graceful restart sends some) is no lost
            * connection. */
           && ldap_set_option(ld, LDAP_OPT_RESTART, LDAP_OPT_ON)
                  == LDAP_OPT_SUCCESS
           && ldap_set_option(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF)
                  == LDAP_OPT_SUCCESS
           && set_int(ld, LDAP_OPT_DEREF, LDAP_DEREF_NEVER);
}

static const char *said(LDAP *ld, apr_pool_t *pool)
{
    char *text = NULL;
    const char *copy = "";

    ldap_get_option(ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &text);
    if (text) {
        copy = apr_pstrdup(pool, text);
        ldap_memfree(text);
    }
    return copy;
}

static int shake_hands(LDAP *ld, eas_ldap_io *io, eas_moment deadline)
{
    int rc;

    io->wait_until = deadline;
    rc = ldap_install_tls(ld);
    io->wait_until = 0;
    return io->timed_out ? LDAP_TIMEOUT : rc;
}

/* The extended operation of RFC 4511, section 4.14. */
static eas_reason request_starttls(LDAP *ld, const char *uri,
                                   eas_moment deadline, apr_pool_t *pool,
                                   const char **detail_out)
{
    LDAPMessage *answer = NULL;
    eas_ldap_result result = EAS_LDAP_RESULT_NONE;
    int message = 0;
    int rc = ldap_start_tls(ld, NULL, NULL, &message);

    if (rc == LDAP_SUCCESS) {
        rc = eas_ldap_result_wait(ld, message, deadline, &answer);
    }
    if (rc == LDAP_SUCCESS) {
        result = eas_ldap_result_read(ld, answer, LDAP_RES_EXTENDED, pool);
        ldap_msgfree(answer);
    }
    if (rc == LDAP_SUCCESS && result.code == LDAP_SUCCESS) {
        return EAS_REASON_NONE;
    }
    *detail_out = rc ? eas_ldap_result_describe("StartTLS", uri, rc, NULL, pool)
                     : eas_ldap_result_explain("StartTLS", uri, &result, pool);
    return rc == LDAP_TIMEOUT       ? EAS_DIRECTORY_TIMEOUT
           : rc == LDAP_SERVER_DOWN ? EAS_DIRECTORY_DOWN
                                    : EAS_DIRECTORY_TLS;
}

static eas_reason protect(LDAP *ld, eas_ldap_io *io, const eas_ldap_tls *tls,
                          const char *uri, eas_moment deadline,
                          apr_pool_t *pool, const char **detail_out)
{
    const eas_ldap_settings *settings = tls->settings;
    eas_reason reason = EAS_REASON_NONE;
    int rc;

    if (!settings->url.ldaps && !settings->starttls) {
        return EAS_REASON_NONE;
    }
    if (!eas_ldap_tls_apply(tls, ld)) {
        *detail_out = apr_psprintf(pool,
                                   "TLS for %s could not be set up "
                                   "with the certificates of %s",
                                   uri, settings->ca_file);
        return EAS_DIRECTORY_TLS;
    }
    if (!settings->url.ldaps) {
        reason = request_starttls(ld, uri, deadline, pool, detail_out);
    }
    if (reason != EAS_REASON_NONE) {
        return reason;
    }
    if (eas_ldap_io_is_ahead(io)) {
        *detail_out = apr_psprintf(pool,
                                   "TLS with %s: something came in the clear "
                                   "behind the answer to StartTLS",
                                   uri);
        return EAS_DIRECTORY_TLS;
    }
    rc = shake_hands(ld, io, deadline);
    if (rc != LDAP_SUCCESS) {
        *detail_out =
            eas_ldap_result_describe("TLS", uri, rc, said(ld, pool), pool);
        return rc == LDAP_TIMEOUT ? EAS_DIRECTORY_TIMEOUT : EAS_DIRECTORY_TLS;
    }
    return EAS_REASON_NONE;
}

eas_reason eas_ldap_connect_handle(const eas_ldap_tls *tls,
                                   const eas_ldap_host *host, int fd,
                                   eas_moment deadline, apr_pool_t *pool,
                                   eas_ldap_io *io, LDAP **ld_out,
                                   const char **detail_out)
{
    LDAP *ld = NULL;
    eas_reason reason;

    if (eas_ldap_io_open(io, fd, host->uri, &ld) != LDAP_SUCCESS) {
        close(fd);
        *detail_out = "libldap made no handle";
        return EAS_INTERNAL_ERROR;
    }
    if (set_plain_options(ld)) {
        reason = protect(ld, io, tls, host->uri, deadline, pool, detail_out);
    }
    else {
        *detail_out = "libldap took no option";
        reason = EAS_INTERNAL_ERROR;
    }
    if (reason == EAS_REASON_NONE) {
        *ld_out = ld;
    }
    else {
        eas_ldap_connect_close(ld);
    }
    return reason;
}

eas_reason eas_ldap_connect(const eas_ldap_tls *tls, const eas_ldap_host *host,
                            eas_ldap_resolver *resolver, eas_moment deadline,
                            apr_pool_t *pool, eas_ldap_io *io, LDAP **ld_out,
                            const char **detail_out)
{
    int fd = -1;
    eas_reason reason = eas_ldap_connect_socket(host, resolver, deadline, pool,
                                                &fd, detail_out);

    if (reason == EAS_REASON_NONE) {
        reason = eas_ldap_connect_handle(tls, host, fd, deadline, pool, io,
                                         ld_out, detail_out);
    }
    return reason;
}

int eas_ldap_connect_is_quiet(LDAP *ld)
{
    struct pollfd poller = {.fd = -1, .events = POLLIN};
    Sockbuf *sockbuf = NULL;

    ldap_get_option(ld, LDAP_OPT_SOCKBUF, &sockbuf);
    ldap_get_option(ld, LDAP_OPT_DESC, &poller.fd);
    return sockbuf && !ber_sockbuf_ctrl(sockbuf, LBER_SB_OPT_DATA_READY, NULL)
           && poller.fd >= 0 && poll(&poller, 1, 0) == 0;
}

void eas_ldap_connect_close(LDAP *ld)
{
    if (ld) {
        /* Neither the unbind request nor TLS's last words wait for a peer
         * that reads no more: see eas_ldap_io.h. */
        ldap_unbind_ext(ld, NULL, NULL);
    }
}
