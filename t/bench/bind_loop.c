/* SPDX-License-Identifier: Apache-2.0 */
/* What a bind costs by itself: binds as one person after the other, from so
 * many processes or threads with a connection each, and prints how many binds
 * there were and the CPU seconds that they took of these:
 *     bind_loop URL FILE SECONDS COUNT processes|threads [PORT]
 * FILE holds a DN, a tab and a password a line.  With the port of an httpd on
 * 127.0.0.1, each asks it for /open before each bind, over a connection kept
 * open; the CPU seconds are those of the binds all the same. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <ldap.h>

#define MAX_PEOPLE 100000
#define MAX_BINDERS 1000

typedef struct person {
    char *dn;
    struct berval password;
} person;

static person people[MAX_PEOPLE];

static int read_people(const char *name)
{
    FILE *file = fopen(name, "r");
    char line[1024];
    int count = 0;

    while (file && count < MAX_PEOPLE && fgets(line, sizeof(line), file)) {
        char *tab = strchr(line, '\t');

        line[strcspn(line, "\n")] = '\0';
        if (tab) {
            *tab = '\0';
            people[count].dn = strdup(line);
            people[count].password.bv_val = strdup(tab + 1);
            people[count].password.bv_len = strlen(tab + 1);
            count++;
        }
    }
    if (file) {
        fclose(file);
    }
    return count;
}

static double seconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* One connection of many. */
typedef struct binder {
    pthread_t thread;
    const char *url;
    int port; /* of httpd, or 0 */
    int count;
    int start;
    double end;
    struct {
        long binds;
        double cpu;
    } done;
} binder;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int connect_httpd(int port)
{
    const int on = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((in_port_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    const int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (connect(fd, (struct sockaddr *)&address, sizeof(address))) {
        fail("httpd");
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

/* The answer is small and comes in one piece. */
static void ask_httpd(int fd)
{
    /* As long as that of a login. */
    static const char request[] =
        "GET /open HTTP/1.1\r\nHost: localhost\r\n"
        "Authorization: Basic dTAwMDE6c2VjcmV0IG9mIDE=\r\n\r\n";
    char answer[4096];
    const ssize_t length = (ssize_t)sizeof(request) - 1;

    if (write(fd, request, sizeof(request) - 1) != length
        || read(fd, answer, sizeof(answer)) < 12
        || strncmp(answer, "HTTP/1.1 200", 12) != 0) {
        fail("a request");
    }
}

static LDAP *open_directory(const char *url)
{
    const int version = LDAP_VERSION3;
    LDAP *ld = NULL;

    if (ldap_initialize(&ld, url) != LDAP_SUCCESS) {
        fail(url);
    }
    ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version);
    return ld;
}

static void bind_as(LDAP *ld, const person *p)
{
    struct berval password = p->password;
    int rc = ldap_sasl_bind_s(ld, p->dn, LDAP_SASL_SIMPLE, &password, NULL,
                              NULL, NULL);

    if (rc != LDAP_SUCCESS) {
        fprintf(stderr, "%s: %s\n", p->dn, ldap_err2string(rc));
        exit(1);
    }
}

static void *run_binder(void *self)
{
    binder *b = self;
    LDAP *ld = open_directory(b->url);
    const int httpd = b->port ? connect_httpd(b->port) : -1;
    double began = seconds(CLOCK_THREAD_CPUTIME_ID);

    for (; seconds(CLOCK_MONOTONIC) < b->end; b->done.binds++) {
        const person *p = &people[(b->start + b->done.binds) % b->count];

        if (b->port) {
            ask_httpd(httpd);
            began = seconds(CLOCK_THREAD_CPUTIME_ID);
        }
        bind_as(ld, p);
        if (b->port) {
            b->done.cpu += seconds(CLOCK_THREAD_CPUTIME_ID) - began;
        }
    }
    if (!b->port) {
        b->done.cpu = seconds(CLOCK_THREAD_CPUTIME_ID) - began;
    }
    ldap_unbind_ext_s(ld, NULL, NULL);
    return NULL;
}

static int start_thread(binder *b, int ends[2])
{
    (void)ends;
    return pthread_create(&b->thread, NULL, run_binder, b);
}

static void end_thread(binder *b, int ends[2])
{
    (void)ends;
    pthread_join(b->thread, NULL);
}

static int start_process(binder *b, int ends[2])
{
    const pid_t pid = fork();

    if (pid == 0) {
        run_binder(b);
        _exit(write(ends[1], &b->done, sizeof(b->done)) < 0);
    }
    return pid < 0;
}

static void end_process(binder *b, int ends[2])
{
    int status = 0;

    if (wait(&status) < 0 || status
        || read(ends[0], &b->done, sizeof(b->done)) != sizeof(b->done)) {
        fail("a process");
    }
}

static void run_all(const binder *like, int count, int threads)
{
    static binder binders[MAX_BINDERS];
    int ends[2];
    long binds = 0;
    double cpu = 0;
    int i;

    if (pipe(ends)) {
        fail("pipe");
    }
    for (i = 0; i < count; i++) {
        binders[i] = *like;
        binders[i].start = like->count / count * i;
        if ((threads ? start_thread : start_process)(&binders[i], ends)) {
            fail("bind_loop");
        }
    }
    for (i = 0; i < count; i++) {
        (threads ? end_thread : end_process)(&binders[i], ends);
        binds += binders[i].done.binds;
        cpu += binders[i].done.cpu;
    }
    printf("%ld %.6f\n", binds, cpu);
}

int main(int argc, char **argv)
{
    const int is_used = argc == 6 || argc == 7;
    const int count = is_used ? atoi(argv[4]) : 0;
    binder like = {0};

    like.count = is_used ? read_people(argv[2]) : 0;
    if (!like.count || count < 1 || count > MAX_BINDERS) {
        fprintf(stderr, "bind_loop URL FILE SECONDS COUNT processes|threads "
                        "[PORT]\n");
        return 2;
    }
    like.url = argv[1];
    like.port = argc == 7 ? atoi(argv[6]) : 0;
    like.end = seconds(CLOCK_MONOTONIC) + atof(argv[3]);
    run_all(&like, count, !strcmp(argv[5], "threads"));
    return 0;
}
