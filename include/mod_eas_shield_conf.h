/* SPDX-License-Identifier: Apache-2.0 */
/** The directives of the shield and of how long a verdict is good. */
#ifndef MOD_EAS_SHIELD_CONF_H
#define MOD_EAS_SHIELD_CONF_H

#include "mod_eas_config.h"

/** Mark what a section says of the shield as not written. */
void mod_eas_shield_unset(mod_eas_dir *dir);

/** Take over from @a below what @a merged does not say, word by word. */
void mod_eas_shield_merge(mod_eas_dir *merged, const mod_eas_dir *below);

/**
 * Fill in a policy's cache_ttl, cache_stale, refused_ttl and shield, with the
 * defaults where nothing is written: 10 min, 0, 15 min, and attempts=auto
 * window=auto mode=enforce spray=log servers=1.
 */
void mod_eas_shield_policy(const mod_eas_dir *dir, eas_policy *policy);

#endif
