/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a decision reaches outside itself, as a test wants it: directories
 * that answer as they are told and note what they are asked, and a clock that
 * moves when they say so.
 */
#ifndef FAKE_ENV_H
#define FAKE_ENV_H

#include <apr_strings.h>

#include "eas_decide.h"
#include "eas_reason.h"
#include "tap.h"

#define START ((eas_moment)1000 * APR_USEC_PER_SEC)
#define SECONDS(n) ((apr_interval_time_t)(n)*APR_USEC_PER_SEC)
#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

/** How a directory misbehaves. */
typedef enum {
    HONEST,
    FORGETS_PROOF, /**< verify answers NONE and proves nothing */
    EARLY_PROOF,   /**< find claims a proof, verify proves nothing */
    EAGER_PROOF,   /**< verify proves, and objects all the same */
    NO_IDENTITY    /**< find answers NONE and finds nobody */
} trick;

/** A directory: what it answers, and what it was asked. */
typedef struct fake {
    const char *provider;
    eas_reason find;
    eas_reason verify;
    trick trick;
    apr_interval_time_t find_takes;
    apr_interval_time_t down_for;
    int is_down;
    int is_unanswered; /* verify: sent, and no answer came */
    eas_reason lockout;
    eas_lockout_limits limits; /* where lockout is NONE */
    const char *stamp;
    const char *detail;
    eas_account account;
    const char *dn;
    apr_table_t *attributes;

    /* What it remembers, and says where nobody wants it fresh. */
    int remembers;
    const char *old_dn;
    apr_table_t *old_attributes;
    eas_reason verify_old;

    int found; /**< calls */
    int verified;
    eas_moment find_deadline;
    eas_moment verify_deadline;
    const char *login;    /**< "form user domain" as find was told */
    const char *wanted;   /**< attributes find was told, NULL for none */
    const char *password; /**< as verify was told */

    eas_directory directory;
    struct world *world;
} fake;

/** The providers, and the letter of each in traces and lists. */
enum { ONE, TWO, ANY, BARE, FAKES };

static const char letters[] = "12*-";

typedef struct world {
    apr_pool_t *pool;
    eas_moment now;
    char trace[64]; /**< "f1 v1 F1": what was asked of whom, F afresh */
    fake fakes[FAKES];
    eas_provider providers[FAKES];
    const eas_provider *listed[FAKES + 1];
    eas_policy policy;
    eas_client client;
    eas_credential credential;
    eas_attempt attempt;
    eas_env env;
} world;

static inline void fake_note(fake *f, char what)
{
    world *w = f->world;
    size_t length = strlen(w->trace);

    snprintf(w->trace + length, sizeof(w->trace) - length, "%s%c%c",
             length ? " " : "", what, letters[f - w->fakes]);
}

static inline eas_identity *fake_identity(const fake *f, int is_fresh,
                                          apr_pool_t *pool)
{
    eas_identity *identity = apr_pcalloc(pool, sizeof(*identity));

    identity->id = f->provider;
    identity->account = f->account;
    identity->dn = is_fresh ? f->dn : f->old_dn;
    identity->attributes = is_fresh ? f->attributes : f->old_attributes;
    identity->stamp = f->stamp;
    identity->is_remembered = !is_fresh;
    identity->expires_in = -1;
    if (f->trick == EARLY_PROOF) {
        identity->proof = EAS_PROOF_PASSWORD;
    }
    return identity;
}

static inline eas_reason fake_find(void *self, const eas_login *login,
                                   const char *const *attributes, int is_fresh,
                                   eas_moment deadline, apr_pool_t *pool,
                                   eas_identity **identity_out,
                                   const char **detail_out)
{
    fake *f = self;
    const int is_recalled = f->remembers && !is_fresh;
    const eas_reason reason = is_recalled ? EAS_REASON_NONE : f->find;

    fake_note(f, is_fresh ? 'F' : 'f');
    f->found++;
    f->find_deadline = deadline;
    f->login = apr_psprintf(pool, "%d %s %s", login->form, login->user,
                            login->domain ? login->domain : "-");
    f->wanted = NULL;
    if (attributes) {
        f->wanted =
            apr_pstrcat(pool, attributes[0], attributes[1] ? "+" : "", NULL);
    }
    f->world->now += f->find_takes;
    if (f->detail) {
        *detail_out = f->detail;
    }
    if (reason == EAS_REASON_NONE && f->trick != NO_IDENTITY) {
        *identity_out = fake_identity(f, !is_recalled, pool);
    }
    return reason;
}

static inline eas_reason fake_verify(void *self, eas_identity *identity,
                                     const char *password, eas_moment deadline,
                                     apr_pool_t *pool, const char **detail_out)
{
    fake *f = self;
    const eas_reason reason =
        identity->is_remembered ? f->verify_old : f->verify;

    (void)pool;
    (void)detail_out;
    fake_note(f, 'v');
    f->verified++;
    f->verify_deadline = deadline;
    f->password = password;
    if (f->trick == EAGER_PROOF
        || (f->trick == HONEST && reason == EAS_REASON_NONE)) {
        identity->proof = EAS_PROOF_PASSWORD;
    }
    identity->is_unanswered = f->is_unanswered;
    return reason;
}

