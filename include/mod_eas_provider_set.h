/* SPDX-License-Identifier: Apache-2.0 */
/** The directives inside <EASAuthProvider>, as a table. */
#ifndef MOD_EAS_PROVIDER_SET_H
#define MOD_EAS_PROVIDER_SET_H

#include "mod_eas_config.h"

/** One directive; how it is written, says the help of mod_eas_commands. */
typedef struct mod_eas_provider_row {
    const char *name;
    int most;      /**< words it takes */
    int is_secret; /**< whether its words are not to be shown */
    /**
     * Take the words.
     * @param pool the configuration's
     * @return NULL, or a sentence that says what is wrong with them
     */
    const char *(*set)(mod_eas_provider *provider, apr_pool_t *pool, int count,
                       char *const words[]);
} mod_eas_provider_row;

/**
 * Look a directive up, without regard to case.
 * @return the row, or NULL; static
 */
const mod_eas_provider_row *mod_eas_provider_row_find(const char *name);

/**
 * The names of all, for an error.
 * @param pool lifetime of the result
 */
const char *mod_eas_provider_row_names(apr_pool_t *pool);

#endif
