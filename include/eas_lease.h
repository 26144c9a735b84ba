/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Leases: a word that says until when somebody holds something.
 *
 * It may be in memory that processes share.  Whoever holds it names the moment
 * by which the work is done at the latest, so that a process killed in the
 * middle holds nothing for long and no lock has to be mended.
 */
#ifndef EAS_LEASE_H
#define EAS_LEASE_H

#include <stdatomic.h>

#include "eas_types.h"

/** The end of a lease; 0 and what has passed is free.  A zeroed one is free.
 */
typedef _Atomic eas_moment eas_lease;

/**
 * Take a lease that is free.
 * @param now the present moment
 * @param until when it ends by itself; later than @a now
 * @return 1 where it is ours, 0 where somebody else holds it
 */
int eas_lease_take(eas_lease *lease, eas_moment now, eas_moment until);

/**
 * Give a lease back.
 * @param until what it was taken with: one that ran out and is another's by
 *        now is left alone
 */
void eas_lease_give(eas_lease *lease, eas_moment until);

#endif
