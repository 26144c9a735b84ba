/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The memory of the shield: one segment that all children share, which is kept
 * when httpd is reloaded (a daily logrotate must not forget who is locked, nor
 * send every phone to the directory).
 *
 * It is made once, in the process's pool; the secrets of what is in it are in
 * the process's own memory, never in the segment.
 */
#ifndef MOD_EAS_MEMORY_H
#define MOD_EAS_MEMORY_H

#include <httpd.h>

#include "eas_shield.h"
#include "mod_eas_config.h"
#include "mod_eas_control.h"
#include "mod_eas_socache.h"

/** What is at its beginning: single words, each good by itself. */
typedef struct mod_eas_memory_head {
    _Atomic eas_moment flushed_at;
    eas_counters counters;
    eas_limits limits[MOD_EAS_PROVIDERS_LIMIT];
    apr_uint64_t providers; /**< whose limits these are, as a hash of all */
    mod_eas_control control;
    mod_eas_socache_shared socache;
    eas_lease report;  /**< until when the counters are not told again */
    eas_counters told; /**< as they were then */
} mod_eas_memory_head;

/** A part of the segment, for a table. */
typedef struct mod_eas_memory_part {
    void *memory;
    apr_size_t count; /**< of slots that were asked for */
} mod_eas_memory_part;

/** The memory, as a process sees it. */
typedef struct mod_eas_memory {
    mod_eas_memory_head *head;
    mod_eas_memory_part names;
    mod_eas_memory_part accounts;
    mod_eas_memory_part strangers;
    mod_eas_memory_part flights;
    mod_eas_memory_part networks;
    mod_eas_memory_part cache; /**< count 0 where the cache is elsewhere */
    eas_key_secret keys;
    const void *secret; /**< of what is sealed */
    apr_size_t secret_length;
    apr_uint64_t start; /**< of the moments that it tells */
    int is_new;         /**< made by this call, and empty */
} mod_eas_memory;

/**
 * Make it, or take it over from before the reload, in post_config.  Of another
 * size than before it begins empty.
 * @param s where errors are logged
 * @return APR_SUCCESS, or why there is none: httpd must not start without
 */
apr_status_t mod_eas_memory_make(server_rec *s, apr_pool_t *pconf);

/**
 * The memory of this configuration.
 * @return NULL before mod_eas_memory_make
 */
const mod_eas_memory *mod_eas_memory_get(void);

/**
 * Open its tables but for the cache: fresh memory becomes empty ones.
 * @param pool lifetime of the handles
 * @param shield whose tables are set
 * @return APR_SUCCESS; as eas_table_make
 */
apr_status_t mod_eas_memory_open(const mod_eas_memory *memory, apr_pool_t *pool,
                                 eas_shield *shield);

/**
 * Go on with the keys under which something was kept on disk; before children
 * fork, and before anything is in the memory.
 * @return 1; 0 where a configured secret says other ones
 */
int mod_eas_memory_adopt_keys(const eas_key_secret *keys);

#endif
