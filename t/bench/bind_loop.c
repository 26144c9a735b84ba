/* SPDX-License-Identifier: Apache-2.0 */
/* What a bind costs by itself: binds as one person after the other, from so
 * many processes with a connection each, and prints how many binds there were
 * and the CPU seconds that all these processes used:
 *     bind_loop URL FILE SECONDS PROCESSES
 * FILE holds a DN, a tab and a password a line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <ldap.h>

#define MAX_PEOPLE 100000

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

/* CPU seconds of the processes that have been waited for. */
static double cpu_seconds(void)
{
    struct rusage used;

    getrusage(RUSAGE_CHILDREN, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec)
           + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

int main(int argc, char **argv)
{
    const int count = argc == 5 ? read_people(argv[2]) : 0;
    const int processes = argc == 5 ? atoi(argv[4]) : 0;
    const double end = now() + (argc == 5 ? atof(argv[3]) : 0);
    long all = 0;
    long binds;
    int ends[2];
    int i;

    if (!count || !processes || pipe(ends)) {
        fprintf(stderr, "bind_loop URL FILE SECONDS PROCESSES\n");
        return 2;
    }
    for (i = 0; i < processes; i++) {
        if (fork() == 0) {
            binds = bind_until(argv[1], count, count / processes * i, end);
            return write(ends[1], &binds, sizeof(binds)) < 0;
        }
    }
    close(ends[1]);
    for (i = 0; read(ends[0], &binds, sizeof(binds)) == sizeof(binds); i++) {
        all += binds;
    }
    while (wait(NULL) > 0) {
    }
    printf("%ld %.6f\n", all, cpu_seconds());
    return i != processes;
}
