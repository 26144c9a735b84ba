/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stories of phones and their directory: what the directory is asked, and
 * what the phones are told, as time goes by.
 *
 * A trace says what was asked: f1 a search (F1 afresh), v1 a password, s1 the
 * state.
 */
#include <apr_general.h>

#include "fake_shield.h"

#define HOME "192.0.2.1"
#define CAFE "198.51.100.7"
#define MINUTES(n) ((n)*60)
#define HOURS(n) ((n)*3600)

/* One request. */
typedef struct step {
    const char *name;
    int after; /* seconds since the one before */
    const char *login;
    const char *password;
    const char *address;
    const char *right; /* the password the directory has by then */
    eas_reason says;   /* what it answers, whatever the password; NONE: by it */
    eas_reason expected;
    eas_source source;
    const char *trace;
} step;

#define NONE EAS_REASON_NONE
#define DIRECTORY EAS_SOURCE_DIRECTORY
#define CACHE EAS_SOURCE_CACHE
#define LEDGER EAS_SOURCE_LEDGER
#define STALE EAS_SOURCE_STALE

static const step good[] = {
    {"the first login asks", 0, "alice", "a", HOME, "a", NONE, EAS_GRANTED,
     DIRECTORY, "f1 v1"},
    {"the next does not", 1, "alice", "a", HOME, "a", NONE, EAS_GRANTED, CACHE,
     ""},
    {"nor does the same login in capitals", 1, "ALICE", "a", HOME, "a", NONE,
     EAS_GRANTED, CACHE, ""},
    {"another spelling is looked up, no more", 1, "ONE\\alice", "a", HOME, "a",
     NONE, EAS_GRANTED, CACHE, "f1"},
    {"from another network", 1, "alice", "a", CAFE, "a", NONE, EAS_GRANTED,
     CACHE, ""},
    {"use does not extend it", 594, "alice", "a", HOME, "a", NONE, EAS_GRANTED,
     CACHE, ""},
    {"after its time it is asked again", 3, "alice", "a", HOME, "a", NONE,
     EAS_GRANTED, DIRECTORY, "f1 v1"},
    {"and good again", 1, "alice", "a", HOME, "a", NONE, EAS_GRANTED, CACHE,
     ""},
    {.name = NULL},
};

static const step changed[] = {
    {"the old password", 0, "alice", "a", HOME, "a", NONE, EAS_GRANTED,
     DIRECTORY, "f1 v1"},
    {"the new one works at once", 10, "alice", "b", HOME, "b", NONE,
     EAS_GRANTED, DIRECTORY, "f1 v1"},
    {"the old one is asked about again", 1, "alice", "a", HOME, "b", NONE,
     EAS_WRONG_PASSWORD, DIRECTORY, "f1 v1"},
    {"and then known", 1, "alice", "a", HOME, "b", NONE, EAS_KNOWN_WRONG,
     LEDGER, ""},
    {"while the new one is good", 1, "alice", "b", HOME, "b", NONE, EAS_GRANTED,
     CACHE, ""},
    {.name = NULL},
};

/* Directories accept an old password for a while. */
static const step both_good[] = {
    {"the old password", 0, "alice", "a", HOME, "a", NONE, EAS_GRANTED,
     DIRECTORY, "f1 v1"},
    {"the new one", 1, "alice", "b", HOME, "b", NONE, EAS_GRANTED, DIRECTORY,
     "f1 v1"},
    {"the old one, still accepted", 1, "alice", "a", HOME, "a", NONE,
     EAS_GRANTED, DIRECTORY, "f1 v1"},
    {"it is kept", 1, "alice", "a", HOME, "a", NONE, EAS_GRANTED, CACHE, ""},
    {"and sends the new one back no more", 1, "alice", "b", HOME, "b", NONE,
     EAS_GRANTED, CACHE, ""},
    {.name = NULL},
};

