/* SPDX-License-Identifier: Apache-2.0 */
/* CAs are made here: root - inner - client, and what is wrong with each. */
#include "eas_chain.h"

#include <apr_file_io.h>
#include <apr_general.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "eas_client_cert.h"
#include "eas_reason.h"
#include "eas_x509_name.h"
#include "tap.h"

/* 2031-01-31 12:00:00 UTC */
#define NOW ((apr_time_t)1927627200 * APR_USEC_PER_SEC)
#define DAY 86400L

static apr_pool_t *pool;
static EVP_PKEY *root_key, *inner_key, *deep_key, *other_key, *client_key;

/* --- making certificates --------------------------------------------------- */

typedef struct order {
    const char *cn;
    long serial;
    const char *basic; /* basicConstraints, or NULL */
    const char *usage; /* keyUsage, or NULL */
    const char *eku;   /* extendedKeyUsage, or NULL */
    long from, to;     /* days from NOW */
    const EVP_MD *hash;
} order;

static void extend(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION *extension;

    if (value) {
        extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
        X509_add_ext(cert, extension, -1);
        X509_EXTENSION_free(extension);
    }
}

static X509 *make(const order *o, EVP_PKEY *key, const X509 *issuer,
                  EVP_PKEY *issuer_key)
{
    const time_t now = (time_t)(NOW / APR_USEC_PER_SEC);
    X509 *cert = X509_new();
    X509_NAME *name = X509_get_subject_name(cert);

    X509_set_version(cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), o->serial);
    ASN1_TIME_set(X509_getm_notBefore(cert), now + o->from * DAY);
    ASN1_TIME_set(X509_getm_notAfter(cert), now + o->to * DAY);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                               (const unsigned char *)o->cn, -1, -1, 0);
    X509_set_issuer_name(cert, issuer ? X509_get_subject_name(issuer) : name);
    X509_set_pubkey(cert, key);
    extend(cert, NID_basic_constraints, o->basic);
    extend(cert, NID_key_usage, o->usage);
    extend(cert, NID_ext_key_usage, o->eku);
    X509_sign(cert, issuer_key, o->hash ? o->hash : EVP_sha256());
    return cert;
}

static X509 *make_ca(const char *cn, const char *basic, long to, EVP_PKEY *key,
                     const X509 *issuer, EVP_PKEY *issuer_key)
{
    const order o = {cn,   7,    basic, "critical,keyCertSign,cRLSign",
                     NULL, -100, to,    NULL};

    return make(&o, key, issuer, issuer_key);
}

static X509 *make_client(long serial, const char *eku, long from, long to,
                         const EVP_MD *hash, const X509 *issuer,
                         EVP_PKEY *issuer_key)
{
    const order o = {"alice",
                     serial,
                     "critical,CA:FALSE",
                     "critical,digitalSignature",
                     eku,
                     from,
                     to,
                     hash};

    return make(&o, client_key, issuer, issuer_key);
}

/* A list that revokes one serial number, or 0 for none. */
static X509_CRL *make_crl(const X509 *ca, EVP_PKEY *key, long serial, long from,
                          long to)
{
    const time_t now = (time_t)(NOW / APR_USEC_PER_SEC);
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *when = ASN1_TIME_set(NULL, now + from * DAY);
    X509_REVOKED *revoked;
    ASN1_INTEGER *number;

    X509_CRL_set_version(crl, 1);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca));
    X509_CRL_set1_lastUpdate(crl, when);
    if (serial) {
        revoked = X509_REVOKED_new();
        number = ASN1_INTEGER_new();
        ASN1_INTEGER_set(number, serial);
        X509_REVOKED_set_serialNumber(revoked, number);
        X509_REVOKED_set_revocationDate(revoked, when);
        X509_CRL_add0_revoked(crl, revoked);
        ASN1_INTEGER_free(number);
    }
    ASN1_TIME_set(when, now + to * DAY);
    X509_CRL_set1_nextUpdate(crl, when);
    ASN1_TIME_free(when);
    X509_CRL_sign(crl, key, EVP_sha256());
    return crl;
}

/* --- files ----------------------------------------------------------------- */

static const char *file_of(const char *bytes, apr_size_t length)
{
    const char *dir = NULL;
    apr_file_t *file = NULL;
    char *path;

    apr_temp_dir_get(&dir, pool);
    path = apr_pstrcat(pool, dir, "/eas-chain-XXXXXX", NULL);
    if (apr_file_mktemp(&file, path, 0, pool) != APR_SUCCESS) {
        return "no temporary file";
    }
    apr_file_write_full(file, bytes, length, NULL);
    apr_file_flush(file); /* it is gone with the pool */
    return path;
}

