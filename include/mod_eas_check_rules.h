/* SPDX-License-Identifier: Apache-2.0 */
/** Checks at start: Require lines of our own, and who could answer them. */
#ifndef MOD_EAS_CHECK_RULES_H
#define MOD_EAS_CHECK_RULES_H

#include "mod_eas_finding.h"
#include "mod_eas_section.h"

/**
 * Check a section with a Require eas-group, eas-filter or eas-method in
 * effect: its AuthType must be ours, and for the first two its providers able
 * to search.
 */
void mod_eas_check_rules(mod_eas_findings *findings,
                         const mod_eas_section *section);

#endif
