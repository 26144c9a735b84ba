/* SPDX-License-Identifier: Apache-2.0 */
/* Records: what was written is read, and nothing else is. */
#include <apr_general.h>
#include <apr_strings.h>

#include "eas_reason.h"
#include "eas_record.h"
#include "tap.h"

enum { ROOM = 8192 };

static unsigned char data[ROOM];
static unsigned char again[ROOM];
static apr_pool_t *pool;

static eas_record_credential credential_of(int number)
{
    eas_record_credential credential = {
        .reason = number % 2 ? EAS_ACCOUNT_DISABLED : EAS_GRANTED,
        .start = ~(apr_uint64_t)number,
        .at = 1000000 + number,
        .date = APR_INT64_C(1795521600000000) + number,
        .is_recheck = number % 3 == 0,
        .expires_in = number - 1};

    memset(credential.digest.bytes, number + 1, EAS_DIGEST_SIZE);
    return credential;
}

static eas_record record_of(int count)
{
    eas_record record = {.provider = "contoso", .count = count};

    record.identity.id = "5d1e9a42-0c5b-4d05-9c6a-1a0a6fbd9d11";
    record.identity.dn = "CN=Alice,OU=People,DC=example,DC=test";
    record.identity.account.user = "alice";
    record.identity.account.domain = "EXAMPLE";
    record.identity.stamp = "134085312000000000";
    record.identity.attributes = apr_table_make(pool, 2);
    apr_table_addn(record.identity.attributes, "mail", "alice@example.test");
    apr_table_addn(record.identity.attributes, "mail", "");
    for (int i = 0; i < count; i++) {
        record.credentials[i] = credential_of(i);
    }
    return record;
}

static apr_size_t written(const eas_record *record)
{
    apr_size_t length = 0;

    eas_record_write(record, data, sizeof(data), &length);
    return length;
}

static void same_credential(const eas_record_credential *a,
                            const eas_record_credential *b)
{
    ok(eas_digest_is(&a->digest, &b->digest), "digest");
    is_int(a->reason, b->reason, "reason");
    ok(a->start == b->start, "start");
    is_int(a->at, b->at, "moment");
    is_int(a->date, b->date, "date");
    is_int(a->is_recheck, b->is_recheck, "recheck");
    is_int(a->expires_in, b->expires_in, "expiry");
}

static void test_whole(void)
{
    const eas_record record = record_of(EAS_RECORD_CREDENTIALS);
    const apr_size_t length = written(&record);
    const apr_array_header_t *values;
    eas_record back;

    is_int(eas_record_read(data, length, pool, &back), APR_SUCCESS, "is read");
    is_str(back.provider, "contoso", "provider");
    is_str(back.identity.id, record.identity.id, "id");
    is_str(back.identity.dn, record.identity.dn, "dn");
    is_str(back.identity.account.user, "alice", "user");
    is_str(back.identity.account.domain, "EXAMPLE", "domain");
    is_str(back.identity.stamp, record.identity.stamp, "stamp");
    is_int(back.identity.proof, EAS_PROOF_NONE, "unproven");
    is_int(back.identity.is_remembered, 1, "remembered");
    is_int(back.identity.expires_in, -1, "no expiry of its own");
    values = apr_table_elts(back.identity.attributes);
    is_int(values->nelts, 2, "both values");
    is_str(apr_table_get(back.identity.attributes, "MAIL"),
           "alice@example.test", "the first");
    is_int(back.count, EAS_RECORD_CREDENTIALS, "all credentials");
    for (int i = 0; i < back.count; i++) {
        same_credential(&back.credentials[i], &record.credentials[i]);
    }
}

/* Missing is not empty. */
static void test_missing(void)
{
    eas_record record = record_of(1);
    eas_record back;
    apr_size_t length;

    record.identity.account.user = NULL;
    record.identity.account.domain = "";
    record.identity.stamp = NULL;
    record.identity.attributes = NULL;
    length = written(&record);
    is_int(eas_record_read(data, length, pool, &back), APR_SUCCESS, "is read");
    ok(!back.identity.account.user, "no user");
    is_str(back.identity.account.domain, "", "an empty domain");
    ok(!back.identity.stamp, "no stamp");
    is_int(apr_table_elts(back.identity.attributes)->nelts, 0, "no values");
}

static void test_reasons(void)
{
    for (int i = 0; i <= EAS_REASON_COUNT; i++) {
        const eas_remember remember = eas_reason_get((eas_reason)i)->remember;
        const int kept =
            remember == EAS_REMEMBER_GRANTED || remember == EAS_REMEMBER_STATE;
        eas_record record = record_of(1);
        apr_size_t length = 0;
        eas_record back = {.count = 0};
        apr_status_t rv;

        record.credentials[0].reason = (eas_reason)i;
        rv = eas_record_write(&record, data, sizeof(data), &length);
        is_int(rv, kept ? APR_SUCCESS : APR_EINVAL,
               tap_row(eas_reason_name((eas_reason)i), "written"));
        is_int(eas_record_keeps((eas_reason)i), kept, "and so told");
        if (kept) {
            eas_record_read(data, length, pool, &back);
            is_int(back.credentials[0].reason, i, "and read");
        }
    }
}

static apr_status_t write_changed(void (*change)(eas_record *record))
{
    eas_record record = record_of(2);
    apr_size_t length = 0;

    change(&record);
    return eas_record_write(&record, data, sizeof(data), &length);
}

