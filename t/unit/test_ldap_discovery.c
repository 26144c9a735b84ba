/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a directory's servers, and for how long: a clock that is
 * put forward, and a name server that says what the test wants. */
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>
#include <apr_thread_proc.h>

#include "eas_clock.h"
#include "eas_ldap_discovery.h"
#include "tap.h"

#define SITE "_ldap._tcp.Berlin._sites.dc._msdcs.d.x"
#define DC "_ldap._tcp.dc._msdcs.d.x"
#define LDAP "_ldap._tcp.d.x"
#define LDAPS "_ldaps._tcp.d.x"

static apr_pool_t *pool;

/* --- the name server ------------------------------------------------------*/

/* What it says of a name: "TTL PRIORITY PORT TARGET,PRIORITY ..."; with `!`
 * in front, why it says nothing: n(one), f(ailed), t(ime is up). */
typedef struct zone {
    const char *name;
    const char *says;
} zone;

static struct {
    const zone *zones; /* up to one without a name */
    const char *asked; /* names asked for */
    int lookups;
    eas_moment now;
    eas_moment until; /* the deadline it was given */
} world;

static eas_moment fake_now(void *self)
{
    (void)self;
    return world.now;
}

static apr_uint32_t fake_random(void *self)
{
    (void)self;
    return 0;
}

static eas_ldap_srv_result refuse(const char *name, char how,
                                  eas_moment deadline, apr_pool_t *p,
                                  const char **detail_out)
{
    *detail_out = apr_psprintf(p, "%s: %c", name, how);
    if (how == 't')
        world.now = deadline;
    return how == 'n'   ? EAS_LDAP_SRV_NONE
           : how == 'f' ? EAS_LDAP_SRV_FAILED
                        : EAS_LDAP_SRV_NO_ANSWER;
}

static void read_records(const char *says, apr_pool_t *p,
                         apr_array_header_t **records_out,
                         apr_interval_time_t *ttl_out)
{
    apr_array_header_t *records = apr_array_make(p, 4, sizeof(eas_srv_record));
    char *state = NULL;
    char *word = apr_pstrdup(p, says);

    *ttl_out = apr_time_from_sec(strtol(word, &word, 10));
    for (word = apr_strtok(word, ",", &state); word;
         word = apr_strtok(NULL, ",", &state)) {
        eas_srv_record *record = apr_array_push(records);

        record->priority = (apr_uint16_t)strtol(word, &word, 10);
        record->weight = 0;
        record->port = (apr_uint16_t)strtol(word, &word, 10);
        record->target = word + 1;
    }
    *records_out = records;
}

static eas_ldap_srv_result fake_lookup(void *self, const char *name,
                                       eas_moment deadline, apr_pool_t *p,
                                       apr_array_header_t **records_out,
                                       apr_interval_time_t *ttl_out,
                                       const char **detail_out)
{
    const zone *z = world.zones;

    (void)self;
    world.lookups++;
    world.asked = apr_pstrcat(pool, world.asked, *world.asked ? " " : "", name,
                              NULL);
    world.until = deadline;
    while (z->name && strcmp(z->name, name) != 0)
        z++;
    if (!z->name || *z->says == '!')
        return refuse(name, z->name ? z->says[1] : 'n', deadline, p,
                      detail_out);
    read_records(z->says, p, records_out, ttl_out);
    return EAS_LDAP_SRV_FOUND;
}

static const eas_ldap_discovery_means fake = {
    fake_lookup, fake_random, NULL, { NULL, fake_now, NULL }
};

/* --- what is asked for and what comes of it -------------------------------*/

static const char *discover(eas_ldap_discovery *d, int seconds)
{
    apr_array_header_t *hosts = NULL;
    const char *detail = NULL;
    const char *text = "";
    eas_reason reason;

    reason = eas_ldap_discover(d, world.now + apr_time_from_sec(seconds), pool,
                               &hosts, &detail);
    if (reason == EAS_DIRECTORY_NAME)
        return apr_pstrcat(pool, hosts ? "touched, " : "", "no: ", detail,
                           NULL);
    for (int i = 0; i < hosts->nelts; i++)
        text = apr_pstrcat(pool, text, i ? " " : "",
                           APR_ARRAY_IDX(hosts, i, eas_ldap_host).uri, NULL);
    return detail ? "detail" : text;
}

