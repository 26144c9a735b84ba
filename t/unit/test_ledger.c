/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger over its table: many threads, little room, a restart. */
#include <stdlib.h>

#include <apr_atomic.h>
#include <apr_general.h>
#include <apr_thread_proc.h>

#include "eas_ledger_file.h"
#include "lockout.h"
#include "tap.h"

enum { THREADS = 8, ROUNDS = 3000 };

static apr_pool_t *pool;
static const eas_moment START = HOURS(500);
static const eas_lockout five = {.mode = EAS_LOCKOUT_ENFORCE,
                                 .attempts = 2,
                                 .ceiling = 3,
                                 .window = MINUTES(30),
                                 .refused_ttl = MINUTES(10)};

static eas_ledger *make(apr_size_t accounts)
{
    eas_ledger *ledger = NULL;
    const apr_size_t size = eas_ledger_size(accounts);

    if (!ok(eas_ledger_make(apr_pcalloc(pool, size), accounts, pool, &ledger)
                == APR_SUCCESS,
            "a ledger")) {
        exit(1);
    }
    return ledger;
}

static eas_ledger_try try_of(apr_uint64_t account, apr_uint64_t credential,
                             apr_uint64_t network, eas_moment now)
{
    const apr_uint64_t hash = account * APR_UINT64_C(0x9e3779b97f4a7c15);
    const eas_ledger_try attempt = {.account = {{hash ^ hash >> 29, hash}},
                                    .credential = credential,
                                    .network = network,
                                    .name = account % 10,
                                    .stamp = 5,
                                    .now = now};

    return attempt;
}

static eas_standing consult(eas_ledger *ledger, eas_ledger_try attempt)
{
    eas_standing standing;

    eas_ledger_consult(ledger, &attempt, &five, &standing);
    return standing;
}

static eas_ledger_change be(eas_ledger *ledger, eas_ledger_try attempt,
                            const eas_lockout *lockout, eas_outcome outcome)
{
    eas_ledger_change change = {0, 0, -1};
    apr_interval_time_t wait;
    eas_hold hold;

    if (eas_ledger_reserve(ledger, &attempt, lockout, 0, &hold, &wait)) {
        change = eas_ledger_settle(ledger, &attempt, lockout, &hold, outcome);
    }
    return change;
}

static void test_lock(void)
{
    eas_ledger *ledger = make(100);
    const eas_moment now = START;
    eas_standing s = consult(ledger, try_of(1, 1, 9, now));
    eas_ledger_change change;
    int news;

    ok(!s.is_familiar && !s.is_locked && s.may_peek && s.wants_seen
           && !s.refused_at && !s.forbidden_at,
       "an account never seen is open and unfamiliar");
    be(ledger, try_of(1, 1, 9, now), &five, EAS_OUTCOME_PROVEN);
    ok(consult(ledger, try_of(1, 1, 9, now)).is_familiar, "familiar");
    ok(!consult(ledger, try_of(2, 1, 9, now)).is_familiar, "to one account");
    change = be(ledger, try_of(1, 2, 8, now), &five, EAS_OUTCOME_WRONG);
    ok(!change.locked && change.count == 1, "one wrong");
    change = be(ledger, try_of(1, 3, 8, now), &five, EAS_OUTCOME_WRONG);
    ok(change.locked && change.count == 2, "two are news");
    change = be(ledger, try_of(1, 4, 8, now), &five, EAS_OUTCOME_WRONG);
    is_int(change.count, -1, "no third");
    s = consult(ledger, try_of(1, 5, 8, now + MINUTES(1)));
    ok(s.is_locked && !s.may_peek, "locked");
    is_int(s.locked_for, MINUTES(29) + SECONDS(5), "for what is left");
    ok(!consult(ledger, try_of(1, 5, 9, now)).is_locked, "not for home");
    is_int(consult(ledger, try_of(1, 3, 9, now)).refused_at, now,
           "what was wrong elsewhere is known at home");
    change = be(ledger, try_of(1, 4, 8, now + MINUTES(31)), &five,
                EAS_OUTCOME_WRONG);
    ok(change.locked && change.count == 1, "a probe in the next window");
    change = be(ledger, try_of(1, 5, 8, now + MINUTES(32)), &five,
                EAS_OUTCOME_WRONG);
    is_int(change.count, -1, "and one only");
    change = be(ledger, try_of(1, 1, 9, now + MINUTES(33)), &five,
                EAS_OUTCOME_PROVEN);
    ok(change.unlocked && change.count == 0, "a success ends it");
    change = be(ledger, try_of(1, 6, 8, now + MINUTES(33)), &five,
                EAS_OUTCOME_WRONG);
    news = change.locked;
    change = be(ledger, try_of(1, 7, 8, now + MINUTES(33)), &five,
                EAS_OUTCOME_WRONG);
    ok(!news && change.locked, "and the budget is whole");
}

