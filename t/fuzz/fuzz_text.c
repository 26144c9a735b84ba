/* SPDX-License-Identifier: Apache-2.0 */
/* Input: bytes. */
#include "fuzz.h"

#include <iconv.h>

#include "eas_text.h"

#define QUOTE_MAX 128

/* What the C library says, which knows nothing of ours. */
static int iconv_is_utf8(const char *bytes, size_t length)
{
    static iconv_t to_utf16;
    char *from = fuzz_string(bytes, length);
    char *room = fuzz_alloc(2 * length + 4);
    char *at = from;
    char *to = room;
    size_t left = length;
    size_t space = 2 * length + 4;
    int good;

    if (to_utf16 == NULL)
        to_utf16 = iconv_open("UTF-16LE", "UTF-8");
    iconv(to_utf16, NULL, NULL, NULL, NULL);
    good = iconv(to_utf16, &at, &left, &to, &space) != (size_t)-1 && left == 0;
    free(room);
    free(from);
    return good;
}

static void latin1_check(const char *bytes, size_t length, apr_pool_t *pool)
{
    const char *text = eas_text_from_latin1(bytes, length, pool);
    const unsigned char *at = (const unsigned char *)text;
    size_t i;

    if (text == NULL)
        return;
    fuzz_require(eas_text_is_utf8(text, strlen(text)));
    fuzz_require(!eas_text_has_control(text, strlen(text)));
    for (i = 0; i < length; i++, at++) {
        unsigned int c = *at;

        if (c >= 0x80)
            c = (c & 3) << 6 | (*++at & 0x3fu);
        fuzz_require(c == (unsigned char)bytes[i]);
    }
    fuzz_require(*at == '\0');
}

static void lower_check(const char *text, apr_pool_t *pool)
{
    const char *lower = eas_text_lower(text, pool);
    size_t i;

    fuzz_require(strlen(lower) == strlen(text));
    for (i = 0; text[i] != '\0'; i++) {
        fuzz_require(lower[i] < 'A' || lower[i] > 'Z');
        fuzz_require(
            lower[i] == text[i]
            || (text[i] >= 'A' && text[i] <= 'Z' && lower[i] == text[i] + 32));
    }
}

static int hex_value(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;

    fuzz_require(at != NULL);
    return (int)(at - digits);
}

/* Read what is between the quotes back; where it ends. */
static const char *unquote(const char *at, char *bytes, size_t *length)
{
    for (*length = 0; *at != '"'; (*length)++) {
        fuzz_require(*at != '\0' && *length < QUOTE_MAX);
        if (*at != '%') {
            bytes[*length] = *at++;
            continue;
        }
        bytes[*length] = (char)(hex_value(at[1]) << 4 | hex_value(at[2]));
        at += 3;
    }
    return at;
}

/* Nothing in a quoted text may move, hide or break what stands around it. */
static void shown_check(const char *quoted)
{
    static const char *const hidden[] = {
        "\xc2\xa0",     "\xc2\xad",     "\xd8\x9c",         "\xe2\x80\x8b",
        "\xe2\x80\x8c", "\xe2\x80\x8d", "\xe2\x80\x8e",     "\xe2\x80\x8f",
        "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaa",     "\xe2\x80\xab",
        "\xe2\x80\xac", "\xe2\x80\xad", "\xe2\x80\xae",     "\xe2\x81\xa0",
        "\xe2\x81\xa6", "\xe2\x81\xa7", "\xe2\x81\xa8",     "\xe2\x81\xa9",
        "\xe3\x80\x80", "\xef\xbb\xbf", "\xf3\xa0\x80\x81", NULL,
    };
    int i;

    fuzz_require(eas_text_is_utf8(quoted, strlen(quoted)));
    fuzz_require(!eas_text_has_control(quoted, strlen(quoted)));
    for (i = 0; hidden[i] != NULL; i++)
        fuzz_require(strstr(quoted, hidden[i]) == NULL);
}

static void quote_check(const char *text, apr_pool_t *pool)
{
    const char *quoted = eas_text_quote(text, pool);
    char bytes[QUOTE_MAX];
    const char *end;
    size_t length;

    fuzz_require(strlen(quoted) <= 3 * QUOTE_MAX + 5);
    fuzz_require(quoted[0] == '"');
    shown_check(quoted);
    end = unquote(quoted + 1, bytes, &length);
    fuzz_require(strncmp(bytes, text, length) == 0);
    fuzz_require(strcmp(end, text[length] != '\0' ? "\"..." : "\"") == 0);
    fuzz_require(text[length] == '\0' || length > QUOTE_MAX - 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = fuzz_begin();
    const char *bytes = (const char *)data;
    char *text = fuzz_string(data, size);
    int utf8 = eas_text_is_utf8(bytes, size);

    fuzz_require(utf8 == iconv_is_utf8(bytes, size));
    fuzz_require(utf8 || eas_text_has_control(bytes, size));
    fuzz_require(utf8 || eas_text_has_blank_edge(bytes, size));
    if (size > 0 && (bytes[0] == ' ' || bytes[size - 1] == ' '))
        fuzz_require(eas_text_has_blank_edge(bytes, size));
    latin1_check(bytes, size, pool);
    lower_check(text, pool);
    quote_check(text, pool);
    free(text);
    fuzz_clear();
    fuzz_end();
    return 0;
}
