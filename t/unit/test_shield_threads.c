/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many threads of one process decide at once, over the real tables: what the
 * directory hears of them.  The clock is the real one, for those who wait for
 * another's answer do sleep.
 */
#include <stdatomic.h>

#include <apr_general.h>
#include <apr_thread_proc.h>

#include "eas_clock.h"
#include "fake_shield.h"

enum { THREADS = 50, GUESSES = 200, ATTEMPTS = 3 };

#define TAKES apr_time_from_msec(60)

/* A directory that takes its time, and counts. */
typedef struct slow {
    atomic_int verified;
    atomic_int at_once;   /* binds under way */
    atomic_int most;      /* of those, ever */
    atomic_int failures;  /* so many binds have no answer, first of all */
    atomic_int is_closed; /* a bind waits until it is opened */
} slow;

static apr_pool_t *pool;
static slow directory;
static world base;
static fake_shield shield;

static eas_reason slow_find(void *self, const eas_login *login,
                            const char *const *attributes, int is_fresh,
                            eas_moment deadline, apr_pool_t *p,
                            eas_identity **identity_out,
                            const char **detail_out)
{
    eas_identity *identity = apr_pcalloc(p, sizeof(*identity));

    (void)self;
    (void)attributes;
    (void)is_fresh;
    (void)deadline;
    (void)detail_out;
    identity->id = "1";
    identity->dn = "cn=alice";
    identity->account.user = apr_pstrdup(p, login->user);
    identity->expires_in = -1;
    *identity_out = identity;
    return EAS_REASON_NONE;
}

static void count_in(slow *s)
{
    const int now = atomic_fetch_add(&s->at_once, 1) + 1;
    int most = atomic_load(&s->most);

    atomic_fetch_add(&s->verified, 1);
    while (most < now && !atomic_compare_exchange_weak(&s->most, &most, now)) {
    }
}

static eas_reason slow_verify(void *self, eas_identity *identity,
                              const char *password, eas_moment deadline,
                              apr_pool_t *p, const char **detail_out)
{
    slow *s = self;
    int fails;

    (void)deadline;
    (void)p;
    (void)detail_out;
    count_in(s);
    apr_sleep(TAKES);
    while (atomic_load(&s->is_closed)) {
        apr_sleep(apr_time_from_msec(1));
    }
    fails = atomic_fetch_sub(&s->failures, 1) > 0;
    atomic_fetch_sub(&s->at_once, 1);
    if (fails) {
        return EAS_DIRECTORY_DOWN;
    }
    if (strcmp(password, "right")) {
        return EAS_WRONG_PASSWORD;
    }
    identity->proof = EAS_PROOF_PASSWORD;
    return EAS_REASON_NONE;
}

static int slow_is_down(void *self)
{
    (void)self;
    return 0;
}

static apr_interval_time_t slow_down_for(void *self)
{
    (void)self;
    return 0;
}

static eas_reason slow_lockout(void *self, const eas_identity *identity,
                               eas_moment deadline, apr_pool_t *p,
                               eas_lockout_limits *limits_out)
{
    (void)self;
    (void)identity;
    (void)deadline;
    (void)p;
    *limits_out = (eas_lockout_limits){10, SECONDS(1800)};
    return EAS_REASON_NONE;
}

static void wait_for(void *self, apr_interval_time_t span)
{
    (void)self;
    apr_sleep(span);
}

static void say_nothing(void *self, const eas_shield_event *event)
{
    (void)self;
    (void)event;
}

static atomic_uint draws;

static apr_uint32_t draw(void *self)
{
    (void)self;
    return atomic_fetch_add(&draws, 1) * 2654435761u;
}

static const eas_directory slow_one = {
    &directory, EAS_LDAP_GENERIC, slow_find,    slow_verify,  NULL, NULL,
    NULL,       slow_down_for,    slow_is_down, slow_lockout, NULL};

static const eas_directory *get_slow(void *self, const char *provider)
{
    (void)self;
    (void)provider;
    return &slow_one;
}

static void begin(void)
{
    memset(&directory, 0, sizeof(directory));
    world_make(&base, pool);
    base.env.clock.now = eas_clock_now;
    base.env.clock.date = eas_clock_date;
    base.env.random = draw;
    base.env.directory = get_slow;
    fake_shield_make(&shield, &base, pool);
    shield.shield.pause = wait_for;
    shield.shield.changed = say_nothing;
}

/* --- one who asks --------------------------------------------------------------- */

