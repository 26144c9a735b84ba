/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_cert_names.h"

#include <apr_general.h>

#include <openssl/bio.h>

#include "cert_der.h"
#include "eas_cert_text.h"
#include "tap.h"

#define X10 "xxxxxxxxxx"
#define X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10
#define X1000 X100 X100 X100 X100 X100 X100 X100 X100 X100 X100
#define X1024 X1000 X10 X10 "xxxx"
#define UNREAD "a text that cannot be read, or in more than one way"
#define CONTROL "a control character"
#define EMPTY "an empty value"

static apr_pool_t *pool;

static const struct {
    const char *name;
    const char *notation;
    const char *ad;
    const char *rfc4514; /* "=" for what OpenSSL writes */
    const char *parts;
    const char *fault;
    const char *cn; /* values, joined by |; NULL for a fault */
} rows[] = {
    /* Microsoft's samples. */
    {"issuer of MS-PKCA", DC("com") DC("contoso") CN("CONTOSO-DC-CA"),
     "DC=com,DC=contoso,CN=CONTOSO-DC-CA", "CN=CONTOSO-DC-CA,DC=contoso,DC=com",
     "DC=com DC=contoso CN=CONTOSO-DC-CA", NULL, "CONTOSO-DC-CA"},
    {"issuer with a space", DC("local") DC("dod") CN("SpatDoD Root CA"),
     "DC=local,DC=dod,CN=SpatDoD Root CA", "CN=SpatDoD Root CA,DC=dod,DC=local",
     "DC=local DC=dod CN=SpatDoD Root CA", NULL, "SpatDoD Root CA"},
    {"nothing", "", NULL, "", "", NULL, ""},
    /* How Windows names attributes. */
    {"of a person",
     RDN(OID_C, "13'DE'") RDN(OID_ST, "0c'BY'") RDN(OID_L, "0c'M'")
         RDN(OID_STREET, "0c'Weg 1'") RDN(OID_O, "0c'Org'") RDN(OID_OU, "0c'U'")
             RDN(OID_TITLE, "0c'Dr'") RDN("55042a", "0c'Jane'")
                 RDN(OID_SN, "0c'Doe'") RDN("55042b", "0c'J'")
                     RDN(OID_SERIAL, "13'007'")
                         RDN(OID_EMAIL, "16'jane@example.test'"),
     "C=DE,S=BY,L=M,STREET=Weg 1,O=Org,OU=U,T=Dr,G=Jane,SN=Doe,I=J,"
     "SERIALNUMBER=007,E=jane@example.test",
     "emailAddress=jane@example.test,serialNumber=007,initials=J,SN=Doe,"
     "GN=Jane,title=Dr,OU=U,O=Org,street=Weg 1,L=M,ST=BY,C=DE",
     "C=DE ST=BY L=M street=Weg 1 O=Org OU=U title=Dr GN=Jane SN=Doe "
     "initials=J serialNumber=007 emailAddress=jane@example.test",
     NULL, ""},
    {"rarer ones",
     RDN("55040d", "0c'd'") RDN("550411", "0c'80331'") RDN("550412", "0c'P 1'")
         RDN("550414", "13'+49'") RDN("550418", "12'1'") RDN("55042e", "13'q'"),
     "Description=d,PostalCode=80331,POBox=P 1,Phone=\"+49\",X21Address=1,"
     "dnQualifier=q",
     "=",
     "description=d postalCode=80331 postOfficeBox=P 1 telephoneNumber=+49 "
     "x121Address=1 dnQualifier=q",
     NULL, ""},
    {"UID has no name there", RDN(OID_UID, "0c'jane'"),
     "OID.0.9.2342.19200300.100.1.1=jane", "UID=jane", "UID=jane", NULL, ""},
    {"generation, business", RDN("55042c", "0c'Jr'") RDN("55040f", "0c'x'"),
     "OID.2.5.4.44=Jr,OID.2.5.4.15=x", "=",
     "generationQualifier=Jr businessCategory=x", NULL, ""},
    {"an OID nobody knows", RDN("2a0304", "0c'v'"), "OID.1.2.3.4=v",
     "1.2.3.4=#0C0176", "1.2.3.4=v", NULL, ""},
    {"an OID of 70 bytes",
     RDN("2a030303030303030303030303030303030303030303030303030303030303030303"
         "030303030303030303030303030303030303030303030303030303030303030303",
         "0c'v'") CN("jane"),
     NULL, "=", "=v CN=jane", "an attribute with a longer OID than there is",
     "jane"},
    /* Quoting. */
    {"comma", RDN(OID_O, "0c'Acme, Inc.'"), "O=\"Acme, Inc.\"",
     "O=Acme\\, Inc.", "O=Acme, Inc.", NULL, ""},
    {"plus", CN("a+b"), "CN=\"a+b\"", "CN=a\\+b", "CN=a+b", NULL, "a+b"},
    {"equals", CN("a=b"), "CN=\"a=b\"", "CN=a=b", "CN=a=b", NULL, "a=b"},
    {"quote", CN("abc\"def"), "CN=\"abc\"\"def\"", "CN=abc\\\"def",
     "CN=abc\"def", NULL, "abc\"def"},
    {"quotes around", CN("\"def\""), "CN=\"\"\"def\"\"\"", "CN=\\\"def\\\"",
     "CN=\"def\"", NULL, "\"def\""},
    {"number sign", CN("#a#b"), "CN=\"#a#b\"", "CN=\\#a#b", "CN=#a#b", NULL,
     "#a#b"},
    {"number sign inside", CN("a#b"), "CN=\"a#b\"", "CN=a#b", "CN=a#b", NULL,
     "a#b"},
    {"less", CN("a<b"), "CN=\"a<b\"", "CN=a\\<b", "CN=a<b", NULL, "a<b"},
    {"greater", CN("a>b"), "CN=\"a>b\"", "CN=a\\>b", "CN=a>b", NULL, "a>b"},
    {"semicolon", CN("1;3"), "CN=\"1;3\"", "CN=1\\;3", "CN=1;3", NULL, "1;3"},
    {"backslash", CN("a\\b"), "CN=a\\b", "CN=a\\\\b", "CN=a\\b", NULL, "a\\b"},
    {"star and parentheses", CN("a*(b)"), "CN=a*(b)", "CN=a*(b)", "CN=a*(b)",
     NULL, "a*(b)"},
    {"mock mapping", CN("x<SR>01"), "CN=\"x<SR>01\"", "CN=x\\<SR\\>01",
     "CN=x<SR>01", NULL, "x<SR>01"},
    {"mock separator", CN("a,DC=com"), "CN=\"a,DC=com\"", "CN=a\\,DC=com",
     "CN=a,DC=com", NULL, "a,DC=com"},
    {"space in front", RDN(OID_O, "0c' a'"), "O=\" a\"", "O=\\ a", "O= a", NULL,
     ""},
    {"space behind", RDN(OID_O, "0c'a '"), "O=\"a \"", "O=a\\ ", "O=a ", NULL,
     ""},
    {"a space alone", RDN(OID_O, "0c' '"), "O=\" \"", "=", "O= ", NULL, ""},
    {"spaces inside", CN("a  b"), "CN=a  b", "CN=a  b", "CN=a  b", NULL,
     "a  b"},
    {"space at an edge of a CN", CN("jane "), "CN=\"jane \"", "CN=jane\\ ",
     "CN=jane ", NULL, NULL},
    {"no-break space", RDN(OID_O, "0c'a\xc2\xa0'"), NULL, "O=a\xc2\xa0",
     "O=a\xc2\xa0", NULL, ""},
    {"no-break space of a CN", CN("\xc2\xa0jane"), NULL, "=", "CN=\xc2\xa0jane",
     NULL, NULL},
    /* Several in one. */
    {"two in one",
     "31{" PART(OID_CN, "0c'jane'")
         PART(OID_UID, "0c'j1'") "}" RDN(OID_O, "0c'x'"),
     "CN=jane + OID.0.9.2342.19200300.100.1.1=j1,O=x", "O=x,UID=j1+CN=jane",
     "CN=jane UID=j1 O=x", NULL, "jane"},
    {"a plus that is none", CN("a + OU=b"), "CN=\"a + OU=b\"", "CN=a \\+ OU=b",
     "CN=a + OU=b", NULL, "a + OU=b"},
    {"two CNs", CN("jane") CN("root"), "CN=jane,CN=root", "CN=root,CN=jane",
     "CN=jane CN=root", NULL, "jane|root"},
    {"two CNs in one",
     "31{" PART(OID_CN, "0c'jane'") PART(OID_CN, "0c'root'") "}",
     "CN=jane + CN=root", "CN=root+CN=jane", "CN=jane CN=root", NULL,
     "jane|root"},
    {"the same CN twice", CN("jane") CN("jane"), "CN=jane,CN=jane",
     "CN=jane,CN=jane", "CN=jane CN=jane", NULL, "jane"},
    {"in another case", CN("jane") CN("Jane"), "CN=jane,CN=Jane",
     "CN=Jane,CN=jane", "CN=jane CN=Jane", NULL, "jane|Jane"},
    /* Types of text. */
    {"UTF-8", CN("J\xc3\xbcrgen"), "CN=J\xc3\xbcrgen", "CN=J\xc3\xbcrgen",
     "CN=J\xc3\xbcrgen", NULL, "J\xc3\xbcrgen"},
    {"UTF-8 beyond 16 bits", CN("\xf0\x9f\x98\x80"), "CN=\xf0\x9f\x98\x80",
     "CN=\xf0\x9f\x98\x80", "CN=\xf0\x9f\x98\x80", NULL, "\xf0\x9f\x98\x80"},
    {"PrintableString", RDN(OID_CN, "13'jane'"), "CN=jane", "CN=jane",
     "CN=jane", NULL, "jane"},
    {"PrintableString with more than its letters", RDN(OID_CN, "13'j@x*_&'"),
     "CN=j@x*_&", "CN=j@x*_&", "CN=j@x*_&", NULL, "j@x*_&"},
    {"PrintableString of Latin-1", RDN(OID_CN, "13'J\xfcrgen'"), NULL,
     "CN=#13064AFC7267656E", "CN=?", UNREAD, NULL},
    {"NumericString", RDN(OID_CN, "12'12'"), "CN=12", "CN=12", "CN=12", NULL,
     "12"},
    {"IA5String", RDN(OID_CN, "16'jane'"), "CN=jane", "CN=jane", "CN=jane",
     NULL, "jane"},
    {"IA5String of Latin-1", RDN(OID_EMAIL, "16'\xfc@x'"), NULL,
     "emailAddress=#1603FC4078", "emailAddress=?", UNREAD, ""},
    {"IA5String of UTF-8", RDN(OID_EMAIL, "16'\xc3\xbc@x'"), NULL,
     "emailAddress=#1604C3BC4078", "emailAddress=?", UNREAD, ""},
    {"BMPString", RDN(OID_CN, "1e:004a00fc0072"), "CN=J\xc3\xbcr",
     "CN=J\xc3\xbcr", "CN=J\xc3\xbcr", NULL, "J\xc3\xbcr"},
    {"BMPString with NUL", RDN(OID_CN, "1e:006a00000072"), NULL, "CN=j\\00r",
     "CN=?", CONTROL, NULL},
    {"UniversalString", RDN(OID_CN, "1c:0000004a0001f600"),
     "CN=J\xf0\x9f\x98\x80", "CN=J\xf0\x9f\x98\x80", "CN=J\xf0\x9f\x98\x80",
     NULL, "J\xf0\x9f\x98\x80"},
    {"TeletexString", RDN(OID_CN, "14'jane'"), NULL, "CN=#14046A616E65", "CN=?",
     UNREAD, NULL},
    {"TeletexString, in another part", RDN(OID_O, "14'x'") CN("jane"), NULL,
     "CN=#0C046A616E65,O=#140178", "O=? CN=jane", UNREAD, "jane"},
    {"bits", RDN(OID_CN, "03:006a616e65"), NULL, "CN=#0305006A616E65", "CN=?",
     UNREAD, NULL},
    {"a sequence", RDN(OID_CN, "30{0c'jane'}"), NULL, "CN=#30060C046A616E65",
     "CN=?", UNREAD, NULL},
    /* What is no value. */
    {"empty", CN(""), NULL, "CN=", "CN=?", EMPTY, NULL},
    {"empty, in another part", RDN(OID_OU, "13''") CN("jane"), NULL,
     "CN=jane,OU=", "OU=? CN=jane", EMPTY, "jane"},
    {"NUL", RDN(OID_CN, "0c{*6a616e65 *00 *6164}"), NULL, "CN=jane\\00ad",
     "CN=?", CONTROL, NULL},
    {"NUL behind", RDN(OID_CN, "0c{*6a616e65 *00}"), NULL, "CN=jane\\00",
     "CN=?", CONTROL, NULL},
    {"NUL in one of two", CN("jane") RDN(OID_CN, "0c{*6a616e65 *00}"), NULL,
     "CN=jane\\00,CN=jane", "CN=jane CN=?", CONTROL, NULL},
    {"newline", CN("a\nb"), NULL, "CN=a\\0Ab", "CN=?", CONTROL, NULL},
    {"tab", CN("a\tb"), NULL, "CN=a\\09b", "CN=?", CONTROL, NULL},
    {"delete", CN("a\x7f"), NULL, "CN=a\\7F", "CN=?", CONTROL, NULL},
    {"C1 control", CN("a\xc2\x85"), NULL, "=", "CN=?", CONTROL, NULL},
    {"as long as may be", CN(X1024), "CN=" X1024, "CN=" X1024, "CN=" X1024,
     NULL, X1024},
    {"longer", CN(X1024 "x"), NULL, "CN=" X1024 "x", "CN=?",
     "a value that is too long", NULL},
};

