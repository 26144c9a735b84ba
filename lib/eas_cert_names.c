/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_cert_names.h"

#include <string.h>

#include <apr_strings.h>

#include <openssl/bio.h>
#include <openssl/objects.h>

#include "eas_cert_text.h"
#include "eas_text.h"

/* An OID in dotted form is longer than its bytes; what does not fit is no
 * attribute anybody has a name for. */
#define OID_ROOM 256

static int all_decode(const X509_NAME *name)
{
    int i;

    for (i = 0; i < X509_NAME_entry_count(name); i++) {
        if (!eas_cert_text_decodes(
                X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i)))) {
            return 0;
        }
    }
    return 1;
}

const char *eas_cert_names_rfc4514(const X509_NAME *name, apr_pool_t *pool)
{
    const unsigned long flags =
        (XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB)
        | (all_decode(name) ? 0 : ASN1_STRFLGS_DUMP_ALL);
    BIO *out = BIO_new(BIO_s_mem());
    const char *shown = NULL;
    char *text = NULL;
    long length;

    if (out && X509_NAME_print_ex(out, name, 0, flags) >= 0) {
        length = BIO_get_mem_data(out, &text);
        shown =
            length > 0 ? apr_pstrmemdup(pool, text, (apr_size_t)length) : "";
    }
    BIO_free(out);
    return shown;
}

/* The names CERT_X500_NAME_STR has; others are shown as OIDs. */
static const char *ad_attribute(const ASN1_OBJECT *oid)
{
    static const struct {
        int nid;
        const char *name;
    } names[] = {
        {NID_commonName, "CN"},
        {NID_countryName, "C"},
        {NID_localityName, "L"},
        {NID_stateOrProvinceName, "S"},
        {NID_streetAddress, "STREET"},
        {NID_organizationName, "O"},
        {NID_organizationalUnitName, "OU"},
        {NID_domainComponent, "DC"},
        {NID_pkcs9_emailAddress, "E"},
        {NID_title, "T"},
        {NID_givenName, "G"},
        {NID_initials, "I"},
        {NID_surname, "SN"},
        {NID_serialNumber, "SERIALNUMBER"},
        {NID_description, "Description"},
        {NID_postalCode, "PostalCode"},
        {NID_postOfficeBox, "POBox"},
        {NID_telephoneNumber, "Phone"},
        {NID_x121Address, "X21Address"},
        {NID_dnQualifier, "dnQualifier"},
    };
    const int nid = OBJ_obj2nid(oid);
    apr_size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].nid == nid) {
            return names[i].name;
        }
    }
    return NULL;
}

/* An OID in dotted form, or NULL for one that is too long. */
static const char *dotted(const ASN1_OBJECT *oid, apr_pool_t *pool)
{
    char text[OID_ROOM];
    int length;

    if (OBJ_length(oid) > OID_ROOM / 4) {
        return NULL;
    }
    length = OBJ_obj2txt(text, sizeof(text), oid, 1);
    return length > 0 && length < (int)sizeof(text) ? apr_pstrdup(pool, text)
                                                    : NULL;
}

/* Quoted where CertNameToStr does so, with inner quotes doubled; NULL where
 * that depends on what Windows takes for a blank. */
static const char *ad_value(const char *text, apr_pool_t *pool)
{
    const apr_size_t length = strlen(text);
    const int has_space = text[0] == ' ' || text[length - 1] == ' ';
    char *quoted;
    char *to;

    if (!has_space && eas_text_has_blank_edge(text, length)) {
        return NULL;
    }
    if (!has_space && !strpbrk(text, ",+=\"<>#;")) {
        return text;
    }
    to = quoted = apr_palloc(pool, 2 * length + 3);
    *to++ = '"';
    for (; *text; text++) {
        if (*text == '"') {
            *to++ = '"';
        }
        *to++ = *text;
    }
    *to++ = '"';
    *to = '\0';
    return quoted;
}

/* One attribute, `NAME=value`, or NULL. */
static const char *ad_part(const X509_NAME_ENTRY *entry, apr_pool_t *pool)
{
    const ASN1_OBJECT *oid = X509_NAME_ENTRY_get_object(entry);
    const char *name = ad_attribute(oid);
    const char *fault = NULL;
    const char *text =
        eas_cert_text(X509_NAME_ENTRY_get_data(entry), pool, &fault);

    if (!name && (name = dotted(oid, pool)) != NULL) {
        name = apr_pstrcat(pool, "OID.", name, NULL);
    }
    text = text ? ad_value(text, pool) : NULL;
    if (!name || !text) {
        return NULL;
    }
    return apr_pstrcat(pool, name, "=", text, NULL);
}

const char *eas_cert_names_ad(const X509_NAME *name, apr_pool_t *pool)
{
    const int count = X509_NAME_entry_count(name);
    apr_array_header_t *texts = apr_array_make(pool, 8, sizeof(char *));
    int set = -1;
    int i;

    for (i = 0; i < count && i < EAS_CERT_VALUES_HIGH; i++) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
        const char *part = ad_part(entry, pool);

        if (!part) {
            return NULL;
        }
        if (i) {
            APR_ARRAY_PUSH(texts, const char *) =
                X509_NAME_ENTRY_set(entry) == set ? " + " : ",";
        }
        APR_ARRAY_PUSH(texts, const char *) = part;
        set = X509_NAME_ENTRY_set(entry);
    }
    return i && i == count ? apr_array_pstrcat(pool, texts, '\0') : NULL;
}

/* A short name, or the OID. */
static const char *part_name(const ASN1_OBJECT *oid, apr_pool_t *pool)
{
    const int nid = OBJ_obj2nid(oid);

    return nid == NID_undef ? dotted(oid, pool)
                            : apr_pstrdup(pool, OBJ_nid2sn(nid));
}

static void read_part(const X509_NAME_ENTRY *entry, apr_pool_t *pool,
                      eas_cert *cert, apr_array_header_t *parts)
{
    const ASN1_OBJECT *oid = X509_NAME_ENTRY_get_object(entry);
    eas_cert_part part = {part_name(oid, pool), NULL};
    const char *fault = NULL;

    part.value = eas_cert_text(X509_NAME_ENTRY_get_data(entry), pool, &fault);
    if (!part.name) {
        part.name = "";
        fault = "an attribute with a longer OID than there is";
    }
    APR_ARRAY_PUSH(parts, eas_cert_part) = part;
    if (fault && !cert->parts_fault) {
        cert->parts_fault = fault;
    }
    if (OBJ_obj2nid(oid) != NID_commonName) {
        return;
    }
    if (fault || eas_text_has_blank_edge(part.value, strlen(part.value))) {
        eas_cert_values_refuse(&cert->cn, fault ? fault : "a blank at an edge");
        return;
    }
    eas_cert_values_add(&cert->cn, part.value, 0);
}

void eas_cert_names_read(const X509_NAME *subject, apr_pool_t *pool,
                         eas_cert *cert)
{
    const int count = X509_NAME_entry_count(subject);
    apr_array_header_t *parts = apr_array_make(pool, 8, sizeof(eas_cert_part));
    int i;

    for (i = 0; i < count && i < EAS_CERT_VALUES_HIGH; i++) {
        read_part(X509_NAME_get_entry(subject, i), pool, cert, parts);
    }
    if (i < count) {
        cert->parts_fault = "too many parts of the subject";
        eas_cert_values_refuse(&cert->cn, cert->parts_fault);
    }
    cert->parts = parts;
}