static const step stale_password[] = {
    {"last month's password", 0, "alice", "old", HOME, "new", NONE,
     EAS_WRONG_PASSWORD, DIRECTORY, "f1 v1"},
    {"again", 10, "alice", "old", HOME, "new", NONE, EAS_KNOWN_WRONG, LEDGER,
     ""},
    {"under another spelling", 1, "ONE\\alice", "old", HOME, "new", NONE,
     EAS_KNOWN_WRONG, LEDGER, "f1"},
    {"and from elsewhere", 1, "alice", "old", CAFE, "new", NONE,
     EAS_KNOWN_WRONG, LEDGER, ""},
    {"a second look, for a change on its way", 60, "alice", "old", HOME, "new",
     NONE, EAS_WRONG_PASSWORD, DIRECTORY, "f1 v1"},
    {"known again", 1, "alice", "old", HOME, "new", NONE, EAS_KNOWN_WRONG,
     LEDGER, ""},
    {"after a quarter of an hour one search", MINUTES(15), "alice", "old", HOME,
     "new", NONE, EAS_KNOWN_WRONG, LEDGER, "f1"},
    {"which is good for as long again", MINUTES(14), "alice", "old", HOME,
     "new", NONE, EAS_KNOWN_WRONG, LEDGER, ""},
    {"and another", MINUTES(2), "alice", "old", HOME, "new", NONE,
     EAS_KNOWN_WRONG, LEDGER, "f1"},
    {.name = NULL},
};

static const step replicated[] = {
    {"refused by a server that lags behind", 0, "alice", "new", HOME, "old",
     NONE, EAS_WRONG_PASSWORD, DIRECTORY, "f1 v1"},
    {"known for a minute", 30, "alice", "new", HOME, "new", NONE,
     EAS_KNOWN_WRONG, LEDGER, ""},
    {"then let through", 31, "alice", "new", HOME, "new", NONE, EAS_GRANTED,
     DIRECTORY, "f1 v1"},
    {"and good", 1, "alice", "new", HOME, "new", NONE, EAS_GRANTED, CACHE, ""},
    {.name = NULL},
};

static const step guesser[] = {
    {"the owner is at home", 0, "alice", "a", HOME, "a", NONE, EAS_GRANTED,
     DIRECTORY, "f1 v1"},
    {"a guess", 1, "alice", "g1", CAFE, "a", NONE, EAS_WRONG_PASSWORD,
     DIRECTORY, "f1 v1"},
    {"a second", 1, "alice", "g2", CAFE, "a", NONE, EAS_WRONG_PASSWORD,
     DIRECTORY, "f1 v1"},
    {"a third", 1, "alice", "g3", CAFE, "a", NONE, EAS_WRONG_PASSWORD,
     DIRECTORY, "f1 v1"},
    {"a fourth is not asked about", 1, "alice", "g4", CAFE, "a", NONE,
     EAS_SHIELD_LOCKED, LEDGER, ""},
    {"not by its right password either", 1, "alice", "a", CAFE, "a", NONE,
     EAS_SHIELD_LOCKED, LEDGER, ""},
    {"the owner's phone goes on", 1, "alice", "a", HOME, "a", NONE, EAS_GRANTED,
     CACHE, ""},
    {"a guess that was refused stays refused", 1, "alice", "g1", CAFE, "a",
     NONE, EAS_KNOWN_WRONG, LEDGER, ""},
    {"half an hour later one is let through", MINUTES(31), "alice", "g5", CAFE,
     "a", NONE, EAS_WRONG_PASSWORD, DIRECTORY, "f1 v1"},
    {"one", 1, "alice", "g6", CAFE, "a", NONE, EAS_SHIELD_LOCKED, LEDGER, ""},
    {"the owner, verified anew, from home", 1, "alice", "a", HOME, "a", NONE,
     EAS_GRANTED, DIRECTORY, "f1 v1"},
    {"who has ended it by that", 1, "alice", "g7", CAFE, "a", NONE,
     EAS_WRONG_PASSWORD, DIRECTORY, "f1 v1"},
    {.name = NULL},
};

