/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_general.h>

#include "eas_cert_claims.h"
#include "fake_cert.h"

#define UML "m\xc3\xbcller"
#define FULLWIDTH "\xef\xbd\x81lice" /* a letter that is compared as a */
#define NBSP "\xc2\xa0"
#define LONG_ISSUER "DC=com,DC=contoso,CN=CONTOSO-DC-CA"
#define SKI "ddde2ca4b86db8a908b95c6cbcc8bb1ac7a09a41"
#define KEY "ed913fa41377dbfb8eac2bc6fcae71ecd4a974fd"
#define SPKI "0123456789abcdef0123456789abcdef01234567"
#define SID "S-1-5-21-1-2-3-1105"
#define DER                                                                    \
    "der={ serialNumber 13307855422322812145769644050, issuer "                \
    "rdnSequence:\"CN=CA,DC=contoso,DC=com\" }"

typedef struct kind_row {
    eas_cert_kind kind;
    const char *name;
    int is_strong;
    int decides;
} kind_row;

static const kind_row kind_rows[] = {
    {EAS_MAP_SID, "sid", 1, 1},
    {EAS_MAP_ISSUER_SERIAL, "issuer-serial", 1, 0},
    {EAS_MAP_SKI, "ski", 1, 0},
    {EAS_MAP_SHA1_PUKEY, "sha1-pukey", 1, 0},
    {EAS_MAP_ISSUER_SID, "issuer-sid", 1, 0},
    {EAS_MAP_DER, "der", 1, 0},
    {EAS_MAP_UPN, "upn", 0, 1},
    {EAS_MAP_EMAIL, "email", 0, 1},
    {EAS_MAP_ISSUER_SUBJECT, "issuer-subject", 0, 0},
    {EAS_MAP_SUBJECT_ONLY, "subject-only", 0, 0},
    {EAS_MAP_RFC822, "rfc822", 0, 0},
    {EAS_MAP_CN, "cn", 0, 1},
    {EAS_MAP_SUBJECT, "subject", 0, 1},
    {EAS_MAP_TEMPLATE, "template", 0, 1},
    {EAS_MAP_NONE, "none", 0, 0},
    {EAS_MAP_COUNT, "none", 0, 0},
};

typedef struct words_row {
    const char *name;
    const char *words;
    const char *expected; /* the list, or what the sentence holds */
    int good;
} words_row;

static const words_row words_rows[] = {
    {"one", "sid", "sid", 1},
    {"each kind",
     "sid issuer-serial ski sha1-pukey issuer-sid der upn email "
     "issuer-subject subject-only rfc822 cn subject",
     "sid issuer-serial ski sha1-pukey issuer-sid der upn email "
     "issuer-subject subject-only rfc822 cn subject",
     1},
    {"an order of its own", "cn sid", "cn sid", 1},
    {"in capitals", "SID Issuer-Serial", "sid issuer-serial", 1},
    {"template of a DN", "sid cn=%{CN},ou=%{OU}", "sid cn=%{CN},ou=%{OU}", 1},
    {"template of a filter", "(employeeNumber=%{SERIALNUMBER})",
     "(employeeNumber=%{SERIALNUMBER})", 1},
    {"unknown", "sid dns", "\"dns\": kinds are sid, issuer-serial", 0},
    {"the word template", "template", "kinds are sid", 0},
    {"the word none", "none", "kinds are sid", 0},
    {"with a comma", "sid,upn", "kinds are sid", 0},
    {"twice", "sid upn SID", "\"SID\": a kind is named once", 0},
    {"two templates", "uid=%{UID},o=x uid=%{CN},o=x",
     "there is one template in a list", 0},
    {"template without a place", "uid=alice,o=x", "has a %{NAME}", 0},
    {"template of an unknown name", "uid=%{LOGIN},o=x",
     "is no component of a subject", 0},
    {"filter without its end", "(uid=%{UID}", "balanced parentheses", 0},
    {NULL, NULL, NULL, 0},
};

