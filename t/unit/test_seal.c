/* SPDX-License-Identifier: Apache-2.0 */
/* Sealing: what was not sealed with this secret, for this context, is nothing.
 * The source is included for the number that a key may seal. */
#include "../../lib/eas_seal.c"

#include <apr_general.h>
#include <apr_thread_proc.h>

#include "tap.h"

enum { ROOM = 4096 };

static const char secret[] = "a secret of more than sixteen bytes";
static const char context[] = "contoso, alice";
static unsigned char text[ROOM];
static unsigned char sealed[ROOM + EAS_SEAL_OVERHEAD];
static unsigned char opened[ROOM];
static apr_pool_t *pool;

static eas_sealer *make(const char *with)
{
    eas_sealer *sealer = NULL;

    eas_sealer_make(with, strlen(with), pool, &sealer);
    return sealer;
}

static apr_size_t seal_text(eas_sealer *sealer, apr_size_t length)
{
    apr_size_t sealed_length = 0;

    eas_seal(sealer, context, sizeof(context), text, length, sealed,
             sizeof(sealed), &sealed_length);
    return sealed_length;
}

static apr_status_t open_sealed(eas_sealer *sealer, apr_size_t length)
{
    apr_size_t opened_length = 0;
    int is_own = 0;

    return eas_unseal(sealer, context, sizeof(context), sealed, length, opened,
                      sizeof(opened), &opened_length, &is_own);
}

static void test_lengths(eas_sealer *sealer)
{
    static const apr_size_t lengths[] = {0, 1, 15, 16, 17, 300, ROOM};

    for (apr_size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        const apr_size_t length = seal_text(sealer, lengths[i]);
        apr_size_t back = ROOM + 1;
        int is_own = 0;

        is_int((long long)length, (long long)lengths[i] + EAS_SEAL_OVERHEAD,
               "as long as promised");
        memset(opened, 0, sizeof(opened));
        is_int(eas_unseal(sealer, context, sizeof(context), sealed, length,
                          opened, lengths[i], &back, &is_own),
               APR_SUCCESS, "opens");
        ok(back == lengths[i] && !memcmp(opened, text, back), "as it was");
        is_int(is_own, 1, "its own");
        ok(lengths[i] < 15 || memcmp(sealed + FRONT, text, lengths[i]) != 0,
           "and not to be read");
    }
}

static void test_room(eas_sealer *sealer)
{
    apr_size_t length = 4711;

    is_int(eas_seal(sealer, context, sizeof(context), text, 300, sealed,
                    300 + EAS_SEAL_OVERHEAD - 1, &length),
           APR_ENOSPC, "sealing wants room");
    is_int(eas_seal(sealer, context, sizeof(context), text, 0, sealed,
                    EAS_SEAL_OVERHEAD - 1, &length),
           APR_ENOSPC, "for nothing, too");
    is_int((long long)length, 4711, "length untouched");
    length = seal_text(sealer, 300);
    is_int(eas_unseal(sealer, context, sizeof(context), sealed, length, opened,
                      299, &length, NULL),
           APR_ENOSPC, "and so does opening");
}

static int is_zero(const unsigned char *bytes, apr_size_t length)
{
    while (length && !bytes[length - 1]) {
        length--;
    }
    return !length;
}

/* Every byte, every length. */
static void test_forged(eas_sealer *sealer, const char *who)
{
    const apr_size_t length = seal_text(sealer, 300);
    int opens = 0;
    int shows = 0;

    for (apr_size_t i = 0; i < length; i++) {
        sealed[i] ^= (unsigned char)(1 << i % 8);
        memset(opened, 0, sizeof(opened));
        opens += open_sealed(sealer, length) == APR_SUCCESS;
        shows += !is_zero(opened, sizeof(opened));
        sealed[i] ^= (unsigned char)(1 << i % 8);
    }
    is_int(opens, 0, tap_row(who, "no byte may be another"));
    is_int(shows, 0, tap_row(who, "what does not open shows nothing"));
    for (apr_size_t i = 0; i < length; i++) {
        opens += open_sealed(sealer, i) == APR_SUCCESS;
    }
    opens += open_sealed(sealer, length + 1) == APR_SUCCESS;
    is_int(opens, 0, tap_row(who, "no other length"));
    is_int(open_sealed(sealer, length), APR_SUCCESS,
           tap_row(who, "and then it opens"));
}

static void test_context(eas_sealer *sealer)
{
    const apr_size_t length = seal_text(sealer, 300);
    apr_size_t back = 0;

    is_int(eas_unseal(sealer, "contoso, alica", sizeof(context), sealed, length,
                      opened, ROOM, &back, NULL),
           APR_EINVAL, "another context");
    is_int(eas_unseal(sealer, context, sizeof(context) - 1, sealed, length,
                      opened, ROOM, &back, NULL),
           APR_EINVAL, "a shorter one");
    is_int(
        eas_unseal(sealer, NULL, 0, sealed, length, opened, ROOM, &back, NULL),
        APR_EINVAL, "none");
}

