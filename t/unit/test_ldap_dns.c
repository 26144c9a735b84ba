/* SPDX-License-Identifier: Apache-2.0 */
/* The exchange with name servers: real sockets on 127.0.0.1, and servers that
 * behave in every way but the right one. */
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <arpa/nameser.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>

#include "eas_clock.h"
#include "eas_ldap_dns.h"
#include "tap.h"

#define NAME "_ldap._tcp.example.com"

static apr_pool_t *pool;

/* What a server does with a question. */
typedef enum {
    NONE,   /* there is no such server */
    RIGHT,  /* answers */
    CLOSED, /* nobody listens */
    SILENT,
    SECOND,       /* answers the second time */
    LATE,         /* answers 200 ms later */
    FAILING,      /* SERVFAIL */
    REFUSING,     /* REFUSED */
    NO_SUCH_NAME, /* NXDOMAIN */
    FOREIGN_ID,
    FOREIGN_QUESTION,
    QUESTION_BACK, /* the question itself, which is no answer */
    SHORT,
    CUT,        /* TC, and the whole by TCP */
    CUT_SILENT, /* TC, and nothing by TCP */
    CUT_CLOSED, /* TC, and no TCP */
    CUT_HALF,   /* TC, and by TCP less than was announced */
    CAPITALS    /* the question in capital letters */
} manner;

typedef struct server {
    manner does;
    int udp;
    int tcp;
    int asked;
    int connection; /* that is kept silent */
    struct sockaddr_in address;
} server;

/* --- the servers, in one thread -------------------------------------------*/

static struct {
    server list[EAS_LDAP_DNS_SERVERS];
    int stop[2];
} farm;

static void open_server(server *s, manner does)
{
    socklen_t length = sizeof(s->address);
    int try = 0;

    memset(s, 0, sizeof(*s));
    s->does = does;
    s->udp = s->tcp = s->connection = -1;
    for (try = 0; does != NONE && try < 50; try++) {
        s->udp = socket(AF_INET, SOCK_DGRAM, 0);
        s->tcp = socket(AF_INET, SOCK_STREAM, 0);
        s->address.sin_family = AF_INET;
        s->address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        s->address.sin_port = 0;
        bind(s->udp, (struct sockaddr *)&s->address, length);
        getsockname(s->udp, (struct sockaddr *)&s->address, &length);
        if (!bind(s->tcp, (struct sockaddr *)&s->address, length)
            && (does == CUT_CLOSED || !listen(s->tcp, 8)))
            break;
        close(s->udp);
        close(s->tcp);
    }
    if (does == CLOSED) {
        close(s->udp);
        s->udp = -1;
    }
}

static void close_server(server *s)
{
    if (s->udp >= 0)
        close(s->udp);
    if (s->tcp >= 0)
        close(s->tcp);
    if (s->connection >= 0)
        close(s->connection);
}

/* Turns a question into an answer that shows which server it is from. */
static ssize_t turn(const server *s, unsigned char *bytes, ssize_t length)
{
    if (s->does != QUESTION_BACK)
        bytes[2] |= 0x80;
    bytes[length] = (unsigned char)(s - farm.list);
    switch (s->does) {
    case FAILING:
        bytes[3] |= ns_r_servfail;
        break;
    case REFUSING:
        bytes[3] |= ns_r_refused;
        break;
    case NO_SUCH_NAME:
        bytes[3] |= ns_r_nxdomain;
        break;
    case FOREIGN_ID:
        bytes[1] ^= 1;
        break;
    case FOREIGN_QUESTION:
        bytes[14] ^= 1;
        break;
    case SHORT:
        return 12;
    case CAPITALS:
        for (ssize_t i = 12; i < length; i++)
            if (bytes[i] >= 'a' && bytes[i] <= 'z')
                bytes[i] ^= 0x20;
        break;
    default:
        break;
    }
    return length + 1;
}

static void serve_udp(server *s)
{
    unsigned char bytes[1024];
    struct sockaddr_storage peer;
    socklen_t peer_length = sizeof(peer);
    ssize_t length = recvfrom(s->udp, bytes, 512, 0, (struct sockaddr *)&peer,
                              &peer_length);

    s->asked++;
    if (length < 12 || s->does == SILENT || (s->does == SECOND && s->asked < 2))
        return;
    if (s->does == LATE)
        apr_sleep(apr_time_from_msec(200));
    length = turn(s, bytes, length);
    if (s->does >= CUT && s->does <= CUT_HALF)
        bytes[2] |= 2;
    sendto(s->udp, bytes, (size_t)length, 0, (struct sockaddr *)&peer,
           peer_length);
}

