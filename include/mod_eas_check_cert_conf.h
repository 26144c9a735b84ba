/* SPDX-License-Identifier: Apache-2.0 */
/** Checks at start: what a section says of certificates, and cannot work. */
#ifndef MOD_EAS_CHECK_CERT_CONF_H
#define MOD_EAS_CHECK_CERT_CONF_H

#include "mod_eas_finding.h"
#include "mod_eas_section.h"

/**
 * Check the EASAuthCert directives: those in effect where certificates count,
 * and those written where they do not.
 * @param sections all, as mod_eas_sections gives them
 */
void mod_eas_check_cert_conf(mod_eas_findings *findings,
                             const apr_array_header_t *sections,
                             const mod_eas_section *section);

#endif
