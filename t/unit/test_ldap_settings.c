/* SPDX-License-Identifier: Apache-2.0 */
/* The URL of a directory, and what a type means by default.  Links libldap,
 * whose parsers are used. */
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <ldap.h>

#include "eas_ldap_fingerprint.h"
#include "eas_ldap_settings.h"
#include "tap.h"

static apr_pool_t *pool;

/* A parsed URL in one line: hosts|base|scope|filter|attribute; "SRV domain"
 * in place of the hosts. */
static const char *show(const eas_ldap_url *url)
{
    const char *text = url->ldaps ? "ldaps" : "ldap";
    int i;

    if (url->srv_domain) {
        text = apr_pstrcat(pool, text, " SRV ", url->srv_domain, NULL);
    }
    for (i = 0; i < url->hosts->nelts; i++) {
        text = apr_pstrcat(pool, text, " ",
                           APR_ARRAY_IDX(url->hosts, i, eas_ldap_host).uri,
                           NULL);
    }
    return apr_psprintf(pool, "%s|%s|%d|%s|%s", text, url->base, url->scope,
                        url->filter ? url->filter : "-",
                        url->attribute ? url->attribute : "-");
}

static const struct {
    const char *url;
    const char *expected;
} good[] = {
    { "ldaps://dc1.example.com dc2.example.com/DC=example,DC=com",
      "ldaps ldaps://dc1.example.com:636 ldaps://dc2.example.com:636"
      "|DC=example,DC=com|2|-|-" },
    { "ldap://h:3890/dc=x?uid", "ldap ldap://h:3890|dc=x|2|-|uid" },
    { "ldap://h/dc=x?uid?one", "ldap ldap://h:389|dc=x|1|-|uid" },
    { "ldap://h/dc=x?uid?base", "ldap ldap://h:389|dc=x|0|-|uid" },
    { "ldap://h/dc=x?uid?sub?(objectClass=person)",
      "ldap ldap://h:389|dc=x|2|(objectClass=person)|uid" },
    { "ldap://h/dc=x??" "?(&(a=b)(!(c=*)))",
      "ldap ldap://h:389|dc=x|2|(&(a=b)(!(c=*)))|-" },
    { "ldap://h/dc=x???objectClass=person",
      "ldap ldap://h:389|dc=x|2|(objectClass=person)|-" },
    { "ldap://[::1]:389/dc=x", "ldap ldap://[::1]:389|dc=x|2|-|-" },
    { "ldaps://[fe80::1] 10.0.0.1:1636/dc=x",
      "ldaps ldaps://[fe80::1]:636 ldaps://10.0.0.1:1636|dc=x|2|-|-" },
    { "ldaps:///DC=example,DC=com",
      "ldaps SRV example.com|DC=example,DC=com|2|-|-" },
    { "ldap:///OU=x,dc=example,dc=com?uid?sub?(a=b)",
      "ldap SRV example.com|OU=x,dc=example,dc=com|2|(a=b)|uid" },
    { "LDAPS://H/", "ldaps ldaps://H:636||2|-|-" },
    { "ldap://h/ou=a%20b,dc=x", "ldap ldap://h:389|ou=a b,dc=x|2|-|-" },
};

static const struct {
    const char *url;
    const char *says; /* a part of the message */
} bad[] = {
    { "", "neither ldap:// nor ldaps://" },
    { "http://h/dc=x", "neither ldap:// nor ldaps://" },
    { "ldapi://%2ftmp/dc=x", "neither ldap:// nor ldaps://" },
    { "ldap://h", "no /base" },
    { "ldap:///", "no host, and its base \"\" no domain" },
    { "ldap:///o=x", "no host, and its base \"o=x\" no domain" },
    { "ldaps:///dc=a b,dc=x", "no host, and its base \"dc=a b,dc=x\"" },
    { "ldap:///dc=x?uid,mail", "one attribute" },
    { "ldap:///nonsense", "not a distinguished name" },
    { "ldap:// /dc=x", "names no host, but has blanks" },
    { "ldap://h:0/dc=x", "not a host name" },
    { "ldap://h:65536/dc=x", "not a host name" },
    { "ldap://h:x/dc=x", "not a host name" },
    { "ldap://h:/dc=x", "not a host name" },
    { "ldap://user@h/dc=x", "not a host name" },
    { "ldap://h%41/dc=x", "not a host name" },
    { "ldap://[::1/dc=x", "not a host name" },
    { "ldap://h/nonsense", "not a distinguished name" },
    { "ldap://h/dc=x?uid,mail", "one attribute" },
    { "ldap://h/dc=x?u;id", "one attribute" },
    { "ldap://h/dc=x?uid?every", "base, one or sub" },
    { "ldap://h/dc=x?uid?sub?(uid=", "not valid" },
    { "ldap://h/dc=x?uid?sub?(uid=a)(uid=b)", "not valid" },
    { "ldap://h/dc=x?uid?sub?(uid=a)?bindname=cn=x", "extensions" },
    { "ldap://a a a a a a a a a a a a a a a a a/dc=x", "16 hosts" },
};

