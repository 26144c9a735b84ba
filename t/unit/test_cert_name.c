/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_cert_name.h"

#include <apr_general.h>

#include "tap.h"

static apr_pool_t *pool;

/* What a certificate holds is made here, most general part first. */
static X509_NAME *encoded(const char *const *parts)
{
    X509_NAME *name = X509_NAME_new();

    for (int i = 0; parts[i]; i += 2) {
        const int joins = *parts[i] == '+';

        X509_NAME_add_entry_by_txt(name, parts[i] + joins, MBSTRING_UTF8,
                                   (const unsigned char *)parts[i + 1], -1, -1,
                                   joins ? -1 : 0);
    }
    return name;
}

#define PARTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct {
    const char *name;
    const char *text;
    const char *const *parts;
    int is_same;
} rows[] = {
    {"one part", "CN=Mail CA", PARTS("CN", "Mail CA"), 1},
    {"the text begins where the encoding ends", "CN=Mail CA,O=Example,C=DE",
     PARTS("C", "DE", "O", "Example", "CN", "Mail CA"), 1},
    {"the other way round is another name", "C=DE,O=Example,CN=Mail CA",
     PARTS("C", "DE", "O", "Example", "CN", "Mail CA"), 0},
    {"types in other letters", "cn=Mail CA,o=Example,c=DE",
     PARTS("C", "DE", "O", "Example", "CN", "Mail CA"), 1},
    {"values in other letters", "CN=MAIL ca,O=eXAMPLE",
     PARTS("O", "Example", "CN", "Mail CA"), 1},
    {"blanks around the signs", " CN = Mail CA , O = Example ",
     PARTS("O", "Example", "CN", "Mail CA"), 1},
    {"blanks within are one", "CN=Mail   CA", PARTS("CN", "Mail CA"), 1},
    {"blanks within the certificate's are one", "CN=Mail CA",
     PARTS("CN", " Mail  CA "), 1},
    {"no blank is another name", "CN=MailCA", PARTS("CN", "Mail CA"), 0},
    {"a part more", "CN=Mail CA,O=Example", PARTS("CN", "Mail CA"), 0},
    {"a part less", "CN=Mail CA", PARTS("O", "Example", "CN", "Mail CA"), 0},
    {"another type", "OU=Mail CA", PARTS("CN", "Mail CA"), 0},
    {"domain components", "CN=Mail CA,DC=contoso,DC=com",
     PARTS("DC", "com", "DC", "contoso", "CN", "Mail CA"), 1},
    {"umlaut", "CN=M\xc3\xbcller", PARTS("CN", "M\xc3\xbcller"), 1},
    {"umlaut in hexadecimal", "CN=M\\C3\\BCller", PARTS("CN", "M\xc3\xbcller"),
     1},
    {"umlauts keep their case", "CN=M\xc3\x9cller",
     PARTS("CN", "M\xc3\xbcller"), 0},
    {"escaped comma", "CN=Example\\, Inc.", PARTS("CN", "Example, Inc."), 1},
    {"escaped sign of every kind", "CN=\\#a\\+b\\\"c\\\\d\\<e\\>f\\;g\\=h=i",
     PARTS("CN", "#a+b\"c\\d<e>f;g=h=i"), 1},
    {"escaped comma in hexadecimal", "CN=a\\2Cb", PARTS("CN", "a,b"), 1},
    {"escaped blank at the end", "CN=a\\ ,O=b", PARTS("O", "b", "CN", "a "), 1},
    {"two values in one part", "CN=a+UID=b,O=c",
     PARTS("O", "c", "CN", "a", "+UID", "b"), 1},
    {"two values in one part, in another order", "UID=b + CN=a,O=c",
     PARTS("O", "c", "CN", "a", "+UID", "b"), 1},
    {"two parts are not one", "CN=a,UID=b,O=c",
     PARTS("O", "c", "CN", "a", "+UID", "b"), 0},
    {"address", "emailAddress=a@example.test,CN=a",
     PARTS("CN", "a", "emailAddress", "a@example.test"), 1},
    {"address, as Microsoft writes it", "E=a@example.test,CN=a",
     PARTS("CN", "a", "emailAddress", "a@example.test"), 1},
    {"OID", "2.5.4.3=a", PARTS("CN", "a"), 1},
    {"OID with its word", "oid.2.5.4.3=a", PARTS("CN", "a"), 1},
    {"a long name of a type", "commonName=a", PARTS("CN", "a"), 1},
    {"encoding", "CN=#0C0161", PARTS("CN", "a"), 1},
    {"encoding of another string", "CN=#130141,O=b", PARTS("O", "b", "CN", "a"),
     1},
    {"more than a name may be long",
     "O=0123456789012345678901234567890123456789012345678901234567890123456789",
     PARTS("O", "x"), 0},
    {NULL, NULL, NULL, 0},
};

