/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The hooks around authentication, which see to it that nobody gets in
 * without it and that a proven person is never asked for a password again.
 */
#ifndef MOD_EAS_AUTHZ_H
#define MOD_EAS_AUTHZ_H

#include <httpd.h>

/**
 * httpd's access_checker: TLS before anything of the request is looked at.
 * @return DECLINED; 403 or 503
 */
int mod_eas_authz_access(request_rec *r);

/**
 * httpd's access_checker_ex, before any other.  What access_checker refused
 * stays refused under `Satisfy Any`, which asks here for a second opinion.
 * Then runs the others, which look at the Require lines without a user: a 500
 * of theirs becomes 503, since "cannot tell" passes.
 * @return OK where a login has to follow; DECLINED; 403 or 503
 */
int mod_eas_authz_access_ex(request_rec *r);

/**
 * httpd's force_authn: a Require line that grants without a user does not
 * spare anyone the authentication, unless EASAuthAllowUserless is On.
 * @return OK or DECLINED
 */
int mod_eas_authz_force_authn(request_rec *r);

/**
 * httpd's auth_checker, before any other: runs the others and reads their
 * answer.  401 for a proven person becomes 403 without a challenge, since a
 * phone would ask its owner for a password that is right; 500 becomes 503,
 * since "cannot tell" passes.
 * @return what the others say, so translated; DECLINED where it is not ours
 */
int mod_eas_authz_check(request_rec *r);

/**
 * httpd's note_auth_failure: the challenge for whoever is not proven.
 * @return OK where the AuthType is ours, else DECLINED
 */
int mod_eas_authz_note_failure(request_rec *r, const char *auth_type);

#endif
