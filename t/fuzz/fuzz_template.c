/* SPDX-License-Identifier: Apache-2.0 */
/* Input: a template, a user and a domain, a line each. */
#include "fuzz.h"

#include <apr_strings.h>

#include "eas_template.h"

/* Between marks, so that what is not escaped shows. */
static char *mark(const char *value, apr_pool_t *pool)
{
    return apr_pstrcat(pool, "<", value, ">", NULL);
}

/* The same in the simplest way: a character at a time. */
static char *expected(const char *text, const char *user, const char *domain,
                      apr_pool_t *pool)
{
    char *sum = apr_pstrdup(pool, "");

    for (; *text != '\0'; text++) {
        const char *next;

        if (*text != '%')
            next = apr_pstrmemdup(pool, text, 1);
        else if (*++text == '%')
            next = "%";
        else
            next = mark(*text == 'u' ? user : domain, pool);
        sum = apr_pstrcat(pool, sum, next, NULL);
    }
    return sum;
}

static void good_check(const eas_template *made, const char *text,
                       const char *user, const char *domain, apr_pool_t *pool)
{
    const char *filled = eas_template_expand(made, user, domain, mark, pool);
    const char *bare = eas_template_expand(made, user, NULL, NULL, pool);

    fuzz_require(strcmp(eas_template_text(made), text) == 0);
    fuzz_require(filled != NULL);
    fuzz_require(strcmp(filled, expected(text, user, domain, pool)) == 0);
    fuzz_require((bare == NULL) == eas_template_has_domain(made));
    if (!eas_template_has_user(made) && bare != NULL)
        fuzz_require(strcmp(bare, expected(text, "", "", pool)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_begin();
    char *text = fuzz_line(&data, &size);
    char *user = fuzz_line(&data, &size);
    char *domain = fuzz_line(&data, &size);
    const eas_template *made = NULL;
    const char *problem = eas_template_compile(text, pool, &made);

    fuzz_require((problem == NULL) == (made != NULL));
    if (made != NULL)
        good_check(made, text, user, domain, pool);
    free(text);
    free(user);
    free(domain);
    fuzz_clear();
    fuzz_end();
    return 0;
}
