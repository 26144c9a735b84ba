/* SPDX-License-Identifier: Apache-2.0 */
/** The state of an account, as the attributes of its entry tell it. */
#ifndef EAS_STATE_H
#define EAS_STATE_H

#include "eas_types.h"

/** What the account usability control says of an entry (SunDS, OpenLDAP; OID
 * 1.3.6.1.4.1.42.2.27.9.5.8): the directory's own judgement. */
typedef struct eas_usability {
    int is_given;           /**< the others count */
    int is_available;       /**< a bind would do; else nothing may say why */
    int must_change;        /**< the password was reset */
    int is_expired;         /**< the password has, grace logins or not */
    int is_locked;          /**< until a moment */
    apr_int64_t expires_in; /**< seconds to password expiry, -1 not told */
} eas_usability;

/**
 * The attributes that tell the state in a directory of a type, its password
 * stamp among them.
 * @return NULL-terminated; static
 */
const char *const *eas_state_attributes(eas_ldap_type type);

/**
 * The password stamp of an entry: what a directory writes anew whenever the
 * password of an account changes.  Active Directory: pwdLastSet (MS-ADTS
 * 3.1.1.4.4; 0, "must change", is one like any other, and a Global Catalog has
 * none).  OpenLDAP: pwdChangedTime (draft-behera-ldap-password-policy-10,
 * 5.3.2), which it has where ppolicy is in use.  FreeIPA: krbLastPwdChange.
 * Generic: pwdChangedTime, else krbLastPwdChange.
 *
 * Not shadowLastChange: it counts days, so that the second change of a day
 * leaves it as it is, and no directory writes it by itself.
 *
 * @param attributes of the entry, hostile; those of eas_state_attributes
 * @return one of the attributes' values, for comparing alone; NULL where there
 *         is none, more than one, or one that is neither a generalizedTime
 *         nor a number
 */
const char *eas_state_stamp(eas_ldap_type type, const apr_table_t *attributes);

/**
 * Judge an account.
 *
 * Who has proven a password has been judged by the directory at the bind;
 * what it does not look at there is judged here: in Active Directory whether
 * a smart card is required; nsAccountLock (389, FreeIPA), krbPrincipal-
 * Expiration and krbPasswordExpiration (FreeIPA), shadowExpire (RFC 2307).
 * Who presents none is judged by all: userAccountControl and its computed
 * half, accountExpires, pwdLastSet (MS-ADTS 2.2.16, 3.1.1.4.5); ppolicy's
 * operational attributes (draft-behera-ldap-password-policy-10, 5.3),
 * accountUnlockTime (389) or, where it came, the usability control.
 *
 * Whom a certificate alone proves is judged by the same but what is the
 * password's: expired, to be changed, reset.  That an account wants a smart
 * card is well then.  The usability control is about passwords: where it says
 * "not available" and something is there that may be a lock, it is one.
 *
 * An account whose state cannot be read is not one that never expires: where
 * Active Directory tells nothing, as a Global Catalog does not of
 * accountExpires, nobody can tell.
 *
 * @param attributes of the entry, hostile
 * @param usability NULL or not given where there was none
 * @param proof EAS_PROOF_PASSWORD or EAS_PROOF_BOTH where a bind has succeeded,
 *        EAS_PROOF_CERTIFICATE where a certificate is all there is
 * @param date the present date
 * @param expires_in_out seconds until the password expires, 0 where it has;
 *        untouched where it is not told or never does, and for a certificate
 * @param detail_out for the log, the attribute that tells, static; untouched
 *        where there is none
 * @return EAS_REASON_NONE; EAS_ACCOUNT_DISABLED, EAS_ACCOUNT_EXPIRED,
 *         EAS_ACCOUNT_RESTRICTED, EAS_DIRECTORY_LOCKED, EAS_MUST_CHANGE,
 *         EAS_PASSWORD_EXPIRED; EAS_MISCONFIGURED where an attribute that is
 *         always there is not, EAS_DIRECTORY_ERROR for one that is no value
 *         of its kind
 */
eas_reason eas_state_judge(eas_ldap_type type, const apr_table_t *attributes,
                           const eas_usability *usability, eas_proof proof,
                           apr_time_t date, apr_int64_t *expires_in_out,
                           const char **detail_out);

/**
 * The same for who has just proven a password, with what is at hand.
 * @param identity its expires_in is set where the bind has not told it
 * @return as eas_state_judge; EAS_INTERNAL_ERROR where nothing is proven
 */
eas_reason eas_state_judge_bound(eas_ldap_type type, eas_identity *identity,
                                 apr_time_t date, const char **detail_out);

#endif