static void test_peek(void)
{
    eas_ledger *ledger = make(100);
    const eas_moment now = START;

    be(ledger, try_of(1, 1, 9, now), &five, EAS_OUTCOME_PROVEN);
    be(ledger, try_of(1, 2, 9, now), &five, EAS_OUTCOME_WRONG);
    be(ledger, try_of(1, 3, 9, now), &five, EAS_OUTCOME_WRONG);
    for (apr_uint64_t i = 1; i <= EAS_PAGE_MISSES; i++) {
        eas_ledger_try attempt = try_of(1, i << 24, 9, now);
        const int before = consult(ledger, attempt).may_peek;

        eas_ledger_missed(ledger, &attempt, &five);
        eas_ledger_missed(ledger, &attempt, &five);
        ok(before && !consult(ledger, attempt).may_peek,
           "each may be held against the cache once");
    }
    ok(!consult(ledger, try_of(1, 99 << 24, 9, now)).may_peek,
       "and so many only");
    ok(consult(ledger, try_of(1, 99 << 24, 9, now + MINUTES(31))).may_peek,
       "in this lock");
}

static void test_modes(void)
{
    eas_ledger *ledger = make(100);
    eas_lockout lockout = five;
    eas_ledger_try attempt = try_of(1, 99, 8, START);
    apr_interval_time_t wait;
    eas_hold hold;

    lockout.mode = EAS_LOCKOUT_LOG;
    for (apr_uint64_t i = 2; i < 12; i++) {
        be(ledger, try_of(1, i, 8, START), &lockout, EAS_OUTCOME_WRONG);
    }
    is_int(eas_ledger_reserve(ledger, &attempt, &lockout, 0, &hold, &wait), 1,
           "mode log holds nobody");
    ok(hold.is_held && hold.would_lock, "and says whom it would");
    eas_ledger_settle(ledger, &attempt, &lockout, &hold, EAS_OUTCOME_VOID);
    ok(consult(ledger, attempt).is_locked, "as mode enforce would");
    lockout.mode = EAS_LOCKOUT_OFF;
    ledger = make(100);
    for (apr_uint64_t i = 2; i < 12; i++) {
        const eas_ledger_change change =
            be(ledger, try_of(1, i, 8, START + SECONDS(i)), &lockout,
               EAS_OUTCOME_WRONG);

        is_int(change.count, 0, "mode off counts nothing");
    }
    ok(!consult(ledger, attempt).is_locked, "nor would enforce");
    ok(consult(ledger, try_of(1, 11, 8, START)).refused_at,
       "but what is wrong is known");
    ok(!consult(ledger, try_of(1, 3, 8, START)).refused_at,
       "of more than eight the oldest is not");
}

/* Logins nobody knows: asked about again after a while, and no more than that.
 */
