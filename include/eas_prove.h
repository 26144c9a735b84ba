/* SPDX-License-Identifier: Apache-2.0 */
/** Asking the directory itself, at the price of a guess. */
#ifndef EAS_PROVE_H
#define EAS_PROVE_H

#include "eas_guard.h"

/**
 * Look the person up, reserve a guess, prove the password, and write down what
 * came of it.  Who was forbidden lately is looked at by a search first, so that
 * a poll is not a bind.
 * @param is_second_look whether a guess must be left when this one is spent
 * @return EAS_REASON_NONE with the proof in the identity; EAS_SHIELD_LOCKED
 *         where no guess is left, for a second look EAS_KNOWN_WRONG; else as
 *         eas_ask_verify
 */
eas_reason eas_prove(eas_guard *guard, int is_second_look);

#endif
