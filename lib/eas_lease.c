/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_lease.h"

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2 && sizeof(eas_moment) <= 8,
               "a lock inside an atomic would be one process's own");

int eas_lease_take(eas_lease *lease, eas_moment now, eas_moment until)
{
    eas_moment held = atomic_load(lease);

    return held <= now && atomic_compare_exchange_strong(lease, &held, until);
}

void eas_lease_give(eas_lease *lease, eas_moment until)
{
    atomic_compare_exchange_strong(lease, &until, 0);
}
