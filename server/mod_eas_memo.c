/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_memo.h"

#include <string.h>

#include <apr_strings.h>
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

/* Of a request, once. */
static const eas_key *key_of(mod_eas_state *state, const char *header)
{
    if (!state->presented.word[0] && !state->presented.word[1]) {
        state->presented = eas_memo_key(&secret, header, state->certificate);
    }
    return &state->presented;
}

/* A certificate needs no header; without either there is nothing to go by. */
int mod_eas_memo_call(mod_eas_state *state, eas_moment now,
                      eas_moment flushed_at, eas_memo_call *call_out)
{
    const mod_eas_shared *shared = state->shared;
    const char *header = mod_eas_request_authorization(shared->initial);
    const mod_eas_ready *ready = mod_eas_request_ready(state);

    if (!has_secret || (!header && !state->certificate) || !ready->policy) {
        return 0;
    }
    *call_out = (eas_memo_call){
        .key = *key_of(state, header),
        .place = {shared->initial->server, ready->memo_key, shared->client.tls,
                  state->demand},
        .now = now,
        .flushed_at = flushed_at,
    };
    return 1;
}

int mod_eas_memo_call_anywhere(mod_eas_state *state, eas_moment now,
                               eas_moment flushed_at, eas_memo_call *call_out)
{
    if ((state->certificate && !state->whole)
        || !mod_eas_memo_call(state, now, flushed_at, call_out)) {
        return 0;
    }
    if (state->certificate) {
        call_out->key = eas_memo_key(
            &secret, mod_eas_request_authorization(state->shared->initial),
            state->whole);
    }
    return 1;
}

const eas_verdict *mod_eas_memo_find(mod_eas_state *state, eas_moment now,
                                     eas_moment flushed_at)
{
    const mod_eas_shared *shared = state->shared;
    request_rec *initial = shared->initial;
    const eas_published *block = block_of(initial);
    apr_size_t length = 0;
    const eas_memo *memo =
        block ? eas_published_read(block, initial->pool, &length) : NULL;
    eas_memo_call call;
    eas_verdict *verdict;

    if (!memo || !mod_eas_memo_call(state, now, flushed_at, &call)) {
        return NULL;
    }
    verdict = apr_palloc(initial->pool, sizeof(*verdict));
    return eas_decide_repeat(mod_eas_request_ready(state)->policy,
                             &shared->client, memo, &call, initial->pool,
                             verdict)
               ? verdict
               : NULL;
}

/* Of a certificate, there and here are two keys. */
void mod_eas_memo_put(const mod_eas_state *state, const eas_memo *memo,
                      apr_size_t length)
{
    request_rec *initial = state->shared->initial;
    eas_published *block = block_of(initial);
    eas_memo *own;

    if (block && state->certificate) {
        own = apr_pmemdup(initial->pool, memo, length);
        own->head.key = state->presented;
        eas_published_write(block, own, length);
    }
    else if (block) {
        eas_published_write(block, memo, length);
    }
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

apr_size_t mod_eas_memo_keep(mod_eas_state *state, const eas_verdict *verdict,
                             eas_moment until, eas_memo *memo_out)
{
    eas_published *block = block_of(state->shared->initial);
    eas_memo_call call;
    apr_size_t length;

    if (!block || !mod_eas_memo_call(state, eas_clock_now(NULL), 0, &call)) {
        return 0;
    }
    length = eas_memo_write(
        verdict,
        provider_index(mod_eas_request_ready(state)->policy, verdict->provider),
        &call, until, memo_out);
    /* No password is in it, and the names are in the request as well. */
    if (length) {
        eas_published_write(block, memo_out, length);
    }
    return length;
}
