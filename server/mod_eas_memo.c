/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_memo.h"

#include <string.h>

#include <http_log.h>
#include <openssl/crypto.h>

#include "eas_clock.h"
#include "mod_eas_ready.h"

APLOG_USE_MODULE(eas_auth);

/* Drawn before the child has threads. */
static eas_key_secret secret;
static int has_secret;

static apr_status_t forget(void *unused)
{
    (void)unused;
    OPENSSL_cleanse(&secret, sizeof(secret));
    has_secret = 0;
    return APR_SUCCESS;
}

void mod_eas_memo_child_init(apr_pool_t *pchild, server_rec *s)
{
    apr_status_t rv =
        apr_generate_random_bytes(secret.bytes, sizeof(secret.bytes));

    has_secret = rv == APR_SUCCESS;
    if (!has_secret) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, rv, s,
                     "EAS0340: there are no random numbers: nothing is "
                     "remembered with a connection");
    }
    apr_pool_cleanup_register(pchild, NULL, forget, apr_pool_cleanup_null);
}

static apr_status_t wipe(void *block)
{
    eas_published_wipe(block);
    return APR_SUCCESS;
}

int mod_eas_memo_pre_connection(conn_rec *c, void *socket)
{
    eas_published *block;

    (void)socket;
    /* A stream has its master's. */
    if (!c->master && has_secret && mod_eas_providers()->nelts) {
        block = apr_palloc(c->pool, sizeof(*block));
        eas_published_make(block);
        apr_pool_cleanup_register(c->pool, block, wipe, apr_pool_cleanup_null);
        ap_set_module_config(c->conn_config, &eas_auth_module, block);
    }
    return OK;
}

static eas_published *block_of(const request_rec *initial)
{
    const conn_rec *c = initial->connection;

    return ap_get_module_config((c->master ? c->master : c)->conn_config,
                                &eas_auth_module);
}

static const mod_eas_ready *ready_of(const mod_eas_state *state)
{
    return mod_eas_ready_get(state->dir, mod_eas_request_demand(state->type),
                             state->shared->initial->pool);
}

static eas_memo_call call_of(const mod_eas_state *state,
                             const mod_eas_ready *ready, const char *header,
                             eas_moment now)
{
    const mod_eas_shared *shared = state->shared;
    const eas_memo_call call = {
        .key = eas_memo_key(&secret, header, state->certificate),
        .place = {shared->initial->server, ready->memo_key, shared->client.tls,
                  mod_eas_request_demand(state->type)},
        .now = now,
    };

    return call;
}

/* A certificate needs no header; without either there is nothing to go by. */
static int is_shown(const mod_eas_state *state, const char *header)
{
    return header || state->certificate;
}

const eas_verdict *mod_eas_memo_find(const mod_eas_state *state, eas_moment now,
                                     eas_moment flushed_at)
{
    const mod_eas_shared *shared = state->shared;
    request_rec *initial = shared->initial;
    const eas_published *block = block_of(initial);
    const char *header = mod_eas_request_authorization(initial);
    const mod_eas_ready *ready = ready_of(state);
    apr_size_t length = 0;
    const eas_memo *memo =
        block && is_shown(state, header) && ready->policy
            ? eas_published_read(block, initial->pool, &length)
            : NULL;
    eas_memo_call call;
    eas_verdict *verdict;

    if (!memo) {
        return NULL;
    }
    call = call_of(state, ready, header, now);
    call.flushed_at = flushed_at;
    verdict = apr_palloc(initial->pool, sizeof(*verdict));
    return eas_decide_repeat(ready->policy, &shared->client, memo, &call,
                             initial->pool, verdict)
               ? verdict
               : NULL;
}

static int provider_index(const eas_policy *policy, const char *name)
{
    for (int i = 0; policy->providers[i]; i++) {
        if (name && !strcmp(policy->providers[i]->name, name)) {
            return i;
        }
    }
    return -1;
}

void mod_eas_memo_keep(const mod_eas_state *state, const eas_verdict *verdict,
                       eas_moment until)
{
    request_rec *initial = state->shared->initial;
    eas_published *block = block_of(initial);
    const char *header = mod_eas_request_authorization(initial);
    const mod_eas_ready *ready = ready_of(state);
    eas_memo_call call;
    apr_size_t length;
    eas_memo memo;

    if (!block || !is_shown(state, header) || !ready->policy) {
        return;
    }
    call = call_of(state, ready, header, eas_clock_now(NULL));
    length = eas_memo_write(verdict,
                            provider_index(ready->policy, verdict->provider),
                            &call, until, &memo);
    /* No password is in it, and the names are in the request as well. */
    if (length) {
        eas_published_write(block, &memo, length);
    }
}
