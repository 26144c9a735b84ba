/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The verdict cache: what directories have said of accounts and credentials.
 *
 * One record for each account (of one provider, as one configuration asks for
 * it), sealed; in it whoever it is (the identity) and up to
 * EAS_CACHE_CREDENTIALS credentials with the verdict on each.  A credential is
 * kept as a keyed digest (HMAC-SHA-256), never as itself.
 *
 * The store is believed in nothing: what cannot be opened as the record that
 * is asked for is not there.  It can still give back an older record than the
 * last one; that is as good as it was then, and grows old by its own dates.
 * Two who write at once may lose one of both: what must not be lost (a
 * refusal) is the ledger's, and the moments of the verdicts tell.
 */
#ifndef EAS_CACHE_H
#define EAS_CACHE_H

#include "eas_digest.h"
#include "eas_record.h"
#include "eas_seal.h"

#define EAS_CACHE_CREDENTIALS EAS_RECORD_CREDENTIALS

/** A cache; any thread may use it. */
typedef struct eas_cache eas_cache;

/** What a cache is made of; all of it lives as long as the cache. */
typedef struct eas_cache_settings {
    const eas_store *store;
    eas_sealer *sealer;
    eas_digest *digest;
    const eas_key_secret *keys; /**< of a common secret where the store is
                                     shared by machines */
    eas_clock clock;
    apr_uint64_t start; /**< random, the same in all processes that share this
                             machine's moments, another after each start;
                             0 to trust dates alone */
} eas_cache_settings;

/** Whose verdict is asked for. */
typedef struct eas_cache_question {
    const char *provider;
    const char *fingerprint; /**< of whatever else the verdict hangs on, the
                                  settings of the provider; another one is a
                                  miss */
    eas_key account;
    const char *password;     /**< or what stands for a certificate
                                   (eas_certify.h) */
    const char *attribute;    /**< the only attribute whose values are kept, as
                                   EASAuthRemoteUser names it, NULL for none;
                                   another one is a miss */
    apr_interval_time_t span; /**< how long the store is to keep what is put */
} eas_cache_question;

/** What is remembered of one credential. */
typedef struct eas_cache_verdict {
    eas_reason reason;       /**< EAS_GRANTED or one that eas_reason_get says is
                            remembered as state; EAS_REASON_NONE: nothing is */
    apr_interval_time_t age; /**< since the directory was asked; never
                                  negative.  By the moment where this start
                                  wrote it, else by the date */
    eas_moment at;           /**< when that was; told by its date, the earliest
                                  it may have been (eas_credentials_at) */
    apr_time_t date;         /**< as a date, by whoever wrote it */
    int is_own;              /**< written by this start of this machine */
    int is_recheck; /**< something was learnt of the account since (another
                         good password; that it may not): ask the directory
                         again */
    apr_int64_t expires_in; /**< seconds from now until the password expires,
                                 0 where it has; -1 not told */
    eas_cert_kind map;      /**< by what a certificate names the account */
} eas_cache_verdict;

/** Which record an answer was in. */
typedef struct eas_cache_seal {
    eas_key record; /**< all zero: the store cannot be asked for it */
    unsigned char front[EAS_STORE_FRONT];
} eas_cache_seal;

/** What is remembered of an account. */
typedef struct eas_cache_answer {
    eas_identity *identity;    /**< unproven, is_remembered; expires_in and map
                                 are the verdict's */
    eas_cache_verdict verdict; /**< on the password asked about */
    eas_cache_seal seal;
} eas_cache_answer;

/**
 * Make a cache.
 * @param pool lifetime of the result
 * @param cache_out untouched on failure
 * @return APR_SUCCESS; APR_EINVAL where something is missing, or where the
 *         store has no room for any record
 */
apr_status_t eas_cache_make(const eas_cache_settings *settings,
                            apr_pool_t *pool, eas_cache **cache_out);

/**
 * Look an account up.  How old a verdict may be is for the caller to say.
 * @param pool lifetime of the answer
 * @param answer_out untouched where there is none
 * @return 1, or 0 where nothing is known of the account, or the store failed
 */
int eas_cache_get(eas_cache *cache, const eas_cache_question *question,
                  apr_pool_t *pool, eas_cache_answer *answer_out);

/**
 * Whether the record that an answer was in is still there, and no other in its
 * place: it is not opened, but no two are sealed alike (eas_seal.h).
 * @return 1; 0 also where the store cannot be asked for that
 */
int eas_cache_is_still(const eas_cache *cache, const eas_cache_seal *seal);

/**
 * Remember what a directory has just said of a credential.
 *
 * Of more than EAS_CACHE_CREDENTIALS the oldest goes.  A good one that was not
 * known as good, and one that is good but may not (the forbidden class), send
 * all others back to the directory at their next use.
 *
 * Does nothing for a reason that is not kept, and for EAS_GRANTED of an
 * identity that is not proven.  What cannot be kept (too long, or the store
 * failed) leaves nothing outdated behind, as far as the store does as it is
 * told.
 *
 * @param identity whoever it is, with expires_in
 * @param asked when the directory was asked; 0 for just now
 * @param pool for what is needed on the way
 */
void eas_cache_put(eas_cache *cache, const eas_cache_question *question,
                   const eas_identity *identity, eas_reason reason,
                   eas_moment asked, apr_pool_t *pool);

/**
 * The directory has refused this credential: forget what is remembered of it.
 * Where nothing is, nothing is written.
 * @param pool for what is needed on the way
 */
void eas_cache_refuse(eas_cache *cache, const eas_cache_question *question,
                      apr_pool_t *pool);

/** Forget all of an account, as this question asks for it. */
void eas_cache_drop(eas_cache *cache, const eas_cache_question *question,
                    apr_pool_t *pool);

#endif
