/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_spares.h"

#include <stdatomic.h>

/* More than threads of a child work at once, and how far from where a hint
 * points one may be: to make another is better than to take somebody
 * else's. */
enum { PLACES = 256, NEAR = 8 };

struct eas_spares {
    void (*destroy)(void *object);
    _Atomic(void *) places[PLACES];
};

static apr_status_t empty(void *self)
{
    eas_spares *spares = self;

    for (int i = 0; i < PLACES; i++) {
        void *object = atomic_exchange(&spares->places[i], NULL);

        if (object) {
            spares->destroy(object);
        }
    }
    return APR_SUCCESS;
}

eas_spares *eas_spares_make(void (*destroy)(void *object), apr_pool_t *pool)
{
    eas_spares *spares = apr_palloc(pool, sizeof(*spares));

    spares->destroy = destroy;
    for (int i = 0; i < PLACES; i++) {
        atomic_init(&spares->places[i], NULL);
    }
    apr_pool_cleanup_register(pool, spares, empty, apr_pool_cleanup_null);
    return spares;
}

/* An exchange takes the memory from other processors, so what is seen to be
 * in vain is not tried. */
void *eas_spares_take(eas_spares *spares, apr_uint64_t hint)
{
    for (unsigned i = 0; i < NEAR; i++) {
        _Atomic(void *) *place = &spares->places[(hint + i) % PLACES];
        void *object = NULL;

        if (atomic_load_explicit(place, memory_order_relaxed)) {
            object = atomic_exchange(place, NULL);
        }
        if (object) {
            return object;
        }
    }
    return NULL;
}

void eas_spares_give(eas_spares *spares, apr_uint64_t hint, void *object)
{
    for (unsigned i = 0; i < NEAR; i++) {
        _Atomic(void *) *place = &spares->places[(hint + i) % PLACES];
        void *none = NULL;

        if (!atomic_load_explicit(place, memory_order_relaxed)
            && atomic_compare_exchange_strong(place, &none, object)) {
            return;
        }
    }
    spares->destroy(object);
}

/* Threads have stacks of their own, far apart. */
apr_uint64_t eas_spares_thread(void)
{
    char here = 0;

    return (apr_uint64_t)(apr_uintptr_t)&here >> 16;
}
