/* SPDX-License-Identifier: Apache-2.0 */
/* The decision: every way it can end, and none to a grant but the one. */
#include <apr_general.h>

#include "fake_env.h"

/* "Granted" and what is no reason are errors before the last step. */
static eas_reason heard(int reason)
{
    return reason == EAS_GRANTED || reason >= EAS_REASON_COUNT
               ? EAS_INTERNAL_ERROR
               : (eas_reason)reason;
}

/* Every reason at every place it can come from: a mechanism, find, verify. */
static void test_reason(int reason, apr_pool_t *pool)
{
    const char *name = apr_psprintf(pool, "%d, %s", reason,
                                    eas_reason_name((eas_reason)reason));
    world w;
    eas_verdict v;

    world_make(&w, pool);
    world_list(&w, "12");
    w.attempt.reason = (eas_reason)reason;
    v = world_decide(&w, name);
    is_int(v.reason, heard(reason), tap_row(name, "from the mechanism"));
    is_str(w.trace, "", tap_row(name, "nobody is asked"));

    world_make(&w, pool);
    world_list(&w, "12");
    w.fakes[ONE].find = w.fakes[TWO].find = (eas_reason)reason;
    v = world_decide(&w, name);
    is_int(v.reason, heard(reason), tap_row(name, "from find"));
    is_str(w.trace, reason == EAS_UNKNOWN_USER ? "f1 f2" : "f1",
           tap_row(name, "nobody is bound"));

    world_make(&w, pool);
    w.fakes[ONE].verify = (eas_reason)reason;
    v = world_decide(&w, name);
    is_int(v.reason, heard(reason), tap_row(name, "from verify"));
    is_str(w.trace, "f1 v1", tap_row(name, "bound once"));
    is_str(v.identity ? v.identity->id : NULL, "one",
           tap_row(name, "whoever was found is named"));
}

/* A directory that lies. */
static const struct {
    const char *name;
    trick trick;
    const char *user;
    eas_reason verify;
    eas_reason reason;
} tricks[] = {
    {"honest", HONEST, "alice", EAS_REASON_NONE, EAS_GRANTED},
    {"verify forgets the proof", FORGETS_PROOF, "alice", EAS_REASON_NONE,
     EAS_INTERNAL_ERROR},
    {"unproven and nameless", FORGETS_PROOF, NULL, EAS_REASON_NONE,
     EAS_INTERNAL_ERROR},
    {"find claims a proof", EARLY_PROOF, "alice", EAS_REASON_NONE,
     EAS_INTERNAL_ERROR},
    {"find claims, verify objects", EARLY_PROOF, "alice", EAS_WRONG_PASSWORD,
     EAS_WRONG_PASSWORD},
    {"verify proves and objects", EAGER_PROOF, "alice", EAS_PASSWORD_EXPIRED,
     EAS_PASSWORD_EXPIRED},
    {"find finds nobody", NO_IDENTITY, "alice", EAS_REASON_NONE,
     EAS_INTERNAL_ERROR},
};

static void test_tricks(apr_pool_t *pool)
{
    world w;

    for (int i = 0; i < COUNT(tricks); i++) {
        eas_verdict v;

        world_make(&w, pool);
        w.fakes[ONE].trick = tricks[i].trick;
        w.fakes[ONE].account.user = tricks[i].user;
        w.fakes[ONE].verify = tricks[i].verify;
        v = world_decide(&w, tricks[i].name);
        is_str(eas_reason_name(v.reason), eas_reason_name(tricks[i].reason),
               tap_row(tricks[i].name, "reason"));
        is_int(w.fakes[ONE].verified, tricks[i].trick != NO_IDENTITY,
               tap_row(tricks[i].name, "binds"));
    }
}

/* What is looked at before any directory. */
static const struct {
    const char *name;
    int require_tls;
    int tls;
    int has_credential;
    const char *password;
    eas_reason attempt;
    eas_reason reason;
    const char *login; /* as the log is told it */
} shapes[] = {
    {"TLS", 1, 1, 1, "right", EAS_REASON_NONE, EAS_GRANTED, "alice"},
    {"no TLS", 1, 0, 1, "right", EAS_REASON_NONE, EAS_NO_TLS, NULL},
    {"no TLS, nothing sent", 1, 0, 0, NULL, EAS_NO_CREDENTIAL, EAS_NO_TLS,
     NULL},
    {"TLS not required", 0, 0, 1, "right", EAS_REASON_NONE, EAS_GRANTED,
     "alice"},
    {"nothing sent", 1, 1, 0, NULL, EAS_NO_CREDENTIAL, EAS_NO_CREDENTIAL, NULL},
    {"zeroed attempt", 1, 1, 0, NULL, EAS_REASON_NONE, EAS_INTERNAL_ERROR,
     NULL},
    {"empty password", 1, 1, 1, "", EAS_REASON_NONE, EAS_EMPTY_PASSWORD,
     "alice"},
    {"no password", 1, 1, 1, NULL, EAS_REASON_NONE, EAS_EMPTY_PASSWORD,
     "alice"},
};

