/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_basic.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>
#include <openssl/crypto.h>

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

/* One more than the value of a digit; 0 for what is none. */
static const unsigned char base64_values[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,
    ['G'] = 7,  ['H'] = 8,  ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12,
    ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18,
    ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30,
    ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36,
    ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42,
    ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54,
    ['2'] = 55, ['3'] = 56, ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60,
    ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
};

/* How many digits there are before the padding; 0 where it is wrong. */
static apr_size_t base64_digits(const char *text, apr_size_t length)
{
    apr_size_t padding = 0;

    while (padding < 2 && padding < length
           && text[length - padding - 1] == '=') {
        padding++;
    }
    return padding > 0 && length % 4 != 0 ? 0 : length - padding;
}

/* Four digits into three bytes; 0 where one is none. */
static int base64_four(const unsigned char *text, char *bytes)
{
    const unsigned int a = base64_values[text[0]];
    const unsigned int b = base64_values[text[1]];
    const unsigned int c = base64_values[text[2]];
    const unsigned int d = base64_values[text[3]];
    const unsigned int bits =
        (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6 | (d - 1);

    bytes[0] = (char)(bits >> 16);
    bytes[1] = (char)(bits >> 8);
    bytes[2] = (char)bits;
    return a && b && c && d;
}

/* RFC 4648, section 4, strictly: apr_base64 and EVP_DecodeBlock stop at or
 * step over what they do not know, so one password would have many spellings
 * and the back end might read another one.  Bits left over must be zero
 * (section 3.5). */
static int base64_decode(const char *text, apr_size_t length, char *bytes,
                         apr_size_t *length_out)
{
    apr_size_t digits = base64_digits(text, length);
    apr_size_t used = 0;
    unsigned int held = 0;
    unsigned int bits = 0;
    apr_size_t i;

    for (i = 0; i + 4 <= digits; i += 4, used += 3) {
        if (!base64_four((const unsigned char *)text + i, bytes + used)) {
            return 0;
        }
    }
    for (; i < digits; i++) {
        unsigned int value = base64_values[(unsigned char)text[i]];

        if (value == 0) {
            return 0;
        }
        bits = bits << 6 | (value - 1);
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes[used++] = (char)(bits >> held);
            bits &= (1u << held) - 1;
        }
    }
    *length_out = used;
    return digits > 0 && held < 6 && bits == 0;
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
    if (!base64_decode(token, length, text, &length)) {
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
