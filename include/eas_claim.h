/* SPDX-License-Identifier: Apache-2.0 */
/** The search filter (RFC 4515) for what a certificate says of its holder. */
#ifndef EAS_CLAIM_H
#define EAS_CLAIM_H

#include "eas_filter.h"

/** How a directory names people. */
typedef struct eas_claim_names {
    eas_ldap_type type;
    const eas_login_attributes *login; /**< EASAuthLDAPLogin */
    const eas_domains *domains;
    const char *base; /**< filter of the URL, trusted; NULL for none */
} eas_claim_names;

/**
 * The filter that finds whoever any of the claims names:
 * (&BASE(|(attribute=value)...)).
 *
 * SID: objectSid in Active Directory, by its octets (MS-DTYP 2.4.2.2),
 * ipaNTSecurityIdentifier in FreeIPA, either and sambaSID elsewhere.  UPN: the
 * upn attributes and, where its domain is one of those written down (`*` is
 * for what people type), the user attributes with the part before the @.
 * Address: the mail attributes.  commonName: the user attributes.  DN:
 * distinguishedName in Active Directory, entryDN (RFC 5020) elsewhere.
 * Registrations: altSecurityIdentities, in FreeIPA ipaCertMapData.  DER:
 * userCertificate, by octets in Active Directory and FreeIPA, by
 * certificateExactMatch (RFC 4523), which is issuer and serial number, in
 * OpenLDAP, by either elsewhere.
 *
 * Every value is escaped (RFC 4515), but that of a template in parentheses,
 * which is a filter already.
 *
 * @param pool lifetime of the result
 * @return the filter, or NULL where no attribute serves any claim
 */
const char *eas_claim_filter(const eas_claim_names *names,
                             const eas_claim *claims, int count,
                             apr_pool_t *pool);

#endif
