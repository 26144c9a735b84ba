/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_shared.h"

#include <string.h>

#include <ap_mpm.h>
#include <apr_shm.h>

#include "mod_eas_config.h"

/* The beginning of the shared memory; behind it are the seats. */
typedef struct header {
    atomic_int said;
    eas_board boards[];
} header;

/* Set before a child forks, and read-only then. */
static header *shared;

/* Without shared memory. */
static atomic_int own_said;

static apr_status_t forget(void *unused)
{
    (void)unused;
    shared = NULL;
    return APR_SUCCESS;
}

static int query(int code)
{
    int value = 0;

    return ap_mpm_query(code, &value) == APR_SUCCESS ? value : 0;
}

static int is_threaded(void)
{
    return query(AP_MPMQ_IS_THREADED) != AP_MPMQ_NOT_SUPPORTED;
}

static int default_seats(int providers)
{
    const int threads =
        query(is_threaded() ? AP_MPMQ_MAX_THREADS : AP_MPMQ_MAX_DAEMONS);
    const int share = threads / (providers > 2 ? 2 * providers : 4);

    return share > 0 ? share : 1;
}

int mod_eas_shared_seat_count(int index)
{
    const apr_array_header_t *all = mod_eas_providers();
    const mod_eas_provider *provider =
        APR_ARRAY_IDX(all, index, const mod_eas_provider *);

    return provider->settings.max_wait ? provider->settings.max_wait
                                       : default_seats(all->nelts);
}

/* How many seats stand before those of a provider. */
static int seats_before(int index)
{
    int count = 0;

    for (int i = 0; i < index; i++) {
        count += mod_eas_shared_seat_count(i);
    }
    return count;
}

apr_status_t mod_eas_shared_make(apr_pool_t *pconf)
{
    const int count = mod_eas_providers()->nelts;
    const apr_size_t size =
        sizeof(*shared) + (apr_size_t)count * sizeof(eas_board)
        + (apr_size_t)seats_before(count) * sizeof(eas_lease);
    apr_shm_t *shm = NULL;
    apr_status_t rv = apr_shm_create(&shm, size, NULL, pconf);

    if (rv == APR_SUCCESS) {
        shared = apr_shm_baseaddr_get(shm);
        memset((void *)shared, 0, size);
        apr_pool_cleanup_register(pconf, NULL, forget, apr_pool_cleanup_null);
    }
    return rv;
}

eas_board *mod_eas_shared_board(int index)
{
    return shared ? &shared->boards[index] : NULL;
}

eas_lease *mod_eas_shared_seats(int index)
{
    eas_lease *first;

    if (!shared || is_threaded()) {
        return NULL;
    }
    first = (eas_lease *)(void *)&shared->boards[mod_eas_providers()->nelts];
    return first + seats_before(index);
}

int mod_eas_shared_is_first(void)
{
    int none = 0;

    return atomic_compare_exchange_strong(shared ? &shared->said : &own_said,
                                          &none, 1);
}
