/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_srv.h"

#include <string.h>

static void drop_unserved(apr_array_header_t *records)
{
    eas_srv_record *list = (eas_srv_record *)records->elts;
    int kept = 0;

    for (int i = 0; i < records->nelts; i++) {
        if (strcmp(list[i].target, ".") != 0) {
            list[kept++] = list[i];
        }
    }
    records->nelts = kept;
}

/* Whether a record stands before another where chance has no say: within a
 * priority those of weight 0 come first, as the selection wants them. */
static int is_before(const eas_srv_record *a, const eas_srv_record *b)
{
    return a->priority != b->priority ? a->priority < b->priority
                                      : !a->weight && b->weight;
}

static void move(eas_srv_record *list, int from, int to)
{
    const eas_srv_record moved = list[from];

    memmove(&list[to + 1], &list[to],
            (apr_size_t)(from - to) * sizeof(list[0]));
    list[to] = moved;
}

/* By insertion: there are few, and those that are equal keep their order. */
static void arrange(eas_srv_record *list, int count)
{
    for (int i = 1; i < count; i++) {
        int place = i;

        while (place > 0 && is_before(&list[i], &list[place - 1])) {
            place--;
        }
        move(list, i, place);
    }
}

/* The index of one of the records of the first priority: the first whose
 * running sum of weights reaches a random number from 0 to their sum. */
static int pick(const eas_srv_record *list, int count,
                apr_uint32_t (*random)(void *), void *self)
{
    apr_uint64_t sum = 0;
    apr_uint64_t wanted;
    int end = 0;
    int i = 0;

    while (end < count && list[end].priority == list[0].priority) {
        sum += list[end++].weight;
    }
    wanted = (random(self) * (sum + 1)) >> 32;
    for (sum = list[0].weight; i + 1 < end && sum < wanted;) {
        sum += list[++i].weight;
    }
    return i;
}

void eas_srv_sort(apr_array_header_t *records, apr_uint32_t (*random)(void *),
                  void *self)
{
    eas_srv_record *list = (eas_srv_record *)records->elts;

    drop_unserved(records);
    arrange(list, records->nelts);
    for (int i = 0; i + 1 < records->nelts; i++) {
        move(list, i + pick(list + i, records->nelts - i, random, self), i);
    }
}
