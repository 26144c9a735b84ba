/* SPDX-License-Identifier: Apache-2.0 */
/** Why a directory refused a bind: Active Directory's codes, the texts of 389
 * Directory Server and FreeIPA, and ppolicy. */
#ifndef EAS_REFUSAL_H
#define EAS_REFUSAL_H

#include "eas_types.h"

/**
 * Read the `data` code of Active Directory's diagnostic message, such as
 * "80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error,
 * data 52e, v2580".
 *
 * @param diagnostic hostile text, or NULL
 * @param code_out the code; untouched on failure
 * @return APR_SUCCESS; APR_NOTFOUND where there is no well-formed code of one
 *         to eight hexadecimal digits
 */
apr_status_t eas_refusal_ad_code(const char *diagnostic,
                                 apr_uint32_t *code_out);

/**
 * What a `data` code means.  530-533, 701 and 773 are given only where the
 * password was right; 52f and 569 are forbidden; 51f and 6fb-6fd mean that
 * nobody could tell (MS-ERREF; facts seen on Samba and Windows).
 * @return a reason; EAS_REFUSED_OTHERWISE for a code not known
 */
eas_reason eas_refusal_ad_reason(apr_uint32_t code);

/**
 * What 389 Directory Server and FreeIPA say beside unwillingToPerform (53),
 * which by itself says nothing of the account: the texts of 389's account
 * inactivation, and of FreeIPA's ipa-lockout and ipa-pwd-extop plug-ins.
 *
 * @param diagnostic hostile text, or NULL; its case does not matter, nor what
 *        follows the text looked for
 * @return EAS_ACCOUNT_DISABLED, EAS_ACCOUNT_EXPIRED, EAS_DIRECTORY_LOCKED;
 *         EAS_REASON_NONE for anything else: the server is unwilling
 */
eas_reason eas_refusal_unwilling(const char *diagnostic);

/** What the password policy response control says (draft-behera-ldap-
 * password-policy, OID 1.3.6.1.4.1.42.2.27.8.5.1). */
typedef struct eas_ppolicy {
    int error;          /**< 0 to 8 as in the draft, -1 where not given */
    apr_int64_t expire; /**< seconds to expiry, -1 where not given */
    apr_int64_t grace;  /**< grace logins left, -1 where not given */
} eas_ppolicy;

/**
 * What the control means beside the result of a bind.
 * @param bound whether the bind succeeded
 * @return EAS_REASON_NONE where it says nothing against a login;
 *         EAS_PASSWORD_EXPIRED (also a grace login: each poll would use one
 *         up), EAS_DIRECTORY_LOCKED, EAS_MUST_CHANGE; for a refused bind with
 *         another error EAS_REASON_NONE, so that the result code decides
 */
eas_reason eas_refusal_ppolicy(const eas_ppolicy *ppolicy, int bound);

#endif
