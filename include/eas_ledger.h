/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The ledger: for each account, the wrong passwords tried, who is familiar,
 * and how many guesses are left before the directory would lock it.
 *
 * An account is a key; a ledger knows no names, passwords or networks, only
 * keyed hashes of them.  All moments are passed in.  Any thread of any process
 * that shares the memory may call; nothing blocks but the lock of a shard.
 *
 * A second ledger serves logins that no directory knows, so that invented ones
 * cannot drive out accounts.  There eas_lockout.is_unknown is set and the mode
 * is off: what no directory knows is settled as wrong, with a hold that is not
 * held, and known wrong from then on.
 *
 * A request: consult; known wrong and not to be looked at: answer.  Else
 * reserve, bind, settle.  What is bound without a reservation is not counted.
 */
#ifndef EAS_LEDGER_H
#define EAS_LEDGER_H

#include "eas_page.h"
#include "eas_table.h"

typedef struct eas_ledger eas_ledger;

/**
 * How much memory a ledger takes: 648 bytes a slot, and a third more slots than
 * accounts (864 bytes for each account asked for).
 * @param accounts how many; where a set of slots is full, who is familiar and
 *        what is known wrong of the account used longest ago is forgotten,
 *        never a guess that counts.  Twice the accounts expected leave few full
 *        sets.
 * @return bytes; 0 where that is more than there can be
 */
apr_size_t eas_ledger_size(apr_size_t accounts);

/**
 * Take a memory for a ledger, as eas_table_make does.
 * @param memory eas_ledger_size(accounts) bytes
 * @param pool lifetime of the handle
 * @param ledger_out untouched on failure
 * @return as eas_table_make
 */
apr_status_t eas_ledger_make(void *memory, apr_size_t accounts,
                             apr_pool_t *pool, eas_ledger **ledger_out);

/** The table under it, for eas_ledger_file.c and for tests. */
eas_table *eas_ledger_table(eas_ledger *ledger);

/**
 * What is known of a try; without a lock.  An account never seen is open and
 * unfamiliar, and may peek.
 */
void eas_ledger_consult(eas_ledger *ledger, const eas_ledger_try *attempt,
                        const eas_lockout *lockout, eas_standing *standing_out);

/**
 * Whether a credential known wrong is to be looked at again; takes a lock only
 * where it is, and claims the look for 30 s: one caller gets it, the others
 * EAS_LOOK_NOT.  A look that is not followed by eas_ledger_looked or by a
 * settlement is offered again after that.
 *
 * EAS_LOOK_BIND from 60 s after the first refusal, until a second look has been
 * reserved: answer what is known where eas_ledger_reserve refuses it.
 * EAS_LOOK_SEARCH once refused_ttl has passed since the last look.  Nothing
 * while the account is locked for this client.
 *
 * Under eas_lockout.is_unknown: EAS_LOOK_BIND once refused_ttl has passed since
 * it was last refused, and nothing else; looking is a search there, and neither
 * a second look nor stamps nor a limit by the day apply.
 */
eas_look eas_ledger_look(eas_ledger *ledger, const eas_ledger_try *attempt,
                         const eas_lockout *lockout);

/**
 * After EAS_LOOK_SEARCH: the stamp has just been read (attempt->stamp; 0 where
 * there is none to read).
 * @return 1 where one bind is due (reserve it as an ordinary guess): the stamp
 *         is another than at the refusal, or one of the two is not known, the
 *         last bind is 12 h old and there were fewer than two in 24 h.  0 where
 *         the credential is still wrong; that is renewed.
 */
int eas_ledger_looked(eas_ledger *ledger, const eas_ledger_try *attempt,
                      const eas_lockout *lockout);

/**
 * Reserve a guess, before the bind.
 * @param is_second_look after EAS_LOOK_BIND: it must leave one guess free, also
 *        in mode log
 * @param hold_out for eas_ledger_settle; is_held 0 in mode off.  Undefined
 *        where 0 is returned.
 * @param wait_out where 0 is returned: for how long the account is locked, in
 *        microseconds; 0 where it is not: this credential was refused since it
 *        was consulted (attempt->refused_at), or there is no guess for a second
 *        look; answer that it is wrong
 * @return 1 reserved.  0 also where the account has no place in the ledger
 *         (all of its set are spoken for) or no lock can be had, in mode
 *         enforce, with a wait of a minute: what cannot be counted is not let
 *         through
 */
int eas_ledger_reserve(eas_ledger *ledger, const eas_ledger_try *attempt,
                       const eas_lockout *lockout, int is_second_look,
                       eas_hold *hold_out, apr_interval_time_t *wait_out);

/**
 * Say what became of a reservation, once, when it is known (attempt->now).
 * Sets what is known wrong (with attempt->stamp), familiar and forbidden in all
 * modes, with holds that are not held too.  A proven credential is not known
 * wrong any more.
 * @return what to log
 */
eas_ledger_change eas_ledger_settle(eas_ledger *ledger,
                                    const eas_ledger_try *attempt,
                                    const eas_lockout *lockout,
                                    const eas_hold *hold, eas_outcome outcome);

/** A grant out of the cache from this network; where eas_standing.wants_seen.
 */
void eas_ledger_seen(eas_ledger *ledger, const eas_ledger_try *attempt);

/** A cached verdict was looked up while locked, and was not there.  Each
 * credential counts once. */
void eas_ledger_missed(eas_ledger *ledger, const eas_ledger_try *attempt,
                       const eas_lockout *lockout);

/**
 * Forget guesses and locks, not who is familiar nor what is known wrong, of all
 * accounts of a name; looks at every slot.  What a directory has counted is not
 * forgotten by it: for who has unlocked the account there.
 * @param name as eas_ledger_try.name; 0 is nobody's
 * @return how many accounts were changed
 */
int eas_ledger_unlock(eas_ledger *ledger, apr_uint64_t name, eas_moment now);

#endif
