/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One certificate, step by step, for an administrator:
 *
 *     httpd -t -D EAS_AUTH_CERTIFICATE
 *
 * The environment names the provider, EAS_AUTH_PROVIDER, the file with the
 * certificate in PEM, EAS_AUTH_FILE, and what EASAuthCertMap is to be,
 * EAS_AUTH_MAP: words of it, or nothing for the default.
 */
#ifndef MOD_EAS_TRY_CERT_H
#define MOD_EAS_TRY_CERT_H

#include "mod_eas_attempt.h"

/**
 * Read the certificate, look for the account and at its state, and print each
 * step.  That its chain is good and its key is at hand is not looked at: TLS
 * does that.
 * @return OK where it would be let in, else HTTP_INTERNAL_SERVER_ERROR
 */
int mod_eas_try_cert(mod_eas_attempt *a);

#endif
