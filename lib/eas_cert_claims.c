/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_cert_claims.h"

#include <string.h>

#include <apr_strings.h>

#include "eas_cert_template.h"
#include "eas_cert_text.h"
#include "eas_text.h"

/* One certificate, while one kind is read. */
typedef struct saying {
    const eas_cert_map_entry *entry;
    const eas_cert *cert;
    apr_pool_t *pool;
    eas_cert_said said;
    apr_array_header_t *claims;
} saying;

static eas_claim *claim_add(saying *s, const char *value)
{
    eas_claim *claim = apr_array_push(s->claims);

    s->said.applies = 1;
    claim->kind = s->entry->kind;
    claim->value = value;
    return claim;
}

static void fault(saying *s, eas_reason reason, const char *detail)
{
    s->said.fault = reason;
    s->said.detail = detail;
}

/* Whether a field can be used. */
static int is_sound(saying *s, const eas_cert_values *field)
{
    if (field->fault) {
        fault(s, EAS_CERT_MALFORMED, field->fault);
    }
    return !field->fault;
}

/* A name, or both sides of an @. */
static int is_nobody(const char *name, int is_address, apr_pool_t *pool)
{
    const char *at = is_address ? strrchr(name, '@') : NULL;

    if (!at) {
        return is_address || !eas_cert_text_is_plain(name, pool);
    }
    return !eas_cert_text_is_plain(at + 1, pool)
           || !eas_cert_text_is_plain(
               apr_pstrmemdup(pool, name, (apr_size_t)(at - name)), pool);
}

static void say_names(saying *s, const eas_cert_values *field, int is_address)
{
    if (!is_sound(s, field)) {
        return;
    }
    for (int i = 0; i < field->values->nelts; i++) {
        const char *value = APR_ARRAY_IDX(field->values, i, const char *);

        s->said.applies = 1;
        if (!is_nobody(value, is_address, s->pool)) {
            claim_add(s, value);
            continue;
        }
        s->said.detail = apr_psprintf(
            s->pool,
            "%s %s is not compared: it is empty, has a blank at "
            "an end, or characters that directories take for "
            "others",
            eas_cert_kind_name(s->entry->kind), eas_text_quote(value, s->pool));
    }
    if (field->values->nelts > 1) {
        fault(s, EAS_CERT_CONFLICT,
              apr_psprintf(s->pool, "the certificate has %d values for %s",
                           field->values->nelts,
                           eas_cert_kind_name(s->entry->kind)));
    }
}

/* The only SID; NULL where there is none or a fault. */
static const char *sid_only(saying *s)
{
    const eas_cert_values *sid = &s->cert->sid;

    if (!is_sound(s, sid) || sid->values->nelts == 0) {
        return NULL;
    }
    if (sid->values->nelts > 1) {
        fault(s, EAS_CERT_CONFLICT, "the certificate has several SIDs");
    }
    return APR_ARRAY_IDX(sid->values, 0, const char *);
}

static void say_sid(saying *s)
{
    const apr_array_header_t *values = s->cert->sid.values;

    if (!sid_only(s)) {
        return;
    }
    for (int i = 0; i < values->nelts; i++) {
        claim_add(s, APR_ARRAY_IDX(values, i, const char *));
    }
}

/* X509: and one or two parts; nothing where one of them is not there. */
static void say_registered(saying *s, const char *tag, const char *value,
                           const char *tag2, const char *value2)
{
    if (value && *value && (!tag2 || (value2 && *value2))) {
        claim_add(
            s, apr_pstrcat(s->pool, "X509:", tag, value, tag2, value2, NULL));
    }
}

static void say_issuer_serial(saying *s)
{
    say_registered(s, "<I>", s->cert->issuer_ad, "<SR>",
                   s->cert->serial_reversed);
}

static void say_ski(saying *s)
{
    say_registered(s, "<SKI>", s->cert->ski, NULL, NULL);
}

static void say_sha1_pukey(saying *s)
{
    say_registered(s, "<SHA1-PUKEY>", s->cert->sha1_key, NULL, NULL);
    say_registered(s, "<SHA1-PUKEY>", s->cert->sha1_spki, NULL, NULL);
}

static void say_issuer_sid(saying *s)
{
    const char *sid = sid_only(s);

    if (s->said.fault == EAS_REASON_NONE) {
        say_registered(s, "<I>", s->cert->issuer_ad, "<SID>", sid);
    }
}

