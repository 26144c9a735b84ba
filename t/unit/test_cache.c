/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict cache: what is remembered, for how long, and what is doubted. */
#include "fake_store.h"

#include "eas_reason.h"
#include "tap.h"

static const char secret[] = "a secret of more than sixteen bytes";
static fake_store store;
static fake_machine here;
static fake_machine there;

static void begin(void)
{
    fake_store_make(&store);
    fake_machine_make(&here, &store.store, secret, 101);
    fake_machine_make(&there, &store.store, secret, 202);
}

static void is_reason(fake_machine *machine, const char *password,
                      eas_reason expected, const char *name)
{
    is_str(eas_reason_name(fake_ask(machine, password).reason),
           eas_reason_name(expected), name);
}

static void test_answer(void)
{
    const eas_cache_question right = fake_question("wonder");
    const eas_cache_question wrong = fake_question("wander");
    eas_identity identity = fake_identity();
    eas_cache_answer answer = {.verdict = {.age = 4711}};

    begin();
    is_int(eas_cache_get(here.cache, &right, fake_pool, &answer), 0, "nothing");
    ok(!answer.identity && answer.verdict.age == 4711, "untouched");
    identity.expires_in = 100;
    eas_cache_put(here.cache, &right, &identity, EAS_GRANTED,
                  here.now - SECONDS(2), fake_pool);
    is_int(fake_only(&store)->span, SECONDS(600), "kept as long as asked");
    fake_wait(&here, SECONDS(30));
    is_int(eas_cache_get(here.cache, &right, fake_pool, &answer), 1, "known");
    is_str(answer.identity->id, identity.id, "id");
    is_str(answer.identity->dn, identity.dn, "dn");
    is_str(answer.identity->account.user, "alice", "user");
    is_str(answer.identity->account.domain, "EXAMPLE", "domain");
    is_str(answer.identity->stamp, identity.stamp, "stamp");
    is_str(apr_table_get(answer.identity->attributes, "mail"),
           "alice@example.test", "the attribute REMOTE_USER is of");
    ok(!apr_table_get(answer.identity->attributes, "pwdLastSet"), "no other");
    is_int(answer.identity->proof, EAS_PROOF_NONE, "nothing is proven");
    is_int(answer.identity->is_remembered, 1, "remembered");
    is_int(answer.identity->expires_in, 68, "the password's time goes on");
    is_int(answer.verdict.expires_in, 68, "there as well");
    is_int(answer.verdict.reason, EAS_GRANTED, "granted");
    is_int(answer.verdict.age, SECONDS(32), "age, from when it was asked");
    is_int(answer.verdict.at, here.now - SECONDS(32), "moment");
    is_int(answer.verdict.date, here.date - SECONDS(32), "date");
    is_int(answer.verdict.is_own, 1, "by this start");
    is_int(answer.verdict.is_recheck, 0, "without doubt");
    is_int(eas_cache_get(here.cache, &wrong, fake_pool, &answer), 1,
           "another password of hers");
    is_int(answer.verdict.reason, EAS_REASON_NONE, "has no verdict");
    ok(answer.identity != NULL, "but a person");
    fake_wait(&here, SECONDS(90));
    is_int(fake_ask(&here, "wonder").expires_in, 0, "expired, not below");
}

/* What is put when this was known, and whether it is there then. */
static const struct {
    const char *name;
    eas_reason reason;
    eas_proof proof;
    eas_reason expected;
} kept[] = {
    {"granted, proven", EAS_GRANTED, EAS_PROOF_PASSWORD, EAS_GRANTED},
    {"granted, unproven", EAS_GRANTED, EAS_PROOF_NONE, EAS_REASON_NONE},
    {"disabled", EAS_ACCOUNT_DISABLED, EAS_PROOF_NONE, EAS_ACCOUNT_DISABLED},
    {"expired", EAS_PASSWORD_EXPIRED, EAS_PROOF_NONE, EAS_PASSWORD_EXPIRED},
    {"locked", EAS_DIRECTORY_LOCKED, EAS_PROOF_NONE, EAS_DIRECTORY_LOCKED},
    {"wrong", EAS_WRONG_PASSWORD, EAS_PROOF_NONE, EAS_REASON_NONE},
    {"down", EAS_DIRECTORY_DOWN, EAS_PROOF_NONE, EAS_REASON_NONE},
    {"no TLS", EAS_NO_TLS, EAS_PROOF_NONE, EAS_REASON_NONE},
    {"a bug", EAS_INTERNAL_ERROR, EAS_PROOF_PASSWORD, EAS_REASON_NONE},
    {"no reason", EAS_REASON_NONE, EAS_PROOF_PASSWORD, EAS_REASON_NONE},
    {"out of range", EAS_REASON_COUNT, EAS_PROOF_PASSWORD, EAS_REASON_NONE},
};

