/* SPDX-License-Identifier: Apache-2.0 */
/** Writing down what a directory has said. */
#ifndef EAS_SETTLE_H
#define EAS_SETTLE_H

#include "eas_guard.h"

/**
 * Write a verdict of the directory down: into the cache, and into the ledger.
 * @param hold the guess that was reserved for it
 * @param reason EAS_GRANTED where the password is proven
 * @param asked when the directory was asked
 */
void eas_settle(eas_guard *guard, const eas_hold *hold, eas_reason reason,
                eas_moment asked);

/**
 * Write a verdict down into the cache alone.
 * @param asked as for eas_settle
 */
void eas_settle_cache(eas_guard *guard, eas_reason reason, eas_moment asked);

/** A guess was wrong: tell what that changes. */
void eas_settle_note_wrong(eas_guard *guard, const eas_ledger_change *change);

#endif