static eas_ldap_discovery *make(eas_ldap_type type, int ldaps,
                                const char *site, const zone *zones)
{
    eas_ldap_settings *settings = apr_pcalloc(pool, sizeof(*settings));
    eas_ldap_discovery *made = NULL;

    settings->url.ldaps = ldaps;
    settings->url.srv_domain = "d.x";
    settings->type = type;
    settings->site = site;
    world.zones = zones;
    world.asked = "";
    world.now = apr_time_from_sec(1000);
    eas_ldap_discovery_make_with(settings, &fake, pool, &made);
    return made;
}

static const struct {
    const char *name;
    eas_ldap_type type;
    int ldaps;
    const char *site;
    zone zones[4];
    const char *asked;
    const char *expected;
} rows[] = {
    { "ldap", EAS_LDAP_GENERIC, 0, NULL, { { LDAP, "60 0 389 a" } }, LDAP,
      "ldap://a:389" },
    { "by priority", EAS_LDAP_GENERIC, 0, NULL,
      { { LDAP, "60 2 389 c,0 1389 a,1 389 b" } }, LDAP,
      "ldap://a:1389 ldap://b:389 ldap://c:389" },
    { "ldaps", EAS_LDAP_GENERIC, 1, NULL,
      { { LDAPS, "60 0 636 a" }, { LDAP, "60 0 389 b" } }, LDAPS,
      "ldaps://a:636" },
    { "ldaps by the records for ldap", EAS_LDAP_GENERIC, 1, NULL,
      { { LDAP, "60 0 389 a,1 3268 b,2 1389 c" } }, LDAPS " " LDAP,
      "ldaps://a:636 ldaps://b:3269 ldaps://c:1389" },
    { "ldaps, decidedly not there", EAS_LDAP_GENERIC, 1, NULL,
      { { LDAPS, "60 0 0 ." }, { LDAP, "60 0 389 a" } }, LDAPS " " LDAP,
      "ldaps://a:636" },
    { "a name server that fails for one name", EAS_LDAP_GENERIC, 1, NULL,
      { { LDAPS, "!f" }, { LDAP, "60 0 389 a" } }, LDAPS " " LDAP,
      "ldaps://a:636" },
    { "a name server that does not answer", EAS_LDAP_GENERIC, 1, NULL,
      { { LDAPS, "!t" }, { LDAP, "60 0 389 a" } }, LDAPS,
      "no: " LDAPS ": t" },
    { "nowhere", EAS_LDAP_GENERIC, 1, NULL, { { NULL, NULL } },
      LDAPS " " LDAP, "no: " LDAPS ": n; " LDAP ": n" },
    { "no service", EAS_LDAP_GENERIC, 0, NULL, { { LDAP, "60 0 0 ." } }, LDAP,
      "no: " LDAP ": says there is no such service" },
    { "a site", EAS_LDAP_ACTIVE_DIRECTORY, 0, "Berlin",
      { { SITE, "60 0 389 a" }, { DC, "60 0 389 b" } }, SITE,
      "ldap://a:389" },
    { "a site without servers", EAS_LDAP_ACTIVE_DIRECTORY, 0, "Berlin",
      { { DC, "60 0 389 b" } }, SITE " " DC, "ldap://b:389" },
    { "a site, the last name", EAS_LDAP_ACTIVE_DIRECTORY, 1, "Berlin",
      { { LDAP, "60 0 389 c" } }, SITE " " DC " " LDAP, "ldaps://c:636" },
    { "Active Directory without a site", EAS_LDAP_ACTIVE_DIRECTORY, 0, NULL,
      { { SITE, "60 0 389 a" }, { DC, "60 0 389 b" } }, DC, "ldap://b:389" },
    { "one server twice", EAS_LDAP_GENERIC, 1, NULL,
      { { LDAP, "60 0 389 a,1 636 A,2 389 b,3 637 a" } }, LDAPS " " LDAP,
      "ldaps://a:636 ldaps://b:636 ldaps://a:637" },
    { "seventeen servers", EAS_LDAP_GENERIC, 0, NULL,
      { { LDAP, "60 0 1 a,1 1 b,2 1 c,3 1 d,4 1 e,5 1 f,6 1 g,7 1 h,8 1 i,"
                "9 1 j,10 1 k,11 1 l,12 1 m,13 1 n,14 1 o,15 1 p,16 1 q" } },
      LDAP,
      "ldap://a:1 ldap://b:1 ldap://c:1 ldap://d:1 ldap://e:1 ldap://f:1 "
      "ldap://g:1 ldap://h:1 ldap://i:1 ldap://j:1 ldap://k:1 ldap://l:1 "
      "ldap://m:1 ldap://n:1 ldap://o:1 ldap://p:1" },
};

