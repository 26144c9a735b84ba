/* SPDX-License-Identifier: Apache-2.0 */
/* A grant repeated on its connection: to the same, in the same place, in
 * time, and never made out of anything else. */
#include "fake_env.h"

static const eas_key_secret secret = {"sixteen bytes..."};
static const char header[] = "Basic YWxpY2U6c2VjcmV0";
static int servers[2];

#define TTL SECONDS(600)
#define NEVER APR_INT64_MIN

static eas_memo_call call_at(eas_moment now)
{
    const eas_memo_call call = {
        .key = eas_memo_key(&secret, header, NULL),
        .place = {&servers[0], {{1, 2}}, 1, EAS_BY_PASSWORD},
        .now = now,
    };

    return call;
}

static eas_verdict granted(world *w)
{
    return eas_decide(&w->env, &w->policy, &w->client, &w->attempt, w->pool);
}

static eas_memo written(world *w, apr_size_t *length_out)
{
    const eas_verdict verdict = granted(w);
    const eas_memo_call call = call_at(w->now);
    eas_memo memo;

    memset(&memo, 0, sizeof(memo));
    *length_out = eas_memo_write(&verdict, 0, &call, w->now + TTL, &memo);
    return memo;
}

static void test_repeat(world *w)
{
    apr_size_t length = 0;
    const eas_verdict first = granted(w);
    const eas_memo memo = written(w, &length);
    const eas_memo_call call = call_at(w->now + SECONDS(5));
    eas_verdict again = {.reason = EAS_REASON_NONE};

    ok(length > 0 && length < sizeof(memo), "a grant is written down");
    is_int(eas_decide_repeat(&w->policy, &w->client, &memo, &call, w->pool,
                             &again),
           1, "and repeated");
    is_str(eas_reason_name(again.reason), "granted", "it is a grant");
    is_str(eas_source_name(again.source), "memo", "from the memo");
    is_str(again.remote_user, first.remote_user, "REMOTE_USER");
    is_str(again.login, first.login, "login");
    is_str(again.provider, first.provider, "provider");
    is_str(again.identity->account.user, first.identity->account.user, "user");
    ok(!again.identity->account.domain == !first.identity->account.domain,
       "domain");
    is_str(again.identity->id, first.identity->id, "id");
    is_str(again.identity->dn, first.identity->dn, "dn");
    is_int(again.identity->proof, EAS_PROOF_PASSWORD, "proven");
    is_int((int)again.identity->expires_in, -1, "no expiry is told");
    ok(again.deadline > call.now, "its directory may be asked");
}

/* What may differ, and whether it is still the answer. */
static const struct {
    const char *name;
    const char *header; /* NULL: the same */
    int server;
    apr_uint64_t policy;
    int tls;
    apr_interval_time_t after;
    apr_interval_time_t flushed; /* after it was made */
    int held;
} rows[] = {
    {"the same", NULL, 0, 2, 1, 0, NEVER, 1},
    {"another password", "Basic YWxpY2U6c2VjcmV1", 0, 2, 1, 0, NEVER, 0},
    {"another spelling", "basic YWxpY2U6c2VjcmV0", 0, 2, 1, 0, NEVER, 0},
    {"another server", NULL, 1, 2, 1, 0, NEVER, 0},
    {"another policy", NULL, 0, 3, 1, 0, NEVER, 0},
    {"no TLS any more", NULL, 0, 2, 0, 0, NEVER, 0},
    {"just in time", NULL, 0, 2, 1, TTL - 1, NEVER, 1},
    {"over", NULL, 0, 2, 1, TTL, NEVER, 0},
    {"flushed before", NULL, 0, 2, 1, 0, -1, 1},
    {"flushed at the same moment", NULL, 0, 2, 1, 0, 0, 0},
    {"flushed since", NULL, 0, 2, 1, 9, 8, 0},
};

static void test_rows(world *w)
{
    apr_size_t length = 0;
    const eas_memo memo = written(w, &length);

    for (int i = 0; i < COUNT(rows); i++) {
        eas_memo_call call = call_at(w->now + rows[i].after);
        eas_verdict verdict = {.reason = EAS_REASON_NONE};

        if (rows[i].header) {
            call.key = eas_memo_key(&secret, rows[i].header, NULL);
        }
        call.place.server = &servers[rows[i].server];
        call.place.policy.word[1] = rows[i].policy;
        call.place.tls = rows[i].tls;
        call.flushed_at =
            rows[i].flushed == NEVER ? 0 : w->now + rows[i].flushed;
        is_int(eas_decide_repeat(&w->policy, &w->client, &memo, &call, w->pool,
                                 &verdict),
               rows[i].held, rows[i].name);
        is_int(verdict.reason == EAS_GRANTED, rows[i].held, "its verdict");
    }
}

