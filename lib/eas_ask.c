/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ask.h"

#include <apr_cstr.h>

#include "eas_reason.h"
#include "eas_state.h"

eas_reason eas_ask_find(eas_ask *ask, int is_fresh)
{
    const eas_directory *directory = ask->directory;
    const char *attributes[] = {ask->remote_attribute, NULL};
    eas_reason reason;

    ask->identity = NULL;
    reason = directory->find(
        directory->self, ask->login, attributes[0] ? attributes : NULL,
        is_fresh, ask->deadline, ask->pool, &ask->identity, &ask->detail);
    if (reason == EAS_REASON_NONE && !ask->identity) {
        return EAS_INTERNAL_ERROR;
    }
    if (ask->identity) {
        ask->identity->proof = EAS_PROOF_NONE; /* finding proves nothing */
    }
    return reason;
}

/* What a directory does not look at when it lets somebody bind. */
static eas_reason judge(eas_ask *ask)
{
    const char *attribute = NULL;
    eas_reason reason =
        eas_state_judge_bound(ask->directory->type, ask->identity,
                              ask->clock->date(ask->clock->self), &attribute);

    if (attribute) {
        ask->detail = attribute;
    }
    return reason;
}

static eas_reason try_password(eas_ask *ask)
{
    const eas_directory *directory = ask->directory;

    return directory->verify(directory->self, ask->identity, ask->password,
                             ask->deadline, ask->pool, &ask->detail);
}

/* What was remembered may be the reason: the entry may have moved, or an
 * attribute changed, since. */
static int may_be_outdated(const eas_ask *ask, eas_reason reason)
{
    const eas_class class_ = eas_reason_class(reason);

    return reason != EAS_REASON_NONE && ask->identity->is_remembered
           && (class_ == EAS_CLASS_REFUSED || class_ == EAS_CLASS_FORBIDDEN);
}

/* Looks the person up again.  The same entry has had its say: a password is
 * not sent to it twice, and what was proven there stays proven. */
static eas_reason look_again(eas_ask *ask, eas_reason said)
{
    const eas_identity *before = ask->identity;
    const char *detail = ask->detail;
    eas_reason reason = eas_ask_find(ask, 1);

    if (reason != EAS_REASON_NONE) {
        return reason;
    }
    /* Names of entries know no case, and another server, or a renaming, may
     * spell the same one otherwise. */
    if (apr_cstr_casecmp(before->dn, ask->identity->dn)) {
        return try_password(ask);
    }
    ask->detail = detail;
    if (said == EAS_REASON_NONE) {
        ask->identity->proof = before->proof;
        ask->identity->expires_in = before->expires_in;
    }
    return said;
}

eas_reason eas_ask_verify(eas_ask *ask)
{
    eas_reason reason = try_password(ask);

    if (may_be_outdated(ask, reason)) {
        reason = look_again(ask, reason);
    }
    if (reason != EAS_REASON_NONE) {
        return reason;
    }
    reason = judge(ask);
    if (may_be_outdated(ask, reason)) {
        reason = look_again(ask, EAS_REASON_NONE);
        reason = reason == EAS_REASON_NONE ? judge(ask) : reason;
    }
    return reason;
}