static void test_names(void)
{
    for (apr_size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        eas_ldap_discovery *d = make(rows[i].type, rows[i].ldaps, rows[i].site,
                                     rows[i].zones);

        is_str(discover(d, 8), rows[i].expected, rows[i].name);
        is_str(world.asked, rows[i].asked, tap_row(rows[i].name, "asked"));
    }
}

/* --- for how long ---------------------------------------------------------*/

#define GOOD "60 0 389 a"
#define A "ldap://a:389"
#define B "ldap://b:389"

/* One after the other: so many seconds later the name server would say this,
 * and this is the answer. */
typedef struct step {
    int later;
    const char *says;
    int deadline; /* seconds from then */
    int asks;     /* whether it is asked */
    const char *expected;
} step;

static const struct {
    const char *name;
    step steps[10];
} stories[] = {
    { "a TTL within bounds",
      { { 0, "60 0 389 a", 8, 1, A },
        { 59, "60 0 389 b", 8, 0, A },
        { 1, "60 0 389 b", 8, 1, B } } },
    { "a TTL of nothing is 30 s",
      { { 0, "0 0 389 a", 8, 1, A },
        { 29, "0 0 389 b", 8, 0, A },
        { 1, "0 0 389 b", 8, 1, B } } },
    { "a TTL of weeks is an hour",
      { { 0, "2147483647 0 389 a", 8, 1, A },
        { 3599, "0 0 389 b", 8, 0, A },
        { 1, "0 0 389 b", 8, 1, B } } },
    { "what is known outlives the name server",
      { { 0, GOOD, 8, 1, A },
        { 60, "!t", 8, 1, A },
        { 29, "60 0 389 b", 8, 0, A },
        { 1, "!f", 8, 1, A },
        { 30, "!n", 8, 1, A },
        { 86400, "!t", 8, 1, A },
        { 30, "60 0 389 b", 8, 1, B } } },
    { "a failure is known for 5 s",
      { { 0, "!f", 8, 1, "no: " LDAP ": f" },
        { 4, GOOD, 8, 0, "no: " LDAP ": f" },
        { 1, "!n", 8, 1, "no: " LDAP ": n" },
        { 5, GOOD, 8, 1, A } } },
    { "silence is known for 5 s",
      { { 0, "!t", 8, 1, "no: " LDAP ": t" },
        { 4, GOOD, 8, 0, "no: " LDAP ": t" },
        { 1, GOOD, 8, 1, A } } },
    { "who had no time asks nobody",
      { { 0, GOOD, 0, 0, "no: no answer from the name server in time" },
        { 0, GOOD, 8, 1, A },
        { 3600, "60 0 389 b", 0, 0, A },
        { 0, "60 0 389 b", 8, 1, B } } },
};

static void run_story(apr_size_t story)
{
    zone zones[2] = { { LDAP, "" }, { NULL, NULL } };
    eas_ldap_discovery *d = make(EAS_LDAP_GENERIC, 0, NULL, zones);

    for (const step *s = stories[story].steps; s->expected; s++) {
        const char *name = apr_psprintf(
            pool, "%s: step %d", stories[story].name,
            (int)(s - stories[story].steps) + 1);

        zones[0].says = s->says;
        world.asked = "";
        world.now += apr_time_from_sec(s->later);
        is_str(discover(d, s->deadline), s->expected, name);
        is_int(*world.asked != '\0', s->asks, tap_row(name, "asks"));
    }
}

/* Who brings up to date what is known has a second for it, and who knows
 * nothing all the time there is. */
