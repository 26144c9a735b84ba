/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_general.h>

#include "eas_cert_claims.h"
#include "eas_cert_template.h"
#include "eas_cert_text.h"
#include "eas_claim.h"
#include "eas_sid.h"
#include "fake_cert.h"

#define ANY EAS_LDAP_GENERIC
#define OPENLDAP EAS_LDAP_OPENLDAP
#define AD EAS_LDAP_ACTIVE_DIRECTORY
#define IPA EAS_LDAP_FREEIPA

#define ALICE "S-1-5-21-1004336348-1177238915-682003330-512"
#define OCTETS                                                                 \
    "\\01\\05\\00\\00\\00\\00\\00\\05\\15\\00\\00\\00"                         \
    "\\dc\\f4\\dc\\3b\\83\\3d\\2b\\46\\82\\8b\\a6\\28\\00\\02\\00\\00"
#define GSER "{ serialNumber 7, issuer rdnSequence:\"CN=\\\"\"A\\\"\" (CA)\" }"
#define GSER_FILTER                                                            \
    "(userCertificate={ serialNumber 7, issuer "                               \
    "rdnSequence:\"CN=\\5c\"\"A\\5c\"\" \\28CA\\29\" })"
#define DER_FILTER "(userCertificate=\\30\\03\\2a\\28\\ff)"

typedef struct filter_row {
    const char *name;
    eas_ldap_type type;
    const char *base;
    eas_cert_kind kind;
    const char *value;
    const char *expected;
} filter_row;

/* The attributes are sAMAccountName, userPrincipalName, mail and
 * proxyAddresses; the domains contoso.com and *. */
