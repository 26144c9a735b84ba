/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_dns.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <arpa/nameser.h>
#include <resolv.h>

#include <openssl/rand.h>

#include "eas_clock.h"

/* However little time is left, and however many servers there are. */
#define LEAST_PATIENCE apr_time_from_msec(50)

enum { LARGEST = NS_MAXMSG };

typedef struct exchange {
    const eas_ldap_dns_query *query;
    eas_moment deadline;
    struct pollfd sockets[EAS_LDAP_DNS_SERVERS]; /* fd -1: not asked yet */
    int given_up[EAS_LDAP_DNS_SERVERS];
    unsigned char *packet; /* of LARGEST bytes, as it comes in */
    unsigned char *answer; /* of LARGEST bytes; the last that was one */
    apr_size_t length;     /* 0 while there is none */
    apr_status_t error;    /* why a server cannot be reached */
} exchange;

/* --- whom and what to ask -------------------------------------------------*/

/* glibc keeps addresses of IPv6 beside the array that was made for IPv4. */
static void take_servers(const struct __res_state *state,
                         eas_ldap_dns_query *query)
{
    for (int i = 0; i < state->nscount && i < EAS_LDAP_DNS_SERVERS; i++) {
        const struct sockaddr_in *v4 = &state->nsaddr_list[i];
        const struct sockaddr_in6 *v6 = state->_u._ext.nsaddrs[i];
        const int is_v4 = v4->sin_family == AF_INET;

        if (!is_v4 && !v6) {
            continue;
        }
        query->servers[query->count].length = is_v4 ? sizeof(*v4) : sizeof(*v6);
        memcpy(&query->servers[query->count].address,
               is_v4 ? (const void *)v4 : (const void *)v6,
               query->servers[query->count].length);
        query->count++;
    }
}

static apr_status_t write_question(struct __res_state *state, const char *name,
                                   int type, eas_ldap_dns_query *query)
{
    const int length =
        res_nmkquery(state, ns_o_query, name, ns_c_in, type, NULL, 0, NULL,
                     query->bytes, (int)sizeof(query->bytes));

    if (length < NS_HFIXEDSZ) {
        return APR_EINVAL;
    }
    /* The identifier is all that keeps a stranger from answering, beside the
     * port: libresolv makes it from the time. */
    if (RAND_bytes(query->bytes, 2) != 1) {
        return APR_EGENERAL;
    }
    query->length = (apr_size_t)length;
    return APR_SUCCESS;
}

apr_status_t eas_ldap_dns_prepare(const char *name, int type,
                                  eas_ldap_dns_query *query_out)
{
    struct __res_state state;
    eas_ldap_dns_query query;
    apr_status_t rv;

    memset(&state, 0, sizeof(state));
    memset(&query, 0, sizeof(query));
    if (res_ninit(&state)) {
        return errno ? errno : APR_EGENERAL;
    }
    take_servers(&state, &query);
    query.patience = apr_time_from_sec(state.retrans);
    query.tcp = (state.options & RES_USEVC) != 0;
    rv = write_question(&state, name, type, &query);
    res_nclose(&state);
    if (rv == APR_SUCCESS) {
        *query_out = query;
    }
    return rv;
}

/* --- sockets --------------------------------------------------------------*/

/* A connected socket takes packets from its peer alone, and is told where
 * nobody listens there.  By TCP the connection may still be on its way. */
static int open_socket(exchange *x, int i, int type)
{
    const struct sockaddr_storage *address = &x->query->servers[i].address;
    const int fd =
        socket(address->ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        x->error = errno;
        return -1;
    }
    if (connect(fd, (const struct sockaddr *)address,
                x->query->servers[i].length)
        && errno != EINPROGRESS) {
        x->error = errno;
        close(fd);
        return -1;
    }
    return fd;
}

static int milliseconds_to(eas_moment until)
{
    const eas_moment left = until - eas_clock_now(NULL);

    return left > 0 ? (int)(left / 1000) + 1 : 0;
}

