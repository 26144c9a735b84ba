/* SPDX-License-Identifier: Apache-2.0 */
/** One check on its way through the shield: what is known, and writing down
 * what is learnt. */
#ifndef EAS_GUARD_H
#define EAS_GUARD_H

#include "eas_names.h"
#include "eas_shield.h"

/** A forbidden or locked account is looked at again after this. */
#define EAS_STATE_TTL apr_time_from_sec(60)

/** What is known of one login at one provider, while it is checked. */
typedef struct eas_guard {
    eas_check *check;
    const eas_shield *shield;
    eas_moment now;        /**< when it began */
    eas_moment flushed_at; /**< what was learnt until then is void */
    eas_key login;         /**< key of the login */
    eas_name name;         /**< whom it names, where is_named */
    int is_named;          /**< found lately enough */
    eas_ledger_try attempt;
    eas_lockout lockout;
    eas_standing standing;
    eas_cache_question question;
    eas_cache_answer cached; /**< where has_cached */
    int has_cached;          /**< the account's record was there */
} eas_guard;

/** Begin: who the client is, and whom the login names, where that is known. */
void eas_guard_begin(eas_guard *guard, eas_check *check);

/**
 * Whom the login names, where that is known: into name and is_named.
 * @return is_named
 */
int eas_guard_recognise(eas_guard *guard);

/** The present moment. */
eas_moment eas_guard_now(const eas_guard *guard);

/**
 * The name of an account, for eas_ledger_unlock.
 * @param user as the log spells it, whatever its case
 * @param pool for work
 */
apr_uint64_t eas_guard_name(const eas_key_secret *keys, const char *provider,
                            const char *user, apr_pool_t *pool);

/** What is tried, at an account, by whom; and the lockout as it is known. */
void eas_guard_attempt(eas_guard *guard, const eas_key *account);

/** The same with a credential that was made of the password before
 * (eas_ledger_try.credential). */
void eas_guard_resume(eas_guard *guard, const eas_key *account,
                      apr_uint64_t credential);

/** What a ledger knows of the attempt; into standing. */
void eas_guard_consult(eas_guard *guard, eas_ledger *ledger);

/** It is about this account: what is known of it in the ledger. */
void eas_guard_take(eas_guard *guard, const eas_key *account);

/**
 * Find the person in the directory, and remember whose login it is.
 * @return as eas_ask_find
 */
eas_reason eas_guard_find(eas_guard *guard, int is_fresh);

/** The directory has said of the login that it names nobody, or nobody alone:
 * what was good under it is not good in the next outage. */
void eas_guard_forget_if_gone(eas_guard *guard, eas_reason reason);

/** Look the cached verdict on this account and credential up; into cached. */
void eas_guard_recall(eas_guard *guard);

/**
 * Whether the cached verdict holds: no older than so long, and nothing was
 * learnt since that speaks against it.
 * @return 1 or 0
 */
int eas_guard_holds(const eas_guard *guard, apr_interval_time_t age);

/** Whether the login was last found to name nobody at this provider. */
int eas_guard_is_nobody(const eas_guard *guard);

/** Whether the account is another one than is demanded (eas_check.only). */
int eas_guard_is_other(const eas_guard *guard);

/**
 * Whether every server is down, and what is remembered was good within
 * EASAuthCacheStale; into cached.  Where the search has failed, it is about
 * whom the login named before.
 * @return 1 or 0
 */
int eas_guard_is_stale_good(eas_guard *guard);

/** Who was remembered is whom the proof is of. */
void eas_guard_accept(eas_guard *guard, eas_source source, eas_proof proof,
                      apr_interval_time_t for_);

/** A cached grant: counted, and by a password the network is familiar from now
 * on. */
void eas_guard_spared(eas_guard *guard, eas_proof proof);

/**
 * Answer by the cached verdict on this account and credential: a grant within
 * EASAuthCacheTTL, a state that forbids within EAS_STATE_TTL; counted.
 * @param proof what a grant is one of
 * @param reason_out EAS_REASON_NONE for a grant; untouched where 0 is returned
 * @return 1; 0 where there is none that holds
 */
int eas_guard_answer(eas_guard *guard, eas_proof proof, eas_reason *reason_out);

/** The identity has just been found, or found anew: whose account it is, and
 * its password's stamp, as the ledger knows them; the login is remembered. */
void eas_guard_identify(eas_guard *guard);

/** What is kept back, and for how long; counted. */
eas_reason eas_guard_hold_back(eas_guard *guard, eas_reason reason,
                               apr_interval_time_t span);

/** The same wrong password again; counted.  @return EAS_KNOWN_WRONG */
eas_reason eas_guard_known_wrong(eas_guard *guard);

/** Tell of a change. */
void eas_guard_tell(const eas_guard *guard, eas_shield_change change, int count,
                    apr_interval_time_t span, const char *detail);

/** Count one. */
void eas_guard_count(_Atomic apr_uint64_t *counter);

#endif
