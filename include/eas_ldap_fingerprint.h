/* SPDX-License-Identifier: Apache-2.0 */
/** A provider's settings in short: what was remembered under others is void. */
#ifndef EAS_LDAP_FINGERPRINT_H
#define EAS_LDAP_FINGERPRINT_H

#include "eas_ldap_settings.h"

/**
 * All that a remembered verdict depends on, as one text: where the directory
 * is, how it is trusted, who is searched for, where and how, and whose it is.
 * Two settings with the same one give the same answers; time-outs, pools and
 * the service account's password are not in it.  After the defaults.
 * @param pool lifetime of the result
 */
const char *eas_ldap_fingerprint(const eas_ldap_settings *settings,
                                 apr_pool_t *pool);

#endif
