/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_rule.h"

#include "eas_reason.h"

#define NO_TTL apr_time_from_sec(60)

/* One decision on its way. */
typedef struct decision {
    const eas_env *env;
    const eas_policy *policy;
    const eas_directory *directory;
    eas_facts *facts; /* NULL where nothing is remembered */
    eas_fact_question question;
    eas_fact fact;
    int has_fact;
} decision;

static void recall(decision *d, apr_pool_t *pool)
{
    d->has_fact = d->facts
                  && eas_facts_get(d->facts, &d->question, pool, &d->fact)
                  && d->fact.at > atomic_load(d->env->shield->flushed_at);
}

static int is_fresh(const decision *d)
{
    const apr_interval_time_t ttl = d->policy->cache_ttl;

    return d->has_fact
           && d->fact.age < (d->fact.is_so || ttl < NO_TTL ? ttl : NO_TTL);
}

static int is_stale_good(const decision *d)
{
    return d->has_fact && d->fact.is_so && d->fact.age < d->policy->cache_stale
           && d->directory->is_down(d->directory->self);
}

static void remember(const decision *d, eas_reason reason, eas_moment asked,
                     apr_pool_t *pool)
{
    const eas_policy *policy = d->policy;

    if (d->facts
        && (reason == EAS_REASON_NONE || reason == EAS_NOT_AUTHORIZED)) {
        eas_facts_put(d->facts, &d->question, reason == EAS_REASON_NONE, asked,
                      policy->cache_stale > policy->cache_ttl
                          ? policy->cache_stale
                          : policy->cache_ttl,
                      pool);
    }
}

static decision begin(const eas_env *env, const eas_policy *policy,
                      const eas_provider *provider,
                      const eas_directory *directory,
                      const eas_verdict *verdict, const eas_rule *rule)
{
    const eas_shield *shield = env->shield;
    decision d = {
        .env = env,
        .policy = policy,
        .directory = directory,
        .facts = shield && policy->cache_ttl && rule->is_constant
                     ? shield->facts
                     : NULL,
        .question = {provider->name, provider->fingerprint,
                     verdict->identity->id, rule->name, rule->what},
    };

    return d;
}

eas_reason eas_rule_decide(const eas_env *env, const eas_policy *policy,
                           const eas_provider *provider,
                           const eas_directory *directory,
                           const eas_verdict *verdict, const eas_rule *rule,
                           apr_pool_t *pool, const char **detail_out)
{
    decision d = begin(env, policy, provider, directory, verdict, rule);
    const eas_moment asked = env->clock.now(env->clock.self);
    eas_reason reason;

    recall(&d, pool);
    if (is_fresh(&d)) {
        return d.fact.is_so ? EAS_REASON_NONE : EAS_NOT_AUTHORIZED;
    }
    reason = rule->ask(directory, verdict, rule->what, pool, detail_out);
    remember(&d, reason, asked, pool);
    return eas_reason_class(reason) == EAS_CLASS_UNAVAILABLE
                   && is_stale_good(&d)
               ? EAS_REASON_NONE
               : reason;
}