static const filter_row filter_rows[] = {
    {"SID in AD", AD, NULL, EAS_MAP_SID, ALICE, "(|(objectSid=" OCTETS "))"},
    {"SID in FreeIPA", IPA, NULL, EAS_MAP_SID, ALICE,
     "(|(ipaNTSecurityIdentifier=" ALICE "))"},
    {"SID in OpenLDAP", OPENLDAP, NULL, EAS_MAP_SID, ALICE,
     "(|(objectSid=" OCTETS ")(ipaNTSecurityIdentifier=" ALICE
     ")(sambaSID=" ALICE "))"},
    {"SID anywhere", ANY, NULL, EAS_MAP_SID, ALICE,
     "(|(objectSid=" OCTETS ")(ipaNTSecurityIdentifier=" ALICE
     ")(sambaSID=" ALICE "))"},
    {"base", AD, "(objectClass=user)", EAS_MAP_SID, ALICE,
     "(&(objectClass=user)(|(objectSid=" OCTETS ")))"},
    {"what is no SID", AD, NULL, EAS_MAP_SID, "S-1-5-*", NULL},
    {"what is no SID, with a base", ANY, "(a=b)", EAS_MAP_SID, "*", NULL},

    {"issuer and serial", AD, NULL, EAS_MAP_ISSUER_SERIAL,
     "X509:<I>DC=com,DC=contoso,CN=CONTOSO-DC-CA<SR>1200000000AC11000000002B",
     "(|(altSecurityIdentities=X509:<I>DC=com,DC=contoso,CN=CONTOSO-DC-CA"
     "<SR>1200000000AC11000000002B))"},
    {"SKI", AD, NULL, EAS_MAP_SKI,
     "X509:<SKI>ddde2ca4b86db8a908b95c6cbcc8bb1ac7a09a41",
     "(|(altSecurityIdentities=X509:<SKI>"
     "ddde2ca4b86db8a908b95c6cbcc8bb1ac7a09a41))"},
    {"SHA1-PUKEY", OPENLDAP, NULL, EAS_MAP_SHA1_PUKEY,
     "X509:<SHA1-PUKEY>ed913fa41377dbfb8eac2bc6fcae71ecd4a974fd",
     "(|(altSecurityIdentities=X509:<SHA1-PUKEY>"
     "ed913fa41377dbfb8eac2bc6fcae71ecd4a974fd))"},
    {"issuer and SID", ANY, NULL, EAS_MAP_ISSUER_SID,
     "X509:<I>CN=CA<SID>" ALICE,
     "(|(altSecurityIdentities=X509:<I>CN=CA<SID>" ALICE "))"},
    {"issuer and subject", AD, NULL, EAS_MAP_ISSUER_SUBJECT,
     "X509:<I>DC=local,DC=dod,CN=SpatDoD Root CA<S>CN=gman",
     "(|(altSecurityIdentities=X509:<I>DC=local,DC=dod,CN=SpatDoD Root CA"
     "<S>CN=gman))"},
    {"issuer and subject in FreeIPA", IPA, NULL, EAS_MAP_ISSUER_SUBJECT,
     "X509:<I>O=X,CN=CA<S>O=X,CN=a",
     "(|(ipaCertMapData=X509:<I>O=X,CN=CA<S>O=X,CN=a))"},
    {"subject", AD, NULL, EAS_MAP_SUBJECT_ONLY,
     "X509:<S>DC=com,DC=contoso,CN=user",
     "(|(altSecurityIdentities=X509:<S>DC=com,DC=contoso,CN=user))"},
    {"address registered", AD, NULL, EAS_MAP_RFC822,
     "X509:<RFC822>user@contoso.com",
     "(|(altSecurityIdentities=X509:<RFC822>user@contoso.com))"},

    {"DER in AD", AD, NULL, EAS_MAP_DER, GSER, "(|" DER_FILTER ")"},
    {"DER in FreeIPA", IPA, NULL, EAS_MAP_DER, GSER, "(|" DER_FILTER ")"},
    {"DER in OpenLDAP", OPENLDAP, NULL, EAS_MAP_DER, GSER,
     "(|" GSER_FILTER ")"},
    {"DER anywhere", ANY, NULL, EAS_MAP_DER, GSER,
     "(|" DER_FILTER GSER_FILTER ")"},

    {"UPN of our domain", AD, NULL, EAS_MAP_UPN, "alice@contoso.com",
     "(|(userPrincipalName=alice@contoso.com)(sAMAccountName=alice))"},
    {"UPN of our domain in capitals", AD, NULL, EAS_MAP_UPN,
     "alice@CONTOSO.COM",
     "(|(userPrincipalName=alice@CONTOSO.COM)(sAMAccountName=alice))"},
    {"UPN of any domain", AD, NULL, EAS_MAP_UPN, "alice@example.com",
     "(|(userPrincipalName=alice@example.com))"},
    {"UPN of a domain below ours", AD, NULL, EAS_MAP_UPN, "a@x.contoso.com",
     "(|(userPrincipalName=a@x.contoso.com))"},
    {"UPN with two @", AD, NULL, EAS_MAP_UPN, "a@b@contoso.com",
     "(|(userPrincipalName=a@b@contoso.com)(sAMAccountName=a@b))"},
    {"UPN of nobody", AD, NULL, EAS_MAP_UPN, "@contoso.com",
     "(|(userPrincipalName=@contoso.com))"},
    {"address", ANY, NULL, EAS_MAP_EMAIL, "alice@contoso.com",
     "(|(mail=alice@contoso.com)(proxyAddresses=smtp:alice@contoso.com))"},
    {"common name", ANY, NULL, EAS_MAP_CN, "alice",
     "(|(sAMAccountName=alice))"},
    {"common name like a UPN", ANY, NULL, EAS_MAP_CN, "alice@contoso.com",
     "(|(sAMAccountName=alice@contoso.com))"},
    {"subject as a DN in AD", AD, NULL, EAS_MAP_SUBJECT, "CN=a\\, b,DC=x",
     "(|(distinguishedName=CN=a\\5c, b,DC=x))"},
    {"subject as a DN", OPENLDAP, NULL, EAS_MAP_SUBJECT, "CN=a\\, b,DC=x",
     "(|(entryDN=CN=a\\5c, b,DC=x))"},
    {"template of a DN", IPA, NULL, EAS_MAP_TEMPLATE, "uid=(a)*,dc=x",
     "(|(entryDN=uid=\\28a\\29\\2a,dc=x))"},
    {"template of a DN in AD", AD, NULL, EAS_MAP_TEMPLATE, "CN=a,DC=x",
     "(|(distinguishedName=CN=a,DC=x))"},
    {"template of a filter", ANY, "(a=b)", EAS_MAP_TEMPLATE, "(uid=\\2a)",
     "(&(a=b)(|(uid=\\2a)))"},
    {"no kind", ANY, NULL, EAS_MAP_NONE, "alice", NULL},

    {"wildcard for a name", ANY, NULL, EAS_MAP_CN, "*",
     "(|(sAMAccountName=\\2a))"},
    {"another filter for a name", ANY, NULL, EAS_MAP_CN, "x)(uid=*",
     "(|(sAMAccountName=x\\29\\28uid=\\2a))"},
    {"wildcard for a UPN", AD, NULL, EAS_MAP_UPN, "*@contoso.com",
     "(|(userPrincipalName=\\2a@contoso.com)(sAMAccountName=\\2a))"},
    {"wildcard for an address", ANY, NULL, EAS_MAP_EMAIL, "*@contoso.com",
     "(|(mail=\\2a@contoso.com)(proxyAddresses=smtp:\\2a@contoso.com))"},
    {"an escaped wildcard", ANY, NULL, EAS_MAP_CN, "\\2a",
     "(|(sAMAccountName=\\5c2a))"},
    {"wildcard in an issuer", AD, NULL, EAS_MAP_ISSUER_SERIAL,
     "X509:<I>CN=*)(a=<SR>00",
     "(|(altSecurityIdentities=X509:<I>CN=\\2a\\29"
     "\\28a=<SR>00))"},
    {"umlaut", ANY, NULL, EAS_MAP_CN, "m\xc3\xbcller",
     "(|(sAMAccountName=m\\c3\\bcller))"},
    {NULL, ANY, NULL, EAS_MAP_NONE, NULL, NULL},
};