static const char *text_file(const char *text)
{
    return file_of(text, strlen(text));
}

static const char *pem_of(BIO *out)
{
    char *text = NULL;
    long length = BIO_get_mem_data(out, &text);
    const char *pem = apr_pstrmemdup(pool, text, (apr_size_t)length);

    BIO_free(out);
    return pem;
}

static const char *pem(X509 *cert)
{
    BIO *out = BIO_new(BIO_s_mem());

    PEM_write_bio_X509(out, cert);
    return pem_of(out);
}

/* Takes it. */
static const char *crl_pem(X509_CRL *crl)
{
    BIO *out = BIO_new(BIO_s_mem());

    PEM_write_bio_X509_CRL(out, crl);
    X509_CRL_free(crl);
    return pem_of(out);
}

static eas_trust *trust_of(const char *cas, const char *crls)
{
    eas_trust *trust = eas_trust_make(pool);
    const char *error = eas_trust_add_cas(trust, text_file(cas), pool);

    if (!error && crls) {
        error = eas_trust_add_crls(trust, text_file(crls), pool);
    }
    if (error) {
        ok(0, error);
    }
    return trust;
}

/* --- verifying ------------------------------------------------------------- */

/* What is above the certificate; or the reason, and OpenSSL's number: its words
 * are another version's business. */
static const char *verdict(const eas_trust *trust, X509 *cert, X509 *with1,
                           X509 *with2, apr_time_t date)
{
    apr_array_header_t *with = apr_array_make(pool, 2, sizeof(X509 *));
    const apr_array_header_t *verified = NULL;
    const char *detail = NULL;
    eas_reason reason;
    const char *text;

    if (with1) {
        APR_ARRAY_PUSH(with, X509 *) = with1;
    }
    if (with2) {
        APR_ARRAY_PUSH(with, X509 *) = with2;
    }
    reason = eas_chain_verify(trust, cert, with1 ? with : NULL, date, pool,
                              &verified, &detail);
    if (reason != EAS_REASON_NONE) {
        return verified || !detail
                   ? "touched"
                   : apr_pstrcat(pool, eas_reason_name(reason), ": ",
                                 strchr(detail, '('), NULL);
    }
    text = detail ? "touched" : "good:";
    for (int i = 0; i < verified->nelts; i++) {
        text = apr_pstrcat(
            pool, text, " ",
            eas_x509_name_show(
                X509_get_subject_name(APR_ARRAY_IDX(verified, i, X509 *)),
                pool),
            NULL);
    }
    return text;
}

#define NO(what) "certificate-not-verified: " what

/* What the rows are about. */
static X509 *root, *inner, *old_inner, *deep, *other, *no_ca, *last;
static X509 *client, *direct, *late, *early, *foreign, *self, *server_only,
    *any, *weak, *below_no_ca, *below_last, *below_deep, *below_old, *forged;

static void make_all(void)
{
    static const char *const web = "clientAuth";
    const order no_basic = {"no ca", 8, NULL, NULL, NULL, -100, 100, NULL};

    root = make_ca("root", "critical,CA:TRUE", 1000, root_key, NULL, root_key);
    inner =
        make_ca("inner", "critical,CA:TRUE", 500, inner_key, root, root_key);
    old_inner =
        make_ca("inner", "critical,CA:TRUE", -1, inner_key, root, root_key);
    last = make_ca("last", "critical,CA:TRUE,pathlen:0", 500, inner_key, root,
                   root_key);
    deep = make_ca("deep", "critical,CA:TRUE", 500, deep_key, last, inner_key);
    no_ca = make(&no_basic, deep_key, root, root_key);
    other =
        make_ca("other", "critical,CA:TRUE", 1000, other_key, NULL, other_key);
    client = make_client(100, web, -1, 30, NULL, inner, inner_key);
    direct = make_client(101, web, -1, 30, NULL, root, root_key);
    late = make_client(102, web, -30, -1, NULL, inner, inner_key);
    early = make_client(103, web, 1, 30, NULL, inner, inner_key);
    foreign = make_client(104, web, -1, 30, NULL, other, other_key);
    self = make_client(105, web, -1, 30, NULL, NULL, client_key);
    server_only =
        make_client(106, "serverAuth", -1, 30, NULL, inner, inner_key);
    any = make_client(107, NULL, -1, 30, NULL, inner, inner_key);
    weak = make_client(108, web, -1, 30, EVP_sha1(), inner, inner_key);
    below_no_ca = make_client(109, web, -1, 30, NULL, no_ca, deep_key);
    below_last = make_client(110, web, -1, 30, NULL, last, inner_key);
    below_deep = make_client(111, web, -1, 30, NULL, deep, deep_key);
    below_old = make_client(112, web, -1, 30, NULL, old_inner, inner_key);
    forged = make_client(113, web, -1, 30, NULL, inner, other_key);
}

