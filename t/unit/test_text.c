/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "eas_text.h"
#include "tap.h"

#define BYTES(literal) literal, sizeof(literal) - 1
#define X16 "xxxxxxxxxxxxxxxx"
#define X127 X16 X16 X16 X16 X16 X16 X16 "xxxxxxxxxxxxxxx"

typedef struct flag_row {
    const char *name;
    const char *input;
    apr_size_t length;
    int expected;
} flag_row;

typedef struct text_row {
    const char *name;
    const char *input;
    apr_size_t length;
    const char *expected;
} text_row;

static const flag_row utf8_rows[] = {
    {"empty", BYTES(""), 1},
    {"ASCII", BYTES("alice"), 1},
    {"NUL", BYTES("a\0b"), 1},
    {"two bytes", BYTES("\xc3\xbc"), 1},
    {"three bytes", BYTES("\xe2\x82\xac"), 1},
    {"four bytes", BYTES("\xf0\x9f\x98\x80"), 1},
    {"first of two bytes, U+0080", BYTES("\xc2\x80"), 1},
    {"first of three bytes, U+0800", BYTES("\xe0\xa0\x80"), 1},
    {"first of four bytes, U+10000", BYTES("\xf0\x90\x80\x80"), 1},
    {"below the surrogates, U+D7FF", BYTES("\xed\x9f\xbf"), 1},
    {"above the surrogates, U+E000", BYTES("\xee\x80\x80"), 1},
    {"last, U+10FFFF", BYTES("\xf4\x8f\xbf\xbf"), 1},
    {"overlong NUL", BYTES("\xc0\x80"), 0},
    {"overlong *", BYTES("\xc0\xaa"), 0},
    {"overlong U+007F", BYTES("\xc1\xbf"), 0},
    {"overlong in three bytes, *", BYTES("\xe0\x80\xaa"), 0},
    {"overlong in three bytes, U+07FF", BYTES("\xe0\x9f\xbf"), 0},
    {"overlong in four bytes, U+FFFF", BYTES("\xf0\x8f\xbf\xbf"), 0},
    {"first surrogate", BYTES("\xed\xa0\x80"), 0},
    {"last surrogate", BYTES("\xed\xbf\xbf"), 0},
    {"U+110000", BYTES("\xf4\x90\x80\x80"), 0},
    {"lead f5", BYTES("\xf5\x80\x80\x80"), 0},
    {"lead f8", BYTES("\xf8\x88\x80\x80\x80"), 0},
    {"lead ff", BYTES("\xff"), 0},
    {"continuation alone", BYTES("\x80"), 0},
    {"cut after one of two", BYTES("a\xc3"), 0},
    {"cut after two of three", BYTES("\xe2\x82"), 0},
    {"cut after three of four", BYTES("\xf0\x9f\x98"), 0},
    {"lead before ASCII", BYTES("\xc3u"), 0},
    {"Latin-1", BYTES("m\xfcller"), 0},
    {NULL, NULL, 0, 0},
};

static const flag_row control_rows[] = {
    {"empty", BYTES(""), 0},
    {"printable ASCII", BYTES(" ~"), 0},
    {"umlaut", BYTES("\xc3\xbc"), 0},
    {"NUL", BYTES("\0"), 1},
    {"NUL inside", BYTES("a\0b"), 1},
    {"line feed at the end", BYTES("a\n"), 1},
    {"unit separator", BYTES("\x1f"), 1},
    {"delete", BYTES("\x7f"), 1},
    {"first C1", BYTES("\xc2\x80"), 1},
    {"next line, a C1", BYTES("a\xc2\x85u"), 1},
    {"last C1", BYTES("\xc2\x9f"), 1},
    {"no-break space", BYTES("\xc2\xa0"), 0},
    {"80 as a continuation", BYTES("\xc4\x80"), 0},
    {"ill-formed", BYTES("\xff"), 1},
    {NULL, NULL, 0, 0},
};

static const flag_row edge_rows[] = {
    {"empty", BYTES(""), 0},
    {"none", BYTES("alice"), 0},
    {"blank inside", BYTES("alice b"), 0},
    {"leading", BYTES(" alice"), 1},
    {"trailing", BYTES("alice "), 1},
    {"nothing else", BYTES(" "), 1},
    {"leading U+00A0", BYTES("\xc2\xa0user"), 1},
    {"trailing U+00A0", BYTES("alice\xc2\xa0"), 1},
    {"U+00A0 inside", BYTES("a\xc2\xa0z"), 0},
    {"U+1680", BYTES("a\xe1\x9a\x80"), 1},
    {"U+2000", BYTES("a\xe2\x80\x80"), 1},
    {"U+200A", BYTES("a\xe2\x80\x8a"), 1},
    {"U+202F", BYTES("\xe2\x80\xafu"), 1},
    {"U+205F", BYTES("a\xe2\x81\x9f"), 1},
    {"U+3000", BYTES("a\xe3\x80\x80"), 1},
    {"zero width space", BYTES("a\xe2\x80\x8b"), 1},
    {"byte order mark", BYTES("\xef\xbb\xbfu"), 1},
    {"soft hyphen", BYTES("a\xc2\xad"), 1},
    {"tag character", BYTES("a\xf3\xa0\x80\xa0"), 1},
    {"umlauts", BYTES("\xc3\xa4u\xc3\xbc"), 0},
    {"ill-formed inside", BYTES("a\xffu"), 1},
    {NULL, NULL, 0, 0},
};

