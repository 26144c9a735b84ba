/* SPDX-License-Identifier: Apache-2.0 */
/** A Require line that asks a directory: answered by what it said lately. */
#ifndef EAS_RULE_H
#define EAS_RULE_H

#include "eas_shield.h"

/** Asks the directory.  @return as eas_directory.member */
typedef eas_reason (*eas_rule_ask)(const eas_directory *directory,
                                   const eas_verdict *verdict, const char *what,
                                   apr_pool_t *pool, const char **detail_out);

/** A rule, and who asks. */
typedef struct eas_rule {
    const char *name; /**< of the kind, such as "eas-group" */
    const char *what; /**< the group, or the filter */
    int is_constant;  /**< it is the same for each request: what a client could
                           make up is not remembered */
    eas_rule_ask ask;
} eas_rule;

/**
 * Decide a rule about whom a verdict let in.
 *
 * What the directory said is believed for EASAuthCacheTTL; "no" for a minute,
 * since who was just made a member waits for it.  While the directory is down,
 * a "yes" is believed for EASAuthCacheStale.
 *
 * @param verdict of EAS_GRANTED, its deadline yet to come
 * @param pool lifetime of the detail
 * @return EAS_REASON_NONE, EAS_NOT_AUTHORIZED, or a reason of the unavailable
 *         class: it cannot be told
 */
eas_reason eas_rule_decide(const eas_env *env, const eas_policy *policy,
                           const eas_provider *provider,
                           const eas_directory *directory,
                           const eas_verdict *verdict, const eas_rule *rule,
                           apr_pool_t *pool, const char **detail_out);

#endif
