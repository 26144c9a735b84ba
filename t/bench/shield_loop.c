/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions of the whole library over the shield's tables, before a directory
 * that costs nothing: what the shield itself costs.
 *
 *     shield_loop fill ACCOUNTS PROGRAM [ARGUMENT...]
 *         everybody logs in; then PROGRAM runs, which is to call:
 *     shield_loop ask ACCOUNTS REQUESTS
 *         somebody drawn logs in again, over the tables of "fill"
 *     shield_loop locks ACCOUNTS REQUESTS THREADS warm|cold|wrong
 *         the same by many threads, each lock counted and timed
 *     shield_loop micro ROUNDS
 *         the digest of a password, and a sealed record opened
 *
 * For "locks", linked with --wrap=pthread_mutex_lock and _unlock. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>

#include "eas_clock.h"
#include "eas_decide.h"
#include "eas_names.h"
#include "eas_reason.h"
#include "eas_shield.h"
#include "eas_store_table.h"

enum { SAMPLES = 20000, NETWORKS = 4096, FLIGHTS = 4096, FEW = 4096 };

#define MEMORY_VARIABLE "SHIELD_LOOP_MEMORY"

static const eas_key_secret keys = {"the same for all"};
static const char secret[] = "another secret of thirty-two by.";

/* --- the tables ------------------------------------------------------------ */

enum { NAMES, CACHE, ACCOUNTS, STRANGERS, IN_FLIGHT, NETWORK, TABLES };

static const char *const table_names[TABLES] = {
    "names", "cache", "ledger", "strangers", "flights", "networks"};

static struct {
    char *start;
    apr_size_t size;
} parts[TABLES];

static eas_shield shield;
static eas_env env;
static eas_policy policy;
static eas_provider provider = {.name = "bench",
                                .total = APR_USEC_PER_SEC * 8,
                                .fingerprint =
                                    "0123456789abcdef0123456789abcdef"};
static const eas_provider *providers[] = {&provider, NULL};
static apr_uint64_t people;

/* Two thirds full, as one that was made for so many may be. */
static apr_size_t room_for(apr_uint64_t count)
{
    return (apr_size_t)(count + count / 2);
}

static apr_size_t lay_out(char *base)
{
    const apr_size_t room = room_for(people);
    apr_size_t used = 0;

    parts[NAMES].size = eas_table_size(2 * room, eas_names_room);
    parts[CACHE].size = eas_store_table_size(room, EAS_STORE_TABLE_ROOM);
    parts[ACCOUNTS].size = eas_ledger_size(room);
    parts[STRANGERS].size = eas_ledger_size(FEW);
    parts[IN_FLIGHT].size = eas_flights_size(FLIGHTS);
    parts[NETWORK].size = eas_networks_size(NETWORKS);
    for (int i = 0; i < TABLES; i++) {
        parts[i].start = base + used;
        used += (parts[i].size + 63) / 64 * 64;
    }
    return used;
}

static void must(int done, const char *what)
{
    if (!done) {
        fprintf(stderr, "shield_loop: %s failed\n", what);
        exit(1);
    }
}

/* Of "fill", or of this process alone. */
static void map_memory(int descriptor)
{
    const apr_size_t size = lay_out(NULL);
    void *memory;

    must(descriptor < 0 || ftruncate(descriptor, (off_t)size) == 0,
         "ftruncate");
    memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE,
             MAP_SHARED | (descriptor < 0 ? MAP_ANONYMOUS : 0), descriptor, 0);
    must(memory != MAP_FAILED, "mmap");
    lay_out(memory);
}

static void make_tables(apr_pool_t *pool)
{
    must(eas_table_make(parts[NAMES].start, 2 * room_for(people),
                        eas_names_room, pool, &shield.names)
                 == APR_SUCCESS
             && eas_ledger_make(parts[ACCOUNTS].start, room_for(people), pool,
                                &shield.accounts)
                    == APR_SUCCESS
             && eas_ledger_make(parts[STRANGERS].start, FEW, pool,
                                &shield.strangers)
                    == APR_SUCCESS
             && eas_flights_make(parts[IN_FLIGHT].start, FLIGHTS, pool,
                                 &shield.flights)
                    == APR_SUCCESS
             && eas_networks_make(parts[NETWORK].start, NETWORKS, pool,
                                  &shield.networks)
                    == APR_SUCCESS,
         "a table");
}

