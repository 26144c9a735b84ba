/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process has lately found in the cache: never better than what the
 * cache would say now, whatever another process has learnt in the meantime.
 */
#include <apr_general.h>

#include "eas_recent.h"
#include "fake_shield.h"

#define HOME "192.0.2.1"
#define CAFE "198.51.100.7"

enum { GRANTS = 64, CHILDREN = 2 };

static const eas_key_secret secret = {"of one child...."};
static apr_pool_t *pool;

/* A world with a shield, and what two children have lately found. */
typedef struct scene {
    world w;
    fake_shield f;
    eas_recents *child[CHILDREN];
    int server;
    int is_recent; /* the last one was */
} scene;

static eas_memo_call call_of(scene *s)
{
    const eas_memo_call call = {
        .key = eas_memo_key(&secret,
                            apr_pstrcat(pool, s->w.credential.login, ":",
                                        s->w.credential.password, NULL),
                            NULL),
        .place = {&s->server, {{1, 2}}, s->w.client.tls},
        .now = s->w.now,
        .flushed_at = s->f.flushed_at,
    };

    return call;
}

static void keep(eas_recents *recents, const eas_verdict *v,
                 const eas_memo_call *call, eas_moment until)
{
    eas_memo memo;
    const apr_size_t length = eas_memo_write(v, 0, call, until, &memo);

    eas_recents_keep(recents, &memo, length, v->basis);
}

/* As a request does it on a new connection. */
static eas_verdict ask(scene *s, int child)
{
    world *w = &s->w;
    const eas_memo_call call = call_of(s);
    apr_size_t length = 0;
    const eas_recent *recent =
        eas_recents_find(s->child[child], &call, pool, &length);
    eas_verdict v = {.reason = EAS_REASON_NONE};

    w->trace[0] = '\0';
    s->is_recent = recent
                   && eas_recent_repeat(recent, &w->env, &w->policy, &w->client,
                                        &call, pool, &v);
    if (s->is_recent) {
        return v;
    }
    v = eas_decide(&w->env, &w->policy, &w->client, &w->attempt, pool);
    keep(s->child[child], &v, &call, v.until);
    return v;
}

static eas_recents *make_child(apr_pool_t *of)
{
    void *memory = apr_pcalloc(pool, eas_recents_size(GRANTS));

    return eas_recents_make(memory, GRANTS, of);
}

static void begin(scene *s)
{
    memset(s, 0, sizeof(*s));
    world_make(&s->w, pool);
    fake_shield_make(&s->f, &s->w, pool);
    s->w.fakes[ONE].limits = (eas_lockout_limits){10, SECONDS(1800)};
    for (int i = 0; i < CHILDREN; i++) {
        s->child[i] = make_child(pool);
    }
}

/* Alice with a password, from somewhere, where the directory has another one
 * or says something else. */
static void set(scene *s, const char *password, const char *address,
                eas_reason says)
{
    s->w.credential.password = password;
    s->w.client.address = address;
    s->w.fakes[ONE].verify = says;
    s->w.now += SECONDS(1);
}

static void expect(scene *s, int child, const char *what, const char *trace,
                   int is_recent, const char *name)
{
    const eas_verdict v = ask(s, child);

    is_str(apr_pstrcat(pool, eas_reason_name(v.reason), " ",
                       eas_source_name(v.source), NULL),
           what, name);
    is_str(s->w.trace, trace, tap_row(name, "what was asked"));
    is_int(s->is_recent, is_recent, tap_row(name, "lately found"));
    ok((v.reason == EAS_GRANTED)
           == (v.identity && v.identity->proof == EAS_PROOF_PASSWORD),
       tap_row(name, "proven if granted"));
}

/* The first child has it. */
static void have(scene *s)
{
    begin(s);
    set(s, "a", HOME, EAS_REASON_NONE);
    ask(s, 0);
    ask(s, 0);
    expect(s, 0, "granted cache", "", 1, "it is lately found");
}

static eas_basis basis_of(scene *s)
{
    const eas_memo_call call = call_of(s);
    apr_size_t length = 0;

    return eas_recents_find(s->child[0], &call, pool, &length)->basis;
}

static eas_ledger_try try_of(scene *s)
{
    const eas_basis basis = basis_of(s);
    const eas_ledger_try attempt = {.account = basis.account,
                                    .credential = basis.credential,
                                    .now = s->w.now};

    return attempt;
}

/* --- what is granted ---------------------------------------------------------- */

