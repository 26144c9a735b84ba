/* SPDX-License-Identifier: Apache-2.0 */
/* What a bind costs by itself: binds as one person after the other, from so
 * many processes or threads with a connection each, and prints how many binds
 * there were and the CPU seconds that all these used:
 *     bind_loop URL FILE SECONDS COUNT processes|threads
 * FILE holds a DN, a tab and a password a line. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
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

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Returns the number of binds until then; ends the process on an error. */
static long bind_until(const char *url, int count, int start, double end)
{
    const int version = LDAP_VERSION3;
    LDAP *ld = NULL;
    long binds;

    if (ldap_initialize(&ld, url) != LDAP_SUCCESS) {
        fprintf(stderr, "%s: no URL\n", url);
        exit(2);
    }
    ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version);
    for (binds = 0; now() < end; binds++) {
        const person *p = &people[(start + binds) % count];
        struct berval password = p->password;
        int rc = ldap_sasl_bind_s(ld, p->dn, LDAP_SASL_SIMPLE, &password, NULL,
                                  NULL, NULL);

        if (rc != LDAP_SUCCESS) {
            fprintf(stderr, "%s: %s\n", p->dn, ldap_err2string(rc));
            exit(1);
        }
    }
    ldap_unbind_ext_s(ld, NULL, NULL);
    return binds;
}

/* CPU seconds of this process, and of those that have been waited for. */
static double cpu_seconds(int whose)
{
    struct rusage used;

    getrusage(whose, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec)
           + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/* One connection of many. */
typedef struct binder {
    pthread_t thread;
    const char *url;
    int count;
    int start;
    double end;
    long binds;
} binder;

static void *run_binder(void *self)
{
    binder *b = self;

    b->binds = bind_until(b->url, b->count, b->start, b->end);
    return NULL;
}

static int start_thread(binder *b, int ends[2])
{
    (void)ends;
    return pthread_create(&b->thread, NULL, run_binder, b);
}

static long end_thread(binder *b, int ends[2])
{
    (void)ends;
    pthread_join(b->thread, NULL);
    return b->binds;
}

static int start_process(binder *b, int ends[2])
{
    const pid_t pid = fork();

    if (pid == 0) {
        run_binder(b);
        _exit(write(ends[1], &b->binds, sizeof(b->binds)) < 0);
    }
    return pid < 0;
}

static long end_process(binder *b, int ends[2])
{
    if (read(ends[0], &b->binds, sizeof(b->binds)) != sizeof(b->binds)) {
        fprintf(stderr, "a process has failed\n");
        exit(1);
    }
    wait(NULL);
    return b->binds;
}

int main(int argc, char **argv)
{
    static binder binders[MAX_BINDERS];
    const int people_count = argc == 6 ? read_people(argv[2]) : 0;
    const int count = argc == 6 ? atoi(argv[4]) : 0;
    const int threads = argc == 6 && !strcmp(argv[5], "threads");
    const double end = now() + (argc == 6 ? atof(argv[3]) : 0);
    long all = 0;
    int ends[2];
    int i;

    if (!people_count || count < 1 || count > MAX_BINDERS || pipe(ends)) {
        fprintf(stderr, "bind_loop URL FILE SECONDS COUNT processes|threads\n");
        return 2;
    }
    for (i = 0; i < count; i++) {
        binders[i] = (binder){.url = argv[1],
                              .count = people_count,
                              .start = people_count / count * i,
                              .end = end};
        if ((threads ? start_thread : start_process)(&binders[i], ends)) {
            perror("bind_loop");
            return 1;
        }
    }
    for (i = 0; i < count; i++) {
        all += (threads ? end_thread : end_process)(&binders[i], ends);
    }
    printf("%ld %.6f\n", all,
           cpu_seconds(RUSAGE_SELF) + cpu_seconds(RUSAGE_CHILDREN));
    return 0;
}
