/* SPDX-License-Identifier: Apache-2.0 */
/* What a bind costs by itself: binds as one person after the other over one
 * connection, and prints how many binds there were and the CPU seconds that
 * this program used for them:  bind_loop URL FILE SECONDS
 * FILE holds a DN, a tab and a password a line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

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

static double cpu_seconds(void)
{
    struct rusage used;

    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec)
           + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    const int version = LDAP_VERSION3;
    const int count = argc == 4 ? read_people(argv[2]) : 0;
    const double end = now() + (argc == 4 ? atof(argv[3]) : 0);
    LDAP *ld = NULL;
    double before;
    long binds;

    if (!count || ldap_initialize(&ld, argv[1]) != LDAP_SUCCESS) {
        fprintf(stderr, "bind_loop URL FILE SECONDS\n");
        return 2;
    }
    ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version);
    before = cpu_seconds();
    for (binds = 0; now() < end; binds++) {
        const person *p = &people[binds % count];
        struct berval password = p->password;
        int rc = ldap_sasl_bind_s(ld, p->dn, LDAP_SASL_SIMPLE, &password, NULL,
                                  NULL, NULL);

        if (rc != LDAP_SUCCESS) {
            fprintf(stderr, "%s: %s\n", p->dn, ldap_err2string(rc));
            return 1;
        }
    }
    printf("%ld %.6f\n", binds, cpu_seconds() - before);
    ldap_unbind_ext_s(ld, NULL, NULL);
    return 0;
}
