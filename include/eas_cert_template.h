/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Templates of EASAuthCertMap: a DN (RFC 4514) or, in parentheses, a filter
 * (RFC 4515), with places for components of a certificate's subject.
 *
 * A place is %{NAME}, which is a short or long name of X.520 or OpenSSL (CN or
 * commonName, UID or userId, E or emailAddress, ...), without regard to case,
 * or an OID.  %% is a per cent sign.
 */
#ifndef EAS_CERT_TEMPLATE_H
#define EAS_CERT_TEMPLATE_H

#include "eas_cert.h"

/**
 * Whether a template can be used: UTF-8 without control characters, with one
 * place or more, each of a name that is known and in a value; a DN whose
 * values are not empty, or one filter with balanced parentheses.  No part of
 * a value may change what a place means: no `*` beside it in a filter, no
 * backslash before it, no `#` at the start of a DN's value.
 * @param pool for the sentence
 * @return NULL, or what is wrong with it: a sentence for a directive's error
 */
const char *eas_cert_template_check(const char *text, apr_pool_t *pool);

/**
 * Fill in a template that was checked, every value escaped for where it goes.
 * @param pool lifetime of the result
 * @param value_out NULL where the subject lacks a component; untouched on
 *        failure
 * @param detail_out what is wrong; untouched where nothing is
 * @return EAS_REASON_NONE; EAS_CERT_MALFORMED where a component is there more
 *         than once, empty or cannot be read, or the subject has a fault
 */
eas_reason eas_cert_template_fill(const char *text, const eas_cert *cert,
                                  apr_pool_t *pool, const char **value_out,
                                  const char **detail_out);

#endif
