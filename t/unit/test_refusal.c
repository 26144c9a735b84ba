/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_refusal.h"

#include <apr_errno.h>

#include "eas_reason.h"
#include "tap.h"

#define WINDOWS                                                                \
    "80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, "
#define SAMBA                                                                  \
    "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, "

#define NO_CODE 0xdeadbeef

static const struct {
    const char *name;
    const char *diagnostic;
    apr_uint32_t code; /* NO_CODE: there is none */
} diagnostics[] = {
    {"Windows", WINDOWS "data 52e, v2580", 0x52e},
    {"Windows, 8009030C",
     "8009030C: LdapErr: DSID-0C0906A0, comment: AcceptSecurityContext "
     "error, data 701, v4f7c",
     0x701},
    {"Windows, locked", WINDOWS "data 775, v4563", 0x775},
    {"Samba", SAMBA "data 532, v1db1", 0x532},
    {"code 8 of Windows",
     "00002028: LdapErr: DSID-0C090257, comment: The server requires binds "
     "to turn on integrity checking if SSL\\TLS are not already active on "
     "the connection, data 0, v2580",
     0},
    {"capital digits", WINDOWS "data 52E, v2580", 0x52e},
    {"capital word", WINDOWS "DATA 52e, v2580", NO_CODE},
    {"at the end", WINDOWS "data 530", 0x530},
    {"at the beginning", "data 530, v2580", 0x530},
    {"line break behind", WINDOWS "data 530\r\n", 0x530},
    {"eight digits", "x, data 80090346, v4563", 0x80090346},
    {"leading zeros", "x, data 0000052e, v1", 0x52e},
    {"nine digits", "x, data 00000052e, v1", NO_CODE},
    {"nothing", NULL, NO_CODE},
    {"empty", "", NO_CODE},
    {"OpenLDAP", "Password expired", NO_CODE},
    {"no code", WINDOWS "data , v2580", NO_CODE},
    {"cut off", WINDOWS "data ", NO_CODE},
    {"cut off before the blank", WINDOWS "data", NO_CODE},
    {"two blanks", WINDOWS "data  52e, v2580", NO_CODE},
    {"no hexadecimal", WINDOWS "data xyz, v2580", NO_CODE},
    {"0x", WINDOWS "data 0x52e, v2580", NO_CODE},
    {"a longer word", WINDOWS "data 52exyz, v2580", NO_CODE},
    {"a date", "data 52e-01-01, v1", NO_CODE},
    {"minus", "x, data -52e, v1", NO_CODE},
    {"inside a word", "metadata 52e, v2580", NO_CODE},
    {"inside a word, then real", "metadata 532, data 52e, v1", 0x52e},
    {"no code, then one", "no data here, data 52e, v1", 0x52e},
    {"the same twice", "x, data 52e, data 52e, v1", 0x52e},
    {"two that disagree", "data 532 in a name, data 52e, v1", NO_CODE},
    {"quoted, then real", "in 'data 532', data 52e, v1", 0x52e},
    {"the other way round", "x, data 52e, v1, data 532, v1", NO_CODE},
};

static void test_diagnostics(void)
{
    for (int i = 0; i < (int)(sizeof(diagnostics) / sizeof(diagnostics[0]));
         i++) {
        const char *name = diagnostics[i].name;
        apr_uint32_t code = NO_CODE;
        apr_status_t status =
            eas_refusal_ad_code(diagnostics[i].diagnostic, &code);

        is_int(code, diagnostics[i].code, tap_row(name, "code"));
        is_int(status,
               diagnostics[i].code == NO_CODE ? APR_NOTFOUND : APR_SUCCESS,
               tap_row(name, "found"));
    }
}

static const struct {
    const char *code;
    const char *reason;
} codes[] = {
    {"525", "unknown-user"},           {"52e", "wrong-password"},
    {"52f", "account-restricted"},     {"530", "logon-hours"},
    {"531", "logon-workstation"},      {"532", "password-expired"},
    {"533", "account-disabled"},       {"569", "logon-type"},
    {"51f", "no-logon-server"},        {"6fb", "no-logon-server"},
    {"6fc", "no-logon-server"},        {"6fd", "no-logon-server"},
    {"701", "account-expired"},        {"773", "must-change"},
    {"775", "directory-locked"},       {"0", "refused-otherwise"},
    {"57", "refused-otherwise"},       {"51e", "refused-otherwise"},
    {"520", "refused-otherwise"},      {"52d", "refused-otherwise"},
    {"534", "refused-otherwise"},      {"6fa", "refused-otherwise"},
    {"6fe", "refused-otherwise"},      {"702", "refused-otherwise"},
    {"772", "refused-otherwise"},      {"774", "refused-otherwise"},
    {"776", "refused-otherwise"},      {"80090346", "refused-otherwise"},
    {"1000052e", "refused-otherwise"},
};