static const step typing_error[] = {
    {"the owner is at home", 0, "alice", "a", HOME, "a", NONE, EAS_GRANTED,
     DIRECTORY, "f1 v1"},
    {"a guess", 1, "alice", "g1", CAFE, "a", NONE, EAS_WRONG_PASSWORD,
     DIRECTORY, "f1 v1"},
    {"a second", 1, "alice", "g2", CAFE, "a", NONE, EAS_WRONG_PASSWORD,
     DIRECTORY, "f1 v1"},
    {"a third", 1, "alice", "g3", CAFE, "a", NONE, EAS_WRONG_PASSWORD,
     DIRECTORY, "f1 v1"},
    {"a typing error at home", 1, "alice", "aa", HOME, "a", NONE,
     EAS_WRONG_PASSWORD, DIRECTORY, "f1 v1"},
    {"which is known", 1, "alice", "aa", HOME, "a", NONE, EAS_KNOWN_WRONG,
     LEDGER, ""},
    {"a second one", 1, "alice", "ab", HOME, "a", NONE, EAS_WRONG_PASSWORD,
     DIRECTORY, "f1 v1"},
    {"a third", 1, "alice", "ac", HOME, "a", NONE, EAS_WRONG_PASSWORD,
     DIRECTORY, "f1 v1"},
    {"spends what there is at home", 1, "alice", "ad", HOME, "a", NONE,
     EAS_SHIELD_LOCKED, LEDGER, ""},
    {"the right one, in the cache, is good at home", 1, "alice", "a", HOME, "a",
     NONE, EAS_GRANTED, CACHE, ""},
    {"not away", 1, "alice", "a", CAFE, "a", NONE, EAS_SHIELD_LOCKED, LEDGER,
     ""},
    {.name = NULL},
};

static const step forbidden[] = {
    {"a good login", 0, "alice", "a", HOME, "a", NONE, EAS_GRANTED, DIRECTORY,
     "f1 v1"},
    {"another phone has the next password, and is told", 1, "alice", "b", HOME,
     "b", EAS_ACCOUNT_DISABLED, EAS_ACCOUNT_DISABLED, DIRECTORY, "f1 v1"},
    {"that is known for a minute", 30, "alice", "b", HOME, "b",
     EAS_ACCOUNT_DISABLED, EAS_ACCOUNT_DISABLED, CACHE, ""},
    {"the first phone is asked about again", 1, "alice", "a", HOME, "a",
     EAS_ACCOUNT_DISABLED, EAS_ACCOUNT_DISABLED, DIRECTORY, "f1 v1"},
    {"then a search tells", 61, "alice", "a", HOME, "a", EAS_ACCOUNT_DISABLED,
     EAS_ACCOUNT_DISABLED, DIRECTORY, "f1 s1"},
    {"which is kept as well", 1, "alice", "a", HOME, "a", EAS_ACCOUNT_DISABLED,
     EAS_ACCOUNT_DISABLED, CACHE, ""},
    {"until the account is in order again", 61, "alice", "a", HOME, "a", NONE,
     EAS_GRANTED, DIRECTORY, "f1 s1 v1"},
    {.name = NULL},
};

static const step outage[] = {
    {"an outage is no wrong password", 0, "alice", "a", HOME, "a",
     EAS_DIRECTORY_DOWN, EAS_DIRECTORY_DOWN, DIRECTORY, "f1 v1"},
    {"and counts for nothing", 1, "alice", "b", HOME, "a", EAS_DIRECTORY_DOWN,
     EAS_DIRECTORY_DOWN, DIRECTORY, "f1 v1"},
    {"however often", 1, "alice", "c", HOME, "a", EAS_DIRECTORY_TIMEOUT,
     EAS_DIRECTORY_TIMEOUT, DIRECTORY, "f1 v1"},
    {"or many", 1, "alice", "d", HOME, "a", EAS_DIRECTORY_TIMEOUT,
     EAS_DIRECTORY_TIMEOUT, DIRECTORY, "f1 v1"},
    {"and afterwards the password does", 1, "alice", "a", HOME, "a", NONE,
     EAS_GRANTED, DIRECTORY, "f1 v1"},
    {.name = NULL},
};

