/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_memory.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_shm.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_log.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "eas_derive.h"
#include "eas_names.h"
#include "eas_store_table.h"
#include "mod_eas_cache_conf.h"
#include "mod_eas_main_conf.h"

APLOG_USE_MODULE(eas_auth);

/* Changed with anything that changes what is where in the segment. */
#define RETAINED "mod_eas_auth memory 1"

/* A table is nearly as good half full; those of what is not worth a slot of
 * its own for each account are smaller, and never tiny. */
enum {
    NAMES_PER_ACCOUNT = 2,
    ACCOUNTS_PER_STRANGER = 8,
    FEWEST_STRANGERS = 4096,
    FLIGHTS = 4096,
    NETWORKS = 16384,
    SECRET = 32
};

#define ALIGN_TO 64

/* What outlives a configuration, in the process's pool.  No function of this
 * module may be called from there: it is unloaded by each reload. */
typedef struct retained {
    apr_shm_t *shm;
    apr_size_t size;
    apr_size_t counts[6];
    eas_key_secret keys; /* random; not used where a secret is configured */
    unsigned char secret[SECRET];
    apr_uint64_t start;
} retained;

/* Of this configuration; set before children fork, read-only then. */
static mod_eas_memory current;
static int is_current;

static apr_status_t forget(void *unused)
{
    (void)unused;
    OPENSSL_cleanse(&current, sizeof(current));
    is_current = 0;
    return APR_SUCCESS;
}

static apr_size_t at_least(apr_size_t number, apr_size_t least)
{
    return number > least ? number : least;
}

static apr_size_t cache_records(void)
{
    const mod_eas_cache_conf *conf = mod_eas_cache_conf_get();
    const apr_size_t one = eas_store_table_size(1024, EAS_STORE_TABLE_ROOM);

    return conf->kind == MOD_EAS_CACHE_SHM
               ? at_least(conf->size / (one / 1024), EAS_TABLE_WAYS)
               : 0;
}

static void plan(mod_eas_memory *memory)
{
    const apr_size_t accounts =
        (apr_size_t)mod_eas_main_conf()->ledger_accounts;

    memory->names.count = accounts * NAMES_PER_ACCOUNT;
    memory->accounts.count = accounts;
    memory->strangers.count =
        at_least(accounts / ACCOUNTS_PER_STRANGER, FEWEST_STRANGERS);
    memory->flights.count = FLIGHTS;
    memory->networks.count = NETWORKS;
    memory->cache.count = cache_records();
}

/* Where a part of so many bytes begins; its address once there is a base. */
static void place(mod_eas_memory_part *part, apr_size_t size, char *base,
                  apr_size_t *used)
{
    part->memory = base ? base + *used : NULL;
    *used += (size + ALIGN_TO - 1) / ALIGN_TO * ALIGN_TO;
}

/* Lays the parts out.  @return bytes of the whole */
static apr_size_t lay_out(mod_eas_memory *memory, char *base)
{
    mod_eas_memory_part head = {NULL, 1};
    apr_size_t used = 0;

    place(&head, sizeof(mod_eas_memory_head), base, &used);
    memory->head = head.memory;
    place(&memory->names, eas_table_size(memory->names.count, eas_names_room),
          base, &used);
    place(&memory->accounts, eas_ledger_size(memory->accounts.count), base,
          &used);
    place(&memory->strangers, eas_ledger_size(memory->strangers.count), base,
          &used);
    place(&memory->flights, eas_flights_size(memory->flights.count), base,
          &used);
    place(&memory->networks, eas_networks_size(memory->networks.count), base,
          &used);
    if (memory->cache.count) {
        place(&memory->cache,
              eas_store_table_size(memory->cache.count, EAS_STORE_TABLE_ROOM),
              base, &used);
    }
    return used;
}

static void counts_of(const mod_eas_memory *memory, apr_size_t counts[6])
{
    counts[0] = memory->names.count;
    counts[1] = memory->accounts.count;
    counts[2] = memory->strangers.count;
    counts[3] = memory->flights.count;
    counts[4] = memory->networks.count;
    counts[5] = memory->cache.count;
}

static apr_status_t draw(retained *kept)
{
    return RAND_bytes(kept->keys.bytes, sizeof(kept->keys.bytes)) == 1
                   && RAND_bytes(kept->secret, SECRET) == 1
                   && RAND_bytes((unsigned char *)&kept->start,
                                 sizeof(kept->start))
                          == 1
               ? APR_SUCCESS
               : APR_EGENERAL;
}

/* Children of the configuration before go on with theirs: taking the parent's
 * mapping away takes nothing from them. */
static apr_status_t renew(retained *kept, apr_size_t size, apr_pool_t *process)
{
    apr_status_t rv;

    if (kept->shm) {
        apr_shm_destroy(kept->shm);
        kept->shm = NULL;
    }
    kept->size = 0;
    rv = draw(kept);
    if (rv == APR_SUCCESS) {
        rv = apr_shm_create(&kept->shm, size, NULL, process);
    }
    if (rv == APR_SUCCESS) {
        kept->size = size;
    }
    return rv;
}

/* The first time each table is made, by the one process there is yet. */
apr_status_t mod_eas_memory_open(const mod_eas_memory *m, apr_pool_t *pool,
                                 eas_shield *shield)
{
    apr_status_t rv = eas_table_make(m->names.memory, m->names.count,
                                     eas_names_room, pool, &shield->names);

    if (rv == APR_SUCCESS) {
        rv = eas_ledger_make(m->accounts.memory, m->accounts.count, pool,
                             &shield->accounts);
    }
    if (rv == APR_SUCCESS) {
        rv = eas_ledger_make(m->strangers.memory, m->strangers.count, pool,
                             &shield->strangers);
    }
    if (rv == APR_SUCCESS) {
        rv = eas_flights_make(m->flights.memory, m->flights.count, pool,
                              &shield->flights);
    }
    if (rv == APR_SUCCESS) {
        rv = eas_networks_make(m->networks.memory, m->networks.count, pool,
                               &shield->networks);
    }
    return rv;
}

