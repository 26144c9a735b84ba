/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The configuration as httpd keeps it: providers (server-wide), and one
 * record per directory-like section (<Location> and its kin).
 */
#ifndef MOD_EAS_CONFIG_H
#define MOD_EAS_CONFIG_H

#include <httpd.h>
#include <http_config.h>

#include "eas_answer.h"
#include "eas_decide.h"
#include "eas_ldap_settings.h"

/** The one symbol of the DSO that is not hidden. */
extern __attribute__((visibility("default"))) module eas_auth_module;

/** Providers that have a number of their own; more than these share some. */
#define MOD_EAS_PROVIDERS_LIMIT 256

/** One <EASAuthProvider> section. */
typedef struct mod_eas_provider {
    const char *name;
    eas_provider decide;             /**< what lib/ needs of it */
    eas_ldap_settings settings;      /**< what ldap/ needs of it */
    const char *secret_shown;        /**< where the password comes from, without
                                     it; NULL where there is none */
    int secret_is_literal;           /**< for the dump's warning */
    int starttls_set;                /**< EASAuthLDAPStartTLS was written */
    const ap_directive_t *directive; /**< file and line, for errors */
} mod_eas_provider;

/** On, Off or not written; an explicit value equal to the default is On or
 * Off, so that it survives a merge. */
typedef enum {
    MOD_EAS_UNSET = -1,
    MOD_EAS_OFF = 0,
    MOD_EAS_ON = 1
} mod_eas_flag;

/** EASAuthLockout: each of its words by itself, negative where unset, so that
 * mode=log in a Location leaves the servers=4 around it alone. */
typedef struct mod_eas_lockout {
    int mode;                   /**< eas_lockout_mode */
    int attempts;               /**< 0: auto */
    apr_interval_time_t window; /**< 0: auto */
    int spray;                  /**< eas_spray_mode */
    int servers;
} mod_eas_lockout;

/** EASAuthCertSource: where the certificate of a client comes from. */
typedef enum {
    MOD_EAS_SOURCE_TLS = 0, /**< the connection (mod_ssl) */
    MOD_EAS_SOURCE_HEADER   /**< Client-Cert of a trusted proxy (RFC 9440) */
} mod_eas_cert_source;

/** The EASAuth directives of one section, or those in effect once merged. */
typedef struct mod_eas_dir {
    const char *const *provider_names;   /**< NULL-terminated; NULL: unset */
    mod_eas_flag require_tls;            /**< default On */
    mod_eas_flag allow_userless;         /**< default Off */
    const char *remote_user;             /**< as written; NULL: unset */
    const eas_template *remote_template; /**< one of these two where set */
    const char *remote_attribute;
    eas_answers answers;
    apr_interval_time_t cache_ttl;   /**< default 10 min; negative: unset, as
                                        in the next two */
    apr_interval_time_t cache_stale; /**< default 0 */
    apr_interval_time_t refused_ttl; /**< default 15 min */
    mod_eas_lockout lockout;
    const eas_cert_map *cert_map; /**< NULL: unset, as in the next two
                                           lists */
    int cert_strong;              /**< eas_cert_strong; negative: unset */
    apr_array_header_t *cert_eku; /**< as in eas_cert_demands, which the
                                           two make */
    apr_array_header_t *cert_issuers;
    int cert_source;               /**< mod_eas_cert_source; negative:
                                           unset */
    mod_eas_flag cert_fallback;    /**< default Off */
    const ap_directive_t *section; /**< the section it was written in */
    mod_eas_provider *provider;    /**< only while inside <EASAuthProvider> */
    const struct mod_eas_ready *ready; /**< what was made of it, one for each
                                          eas_demand; NULL unless it lasts
                                          (mod_eas_ready.h) */
} mod_eas_dir;

/** httpd's create_dir_config. */
void *mod_eas_dir_create(apr_pool_t *pool, char *path);

/**
 * Merge two records: what @a over sets wins.
 * @param pool lifetime of the result
 */
mod_eas_dir *mod_eas_dir_merge(apr_pool_t *pool, const mod_eas_dir *base,
                               const mod_eas_dir *over);

/** The directives of this module. */
extern const command_rec mod_eas_commands[];

/**
 * Look a provider up, without regard to case.
 * @return the provider, or NULL; lives as long as the configuration
 */
mod_eas_provider *mod_eas_provider_find(const char *name);

/** All providers in order of definition: of mod_eas_provider *; never NULL. */
const apr_array_header_t *mod_eas_providers(void);

/**
 * Keep a provider for as long as this configuration is in use.
 * @param pconf pool of the configuration: what is kept is forgotten when it
 *        is cleared to read the next one
 */
void mod_eas_provider_add(apr_pool_t *pconf, mod_eas_provider *provider);

/**
 * Remember which section a record belongs to, for the checks at start.
 * @param pconf as above
 * @param section the node of ap_conftree; NULL for the main server
 */
void mod_eas_dir_note(apr_pool_t *pconf, const ap_directive_t *section,
                      mod_eas_dir *dir);

/** Visit the records noted so far. */
void mod_eas_dirs_each(void (*visit)(void *with, mod_eas_dir *dir), void *with);

/**
 * What was written in a section.
 * @param section as for mod_eas_dir_note
 * @return the record, or NULL where no directive of ours is in it
 */
const mod_eas_dir *mod_eas_dir_written(const ap_directive_t *section);

/**
 * The policy in effect for a section, made of the merged record: providers
 * resolved, defaults applied (REMOTE_USER is `%u`, with several providers
 * `%d\%u`; those of the shield as mod_eas_shield_policy has them, those of
 * certificates as mod_eas_cert_policy).
 * @param pool lifetime of the result
 * @return the policy, or NULL where no provider is named
 */
const eas_policy *mod_eas_policy_make(const mod_eas_dir *dir, apr_pool_t *pool);

#endif
