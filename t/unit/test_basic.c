/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <apr_base64.h>
#include <apr_general.h>
#include <apr_strings.h>

#include "eas_basic.h"
#include "tap.h"

#define BYTES(literal) literal, sizeof(literal) - 1
#define X16 "xxxxxxxxxxxxxxxx"
#define X64 X16 X16 X16 X16
#define X320 X64 X64 X64 X64 X64
#define X1022 X320 X320 X320 X16 X16 X16 "xxxxxxxxxxxxxx"
#define X1024 X1022 "xx"
#define E16 "\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9"

typedef struct header_row {
    const char *name;
    const char *header;
    eas_reason expected;
    const char *login;
    const char *password;
} header_row;

#define REFUSED(reason) reason, NULL, NULL

/* YTpi is a:b, YTpiYw== a:bc, YTpiY2Q= a:bcd. */
static const header_row header_rows[] = {
    {"plain", "Basic YTpi", EAS_REASON_NONE, "a", "b"},
    {"RFC 7617, section 2", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
     EAS_REASON_NONE, "Aladdin", "open sesame"},
    {"RFC 7617, section 2.1", "Basic dGVzdDoxMjPCow==", EAS_REASON_NONE, "test",
     "123\xc2\xa3"},
    {"MS-ASHTTP", "Basic ZmFrZXVzZXI6eCRwSUFLOUBwOSE=", EAS_REASON_NONE,
     "fakeuser", "x$pIAK9@p9!"},
    {"small letters", "basic YTpi", EAS_REASON_NONE, "a", "b"},
    {"capitals", "BASIC YTpi", EAS_REASON_NONE, "a", "b"},
    {"blanks", "Basic    YTpi", EAS_REASON_NONE, "a", "b"},
    {"tab", "Basic\tYTpi", EAS_REASON_NONE, "a", "b"},
    {"tabs and blanks", " \tBasic \t \tYTpi", EAS_REASON_NONE, "a", "b"},
    {"two padded", "Basic YTpiYw==", EAS_REASON_NONE, "a", "bc"},
    {"two unpadded", "Basic YTpiYw", EAS_REASON_NONE, "a", "bc"},
    {"one padded", "Basic YTpiY2Q=", EAS_REASON_NONE, "a", "bcd"},
    {"one unpadded", "Basic YTpiY2Q", EAS_REASON_NONE, "a", "bcd"},
    {"plus and slash", "Basic Pz4/Ojs7Pz8+", EAS_REASON_NONE, "?>?",
     ";;?"
     "?>"},

    {"NULL", NULL, REFUSED(EAS_NO_CREDENTIAL)},
    {"empty", "", REFUSED(EAS_NO_CREDENTIAL)},
    {"blank", " \t", REFUSED(EAS_NO_CREDENTIAL)},
    {"Bearer", "Bearer YTpi", REFUSED(EAS_OTHER_SCHEME)},
    {"longer scheme", "Basics YTpi", REFUSED(EAS_OTHER_SCHEME)},
    {"no blank", "BasicYTpi", REFUSED(EAS_OTHER_SCHEME)},
    {"shorter scheme", "Basi", REFUSED(EAS_OTHER_SCHEME)},
    {"vertical tab", "Basic\vYTpi", REFUSED(EAS_OTHER_SCHEME)},
    {"comma", "Basic, YTpi", REFUSED(EAS_OTHER_SCHEME)},
    {"umlaut in the scheme", "B\xc3\xa4sic YTpi", REFUSED(EAS_OTHER_SCHEME)},

    {"scheme alone", "Basic", REFUSED(EAS_BAD_BASE64)},
    {"scheme and blanks", "Basic  ", REFUSED(EAS_BAD_BASE64)},
    {"trailing blank", "Basic YTpi ", REFUSED(EAS_BAD_BASE64)},
    {"trailing garbage", "Basic YTpi!", REFUSED(EAS_BAD_BASE64)},
    {"second token", "Basic YTpi YTpi", REFUSED(EAS_BAD_BASE64)},
    {"parameter", "Basic YTpi, realm=\"x\"", REFUSED(EAS_BAD_BASE64)},
    {"line feed", "Basic YT\npi", REFUSED(EAS_BAD_BASE64)},
    {"blank inside", "Basic YT pi", REFUSED(EAS_BAD_BASE64)},
    {"URL-safe alphabet", "Basic Pz4_Ojs7Pz8-", REFUSED(EAS_BAD_BASE64)},
    {"padding not needed", "Basic YTpi=", REFUSED(EAS_BAD_BASE64)},
    {"padding not needed, whole group",
     "Basic YTpi====", REFUSED(EAS_BAD_BASE64)},
    {"half the padding", "Basic YTpiYw=", REFUSED(EAS_BAD_BASE64)},
    {"too much padding", "Basic YTpiY2Q==", REFUSED(EAS_BAD_BASE64)},
    {"three padded", "Basic YTpiY===", REFUSED(EAS_BAD_BASE64)},
    {"padding alone", "Basic ====", REFUSED(EAS_BAD_BASE64)},
    {"padding inside", "Basic YTpiYw==YTpi", REFUSED(EAS_BAD_BASE64)},
    {"one digit left", "Basic YTpiY", REFUSED(EAS_BAD_BASE64)},
    {"one digit", "Basic Y", REFUSED(EAS_BAD_BASE64)},
    {"one digit left, of zero bits", "Basic YTpiA", REFUSED(EAS_BAD_BASE64)},
    {"four bits left over", "Basic YTpiYx==", REFUSED(EAS_BAD_BASE64)},
    {"two bits left over", "Basic YTpiY2R=", REFUSED(EAS_BAD_BASE64)},
    {"bits left over, unpadded", "Basic YTpiYx", REFUSED(EAS_BAD_BASE64)},
    {"high byte", "Basic YTp\xc3", REFUSED(EAS_BAD_BASE64)},
    {"not encoded", "Basic a:b", REFUSED(EAS_BAD_BASE64)},
    {NULL, NULL, REFUSED(EAS_NO_CREDENTIAL)},
};