typedef struct sid_row {
    const char *name;
    const char *text;
    apr_size_t length;
    unsigned char octets[16]; /* the first of them */
} sid_row;

#define FIFTEEN "-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15"

static const sid_row sid_rows[] = {
    {"administrators",
     "S-1-5-32-544",
     16,
     {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0}},
    {"everybody", "S-1-1-0", 12, {1, 1, 0, 0, 0, 0, 0, 1}},
    {"the highest number",
     "S-1-5-4294967295",
     12,
     {1, 1, 0, 0, 0, 0, 0, 5, 255, 255, 255, 255}},
    {"the highest authority in decimal",
     "S-1-4294967295-0",
     12,
     {1, 1, 0, 0, 255, 255, 255, 255}},
    {"a long authority",
     "S-1-0x0A0b0C0D0E0F-1",
     12,
     {1, 1, 10, 11, 12, 13, 14, 15, 1}},
    {"fifteen numbers",
     "S-1-5" FIFTEEN,
     68,
     {1, 15, 0, 0, 0, 0, 0, 5, 1, 0, 0, 0, 2}},
    {"sixteen numbers", "S-1-5" FIFTEEN "-16", 0, {0}},
    {"no numbers", "S-1-5", 0, {0}},
    {"empty", "", 0, {0}},
    {"another revision", "S-2-5-1", 0, {0}},
    {"small letter", "s-1-5-1", 0, {0}},
    {"number too high", "S-1-5-4294967296", 0, {0}},
    {"number much too high", "S-1-5-18446744073709551617", 0, {0}},
    {"leading zero", "S-1-5-01", 0, {0}},
    {"two zeros", "S-1-5-00", 0, {0}},
    {"leading zero of the authority", "S-1-05-1", 0, {0}},
    {"authority too high in decimal", "S-1-4294967296-1", 0, {0}},
    {"authority that is not long", "S-1-0x000000000005-1", 0, {0}},
    {"authority of eleven digits", "S-1-0x0A0b0C0D0E0-1", 0, {0}},
    {"sign", "S-1-5-+1", 0, {0}},
    {"two hyphens", "S-1-5--1", 0, {0}},
    {"hyphen at the end", "S-1-5-1-", 0, {0}},
    {"blank at the end", "S-1-5-1 ", 0, {0}},
    {"blank before", " S-1-5-1", 0, {0}},
    {"wildcard", "S-1-5-*", 0, {0}},
    {NULL, NULL, 0, {0}},
};

static apr_array_header_t *array_of(apr_pool_t *pool, const char *names)
{
    return fake_split(names, " ", pool);
}

static eas_claim_names names_make(eas_ldap_type type, const char *base,
                                  eas_login_attributes *login,
                                  eas_domains *domains, apr_pool_t *pool)
{
    login->user = array_of(pool, "sAMAccountName");
    login->upn = array_of(pool, "userPrincipalName");
    login->mail = array_of(pool, "mail proxyAddresses");
    domains->names = array_of(pool, "contoso.com");
    domains->any = 1;
    return (eas_claim_names){type, login, domains, base};
}