static const text_row latin1_rows[] = {
    {"empty", BYTES(""), ""},
    {"ASCII", BYTES("p:w ~"), "p:w ~"},
    {"umlaut", BYTES("m\xfcller"), "m\xc3\xbcller"},
    {"first", BYTES("\xa0"), "\xc2\xa0"},
    {"last", BYTES("\xff"), "\xc3\xbf"},
    {"c0", BYTES("\xc0"), "\xc3\x80"},
    {"NUL", BYTES("a\0b"), NULL},
    {"tab", BYTES("\t"), NULL},
    {"delete", BYTES("\x7f"), NULL},
    {"euro of Windows-1252", BYTES("\x80"), NULL},
    {"last C1", BYTES("a\x9f"), NULL},
    {NULL, NULL, 0, NULL},
};

static const text_row lower_rows[] = {
    {"empty", BYTES(""), ""},
    {"letters", BYTES("AZaz"), "azaz"},
    {"neighbours of the letters", BYTES("@[`{"), "@[`{"},
    {"umlauts stay", BYTES("\xc3\x9c.COM"), "\xc3\x9c.com"},
    {NULL, NULL, 0, NULL},
};

static const text_row quote_rows[] = {
    {"empty", BYTES(""), "\"\""},
    {"NULL", NULL, 0, "-"},
    {"plain", BYTES("alice b"), "\"alice b\""},
    {"dash is not NULL", BYTES("-"), "\"-\""},
    {"umlaut", BYTES("\xc3\xbc"), "\"\xc3\xbc\""},
    {"quote", BYTES("a\"b"), "\"a%22b\""},
    {"backslash: httpd doubles it", BYTES("D\\a"), "\"D\\a\""},
    {"per cent", BYTES("a%22"), "\"a%2522\""},
    {"line feed", BYTES("a\nb"), "\"a%0ab\""},
    {"escape", BYTES("\x1b[2J"), "\"%1b[2J\""},
    {"delete", BYTES("\x7f"), "\"%7f\""},
    {"C1", BYTES("\xc2\x9b"), "\"%c2%9b\""},
    {"ill-formed", BYTES("a\xfcz"), "\"a%fcz\""},
    {"overlong", BYTES("\xc0\xaa"), "\"%c0%aa\""},
    {"cut sequence", BYTES("\xe2\x82"), "\"%e2%82\""},
    {"U+061C", BYTES("\xd8\x9c"), "\"%d8%9c\""},
    {"U+200B", BYTES("\xe2\x80\x8b"), "\"%e2%80%8b\""},
    {"U+200C", BYTES("\xe2\x80\x8c"), "\"%e2%80%8c\""},
    {"U+200D", BYTES("\xe2\x80\x8d"), "\"%e2%80%8d\""},
    {"U+200E", BYTES("\xe2\x80\x8e"), "\"%e2%80%8e\""},
    {"U+200F", BYTES("\xe2\x80\x8f"), "\"%e2%80%8f\""},
    {"U+2010 is shown", BYTES("\xe2\x80\x90"), "\"\xe2\x80\x90\""},
    {"U+2028", BYTES("\xe2\x80\xa8"), "\"%e2%80%a8\""},
    {"U+2029", BYTES("\xe2\x80\xa9"), "\"%e2%80%a9\""},
    {"U+202A", BYTES("\xe2\x80\xaa"), "\"%e2%80%aa\""},
    {"U+202E", BYTES("\xe2\x80\xae"), "\"%e2%80%ae\""},
    {"U+2030 is shown", BYTES("\xe2\x80\xb0"), "\"\xe2\x80\xb0\""},
    {"U+2060", BYTES("\xe2\x81\xa0"), "\"%e2%81%a0\""},
    {"U+2066", BYTES("\xe2\x81\xa6"), "\"%e2%81%a6\""},
    {"U+2069", BYTES("\xe2\x81\xa9"), "\"%e2%81%a9\""},
    {"U+FEFF", BYTES("\xef\xbb\xbf"), "\"%ef%bb%bf\""},
    {"U+00A0", BYTES("\xc2\xa0"), "\"%c2%a0\""},
    {"U+E0041, a tag", BYTES("\xf3\xa0\x81\x81"), "\"%f3%a0%81%81\""},
    {"U+1F600 is shown", BYTES("\xf0\x9f\x98\x80"), "\"\xf0\x9f\x98\x80\""},
    {"128 bytes", BYTES(X127 "x"), "\"" X127 "x\""},
    {"129 bytes", BYTES(X127 "xx"), "\"" X127 "x\"..."},
    {"cut before a character", BYTES(X127 "\xc3\xbc"), "\"" X127 "\"..."},
    {"ill-formed at the cut", BYTES(X127 "\xc3"), "\"" X127 "%c3\""},
    {NULL, NULL, 0, NULL},
};

static void flags_check(const flag_row *r, const char *what,
                        int (*check)(const char *, apr_size_t))
{
    for (; r->name != NULL; r++) {
        /* A block of that size, so that a sanitizer sees a byte too many. */
        char *bytes = malloc(r->length > 0 ? r->length : 1);

        memcpy(bytes, r->input, r->length);
        is_int(check(bytes, r->length), r->expected, tap_row(what, r->name));
        free(bytes);
    }
}

int main(void)
{
    const text_row *r;
    apr_pool_t *pool;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    flags_check(utf8_rows, "utf8", eas_text_is_utf8);
    flags_check(control_rows, "control", eas_text_has_control);
    flags_check(edge_rows, "blank edge", eas_text_has_blank_edge);
    for (r = latin1_rows; r->name != NULL; r++)
        is_str(eas_text_from_latin1(r->input, r->length, pool), r->expected,
               tap_row("latin1", r->name));
    for (r = lower_rows; r->name != NULL; r++)
        is_str(eas_text_lower(r->input, pool), r->expected,
               tap_row("lower", r->name));
    for (r = quote_rows; r->name != NULL; r++)
        is_str(eas_text_quote(r->input, pool), r->expected,
               tap_row("quote", r->name));
    apr_terminate();
    return done_testing();
}