static void test_strangers(void)
{
    const eas_lockout nobody = {.mode = EAS_LOCKOUT_OFF,
                                .window = MINUTES(30),
                                .refused_ttl = MINUTES(10),
                                .is_unknown = 1};
    eas_ledger *strangers = make(64);
    eas_ledger_try attempt = try_of(1, 4, 0, START);
    int looks = 0;

    attempt.stamp = 0;
    be(strangers, attempt, &nobody, EAS_OUTCOME_WRONG);
    for (int second = 0; second < 7200; second++) {
        attempt.now = START + SECONDS(second);
        switch (eas_ledger_look(strangers, &attempt, &nobody)) {
        case EAS_LOOK_BIND:
            looks++;
            attempt.refused_at = consult(strangers, attempt).refused_at;
            be(strangers, attempt, &nobody, EAS_OUTCOME_WRONG);
            break;
        case EAS_LOOK_SEARCH:
            looks = 1000;
            break;
        case EAS_LOOK_NOT:
            break;
        }
    }
    is_int(looks, 11, "a stranger is looked for every ten minutes");
    for (apr_uint64_t i = 0; i < 5000; i++) {
        attempt = try_of(1000 + i, 4, 0, START + HOURS(3));
        be(strangers, attempt, &nobody, EAS_OUTCOME_WRONG);
    }
    ok(consult(strangers, attempt).refused_at, "there is room for the latest");
}

static void test_look(void)
{
    eas_ledger *ledger = make(100);
    eas_ledger_try a = try_of(1, 4, 8, START);
    apr_interval_time_t wait;
    eas_hold hold;

    be(ledger, a, &five, EAS_OUTCOME_WRONG);
    a.refused_at = START;
    a.now = START + SECONDS(59);
    is_int(eas_ledger_look(ledger, &a, &five), EAS_LOOK_NOT, "not yet");
    a.now = START + SECONDS(60);
    is_int(eas_ledger_look(ledger, &a, &five), EAS_LOOK_BIND, "a second look");
    is_int(eas_ledger_look(ledger, &a, &five), EAS_LOOK_NOT, "for one caller");
    is_int(eas_ledger_reserve(ledger, &a, &five, 1, &hold, &wait), 0,
           "unless it is the last guess");
    is_int(wait, 0, "which is no lock");
    a.now = START + MINUTES(11);
    is_int(eas_ledger_look(ledger, &a, &five), EAS_LOOK_BIND, "once more");
    eas_ledger_reserve(ledger, &a, &five, 1, &hold, &wait);
    is_int(eas_ledger_look(ledger, &a, &five), EAS_LOOK_SEARCH,
           "then searches are what helps");
    is_int(eas_ledger_looked(ledger, &a, &five), 0, "the same stamp");
    is_int(eas_ledger_look(ledger, &a, &five), EAS_LOOK_NOT, "is renewed");
    a.now = START + MINUTES(22);
    is_int(eas_ledger_look(ledger, &a, &five), EAS_LOOK_SEARCH, "due again");
    a.stamp = 6;
    is_int(eas_ledger_looked(ledger, &a, &five), 1, "another stamp: a bind");
    a.refused_at = 0;
    is_int(eas_ledger_reserve(ledger, &a, &five, 0, &hold, &wait), 0,
           "what was refused since it was consulted is not bound");
    a.refused_at = START;
    is_int(eas_ledger_reserve(ledger, &a, &five, 0, &hold, &wait), 1, "bound");
    eas_ledger_settle(ledger, &a, &five, &hold, EAS_OUTCOME_PROVEN);
    is_int(consult(ledger, a).refused_at, 0, "and right: not known wrong");
    be(ledger, try_of(1, 4, 8, a.now), &five, EAS_OUTCOME_FORBIDDEN);
    is_int(consult(ledger, a).forbidden_at, a.now, "forbidden");
}

/* The set of an account is full of others whose guesses count: it is not let
 * through uncounted. */
