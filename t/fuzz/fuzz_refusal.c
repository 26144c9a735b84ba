/* SPDX-License-Identifier: Apache-2.0 */
/* Input: a diagnostic message; in front of it, five bytes of a password
 * policy control: error, whether and how many grace logins, expiry, bound. */
#include "fuzz.h"

#include "eas_reason.h"
#include "eas_refusal.h"

#define CONTROL_SIZE 5

static void reason_check(eas_reason reason)
{
    eas_class class_ = eas_reason_class(reason);

    fuzz_require(reason != EAS_REASON_NONE && reason != EAS_GRANTED);
    fuzz_require(class_ == EAS_CLASS_REFUSED || class_ == EAS_CLASS_FORBIDDEN
                 || class_ == EAS_CLASS_LOCKED
                 || class_ == EAS_CLASS_UNAVAILABLE);
}

/* Whether the message holds this code behind a `data ` at all. */
static int is_told(const char *text, apr_uint32_t code)
{
    while ((text = strstr(text, "data ")) != NULL) {
        char *end;

        text += 5;
        if (strtoull(text, &end, 16) == code && end > text && end - text <= 8)
            return 1;
    }
    return 0;
}

static void diagnostic_try(const char *text)
{
    apr_uint32_t code = 0xdeadbeef;

    if (eas_refusal_ad_code(text, &code) == APR_SUCCESS) {
        fuzz_require(is_told(text, code));
        reason_check(eas_refusal_ad_reason(code));
    }
    else
        fuzz_require(code == 0xdeadbeef);
}

static void unwilling_try(const char *text)
{
    eas_reason reason = eas_refusal_unwilling(text);

    if (reason != EAS_REASON_NONE) {
        reason_check(reason);
        /* None of them is a wrong password, and each says so at once. */
        fuzz_require(!eas_reason_get(reason)->counts_as_guess);
        fuzz_require(strchr("AaEeTt", *text) != NULL && strlen(text) >= 19);
    }
}

static void ppolicy_try(const uint8_t *data)
{
    eas_ppolicy ppolicy;
    eas_reason reason;
    int bound = data[4] & 1;

    ppolicy.error = (int8_t)data[0];
    ppolicy.grace = data[1] & 1 ? data[2] : -1;
    ppolicy.expire = (int8_t)data[3];
    reason = eas_refusal_ppolicy(&ppolicy, bound);
    if (reason != EAS_REASON_NONE) {
        reason_check(reason);
        return;
    }
    /* Silence where a login must not pass would be a grant. */
    fuzz_require(ppolicy.error < 0 || ppolicy.error > 2);
    fuzz_require(!bound || ppolicy.grace < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text;

    if (size < CONTROL_SIZE)
        return 0;
    ppolicy_try(data);
    text = fuzz_string(data + CONTROL_SIZE, size - CONTROL_SIZE);
    diagnostic_try(text);
    unwilling_try(text);
    free(text);
    return 0;
}
