/* SPDX-License-Identifier: Apache-2.0 */
/* Input: a login; on further lines, words of EASAuthDomain. */
#include "fuzz.h"

#include <apr_strings.h>

#include "eas_login.h"
#include "eas_text.h"

static void part_check(const char *part)
{
    fuzz_require(*part != '\0');
    fuzz_require(!eas_text_has_blank_edge(part, strlen(part)));
}

static const char *joined(const eas_login *login, apr_pool_t *pool)
{
    switch (login->form) {
    case EAS_LOGIN_USER:
        fuzz_require(login->domain == NULL);
        fuzz_require(strchr(login->user, '@') == NULL);
        return login->user;
    case EAS_LOGIN_DOMAIN:
        return apr_pstrcat(pool, login->domain, "\\", login->user, NULL);
    case EAS_LOGIN_UPN:
        fuzz_require(strchr(login->domain, '@') == NULL);
        return apr_pstrcat(pool, login->user, "@", login->domain, NULL);
    case EAS_LOGIN_CERTIFICATE: /* nobody types one */
        break;
    }
    return NULL;
}

/* A login that was taken apart joins to what was typed, but for the backslash
 * of an empty domain. */
static void parts_check(const eas_login *login, const char *text,
                        apr_pool_t *pool)
{
    const char *whole = joined(login, pool);

    fuzz_require(whole != NULL);
    fuzz_require(strcmp(login->text, text) == 0);
    fuzz_require(strchr(login->user, '\\') == NULL);
    part_check(login->user);
    if (login->domain != NULL)
        part_check(login->domain);
    if (strcmp(whole, text) != 0)
        fuzz_require(text[0] == '\\' && strcmp(whole, text + 1) == 0
                     && login->form != EAS_LOGIN_DOMAIN);
}

static void login_try(const char *text, apr_pool_t *pool)
{
    eas_login login = {EAS_LOGIN_USER, NULL, NULL, NULL};
    size_t length = strlen(text);

    if (!eas_text_is_utf8(text, length) || eas_text_has_control(text, length))
        return;
    if (eas_login_parse(text, pool, &login) == EAS_REASON_NONE) {
        parts_check(&login, text, pool);
        return;
    }
    fuzz_require(login.text == NULL && login.user == NULL);
    fuzz_require(length == 0 || strpbrk(text, "\\@") != NULL
                 || eas_text_has_blank_edge(text, length));
}

static void upper(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text >= 'a' && *text <= 'z')
            *text = (char)(*text - 32);
    }
}

static void word_try(eas_domains *domains, char *word, apr_pool_t *pool)
{
    int before = domains->names != NULL ? domains->names->nelts : 0;
    const char *problem = eas_domains_add(domains, word, pool);

    if (problem != NULL) {
        fuzz_require(*problem != '\0');
        fuzz_require(before
                     == (domains->names != NULL ? domains->names->nelts : 0));
        return;
    }
    if (strcmp(word, "*") == 0) {
        fuzz_require(domains->any);
        return;
    }
    fuzz_require(strpbrk(word, " \\@*") == NULL);
    fuzz_require(domains->names->nelts == before + 1);
    upper(word);
    fuzz_require(eas_domains_has(domains, word));
    fuzz_require(eas_domains_add(domains, word, pool) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_begin();
    eas_domains domains = {NULL, 0};
    char *text = fuzz_line(&data, &size);

    login_try(text, pool);
    free(text);
    while (size > 0) {
        text = fuzz_line(&data, &size);
        word_try(&domains, text, pool);
        free(text);
    }
    fuzz_require((eas_domains_default(&domains) == NULL)
                 == (domains.names == NULL));
    fuzz_clear();
    fuzz_end();
    return 0;
}
