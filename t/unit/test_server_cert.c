/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_server_cert.h"

#include <apr_errno.h>
#include <apr_general.h>
#include <apr_strings.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "tap.h"

/* 2031-01-31 12:00:00 UTC */
#define NOW ((apr_time_t)1927627200 * APR_USEC_PER_SEC)
#define DAY 86400L

static apr_pool_t *pool;

/* Makes a certificate valid from and to so many days from NOW. */
static X509 *make(const char *cn, const char *san, int is_ca, long from,
                  long to, EVP_PKEY *key, const X509 *issuer,
                  EVP_PKEY *issuer_key)
{
    const time_t now = (time_t)(NOW / APR_USEC_PER_SEC);
    X509 *cert = X509_new();
    X509_NAME *name = X509_get_subject_name(cert);
    X509_EXTENSION *extension;

    X509_set_version(cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), is_ca ? 1 : 2);
    ASN1_TIME_set(X509_getm_notBefore(cert), now + from * DAY);
    ASN1_TIME_set(X509_getm_notAfter(cert), now + to * DAY);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                               (const unsigned char *)cn, -1, -1, 0);
    X509_set_issuer_name(cert, issuer ? X509_get_subject_name(issuer) : name);
    X509_set_pubkey(cert, key);
    extension =
        X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints,
                            is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    X509_add_ext(cert, extension, -1);
    X509_EXTENSION_free(extension);
    if (san) {
        extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, san);
        X509_add_ext(cert, extension, -1);
        X509_EXTENSION_free(extension);
    }
    X509_sign(cert, issuer_key ? issuer_key : key, EVP_sha256());
    return cert;
}

static const char *pem_of(X509 *cert)
{
    BIO *out = BIO_new(BIO_s_mem());
    char *text = NULL;
    long length;
    const char *pem;

    PEM_write_bio_X509(out, cert);
    length = BIO_get_mem_data(out, &text);
    pem = apr_pstrmemdup(pool, text, (apr_size_t)length);
    BIO_free(out);
    return pem;
}

static const char *der_of(X509 *cert, apr_size_t *length_out)
{
    unsigned char *der = NULL;
    int length = i2d_X509(cert, &der);
    const char *copy = apr_pmemdup(pool, der, (apr_size_t)length);

    OPENSSL_free(der);
    *length_out = (apr_size_t)length;
    return copy;
}

#define DNS "DNS:dc1.example.test,IP:192.0.2.1,IP:2001:db8::1"
#define NAMES "\"dc1.example.test\", 192.0.2.1, 2001:db8:0:0:0:0:0:1"
#define OK "names trusted"

static const struct {
    const char *name;
    const char *san;
    long from, to; /* days from now */
    const char *host;
    const char *ca; /* good, old, none, twice, self */
    const char *names;
    const char *verdict;
} rows[] = {
    {"all well", DNS, -1, 30, "dc1.example.test", "good", NAMES, OK},
    {"other case", DNS, -1, 30, "DC1.Example.Test", "good", NAMES, OK},
    {"address", DNS, -1, 30, "192.0.2.1", "good", NAMES, OK},
    {"address of IPv6", DNS, -1, 30, "2001:db8::1", "good", NAMES, OK},
    {"text around the CA", DNS, -1, 30, "192.0.2.1", "twice", NAMES, OK},
    {"another host", DNS, -1, 30, "dc2.example.test", "good", NAMES, "trusted"},
    {"another address", DNS, -1, 30, "192.0.2.2", "good", NAMES, "trusted"},
    {"an address is no name", "DNS:192.0.2.1", -1, 30, "192.0.2.1", "good",
     "\"192.0.2.1\"", "trusted"},
    {"wildcard", "DNS:*.example.test", -1, 30, "dc1.example.test", "good",
     "\"*.example.test\"", OK},
    {"wildcard of a level above", "DNS:*.test", -1, 30, "dc1.example.test",
     "good", "\"*.test\"", "trusted"},
    {"no names: the subject", NULL, -1, 30, "server", "good", "\"CN=server\"",
     OK},
    {"names of another kind", "email:a@example.test", -1, 30, "x", "good",
     "\"CN=server\"", "trusted"},
    {"hostile name", "DNS:a\x1b[31mb", -1, 30, "x", "good", "\"a%1b[31mb\"",
     "trusted"},
    {"many names",
     "DNS:a,DNS:b,DNS:c,DNS:d,DNS:e,DNS:f,DNS:g,DNS:h,DNS:i,DNS:j,DNS:k,DNS:l",
     -1, 30, "l", "good",
     "\"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\", \"h\", \"i\", \"j\" "
     "and 2 more",
     OK},
    {"expired", DNS, -30, -1, "192.0.2.1", "good", NAMES,
     "names expired trusted"},
    {"ends now", DNS, -30, 0, "192.0.2.1", "good", NAMES,
     "names expired trusted"},
    {"not yet valid", DNS, 1, 30, "192.0.2.1", "good", NAMES,
     "names early trusted"},
    {"unknown CA", DNS, -1, 30, "192.0.2.1", "none", NAMES, "names no-issuer"},
    {"a CA of the same name", DNS, -1, 30, "192.0.2.1", "false", NAMES,
     "names"},
    {"no CA at all", DNS, -1, 30, "192.0.2.1", "", NAMES, "names no-issuer"},
    {"CA expired", DNS, -1, 30, "192.0.2.1", "old", NAMES, "names"},
    {"signed by itself", DNS, -1, 30, "192.0.2.1", "self", NAMES,
     "names own no-issuer"},
    {"signed by itself, and trusted", DNS, -1, 30, "192.0.2.1", "own", NAMES,
     "names own trusted"},
    {"everything at once", DNS, -30, -1, "x", "none", NAMES,
     "expired no-issuer"},
};

