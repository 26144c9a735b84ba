/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_value.h"

#include <apr_general.h>

#include "tap.h"

#define SECOND APR_USEC_PER_SEC

/* Bounds 100ms to 25h; -1 is refused. */
static const struct {
    const char *name;
    const char *word;
    apr_interval_time_t expected;
} durations[] = {
    {"milliseconds", "1500ms", 1500000},
    {"seconds", "2s", 2 * SECOND},
    {"minutes", "3min", 180 * SECOND},
    {"hours", "4h", 4 * 3600 * SECOND},
    {"capitals", "3MIN", 180 * SECOND},
    {"capital H", "1H", 3600 * SECOND},
    {"leading zeros", "007s", 7 * SECOND},
    {"low bound", "100ms", 100000},
    {"below it", "99ms", -1},
    {"high bound", "25h", 25 * 3600 * SECOND},
    {"above it", "90001s", -1},
    {"no unit", "5", -1},
    {"no number", "s", -1},
    {"empty", "", -1},
    {"m alone is neither ms nor min", "5m", -1},
    {"mi, which httpd takes", "5mi", -1},
    {"days", "1d", -1},
    {"more behind the unit", "5sec", -1},
    {"blank before the unit", "5 s", -1},
    {"leading blank", " 5s", -1},
    {"trailing blank", "5s ", -1},
    {"plus", "+5s", -1},
    {"minus", "-5s", -1},
    {"fraction", "1.5s", -1},
    {"hexadecimal", "0x5s", -1},
    {"two", "1min30s", -1},
    {"zero", "0s", -1},
    {"2^64+5 seconds", "18446744073709551621s", -1},
    {"overflow by the unit", "9223372036854775807h", -1},
    /* 2^64 microseconds and 58 minutes. */
    {"wrap-around into the bounds", "5124095577h", -1},
    {"a thousand digits' worth", "99999999999999999999999999999999s", -1},
};

static void test_durations(apr_pool_t *pool)
{
    for (int i = 0; i < (int)(sizeof(durations) / sizeof(durations[0])); i++) {
        const char *name = durations[i].name;
        apr_interval_time_t got = -1;
        const char *error = eas_value_duration(durations[i].word, 100000,
                                               25 * 3600 * SECOND, pool, &got);

        is_int(got, durations[i].expected, tap_row(name, "duration"));
        ok((error == NULL) == (durations[i].expected != -1),
           tap_row(name, "error"));
    }
}

static const struct {
    const char *name;
    const char *word;
    apr_int64_t low;
    apr_int64_t high;
    apr_int64_t expected;
} numbers[] = {
    {"one", "1", 1, 1024, 1},
    {"high bound", "1024", 1, 1024, 1024},
    {"above it", "1025", 1, 1024, -1},
    {"below the low bound", "0", 1, 1024, -1},
    {"zero", "0", 0, 9, 0},
    {"decimal in spite of a zero", "010", 1, 1024, 10},
    {"largest taken", "922337203685477580", 0, APR_INT64_MAX,
     APR_INT64_C(922337203685477580)},
    {"2^64+1", "18446744073709551617", 0, APR_INT64_MAX, -1},
    {"empty", "", 0, 9, -1},
    {"minus", "-1", -9, 9, -1},
    {"plus", "+1", 0, 9, -1},
    {"text behind", "1x", 0, 9, -1},
    {"trailing blank", "1 ", 0, 9, -1},
    {"hexadecimal", "0x1", 0, 9, -1},
};

static void test_numbers(apr_pool_t *pool)
{
    for (int i = 0; i < (int)(sizeof(numbers) / sizeof(numbers[0])); i++) {
        const char *name = numbers[i].name;
        apr_int64_t got = -1;
        const char *error = eas_value_number(numbers[i].word, numbers[i].low,
                                             numbers[i].high, pool, &got);

        is_int(got, numbers[i].expected, tap_row(name, "number"));
        ok((error == NULL) == (numbers[i].expected != -1),
           tap_row(name, "error"));
    }
}

static const struct {
    const char *word;
    const char *key;
    const char *value;
} pairs[] = {
    {"max=16", "max", "16"}, {"a==b", "a", "=b"}, {"a=b=c", "a", "b=c"},
    {"a= ", "a", " "},       {"max", NULL, NULL}, {"max=", NULL, NULL},
    {"=16", NULL, NULL},     {"=", NULL, NULL},   {"", NULL, NULL},
};