static void test_full(void)
{
    eas_ledger *ledger = make(8);
    eas_ledger_try attempt;
    apr_interval_time_t wait = 0;
    eas_lockout log = five;
    eas_hold hold;
    apr_uint64_t i;

    for (i = 1; i < 100; i++) {
        attempt = try_of(i, 3, 8, START);
        if (!eas_ledger_reserve(ledger, &attempt, &five, 0, &hold, &wait)) {
            break;
        }
    }
    ok(i >= 8 && i < 100 && wait == MINUTES(1), "no place: not let through");
    log.mode = EAS_LOCKOUT_LOG;
    is_int(eas_ledger_reserve(ledger, &attempt, &log, 0, &hold, &wait), 1,
           "in mode log it is");
    ok(!hold.is_held, "uncounted");
    attempt.now = START + HOURS(2);
    is_int(eas_ledger_reserve(ledger, &attempt, &five, 0, &hold, &wait), 1,
           "and two windows later there is room");
}

static void test_unlock(void)
{
    eas_ledger *ledger = make(200);

    for (apr_uint64_t i = 1; i <= 40; i++) {
        be(ledger, try_of(i, 3, 8, START), &five, EAS_OUTCOME_WRONG);
        be(ledger, try_of(i, 4, 8, START), &five, EAS_OUTCOME_WRONG);
    }
    is_int(eas_ledger_unlock(ledger, 0, START), 0, "nobody's name");
    is_int(eas_ledger_unlock(ledger, 3, START), 4, "all of a name");
    ok(!consult(ledger, try_of(13, 9, 8, START)).is_locked, "are open");
    ok(consult(ledger, try_of(13, 3, 8, START)).refused_at,
       "what was wrong stays so");
    ok(consult(ledger, try_of(14, 9, 8, START)).is_locked, "others are not");
    is_int(eas_ledger_unlock(ledger, 3, START), 0, "and nothing is left to do");
}

/* Records as a file holds them. */
typedef struct file {
    unsigned char bytes[64 * EAS_LEDGER_RECORD];
    apr_size_t length;
    int left; /* writes until the disk is full */
} file;

static apr_status_t put(void *with, const void *record, apr_size_t length)
{
    file *f = with;

    if (f->left-- <= 0) {
        return APR_ENOSPC;
    }
    memcpy(f->bytes + f->length, record, length);
    f->length += length;
    return APR_SUCCESS;
}

static const apr_time_t DATE = APR_INT64_C(1700000000) * APR_USEC_PER_SEC;

/* Credentials whose bytes are looked for. */
#define SECRET APR_UINT64_C(0x5ec7e75ec7e75ec7)

static void fill(eas_ledger *ledger, file *f)
{
    eas_ledger_try flying = try_of(4, SECRET, 8, START);
    apr_interval_time_t wait;
    eas_hold hold;

    memset(f, 0, sizeof(*f));
    f->left = 64;
    be(ledger, try_of(1, 1, 9, START - HOURS(24 * 29)), &five,
       EAS_OUTCOME_PROVEN);
    be(ledger, try_of(1, 1, 7, START), &five, EAS_OUTCOME_PROVEN);
    be(ledger, try_of(2, SECRET, 8, START), &five, EAS_OUTCOME_WRONG);
    be(ledger, try_of(2, SECRET + 1, 8, START), &five, EAS_OUTCOME_WRONG);
    be(ledger, try_of(3, 1, 8, START), &five, EAS_OUTCOME_FORBIDDEN);
    eas_ledger_reserve(ledger, &flying, &five, 0, &hold, &wait);
    be(ledger, try_of(5, 1, 0, START), &five, EAS_OUTCOME_PROVEN);
    is_int(eas_ledger_save(ledger, START + MINUTES(1), DATE, put, f),
           APR_SUCCESS, "saved");
    is_int((long long)f->length, 4 * EAS_LEDGER_RECORD, "whoever is worth it");
}