typedef struct asker {
    apr_thread_t *thread;
    const char *password;
    eas_reason reason;
    eas_moment until;
    int is_proven;
} asker;

static void *APR_THREAD_FUNC ask(apr_thread_t *thread, void *data)
{
    asker *one = data;
    apr_pool_t *own = NULL;
    const eas_credential credential = {"alice", one->password};
    const eas_attempt attempt = {.credential = &credential};
    eas_verdict v;

    (void)thread;
    apr_pool_create(&own, NULL);
    v = eas_decide(&base.env, &base.policy, &base.client, &attempt, own);
    one->reason = v.reason;
    one->until = v.until;
    one->is_proven = v.identity && v.identity->proof == EAS_PROOF_PASSWORD;
    apr_pool_destroy(own);
    return NULL;
}

static void start(asker *one, const char *password)
{
    memset(one, 0, sizeof(*one));
    one->password = password;
    if (apr_thread_create(&one->thread, NULL, ask, one, pool) != APR_SUCCESS) {
        one->thread = NULL;
    }
}

static void join(asker *one)
{
    apr_status_t rv;

    if (one->thread) {
        apr_thread_join(&rv, one->thread);
    }
}

static int count(const asker *all, int n, eas_reason reason)
{
    int found = 0;

    for (int i = 0; i < n; i++) {
        found += all[i].reason == reason
                 && all[i].is_proven == (reason == EAS_GRANTED);
    }
    return found;
}

static void ask_at_once(asker *all, int n, const char *password)
{
    for (int i = 0; i < n; i++) {
        start(&all[i], password);
    }
    for (int i = 0; i < n; i++) {
        join(&all[i]);
    }
}

/* --- stories ---------------------------------------------------------------------- */

static void test_same(void)
{
    static asker all[THREADS];

    begin();
    ask_at_once(all, THREADS, "right");
    is_int(count(all, THREADS, EAS_GRANTED), THREADS, "all are let in");
    is_int(atomic_load(&directory.verified), 1, "by one bind");
    begin();
    ask_at_once(all, THREADS, "wrong");
    is_int(count(all, THREADS, EAS_WRONG_PASSWORD)
               + count(all, THREADS, EAS_KNOWN_WRONG),
           THREADS, "all are refused");
    is_int(atomic_load(&directory.verified), 1, "by one bind as well");
}

static void test_guesses(void)
{
    static asker all[GUESSES];

    begin();
    for (int i = 0; i < GUESSES; i++) {
        start(&all[i], apr_psprintf(pool, "wrong %d", i));
    }
    for (int i = 0; i < GUESSES; i++) {
        join(&all[i]);
    }
    is_int(count(all, GUESSES, EAS_WRONG_PASSWORD), ATTEMPTS,
           "as many guesses as there are");
    is_int(count(all, GUESSES, EAS_SHIELD_LOCKED), GUESSES - ATTEMPTS,
           "the others are held");
    is_int(atomic_load(&directory.verified), ATTEMPTS, "before any bind");
}

/* Who asked for all of them got no answer: the next one asks, and not all. */
static void test_failure(void)
{
    static asker all[THREADS];

    begin();
    atomic_store(&directory.failures, 1);
    ask_at_once(all, THREADS, "right");
    is_int(count(all, THREADS, EAS_DIRECTORY_DOWN), 1, "one has no answer");
    is_int(count(all, THREADS, EAS_GRANTED), THREADS - 1, "the others do");
    is_int(atomic_load(&directory.verified), 2, "by the second bind");
    is_int(atomic_load(&directory.most), 1, "which was not made beside it");
}

static void wait_verified(int n)
{
    while (atomic_load(&directory.verified) < n) {
        apr_sleep(apr_time_from_msec(1));
    }
}

/* What was asked before a flush is no answer for who comes after it. */
static void test_flush(void)
{
    asker first;
    asker second;

    begin();
    atomic_store(&directory.is_closed, 1);
    start(&first, "right");
    wait_verified(1);
    atomic_store(&shield.flushed_at, eas_clock_now(NULL));
    apr_sleep(apr_time_from_msec(1));
    start(&second, "right");
    apr_sleep(apr_time_from_msec(50)); /* so that it waits */
    atomic_store(&directory.is_closed, 0);
    join(&first);
    join(&second);
    is_int(first.reason, EAS_GRANTED, "asked before a flush");
    is_int(second.reason, EAS_GRANTED, "and after it");
    is_int(atomic_load(&directory.verified), 2, "each is asked about");
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_same();
    test_guesses();
    test_failure();
    test_flush();
    apr_terminate();
    return done_testing();
}
