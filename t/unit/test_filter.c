/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_general.h>
#include <apr_strings.h>

#include "eas_filter.h"
#include "tap.h"

#define BYTES(literal) literal, sizeof(literal) - 1

typedef struct escape_row {
    const char *name;
    const char *input;
    apr_size_t length;
    const char *expected;
} escape_row;

static const escape_row value_rows[] = {
    {"empty", BYTES(""), ""},
    {"plain", BYTES("alice.b-c_d"), "alice.b-c_d"},
    {"star", BYTES("*"), "\\2a"},
    {"star inside", BYTES("al*ce"), "al\\2ace"},
    {"second filter", BYTES("*)(uid=*"), "\\2a\\29\\28uid=\\2a"},
    {"closed and opened", BYTES("x)(|(uid=*))"),
     "x\\29\\28|\\28uid=\\2a\\29\\29"},
    {"and", BYTES("a)(&)"), "a\\29\\28&\\29"},
    {"NUL", BYTES("alice\0)"), "alice\\00\\29"},
    {"backslash", BYTES("\\"), "\\5c"},
    {"escaped star", BYTES("\\2a"), "\\5c2a"},
    {"half an escape", BYTES("\\2"), "\\5c2"},
    {"escaped backslash", BYTES("\\5c2a"), "\\5c5c2a"},
    {"LDAPv2 escape", BYTES("\\*"), "\\5c\\2a"},
    {"overlong star", BYTES("\xc0\xaa"), "\\c0\\aa"},
    {"overlong parenthesis", BYTES("\xe0\x80\xa9"), "\\e0\\80\\a9"},
    {"umlaut", BYTES("m\xc3\xbcller"), "m\\c3\\bcller"},
    {"line feed", BYTES("a\n"), "a\\0a"},
    {"delete", BYTES("\x7f"), "\\7f"},
    {"ff", BYTES("\xff"), "\\ff"},
    {"first and last printable", BYTES(" ~"), " ~"},
    {"harmless", BYTES("=<>~:!&|,;\"+#/"), "=<>~:!&|,;\"+#/"},
    {NULL, NULL, 0, NULL},
};

static const escape_row dn_rows[] = {
    {"empty", BYTES(""), ""},
    {"plain", BYTES("alice"), "alice"},
    {"leading blank", BYTES(" alice"), "\\ alice"},
    {"trailing blank", BYTES("alice "), "alice\\ "},
    {"blank alone", BYTES(" "), "\\ "},
    {"two blanks", BYTES("  "), "\\ \\ "},
    {"blank inside", BYTES("alice b"), "alice b"},
    {"leading number sign", BYTES("#a#"), "\\#a#"},
    {"comma", BYTES("a,ou=b"), "a\\,ou\\=b"},
    {"plus", BYTES("a+cn=b"), "a\\+cn\\=b"},
    {"quote", BYTES("\""), "\\\""},
    {"backslash", BYTES("a\\2cb"), "a\\\\2cb"},
    {"angles and semicolon", BYTES("<a>;"), "\\<a\\>\\;"},
    {"line feed", BYTES("a\nb"), "a\\0ab"},
    {"unit separator and delete", BYTES("\x1f\x7f"), "\\1f\\7f"},
    {"umlaut", BYTES("m\xc3\xbcller"), "m\xc3\xbcller"},
    {"star and parentheses", BYTES("*()"), "*()"},
    {NULL, NULL, 0, NULL},
};

typedef struct login_row {
    const char *name;
    const char *attributes; /* words of EASAuthLDAPLogin */
    const char *base;
    const char *login;
    const char *expected;
} login_row;

#define AD "user=sAMAccountName upn=userPrincipalName mail=mail proxyAddresses"
#define UNIX "user=uid mail=mail"