static void test_codes(void)
{
    char diagnostic[128];

    for (int i = 0; i < (int)(sizeof(codes) / sizeof(codes[0])); i++) {
        apr_uint32_t code = NO_CODE;

        snprintf(diagnostic, sizeof(diagnostic), WINDOWS "data %s, v2580",
                 codes[i].code);
        is_int(eas_refusal_ad_code(diagnostic, &code), APR_SUCCESS,
               tap_row(codes[i].code, "read"));
        is_str(eas_reason_name(eas_refusal_ad_reason(code)), codes[i].reason,
               tap_row(codes[i].code, codes[i].reason));
    }
}

/* 530 to 533, 701 and 773 are given to the owner of the password alone, and
 * what AD could not tell or we do not know says nothing of a password. */
static void test_guesses(void)
{
    int guesses = 0;

    for (apr_uint32_t code = 0; code < 0x10000; code++) {
        guesses += eas_reason_get(eas_refusal_ad_reason(code))->counts_as_guess;
    }
    is_int(guesses, 2, "525 and 52e alone are guesses");
}

static const struct {
    const char *name;
    eas_ppolicy ppolicy;
    eas_reason bound;
    eas_reason refused;
} controls[] = {
    {"says nothing", {-1, -1, -1}, EAS_REASON_NONE, EAS_REASON_NONE},
    {"expires soon", {-1, 3600, -1}, EAS_REASON_NONE, EAS_REASON_NONE},
    {"grace login", {-1, -1, 3}, EAS_PASSWORD_EXPIRED, EAS_REASON_NONE},
    {"last grace login", {-1, -1, 0}, EAS_PASSWORD_EXPIRED, EAS_REASON_NONE},
    {"passwordExpired",
     {0, -1, -1},
     EAS_PASSWORD_EXPIRED,
     EAS_PASSWORD_EXPIRED},
    {"accountLocked", {1, -1, -1}, EAS_DIRECTORY_LOCKED, EAS_DIRECTORY_LOCKED},
    {"changeAfterReset", {2, -1, -1}, EAS_MUST_CHANGE, EAS_MUST_CHANGE},
    {"changeAfterReset, grace", {2, -1, 1}, EAS_MUST_CHANGE, EAS_MUST_CHANGE},
    {"passwordModNotAllowed", {3, -1, -1}, EAS_REASON_NONE, EAS_REASON_NONE},
    {"passwordInHistory", {8, -1, -1}, EAS_REASON_NONE, EAS_REASON_NONE},
    {"passwordInHistory, grace",
     {8, -1, 1},
     EAS_PASSWORD_EXPIRED,
     EAS_REASON_NONE},
};

static void test_ppolicy(void)
{
    for (int i = 0; i < (int)(sizeof(controls) / sizeof(controls[0])); i++) {
        const eas_ppolicy *ppolicy = &controls[i].ppolicy;

        is_int(eas_refusal_ppolicy(ppolicy, 1), controls[i].bound,
               tap_row(controls[i].name, "bound"));
        is_int(eas_refusal_ppolicy(ppolicy, 0), controls[i].refused,
               tap_row(controls[i].name, "refused"));
    }
}

static const struct {
    const char *diagnostic;
    eas_reason reason;
} unwilling[] = {
    {"Account inactivated. Contact system administrator.",
     EAS_ACCOUNT_DISABLED},
    {"Account inactivated", EAS_ACCOUNT_DISABLED},
    {"ACCOUNT INACTIVATED.", EAS_ACCOUNT_DISABLED},
    {"Account (Kerberos principal) is expired", EAS_ACCOUNT_EXPIRED},
    {"account (kerberos principal) is expired\n", EAS_ACCOUNT_EXPIRED},
    {"Entry permanently locked.\n", EAS_DIRECTORY_LOCKED},
    {"Too many failed logins.\n", EAS_DIRECTORY_LOCKED},
    {NULL, EAS_REASON_NONE},
    {"", EAS_REASON_NONE},
    {"A", EAS_REASON_NONE},
    {"Account", EAS_REASON_NONE},
    {"Account inactivate", EAS_REASON_NONE},
    {" Account inactivated", EAS_REASON_NONE},
    {"uid=Account inactivated", EAS_REASON_NONE},
    {"Account (Kerberos principal) is expire", EAS_REASON_NONE},
    {"Entry temporarily locked", EAS_REASON_NONE},
    {"Server is read-only", EAS_REASON_NONE},
    {"unauthenticated bind (DN with no password) disallowed", EAS_REASON_NONE},
    {WINDOWS "data 533, v2580", EAS_REASON_NONE},
};

static void test_unwilling(void)
{
    for (int i = 0; i < (int)(sizeof(unwilling) / sizeof(unwilling[0])); i++) {
        const char *diagnostic = unwilling[i].diagnostic;
        char line[80] = "no text";

        if (diagnostic) {
            snprintf(line, sizeof(line), "\"%.*s\"",
                     (int)strcspn(diagnostic, "\n"), diagnostic);
        }
        is_int(eas_refusal_unwilling(diagnostic), unwilling[i].reason,
               tap_row("53", line));
    }
}

int main(void)
{
    test_diagnostics();
    test_codes();
    test_guesses();
    test_ppolicy();
    test_unwilling();
    return done_testing();
}
