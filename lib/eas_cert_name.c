/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_cert_name.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include <openssl/err.h>
#include <openssl/objects.h>

/* RFC 4514 escapes these; elsewhere they end a value or mean nothing. */
#define SPECIAL "\"+,;<=>\\"

/* Names others write for what OpenSSL calls otherwise. */
static const struct {
    const char *name;
    int nid;
} types[] = {
    {"CN", NID_commonName},
    {"C", NID_countryName},
    {"L", NID_localityName},
    {"S", NID_stateOrProvinceName},
    {"ST", NID_stateOrProvinceName},
    {"O", NID_organizationName},
    {"OU", NID_organizationalUnitName},
    {"DC", NID_domainComponent},
    {"UID", NID_userId},
    {"E", NID_pkcs9_emailAddress},
    {"EMAILADDRESS", NID_pkcs9_emailAddress},
    {"SN", NID_surname},
    {"GN", NID_givenName},
    {"T", NID_title},
    {"TITLE", NID_title},
    {"STREET", NID_streetAddress},
    {"SERIALNUMBER", NID_serialNumber},
    {NULL, 0},
};

/* One attribute of a name, as it is written. */
typedef struct part {
    ASN1_OBJECT *type;
    int kind; /* of string */
    const unsigned char *value;
    int length;
    int joins; /* stands in one part with the one behind it */
} part;

/* How far the text is read. */
typedef struct reader {
    const char *at;
    apr_pool_t *pool;
    apr_array_header_t *parts; /* of part, in the order of the text */
} reader;

static apr_status_t free_object(void *object)
{
    ASN1_OBJECT_free(object);
    return APR_SUCCESS;
}

static apr_status_t free_name(void *name)
{
    X509_NAME_free(name);
    return APR_SUCCESS;
}

static void skip_blanks(reader *r)
{
    r->at += strspn(r->at, " ");
}

static ASN1_OBJECT *find_type(const char *word)
{
    for (int i = 0; types[i].name; i++) {
        if (!apr_cstr_casecmp(word, types[i].name)) {
            return OBJ_nid2obj(types[i].nid);
        }
    }
    if (!apr_cstr_casecmpn(word, "OID.", 4)) {
        word += 4;
    }
    return OBJ_txt2obj(word, apr_isdigit(*word));
}

static const char *read_type(reader *r, part *made)
{
    const char *from = r->at;
    const char *word;

    while (apr_isalnum(*r->at) || *r->at == '-' || *r->at == '.') {
        r->at++;
    }
    word = apr_pstrmemdup(r->pool, from, (apr_size_t)(r->at - from));
    skip_blanks(r);
    if (!*word || *r->at != '=') {
        return "each part of a distinguished name is TYPE=VALUE, and commas "
               "stand between them, such as CN=Mail CA,O=Example";
    }
    r->at++;
    skip_blanks(r);
    made->type = find_type(word);
    ERR_clear_error();
    if (!made->type) {
        return apr_psprintf(r->pool,
                            "\"%s\" is no type of attribute that OpenSSL "
                            "knows; its OID in dotted form will do",
                            word);
    }
    apr_pool_cleanup_register(r->pool, made->type, free_object,
                              apr_pool_cleanup_null);
    return NULL;
}

static int read_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c ? strchr(digits, apr_tolower(c)) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* Two hexadecimal digits; -1 for anything else. */
static int read_byte(const char *at)
{
    const int high = read_digit(at[0]);
    const int low = high < 0 ? -1 : read_digit(at[1]);

    return low < 0 ? -1 : high << 4 | low;
}

