/* SPDX-License-Identifier: Apache-2.0 */
/** A directive that stands once, in the main server and nowhere else. */
#ifndef MOD_EAS_ONCE_H
#define MOD_EAS_ONCE_H

#include <httpd.h>
#include <http_config.h>

/** One of a few that are read together. */
typedef struct mod_eas_once {
    const char *name;
    int most;      /**< arguments it takes; at least one */
    int is_secret; /**< its arguments are not repeated in an error */
    /** Take its arguments into @a written.  @return NULL, or what is wrong */
    const char *(*set)(void *written, apr_pool_t *pool, int count,
                       char *const words[]);
} mod_eas_once;

/**
 * Take a line of one of them: in the main server, once, with as many arguments
 * as it takes.
 * @param rows the last without a name
 * @param lines where the line of each row is kept, NULL where there is none
 * @return NULL, or the error: the directive, its arguments, what is wrong and
 *         how it is written
 */
const char *mod_eas_once_directive(cmd_parms *cmd, const mod_eas_once *rows,
                                   const ap_directive_t **lines, void *written,
                                   int count, char *const words[]);

#endif
