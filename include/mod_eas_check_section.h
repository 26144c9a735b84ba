/* SPDX-License-Identifier: Apache-2.0 */
/** The checks of one section: who would get in, and whether it can work. */
#ifndef MOD_EAS_CHECK_SECTION_H
#define MOD_EAS_CHECK_SECTION_H

#include "mod_eas_finding.h"
#include "mod_eas_section.h"

/** Whether a section is ours to guard, alone or for another module. */
int mod_eas_check_is_guarded(apr_pool_t *pool, const mod_eas_section *section);

/**
 * Check who a section lets in: AuthType, Require, Satisfy, SSLOptions.
 * @param sections all, as mod_eas_sections gives them
 */
void mod_eas_check_section(mod_eas_findings *findings,
                           const apr_array_header_t *sections,
                           const mod_eas_section *section);

#endif
