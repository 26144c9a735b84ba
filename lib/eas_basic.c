/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_basic.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>
#include <openssl/crypto.h>

#include "eas_base64.h"
#include "eas_text.h"

/* A Latin-1 byte is one or two of UTF-8, never fewer, so what is too long
 * before it is recoded is too long after. */
#define TEXT_MAX (EAS_BASIC_LOGIN_MAX + 1 + EAS_BASIC_PASSWORD_MAX)
#define BASE64_MAX ((TEXT_MAX + 2) / 3 * 4)

/* Bytes as they came, of no proven encoding, not terminated. */
typedef struct span {
    const char *bytes;
    apr_size_t length;
} span;

typedef struct secret {
    char *bytes;
    apr_size_t size;
} secret;

static apr_status_t secret_wipe(void *data)
{
    secret *kept = data;

    OPENSSL_cleanse(kept->bytes, kept->size);
    return APR_SUCCESS;
}

/* Pools hand memory on without clearing it. */
static void secret_register(char *bytes, apr_size_t size, apr_pool_t *pool)
{
    secret *kept = apr_palloc(pool, sizeof(*kept));

    kept->bytes = bytes;
    kept->size = size;
    apr_pool_cleanup_register(pool, kept, secret_wipe, apr_pool_cleanup_null);
}

static int is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static const char *skip_blanks(const char *text)
{
    while (is_blank(*text)) {
        text++;
    }
    return text;
}

/* A control character is one in either encoding, below 0x80. */
static int has_ascii_control(span text)
{
    apr_size_t i;

    for (i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.bytes[i];

        if (c < 0x20 || c == 0x7f) {
            return 1;
        }
    }
    return 0;
}

static int is_utf8(span text)
{
    return eas_text_is_utf8(text.bytes, text.length);
}

static int has_control(span text)
{
    return eas_text_has_control(text.bytes, text.length);
}

/* In UTF-8, and wiped: a copy unless the bytes are kept that way already; NULL
 * where they are not what they are taken for. */
static const char *text_keep(span text, int latin1, int is_kept,
                             apr_pool_t *pool)
{
    char *kept;

    if (is_kept && !latin1) {
        return text.bytes;
    }
    kept = latin1 ? eas_text_from_latin1(text.bytes, text.length, pool)
                  : apr_pstrmemdup(pool, text.bytes, text.length);

    if (kept != NULL) {
        secret_register(kept, strlen(kept), pool);
    }
    return kept;
}

/* Its length in UTF-8, where Latin-1 above ASCII takes two bytes. */
static apr_size_t length_kept(span text, int latin1)
{
    apr_size_t length = text.length;
    apr_size_t i;

    for (i = 0; latin1 && i < text.length; i++) {
        length += (unsigned char)text.bytes[i] >= 0x80;
    }
    return length;
}

/* @param is_kept the bytes end with NUL, and last and are wiped as the
 *        credential is to be */
static eas_reason credential_make(span login, span password, int is_kept,
                                  apr_pool_t *pool,
                                  eas_credential **credential_out)
{
    int latin1 = !is_utf8(login) || !is_utf8(password);
    eas_credential made;

    if (latin1 ? has_ascii_control(login) || has_ascii_control(password)
               : has_control(login) || has_control(password)) {
        return EAS_CONTROL_CHARACTER;
    }
    if (length_kept(login, latin1) > EAS_BASIC_LOGIN_MAX
        || length_kept(password, latin1) > EAS_BASIC_PASSWORD_MAX) {
        return EAS_TOO_LONG;
    }
    made.login = text_keep(login, latin1, is_kept, pool);
    made.password = text_keep(password, latin1, is_kept, pool);
    if (made.login == NULL || made.password == NULL) {
        return EAS_BAD_ENCODING;
    }
    if (*made.login == '\0') {
        return EAS_EMPTY_LOGIN;
    }
    if (*made.password == '\0') {
        return EAS_EMPTY_PASSWORD;
    }
    *credential_out = apr_pmemdup(pool, &made, sizeof(made));
    return EAS_REASON_NONE;
}

/* token68 of RFC 7617; httpd has cut the blanks behind it. */
static eas_reason token_parse(const char *token, apr_pool_t *pool,
                              eas_credential **credential_out)
{
    apr_size_t length = strlen(token);
    span login;
    span password;
    char *colon;
    char *text;

    if (length > BASE64_MAX) {
        return EAS_TOO_LONG;
    }
    text = apr_pcalloc(pool, length + 1);
    secret_register(text, length, pool);
    if (!eas_base64_decode(token, length, text, &length)) {
        return EAS_BAD_BASE64;
    }
    colon = memchr(text, ':', length);
    if (colon == NULL) {
        return EAS_NO_COLON;
    }
    login.bytes = text;
    login.length = (apr_size_t)(colon - text);
    password.bytes = colon + 1;
    password.length = length - login.length - 1;
    *colon = '\0'; /* behind the password there is one */
    return credential_make(login, password, 1, pool, credential_out);
}

eas_reason eas_basic_parse(const char *header, apr_pool_t *pool,
                           eas_credential **credential_out)
{
    static const char scheme[] = "Basic";
    const char *rest;

    if (header == NULL || *(header = skip_blanks(header)) == '\0') {
        return EAS_NO_CREDENTIAL;
    }
    if (apr_cstr_casecmpn(header, scheme, sizeof(scheme) - 1) != 0) {
        return EAS_OTHER_SCHEME;
    }
    rest = header + sizeof(scheme) - 1;
    if (*rest != '\0' && !is_blank(*rest)) {
        return EAS_OTHER_SCHEME;
    }
    return token_parse(skip_blanks(rest), pool, credential_out);
}

eas_reason eas_basic_make(const char *login, const char *password,
                          apr_pool_t *pool, eas_credential **credential_out)
{
    /* Not joined by a colon and split again: a colon in the login would move
     * into the password. */
    span login_span = {login, strlen(login)};
    span password_span = {password, strlen(password)};

    return credential_make(login_span, password_span, 0, pool, credential_out);
}
