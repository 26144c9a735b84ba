/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_cert_check.h"

#include <stdlib.h>

#include <apr_general.h>
#include <apr_strings.h>

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "eas_reason.h"
#include "tap.h"

/* 2031-01-31 12:00:00 UTC */
#define NOW 1927627200
#define DAY 86400

/* A CA is a name, a key and a certificate. */
typedef struct ca {
    EVP_PKEY *key;
    X509 *cert;
} ca;

static apr_pool_t *pool;
static ca mail, twin, other; /* twin bears the name of mail */

static void extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *made;

    X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
    made = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    if (!made || !X509_add_ext(cert, made, -1)) {
        printf("Bail out! no extension %s\n", value);
        exit(1);
    }
    X509_EXTENSION_free(made);
}

/* A certificate that lacks its signature. */
static X509 *begin(const char *cn, EVP_PKEY *key, const X509 *issuer, long from,
                   long to)
{
    X509 *cert = X509_new();
    X509_NAME *name = X509_get_subject_name(cert);

    X509_set_version(cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 7);
    ASN1_TIME_set(X509_getm_notBefore(cert), NOW + from);
    ASN1_TIME_set(X509_getm_notAfter(cert), NOW + to);
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
                               (const unsigned char *)"Example", -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                               (const unsigned char *)cn, -1, -1, 0);
    X509_set_issuer_name(cert, issuer ? X509_get_subject_name(issuer) : name);
    X509_set_pubkey(cert, key);
    return cert;
}

static apr_status_t free_cert(void *cert)
{
    X509_free(cert);
    return APR_SUCCESS;
}

static apr_status_t free_key(void *key)
{
    EVP_PKEY_free(key);
    return APR_SUCCESS;
}

static void make_ca(ca *made, const char *cn)
{
    made->key = EVP_EC_gen("P-256");
    made->cert = begin(cn, made->key, NULL, -DAY, DAY);
    extend(made->cert, made->cert, NID_basic_constraints, "critical,CA:TRUE");
    extend(made->cert, made->cert, NID_subject_key_identifier, "hash");
    X509_sign(made->cert, made->key, EVP_sha256());
    apr_pool_cleanup_register(pool, made->cert, free_cert,
                              apr_pool_cleanup_null);
    apr_pool_cleanup_register(pool, made->key, free_key, apr_pool_cleanup_null);
}

static const apr_array_header_t *eku_of(X509 *cert)
{
    apr_array_header_t *list = apr_array_make(pool, 2, sizeof(const char *));
    EXTENDED_KEY_USAGE *eku =
        X509_get_ext_d2i(cert, NID_ext_key_usage, NULL, NULL);
    char oid[80];

    for (int i = 0; i < sk_ASN1_OBJECT_num(eku); i++) {
        OBJ_obj2txt(oid, sizeof(oid), sk_ASN1_OBJECT_value(eku, i), 1);
        APR_ARRAY_PUSH(list, const char *) = apr_pstrdup(pool, oid);
    }
    EXTENDED_KEY_USAGE_free(eku);
    return list;
}

/* What eas_cert_read says of it, as far as it is looked at. */
static eas_cert describe(X509 *cert, long from, long to)
{
    const apr_uint32_t flags = X509_get_extension_flags(cert);
    eas_cert said = {0};

    said.x509 = cert;
    said.not_before = (NOW + from) * APR_USEC_PER_SEC;
    said.not_after = (NOW + to) * APR_USEC_PER_SEC;
    said.issuer = "CN=Mail CA,O=Example";
    said.eku = eku_of(cert);
    said.has_eku = (flags & EXFLAG_XKUSAGE) != 0;
    said.has_key_usage = (flags & EXFLAG_KUSAGE) != 0;
    said.signs = (X509_get_key_usage(cert) & KU_DIGITAL_SIGNATURE) != 0;
    said.is_ca = (flags & EXFLAG_CA) != 0;
    return said;
}

#define OK "none"
#define USAGE "certificate-usage"
#define DATES "certificate-dates"

