/* SPDX-License-Identifier: Apache-2.0 */
/** Security identifiers of Windows (MS-DTYP 2.4.2). */
#ifndef EAS_SID_H
#define EAS_SID_H

#include <apr.h>

/** The longest, in octets: eight and fifteen numbers of four. */
#define EAS_SID_HIGH 68

/**
 * Turn the text of a SID (MS-DTYP 2.4.2.1: `S-1-5-21-1-2-3-1105`) into its
 * octets (2.4.2.2), which objectSid holds.
 *
 * The authority is a decimal number below 2^32, or `0x` and twelve hexadecimal
 * digits; one to fifteen decimal numbers below 2^32 follow.  No number has a
 * leading zero, so that one SID has one text.
 *
 * @param octets_out EAS_SID_HIGH octets; untouched on failure
 * @return how many, or 0 where the text is no SID
 */
apr_size_t eas_sid_octets(const char *text,
                          unsigned char octets_out[EAS_SID_HIGH]);

#endif