static apr_status_t make_cache(const mod_eas_memory *m, apr_pool_t *pool)
{
    static const eas_clock clock = {NULL, NULL, NULL};
    eas_store *store;

    return m->cache.count
               ? eas_store_table_make(m->cache.memory, m->cache.count,
                                      EAS_STORE_TABLE_ROOM, &clock, pool,
                                      &store, NULL)
               : APR_SUCCESS;
}

static apr_status_t open_all(mod_eas_memory *memory, retained *kept,
                             apr_pool_t *pconf)
{
    eas_shield tables; /* whose handles are children's to make again */
    apr_status_t rv;

    lay_out(memory, apr_shm_baseaddr_get(kept->shm));
    rv = mod_eas_memory_open(memory, pconf, &tables);
    return rv == APR_SUCCESS ? make_cache(memory, pconf) : rv;
}

static retained *retained_get(void)
{
    retained *kept = ap_retained_data_get(RETAINED);

    return kept ? kept : ap_retained_data_create(RETAINED, sizeof(*kept));
}

/* Machines that share a secret share the keys, so that they find each other's
 * records. */
static apr_status_t take_secrets(mod_eas_memory *memory, const retained *kept)
{
    const mod_eas_secret *secret = &mod_eas_cache_conf_get()->secret;

    memory->start = kept->start;
    if (!secret->value) {
        memory->keys = kept->keys;
        memory->secret = kept->secret;
        memory->secret_length = SECRET;
        return APR_SUCCESS;
    }
    memory->secret = secret->value;
    memory->secret_length = strlen(secret->value);
    return eas_derive(memory->secret, memory->secret_length, NULL, 0,
                      "mod_eas_auth keys 1", memory->keys.bytes,
                      sizeof(memory->keys.bytes));
}

static apr_status_t make(mod_eas_memory *memory, server_rec *s,
                         apr_pool_t *pconf)
{
    retained *kept = retained_get();
    apr_size_t counts[6];
    apr_size_t size;
    apr_status_t rv = APR_SUCCESS;

    plan(memory);
    counts_of(memory, counts);
    size = lay_out(memory, NULL);
    if (!kept->shm || kept->size != size
        || memcmp(kept->counts, counts, sizeof(counts))) {
        memory->is_new = 1;
        rv = renew(kept, size, s->process->pool);
        memcpy(kept->counts, counts, sizeof(counts));
    }
    if (rv == APR_SUCCESS) {
        rv = open_all(memory, kept, pconf);
    }
    if (rv == APR_EMISMATCH && !memory->is_new) {
        memory->is_new = 1;
        rv = renew(kept, size, s->process->pool);
        rv = rv == APR_SUCCESS ? open_all(memory, kept, pconf) : rv;
    }
    return rv == APR_SUCCESS ? take_secrets(memory, kept) : rv;
}

/* All providers as they are numbered, each as it is configured. */
static apr_uint64_t hash_of_providers(void)
{
    const apr_array_header_t *all = mod_eas_providers();
    apr_uint64_t sum = 1;

    for (int i = 0; i < all->nelts; i++) {
        const eas_provider *each =
            &APR_ARRAY_IDX(all, i, const mod_eas_provider *)->decide;
        apr_ssize_t name = APR_HASH_KEY_STRING;
        apr_ssize_t rest = APR_HASH_KEY_STRING;

        sum = sum * 1000003 + apr_hashfunc_default(each->name, &name);
        sum = sum * 1000003 + apr_hashfunc_default(each->fingerprint, &rest);
    }
    return sum;
}

/* Who is held hangs on the limits: forgotten at a reload, some would not be
 * until their directory was asked again.  But which provider is which number
 * may have changed. */
static void keep_limits(mod_eas_memory_head *head)
{
    const apr_uint64_t providers = hash_of_providers();

    if (head->providers != providers) {
        memset((void *)head->limits, 0, sizeof(head->limits));
        head->providers = providers;
    }
    for (int i = 0; i < MOD_EAS_PROVIDERS_LIMIT; i++) {
        atomic_store(&head->limits[i].is_objected, 0);
    }
}

apr_status_t mod_eas_memory_make(server_rec *s, apr_pool_t *pconf)
{
    mod_eas_memory memory = {.is_new = 0};
    apr_status_t rv = make(&memory, s, pconf);

    if (rv != APR_SUCCESS) {
        ap_log_error(
            APLOG_MARK, APLOG_EMERG, rv, s,
            "EAS0360: there is no memory for the shield (%" APR_SIZE_T_FMT
            " MB): make it smaller with EASAuthCache shm(SIZE) and "
            "EASAuthLedger accounts=NUMBER, or give httpd more",
            lay_out(&memory, NULL) >> 20);
        return rv;
    }
    keep_limits(memory.head);
    current = memory;
    is_current = 1;
    apr_pool_cleanup_register(pconf, NULL, forget, apr_pool_cleanup_null);
    return APR_SUCCESS;
}

const mod_eas_memory *mod_eas_memory_get(void)
{
    return is_current ? &current : NULL;
}

int mod_eas_memory_adopt_keys(const eas_key_secret *keys)
{
    if (mod_eas_cache_conf_get()->secret.value) {
        return !CRYPTO_memcmp(keys->bytes, current.keys.bytes,
                              sizeof(keys->bytes));
    }
    retained_get()->keys = *keys;
    current.keys = *keys;
    return 1;
}