typedef struct text_row {
    const char *name;
    const char *text; /* what is encoded */
    apr_size_t length;
    eas_reason expected;
    const char *login;
    const char *password;
} text_row;

static const text_row text_rows[] = {
    {"colon in the password", BYTES("a:b:c:"), EAS_REASON_NONE, "a", "b:c:"},
    {"colon first in the password", BYTES("a::"), EAS_REASON_NONE, "a", ":"},
    {"blanks are kept", BYTES(" a : b "), EAS_REASON_NONE, " a ", " b "},
    {"blank password", BYTES("a: "), EAS_REASON_NONE, "a", " "},
    {"UTF-8 in both", BYTES("m\xc3\xbcller:gr\xc3\xbcn"), EAS_REASON_NONE,
     "m\xc3\xbcller", "gr\xc3\xbcn"},
    {"Latin-1 in both", BYTES("m\xfcller:gr\xfcn"), EAS_REASON_NONE,
     "m\xc3\xbcller", "gr\xc3\xbcn"},
    {"Latin-1 in the login", BYTES("m\xfcller:x"), EAS_REASON_NONE,
     "m\xc3\xbcller", "x"},
    {"Latin-1 in the password", BYTES("a:gr\xfcn"), EAS_REASON_NONE, "a",
     "gr\xc3\xbcn"},
    {"one encoding: password decides", BYTES("m\xc3\xbcller:gr\xfcn"),
     EAS_REASON_NONE, "m\xc3\x83\xc2\xbcller", "gr\xc3\xbcn"},
    {"one encoding: login decides", BYTES("m\xfcller:gr\xc3\xbcn"),
     EAS_REASON_NONE, "m\xc3\xbcller", "gr\xc3\x83\xc2\xbcn"},
    {"four bytes", BYTES("a:\xf0\x9f\x98\x80"), EAS_REASON_NONE, "a",
     "\xf0\x9f\x98\x80"},
    {"overlong is Latin-1", BYTES("a:\xc0\xaa"), EAS_REASON_NONE, "a",
     "\xc3\x80\xc2\xaa"},
    {"longest login", BYTES(X320 ":b"), EAS_REASON_NONE, X320, "b"},
    {"longest password", BYTES("a:" X1024), EAS_REASON_NONE, "a", X1024},
    {"longest of both", BYTES(X320 ":" X1024), EAS_REASON_NONE, X320, X1024},

    {"no colon", BYTES("alice"), REFUSED(EAS_NO_COLON)},
    {"no colon, NUL", BYTES("a\0b"), REFUSED(EAS_NO_COLON)},
    {"NUL in the login", BYTES("a\0:b"), REFUSED(EAS_CONTROL_CHARACTER)},
    {"NUL in the password", BYTES("a:b\0c"), REFUSED(EAS_CONTROL_CHARACTER)},
    {"NUL as the password", BYTES("a:\0"), REFUSED(EAS_CONTROL_CHARACTER)},
    {"tab in the login", BYTES("a\t:b"), REFUSED(EAS_CONTROL_CHARACTER)},
    {"line feed at the end", BYTES("a:b\n"), REFUSED(EAS_CONTROL_CHARACTER)},
    {"delete", BYTES("a:\x7f"), REFUSED(EAS_CONTROL_CHARACTER)},
    {"C1 in UTF-8, login", BYTES("a\xc2\x85:b"),
     REFUSED(EAS_CONTROL_CHARACTER)},
    {"C1 in UTF-8, password", BYTES("a:\xc2\x80"),
     REFUSED(EAS_CONTROL_CHARACTER)},
    {"line feed in Latin-1", BYTES("\xfc:\n"), REFUSED(EAS_CONTROL_CHARACTER)},
    {"tab in a Latin-1 login", BYTES("m\xfcller\t:b"),
     REFUSED(EAS_CONTROL_CHARACTER)},
    {"length before encoding", BYTES(X320 "x\x80:b"), REFUSED(EAS_TOO_LONG)},
    {"control before length", BYTES("\n" X320 ":b"),
     REFUSED(EAS_CONTROL_CHARACTER)},
    {"login too long", BYTES(X320 "x:b"), REFUSED(EAS_TOO_LONG)},
    {"password too long", BYTES("a:x" X1024), REFUSED(EAS_TOO_LONG)},
    {"both too long", BYTES(X320 "x:x" X1024), REFUSED(EAS_TOO_LONG)},
    {"login too long when recoded", BYTES(X64 X64 X64 X64 E16 E16 E16 ":b"),
     REFUSED(EAS_TOO_LONG)},
    {"login just fits when recoded", BYTES(X64 X64 X64 X64 E16 E16 ":b"),
     EAS_REASON_NONE,
     X64 X64 X64 X64
     "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
     "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
     "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
     "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9",
     "b"},
    {"password too long when recoded", BYTES("a:\xe9" X1022 "x"),
     REFUSED(EAS_TOO_LONG)},
    {"password just fits when recoded", BYTES("a:\xe9" X1022), EAS_REASON_NONE,
     "a", "\xc3\xa9" X1022},
    {"Windows-1252", BYTES("a:\x80"), REFUSED(EAS_BAD_ENCODING)},
    {"Latin-1 with a C1", BYTES("m\xfcller:\x9f"), REFUSED(EAS_BAD_ENCODING)},
    {"surrogate", BYTES("a:\xed\xa0\x80"), REFUSED(EAS_BAD_ENCODING)},
    {"empty login", BYTES(":b"), REFUSED(EAS_EMPTY_LOGIN)},
    {"empty both", BYTES(":"), REFUSED(EAS_EMPTY_LOGIN)},
    {"empty password", BYTES("a:"), REFUSED(EAS_EMPTY_PASSWORD)},
    {"empty password, Latin-1", BYTES("\xfc:"), REFUSED(EAS_EMPTY_PASSWORD)},
    {NULL, NULL, 0, REFUSED(EAS_NO_CREDENTIAL)},
};

