/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_refusal.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_errno.h>
#include <apr_lib.h>

#define AD_WORD "data "

/* Value of a hexadecimal digit, or -1. */
static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

/* Read one to eight hexadecimal digits that end a word; more than eight, as
 * in a date or a serial number, are no code.  Returns whether it did. */
static int read_code(const char *text, apr_uint32_t *code)
{
    apr_uint32_t sum = 0;
    int digits = 0;

    for (; hex_value(text[digits]) >= 0; digits++) {
        if (digits == 8) {
            return 0;
        }
        sum = sum << 4 | (apr_uint32_t)hex_value(text[digits]);
    }
    if (digits == 0
        || (text[digits] && text[digits] != ','
            && !apr_isspace(text[digits]))) {
        return 0;
    }
    *code = sum;
    return 1;
}

/* Whether a word begins here: "metadata 52e" is not AD's field. */
static int begins_word(const char *text, const char *at)
{
    return at == text || at[-1] == ',' || apr_isspace(at[-1]);
}

apr_status_t eas_refusal_ad_code(const char *diagnostic, apr_uint32_t *code_out)
{
    apr_status_t found = APR_NOTFOUND;
    apr_uint32_t first = 0;
    apr_uint32_t code;
    const char *at = diagnostic;

    while (at && (at = strstr(at, AD_WORD)) != NULL) {
        const char *value = at + strlen(AD_WORD);

        if (begins_word(diagnostic, at) && read_code(value, &code)) {
            /* Two that disagree: one may be text that a client brought in,
             * and 532 in the place of 52e would pass for a right password. */
            if (found == APR_SUCCESS && code != first) {
                return APR_NOTFOUND;
            }
            first = code;
            found = APR_SUCCESS;
        }
        at = value;
    }
    if (found == APR_SUCCESS) {
        *code_out = first;
    }
    return found;
}

/* MS-ERREF 2.2, as Active Directory and Samba put them after "data". */
static const struct {
    apr_uint32_t code;
    eas_reason reason;
} ad_codes[] = {
    {0x51f, EAS_NO_LOGON_SERVER},    /* ERROR_NO_LOGON_SERVERS */
    {0x525, EAS_UNKNOWN_USER},       /* ERROR_NO_SUCH_USER */
    {0x52e, EAS_WRONG_PASSWORD},     /* ERROR_LOGON_FAILURE */
    {0x52f, EAS_ACCOUNT_RESTRICTED}, /* ERROR_ACCOUNT_RESTRICTION */
    {0x530, EAS_LOGON_HOURS},        /* ERROR_INVALID_LOGON_HOURS */
    {0x531, EAS_LOGON_WORKSTATION},  /* ERROR_INVALID_WORKSTATION */
    {0x532, EAS_PASSWORD_EXPIRED},   /* ERROR_PASSWORD_EXPIRED */
    {0x533, EAS_ACCOUNT_DISABLED},   /* ERROR_ACCOUNT_DISABLED */
    {0x569, EAS_LOGON_TYPE},         /* ERROR_LOGON_TYPE_NOT_GRANTED */
    {0x6fb, EAS_NO_LOGON_SERVER},    /* ERROR_NO_TRUST_SAM_ACCOUNT */
    {0x6fc, EAS_NO_LOGON_SERVER},    /* ERROR_TRUSTED_DOMAIN_FAILURE */
    {0x6fd, EAS_NO_LOGON_SERVER},    /* ERROR_TRUSTED_RELATIONSHIP_FAILURE */
    {0x701, EAS_ACCOUNT_EXPIRED},    /* ERROR_ACCOUNT_EXPIRED */
    {0x773, EAS_MUST_CHANGE},        /* ERROR_PASSWORD_MUST_CHANGE */
    {0x775, EAS_DIRECTORY_LOCKED},   /* ERROR_ACCOUNT_LOCKED_OUT */
};

eas_reason eas_refusal_ad_reason(apr_uint32_t code)
{
    for (apr_size_t i = 0; i < sizeof(ad_codes) / sizeof(ad_codes[0]); i++) {
        if (ad_codes[i].code == code) {
            return ad_codes[i].reason;
        }
    }
    return EAS_REFUSED_OTHERWISE;
}

static const struct {
    const char *begin;
    eas_reason reason;
} unwilling_texts[] = {
    {"Account inactivated", EAS_ACCOUNT_DISABLED},
    {"Account (Kerberos principal) is expired", EAS_ACCOUNT_EXPIRED},
    {"Entry permanently locked", EAS_DIRECTORY_LOCKED},
    {"Too many failed logins", EAS_DIRECTORY_LOCKED},
};

eas_reason eas_refusal_unwilling(const char *diagnostic)
{
    const apr_size_t count =
        sizeof(unwilling_texts) / sizeof(unwilling_texts[0]);

    for (apr_size_t i = 0; diagnostic && i < count; i++) {
        const char *begin = unwilling_texts[i].begin;

        if (!apr_cstr_casecmpn(diagnostic, begin, strlen(begin))) {
            return unwilling_texts[i].reason;
        }
    }
    return EAS_REASON_NONE;
}

/* Errors of the draft that speak of logging in; the rest belong to changing
 * a password. */
enum { PASSWORD_EXPIRED = 0, ACCOUNT_LOCKED = 1, CHANGE_AFTER_RESET = 2 };

eas_reason eas_refusal_ppolicy(const eas_ppolicy *ppolicy, int bound)
{
    switch (ppolicy->error) {
    case PASSWORD_EXPIRED:
        return EAS_PASSWORD_EXPIRED;
    case ACCOUNT_LOCKED:
        return EAS_DIRECTORY_LOCKED;
    case CHANGE_AFTER_RESET:
        return EAS_MUST_CHANGE;
    default:
        /* Zero left means that this bind used up the last one. */
        return bound && ppolicy->grace >= 0 ? EAS_PASSWORD_EXPIRED
                                            : EAS_REASON_NONE;
    }
}