static void test_shapes(apr_pool_t *pool)
{
    world w;

    for (int i = 0; i < COUNT(shapes); i++) {
        const char *name = shapes[i].name;
        eas_verdict v;

        world_make(&w, pool);
        w.policy.require_tls = shapes[i].require_tls;
        w.client.tls = shapes[i].tls;
        w.attempt.reason = shapes[i].attempt;
        w.credential.password = shapes[i].password;
        if (!shapes[i].has_credential) {
            w.attempt.credential = NULL;
        }
        v = world_decide(&w, name);
        is_str(eas_reason_name(v.reason), eas_reason_name(shapes[i].reason),
               tap_row(name, "reason"));
        is_str(w.trace, v.reason == EAS_GRANTED ? "f1 v1" : "",
               tap_row(name, "calls"));
        is_str(v.login, shapes[i].login, tap_row(name, "login"));
    }
}

static void test_no_directory(apr_pool_t *pool)
{
    world w;
    eas_verdict v;

    world_make(&w, pool);
    w.fakes[ONE].provider = NULL;
    world_list(&w, "12");
    v = world_decide(&w, "no directory");
    is_int(v.reason, EAS_MISCONFIGURED, "no directory: misconfigured");
    is_str(v.provider, "one", "no directory: the provider is named");
    is_str(w.trace, "", "no directory: nobody else is asked");
    is_int(v.source, EAS_SOURCE_NONE, "no directory: it decided nothing");
    is_int(v.retry_after, 60, "no directory: Retry-After");

    world_make(&w, pool);
    w.fakes[TWO].provider = NULL;
    w.fakes[ONE].find = EAS_UNKNOWN_USER;
    w.fakes[ONE].down_for = SECONDS(600);
    world_list(&w, "12");
    v = world_decide(&w, "no second directory");
    is_int(v.reason, EAS_MISCONFIGURED, "no second directory: misconfigured");
    is_int(v.source, EAS_SOURCE_NONE, "no second directory: decided nothing");
    is_int(v.retry_after, 60, "no second directory: not the first's outage");
}

static void test_passing_on(apr_pool_t *pool)
{
    world w;
    eas_verdict v;

    world_make(&w, pool);
    w.credential.login = "ONE\\Alice";
    w.fakes[ONE].detail = "a word for the log";
    v = world_decide(&w, "passing on");
    is_str(w.fakes[ONE].login, "1 Alice ONE", "find is told the login");
    is_str(w.fakes[ONE].wanted, NULL, "find is asked for no attribute");
    is_str(w.fakes[ONE].password, "right", "verify is told the password");
    is_str(v.detail, "a word for the log", "the detail is passed on");
    is_str(v.remote_user, "alice", "REMOTE_USER as the directory spells it");
    is_str(v.identity->id, "one", "the identity is passed on");

    world_make(&w, pool);
    world_list(&w, "12");
    w.fakes[ONE].detail = "of the first";
    w.fakes[ONE].find = EAS_UNKNOWN_USER;
    v = world_decide(&w, "detail of another");
    is_str(v.detail, NULL, "a detail is not the next provider's");

    world_make(&w, pool);
    world_list(&w, "12");
    w.fakes[ONE].verify = EAS_UNKNOWN_USER;
    w.fakes[TWO].find = EAS_DIRECTORY_DOWN;
    v = world_decide(&w, "identity of another");
    ok(!v.identity, "nor is an identity");

    world_make(&w, pool);
    w.credential.login = "THREE\\alice";
    v = world_decide(&w, "unknown domain");
    is_str(v.detail, "no provider has this domain",
           "an unknown domain is explained to the log");
}