static inline apr_interval_time_t fake_down_for(void *self)
{
    return ((fake *)self)->down_for;
}

static inline int fake_is_down(void *self)
{
    return ((fake *)self)->is_down;
}

static inline eas_reason fake_lockout(void *self, const eas_identity *identity,
                                      eas_moment deadline, apr_pool_t *pool,
                                      eas_lockout_limits *limits_out)
{
    const fake *f = self;

    (void)identity;
    (void)deadline;
    (void)pool;
    if (f->lockout == EAS_REASON_NONE) {
        *limits_out = f->limits;
    }
    return f->lockout;
}

static inline const eas_directory *fake_directory(void *self,
                                                  const char *provider)
{
    world *w = self;

    for (int i = 0; i < FAKES; i++) {
        if (w->fakes[i].provider && !strcmp(w->fakes[i].provider, provider)) {
            return &w->fakes[i].directory;
        }
    }
    return NULL;
}

static inline eas_moment fake_now(void *self)
{
    return ((world *)self)->now;
}

static inline apr_time_t fake_date(void *self)
{
    (void)self;
    return apr_time_from_sec(1700000000); /* 2023-11-14 */
}

static inline apr_uint32_t fake_random(void *self)
{
    (void)self;
    return 0;
}

static inline void world_provider(world *w, int i, const char *name,
                                  const char *first, const char *second)
{
    eas_provider *provider = &w->providers[i];
    fake *f = &w->fakes[i];

    provider->name = f->provider = name;
    provider->total = SECONDS(8);
    if (first) {
        eas_domains_add(&provider->domains, first, w->pool);
    }
    if (second) {
        eas_domains_add(&provider->domains, second, w->pool);
    }
    f->world = w;
    f->account.user = "alice";
    f->account.domain = eas_domains_default(&provider->domains);
    f->dn = f->old_dn = "cn=alice";
    f->attributes = apr_table_make(w->pool, 4);
    f->old_attributes = apr_table_make(w->pool, 4);
    f->directory = (eas_directory){
        f,    EAS_LDAP_GENERIC, fake_find,    fake_verify,  NULL, NULL,
        NULL, fake_down_for,    fake_is_down, fake_lockout, NULL};
}

/** List the providers of the policy, by their letters. */
static inline void world_list(world *w, const char *which)
{
    int n = 0;

    for (; *which; which++) {
        w->listed[n++] = &w->providers[strchr(letters, *which) - letters];
    }
    w->listed[n] = NULL;
}

/** Alice with the right password over TLS, and provider "one". */
static inline void world_make(world *w, apr_pool_t *pool)
{
    memset(w, 0, sizeof(*w));
    w->pool = pool;
    w->now = START;
    world_provider(w, ONE, "one", "ONE", "one.example");
    world_provider(w, TWO, "two", "TWO", "two.example");
    world_provider(w, ANY, "any", "*", NULL);
    world_provider(w, BARE, "bare", NULL, NULL);
    w->policy.require_tls = 1;
    w->policy.providers = w->listed;
    world_list(w, "1");
    eas_template_compile("%u", pool, &w->policy.remote_user);
    w->client.address = "192.0.2.1";
    w->client.tls = 1;
    w->credential.login = "alice";
    w->credential.password = "right";
    w->attempt.credential = &w->credential;
    w->env.clock.self = w;
    w->env.clock.now = fake_now;
    w->env.clock.date = fake_date;
    w->env.directory = fake_directory;
    w->env.random = fake_random;
    w->env.self = w;
}

/** Decide, and look at what holds for every verdict. */
static inline eas_verdict world_decide(world *w, const char *name)
{
    eas_verdict v =
        eas_decide(&w->env, &w->policy, &w->client, &w->attempt, w->pool);
    int granted = v.reason == EAS_GRANTED;
    int proven = v.identity && v.identity->proof != EAS_PROOF_NONE;
    int failed = 0;

    failed += v.reason == EAS_REASON_NONE || v.reason >= EAS_REASON_COUNT;
    failed += granted != proven;
    failed += granted != (v.remote_user != NULL);
    failed += (v.retry_after > 0) != (eas_reason_get(v.reason)->status == 503);
    failed += granted && v.source != EAS_SOURCE_DIRECTORY;
    for (int i = 0; i < FAKES; i++) {
        const int most = w->fakes[i].remembers ? 2 : 1;

        failed += w->fakes[i].verified > most || w->fakes[i].found > most;
        failed += w->fakes[i].password && !*w->fakes[i].password;
    }
    is_int(failed, 0, tap_row(name, "what every verdict keeps"));
    return v;
}

#endif