static void test_chains(void)
{
    const eas_trust *trust = trust_of(pem(root), NULL);
    const eas_trust *both =
        trust_of(apr_pstrcat(pool, pem(root), pem(inner), NULL), NULL);
    const eas_trust *none = eas_trust_make(pool);
    const struct {
        const char *name;
        const eas_trust *trust;
        X509 *cert, *with1, *with2;
        const char *expected;
    } rows[] = {
        {"of the root", trust, direct, NULL, NULL, "good: \"CN=root\""},
        {"of the CA below, which came with it", trust, client, inner, NULL,
         "good: \"CN=inner\" \"CN=root\""},
        {"of the CA below, which is in the file", both, client, NULL, NULL,
         "good: \"CN=inner\" \"CN=root\""},
        {"the root came as well", trust, client, root, inner,
         "good: \"CN=inner\" \"CN=root\""},
        {"strangers came as well", trust, client, other, inner,
         "good: \"CN=inner\" \"CN=root\""},
        {"without the CA below", trust, client, NULL, NULL,
         NO("(20, at depth 0, of \"CN=alice\")")},
        {"of another CA", trust, foreign, NULL, NULL,
         NO("(20, at depth 0, of \"CN=alice\")")},
        {"of another CA, which came with it", trust, foreign, other, NULL,
         NO("(19, at depth 1, of \"CN=other\")")},
        {"self-signed", trust, self, NULL, NULL,
         NO("(18, at depth 0, of \"CN=alice\")")},
        {"self-signed, and came twice", trust, self, self, NULL,
         NO("(18, at depth 0, of \"CN=alice\")")},
        {"with the signature of another key", trust, forged, inner, NULL,
         NO("(7, at depth 0, of \"CN=alice\")")},
        {"expired", trust, late, inner, NULL,
         "certificate-dates: (10, at depth 0, of \"CN=alice\")"},
        {"not valid yet", trust, early, inner, NULL,
         "certificate-dates: (9, at depth 0, of \"CN=alice\")"},
        {"of a CA that has expired", trust, below_old, old_inner, NULL,
         NO("(10, at depth 1, of \"CN=inner\")")},
        {"for servers alone", trust, server_only, inner, NULL,
         NO("(26, at depth 0, of \"CN=alice\")")},
        {"for anything", trust, any, inner, NULL,
         "good: \"CN=inner\" \"CN=root\""},
        {"signed with SHA-1", trust, weak, inner, NULL,
         NO("(68, at depth 0, of \"CN=alice\")")},
        {"of who is no CA", trust, below_no_ca, no_ca, NULL,
         NO("(79, at depth 1, of \"CN=no ca\")")},
        {"of a CA that may have none below", trust, below_last, last, NULL,
         "good: \"CN=last\" \"CN=root\""},
        {"of a CA below that one", trust, below_deep, deep, last,
         NO("(25, at depth 2, of \"CN=last\")")},
        {"a trusted CA itself", trust, root, NULL, NULL,
         NO("(26, at depth 0, of \"CN=root\")")},
        {"where nothing is trusted", none, direct, root, NULL,
         NO("(19, at depth 1, of \"CN=root\")")},
    };

    for (apr_size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        is_str(verdict(rows[i].trust, rows[i].cert, rows[i].with1,
                       rows[i].with2, NOW),
               rows[i].expected, rows[i].name);
    }
    is_str(verdict(trust, late, inner, NULL,
                   NOW - 10 * 86400 * (apr_time_t)1000000),
           "good: \"CN=inner\" \"CN=root\"", "the caller's day counts");
}

