/* SPDX-License-Identifier: Apache-2.0 */
/* A directory that is far away: passes connections on to a port of this
 * machine and holds back what comes from there:  relay LISTEN TARGET MS
 * Ports of 127.0.0.1; MS are the milliseconds every chunk waits. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

typedef struct route route;

/* One end of a connection that is passed on. */
typedef struct end {
    route *route;
    struct end *other;
    int fd;
} end;

/* Never freed: a run has some hundred of them, and what is queued or reported
 * may still point here when it is closed. */
struct route {
    end client;
    end server;
    int closed;
};

/* The same delay for all: what came first is due first. */
typedef struct chunk {
    struct chunk *next;
    route *route;
    int64_t due;   /* ns, CLOCK_MONOTONIC */
    size_t length; /* 0: the server has closed */
    char data[];
} chunk;

static chunk *first, **last = &first;
static int64_t delay;
static int poller, timer, listener;
static uint16_t target;

static int64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void close_route(route *r)
{
    if (!r->closed) {
        close(r->client.fd);
        close(r->server.fd);
        r->closed = 1;
    }
}

static void write_all(end *to, const char *data, size_t length)
{
    while (length && !to->route->closed) {
        ssize_t n = send(to->fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n > 0) {
            data += n;
            length -= (size_t)n;
        }
        else if (errno == EAGAIN) {
            struct pollfd p = {to->fd, POLLOUT, 0};

            poll(&p, 1, 1000);
        }
        else if (errno != EINTR) {
            close_route(to->route);
        }
    }
}

static void hold_back(route *r, const char *data, size_t length)
{
    chunk *c = malloc(sizeof(*c) + length);

    if (!c) {
        abort();
    }
    c->next = NULL;
    c->route = r;
    c->due = now() + delay;
    c->length = length;
    memcpy(c->data, data, length);
    *last = c;
    last = &c->next;
}

static void watch(int fd, void *data)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = data};

    epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
}

static struct sockaddr_in address(uint16_t port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons(port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    return a;
}

static void accept_one(void)
{
    const int on = 1;
    struct sockaddr_in to = address(target);
    route *r = calloc(1, sizeof(*r));

    if (!r) {
        abort();
    }
    r->client = (end){r, &r->server, accept(listener, NULL, NULL)};
    r->server = (end){r, &r->client, socket(AF_INET, SOCK_STREAM, 0)};
    if (r->client.fd < 0
        || connect(r->server.fd, (struct sockaddr *)&to, sizeof(to))) {
        close_route(r);
        return;
    }
    setsockopt(r->client.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(r->server.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    watch(r->client.fd, &r->client);
    watch(r->server.fd, &r->server);
}

static void pass_on(end *from)
{
    char data[65536];
    const ssize_t n = recv(from->fd, data, sizeof(data), MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (from == &from->route->server) {
        if (n <= 0) {
            epoll_ctl(poller, EPOLL_CTL_DEL, from->fd, NULL);
        }
        hold_back(from->route, data, n > 0 ? (size_t)n : 0);
    }
    else if (n > 0) {
        write_all(from->other, data, (size_t)n);
    }
    else {
        close_route(from->route);
    }
}

/* Sends what is due, and sets the timer for what comes next. */
static void deliver(void)
{
    struct itimerspec next = {{0, 0}, {0, 0}};

    while (first && first->due <= now()) {
        chunk *c = first;

        first = c->next;
        if (!first) {
            last = &first;
        }
        write_all(&c->route->client, c->data, c->length);
        if (!c->length) {
            close_route(c->route);
        }
        free(c);
    }
    if (first) {
        next.it_value.tv_sec = first->due / 1000000000;
        next.it_value.tv_nsec = first->due % 1000000000;
        timerfd_settime(timer, TFD_TIMER_ABSTIME, &next, NULL);
    }
}

static void serve(void)
{
    struct epoll_event events[256];
    uint64_t expirations;

    for (;;) {
        const int count = epoll_wait(poller, events, 256, -1);
        int i;

        for (i = 0; i < count; i++) {
            void *what = events[i].data.ptr;

            if (what == &listener) {
                accept_one();
            }
            else if (what != &timer) {
                end *from = what;

                if (!from->route->closed) {
                    pass_on(from);
                }
            }
            else if (read(timer, &expirations, sizeof(expirations)) < 0) {
                continue;
            }
        }
        deliver();
    }
}

int main(int argc, char **argv)
{
    const int on = 1;
    struct rlimit files;
    struct sockaddr_in here;

    if (argc != 4) {
        fprintf(stderr, "relay LISTEN TARGET MS\n");
        return 2;
    }
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    here = address((uint16_t)atoi(argv[1]));
    target = (uint16_t)atoi(argv[2]);
    delay = (int64_t)atoi(argv[3]) * 1000000;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(listener, (struct sockaddr *)&here, sizeof(here))
        || listen(listener, 1024)) {
        perror("relay");
        return 1;
    }
    poller = epoll_create1(0);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    watch(listener, &listener);
    watch(timer, &timer);
    serve();
}
