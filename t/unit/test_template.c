/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_general.h>

#include "eas_filter.h"
#include "eas_template.h"
#include "tap.h"

typedef struct compile_row {
    const char *name;
    const char *input;
    const char *expected; /* in the sentence; NULL where it compiles */
    int user;
    int domain;
} compile_row;

static const compile_row compile_rows[] = {
    {"DN", "uid=%u,ou=people,dc=x", NULL, 1, 0},
    {"UPN", "%u@contoso.com", NULL, 1, 0},
    {"domain", "%d\\%u", NULL, 1, 1},
    {"domain alone", "%d", NULL, 0, 1},
    {"no place", "alice", NULL, 0, 0},
    {"per cent sign is no place", "%%u%%d", NULL, 0, 0},
    {"per cent sign and a place", "%%%u", NULL, 1, 0},
    {"umlaut", "\xc3\xbc%u", NULL, 1, 0},
    {"empty", "", "not empty", 0, 0},
    {"unknown letter", "%x", "% is followed by", 0, 0},
    {"capital letter", "%U", "% is followed by", 0, 0},
    {"per cent sign at the end", "%u%", "% is followed by", 0, 0},
    {"three per cent signs", "%%%", "% is followed by", 0, 0},
    {"line feed", "%u\n", "control", 0, 0},
    {"C1", "%u\xc2\x85", "control", 0, 0},
    {"Latin-1", "\xfc%u", "UTF-8", 0, 0},
    {NULL, NULL, NULL, 0, 0},
};

typedef struct expand_row {
    const char *name;
    const char *input;
    const char *user;
    const char *domain;
    eas_template_escape escape;
    const char *expected;
} expand_row;

static const expand_row expand_rows[] = {
    {"DN", "uid=%u,ou=p", "alice", NULL, NULL, "uid=alice,ou=p"},
    {"UPN", "%u@x", "alice", "D", NULL, "alice@x"},
    {"domain", "%d\\%u", "alice", "DOM", NULL, "DOM\\alice"},
    {"twice", "%u%u%u", "ab", NULL, NULL, "ababab"},
    {"per cent signs", "%%%u%%", "alice", NULL, NULL, "%alice%"},
    {"values are not read again", "%u %d", "%d", "%u", NULL, "%d %u"},
    {"no place", "x", "alice", NULL, NULL, "x"},
    {"empty user", "<%u>", "", NULL, NULL, "<>"},
    {"no domain", "%u@%d", "alice", NULL, NULL, NULL},
    {"no domain, escaped", "%d", "alice", NULL, eas_filter_escape_dn, NULL},
    {"no user", "%u", NULL, "x", NULL, NULL},
    {"unescaped", "uid=%u", "a,b", NULL, NULL, "uid=a,b"},
    {"escaped", "uid=%u,ou=%d,dc=x", "a,ou=b", "c+d", eas_filter_escape_dn,
     "uid=a\\,ou\\=b,ou=c\\+d,dc=x"},
    {"text is not escaped", "cn=a+b,uid=%u", "c", NULL, eas_filter_escape_dn,
     "cn=a+b,uid=c"},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static void compiles_check(apr_pool_t *pool)
{
    const compile_row *r;

    for (r = compile_rows; r->name != NULL; r++) {
        const eas_template *made = NULL;
        const char *problem = eas_template_compile(r->input, pool, &made);

        if (r->expected != NULL) {
            if (!ok(problem != NULL && strstr(problem, r->expected) != NULL,
                    r->name))
                tap_show("     got", problem);
            ok(made == NULL, tap_row(r->name, "untouched"));
            continue;
        }
        is_str(problem, NULL, r->name);
        if (made == NULL)
            continue;
        is_str(eas_template_text(made), r->input, tap_row(r->name, "text"));
        is_int(eas_template_has_user(made), r->user, tap_row(r->name, "user"));
        is_int(eas_template_has_domain(made), r->domain,
               tap_row(r->name, "domain"));
    }
}

static void expands_check(apr_pool_t *pool)
{
    const expand_row *r;

    for (r = expand_rows; r->name != NULL; r++) {
        const eas_template *made = NULL;

        is_str(eas_template_compile(r->input, pool, &made), NULL,
               tap_row("compile", r->name));
        if (made != NULL)
            is_str(
                eas_template_expand(made, r->user, r->domain, r->escape, pool),
                r->expected, tap_row("expand", r->name));
    }
}

int main(void)
{
    apr_pool_t *pool;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    compiles_check(pool);
    expands_check(pool);
    apr_terminate();
    return done_testing();
}