static void test_puts(void)
{
    const eas_cache_question question = fake_question("wonder");

    for (apr_size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        eas_identity identity = fake_identity();

        begin();
        identity.proof = kept[i].proof;
        eas_cache_put(here.cache, &question, &identity, kept[i].reason, 0,
                      fake_pool);
        is_reason(&here, "wonder", kept[i].expected, kept[i].name);
        is_int(store.puts, kept[i].expected != EAS_REASON_NONE,
               tap_row(kept[i].name, "written"));
    }
}

/* A story of verdicts: a password of one letter and what is said of it (g
 * granted, d disabled, l locked, - refused); then what is known of the
 * passwords a to f: its letter where it is good, d or l where it is not, a
 * capital where that is in doubt, and a dot for nothing. */
static const struct {
    const char *name;
    const char *story;
    const char *expected;
} stories[] = {
    {"one", "ag", "a....."},
    {"a new good one", "ag bg", "Ab...."},
    {"the old one again, proven", "ag bg ag", "ab...."},
    {"and the new one again", "ag bg ag bg", "ab...."},
    {"in doubt, and refused", "ag bg a-", ".b...."},
    {"disabled", "ag bg ad", "dB...."},
    {"disabled by another", "ag bd", "Ad...."},
    {"good after disabled", "ad bg ag", "aB...."},
    {"locked doubts nobody", "ag bl", "al...."},
    {"four", "ag bg cg dg", "ABCd.."},
    {"a fifth", "ag bg cg dg eg", ".BCDe."},
    {"the oldest is by verdict", "ag bg cg dg ag eg", "A.CDe."},
    {"locked drives nobody out", "ag bg cg dg el", "ABCd.."},
    {"but who was locked before", "ag bg cg dl el", "ABc.l."},
    {"disabled is proven, and does", "ag bg cg dg ed", ".BCDd."},
    {"refused, never known", "ag b-", "a....."},
    {"refused, the only one", "ag a-", "......"},
};

static void tell(const char *story)
{
    for (; *story; story += story[2] ? 3 : 2) {
        const char password[] = {story[0], '\0'};
        const eas_cache_question question = fake_question(password);

        fake_wait(&here, SECONDS(1));
        if (story[1] == '-') {
            eas_cache_refuse(here.cache, &question, fake_pool);
        }
        else {
            fake_say(&here, password,
                     story[1] == 'g'   ? EAS_GRANTED
                     : story[1] == 'd' ? EAS_ACCOUNT_DISABLED
                                       : EAS_DIRECTORY_LOCKED);
        }
    }
}

static char letter_of(const char *password)
{
    const eas_cache_verdict verdict = fake_ask(&here, password);
    const char letter = verdict.reason == EAS_GRANTED            ? *password
                        : verdict.reason == EAS_ACCOUNT_DISABLED ? 'd'
                        : verdict.reason == EAS_DIRECTORY_LOCKED ? 'l'
                                                                 : '.';

    return verdict.is_recheck ? (char)(letter - 'a' + 'A') : letter;
}

static void test_stories(void)
{
    for (apr_size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
        char found[7] = "";

        begin();
        tell(stories[i].story);
        for (int p = 0; p < 6; p++) {
            const char password[] = {(char)('a' + p), '\0'};

            found[p] = letter_of(password);
        }
        is_str(found, stories[i].expected, stories[i].name);
    }
    begin();
    tell("ag a-");
    ok(!fake_only(&store), "a record of nobody is dropped");
}

/* Clocks that are set, after a verdict of 30 s ago; -1: it is not there. */
static const struct {
    const char *name;
    int step;                /* of the date, seconds */
    int here;                /* age, seconds */
    int there;               /* for another machine, whose clock is right */
    int there_with_the_step; /* for one whose clock was set as well */
} steps[] = {
    {"none", 0, 30, 30, 30},           {"ahead by an hour", 3600, 30, 30, 3630},
    {"back by 20 s", -20, 30, 30, 10}, {"back by 33 s", -33, 30, 30, 0},
    {"back by 36 s", -36, 30, 30, -1}, {"back by an hour", -3600, 30, 30, -1},
};

static long long age_at(fake_machine *machine)
{
    const eas_cache_verdict verdict = fake_ask(machine, "wonder");

    return verdict.reason == EAS_GRANTED ? apr_time_sec(verdict.age) : -1;
}

static void test_clock(void)
{
    for (apr_size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        begin();
        there.now = SECONDS(3);
        fake_say(&here, "wonder", EAS_GRANTED);
        fake_wait(&here, SECONDS(30));
        fake_wait(&there, SECONDS(30));
        here.date += SECONDS(steps[i].step);
        is_int(age_at(&here), steps[i].here, steps[i].name);
        is_int(age_at(&there), steps[i].there, "another machine");
        is_int(fake_ask(&there, "wonder").is_own, 0, "not its own");
        is_int(fake_ask(&there, "wonder").at, there.now - SECONDS(35),
               "its own moment, and no later than it was");
        there.date += SECONDS(steps[i].step);
        is_int(age_at(&there), steps[i].there_with_the_step, "set as well");
    }
}

