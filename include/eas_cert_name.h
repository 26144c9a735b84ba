/* SPDX-License-Identifier: Apache-2.0 */
/** A distinguished name as it is written (RFC 4514), made into one that
 * compares as RFC 5280 wants it. */
#ifndef EAS_CERT_NAME_H
#define EAS_CERT_NAME_H

#include <apr_pools.h>

#include <openssl/x509.h>

/**
 * Read a distinguished name: RFC 4514, as `openssl x509 -nameopt RFC2253`
 * prints it, the most special part first.  Types of attributes are those
 * OpenSSL knows, in either case, or OIDs in dotted form; blanks around `,`,
 * `+` and `=` are passed over.
 *
 * X509_NAME_cmp compares the result as RFC 5280, section 7.1 has it: without
 * regard to the case of ASCII letters, to blanks at the ends, to how many
 * blanks stand together, and to the kind of string.
 *
 * @param pool lifetime of the name
 * @param name_out untouched on failure
 * @return NULL, or what is wrong with it: a sentence without a full stop
 */
const char *eas_cert_name_read(const char *text, apr_pool_t *pool,
                               X509_NAME **name_out);

#endif
