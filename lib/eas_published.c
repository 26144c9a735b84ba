/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_published.h"

#include <stddef.h>
#include <string.h>

/* How often one reads anew before it is as if there were nothing. */
enum { READS = 4 };

static apr_size_t words_of(apr_size_t length)
{
    return (length + 7) / 8;
}

static apr_uint64_t get(const atomic_ullong *word)
{
    return atomic_load_explicit(word, memory_order_acquire);
}

static void set(atomic_ullong *word, apr_uint64_t value)
{
    atomic_store_explicit(word, value, memory_order_release);
}

/* Eight at a time: most of what a block costs is this. */
static void load_words(apr_uint64_t *to, const atomic_ullong *from,
                       apr_size_t count)
{
    for (; count >= 8; count -= 8, to += 8, from += 8) {
        to[0] = get(from + 0);
        to[1] = get(from + 1);
        to[2] = get(from + 2);
        to[3] = get(from + 3);
        to[4] = get(from + 4);
        to[5] = get(from + 5);
        to[6] = get(from + 6);
        to[7] = get(from + 7);
    }
    for (apr_size_t i = 0; i < count; i++) {
        to[i] = get(from + i);
    }
}

static void store_words(atomic_ullong *to, const apr_uint64_t *from,
                        apr_size_t count)
{
    for (; count >= 8; count -= 8, to += 8, from += 8) {
        set(to + 0, from[0]);
        set(to + 1, from[1]);
        set(to + 2, from[2]);
        set(to + 3, from[3]);
        set(to + 4, from[4]);
        set(to + 5, from[5]);
        set(to + 6, from[6]);
        set(to + 7, from[7]);
    }
    for (apr_size_t i = 0; i < count; i++) {
        set(to + i, from[i]);
    }
}

void eas_published_make(eas_published *block)
{
    atomic_init(&block->sequence, 0);
    atomic_init(&block->length, 0);
    atomic_init(&block->most, 0);
}

/* Without fences, which ThreadSanitizer does not know: each word is stored
 * with release, so that none is seen before the odd number is, and loaded with
 * acquire, so that the number is looked at after the last of them. */
int eas_published_write(eas_published *block, const void *data,
                        apr_size_t length)
{
    const apr_uint64_t *from = data;
    unsigned long long sequence =
        atomic_load_explicit(&block->sequence, memory_order_relaxed);

    if (length > EAS_PUBLISHED_ROOM || sequence & 1
        || !atomic_compare_exchange_strong_explicit(
            &block->sequence, &sequence, sequence + 1, memory_order_acq_rel,
            memory_order_relaxed)) {
        return 0;
    }
    atomic_store_explicit(&block->length, length, memory_order_release);
    if (length > atomic_load_explicit(&block->most, memory_order_relaxed)) {
        atomic_store_explicit(&block->most, length, memory_order_relaxed);
    }
    store_words(block->words, from, words_of(length));
    atomic_store_explicit(&block->sequence, sequence + 2, memory_order_release);
    return 1;
}

static const void *read_once(const eas_published *block, apr_pool_t *pool,
                             apr_size_t *length_out)
{
    const unsigned long long sequence =
        atomic_load_explicit(&block->sequence, memory_order_acquire);
    const apr_size_t length = get(&block->length);
    const apr_size_t count = words_of(length);
    apr_uint64_t *data;

    if (sequence & 1 || !length) {
        return NULL;
    }
    data = apr_palloc(pool, count * 8);
    load_words(data, block->words, count);
    if (atomic_load_explicit(&block->sequence, memory_order_relaxed)
        != sequence) {
        return NULL;
    }
    *length_out = length;
    return data;
}

const void *eas_published_read(const eas_published *block, apr_pool_t *pool,
                               apr_size_t *length_out)
{
    const void *data = NULL;

    for (int i = 0; i < READS && !data; i++) {
        data = read_once(block, pool, length_out);
    }
    return data;
}

void eas_published_wipe(eas_published *block)
{
    /* Not known to the compiler, so that it is done although nobody looks at
     * the memory again; OPENSSL_cleanse goes word by word, and this comes with
     * every connection. */
    void *(*volatile set_memory)(void *, int, size_t) = memset;

    if (atomic_load(&block->sequence)) {
        set_memory((void *)block, 0,
                   offsetof(eas_published, words)
                       + words_of(atomic_load(&block->most)) * 8);
    }
}
