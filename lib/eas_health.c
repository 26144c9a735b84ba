/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_health.h"

/* One failure may be chance, a second in a row is none. */
#define FAILURES_TO_DOWN 2

/* FNV-1a.  The names come from the configuration or from DNS; two that
 * collided would share a record, and do no more harm than that. */
static apr_uint64_t key_of(const char *name)
{
    apr_uint64_t hash = APR_UINT64_C(0xcbf29ce484222325);

    for (; *name; name++) {
        hash = (hash ^ (unsigned char)*name) * APR_UINT64_C(0x100000001b3);
    }
    return hash ? hash : 1;
}

eas_health *eas_board_server(eas_board *board, const char *name)
{
    const apr_uint64_t key = key_of(name);

    for (int i = 0; i < EAS_BOARD_SERVERS; i++) {
        eas_health *health =
            &board->servers[(key + (unsigned)i) % EAS_BOARD_SERVERS];
        apr_uint64_t found = 0;

        if (atomic_compare_exchange_strong(&health->key, &found, key)
            || found == key) {
            return health;
        }
    }
    return NULL;
}

eas_health_state eas_health_get(const eas_health *health)
{
    return (eas_health_state)atomic_load(&health->state);
}

eas_admission eas_health_admit(eas_health *health, eas_moment now,
                               eas_moment deadline)
{
    const eas_health_state state = eas_health_get(health);

    if (state == EAS_HEALTH_UP) {
        return EAS_ADMIT_YES;
    }
    if (now >= atomic_load(&health->due) && deadline > now
        && eas_lease_take(&health->probe, now, deadline)) {
        return EAS_ADMIT_PROBE;
    }
    return state == EAS_HEALTH_SUSPECT ? EAS_ADMIT_LATER : EAS_ADMIT_NO;
}

/* Whether this call is the one that changed it. */
static int change(eas_health *health, eas_health_state to)
{
    return atomic_exchange(&health->state, (int)to) != (int)to;
}

int eas_health_failed(eas_health *health, eas_reason reason, eas_moment now,
                      apr_interval_time_t retry)
{
    const int failures = atomic_fetch_add(&health->failures, 1) + 1;
    eas_moment never = 0;

    atomic_compare_exchange_strong(&health->since, &never, now);
    atomic_store(&health->reason, (int)reason);
    atomic_store(&health->due, now + retry);
    atomic_store(&health->probe, 0);
    if (failures >= FAILURES_TO_DOWN) {
        return change(health, EAS_HEALTH_DOWN);
    }
    return eas_health_get(health) == EAS_HEALTH_UP
           && change(health, EAS_HEALTH_SUSPECT);
}

void eas_health_unclear(eas_health *health)
{
    if (atomic_load(&health->probe)) {
        atomic_store(&health->probe, 0);
    }
}

int eas_health_answered(eas_health *health, eas_moment now,
                        apr_interval_time_t *after_out)
{
    eas_moment since;

    /* The usual case writes nothing that other processors would have to
     * fetch again. */
    if (eas_health_get(health) == EAS_HEALTH_UP
        && !atomic_load(&health->failures)) {
        return 0;
    }
    since = atomic_exchange(&health->since, 0);
    atomic_store(&health->failures, 0);
    atomic_store(&health->probe, 0);
    if (!change(health, EAS_HEALTH_UP)) {
        return 0;
    }
    *after_out = since ? now - since : 0;
    return 1;
}
