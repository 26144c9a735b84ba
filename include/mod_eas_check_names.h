/* SPDX-License-Identifier: Apache-2.0 */
/** The checks of EASAuthProvider and EASAuthRemoteUser: which directory a
 * login belongs to, and whether two people may come out as one. */
#ifndef MOD_EAS_CHECK_NAMES_H
#define MOD_EAS_CHECK_NAMES_H

#include "mod_eas_finding.h"
#include "mod_eas_section.h"

/** Check the list of providers that was written in a section. */
void mod_eas_check_providers(mod_eas_findings *findings,
                             const mod_eas_section *section);

/** Check what REMOTE_USER becomes in a section that is guarded. */
void mod_eas_check_remote_user(mod_eas_findings *findings,
                               const mod_eas_section *section);

#endif
