/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Logins that no directory knows.
 *
 * They have a ledger of their own, kept by what was typed, so that invented
 * names, however many, take no room of real accounts; and they are counted and
 * held as real ones are, so that being held tells nobody which accounts exist.
 */
#ifndef EAS_STRANGER_H
#define EAS_STRANGER_H

#include "eas_guard.h"

/** A login, before and after the providers are asked. */
typedef struct eas_stranger {
    eas_guard guard;
    int is_known; /**< a search has found somebody of this login */
} eas_stranger;

/**
 * Whether a login need be asked about at all.
 * @param check of the first provider that is to be asked; its source and
 *        locked_for are results
 * @param is_known whether some provider is known to know it
 * @return EAS_REASON_NONE to ask; EAS_KNOWN_WRONG for the same login and
 *         password that nobody knew a while ago; EAS_SHIELD_LOCKED
 */
eas_reason eas_stranger_before(eas_stranger *stranger, eas_check *check,
                               int is_known);

/**
 * What was answered is a guess where nobody knew the login.
 * @param reason what the providers have come to
 * @return @a reason, or EAS_SHIELD_LOCKED where no guess was left
 */
eas_reason eas_stranger_after(eas_stranger *stranger, eas_reason reason);

#endif