static void test_grant(void)
{
    scene s;
    eas_verdict first;
    eas_verdict last;

    begin(&s);
    set(&s, "a", HOME, EAS_REASON_NONE);
    expect(&s, 0, "granted directory", "f1 v1", 0, "the first asks");
    expect(&s, 0, "granted cache", "", 0, "the second opens the record");
    first = ask(&s, 0);
    is_int((int)s.f.counters.cached, 2, "both were spared, and are counted");
    s.w.now += SECONDS(5);
    last = ask(&s, 0);
    is_int(s.is_recent, 1, "the next is found");
    is_int((int)s.f.counters.cached, 3, "and counted");
    is_str(last.remote_user, first.remote_user, "REMOTE_USER");
    is_str(last.login, first.login, "login");
    is_str(last.provider, first.provider, "provider");
    is_str(last.identity->id, first.identity->id, "id");
    is_str(last.identity->dn, first.identity->dn, "dn");
    ok(last.until == first.until, "it is over when the cached one is");
    expect(&s, 1, "granted cache", "", 0, "another child opens it");
    expect(&s, 1, "granted cache", "", 1, "and has it then");
    s.w.fakes[ONE].is_down = 1;
    expect(&s, 0, "granted cache", "", 1, "no directory is missed");
}

static void test_time(void)
{
    scene s;

    have(&s);
    s.w.now += SECONDS(598);
    expect(&s, 0, "granted cache", "", 1, "just in time");
    s.w.now += SECONDS(2);
    expect(&s, 0, "granted directory", "f1 v1", 0, "however often it was used");
    s.w.policy.cache_ttl = 0;
    s.w.now += SECONDS(1);
    expect(&s, 0, "granted directory", "f1 v1", 0, "nothing is remembered");
}

static void test_place(void)
{
    scene s;
    eas_memo_call call;
    apr_size_t length = 0;

    have(&s);
    call = call_of(&s);
    call.place.server = &s;
    ok(!eas_recents_find(s.child[0], &call, pool, &length), "another server");
    call = call_of(&s);
    call.place.policy.word[0]++;
    ok(!eas_recents_find(s.child[0], &call, pool, &length), "another policy");
    s.w.client.tls = 0;
    call = call_of(&s);
    ok(!eas_recents_find(s.child[0], &call, pool, &length), "without TLS");
    expect(&s, 0, "no-tls none", "", 0, "which is required");
    s.w.client.tls = 1;
    set(&s, "b", HOME, EAS_WRONG_PASSWORD);
    expect(&s, 0, "wrong-password directory", "f1 v1", 0, "another password");
}

/* --- what another child has learnt --------------------------------------------- */

static void test_changed(void)
{
    scene s;

    have(&s);
    set(&s, "b", CAFE, EAS_REASON_NONE);
    expect(&s, 1, "granted directory", "f1 v1", 0, "a new password, elsewhere");
    set(&s, "a", HOME, EAS_WRONG_PASSWORD);
    expect(&s, 0, "wrong-password directory", "f1 v1", 0, "ends the old one");
    expect(&s, 0, "known-wrong-password ledger", "", 0, "for good");
}

static void test_disabled(void)
{
    scene s;

    have(&s);
    set(&s, "b", HOME, EAS_ACCOUNT_DISABLED);
    expect(&s, 1, "account-disabled directory", "f1 v1", 0, "disabled");
    set(&s, "a", HOME, EAS_ACCOUNT_DISABLED);
    expect(&s, 0, "account-disabled directory", "f1 v1", 0,
           "is looked at by who had it");
}

/* By the ledger alone: the record may have been lost to a race. */
static void test_ledger(eas_outcome outcome, const char *name)
{
    static const eas_hold none;
    const eas_lockout lockout = {.mode = EAS_LOCKOUT_ENFORCE};
    eas_ledger_try attempt;
    scene s;

    have(&s);
    s.w.now += SECONDS(1);
    attempt = try_of(&s);
    eas_ledger_settle(s.f.shield.accounts, &attempt, &lockout, &none, outcome);
    set(&s, "a", HOME, EAS_REASON_NONE);
    ask(&s, 0);
    is_int(s.is_recent, 0, name);
}

static void test_flush(void)
{
    scene s;

    have(&s);
    s.w.now += SECONDS(1);
    s.f.flushed_at = s.w.now;
    set(&s, "a", HOME, EAS_REASON_NONE);
    expect(&s, 0, "granted directory", "f1 v1", 0, "flushed");

    /* Said when the call began and heard of only while it was made. */
    have(&s);
    {
        const eas_memo_call call = call_of(&s);
        apr_size_t length = 0;
        const eas_recent *recent =
            eas_recents_find(s.child[0], &call, pool, &length);
        eas_verdict v;

        s.f.flushed_at = s.w.now;
        s.w.now += SECONDS(1);
        eas_names_keep(s.f.shield.names, &recent->basis.login,
                       &recent->basis.account, s.w.now, s.w.now + SECONDS(600));
        is_int(eas_recent_repeat(recent, &s.w.env, &s.w.policy, &s.w.client,
                                 &call, pool, &v),
               0, "flushed since it was found");
    }
}

