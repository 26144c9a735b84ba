/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_basis.h"

const eas_basis *eas_basis_of(const eas_guard *guard)
{
    const eas_cache_seal *seal = &guard->cached.seal;
    eas_basis *basis;

    if (!seal->record.word[0] && !seal->record.word[1]) {
        return NULL;
    }
    basis = apr_palloc(guard->check->ask.pool, sizeof(*basis));
    basis->login = guard->login;
    basis->account = guard->attempt.account;
    basis->credential = guard->attempt.credential;
    basis->proof = guard->check->ask.identity->proof;
    basis->at = guard->cached.verdict.at;
    basis->seal = *seal;
    return basis;
}

/* As eas_shield_check and eas_certify look at a cached verdict. */
static int is_let_in(const eas_basis *basis, const eas_guard *guard)
{
    const eas_standing *standing = &guard->standing;

    return (basis->proof == EAS_PROOF_CERTIFICATE || !standing->is_locked
            || standing->may_peek)
           && basis->at > guard->flushed_at && basis->at > standing->refused_at
           && basis->at > standing->forbidden_at;
}

int eas_basis_holds(const eas_basis *basis, eas_check *check)
{
    const eas_shield *shield = check->env->shield;
    eas_guard guard;

    if (!shield->cache || !check->policy->cache_ttl) {
        return 0;
    }
    check->known.login = basis->login;
    eas_guard_begin(&guard, check);
    if (!guard.is_named || !eas_key_is(&guard.name.account, &basis->account)) {
        return 0;
    }
    eas_guard_resume(&guard, &basis->account, basis->credential);
    eas_guard_consult(&guard, shield->accounts);
    if (!is_let_in(basis, &guard)
        || !eas_cache_is_still(shield->cache, &basis->seal)) {
        return 0;
    }
    eas_guard_spared(&guard, basis->proof);
    return 1;
}
