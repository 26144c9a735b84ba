/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_cert_san.h"

#include <string.h>

#include <apr_cstr.h>

#include <openssl/objects.h>

#include "eas_cert_sid.h"
#include "eas_cert_text.h"
#include "eas_text.h"

/* KB5014754: the SID for CAs that do not know it themselves. */
#define SID_PREFIX "tag:microsoft.com,2022-09-14:sid:"
#define DEVICE_PREFIX "urn:eas-device:"
/* Devices call themselves by up to 32 letters and digits (MS-ASHTTP). */
#define DEVICE_LONGEST 64
#define DEVICE_LETTERS                                                         \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"

/* Whether there is an @, with something on both sides; text is not empty. */
static int has_sides(const char *text)
{
    return *text != '@' && text[strlen(text) - 1] != '@'
           && strchr(text, '@') != NULL;
}

static void add_upn(eas_cert_values *upn, const char *text)
{
    if (has_sides(text) && !eas_text_has_blank_edge(text, strlen(text))) {
        eas_cert_values_add(upn, text, 1);
    }
    else {
        eas_cert_values_refuse(upn, "what is no principal name");
    }
}

/* A quoted local part, which may hold more of @ and blanks, is not read. */
static void add_email(eas_cert_values *email, const char *text)
{
    if (has_sides(text) && !strchr(strchr(text, '@') + 1, '@')
        && !strpbrk(text, " \"<>(),:;\\")) {
        eas_cert_values_add(email, text, 1);
    }
    else {
        eas_cert_values_refuse(email, "what is no mail address");
    }
}

static void add_device(eas_cert_values *device, const char *text)
{
    const apr_size_t length = strlen(text);

    if (length && length <= DEVICE_LONGEST
        && strspn(text, DEVICE_LETTERS) == length) {
        eas_cert_values_add(device, text, 0);
    }
    else {
        eas_cert_values_refuse(device, "what is no device");
    }
}

static int begins_with(const ASN1_STRING *string, const char *prefix)
{
    const apr_size_t length = strlen(prefix);

    return (apr_size_t)ASN1_STRING_length(string) >= length
           && !apr_cstr_casecmpn((const char *)ASN1_STRING_get0_data(string),
                                 prefix, length);
}

/* The text, or NULL, and the field has a fault. */
static const char *take_text(const ASN1_STRING *string, apr_pool_t *pool,
                             eas_cert_values *field)
{
    const char *fault = NULL;
    const char *text = eas_cert_text(string, pool, &fault);

    if (!text) {
        eas_cert_values_refuse(field, fault);
        return NULL;
    }
    return text;
}

static void add_sid(eas_cert_values *sid, const char *text)
{
    const apr_size_t length = strlen(SID_PREFIX);

    /* Tags are compared as they are (RFC 4151, section 2.4); whether a domain
     * controller does so is not known. */
    if (strncmp(text, SID_PREFIX, length) != 0) {
        eas_cert_values_refuse(sid, "the tag of a SID in another case");
        return;
    }
    eas_cert_sid_add(sid, text + length);
}

static void read_email(const ASN1_STRING *address, apr_pool_t *pool,
                       eas_cert_values *email)
{
    const char *text = take_text(address, pool, email);

    if (text) {
        add_email(email, text);
    }
}

static void read_uri(const ASN1_STRING *uri, apr_pool_t *pool, eas_cert *cert)
{
    const char *text;

    if (begins_with(uri, SID_PREFIX)) {
        text = take_text(uri, pool, &cert->sid);
        if (text) {
            add_sid(&cert->sid, text);
        }
    }
    else if (begins_with(uri, DEVICE_PREFIX)) {
        text = take_text(uri, pool, &cert->device);
        if (text) {
            add_device(&cert->device, text + strlen(DEVICE_PREFIX));
        }
    }
}

static void read_other(const GENERAL_NAME *name, apr_pool_t *pool,
                       eas_cert_values *upn)
{
    ASN1_OBJECT *type = NULL;
    ASN1_TYPE *value = NULL;
    const char *text;

    if (!GENERAL_NAME_get0_otherName(name, &type, &value)
        || OBJ_obj2nid(type) != NID_ms_upn) {
        return;
    }
    switch (value ? ASN1_TYPE_get(value) : V_ASN1_NULL) {
    case V_ASN1_UTF8STRING:
    case V_ASN1_PRINTABLESTRING:
    case V_ASN1_IA5STRING:
    case V_ASN1_BMPSTRING:
        text = take_text(value->value.asn1_string, pool, upn);
        if (text) {
            add_upn(upn, text);
        }
        break;
    default:
        eas_cert_values_refuse(upn, "a principal name that is no text");
        break;
    }
}

void eas_cert_san_read(const GENERAL_NAMES *names, apr_pool_t *pool,
                       eas_cert *cert)
{
    int i;

    for (i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        int kind = 0;
        const void *value = GENERAL_NAME_get0_value(name, &kind);

        if (kind == GEN_EMAIL) {
            read_email(value, pool, &cert->email);
        }
        else if (kind == GEN_URI) {
            read_uri(value, pool, cert);
        }
        else if (kind == GEN_OTHERNAME) {
            read_other(name, pool, &cert->upn);
        }
    }
}
