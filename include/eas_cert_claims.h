/* SPDX-License-Identifier: Apache-2.0 */
/** What a certificate says by one kind of EASAuthCertMap. */
#ifndef EAS_CERT_CLAIMS_H
#define EAS_CERT_CLAIMS_H

#include "eas_cert_map.h"

/** What it says. */
typedef struct eas_cert_said {
    int applies;        /**< whether it says anything */
    eas_reason fault;   /**< EAS_REASON_NONE; EAS_CERT_MALFORMED for a field
                             that is not to be used; EAS_CERT_CONFLICT for
                             several values where there is to be one: all of
                             them are in @a claims */
    const char *detail; /**< of the fault, or why nobody can have the name;
                             NULL */
    int count;          /**< 0 where it can be nobody's name */
    const eas_claim *claims;
} eas_cert_said;

/**
 * Read what a certificate says.
 *
 * The strings of altSecurityIdentities are those of MS-PKCA 3.1.5.2.1.5.
 * Issuer and subject are left out where Active Directory's spelling is not
 * certain.  What SHA1-PUKEY hashes Microsoft does not state: there are two
 * claims, of the key's BIT STRING and of the SubjectPublicKeyInfo.
 *
 * @param entry the kind, with the template of EAS_MAP_TEMPLATE
 * @param pool lifetime of the claims
 */
eas_cert_said eas_cert_claims(const eas_cert_map_entry *entry,
                              const eas_cert *cert, apr_pool_t *pool);

#endif
