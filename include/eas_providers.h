/* SPDX-License-Identifier: Apache-2.0 */
/** Asking the providers of a policy, in turn, about one decision. */
#ifndef EAS_PROVIDERS_H
#define EAS_PROVIDERS_H

#include "eas_shield.h"

/** One decision on its way.  Its steps answer EAS_REASON_NONE for "no
 * objection yet"; eas_decide.c alone makes a grant of it. */
typedef struct eas_decision {
    const eas_env *env;
    const eas_policy *policy;
    const eas_client *client;
    const eas_attempt *attempt;
    apr_pool_t *pool;
    eas_login login; /**< taken apart, where a password is looked at */
    const char *password;
    eas_moment deadline;
    const eas_directory *directory; /**< the one asked last */
    const eas_provider *looked_at;  /**< the one looked at last */
    eas_known known;                /**< what was found there */
    eas_identity *identity;         /**< whoever was found last */
    eas_identity *holder;           /**< whose certificate it is; NULL */
    const char *holder_provider;    /**< who has found that out */
    eas_key holder_account;         /**< the same as the shield keys it */
    int is_later;                   /**< another provider was asked before */
    int is_unsure; /**< who does not know the login has not said so just now */
    const char *known_as; /**< REMOTE_USER as it was found before, or NULL */
    eas_verdict verdict;
} eas_decision;

/**
 * Ask whose login it is and whether the password is theirs; where there is a
 * holder of a certificate, of them alone.
 * @return EAS_REASON_NONE with a proven identity; else the reason
 */
eas_reason eas_providers_password(eas_decision *decision);

/**
 * Ask whose certificate it is, and whether they may log in.
 * @return EAS_REASON_NONE with the holder; else the reason
 */
eas_reason eas_providers_certificate(eas_decision *decision);

#endif