static int holds(const file *f, apr_uint64_t number)
{
    for (apr_size_t i = 0; i + sizeof(number) <= f->length; i++) {
        if (memcmp(f->bytes + i, &number, sizeof(number)) == 0) {
            return 1;
        }
    }
    return 0;
}

/* The machine has started anew, ten minutes later: its moments begin again,
 * those of before are long before. */
static void test_restart(void)
{
    const eas_moment now = SECONDS(20);
    eas_ledger *ledger = make(100);
    eas_ledger_loaded loaded = {0, 0, 0};
    eas_standing s;
    file f;

    fill(ledger, &f);
    ok(!holds(&f, SECRET), "no digest of a credential is in the file");
    ledger = make(100);
    is_int(eas_ledger_load(ledger, now, DATE + MINUTES(10), f.bytes, f.length,
                           &loaded),
           APR_SUCCESS, "loaded");
    is_int(loaded.taken, 4, "all");
    is_int(loaded.passed + loaded.refused, 0, "and nothing else");
    ok(consult(ledger, try_of(1, 1, 7, now)).is_familiar, "who is familiar");
    ok(consult(ledger, try_of(1, 1, 9, now)).is_familiar, "since weeks");
    ok(!consult(ledger, try_of(1, 1, 9, now + HOURS(25))).is_familiar,
       "and for how much longer");
    s = consult(ledger, try_of(2, SECRET, 8, now));
    ok(s.is_locked && !s.refused_at, "locked, with nothing known wrong");
    is_int(s.locked_for, MINUTES(19) + SECONDS(5), "for what is left");
    ok(consult(ledger, try_of(3, 1, 8, now)).forbidden_at == now - MINUTES(11),
       "forbidden, before the machine's start");
    is_int(be(ledger, try_of(4, 9, 8, now), &five, EAS_OUTCOME_WRONG).count, 2,
           "what was in flight counts");
    is_int(eas_ledger_unlock(ledger, 2, now), 1, "under their names");
    eas_ledger_load(ledger, now, DATE, f.bytes, f.length, &loaded);
    is_int(loaded.passed, 3, "who is there already stays as is");
    f.left = 2;
    is_int(eas_ledger_save(ledger, now, DATE, put, &f), APR_ENOSPC,
           "a full disk is told");
}

/* One byte of the first record, of which bits are set or all replaced. */
static const struct {
    const char *name;
    int at;
    unsigned char byte;
    int is_taken;
} flips[] = {
    {"as it is", 0, 1, 1},
    {"another version", 0, 2, 0},
    {"limits nobody has", 1, 4, 0},
    {"limited without a failure", 1, 1, 0},
    {"more networks than there are", 2, 13, 0},
    {"fewer", 2, 1, 0},
    {"255 networks", 2, 255, 0},
    {"something where nothing is", 3, 1, 0},
    {"something else where nothing is", 63, 1, 0},
    {"failures without a date", 40, 1, 0},
    {"a million failures", 47, 255, 0},
    {"another name", 24, 99, 1},
    {"a network in the future", 64 + 8 + 7, 255, 1},
    {"a network of 1970", 64 + 8 + 7, 0, 1},
    {"another network", 64, 99, 1},
    {"another key", 8, 99, 1},
    {"forbidden in the future", 48 + 7, 127, 1},
};

