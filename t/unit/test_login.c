/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_general.h>
#include <apr_strings.h>

#include "eas_login.h"
#include "tap.h"

#define X16 "xxxxxxxxxxxxxxxx"
#define X255                                                                   \
    X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16                \
        "xxxxxxxxxxxxxxx"

typedef struct login_row {
    const char *name;
    const char *input;
    eas_reason expected;
    eas_login_form form;
    const char *user;
    const char *domain;
} login_row;

#define GOOD(form, user, domain) EAS_REASON_NONE, form, user, domain
#define BAD EAS_BAD_LOGIN, EAS_LOGIN_USER, NULL, NULL

static const login_row login_rows[] = {
    {"bare name", "alice", GOOD(EAS_LOGIN_USER, "alice", NULL)},
    {"capital letters", "ALICE", GOOD(EAS_LOGIN_USER, "ALICE", NULL)},
    {"umlaut", "m\xc3\xbcller", GOOD(EAS_LOGIN_USER, "m\xc3\xbcller", NULL)},
    {"blank inside", "alice b", GOOD(EAS_LOGIN_USER, "alice b", NULL)},
    {"filter characters", "*)(uid=*", GOOD(EAS_LOGIN_USER, "*)(uid=*", NULL)},
    {"empty domain", "\\alice", GOOD(EAS_LOGIN_USER, "alice", NULL)},
    {"domain", "DOM\\alice", GOOD(EAS_LOGIN_DOMAIN, "alice", "DOM")},
    {"domain in small letters", "dom\\Alice",
     GOOD(EAS_LOGIN_DOMAIN, "Alice", "dom")},
    {"domain and umlaut", "DOM\\j\xc3\xb6rg",
     GOOD(EAS_LOGIN_DOMAIN, "j\xc3\xb6rg", "DOM")},
    {"domain and an @", "DOM\\alice@x",
     GOOD(EAS_LOGIN_DOMAIN, "alice@x", "DOM")},
    {"last backslash", "A\\B\\c", GOOD(EAS_LOGIN_DOMAIN, "c", "A\\B")},
    {"two backslashes", "\\\\alice", GOOD(EAS_LOGIN_DOMAIN, "alice", "\\")},
    {"backslash behind the @", "a@b\\c", GOOD(EAS_LOGIN_DOMAIN, "c", "a@b")},
    {"upn", "alice@example.com", GOOD(EAS_LOGIN_UPN, "alice", "example.com")},
    {"upn in capitals", "Alice@EXAMPLE.com",
     GOOD(EAS_LOGIN_UPN, "Alice", "EXAMPLE.com")},
    {"upn with umlauts", "j\xc3\xb6rg@m\xc3\xbcller.de",
     GOOD(EAS_LOGIN_UPN, "j\xc3\xb6rg", "m\xc3\xbcller.de")},
    {"last @", "a@b@c", GOOD(EAS_LOGIN_UPN, "a@b", "c")},
    {"empty domain and upn", "\\alice@example.com",
     GOOD(EAS_LOGIN_UPN, "alice", "example.com")},
    {"empty", "", BAD},
    {"blank", " ", BAD},
    {"trailing blank", "alice ", BAD},
    {"leading blank", " alice", BAD},
    {"trailing U+00A0", "alice\xc2\xa0", BAD},
    {"leading U+00A0", "\xc2\xa0user", BAD},
    {"trailing U+3000", "alice\xe3\x80\x80", BAD},
    {"trailing U+2009", "alice\xe2\x80\x89", BAD},
    {"trailing zero width space", "alice\xe2\x80\x8b", BAD},
    {"leading byte order mark", "\xef\xbb\xbfuser", BAD},
    {"blank behind the backslash", "DOM\\ alice", BAD},
    {"blank before the backslash", "DOM \\alice", BAD},
    {"blank as the domain", " \\alice", BAD},
    {"blank before the @", "alice @x", BAD},
    {"blank behind the @", "alice@ x", BAD},
    {"trailing blank of a domain", "alice@x ", BAD},
    {"no domain behind the @", "alice@", BAD},
    {"no user before the @", "@x", BAD},
    {"no user behind the backslash", "DOM\\", BAD},
    {"backslash alone", "\\", BAD},
    {"@ alone", "@", BAD},
    {"backslash and @", "\\@", BAD},
    {"backslash and no user before the @", "\\@x", BAD},
    {NULL, NULL, BAD},
};

typedef struct word_row {
    const char *name;
    const char *word;
    const char *expected; /* in the sentence; NULL where it is accepted */
} word_row;