static const step no_guesses[] = {
    {"an expired password is right", 0, "alice", "a", HOME, "a",
     EAS_PASSWORD_EXPIRED, EAS_PASSWORD_EXPIRED, DIRECTORY, "f1 v1"},
    {"must change", 1, "alice", "b", HOME, "b", EAS_MUST_CHANGE,
     EAS_MUST_CHANGE, DIRECTORY, "f1 v1"},
    {"an unknown code", 1, "alice", "c", HOME, "c", EAS_REFUSED_OTHERWISE,
     EAS_REFUSED_OTHERWISE, DIRECTORY, "f1 v1"},
    {"which is not remembered", 1, "alice", "c", HOME, "c",
     EAS_REFUSED_OTHERWISE, EAS_REFUSED_OTHERWISE, DIRECTORY, "f1 v1"},
    {"locked by the directory", 1, "alice", "d", HOME, "d",
     EAS_DIRECTORY_LOCKED, EAS_DIRECTORY_LOCKED, DIRECTORY, "f1 v1"},
    {"which is, for a minute", 1, "alice", "d", HOME, "d", EAS_DIRECTORY_LOCKED,
     EAS_DIRECTORY_LOCKED, CACHE, ""},
    {"none of that was a guess", 1, "alice", "e", HOME, "e", NONE, EAS_GRANTED,
     DIRECTORY, "f1 v1"},
    {.name = NULL},
};

static const step log_mode[] = {
    {"a guess", 1, "alice", "g1", CAFE, "a", NONE, EAS_WRONG_PASSWORD,
     DIRECTORY, "f1 v1"},
    {"a second", 1, "alice", "g2", CAFE, "a", NONE, EAS_WRONG_PASSWORD,
     DIRECTORY, "f1 v1"},
    {"a third", 1, "alice", "g3", CAFE, "a", NONE, EAS_WRONG_PASSWORD,
     DIRECTORY, "f1 v1"},
    {"a fourth is asked about", 1, "alice", "g4", CAFE, "a", NONE,
     EAS_WRONG_PASSWORD, DIRECTORY, "f1 v1"},
    {"a repeated one is not", 1, "alice", "g4", CAFE, "a", NONE,
     EAS_KNOWN_WRONG, LEDGER, ""},
    {.name = NULL},
};

static const step strangers[] = {
    {"nobody", 0, "nobody", "a", HOME, "a", EAS_UNKNOWN_USER, EAS_UNKNOWN_USER,
     DIRECTORY, "f1"},
    {"is not searched for again", 1, "nobody", "a", HOME, "a", EAS_UNKNOWN_USER,
     EAS_KNOWN_WRONG, LEDGER, ""},
    {"but with another password", 1, "nobody", "b", HOME, "a", EAS_UNKNOWN_USER,
     EAS_UNKNOWN_USER, DIRECTORY, "f1"},
    {"and a third", 1, "Nobody", "c", HOME, "a", EAS_UNKNOWN_USER,
     EAS_UNKNOWN_USER, DIRECTORY, "f1"},
    {"held like anybody", 1, "nobody", "d", HOME, "a", EAS_UNKNOWN_USER,
     EAS_SHIELD_LOCKED, LEDGER, ""},
    {"another nobody is another", 1, "noone", "d", HOME, "a", EAS_UNKNOWN_USER,
     EAS_UNKNOWN_USER, DIRECTORY, "f1"},
    {"who may turn up", MINUTES(16), "noone", "d", HOME, "d", NONE, EAS_GRANTED,
     DIRECTORY, "f1 v1"},
    {"and be known", 1, "noone", "d", HOME, "d", NONE, EAS_GRANTED, CACHE, ""},
    {.name = NULL},
};

static const struct {
    const char *name;
    const step *steps;
    eas_lockout_mode mode;
    const char *events;
} stories[] = {
    {"a good password", good, EAS_LOCKOUT_ENFORCE, ""},
    {"a changed password", changed, EAS_LOCKOUT_ENFORCE, ""},
    {"two good passwords", both_good, EAS_LOCKOUT_ENFORCE, ""},
    {"a stale password", stale_password, EAS_LOCKOUT_ENFORCE, ""},
    {"replication", replicated, EAS_LOCKOUT_ENFORCE, ""},
    {"a guesser", guesser, EAS_LOCKOUT_ENFORCE,
     "holds:alice holds:alice releases:alice"},
    {"a typing error", typing_error, EAS_LOCKOUT_ENFORCE,
     "holds:alice holds:alice"},
    {"a forbidden account", forbidden, EAS_LOCKOUT_ENFORCE, ""},
    {"an outage", outage, EAS_LOCKOUT_ENFORCE, ""},
    {"what is no guess", no_guesses, EAS_LOCKOUT_ENFORCE, ""},
    {"mode=log", log_mode, EAS_LOCKOUT_LOG, "would:alice"},
    {"mode=off", log_mode, EAS_LOCKOUT_OFF, ""},
    {"strangers", strangers, EAS_LOCKOUT_ENFORCE, "holds:Nobody"},
};

