/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_slot.h"

#include <stddef.h>
#include <string.h>

#include <apr_thread_proc.h>

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2,
               "an atomic word with a lock of one process guards nothing");

enum {
    LINE = 64, /* of the cache */
    WORD = sizeof(apr_uint64_t),
    HEAD = sizeof(eas_slot_content) / WORD,
    /* Where the parts of a content stand. */
    SUM = 0,
    KEY = 1,
    UNTIL = 3,
    PINNED = 4,
    WORDS = 5,
    /* How often a reader looks, and after how many looks it lets a writer that
     * was interrupted go on. */
    LOOKS = 100,
    SPINS = 20
};

_Static_assert(HEAD == WORDS + 1, "a content is words, without gaps");

#define USED_EVERY apr_time_from_sec(60)

#define NOTHING (~(apr_size_t)0)

/* What is read of a slot. */
typedef struct reading {
    apr_size_t room;
    apr_size_t wanted;
    const eas_key *key;
    eas_moment now;
} reading;

static apr_size_t words_of(apr_size_t room)
{
    return (room + WORD - 1) / WORD;
}

apr_size_t eas_slot_content_size(apr_size_t room)
{
    return sizeof(eas_slot_content) + words_of(room) * WORD;
}

apr_size_t eas_slot_size(apr_size_t room)
{
    const apr_size_t size =
        offsetof(eas_slot, content) + eas_slot_content_size(room);

    return (size + LINE - 1) / LINE * LINE;
}

