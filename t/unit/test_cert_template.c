/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_general.h>

#include "eas_cert_template.h"
#include "fake_cert.h"

typedef struct check_row {
    const char *name;
    const char *input;
    const char *expected; /* what the sentence holds; NULL for a good one */
} check_row;

#define KINDLESS "a template is a DN"
#define BALANCED "balanced parentheses"
#define ESCAPED "special characters in a DN are escaped"
#define IN_A_VALUE "stands in a value"
#define STAR "has no *"
#define HEX "two hexadecimal digits"

static const check_row check_rows[] = {
    {"DN", "uid=%{UID},ou=people,dc=example,dc=com", NULL},
    {"one part", "cn=%{CN}", NULL},
    {"two places", "cn=%{CN},ou=%{OU}", NULL},
    {"two places in a value", "cn=%{GN} %{SN},dc=x", NULL},
    {"blanks behind commas", "cn=%{CN}, dc=x", NULL},
    {"multi-valued part", "cn=%{CN}+uid=%{UID},dc=x", NULL},
    {"escapes in a DN", "cn=%{CN},o=a\\, b\\2c \\\"c\\#,dc=x", NULL},
    {"per cent sign", "cn=100%% %{CN},dc=x", NULL},
    {"OID of an attribute", "2.5.4.3=%{CN},dc=x", NULL},
    {"long name", "cn=%{commonName},dc=x", NULL},
    {"names know no case", "cn=%{cOmMoNnAmE},dc=x", NULL},
    {"alias", "cn=%{E},dc=x", NULL},
    {"OID that is known", "cn=%{2.5.4.3},dc=x", NULL},
    {"OID that is not", "cn=%{1.3.6.1.4.1.99999.1},dc=x", NULL},
    {"filter", "(uid=%{UID})", NULL},
    {"compound filter", "(&(objectClass=*)(|(uid=%{UID})(cn=%{CN})))", NULL},
    {"matching rule", "(cn:caseExactMatch:=%{CN})", NULL},
    {"escape in a filter", "(cn=\\28%{CN}\\29)", NULL},
    {"equals sign in a value", "(a=b=%{CN})", NULL},

    {"empty", "", "has a %{NAME}"},
    {"no place", "cn=alice,dc=x", "has a %{NAME}"},
    {"per cent sign alone", "cn=%%,dc=x", "has a %{NAME}"},
    {"no name", "cn=%{},dc=x", "\"\" is no component"},
    {"unknown name", "cn=%{login},dc=x", "\"login\" is no component"},
    {"name with a blank", "cn=%{CN },dc=x", "is no component"},
    {"half an OID", "cn=%{1.},dc=x", "is no component"},
    {"place without its end", "cn=%{CN,dc=x", "% is followed by"},
    {"a letter", "cn=%u,dc=x", "% is followed by"},
    {"per cent sign at the end", "cn=%{CN},dc=x%", "% is followed by"},
    {"control character", "cn=%{CN}\n,dc=x", "control characters"},
    {"not UTF-8", "cn=%{CN}\xff,dc=x", "UTF-8"},
    {"mark as text", "cn=%{CN}\001,dc=x", "control characters"},

    {"no attribute", "%{CN}", KINDLESS},
    {"place as an attribute", "%{CN}=alice,dc=x", KINDLESS},
    {"place in an attribute", "cn%{CN}=alice,dc=x", KINDLESS},
    {"empty attribute", "=%{CN},dc=x", KINDLESS},
    {"comma at the end", "cn=%{CN},", KINDLESS},
    {"two commas", "cn=%{CN},,dc=x", KINDLESS},
    {"empty value", "cn=%{CN},ou=,dc=x", "no value of a DN is empty"},
    {"empty value at the end", "cn=%{CN},dc=", "no value of a DN is empty"},
    {"quote", "cn=\"%{CN}\",dc=x", ESCAPED},
    {"semicolon", "cn=%{CN};dc=x", ESCAPED},
    {"value as BER", "cn=#%{CN},dc=x", ESCAPED},
    {"backslash before a place", "cn=\\%{CN},dc=x", ESCAPED},
    {"half an escape before a place", "cn=\\2%{CN},dc=x", ESCAPED},
    {"backslash at the end", "cn=%{CN},dc=x\\", ESCAPED},

    {"open", "(uid=%{UID}", BALANCED},
    {"closed twice", "(uid=%{UID}))", BALANCED},
    {"two filters", "(uid=%{UID})(a=b)", BALANCED},
    {"text behind it", "(uid=%{UID})x", BALANCED},
    {"parenthesis in a value", "(uid=a(%{UID}))", BALANCED},
    {"place for an attribute", "(%{CN}=x)", IN_A_VALUE},
    {"place for a filter", "(&%{CN}(a=b))", IN_A_VALUE},
    {"place between filters", "(&(a=b)%{CN})", IN_A_VALUE},
    {"star before", "(uid=*%{UID})", STAR},
    {"star behind", "(uid=%{UID}*)", STAR},
    {"backslash before a place in a filter", "(uid=\\%{UID})", HEX},
    {"half an escape in a filter", "(uid=\\2%{UID})", HEX},
    {"no hexadecimal escape", "(uid=\\x0%{UID})", HEX},
    {NULL, NULL, NULL},
};