static void test_crls(void)
{
    const char *cas = apr_pstrcat(pool, pem(root), pem(inner), NULL);
    const char *of_root = crl_pem(make_crl(root, root_key, 0, -2, 10));
    const char *of_inner = crl_pem(make_crl(inner, inner_key, 999, -2, 10));
    const char *revokes = crl_pem(make_crl(inner, inner_key, 100, -2, 10));
    const char *no_inner = crl_pem(make_crl(root, root_key, 7, -2, 10));
    const char *expired = crl_pem(make_crl(inner, inner_key, 0, -9, -1));
    const char *early_list = crl_pem(make_crl(inner, inner_key, 0, 1, 10));
    const char *forged_list = crl_pem(make_crl(inner, other_key, 0, -2, 10));
    const struct {
        const char *name;
        const char *lists[2];
        const char *expected;
    } rows[] = {
        {"lists of both CAs",
         {of_root, of_inner},
         "good: \"CN=inner\" \"CN=root\""},
        {"it is revoked",
         {of_root, revokes},
         NO("(23, at depth 0, of \"CN=alice\")")},
        {"its CA is revoked",
         {no_inner, of_inner},
         NO("(23, at depth 1, of \"CN=inner\")")},
        {"no list of its CA",
         {of_root, ""},
         NO("(3, at depth 0, of \"CN=alice\")")},
        {"no list of the root",
         {of_inner, ""},
         NO("(3, at depth 1, of \"CN=inner\")")},
        {"an expired list",
         {of_root, expired},
         NO("(12, at depth 0, of \"CN=alice\")")},
        {"a list of tomorrow",
         {of_root, early_list},
         NO("(11, at depth 0, of \"CN=alice\")")},
        {"a list that its CA has not signed",
         {of_root, forged_list},
         NO("(8, at depth 0, of \"CN=alice\")")},
    };

    for (apr_size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const eas_trust *trust = trust_of(
            cas, apr_pstrcat(pool, rows[i].lists[0], rows[i].lists[1], NULL));

        is_str(verdict(trust, client, NULL, NULL, NOW), rows[i].expected,
               tap_row("CRL", rows[i].name));
    }
}

/* --- reading --------------------------------------------------------------- */

static const char *add(const char *(*how)(eas_trust *trust, const char *file,
                                          apr_pool_t *to),
                       const char *text)
{
    const char *error = how(eas_trust_make(pool), text_file(text), pool);

    return error ? error : "taken";
}

static void test_files(void)
{
    const char *list = crl_pem(make_crl(root, root_key, 0, -2, 10));
    const char *good = pem(root);
    char *broken = apr_pstrdup(pool, good);

    memset(strchr(broken, '\n') + 40, '?', 4);
    is_str(add(eas_trust_add_cas, good), "taken", "CA: one root");
    is_str(add(eas_trust_add_cas, apr_pstrcat(pool, good, good, NULL)), "taken",
           "CA: a root twice");
    is_str(add(eas_trust_add_cas,
               apr_pstrcat(pool, "text\n", pem(inner), "and\n", good, NULL)),
           "taken", "CA: text around them");
    is_str(add(eas_trust_add_cas, ""), "there is no certificate in it",
           "CA: an empty file");
    is_str(add(eas_trust_add_cas, list), "there is no certificate in it",
           "CA: a list alone");
    is_str(add(eas_trust_add_cas, pem(inner)),
           "there is no root in it (a certificate whose subject is its "
           "issuer): add it",
           "CA: no root");
    is_str(add(eas_trust_add_cas, pem(client)),
           "the certificate of \"CN=alice\" in it is not that of a CA "
           "(basicConstraints)",
           "CA: a client's");
    is_str(add(eas_trust_add_cas, apr_pstrcat(pool, good, broken, NULL)),
           "something in it is not PEM, or not what it says it is",
           "CA: the second one is damaged");
    is_str(eas_trust_add_cas(eas_trust_make(pool), "/nowhere/at/all", pool),
           "it cannot be opened", "CA: no file");
    is_str(add(eas_trust_add_crls, list), "taken", "CRL: one");
    is_str(add(eas_trust_add_crls, good), "there is no revocation list in it",
           "CRL: a certificate alone");
    is_str(eas_trust_add_crls(eas_trust_make(pool), "/nowhere/at/all", pool),
           "it cannot be opened", "CRL: no file");
}

static const char *look(const char *cas, const char *crls, apr_time_t date)
{
    return apr_array_pstrcat(
        pool, eas_trust_look(trust_of(cas, crls), date, pool), '|');
}