static void test_pairs(apr_pool_t *pool)
{
    for (int i = 0; i < (int)(sizeof(pairs) / sizeof(pairs[0])); i++) {
        const char *key = NULL;
        const char *value = NULL;
        const char *error = eas_value_pair(pairs[i].word, pool, &key, &value);

        is_str(key, pairs[i].key, tap_row(pairs[i].word, "key"));
        is_str(value, pairs[i].value, tap_row(pairs[i].word, "value"));
        ok((error == NULL) == (pairs[i].key != NULL),
           tap_row(pairs[i].word, "error"));
    }
}

static const struct {
    apr_interval_time_t duration;
    const char *expected;
} shown[] = {
    {0, "0s"},
    {1000, "1ms"},
    {100000, "100ms"},
    {1500000, "1500ms"},
    {2 * SECOND, "2s"},
    {59 * SECOND, "59s"},
    {60 * SECOND, "1min"},
    {90 * SECOND, "90s"},
    {3600 * SECOND, "1h"},
    {5400 * SECOND, "90min"},
    {1999, "1ms"},
};

static void test_show(apr_pool_t *pool)
{
    for (int i = 0; i < (int)(sizeof(shown) / sizeof(shown[0])); i++) {
        const char *text = eas_value_show_duration(shown[i].duration, pool);
        apr_interval_time_t back = -1;

        is_str(text, shown[i].expected, tap_row(shown[i].expected, "shown"));
        is_str(eas_value_duration(text, 0, APR_INT64_MAX, pool, &back), NULL,
               tap_row(shown[i].expected, "is read again"));
        is_int(back, shown[i].duration - shown[i].duration % 1000,
               tap_row(shown[i].expected, "as the same"));
    }
}

static void test_errors(apr_pool_t *pool)
{
    apr_interval_time_t duration;
    apr_int64_t number;
    const char *key;
    const char *value;

    is_str(eas_value_duration("90s", 100000, 25 * SECOND, pool, &duration),
           "\"90s\" is not a duration from 100ms to 25s, written as a number "
           "and ms, s, min or h, such as 1500ms",
           "what a duration's error says");
    is_str(eas_value_number("many", 1, 1024, pool, &number),
           "\"many\" is not a whole number from 1 to 1024",
           "what a number's error says");
    is_str(eas_value_pair("max", pool, &key, &value),
           "\"max\" is not of the form key=value, with neither part empty",
           "what a pair's error says");
}

static void test_keys(apr_pool_t *pool)
{
    static const char *const keys[] = {"max", "idle", NULL};
    static const struct {
        const char *word;
        int seen;
        int seen_after;
        const char *error;
    } rows[] = {
        {"max=1", 0, 1, NULL},
        {"IDLE=a=b", 1, 3, NULL},
        {"max=1", 1, 1, "\"max\" is set twice"},
        {"Max=1", 3, 3, "\"Max\" is set twice"},
        {"min=1", 0, 0, "\"min\" is not one of its keys"},
        {"max", 0, 0,
         "\"max\" is not of the form key=value, with neither part empty"},
    };

    for (int i = 0; i < (int)(sizeof(rows) / sizeof(rows[0])); i++) {
        const char *word = rows[i].word;
        const char *value = "untouched";
        int seen = rows[i].seen;
        int key = -1;

        is_str(eas_value_key(word, keys, pool, &seen, &key, &value),
               rows[i].error, tap_row(word, "a key"));
        is_int(seen, rows[i].seen_after, tap_row(word, "which were seen"));
        is_int(key, rows[i].error ? -1 : i, tap_row(word, "its index"));
        is_str(value, rows[i].error ? "untouched" : strchr(word, '=') + 1,
               tap_row(word, "its value"));
    }
}

static void test_choices(apr_pool_t *pool)
{
    static const char *const words[] = {"off", "log", "enforce", NULL};
    int index = -1;

    is_str(eas_value_choice("on", words, pool, &index),
           "\"on\" is not one of off, log, enforce", "no choice");
    is_str(eas_value_choice("", words, pool, &index),
           "\"\" is not one of off, log, enforce", "an empty word is none");
    is_int(index, -1, "which leaves the output");
    is_str(eas_value_choice("LOG", words, pool, &index), NULL, "a choice");
    is_int(index, 1, "is the same in capitals");
}

int main(void)
{
    apr_pool_t *pool;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_durations(pool);
    test_numbers(pool);
    test_pairs(pool);
    test_show(pool);
    test_keys(pool);
    test_choices(pool);
    test_errors(pool);
    apr_terminate();
    return done_testing();
}