static void make_cache(apr_pool_t *pool)
{
    eas_cache_settings settings = {.keys = &keys, .start = 1};
    eas_store *store = NULL;

    settings.clock = env.clock;
    must(eas_sealer_make(secret, 32, pool, &shield.sealer) == APR_SUCCESS
             && eas_digest_make(secret, 32, pool, &settings.digest)
                    == APR_SUCCESS
             && eas_store_table_make(parts[CACHE].start, room_for(people),
                                     EAS_STORE_TABLE_ROOM, &env.clock, pool,
                                     &store, NULL)
                    == APR_SUCCESS,
         "the cache");
    settings.sealer = shield.sealer;
    settings.store = store;
    must(eas_cache_make(&settings, pool, &shield.cache) == APR_SUCCESS,
         "the cache");
}

/* --- a directory that costs nothing ---------------------------------------- */

static atomic_ulong asked;
static eas_directory directory;

static eas_reason find(void *self, const eas_login *login,
                       const char *const *attributes, int is_fresh,
                       eas_moment deadline, apr_pool_t *pool,
                       eas_identity **identity_out, const char **detail_out)
{
    eas_identity *identity = apr_pcalloc(pool, sizeof(*identity));

    (void)self;
    (void)attributes;
    (void)is_fresh;
    (void)deadline;
    (void)detail_out;
    atomic_fetch_add(&asked, 1);
    identity->id = apr_pstrcat(pool, "guid of ", login->user, NULL);
    identity->dn = apr_pstrcat(pool, "uid=", login->user,
                               ",ou=people,dc=bench,dc=example", NULL);
    identity->account.user = login->user;
    identity->account.domain = "BENCH";
    identity->stamp = "20261124120000Z";
    identity->expires_in = -1;
    *identity_out = identity;
    return EAS_REASON_NONE;
}

/* Wrong passwords say so. */
static eas_reason verify(void *self, eas_identity *identity,
                         const char *password, eas_moment deadline,
                         apr_pool_t *pool, const char **detail_out)
{
    (void)self;
    (void)deadline;
    (void)pool;
    (void)detail_out;
    atomic_fetch_add(&asked, 1);
    if (!strncmp(password, "wrong", 5)) {
        return EAS_WRONG_PASSWORD;
    }
    identity->proof = EAS_PROOF_PASSWORD;
    return EAS_REASON_NONE;
}

static apr_interval_time_t down_for(void *self)
{
    (void)self;
    return 0;
}

static int is_down(void *self)
{
    (void)self;
    return 0;
}

static eas_reason lockout(void *self, const eas_identity *identity,
                          eas_moment deadline, apr_pool_t *pool,
                          eas_lockout_limits *limits_out)
{
    (void)self;
    (void)identity;
    (void)deadline;
    (void)pool;
    limits_out->threshold = 10;
    limits_out->window = apr_time_from_sec(1800);
    return EAS_REASON_NONE;
}

static const eas_directory *get_directory(void *self, const char *name)
{
    (void)self;
    (void)name;
    return &directory;
}

static apr_uint32_t get_random(void *self)
{
    static atomic_uint drawn;

    (void)self;
    return atomic_fetch_add(&drawn, 0x9e3779b9u);
}

static void pause_for(void *self, apr_interval_time_t span)
{
    (void)self;
    apr_sleep(span);
}

static void changed(void *self, const eas_shield_event *event)
{
    (void)self;
    (void)event;
}

