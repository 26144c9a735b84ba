/* SPDX-License-Identifier: Apache-2.0 */
/** EASAuthTrustedProxy, EASAuthTrustedProxySecret, EASAuthClientCertCA and
 * EASAuthClientCertCRL: reading, holding, checking. */
#ifndef MOD_EAS_PROXY_CONF_H
#define MOD_EAS_PROXY_CONF_H

#include "mod_eas_dump_out.h"
#include "eas_trust.h"
#include "mod_eas_finding.h"
#include "mod_eas_secret.h"

/** The shortest EASAuthTrustedProxySecret, in bytes. */
#define MOD_EAS_PROXY_SECRET_MIN 16

/** What is in effect. */
typedef struct mod_eas_proxy_conf {
    const apr_array_header_t *networks; /**< of apr_ipsubnet_t *; NULL: none */
    const char *networks_shown;         /**< as written, or NULL */
    mod_eas_secret secret;              /**< value is NULL where none is
                                             written */
    eas_trust *trust;     /**< of EASAuthClientCertCA and -CRL; NULL: none */
    const char *ca_file;  /**< absolute; NULL: none */
    const char *crl_file; /**< absolute; NULL: none */
} mod_eas_proxy_conf;

/**
 * A directive of these, for AP_INIT_TAKE_ARGV, RSRC_CONF: each once, for all
 * of httpd.
 * @return NULL or what is wrong, without the secret
 */
const char *mod_eas_proxy_directive(cmd_parms *cmd, void *unused, int count,
                                    char *const words[]);

/**
 * What is in effect; nobody is trusted where nothing is written.
 * @return never NULL; lives as long as the configuration
 */
const mod_eas_proxy_conf *mod_eas_proxy_conf_get(void);

/** Check them, for mod_eas_check.  Finds EAS0375 to EAS0378. */
void mod_eas_proxy_check(mod_eas_findings *findings);

/**
 * Check what a section with `EASAuthCertSource Client-Cert` needs here.  Finds
 * EAS0379 and EAS0380.
 * @param line the EASAuthCertSource in effect there
 */
void mod_eas_proxy_check_source(mod_eas_findings *findings,
                                const ap_directive_t *line);

/** Show what is in effect, for the dump; nothing where nothing is written. */
void mod_eas_proxy_show(const mod_eas_dump_out *out);

#endif