static apr_uint64_t get(const eas_slot_word *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

static void set(eas_slot_word *word, apr_uint64_t value)
{
    atomic_store_explicit(word, value, memory_order_relaxed);
}

/* Whoever filled a value in may have done it as any type. */
static apr_uint64_t word_at(const void *from, apr_size_t i)
{
    apr_uint64_t word;

    memcpy(&word, (const char *)from + i * WORD, WORD);
    return word;
}

/* Sixteen at a time: most of what a read costs is this. */
static void copy_words(apr_uint64_t *to, const eas_slot_word *from,
                       apr_size_t count)
{
    for (; count >= 16; count -= 16, to += 16, from += 16) {
        to[0] = get(from + 0);
        to[1] = get(from + 1);
        to[2] = get(from + 2);
        to[3] = get(from + 3);
        to[4] = get(from + 4);
        to[5] = get(from + 5);
        to[6] = get(from + 6);
        to[7] = get(from + 7);
        to[8] = get(from + 8);
        to[9] = get(from + 9);
        to[10] = get(from + 10);
        to[11] = get(from + 11);
        to[12] = get(from + 12);
        to[13] = get(from + 13);
        to[14] = get(from + 14);
        to[15] = get(from + 15);
    }
    for (apr_size_t i = 0; i < count; i++) {
        to[i] = get(from + i);
    }
}

/* Words of the value, no more than are wanted, or NOTHING where it is not
 * there; what was read may be of two values until the sequence says that it is
 * not. */
static apr_size_t copy(const eas_slot *slot, const reading *r,
                       apr_uint64_t *value, eas_moment *until_out)
{
    const apr_size_t wanted = words_of(r->wanted);
    apr_size_t words;

    *until_out = eas_slot_until(slot);
    if (!eas_slot_is(slot, r->key) || *until_out <= r->now) {
        return NOTHING;
    }
    words = (apr_size_t)get(&slot->content[WORDS]);
    if (words > words_of(r->room)) {
        return NOTHING;
    }
    words = words < wanted ? words : wanted;
    copy_words(value, slot->content + HEAD, words);
    return words;
}

static void deliver(const apr_uint64_t *value, apr_size_t words,
                    apr_size_t room, void *value_out)
{
    const apr_size_t length = words * WORD < room ? words * WORD : room;

    memcpy(value_out, value, length);
    memset((char *)value_out + length, 0, room - length);
}

eas_moment eas_slot_used(const eas_slot *slot)
{
    return (eas_moment)get(&slot->used);
}

void eas_slot_use(eas_slot *slot, eas_moment now)
{
    set(&slot->used, (apr_uint64_t)now);
}

/* A copy that nobody wrote into meanwhile; words as of copy(). */
static int copy_whole(const eas_slot *slot, const reading *r,
                      apr_uint64_t *value, eas_moment *until_out,
                      apr_size_t *words_out)
{
    const apr_uint64_t before =
        atomic_load_explicit(&slot->sequence, memory_order_acquire);

    if (before & 1) {
        return 0;
    }
    *words_out = copy(slot, r, value, until_out);
    atomic_thread_fence(memory_order_acquire);
    return get(&slot->sequence) == before;
}

int eas_slot_read(eas_slot *slot, apr_size_t room, apr_size_t wanted,
                  const eas_key *key, eas_moment now, void *value_out,
                  eas_moment *until_out)
{
    const reading r = {room, wanted, key, now};
    apr_uint64_t value[EAS_SLOT_ROOM / WORD];
    apr_size_t words;
    eas_moment until;

    for (int i = 0; !copy_whole(slot, &r, value, &until, &words); i++) {
        if (i >= LOOKS) {
            return 0;
        }
        if (i >= SPINS) {
            apr_thread_yield();
        }
    }
    if (words == NOTHING) {
        return 0;
    }
    deliver(value, words, wanted, value_out);
    if (until_out) {
        *until_out = until;
    }
    /* A slot read often is not written for that. */
    if (now - eas_slot_used(slot) >= USED_EVERY) {
        eas_slot_use(slot, now);
    }
    return 1;
}

eas_key eas_slot_key(const eas_slot *slot)
{
    const eas_key key = {
        {get(&slot->content[KEY]), get(&slot->content[KEY + 1])}};

    return key;
}

int eas_slot_is(const eas_slot *slot, const eas_key *key)
{
    return get(&slot->content[KEY]) == key->word[0]
           && get(&slot->content[KEY + 1]) == key->word[1];
}

eas_moment eas_slot_until(const eas_slot *slot)
{
    return (eas_moment)get(&slot->content[UNTIL]);
}

int eas_slot_is_pinned(const eas_slot *slot)
{
    return get(&slot->content[PINNED]) != 0;
}

static apr_uint64_t mix(apr_uint64_t sum, apr_uint64_t word)
{
    sum = (sum ^ word) * APR_UINT64_C(0x9e3779b97f4a7c15);
    return sum ^ (sum >> 32);
}

int eas_slot_is_whole(const eas_slot *slot, apr_size_t room)
{
    static const eas_key none;
    const apr_uint64_t words = get(&slot->content[WORDS]);
    apr_uint64_t sum = 0;

    if ((get(&slot->sequence) & 1) || words > words_of(room)) {
        return 0;
    }
    if (eas_slot_is(slot, &none)) {
        return eas_slot_until(slot) == 0;
    }
    for (apr_size_t i = KEY; i < HEAD + words; i++) {
        sum = mix(sum, get(&slot->content[i]));
    }
    return sum == get(&slot->content[SUM]);
}

void eas_slot_load(const eas_slot *slot, apr_size_t room,
                   eas_slot_content *content_out)
{
    copy_words((apr_uint64_t *)content_out, slot->content,
               HEAD + words_of(room));
}

int eas_slot_is_same(const eas_slot *slot, apr_size_t room,
                     const eas_slot_content *content)
{
    for (apr_size_t i = 0; i < HEAD + words_of(room); i++) {
        if (get(&slot->content[i]) != word_at(content, i)) {
            return 0;
        }
    }
    return 1;
}

static apr_uint64_t sum_of(const eas_slot_content *content)
{
    apr_uint64_t sum = 0;

    for (apr_size_t i = KEY; i < HEAD + content->words; i++) {
        sum = mix(sum, word_at(content, i));
    }
    return sum;
}

void eas_slot_seal(eas_slot_content *content, apr_size_t room)
{
    apr_size_t words = words_of(room);

    while (words && !word_at(content, HEAD + words - 1)) {
        words--;
    }
    content->words = words;
    content->sum = sum_of(content);
}

int eas_slot_is_sealed(const eas_slot_content *content, apr_size_t room)
{
    return content->words <= words_of(room) && content->sum == sum_of(content);
}

/* From here the sequence is odd, for whoever sees anything that follows. */
static apr_uint64_t begin(eas_slot *slot)
{
    const apr_uint64_t odd = get(&slot->sequence) | 1;

    set(&slot->sequence, odd);
    atomic_thread_fence(memory_order_release);
    return odd;
}

static void end(eas_slot *slot, apr_uint64_t odd)
{
    atomic_store_explicit(&slot->sequence, odd + 1, memory_order_release);
}

void eas_slot_publish(eas_slot *slot, apr_size_t room,
                      const eas_slot_content *content)
{
    const apr_uint64_t odd = begin(slot);

    for (apr_size_t i = 0; i < HEAD + words_of(room); i++) {
        set(&slot->content[i], word_at(content, i));
    }
    end(slot, odd);
}

void eas_slot_clear(eas_slot *slot, apr_size_t room)
{
    const apr_uint64_t odd = begin(slot);

    for (apr_size_t i = 0; i < HEAD + words_of(room); i++) {
        set(&slot->content[i], 0);
    }
    set(&slot->used, 0);
    end(slot, odd);
}
