/* SPDX-License-Identifier: Apache-2.0 */
/* Input: a login (also taken as a value to be escaped); on further lines,
 * words of EASAuthLDAPLogin. */
#include "fuzz.h"

#include "eas_filter.h"
#include "eas_text.h"

static int hex_value(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;

    return at != NULL ? (int)(at - digits) : -1;
}

/* Read a value of a filter as a directory does (RFC 4515, section 3), up to
 * what cannot be in one; where that is. */
static const char *value_read(const char *at, char *bytes, size_t *length)
{
    *length = 0;
    while (*at >= 0x20 && *at <= 0x7e && strchr("*()", *at) == NULL) {
        if (*at != '\\') {
            bytes[(*length)++] = *at++;
            continue;
        }
        fuzz_require(hex_value(at[1]) >= 0 && hex_value(at[2]) >= 0);
        bytes[(*length)++] = (char)(hex_value(at[1]) << 4 | hex_value(at[2]));
        at += 3;
    }
    return at;
}

static void value_check(const char *value, size_t size, apr_pool_t *pool)
{
    const char *escaped = eas_filter_escape(value, size, pool);
    char *bytes = fuzz_alloc(strlen(escaped));
    size_t length;

    fuzz_require(*value_read(escaped, bytes, &length) == '\0');
    fuzz_require(length == size && memcmp(bytes, value, size) == 0);
    free(bytes);
}

/* RFC 4514, section 3: an attribute value up to what would end it. */
static const char *dn_value_read(const char *at, char *bytes, size_t *length)
{
    for (*length = 0; *at != '\0'; (*length)++) {
        if (strchr(",+\"<>;=", *at) != NULL || (unsigned char)*at < 0x20)
            break;
        if (*at != '\\') {
            bytes[*length] = *at++;
            continue;
        }
        if (hex_value(at[1]) >= 0) {
            fuzz_require(hex_value(at[2]) >= 0);
            bytes[*length] = (char)(hex_value(at[1]) << 4 | hex_value(at[2]));
            at += 3;
            continue;
        }
        fuzz_require(at[1] != '\0' && strchr(" #,+\"\\<>;=", at[1]) != NULL);
        bytes[*length] = at[1];
        at += 2;
    }
    return at;
}

static void dn_check(const char *value, apr_pool_t *pool)
{
    const char *escaped = eas_filter_escape_dn(value, pool);
    size_t size = strlen(escaped);
    char *bytes = fuzz_alloc(size);
    size_t length;

    fuzz_require(*escaped != ' ' && *escaped != '#');
    fuzz_require(size == 0 || escaped[size - 1] != ' '
                 || (size > 1 && escaped[size - 2] == '\\'));
    fuzz_require(*dn_value_read(escaped, bytes, &length) == '\0');
    fuzz_require(length == strlen(value) && memcmp(bytes, value, length) == 0);
    free(bytes);
}

static int is_same(const char *bytes, size_t length, const char *text)
{
    return strlen(text) == length && memcmp(bytes, text, length) == 0;
}

/* Each value of a filter is the login, or its user, or its address, whole. */
static int is_of_login(const char *bytes, size_t length, const eas_login *login)
{
    const char *whole = login->text + (login->text[0] == '\\');

    if (length > 5 && memcmp(bytes, "smtp:", 5) == 0
        && is_same(bytes + 5, length - 5, whole))
        return login->form == EAS_LOGIN_UPN;
    return is_same(bytes, length, login->user)
           || (login->form == EAS_LOGIN_UPN && is_same(bytes, length, whole));
}

/* An injected login would change the shape: (&(b=c)(|(a=v)...)). */
static int filter_check(const char *filter, const eas_login *login)
{
    static const char opening[] = "(&(b=c)(|";
    char *bytes = fuzz_alloc(strlen(filter));
    const char *at = filter + sizeof(opening) - 1;
    int assertions = 0;

    fuzz_require(strncmp(filter, opening, sizeof(opening) - 1) == 0);
    for (; *at == '('; assertions++) {
        char *name = fuzz_string(at + 1, strcspn(at + 1, "="));
        size_t length;

        fuzz_require(eas_filter_is_attribute(name));
        at = value_read(at + 1 + strlen(name) + 1, bytes, &length);
        fuzz_require(*at++ == ')');
        if (strcasecmp(name, "proxyAddresses") != 0)
            fuzz_require(is_of_login(bytes, length, login));
        free(name);
    }
    fuzz_require(strcmp(at, "))") == 0);
    free(bytes);
    return assertions;
}

static int count(const apr_array_header_t *names)
{
    return names != NULL ? names->nelts : 0;
}

static void filter_try(const eas_login_attributes *attributes, const char *text,
                       int ours, apr_pool_t *pool)
{
    eas_domains domains = {NULL, ours};
    eas_login login;
    const char *filter;
    int expected = count(attributes->user);

    if (eas_login_parse(text, pool, &login) != EAS_REASON_NONE)
        return;
    if (login.form == EAS_LOGIN_UPN)
        expected = count(attributes->upn) + count(attributes->mail)
                   + (ours ? count(attributes->user) : 0);
    filter = eas_filter_login(attributes, &domains, "(b=c)", &login, pool);
    if (filter == NULL)
        fuzz_require(expected == 0);
    else
        fuzz_require(filter_check(filter, &login) == expected);
}

static void words_read(eas_login_attributes *attributes, const uint8_t *data,
                       size_t size, apr_pool_t *pool)
{
    const char *form = "";

    while (size > 0) {
        char *word = fuzz_line(&data, &size);
        const char *problem =
            eas_login_attributes_add(attributes, &form, word, pool);

        fuzz_require(problem == NULL || *problem != '\0');
        free(word);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_begin();
    eas_login_attributes attributes = {NULL, NULL, NULL};
    char *text;

    value_check((const char *)data, size, pool);
    text = fuzz_line(&data, &size);
    dn_check(text, pool);
    words_read(&attributes, data, size, pool);
    if (eas_text_is_utf8(text, strlen(text))
        && !eas_text_has_control(text, strlen(text))) {
        filter_try(&attributes, text, 0, pool);
        filter_try(&attributes, text, 1, pool);
    }
    free(text);
    fuzz_clear();
    fuzz_end();
    return 0;
}
