/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Certificates out of a short notation, so that a table can hold what no CA
 * and no library would make: `TAG{...}` is what is inside with a tag and a
 * length in front, `TAG:HEX` the same of bytes, `TAG'text'` of text, `*HEX`
 * bytes as they are.  Blanks are passed over.
 *
 *     30{06:2a03 0c'Jane' *0500}
 *
 * Nobody verifies the signature: it is none.
 */
#ifndef CERT_DER_H
#define CERT_DER_H

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <apr_pools.h>
#include <apr_strings.h>

typedef struct der_text {
    unsigned char *bytes;
    size_t length;
} der_text;

static inline int der_digit(char c)
{
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* Two hexadecimal digits. */
static inline unsigned char der_byte(const char **at)
{
    unsigned char byte;

    if (!isxdigit((unsigned char)(*at)[0])
        || !isxdigit((unsigned char)(*at)[1]))
        abort();
    byte = (unsigned char)(der_digit((*at)[0]) << 4 | der_digit((*at)[1]));
    *at += 2;
    return byte;
}

static inline void der_hex(const char **at, der_text *to)
{
    while (isxdigit((unsigned char)**at))
        to->bytes[to->length++] = der_byte(at);
}

/* Write a tag and a length before what stands from a place on. */
static inline void der_wrap(der_text *to, size_t from, unsigned char tag)
{
    size_t length = to->length - from;
    unsigned char head[4] = {tag};
    size_t size = 2;

    if (length < 0x80)
        head[1] = (unsigned char)length;
    else if (length < 0x100) {
        head[1] = 0x81;
        head[2] = (unsigned char)length;
        size = 3;
    }
    else {
        head[1] = 0x82;
        head[2] = (unsigned char)(length >> 8);
        head[3] = (unsigned char)length;
        size = 4;
    }
    memmove(to->bytes + from + size, to->bytes + from, length);
    memcpy(to->bytes + from, head, size);
    to->length += size;
}

/* Elements up to the closing brace or the end. */
static inline void der_write(const char **at, der_text *to)
{
    for (;;) {
        size_t from = to->length;
        unsigned char tag;

        *at += strspn(*at, " ");
        if (**at == '\0' || **at == '}')
            return;
        if (**at == '*') {
            ++*at;
            der_hex(at, to);
            continue;
        }
        tag = der_byte(at);
        switch (*(*at)++) {
        case '{':
            der_write(at, to);
            if (*(*at)++ != '}')
                abort();
            break;
        case ':':
            der_hex(at, to);
            break;
        case '\'':
            while (**at != '\'')
                to->bytes[to->length++] = (unsigned char)*(*at)++;
            ++*at;
            break;
        default:
            abort();
        }
        der_wrap(to, from, tag);
    }
}

/** The bytes of a notation. */
static inline der_text der_make(const char *notation, apr_pool_t *pool)
{
    der_text text = {apr_palloc(pool, 4 * strlen(notation) + 4), 0};

    der_write(&notation, &text);
    if (*notation != '\0')
        abort();
    return text;
}

/* Parts of a name. */
#define PART(oid, value) "30{06:" oid " " value "}"
#define RDN(oid, value) "31{" PART(oid, value) "}"
#define OID_CN "550403"
#define OID_SN "550404"
#define OID_SERIAL "550405"
#define OID_C "550406"
#define OID_L "550407"
#define OID_ST "550408"
#define OID_STREET "550409"
#define OID_O "55040a"
#define OID_OU "55040b"
#define OID_TITLE "55040c"
#define OID_DC "0992268993f22c640119"
#define OID_UID "0992268993f22c640101"
#define OID_EMAIL "2a864886f70d010901"
#define CN(text) RDN(OID_CN, "0c'" text "'")
#define DC(text) RDN(OID_DC, "16'" text "'")

/* Extensions and what is in them. */
#define EXTENSION(oid, contents) "30{06:" oid " 04{" contents "}}"
#define CRITICAL(oid, contents) "30{06:" oid " 01:ff 04{" contents "}}"
#define SAN(names) EXTENSION("551d11", "30{" names "}")
#define UPN(value) "a0{06:2b060104018237140203 a0{" value "}}"
#define MAIL(text) "81'" text "'"
#define URI(text) "86'" text "'"
#define SID_TAG "tag:microsoft.com,2022-09-14:sid:"
#define SID_NAME(value) "a0{06:2b060104018237190201 a0{" value "}}"
#define SID_EXTENSION(contents) EXTENSION("2b0601040182371902", contents)
#define SID_OF(text) SID_EXTENSION("30{" SID_NAME("04'" text "'") "}")

/** What differs from the usual, in notation; NULL for the usual. */
typedef struct cert_recipe {
    const char *version; /* "" for 1 */
    const char *serial;
    const char *issuer; /* what is in the name */
    const char *from;
    const char *to;
    const char *subject;
    const char *extensions;
    const char *behind; /* the certificate */
} cert_recipe;

/* The generator of P-256. */
#define POINT                                                                  \
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"       \
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
#define SPKI "30{30{06:2a8648ce3d0201 06:2a8648ce3d030107} 03:00" POINT "}"

static inline const char *cert_or(const char *text, const char *usual)
{
    return text != NULL ? text : usual;
}

/** The bytes of a certificate. */
static inline der_text cert_make(const cert_recipe *recipe, apr_pool_t *pool)
{
    const char *extensions = cert_or(recipe->extensions, "");

    return der_make(
        apr_pstrcat(pool, "30{30{", cert_or(recipe->version, "a0{02:02}"), " ",
                    cert_or(recipe->serial, "02:2b0000000011ac0000000012"),
                    " 30{06:2a8648ce3d040302} 30{",
                    cert_or(recipe->issuer,
                            DC("com") DC("contoso") CN("CONTOSO-DC-CA")),
                    "} 30{", cert_or(recipe->from, "17'250101000000Z'"), " ",
                    cert_or(recipe->to, "17'350101000000Z'"), "} 30{",
                    cert_or(recipe->subject, CN("jane")), "}", SPKI,
                    *extensions != '\0' ? " a3{30{" : "", extensions,
                    *extensions != '\0' ? "}}" : "",
                    "} 30{06:2a8648ce3d040302}"
                    " 03{*00 30{02:01 02:01}}}",
                    cert_or(recipe->behind, ""), NULL),
        pool);
}

#endif