typedef struct make_row {
    const char *name;
    const char *login;
    const char *password;
    eas_reason expected;
    const char *login_out;
    const char *password_out;
} make_row;

static const make_row make_rows[] = {
    {"plain", "a", "b", EAS_REASON_NONE, "a", "b"},
    {"colon in the login stays there", "a:b", "c", EAS_REASON_NONE, "a:b", "c"},
    {"Latin-1", "m\xfcller", "x", EAS_REASON_NONE, "m\xc3\xbcller", "x"},
    {"tab", "a", "\t", REFUSED(EAS_CONTROL_CHARACTER)},
    {"C1", "a", "\xc2\x80", REFUSED(EAS_CONTROL_CHARACTER)},
    {"login too long", X320 "x", "b", REFUSED(EAS_TOO_LONG)},
    {"password too long", "a", X1024 "x", REFUSED(EAS_TOO_LONG)},
    {"Windows-1252", "a", "\x80", REFUSED(EAS_BAD_ENCODING)},
    {"empty login", "", "b", REFUSED(EAS_EMPTY_LOGIN)},
    {"empty password", "a", "", REFUSED(EAS_EMPTY_PASSWORD)},
    {NULL, NULL, NULL, REFUSED(EAS_NO_CREDENTIAL)},
};

/* What lies in the pool between two marks, looked at when it is cleared. */
typedef struct watch {
    const char *from;
    const char *to;
    const char *password;
    int before;
    int after;
} watch;

typedef struct wipe_row {
    const char *name;
    const char *text;
    const char *password; /* as it is encoded */
    const char *recoded;  /* as it lies in the credential, or NULL */
} wipe_row;

static const wipe_row wipe_rows[] = {
    {"UTF-8", "alice:correct-horse", "correct-horse", NULL},
    {"Latin-1", "alice:correct-h\xf6rse", "correct-h\xf6rse",
     "correct-h\xc3\xb6rse"},
    {"no colon", "correct-horse", "correct-horse", NULL},
    {"control character", "\n:correct-horse", "correct-horse", NULL},
    {"bad encoding", "\x80:correct-horse", "correct-horse", NULL},
    {"empty login", ":correct-horse", "correct-horse", NULL},
    {NULL, NULL, NULL, NULL},
};

static eas_credential untouched = {"-", "-"};

