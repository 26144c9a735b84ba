/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_login.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

#include "eas_text.h"

#define DOMAIN_MAX 255 /* of a DNS name; a NetBIOS name has 15 */

/* Directories drop blanks at the ends before they compare (RFC 4518, section
 * 2.6; the Unicode ones become a space first, section 2.2): `alice` and
 * `alice ` would be one person with two spellings. */
static int is_part(const char *text)
{
    return *text != '\0' && !eas_text_has_blank_edge(text, strlen(text));
}

static void login_split(const char *text, apr_pool_t *pool, eas_login *login)
{
    const char *mark = strrchr(text, '\\');

    login->form = EAS_LOGIN_USER;
    login->user = text;
    if (mark != NULL) {
        login->user = mark + 1;
        if (mark != text) {
            login->form = EAS_LOGIN_DOMAIN;
            login->domain =
                apr_pstrmemdup(pool, text, (apr_size_t)(mark - text));
            return;
        }
    }
    mark = strrchr(login->user, '@');
    if (mark != NULL) {
        login->form = EAS_LOGIN_UPN;
        login->domain = mark + 1;
        login->user =
            apr_pstrmemdup(pool, login->user, (apr_size_t)(mark - login->user));
    }
}

eas_reason eas_login_parse(const char *text, apr_pool_t *pool,
                           eas_login *login_out)
{
    eas_login login = {EAS_LOGIN_USER, NULL, NULL, NULL};

    login.text = apr_pstrdup(pool, text);
    login_split(login.text, pool, &login);
    if (!is_part(login.user)) {
        return EAS_BAD_LOGIN;
    }
    if (login.domain != NULL && !is_part(login.domain)) {
        return EAS_BAD_LOGIN;
    }
    *login_out = login;
    return EAS_REASON_NONE;
}

static int names_have(const apr_array_header_t *names, const char *domain)
{
    int i;

    for (i = 0; names != NULL && i < names->nelts; i++) {
        if (apr_cstr_casecmp(APR_ARRAY_IDX(names, i, const char *), domain)
            == 0) {
            return 1;
        }
    }
    return 0;
}

int eas_domains_lists(const eas_domains *domains, const char *domain)
{
    return domains != NULL && domain != NULL
           && names_have(domains->names, domain);
}

int eas_domains_has(const eas_domains *domains, const char *domain)
{
    if (domains == NULL || domain == NULL) {
        return 0;
    }
    return domains->any || eas_domains_lists(domains, domain);
}

const char *eas_domains_default(const eas_domains *domains)
{
    if (domains == NULL || domains->names == NULL
        || domains->names->nelts == 0) {
        return NULL;
    }
    return APR_ARRAY_IDX(domains->names, 0, const char *);
}

static const char *domain_check(const char *word)
{
    apr_size_t length = strlen(word);

    if (length == 0 || length > DOMAIN_MAX) {
        return "a domain has 1 to 255 bytes";
    }
    if (!eas_text_is_utf8(word, length)) {
        return "a domain is written in UTF-8";
    }
    if (eas_text_has_control(word, length)
        || eas_text_has_blank_edge(word, length) || strpbrk(word, " \\@*")) {
        return "a domain holds no blank, control character, \\, @ or *; "
               "* alone accepts any domain";
    }
    /* `.example.com` is meant as "and all below", which this is not. */
    if (word[0] == '.' || word[length - 1] == '.') {
        return "a domain neither begins nor ends with a dot";
    }
    return NULL;
}

const char *eas_domains_add(eas_domains *domains, const char *word,
                            apr_pool_t *pool)
{
    const char *problem;

    if (strcmp(word, "*") == 0) {
        domains->any = 1;
        return NULL;
    }
    problem = domain_check(word);
    if (problem == NULL && names_have(domains->names, word)) {
        problem = "a domain is named once";
    }
    if (problem != NULL) {
        return apr_pstrcat(pool, eas_text_quote(word, pool), ": ", problem,
                           NULL);
    }
    if (domains->names == NULL) {
        domains->names = apr_array_make(pool, 2, sizeof(const char *));
    }
    APR_ARRAY_PUSH(domains->names, const char *) = apr_pstrdup(pool, word);
    return NULL;
}
