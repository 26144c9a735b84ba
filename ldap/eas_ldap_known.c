/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_known.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>

#include "eas_clock.h"

/* Eight places for each hash, a thousand times; eight megabytes where all are
 * in use, of which the system gives those pages alone that are.  With fewer places
 * a set would be full of those who are used all the time. */
enum { SETS = 1024, WAYS = 8, ROOM = 1024 };

/* What a place holds; 0 for nothing.  Apart from the texts, so that a look at
 * eight of them touches few lines of memory. */
typedef struct label {
    apr_uint32_t hash;
    apr_uint32_t length; /* of the key and the texts, each with its NUL */
    eas_moment until;
} label;

struct eas_ldap_known {
    apr_interval_time_t span;
    apr_thread_mutex_t *mutex;
    label labels[SETS][WAYS];
    char (*places)[WAYS][ROOM];
};

apr_status_t eas_ldap_known_make(apr_interval_time_t span, apr_pool_t *pool,
                                 eas_ldap_known **known_out)
{
    eas_ldap_known *known = apr_pcalloc(pool, sizeof(*known));
    apr_status_t rv =
        apr_thread_mutex_create(&known->mutex, APR_THREAD_MUTEX_DEFAULT, pool);

    known->span = span;
    /* Not zeroed, and so not yet there. */
    known->places = apr_palloc(pool, sizeof(*known->places) * SETS);
    if (rv == APR_SUCCESS) {
        *known_out = known;
    }
    return rv;
}

static apr_uint32_t hash_of(const char *key)
{
    apr_ssize_t length = APR_HASH_KEY_STRING;
    apr_uint32_t hash = apr_hashfunc_default(key, &length);

    /* APR's is good for tables of a prime size: logins that are alike would
     * meet in a few of our sets.  The last mixing of MurmurHash3. */
    hash = (hash ^ hash >> 16) * 0x85ebca6bU;
    hash = (hash ^ hash >> 13) * 0xc2b2ae35U;
    return hash ^ hash >> 16;
}

/* The place of a key, or -1.  Called with the lock held. */
static int find(const eas_ldap_known *known, apr_uint32_t hash, const char *key)
{
    const label *labels = known->labels[hash % SETS];

    for (int i = 0; i < WAYS; i++) {
        if (labels[i].length && labels[i].hash == hash
            && !strcmp(known->places[hash % SETS][i], key)) {
            return i;
        }
    }
    return -1;
}

static apr_array_header_t *unpack(const char *text, const char *end,
                                  apr_pool_t *pool)
{
    apr_array_header_t *texts = apr_array_make(pool, 8, sizeof(char *));

    for (; text < end; text += strlen(text) + 1) {
        APR_ARRAY_PUSH(texts, const char *) = text;
    }
    return texts;
}

apr_array_header_t *eas_ldap_known_get(eas_ldap_known *known, const char *key,
                                       apr_pool_t *pool)
{
    const apr_uint32_t hash = hash_of(key);
    const eas_moment now = eas_clock_now(NULL);
    char copy[ROOM];
    apr_size_t length = 0;
    const char *kept;
    int i;

    apr_thread_mutex_lock(known->mutex);
    i = find(known, hash, key);
    if (i >= 0 && now < known->labels[hash % SETS][i].until) {
        length = known->labels[hash % SETS][i].length;
        memcpy(copy, known->places[hash % SETS][i], length);
    }
    apr_thread_mutex_unlock(known->mutex);
    if (!length) {
        return NULL;
    }
    kept = apr_pmemdup(pool, copy, length);
    return unpack(kept + strlen(kept) + 1, kept + length, pool);
}

/* Key and texts, one behind the other, or 0 where they have no room. */
static apr_size_t pack(char *place, const char *key,
                       const apr_array_header_t *texts)
{
    apr_size_t used = 0;

    for (int i = -1; i < texts->nelts; i++) {
        const char *text = i < 0 ? key : APR_ARRAY_IDX(texts, i, const char *);
        const apr_size_t length = strlen(text) + 1;

        if (length > ROOM - used) {
            return 0;
        }
        memcpy(place + used, text, length);
        used += length;
    }
    return used;
}

/* The place to write to: the key's own, else the one nearest to its end. */
static int choose(const eas_ldap_known *known, apr_uint32_t hash,
                  const char *key)
{
    const label *labels = known->labels[hash % SETS];
    int chosen = find(known, hash, key);

    if (chosen >= 0) {
        return chosen;
    }
    chosen = 0;
    for (int i = 1; i < WAYS; i++) {
        if (labels[i].until < labels[chosen].until) {
            chosen = i;
        }
    }
    return chosen;
}

void eas_ldap_known_put(eas_ldap_known *known, const char *key,
                        const apr_array_header_t *texts)
{
    const apr_uint32_t hash = hash_of(key);
    char packed[ROOM];
    const apr_size_t length = pack(packed, key, texts);
    label *to;
    int i;

    if (!length || !known->span) {
        eas_ldap_known_drop(known, key);
        return;
    }
    apr_thread_mutex_lock(known->mutex);
    i = choose(known, hash, key);
    memcpy(known->places[hash % SETS][i], packed, length);
    to = &known->labels[hash % SETS][i];
    to->hash = hash;
    to->length = (apr_uint32_t)length;
    to->until = eas_clock_now(NULL) + known->span;
    apr_thread_mutex_unlock(known->mutex);
}

void eas_ldap_known_drop(eas_ldap_known *known, const char *key)
{
    const apr_uint32_t hash = hash_of(key);
    int i;

    apr_thread_mutex_lock(known->mutex);
    i = find(known, hash, key);
    if (i >= 0) {
        memset(&known->labels[hash % SETS][i], 0, sizeof(label));
    }
    apr_thread_mutex_unlock(known->mutex);
}
