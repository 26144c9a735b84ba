/* SPDX-License-Identifier: Apache-2.0 */
/** What the answers of a directory mean. */
#ifndef EAS_LDAP_RESULT_H
#define EAS_LDAP_RESULT_H

#include <ldap.h>

#include "eas_ldap_settings.h"
#include "eas_refusal.h"

/** The answer to one operation, taken apart. */
typedef struct eas_ldap_result {
    int code;               /**< LDAP result code, or libldap's own (< 0) */
    const char *diagnostic; /**< diagnosticMessage, "" where there is none */
    eas_ppolicy ppolicy;    /**< -1 in each field where not given */
    const char *referral;   /**< the first URL of a referral, or NULL */
} eas_ldap_result;

/** What is known before an answer has come. */
#define EAS_LDAP_RESULT_NONE                                                   \
    {                                                                          \
        LDAP_OTHER, "", {-1, -1, -1}, NULL                                     \
    }

/**
 * Wait for the whole answer to an operation.
 * @param message id of the operation; abandoned where no answer comes
 * @param until when to give up
 * @param answer_out the answer, freed with ldap_msgfree by the caller;
 *        untouched on failure
 * @return LDAP_SUCCESS where an answer came, whatever it says; LDAP_TIMEOUT;
 *         LDAP_SERVER_DOWN or another code of libldap.  After a failure the
 *         handle must be closed.
 */
int eas_ldap_result_wait(LDAP *ld, int message, eas_moment until,
                         LDAPMessage **answer_out);

/**
 * Take an answer apart.
 * @param answer an answer that holds a result; stays the caller's
 * @param type LDAP_RES_BIND, LDAP_RES_SEARCH_RESULT, LDAP_RES_EXTENDED: what
 *        was asked for.  The result of another operation says nothing about
 *        this one: its code is LDAP_DECODING_ERROR here.
 * @param pool lifetime of the texts
 */
eas_ldap_result eas_ldap_result_read(LDAP *ld, LDAPMessage *answer,
                                     ber_tag_t type, apr_pool_t *pool);

/**
 * What a result code means for any operation but a user's bind.
 * @return EAS_REASON_NONE for success; else a reason of the unavailable
 *         class, EAS_DIRECTORY_ERROR for a code not known
 */
eas_reason eas_ldap_result_reason(int code);

/**
 * What the answer to a user's bind means.
 * @param type where Active Directory's codes, or the texts of 389 and FreeIPA,
 *        are looked for
 * @return EAS_REASON_NONE where the password was right and nothing speaks
 *         against the login; else a reason of the classes refused, forbidden,
 *         locked or unavailable
 */
eas_reason eas_ldap_result_bind_reason(const eas_ldap_result *result,
                                       eas_ldap_type type);

/**
 * A text for the log: what failed, where, and what was said.
 * @param what the operation, such as "search"
 * @param uri the server
 * @param diagnostic hostile text, or NULL
 * @param pool lifetime of the result
 */
const char *eas_ldap_result_describe(const char *what, const char *uri,
                                     int code, const char *diagnostic,
                                     apr_pool_t *pool);

/**
 * The same for an answer that came: what it refers to, and what to configure
 * instead, is part of it.
 * @param result of eas_ldap_result_read
 * @param pool lifetime of the text
 */
const char *eas_ldap_result_explain(const char *what, const char *uri,
                                    const eas_ldap_result *result,
                                    apr_pool_t *pool);

/**
 * Why a referral leads nowhere, for the log.
 * @param url hostile text
 * @param pool lifetime of the text
 */
const char *eas_ldap_result_referral(const char *url, apr_pool_t *pool);

#endif
