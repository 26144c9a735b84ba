/* SPDX-License-Identifier: Apache-2.0 */
/* How an answer is waited for: whole or in pieces, with more behind it, ended
 * early, or not coming; and that waiting costs no CPU time. */
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_time.h>

#include "eas_clock.h"
#include "eas_ldap_io.h"
#include "eas_ldap_result.h"
#include "tap.h"

/* The answer to the first bind of a connection, and its first half. */
#define ANSWER "\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00"
#define HALF 9
#define WHOLE 14

#define LIMIT apr_time_from_msec(400)
#define PAUSE apr_time_from_msec(150)

typedef struct row {
    const char *name;
    int first;   /* bytes sent at once */
    int pause;   /* whether to pause then */
    int second;  /* bytes sent after that */
    int end;     /* whether to close then */
    int code;    /* what is expected */
    int is_late; /* whether that takes all the time there is */
    int is_ahead;
} row;

static const row rows[] = {
    {"whole", WHOLE, 0, 0, 0, LDAP_SUCCESS, 0, 0},
    {"whole, the end", WHOLE, 0, 0, 1, LDAP_SUCCESS, 0, 0},
    {"whole, later", 0, 1, WHOLE, 0, LDAP_SUCCESS, 0, 0},
    {"in two pieces", HALF, 1, WHOLE - HALF, 0, LDAP_SUCCESS, 0, 0},
    {"one byte first", 1, 1, WHOLE - 1, 0, LDAP_SUCCESS, 0, 0},
    {"more behind it", WHOLE + HALF, 0, 0, 0, LDAP_SUCCESS, 0, 1},
    {"another behind it", 2 * WHOLE, 0, 0, 0, LDAP_SUCCESS, 0, 1},
    {"the end", 0, 0, 0, 1, LDAP_SERVER_DOWN, 0, 0},
    {"the end, later", 0, 1, 0, 1, LDAP_SERVER_DOWN, 0, 0},
    {"half, the end", HALF, 0, 0, 1, LDAP_SERVER_DOWN, 0, 0},
    {"half, the end later", HALF, 1, 0, 1, LDAP_SERVER_DOWN, 0, 0},
    {"nothing", 0, 0, 0, 0, LDAP_TIMEOUT, 1, 0},
    {"half", HALF, 0, 0, 0, LDAP_TIMEOUT, 1, 0},
    {NULL, 0, 0, 0, 0, 0, 0, 0},
};

static void say(int fd, const char *from, int count)
{
    if (count && write(fd, from, (size_t)count) != count) {
        _exit(1);
    }
}

/* The server: a process, so that it can end. */
static void serve(const row *r, int fd)
{
    static const char answers[] = ANSWER ANSWER;
    char request[512];

    if (read(fd, request, sizeof(request)) <= 0) {
        _exit(1);
    }
    say(fd, answers, r->first);
    if (r->pause) {
        apr_sleep(PAUSE);
    }
    say(fd, answers + r->first, r->second);
    if (!r->end) {
        /* until the client closes */
        while (read(fd, request, sizeof(request)) > 0) {
        }
    }
    _exit(0);
}

static int connect_server(const row *r)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) {
        return -1;
    }
    if (fork() == 0) {
        close(ends[0]);
        serve(r, ends[1]);
    }
    close(ends[1]);
    return ends[0];
}

static int send_bind(LDAP *ld, int *message_out)
{
    const int version = LDAP_VERSION3;
    char secret[] = "secret";
    struct berval password = {sizeof(secret) - 1, secret};

    ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version);
    return ldap_sasl_bind(ld, "cn=a", LDAP_SASL_SIMPLE, &password, NULL, NULL,
                          message_out);
}

static void test_row(const row *r)
{
    eas_ldap_io io;
    LDAP *ld = NULL;
    LDAPMessage *answer = NULL;
    const int fd = connect_server(r);
    const eas_moment began = eas_clock_now(NULL);
    const clock_t used = clock();
    int message = 0;
    eas_moment took;

    if (!ok(eas_ldap_io_open(&io, fd, "ldap://localhost", &ld) == LDAP_SUCCESS
                && send_bind(ld, &message) == LDAP_SUCCESS,
            tap_row(r->name, "asked"))) {
        return;
    }
    is_int(eas_ldap_result_wait(ld, message, began + LIMIT, &answer), r->code,
           tap_row(r->name, "code"));
    took = eas_clock_now(NULL) - began;
    ok(r->is_late ? took >= LIMIT && took < 2 * LIMIT : took < LIMIT,
       tap_row(r->name, "time"));
    ok((clock() - used) * 1000 / CLOCKS_PER_SEC < 50,
       tap_row(r->name, "CPU time"));
    is_int(eas_ldap_io_is_ahead(&io), r->is_ahead, tap_row(r->name, "ahead"));
    if (answer) {
        ldap_msgfree(answer);
    }
    ldap_unbind_ext(ld, NULL, NULL);
}

int main(void)
{
    const row *r;

    apr_initialize();
    for (r = rows; r->name; r++) {
        test_row(r);
    }
    apr_terminate();
    return done_testing();
}