static void test_urls(void)
{
    apr_size_t i;

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        eas_ldap_url url;
        const char *error = eas_ldap_url_parse(good[i].url, pool, &url);

        is_str(error ? error : show(&url), good[i].expected, good[i].url);
    }
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        eas_ldap_url url = { .base = "untouched" };
        const char *error = eas_ldap_url_parse(bad[i].url, pool, &url);

        if (!ok(error && strstr(error, bad[i].says)
                && !strcmp(url.base, "untouched"), bad[i].url)) {
            tap_show("got", error);
        }
    }
}

static const struct {
    eas_ldap_type type;
    const char *url_attribute;
    const char *expected; /* user|upn|mail */
} defaults[] = {
    { EAS_LDAP_GENERIC, NULL, "uid||mail" },
    { EAS_LDAP_OPENLDAP, NULL, "uid||mail" },
    { EAS_LDAP_FREEIPA, NULL, "uid|krbPrincipalName|mail" },
    { EAS_LDAP_ACTIVE_DIRECTORY, NULL,
      "sAMAccountName|userPrincipalName|mail,proxyAddresses" },
    { EAS_LDAP_ACTIVE_DIRECTORY, "cn",
      "cn|userPrincipalName|mail,proxyAddresses" },
};

static void test_defaults(void)
{
    apr_size_t i;

    for (i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
        eas_ldap_settings settings = { .type = defaults[i].type };
        eas_login_attributes *login = &settings.login;

        settings.url.attribute = defaults[i].url_attribute;
        eas_ldap_settings_defaults(&settings, pool);
        is_str(apr_pstrcat(pool, apr_array_pstrcat(pool, login->user, ','),
                           "|", apr_array_pstrcat(pool, login->upn, ','),
                           "|", apr_array_pstrcat(pool, login->mail, ','),
                           NULL),
               defaults[i].expected, defaults[i].expected);
    }
}

static void test_suffix(void)
{
    static const struct {
        const char *base;
        const char *suffix;
    } rows[] = {
        { "ou=people,dc=example,dc=com", "dc=example,dc=com" },
        { "OU=a,OU=b,DC=Example,DC=com", "DC=Example,DC=com" },
        { "dc=example,dc=com", "dc=example,dc=com" },
        { "dc=x,ou=people,dc=example", "dc=example" },
        { "ou=people,o=example", "ou=people,o=example" },
        { "dc=a+cn=b,dc=example", "dc=example" },
        { "", "" },
        { NULL, "" },
        { "no dn", "no dn" },
    };

    for (apr_size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        is_str(eas_ldap_settings_suffix(rows[i].base, pool), rows[i].suffix,
               rows[i].base ? rows[i].base : "no base");
    }
}

/* One setting after the other is changed; whether that makes another one. */
static const char *fingerprint(int change, apr_pool_t *p)
{
    eas_ldap_settings s = { .provider = "one", .starttls = 1, .verify = 1,
                            .ca_file = "ca.pem", .bind_dn = "cn=svc",
                            .bind_password = "x", .pool_max = 1 };
    const char *error = eas_ldap_url_parse(
        change == 1 ? "ldap://a.test b.test/dc=x" :
        change == 2 ? "ldap://a.test/dc=y" :
        change == 3 ? "ldap://a.test/dc=x??one" :
        change == 4 ? "ldap://a.test/dc=x??sub?(a=b)" :
        change == 5 ? "ldap://a.test:636/dc=x" :
        change == 6 ? "ldap://a.test/dc=x?cn" : "ldap://a.test/dc=x",
        p, &s.url);

    s.provider = change == 7 ? "two" : s.provider;
    s.type = change == 8 ? EAS_LDAP_OPENLDAP : EAS_LDAP_GENERIC;
    s.starttls = change != 9;
    s.verify = change != 10;
    s.ca_file = change == 11 ? "cb.pem" : s.ca_file;
    s.bind_dn = change == 12 ? NULL : change == 13 ? "" : s.bind_dn;
    s.domains.any = change == 14;
    eas_domains_add(&s.domains, change == 15 ? "A" : "AB", p);
    if (change == 16) {
        eas_domains_add(&s.domains, "C", p);
    }
    if (change == 17) {
        eas_template_compile("uid=%u", p, &s.bind_template);
    }
    s.group_base = change == 18 ? "ou=groups,dc=x" : NULL;
    s.bind_password = change == 19 ? "y" : s.bind_password;
    s.total_timeout = change == 19;
    s.pool_max = change == 19 ? 2 : s.pool_max;
    s.remember = s.retry = s.max_wait = change == 19;
    eas_ldap_settings_defaults(&s, p);
    return error ? error : eas_ldap_fingerprint(&s, p);
}