static const word_row word_rows[] = {
    {"NetBIOS name", "CONTOSO", NULL},
    {"DNS name", "contoso.com", NULL},
    {"umlaut", "m\xc3\xbcller.de", NULL},
    {"underscore", "a_b", NULL},
    {"star", "*", NULL},
    {"255 bytes", X255, NULL},
    {"256 bytes", X255 "x", "1 to 255 bytes"},
    {"empty", "", "1 to 255 bytes"},
    {"same in another case", "Contoso", "named once"},
    {"star inside", "*.contoso.com", "* alone"},
    {"@", "@contoso.com", "holds no"},
    {"backslash", "CONTOSO\\", "holds no"},
    {"blank inside", "a b", "holds no"},
    {"U+00A0 at the end", "a\xc2\xa0", "holds no"},
    {"control character", "a\tb", "holds no"},
    {"Latin-1", "m\xfcller", "UTF-8"},
    {"leading dot", ".contoso.com", "a dot"},
    {"trailing dot", "contoso.com.", "a dot"},
    {NULL, NULL, NULL},
};

typedef struct has_row {
    const char *name;
    const char *domain;
    int expected;
} has_row;

static const has_row has_rows[] = {
    {"first", "CONTOSO", 1},
    {"other case", "Contoso", 1},
    {"second in capitals", "CONTOSO.COM", 1},
    {"another", "example.com", 0},
    {"prefix", "contos", 0},
    {"longer", "contoso.com.evil", 0},
    {"below", "mail.contoso.com", 0},
    {"empty", "", 0},
    {"none", NULL, 0},
    {NULL, NULL, 0},
};

static void logins_check(apr_pool_t *pool)
{
    const login_row *r;

    for (r = login_rows; r->name != NULL; r++) {
        eas_login login = {EAS_LOGIN_UPN, "-", "-", "-"};

        is_int(eas_login_parse(r->input, pool, &login), r->expected, r->name);
        if (r->expected != EAS_REASON_NONE) {
            ok(login.form == EAS_LOGIN_UPN && *login.text == '-'
                   && *login.user == '-' && *login.domain == '-',
               tap_row(r->name, "untouched"));
            continue;
        }
        is_int(login.form, r->form, tap_row(r->name, "form"));
        is_str(login.text, r->input, tap_row(r->name, "text"));
        is_str(login.user, r->user, tap_row(r->name, "user"));
        is_str(login.domain, r->domain, tap_row(r->name, "domain"));
    }
}

static void words_check(apr_pool_t *pool)
{
    eas_domains domains = {NULL, 0};
    const word_row *r;
    int kept = 0;

    for (r = word_rows; r->name != NULL; r++) {
        const char *problem = eas_domains_add(&domains, r->word, pool);

        if (r->expected == NULL)
            is_str(problem, NULL, tap_row("word", r->name));
        else if (!ok(problem != NULL && strstr(problem, r->expected) != NULL,
                     tap_row("word", r->name)))
            tap_show("     got", problem);
        kept += r->expected == NULL && strcmp(r->word, "*") != 0;
    }
    is_int(domains.names->nelts, kept, "words: what is refused is not kept");
    is_int(domains.any, 1, "words: star");
}

static void domains_check(apr_pool_t *pool)
{
    eas_domains domains = {NULL, 0};
    eas_domains star = {NULL, 1};
    char word[] = "CONTOSO";
    const has_row *r;

    ok(!eas_domains_has(&domains, "CONTOSO"), "has: empty set");
    is_str(eas_domains_default(&domains), NULL, "default: empty set");
    eas_domains_add(&domains, word, pool);
    memset(word, 'x', sizeof(word) - 1);
    eas_domains_add(&domains, "contoso.com", pool);
    for (r = has_rows; r->name != NULL; r++)
        is_int(eas_domains_has(&domains, r->domain), r->expected,
               tap_row("has", r->name));
    is_int(eas_domains_lists(&domains, "contoso"), 1, "lists: one of them");
    is_int(eas_domains_lists(&domains, NULL), 0, "lists: no domain");
    is_int(eas_domains_lists(NULL, "contoso"), 0, "lists: no set");
    is_int(eas_domains_lists(&star, "contoso"), 0, "lists: * names none");
    is_str(eas_domains_default(&domains), "CONTOSO",
           "default: the first, a copy");
    is_int(eas_domains_has(&star, "anything"), 1, "has: star");
    is_int(eas_domains_has(&star, NULL), 0, "has: star and no domain");
    is_str(eas_domains_default(&star), NULL, "default: star has none");
    is_int(eas_domains_has(NULL, "CONTOSO"), 0, "has: NULL");
    is_str(eas_domains_default(NULL), NULL, "default: NULL");
}

int main(void)
{
    apr_pool_t *pool;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    logins_check(pool);
    words_check(pool);
    domains_check(pool);
    apr_terminate();
    return done_testing();
}
