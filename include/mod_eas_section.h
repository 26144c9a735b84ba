/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The sections of the configuration as they were written, with what other
 * modules' directives say in them about who gets in.
 *
 * Found by walking ap_conftree, because mod_authn_core, mod_authz_core and
 * mod_ssl keep their records to themselves.  A section takes over what the
 * ones around it say, as httpd does; that several <Location>s may apply to
 * one request is not seen here.
 */
#ifndef MOD_EAS_SECTION_H
#define MOD_EAS_SECTION_H

#include "mod_eas_config.h"
#include "mod_eas_method.h"

/** The main server, a <VirtualHost>, or a <Location> and its kin. */
typedef struct mod_eas_section {
    const ap_directive_t *node;           /**< NULL for the main server */
    const struct mod_eas_section *parent; /**< the one around it, or NULL */
    int is_server;                        /**< main server or <VirtualHost> */
    int is_alias;                         /**< <AuthnProviderAlias> */
    const ap_directive_t *auth_type;      /**< as written here, or NULL */
    const ap_directive_t *satisfy;   /**< the one that says Any, else any */
    const ap_directive_t *require;   /**< first Require or <RequireAll>... */
    const ap_directive_t *limited;   /**< first of these in a <Limit> */
    const ap_directive_t *merging;   /**< AuthMerging */
    const ap_directive_t *provider;  /**< first AuthBasicProvider or
                                          AuthFormProvider */
    int provider_is_eas;             /**< whether these name ours */
    int alias_names_providers;       /**< whether EASAuthProvider stands in
                                          the alias they name */
    apr_array_header_t *ssl_options; /**< of const ap_directive_t * */
    const mod_eas_dir *dir;          /**< our own directives here, or NULL */
} mod_eas_section;

/**
 * All sections in the order of the configuration, each after the one around
 * it.
 * @param pool lifetime of the result
 * @return of const mod_eas_section *
 */
const apr_array_header_t *mod_eas_sections(apr_pool_t *pool);

/** The first word of a line, quotes taken off; "" for none. */
const char *mod_eas_section_word(apr_pool_t *pool, const ap_directive_t *line);

/** A section as it was written, such as `<Location "/x">`. */
const char *mod_eas_section_title(apr_pool_t *pool,
                                  const mod_eas_section *section);

/**
 * The line of ours in effect that sets a directive: the last one in the
 * section, else in those around it.
 * @return the line, or NULL
 */
const ap_directive_t *mod_eas_section_line(const mod_eas_section *section,
                                           const char *directive);

/** The AuthType in effect, or NULL. */
const ap_directive_t *mod_eas_section_auth_type(const mod_eas_section *section);

/** What the AuthType in effect amounts to. */
mod_eas_method mod_eas_section_method(apr_pool_t *pool,
                                      const mod_eas_section *section);

/** Our own directives in effect; never NULL.  @a pool: their lifetime. */
const mod_eas_dir *mod_eas_section_dir(apr_pool_t *pool,
                                       const mod_eas_section *section);

/** The Satisfy Any in effect, or NULL. */
const ap_directive_t *mod_eas_section_satisfy_any(
    apr_pool_t *pool, const mod_eas_section *section);

/** The SSLOptions line that turns FakeBasicAuth on here, or NULL. */
const ap_directive_t *mod_eas_section_fake_basic(
    apr_pool_t *pool, const mod_eas_section *section);

#endif
