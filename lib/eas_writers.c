/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_writers.h"

#include <stdatomic.h>

#include <openssl/crypto.h>

enum { SETS = 64, WAYS = 8, WORDS = EAS_WRITERS_SALT + EAS_WRITERS_KEY };

/* A sequence lock: odd while it is written, another even number afterwards.
 * Words are stored and loaded in order (release, acquire), so that whoever has
 * seen one that is new sees the number changed as well. */
typedef struct slot {
    _Atomic apr_uint64_t sequence; /* 0 where nothing was ever kept */
    _Atomic apr_uint64_t words[WORDS];
} slot;

struct eas_writers {
    _Atomic unsigned next[SETS]; /* the way to be written next */
    slot slots[SETS][WAYS];
};

static apr_status_t wipe(void *self)
{
    OPENSSL_cleanse(self, sizeof(eas_writers));
    return APR_SUCCESS;
}

eas_writers *eas_writers_make(apr_pool_t *pool)
{
    eas_writers *writers = apr_pcalloc(pool, sizeof(*writers));

    apr_pool_cleanup_register(pool, writers, wipe, apr_pool_cleanup_null);
    return writers;
}

/* Salts are random where a writer drew them. */
static unsigned set_of(const eas_writer *writer)
{
    return (unsigned)(writer->salt[0] % SETS);
}

static apr_uint64_t load(const slot *from, int word)
{
    return atomic_load_explicit(&from->words[word], memory_order_acquire);
}

static int has_salt(const slot *of, const eas_writer *writer)
{
    return load(of, 0) == writer->salt[0] && load(of, 1) == writer->salt[1];
}

static int slot_read(const slot *from, eas_writer *writer_out)
{
    const apr_uint64_t before =
        atomic_load_explicit(&from->sequence, memory_order_acquire);
    apr_uint64_t key[EAS_WRITERS_KEY];
    int good;

    if (!before || before % 2 || !has_salt(from, writer_out)) {
        return 0;
    }
    for (int i = 0; i < EAS_WRITERS_KEY; i++) {
        key[i] = load(from, EAS_WRITERS_SALT + i);
    }
    good =
        atomic_load_explicit(&from->sequence, memory_order_relaxed) == before;
    for (int i = 0; good && i < EAS_WRITERS_KEY; i++) {
        writer_out->key[i] = key[i];
    }
    OPENSSL_cleanse(key, sizeof(key));
    return good;
}

int eas_writers_find(const eas_writers *writers, eas_writer *writer_out)
{
    const slot *set = writers->slots[set_of(writer_out)];

    for (int i = 0; i < WAYS; i++) {
        if (slot_read(&set[i], writer_out)) {
            return 1;
        }
    }
    return 0;
}

static void slot_write(slot *to, const eas_writer *writer)
{
    apr_uint64_t before =
        atomic_load_explicit(&to->sequence, memory_order_relaxed);

    if (before % 2
        || !atomic_compare_exchange_strong(&to->sequence, &before,
                                           before + 1)) {
        return;
    }
    for (int i = 0; i < WORDS; i++) {
        atomic_store_explicit(&to->words[i],
                              i < EAS_WRITERS_SALT
                                  ? writer->salt[i]
                                  : writer->key[i - EAS_WRITERS_SALT],
                              memory_order_release);
    }
    atomic_store_explicit(&to->sequence, before + 2, memory_order_release);
}

void eas_writers_keep(eas_writers *writers, const eas_writer *writer)
{
    const unsigned set = set_of(writer);
    eas_writer known = *writer;

    if (!eas_writers_find(writers, &known)) {
        const unsigned way = atomic_fetch_add(&writers->next[set], 1) % WAYS;

        slot_write(&writers->slots[set][way], writer);
    }
    OPENSSL_cleanse(&known, sizeof(known));
}