static void filters_check(apr_pool_t *pool)
{
    for (const filter_row *r = filter_rows; r->name; r++) {
        eas_login_attributes login;
        eas_domains domains;
        const eas_claim_names names =
            names_make(r->type, r->base, &login, &domains, pool);
        const int is_der = r->kind == EAS_MAP_DER;
        const eas_claim claim = {r->kind, r->value, is_der ? fake_der : NULL,
                                 is_der ? sizeof(fake_der) : 0};

        is_str(eas_claim_filter(&names, &claim, 1, pool), r->expected, r->name);
    }
}

/* More than one claim, and attributes that are not there. */
static void lists_check(apr_pool_t *pool)
{
    static const eas_claim claims[] = {
        {EAS_MAP_SKI, "X509:<SKI>aa", NULL, 0},
        {EAS_MAP_CN, "alice", NULL, 0},
        {EAS_MAP_EMAIL, "a@contoso.com", NULL, 0},
        {EAS_MAP_UPN, "a@contoso.com", NULL, 0},
        {EAS_MAP_DER, GSER, NULL, 0},
    };
    eas_login_attributes login;
    eas_domains domains;
    eas_claim_names names = names_make(AD, "(a=b)", &login, &domains, pool);
    const eas_login_attributes none = {NULL, NULL, NULL};

    is_str(eas_claim_filter(&names, claims, 3, pool),
           "(&(a=b)(|(altSecurityIdentities=X509:<SKI>aa)"
           "(sAMAccountName=alice)(mail=a@contoso.com)"
           "(proxyAddresses=smtp:a@contoso.com)))",
           "several claims");
    is_str(eas_claim_filter(&names, claims, 0, pool), NULL, "no claims");
    is_str(eas_claim_filter(&names, claims + 4, 1, pool), NULL,
           "a certificate without its octets");
    names.login = &none;
    is_str(eas_claim_filter(&names, claims + 1, 3, pool), NULL,
           "no attribute serves any claim");
    names.login = &login;
    names.domains = NULL;
    is_str(eas_claim_filter(&names, claims + 3, 1, pool),
           "(&(a=b)(|(userPrincipalName=a@contoso.com)))", "no domains");
}

static void sids_check(apr_pool_t *pool)
{
    for (const sid_row *r = sid_rows; r->name; r++) {
        unsigned char *octets = apr_pcalloc(pool, EAS_SID_HIGH);
        const apr_size_t length = eas_sid_octets(r->text, octets);
        const apr_size_t shown = length < 16 ? 16 : 13;

        is_int((long long)length, (long long)r->length,
               tap_row("SID length", r->name));
        ok(!memcmp(octets, r->octets, shown), tap_row("SID octets", r->name));
    }
}

/* --- whatever a value is, a filter stays what it is ----------------------- */

