/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_request.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <http_request.h>
#include <http_ssl.h>

#include "eas_reason.h"
#include "mod_eas_main_conf.h"
#include "mod_eas_memo.h"
#include "mod_eas_proxy.h"
#include "mod_eas_recent.h"
#include "mod_eas_runtime.h"
#include "mod_eas_shared.h"
#include "mod_eas_shield.h"

APLOG_USE_MODULE(eas_auth);

const mod_eas_ready *mod_eas_request_ready(mod_eas_state *state)
{
    if (!state->ready) {
        state->demand = mod_eas_method_demand(state->type);
        state->ready = mod_eas_ready_get(state->dir, state->demand,
                                         state->shared->initial->pool);
    }
    return state->ready;
}

request_rec *mod_eas_request_initial(request_rec *r)
{
    while (r->prev || r->main) {
        r = r->prev ? r->prev : r->main;
    }
    return r;
}

/* Whoever is behind a proxy is logged, and later judged, by the proxy's
 * address unless mod_remoteip says better: worth one line, not one each. */
static void warn_of_forwarded(request_rec *r)
{
    if (r->useragent_addr == r->connection->client_addr
        && apr_table_get(r->headers_in, "X-Forwarded-For")
        && mod_eas_shared_is_first()) {
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                      "EAS0310: a request came with X-Forwarded-For, but "
                      "mod_remoteip is not in charge of it: %s is taken for "
                      "the phone's address. Behind a proxy, configure "
                      "RemoteIPHeader and RemoteIPInternalProxy "
                      "(said once)",
                      r->useragent_ip);
    }
}

static mod_eas_shared *shared_of(request_rec *initial)
{
    mod_eas_shared *shared = apr_pcalloc(initial->pool, sizeof(*shared));

    shared->initial = initial;
    shared->client.address = initial->useragent_ip;
    shared->client.tls = ap_ssl_conn_is_ssl(initial->connection)
                         || mod_eas_proxy_says_tls(initial);
    warn_of_forwarded(initial);
    return shared;
}

mod_eas_state *mod_eas_request_bare(request_rec *r)
{
    mod_eas_state *state =
        ap_get_module_config(r->request_config, &eas_auth_module);

    if (!state) {
        state = apr_pcalloc(r->pool, sizeof(*state));
        ap_set_module_config(r->request_config, &eas_auth_module, state);
    }
    return state;
}

/* httpd has one record for each place, so that another one means other
 * directives: touched before httpd had walked the sections (mod_rewrite looks
 * ahead), or from within an <AuthnProviderAlias>. */
static mod_eas_state *refresh(request_rec *r, mod_eas_method type)
{
    request_rec *initial = mod_eas_request_initial(r);
    mod_eas_state *state = mod_eas_request_bare(r);

    state->per_dir = r->per_dir_config;
    state->dir = ap_get_module_config(r->per_dir_config, &eas_auth_module);
    state->type = type;
    state->ready = NULL;
    state->certificate = NULL;
    state->whole = NULL;
    state->presented = (eas_key){{0, 0}};
    state->guard_status = 0;
    if (!state->shared) {
        state->shared = r == initial ? shared_of(initial)
                                     : mod_eas_request_state(initial)->shared;
    }
    return state;
}

static mod_eas_state *current_state(request_rec *r)
{
    mod_eas_state *state =
        ap_get_module_config(r->request_config, &eas_auth_module);

    return state && state->per_dir == r->per_dir_config ? state : NULL;
}

mod_eas_state *mod_eas_request_state(request_rec *r)
{
    mod_eas_state *state = current_state(r);

    return state ? state : refresh(r, mod_eas_method_by_name(ap_auth_type(r)));
}

mod_eas_state *mod_eas_request_ours(request_rec *r)
{
    mod_eas_state *state = current_state(r);
    mod_eas_method type;

    if (state) {
        return state->type == MOD_EAS_METHOD_OTHER ? NULL : state;
    }
    type = mod_eas_method_by_name(ap_auth_type(r));
    /* Nothing is made for requests that are not ours. */
    return type == MOD_EAS_METHOD_OTHER ? NULL : refresh(r, type);
}

int mod_eas_request_capture(request_rec *r)
{
    const char *header = apr_table_get(r->headers_in, "Authorization");

    if (header && r == mod_eas_request_initial(r)) {
        mod_eas_request_bare(r)->authorization = header;
    }
    return DECLINED;
}

const char *mod_eas_request_authorization(request_rec *r)
{
    return mod_eas_request_bare(mod_eas_request_initial(r))->authorization;
}

/* Only who decides needs to know, so that the memo costs nothing for it. */
static void note_network(mod_eas_shared *shared)
{
    shared->client.is_shared =
        mod_eas_is_shared_network(shared->initial->useragent_addr);
}

static eas_verdict decide(mod_eas_state *state, const eas_policy *policy,
                          const eas_attempt *attempt, apr_pool_t *pool)
{
    const eas_env *env = mod_eas_runtime_env();
    eas_verdict none = {.reason = EAS_MISCONFIGURED};

    if (!policy || !env) {
        none.detail = policy ? "this process has no directories"
                             : "no EASAuthProvider is in effect";
        return none;
    }
    note_network(state->shared);
    return eas_decide(env, policy, &state->shared->client, attempt, pool);
}