static void no_provider(eas_record *r)
{
    r->provider = NULL;
}
static void empty_id(eas_record *r)
{
    r->identity.id = "";
}
static void no_dn(eas_record *r)
{
    r->identity.dn = NULL;
}
static void no_credentials(eas_record *r)
{
    r->count = 0;
}
static void five(eas_record *r)
{
    r->count = EAS_RECORD_CREDENTIALS + 1;
}
static void minus_one(eas_record *r)
{
    r->count = -1;
}
static void negative_at(eas_record *r)
{
    r->credentials[1].at = -1;
}
static void negative_date(eas_record *r)
{
    r->credentials[1].date = -1;
}
static void expired(eas_record *r)
{
    r->credentials[1].expires_in = -2;
}
static void twins(eas_record *r)
{
    r->credentials[1].digest = r->credentials[0].digest;
}
static void many_values(eas_record *r)
{
    for (int i = 0; i < EAS_RECORD_VALUES; i++) {
        apr_table_addn(r->identity.attributes, "mail", "x");
    }
}
static void most_values(eas_record *r)
{
    for (int i = 2; i < EAS_RECORD_VALUES; i++) {
        apr_table_addn(r->identity.attributes, "mail", "x");
    }
}
static void long_dn(eas_record *r)
{
    char *dn = apr_palloc(pool, 65536);

    memset(dn, 'x', 65535);
    dn[65535] = '\0';
    r->identity.dn = dn;
}
static void unchanged(eas_record *r)
{
    (void)r;
}

static const struct {
    const char *name;
    void (*change)(eas_record *record);
    apr_status_t expected;
} changes[] = {
    {"as it is", unchanged, APR_SUCCESS},
    {"no provider", no_provider, APR_EINVAL},
    {"an empty id", empty_id, APR_EINVAL},
    {"no dn", no_dn, APR_EINVAL},
    {"no credential", no_credentials, APR_EINVAL},
    {"five credentials", five, APR_EINVAL},
    {"less than none", minus_one, APR_EINVAL},
    {"a moment before all", negative_at, APR_EINVAL},
    {"a date before 1970", negative_date, APR_EINVAL},
    {"an expiry before none", expired, APR_EINVAL},
    {"a credential twice", twins, APR_EINVAL},
    {"as many values as may be", most_values, APR_SUCCESS},
    {"too many values", many_values, APR_EINVAL},
    {"a text too long", long_dn, APR_ENOSPC},
};

static void test_room(void)
{
    const eas_record record = record_of(2);
    const apr_size_t whole = written(&record);
    apr_size_t length = 4711;
    int fits = 0;

    for (apr_size_t room = 0; room < whole; room++) {
        fits += eas_record_write(&record, data, room, &length) != APR_ENOSPC;
    }
    is_int(fits, 0, "no room, no record");
    is_int((long long)length, 4711, "and no length");
    is_int(eas_record_write(&record, data, whole, &length), APR_SUCCESS,
           "just enough");
}

/* Each byte as every other value: no record, or one that is written so. */
static void test_bytes(void)
{
    const eas_record record = record_of(2);
    const apr_size_t whole = written(&record);
    int odd = 0;
    int reads = 0;

    for (apr_size_t i = 0; i < whole * 256; i++) {
        const unsigned char before = data[i / 256];
        eas_record back;
        apr_size_t length = 0;

        data[i / 256] = (unsigned char)(i % 256);
        if (eas_record_read(data, whole, pool, &back) == APR_SUCCESS) {
            reads++;
            odd += eas_record_write(&back, again, whole, &length) != APR_SUCCESS
                   || length != whole || memcmp(again, data, whole) != 0;
        }
        data[i / 256] = before;
        if (i % 4096 == 0) {
            apr_pool_clear(pool);
        }
    }
    ok(reads > 0, "some other bytes are a record");
    is_int(odd, 0, "each has one spelling");
}

static void test_lengths(void)
{
    const eas_record record = record_of(2);
    const apr_size_t whole = written(&record);
    eas_record back = {.count = 4711};
    int reads = 0;

    for (apr_size_t i = 0; i < whole; i++) {
        reads += eas_record_read(data, i, pool, &back) == APR_SUCCESS;
    }
    reads += eas_record_read(data, whole + 1, pool, &back) == APR_SUCCESS;
    is_int(reads, 0, "no other length");
    is_int(back.count, 4711, "untouched");
}

/* The last of a record is its credentials, whose digests stand first. */
static void test_twins(void)
{
    enum { CREDENTIAL = EAS_DIGEST_SIZE + 1 + 1 + 4 * 8 + 1 };

    const eas_record record = record_of(2);
    const apr_size_t whole = written(&record);
    unsigned char *last = data + whole - CREDENTIAL;
    eas_record back = {.count = 4711};

    ok(!memcmp(last, record.credentials[1].digest.bytes, EAS_DIGEST_SIZE),
       "where the last one stands");
    memcpy(last, last - CREDENTIAL, EAS_DIGEST_SIZE);
    is_int(eas_record_read(data, whole, pool, &back), APR_EINVAL,
           "a credential twice is not read");
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_whole();
    test_missing();
    test_reasons();
    for (apr_size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        is_int(write_changed(changes[i].change), changes[i].expected,
               changes[i].name);
    }
    test_room();
    test_bytes();
    test_lengths();
    test_twins();
    apr_pool_destroy(pool);
    apr_terminate();
    return done_testing();
}
