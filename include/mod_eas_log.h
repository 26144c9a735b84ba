/* SPDX-License-Identifier: Apache-2.0 */
/** The one log line of a decision. */
#ifndef MOD_EAS_LOG_H
#define MOD_EAS_LOG_H

#include <httpd.h>

#include "eas_answer.h"

/**
 * Log a decision, at the level of its reason.  Every text a client or a
 * directory sent is quoted and escaped; no password is ever part of it.
 * @param method what was presented, such as "password"; NULL for nothing
 */
void mod_eas_log_verdict(request_rec *r, const eas_verdict *verdict,
                         const char *method, const eas_answer *answer);

/** Log that the certificate somebody came with ends soon. */
void mod_eas_log_cert_ends(request_rec *r, const eas_verdict *verdict,
                           apr_interval_time_t left);

#endif