static apr_pool_t *pool;

static eas_reason fake_state(void *self, eas_identity *identity,
                             eas_moment deadline, apr_pool_t *p,
                             const char **detail_out)
{
    fake *f = self;

    (void)identity;
    (void)deadline;
    (void)p;
    (void)detail_out;
    fake_note(f, 's');
    return f->verify;
}

/* The directory as it is at this step. */
static void set(world *w, const step *s)
{
    fake *f = &w->fakes[ONE];

    w->now += SECONDS(s->after);
    w->trace[0] = '\0';
    w->credential.login = s->login;
    w->credential.password = s->password;
    w->client.address = s->address;
    f->find = s->says == EAS_UNKNOWN_USER ? s->says : EAS_REASON_NONE;
    f->verify =
        strcmp(s->password, s->right) ? EAS_WRONG_PASSWORD : EAS_REASON_NONE;
    f->verify = s->says ? s->says : f->verify;
}

static void take(world *w, const step *s)
{
    eas_verdict v;

    set(w, s);
    v = eas_decide(&w->env, &w->policy, &w->client, &w->attempt, w->pool);
    is_str(eas_reason_name(v.reason), eas_reason_name(s->expected), s->name);
    is_str(eas_source_name(v.source), eas_source_name(s->source),
           tap_row(s->name, "by whom"));
    is_str(w->trace, s->trace, tap_row(s->name, "what was asked"));
    ok((v.reason == EAS_GRANTED)
           == (v.identity && v.identity->proof == EAS_PROOF_PASSWORD),
       tap_row(s->name, "proven if granted"));
    ok((v.retry_after > 0) == (eas_reason_get(v.reason)->status == 503),
       tap_row(s->name, "when to come again"));
}

static void begin(world *w, fake_shield *f)
{
    world_make(w, pool);
    fake_shield_make(f, w, pool);
    w->fakes[ONE].directory.state = fake_state;
    w->fakes[ONE].limits = (eas_lockout_limits){10, SECONDS(1800)};
    w->fakes[ONE].stamp = "20261101000000Z";
}

static void test_stories(void)
{
    for (int i = 0; i < COUNT(stories); i++) {
        world w;
        fake_shield f;

        begin(&w, &f);
        w.policy.shield.mode = stories[i].mode;
        for (const step *s = stories[i].steps; s->name; s++) {
            take(&w, s);
        }
        is_str(f.events, stories[i].events,
               tap_row(stories[i].name, "what was told"));
    }
}

/* --- what needs more than a password ------------------------------------------ */

static const step known_wrong[] = {
    {"a stale password", 0, "alice", "old", HOME, "new", NONE,
     EAS_WRONG_PASSWORD, DIRECTORY, "f1 v1"},
    {"and its second look", 61, "alice", "old", HOME, "new", NONE,
     EAS_WRONG_PASSWORD, DIRECTORY, "f1 v1"},
    {.name = NULL},
};
static const step changed_back = {"changed back: the stamp says so",
                                  MINUTES(16),
                                  "alice",
                                  "old",
                                  HOME,
                                  "old",
                                  NONE,
                                  EAS_GRANTED,
                                  DIRECTORY,
                                  "f1 v1"};

static void run(world *w, const step *steps)
{
    for (; steps->name; steps++) {
        take(w, steps);
    }
}

static void test_stamp(void)
{
    world w;
    fake_shield f;

    begin(&w, &f);
    run(&w, known_wrong);
    w.fakes[ONE].stamp = "20261124000000Z";
    take(&w, &changed_back);
}

static const step once_good = {"a good login", 0,      "alice", "a",
                               HOME,           "a",    NONE,    EAS_GRANTED,
                               DIRECTORY,      "f1 v1"};