typedef struct step_row {
    const char *name;
    const char *map;
    fake_fields fields;
    eas_reason reason;
    const char *expected; /* the steps, ! for one that decides */
    const char *detail;   /* what it holds, or NULL for none */
} step_row;

static const step_row step_rows[] = {
    {"nothing applies",
     "sid upn email cn subject ski issuer-serial",
     {NULL},
     EAS_REASON_NONE,
     "",
     NULL},
    {"every field, by default",
     NULL,
     {.sid = SID,
      .upn = "alice@contoso.com",
      .email = "a@contoso.com",
      .cn = "alice",
      .subject = "CN=alice,DC=com",
      .issuer_ad = LONG_ISSUER,
      .ski = SKI,
      .key = KEY,
      .spki = SPKI},
     EAS_REASON_NONE,
     "[sid! sid=" SID "]"
     "[issuer-serial issuer-serial=X509:<I>" LONG_ISSUER
     "<SR>1200000000AC11000000002B; ski=X509:<SKI>" SKI
     "; sha1-pukey=X509:<SHA1-PUKEY>" KEY "; sha1-pukey=X509:<SHA1-PUKEY>" SPKI
     "; " DER "]"
     "[upn! upn=alice@contoso.com][email! email=a@contoso.com]"
     "[cn! cn=alice][subject! subject=CN=alice,DC=com]",
     NULL},
    {"an empty list is the default",
     "",
     {.cn = "alice"},
     EAS_REASON_NONE,
     "[der " DER "][cn! cn=alice]",
     NULL},
    {"Microsoft's issuer and subject",
     "issuer-subject",
     {.issuer_ad = "DC=local,DC=dod,CN=SpatDoD Root CA",
      .subject_ad = "CN=gman"},
     EAS_REASON_NONE,
     "[issuer-subject issuer-subject=X509:<I>DC=local,DC=dod,CN=SpatDoD Root "
     "CA<S>CN=gman]",
     NULL},
    {"Microsoft's subject",
     "subject-only",
     {.subject_ad = "DC=com,DC=contoso,CN=user"},
     EAS_REASON_NONE,
     "[subject-only subject-only=X509:<S>DC=com,DC=contoso,CN=user]",
     NULL},
    {"Microsoft's address",
     "rfc822",
     {.email = "user@contoso.com"},
     EAS_REASON_NONE,
     "[rfc822 rfc822=X509:<RFC822>user@contoso.com]",
     NULL},
    {"issuer and SID",
     "issuer-sid",
     {.sid = SID, .issuer_ad = "CN=CA"},
     EAS_REASON_NONE,
     "[issuer-sid issuer-sid=X509:<I>CN=CA<SID>" SID "]",
     NULL},
    {"several addresses registered",
     "rfc822",
     {.email = "a@x|b@x"},
     EAS_REASON_NONE,
     "[rfc822 rfc822=X509:<RFC822>a@x; rfc822=X509:<RFC822>b@x]",
     NULL},
    {"weak registrations are one step",
     "issuer-subject subject-only rfc822",
     {.issuer_ad = "CN=CA", .subject_ad = "CN=a", .email = "a@x"},
     EAS_REASON_NONE,
     "[issuer-subject issuer-subject=X509:<I>CN=CA<S>CN=a; "
     "subject-only=X509:<S>CN=a; rfc822=X509:<RFC822>a@x]",
     NULL},
    {"weak and strong ones are two",
     "ski subject-only sha1-pukey",
     {.subject_ad = "CN=a", .ski = "aa", .key = "bb"},
     EAS_REASON_NONE,
     "[ski ski=X509:<SKI>aa][subject-only subject-only=X509:<S>CN=a]"
     "[sha1-pukey sha1-pukey=X509:<SHA1-PUKEY>bb]",
     NULL},
    {"a name parts registrations",
     "ski cn sha1-pukey",
     {.cn = "a", .ski = "aa", .key = "bb"},
     EAS_REASON_NONE,
     "[ski ski=X509:<SKI>aa][cn! cn=a]"
     "[sha1-pukey sha1-pukey=X509:<SHA1-PUKEY>bb]",
     NULL},
    {"a name that is not there does not",
     "ski cn sha1-pukey",
     {.ski = "aa", .key = "bb"},
     EAS_REASON_NONE,
     "[ski ski=X509:<SKI>aa; sha1-pukey=X509:<SHA1-PUKEY>bb]",
     NULL},
    /* <I> alone, and half a pair, are never looked for. */
    {"no issuer",
     "issuer-serial issuer-subject issuer-sid",
     {.sid = SID, .subject_ad = "CN=a"},
     EAS_REASON_NONE,
     "",
     NULL},
    {"an issuer alone",
     "issuer-subject issuer-sid",
     {.issuer_ad = "CN=CA"},
     EAS_REASON_NONE,
     "",
     NULL},
    {"an empty issuer and subject",
     "issuer-serial issuer-subject subject-only",
     {.issuer_ad = "", .subject_ad = ""},
     EAS_REASON_NONE,
     "",
     NULL},
    {"a quote in the issuer",
     "der",
     {.issuer = "CN=\\\"A\\\" CA"},
     EAS_REASON_NONE,
     "[der der={ serialNumber 13307855422322812145769644050, issuer "
     "rdnSequence:\"CN=\\\"\"A\\\"\" CA\" }]",
     NULL},

    {"two SIDs",
     "sid",
     {.sid = SID "|S-1-5-21-1-2-3-500"},
     EAS_CERT_CONFLICT,
     NULL,
     "several SIDs"},
    {"a SID with a fault",
     "sid cn",
     {.sid = "!not a SID", .cn = "a"},
     EAS_CERT_MALFORMED,
     NULL,
     "not a SID"},
    {"two SIDs and an issuer",
     "issuer-sid",
     {.sid = SID "|S-1-5-21-1-2-3-500", .issuer_ad = "CN=CA"},
     EAS_CERT_CONFLICT,
     NULL,
     "several SIDs"},
    {"two UPNs",
     "upn",
     {.upn = "a@x|b@x"},
     EAS_CERT_CONFLICT,
     NULL,
     "2 values for upn"},
    {"two addresses",
     "email",
     {.email = "a@x|b@x"},
     EAS_CERT_CONFLICT,
     NULL,
     "2 values for email"},
    {"two common names",
     "cn",
     {.cn = "a|b"},
     EAS_CERT_CONFLICT,
     NULL,
     "2 values for cn"},
    {"a UPN with a fault",
     "ski upn",
     {.ski = "aa", .upn = "!a NUL"},
     EAS_CERT_MALFORMED,
     NULL,
     "a NUL"},
    {"an address with a fault, registered",
     "rfc822",
     {.email = "!a NUL"},
     EAS_CERT_MALFORMED,
     NULL,
     "a NUL"},
    {"a subject with a fault",
     "subject",
     {.parts = "!of two bytes"},
     EAS_CERT_MALFORMED,
     NULL,
     "of two bytes"},
    {"what is not asked for",
     "cn",
     {.sid = SID "|S-1-5-1", .upn = "!x", .cn = "a"},
     EAS_REASON_NONE,
     "[cn! cn=a]",
     NULL},

    {"faults behind the decision",
     "sid upn email subject",
     {.sid = SID, .upn = "!x", .email = "!y", .parts = "!z", .subject = "CN=a"},
     EAS_REASON_NONE,
     "[sid! sid=" SID "]",
     NULL},
    {"several values behind it are all claims",
     "sid upn email cn",
     {.sid = SID, .upn = "a@x|b@x", .email = "c@x|d@x", .cn = "e|f"},
     EAS_REASON_NONE,
     "[sid! sid=" SID "][upn! upn=a@x; upn=b@x][email! email=c@x; email=d@x]"
     "[cn! cn=e; cn=f]",
     NULL},
    {"several SIDs behind it",
     "cn sid",
     {.cn = "a", .sid = "S-1-1-1|S-1-1-2"},
     EAS_REASON_NONE,
     "[cn! cn=a][sid! sid=S-1-1-1; sid=S-1-1-2]",
     NULL},

    {"umlaut",
     "cn upn email",
     {.cn = UML, .upn = UML "@x.de", .email = UML "@x.de"},
     EAS_REASON_NONE,
     "[cn! cn=" UML "][upn! upn=" UML "@x.de][email! email=" UML "@x.de]",
     NULL},
    {"wildcards are names",
     "cn",
     {.cn = "*)(uid=*"},
     EAS_REASON_NONE,
     "[cn! cn=*)(uid=*]",
     NULL},
    {"a blank before the name",
     "cn",
     {.cn = " alice"},
     EAS_REASON_NONE,
     "[cn! ]",
     "cn \" alice\" is not compared"},
    {"a blank behind the name",
     "cn",
     {.cn = "alice "},
     EAS_REASON_NONE,
     "[cn! ]",
     "is not compared"},
    {"a blank of Unicode",
     "cn",
     {.cn = "alice" NBSP},
     EAS_REASON_NONE,
     "[cn! ]",
     "is not compared"},
    {"a blank inside",
     "cn",
     {.cn = "alice b"},
     EAS_REASON_NONE,
     "[cn! cn=alice b]",
     NULL},
    {"a letter that is compared as another",
     "cn",
     {.cn = FULLWIDTH},
     EAS_REASON_NONE,
     "[cn! ]",
     "is not compared"},
    {"the same in a UPN",
     "upn",
     {.upn = FULLWIDTH "@x"},
     EAS_REASON_NONE,
     "[upn! ]",
     "upn \""},
    {"the same in its domain",
     "upn",
     {.upn = "alice@" FULLWIDTH},
     EAS_REASON_NONE,
     "[upn! ]",
     "is not compared"},
    {"a blank before the @",
     "upn",
     {.upn = "alice @x"},
     EAS_REASON_NONE,
     "[upn! ]",
     "is not compared"},
    {"a blank behind the @",
     "email",
     {.email = "alice@ x"},
     EAS_REASON_NONE,
     "[email! ]",
     "is not compared"},
    {"nobody before the @",
     "upn",
     {.upn = "@x"},
     EAS_REASON_NONE,
     "[upn! ]",
     "is not compared"},
    {"no domain",
     "upn",
     {.upn = "alice@"},
     EAS_REASON_NONE,
     "[upn! ]",
     "is not compared"},
    {"no @",
     "upn",
     {.upn = "alice"},
     EAS_REASON_NONE,
     "[upn! ]",
     "is not compared"},
    {"two @",
     "upn",
     {.upn = "a@b@x"},
     EAS_REASON_NONE,
     "[upn! upn=a@b@x]",
     NULL},
    {"odd names behind the decision",
     "sid cn",
     {.sid = SID, .cn = " alice"},
     EAS_REASON_NONE,
     "[sid! sid=" SID "][cn! ]",
     NULL},

    {"template of a DN",
     "uid=%{UID},ou=people,dc=x",
     {.parts = "UID=a,b"},
     EAS_REASON_NONE,
     "[template! template=uid=a\\,b,ou=people,dc=x]",
     NULL},
    {"template of a filter",
     "(mail=%{CN}@x)",
     {.parts = "CN=*"},
     EAS_REASON_NONE,
     "[template! template=(mail=\\2a@x)]",
     NULL},
    {"template without its component",
     "uid=%{UID},dc=x cn",
     {.parts = "CN=a", .cn = "a"},
     EAS_REASON_NONE,
     "[cn! cn=a]",
     NULL},
    {"template of what is there twice",
     "ou=%{OU},dc=x",
     {.parts = "OU=a|OU=b"},
     EAS_CERT_MALFORMED,
     NULL,
     "OU of the subject is there more than once"},
    {"the same behind the decision",
     "cn ou=%{OU},dc=x",
     {.cn = "a", .parts = "OU=a|OU=b"},
     EAS_REASON_NONE,
     "[cn! cn=a]",
     NULL},
    {NULL, NULL, {NULL}, EAS_REASON_NONE, NULL, NULL},
};