/* REMOTE_USER by template, or by the attribute "mail" where one is named. */
static const struct {
    const char *name;
    const char *template_;
    const char *attribute;
    const char *user;
    const char *domain;
    const char *value;
    const char *second_value;
    eas_reason reason;
    const char *remote_user;
} names[] = {
    {"user", "%u", NULL, "alice", "ONE", NULL, NULL, EAS_GRANTED, "alice"},
    {"qualified", "%d\\%u", NULL, "alice", "ONE", NULL, NULL, EAS_GRANTED,
     "ONE\\alice"},
    {"as an address", "%u@%d", NULL, "alice", "one.example", NULL, NULL,
     EAS_GRANTED, "alice@one.example"},
    {"umlaut", "%u", NULL, "m\xc3\xbcller", "ONE", NULL, NULL, EAS_GRANTED,
     "m\xc3\xbcller"},
    {"no domain to fill in", "%d\\%u", NULL, "alice", NULL, NULL, NULL,
     EAS_NO_REMOTE_USER, NULL},
    {"no user", "%u", NULL, NULL, "ONE", NULL, NULL, EAS_NO_REMOTE_USER, NULL},
    {"an empty user, qualified", "%d\\%u", NULL, "", "ONE", NULL, NULL,
     EAS_NO_REMOTE_USER, NULL},
    {"a line break", "%u", NULL, "alice\r\nX: y", "ONE", NULL, NULL,
     EAS_NO_REMOTE_USER, NULL},
    {"not UTF-8", "%u", NULL, "m\xfcller", "ONE", NULL, NULL,
     EAS_NO_REMOTE_USER, NULL},
    {"attribute", NULL, "mail", "alice", "ONE", "a@one.example", NULL,
     EAS_GRANTED, "a@one.example"},
    {"attribute before template", "%u", "mail", "alice", "ONE", "a@one.example",
     NULL, EAS_GRANTED, "a@one.example"},
    {"attribute, no user needed", NULL, "mail", NULL, NULL, "a@one.example",
     NULL, EAS_GRANTED, "a@one.example"},
    {"attribute in other case", NULL, "MAIL", "alice", "ONE", "a@one.example",
     NULL, EAS_GRANTED, "a@one.example"},
    {"attribute missing", NULL, "mail", "alice", "ONE", NULL, NULL,
     EAS_NO_REMOTE_USER, NULL},
    {"attribute missing, no template instead", "%u", "mail", "alice", "ONE",
     NULL, NULL, EAS_NO_REMOTE_USER, NULL},
    {"attribute twice", NULL, "mail", "alice", "ONE", "a@one.example",
     "b@one.example", EAS_NO_REMOTE_USER, NULL},
    {"attribute empty", NULL, "mail", "alice", "ONE", "", NULL,
     EAS_NO_REMOTE_USER, NULL},
    {"attribute with a control", NULL, "mail", "alice", "ONE",
     "a\x01@one.example", NULL, EAS_NO_REMOTE_USER, NULL},
    {"neither", NULL, NULL, "alice", "ONE", NULL, NULL, EAS_MISCONFIGURED,
     NULL},
};

static void name_world(world *w, int i, apr_pool_t *pool)
{
    fake *f = &w->fakes[ONE];

    world_make(w, pool);
    w->policy.remote_user = NULL;
    if (names[i].template_) {
        eas_template_compile(names[i].template_, pool, &w->policy.remote_user);
    }
    w->policy.remote_attribute = names[i].attribute;
    f->account.user = names[i].user;
    f->account.domain = names[i].domain;
    apr_table_addn(f->attributes, "mailbox", "other@one.example");
    if (names[i].value) {
        apr_table_addn(f->attributes, "mail", names[i].value);
    }
    if (names[i].second_value) {
        apr_table_addn(f->attributes, "mail", names[i].second_value);
    }
}

static void test_names(apr_pool_t *pool)
{
    world w;

    for (int i = 0; i < COUNT(names); i++) {
        const char *name = names[i].name;
        eas_verdict v;

        name_world(&w, i, pool);
        v = world_decide(&w, name);
        is_str(eas_reason_name(v.reason), eas_reason_name(names[i].reason),
               tap_row(name, "reason"));
        is_str(v.remote_user, names[i].remote_user,
               tap_row(name, "REMOTE_USER"));
        is_str(w.fakes[ONE].wanted, names[i].attribute,
               tap_row(name, "attributes asked for"));
        is_str(v.identity->id, "one", tap_row(name, "identity"));

        name_world(&w, i, pool);
        w.fakes[ONE].verify = EAS_WRONG_PASSWORD;
        is_int(world_decide(&w, name).reason, EAS_WRONG_PASSWORD,
               tap_row(name, "a guesser hears of the password alone"));
    }
    world_make(&w, pool);
    w.policy.remote_attribute = "mail";
    w.fakes[ONE].attributes = NULL;
    is_int(world_decide(&w, "no table").reason, EAS_NO_REMOTE_USER,
           "no attributes at all");
}

int main(void)
{
    apr_pool_t *pool;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    for (int i = EAS_GRANTED; i <= EAS_REASON_COUNT + 1; i++) {
        test_reason(i, pool);
    }
    test_tricks(pool);
    test_shapes(pool);
    test_no_directory(pool);
    test_passing_on(pool);
    test_names(pool);
    apr_terminate();
    return done_testing();
}