static void serve_tcp(server *s)
{
    unsigned char bytes[1024];
    int fd = accept(s->tcp, NULL, NULL);
    ssize_t length = recv(fd, bytes, 512, 0);

    if (length > 14 && (s->does == CUT || s->does == CUT_HALF)) {
        length = turn(s, bytes + 2, length - 2);
        bytes[0] = 0;
        bytes[1] = (unsigned char)length;
        /* In two pieces, which come one after the other. */
        if (send(fd, bytes, 20, MSG_NOSIGNAL) == 20 && s->does == CUT) {
            apr_sleep(apr_time_from_msec(20));
            send(fd, bytes + 20, (size_t)length - 18, MSG_NOSIGNAL);
        }
        close(fd);
    }
    else
        s->connection = fd;
}

static void *APR_THREAD_FUNC serve(apr_thread_t *thread, void *data)
{
    struct pollfd list[2 * EAS_LDAP_DNS_SERVERS + 1];
    int i;

    (void)thread;
    (void)data;
    for (;;) {
        for (i = 0; i < EAS_LDAP_DNS_SERVERS; i++) {
            list[2 * i] = (struct pollfd){ farm.list[i].udp, POLLIN, 0 };
            list[2 * i + 1] = (struct pollfd){
                farm.list[i].does == CUT_CLOSED ? -1 : farm.list[i].tcp,
                POLLIN, 0 };
        }
        list[2 * i] = (struct pollfd){ farm.stop[0], POLLIN, 0 };
        if (poll(list, 2 * EAS_LDAP_DNS_SERVERS + 1, -1) < 0)
            continue;
        if (list[2 * i].revents)
            return NULL;
        for (i = 0; i < EAS_LDAP_DNS_SERVERS; i++) {
            if (list[2 * i].revents)
                serve_udp(&farm.list[i]);
            if (list[2 * i + 1].revents)
                serve_tcp(&farm.list[i]);
        }
    }
}

/* --- the table ------------------------------------------------------------*/

static const struct {
    const char *name;
    manner does[EAS_LDAP_DNS_SERVERS];
    int tcp;
    const char *expected; /* server and code, or the error */
    int least; /* milliseconds, of 800 there are */
    int most;
} rows[] = {
    { "an answer", { RIGHT }, 0, "0: 0", 0, 500 },
    { "no such name is an answer", { NO_SUCH_NAME, RIGHT }, 0, "0: 3", 0, 500 },
    { "the question in capitals", { CAPITALS }, 0, "0: 0", 0, 500 },
    { "nobody listens", { CLOSED }, 0, "refused", 0, 500 },
    { "nobody listens anywhere", { CLOSED, CLOSED, CLOSED }, 0, "refused", 0, 500 },
    { "nobody listens at the first", { CLOSED, RIGHT }, 0, "1: 0", 0, 500 },
    { "silence", { SILENT }, 0, "timeout", 800, 1300 },
    { "silence of three", { SILENT, SILENT, SILENT }, 0, "timeout", 800, 1300 },
    { "silence of two", { SILENT, SILENT, RIGHT }, 0, "2: 0", 200, 600 },
    { "a lost packet", { SECOND }, 0, "0: 0", 200, 600 },
    { "a late answer", { LATE, SILENT }, 0, "0: 0", 200, 600 },
    { "SERVFAIL", { FAILING }, 0, "0: 2", 0, 500 },
    { "SERVFAIL of the first", { FAILING, RIGHT }, 0, "1: 0", 0, 500 },
    { "REFUSED by all", { REFUSING, FAILING, REFUSING }, 0, "2: 5", 0, 500 },
    { "SERVFAIL, then silence", { FAILING, SILENT }, 0, "0: 2", 800, 1300 },
    { "an answer to somebody else", { FOREIGN_ID }, 0, "timeout", 800, 1300 },
    { "an answer to another question", { FOREIGN_QUESTION }, 0, "timeout", 800, 1300 },
    { "the question as its answer", { QUESTION_BACK }, 0, "timeout", 800, 1300 },
    { "a header alone", { SHORT, RIGHT }, 0, "1: 0", 100, 600 },
    { "more than fits", { CUT }, 0, "0: 0", 20, 500 },
    { "more than fits, and silence", { CUT_SILENT }, 0, "timeout", 800, 1300 },
    { "more than fits, and silence, then another", { CUT_SILENT, RIGHT }, 0,
      "1: 0", 350, 750 },
    { "more than fits, and nobody listens", { CUT_CLOSED }, 0, "refused", 0, 500 },
    { "more than fits, and the half", { CUT_HALF }, 0, "reset", 0, 500 },
    { "more than fits, and the half, then another", { CUT_HALF, RIGHT }, 0,
      "1: 0", 0, 500 },
    { "TCP alone", { CUT }, 1, "0: 0", 20, 500 },
    { "TCP alone, nobody listens", { CUT_CLOSED, CUT_CLOSED }, 1, "refused", 0, 500 },
};

