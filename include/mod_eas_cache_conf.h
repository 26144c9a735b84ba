/* SPDX-License-Identifier: Apache-2.0 */
/** EASAuthCache and EASAuthCacheSecret: reading, holding, checking. */
#ifndef MOD_EAS_CACHE_CONF_H
#define MOD_EAS_CACHE_CONF_H

#include "mod_eas_finding.h"
#include "mod_eas_secret.h"
#include "mod_eas_socache.h"

/** Size of our own table, where none is written. */
#define MOD_EAS_CACHE_SIZE ((apr_size_t)64 * 1024 * 1024)

/** The shortest EASAuthCacheSecret, in bytes. */
#define MOD_EAS_CACHE_SECRET_MIN 32

/** Where verdicts are kept. */
typedef enum {
    MOD_EAS_CACHE_SHM,     /**< our own table in shared memory; the default */
    MOD_EAS_CACHE_SOCACHE, /**< a provider of httpd's */
    MOD_EAS_CACHE_NONE     /**< nowhere */
} mod_eas_cache_kind;

/** What is in effect. */
typedef struct mod_eas_cache_conf {
    mod_eas_cache_kind kind;
    apr_size_t size;          /**< of MOD_EAS_CACHE_SHM, in bytes */
    mod_eas_socache *socache; /**< of MOD_EAS_CACHE_SOCACHE, else NULL */
    const char *shown;        /**< as written, for people: "redis:localhost" */
    const char *provider;     /**< of MOD_EAS_CACHE_SOCACHE, else NULL */
    const char *argument;     /**< of the provider, or NULL */
    const ap_directive_t *directive; /**< NULL where none is written */
    mod_eas_secret secret;           /**< value is NULL where none is written */
    const ap_directive_t *secret_directive; /**< NULL where none is written */
} mod_eas_cache_conf;

/**
 * EASAuthCache, for AP_INIT_TAKE1, RSRC_CONF: once, for all of httpd.
 * Reads `shm`, `shm(SIZE)`, `none`, and PROVIDER or PROVIDER:ARGUMENT.
 * @return NULL or what is wrong
 */
const char *mod_eas_cache_set(cmd_parms *cmd, void *unused, const char *value);

/**
 * EASAuthCacheSecret, for AP_INIT_TAKE_ARGV, RSRC_CONF: `file:PATH` or
 * `exec:PROGRAM [ARGUMENT]...`, once, for all of httpd.
 * @return NULL or what is wrong, without the secret
 */
const char *mod_eas_cache_set_secret(cmd_parms *cmd, void *unused, int count,
                                     char *const words[]);

/**
 * What is in effect; the defaults where nothing is written.
 * @return never NULL; lives as long as the configuration
 */
const mod_eas_cache_conf *mod_eas_cache_conf_get(void);

/**
 * Check both and what they need elsewhere in the configuration, for
 * mod_eas_check.  Finds EAS0349 to EAS0354.
 */
void mod_eas_cache_check(mod_eas_findings *findings);

#endif
