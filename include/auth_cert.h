/* SPDX-License-Identifier: Apache-2.0 */
/** The mechanism "certificate": from a TLS connection, or from a trusted
 * proxy's header, to what was presented. */
#ifndef AUTH_CERT_H
#define AUTH_CERT_H

#include "mod_eas_request.h"

/**
 * What tells the certificate that came with a request from any other that may
 * come on the same connection, at the price of a look: how mod_ssl has judged
 * it, and where a section may ask for another one, its serial number.  Each of
 * them was proven by this very client, so that two with one number tell of one
 * person with two; the next request's header of a proxy is somebody else's,
 * and stands for itself.
 * @param initial the request as the client sent it
 * @return never NULL; lives as long as the request
 */
const char *auth_cert_tag(request_rec *initial, const mod_eas_dir *dir);

/**
 * What tells the certificate that came with a request from any other on any
 * connection: all of it, as mod_ssl has verified it.
 * @param initial the request as the client sent it
 * @return lives as long as the request; NULL where there is none that TLS has
 *         verified, where a proxy tells of it, and where SSLVerifyClient
 *         optional_no_ca makes SUCCESS of no worth by itself
 */
const char *auth_cert_whole(request_rec *initial, const mod_eas_dir *dir);

/**
 * Read the certificate that came with a request.
 *
 * What TLS has not verified is not believed, whatever it says: with
 * `SSLVerifyClient optional_no_ca` such a certificate comes as far as this.
 * @param initial the request as the client sent it
 * @return never NULL; lives as long as the request
 */
const eas_presented *auth_cert_read(request_rec *initial,
                                    const mod_eas_dir *dir);

#endif
