/* SPDX-License-Identifier: Apache-2.0 */
/** The directives of the shield and of how long a verdict is good. */
#ifndef MOD_EAS_SHIELD_CONF_H
#define MOD_EAS_SHIELD_CONF_H

#include "mod_eas_config.h"

/**
 * Take a line of EASAuthCacheTTL, EASAuthCacheStale, EASAuthRefusedTTL or
 * EASAuthLockout.
 * @param name which of them
 * @return NULL, or a sentence that says what is wrong with the words
 */
const char *mod_eas_shield_set(mod_eas_dir *dir, const char *name,
                               apr_pool_t *pool, int count,
                               char *const words[]);

/**
 * A budget as EASAuthLockout is written, every word of it.
 * @param pool lifetime of the result
 */
const char *mod_eas_shield_show(const eas_shield_settings *shield,
                                apr_pool_t *pool);

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
