/* SPDX-License-Identifier: Apache-2.0 */
/* Require lines that ask a directory: what it said is believed for a while,
 * "no" for a shorter one, and "yes" through an outage. */
#include <apr_general.h>

#include "eas_rule.h"
#include "fake_shield.h"

#define DOWN EAS_DIRECTORY_DOWN
#define YES EAS_REASON_NONE
#define NO EAS_NOT_AUTHORIZED

static apr_pool_t *pool;

/* One request. */
typedef struct step {
    const char *name;
    int after;       /* seconds since the one before */
    eas_reason says; /* what the directory would answer */
    int is_down;
    eas_reason expected;
    int asked; /* whether it is asked */
} step;

static const step member[] = {
    {"a member", 0, YES, 0, YES, 1},
    {"is known", 1, YES, 0, YES, 0},
    {"also when it was taken out", 598, NO, 0, YES, 0},
    {"until its time is over", 2, NO, 0, NO, 1},
    {.name = NULL},
};
static const step stranger[] = {
    {"no member", 0, NO, 0, NO, 1},
    {"is known for a minute", 59, YES, 0, NO, 0},
    {"and then asked about", 2, YES, 0, YES, 1},
    {.name = NULL},
};
static const step outage[] = {
    {"nothing is known", 0, DOWN, 1, DOWN, 1},
    {"a member", 1, YES, 0, YES, 1},
    {"stays one through an outage", 3600, DOWN, 1, YES, 1},
    {"not because of one failure", 1, DOWN, 0, DOWN, 1},
    {"nor for longer than was said", 4 * 3600, DOWN, 1, DOWN, 1},
    {.name = NULL},
};
static const step no_outage[] = {
    {"no member", 0, NO, 0, NO, 1},
    {"does not become one through an outage", 3600, DOWN, 1, DOWN, 1},
    {.name = NULL},
};

static const struct {
    const char *name;
    const step *steps;
} stories[] = {{"member", member},
               {"stranger", stranger},
               {"outage", outage},
               {"no outage", no_outage}};

/* What is asked, and what of. */
typedef struct asked {
    eas_reason says;
    int count;
} asked;

static asked directory_says;

static eas_reason ask(const eas_directory *directory,
                      const eas_verdict *verdict, const char *what,
                      apr_pool_t *p, const char **detail_out)
{
    (void)directory;
    (void)verdict;
    (void)what;
    (void)p;
    (void)detail_out;
    directory_says.count++;
    return directory_says.says;
}

static eas_identity alice = {.id = "alice"};
static const eas_rule group = {"eas-group", "phones", 1, ask};

static eas_reason decide(world *w, const eas_rule *rule)
{
    const eas_verdict verdict = {.reason = EAS_GRANTED, .identity = &alice};
    const char *detail = NULL;

    directory_says.count = 0;
    return eas_rule_decide(&w->env, &w->policy, &w->providers[ONE],
                           &w->fakes[ONE].directory, &verdict, rule, w->pool,
                           &detail);
}

static void take(world *w, const step *s)
{
    w->now += SECONDS(s->after);
    w->fakes[ONE].is_down = s->is_down;
    directory_says.says = s->says;
    is_str(eas_reason_name(decide(w, &group)), eas_reason_name(s->expected),
           s->name);
    is_int(directory_says.count, s->asked, tap_row(s->name, "asked"));
}

static void begin(world *w, fake_shield *f)
{
    world_make(w, pool);
    fake_shield_make(f, w, pool);
    w->policy.cache_stale = SECONDS(4 * 3600);
}

static void test_stories(void)
{
    for (int i = 0; i < COUNT(stories); i++) {
        world w;
        fake_shield f;

        begin(&w, &f);
        for (const step *s = stories[i].steps; s->name; s++) {
            take(&w, s);
        }
    }
}

/* Who may be known already is not what is asked about. */
static void test_others(void)
{
    static const eas_rule rules[] = {
        {"eas-group", "others", 1, ask},
        {"eas-filter", "phones", 1, ask},
        {"eas-group", "phones", 0, ask},
    };
    world w;
    fake_shield f;

    begin(&w, &f);
    directory_says.says = YES;
    decide(&w, &group);
    directory_says.says = NO;
    for (int i = 0; i < COUNT(rules); i++) {
        is_int(decide(&w, &rules[i]), NO, "another rule is another");
    }
    alice.id = "bob";
    is_int(decide(&w, &group), NO, "and so is somebody else");
    alice.id = "alice";
    w.providers[ONE].fingerprint = "g";
    is_int(decide(&w, &group), NO, "and another configuration");
    w.providers[ONE].fingerprint = "f";
    is_int(decide(&w, &group), YES, "while it is known");
    is_int(directory_says.count, 0, "without asking");
    w.now += SECONDS(1);
    atomic_store(&f.flushed_at, w.now);
    is_int(decide(&w, &group), NO, "until a flush");
    w.policy.cache_ttl = 0;
    directory_says.says = YES;
    is_int(decide(&w, &group), YES, "not where nothing is remembered");
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_stories();
    test_others();
    apr_terminate();
    return done_testing();
}