static const char *print(const X509_NAME *name)
{
    BIO *out = BIO_new(BIO_s_mem());
    char *text = NULL;
    const char *copy;
    long length;

    X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    length = BIO_get_mem_data(out, &text);
    copy = apr_pstrmemdup(pool, length ? text : "", (apr_size_t)length);
    BIO_free(out);
    return copy;
}

static const char *parts_of(const eas_cert *cert)
{
    const char *text = "";
    int i;

    for (i = 0; i < cert->parts->nelts; i++) {
        const eas_cert_part *part =
            &APR_ARRAY_IDX(cert->parts, i, eas_cert_part);

        text = apr_pstrcat(pool, text, i ? " " : "", part->name, "=",
                           part->value ? part->value : "?", NULL);
    }
    return text;
}

static X509_NAME *name_make(const char *notation)
{
    der_text der =
        der_make(apr_pstrcat(pool, "30{", notation, "}", NULL), pool);
    const unsigned char *at = der.bytes;

    return d2i_X509_NAME(NULL, &at, (long)der.length);
}

static void check_row(size_t i)
{
    X509_NAME *name = name_make(rows[i].notation);
    eas_cert cert = {0};
    const char *openssl;

    if (!ok(name != NULL, tap_row(rows[i].name, "a name"))) {
        return;
    }
    openssl = print(name);
    eas_cert_values_init(&cert.cn, pool);
    eas_cert_names_read(name, pool, &cert);
    is_str(eas_cert_names_ad(name, pool), rows[i].ad,
           tap_row(rows[i].name, "Active Directory"));
    is_str(eas_cert_names_rfc4514(name, pool),
           rows[i].rfc4514[0] == '=' ? openssl : rows[i].rfc4514,
           tap_row(rows[i].name, "RFC 4514"));
    is_str(parts_of(&cert), rows[i].parts, tap_row(rows[i].name, "parts"));
    is_str(cert.parts_fault, rows[i].fault,
           tap_row(rows[i].name, "fault of the parts"));
    is_str(cert.cn.fault ? NULL : apr_array_pstrcat(pool, cert.cn.values, '|'),
           rows[i].cn, tap_row(rows[i].name, "CN"));
    if (rows[i].ad) {
        is_str(eas_cert_names_rfc4514(name, pool), openssl,
               tap_row(rows[i].name, "as OpenSSL writes it"));
    }
    X509_NAME_free(name);
}

