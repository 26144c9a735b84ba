/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_trust.h"

#include <apr_strings.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "eas_x509.h"
#include "eas_x509_name.h"

static apr_status_t trust_free(void *self)
{
    eas_trust *trust = self;

    X509_STORE_free(trust->store);
    return APR_SUCCESS;
}

eas_trust *eas_trust_make(apr_pool_t *pool)
{
    eas_trust *trust = apr_pcalloc(pool, sizeof(*trust));

    trust->store = X509_STORE_new();
    if (!trust->store) {
        ERR_clear_error();
        return NULL;
    }
    apr_pool_cleanup_register(pool, trust, trust_free, apr_pool_cleanup_null);
    trust->cas = apr_array_make(pool, 2, sizeof(X509 *));
    trust->crls = apr_array_make(pool, 2, sizeof(X509_CRL *));
    return trust;
}

/* --- reading files --------------------------------------------------------- */

static int is_root(const X509 *cert)
{
    return X509_NAME_cmp(X509_get_subject_name(cert),
                         X509_get_issuer_name(cert))
           == 0;
}

static apr_status_t crl_free(void *crl)
{
    X509_CRL_free(crl);
    return APR_SUCCESS;
}

/* Beside the reference of the store, which takes none of one that it has. */
static const char *add_ca(eas_trust *trust, X509 *cert, apr_pool_t *pool)
{
    eas_x509_keep(cert, trust->cas->pool);
    if (X509_check_ca(cert) != 1) {
        return apr_psprintf(
            pool,
            "the certificate of %s in it is not that of a CA "
            "(basicConstraints)",
            eas_x509_name_show(X509_get_subject_name(cert), pool));
    }
    if (!X509_STORE_add_cert(trust->store, cert)) {
        return "OpenSSL does not take it";
    }
    APR_ARRAY_PUSH(trust->cas, X509 *) = cert;
    return NULL;
}

static const char *add_crl(eas_trust *trust, X509_CRL *crl)
{
    apr_pool_cleanup_register(trust->crls->pool, crl, crl_free,
                              apr_pool_cleanup_null);
    if (!X509_STORE_add_crl(trust->store, crl)) {
        return "OpenSSL does not take it";
    }
    APR_ARRAY_PUSH(trust->crls, X509_CRL *) = crl;
    return NULL;
}