static int await_ready(int fd, short events, eas_moment until)
{
    struct pollfd poller = {.fd = fd, .events = events};
    int rc;

    do {
        rc = poll(&poller, 1, milliseconds_to(until));
    } while (rc < 0 && errno == EINTR);
    return rc > 0;
}

/* --- answers --------------------------------------------------------------*/

static unsigned char lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + ('a' - 'A')) : c;
}

/* Whether a packet begins with our identifier and repeats our question. */
static int is_ours(const exchange *x, apr_size_t length)
{
    const eas_ldap_dns_query *query = x->query;
    const unsigned char *packet = x->packet;

    if (length < query->length || memcmp(packet, query->bytes, 2)
        || !(packet[2] & 0x80) || memcmp(packet + 4, query->bytes + 4, 2)) {
        return 0;
    }
    for (apr_size_t i = NS_HFIXEDSZ; i < query->length; i++) {
        if (lower(packet[i]) != lower(query->bytes[i])) {
            return 0;
        }
    }
    return 1;
}

/* Keeps an answer; returns whether no other server may do better. */
static int keep(exchange *x, apr_size_t length)
{
    const int code = x->packet[3] & 0x0f;

    memcpy(x->answer, x->packet, length);
    x->length = length;
    return code != ns_r_servfail && code != ns_r_notimpl
           && code != ns_r_refused;
}

/* --- TCP ------------------------------------------------------------------*/

static int read_whole(exchange *x, int fd, unsigned char *to, apr_size_t size,
                      eas_moment until)
{
    while (size) {
        const ssize_t got = recv(fd, to, size, 0);

        if (got > 0) {
            to += got;
            size -= (apr_size_t)got;
        }
        else if (!got || (errno != EAGAIN && errno != EINTR)) {
            x->error = got ? errno : ECONNRESET;
            return 0;
        }
        else if (!await_ready(fd, POLLIN, until)) {
            return 0;
        }
    }
    return 1;
}

/* Two bytes of length stand before a message (RFC 1035, section 4.2.2).
 * Returns the length of the packet that came, 0 for none. */
static apr_size_t talk(exchange *x, int fd, eas_moment until)
{
    const apr_size_t size = x->query->length;
    unsigned char frame[2 + sizeof(x->query->bytes)];
    apr_size_t length;

    frame[0] = (unsigned char)(size >> 8);
    frame[1] = (unsigned char)size;
    memcpy(frame + 2, x->query->bytes, size);
    if (!await_ready(fd, POLLOUT, until)) {
        return 0;
    }
    if (send(fd, frame, size + 2, MSG_NOSIGNAL) != (ssize_t)size + 2) {
        x->error = errno;
        return 0;
    }
    if (!read_whole(x, fd, frame, 2, until)) {
        return 0;
    }
    length = (apr_size_t)frame[0] << 8 | frame[1];
    return read_whole(x, fd, x->packet, length, until) ? length : 0;
}

/* Whether a server answered.  It is asked once, for no more than its share of
 * the time. */
static int ask_by_tcp(exchange *x, int i)
{
    const eas_moment now = eas_clock_now(NULL);
    const int fd = open_socket(x, i, SOCK_STREAM);
    apr_size_t length;
    int others = 1;

    x->given_up[i] = 1;
    for (int n = 0; n < x->query->count; n++) {
        others += !x->given_up[n];
    }
    if (fd < 0) {
        return 0;
    }
    length = talk(x, fd, now + (x->deadline - now) / others);
    close(fd);
    return is_ours(x, length) && keep(x, length);
}

/* --- UDP ------------------------------------------------------------------*/

/* Whether a packet that came in is the answer. */
static int receive(exchange *x, int i)
{
    const ssize_t got = recv(x->sockets[i].fd, x->packet, LARGEST, 0);

    if (got < 0) {
        if (errno != EAGAIN && errno != EINTR) {
            x->error = errno;
            x->given_up[i] = 1;
        }
        return 0;
    }
    if (!is_ours(x, (apr_size_t)got)) {
        return 0;
    }
    if (x->packet[2] & 0x02) { /* TC: there is more than fits */
        return ask_by_tcp(x, i);
    }
    x->given_up[i] = !keep(x, (apr_size_t)got);
    return !x->given_up[i];
}

