/* SPDX-License-Identifier: Apache-2.0 */
/** Checks at start: whether the certificate that a section wants is asked for
 * in the handshake, and whether it is one of a CA that was meant. */
#ifndef MOD_EAS_CHECK_CERT_H
#define MOD_EAS_CHECK_CERT_H

#include "mod_eas_finding.h"
#include "mod_eas_section.h"

/**
 * Whether certificates of the client's own TLS count in a section, and the
 * section says anything of its own about it.
 * @return 1 or 0
 */
int mod_eas_check_cert_counts(apr_pool_t *pool, const mod_eas_section *section);

/**
 * Check all sections in which certificates count against what mod_ssl's
 * directives say.
 * @param sections all, as mod_eas_sections gives them
 */
void mod_eas_check_cert(mod_eas_findings *findings,
                        const apr_array_header_t *sections);

#endif