static void guess(scene *s)
{
    static const char *const wrong[] = {"g1", "g2", "g3"};

    for (int i = 0; i < COUNT(wrong); i++) {
        set(s, wrong[i], CAFE, EAS_WRONG_PASSWORD);
        ask(s, 1);
    }
}

static void test_locked(void)
{
    scene s;

    have(&s);
    guess(&s);
    is_str(s.f.events, "holds:alice", "guesses lock the account");
    set(&s, "a", CAFE, EAS_REASON_NONE);
    expect(&s, 0, "locked ledger", "", 0, "not from where they came");
    s.w.client.is_shared = 1;
    s.w.client.address = HOME;
    expect(&s, 0, "locked ledger", "", 0, "nor from where many are");
    s.w.client.is_shared = 0;
    expect(&s, 0, "granted cache", "", 1, "the owner at home is not held");
    is_int(eas_ledger_unlock(
               s.f.shield.accounts,
               eas_guard_name(s.f.shield.keys, "one", "alice", pool), s.w.now),
           1, "unlocked");
    set(&s, "a", CAFE, EAS_REASON_NONE);
    expect(&s, 0, "granted cache", "", 1, "it is good from everywhere");
}

static void test_familiar(void)
{
    scene s;

    have(&s);
    set(&s, "a", CAFE, EAS_REASON_NONE);
    expect(&s, 0, "granted cache", "", 1, "seen at another network");
    guess(&s);
    set(&s, "a", CAFE, EAS_REASON_NONE);
    expect(&s, 0, "granted cache", "", 1, "which is familiar from then on");
}

static void test_record(void)
{
    scene s;
    eas_cache_question question = {.provider = "one", .fingerprint = "f"};

    have(&s);
    question.account = basis_of(&s).account;
    question.password = "a";
    eas_cache_drop(s.f.shield.cache, &question, pool);
    s.w.now += SECONDS(1); /* nobody asks for it at this moment any more */
    expect(&s, 0, "granted directory", "f1 v1", 0, "its record is gone");
    ask(&s, 0);
    expect(&s, 0, "granted cache", "", 1, "and there again");
    question.password = "other";
    {
        eas_identity identity = {.id = "one", .proof = EAS_PROOF_PASSWORD};

        identity.account.user = "alice";
        eas_cache_put(s.f.shield.cache, &question, &identity, EAS_GRANTED, 0,
                      pool);
    }
    s.w.now += SECONDS(1);
    expect(&s, 0, "granted directory", "f1 v1", 0, "it is another one");
}

/* A login that names somebody else, or that nobody has searched for. */
static void test_names(void)
{
    const eas_key other = {{4711, 4712}};
    eas_basis basis;
    scene s;

    have(&s);
    basis = basis_of(&s);
    eas_names_keep(s.f.shield.names, &basis.login, &other, s.w.now,
                   s.w.now + SECONDS(600));
    ask(&s, 0);
    is_int(s.is_recent, 0, "the login names somebody else");
    have(&s);
    basis = basis_of(&s);
    eas_names_drop(s.f.shield.names, &basis.login, s.w.now);
    expect(&s, 0, "granted cache", "f1", 0, "the login names nobody");
    have(&s);
    basis = basis_of(&s);
    eas_names_keep(s.f.shield.names, &basis.login, NULL, s.w.now,
                   s.w.now + SECONDS(600));
    ask(&s, 0);
    is_int(s.is_recent, 0, "another provider's");
}

/* Who was searched for elsewhere first may be known there the next time. */
static void test_later_provider(void)
{
    scene s;

    begin(&s);
    world_list(&s.w, "12");
    s.w.fakes[ONE].find = EAS_UNKNOWN_USER;
    for (int i = 0; i < 3; i++) {
        set(&s, "a", HOME, EAS_REASON_NONE);
        ok(!ask(&s, 0).basis, "a second provider's");
        is_int(s.is_recent, 0, "is not kept");
    }
}

/* --- the places ------------------------------------------------------------------ */

static eas_verdict made_up(const char *login, eas_identity *identity,
                           const eas_basis *basis)
{
    const eas_verdict v = {.reason = EAS_GRANTED,
                           .source = EAS_SOURCE_CACHE,
                           .identity = identity,
                           .remote_user = login,
                           .login = login,
                           .basis = basis};

    identity->proof = EAS_PROOF_PASSWORD;
    identity->expires_in = -1;
    return v;
}