typedef struct fill_row {
    const char *name;
    const char *text;
    const char *parts;
    eas_reason reason;
    const char *expected; /* the value, or the detail */
} fill_row;

static const fill_row fill_rows[] = {
    {"DN", "uid=%{UID},dc=x", "CN=a|UID=alice", EAS_REASON_NONE,
     "uid=alice,dc=x"},
    {"alias", "cn=%{userid} %{e} %{S},dc=x", "UID=a|emailAddress=b|ST=c",
     EAS_REASON_NONE, "cn=a b c,dc=x"},
    {"OID that has a short name", "cn=%{2.5.4.3},dc=x", "CN=a", EAS_REASON_NONE,
     "cn=a,dc=x"},
    {"OID that has none", "cn=%{1.3.6.1.4.1.99999.1},dc=x",
     "1.3.6.1.4.1.99999.1=a", EAS_REASON_NONE, "cn=a,dc=x"},
    {"the serial number of a person", "(a=%{SERIALNUMBER})",
     "serialNumber=7|SN=smith", EAS_REASON_NONE, "(a=7)"},
    {"the surname", "(a=%{SN})", "serialNumber=7|SN=smith", EAS_REASON_NONE,
     "(a=smith)"},
    {"one component twice in a template", "cn=%{CN}+uid=%{CN}", "CN=a",
     EAS_REASON_NONE, "cn=a+uid=a"},
    {"per cent sign", "cn=%%{CN}%{CN}", "CN=a", EAS_REASON_NONE, "cn=%{CN}a"},
    {"a place in a value", "cn=%{CN}", "CN=%{UID}|UID=root", EAS_REASON_NONE,
     "cn=%{UID}"},
    {"umlaut in a DN", "cn=%{CN}", "CN=m\xc3\xbcller", EAS_REASON_NONE,
     "cn=m\xc3\xbcller"},
    {"umlaut in a filter", "(cn=%{CN})", "CN=m\xc3\xbcller", EAS_REASON_NONE,
     "(cn=m\\c3\\bcller)"},
    {"another part of a DN", "cn=%{CN},dc=x", "CN=a,ou=admins+b=c",
     EAS_REASON_NONE, "cn=a\\,ou\\=admins\\+b\\=c,dc=x"},
    {"BER", "cn=%{CN},dc=x", "CN=#0401", EAS_REASON_NONE, "cn=\\#0401,dc=x"},
    {"backslash in a DN", "cn=%{CN},dc=x", "CN=a\\", EAS_REASON_NONE,
     "cn=a\\\\,dc=x"},
    {"a second filter", "(uid=%{UID})", "UID=*)(uid=*", EAS_REASON_NONE,
     "(uid=\\2a\\29\\28uid=\\2a)"},
    {"backslash in a filter", "(uid=%{UID})", "UID=\\2a", EAS_REASON_NONE,
     "(uid=\\5c2a)"},
    {"parentheses in a DN stay", "cn=%{CN}", "CN=(*)", EAS_REASON_NONE,
     "cn=(*)"},

    {"not there", "uid=%{UID},dc=x", "CN=a", EAS_REASON_NONE, NULL},
    {"one of two not there", "cn=%{CN},ou=%{OU}", "CN=a", EAS_REASON_NONE,
     NULL},
    {"empty subject", "cn=%{CN}", NULL, EAS_REASON_NONE, NULL},
    {"twice", "cn=%{CN}", "CN=a|CN=b", EAS_CERT_MALFORMED,
     "CN of the subject is there more than once"},
    {"twice the same", "cn=%{CN}", "CN=a|CN=a", EAS_CERT_MALFORMED,
     "CN of the subject is there more than once"},
    {"twice, and another is missing", "uid=%{UID},cn=%{CN}", "CN=a|CN=b",
     EAS_CERT_MALFORMED, "CN of the subject is there more than once"},
    {"twice what nobody asks for", "cn=%{CN}", "CN=a|OU=b|OU=c",
     EAS_REASON_NONE, "cn=a"},
    {"not to be decoded", "cn=%{CN}", "CN", EAS_CERT_MALFORMED,
     "CN of the subject cannot be decoded"},
    {"empty value", "cn=%{CN}", "CN=", EAS_CERT_MALFORMED,
     "CN of the subject is empty"},
    {"a fault", "cn=%{CN}", "!a name of 3000 parts", EAS_CERT_MALFORMED,
     "a name of 3000 parts"},
    {NULL, NULL, NULL, EAS_REASON_NONE, NULL},
};

