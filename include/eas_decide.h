/* SPDX-License-Identifier: Apache-2.0 */
/** The decision: the one place where a request is granted. */
#ifndef EAS_DECIDE_H
#define EAS_DECIDE_H

#include "eas_cert_check.h"
#include "eas_cert_map.h"
#include "eas_login.h"
#include "eas_memo.h"
#include "eas_template.h"

/** What the decision needs to know of one provider. */
typedef struct eas_provider {
    const char *name;
    int index; /**< among all providers, from 0 */
    eas_domains domains;
    apr_interval_time_t total; /**< bound on the whole check */
    const char *fingerprint;   /**< all of its settings that a remembered
                                    verdict depends on: what was said under
                                    another one is of no use */
} eas_provider;

/** What a Location says of certificates. */
typedef struct eas_cert_policy {
    const eas_cert_map *map;  /**< EASAuthCertMap; NULL: the default */
    eas_cert_strong strong;   /**< EASAuthCertStrong */
    eas_cert_demands demands; /**< EASAuthCertEKU, EASAuthCertIssuer */
    int fallback;             /**< EASAuthCertFallback: EAS_BY_EITHER goes on to
                                   the password where a certificate will not
                                   do */
    const char *shown; /**< map and strength as text, one for each meaning: a
                            remembered mapping made under another is none */
} eas_cert_policy;

/** What the decision needs to know of one Location; immutable. */
typedef struct eas_policy {
    int require_tls;
    const eas_provider *const *providers; /**< in order, NULL-terminated */
    const eas_template *remote_user;      /**< NULL for an attribute */
    const char *remote_attribute;    /**< attribute REMOTE_USER is taken from,
                                          NULL for the template */
    apr_interval_time_t cache_ttl;   /**< EASAuthCacheTTL; 0: nothing is
                                        remembered for this section */
    apr_interval_time_t cache_stale; /**< EASAuthCacheStale, from the proof;
                                          0: off */
    apr_interval_time_t refused_ttl; /**< EASAuthRefusedTTL */
    eas_shield_settings shield;      /**< EASAuthLockout */
    eas_cert_policy certificates;
} eas_policy;

/** What a mechanism made of a request. */
typedef struct eas_attempt {
    eas_reason reason; /**< EAS_REASON_NONE where there is a credential */
    const eas_credential *credential; /**< NULL unless reason is NONE */
    eas_demand demand;
    const eas_presented *presented; /**< NULL where no certificate is looked
                                         for */
    int goes_on; /**< whom no directory knows, somebody else may know: it is
                      said each time, and such a login is never held */
} eas_attempt;

/**
 * Decide on a request.
 *
 * In this order: TLS; what the mechanism found; the login's form; then each
 * provider that may hold the login, until one knows it: found, never bound
 * before exactly one entry is; then verified.  Only "unknown" goes on to the
 * next provider; a wrong password, a forbidden account and an unavailable
 * directory end the search.
 *
 * A stated domain picks its provider: where some name it in EASAuthDomain,
 * only those are asked.  Where none does, `DOMAIN\user` is for the providers
 * with `*`, and `user@domain`, which may be a mail address, for all, as a
 * bare name is.  With nobody to ask, the user is unknown.
 *
 * The whole takes at most the longest `total` of the policy's providers, and
 * each of them at most its own.
 *
 * The name for REMOTE_USER is looked at once the password is proven: none,
 * more than one value of the attribute, or one with control characters is
 * EAS_NO_REMOTE_USER.
 *
 * @param policy its providers are not NULL; none of them is EAS_MISCONFIGURED
 * @param pool lifetime of the verdict's texts and identity; those that come
 *        from the attempt or the policy live as long as these do
 * @return the verdict; reason is never EAS_REASON_NONE
 */
eas_verdict eas_decide(const eas_env *env, const eas_policy *policy,
                       const eas_client *client, const eas_attempt *attempt,
                       apr_pool_t *pool);

/**
 * Grant again what was granted on the same connection, to the same credential
 * under the same policy: by the same function as any other grant.
 *
 * @param policy the one it was granted under; its providers are not NULL
 * @param memo what was written down of it
 * @param pool lifetime of the verdict's identity; its texts are those of the
 *        memo and of the policy
 * @param verdict_out the grant, of EAS_SOURCE_MEMO; its directory may be asked
 *        further as long as if it had been asked just now
 * @return 1; 0 where it does not hold, any more or here: decide anew
 */
int eas_decide_repeat(const eas_policy *policy, const eas_client *client,
                      const eas_memo *memo, const eas_memo_call *call,
                      apr_pool_t *pool, eas_verdict *verdict_out);

#endif