static void test_tls(world *w)
{
    apr_size_t length = 0;
    const eas_memo memo = written(w, &length);
    const eas_memo_call call = call_at(w->now);
    eas_verdict verdict = {.reason = EAS_REASON_NONE};

    w->policy.require_tls = 1;
    w->client.tls = 0;
    is_int(eas_decide_repeat(&w->policy, &w->client, &memo, &call, w->pool,
                             &verdict),
           0, "never in the clear where TLS is required");
    w->client.tls = 1;
    is_int(eas_decide_repeat(&w->policy, &w->client, &memo, &call, w->pool,
                             &verdict),
           1, "and over TLS it is");
}

static apr_size_t write_as(world *w, eas_reason reason, eas_source source,
                           eas_proof proof, int provider)
{
    eas_verdict verdict = granted(w);
    eas_identity identity = *verdict.identity;
    const eas_memo_call call = call_at(w->now);
    eas_memo memo;

    identity.proof = proof;
    verdict.identity = &identity;
    verdict.reason = reason;
    verdict.source = source;
    return eas_memo_write(&verdict, provider, &call, w->now + TTL, &memo);
}

static void test_what_is_kept(world *w)
{
    const eas_proof proof = EAS_PROOF_PASSWORD;

    ok(write_as(w, EAS_GRANTED, EAS_SOURCE_DIRECTORY, proof, 0), "a grant");
    ok(write_as(w, EAS_GRANTED, EAS_SOURCE_CACHE, proof, 0), "a cached one");
    ok(!write_as(w, EAS_GRANTED, EAS_SOURCE_STALE, proof, 0), "no stale one");
    ok(!write_as(w, EAS_GRANTED, EAS_SOURCE_MEMO, proof, 0), "no repeated one");
    ok(!write_as(w, EAS_WRONG_PASSWORD, EAS_SOURCE_DIRECTORY, proof, 0),
       "nothing else");
    ok(!write_as(w, EAS_GRANTED, EAS_SOURCE_DIRECTORY, EAS_PROOF_NONE, 0),
       "nothing unproven");
    ok(!write_as(w, EAS_GRANTED, EAS_SOURCE_DIRECTORY, proof, -1),
       "nothing of an unknown provider");
}

static void test_bounds(world *w)
{
    eas_verdict verdict = granted(w);
    eas_identity identity = *verdict.identity;
    eas_memo_call call = call_at(w->now);
    eas_memo memo;
    char dn[EAS_PUBLISHED_ROOM + 1];

    verdict.identity = &identity;
    ok(!eas_memo_write(&verdict, 0, &call, call.now, &memo), "over already");
    identity.expires_in = 60;
    ok(eas_memo_write(&verdict, 0, &call, call.now + TTL, &memo),
       "a password that expires");
    call.now += SECONDS(59);
    is_int(eas_memo_holds(&memo, &call), 1, "holds until then");
    is_int((int)eas_memo_identity(&memo, call.now, w->pool)->expires_in, 1,
           "and says how long that is");
    call.now += SECONDS(1);
    is_int(eas_memo_holds(&memo, &call), 0, "and no longer");
    memset(dn, 'x', sizeof(dn) - 1);
    dn[sizeof(dn) - 1] = '\0';
    identity.dn = dn;
    ok(!eas_memo_write(&verdict, 0, &call, call.now + TTL, &memo),
       "too long is not kept");
    verdict.elapsed = SECONDS(3);
    identity.dn = "cn=x";
    eas_memo_write(&verdict, 0, &call, call.now + TTL, &memo);
    call.flushed_at = call.now - SECONDS(1);
    is_int(eas_memo_holds(&memo, &call), 0,
           "a flush while it was decided voids it");
}

int main(void)
{
    static void (*const tests[])(world *) = {test_repeat, test_rows, test_tls,
                                             test_bounds, test_what_is_kept};
    apr_pool_t *pool;
    world w;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    for (int i = 0; i < COUNT(tests); i++) {
        world_make(&w, pool);
        world_list(&w, "1");
        w.client.tls = 1;
        tests[i](&w);
    }
    apr_terminate();
    return done_testing();
}
