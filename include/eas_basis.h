/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a grant out of the cache stands on: whose login it is, what the ledger
 * knows of the credential, and the sealed record it was read in.
 *
 * Where all of that is as it was, opening the record again would say the same.
 * So one process can repeat such a grant without opening anything, and what
 * another process learns in the meantime still counts at once.
 */
#ifndef EAS_BASIS_H
#define EAS_BASIS_H

#include "eas_guard.h"

/** What a grant stands on; it can be copied anywhere.  No password is in it. */
struct eas_basis {
    eas_key login;           /**< its key in the table of names */
    eas_key account;         /**< whom it named */
    apr_uint64_t credential; /**< as the ledger knows it */
    eas_proof proof;         /**< what was proven */
    eas_moment at;           /**< when the directory said so, at the earliest */
    eas_cache_seal seal;     /**< the record that said so */
};

/**
 * What a grant stands on that has just been found in the cache.
 * @return lives as long as the check's pool; NULL where the store is none that
 *         can be looked at again for nothing
 */
const eas_basis *eas_basis_of(const eas_guard *guard);

/**
 * Whether a grant still stands on it, for this client: the login names the same
 * account, the ledger holds nothing against the credential and lets it be
 * looked up, no flush came, and the record is the same.  Without a lock.
 *
 * Where it does, it is counted as answered by a cached verdict, and the
 * client's network is familiar from then on.  Guesses at the password do not
 * hold a certificate, which makes no network familiar (eas_certify.h).
 *
 * @param check under the policy and of the provider it was granted under; of
 *        its ask only the clock is looked at
 * @return 1 or 0
 */
int eas_basis_holds(const eas_basis *basis, eas_check *check);

#endif
