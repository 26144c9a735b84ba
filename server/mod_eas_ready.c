/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_ready.h"

#include <stdatomic.h>

#include <apr_strings.h>
#include <apr_thread_mutex.h>
#include <http_core.h>

#include "mod_eas_cert_conf.h"

/* Places for merged records, and how many of them are looked at. */
enum { SLOTS = 1024, PROBES = 8 };

/* Parts of a key beside the names, and AuthTypes. */
enum { FIXED = 4, DEMANDS = EAS_BY_CERTIFICATE + 1 };

/* Two records that last, and what they were merged into. */
typedef struct join {
    const mod_eas_dir *base;
    const mod_eas_dir *over;
    mod_eas_dir *merged;
} join;

/* Of one child: what has been merged, to be read without a lock. */
typedef struct joins {
    apr_pool_t *pool; /* with an allocator of its own; under the mutex */
    apr_thread_mutex_t *mutex;
    _Atomic(const join *) slots[SLOTS];
} joins;

/* Set before the child has threads. */
static joins *child_joins;

/* Names of providers and texts of directives are no secret. */
static const eas_key_secret no_secret;

static apr_size_t count_names(const mod_eas_dir *dir)
{
    apr_size_t count = 0;

    while (dir->provider_names && dir->provider_names[count]) {
        count++;
    }
    return count;
}

/* What is said of certificates: nothing of it counts for a password alone, and
 * sections that are the same to it share what was said. */
static eas_span about_certificates(const mod_eas_dir *dir,
                                   const eas_policy *policy, eas_demand demand,
                                   apr_pool_t *pool)
{
    if (demand == EAS_BY_PASSWORD || !policy) {
        return eas_span_text(NULL);
    }
    return eas_span_text(apr_psprintf(
        pool, "%s\n%s\n%s\n%s\n%d", policy->certificates.shown,
        mod_eas_cert_show_eku(dir, pool), mod_eas_cert_show_issuers(dir, pool),
        mod_eas_cert_show_source(dir), policy->certificates.fallback));
}

static eas_key verdict_key(const mod_eas_dir *dir, const eas_policy *policy,
                           eas_demand demand, apr_pool_t *pool)
{
    const apr_size_t count = count_names(dir);
    eas_span *parts = apr_palloc(pool, (count + FIXED) * sizeof(*parts));

    parts[0] = eas_span_text(dir->require_tls == MOD_EAS_OFF ? "off" : "on");
    parts[1] = eas_span_text(dir->remote_user);
    parts[2] = (eas_span){&demand, sizeof(demand)};
    parts[3] = about_certificates(dir, policy, demand, pool);
    for (apr_size_t i = 0; i < count; i++) {
        parts[i + FIXED] = eas_span_text(dir->provider_names[i]);
    }
    return eas_key_make(&no_secret, 'v', parts, (int)count + FIXED);
}

static eas_key memo_key(const eas_key *verdict, const mod_eas_dir *dir)
{
    const eas_span parts[] = {
        {verdict, sizeof(*verdict)},
        {&dir->cache_ttl, sizeof(dir->cache_ttl)},
        {&dir->cache_stale, sizeof(dir->cache_stale)},
    };

    return eas_key_make(&no_secret, 'm', parts, 3);
}

static void fill(mod_eas_ready *ready, const mod_eas_dir *dir,
                 const eas_policy *policy, eas_demand demand, apr_pool_t *pool)
{
    ready->policy = policy;
    ready->verdict_key = verdict_key(dir, policy, demand, pool);
    ready->memo_key = memo_key(&ready->verdict_key, dir);
}

/* One for each AuthType. */
static const mod_eas_ready *make_all(const mod_eas_dir *dir, apr_pool_t *pool)
{
    const eas_policy *policy = mod_eas_policy_make(dir, pool);
    mod_eas_ready *all = apr_pcalloc(pool, DEMANDS * sizeof(*all));

    for (int i = 0; i < DEMANDS; i++) {
        fill(&all[i], dir, policy, (eas_demand)i, pool);
    }
    return all;
}