static void say_issuer_subject(saying *s)
{
    say_registered(s, "<I>", s->cert->issuer_ad, "<S>", s->cert->subject_ad);
}

static void say_subject_only(saying *s)
{
    say_registered(s, "<S>", s->cert->subject_ad, NULL, NULL);
}

static void say_rfc822(saying *s)
{
    const eas_cert_values *email = &s->cert->email;

    for (int i = 0; is_sound(s, email) && i < email->values->nelts; i++) {
        say_registered(s, "<RFC822>",
                       APR_ARRAY_IDX(email->values, i, const char *), NULL,
                       NULL);
    }
}

static const char *quotes_double(const char *text, apr_pool_t *pool)
{
    char *doubled = apr_palloc(pool, 2 * strlen(text) + 1);
    char *to = doubled;

    for (; *text; text++) {
        if (*text == '"') {
            *to++ = '"';
        }
        *to++ = *text;
    }
    *to = '\0';
    return doubled;
}

/* GSER (RFC 3641) of a CertificateExactAssertion (RFC 4523, section 3.1). */
static void say_der(saying *s)
{
    const eas_cert *cert = s->cert;
    eas_claim *claim = claim_add(
        s, apr_pstrcat(s->pool, "{ serialNumber ", cert->serial_decimal,
                       ", issuer rdnSequence:\"",
                       quotes_double(cert->issuer, s->pool), "\" }", NULL));

    claim->der = cert->der;
    claim->der_length = cert->der_length;
}

static void say_upn(saying *s)
{
    say_names(s, &s->cert->upn, 1);
}

static void say_email(saying *s)
{
    say_names(s, &s->cert->email, 1);
}

static void say_cn(saying *s)
{
    say_names(s, &s->cert->cn, 0);
}

/* A part of the subject that may be taken for another's; NULL for none. */
static const char *part_of_other(const saying *s)
{
    const apr_array_header_t *parts = s->cert->parts;

    for (int i = 0; i < parts->nelts; i++) {
        const eas_cert_part *part = &APR_ARRAY_IDX(parts, i, eas_cert_part);

        if (!part->value || !eas_cert_text_is_plain(part->value, s->pool)) {
            return part->name;
        }
    }
    return NULL;
}

static void say_subject(saying *s)
{
    const char *part = s->cert->parts_fault ? NULL : part_of_other(s);

    if (s->cert->parts_fault) {
        fault(s, EAS_CERT_MALFORMED, s->cert->parts_fault);
    }
    else if (part) {
        fault(s, EAS_CERT_MALFORMED,
              apr_pstrcat(s->pool, part, " of the subject ",
                          EAS_CERT_TEXT_NOT_PLAIN, NULL));
    }
    else if (*s->cert->subject) {
        claim_add(s, s->cert->subject);
    }
}

static void say_template(saying *s)
{
    const char *value = NULL;

    s->said.fault = eas_cert_template_fill(s->entry->text, s->cert, s->pool,
                                           &value, &s->said.detail);
    if (value) {
        claim_add(s, value);
    }
}

static void (*const sayings[EAS_MAP_COUNT])(saying *s) = {
    [EAS_MAP_SID] = say_sid,
    [EAS_MAP_ISSUER_SERIAL] = say_issuer_serial,
    [EAS_MAP_SKI] = say_ski,
    [EAS_MAP_SHA1_PUKEY] = say_sha1_pukey,
    [EAS_MAP_ISSUER_SID] = say_issuer_sid,
    [EAS_MAP_DER] = say_der,
    [EAS_MAP_UPN] = say_upn,
    [EAS_MAP_EMAIL] = say_email,
    [EAS_MAP_ISSUER_SUBJECT] = say_issuer_subject,
    [EAS_MAP_SUBJECT_ONLY] = say_subject_only,
    [EAS_MAP_RFC822] = say_rfc822,
    [EAS_MAP_CN] = say_cn,
    [EAS_MAP_SUBJECT] = say_subject,
    [EAS_MAP_TEMPLATE] = say_template,
};

eas_cert_said eas_cert_claims(const eas_cert_map_entry *entry,
                              const eas_cert *cert, apr_pool_t *pool)
{
    saying s = {.entry = entry, .cert = cert, .pool = pool};

    s.claims = apr_array_make(pool, 2, sizeof(eas_claim));
    sayings[entry->kind](&s);
    s.said.count = s.claims->nelts;
    s.said.claims = (const eas_claim *)s.claims->elts;
    return s.said;
}
