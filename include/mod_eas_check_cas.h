/* SPDX-License-Identifier: Apache-2.0 */
/** Checks at start: virtual hosts that take certificates of different CAs, and
 * what a TLS session of one is good for at another. */
#ifndef MOD_EAS_CHECK_CAS_H
#define MOD_EAS_CHECK_CAS_H

#include "mod_eas_finding.h"

/**
 * Check that a section names its issuers where virtual hosts differ in their
 * CAs, and that httpd keeps the sessions of such hosts apart.
 * @param sections all, as mod_eas_sections gives them
 */
void mod_eas_check_cas(mod_eas_findings *findings,
                       const apr_array_header_t *sections);

#endif