/* Whether the answer came before the moment, from any server asked so far. */
static int listen_until(exchange *x, int asked, eas_moment until)
{
    while (!x->given_up[asked] && eas_clock_now(NULL) < until) {
        if (poll(x->sockets, EAS_LDAP_DNS_SERVERS, milliseconds_to(until))
            < 1) {
            continue;
        }
        for (int i = 0; i < x->query->count; i++) {
            if (x->sockets[i].fd < 0 || !x->sockets[i].revents) {
                continue;
            }
            if (receive(x, i)) {
                return 1;
            }
            if (x->given_up[i]) {
                close(x->sockets[i].fd);
                x->sockets[i].fd = -1;
            }
        }
    }
    return 0;
}

static int ask_by_udp(exchange *x, int i, apr_interval_time_t patience)
{
    const eas_moment until = eas_clock_now(NULL) + patience;

    if (x->sockets[i].fd < 0) {
        x->sockets[i].fd = open_socket(x, i, SOCK_DGRAM);
        x->sockets[i].events = POLLIN;
    }
    if (x->sockets[i].fd < 0) {
        x->given_up[i] = 1;
        return 0;
    }
    if (send(x->sockets[i].fd, x->query->bytes, x->query->length, 0) < 0) {
        x->error = errno;
        x->given_up[i] = 1;
        return 0;
    }
    return listen_until(x, i, until < x->deadline ? until : x->deadline);
}

/* --- the whole ------------------------------------------------------------*/

static int anybody_left(const exchange *x)
{
    for (int i = 0; i < x->query->count; i++) {
        if (!x->given_up[i]) {
            return 1;
        }
    }
    return 0;
}

/* Each server is asked twice at least, where resolv.conf's patience lasts
 * longer than the time there is. */
static apr_interval_time_t patience_of(const exchange *x)
{
    const apr_interval_time_t share =
        (x->deadline - eas_clock_now(NULL)) / (2 * (x->query->count + 1));
    const apr_interval_time_t most =
        share > LEAST_PATIENCE ? share : LEAST_PATIENCE;

    return x->query->patience > 0 && x->query->patience < most
               ? x->query->patience
               : most;
}

static apr_status_t ask_all(exchange *x)
{
    const apr_interval_time_t patience = patience_of(x);

    for (int i = 0; anybody_left(x); i = (i + 1) % x->query->count) {
        if (eas_clock_now(NULL) >= x->deadline) {
            return x->length ? APR_SUCCESS : APR_TIMEUP;
        }
        if (!x->given_up[i]
            && (x->query->tcp ? ask_by_tcp(x, i)
                              : ask_by_udp(x, i, patience))) {
            return APR_SUCCESS;
        }
    }
    return x->length ? APR_SUCCESS : x->error;
}

apr_status_t eas_ldap_dns_exchange(const eas_ldap_dns_query *query,
                                   eas_moment deadline, apr_pool_t *pool,
                                   const unsigned char **answer_out,
                                   apr_size_t *length_out)
{
    exchange x = {.query = query, .deadline = deadline, .error = APR_TIMEUP};
    apr_status_t rv;

    x.packet = apr_palloc(pool, LARGEST);
    x.answer = apr_palloc(pool, LARGEST);
    for (int i = 0; i < EAS_LDAP_DNS_SERVERS; i++) {
        x.sockets[i].fd = -1;
    }
    rv = ask_all(&x);
    for (int i = 0; i < EAS_LDAP_DNS_SERVERS; i++) {
        if (x.sockets[i].fd >= 0) {
            close(x.sockets[i].fd);
        }
    }
    if (rv == APR_SUCCESS) {
        *answer_out = x.answer;
        *length_out = x.length;
    }
    return rv;
}
