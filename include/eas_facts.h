/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a directory has said of an account beside its password: whether it is a
 * member of a group, whether a filter matches it.
 *
 * Kept like verdicts, sealed and for as long, so that who is let in out of the
 * cache is not turned away because a rule cannot be decided just then.
 */
#ifndef EAS_FACTS_H
#define EAS_FACTS_H

#include "eas_cache.h"

/** Any thread may use it. */
typedef struct eas_facts eas_facts;

/** What is asked. */
typedef struct eas_fact_question {
    const char *provider;
    const char *fingerprint; /**< of the provider's settings */
    const char *id;          /**< of the account's entry */
    const char *rule;        /**< which kind of rule */
    const char *what;        /**< the group, or the filter */
} eas_fact_question;

/** What was said. */
typedef struct eas_fact {
    int is_so;
    apr_interval_time_t age; /**< since then; never negative */
    eas_moment at;           /**< when that was, at the earliest */
} eas_fact;

/**
 * Make them.
 * @param settings their digest is not needed
 * @param pool lifetime of the result
 * @return APR_SUCCESS; APR_EINVAL where something is missing
 */
apr_status_t eas_facts_make(const eas_cache_settings *settings,
                            apr_pool_t *pool, eas_facts **facts_out);

/**
 * Look a fact up.  How old it may be is for the caller to say.
 * @param pool for work
 * @param fact_out untouched where nothing is known
 * @return 1 or 0
 */
int eas_facts_get(eas_facts *facts, const eas_fact_question *question,
                  apr_pool_t *pool, eas_fact *fact_out);

/**
 * Remember what a directory has just said.
 * @param asked when it was asked
 * @param span how long the store is to keep it, in microseconds
 * @param pool for work
 */
void eas_facts_put(eas_facts *facts, const eas_fact_question *question,
                   int is_so, eas_moment asked, apr_interval_time_t span,
                   apr_pool_t *pool);

#endif
