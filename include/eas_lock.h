/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A lock of all processes that share a memory.
 *
 * Whoever takes it after its owner has died is told so.  APR's process mutex
 * swallows EOWNERDEAD and says success, so this is a robust mutex of POSIX
 * itself (pthread_mutexattr_setrobust, IEEE Std 1003.1-2008).
 */
#ifndef EAS_LOCK_H
#define EAS_LOCK_H

#include <pthread.h>

#include <apr_errno.h>

/** It lies in the shared memory, for all at the same one. */
typedef struct eas_lock {
    pthread_mutex_t mutex;
} eas_lock;

/**
 * Make it, in shared memory, once, before anybody takes it.
 * @return APR_SUCCESS, or why there can be none
 */
apr_status_t eas_lock_make(eas_lock *lock);

/**
 * Take it.
 * @param died_out set to 1 where the last owner died with it: what the lock
 *        guards may be half done and is the caller's to mend; else 0
 * @return APR_SUCCESS with the lock held.  An error without it: that of
 *         the system, ENOTRECOVERABLE where it is broken for good; @a died_out is untouched then
 */
apr_status_t eas_lock_take(eas_lock *lock, int *died_out);

/** Give it back, by the thread that took it. */
void eas_lock_give(eas_lock *lock);

#endif
