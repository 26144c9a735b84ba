/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_check_shield.h"

#include "eas_value.h"
#include "mod_eas_shield_conf.h"

/* Each server counts for itself, and less than one guess is none. */
static void check_servers(mod_eas_findings *findings,
                          const mod_eas_section *section,
                          const eas_shield_settings *shield)
{
    if (shield->mode != EAS_LOCKOUT_OFF && shield->attempts
        && shield->attempts < shield->servers) {
        mod_eas_finding_error(
            findings, mod_eas_section_line(section, "EASAuthLockout"),
            "EAS0233: EASAuthLockout attempts=%d servers=%d: each of the "
            "servers lets one wrong password through at least, so that %d "
            "could reach the directory; raise attempts to %d, where the "
            "directory's own threshold is above that",
            shield->attempts, shield->servers, shield->servers,
            shield->servers);
    }
}

static void check_stale(mod_eas_findings *findings,
                        const mod_eas_section *section,
                        const eas_policy *policy)
{
    apr_pool_t *pool = findings->pool;
    const ap_directive_t *line =
        mod_eas_section_line(section, "EASAuthCacheStale");

    if (!policy->cache_stale) {
        return;
    }
    if (!policy->cache_ttl) {
        mod_eas_finding_error(
            findings, line,
            "EAS0234: EASAuthCacheStale %s beside EASAuthCacheTTL 0s: nothing "
            "is kept that could be granted while the directory is down; set "
            "EASAuthCacheTTL, or EASAuthCacheStale 0",
            eas_value_show_duration(policy->cache_stale, pool));
    }
    else if (policy->cache_stale < policy->cache_ttl) {
        mod_eas_finding_error(
            findings, line,
            "EAS0235: EASAuthCacheStale %s is shorter than EASAuthCacheTTL "
            "%s, which holds whether the directory is up or down, so that it "
            "changes nothing; raise it, such as to 4h, or write "
            "EASAuthCacheStale 0",
            eas_value_show_duration(policy->cache_stale, pool),
            eas_value_show_duration(policy->cache_ttl, pool));
    }
}

void mod_eas_check_shield(mod_eas_findings *findings,
                          const mod_eas_section *section)
{
    eas_policy policy = {0};

    mod_eas_shield_policy(mod_eas_section_dir(findings->pool, section),
                          &policy);
    check_servers(findings, section, &policy.shield);
    check_stale(findings, section, &policy);
}
