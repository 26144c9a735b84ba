/* SPDX-License-Identifier: Apache-2.0 */
/* The lock of all processes: who takes it after a death is told. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "eas_lock.h"
#include "tap.h"

enum { CHILDREN = 4, ROUNDS = 20000 };

static struct shared {
    eas_lock lock;
    int count;
} * shared;

/* What a child does before it dies, with the lock free. */
typedef enum { TAKE, TAKE_AND_GIVE } deed;

static void die_after(deed what)
{
    const pid_t child = fork();
    int died;

    if (!child) {
        eas_lock_take(&shared->lock, &died);
        if (what == TAKE_AND_GIVE) {
            eas_lock_give(&shared->lock);
        }
        kill(getpid(), SIGKILL);
    }
    waitpid(child, NULL, 0);
}

static const struct {
    const char *name;
    int deaths;
    deed what;
    int died;
} rows[] = {
    {"nobody died", 0, TAKE, 0},
    {"the owner died", 1, TAKE, 1},
    {"another died", 1, TAKE_AND_GIVE, 0},
    {"who was told died as well", 2, TAKE, 1},
};

static void test_death(apr_size_t row)
{
    int died = -1;

    for (int i = 0; i < rows[row].deaths; i++) {
        die_after(rows[row].what);
    }
    is_int(eas_lock_take(&shared->lock, &died), APR_SUCCESS,
           tap_row(rows[row].name, "taken"));
    is_int(died, rows[row].died, tap_row(rows[row].name, "told"));
    eas_lock_give(&shared->lock);
    died = -1;
    is_int(eas_lock_take(&shared->lock, &died), APR_SUCCESS,
           tap_row(rows[row].name, "taken again"));
    is_int(died, 0, tap_row(rows[row].name, "told once"));
    eas_lock_give(&shared->lock);
}

/* Given back by one who was told and did not say that all is well. */
static void test_broken(void)
{
    int died = -1;

    die_after(TAKE);
    is_int(pthread_mutex_lock(&shared->lock.mutex), EOWNERDEAD, "dead");
    pthread_mutex_unlock(&shared->lock.mutex);
    is_int(eas_lock_take(&shared->lock, &died), ENOTRECOVERABLE,
           "broken for good: an error");
    is_int(died, -1, "nothing is told");
    is_int(eas_lock_take(&shared->lock, &died), ENOTRECOVERABLE, "and stays");
}

static void count_up(void)
{
    int died;

    for (int i = 0; i < ROUNDS; i++) {
        eas_lock_take(&shared->lock, &died);
        shared->count++;
        eas_lock_give(&shared->lock);
    }
    _exit(0);
}

static void test_exclusion(void)
{
    for (int i = 0; i < CHILDREN; i++) {
        if (!fork()) {
            count_up();
        }
    }
    while (wait(NULL) > 0) {
    }
    is_int(shared->count, CHILDREN * ROUNDS, "one at a time");
}

int main(void)
{
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        printf("Bail out! no memory\n");
        return 1;
    }
    is_int(eas_lock_make(&shared->lock), APR_SUCCESS, "made");
    for (apr_size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        test_death(i);
    }
    test_exclusion();
    test_broken();
    return done_testing();
}
