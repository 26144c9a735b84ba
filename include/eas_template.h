/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Templates of a configuration with places to fill in: EASAuthLDAPBindTemplate
 * and EASAuthRemoteUser.  %u is the user, %d the domain, %% a per cent sign.
 */
#ifndef EAS_TEMPLATE_H
#define EAS_TEMPLATE_H

#include <apr_pools.h>

/** A template, compiled; opaque, immutable, usable from any thread. */
typedef struct eas_template eas_template;

/** How a value is made safe for where it goes; the result lives in pool. */
typedef char *(*eas_template_escape)(const char *value, apr_pool_t *pool);

/**
 * Compile a template.
 * @param pool lifetime of the result
 * @param template_out untouched on failure
 * @return NULL, or what is wrong with it: a sentence for a directive's error
 */
const char *eas_template_compile(const char *text, apr_pool_t *pool,
                                 const eas_template **template_out);

/** Whether a template has a place for the user (%u): 1 or 0. */
int eas_template_has_user(const eas_template *template_);

/** Whether a template has a place for the domain (%d): 1 or 0. */
int eas_template_has_domain(const eas_template *template_);

/** The text a template was compiled from; lives as long as the template. */
const char *eas_template_text(const eas_template *template_);

/**
 * Fill in a template.
 * @param user value of %u
 * @param domain value of %d, or NULL
 * @param escape applied to each value; NULL for as it is
 * @param pool lifetime of the result
 * @return the text, or NULL where the template asks for a domain and there is
 *         none
 */
char *eas_template_expand(const eas_template *template_, const char *user,
                          const char *domain, eas_template_escape escape,
                          apr_pool_t *pool);

#endif