/* Text around the blocks is left out, and a block of another kind. */
static const char *read_cas(eas_trust *trust, BIO *in, apr_pool_t *pool)
{
    const char *error = NULL;
    X509 *cert;

    while (!error && (cert = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL) {
        error = add_ca(trust, cert, pool);
    }
    return error;
}

static const char *read_crls(eas_trust *trust, BIO *in, apr_pool_t *pool)
{
    const char *error = NULL;
    X509_CRL *crl;

    (void)pool;
    while (!error
           && (crl = PEM_read_bio_X509_CRL(in, NULL, NULL, NULL)) != NULL) {
        error = add_crl(trust, crl);
    }
    return error;
}

static const char *read_file(eas_trust *trust, const char *file,
                             const char *(*read)(eas_trust *trust, BIO *in,
                                                 apr_pool_t *pool),
                             apr_pool_t *pool)
{
    BIO *in;
    const char *error;

    ERR_clear_error();
    in = BIO_new_file(file, "r");
    if (!in) {
        ERR_clear_error();
        return "it cannot be opened";
    }
    error = read(trust, in, pool);
    if (!error && !eas_x509_is_end()) {
        error = "something in it is not PEM, or not what it says it is";
    }
    BIO_free(in);
    ERR_clear_error();
    return error;
}

const char *eas_trust_add_cas(eas_trust *trust, const char *file,
                              apr_pool_t *pool)
{
    const char *error = read_file(trust, file, read_cas, pool);
    int roots = 0;

    if (error) {
        return error;
    }
    for (int i = 0; i < trust->cas->nelts; i++) {
        roots += is_root(APR_ARRAY_IDX(trust->cas, i, X509 *));
    }
    if (!trust->cas->nelts) {
        return "there is no certificate in it";
    }
    return roots ? NULL
                 : "there is no root in it (a certificate whose subject is its "
                   "issuer): add it";
}

const char *eas_trust_add_paths(eas_trust *trust, const char *file,
                                const char *path)
{
    const int done = X509_STORE_load_locations(trust->store, file, path);

    ERR_clear_error();
    return done ? NULL : "OpenSSL cannot read it";
}

const char *eas_trust_add_crls(eas_trust *trust, const char *file,
                               apr_pool_t *pool)
{
    const char *error = read_file(trust, file, read_crls, pool);

    if (!error && !trust->crls->nelts) {
        error = "there is no revocation list in it";
    }
    if (!error
        && !X509_STORE_set_flags(
            trust->store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL)) {
        error = "OpenSSL does not take it";
    }
    return error;
}

/* --- what an administrator should know ------------------------------------- */

static int is_before(const ASN1_TIME *when, apr_time_t date)
{
    time_t now = (time_t)apr_time_sec(date);

    return when && X509_cmp_time(when, &now) < 0;
}

static int is_after(const ASN1_TIME *when, apr_time_t date)
{
    time_t now = (time_t)apr_time_sec(date);

    return X509_cmp_time(when, &now) > 0;
}

static int has_crl(const eas_trust *trust, const X509 *ca)
{
    for (int i = 0; i < trust->crls->nelts; i++) {
        const X509_CRL *crl = APR_ARRAY_IDX(trust->crls, i, X509_CRL *);

        if (!X509_NAME_cmp(X509_CRL_get_issuer(crl),
                           X509_get_subject_name(ca))) {
            return 1;
        }
    }
    return 0;
}

static void tell(apr_array_header_t *found, const char *before,
                 const X509_NAME *name, const char *behind)
{
    APR_ARRAY_PUSH(found, const char *) =
        apr_pstrcat(found->pool, before, " ",
                    eas_x509_name_show(name, found->pool), " ", behind, NULL);
}

static void look_at_ca(const eas_trust *trust, const X509 *ca, apr_time_t date,
                       apr_array_header_t *found)
{
    const X509_NAME *name = X509_get_subject_name(ca);

    if (is_before(X509_get0_notAfter(ca), date)) {
        tell(found, "the certificate of the CA", name, "has expired");
    }
    if (is_after(X509_get0_notBefore(ca), date)) {
        tell(found, "the certificate of the CA", name, "is not valid yet");
    }
    if (trust->crls->nelts && !has_crl(trust, ca)) {
        tell(found, "there is no revocation list of the CA", name,
             "and so nobody with a certificate of it is let in");
    }
}

static void look_at_crl(const X509_CRL *crl, apr_time_t date,
                        apr_array_header_t *found)
{
    const X509_NAME *name = X509_CRL_get_issuer(crl);

    if (is_before(X509_CRL_get0_nextUpdate(crl), date)) {
        tell(found, "the revocation list of", name,
             "has expired, and nobody with a certificate of it is let in");
    }
    if (is_after(X509_CRL_get0_lastUpdate(crl), date)) {
        tell(found, "the revocation list of", name, "is not valid yet");
    }
}

const apr_array_header_t *eas_trust_look(const eas_trust *trust,
                                         apr_time_t date, apr_pool_t *pool)
{
    apr_array_header_t *found = apr_array_make(pool, 1, sizeof(const char *));

    for (int i = 0; i < trust->cas->nelts; i++) {
        look_at_ca(trust, APR_ARRAY_IDX(trust->cas, i, X509 *), date, found);
    }
    for (int i = 0; i < trust->crls->nelts; i++) {
        look_at_crl(APR_ARRAY_IDX(trust->crls, i, X509_CRL *), date, found);
    }
    return found;
}
