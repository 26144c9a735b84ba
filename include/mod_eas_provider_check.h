/* SPDX-License-Identifier: Apache-2.0 */
/** Whether a provider is whole, and what was left unsaid. */
#ifndef MOD_EAS_PROVIDER_CHECK_H
#define MOD_EAS_PROVIDER_CHECK_H

#include "mod_eas_config.h"

/**
 * Complete a provider with the defaults, and check what only its directives
 * together can tell.  The file of certificates is read.
 * @param pool lifetime of the defaults and of the result
 * @return NULL, or what is wrong and how it is put right: sentences for an
 *         error, each with the directive it is about
 */
const char *mod_eas_provider_complete(mod_eas_provider *provider,
                                      apr_pool_t *pool);

#endif
