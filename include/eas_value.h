/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Values of a configuration.  Each parser returns NULL on success, else a
 * sentence without a full stop that says what is accepted; outputs are
 * untouched on failure, and texts live in @a pool.
 */
#ifndef EAS_VALUE_H
#define EAS_VALUE_H

#include <apr_pools.h>
#include <apr_time.h>

/**
 * A duration as httpd writes it: a whole number and, without a blank, `ms`,
 * `s`, `min` or `h` in either case.
 * @param low, high accepted bounds, in microseconds, both included
 * @param duration_out microseconds
 */
const char *eas_value_duration(const char *word, apr_interval_time_t low,
                               apr_interval_time_t high, apr_pool_t *pool,
                               apr_interval_time_t *duration_out);

/**
 * A whole number in decimal digits.
 * @param low, high accepted bounds, both included
 */
const char *eas_value_number(const char *word, apr_int64_t low,
                             apr_int64_t high, apr_pool_t *pool,
                             apr_int64_t *number_out);

/**
 * Split `key=value` at the first `=`, so that the value may hold more.
 * @param key_out, value_out copies; neither is empty
 */
const char *eas_value_pair(const char *word, apr_pool_t *pool,
                           const char **key_out, const char **value_out);

/**
 * Split `key=value`, where the key is one of some, in either case; one that is
 * set twice is an error, for one of the two is not what was meant.
 * @param keys NULL-terminated, at most 31
 * @param seen a bit for each key that was read before; 0 at first
 * @param key_out index in @a keys
 */
const char *eas_value_key(const char *word, const char *const *keys,
                          apr_pool_t *pool, int *seen, int *key_out,
                          const char **value_out);

/**
 * One word of some, in either case.
 * @param words NULL-terminated
 * @param index_out in @a words
 */
const char *eas_value_choice(const char *word, const char *const *words,
                             apr_pool_t *pool, int *index_out);

/**
 * Write a duration the way eas_value_duration reads it, in the largest unit
 * that holds it exactly; "0s" for none, milliseconds rounded down for less.
 * @return the text, never NULL
 */
const char *eas_value_show_duration(apr_interval_time_t duration,
                                    apr_pool_t *pool);

#endif
