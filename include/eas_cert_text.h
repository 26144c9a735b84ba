/* SPDX-License-Identifier: Apache-2.0 */
/** Text out of the ASN.1 of a certificate, and the values of a field. */
#ifndef EAS_CERT_TEXT_H
#define EAS_CERT_TEXT_H

#include <openssl/asn1.h>

#include "eas_cert.h"

/**
 * Whether a string of ASN.1 has one reading: UTF8String, BMPString and
 * UniversalString that are well-formed, and the types of ASCII that hold
 * nothing else.  TeletexString has several.
 * @return 1 or 0
 */
int eas_cert_text_decodes(const ASN1_STRING *string);

/** What to say of a name that is not plain. */
#define EAS_CERT_TEXT_NOT_PLAIN                                                \
    "has a blank at an end, or characters that directories take for others"

/**
 * Whether a name is compared with no other spelling of it: a directory takes a
 * fullwidth letter for a plain one and leaves out blanks at the ends (RFC 4518,
 * section 2), so that whoever could choose such a name would be somebody whom
 * no CA took them for.
 * @param text UTF-8
 * @param pool for the while
 * @return 1; 0 for an empty one too
 */
int eas_cert_text_is_plain(const char *text, apr_pool_t *pool);

/**
 * Decode a string that is one value: of one reading, not empty, without
 * control characters, up to EAS_CERT_VALUE_HIGH bytes of UTF-8.
 * @param pool lifetime of the text
 * @param fault_out what is wrong with it, static; untouched where nothing is
 * @return the text, never empty, or NULL
 */
const char *eas_cert_text(const ASN1_STRING *string, apr_pool_t *pool,
                          const char **fault_out);

/**
 * Write bytes in hexadecimal, two digits each.
 * @param capitals whether in capital letters
 * @param pool lifetime of the result
 */
const char *eas_cert_text_hex(const unsigned char *bytes, apr_size_t length,
                              int capitals, apr_pool_t *pool);

/** Make a field without values. */
void eas_cert_values_init(eas_cert_values *field, apr_pool_t *pool);

/**
 * Add a value to a field, unless it is there already.
 * @param value kept as it is
 * @param ignores_case whether another case, in ASCII, is the same
 */
void eas_cert_values_add(eas_cert_values *field, const char *value,
                         int ignores_case);

/**
 * State that a field is not to be used.
 * @param fault static; the first one stays
 */
void eas_cert_values_refuse(eas_cert_values *field, const char *fault);

#endif
