/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_breaker.h"

eas_breaker_answer eas_breaker_ask(eas_breaker *breaker, eas_moment now)
{
    const eas_moment until = atomic_load(&breaker->until);

    if (!until) {
        return EAS_BREAKER_PASSES;
    }
    if (now < until
        || !eas_lease_take(&breaker->trial, now, now + EAS_BREAKER_TRIAL)) {
        return EAS_BREAKER_REFUSES;
    }
    return EAS_BREAKER_TRIES;
}

/* Whoever tries next does so when it opens again, whatever became of the
 * trial before. */
int eas_breaker_failed(eas_breaker *breaker, eas_moment now)
{
    const int is_first =
        !atomic_exchange(&breaker->until, now + EAS_BREAKER_OPEN);

    atomic_store(&breaker->trial, 0);
    return is_first;
}

int eas_breaker_passed(eas_breaker *breaker)
{
    const int was_open = atomic_exchange(&breaker->until, 0) != 0;

    atomic_store(&breaker->trial, 0);
    return was_open;
}
