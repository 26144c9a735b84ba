/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The networks from which somebody has logged in of late: familiar ones.
 */
#ifndef EAS_FAMILIAR_H
#define EAS_FAMILIAR_H

#include "eas_types.h"

#define EAS_LEDGER_NETWORKS 12 /**< familiar networks remembered per account */

/** A network is familiar for so long after a success. */
#define EAS_FAMILIAR_FOR apr_time_from_sec(30 * 24 * 3600)

/** Networks are keyed hashes; 0 is no network and never familiar. */
typedef struct eas_familiar {
    apr_uint64_t network[EAS_LEDGER_NETWORKS];
    apr_uint32_t seen[EAS_LEDGER_NETWORKS]; /**< last success, as
                                                 eas_second */
} eas_familiar;

/** Whether a network is familiar. */
int eas_familiar_is(const eas_familiar *familiar, apr_uint64_t network,
                    eas_moment now);

/** Whether a success from it would be worth writing down: it is a network, and
 * not familiar or a day old. */
int eas_familiar_wants(const eas_familiar *familiar, apr_uint64_t network,
                       eas_moment now);

/** A success from a network; of too many the one longest without goes. */
void eas_familiar_add(eas_familiar *familiar, apr_uint64_t network,
                      eas_moment now);

/** @return until when any is familiar; 0 for none */
eas_moment eas_familiar_until(const eas_familiar *familiar);

#endif