/* Every name is one of OpenSSL's, so that a part is found by it. */
static const char *const names[] = {"CN",
                                    "commonName",
                                    "SN",
                                    "surname",
                                    "GN",
                                    "givenName",
                                    "G",
                                    "initials",
                                    "generationQualifier",
                                    "name",
                                    "title",
                                    "T",
                                    "pseudonym",
                                    "serialNumber",
                                    "UID",
                                    "userId",
                                    "emailAddress",
                                    "E",
                                    "email",
                                    "mail",
                                    "rfc822Mailbox",
                                    "DC",
                                    "domainComponent",
                                    "O",
                                    "organizationName",
                                    "OU",
                                    "organizationalUnitName",
                                    "organizationIdentifier",
                                    "C",
                                    "countryName",
                                    "ST",
                                    "stateOrProvinceName",
                                    "S",
                                    "L",
                                    "localityName",
                                    "street",
                                    "streetAddress",
                                    "postalCode",
                                    "telephoneNumber",
                                    "description",
                                    "dnQualifier",
                                    "role",
                                    "unstructuredName",
                                    "unstructuredAddress"};

static const char *const short_names[] = {"CN",
                                          "CN",
                                          "SN",
                                          "SN",
                                          "GN",
                                          "GN",
                                          "GN",
                                          "initials",
                                          "generationQualifier",
                                          "name",
                                          "title",
                                          "title",
                                          "pseudonym",
                                          "serialNumber",
                                          "UID",
                                          "UID",
                                          "emailAddress",
                                          "emailAddress",
                                          "emailAddress",
                                          "mail",
                                          "mail",
                                          "DC",
                                          "DC",
                                          "O",
                                          "O",
                                          "OU",
                                          "OU",
                                          "organizationIdentifier",
                                          "C",
                                          "C",
                                          "ST",
                                          "ST",
                                          "ST",
                                          "L",
                                          "L",
                                          "street",
                                          "street",
                                          "postalCode",
                                          "telephoneNumber",
                                          "description",
                                          "dnQualifier",
                                          "role",
                                          "unstructuredName",
                                          "unstructuredAddress"};

static void names_check(apr_pool_t *pool)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const fake_fields fields = {
            .parts = apr_pstrcat(pool, short_names[i], "=x", NULL)};
        const eas_cert cert = fake_cert(&fields, pool);
        const char *value = NULL;
        const char *detail = NULL;

        is_int(eas_cert_template_fill(
                   apr_pstrcat(pool, "a=%{", names[i], "}", NULL), &cert, pool,
                   &value, &detail),
               EAS_REASON_NONE, tap_row(names[i], "reason"));
        is_str(value, "a=x", tap_row(names[i], "is found"));
        ok(OBJ_sn2nid(short_names[i]) != NID_undef,
           tap_row(short_names[i], "is a short name"));
    }
}

static void fills_check(apr_pool_t *pool)
{
    for (const fill_row *r = fill_rows; r->name; r++) {
        const fake_fields fields = {.parts = r->parts};
        const eas_cert cert = fake_cert(&fields, pool);
        const char *value = NULL;
        const char *detail = NULL;

        is_int(eas_cert_template_fill(r->text, &cert, pool, &value, &detail),
               r->reason, tap_row(r->name, "reason"));
        is_str(r->reason == EAS_REASON_NONE ? value : detail, r->expected,
               tap_row(r->name, "filled"));
        ok(r->reason == EAS_REASON_NONE ? !detail : !value,
           tap_row(r->name, "and nothing else"));
    }
}

int main(void)
{
    apr_pool_t *pool;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    for (const check_row *r = check_rows; r->name; r++) {
        const char *problem = eas_cert_template_check(r->input, pool);

        if (!ok(r->expected ? problem && strstr(problem, r->expected)
                            : !problem,
                tap_row("check", r->name)))
            tap_show("     got", problem);
    }
    fills_check(pool);
    names_check(pool);
    apr_terminate();
    return done_testing();
}
