/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The security identifier of an account, as a CA of Active Directory puts it
 * into a certificate (MS-WCCE, section 2.2.2.7.7.4).
 */
#ifndef EAS_CERT_SID_H
#define EAS_CERT_SID_H

#include <openssl/asn1.h>

#include "eas_cert.h"

/** Whether an OID is that of szOID_NTDS_CA_SECURITY_EXT,
 * 1.3.6.1.4.1.311.25.2. */
int eas_cert_sid_is_extension(const ASN1_OBJECT *oid);

/**
 * Read the extension.  It has to hold one SID as text and nothing else; else
 * the field gets a fault.
 * @param der the contents of the extension
 * @param pool lifetime of the value
 * @param sid made by eas_cert_values_init
 */
void eas_cert_sid_read(const unsigned char *der, apr_size_t length,
                       apr_pool_t *pool, eas_cert_values *sid);

/**
 * Add a SID as text, or a fault for what is none: "S-1-", the authority, and 1
 * to 15 numbers, all decimal (MS-DTYP, section 2.4.2.1), each in its shortest
 * form, so that equal SIDs are equal texts.
 * @param text kept as it is
 */
void eas_cert_sid_add(eas_cert_values *sid, const char *text);

#endif
