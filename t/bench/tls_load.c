/* SPDX-License-Identifier: Apache-2.0 */
/* Requests over TLS with a certificate of the client, each as soon as the last
 * one is answered, from so many threads; prints how many there were, over how
 * many resumed sessions, and the microseconds that they took:
 *     tls_load PORT PATH CERTIFICATE KEY THREADS LIMIT kept|full|resumed
 *              [AUTHORIZATION]
 * kept: over one connection a thread; full, resumed: over a connection each,
 * with a handshake of its own or with the session of the one before, the very
 * first of which is not counted.  The limit is that many requests of each thread, or
 * with an "s" behind it seconds.  The server is on 127.0.0.1, and is not
 * verified. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#define MAX_THREADS 256

typedef enum connections { KEPT, FULL, RESUMED } connections;

/* Of a thread. */
typedef struct client {
    pthread_t thread;
    SSL_CTX *tls;
    const char *request;
    connections how;
    int port;
    long most;  /* requests; 0: until the end */
    double end; /* seconds of the clock */
    SSL_SESSION *session;
    SSL *ssl; /* the connection, or NULL */
    long requests;
    long resumed;
} client;

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *what)
{
    perror(what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static int connect_to(int port)
{
    const int on = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((in_port_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    const int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address))) {
        fail("connect");
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

/* The latest ticket is the one that counts. */
static int keep_session(SSL *ssl, SSL_SESSION *session)
{
    client *c = SSL_get_app_data(ssl);

    SSL_SESSION_free(c->session);
    c->session = session;
    return 1;
}

static void open_connection(client *c)
{
    c->ssl = SSL_new(c->tls);
    if (!c->ssl || !SSL_set_fd(c->ssl, connect_to(c->port))) {
        fail("TLS");
    }
    SSL_set_app_data(c->ssl, c);
    if (c->how == RESUMED && c->session) {
        SSL_set_session(c->ssl, c->session);
    }
    if (SSL_connect(c->ssl) != 1) {
        fail("a handshake");
    }
    c->resumed += SSL_session_reused(c->ssl);
}

static void close_connection(client *c)
{
    const int fd = SSL_get_fd(c->ssl);

    SSL_shutdown(c->ssl);
    SSL_free(c->ssl);
    close(fd);
    c->ssl = NULL;
}

/* To the end of an answer that is not chunked. */
static void read_answer(client *c)
{
    char answer[8192];
    size_t length = 0;
    const char *head_end = NULL;
    const char *size = NULL;

    do {
        const int got = SSL_read(c->ssl, answer + length,
                                 (int)(sizeof(answer) - 1 - length));

        if (got <= 0) {
            fail("an answer");
        }
        length += (size_t)got;
        answer[length] = '\0';
        head_end = strstr(answer, "\r\n\r\n");
        size = strstr(answer, "Content-Length: ");
    } while (!head_end || !size
             || answer + length < head_end + 4 + atoi(size + 16));
    if (strncmp(answer, "HTTP/1.1 200", 12) != 0) {
        fprintf(stderr, "%.*s\n", (int)strcspn(answer, "\r\n"), answer);
        exit(1);
    }
}

/* The server closes first, or the addresses of a client would run out. */
static void ask(client *c)
{
    char rest[16];

    if (!c->ssl) {
        open_connection(c);
    }
    if (SSL_write(c->ssl, c->request, (int)strlen(c->request)) <= 0) {
        fail("a request");
    }
    read_answer(c);
    if (c->how != KEPT) {
        while (SSL_read(c->ssl, rest, sizeof(rest)) > 0) {
        }
        close_connection(c);
    }
}

static void *run_client(void *self)
{
    client *c = self;

    while (c->most ? c->requests < c->most : seconds() < c->end) {
        ask(c);
        c->requests++;
    }
    if (c->ssl) {
        close_connection(c);
    }
    return NULL;
}

static SSL_CTX *make_tls(const char *certificate, const char *key)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());

    if (!tls
        || SSL_CTX_use_certificate_file(tls, certificate, SSL_FILETYPE_PEM) != 1
        || SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1) {
        fail(certificate);
    }
    SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_CLIENT
                                            | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(tls, keep_session);
    return tls;
}

static const char *make_request(const char *path, connections how,
                                const char *authorization)
{
    static char request[2048];

    snprintf(request, sizeof(request),
             "GET %s HTTP/1.1\r\nHost: localhost\r\n%s%s%s%s\r\n", path,
             how == KEPT ? "" : "Connection: close\r\n",
             authorization ? "Authorization: " : "",
             authorization ? authorization : "", authorization ? "\r\n" : "");
    return request;
}

/* The session that all resume first is had before the clock runs. */
static void run_all(const client *like, int count, const char *limit)
{
    static client clients[MAX_THREADS];
    client all = {0};
    double began;
    char *unit;
    const double most = strtod(limit, &unit);
    int i;

    all = *like;
    if (like->how == RESUMED) {
        ask(&all);
    }
    for (i = 0; i < count; i++) {
        clients[i] = *like;
        clients[i].session = all.session ? SSL_SESSION_dup(all.session) : NULL;
    }
    began = seconds();
    for (i = 0; i < count; i++) {
        clients[i].most = *unit == 's' ? 0 : (long)most;
        clients[i].end = began + most;
        if (pthread_create(&clients[i].thread, NULL, run_client, &clients[i])) {
            fail("a thread");
        }
    }
    for (i = 0; i < count; i++) {
        pthread_join(clients[i].thread, NULL);
        all.requests += clients[i].requests;
        all.resumed += clients[i].resumed;
    }
    printf("requests=%ld resumed=%ld us=%.0f\n", all.requests, all.resumed,
           (seconds() - began) * 1e6);
}

int main(int argc, char **argv)
{
    static const char *const hows[] = {"kept", "full", "resumed"};
    const int is_used = argc == 8 || argc == 9;
    const int count = is_used ? atoi(argv[5]) : 0;
    client like = {0};
    int how = 0;

    while (is_used && how < 3 && strcmp(argv[7], hows[how]) != 0) {
        how++;
    }
    if (how == 3 || count < 1 || count > MAX_THREADS) {
        fprintf(stderr, "tls_load PORT PATH CERTIFICATE KEY THREADS LIMIT "
                        "kept|full|resumed [AUTHORIZATION]\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    like.how = (connections)how;
    like.port = atoi(argv[1]);
    like.tls = make_tls(argv[3], argv[4]);
    like.request = make_request(argv[2], like.how, argc == 9 ? argv[8] : NULL);
    run_all(&like, count, argv[6]);
    return 0;
}
