/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_value.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

/* Largest first: a duration is shown in the first that holds it exactly. */
static const struct {
    const char *name;
    apr_interval_time_t length;
} units[] = {
    {"h", APR_USEC_PER_SEC * 3600},
    {"min", APR_USEC_PER_SEC * 60},
    {"s", APR_USEC_PER_SEC},
    {"ms", 1000},
};

enum { UNIT_COUNT = sizeof(units) / sizeof(units[0]) };

/* Read decimal digits; strtol would take blanks, signs and other bases.
 * Returns what follows them, or NULL for none or too large a number. */
static const char *read_digits(const char *text, apr_int64_t *number)
{
    const char *cursor = text;
    apr_int64_t sum = 0;

    for (; *cursor >= '0' && *cursor <= '9'; cursor++) {
        if (sum > (APR_INT64_MAX - 9) / 10) {
            return NULL;
        }
        sum = sum * 10 + (*cursor - '0');
    }
    if (cursor == text) {
        return NULL;
    }
    *number = sum;
    return cursor;
}

/* Length of the unit of this name, 0 where there is none. */
static apr_interval_time_t unit_length(const char *name)
{
    for (int i = 0; i < UNIT_COUNT; i++) {
        if (apr_cstr_casecmp(units[i].name, name) == 0) {
            return units[i].length;
        }
    }
    return 0;
}

/* Returns whether the word is a duration that can be held at all. */
static int read_duration(const char *word, apr_interval_time_t *duration)
{
    apr_int64_t number = 0;
    const char *unit = read_digits(word, &number);
    apr_interval_time_t length = unit ? unit_length(unit) : 0;

    if (length == 0 || number > APR_INT64_MAX / length) {
        return 0;
    }
    *duration = number * length;
    return 1;
}

const char *eas_value_duration(const char *word, apr_interval_time_t low,
                               apr_interval_time_t high, apr_pool_t *pool,
                               apr_interval_time_t *duration_out)
{
    apr_interval_time_t duration;

    if (!read_duration(word, &duration) || duration < low || duration > high) {
        return apr_psprintf(pool,
                            "\"%s\" is not a duration from %s to %s, written "
                            "as a number and ms, s, min or h, such as 1500ms",
                            word, eas_value_show_duration(low, pool),
                            eas_value_show_duration(high, pool));
    }
    *duration_out = duration;
    return NULL;
}

const char *eas_value_number(const char *word, apr_int64_t low,
                             apr_int64_t high, apr_pool_t *pool,
                             apr_int64_t *number_out)
{
    apr_int64_t number = 0;
    const char *rest = read_digits(word, &number);

    if (!rest || *rest || number < low || number > high) {
        return apr_psprintf(pool,
                            "\"%s\" is not a whole number from "
                            "%" APR_INT64_T_FMT " to %" APR_INT64_T_FMT,
                            word, low, high);
    }
    *number_out = number;
    return NULL;
}

const char *eas_value_pair(const char *word, apr_pool_t *pool,
                           const char **key_out, const char **value_out)
{
    const char *equals = strchr(word, '=');

    if (!equals || equals == word || !equals[1]) {
        return apr_psprintf(pool,
                            "\"%s\" is not of the form key=value, with "
                            "neither part empty",
                            word);
    }
    *key_out = apr_pstrmemdup(pool, word, (apr_size_t)(equals - word));
    *value_out = apr_pstrdup(pool, equals + 1);
    return NULL;
}

/* -1 where it is none of them. */
static int index_of(const char *word, const char *const *words)
{
    for (int i = 0; words[i]; i++) {
        if (apr_cstr_casecmp(words[i], word) == 0) {
            return i;
        }
    }
    return -1;
}

const char *eas_value_key(const char *word, const char *const *keys,
                          apr_pool_t *pool, int *seen, int *key_out,
                          const char **value_out)
{
    const char *key = NULL;
    const char *value = NULL;
    const char *error = eas_value_pair(word, pool, &key, &value);
    int index;

    if (error) {
        return error;
    }
    index = index_of(key, keys);
    if (index < 0) {
        return apr_psprintf(pool, "\"%s\" is not one of its keys", key);
    }
    if (*seen & (1 << index)) {
        return apr_psprintf(pool, "\"%s\" is set twice", key);
    }
    *seen |= 1 << index;
    *key_out = index;
    *value_out = value;
    return NULL;
}

const char *eas_value_choice(const char *word, const char *const *words,
                             apr_pool_t *pool, int *index_out)
{
    const int index = index_of(word, words);
    const char *all = words[0];

    if (index < 0) {
        for (int i = 1; words[i]; i++) {
            all = apr_pstrcat(pool, all, ", ", words[i], NULL);
        }
        return apr_psprintf(pool, "\"%s\" is not one of %s", word, all);
    }
    *index_out = index;
    return NULL;
}

const char *eas_value_show_duration(apr_interval_time_t duration,
                                    apr_pool_t *pool)
{
    int i = 0;

    if (duration == 0) {
        return "0s"; /* every unit holds it; hours would look odd */
    }
    while (i < UNIT_COUNT - 1 && duration % units[i].length != 0) {
        i++;
    }
    return apr_psprintf(pool, "%" APR_INT64_T_FMT "%s",
                        duration / units[i].length, units[i].name);
}
