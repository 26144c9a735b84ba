/* SPDX-License-Identifier: Apache-2.0 */
/** EASAuthLockout, as it comes out beside what a directory does itself. */
#ifndef EAS_LOCKOUT_H
#define EAS_LOCKOUT_H

#include "eas_ledger.h"
#include "eas_types.h"

/**
 * Make the numbers of a lockout.
 *
 * An automatic budget is half of what the directory allows, since
 * desktops and VPNs spend from the same count; both budgets together leave a quarter of it,
 * and at least one, untouched.  A directory whose policy cannot be read is
 * taken to lock after few and to forget after half an hour; one that never
 * locks is guarded against guessing all the same.  The window is at least the
 * directory's own, whose count would otherwise outlive ours.  Several servers
 * divide the budget between them.
 *
 * @param settings as configured
 * @param limits of the directory; NULL where they could not be read
 * @param refused_ttl EASAuthRefusedTTL, in microseconds
 */
eas_lockout eas_lockout_make(const eas_shield_settings *settings,
                             const eas_lockout_limits *limits,
                             apr_interval_time_t refused_ttl);

/**
 * Whether the directory may lock an account before we do.
 * @return NULL, or in what way, for the log; static
 */
const char *eas_lockout_objection(const eas_shield_settings *settings,
                                  const eas_lockout_limits *limits);

#endif
