/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_shield_conf.h"

#include <string.h>

#include <apr_strings.h>

#include "eas_value.h"

#define HOUR apr_time_from_sec(3600)
#define MINUTE apr_time_from_sec(60)
#define CACHE_TTL_HIGH (24 * HOUR)
#define CACHE_STALE_HIGH (7 * 24 * HOUR)
#define REFUSED_TTL_LOW MINUTE
#define REFUSED_TTL_HIGH (12 * HOUR)
#define WINDOW_LOW MINUTE
#define WINDOW_HIGH (7 * 24 * HOUR)
#define ATTEMPTS_HIGH 1000
#define SERVERS_HIGH 64
#define LOCKOUT_WORDS 5

#define DEFAULT_CACHE_TTL apr_time_from_sec(600)
#define DEFAULT_REFUSED_TTL apr_time_from_sec(900)

enum { UNSET = -1 };

/* In the order of eas_lockout_mode and of eas_spray_mode. */
static const char *const modes[] = {"off", "log", "enforce", NULL};

_Static_assert(EAS_LOCKOUT_OFF == 0 && EAS_LOCKOUT_LOG == 1
                   && EAS_LOCKOUT_ENFORCE == 2 && EAS_SPRAY_OFF == 0
                   && EAS_SPRAY_LOG == 1 && EAS_SPRAY_ENFORCE == 2,
               "the words of EASAuthLockout are in another order");

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

/* Which of two lines of one section is in effect, nobody should have to
 * know. */
static const char *const twice =
    "it is set twice in one section, and one of the two is not what was "
    "meant; remove one";

static const char *set_duration(apr_interval_time_t *place, const char *word,
                                apr_interval_time_t low,
                                apr_interval_time_t high, apr_pool_t *pool)
{
    if (*place >= 0) {
        return twice;
    }
    /* "Off" is written without a unit as well. */
    return eas_value_duration(!low && !strcmp(word, "0") ? "0s" : word, low,
                              high, pool, place);
}

static const char *set_number(int *place, const char *word, int high,
                              apr_pool_t *pool)
{
    apr_int64_t value = UNSET;
    const char *error = eas_value_number(word, 1, high, pool, &value);

    *place = error ? *place : (int)value;
    return error;
}

/* "auto" is 0, which nothing else is. */
static const char *set_attempts(int *place, const char *word, apr_pool_t *pool)
{
    const char *error;

    if (!ap_cstr_casecmp(word, "auto")) {
        *place = 0;
        return NULL;
    }
    error = set_number(place, word, ATTEMPTS_HIGH, pool);
    return error ? apr_pstrcat(pool, error, ", nor auto", NULL) : NULL;
}

static const char *set_window(apr_interval_time_t *place, const char *word,
                              apr_pool_t *pool)
{
    const char *error;

    if (!ap_cstr_casecmp(word, "auto")) {
        *place = 0;
        return NULL;
    }
    error = eas_value_duration(word, WINDOW_LOW, WINDOW_HIGH, pool, place);
    return error ? apr_pstrcat(pool, error, ", nor auto", NULL) : NULL;
}

enum { ATTEMPTS, WINDOW, MODE, SPRAY, SERVERS };

static const char *const lockout_keys[] = {"attempts", "window",  "mode",
                                           "spray",    "servers", NULL};

static const char *set_lockout_word(mod_eas_lockout *lockout, int key,
                                    const char *value, apr_pool_t *pool)
{
    switch (key) {
    case ATTEMPTS:
        return set_attempts(&lockout->attempts, value, pool);
    case WINDOW:
        return set_window(&lockout->window, value, pool);
    case MODE:
        return eas_value_choice(value, modes, pool, &lockout->mode);
    case SPRAY:
        return eas_value_choice(value, modes, pool, &lockout->spray);
    case SERVERS:
        return set_number(&lockout->servers, value, SERVERS_HIGH, pool);
    default:
        return "it is not known"; /* not reached: the keys are these */
    }
}

/* The words an earlier line of the section has set, as eas_value_key has
 * them. */
static int seen_before(const mod_eas_lockout *lockout)
{
    return (lockout->attempts >= 0) << ATTEMPTS
           | (lockout->window >= 0) << WINDOW | (lockout->mode >= 0) << MODE
           | (lockout->spray >= 0) << SPRAY
           | (lockout->servers >= 0) << SERVERS;
}

static const char *set_lockout(mod_eas_dir *dir, apr_pool_t *pool, int count,
                               char *const words[])
{
    int seen = seen_before(&dir->lockout);
    const char *error = NULL;

    for (int i = 0; i < count && !error; i++) {
        const char *value = NULL;
        int key = 0;

        error =
            eas_value_key(words[i], lockout_keys, pool, &seen, &key, &value);
        if (!error) {
            error = set_lockout_word(&dir->lockout, key, value, pool);
        }
    }
    return error;
}

const char *mod_eas_shield_set(mod_eas_dir *dir, const char *name,
                               apr_pool_t *pool, int count, char *const words[])
{
    const int is_lockout = !ap_cstr_casecmp(name, "EASAuthLockout");

    if (count < 1 || count > (is_lockout ? LOCKOUT_WORDS : 1)) {
        return is_lockout ? "it takes one to five words, each once"
                          : "it takes one duration";
    }
    if (is_lockout) {
        return set_lockout(dir, pool, count, words);
    }
    if (!ap_cstr_casecmp(name, "EASAuthCacheTTL")) {
        return set_duration(&dir->cache_ttl, words[0], 0, CACHE_TTL_HIGH, pool);
    }
    if (!ap_cstr_casecmp(name, "EASAuthCacheStale")) {
        return set_duration(&dir->cache_stale, words[0], 0, CACHE_STALE_HIGH,
                            pool);
    }
    return set_duration(&dir->refused_ttl, words[0], REFUSED_TTL_LOW,
                        REFUSED_TTL_HIGH, pool);
}

const char *mod_eas_shield_show(const eas_shield_settings *shield,
                                apr_pool_t *pool)
{
    return apr_psprintf(
        pool, "attempts=%s window=%s mode=%s spray=%s servers=%d",
        shield->attempts ? apr_itoa(pool, shield->attempts) : "auto",
        shield->window ? eas_value_show_duration(shield->window, pool) : "auto",
        modes[shield->mode], modes[shield->spray], shield->servers);
}
