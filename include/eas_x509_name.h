/* SPDX-License-Identifier: Apache-2.0 */
/** A distinguished name for people. */
#ifndef EAS_X509_NAME_H
#define EAS_X509_NAME_H

#include <apr_pools.h>
#include <openssl/x509.h>

/**
 * A name as of RFC 4514, quoted so that it stays one word of a log line.
 * @param pool lifetime of the result
 * @return never NULL; "-" where OpenSSL could not
 */
const char *eas_x509_name_show(const X509_NAME *name, apr_pool_t *pool);

#endif
