/* SPDX-License-Identifier: Apache-2.0 */
/** The mechanism "password": from a request to a credential. */
#ifndef AUTH_BASIC_H
#define AUTH_BASIC_H

#include <httpd.h>

/**
 * httpd's check_user_id for AuthType EAS-Basic.
 * @return DECLINED where the AuthType is not ours; OK with r->user set; else
 *         an HTTP status
 */
int auth_basic_check_user(request_rec *r);

/**
 * Let other modules' Basic use our directories: AuthBasicProvider eas.
 * @param pool httpd's configuration pool
 */
void auth_basic_register_provider(apr_pool_t *pool);

#endif
