/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_recent.h"

#include <errno.h>
#include <sys/mman.h>

#include <apr_strings.h>
#include <http_log.h>

#include "eas_recent.h"
#include "mod_eas_memo.h"
#include "mod_eas_ready.h"

APLOG_USE_MODULE(eas_auth);

/* About 2 MB of a child that has seen so many; who is not in it is looked up
 * in what all children share. */
enum { GRANTS = 2048 };

/* Set before the child has threads. */
static eas_recents *recents;

static apr_status_t forget(void *unused)
{
    (void)unused;
    recents = NULL;
    return APR_SUCCESS;
}

/* Pages of it that nobody writes take no memory, and no other process has it:
 * there are names in it.  The end of the process gives it back. */
static void *map(void)
{
    void *memory = mmap(NULL, eas_recents_size(GRANTS), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

void mod_eas_recent_child_init(apr_pool_t *pchild, server_rec *s)
{
    void *memory;

    if (!mod_eas_providers()->nelts) {
        return;
    }
    memory = map();
    if (!memory) {
        ap_log_error(APLOG_MARK, APLOG_INFO, errno, s,
                     "EAS0341: there is no memory for what this process has "
                     "lately found: each new connection looks it up");
        return;
    }
    recents = eas_recents_make(memory, GRANTS, pchild);
    apr_pool_cleanup_register(pchild, NULL, forget, apr_pool_cleanup_null);
}

const eas_verdict *mod_eas_recent_find(mod_eas_state *state, const eas_env *env,
                                       eas_moment now, eas_moment flushed_at)
{
    const mod_eas_shared *shared = state->shared;
    request_rec *initial = shared->initial;
    const eas_recent *recent;
    eas_memo_call call;
    eas_verdict *verdict;
    apr_size_t length = 0;

    if (!recents
        || !mod_eas_memo_call_anywhere(state, now, flushed_at, &call)) {
        return NULL;
    }
    recent = eas_recents_find(recents, &call, initial->pool, &length);
    if (!recent) {
        return NULL;
    }
    verdict = apr_palloc(initial->pool, sizeof(*verdict));
    if (!eas_recent_repeat(recent, env, mod_eas_request_ready(state)->policy,
                           &shared->client, &call, initial->pool, verdict)) {
        return NULL;
    }
    mod_eas_memo_put(state, &recent->memo, length);
    return verdict;
}

void mod_eas_recent_keep(mod_eas_state *state, const eas_memo *memo,
                         apr_size_t length, const eas_basis *basis)
{
    eas_memo_call call;
    eas_memo *anywhere;

    if (!recents || !length || !basis) {
        return;
    }
    if (!state->certificate) {
        /* A header is the same everywhere. */
        eas_recents_keep(recents, memo, length, basis);
    }
    else if (mod_eas_memo_call_anywhere(state, 0, 0, &call)) {
        anywhere = apr_pmemdup(state->shared->initial->pool, memo, length);
        anywhere->head.key = call.key;
        eas_recents_keep(recents, anywhere, length, basis);
    }
}
