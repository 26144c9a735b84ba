/* SPDX-License-Identifier: Apache-2.0 */
/* Input: the bytes of a record. */
#include "fuzz.h"

#include <apr_tables.h>

#include "eas_reason.h"
#include "eas_record.h"

#define UNTOUCHED (-4711)

/* Inside of the input, and ended there. */
static void text_check(const char *text, const uint8_t *data, size_t size)
{
    const uint8_t *start = (const uint8_t *)text;

    fuzz_require(start > data && start < data + size);
    fuzz_require(memchr(text, '\0', (size_t)(data + size - start)) != NULL);
}

static void identity_check(const eas_identity *identity, const uint8_t *data,
                           size_t size)
{
    const char *const maybe[] = {identity->account.user,
                                 identity->account.domain, identity->stamp};

    fuzz_require(*identity->id && *identity->dn);
    text_check(identity->id, data, size);
    text_check(identity->dn, data, size);
    for (int i = 0; i < 3; i++) {
        if (maybe[i]) {
            text_check(maybe[i], data, size);
        }
    }
    fuzz_require(identity->proof == EAS_PROOF_NONE);
    fuzz_require(apr_table_elts(identity->attributes)->nelts
                 <= EAS_RECORD_VALUES);
}

static void credential_check(const eas_record_credential *credential)
{
    fuzz_require(eas_record_keeps(credential->reason));
    fuzz_require(credential->at >= 0 && credential->date >= 0);
    fuzz_require(credential->expires_in >= -1);
    fuzz_require(credential->is_recheck == 0 || credential->is_recheck == 1);
}

/* A record has one spelling, and fits where it was. */
static void again_check(const eas_record *record, const uint8_t *data,
                        size_t size)
{
    unsigned char *again = fuzz_alloc(size);
    apr_size_t length = 0;

    fuzz_require(eas_record_write(record, again, size - 1, &length)
                 == APR_ENOSPC);
    fuzz_require(eas_record_write(record, again, size, &length) == APR_SUCCESS);
    fuzz_require(length == size && memcmp(again, data, size) == 0);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_begin();
    eas_record record = {.count = UNTOUCHED};

    if (eas_record_read(data, size, pool, &record) == APR_SUCCESS) {
        text_check(record.provider, data, size);
        identity_check(&record.identity, data, size);
        fuzz_require(record.count >= 1
                     && record.count <= EAS_RECORD_CREDENTIALS);
        for (int i = 0; i < record.count; i++) {
            credential_check(&record.credentials[i]);
        }
        again_check(&record, data, size);
    }
    else {
        fuzz_require(record.count == UNTOUCHED);
    }
    fuzz_clear();
    fuzz_end();
    return 0;
}
