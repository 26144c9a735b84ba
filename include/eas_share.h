/* SPDX-License-Identifier: Apache-2.0 */
/** Asking a directory once for all who want to know the same at once. */
#ifndef EAS_SHARE_H
#define EAS_SHARE_H

#include "eas_guard.h"

/**
 * Find whom a login names, or wait for whoever looks: what a search costs, all
 * who come at once with the same login need but once.
 * @return EAS_REASON_NONE: named; found as well, where the identity is there;
 *         or as eas_ask_find
 */
eas_reason eas_share_find(eas_guard *guard);

/**
 * Ask, or wait for whoever does.
 *
 * Those who wait do so within their own deadline, and only so many of a child
 * at once beyond a second.  Where the one who asks learns nothing, another of
 * them asks.  The verdict comes sealed through the shared memory.
 *
 * @param is_second_look whether a guess must be left when this one is spent
 * @return as eas_shield_check
 */
eas_reason eas_share(eas_guard *guard, int is_second_look);

#endif
