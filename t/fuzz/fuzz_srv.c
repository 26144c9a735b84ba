/* SPDX-License-Identifier: Apache-2.0 */
/* Input: the name asked for; from the second line on, an answer of DNS. */
#include "fuzz.h"

#include <apr_strings.h>

#include "eas_ldap_srv.h"

static void record_check(const eas_srv_record *record)
{
    size_t length = strlen(record->target);

    if (strcmp(record->target, ".") == 0)
        return;
    fuzz_require(record->port != 0);
    fuzz_require(length > 0 && length <= 253 && record->target[0] != '.');
    fuzz_require(strspn(record->target, "abcdefghijklmnopqrstuvwxyz"
                                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                        "0123456789-_.")
                 == length);
}

static apr_uint32_t number_next(void *self)
{
    apr_uint32_t *state = self;

    return *state = *state * 1664525u + 1013904223u;
}

static void order_check(apr_array_header_t *records, int before)
{
    const eas_srv_record *list = (const eas_srv_record *)records->elts;
    apr_uint32_t state = 1;
    int i;

    eas_srv_sort(records, number_next, &state);
    fuzz_require(records->nelts <= before);
    for (i = 0; i < records->nelts; i++) {
        fuzz_require(strcmp(list[i].target, ".") != 0);
        fuzz_require(i == 0 || list[i - 1].priority <= list[i].priority);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_begin();
    char *name = fuzz_line(&data, &size);
    uint8_t *answer = fuzz_alloc(size);
    apr_array_header_t *records = NULL;
    apr_interval_time_t ttl = -1;
    const char *detail = NULL;
    eas_ldap_srv_result result;
    int i;

    if (size > 0)
        memcpy(answer, data, size);
    result = eas_ldap_srv_parse(answer, size, name, pool, &records, &ttl,
                                &detail);
    free(answer);
    fuzz_require(result != EAS_LDAP_SRV_NO_ANSWER);
    fuzz_require((result == EAS_LDAP_SRV_FOUND) == (records != NULL));
    fuzz_require((result == EAS_LDAP_SRV_FOUND) == (detail == NULL));
    if (records != NULL) {
        fuzz_require(records->nelts > 0
                     && records->nelts <= EAS_LDAP_SRV_RECORDS);
        fuzz_require(ttl >= 0 && ttl <= apr_time_from_sec(0x7fffffff));
        for (i = 0; i < records->nelts; i++)
            record_check(&APR_ARRAY_IDX(records, i, eas_srv_record));
        order_check(records, records->nelts);
    }
    else
        fuzz_require(strncmp(detail, name, strlen(name)) == 0 && ttl == -1);
    free(name);
    fuzz_clear();
    fuzz_end();
    return 0;
}