static const step too_long_ago = {"four hours later it is no more",
                                  HOURS(4),
                                  "alice",
                                  "a",
                                  HOME,
                                  "a",
                                  EAS_DIRECTORY_DOWN,
                                  EAS_DIRECTORY_DOWN,
                                  DIRECTORY,
                                  "f1 v1"};
static const step still_good = {
    "good an hour ago", HOURS(1),    "alice", "a",    HOME, "a",
    EAS_DIRECTORY_DOWN, EAS_GRANTED, STALE,   "f1 v1"};
static const step not_good = {
    "another password", 1,         "alice", "b", HOME, "a", EAS_DIRECTORY_DOWN,
    EAS_DIRECTORY_DOWN, DIRECTORY, "f1 v1"};
static const step one_failure = {"one failure is no outage",
                                 HOURS(1),
                                 "alice",
                                 "a",
                                 HOME,
                                 "a",
                                 EAS_DIRECTORY_DOWN,
                                 EAS_DIRECTORY_DOWN,
                                 DIRECTORY,
                                 "f1 v1"};
static const step refused_since = {
    "refused since",    HOURS(1),  "alice", "a", HOME, "b", NONE,
    EAS_WRONG_PASSWORD, DIRECTORY, "f1 v1"};
static const step is_wrong = {
    "stays refused", 1,      "alice", "a", HOME, "a", EAS_DIRECTORY_DOWN,
    EAS_KNOWN_WRONG, LEDGER, ""};
static const step disabled_since = {"disabled since",
                                    HOURS(1),
                                    "alice",
                                    "b",
                                    HOME,
                                    "b",
                                    EAS_ACCOUNT_DISABLED,
                                    EAS_ACCOUNT_DISABLED,
                                    DIRECTORY,
                                    "f1 v1"};
static const step not_softened = {
    "is not softened",  61,        "alice", "a", HOME, "a", EAS_DIRECTORY_DOWN,
    EAS_DIRECTORY_DOWN, DIRECTORY, "f1 v1"};
static const step answers = {"over at once when it answers",
                             1,
                             "alice",
                             "a",
                             HOME,
                             "b",
                             NONE,
                             EAS_WRONG_PASSWORD,
                             DIRECTORY,
                             "f1 v1"};

static void test_stale(void)
{
    world w;
    fake_shield f;

    begin(&w, &f);
    w.policy.cache_stale = SECONDS(HOURS(4));
    take(&w, &once_good);
    w.fakes[ONE].is_down = 1;
    take(&w, &still_good);
    take(&w, &not_good);
    w.fakes[ONE].is_down = 0;
    take(&w, &answers);
}

static const struct {
    const char *name;
    const step *between; /* or NULL */
    const step *then;
    int is_down;
    int hours;
    int is_flushed;
} outages[] = {
    {"good within the time", NULL, &still_good, 1, 4, 0},
    {"longer ago", NULL, &too_long_ago, 1, 4, 0},
    {"one failure alone", NULL, &one_failure, 0, 4, 0},
    {"where it is off", NULL, &one_failure, 1, 0, 0},
    {"after a refusal", &refused_since, &is_wrong, 1, 4, 0},
    {"after a forbidden verdict", &disabled_since, &not_softened, 1, 4, 0},
    {"after a flush", NULL, &one_failure, 1, 4, 1},
};

static void test_outages(void)
{
    for (int i = 0; i < COUNT(outages); i++) {
        world w;
        fake_shield f;

        begin(&w, &f);
        w.policy.cache_stale = SECONDS(HOURS(outages[i].hours));
        take(&w, &once_good);
        if (outages[i].between) {
            take(&w, outages[i].between);
        }
        if (outages[i].is_flushed) {
            w.now += SECONDS(1);
            atomic_store(&f.flushed_at, w.now);
        }
        w.fakes[ONE].is_down = outages[i].is_down;
        take(&w, outages[i].then);
    }
}

static const step flushed = {"asked again after a flush",
                             1,
                             "alice",
                             "a",
                             HOME,
                             "a",
                             NONE,
                             EAS_GRANTED,
                             DIRECTORY,
                             "f1 v1"};
