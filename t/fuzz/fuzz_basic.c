/* SPDX-License-Identifier: Apache-2.0 */
/* Input: a header, or `login:password` to be encoded as one; both are tried. */
#include "fuzz.h"

#include <openssl/evp.h>

#include "eas_basic.h"
#include "eas_text.h"

/* Shorter passwords may well lie in a pool by chance. */
#define TELLING 8

static void part_check(const char *text, size_t longest)
{
    size_t length = strlen(text);

    fuzz_require(length > 0 && length <= longest);
    fuzz_require(eas_text_is_utf8(text, length));
    fuzz_require(!eas_text_has_control(text, length));
}

static void credential_check(eas_reason reason, const eas_credential *made)
{
    if (reason != EAS_REASON_NONE) {
        fuzz_require(made == NULL);
        return;
    }
    part_check(made->login, EAS_BASIC_LOGIN_MAX);
    part_check(made->password, EAS_BASIC_PASSWORD_MAX);
}

static char *joined(const eas_credential *made)
{
    size_t login = strlen(made->login);
    size_t size = login + 1 + strlen(made->password) + 1;
    char *text = fuzz_alloc(size);

    snprintf(text, size, "%s:%s", made->login, made->password);
    return text;
}

/* UTF-8 that came of Latin-1 goes back to it. */
static size_t to_latin1(char *text)
{
    const unsigned char *from = (const unsigned char *)text;
    size_t length = 0;

    for (; *from != '\0'; from++) {
        unsigned int c = *from;

        if (c >= 0x80)
            c = (c & 3) << 6 | (*++from & 0x3fu);
        text[length++] = (char)c;
    }
    return length;
}

static char *encode(const char *text, size_t length, int padded)
{
    static const char scheme[] = "Basic ";
    char *header = fuzz_alloc(sizeof(scheme) + (length + 2) / 3 * 4);
    char *end = header + sizeof(scheme) - 1;

    memcpy(header, scheme, sizeof(scheme));
    end += EVP_EncodeBlock((unsigned char *)end, (const unsigned char *)text,
                           (int)length);
    while (!padded && end[-1] == '=')
        *--end = '\0';
    return header;
}

/* A token has one spelling for each text, but for its padding: what OpenSSL
 * makes of the credential is what came. */
static int is_spelling(const char *token, char *text, int latin1)
{
    size_t length = latin1 ? to_latin1(text) : strlen(text);
    char *padded = encode(text, length, 1);
    char *bare = encode(text, length, 0);
    int same = strcmp(token, padded + 6) == 0 || strcmp(token, bare + 6) == 0;

    free(padded);
    free(bare);
    return same;
}

static void spelling_check(const char *header, const eas_credential *made)
{
    const char *token = header + strcspn(header, "Bb") + 5;
    char *text = joined(made);

    fuzz_require(strchr(made->login, ':') == NULL);
    token += strspn(token, " \t");
    fuzz_require(is_spelling(token, text, 0) || is_spelling(token, text, 1));
    free(text);
}

/* Every copy of it is gone with the pool, whatever the answer was. */
static void clear_check(const char *password, size_t length)
{
    fuzz_clear();
    if (password != NULL && length >= TELLING)
        fuzz_require(!fuzz_holds(password, length));
    fuzz_end();
}

static void header_try(const char *header)
{
    apr_pool_t *pool = fuzz_begin();
    eas_credential *made = NULL;
    eas_reason reason = eas_basic_parse(header, pool, &made);
    char *password = NULL;

    credential_check(reason, made);
    if (made != NULL) {
        spelling_check(header, made);
        password = fuzz_string(made->password, strlen(made->password));
    }
    clear_check(password, password != NULL ? strlen(password) : 0);
    free(password);
}

static void reason_check(eas_reason reason, const char *text, size_t length,
                         const char *colon)
{
    size_t i;

    fuzz_require(reason != EAS_NO_CREDENTIAL && reason != EAS_OTHER_SCHEME);
    fuzz_require(reason != EAS_BAD_BASE64 || length == 0);
    fuzz_require((reason != EAS_NO_COLON) || colon == NULL);
    fuzz_require(reason != EAS_REASON_NONE || colon != NULL);
    if (colon == text || colon == text + length - 1)
        fuzz_require(reason != EAS_REASON_NONE);
    for (i = 0; i < length; i++)
        fuzz_require(reason != EAS_REASON_NONE
                     || (unsigned char)text[i] >= 0x20);
    if (length > 2000)
        fuzz_require(reason == EAS_TOO_LONG);
}

static void text_try(const char *text, size_t length, int padded)
{
    apr_pool_t *pool = fuzz_begin();
    char *header = encode(text, length, padded);
    const char *colon = length > 0 ? memchr(text, ':', length) : NULL;
    eas_credential *made = NULL;
    eas_reason reason = eas_basic_parse(header, pool, &made);
    char *both = NULL;

    credential_check(reason, made);
    reason_check(reason, text, length, colon);
    if (made != NULL) {
        both = joined(made);
        if (eas_text_is_utf8(text, length))
            fuzz_require(strlen(both) == length
                         && memcmp(both, text, length) == 0);
        else
            fuzz_require(to_latin1(both) == length
                         && memcmp(both, text, length) == 0);
    }
    clear_check(colon, colon != NULL ? (size_t)(text + length - colon) : 0);
    free(both);
    free(header);
}

static void make_try(const uint8_t *data, size_t size)
{
    char *login = fuzz_line(&data, &size);
    char *password = fuzz_string(data, size);
    apr_pool_t *pool = fuzz_begin();
    eas_credential *made = NULL;
    eas_reason reason = eas_basic_make(login, password, pool, &made);

    credential_check(reason, made);
    if (made != NULL && eas_text_is_utf8(login, strlen(login))
        && eas_text_is_utf8(password, strlen(password))) {
        fuzz_require(strcmp(made->login, login) == 0);
        fuzz_require(strcmp(made->password, password) == 0);
    }
    clear_check(password, strlen(password));
    free(password);
    free(login);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_string(data, size);

    header_try(text);
    text_try(text, size, 1);
    text_try(text, size, 0);
    make_try(data, size);
    free(text);
    return 0;
}
