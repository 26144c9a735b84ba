/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a search has found a moment ago: whom a login names, which entry a
 * group's name.
 *
 * Of one process, of fixed size, and short: EASAuthLDAPRemember.  No password
 * is ever in it.
 */
#ifndef EAS_LDAP_KNOWN_H
#define EAS_LDAP_KNOWN_H

#include "eas_types.h"

/** Opaque, usable by any thread. */
typedef struct eas_ldap_known eas_ldap_known;

/**
 * Make an empty memory.
 * @param span how long something is believed, in microseconds; 0 for not at
 *        all
 * @param pool its lifetime
 * @param known_out untouched on failure
 * @return APR_SUCCESS, or why no lock could be made
 */
apr_status_t eas_ldap_known_make(apr_interval_time_t span, apr_pool_t *pool,
                                 eas_ldap_known **known_out);

/**
 * Look up what was found.
 * @param key whose it is
 * @param pool lifetime of the result
 * @return of const char *, as it was put; NULL where nothing is known
 */
apr_array_header_t *eas_ldap_known_get(eas_ldap_known *known, const char *key,
                                       apr_pool_t *pool);

/**
 * Remember what was found, in place of what was known.  What is too long is
 * not remembered, and something else may be forgotten for it.
 * @param texts of const char *, none of them NULL
 */
void eas_ldap_known_put(eas_ldap_known *known, const char *key,
                        const apr_array_header_t *texts);

/** Forget what is known of a key. */
void eas_ldap_known_drop(eas_ldap_known *known, const char *key);

#endif
