/* SPDX-License-Identifier: Apache-2.0 */
/** What a certificate says, as a test wants it: nothing is read from DER. */
#ifndef FAKE_CERT_H
#define FAKE_CERT_H

#include <apr_strings.h>

#include "eas_cert_map.h"
#include "tap.h"

/** Fields of a certificate.  Several values are parted by |, and a field that
 * begins with ! is a fault.  What is NULL is not there. */
typedef struct fake_fields {
    const char *sid;
    const char *upn;
    const char *email;
    const char *cn;
    const char *parts; /**< NAME=VALUE|...; NAME alone cannot be decoded */
    const char *subject;
    const char *issuer;
    const char *issuer_ad;
    const char *subject_ad;
    const char *ski;
    const char *key;
    const char *spki;
} fake_fields;

static const unsigned char fake_der[] = {0x30, 0x03, 0x2a, 0x28, 0xff};

/** Part a text; empty parts are left out. */
static inline apr_array_header_t *fake_split(const char *text, const char *by,
                                             apr_pool_t *pool)
{
    apr_array_header_t *list = apr_array_make(pool, 4, sizeof(const char *));
    char *state = NULL;
    char *word = text ? apr_strtok(apr_pstrdup(pool, text), by, &state) : NULL;

    for (; word; word = apr_strtok(NULL, by, &state))
        APR_ARRAY_PUSH(list, const char *) = word;
    return list;
}

static inline eas_cert_values fake_values(const char *text, apr_pool_t *pool)
{
    eas_cert_values field = {fake_split(text, "|", pool), NULL};

    if (text && *text == '!')
        field = (eas_cert_values){fake_split(NULL, "|", pool), text + 1};
    return field;
}

static inline const apr_array_header_t *fake_parts(const char *text,
                                                   apr_pool_t *pool)
{
    apr_array_header_t *parts = fake_split(text, "|", pool);
    apr_array_header_t *made = apr_array_make(pool, 4, sizeof(eas_cert_part));

    for (int i = 0; i < parts->nelts; i++) {
        const char *part = APR_ARRAY_IDX(parts, i, const char *);
        const char *sign = strchr(part, '=');

        APR_ARRAY_PUSH(made, eas_cert_part) = (eas_cert_part){
            sign ? apr_pstrmemdup(pool, part, (apr_size_t)(sign - part)) : part,
            sign ? sign + 1 : NULL};
    }
    return made;
}

/** A certificate of serial number 2B0000000011AC0000000012. */
static inline eas_cert fake_cert(const fake_fields *f, apr_pool_t *pool)
{
    const int has_fault = f->parts && *f->parts == '!';
    eas_cert cert = {
        .der = fake_der,
        .der_length = sizeof(fake_der),
        .serial = "2B0000000011AC0000000012",
        .serial_reversed = "1200000000AC11000000002B",
        .serial_decimal = "13307855422322812145769644050",
        .issuer = f->issuer ? f->issuer : "CN=CA,DC=contoso,DC=com",
        .subject = f->subject ? f->subject : "",
        .issuer_ad = f->issuer_ad,
        .subject_ad = f->subject_ad,
        .ski = f->ski,
        .sha1_key = f->key,
        .sha1_spki = f->spki,
        .sid = fake_values(f->sid, pool),
        .upn = fake_values(f->upn, pool),
        .email = fake_values(f->email, pool),
        .cn = fake_values(f->cn, pool),
        .device = fake_values(NULL, pool),
        .parts = fake_parts(has_fault ? NULL : f->parts, pool),
        .parts_fault = has_fault ? f->parts + 1 : NULL,
        .eku = fake_split(NULL, "|", pool),
    };

    return cert;
}

/** The first problem in a list of words of EASAuthCertMap, parted by blanks. */
static inline const char *fake_map(eas_cert_map *map, const char *words,
                                   apr_pool_t *pool)
{
    const apr_array_header_t *list = fake_split(words, " ", pool);
    const char *problem = NULL;

    for (int i = 0; i < list->nelts && !problem; i++)
        problem =
            eas_cert_map_add(map, APR_ARRAY_IDX(list, i, const char *), pool);
    return problem;
}

#endif