static void test_look(void)
{
    const char *both = apr_pstrcat(pool, pem(root), pem(inner), NULL);
    const char *of_root = crl_pem(make_crl(root, root_key, 0, -2, 10));
    const apr_time_t day = (apr_time_t)86400 * APR_USEC_PER_SEC;

    is_str(look(both, NULL, NOW), "", "nothing to tell");
    is_str(look(both, of_root, NOW),
           "there is no revocation list of the CA \"CN=inner\" and so nobody "
           "with a certificate of it is let in",
           "a list is missing");
    is_str(look(pem(root), of_root, NOW + 11 * day),
           "the revocation list of \"CN=root\" has expired, and nobody with a "
           "certificate of it is let in",
           "a list has expired");
    is_str(look(pem(root), of_root, NOW - 11 * day),
           "the revocation list of \"CN=root\" is not valid yet",
           "a list is of tomorrow");
    is_str(look(both, NULL, NOW + 600 * day),
           "the certificate of the CA \"CN=inner\" has expired",
           "a CA has expired");
    is_str(look(pem(root), NULL, NOW - 101 * day),
           "the certificate of the CA \"CN=root\" is not valid yet",
           "a CA is of tomorrow");
}

static eas_der der_of(X509 *cert, int more)
{
    unsigned char *made = NULL;
    int length = i2d_X509(cert, &made);
    unsigned char *bytes = apr_pcalloc(pool, (apr_size_t)length + 1);
    eas_der der = {bytes, (apr_size_t)(length + more)};

    memcpy(bytes, made, (apr_size_t)length);
    OPENSSL_free(made);
    return der;
}

static void test_read(void)
{
    apr_array_header_t *ders = apr_array_make(pool, 2, sizeof(eas_der));
    const apr_array_header_t *certs = NULL;

    ok(eas_chain_read(ders, pool, &certs) == 0 && certs && !certs->nelts,
       "read: none");
    APR_ARRAY_PUSH(ders, eas_der) = der_of(inner, 0);
    APR_ARRAY_PUSH(ders, eas_der) = der_of(root, 0);
    ok(eas_chain_read(ders, pool, &certs) == 0 && certs->nelts == 2
           && !X509_cmp(APR_ARRAY_IDX(certs, 0, X509 *), inner),
       "read: two, in their order");
    certs = NULL;
    APR_ARRAY_IDX(ders, 1, eas_der) = der_of(root, 1);
    ok(eas_chain_read(ders, pool, &certs) == 2 && !certs,
       "read: a byte behind the second");
    APR_ARRAY_IDX(ders, 0, eas_der) = der_of(root, -1);
    ok(eas_chain_read(ders, pool, &certs) == 1 && !certs,
       "read: a byte less of the first");
}

/* --- threads --------------------------------------------------------------- */

static const eas_trust *common;

static void *APR_THREAD_FUNC verify_often(apr_thread_t *thread, void *bad)
{
    apr_pool_t *own;

    (void)thread;
    apr_pool_create(&own, NULL);
    for (int i = 0; i < 200; i++) {
        const apr_array_header_t *verified = NULL;
        const char *detail = NULL;
        X509 *cert = i % 2 ? client : foreign;
        eas_reason reason =
            eas_chain_verify(common, cert, NULL, NOW, own, &verified, &detail);

        *(int *)bad +=
            reason != (i % 2 ? EAS_REASON_NONE : EAS_CERT_NOT_VERIFIED);
        apr_pool_clear(own);
    }
    apr_pool_destroy(own);
    return NULL;
}

static void test_threads(void)
{
    enum { THREADS = 4 };
    apr_thread_t *threads[THREADS];
    int bad[THREADS] = {0};
    apr_status_t rv;
    int sum = 0;

    common = trust_of(apr_pstrcat(pool, pem(root), pem(inner), NULL), NULL);
    for (int i = 0; i < THREADS; i++) {
        apr_thread_create(&threads[i], NULL, verify_often, &bad[i], pool);
    }
    for (int i = 0; i < THREADS; i++) {
        apr_thread_join(&rv, threads[i]);
        sum += bad[i];
    }
    is_int(sum, 0, "four threads at one");
}

int main(void)
{
    EVP_PKEY **keys[] = {&root_key, &inner_key, &deep_key, &other_key,
                         &client_key};

    apr_initialize();
    apr_pool_create(&pool, NULL);
    for (apr_size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        *keys[i] = EVP_EC_gen("P-256");
    }
    make_all();
    test_chains();
    test_crls();
    test_files();
    test_look();
    test_read();
    test_threads();
    apr_pool_destroy(pool);
    return done_testing();
}