/* One that another machine wrote in the future has no place in a record. */
static void test_future(void)
{
    begin();
    there.date += SECONDS(100);
    fake_say(&there, "future", EAS_GRANTED);
    is_reason(&here, "future", EAS_REASON_NONE, "from the future: left out");
    fake_say(&here, "wonder", EAS_GRANTED);
    is_reason(&there, "future", EAS_REASON_NONE, "and thrown out");
    is_reason(&there, "wonder", EAS_GRANTED, "by one of the present");
    here.now -= SECONDS(1);
    is_reason(&here, "wonder", EAS_REASON_NONE, "a moment that is to come");
}

/* By a clock that is ahead a verdict seems to be of this moment; it must not
 * outdo what was learnt since. */
static void test_ahead(void)
{
    eas_moment then;

    begin();
    there.date += SECONDS(4);
    fake_say(&there, "wonder", EAS_GRANTED);
    then = here.now;
    for (int i = 0; i < 3; i++) {
        const eas_cache_verdict verdict = fake_ask(&here, "wonder");

        is_int(verdict.age, i < 2 ? 0 : SECONDS(2), "its age, by its date");
        ok(verdict.at <= then, "its moment is no later than it was");
        fake_wait(&here, SECONDS(3));
    }
}

/* A start without moments goes by dates alone. */
static void test_no_start(void)
{
    begin();
    fake_machine_make(&here, &store.store, secret, 0);
    fake_say(&here, "wonder", EAS_GRANTED);
    here.date += SECONDS(40);
    is_int(fake_ask(&here, "wonder").is_own, 0, "nobody's own");
    is_int(fake_ask(&here, "wonder").age, SECONDS(40), "by its date");
}

/* Two that know the same secret have one cache. */
static void test_shared(void)
{
    begin();
    fake_say(&here, "a", EAS_GRANTED);
    fake_say(&there, "b", EAS_GRANTED);
    is_int(fake_ask(&here, "a").is_recheck, 1, "doubted by the other");
    is_reason(&here, "b", EAS_GRANTED, "whose verdict is known");
    is_int(fake_ask(&here, "a").is_own, 1, "each verdict has its writer");
    is_int(fake_ask(&here, "b").is_own, 0, "the other its own");
}

/* What has no room: older ones go, and then all. */
static void test_room(void)
{
    const eas_cache_question question = fake_question("d");
    eas_identity identity = fake_identity();
    char dn[1600];

    begin();
    tell("ag bg cg");
    store.store.room = fake_only(&store)->length;
    fake_wait(&here, SECONDS(1));
    fake_say(&here, "d", EAS_GRANTED);
    is_reason(&here, "d", EAS_GRANTED, "the newest stays");
    is_reason(&here, "a", EAS_REASON_NONE, "the oldest goes");
    is_reason(&here, "c", EAS_GRANTED, "others stay");
    memset(dn, 'x', sizeof(dn));
    dn[sizeof(dn) - 1] = '\0';
    identity.dn = dn;
    eas_cache_put(here.cache, &question, &identity, EAS_GRANTED, 0, fake_pool);
    ok(!fake_only(&store), "nothing outdated stays");
    is_reason(&here, "d", EAS_REASON_NONE, "nothing is known then");
}

static void test_many_values(void)
{
    const eas_cache_question question = fake_question("a");
    eas_identity identity = fake_identity();

    begin();
    fake_say(&here, "a", EAS_GRANTED);
    for (int i = 0; i < EAS_RECORD_VALUES; i++) {
        apr_table_addn(identity.attributes, "mail", "more");
    }
    eas_cache_put(here.cache, &question, &identity, EAS_GRANTED, 0, fake_pool);
    ok(!fake_only(&store), "of too many values none is left out: no record");
}

static void test_identity_follows(void)
{
    const eas_cache_question question = fake_question("b");
    eas_identity identity = fake_identity();
    eas_cache_answer answer = {.verdict = {.age = 0}};

    begin();
    fake_say(&here, "a", EAS_GRANTED);
    identity.dn = "CN=Alice,OU=Moved,DC=example,DC=test";
    eas_cache_put(here.cache, &question, &identity, EAS_GRANTED, 0, fake_pool);
    eas_cache_get(here.cache, &question, fake_pool, &answer);
    is_str(answer.identity->dn, identity.dn, "the last found is who it is");
    eas_cache_drop(here.cache, &question, fake_pool);
    ok(!fake_only(&store), "all of it is forgotten");
}

static void test_make(void)
{
    eas_cache_settings settings = {.store = &store.store};
    eas_cache *cache = NULL;

    begin();
    is_int(eas_cache_make(&settings, fake_pool, &cache), APR_EINVAL,
           "nothing to seal with");
    store.store.room = 100;
    fake_machine_make(&here, &store.store, secret, 1);
    ok(!here.cache, "no room for any record");
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&fake_pool, NULL);
    test_answer();
    test_puts();
    test_stories();
    test_clock();
    test_future();
    test_ahead();
    test_no_start();
    test_shared();
    test_room();
    test_many_values();
    test_identity_follows();
    test_make();
    apr_pool_destroy(fake_pool);
    apr_terminate();
    return done_testing();
}