static void make_env(apr_pool_t *pool)
{
    static _Atomic eas_moment flushed_at;
    static eas_counters counters;
    static eas_limits limits;

    directory.find = find;
    directory.verify = verify;
    directory.down_for = down_for;
    directory.is_down = is_down;
    directory.lockout = lockout;
    env.clock = (eas_clock){NULL, eas_clock_now, eas_clock_date};
    env.directory = get_directory;
    env.random = get_random;
    env.shield = &shield;
    policy.providers = providers;
    policy.cache_ttl = apr_time_from_sec(3600);
    policy.refused_ttl = apr_time_from_sec(3600);
    policy.shield =
        (eas_shield_settings){EAS_LOCKOUT_ENFORCE, 0, 0, EAS_SPRAY_LOG, 1};
    eas_template_compile("%u", pool, &policy.remote_user);
    shield.keys = &keys;
    shield.limits = &limits;
    shield.flushed_at = &flushed_at;
    shield.counters = &counters;
    shield.owner = 1;
    shield.pause = pause_for;
    shield.changed = changed;
    make_tables(pool);
    make_cache(pool);
    must(eas_seats_make(16, NULL, pool, &shield.followers) == APR_SUCCESS,
         "seats");
}

/* --- locks ----------------------------------------------------------------- */

typedef struct lock_times {
    apr_uint64_t count;
    unsigned waited[SAMPLES]; /* nanoseconds */
    unsigned held[SAMPLES];
} lock_times;

/* Of one thread; NULL where nothing is to be counted. */
static _Thread_local lock_times *times;
static _Thread_local apr_uint64_t locked_at;
static _Thread_local unsigned waited;

int __real_pthread_mutex_lock(pthread_mutex_t *mutex);
int __real_pthread_mutex_unlock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex);

static apr_uint64_t nanoseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (apr_uint64_t)now.tv_sec * 1000000000 + (apr_uint64_t)now.tv_nsec;
}

/* The table a lock is in; TABLES for none. */
static int table_of(const void *mutex)
{
    const char *at = mutex;
    int i = 0;

    while (i < TABLES
           && (at < parts[i].start || at >= parts[i].start + parts[i].size)) {
        i++;
    }
    return i;
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
    const apr_uint64_t before = times ? nanoseconds() : 0;
    const int rc = __real_pthread_mutex_lock(mutex);

    if (times) {
        locked_at = nanoseconds();
        waited = (unsigned)(locked_at - before);
    }
    return rc;
}

int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    const int table = times ? table_of(mutex) : TABLES;

    if (table < TABLES) {
        lock_times *of = &times[table];

        of->waited[of->count % SAMPLES] = waited;
        of->held[of->count % SAMPLES] = (unsigned)(nanoseconds() - locked_at);
        of->count++;
    }
    return __real_pthread_mutex_unlock(mutex);
}

static int by_size(const void *a, const void *b)
{
    const unsigned x = *(const unsigned *)a;
    const unsigned y = *(const unsigned *)b;

    return (x > y) - (x < y);
}

static void show_samples(const char *what, unsigned *all, size_t count)
{
    qsort(all, count, sizeof(*all), by_size);
    printf(" %s=%u,%u,%u", what, all[count / 2], all[count * 99 / 100],
           all[count - 1]);
}

/* --- who logs in ----------------------------------------------------------- */

typedef enum { IN_TURN, DRAWN } order;

typedef struct worker {
    apr_thread_t *thread;
    apr_pool_t *pool;
    apr_uint64_t first;
    apr_uint64_t requests;
    apr_uint64_t seed;
    order order;
    int is_wrong;
    eas_reason expected;
    apr_uint64_t odd; /* answers that were not expected */
    lock_times *times;
} worker;

static apr_uint64_t draw(apr_uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed >> 11;
}

static void log_in(worker *w, apr_uint64_t who)
{
    char login[32];
    char password[48];
    const eas_credential credential = {login, password};
    const eas_attempt attempt = {.reason = EAS_REASON_NONE,
                                 .credential = &credential};
    const eas_client client = {.address = "192.0.2.1"};

    snprintf(login, sizeof(login), "user%07lu", (unsigned long)who);
    snprintf(password, sizeof(password), "%s of %lu",
             w->is_wrong ? "wrong" : "secret", (unsigned long)who);
    w->odd += eas_decide(&env, &policy, &client, &attempt, w->pool).reason
              != w->expected;
    apr_pool_clear(w->pool);
}