static const char *verdict_of(const eas_server_cert *cert)
{
    const char *text = apr_pstrcat(pool, cert->names_host ? "names " : "",
                                   cert->is_expired ? "expired " : "",
                                   cert->is_early ? "early " : "",
                                   cert->is_own_issuer ? "own " : "",
                                   cert->lacks_issuer ? "no-issuer " : "",
                                   cert->distrust ? "" : "trusted ", NULL);
    apr_size_t length = strlen(text);

    return apr_pstrmemdup(pool, text, length ? length - 1 : 0);
}

static void check_row(size_t i, EVP_PKEY *ca_key, EVP_PKEY *other_key)
{
    const int is_own =
        !strcmp(rows[i].ca, "self") || !strcmp(rows[i].ca, "own");
    const int is_old = !strcmp(rows[i].ca, "old");
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *ca = make("CA", NULL, 1, -99, is_old ? -1 : 99, ca_key, NULL, NULL);
    X509 *stranger = make("Stranger", NULL, 1, -99, 99, other_key, NULL, NULL);
    X509 *twin = make("CA", NULL, 1, -99, 99, other_key, NULL, NULL);
    X509 *cert = make("server", rows[i].san, 0, rows[i].from, rows[i].to, key,
                      is_own ? NULL : ca, is_own ? NULL : ca_key);
    eas_server_cert result;
    apr_size_t length;
    const char *der = der_of(cert, &length);
    const char *file = !strcmp(rows[i].ca, "none") || is_own ? pem_of(stranger)
                       : !strcmp(rows[i].ca, "false")        ? pem_of(twin)
                       : !*rows[i].ca                        ? ""
                                                             : pem_of(ca);

    if (!strcmp(rows[i].ca, "own")) {
        file = pem_of(cert);
    }
    if (!strcmp(rows[i].ca, "twice")) {
        file = apr_pstrcat(pool, "# ours\n", pem_of(stranger), "text\n", file,
                           "-----BEGIN", NULL);
    }
    is_int(eas_server_cert_read(der, length, rows[i].host, file, NOW, pool,
                                &result),
           APR_SUCCESS, tap_row(rows[i].name, "read"));
    is_str(result.names, rows[i].names, tap_row(rows[i].name, "names"));
    is_str(verdict_of(&result), rows[i].verdict,
           tap_row(rows[i].name, "verdict"));
    X509_free(ca);
    X509_free(stranger);
    X509_free(twin);
    X509_free(cert);
    EVP_PKEY_free(key);
}

static void check_texts(EVP_PKEY *key)
{
    X509 *cert = make("J\xc3\xbcrgen", NULL, 0, -1, 20, key, NULL, NULL);
    eas_server_cert result = {0};
    apr_size_t length;
    const char *der = der_of(cert, &length);

    eas_server_cert_read(der, length, "x", "", NOW, pool, &result);
    is_str(result.not_before, "2031-01-30 12:00 UTC", "from");
    is_str(result.not_after, "2031-02-20 12:00 UTC", "to");
    is_int(result.days_left, 20, "days left");
    is_str(result.issuer, "\"CN=J\xc3\xbcrgen\"", "issuer");
    result.names = "untouched";
    for (size_t i = 0; i < length; i += 7) {
        is_int(eas_server_cert_read(der, i, "x", "", NOW, pool, &result),
               APR_EINVAL, "cut short");
    }
    is_str(result.names, "untouched", "nothing is touched on failure");
    X509_free(cert);
}

int main(void)
{
    EVP_PKEY *ca_key = EVP_EC_gen("P-256");
    EVP_PKEY *other_key = EVP_EC_gen("P-256");

    apr_initialize();
    apr_pool_create(&pool, NULL);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check_row(i, ca_key, other_key);
    }
    check_texts(ca_key);
    EVP_PKEY_free(ca_key);
    EVP_PKEY_free(other_key);
    apr_pool_destroy(pool);
    apr_terminate();
    return done_testing();
}