/* The provider's domains are CONTOSO and contoso.com. */
static const login_row login_rows[] = {
    {"bare name", UNIX, NULL, "alice", "(|(uid=alice))"},
    {"base", UNIX, "(objectClass=person)", "alice",
     "(&(objectClass=person)(|(uid=alice)))"},
    {"two attributes", "user=uid cn", NULL, "alice",
     "(|(uid=alice)(cn=alice))"},
    {"empty domain", UNIX, NULL, "\\alice", "(|(uid=alice))"},
    {"domain", AD, "(a=b)", "CONTOSO\\alice",
     "(&(a=b)(|(sAMAccountName=alice)))"},
    {"domain and an @", AD, NULL, "CONTOSO\\alice@x",
     "(|(sAMAccountName=alice@x))"},
    {"upn of our domain", AD, "(a=b)", "alice@contoso.com",
     "(&(a=b)(|(userPrincipalName=alice@contoso.com)"
     "(mail=alice@contoso.com)(proxyAddresses=smtp:alice@contoso.com)"
     "(sAMAccountName=alice)))"},
    {"upn of our domain in capitals", UNIX, NULL, "alice@CONTOSO.COM",
     "(|(mail=alice@CONTOSO.COM)(uid=alice))"},
    {"upn of another domain", UNIX, NULL, "alice@example.com",
     "(|(mail=alice@example.com))"},
    {"upn behind an empty domain", UNIX, NULL, "\\alice@example.com",
     "(|(mail=alice@example.com))"},
    {"two @", UNIX, NULL, "a@b@contoso.com",
     "(|(mail=a@b@contoso.com)(uid=a@b))"},
    {"proxyaddresses in another case", "mail=PROXYADDRESSES", NULL, "a@b",
     "(|(PROXYADDRESSES=smtp:a@b))"},
    {"upn for our domain alone", "user=uid", NULL, "alice@contoso.com",
     "(|(uid=alice))"},
    {"no attribute for a bare name", "mail=mail upn=upn", NULL, "alice", NULL},
    {"no attribute for a domain", "mail=mail", "(a=b)", "D\\alice", NULL},
    {"no attribute for a foreign upn", "user=uid", NULL, "a@example.com", NULL},
    {"no attributes", "", NULL, "alice@contoso.com", NULL},
    {"injection: star", UNIX, NULL, "*", "(|(uid=\\2a))"},
    {"injection: bare name", UNIX, NULL, "*)(uid=*",
     "(|(uid=\\2a\\29\\28uid=\\2a))"},
    {"injection: behind a domain", UNIX, NULL, "D\\)(uid=*",
     "(|(uid=\\29\\28uid=\\2a))"},
    {"injection: upn", UNIX, NULL, "*)(a=*@contoso.com",
     "(|(mail=\\2a\\29\\28a=\\2a@contoso.com)(uid=\\2a\\29\\28a=\\2a))"},
    {"injection: domain of a upn", UNIX, NULL, "a@*)(uid=*",
     "(|(mail=a@\\2a\\29\\28uid=\\2a))"},
    {"injection: escaped star", UNIX, NULL, "D\\\\2a", "(|(uid=2a))"},
    {"injection: smtp", AD, NULL, "*@x",
     "(|(userPrincipalName=\\2a@x)(mail=\\2a@x)"
     "(proxyAddresses=smtp:\\2a@x))"},
    {"umlaut", UNIX, NULL, "m\xc3\xbcller", "(|(uid=m\\c3\\bcller))"},
    {NULL, NULL, NULL, NULL, NULL},
};

typedef struct attribute_row {
    const char *name;
    const char *input;
    int expected;
} attribute_row;

static const attribute_row attribute_rows[] = {
    {"name", "uid", 1},
    {"name with digits and hyphens", "msDS-a1", 1},
    {"one letter", "c", 1},
    {"OID", "0.9.2342.19200300.100.1.1", 1},
    {"OID of two numbers", "1.2", 1},
    {"empty", "", 0},
    {"digit first", "1a", 0},
    {"hyphen first", "-a", 0},
    {"underscore", "a_b", 0},
    {"option", "userCertificate;binary", 0},
    {"blank", "a b", 0},
    {"filter", "uid=*)(a", 0},
    {"comma", "uid,mail", 0},
    {"umlaut", "\xc3\xbc", 0},
    {"matching rule", "memberOf:1.2.3:", 0},
    {"one number", "1", 0},
    {"trailing dot", "1.2.", 0},
    {"leading dot", ".1.2", 0},
    {"two dots", "1..2", 0},
    {"leading zero", "1.02", 0},
    {"letter in an OID", "1.2a", 0},
    {NULL, NULL, 0},
};

typedef struct words_row {
    const char *name;
    const char *words;
    const char *expected; /* the forms, or what the sentence holds */
    int good;
} words_row;

