/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A page of the ledger: all that is remembered of one account.
 *
 * A fixed-size struct without a lock or a table; lib/eas_ledger.c keeps many,
 * and its header says what the functions of the same names do.  A zeroed page
 * is to be started before anything else is done with it.
 */
#ifndef EAS_PAGE_H
#define EAS_PAGE_H

#include "eas_familiar.h"
#include "eas_wrong.h"

/** Credentials that may be held against the cache, in vain, in one lock. */
#define EAS_PAGE_MISSES 8

/** One credential presented by one client for one account. */
typedef struct eas_ledger_try {
    eas_key account;
    apr_uint64_t credential; /**< keyed digest, never 0 */
    apr_uint64_t network; /**< keyed hash; 0 for a shared one, never familiar */
    apr_uint64_t name;    /**< keyed hash of the account's name, for unlock; 0
                               where it is not known (what was stays) */
    apr_uint64_t stamp;   /**< keyed hash of its password's stamp; 0: none */
    eas_moment refused_at; /**< eas_standing.refused_at as consulted: what was
                                refused since is not reserved */
    eas_moment now;        /**< the moment of the call, each time anew */
} eas_ledger_try;

/** What is known before anybody is asked. */
typedef struct eas_standing {
    int is_familiar; /**< a success from this network within 30 days */
    int wants_seen; /**< a cached grant is worth an eas_ledger_seen: the network
                          is not familiar, or has been for a day */
    int is_locked;  /**< a new password would not be let through now */
    apr_interval_time_t locked_for; /**< what is left of that, microseconds */
    int may_peek; /**< a cached verdict may be looked up; while locked only for
                       familiar clients, and only for as many credentials as
                       EAS_PAGE_MISSES in vain */
    eas_moment refused_at; /**< this credential was last found wrong by a bind;
                                0: not known wrong */
    eas_moment forbidden_at; /**< the account was last found forbidden; 0 */
} eas_standing;

/** What is kept of one account; 568 bytes. */
typedef struct eas_page {
    apr_uint64_t name;
    eas_moment forbidden_at;
    eas_guesses guesses;
    eas_familiar familiar;
    eas_wrongs wrongs;
    eas_moment missed_of; /**< the lock (its last failure) the misses are of */
    apr_uint16_t missed[EAS_PAGE_MISSES]; /**< marks of credentials; 0: none */
} eas_page;

/** Begin a zeroed page. */
void eas_page_start(eas_page *page, eas_moment now);

/** As eas_ledger_consult. */
void eas_page_consult(const eas_page *page, const eas_ledger_try *attempt,
                      const eas_lockout *lockout, eas_standing *standing_out);

/** As eas_ledger_look. */
eas_look eas_page_look(eas_page *page, const eas_ledger_try *attempt,
                       const eas_lockout *lockout);

/** As eas_ledger_looked. */
int eas_page_looked(eas_page *page, const eas_ledger_try *attempt);

/** As eas_ledger_reserve. */
int eas_page_reserve(eas_page *page, const eas_ledger_try *attempt,
                     const eas_lockout *lockout, int is_second_look,
                     eas_hold *hold_out, apr_interval_time_t *wait_out);

/** As eas_ledger_settle. */
eas_ledger_change eas_page_settle(eas_page *page, const eas_ledger_try *attempt,
                                  const eas_lockout *lockout,
                                  const eas_hold *hold, eas_outcome outcome);

/** As eas_ledger_seen. */
void eas_page_seen(eas_page *page, const eas_ledger_try *attempt);

/** As eas_ledger_missed. */
void eas_page_missed(eas_page *page, const eas_ledger_try *attempt,
                     const eas_lockout *lockout);

/**
 * Until when a page is of use.
 * @param lockout NULL where it is not at hand
 * @param is_pinned_out whether it must not be given up before: guesses are
 *        counted
 * @return 0 where it is of none
 */
eas_moment eas_page_until(const eas_page *page, const eas_lockout *lockout,
                          eas_moment now, int *is_pinned_out);

#endif