static apr_uint32_t draw(apr_uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

#define OURS "@contoso.com"

static int is_ours(const char *value)
{
    const char *at = strrchr(value, '@');

    return at && strcmp(at, OURS) == 0;
}

/* Half of it of what means something to a filter or a DN. */
static const char *value_draw(apr_uint32_t *state, apr_pool_t *pool)
{
    static const char special[] = "*()\\\\,+=\"#;<> @|&!~:{}%2aAf";
    const apr_size_t length = 1 + draw(state) % 40;
    char *value = apr_palloc(pool, length + 1);

    for (apr_size_t i = 0; i < length; i++) {
        const apr_uint32_t c = draw(state) >> 4;

        value[i] = c & 1 ? special[(c >> 1) % (sizeof(special) - 1)]
                         : (char)(1 + (c >> 1) % 255);
    }
    value[length] = '\0';
    return draw(state) % 4 ? value : apr_pstrcat(pool, value, OURS, NULL);
}

/* What a filter or a DN consists of: everything else is left out.
 * @return NULL where an escape is none */
static const char *structure(const char *text, const char *of, apr_pool_t *pool)
{
    char *kept = apr_palloc(pool, strlen(text) + 1);
    char *to = kept;
    const int is_filter = *text == '(';

    for (; *text; text++) {
        if (*text == '\\') {
            static const char hex[] = "0123456789abcdef";

            if (is_filter
                && (!text[1] || !strchr(hex, text[1]) || !text[2]
                    || !strchr(hex, text[2])))
                return NULL;
            if (!text[1])
                return NULL;
            text += is_filter ? 2 : 1;
        }
        else if (strchr(of, *text))
            *to++ = *text;
    }
    *to = '\0';
    return kept;
}

static const char *filter_of(eas_cert_kind kind, const char *value,
                             eas_ldap_type type, apr_pool_t *pool)
{
    const eas_claim claim = {kind, value, fake_der, sizeof(fake_der)};
    eas_login_attributes login;
    eas_domains domains;
    const eas_claim_names names =
        names_make(type, "(&(a=b)(c=*))", &login, &domains, pool);

    return eas_claim_filter(&names, &claim, 1, pool);
}

/* A template made of a subject whose parts are all such values. */
static const char *filled(const char *text, const char *value, apr_pool_t *pool)
{
    apr_array_header_t *parts = apr_array_make(pool, 1, sizeof(eas_cert_part));
    const fake_fields fields = {NULL};
    eas_cert cert = fake_cert(&fields, pool);
    const char *made = NULL;
    const char *detail = NULL;

    APR_ARRAY_PUSH(parts, eas_cert_part) = (eas_cert_part){"CN", value};
    cert.parts = parts;
    eas_cert_template_fill(text, &cert, pool, &made, &detail);
    return made ? made : "";
}

/* Of what is not plain nothing is made: a letter stands in its place. */
static const char *plain(const char *value, apr_pool_t *pool)
{
    char *made = apr_pstrdup(pool, value);
    const apr_size_t length = strlen(made);

    for (apr_size_t i = 0; i < length; i++) {
        const int is_edge = i == 0 || i == length - 1;

        if (made[i] < (is_edge ? '!' : ' ') || made[i] > '~')
            made[i] = 'z';
    }
    return made;
}

/* @return how often what was made with a value is built otherwise than with a
 * harmless one */
static int differ(const char *value, apr_pool_t *pool)
{
    static const char filter[] = "(&(uid=%{CN})(|(cn=x%{CN})(a=b)))";
    static const char dn[] = "uid=%{CN},ou=x%{CN}+cn=a,dc=x";
    const char *expected;
    const char *got;
    int count = 0;

    for (eas_cert_kind kind = EAS_MAP_SID; kind < EAS_MAP_TEMPLATE; kind++) {
        for (int type = EAS_LDAP_GENERIC; type <= EAS_LDAP_FREEIPA; type++) {
            const char *harmless = is_ours(value) ? "a" OURS : "ab";

            got = filter_of(kind, value, (eas_ldap_type)type, pool);
            expected = filter_of(kind, harmless, (eas_ldap_type)type, pool);
            count += (got != NULL) != (expected != NULL);
            if (got && expected) {
                got = structure(got, "()*", pool);
                count += !got || strcmp(got, structure(expected, "()*", pool));
            }
        }
    }
    count += !eas_cert_text_is_plain(value, pool)
             && (*filled(filter, value, pool) || *filled(dn, value, pool));
    value = plain(value, pool);
    got = structure(filled(filter, value, pool), "()*", pool);
    count += !got || strcmp(got, "(()(()()))");
    got = structure(filled(dn, value, pool), ",+=\";<>", pool);
    count += !got || strcmp(got, "=,=+=,=");
    got = filter_of(EAS_MAP_TEMPLATE, filled(dn, value, pool), ANY, pool);
    got = structure(got, "()*", pool);
    count += !got || strcmp(got, "((()(*))(()))");
    return count;
}

static void property_check(apr_pool_t *pool)
{
    apr_uint32_t state = 20070807;
    apr_pool_t *turn;
    int failed = 0;

    apr_pool_create(&turn, pool);
    for (int i = 0; i < 5000; i++) {
        const char *value = value_draw(&state, turn);

        if (differ(value, turn) && failed++ < 5)
            tap_show("changes a filter", value);
        apr_pool_clear(turn);
    }
    is_int(failed, 0, "no value changes what a filter or a DN is");
}

int main(void)
{
    apr_pool_t *pool;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    filters_check(pool);
    lists_check(pool);
    sids_check(pool);
    property_check(pool);
    apr_terminate();
    return done_testing();
}
