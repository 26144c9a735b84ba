/* SPDX-License-Identifier: Apache-2.0 */
/** From a verdict to what httpd, the phone, the back end and the log see. */
#ifndef MOD_EAS_RESPOND_H
#define MOD_EAS_RESPOND_H

#include <httpd.h>

#include "eas_types.h"

/**
 * Act on a verdict: notes, environment, one log line; on a grant r->user and
 * the auth type back ends understand; else headers of the answer.
 * @return OK for a grant, else an HTTP status
 */
int mod_eas_respond(request_rec *r, const eas_verdict *verdict);

/**
 * Leave a verdict's notes, environment and log line, and nothing else.
 */
void mod_eas_respond_note(request_rec *r, const eas_verdict *verdict);

/**
 * Add the challenge of RFC 7617 to an answer, with the realm of AuthName.
 */
void mod_eas_respond_challenge(request_rec *r);

#endif