static const char *map_show(const eas_cert_map *map, apr_pool_t *pool)
{
    apr_array_header_t *shown = apr_array_make(pool, 8, sizeof(const char *));

    for (int i = 0; i < map->entries->nelts; i++) {
        const eas_cert_map_entry *entry =
            &APR_ARRAY_IDX(map->entries, i, eas_cert_map_entry);

        APR_ARRAY_PUSH(shown, const char *) =
            entry->text ? entry->text : eas_cert_kind_name(entry->kind);
    }
    return apr_array_pstrcat(pool, shown, ' ');
}

static void words_check(apr_pool_t *pool)
{
    for (const words_row *r = words_rows; r->name; r++) {
        eas_cert_map map = {NULL};
        const char *problem = fake_map(&map, r->words, pool);

        if (!r->good) {
            if (!ok(problem && strstr(problem, r->expected),
                    tap_row("words", r->name)))
                tap_show("     got", problem);
            continue;
        }
        is_str(problem, NULL, tap_row("words", r->name));
        is_str(map_show(&map, pool), r->expected,
               tap_row("words kept", r->name));
    }
    is_str(map_show(eas_cert_map_default(), pool),
           "sid issuer-serial ski sha1-pukey der upn email cn subject",
           "the list by default");
}

static const char *steps_show(const apr_array_header_t *steps, apr_pool_t *pool)
{
    const char *shown = "";

    for (int i = 0; i < steps->nelts; i++) {
        const eas_cert_step *step = &APR_ARRAY_IDX(steps, i, eas_cert_step);

        shown = apr_pstrcat(pool, shown, "[", eas_cert_kind_name(step->kind),
                            step->decides ? "! " : " ", NULL);
        for (int k = 0; k < step->count; k++)
            shown = apr_pstrcat(
                pool, shown, k ? "; " : "",
                eas_cert_kind_name(step->claims[k].kind), "=",
                step->claims[k].value,
                (step->claims[k].kind == EAS_MAP_DER)
                        != (step->claims[k].der == fake_der
                            && step->claims[k].der_length == sizeof(fake_der))
                    ? " (octets?)"
                    : "",
                NULL);
        shown = apr_pstrcat(pool, shown, "]", NULL);
    }
    return shown;
}