const eas_attempt *mod_eas_request_attempt(request_rec *r, mod_eas_reader read)
{
    const mod_eas_state *state = mod_eas_request_state(r);
    const eas_demand demand = mod_eas_method_demand(state->type);
    const int has_issuers = state->dir->cert_issuers != NULL;
    mod_eas_shared *shared = state->shared;

    if (!shared->attempt || shared->attempt->demand != demand
        || shared->source != state->dir->cert_source
        || shared->has_issuers < has_issuers) {
        eas_attempt attempt = read(shared->initial, state);

        attempt.demand = demand;
        shared->source = state->dir->cert_source;
        shared->has_issuers = has_issuers;
        shared->attempt =
            apr_pmemdup(shared->initial->pool, &attempt, sizeof(attempt));
    }
    return shared->attempt;
}

/* Not in constant time: both were sent by the same client. */
static int same_attempt(const eas_attempt *a, const eas_attempt *b)
{
    return a == b
           || (a && b && a->reason == b->reason && a->goes_on == b->goes_on
               && a->demand == b->demand && a->presented == b->presented
               && a->credential && b->credential
               && !strcmp(a->credential->login, b->credential->login)
               && !strcmp(a->credential->password, b->credential->password));
}

static int names_provider(const mod_eas_dir *dir, const char *provider)
{
    const char *const *name = dir->provider_names;

    while (name && *name && ap_cstr_casecmp(*name, provider)) {
        name++;
    }
    return name && *name;
}

/* Whether a password may have been sent, and was not proven by it. */
static int is_spent(const eas_verdict *verdict)
{
    switch (eas_reason_class(verdict->reason)) {
    case EAS_CLASS_REFUSED:
    case EAS_CLASS_LOCKED:
    case EAS_CLASS_UNAVAILABLE:
        return verdict->identity && verdict->provider;
    case EAS_CLASS_GRANTED:
    case EAS_CLASS_NO_CREDENTIAL:
    case EAS_CLASS_MALFORMED:
    case EAS_CLASS_FORBIDDEN:
        break;
    }
    return 0;
}

/* Whether the verdict reached holds here as well: the policy is the same, or
 * a password must not be sent a second time to a provider that would be asked
 * here too. */
static int holds_here(const mod_eas_state *state, const mod_eas_ready *here)
{
    const mod_eas_shared *shared = state->shared;
    const eas_verdict *verdict = &shared->verdict;

    if (!shared->under) {
        return 0;
    }
    return eas_key_is(&shared->under->verdict_key, &here->verdict_key)
           || (is_spent(verdict)
               && names_provider(state->dir, verdict->provider));
}

static void settle(const mod_eas_state *state, const eas_verdict *verdict,
                   const mod_eas_ready *under, const eas_attempt *attempt)
{
    mod_eas_shared *shared = state->shared;

    shared->verdict = *verdict;
    shared->under = under;
    shared->decided = attempt;
    shared->is_logged = 0;
}

static const eas_verdict *recall(mod_eas_state *state, const eas_env *env,
                                 mod_eas_teller tell)
{
    const eas_moment now = env->clock.now(env->clock.self);
    const eas_verdict *verdict;
    eas_moment flushed_at;

    if (!env->shield) {
        return NULL;
    }
    mod_eas_shield_look(env->shield, now);
    flushed_at = mod_eas_shield_flushed_at(env->shield);
    verdict = mod_eas_memo_find(state, now, flushed_at);
    if (!verdict) {
        note_network(state->shared);
        state->whole = state->certificate && *state->certificate
                           ? tell(state->shared->initial, state->dir)
                           : NULL;
        verdict = mod_eas_recent_find(state, env, now, flushed_at);
    }
    return verdict;
}

const eas_verdict *mod_eas_request_recall(request_rec *r, mod_eas_teller tell)
{
    mod_eas_state *state = mod_eas_request_state(r);
    mod_eas_shared *shared = state->shared;
    const eas_env *env = mod_eas_runtime_env();
    const mod_eas_ready *here = mod_eas_request_ready(state);
    const eas_verdict *verdict;

    if (holds_here(state, here)) {
        return shared->decided ? NULL : &shared->verdict;
    }
    verdict = env ? recall(state, env, tell) : NULL;
    if (!verdict) {
        return NULL;
    }
    settle(state, verdict, here, NULL);
    return &shared->verdict;
}

/* Another module's credential is not what the connection presented. */
static void remember(mod_eas_state *state, const eas_attempt *attempt)
{
    const eas_verdict *verdict = &state->shared->verdict;
    apr_size_t length;
    eas_memo memo;

    if (attempt == state->shared->attempt && verdict->until) {
        length = mod_eas_memo_keep(state, verdict, verdict->until, &memo);
        mod_eas_recent_keep(state, &memo, length, verdict->basis);
    }
}

const eas_verdict *mod_eas_request_verdict(request_rec *r,
                                           const eas_attempt *attempt)
{
    mod_eas_state *state = mod_eas_request_state(r);
    mod_eas_shared *shared = state->shared;
    apr_pool_t *pool = shared->initial->pool;
    const mod_eas_ready *here = mod_eas_request_ready(state);
    eas_verdict verdict;

    if (!holds_here(state, here) || !same_attempt(shared->decided, attempt)) {
        verdict = decide(state, here->policy, attempt, pool);
        settle(state, &verdict, here, attempt);
        remember(state, attempt);
    }
    return &shared->verdict;
}