static const struct {
    const char *name;
    const char *eku, *usage; /* NULL: no extension */
    int is_ca;
    long from, to;      /* seconds from now */
    const char *demand; /* words of EASAuthCertEKU, NULL: none */
    const char *reason;
    const char *detail;
} rows[] = {
    {"all well", "clientAuth", "digitalSignature", 0, -DAY, DAY, NULL, OK,
     NULL},
    {"clientAuth demanded", "clientAuth", NULL, 0, -DAY, DAY, "clientAuth", OK,
     NULL},
    {"several usages", "serverAuth,clientAuth,emailProtection", NULL, 0, -DAY,
     DAY, NULL, OK, NULL},
    {"no usage", NULL, NULL, 0, -DAY, DAY, NULL, USAGE,
     "no extended key usage"},
    {"no usage, any demanded", NULL, NULL, 0, -DAY, DAY, "any", OK, NULL},
    {"another usage", "serverAuth", NULL, 0, -DAY, DAY, NULL, USAGE,
     "extended key usage \"1.3.6.1.5.5.7.3.1\""},
    {"other usages", "serverAuth,emailProtection", NULL, 0, -DAY, DAY, NULL,
     USAGE, "extended key usage \"1.3.6.1.5.5.7.3.1 1.3.6.1.5.5.7.3.4\""},
    {"another usage, any demanded", "serverAuth", NULL, 0, -DAY, DAY, "any", OK,
     NULL},
    {"anyExtendedKeyUsage alone", "anyExtendedKeyUsage", NULL, 0, -DAY, DAY,
     NULL, USAGE, "extended key usage \"2.5.29.37.0\""},
    {"anyExtendedKeyUsage and clientAuth", "anyExtendedKeyUsage,clientAuth",
     NULL, 0, -DAY, DAY, NULL, OK, NULL},
    {"anyExtendedKeyUsage, any demanded", "anyExtendedKeyUsage", NULL, 0, -DAY,
     DAY, "any", OK, NULL},
    {"anyExtendedKeyUsage demanded by its OID", "anyExtendedKeyUsage", NULL, 0,
     -DAY, DAY, "2.5.29.37.0", OK, NULL},
    {"our own usage", "1.2.3.4", NULL, 0, -DAY, DAY, "1.2.3.4", OK, NULL},
    {"clientAuth is not our own usage", "clientAuth", NULL, 0, -DAY, DAY,
     "1.2.3.4", USAGE, "extended key usage \"1.3.6.1.5.5.7.3.2\""},
    {"one of two usages", "1.2.3.4", NULL, 0, -DAY, DAY, "clientAuth 1.2.3.4",
     OK, NULL},
    {"an OID that begins the same", "1.2.3.45", NULL, 0, -DAY, DAY, "1.2.3.4",
     USAGE, "extended key usage \"1.2.3.45\""},
    {"smart card", "1.3.6.1.4.1.311.20.2.2", NULL, 0, -DAY, DAY,
     "SMARTCARDlogon", OK, NULL},
    {"key usage without digitalSignature", "clientAuth", "keyEncipherment", 0,
     -DAY, DAY, NULL, USAGE, "key usage without digitalSignature"},
    {"key usage is looked at whatever is demanded", NULL, "keyAgreement", 0,
     -DAY, DAY, "any", USAGE, "key usage without digitalSignature"},
    {"key usage, with more", "clientAuth", "keyEncipherment,digitalSignature",
     0, -DAY, DAY, NULL, OK, NULL},
    {"the certificate of a CA", "clientAuth", "digitalSignature", 1, -DAY, DAY,
     NULL, USAGE, "the certificate of a CA"},
    {"the certificate of a CA, any demanded", NULL, NULL, 1, -DAY, DAY, "any",
     USAGE, "the certificate of a CA"},
    {"valid from this second", "clientAuth", NULL, 0, 0, DAY, NULL, OK, NULL},
    {"valid from the next second", "clientAuth", NULL, 0, 1, DAY, NULL, DATES,
     "not valid before 2031-01-31 12:00:01 UTC"},
    {"valid until the next second", "clientAuth", NULL, 0, -DAY, 1, NULL, OK,
     NULL},
    {"valid until this second", "clientAuth", NULL, 0, -DAY, 0, NULL, DATES,
     "expired 2031-01-31 12:00:00 UTC"},
    {"expired", "clientAuth", NULL, 0, -2 * DAY, -DAY, NULL, DATES,
     "expired 2031-01-30 12:00:00 UTC"},
    {"ends before it begins", "clientAuth", NULL, 0, DAY, -DAY, NULL, DATES,
     "not valid before 2031-02-01 12:00:00 UTC"},
    {NULL, NULL, NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const char *name_of(eas_reason reason)
{
    return reason == EAS_REASON_NONE ? "none" : eas_reason_name(reason);
}

static eas_cert_demands demand(const char *words)
{
    eas_cert_demands made = {NULL, NULL};
    char *rest = apr_pstrdup(pool, words ? words : "");
    char *word;

    while ((word = apr_strtok(rest, " ", &rest))) {
        is_str(eas_cert_eku_add(&made, word, pool), NULL,
               tap_row(word, "demanded"));
    }
    return made;
}

static void test_row(int i)
{
    X509 *cert = begin("alice", other.key, mail.cert, rows[i].from, rows[i].to);
    const eas_cert_demands demands = demand(rows[i].demand);
    const char *detail = NULL;
    eas_cert said;

    if (rows[i].eku) {
        extend(cert, mail.cert, NID_ext_key_usage, rows[i].eku);
    }
    if (rows[i].usage) {
        extend(cert, mail.cert, NID_key_usage, rows[i].usage);
    }
    extend(cert, mail.cert, NID_basic_constraints,
           rows[i].is_ca ? "CA:TRUE" : "CA:FALSE");
    X509_sign(cert, mail.key, EVP_sha256());
    said = describe(cert, rows[i].from, rows[i].to);
    is_str(name_of(eas_cert_check(rows[i].demand ? &demands : NULL, &said, NULL,
                                  NOW * APR_USEC_PER_SEC, pool, &detail)),
           rows[i].reason, rows[i].name);
    is_str(detail, rows[i].detail, tap_row(rows[i].name, "detail"));
    X509_free(cert);
}

/* --- issuers */

static const char *write_pem(const char *name, X509 *const *certs)
{
    const char *path = apr_pstrcat(pool, "test_cert_check.", name, NULL);
    BIO *out = BIO_new_file(path, "w");

    BIO_puts(out, "Text in front is passed over.\n");
    for (; *certs; certs++) {
        PEM_write_bio_X509(out, *certs);
    }
    BIO_free(out);
    return path;
}

static const char *spki_of(const X509 *cert)
{
    unsigned char *der = NULL;
    int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
    unsigned char digest[EVP_MAX_MD_SIZE];
    const char *text = "spki-sha256:";

    EVP_Digest(der, (size_t)length, digest, NULL, EVP_sha256(), NULL);
    OPENSSL_free(der);
    for (int i = 0; i < 32; i++) {
        text = apr_psprintf(pool, "%s%02X", text, digest[i]);
    }
    return text;
}

/* The key identifier of an issuer is what the certificate says it is. */
static X509 *issue(const ca *by, X509 *claims)
{
    X509 *cert = begin("alice", other.key, by->cert, -DAY, DAY);

    extend(cert, mail.cert, NID_ext_key_usage, "clientAuth");
    if (claims) {
        extend(cert, claims, NID_authority_key_identifier, "keyid:always");
    }
    X509_sign(cert, by->key, EVP_sha256());
    apr_pool_cleanup_register(pool, cert, free_cert, apr_pool_cleanup_null);
    return cert;
}

static void check_issued(const char *name, X509 *cert, const char *const *words,
                         X509 *const *chain, int is_good, const char *detail)
{
    eas_cert_demands demands = {NULL, NULL};
    apr_array_header_t *came = apr_array_make(pool, 2, sizeof(X509 *));
    const eas_cert said = describe(cert, -DAY, DAY);
    const char *got = NULL;

    for (; *words; words++) {
        is_str(eas_cert_issuer_add(&demands, *words, pool), NULL,
               tap_row(name, "read"));
    }
    for (; chain && *chain; chain++) {
        APR_ARRAY_PUSH(came, X509 *) = *chain;
    }
    is_str(name_of(eas_cert_check(&demands, &said, chain ? came : NULL,
                                  NOW * APR_USEC_PER_SEC, pool, &got)),
           is_good ? "none" : "certificate-issuer", name);
    is_str(got, detail, tap_row(name, "detail"));
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define CHAIN(...) ((X509 *const[]){__VA_ARGS__, NULL})
#define BY "issued by \"CN=Mail CA,O=Example\""

static void test_names(X509 *of_mail, X509 *of_twin, X509 *of_other)
{
    const char *const *words = WORDS("cn=MAIL CA, o=example");

    check_issued("by name", of_mail, words, NULL, 1, NULL);
    check_issued("by name: another of that name", of_twin, words, NULL, 1,
                 NULL);
    check_issued("by name: another", of_other, words, NULL, 0, BY);
    check_issued("by name: a shorter one", of_mail, WORDS("CN=Mail CA"), NULL,
                 0, BY);
    check_issued("one of two", of_mail,
                 WORDS("CN=Other CA,O=Example", "CN=Mail CA,O=Example"), NULL,
                 1, NULL);
}

static void test_keys(X509 *of_mail, X509 *of_twin, X509 *forged)
{
    const char *const *words = WORDS(spki_of(mail.cert));

    check_issued("by key", of_mail, words, CHAIN(mail.cert), 1, NULL);
    check_issued("by key, behind another", of_mail, words,
                 CHAIN(other.cert, mail.cert), 1, NULL);
    check_issued("by key: another of that name", of_twin, words,
                 CHAIN(twin.cert), 0, BY);
    check_issued("by key: that of a CA which has not signed it", of_twin, words,
                 CHAIN(mail.cert, twin.cert), 0, BY);
    check_issued("by key: a forged identifier", forged, words,
                 CHAIN(mail.cert, twin.cert), 0, BY);
    check_issued("by key: nothing came with it", of_mail, words, NULL, 0,
                 BY ", whose certificate is not at hand to compare its key");
    /* alice's own key is that of the other CA. */
    check_issued("by key: the holder's own", of_mail,
                 WORDS(spki_of(other.cert)), CHAIN(of_mail, other.cert), 0, BY);
}

static void test_files(X509 *of_mail, X509 *of_twin, X509 *forged)
{
    const char *one = write_pem("one", CHAIN(mail.cert));
    const char *two = write_pem("two", CHAIN(other.cert, mail.cert));
    const char *const *words = WORDS(apr_pstrcat(pool, "file:", one, NULL));

    check_issued("by file", of_mail, words, NULL, 1, NULL);
    check_issued("by file, the second in it", of_mail,
                 WORDS(apr_pstrcat(pool, "FILE:", two, NULL)), NULL, 1, NULL);
    check_issued("by file: another of that name", of_twin, words,
                 CHAIN(mail.cert), 0, BY);
    check_issued("by file: a forged identifier", forged, words, NULL, 0, BY);
    check_issued("by file: an identifier of another, rightly signed",
                 issue(&mail, twin.cert), words, NULL, 0, BY);
    remove(one);
    remove(two);
}

/* --- words */

#define EKU                                                                    \
    "it is clientAuth, smartcardLogon, any, or an OID in dotted form such as " \
    "1.3.6.1.5.5.7.3.2"
#define ALONE "any stands alone: it drops every other demand"
#define HEX                                                                    \
    "spki-sha256: takes 64 hexadecimal digits, the SHA-256 of the "            \
    "SubjectPublicKeyInfo of the CA: openssl x509 -in ca.pem -noout -pubkey "  \
    "| openssl pkey -pubin -outform DER | openssl dgst -sha256"
#define SIXTY "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789ab"

static const struct {
    const char *name, *first, *second, *error;
} ekus[] = {
    {"nothing", NULL, "", EKU},
    {"a word", NULL, "serverAuthentication", EKU},
    {"one number", NULL, "1", EKU},
    {"dot at the end", NULL, "1.2.", EKU},
    {"zero in front", NULL, "1.2.03", EKU},
    {"no such OID", NULL, "3.1", EKU},
    {"a letter in it", NULL, "1.2.x", EKU},
    {"any twice", "any", "any", ALONE},
    {"any and more", "any", "clientAuth", ALONE},
    {"more and any", "clientAuth", "ANY", ALONE},
    {"twice", "clientAuth", "1.3.6.1.5.5.7.3.2", NULL},
    {NULL, NULL, NULL, NULL},
};

static const struct {
    const char *name, *word, *error;
} issuers[] = {
    {"digits", "spki-sha256:" SIXTY "cdef", NULL},
    {"digits with colons",
     "SPKI-SHA256:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:00:11:22:33:"
     "44:55:66:77:88:99:aa:bb:cc:dd:ee:ff",
     NULL},
    {"no digits", "spki-sha256:", HEX},
    {"too few digits", "spki-sha256:" SIXTY "cde", HEX},
    {"too many digits", "spki-sha256:" SIXTY "cdef0", HEX},
    {"a colon behind", "spki-sha256:" SIXTY "cdef:", HEX},
    {"no digit", "spki-sha256:" SIXTY "cdeg", HEX},
    {"no file", "file:test_cert_check.absent",
     "the file \"test_cert_check.absent\" cannot be opened"},
    {"an empty file", "file:test_cert_check.empty",
     "test_cert_check.empty holds no certificate in PEM"},
    {"no CA", "file:test_cert_check.leaf",
     "certificate 2 of test_cert_check.leaf is not that of a CA "
     "(basicConstraints)"},
    {"damaged", "file:test_cert_check.damaged",
     "certificate 1 of test_cert_check.damaged cannot be read"},
    {"no name", "Mail CA",
     "each part of a distinguished name is TYPE=VALUE, and commas stand "
     "between them, such as CN=Mail CA,O=Example"},
    {NULL, NULL, NULL},
};

static void test_ekus(void)
{
    for (int i = 0; ekus[i].name; i++) {
        eas_cert_demands demands = {NULL, NULL};

        if (ekus[i].first) {
            eas_cert_eku_add(&demands, ekus[i].first, pool);
        }
        is_str(eas_cert_eku_add(&demands, ekus[i].second, pool), ekus[i].error,
               tap_row("usage", ekus[i].name));
        is_int(demands.eku ? demands.eku->nelts : -1,
               !ekus[i].first ? -1 : strcmp(ekus[i].first, "any") != 0,
               tap_row(ekus[i].name, "kept"));
    }
}

static void test_issuers(X509 *leaf)
{
    BIO *out = BIO_new_file("test_cert_check.damaged", "w");

    BIO_puts(out, "-----BEGIN CERTIFICATE-----\nMIIB!!!!\n"
                  "-----END CERTIFICATE-----\n");
    BIO_free(out);
    write_pem("empty", CHAIN(NULL));
    write_pem("leaf", CHAIN(mail.cert, leaf));
    for (int i = 0; issuers[i].name; i++) {
        eas_cert_demands demands = {NULL, NULL};

        is_str(eas_cert_issuer_add(&demands, issuers[i].word, pool),
               issuers[i].error, tap_row("issuer", issuers[i].name));
        is_int(demands.issuers != NULL, issuers[i].error == NULL,
               tap_row(issuers[i].name, "kept"));
    }
    remove("test_cert_check.damaged");
    remove("test_cert_check.empty");
    remove("test_cert_check.leaf");
}

int main(void)
{
    X509 *of_mail, *of_twin, *forged;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    make_ca(&mail, "Mail CA");
    make_ca(&twin, "Mail CA");
    make_ca(&other, "Other CA");
    of_mail = issue(&mail, mail.cert);
    of_twin = issue(&twin, NULL);
    forged = issue(&twin, mail.cert);
    for (int i = 0; rows[i].name; i++) {
        test_row(i);
    }
    test_names(of_mail, of_twin, issue(&other, other.cert));
    test_keys(of_mail, of_twin, forged);
    test_files(of_mail, of_twin, forged);
    test_ekus();
    test_issuers(of_mail);
    apr_pool_destroy(pool);
    apr_terminate();
    return done_testing();
}