static void test_time(void)
{
    zone zones[2] = { { LDAP, GOOD }, { NULL, NULL } };
    eas_ldap_discovery *d = make(EAS_LDAP_GENERIC, 0, NULL, zones);
    const char *detail = NULL;
    apr_array_header_t *hosts = NULL;
    eas_moment begin = world.now;

    discover(d, 8);
    is_int(world.until - begin, apr_time_from_sec(8), "the first time: all");
    begin = world.now += apr_time_from_sec(60);
    discover(d, 8);
    is_int(world.until - begin, apr_time_from_sec(1), "later: a second");
    begin = world.now += apr_time_from_sec(60);
    eas_ldap_discover(d, begin + 1000, pool, &hosts, &detail);
    is_int(world.until - begin, 1000, "or what is left");
    zones[0].says = "!t";
    d = make(EAS_LDAP_GENERIC, 0, NULL, zones);
    eas_ldap_discover(d, world.now + 1000, pool, &hosts, &detail);
    world.asked = "";
    zones[0].says = GOOD;
    is_str(discover(d, 8), A, "who had a moment says nothing of the server");
}

/* Whether a question to the name server is what a caller would wait for. */
static void test_waits(void)
{
    zone zones[2] = { { LDAP, "!f" }, { NULL, NULL } };
    eas_ldap_discovery *d = make(EAS_LDAP_GENERIC, 0, NULL, zones);

    is_int(eas_ldap_discovery_waits(d), 1, "nothing was asked: waits");
    discover(d, 8);
    is_int(eas_ldap_discovery_waits(d), 0, "a failure is known: does not");
    world.now += apr_time_from_sec(5);
    is_int(eas_ldap_discovery_waits(d), 1, "it is old: waits");
    zones[0].says = GOOD;
    discover(d, 8);
    is_int(eas_ldap_discovery_waits(d), 0, "servers are known: does not");
    world.now += apr_time_from_sec(86400);
    is_int(eas_ldap_discovery_waits(d), 0, "they are old: does not");
}

/* --- memory ---------------------------------------------------------------*/

/* A pool hands out one piece behind the other: where two lie side by side,
 * nothing was taken in between. */
static void test_memory(void)
{
    zone zones[2] = { { LDAP, "0 0 389 a,1 389 b,2 389 c" }, { NULL, NULL } };
    apr_pool_t *all = pool;
    apr_pool_t *own = NULL;
    eas_ldap_discovery *d;
    char *before;
    char *after;
    int failed = 0;

    apr_pool_create(&own, all);
    pool = own;
    d = make(EAS_LDAP_ACTIVE_DIRECTORY, 0, "Berlin", zones);
    world.lookups = 0;
    before = apr_palloc(own, 1);
    for (int i = 0; i < 10000; i++) {
        apr_pool_create(&pool, all);
        zones[0].says = i % 3 ? "0 0 389 a,1 389 b,2 389 c" : "!f";
        world.asked = "";
        world.now += apr_time_from_sec(30);
        failed += *discover(d, 8) != (i ? 'l' : 'n');
        apr_pool_destroy(pool);
    }
    after = apr_palloc(own, 1);
    pool = all;
    is_int(world.lookups, 30000, "10,000 times three names were asked for");
    is_int(failed, 0, "and answered");
    is_int(after - before, APR_ALIGN_DEFAULT(1), "and no memory kept of them");
    apr_pool_destroy(own);
}

/* --- threads --------------------------------------------------------------*/

/* A name server that answers when it is let. */
static struct {
    apr_thread_mutex_t *mutex;
    apr_thread_cond_t *changed;
    int entered;
    int open;
    eas_moment ahead; /* of the real clock */
} gate;

static eas_moment real_now(void *self)
{
    eas_moment now = eas_clock_now(self);

    apr_thread_mutex_lock(gate.mutex);
    now += gate.ahead;
    apr_thread_mutex_unlock(gate.mutex);
    return now;
}

static eas_ldap_srv_result gated_lookup(void *self, const char *name,
                                        eas_moment deadline, apr_pool_t *p,
                                        apr_array_header_t **records_out,
                                        apr_interval_time_t *ttl_out,
                                        const char **detail_out)
{
    apr_status_t rv = APR_SUCCESS;
    int entered;

    (void)self; /* nor the deadline: the machine may be slow */
    apr_thread_mutex_lock(gate.mutex);
    entered = ++gate.entered;
    apr_thread_cond_broadcast(gate.changed);
    while (!gate.open && rv == APR_SUCCESS)
        rv = apr_thread_cond_timedwait(gate.changed, gate.mutex,
                                       apr_time_from_sec(10));
    apr_thread_mutex_unlock(gate.mutex);
    if (rv != APR_SUCCESS)
        return refuse(name, '!', deadline, p, detail_out);
    read_records(entered == 1 ? "60 0 389 a" : "60 0 389 b", p, records_out,
                 ttl_out);
    return EAS_LDAP_SRV_FOUND;
}