/* What d2i_X509_NAME refuses, eas_cert_read does. */
static void check_refused(void)
{
    static const struct {
        const char *name;
        const char *notation;
    } refused[] = {
        {"ill-formed UTF-8", CN("a\xff")},
        {"overlong UTF-8", CN("a\xc0\xaf")},
        {"an overlong NUL", CN("a\xc0\x80")},
        {"half of a BMPString", RDN(OID_CN, "1e:006a00")},
        {"a BMPString with half a pair", RDN(OID_CN, "1e:d83d")},
        {"a BMPString with a pair", RDN(OID_CN, "1e:d83dde00")},
        {"VisibleString", RDN(OID_CN, "1a'jane'")},
        {"a number", RDN(OID_CN, "02:07")},
        {"octets", RDN(OID_CN, "04'jane'")},
        {"NULL", RDN(OID_CN, "05:")},
        {"no value", RDN(OID_CN, "")},
        {"a UniversalString cut short", RDN(OID_CN, "1c:0000006a0000")},
    };
    size_t i;

    for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        X509_NAME *name = name_make(refused[i].notation);

        ok(name == NULL, refused[i].name);
        X509_NAME_free(name);
    }
}

static void check_many(int count, const char *fault)
{
    const char *notation = "";
    eas_cert cert = {0};
    X509_NAME *name;
    int i;

    for (i = 0; i < count; i++) {
        notation = apr_pstrcat(pool, notation, DC("x"), NULL);
    }
    name = name_make(apr_pstrcat(pool, notation, CN("jane"), NULL));
    eas_cert_values_init(&cert.cn, pool);
    eas_cert_names_read(name, pool, &cert);
    is_str(cert.parts_fault, fault, "many parts: fault");
    is_str(cert.cn.fault, fault, "many parts: fault of the CN");
    is_int(eas_cert_names_ad(name, pool) != NULL, !fault,
           "many parts: Active Directory");
    is_str(eas_cert_names_rfc4514(name, pool), print(name),
           "many parts: RFC 4514");
    X509_NAME_free(name);
}

int main(void)
{
    size_t i;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check_row(i);
    }
    check_refused();
    check_many(EAS_CERT_VALUES_HIGH - 1, NULL);
    check_many(EAS_CERT_VALUES_HIGH, "too many parts of the subject");
    apr_pool_destroy(pool);
    apr_terminate();
    return done_testing();
}
