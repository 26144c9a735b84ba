/* SPDX-License-Identifier: Apache-2.0 */
/** Checks at start: numbers of the shield that cannot go together. */
#ifndef MOD_EAS_CHECK_SHIELD_H
#define MOD_EAS_CHECK_SHIELD_H

#include "mod_eas_finding.h"
#include "mod_eas_section.h"

/** Check what is in effect in a section that is guarded. */
void mod_eas_check_shield(mod_eas_findings *findings,
                          const mod_eas_section *section);

#endif
