/* SPDX-License-Identifier: Apache-2.0 */
/** Text from outside: what it is, and how it is shown in a log. */
#ifndef EAS_TEXT_H
#define EAS_TEXT_H

#include <apr_pools.h>

/**
 * Whether bytes are well-formed UTF-8 (RFC 3629: no overlong forms, no
 * surrogates, nothing above U+10FFFF).
 * @return 1 or 0
 */
int eas_text_is_utf8(const char *bytes, apr_size_t length);

/**
 * Whether bytes hold a control character: NUL to 0x1f, 0x7f, and in UTF-8
 * the C1 controls U+0080 to U+009f.
 * @param bytes well-formed UTF-8
 * @return 1 or 0; 1 for ill-formed bytes
 */
int eas_text_has_control(const char *bytes, apr_size_t length);

/**
 * Whether a text begins or ends with a blank: a space, a blank of Unicode
 * (U+00A0, U+3000, ...), or a character that shows nothing (U+200B, U+FEFF,
 * ...).  Directories drop them before they compare.
 * @param bytes well-formed UTF-8 without control characters
 * @return 1 or 0; 1 for ill-formed bytes
 */
int eas_text_has_blank_edge(const char *bytes, apr_size_t length);

/**
 * Turn ISO-8859-1 into UTF-8.
 * @param pool lifetime of the result
 * @return the text, or NULL where a byte is a control character (0x00-0x1f,
 *         0x7f-0x9f), which no printable Latin-1 text holds
 */
char *eas_text_from_latin1(const char *bytes, apr_size_t length,
                           apr_pool_t *pool);

/**
 * Lower the ASCII letters of a text and leave all else alone, as domain and
 * host names are compared.
 * @param pool lifetime of the result
 */
char *eas_text_lower(const char *text, apr_pool_t *pool);

/**
 * Prepare a text of hostile origin for one field of a log line: quoted, with
 * `"`, `%`, control characters, ill-formed UTF-8 and the invisible and
 * direction-changing characters of Unicode written as %HH (not as \xHH, since
 * httpd doubles each backslash it logs), and cut after 128 bytes of input with
 * "..." behind the closing quote.
 * @param text may be NULL
 * @param pool lifetime of the result
 * @return never NULL; "-" without quotes for NULL
 */
const char *eas_text_quote(const char *text, apr_pool_t *pool);

#endif