static void test_fingerprint(void)
{
    enum { CHANGES = 19 };
    const char *seen[CHANGES];
    int same = 0;

    for (int i = 0; i < CHANGES; i++) {
        seen[i] = fingerprint(i, pool);
        for (int k = 0; k < i; k++) {
            same += !strcmp(seen[i], seen[k]);
        }
    }
    is_int(same, 0, "whatever a verdict depends on changes the fingerprint");
    is_str(fingerprint(CHANGES, pool), seen[0],
           "the password, pools and times do not");
    ok(!strstr(seen[0], "1:x,"), "nor is the password in it");
}

static void test_certificates(void)
{
    static const struct {
        const char *name;
        const char *url;
        eas_ldap_type type;
        const char *bind_dn;
        const char *bind_template; /* NULL for a search */
        int verify;
        const char *ca_file;
        const char *remedy; /* NULL where all is well */
    } rows[] = {
        {"domain controllers", "ldaps://dc1/dc=x", EAS_LDAP_ACTIVE_DIRECTORY,
         "cn=a", NULL, 1, "ca.pem", NULL},
        {"whose CA is anybody's", "ldaps://dc1/dc=x",
         EAS_LDAP_ACTIVE_DIRECTORY, "cn=a", NULL, 1, EAS_CA_BUNDLE, NULL},
        {"by DNS", "ldaps:///dc=x", EAS_LDAP_ACTIVE_DIRECTORY, "cn=a", NULL, 1,
         "ca.pem", NULL},
        {"OpenLDAP", "ldap://h/dc=x", EAS_LDAP_OPENLDAP, "cn=a", NULL, 1,
         "ca.pem", NULL},
        {"nobody searches", "ldaps://h/dc=x", EAS_LDAP_OPENLDAP, NULL,
         "uid=%u,dc=x", 1, "ca.pem", "EASAuthLDAPBindTemplate"},
        {"anonymous", "ldaps://h/dc=x", EAS_LDAP_FREEIPA, NULL, NULL, 1,
         "ca.pem", "add EASAuthLDAPBindDN"},
        {"a catalog", "ldaps://gc:3269/dc=x", EAS_LDAP_ACTIVE_DIRECTORY,
         "cn=a", NULL, 1, "ca.pem", NULL},
        {"a catalog among others", "ldap://dc1 gc:3268/dc=x",
         EAS_LDAP_ACTIVE_DIRECTORY, "cn=a", NULL, 1, EAS_CA_BUNDLE,
         "EASAuthLDAPTrustedCA FILE"},
        {"a catalog, no CA", "ldap://gc:3268/dc=x", EAS_LDAP_ACTIVE_DIRECTORY,
         "cn=a", NULL, 1, NULL, "EASAuthLDAPTrustedCA FILE"},
        {"a catalog, not verified", "ldaps://gc:3269/dc=x",
         EAS_LDAP_ACTIVE_DIRECTORY, "cn=a", NULL, 0, "ca.pem",
         "remove EASAuthLDAPVerify Off"},
        {"a catalog taken for another directory", "ldaps://gc:3269/dc=x",
         EAS_LDAP_GENERIC, "cn=a", NULL, 1, "ca.pem",
         "write EASAuthLDAPType ActiveDirectory"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        eas_ldap_settings s = {.type = rows[i].type,
                               .bind_dn = rows[i].bind_dn,
                               .verify = rows[i].verify,
                               .ca_file = rows[i].ca_file};
        const char *said = eas_ldap_url_parse(rows[i].url, pool, &s.url);

        if (rows[i].bind_template) {
            eas_template_compile(rows[i].bind_template, pool,
                                 &s.bind_template);
        }
        is_str(said, NULL, tap_row("certificates, URL", rows[i].name));
        said = eas_ldap_settings_certificates(&s, pool);
        ok(rows[i].remedy ? said && strstr(said, rows[i].remedy) : !said,
           tap_row("certificates", rows[i].name));
    }
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_urls();
    test_suffix();
    test_defaults();
    test_fingerprint();
    test_certificates();
    apr_pool_destroy(pool);
    apr_terminate();
    return done_testing();
}
