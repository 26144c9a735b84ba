/* SPDX-License-Identifier: Apache-2.0 */
/** Finding the one entry a login names. */
#ifndef EAS_LDAP_SEARCH_H
#define EAS_LDAP_SEARCH_H

#include <ldap.h>

#include "eas_ldap_settings.h"

/**
 * Search for exactly one entry and make an identity of it.
 *
 * @param ld a connection bound as the service account
 * @param uri its server, for the log
 * @param filter from eas_filter_login
 * @param wanted further attributes to read, NULL-terminated; NULL for none
 * @param until when to give up
 * @param pool lifetime of the identity and the texts
 * @param identity_out unproven; untouched on failure
 * @param dead_out set to 1 where the connection must be closed
 * @return EAS_REASON_NONE; EAS_UNKNOWN_USER, EAS_AMBIGUOUS_USER; a reason of
 *         the unavailable class with @a detail_out
 */
eas_reason eas_ldap_search(LDAP *ld, const char *uri,
                           const eas_ldap_settings *settings,
                           const char *filter, const char *const *wanted,
                           eas_moment until, apr_pool_t *pool,
                           eas_identity **identity_out, int *dead_out,
                           const char **detail_out);

#endif
