/* SPDX-License-Identifier: Apache-2.0 */
/** base64 (RFC 4648, section 4), read strictly. */
#ifndef EAS_BASE64_H
#define EAS_BASE64_H

#include <apr.h>

/** Room that so many characters of base64 take at most, in bytes. */
#define EAS_BASE64_ROOM(length) ((length) / 4 * 3 + 2)

/**
 * Read base64: its alphabet alone, its padding whole or absent, left-over bits
 * zero (section 3.5), so that no two spellings but for the padding are one
 * value.
 * @param text not necessarily terminated
 * @param bytes_out room for EAS_BASE64_ROOM(length); not terminated, and
 *        written to on failure too
 * @param length_out untouched on failure
 * @return 1; 0 for anything else, and for nothing
 */
int eas_base64_decode(const char *text, apr_size_t length, char *bytes_out,
                      apr_size_t *length_out);

#endif
