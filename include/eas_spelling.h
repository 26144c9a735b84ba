/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One spelling of a login name, where no entry tells who it is: directories
 * compare names without regard to case, and take many a character of Unicode
 * for a plain letter (RFC 4518, section 2), so that a guesser could have as
 * many budgets at one account as it has spellings.
 */
#ifndef EAS_SPELLING_H
#define EAS_SPELLING_H

#include <apr_pools.h>

/**
 * Lower the letters of a name (ASCII, Latin, Greek, Cyrillic), and take blanks
 * together.
 * @param name UTF-8
 * @param pool lifetime of the result
 * @return NULL where the name is ill-formed, or has a character that is not
 *         known to be itself alone: those that are compared as others
 *         (fullwidth, circled, combining, ...), and those of scripts that are
 *         not looked at here
 */
char *eas_spelling_fold(const char *name, apr_pool_t *pool);

#endif
