/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_recent.h"

#include <stddef.h>
#include <string.h>

#include "eas_published.h"

/* Places that a key may have; their tags are half a line of the cache. */
enum { WAYS = 4 };

/* The first word of a key, 0 where there is none; it only says where to look.
 */
typedef atomic_ullong tag;

struct eas_recents {
    apr_size_t count;
    tag *tags;
    eas_published *blocks;
};

static apr_size_t rounded(apr_size_t count)
{
    apr_size_t power = WAYS;

    while (power < count) {
        power *= 2;
    }
    return power;
}

apr_size_t eas_recents_size(apr_size_t count)
{
    return rounded(count) * (sizeof(tag) + sizeof(eas_published));
}

/* A place without a tag was never written. */
static apr_status_t wipe(void *self)
{
    const eas_recents *recents = self;

    for (apr_size_t i = 0; i < recents->count; i++) {
        if (atomic_load(&recents->tags[i])) {
            eas_published_wipe(&recents->blocks[i]);
        }
    }
    return APR_SUCCESS;
}

eas_recents *eas_recents_make(void *memory, apr_size_t count, apr_pool_t *pool)
{
    eas_recents *recents = apr_palloc(pool, sizeof(*recents));

    recents->count = rounded(count);
    recents->tags = memory;
    recents->blocks = (eas_published *)(void *)((char *)memory
                                                + recents->count * sizeof(tag));
    apr_pool_cleanup_register(pool, recents, wipe, apr_pool_cleanup_null);
    return recents;
}

static unsigned long long tag_of(const eas_key *key)
{
    return key->word[0] ? key->word[0] : 1;
}

static apr_size_t first_of(const eas_recents *recents, const eas_key *key)
{
    return (apr_size_t)key->word[1] & (recents->count - WAYS);
}

static unsigned long long tag_at(const eas_recents *recents, apr_size_t i)
{
    return atomic_load_explicit(&recents->tags[i], memory_order_relaxed);
}

/* Where it is, else where there is room, else where chance says. */
static apr_size_t place_for(const eas_recents *recents, const eas_key *key,
                            eas_moment chance)
{
    const apr_size_t first = first_of(recents, key);
    apr_size_t place = first + (apr_size_t)chance % WAYS;

    for (apr_size_t i = first; i < first + WAYS; i++) {
        if (tag_at(recents, i) == tag_of(key)) {
            return i;
        }
        if (!tag_at(recents, i)) {
            place = i;
        }
    }
    return place;
}

void eas_recents_keep(eas_recents *recents, const eas_memo *memo,
                      apr_size_t length, const eas_basis *basis)
{
    const apr_size_t whole = offsetof(eas_recent, memo) + length;
    const eas_key *key = &memo->head.key;
    eas_recent recent;
    apr_size_t place;

    if (!length || !basis || whole > EAS_PUBLISHED_ROOM) {
        return;
    }
    recent.basis = *basis;
    memcpy(&recent.memo, memo, length);
    place = place_for(recents, key, memo->head.until);
    if (eas_published_write(&recents->blocks[place], &recent, whole)) {
        atomic_store_explicit(&recents->tags[place], tag_of(key),
                              memory_order_relaxed);
    }
}

const eas_recent *eas_recents_find(const eas_recents *recents,
                                   const eas_memo_call *call, apr_pool_t *pool,
                                   apr_size_t *length_out)
{
    const apr_size_t first = first_of(recents, &call->key);

    for (apr_size_t i = first; i < first + WAYS; i++) {
        apr_size_t length = 0;
        const eas_recent *recent =
            tag_at(recents, i) == tag_of(&call->key)
                ? eas_published_read(&recents->blocks[i], pool, &length)
                : NULL;

        if (recent && eas_memo_holds(&recent->memo, call)) {
            *length_out = length - offsetof(eas_recent, memo);
            return recent;
        }
    }
    return NULL;
}

int eas_recent_repeat(const eas_recent *recent, const eas_env *env,
                      const eas_policy *policy, const eas_client *client,
                      const eas_memo_call *call, apr_pool_t *pool,
                      eas_verdict *verdict_out)
{
    const eas_memo *memo = &recent->memo;
    eas_check check = {.env = env, .policy = policy, .client = client};

    /* Of the same policy where it holds. */
    if (!eas_memo_holds(memo, call)) {
        return 0;
    }
    check.provider = policy->providers[memo->head.provider];
    check.ask.clock = &env->clock;
    check.ask.pool = pool;
    if (!eas_basis_holds(&recent->basis, &check)
        || !eas_decide_repeat(policy, client, memo, call, pool, verdict_out)) {
        return 0;
    }
    verdict_out->source = EAS_SOURCE_CACHE;
    verdict_out->until = memo->head.until;
    return 1;
}
