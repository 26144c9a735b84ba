/* SPDX-License-Identifier: Apache-2.0 */
/** HTTP Basic credentials (RFC 7617). */
#ifndef EAS_BASIC_H
#define EAS_BASIC_H

#include "eas_types.h"

/** Longest login, and longest password, in bytes of UTF-8. */
#define EAS_BASIC_LOGIN_MAX 320
#define EAS_BASIC_PASSWORD_MAX 1024

/**
 * Read an Authorization header.
 *
 * The scheme is matched without regard to case, base64 may lack its padding,
 * and text that is not UTF-8 is taken as printable Latin-1 (Outlook sends it)
 * and turned into UTF-8; login and password are judged together, so that one
 * header has one encoding.  The first colon ends the login.
 *
 * base64 is read strictly: the alphabet of RFC 4648, section 4, its padding
 * whole or absent, left-over bits zero, and nothing behind it.
 *
 * @param header value of the header field, or NULL
 * @param pool lifetime of the result; every copy of the password in it is
 *        wiped when it is cleared
 * @param credential_out untouched unless EAS_REASON_NONE is returned
 * @return EAS_REASON_NONE; EAS_NO_CREDENTIAL (NULL or blank header),
 *         EAS_OTHER_SCHEME, EAS_BAD_BASE64, EAS_NO_COLON,
 *         EAS_CONTROL_CHARACTER, EAS_TOO_LONG, EAS_BAD_ENCODING,
 *         EAS_EMPTY_LOGIN, EAS_EMPTY_PASSWORD
 */
eas_reason eas_basic_parse(const char *header, apr_pool_t *pool,
                           eas_credential **credential_out);

/**
 * Make a credential of a login and a password that another module read.  The
 * rules of eas_basic_parse apply.
 * @param pool as for eas_basic_parse
 * @param credential_out untouched unless EAS_REASON_NONE is returned
 * @return as eas_basic_parse, from EAS_CONTROL_CHARACTER on
 */
eas_reason eas_basic_make(const char *login, const char *password,
                          apr_pool_t *pool, eas_credential **credential_out);

#endif
