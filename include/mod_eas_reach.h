/* SPDX-License-Identifier: Apache-2.0 */
/** Where what is written in a section can be in effect. */
#ifndef MOD_EAS_REACH_H
#define MOD_EAS_REACH_H

#include "mod_eas_section.h"

/** Whether a <Location> or its kin takes its argument for a regular
 * expression.  @a pool: for the time of the call. */
int mod_eas_reach_is_regex(apr_pool_t *pool, const ap_directive_t *location);

/**
 * Whether what is written in a section can be in effect under a method of some
 * kind: in the section itself or one inside it, also where a <Location> whose
 * path begins its own, and which httpd merges it into, has the AuthType.
 * @param sections all, as mod_eas_sections gives them
 * @param serves whether a method is of that kind
 * @return 1 or 0
 */
int mod_eas_reach_serves(apr_pool_t *pool, const apr_array_header_t *sections,
                         const mod_eas_section *section,
                         int (*serves)(mod_eas_method method));

#endif
