/* SPDX-License-Identifier: Apache-2.0 */
/** Simple binds (RFC 4513, section 5.1). */
#ifndef EAS_LDAP_BIND_H
#define EAS_LDAP_BIND_H

#include <ldap.h>

#include "eas_ldap_settings.h"

/** How a bind ended. */
typedef struct eas_ldap_bound {
    eas_reason reason;      /**< as eas_ldap_result_bind_reason says */
    int sent;               /**< whether the server may have counted it */
    int dead;               /**< the connection must be closed */
    int lost;               /**< the connection broke before an answer came */
    apr_int64_t expires_in; /**< seconds to password expiry, -1 not told */
    const char *detail;     /**< for the log, or NULL */
} eas_ldap_bound;

/**
 * Bind as a person, with the password policy control.  A refused bind leaves
 * the connection usable for the next.
 *
 * @param name a DN, or what a bind template made
 * @param password never empty: LDAP calls that success (RFC 4513, 5.1.2), so
 *        an empty one is refused here without an operation
 * @param until when to give up
 * @param pool lifetime of the texts
 */
eas_ldap_bound eas_ldap_bind_user(LDAP *ld, const char *uri, eas_ldap_type type,
                                  const char *name, const char *password,
                                  eas_moment until, apr_pool_t *pool);

/**
 * Bind as the service account, or stay anonymous where there is none.
 * @return EAS_REASON_NONE; EAS_SERVICE_REFUSED or another reason of the
 *         unavailable class with @a detail_out
 */
eas_reason eas_ldap_bind_service(LDAP *ld, const char *uri,
                                 const eas_ldap_settings *settings,
                                 eas_moment until, apr_pool_t *pool,
                                 const char **detail_out);

#endif