static const step cached = {
    "and known again", 1,     "alice", "a", HOME, "a", NONE,
    EAS_GRANTED,       CACHE, ""};

static void test_flush(void)
{
    world w;
    fake_shield f;

    begin(&w, &f);
    take(&w, &once_good);
    w.now += SECONDS(1);
    atomic_store(&f.flushed_at, w.now);
    take(&w, &flushed);
    take(&w, &cached);
}

/* Without a cache what is wrong is known all the same. */
static const step uncached[] = {
    {"a good login asks", 0, "alice", "a", HOME, "a", NONE, EAS_GRANTED,
     DIRECTORY, "f1 v1"},
    {"and asks", 1, "alice", "a", HOME, "a", NONE, EAS_GRANTED, DIRECTORY,
     "f1 v1"},
    {"a wrong one too", 1, "alice", "b", HOME, "a", NONE, EAS_WRONG_PASSWORD,
     DIRECTORY, "f1 v1"},
    {"once", 1, "alice", "b", HOME, "a", NONE, EAS_KNOWN_WRONG, LEDGER, ""},
    {.name = NULL},
};

static void test_without_cache(void)
{
    world w;
    fake_shield f;

    begin(&w, &f);
    f.shield.cache = NULL;
    run(&w, uncached);
    begin(&w, &f);
    w.policy.cache_ttl = 0;
    run(&w, uncached);
}

/* Whom another module may know, is asked about each time, and never held. */
static const step elsewhere[] = {
    {"nobody here", 0, "filer", "a", HOME, "a", EAS_UNKNOWN_USER,
     EAS_UNKNOWN_USER, DIRECTORY, "f1"},
    {"again", 1, "filer", "a", HOME, "a", EAS_UNKNOWN_USER, EAS_UNKNOWN_USER,
     DIRECTORY, "f1"},
    {"a second password", 1, "filer", "b", HOME, "a", EAS_UNKNOWN_USER,
     EAS_UNKNOWN_USER, DIRECTORY, "f1"},
    {"a third", 1, "filer", "c", HOME, "a", EAS_UNKNOWN_USER, EAS_UNKNOWN_USER,
     DIRECTORY, "f1"},
    {"a fourth", 1, "filer", "d", HOME, "a", EAS_UNKNOWN_USER, EAS_UNKNOWN_USER,
     DIRECTORY, "f1"},
    {"who is somebody here", 0, "alice", "a", HOME, "b", NONE,
     EAS_WRONG_PASSWORD, DIRECTORY, "f1 v1"},
    {"is known wrong all the same", 1, "alice", "a", HOME, "b", NONE,
     EAS_KNOWN_WRONG, LEDGER, ""},
    {.name = NULL},
};

static void test_goes_on(void)
{
    world w;
    fake_shield f;

    begin(&w, &f);
    w.attempt.goes_on = 1;
    run(&w, elsewhere);
}

/* Where nothing is limited, the directory is not asked for its limits. */
static const struct {
    const char *name;
    eas_lockout_mode mode;
    int is_read;
} readers[] = {
    {"mode=enforce", EAS_LOCKOUT_ENFORCE, 1},
    {"mode=log", EAS_LOCKOUT_LOG, 1},
    {"mode=off", EAS_LOCKOUT_OFF, 0},
};

static void test_limits(void)
{
    for (int i = 0; i < COUNT(readers); i++) {
        world w;
        fake_shield f;
        eas_lockout_limits limits;

        begin(&w, &f);
        w.policy.shield.mode = readers[i].mode;
        take(&w, &once_good);
        is_int(eas_limits_get(&f.limits[ONE], &limits), readers[i].is_read,
               tap_row(readers[i].name, "the directory's limits were read"));
    }
}

/* --- one search for many ------------------------------------------------------------ */

/* Another process looks for the same login: for how long at most, and what
 * becomes of who waits for it. */
static const struct {
    const char *name;
    int seconds;
    eas_reason expected;
    const char *trace;
} searches[] = {
    {"it has no answer", 60, EAS_OVERLOADED, ""},
    {"it has died", 0, EAS_GRANTED, "f1 v1"},
};