#define FORM                                                                   \
    "each part of a distinguished name is TYPE=VALUE, and commas stand "       \
    "between them, such as CN=Mail CA,O=Example"
#define ESCAPE                                                                 \
    "a backslash stands before one of \\ , + \" < > ; = # and the blank, or "  \
    "before two hexadecimal digits"
#define EMPTY "a part of the distinguished name is empty"

static const struct {
    const char *name;
    const char *text;
    const char *error;
} broken[] = {
    {"nothing", "", FORM},
    {"blanks", "  ", FORM},
    {"a word", "Mail CA", FORM},
    {"no type", "=x", FORM},
    {"a type with a blank in it", "mail ca=x", FORM},
    {"comma at the end", "CN=a,", FORM},
    {"plus at the end", "CN=a+", FORM},
    {"comma in front", ",CN=a", FORM},
    {"slashes", "/C=DE/CN=a", FORM},
    {"no value", "CN=", EMPTY},
    {"no value in the midst", "CN=,O=a", EMPTY},
    {"unknown type", "CNN=a",
     "\"CNN\" is no type of attribute that OpenSSL knows; its OID in dotted "
     "form will do"},
    {"no OID", "2.=a",
     "\"2.\" is no type of attribute that OpenSSL knows; its OID in dotted "
     "form will do"},
    {"quotes", "O=\"Example, Inc.\"", EMPTY},
    {"quote within", "O=Exam\"ple",
     "a \" within a distinguished name is written \\\""},
    {"semicolon", "CN=a;O=b", "a ; within a distinguished name is written \\;"},
    {"angle", "CN=a<b", "a < within a distinguished name is written \\<"},
    {"backslash before a letter", "CN=a\\xb", ESCAPE},
    {"backslash at the end", "CN=a\\", ESCAPE},
    {"half a byte", "CN=a\\4", ESCAPE},
    {"no encoding", "CN=#",
     "what follows the # is not the encoding of a string"},
    {"encoding of a number", "CN=#020101",
     "what follows the # is not the encoding of a string"},
    {"encoding cut short", "CN=#0C0261",
     "what follows the # is not the encoding of a string"},
    {"more than an encoding", "CN=#0C016161",
     "the encoding behind the # is cut short"},
    {"encoding with an odd digit", "CN=#0C01612",
     "a 2 within a distinguished name is written \\2"},
    {"not UTF-8", "CN=M\xfcller", "the distinguished name is not UTF-8"},
    {"not UTF-8 in hexadecimal", "CN=M\\FCller",
     "the distinguished name is not UTF-8"},
    {NULL, NULL, NULL},
};

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    for (int i = 0; rows[i].name; i++) {
        X509_NAME *name = NULL;
        X509_NAME *expected = encoded(rows[i].parts);

        is_str(eas_cert_name_read(rows[i].text, pool, &name), NULL,
               tap_row(rows[i].name, "read"));
        if (ok(name != NULL, tap_row(rows[i].name, "there"))) {
            is_int(!X509_NAME_cmp(name, expected), rows[i].is_same,
                   tap_row(rows[i].name, "compared"));
        }
        X509_NAME_free(expected);
    }
    for (int i = 0; broken[i].name; i++) {
        X509_NAME *name = NULL;

        is_str(eas_cert_name_read(broken[i].text, pool, &name), broken[i].error,
               broken[i].name);
        ok(name == NULL, tap_row(broken[i].name, "untouched"));
    }
    apr_terminate();
    return done_testing();
}