static void work(worker *w)
{
    times = w->times;
    for (apr_uint64_t i = 0; i < w->requests; i++) {
        log_in(w, w->order == IN_TURN ? (w->first + i) % people
                                      : draw(&w->seed) % people);
    }
    times = NULL;
}

static void *APR_THREAD_FUNC work_in_thread(apr_thread_t *thread, void *data)
{
    (void)thread;
    work(data);
    return NULL;
}

static worker *make_workers(const worker *like, int threads, apr_pool_t *pool)
{
    worker *made = apr_pcalloc(pool, sizeof(*made) * (size_t)threads);

    for (int i = 0; i < threads; i++) {
        apr_allocator_t *allocator;

        made[i] = *like;
        made[i].requests = like->requests / (apr_uint64_t)threads;
        made[i].first = made[i].requests * (apr_uint64_t)i;
        made[i].seed = (apr_uint64_t)i + 1;
        apr_allocator_create(&allocator);
        apr_pool_create_ex(&made[i].pool, NULL, NULL, allocator);
        if (like->times) {
            made[i].times = apr_pcalloc(pool, TABLES * sizeof(lock_times));
        }
    }
    return made;
}

/* @return the workers, when they are done; @a seconds for all */
static worker *run(const worker *like, int threads, double *seconds,
                   apr_pool_t *pool)
{
    worker *workers = make_workers(like, threads, pool);
    const apr_uint64_t before = nanoseconds();
    apr_status_t rv;

    for (int i = 0; i < threads; i++) {
        apr_thread_create(&workers[i].thread, NULL, work_in_thread, &workers[i],
                          pool);
    }
    for (int i = 0; i < threads; i++) {
        apr_thread_join(&rv, workers[i].thread);
        must(!workers[i].odd, "an answer");
    }
    *seconds = (double)(nanoseconds() - before) / 1e9;
    return workers;
}

/* --- what is asked for ----------------------------------------------------- */

static void everybody(int is_wrong, apr_pool_t *pool)
{
    const worker like = {.requests = people,
                         .is_wrong = is_wrong,
                         .expected =
                             is_wrong ? EAS_WRONG_PASSWORD : EAS_GRANTED};
    double seconds;

    run(&like, 1, &seconds, pool);
}

static int fill(char **command, apr_pool_t *pool)
{
    const int descriptor = memfd_create("shield_loop", 0);

    must(descriptor >= 0, "memfd_create");
    map_memory(descriptor);
    make_env(pool);
    everybody(0, pool);
    printf("accounts=%lu names=%.0f cache=%.0f ledger=%.0f\n",
           (unsigned long)people,
           (double)parts[NAMES].size / (double)room_for(people),
           (double)parts[CACHE].size / (double)room_for(people),
           (double)parts[ACCOUNTS].size / (double)room_for(people));
    fflush(stdout);
    setenv(MEMORY_VARIABLE, apr_itoa(pool, descriptor), 1);
    execvp(command[0], command);
    must(0, command[0]);
    return 1;
}

static int ask(apr_uint64_t requests, apr_pool_t *pool)
{
    const char *descriptor = getenv(MEMORY_VARIABLE);
    worker w = {.requests = requests,
                .seed = 1,
                .order = DRAWN,
                .expected = EAS_GRANTED};
    apr_uint64_t before;

    must(descriptor != NULL, "finding the memory");
    map_memory(atoi(descriptor));
    make_env(pool);
    apr_pool_create(&w.pool, pool);
    before = nanoseconds();
    work(&w);
    printf("ns=%.0f odd=%lu asked=%lu\n",
           (double)(nanoseconds() - before) / (double)requests,
           (unsigned long)w.odd, atomic_load(&asked));
    return 0;
}