static void test_search(void)
{
    for (int i = 0; i < COUNT(searches); i++) {
        world w;
        fake_shield f;
        eas_key login;
        eas_span part = {&login, sizeof(login)};
        eas_flight_seat seat = {.owner = 2, .ticket = 99};
        apr_size_t length = 0;
        char result[EAS_FLIGHT_ROOM];
        eas_login parsed;

        begin(&w, &f);
        set(&w, &once_good);
        is_int(eas_login_parse("alice", w.pool, &parsed), EAS_REASON_NONE,
               "a login");
        login = eas_names_key(&fake_keys, "one", "f", &parsed, w.pool);
        seat.key = eas_key_make(&fake_keys, 'g', &part, 1);
        seat.arrived = w.now;
        seat.deadline = w.now + SECONDS(searches[i].seconds) + 100000;
        is_int(
            eas_flights_join(f.shield.flights, &seat, w.now, result, &length),
            EAS_FLIGHT_LEAD, tap_row(searches[i].name, "it leads"));
        is_int(
            eas_decide(&w.env, &w.policy, &w.client, &w.attempt, w.pool).reason,
            searches[i].expected, searches[i].name);
        is_str(w.trace, searches[i].trace,
               tap_row(searches[i].name, "what was asked"));
        is_int(f.pauses > 0, 1, tap_row(searches[i].name, "it was waited for"));
    }
}

/* --- several providers ------------------------------------------------------------ */

static const step in_second[] = {
    {"a bare name, known to the second", 0, "alice", "a", HOME, "a", NONE,
     EAS_GRANTED, DIRECTORY, "f1 f2 v2"},
    {"is not searched for in the first again", 1, "alice", "a", HOME, "a", NONE,
     EAS_GRANTED, CACHE, ""},
    {.name = NULL},
};

static void test_providers(void)
{
    world w;
    fake_shield f;

    begin(&w, &f);
    world_list(&w, "12");
    for (const step *s = in_second; s->name; s++) {
        step unknown = *s;

        unknown.says = EAS_REASON_NONE;
        w.fakes[TWO].verify = EAS_REASON_NONE;
        w.fakes[TWO].find = EAS_REASON_NONE;
        set(&w, &unknown);
        w.fakes[ONE].find = EAS_UNKNOWN_USER;
        w.now -= SECONDS(unknown.after);
        {
            const eas_verdict v =
                eas_decide(&w.env, &w.policy, &w.client, &w.attempt, w.pool);

            is_int(v.reason, EAS_GRANTED, s->name);
            is_str(v.provider, "two", tap_row(s->name, "whose"));
        }
        is_str(w.trace, s->trace, tap_row(s->name, "what was asked"));
    }
}

/* The first provider goes away, whose people the second's are not. */
static void test_first_is_down(void)
{
    static const struct {
        const char *name;
        int after;
        int is_down;
        eas_reason expected;
    } rows[] = {
        {"the first is down", MINUTES(20), 1, EAS_GRANTED},
        {"and still", HOURS(2), 1, EAS_GRANTED},
        {"one failure is no outage", 1, 0, EAS_DIRECTORY_DOWN},
        {"it was too long ago", HOURS(2), 1, EAS_DIRECTORY_DOWN},
    };
    world w;
    fake_shield f;

    begin(&w, &f);
    w.policy.cache_stale = SECONDS(HOURS(4));
    world_list(&w, "12");
    w.fakes[ONE].find = EAS_UNKNOWN_USER;
    is_int(eas_decide(&w.env, &w.policy, &w.client, &w.attempt, w.pool).reason,
           EAS_GRANTED, "known to the second");
    w.fakes[ONE].find = EAS_DIRECTORY_DOWN;
    for (int i = 0; i < COUNT(rows); i++) {
        w.now += SECONDS(rows[i].after);
        w.fakes[ONE].is_down = rows[i].is_down;
        is_int(
            eas_decide(&w.env, &w.policy, &w.client, &w.attempt, w.pool).reason,
            rows[i].expected, rows[i].name);
    }
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_stories();
    test_stamp();
    test_stale();
    test_outages();
    test_flush();
    test_without_cache();
    test_goes_on();
    test_limits();
    test_search();
    test_providers();
    test_first_is_down();
    apr_terminate();
    return done_testing();
}
