/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_cache.h"

#include <string.h>

#include <apr_strings.h>

#include "eas_credentials.h"
#include "eas_reason.h"

/* Less than any record takes. */
enum { ROOM_LEAST = EAS_SEAL_OVERHEAD + 64 };

/* Of a question, by which its record is found. */
enum { PARTS = 4 };

_Static_assert(EAS_STORE_FRONT == EAS_SEAL_FRONT,
               "a front is what tells what was sealed from all else");

struct eas_cache {
    eas_cache_settings settings;
};

/* Where the record of a question is, and what it is sealed for. */
typedef struct place {
    const eas_cache_settings *settings;
    const eas_cache_question *question;
    apr_pool_t *pool;
    eas_key key;
    unsigned char *context;
    apr_size_t context_length;
    const unsigned char *sealed; /* EAS_STORE_FRONT of it, where it was got */
} place;

apr_status_t eas_cache_make(const eas_cache_settings *settings,
                            apr_pool_t *pool, eas_cache **cache_out)
{
    eas_cache *cache;

    if (!settings->store || !settings->sealer || !settings->digest
        || !settings->keys || settings->store->room < ROOM_LEAST) {
        return APR_EINVAL;
    }
    cache = apr_palloc(pool, sizeof(*cache));
    cache->settings = *settings;
    *cache_out = cache;
    return APR_SUCCESS;
}

static eas_present present_get(const eas_cache_settings *settings)
{
    const eas_clock *clock = &settings->clock;

    return (eas_present){clock->now(clock->self), clock->date(clock->self),
                         settings->start};
}

/* The parts in full, each with its length in front: the key is but a hash of
 * them. */
static void context_make(place *p, const eas_span *parts, int count)
{
    unsigned char *next;

    p->context_length = 0;
    for (int i = 0; i < count; i++) {
        p->context_length += sizeof(apr_size_t) + parts[i].length;
    }
    next = p->context = apr_palloc(p->pool, p->context_length);
    for (int i = 0; i < count; i++) {
        memcpy(next, &parts[i].length, sizeof(apr_size_t));
        next += sizeof(apr_size_t);
        if (parts[i].length) {
            memcpy(next, parts[i].data, parts[i].length);
            next += parts[i].length;
        }
    }
}

static void place_find(place *p, const eas_cache *cache,
                       const eas_cache_question *question, apr_pool_t *pool)
{
    const eas_span parts[PARTS] = {
        eas_span_text(question->provider),
        eas_span_text(question->fingerprint),
        {&question->account, sizeof(question->account)},
        eas_span_text(question->attribute),
    };

    p->settings = &cache->settings;
    p->question = question;
    p->pool = pool;
    p->key = eas_key_make(cache->settings.keys, 'r', parts, PARTS);
    context_make(p, parts, PARTS);
}

static void record_drop(const place *p)
{
    const eas_store *store = p->settings->store;

    store->drop(store->self, &p->key, p->pool);
}

/* A store may say anything, of lengths too. */
static int record_get(place *p, eas_record *record_out)
{
    const eas_store *store = p->settings->store;
    unsigned char *sealed = apr_palloc(p->pool, store->room);
    unsigned char *text;
    apr_size_t length = 0;

    if (store->get(store->self, &p->key, sealed, store->room, &length, p->pool)
            != APR_SUCCESS
        || length > store->room) {
        return 0;
    }
    p->sealed = sealed;
    text = apr_palloc(p->pool, length);
    return eas_unseal(p->settings->sealer, p->context, p->context_length,
                      sealed, length, text, length, &length, NULL)
               == APR_SUCCESS
           && eas_record_read(text, length, p->pool, record_out) == APR_SUCCESS
           && !strcmp(record_out->provider, p->question->provider);
}

static apr_int64_t seconds_left(apr_int64_t expires_in, apr_interval_time_t age)
{
    if (expires_in < 0) {
        return -1;
    }
    expires_in -= apr_time_sec(age);
    return expires_in > 0 ? expires_in : 0;
}

static eas_cache_verdict verdict_of(const eas_record_credential *credential,
                                    const eas_present *t)
{
    eas_cache_verdict verdict = {.expires_in = -1};

    if (!eas_credentials_age(credential, t, &verdict.age)) {
        return verdict;
    }
    verdict.reason = credential->reason;
    verdict.at = eas_credentials_at(credential, t, verdict.age);
    verdict.date = credential->date;
    verdict.is_own = eas_credentials_is_own(credential, t);
    verdict.is_recheck = credential->is_recheck;
    verdict.expires_in = seconds_left(credential->expires_in, verdict.age);
    verdict.map = credential->map;
    return verdict;
}

/* What was opened is as long as that. */
static eas_cache_seal seal_of(const place *p)
{
    eas_cache_seal seal = {{{0, 0}}, {0}};

    if (p->settings->store->front) {
        seal.record = p->key;
        memcpy(seal.front, p->sealed, EAS_STORE_FRONT);
    }
    return seal;
}

