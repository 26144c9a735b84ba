/* SPDX-License-Identifier: Apache-2.0 */
/** Finding the one entry a login or a certificate names. */
#ifndef EAS_LDAP_SEARCH_H
#define EAS_LDAP_SEARCH_H

#include <ldap.h>

#include "eas_ldap_settings.h"

/** Who is looked for, and what has come of it. */
typedef struct eas_ldap_sought {
    const char *filter;            /**< of eas_filter_login, eas_claim_filter */
    const char *const *attributes; /**< further ones to read, NULL-terminated;
                                        NULL for none */
    const eas_claim *certificate;  /**< whose bytes to compare with what the
                                        entry holds; NULL for none */
    eas_identity *found; /**< unproven; set with EAS_REASON_NONE alone */
    int holds; /**< whether userCertificate of the entry has the very bytes of
                    the certificate; set with found */
} eas_ldap_sought;

/**
 * Search for exactly one entry and make an identity of it.
 *
 * @param ld a connection bound as the service account
 * @param uri its server, for the log
 * @param until when to give up
 * @param pool lifetime of the identity and the texts
 * @param dead_out set to 1 where the connection must be closed
 * @return EAS_REASON_NONE; EAS_UNKNOWN_USER, EAS_AMBIGUOUS_USER; a reason of
 *         the unavailable class with @a detail_out
 */
eas_reason eas_ldap_search(LDAP *ld, const char *uri,
                           const eas_ldap_settings *settings,
                           eas_ldap_sought *sought, eas_moment until,
                           apr_pool_t *pool, int *dead_out,
                           const char **detail_out);

#endif