static void credential_check(const char *name, eas_reason got,
                             eas_reason expected,
                             const eas_credential *credential,
                             const char *login, const char *password)
{
    is_int(got, expected, name);
    if (expected != EAS_REASON_NONE) {
        ok(credential == &untouched, tap_row(name, "untouched"));
        return;
    }
    is_str(credential->login, login, tap_row(name, "login"));
    is_str(credential->password, password, tap_row(name, "password"));
}

static char *header_make(const char *text, apr_size_t length, apr_pool_t *pool)
{
    char *token =
        apr_palloc(pool, (apr_size_t)apr_base64_encode_len((int)length));

    apr_base64_encode(token, text, (int)length);
    return apr_pstrcat(pool, "Basic ", token, NULL);
}

static void headers_check(apr_pool_t *pool)
{
    const header_row *r;
    const text_row *t;
    const make_row *m;

    for (r = header_rows; r->name != NULL; r++) {
        eas_credential *credential = &untouched;
        eas_reason got = eas_basic_parse(r->header, pool, &credential);

        credential_check(r->name, got, r->expected, credential, r->login,
                         r->password);
    }
    for (t = text_rows; t->name != NULL; t++) {
        eas_credential *credential = &untouched;
        eas_reason got = eas_basic_parse(header_make(t->text, t->length, pool),
                                         pool, &credential);

        credential_check(t->name, got, t->expected, credential, t->login,
                         t->password);
    }
    for (m = make_rows; m->name != NULL; m++) {
        eas_credential *credential = &untouched;
        eas_reason got =
            eas_basic_make(m->login, m->password, pool, &credential);

        credential_check(m->name, got, m->expected, credential, m->login_out,
                         m->password_out);
    }
}

/* Nothing is decoded, so that what is not base64 is too long as well. */
static void length_check(apr_pool_t *pool)
{
    char *header = apr_psprintf(pool, "Basic %01800d", 0);
    eas_credential *credential = &untouched;

    is_int(eas_basic_parse(header, pool, &credential), EAS_TOO_LONG,
           "1800 digits");
    header[6] = '!';
    is_int(eas_basic_parse(header, pool, &credential), EAS_TOO_LONG,
           "1800 digits, one of them wrong");
    header[6 + 1796] = '\0';
    is_int(eas_basic_parse(header, pool, &credential), EAS_BAD_BASE64,
           "1796 digits, one of them wrong");
    ok(credential == &untouched, "too long: untouched");
}

static int occurrences(const char *from, const char *to, const char *text)
{
    apr_size_t length = strlen(text);
    int found = 0;

    for (; from + length <= to; from++)
        found += memcmp(from, text, length) == 0;
    return found;
}

static apr_status_t watch_look(void *data)
{
    watch *seen = data;

    seen->after = occurrences(seen->from, seen->to, seen->password);
    return APR_SUCCESS;
}

/* Cleanups run last in, first out: the one that looks was there before those
 * that wipe, and the memory is still there. */
static watch wiped(const wipe_row *r, const char *password, int make,
                   apr_pool_t *parent)
{
    watch seen = {NULL, NULL, password, 0, 0};
    char *header = header_make(r->text, strlen(r->text), parent);
    eas_credential *credential;
    apr_pool_t *pool;

    apr_pool_create(&pool, parent);
    apr_pool_cleanup_register(pool, &seen, watch_look, apr_pool_cleanup_null);
    seen.from = apr_palloc(pool, 1);
    if (make)
        eas_basic_make("alice", r->password, pool, &credential);
    else
        eas_basic_parse(header, pool, &credential);
    seen.to = apr_palloc(pool, 1);
    if (seen.to < seen.from || seen.to - seen.from > 4096)
        abort(); /* not one block: nothing would be seen */
    seen.before = occurrences(seen.from, seen.to, password);
    apr_pool_destroy(pool);
    return seen;
}

static void wipe_check(apr_pool_t *pool)
{
    const wipe_row *r;

    for (r = wipe_rows; r->name != NULL; r++) {
        watch seen = wiped(r, r->password, 0, pool);

        ok(seen.before > 0, tap_row(r->name, "password in the pool"));
        is_int(seen.after, 0, tap_row(r->name, "wiped"));
        if (r->recoded == NULL)
            continue;
        seen = wiped(r, r->recoded, 0, pool);
        ok(seen.before > 0, tap_row(r->name, "recoded in the pool"));
        is_int(seen.after, 0, tap_row(r->name, "recoded, wiped"));
        seen = wiped(r, r->recoded, 1, pool);
        ok(seen.before > 0, tap_row(r->name, "made in the pool"));
        is_int(seen.after, 0, tap_row(r->name, "made, wiped"));
    }
}

int main(void)
{
    apr_pool_t *pool;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    headers_check(pool);
    length_check(pool);
    wipe_check(pool);
    apr_terminate();
    return done_testing();
}
