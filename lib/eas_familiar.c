/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_familiar.h"

#include "eas_second.h"

#define DAY apr_time_from_sec(24 * 3600)

/* Its place, or -1. */
static int find(const eas_familiar *familiar, apr_uint64_t network)
{
    for (int i = 0; network && i < EAS_LEDGER_NETWORKS; i++) {
        if (familiar->network[i] == network) {
            return i;
        }
    }
    return -1;
}

static int is_within(const eas_familiar *familiar, apr_uint64_t network,
                     eas_moment now, apr_interval_time_t span)
{
    const int i = find(familiar, network);

    return i >= 0 && now - eas_second_moment(familiar->seen[i]) < span;
}

int eas_familiar_is(const eas_familiar *familiar, apr_uint64_t network,
                    eas_moment now)
{
    return is_within(familiar, network, now, EAS_FAMILIAR_FOR);
}

int eas_familiar_wants(const eas_familiar *familiar, apr_uint64_t network,
                       eas_moment now)
{
    return network && !is_within(familiar, network, now, DAY);
}

void eas_familiar_add(eas_familiar *familiar, apr_uint64_t network,
                      eas_moment now)
{
    const apr_uint32_t second = eas_second(now);
    int place = find(familiar, network);

    if (!network) {
        return;
    }
    if (place < 0) {
        place = 0;
        for (int i = 1; i < EAS_LEDGER_NETWORKS; i++) {
            if (familiar->seen[i] < familiar->seen[place]) {
                place = i;
            }
        }
        familiar->seen[place] = 0;
    }
    familiar->network[place] = network;
    if (familiar->seen[place] < second) {
        familiar->seen[place] = second;
    }
}

eas_moment eas_familiar_until(const eas_familiar *familiar)
{
    apr_uint32_t latest = 0;

    for (int i = 0; i < EAS_LEDGER_NETWORKS; i++) {
        if (familiar->network[i] && familiar->seen[i] > latest) {
            latest = familiar->seen[i];
        }
    }
    return latest ? eas_second_moment(latest) + EAS_FAMILIAR_FOR : 0;
}