static void steps_check(const step_row *r, apr_pool_t *pool)
{
    eas_cert_map map = {NULL};
    const eas_cert cert = fake_cert(&r->fields, pool);
    const apr_array_header_t *steps = NULL;
    const char *detail = NULL;

    is_str(r->map ? fake_map(&map, r->map, pool) : NULL, NULL,
           tap_row(r->name, "map"));
    is_int(
        eas_cert_map_steps(r->map ? &map : NULL, &cert, pool, &steps, &detail),
        r->reason, tap_row(r->name, "reason"));
    is_str(steps ? steps_show(steps, pool) : NULL, r->expected,
           tap_row(r->name, "steps"));
    if (!ok(r->detail ? detail && strstr(detail, r->detail) : !detail,
            tap_row(r->name, "detail")))
        tap_show("     got", detail);
}

int main(void)
{
    apr_pool_t *pool;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    for (size_t i = 0; i < sizeof(kind_rows) / sizeof(kind_rows[0]); i++) {
        const kind_row *r = &kind_rows[i];

        is_str(eas_cert_kind_name(r->kind), r->name, tap_row(r->name, "name"));
        is_int(eas_cert_kind_is_strong(r->kind), r->is_strong,
               tap_row(r->name, "strong"));
        is_int(eas_cert_kind_decides(r->kind), r->decides,
               tap_row(r->name, "decides"));
    }
    words_check(pool);
    for (const step_row *r = step_rows; r->name; r++)
        steps_check(r, pool);
    apr_terminate();
    return done_testing();
}
