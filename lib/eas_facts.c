/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_facts.h"

#include <string.h>

#include "eas_credentials.h"

struct eas_facts {
    eas_cache_settings settings;
};

/* As it is sealed; in the byte order of the machine, as keys are. */
typedef struct record {
    apr_uint64_t is_so; /* 1 or 0 */
    apr_uint64_t start; /* whose moments `at` is one of */
    eas_moment at;
    apr_time_t date;
} record;

enum { SEALED = sizeof(record) + EAS_SEAL_OVERHEAD };

apr_status_t eas_facts_make(const eas_cache_settings *settings,
                            apr_pool_t *pool, eas_facts **facts_out)
{
    eas_facts *facts;

    if (!settings->store || !settings->sealer || !settings->keys
        || settings->store->room < SEALED) {
        return APR_EINVAL;
    }
    facts = apr_palloc(pool, sizeof(*facts));
    facts->settings = *settings;
    *facts_out = facts;
    return APR_SUCCESS;
}

/* The key is also what a record is sealed for: 128 bits of a keyed hash. */
static eas_key key_of(const eas_facts *facts, const eas_fact_question *question)
{
    const eas_span parts[] = {
        eas_span_text(question->provider), eas_span_text(question->fingerprint),
        eas_span_text(question->id),       eas_span_text(question->rule),
        eas_span_text(question->what),
    };

    return eas_key_make(facts->settings.keys, 'g', parts, 5);
}

static eas_present present_of(const eas_cache_settings *settings)
{
    const eas_clock *clock = &settings->clock;

    return (eas_present){clock->now(clock->self), clock->date(clock->self),
                         settings->start};
}

/* As of a verdict: by moments where this start wrote it, else by dates. */
static int read_record(const eas_facts *facts, const record *r,
                       eas_fact *fact_out)
{
    const eas_present present = present_of(&facts->settings);
    const eas_record_credential like = {
        .start = r->start, .at = r->at, .date = r->date};
    apr_interval_time_t age = 0;

    if (r->is_so > 1 || !eas_credentials_age(&like, &present, &age)) {
        return 0;
    }
    *fact_out = (eas_fact){(int)r->is_so, age,
                           eas_credentials_at(&like, &present, age)};
    return 1;
}

int eas_facts_get(eas_facts *facts, const eas_fact_question *question,
                  apr_pool_t *pool, eas_fact *fact_out)
{
    const eas_store *store = facts->settings.store;
    const eas_key key = key_of(facts, question);
    unsigned char *sealed = apr_palloc(pool, store->room);
    apr_size_t length = 0;
    apr_size_t got = 0;
    record r;

    return store->get(store->self, &key, sealed, store->room, &length, pool)
               == APR_SUCCESS
           && length == SEALED
           && eas_unseal(facts->settings.sealer, &key, sizeof(key), sealed,
                         length, (unsigned char *)&r, sizeof(r), &got, NULL)
                  == APR_SUCCESS
           && got == sizeof(r) && read_record(facts, &r, fact_out);
}

void eas_facts_put(eas_facts *facts, const eas_fact_question *question,
                   int is_so, eas_moment asked, apr_interval_time_t span,
                   apr_pool_t *pool)
{
    const eas_store *store = facts->settings.store;
    const eas_present present = present_of(&facts->settings);
    const eas_key key = key_of(facts, question);
    const record r = {is_so != 0, present.start, asked,
                      present.date - (present.now - asked)};
    unsigned char sealed[SEALED];
    apr_size_t length = 0;

    if (eas_seal(facts->settings.sealer, &key, sizeof(key), &r, sizeof(r),
                 sealed, sizeof(sealed), &length)
        == APR_SUCCESS) {
        store->put(store->self, &key, sealed, length, span, pool);
    }
}
