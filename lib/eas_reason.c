/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_reason.h"

#include <apr_cstr.h>
#include <apr_errno.h>

/* Class, level and status go together, so that no row can mix them. */
#define NOTHING EAS_CLASS_NO_CREDENTIAL, EAS_LOG_DEBUG, 401
#define MALFORMED EAS_CLASS_MALFORMED, EAS_LOG_NOTICE, 401
#define REFUSED EAS_CLASS_REFUSED, EAS_LOG_NOTICE, 401
#define REPEATED EAS_CLASS_REFUSED, EAS_LOG_INFO, 401
#define FORBIDDEN EAS_CLASS_FORBIDDEN, EAS_LOG_NOTICE, 403
#define LOCKED EAS_CLASS_LOCKED, EAS_LOG_NOTICE, 503
#define UNAVAILABLE EAS_CLASS_UNAVAILABLE, EAS_LOG_WARNING, 503
#define BROKEN EAS_CLASS_UNAVAILABLE, EAS_LOG_ERROR, 503

#define NEVER EAS_REMEMBER_NEVER
#define STATE EAS_REMEMBER_STATE

/*
 * A guess is what a shield has to count.  An unknown or ambiguous user is one
 * as well: were only wrong passwords counted, the lock that follows would
 * tell a guesser which accounts exist.  An empty password or an impossible
 * login tests nothing, a password known to be wrong nothing new, and a code we
 * do not know may not mean a wrong password at all.
 *
 * Remembering needs an entry to remember it for, which an unknown user lacks.
 * What depends on the request rather than on the account (TLS, Require) is
 * decided each time.
 *
 * A phone repeats a stale password all day: that is no news for the log.
 */
static const eas_reason_row rows[] = {
    [EAS_GRANTED] = {"granted", EAS_CLASS_GRANTED, EAS_LOG_INFO, 0,
                     EAS_REMEMBER_GRANTED, 0},

    [EAS_NO_CREDENTIAL] = {"no-credential", NOTHING, NEVER, 0},
    [EAS_OTHER_SCHEME] = {"other-scheme", NOTHING, NEVER, 0},

    [EAS_BAD_BASE64] = {"bad-base64", MALFORMED, NEVER, 0},
    [EAS_NO_COLON] = {"no-colon", MALFORMED, NEVER, 0},
    [EAS_CONTROL_CHARACTER] = {"control-character", MALFORMED, NEVER, 0},
    [EAS_TOO_LONG] = {"too-long", MALFORMED, NEVER, 0},
    [EAS_BAD_ENCODING] = {"bad-encoding", MALFORMED, NEVER, 0},
    [EAS_EMPTY_LOGIN] = {"empty-login", MALFORMED, NEVER, 0},

    [EAS_WRONG_PASSWORD] = {"wrong-password", REFUSED, EAS_REMEMBER_REFUSED, 1},
    [EAS_KNOWN_WRONG] = {"known-wrong-password", REPEATED, NEVER, 0},
    [EAS_UNKNOWN_USER] = {"unknown-user", REFUSED, NEVER, 1},
    [EAS_AMBIGUOUS_USER] = {"ambiguous-user", REFUSED, NEVER, 1},
    [EAS_BAD_LOGIN] = {"bad-login", REFUSED, NEVER, 0},
    [EAS_EMPTY_PASSWORD] = {"empty-password", REFUSED, NEVER, 0},
    [EAS_REFUSED_OTHERWISE] = {"refused-otherwise", REFUSED, NEVER, 0},

    [EAS_NO_TLS] = {"no-tls", FORBIDDEN, NEVER, 0},
    [EAS_ACCOUNT_DISABLED] = {"account-disabled", FORBIDDEN, STATE, 0},
    [EAS_ACCOUNT_EXPIRED] = {"account-expired", FORBIDDEN, STATE, 0},
    [EAS_ACCOUNT_RESTRICTED] = {"account-restricted", FORBIDDEN, STATE, 0},
    [EAS_PASSWORD_EXPIRED] = {"password-expired", FORBIDDEN, STATE, 0},
    [EAS_MUST_CHANGE] = {"must-change", FORBIDDEN, STATE, 0},
    [EAS_LOGON_HOURS] = {"logon-hours", FORBIDDEN, STATE, 0},
    [EAS_LOGON_WORKSTATION] = {"logon-workstation", FORBIDDEN, STATE, 0},
    [EAS_LOGON_TYPE] = {"logon-type", FORBIDDEN, STATE, 0},
    [EAS_NO_REMOTE_USER] = {"no-remote-user", FORBIDDEN, STATE, 0},
    [EAS_NOT_AUTHORIZED] = {"not-authorized", FORBIDDEN, NEVER, 0},

    [EAS_NO_CERTIFICATE] = {"no-certificate", FORBIDDEN, NEVER, 0},
    [EAS_CERT_NOT_VERIFIED] = {"certificate-not-verified", FORBIDDEN, NEVER, 0},
    [EAS_CERT_MALFORMED] = {"certificate-malformed", FORBIDDEN, NEVER, 0},
    [EAS_CERT_DATES] = {"certificate-dates", FORBIDDEN, NEVER, 0},
    [EAS_CERT_USAGE] = {"certificate-usage", FORBIDDEN, NEVER, 0},
    [EAS_CERT_ISSUER] = {"certificate-issuer", FORBIDDEN, NEVER, 0},
    [EAS_CERT_UNMAPPED] = {"certificate-unmapped", FORBIDDEN, NEVER, 0},
    [EAS_CERT_AMBIGUOUS] = {"certificate-ambiguous", FORBIDDEN, NEVER, 0},
    [EAS_CERT_WEAK] = {"certificate-weak", FORBIDDEN, NEVER, 0},
    [EAS_CERT_CONFLICT] = {"certificate-conflict", FORBIDDEN, NEVER, 0},
    [EAS_ACCOUNTS_DIFFER] = {"accounts-differ", FORBIDDEN, NEVER, 0},

    [EAS_DIRECTORY_LOCKED] = {"directory-locked", LOCKED, STATE, 0},
    [EAS_SHIELD_LOCKED] = {"locked", LOCKED, NEVER, 0},
    [EAS_NETWORK_HELD] = {"network-held", LOCKED, NEVER, 0},

    [EAS_DIRECTORY_DOWN] = {"directory-down", UNAVAILABLE, NEVER, 0},
    [EAS_DIRECTORY_TIMEOUT] = {"directory-timeout", UNAVAILABLE, NEVER, 0},
    [EAS_DIRECTORY_BUSY] = {"directory-busy", UNAVAILABLE, NEVER, 0},
    [EAS_DIRECTORY_ERROR] = {"directory-error", UNAVAILABLE, NEVER, 0},
    [EAS_DIRECTORY_NAME] = {"directory-name", UNAVAILABLE, NEVER, 0},
    [EAS_DIRECTORY_TLS] = {"directory-tls", UNAVAILABLE, NEVER, 0},
    [EAS_DIRECTORY_REFERRAL] = {"directory-referral", UNAVAILABLE, NEVER, 0},
    [EAS_SERVICE_REFUSED] = {"service-refused", BROKEN, NEVER, 0},
    [EAS_NO_LOGON_SERVER] = {"no-logon-server", UNAVAILABLE, NEVER, 0},
    [EAS_SIGNING_DEMANDED] = {"signing-demanded", UNAVAILABLE, NEVER, 0},
    [EAS_OVERLOADED] = {"overloaded", UNAVAILABLE, NEVER, 0},
    [EAS_AUTHZ_UNAVAILABLE] = {"authz-unavailable", UNAVAILABLE, NEVER, 0},
    [EAS_MISCONFIGURED] = {"misconfigured", BROKEN, NEVER, 0},
    [EAS_INTERNAL_ERROR] = {"internal-error", BROKEN, NEVER, 0},
};

