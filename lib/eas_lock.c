/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_lock.h"

#include <errno.h>

static int make_with(pthread_mutex_t *mutex, pthread_mutexattr_t *how)
{
    int rc = pthread_mutexattr_setpshared(how, PTHREAD_PROCESS_SHARED);

    if (!rc) {
        rc = pthread_mutexattr_setrobust(how, PTHREAD_MUTEX_ROBUST);
    }
    return rc ? rc : pthread_mutex_init(mutex, how);
}

apr_status_t eas_lock_make(eas_lock *lock)
{
    pthread_mutexattr_t how;
    int rc = pthread_mutexattr_init(&how);

    if (!rc) {
        rc = make_with(&lock->mutex, &how);
        pthread_mutexattr_destroy(&how);
    }
    return rc;
}

/* Declared sound at once: should its new owner die while it mends what the lock
 * guards, the next one is told again. */
apr_status_t eas_lock_take(eas_lock *lock, int *died_out)
{
    const int rc = pthread_mutex_lock(&lock->mutex);

    if (rc && rc != EOWNERDEAD) {
        return rc;
    }
    if (rc == EOWNERDEAD) {
        pthread_mutex_consistent(&lock->mutex);
    }
    *died_out = rc == EOWNERDEAD;
    return APR_SUCCESS;
}

void eas_lock_give(eas_lock *lock)
{
    pthread_mutex_unlock(&lock->mutex);
}
