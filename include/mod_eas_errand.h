/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Errands: calls that may hang for ever, made by threads of their own.
 *
 * Who sends one waits for a while and then goes on without it.  Its thread is
 * left to hang, and does errands again when its call returns.
 */
#ifndef MOD_EAS_ERRAND_H
#define MOD_EAS_ERRAND_H

#include "eas_types.h"

/** What is carried to the thread and back; a copy, as nobody may wait for it
 * any more. */
typedef struct mod_eas_errand {
    int what; /**< for who runs it */
    eas_key key;
    apr_interval_time_t span;
    void *buffer;      /**< of as many bytes as mod_eas_errands_make was told */
    apr_size_t length; /**< of what is in it */
} mod_eas_errand;

/**
 * Run an errand, on a thread that may be kept for any time.
 * @param pool cleared afterwards
 */
typedef apr_status_t mod_eas_errand_run(void *self, mod_eas_errand *errand,
                                        apr_pool_t *pool);

typedef struct mod_eas_errands mod_eas_errands;

/**
 * Errands of one kind, in a child process.  Threads are started as they are
 * needed.
 * @param most threads at once, hanging ones among them
 * @param room bytes of each errand's buffer
 * @param pchild its lifetime.  Threads that still hang then keep their memory:
 *        the process is about to end.
 * @param errands_out untouched on failure
 * @return APR_SUCCESS or an error
 */
apr_status_t mod_eas_errands_make(mod_eas_errand_run *run, void *self, int most,
                                  apr_size_t room, apr_pool_t *pchild,
                                  mod_eas_errands **errands_out);

/**
 * Have an errand run.  Call from any thread.
 * @param errand brought up to date where it came back
 * @param patience how long to wait, in microseconds
 * @return what its run returned; APR_TIMEUP where it did not come back in
 *         time; APR_EAGAIN where every thread hangs; an error of starting one
 */
apr_status_t mod_eas_errands_send(mod_eas_errands *errands,
                                  mod_eas_errand *errand,
                                  apr_interval_time_t patience);

#endif