static void test_hostile(void)
{
    eas_ledger *ledger = make(100);
    eas_ledger_loaded loaded = {0, 0, 0};
    dice d = {99};
    file all;
    file f;

    fill(ledger, &all);
    memset(&f, 0, sizeof(f));
    for (apr_size_t i = 0; i < all.length; i += EAS_LEDGER_RECORD) {
        if (all.bytes[i + 2] == 2) {
            memcpy(f.bytes, all.bytes + i, EAS_LEDGER_RECORD);
        }
    }
    for (apr_size_t i = 0; i < sizeof(flips) / sizeof(flips[0]); i++) {
        unsigned char record[EAS_LEDGER_RECORD];
        const int before = loaded.taken;

        memcpy(record, f.bytes, sizeof(record));
        record[flips[i].at] = flips[i].byte;
        ledger = make(8);
        eas_ledger_load(ledger, START, DATE, record, sizeof(record), &loaded);
        is_int(loaded.taken - before, flips[i].is_taken, flips[i].name);
    }
    eas_ledger_load(ledger, START, DATE, f.bytes, EAS_LEDGER_RECORD - 1,
                    &loaded);
    for (int i = 0; i < 100000; i++) {
        unsigned char record[EAS_LEDGER_RECORD];

        memcpy(record, f.bytes, sizeof(record));
        for (int n = 0; n < 3; n++) {
            record[roll_of(&d, EAS_LEDGER_RECORD)] = (unsigned char)roll(&d);
        }
        eas_ledger_load(ledger, START, DATE, record, sizeof(record), &loaded);
    }
    ok(loaded.refused > 50000, "of noise, most is refused");
    ok(!consult(ledger, try_of(77, 1, 1, START)).is_locked,
       "and nothing breaks");
}

/* Guesses of all threads that may have reached the directory. */
static eas_ledger *shared;
static apr_uint32_t flying;
static apr_uint32_t failures;
static apr_uint32_t most;
static apr_uint32_t reserved;

static void reserve_one(dice *d, apr_uint64_t number)
{
    eas_ledger_try attempt = try_of(1, number, 1 + roll(d) % 3, START);
    apr_interval_time_t wait;
    eas_standing standing;
    apr_uint32_t count;
    eas_hold hold;

    eas_ledger_consult(shared, &attempt, &five, &standing);
    if (!eas_ledger_reserve(shared, &attempt, &five, 0, &hold, &wait)) {
        return;
    }
    count = apr_atomic_inc32(&flying) + 1 + apr_atomic_read32(&failures);
    for (apr_uint32_t seen = apr_atomic_read32(&most);
         count > seen && apr_atomic_cas32(&most, count, seen) != seen;) {
        seen = apr_atomic_read32(&most);
    }
    apr_atomic_inc32(&reserved);
    if (number % 7 == 0) {
        apr_atomic_inc32(&failures);
        apr_atomic_dec32(&flying);
        eas_ledger_settle(shared, &attempt, &five, &hold, EAS_OUTCOME_WRONG);
    }
    else {
        apr_thread_yield();
        apr_atomic_dec32(&flying);
        eas_ledger_settle(shared, &attempt, &five, &hold, EAS_OUTCOME_VOID);
    }
}

static void *APR_THREAD_FUNC hammer(apr_thread_t *thread, void *with)
{
    const apr_uint64_t number = (apr_uint64_t)(size_t)with;
    dice d = {number + 1};

    for (apr_uint64_t i = 1; i <= ROUNDS; i++) {
        /* Most are given back; a wrong one comes now and then. */
        reserve_one(&d, i % 1000 ? 7 * (number * ROUNDS + i) + 1
                                 : 7 * (number * ROUNDS + i));
    }
    (void)thread;
    return NULL;
}

static void test_threads(void)
{
    apr_thread_t *threads[THREADS];
    apr_status_t rv;

    shared = make(64);
    for (size_t i = 0; i < THREADS; i++) {
        apr_thread_create(&threads[i], NULL, hammer, (void *)i, pool);
    }
    for (int i = 0; i < THREADS; i++) {
        apr_thread_join(&rv, threads[i]);
    }
    ok(most >= 1 && most <= (apr_uint32_t)five.attempts,
       "never more guesses than a budget, in flight and failed");
    is_int(failures, five.attempts, "and all of it in the end");
    ok(reserved > failures, "others were given back");
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_lock();
    test_peek();
    test_modes();
    test_strangers();
    test_look();
    test_full();
    test_unlock();
    test_restart();
    test_hostile();
    test_threads();
    apr_pool_destroy(pool);
    apr_terminate();
    return done_testing();
}
