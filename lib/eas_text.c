/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_text.h"

#include <string.h>

#define QUOTE_MAX 128

static const char hex_digits[] = "0123456789abcdef";

typedef struct character_range {
    apr_uint32_t first;
    apr_uint32_t last;
} character_range;

/* Characters a reader of a log cannot see or that move what he sees: Unicode's
 * White_Space beyond ASCII, Bidi_Control and Default_Ignorable_Code_Point,
 * the interlinear anchors and the blank Braille pattern.  Ascending. */
static const character_range invisible[] = {
    {0x00a0, 0x00a0},   {0x00ad, 0x00ad},   {0x034f, 0x034f},
    {0x061c, 0x061c},   {0x115f, 0x1160},   {0x1680, 0x1680},
    {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x2000, 0x200f},
    {0x2028, 0x202f},   {0x205f, 0x206f},   {0x2800, 0x2800},
    {0x3000, 0x3000},   {0x3164, 0x3164},   {0xfe00, 0xfe0f},
    {0xfeff, 0xfeff},   {0xffa0, 0xffa0},   {0xfff0, 0xfffb},
    {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

static int is_invisible(apr_uint32_t character)
{
    apr_size_t i;

    for (i = 0; i < sizeof(invisible) / sizeof(invisible[0]); i++) {
        if (character <= invisible[i].last) {
            return character >= invisible[i].first;
        }
    }
    return 0;
}

static int is_control(apr_uint32_t character)
{
    return character < 0x20 || (character >= 0x7f && character <= 0x9f);
}

static apr_size_t sequence_length(unsigned char lead)
{
    if (lead < 0x80) {
        return 1;
    }
    if (lead < 0xc0) {
        return 0;
    }
    if (lead < 0xe0) {
        return 2;
    }
    if (lead < 0xf0) {
        return 3;
    }
    return lead < 0xf8 ? 4 : 0;
}

/* The bytes of the first character, 0 where it is ill-formed. */
static apr_size_t character_read(const char *bytes, apr_size_t length,
                                 apr_uint32_t *character_out)
{
    /* Anything below has a shorter form: two spellings of one `*` or NUL are
     * how filters are got past. */
    static const apr_uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *at = (const unsigned char *)bytes;
    apr_size_t size = length > 0 ? sequence_length(at[0]) : 0;
    apr_uint32_t character;
    apr_size_t i;

    if (size == 0 || size > length) {
        return 0;
    }
    character = size == 1 ? at[0] : at[0] & (0x7fu >> size);
    for (i = 1; i < size; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
        character = character << 6 | (at[i] & 0x3fu);
    }
    if (character < least[size] || character > 0x10ffff
        || (character >= 0xd800 && character <= 0xdfff)) {
        return 0;
    }
    *character_out = character;
    return size;
}

/* How many bytes of it are printable ASCII up to the first one that is not:
 * nearly always all. */
static apr_size_t plain_length(const char *bytes, apr_size_t length)
{
    apr_size_t at = 0;

    while (at < length && (unsigned char)(bytes[at] - 0x20) < 0x7f - 0x20) {
        at++;
    }
    return at;
}

int eas_text_is_utf8(const char *bytes, apr_size_t length)
{
    apr_uint32_t character;
    apr_size_t size;

    for (apr_size_t at = plain_length(bytes, length); at < length; at += size) {
        size = character_read(bytes + at, length - at, &character);
        if (size == 0) {
            return 0;
        }
    }
    return 1;
}

int eas_text_has_control(const char *bytes, apr_size_t length)
{
    apr_uint32_t character;
    apr_size_t size;

    for (apr_size_t at = plain_length(bytes, length); at < length; at += size) {
        size = character_read(bytes + at, length - at, &character);
        if (size == 0 || is_control(character)) {
            return 1;
        }
    }
    return 0;
}

int eas_text_has_blank_edge(const char *bytes, apr_size_t length)
{
    apr_uint32_t character = 0;
    apr_size_t at = plain_length(bytes, length);
    apr_size_t size;
    int blank = at > 0 && bytes[at - 1] == ' ';

    if (at > 0 && bytes[0] == ' ') {
        return 1;
    }
    for (; at < length; at += size) {
        size = character_read(bytes + at, length - at, &character);
        if (size == 0) {
            return 1;
        }
        blank = character == ' ' || is_invisible(character);
        if (at == 0 && blank) {
            return 1;
        }
    }
    return blank;
}

char *eas_text_from_latin1(const char *bytes, apr_size_t length,
                           apr_pool_t *pool)
{
    const unsigned char *from = (const unsigned char *)bytes;
    apr_size_t i;
    char *text;
    char *to;

    /* First, so that no half of a refused password is left in the pool. */
    for (i = 0; i < length; i++) {
        if (is_control(from[i])) {
            return NULL;
        }
    }
    to = text = apr_palloc(pool, 2 * length + 1);
    for (i = 0; i < length; i++) {
        if (from[i] < 0x80) {
            *to++ = (char)from[i];
        }
        else {
            *to++ = (char)(0xc0 | from[i] >> 6);
            *to++ = (char)(0x80 | (from[i] & 0x3f));
        }
    }
    *to = '\0';
    return text;
}

char *eas_text_lower(const char *text, apr_pool_t *pool)
{
    apr_size_t length = strlen(text);
    char *lower = apr_palloc(pool, length + 1);
    apr_size_t i;

    /* Not tolower(): it follows the locale. */
    for (i = 0; i <= length; i++) {
        int capital = text[i] >= 'A' && text[i] <= 'Z';

        lower[i] = capital ? (char)(text[i] + ('a' - 'A')) : text[i];
    }
    return lower;
}

static char *hex_write(char *to, const char *bytes, apr_size_t length)
{
    apr_size_t i;

    for (i = 0; i < length; i++) {
        *to++ = '%';
        *to++ = hex_digits[(unsigned char)bytes[i] >> 4];
        *to++ = hex_digits[(unsigned char)bytes[i] & 0xf];
    }
    return to;
}

/* Write what fits of a text, a character at a time; how much was read. */
static apr_size_t quote_write(const char *text, apr_size_t length, char **to)
{
    apr_uint32_t character = 0;
    apr_size_t at = 0;

    while (at < length) {
        apr_size_t size = character_read(text + at, length - at, &character);
        int plain = size != 0 && character != '"' && character != '%'
                    && !is_control(character) && !is_invisible(character);

        if (size == 0) {
            size = 1;
        }
        if (at + size > QUOTE_MAX) {
            break;
        }
        if (plain) {
            memcpy(*to, text + at, size);
            *to += size;
        }
        else {
            *to = hex_write(*to, text + at, size);
        }
        at += size;
    }
    return at;
}

const char *eas_text_quote(const char *text, apr_pool_t *pool)
{
    apr_size_t length;
    char *quoted;
    char *to;

    if (text == NULL) {
        return "-";
    }
    length = strlen(text);
    to = quoted = apr_palloc(pool, 3 * QUOTE_MAX + sizeof("\"\"..."));
    *to++ = '"';
    length -= quote_write(text, length, &to);
    *to++ = '"';
    strcpy(to, length > 0 ? "..." : "");
    return quoted;
}
