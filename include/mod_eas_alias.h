/* SPDX-License-Identifier: Apache-2.0 */
/** <AuthnProviderAlias> and <AuthzProviderAlias>: other names of providers. */
#ifndef MOD_EAS_ALIAS_H
#define MOD_EAS_ALIAS_H

#include <httpd.h>
#include <http_config.h>

/** What an alias stands for. */
typedef struct mod_eas_alias {
    const char *base;              /**< the provider meant */
    const char *name;              /**< the alias */
    const char *args;              /**< its arguments, "" for none */
    const ap_directive_t *section; /**< where it is defined */
} mod_eas_alias;

/**
 * Read the head of an alias's section.
 * @param pool lifetime of the result
 */
mod_eas_alias mod_eas_alias_read(apr_pool_t *pool,
                                 const ap_directive_t *section);

/**
 * What a name of a provider stands for.
 * @param container "<AuthnProviderAlias" or "<AuthzProviderAlias"
 * @param pool lifetime of the result
 * @param alias_out untouched where there is no such alias
 * @return 1, or 0 where the name is no alias
 */
int mod_eas_alias_find(apr_pool_t *pool, const char *container,
                       const char *name, mod_eas_alias *alias_out);

#endif