_Static_assert(sizeof(rows) / sizeof(rows[0]) == EAS_REASON_COUNT,
               "a reason at the end has no row");

static const char *const class_names[] = {
    [EAS_CLASS_GRANTED] = "granted",
    [EAS_CLASS_NO_CREDENTIAL] = "no-credential",
    [EAS_CLASS_MALFORMED] = "malformed",
    [EAS_CLASS_REFUSED] = "refused",
    [EAS_CLASS_FORBIDDEN] = "forbidden",
    [EAS_CLASS_LOCKED] = "locked",
    [EAS_CLASS_UNAVAILABLE] = "unavailable",
};

enum { CLASS_COUNT = sizeof(class_names) / sizeof(class_names[0]) };

_Static_assert(CLASS_COUNT == EAS_CLASS_UNAVAILABLE + 1,
               "a class at the end has no name");

const eas_reason_row *eas_reason_get(eas_reason reason)
{
    /* A value from nowhere must fail closed, like the row of NONE, which is
     * empty on purpose. */
    if ((unsigned)reason >= EAS_REASON_COUNT || !rows[reason].name) {
        return &rows[EAS_INTERNAL_ERROR];
    }
    return &rows[reason];
}

const char *eas_reason_name(eas_reason reason)
{
    return eas_reason_get(reason)->name;
}

eas_class eas_reason_class(eas_reason reason)
{
    return eas_reason_get(reason)->in_class;
}

const char *eas_class_name(eas_class class_)
{
    if ((unsigned)class_ >= CLASS_COUNT) {
        return class_names[EAS_CLASS_UNAVAILABLE];
    }
    return class_names[class_];
}

const char *eas_source_name(eas_source source)
{
    switch (source) {
    case EAS_SOURCE_DIRECTORY:
        return "directory";
    case EAS_SOURCE_CACHE:
        return "cache";
    case EAS_SOURCE_STALE:
        return "stale";
    case EAS_SOURCE_MEMO:
        return "memo";
    case EAS_SOURCE_LEDGER:
        return "ledger";
    case EAS_SOURCE_NONE:
        break;
    }
    return "none";
}

apr_status_t eas_reason_by_name(const char *name, eas_reason *reason_out)
{
    for (int i = EAS_REASON_NONE + 1; i < EAS_REASON_COUNT; i++) {
        if (apr_cstr_casecmp(rows[i].name, name) == 0) {
            *reason_out = (eas_reason)i;
            return APR_SUCCESS;
        }
    }
    return APR_NOTFOUND;
}

apr_status_t eas_class_by_name(const char *name, eas_class *class_out)
{
    for (int i = 0; i < CLASS_COUNT; i++) {
        if (apr_cstr_casecmp(class_names[i], name) == 0) {
            *class_out = (eas_class)i;
            return APR_SUCCESS;
        }
    }
    return APR_NOTFOUND;
}