int eas_cache_get(eas_cache *cache, const eas_cache_question *question,
                  apr_pool_t *pool, eas_cache_answer *answer_out)
{
    const eas_cache_settings *settings = &cache->settings;
    eas_cache_verdict verdict = {.expires_in = -1};
    eas_digest_value digest;
    eas_record record;
    place p;
    int found;

    place_find(&p, cache, question, pool);
    if (!record_get(&p, &record)
        || eas_digest_of(settings->digest, &question->account,
                         question->password, &digest)
               != APR_SUCCESS) {
        return 0;
    }
    found = eas_credentials_find(&record, &digest);
    if (found >= 0) {
        const eas_present t = present_get(settings);

        verdict = verdict_of(&record.credentials[found], &t);
    }
    record.identity.expires_in = verdict.expires_in;
    record.identity.map = verdict.map;
    answer_out->identity =
        apr_pmemdup(pool, &record.identity, sizeof(record.identity));
    answer_out->verdict = verdict;
    answer_out->seal = seal_of(&p);
    return 1;
}

int eas_cache_is_still(const eas_cache *cache, const eas_cache_seal *seal)
{
    const eas_store *store = cache->settings.store;
    unsigned char front[EAS_STORE_FRONT];

    return store->front && store->front(store->self, &seal->record, front)
           && !memcmp(front, seal->front, sizeof(front));
}

/* --- writing ------------------------------------------------------------- */

/* Whether it could be sealed and was taken. */
static apr_status_t record_put(const place *p, const eas_record *record)
{
    const eas_store *store = p->settings->store;
    const apr_size_t room = store->room - EAS_SEAL_OVERHEAD;
    unsigned char *text = apr_palloc(p->pool, room);
    unsigned char *sealed = apr_palloc(p->pool, store->room);
    apr_size_t length = 0;
    apr_status_t rv = eas_record_write(record, text, room, &length);

    if (rv == APR_SUCCESS) {
        rv = eas_seal(p->settings->sealer, p->context, p->context_length, text,
                      length, sealed, store->room, &length);
    }
    if (rv == APR_SUCCESS) {
        rv = store->put(store->self, &p->key, sealed, length, p->question->span,
                        p->pool);
    }
    return rv;
}

/* Credentials before the last one go, the oldest first, until it fits. */
static void record_keep(const place *p, eas_record *record,
                        const eas_present *t)
{
    apr_status_t rv = record_put(p, record);

    while (APR_STATUS_IS_ENOSPC(rv) && record->count > 1) {
        eas_credentials_remove_oldest(record, record->count - 1, t);
        rv = record_put(p, record);
    }
    if (rv != APR_SUCCESS) {
        record_drop(p);
    }
}

static int copy_value(void *self, const char *name, const char *value)
{
    apr_table_addn(self, name, value);
    return 1;
}

/* The values of the one attribute that is kept. */
static apr_table_t *values_of(const place *p, const apr_table_t *attributes)
{
    apr_table_t *values = apr_table_make(p->pool, 1);

    if (attributes && p->question->attribute) {
        apr_table_do(copy_value, values, attributes, p->question->attribute,
                     NULL);
    }
    return values;
}

static int is_kept(const eas_identity *identity, eas_reason reason)
{
    return eas_record_keeps(reason)
           && (reason != EAS_GRANTED || identity->proof == EAS_PROOF_PASSWORD
               || identity->proof == EAS_PROOF_CERTIFICATE);
}

static eas_record_credential credential_of(const eas_identity *identity,
                                           eas_reason reason, eas_moment asked,
                                           const eas_present *t)
{
    eas_record_credential credential = {.reason = reason,
                                        .start = t->start,
                                        .at = t->now,
                                        .date = t->date,
                                        .expires_in = -1,
                                        .map = identity->map};

    if (asked > 0 && asked < t->now) {
        credential.at = asked;
        credential.date -= t->now - asked;
    }
    if (identity->expires_in >= 0) {
        credential.expires_in = identity->expires_in;
    }
    return credential;
}

void eas_cache_put(eas_cache *cache, const eas_cache_question *question,
                   const eas_identity *identity, eas_reason reason,
                   eas_moment asked, apr_pool_t *pool)
{
    const eas_cache_settings *settings = &cache->settings;
    const eas_present t = present_get(settings);
    eas_record_credential credential;
    eas_record record;
    place p;

    if (!is_kept(identity, reason)) {
        return;
    }
    place_find(&p, cache, question, pool);
    credential = credential_of(identity, reason, asked, &t);
    if (eas_digest_of(settings->digest, &question->account, question->password,
                      &credential.digest)
        != APR_SUCCESS) {
        record_drop(&p);
        return;
    }
    if (!record_get(&p, &record)) {
        record.count = 0;
    }
    record.provider = question->provider;
    record.identity = *identity;
    record.identity.attributes = values_of(&p, identity->attributes);
    eas_credentials_add(&record, &credential, &t);
    record_keep(&p, &record, &t);
}

void eas_cache_refuse(eas_cache *cache, const eas_cache_question *question,
                      apr_pool_t *pool)
{
    const eas_cache_settings *settings = &cache->settings;
    eas_digest_value digest;
    eas_record record;
    place p;
    int known;

    place_find(&p, cache, question, pool);
    if (!record_get(&p, &record)) {
        return;
    }
    if (eas_digest_of(settings->digest, &question->account, question->password,
                      &digest)
        != APR_SUCCESS) {
        record_drop(&p);
        return;
    }
    known = eas_credentials_find(&record, &digest);
    if (known < 0) {
        return;
    }
    eas_credentials_remove(&record, known);
    if (!record.count || record_put(&p, &record) != APR_SUCCESS) {
        record_drop(&p);
    }
}

void eas_cache_drop(eas_cache *cache, const eas_cache_question *question,
                    apr_pool_t *pool)
{
    place p;

    place_find(&p, cache, question, pool);
    record_drop(&p);
}