const mod_eas_ready *mod_eas_ready_get(const mod_eas_dir *dir,
                                       eas_demand demand, apr_pool_t *pool)
{
    mod_eas_ready *made;

    if (dir->ready) {
        return &dir->ready[demand];
    }
    made = apr_pcalloc(pool, sizeof(*made));
    fill(made, dir, mod_eas_policy_make(dir, pool), demand, pool);
    return made;
}

static apr_status_t forget(void *unused)
{
    (void)unused;
    child_joins = NULL;
    return APR_SUCCESS;
}

static joins *make_joins(apr_pool_t *pchild)
{
    joins *made = apr_pcalloc(pchild, sizeof(*made));
    apr_allocator_t *allocator = NULL;

    if (apr_thread_mutex_create(&made->mutex, APR_THREAD_MUTEX_DEFAULT, pchild)
            != APR_SUCCESS
        || apr_allocator_create(&allocator) != APR_SUCCESS) {
        return NULL;
    }
    if (apr_pool_create_ex(&made->pool, pchild, NULL, allocator)
        != APR_SUCCESS) {
        apr_allocator_destroy(allocator);
        return NULL;
    }
    apr_allocator_owner_set(allocator, made->pool);
    return made;
}

static void make_lasting(void *pchild, mod_eas_dir *dir)
{
    if (dir && !dir->ready) {
        dir->ready = make_all(dir, pchild);
    }
}

void mod_eas_ready_child_init(apr_pool_t *pchild, server_rec *s)
{
    joins *made = make_joins(pchild);

    if (!made) {
        return; /* then each request merges for itself */
    }
    for (; s; s = s->next) {
        make_lasting(
            pchild, ap_get_module_config(s->lookup_defaults, &eas_auth_module));
    }
    mod_eas_dirs_each(make_lasting, pchild);
    apr_pool_cleanup_register(pchild, NULL, forget, apr_pool_cleanup_null);
    child_joins = made;
}

/* Records are some hundred bytes long, so that the low bits say little. */
static apr_size_t slot_of(const mod_eas_dir *base, const mod_eas_dir *over)
{
    return (((apr_uintptr_t)base >> 6) * 31 + ((apr_uintptr_t)over >> 4))
           % SLOTS;
}

/* Where the two are, or else could be; NULL where there is no room. */
static _Atomic(const join *) *find_slot(joins *all, const mod_eas_dir *base,
                                        const mod_eas_dir *over)
{
    const apr_size_t first = slot_of(base, over);

    for (apr_size_t i = first; i < first + PROBES; i++) {
        _Atomic(const join *) *slot = &all->slots[i % SLOTS];
        const join *found = atomic_load_explicit(slot, memory_order_acquire);

        if (!found || (found->base == base && found->over == over)) {
            return slot;
        }
    }
    return NULL;
}

static void add_join(joins *all, _Atomic(const join *) *slot,
                     const mod_eas_dir *base, const mod_eas_dir *over)
{
    join *made = apr_palloc(all->pool, sizeof(*made));

    made->base = base;
    made->over = over;
    made->merged = mod_eas_dir_merge(all->pool, base, over);
    made->merged->ready = make_all(made->merged, all->pool);
    atomic_store_explicit(slot, made, memory_order_release);
}

/* The merged record of two that last; NULL where it has no room. */
static mod_eas_dir *join_of(joins *all, const mod_eas_dir *base,
                            const mod_eas_dir *over)
{
    _Atomic(const join *) *slot = find_slot(all, base, over);

    if (slot && !atomic_load_explicit(slot, memory_order_acquire)) {
        apr_thread_mutex_lock(all->mutex);
        slot = find_slot(all, base, over);
        if (slot && !atomic_load_explicit(slot, memory_order_acquire)) {
            add_join(all, slot, base, over);
        }
        apr_thread_mutex_unlock(all->mutex);
    }
    return slot ? atomic_load_explicit(slot, memory_order_acquire)->merged
                : NULL;
}

void *mod_eas_ready_merge(apr_pool_t *pool, void *base, void *over)
{
    const mod_eas_dir *below = base;
    const mod_eas_dir *above = over;
    joins *all = child_joins;
    mod_eas_dir *merged = NULL;

    if (all && below->ready && above->ready) {
        merged = join_of(all, below, above);
    }
    return merged ? merged : mod_eas_dir_merge(pool, below, above);
}