static void show_locks(const worker *workers, int threads, int table,
                       apr_uint64_t requests, apr_pool_t *pool)
{
    const size_t most = (size_t)threads * SAMPLES;
    unsigned *held = apr_palloc(pool, most * sizeof(*held));
    unsigned *wait = apr_palloc(pool, most * sizeof(*wait));
    apr_uint64_t count = 0;
    size_t used = 0;

    for (int i = 0; i < threads; i++) {
        const lock_times *of = &workers[i].times[table];
        const size_t n = of->count < SAMPLES ? of->count : SAMPLES;

        memcpy(held + used, of->held, n * sizeof(*held));
        memcpy(wait + used, of->waited, n * sizeof(*wait));
        used += n;
        count += of->count;
    }
    printf("lock=%s each=%.6f", table_names[table],
           (double)count / (double)requests);
    if (used) {
        show_samples("held", held, used);
        show_samples("waited", wait, used);
    }
    printf("\n");
}

static int count_locks(apr_uint64_t requests, int threads, const char *kind,
                       apr_pool_t *pool)
{
    const int is_wrong = !strcmp(kind, "wrong");
    const int is_cold = !strcmp(kind, "cold");
    lock_times none;
    const worker like = {
        .requests = requests,
        .order = is_cold ? IN_TURN : DRAWN,
        .is_wrong = is_wrong,
        .expected = is_wrong ? EAS_KNOWN_WRONG : EAS_GRANTED,
        .times = &none,
    };
    const worker *workers;
    double seconds;

    map_memory(-1);
    make_env(pool);
    if (!is_cold) {
        everybody(is_wrong, pool);
    }
    atomic_store(&asked, 0);
    workers = run(&like, threads, &seconds, pool);
    printf("rate=%.0f asked=%lu\n", (double)requests / seconds,
           atomic_load(&asked));
    for (int i = 0; i < TABLES; i++) {
        show_locks(workers, threads, i, requests, pool);
    }
    return 0;
}

/* What the record of one person is long. */
enum { RECORD = 200 };

static int micro(apr_uint64_t rounds, apr_pool_t *pool)
{
    const eas_key account = {{1, 2}};
    unsigned char text[RECORD] = {0};
    unsigned char sealed[RECORD + EAS_SEAL_OVERHEAD];
    apr_size_t length = 0;
    eas_digest_value value;
    eas_digest *digest = NULL;
    eas_sealer *sealer = NULL;
    apr_uint64_t at[3];

    must(eas_digest_make(secret, 32, pool, &digest) == APR_SUCCESS
             && eas_sealer_make(secret, 32, pool, &sealer) == APR_SUCCESS
             && eas_seal(sealer, "context", 7, text, RECORD, sealed,
                         sizeof(sealed), &length)
                    == APR_SUCCESS,
         "sealing");
    at[0] = nanoseconds();
    for (apr_uint64_t i = 0; i < rounds; i++) {
        eas_digest_of(digest, &account, "a password of hers", &value);
    }
    at[1] = nanoseconds();
    for (apr_uint64_t i = 0; i < rounds; i++) {
        apr_size_t inside;

        eas_unseal(sealer, "context", 7, sealed, length, text, RECORD, &inside,
                   NULL);
    }
    at[2] = nanoseconds();
    printf("digest=%.0f open=%.0f\n", (double)(at[1] - at[0]) / (double)rounds,
           (double)(at[2] - at[1]) / (double)rounds);
    return 0;
}

int main(int argc, char **argv)
{
    apr_pool_t *pool;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    if (argc > 2) {
        people = strtoull(argv[2], NULL, 10);
    }
    if (argc > 3 && !strcmp(argv[1], "fill")) {
        return fill(argv + 3, pool);
    }
    if (argc == 4 && !strcmp(argv[1], "ask")) {
        return ask(strtoull(argv[3], NULL, 10), pool);
    }
    if (argc == 6 && !strcmp(argv[1], "locks")) {
        return count_locks(strtoull(argv[3], NULL, 10), atoi(argv[4]), argv[5],
                           pool);
    }
    if (argc == 3 && !strcmp(argv[1], "micro")) {
        return micro(people, pool);
    }
    fprintf(stderr, "usage: see the top of shield_loop.c\n");
    return 2;
}