static void gate_set(int open, int seconds)
{
    apr_thread_mutex_lock(gate.mutex);
    gate.open = open;
    gate.ahead += apr_time_from_sec(seconds);
    apr_thread_cond_broadcast(gate.changed);
    apr_thread_mutex_unlock(gate.mutex);
}

static void gate_await(int entered)
{
    apr_thread_mutex_lock(gate.mutex);
    while (gate.entered < entered)
        apr_thread_cond_wait(gate.changed, gate.mutex);
    apr_thread_mutex_unlock(gate.mutex);
}

/* One who asks, in a pool of its own. */
typedef struct asker {
    eas_ldap_discovery *d;
    apr_pool_t *pool;
    eas_moment span;
    const char *told;
} asker;

static void *APR_THREAD_FUNC ask(apr_thread_t *thread, void *data)
{
    asker *a = data;
    apr_array_header_t *hosts = NULL;

    (void)thread;
    if (eas_ldap_discover(a->d, real_now(NULL) + a->span, a->pool, &hosts,
                          &a->told)
        == EAS_REASON_NONE)
        a->told = APR_ARRAY_IDX(hosts, 0, eas_ldap_host).uri;
    return NULL;
}

static apr_thread_t *start(asker *a, eas_ldap_discovery *d)
{
    apr_thread_t *thread = NULL;

    a->d = d;
    a->span = apr_time_from_sec(8);
    a->told = NULL;
    apr_pool_create(&a->pool, NULL);
    apr_thread_create(&thread, NULL, ask, a, pool);
    return thread;
}

static const char *finish(apr_thread_t *thread, asker *a)
{
    apr_status_t rv;
    const char *told;

    apr_thread_join(&rv, thread);
    told = apr_pstrdup(pool, a->told);
    apr_pool_destroy(a->pool);
    return told;
}

enum { MANY = 8 };

static void test_threads(void)
{
    static const eas_ldap_discovery_means gated = {
        gated_lookup, fake_random, NULL, { NULL, real_now, NULL }
    };
    const eas_ldap_settings settings = { .url = { .srv_domain = "d.x" } };
    eas_ldap_discovery *d = NULL;
    apr_thread_t *threads[MANY];
    asker askers[MANY];
    asker hasty = { .span = apr_time_from_msec(50) };
    eas_moment begin;
    int good = 0;

    apr_thread_mutex_create(&gate.mutex, APR_THREAD_MUTEX_DEFAULT, pool);
    apr_thread_cond_create(&gate.changed, pool);
    eas_ldap_discovery_make_with(&settings, &gated, pool, &d);

    for (int i = 0; i < MANY; i++)
        threads[i] = start(&askers[i], d);
    gate_await(1);
    hasty.d = d;
    hasty.pool = pool;
    begin = eas_clock_now(NULL);
    ask(NULL, &hasty);
    is_str(hasty.told, "no answer from the name server in time",
           "who waits does so within the own deadline");
    ok(eas_clock_now(NULL) - begin < apr_time_from_sec(4), "and no longer");
    gate_set(1, 0);
    for (int i = 0; i < MANY; i++)
        good += !strcmp(finish(threads[i], &askers[i]), A);
    is_int(good, MANY, "all get what one has asked for");
    is_int(gate.entered, 1, "and that one alone has asked");

    gate_set(0, 60);
    threads[0] = start(&askers[0], d);
    gate_await(2);
    hasty.span = apr_time_from_sec(8);
    begin = eas_clock_now(NULL);
    ask(NULL, &hasty);
    is_str(hasty.told, A, "while one asks anew, the others go on");
    ok(eas_clock_now(NULL) - begin < apr_time_from_msec(500), "at once");
    gate_set(1, 0);
    is_str(finish(threads[0], &askers[0]), B, "the one gets the new");
    ask(NULL, &hasty);
    is_str(hasty.told, B, "and so does everybody then");
    is_int(gate.entered, 2, "asked for once");
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_names();
    for (apr_size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++)
        run_story(i);
    test_time();
    test_waits();
    test_memory();
    test_threads();
    apr_pool_destroy(pool);
    apr_terminate();
    return done_testing();
}