static const words_row words_rows[] = {
    {"nothing", "", "user: upn: mail:", 1},
    {"each form", AD,
     "user:sAMAccountName upn:userPrincipalName mail:mail,proxyAddresses", 1},
    {"forms in another case", "USER=uid Mail=mail", "user:uid upn: mail:mail",
     1},
    {"a form taken up again", "user=uid mail=mail user=cn",
     "user:uid,cn upn: mail:mail", 1},
    {"an attribute in two forms", "upn=mail mail=mail",
     "user: upn:mail mail:mail", 1},
    {"OID", "user=1.2.3", "user:1.2.3 upn: mail:", 1},
    {"no form before it", "uid", "user=ATTRIBUTE", 0},
    {"unknown form", "name=uid", "user=ATTRIBUTE", 0},
    {"empty form", "=uid", "user=ATTRIBUTE", 0},
    {"no attribute", "user=", "an attribute is a name", 0},
    {"two signs", "user=uid=cn", "an attribute is a name", 0},
    {"list with commas", "user=uid,cn", "an attribute is a name", 0},
    {"injection", "user=uid user=a)(b", "an attribute is a name", 0},
    {"twice", "user=uid UID", "named once", 0},
    {NULL, NULL, NULL, 0},
};

/* The first problem in a list of words. */
static const char *words_add(eas_login_attributes *attributes,
                             const char *words, apr_pool_t *pool)
{
    char *list = apr_pstrdup(pool, words);
    const char *form = "";
    const char *problem = NULL;
    char *state;
    char *word = apr_strtok(list, " ", &state);

    for (; word != NULL && problem == NULL;
         word = apr_strtok(NULL, " ", &state))
        problem = eas_login_attributes_add(attributes, &form, word, pool);
    return problem;
}

static const char *names_show(const apr_array_header_t *names, apr_pool_t *pool)
{
    return names != NULL ? apr_array_pstrcat(pool, names, ',') : "";
}

static void words_check(apr_pool_t *pool)
{
    const words_row *r;

    for (r = words_rows; r->name != NULL; r++) {
        eas_login_attributes a = {NULL, NULL, NULL};
        const char *problem = words_add(&a, r->words, pool);

        if (!r->good) {
            if (!ok(problem != NULL && strstr(problem, r->expected) != NULL,
                    tap_row("words", r->name)))
                tap_show("     got", problem);
            continue;
        }
        is_str(problem, NULL, tap_row("words", r->name));
        is_str(apr_pstrcat(pool, "user:", names_show(a.user, pool),
                           " upn:", names_show(a.upn, pool),
                           " mail:", names_show(a.mail, pool), NULL),
               r->expected, tap_row("words kept", r->name));
    }
}

static void logins_check(apr_pool_t *pool)
{
    eas_domains domains = {NULL, 0};
    const login_row *r;

    eas_domains_add(&domains, "CONTOSO", pool);
    eas_domains_add(&domains, "contoso.com", pool);
    for (r = login_rows; r->name != NULL; r++) {
        eas_login_attributes attributes = {NULL, NULL, NULL};
        eas_login login;

        is_str(words_add(&attributes, r->attributes, pool), NULL,
               tap_row(r->name, "attributes"));
        is_int(eas_login_parse(r->login, pool, &login), EAS_REASON_NONE,
               tap_row(r->name, "login"));
        is_str(eas_filter_login(&attributes, &domains, r->base, &login, pool),
               r->expected, tap_row(r->name, "filter"));
    }
}

int main(void)
{
    const escape_row *r;
    const attribute_row *a;
    apr_pool_t *pool;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    for (r = value_rows; r->name != NULL; r++)
        is_str(eas_filter_escape(r->input, r->length, pool), r->expected,
               tap_row("value", r->name));
    for (r = dn_rows; r->name != NULL; r++)
        is_str(eas_filter_escape_dn(r->input, pool), r->expected,
               tap_row("dn", r->name));
    for (a = attribute_rows; a->name != NULL; a++)
        is_int(eas_filter_is_attribute(a->input), a->expected,
               tap_row("attribute", a->name));
    words_check(pool);
    logins_check(pool);
    apr_terminate();
    return done_testing();
}
