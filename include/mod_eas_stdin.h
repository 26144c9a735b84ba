/* SPDX-License-Identifier: Apache-2.0 */
/** A password on standard input. */
#ifndef MOD_EAS_STDIN_H
#define MOD_EAS_STDIN_H

#include <apr_pools.h>

/**
 * Read the first line of standard input.
 * @param pool lifetime of the result, which is wiped with it
 * @return the line; NULL where it cannot be read, or holds a NUL.  One that is
 *         longer than any password comes with a byte too much.
 */
const char *mod_eas_stdin_password(apr_pool_t *pool);

#endif
