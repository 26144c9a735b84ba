/* SPDX-License-Identifier: Apache-2.0 */
/* Input: a word; on a second line, two numbers that bound it. */
#include "fuzz.h"

#include <apr_strings.h>

#include "eas_value.h"

#define UNTOUCHED (-4711)

static void problem_check(const char *problem)
{
    size_t length = strlen(problem);

    fuzz_require(length > 0 && problem[length - 1] != '.');
}

static void duration_try(const char *word, apr_int64_t low, apr_int64_t high,
                         apr_pool_t *pool)
{
    apr_interval_time_t duration = UNTOUCHED;
    apr_interval_time_t again = UNTOUCHED;
    const char *problem = eas_value_duration(word, low, high, pool, &duration);
    const char *shown;

    if (problem != NULL) {
        problem_check(problem);
        fuzz_require(duration == UNTOUCHED);
        return;
    }
    fuzz_require(duration >= low && duration <= high && duration % 1000 == 0);
    shown = eas_value_show_duration(duration, pool);
    fuzz_require(eas_value_duration(shown, low, high, pool, &again) == NULL);
    fuzz_require(again == duration);
}

static void number_try(const char *word, apr_int64_t low, apr_int64_t high,
                       apr_pool_t *pool)
{
    apr_int64_t number = UNTOUCHED;
    const char *problem = eas_value_number(word, low, high, pool, &number);
    const char *digits = word + strspn(word, "0");

    if (problem != NULL) {
        problem_check(problem);
        fuzz_require(number == UNTOUCHED);
        return;
    }
    fuzz_require(number >= low && number <= high);
    fuzz_require(strspn(word, "0123456789") == strlen(word) && *word != '\0');
    fuzz_require(strcmp(*digits != '\0' ? digits : "0",
                        apr_psprintf(pool, "%" APR_INT64_T_FMT, number))
                 == 0);
}

static void pair_try(const char *word, apr_pool_t *pool)
{
    const char *key = NULL;
    const char *value = NULL;
    const char *problem = eas_value_pair(word, pool, &key, &value);

    if (problem != NULL) {
        problem_check(problem);
        fuzz_require(key == NULL && value == NULL);
        return;
    }
    fuzz_require(*key != '\0' && *value != '\0' && !strchr(key, '='));
    fuzz_require(strcmp(apr_pstrcat(pool, key, "=", value, NULL), word) == 0);
}

/* Durations are shown in milliseconds at the finest. */
static apr_int64_t bound_read(char **text)
{
    return strtoll(*text, text, 10) / 1000 * 1000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_begin();
    char *word = fuzz_line(&data, &size);
    char *bounds = fuzz_line(&data, &size);
    char *at = bounds;
    apr_int64_t low = bound_read(&at);
    apr_int64_t high = bound_read(&at);

    duration_try(word, low, high, pool);
    duration_try(word, 0, APR_INT64_MAX, pool);
    number_try(word, low, high, pool);
    number_try(word, 0, APR_INT64_MAX, pool);
    pair_try(word, pool);
    free(word);
    free(bounds);
    fuzz_clear();
    fuzz_end();
    return 0;
}
