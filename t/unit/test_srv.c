/* SPDX-License-Identifier: Apache-2.0 */
/* The order of SRV records: by priority, then by weight and chance. */
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "eas_srv.h"
#include "tap.h"

/* A number that is at most this part of the greatest, in 1/1000. */
#define PART(n) ((apr_uint32_t)(4294967295.0 * (n) / 1000))
#define ALL 0xffffffff
#define LEAST { 0, 0, 0, 0, 0, 0 }
#define MOST { ALL, ALL, ALL, ALL, ALL, ALL }

static apr_pool_t *pool;

/* One after the other. */
static apr_uint32_t listed(void *self)
{
    const apr_uint32_t **next = self;

    return *(*next)++;
}

/* A generator whose numbers are the same on every machine (xorshift). */
static apr_uint32_t fixed(void *self)
{
    apr_uint32_t *state = self;

    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* "priority weight target" with a comma between two. */
static apr_array_header_t *read_records(const char *text)
{
    apr_array_header_t *records =
        apr_array_make(pool, 8, sizeof(eas_srv_record));
    char *state = NULL;
    char *word = apr_strtok(apr_pstrdup(pool, text), ",", &state);

    for (; word; word = apr_strtok(NULL, ",", &state)) {
        eas_srv_record *record = apr_array_push(records);

        record->priority = (apr_uint16_t)strtol(word, &word, 10);
        record->weight = (apr_uint16_t)strtol(word, &word, 10);
        record->port = 389;
        record->target = word + 1;
    }
    return records;
}

static const char *show(const apr_array_header_t *records)
{
    const char *text = "";

    for (int i = 0; i < records->nelts; i++) {
        text = apr_pstrcat(pool, text, i ? " " : "",
                           APR_ARRAY_IDX(records, i, eas_srv_record).target,
                           NULL);
    }
    return text;
}

static const struct {
    const char *name;
    const char *records;
    apr_uint32_t numbers[6];
    const char *expected;
} rows[] = {
    { "none", "", LEAST, "" },
    { "one", "0 100 a", MOST, "a" },
    { "no service", "0 0 .", LEAST, "" },
    { "no service at one", "1 0 a,0 0 .,2 0 b", LEAST, "a b" },
    { "priorities, whatever the weights", "20 9 c,10 0 b,0 1 a", MOST,
      "a b c" },
    { "the greatest priority", "65535 1 b,65534 1 a", MOST, "a b" },
    { "weights, least number", "0 60 a,0 20 b,0 20 c", LEAST, "a b c" },
    { "weights, greatest number", "0 60 a,0 20 b,0 20 c", MOST, "c b a" },
    { "weights, middle of the first", "0 60 a,0 20 b,0 20 c",
      { PART(300), PART(900) }, "a c b" },
    { "weights, just the first", "0 60 a,0 20 b,0 20 c",
      { PART(600), PART(0) }, "a b c" },
    { "weights, just the second", "0 60 a,0 20 b,0 20 c",
      { PART(607), PART(0) }, "b a c" },
    { "weights, just the last", "0 60 a,0 20 b,0 20 c",
      { PART(803), PART(0) }, "c a b" },
    { "weight 0 and the least number", "0 1 a,0 0 b", LEAST, "b a" },
    { "weight 0 and another number", "0 1 a,0 0 b", { PART(600) }, "a b" },
    { "weight 0 among the greatest", "0 65535 a,0 65535 b,0 0 c",
      { PART(1), PART(1) }, "a b c" },
    { "all of weight 0 stay as they came", "0 0 b,0 0 a,0 0 c", MOST,
      "b a c" },
    { "the greatest weights add up", "0 65535 a,0 65535 b,0 65535 c", MOST,
      "c b a" },
    { "two priorities, each by its weights", "1 5 c,0 5 a,1 5 d,0 5 b", MOST,
      "b a d c" },
};

static void test_order(void)
{
    for (apr_size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const apr_uint32_t *next = rows[i].numbers;
        apr_array_header_t *records = read_records(rows[i].records);

        eas_srv_sort(records, listed, &next);
        is_str(show(records), rows[i].expected, rows[i].name);
    }
}

/* How often each came first in 10,000 draws, beside what its weight is due (of
 * the 101 numbers from 0 to the sum: 60, 30, 10 and 1), give or take four
 * standard deviations. */
static void test_shares(void)
{
    static const struct {
        const char *target;
        int low;
        int high;
    } due[] = { { "a", 5740, 6140 }, { "b", 2785, 3155 }, { "c", 870, 1110 },
                { "d", 58, 140 } };
    apr_uint32_t state = 2463534242u;
    int first[4] = { 0, 0, 0, 0 };

    for (int n = 0; n < 10000; n++) {
        eas_srv_record list[] = { { 0, 60, 1, "a" }, { 0, 30, 2, "b" },
                                  { 0, 10, 3, "c" }, { 0, 0, 4, "d" } };
        apr_array_header_t records = { .pool = pool, .nelts = 4, .nalloc = 4,
                                       .elt_size = sizeof(list[0]),
                                       .elts = (char *)list };

        eas_srv_sort(&records, fixed, &state);
        first[list[0].port - 1]++;
    }
    for (int i = 0; i < 4; i++) {
        ok(first[i] >= due[i].low && first[i] <= due[i].high,
           apr_psprintf(pool, "%s came first %d times, due are %d to %d",
                        due[i].target, first[i], due[i].low, due[i].high));
    }
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_order();
    test_shares();
    apr_pool_destroy(pool);
    apr_terminate();
    return done_testing();
}
