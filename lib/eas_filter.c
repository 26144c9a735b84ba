/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_filter.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

#include "eas_text.h"

static const char hex_digits[] = "0123456789abcdef";

static char *hex_write(char *to, unsigned char c)
{
    *to++ = '\\';
    *to++ = hex_digits[c >> 4];
    *to++ = hex_digits[c & 0xf];
    return to;
}

char *eas_filter_escape(const char *value, apr_size_t length, apr_pool_t *pool)
{
    char *escaped = apr_palloc(pool, 3 * length + 1);
    char *to = escaped;
    apr_size_t i;

    for (i = 0; i < length; i++) {
        unsigned char c = (unsigned char)value[i];

        if (c < 0x20 || c > 0x7e || strchr("*()\\", c) != NULL) {
            to = hex_write(to, c);
        }
        else {
            *to++ = value[i];
        }
    }
    *to = '\0';
    return escaped;
}

static int is_dn_special(const char *value, apr_size_t length, apr_size_t at)
{
    if (value[at] == ' ') {
        return at == 0 || at + 1 == length;
    }
    if (value[at] == '#') {
        return at == 0;
    }
    return strchr(",+\"\\<>;=", value[at]) != NULL;
}

char *eas_filter_escape_dn(const char *value, apr_pool_t *pool)
{
    apr_size_t length = strlen(value);
    char *escaped = apr_palloc(pool, 3 * length + 1);
    char *to = escaped;
    apr_size_t i;

    for (i = 0; i < length; i++) {
        unsigned char c = (unsigned char)value[i];

        if (c < 0x20 || c == 0x7f) {
            to = hex_write(to, c);
            continue;
        }
        if (is_dn_special(value, length, i)) {
            *to++ = '\\';
        }
        *to++ = value[i];
    }
    *to = '\0';
    return escaped;
}

/* Exchange keeps addresses as `smtp:alice@example.com`; both `SMTP:` and
 * `smtp:` match, without regard to case. */
static const char *value_prefix(const char *attribute)
{
    return apr_cstr_casecmp(attribute, "proxyAddresses") == 0 ? "smtp:" : "";
}

static void assertions_add(apr_array_header_t *assertions,
                           const apr_array_header_t *attributes,
                           const char *value, apr_pool_t *pool)
{
    char *escaped = eas_filter_escape(value, strlen(value), pool);
    int i;

    for (i = 0; attributes != NULL && i < attributes->nelts; i++) {
        const char *name = APR_ARRAY_IDX(attributes, i, const char *);

        APR_ARRAY_PUSH(assertions, const char *) = apr_pstrcat(
            pool, "(", name, "=", value_prefix(name), escaped, ")", NULL);
    }
}

/* The user attributes join in only where the domain is ours: the part before
 * the @ of a foreign address is somebody else's login name here. */
static void upn_assertions_add(apr_array_header_t *assertions,
                               const eas_login_attributes *attributes,
                               const eas_domains *domains,
                               const eas_login *login, apr_pool_t *pool)
{
    const char *whole =
        apr_pstrcat(pool, login->user, "@", login->domain, NULL);

    assertions_add(assertions, attributes->upn, whole, pool);
    assertions_add(assertions, attributes->mail, whole, pool);
    if (eas_domains_has(domains, login->domain)) {
        assertions_add(assertions, attributes->user, login->user, pool);
    }
}

char *eas_filter_login(const eas_login_attributes *attributes,
                       const eas_domains *domains, const char *base,
                       const eas_login *login, apr_pool_t *pool)
{
    apr_array_header_t *assertions =
        apr_array_make(pool, 4, sizeof(const char *));
    const char *any;

    if (login->form == EAS_LOGIN_UPN) {
        upn_assertions_add(assertions, attributes, domains, login, pool);
    }
    else {
        assertions_add(assertions, attributes->user, login->user, pool);
    }
    if (assertions->nelts == 0) {
        return NULL;
    }
    any = apr_array_pstrcat(pool, assertions, '\0');
    if (base == NULL) {
        return apr_pstrcat(pool, "(|", any, ")", NULL);
    }
    return apr_pstrcat(pool, "(&", base, "(|", any, "))", NULL);
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int is_name(const char *word)
{
    if (!is_letter(*word)) {
        return 0;
    }
    while (is_letter(*word) || is_digit(*word) || *word == '-') {
        word++;
    }
    return *word == '\0';
}

/* Two numbers or more, without leading zeros. */
static int is_oid(const char *word)
{
    int numbers = 0;

    for (;; word++) {
        const char *number = word;

        while (is_digit(*word)) {
            word++;
        }
        if (word == number || (*number == '0' && word > number + 1)) {
            return 0;
        }
        numbers++;
        if (*word != '.') {
            return *word == '\0' && numbers > 1;
        }
    }
}

int eas_filter_is_attribute(const char *word)
{
    return is_name(word) || is_oid(word);
}

static apr_array_header_t **form_array(eas_login_attributes *attributes,
                                       const char *form)
{
    if (strcmp(form, "user") == 0) {
        return &attributes->user;
    }
    if (strcmp(form, "upn") == 0) {
        return &attributes->upn;
    }
    return strcmp(form, "mail") == 0 ? &attributes->mail : NULL;
}

static const char *attribute_add(apr_array_header_t **names, const char *word,
                                 apr_pool_t *pool)
{
    int i;

    if (!eas_filter_is_attribute(word)) {
        return "an attribute is a name of letters, digits and hyphens that "
               "begins with a letter, or an OID";
    }
    if (*names == NULL) {
        *names = apr_array_make(pool, 2, sizeof(const char *));
    }
    for (i = 0; i < (*names)->nelts; i++) {
        if (apr_cstr_casecmp(APR_ARRAY_IDX(*names, i, const char *), word)
            == 0) {
            return "an attribute is named once in a form";
        }
    }
    APR_ARRAY_PUSH(*names, const char *) = apr_pstrdup(pool, word);
    return NULL;
}

const char *eas_login_attributes_add(eas_login_attributes *attributes,
                                     const char **form_in_out, const char *word,
                                     apr_pool_t *pool)
{
    const char *sign = strchr(word, '=');
    const char *form = *form_in_out;
    apr_array_header_t **names;
    const char *problem;

    if (sign != NULL) {
        form = apr_pstrmemdup(pool, word, (apr_size_t)(sign - word));
        form = eas_text_lower(form, pool);
    }
    names = form_array(attributes, form);
    if (names == NULL) {
        problem = "words are user=ATTRIBUTE, upn=ATTRIBUTE or mail=ATTRIBUTE, "
                  "each followed by further attributes of that form";
    }
    else {
        problem = attribute_add(names, sign != NULL ? sign + 1 : word, pool);
    }
    if (problem != NULL) {
        return apr_pstrcat(pool, eas_text_quote(word, pool), ": ", problem,
                           NULL);
    }
    *form_in_out = form;
    return NULL;
}
