/* SPDX-License-Identifier: Apache-2.0 */
/** The mechanism "password": from a request to a credential. */
#ifndef AUTH_BASIC_H
#define AUTH_BASIC_H

#include <httpd.h>

#include "eas_decide.h"

/**
 * Read the password of a client's request.
 * @param initial the request as the client sent it
 * @return an attempt by password, which lives as long as the request
 */
eas_attempt auth_basic_read(request_rec *initial);

/**
 * Let other modules' Basic use our directories: AuthBasicProvider eas.
 * @param pool httpd's configuration pool
 */
void auth_basic_register_provider(apr_pool_t *pool);

#endif
