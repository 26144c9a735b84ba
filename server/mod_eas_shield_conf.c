/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_shield_conf.h"

#define DEFAULT_CACHE_TTL apr_time_from_sec(600)
#define DEFAULT_REFUSED_TTL apr_time_from_sec(900)

enum { UNSET = -1 };

void mod_eas_shield_unset(mod_eas_dir *dir)
{
    dir->cache_ttl = dir->cache_stale = dir->refused_ttl = UNSET;
    dir->lockout = (mod_eas_lockout){UNSET, UNSET, UNSET, UNSET, UNSET};
}

static int number(int set, int otherwise)
{
    return set >= 0 ? set : otherwise;
}

static apr_interval_time_t duration(apr_interval_time_t set,
                                    apr_interval_time_t otherwise)
{
    return set >= 0 ? set : otherwise;
}

void mod_eas_shield_merge(mod_eas_dir *merged, const mod_eas_dir *below)
{
    mod_eas_lockout *ours = &merged->lockout;
    const mod_eas_lockout *theirs = &below->lockout;

    merged->cache_ttl = duration(merged->cache_ttl, below->cache_ttl);
    merged->cache_stale = duration(merged->cache_stale, below->cache_stale);
    merged->refused_ttl = duration(merged->refused_ttl, below->refused_ttl);
    ours->mode = number(ours->mode, theirs->mode);
    ours->attempts = number(ours->attempts, theirs->attempts);
    ours->window = duration(ours->window, theirs->window);
    ours->spray = number(ours->spray, theirs->spray);
    ours->servers = number(ours->servers, theirs->servers);
}

void mod_eas_shield_policy(const mod_eas_dir *dir, eas_policy *policy)
{
    const mod_eas_lockout *set = &dir->lockout;

    policy->cache_ttl = duration(dir->cache_ttl, DEFAULT_CACHE_TTL);
    policy->cache_stale = duration(dir->cache_stale, 0);
    policy->refused_ttl = duration(dir->refused_ttl, DEFAULT_REFUSED_TTL);
    policy->shield = (eas_shield_settings){
        .mode = (eas_lockout_mode)number(set->mode, EAS_LOCKOUT_ENFORCE),
        .attempts = number(set->attempts, 0),
        .window = duration(set->window, 0),
        .spray = (eas_spray_mode)number(set->spray, EAS_SPRAY_LOG),
        .servers = number(set->servers, 1),
    };
}
