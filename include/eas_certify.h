/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Whose certificate it is, at one provider, and whether that account may still
 * log in: remembered, else asked of the directory.
 *
 * In the names and in the verdict cache a certificate stands as a login and a
 * credential that nobody can type: a control character, and a hash of the
 * certificate and of how it is to be mapped.
 */
#ifndef EAS_CERTIFY_H
#define EAS_CERTIFY_H

#include "eas_cert.h"
#include "eas_shield.h"

/**
 * Find the account of a certificate, and judge its state.
 *
 * A mapping and a state that were found no longer than EASAuthCacheTTL ago are
 * believed, so that no certificate outlives its account by more; a state that
 * forbids, for a minute; and within EASAuthCacheStale while every server of
 * the directory is down.  Whatever was learnt of the account since (it is
 * disabled; a flush) makes them void.  What the shield holds against guesses
 * at the account's password does not stop its certificate, which is no guess.
 *
 * @param check its ask is complete but for login, password and results; both
 *        are set.  identity is proven by certificate where EAS_REASON_NONE is
 *        returned, and only then
 * @param cert valid, and of an issuer that is let in
 * @param account_out the account's key; untouched unless EAS_REASON_NONE is
 *        returned, and where there is no shield
 * @return EAS_REASON_NONE; as eas_cert_find; what eas_directory.state says
 */
eas_reason eas_certify(eas_check *check, const eas_cert *cert,
                       eas_key *account_out);

#endif