/* `#` and the encoding, as OpenSSL prints what it knows no string of. */
static const char *read_encoding(reader *r, part *made)
{
    unsigned char *der = apr_palloc(r->pool, strlen(r->at));
    const unsigned char *from = der;
    long length = 0;
    ASN1_TYPE *value;
    int kind;

    for (r->at++; read_byte(r->at) >= 0; r->at += 2) {
        der[length++] = (unsigned char)read_byte(r->at);
    }
    value = d2i_ASN1_TYPE(NULL, &from, length);
    ERR_clear_error();
    kind = value ? ASN1_TYPE_get(value) : V_ASN1_NULL;
    if (!(ASN1_tag2bit(kind) & (B_ASN1_DIRECTORYSTRING | B_ASN1_IA5STRING))) {
        ASN1_TYPE_free(value);
        return "what follows the # is not the encoding of a string";
    }
    made->kind = kind;
    made->length = ASN1_STRING_length(value->value.asn1_string);
    made->value =
        apr_pmemdup(r->pool, ASN1_STRING_get0_data(value->value.asn1_string),
                    (apr_size_t)made->length);
    ASN1_TYPE_free(value);
    skip_blanks(r);
    return from == der + length ? NULL
                                : "the encoding behind the # is cut short";
}

/* One character behind a backslash, or a byte in hexadecimal. */
static int read_escape(reader *r)
{
    int byte = read_byte(++r->at);

    if (byte >= 0) {
        r->at += 2;
        return byte;
    }
    return *r->at && strchr(SPECIAL " #", *r->at) ? (unsigned char)*r->at++
                                                  : -1;
}

static const char *read_string(reader *r, part *made)
{
    unsigned char *value = apr_palloc(r->pool, strlen(r->at) + 1);
    int length = 0;
    int kept = 0; /* without the blanks at its end */

    while (*r->at && !strchr("\"+,;<>", *r->at)) {
        const int is_blank = *r->at == ' ';
        const int c = *r->at == '\\' ? read_escape(r) : (unsigned char)*r->at++;

        if (c < 0) {
            return "a backslash stands before one of \\ , + \" < > ; = # and "
                   "the blank, or before two hexadecimal digits";
        }
        value[length++] = (unsigned char)c;
        kept = is_blank ? kept : length;
    }
    made->kind = V_ASN1_UTF8STRING;
    made->value = value;
    made->length = kept;
    return kept ? NULL : "a part of the distinguished name is empty";
}

static const char *read_part(reader *r)
{
    part made = {0};
    const char *error;

    skip_blanks(r);
    error = read_type(r, &made);
    if (!error) {
        error = *r->at == '#' ? read_encoding(r, &made) : read_string(r, &made);
    }
    if (error) {
        return error;
    }
    if (*r->at && !strchr(",+", *r->at)) {
        return apr_psprintf(r->pool,
                            "a %c within a distinguished name is written \\%c",
                            *r->at, *r->at);
    }
    made.joins = *r->at == '+';
    APR_ARRAY_PUSH(r->parts, part) = made;
    return NULL;
}

/* The encoding begins where the text ends.  The strings are taken as they are,
 * of whatever length. */
static int assemble(const apr_array_header_t *parts, X509_NAME *name)
{
    for (int i = parts->nelts - 1; i >= 0; i--) {
        const part *from = &APR_ARRAY_IDX(parts, i, part);

        if (!X509_NAME_add_entry_by_OBJ(name, from->type, from->kind,
                                        from->value, from->length, -1,
                                        from->joins ? -1 : 0)) {
            return 0;
        }
    }
    /* Makes the form that is compared, and fails for what is not UTF-8. */
    return i2d_X509_NAME(name, NULL) > 0;
}

const char *eas_cert_name_read(const char *text, apr_pool_t *pool,
                               X509_NAME **name_out)
{
    reader r = {text, pool, apr_array_make(pool, 8, sizeof(part))};
    const char *error = read_part(&r);
    X509_NAME *name;
    int is_whole;

    while (!error && *r.at) {
        r.at++;
        error = read_part(&r);
    }
    if (error) {
        return error;
    }
    name = X509_NAME_new();
    apr_pool_cleanup_register(pool, name, free_name, apr_pool_cleanup_null);
    is_whole = name && assemble(r.parts, name);
    ERR_clear_error();
    if (!is_whole) {
        return "the distinguished name is not UTF-8";
    }
    *name_out = name;
    return NULL;
}