static void test_writers(eas_sealer *sealer)
{
    eas_sealer *friend_ = make(secret);
    eas_sealer *stranger = make("another secret of sixteen bytes");
    apr_size_t length = seal_text(friend_, 300);
    apr_size_t back = 0;
    int is_own = 1;

    ok(memcmp(friend_->own.salt, sealer->own.salt, SALT) != 0,
       "each has a salt of its own");
    ok(memcmp(friend_->own.key, sealer->own.key, KEY) != 0, "and a key");
    for (int i = 0; i < 3; i++) {
        is_int(eas_unseal(sealer, context, sizeof(context), sealed, length,
                          opened, ROOM, &back, &is_own),
               APR_SUCCESS, "another writer's");
        is_int(is_own, 0, "which is told");
        length = seal_text(sealer, 300);
        is_int(open_sealed(friend_, length), APR_SUCCESS, "the other way");
        length = seal_text(friend_, 300);
    }
    length = seal_text(stranger, 300);
    is_int(open_sealed(sealer, length), APR_EINVAL, "of another secret");
    memcpy(sealed + MARK, friend_->own.salt, SALT);
    is_int(open_sealed(sealer, length), APR_EINVAL, "with a salt we know");
    is_int(eas_sealer_make("fifteen bytes..", 15, pool, &stranger), APR_EINVAL,
           "a secret is long");
}

/* Salts that somebody made up: nothing is kept of them. */
static void test_flood(eas_sealer *sealer)
{
    eas_sealer *friend_ = make(secret);
    apr_size_t length = seal_text(friend_, 300);
    eas_writer known;
    int opens = 0;

    is_int(open_sealed(sealer, length), APR_SUCCESS, "one is met");
    for (int i = 0; i < 3000; i++) {
        memcpy(sealed + MARK, &i, sizeof(i));
        memset(sealed + MARK + sizeof(i), i % 3, SALT - sizeof(i));
        opens += open_sealed(sealer, length) == APR_SUCCESS;
    }
    is_int(opens, 0, "none of 3,000 opens");
    memcpy(known.salt, friend_->own.salt, SALT);
    ok(eas_writers_find(sealer->others, &known), "the one is known still");
    ok(!memcmp(known.key, friend_->own.key, KEY), "by its key");
}

static void test_nonces(eas_sealer *sealer)
{
    unsigned char first[ROOM];
    const apr_size_t length = seal_text(sealer, 300);

    memcpy(first, sealed, length);
    seal_text(sealer, 300);
    ok(memcmp(first + HEAD, sealed + HEAD, NONCE) != 0, "another nonce");
    ok(memcmp(first + FRONT, sealed + FRONT, 300) != 0, "and so another text");
}

static void test_limit(void)
{
    eas_sealer *sealer = make(secret);
    apr_size_t length = 4711;

    atomic_store(&sealer->sealed, MOST_SEALED - 1);
    is_int((long long)seal_text(sealer, 1), 1 + EAS_SEAL_OVERHEAD,
           "the last that a key may seal");
    for (int i = 0; i < 2; i++) {
        is_int(eas_seal(sealer, context, sizeof(context), text, 1, sealed,
                        sizeof(sealed), &length),
               APR_EGENERAL, "no more than that");
    }
    is_int((long long)length, 4711, "nothing is said of a length");
    is_int(open_sealed(sealer, 1 + EAS_SEAL_OVERHEAD), APR_SUCCESS,
           "it opens on");
}

/* Threads that seal and open each other's. */
enum { THREADS = 8, ROUNDS = 2000, WRITERS = 20 };

static eas_sealer *writers[WRITERS];
static atomic_int good;

static void *APR_THREAD_FUNC work_on(apr_thread_t *thread, void *number)
{
    unsigned char mine[300 + EAS_SEAL_OVERHEAD];
    unsigned char back[300];
    const int me = *(int *)number;

    (void)thread;
    for (int i = 0; i < ROUNDS; i++) {
        apr_size_t length = 0;

        eas_seal(writers[(i + me) % WRITERS], &me, sizeof(me), text + me, 300,
                 mine, sizeof(mine), &length);
        if (eas_unseal(writers[i % 3], &me, sizeof(me), mine, length, back,
                       sizeof(back), &length, NULL)
                == APR_SUCCESS
            && !memcmp(back, text + me, 300)) {
            atomic_fetch_add(&good, 1);
        }
    }
    return NULL;
}

static void test_threads(void)
{
    apr_thread_t *threads[THREADS];
    int numbers[THREADS];
    apr_status_t rv = APR_SUCCESS;

    for (int i = 0; i < WRITERS; i++) {
        writers[i] = make(secret);
    }
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        apr_thread_create(&threads[i], NULL, work_on, &numbers[i], pool);
    }
    for (int i = 0; i < THREADS; i++) {
        apr_thread_join(&rv, threads[i]);
    }
    is_int(atomic_load(&good), THREADS * ROUNDS, "threads get their own back");
}

int main(void)
{
    eas_sealer *sealer;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    for (int i = 0; i < ROOM; i++) {
        text[i] = (unsigned char)(i * 7 + i / 256 + 1);
    }
    sealer = make(secret);
    test_lengths(sealer);
    test_room(sealer);
    test_forged(sealer, "own");
    test_context(sealer);
    test_writers(sealer);
    test_flood(sealer);
    test_nonces(sealer);
    test_limit();
    test_threads();
    apr_pool_destroy(pool);
    apr_terminate();
    return done_testing();
}