static eas_memo_call call_as(const char *login)
{
    static int server;
    const eas_memo_call call = {.key = eas_memo_key(&secret, login, NULL),
                                .place = {&server, {{1, 2}}, 1},
                                .now = START};

    return call;
}

static int finds(const eas_recents *recents, const char *login)
{
    const eas_memo_call call = call_as(login);
    apr_size_t length = 0;
    const eas_recent *recent = eas_recents_find(recents, &call, pool, &length);

    return recent ? strcmp(eas_memo_get(&recent->memo, EAS_MEMO_LOGIN), login)
                        ? -1
                        : 1
                  : 0;
}

static void test_many(void)
{
    eas_recents *recents = make_child(pool);
    eas_identity identity = {.id = "id"};
    const eas_basis basis = {.credential = 1};
    int found = 0;
    int odd = 0;

    for (int i = 0; i < 3 * GRANTS; i++) {
        const char *login = apr_psprintf(pool, "user%d", i);
        const eas_verdict v = made_up(login, &identity, &basis);
        const eas_memo_call call = call_as(login);

        keep(recents, &v, &call, START + SECONDS(9));
        odd += finds(recents, login) != 1;
    }
    is_int(odd, 0, "the last one is always there");
    for (int i = 0; i < 3 * GRANTS; i++) {
        const int is_there = finds(recents, apr_psprintf(pool, "user%d", i));

        found += is_there == 1;
        odd += is_there < 0;
    }
    is_int(odd, 0, "nobody is anybody else");
    ok(found > GRANTS * 3 / 4 && found <= GRANTS, "as many as have room");
}

static void test_what_is_kept(void)
{
    eas_recents *recents = make_child(pool);
    eas_identity identity = {.id = "id"};
    const eas_basis basis = {.credential = 1};
    const eas_memo_call call = call_as("alice");
    eas_verdict v = made_up("alice", &identity, NULL);
    char dn[EAS_PUBLISHED_ROOM];

    keep(recents, &v, &call, START + SECONDS(9));
    is_int(finds(recents, "alice"), 0, "nothing that stands on nothing");
    v.basis = &basis;
    v.source = EAS_SOURCE_STALE;
    keep(recents, &v, &call, START + SECONDS(9));
    is_int(finds(recents, "alice"), 0, "no stale one");
    v.source = EAS_SOURCE_CACHE;
    memset(dn, 'x', sizeof(dn) - 1);
    dn[EAS_PUBLISHED_ROOM - 300] = '\0';
    identity.dn = dn;
    keep(recents, &v, &call, START + SECONDS(9));
    is_int(finds(recents, "alice"), 1, "a long one");
    memset(dn, 'y', EAS_PUBLISHED_ROOM - 150);
    dn[EAS_PUBLISHED_ROOM - 150] = '\0';
    v.login = "bob";
    {
        const eas_memo_call bob = call_as("bob");

        keep(recents, &v, &bob, START + SECONDS(9));
    }
    is_int(finds(recents, "bob"), 0, "not a longer one");
}

static int count_bytes(const char *memory, apr_size_t size)
{
    int count = 0;

    while (size--) {
        count += *memory++ != '\0';
    }
    return count;
}

static void test_wiped(void)
{
    const apr_size_t size = eas_recents_size(GRANTS);
    char *memory = apr_pcalloc(pool, size);
    eas_identity identity = {.id = "id"};
    const eas_basis basis = {.credential = 1};
    const eas_memo_call call = call_as("alice");
    const eas_verdict v = made_up("alice", &identity, &basis);
    apr_pool_t *child;
    eas_recents *recents;

    apr_pool_create(&child, pool);
    recents = eas_recents_make(memory, GRANTS, child);
    keep(recents, &v, &call, START + SECONDS(9));
    ok(count_bytes(memory, size) > 30, "something is there");
    apr_pool_destroy(child);
    /* but the tag, half of a keyed hash */
    ok(count_bytes(memory, size) <= 8, "and wiped in the end");
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_grant();
    test_time();
    test_place();
    test_changed();
    test_disabled();
    test_ledger(EAS_OUTCOME_WRONG, "known wrong");
    test_ledger(EAS_OUTCOME_FORBIDDEN, "forbidden");
    test_flush();
    test_locked();
    test_familiar();
    test_record();
    test_names();
    test_later_provider();
    test_many();
    test_what_is_kept();
    test_wiped();
    apr_terminate();
    return done_testing();
}