static const char *show(apr_status_t rv, const unsigned char *answer,
                        apr_size_t length)
{
    if (rv == APR_SUCCESS) {
        return apr_psprintf(pool, "%d: %d", answer[length - 1], answer[3] & 15);
    }
    return rv == APR_TIMEUP                ? "timeout"
           : APR_STATUS_IS_ECONNREFUSED(rv) ? "refused"
           : APR_STATUS_IS_ECONNRESET(rv)   ? "reset"
                                            : apr_psprintf(pool, "%d", rv);
}

static void make_farm(apr_size_t row, eas_ldap_dns_query *query)
{
    query->count = 0;
    query->patience = apr_time_from_sec(5);
    query->tcp = rows[row].tcp;
    for (int i = 0; i < EAS_LDAP_DNS_SERVERS; i++) {
        open_server(&farm.list[i], rows[row].does[i]);
        if (rows[row].does[i] == NONE)
            continue;
        memcpy(&query->servers[query->count].address, &farm.list[i].address,
               sizeof(farm.list[i].address));
        query->servers[query->count++].length = sizeof(farm.list[i].address);
    }
}

static void run_row(apr_size_t row, eas_ldap_dns_query *query)
{
    apr_thread_t *thread = NULL;
    const unsigned char *answer = NULL;
    apr_size_t length = 0;
    apr_status_t rv;
    apr_status_t ended;
    eas_moment begin;
    int took;

    make_farm(row, query);
    if (pipe(farm.stop) || apr_thread_create(&thread, NULL, serve, NULL, pool))
        return;
    begin = eas_clock_now(NULL);
    rv = eas_ldap_dns_exchange(query, begin + apr_time_from_msec(800), pool,
                               &answer, &length);
    took = (int)((eas_clock_now(NULL) - begin) / 1000);
    close(farm.stop[1]);
    apr_thread_join(&ended, thread);
    close(farm.stop[0]);
    for (int i = 0; i < EAS_LDAP_DNS_SERVERS; i++)
        close_server(&farm.list[i]);
    is_str(show(rv, answer, length), rows[row].expected, rows[row].name);
    ok(took >= rows[row].least && took <= rows[row].most,
       apr_psprintf(pool, "%s: %d to %d ms (%d)", rows[row].name,
                    rows[row].least, rows[row].most, took));
}

static void test_exchange(void)
{
    eas_ldap_dns_query query;

    if (!ok(eas_ldap_dns_prepare(NAME, ns_t_srv, &query) == APR_SUCCESS,
            "a question"))
        return;
    for (apr_size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        run_row(i, &query);
}

/* --- the question ---------------------------------------------------------*/

static const struct {
    const char *name;
    const char *asked;
    apr_status_t expected;
} names[] = {
    { "a name", NAME, APR_SUCCESS },
    { "a label of 63", "_ldap.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                       "aaaaaaaaaaaaaaa.com", APR_SUCCESS },
    { "a label of 64", "_ldap.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                       "aaaaaaaaaaaaaaaa.com", APR_EINVAL },
    { "an empty label", "_ldap..com", APR_EINVAL },
};

static void test_question(void)
{
    static const unsigned char end[] = { 'c', 'o', 'm', 0, 0, 33, 0, 1 };
    eas_ldap_dns_query query = { .count = -1 };
    eas_ldap_dns_query again = { .count = -1 };

    for (apr_size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        query.count = -1;
        is_int(eas_ldap_dns_prepare(names[i].asked, ns_t_srv, &query),
               names[i].expected, names[i].name);
        ok((query.count == -1) == (names[i].expected != APR_SUCCESS),
           tap_row(names[i].name, "output"));
    }
    eas_ldap_dns_prepare(NAME, ns_t_srv, &query);
    eas_ldap_dns_prepare(NAME, ns_t_srv, &again);
    is_int((long long)query.length, 40, "header, name, type and class");
    ok(!memcmp(query.bytes + 32, end, sizeof(end)), "an SRV record is asked for");
    ok(query.bytes[2] & 1, "recursion is desired");
    ok(query.count > 0, "resolv.conf has a name server, or the machine is one");
    /* Once in 65,536 times twice the same is right: three are not. */
    for (int i = 0; i < 3 && !memcmp(query.bytes, again.bytes, 2); i++)
        eas_ldap_dns_prepare(NAME, ns_t_srv, &again);
    ok(memcmp(query.bytes, again.bytes, 2) != 0, "each has its identifier");
    ok(!memcmp(query.bytes + 2, again.bytes + 2, query.length - 2),
       "and is otherwise the same");
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_question();
    test_exchange();
    apr_pool_destroy(pool);
    apr_terminate();
    return done_testing();
}
