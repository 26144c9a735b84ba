/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_cert_check.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include <openssl/err.h>
#include <openssl/objects.h>

#include "eas_text.h"

#define CLIENT_AUTH "1.3.6.1.5.5.7.3.2"
#define SMARTCARD_LOGON "1.3.6.1.4.1.311.20.2.2"

static int has(const apr_array_header_t *list, const char *text)
{
    for (int i = 0; i < list->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(list, i, const char *), text)) {
            return 1;
        }
    }
    return 0;
}

/* An OID as it is compared, or NULL for what is none.  One that does not fit
 * is not what was written. */
static const char *read_oid(const char *word, apr_pool_t *pool)
{
    char text[128];
    ASN1_OBJECT *object = apr_isdigit(*word) ? OBJ_txt2obj(word, 1) : NULL;
    const int length = object ? OBJ_obj2txt(text, sizeof(text), object, 1) : 0;

    ASN1_OBJECT_free(object);
    ERR_clear_error();
    return length > 0 && !strcmp(text, word) ? apr_pstrdup(pool, text) : NULL;
}

static const char *read_eku(const char *word, apr_pool_t *pool)
{
    if (!apr_cstr_casecmp(word, "clientAuth")) {
        return CLIENT_AUTH;
    }
    return apr_cstr_casecmp(word, "smartcardLogon") ? read_oid(word, pool)
                                                    : SMARTCARD_LOGON;
}

const char *eas_cert_eku_add(eas_cert_demands *demands, const char *word,
                             apr_pool_t *pool)
{
    const int is_any = !apr_cstr_casecmp(word, "any");
    const char *oid = is_any ? NULL : read_eku(word, pool);

    if (!is_any && !oid) {
        return "it is clientAuth, smartcardLogon, any, or an OID in dotted "
               "form such as " CLIENT_AUTH;
    }
    if (demands->eku && (is_any || !demands->eku->nelts)) {
        return "any stands alone: it drops every other demand";
    }
    if (!demands->eku) {
        demands->eku = apr_array_make(pool, 2, sizeof(const char *));
    }
    if (oid && !has(demands->eku, oid)) {
        APR_ARRAY_PUSH(demands->eku, const char *) = oid;
    }
    return NULL;
}

const char *eas_cert_issuer_add(eas_cert_demands *demands, const char *word,
                                apr_pool_t *pool)
{
    eas_cert_issuer issuer;
    const char *error = eas_cert_issuer_read(word, pool, &issuer);

    if (error) {
        return error;
    }
    if (!demands->issuers) {
        demands->issuers = apr_array_make(pool, 2, sizeof(eas_cert_issuer));
    }
    APR_ARRAY_PUSH(demands->issuers, eas_cert_issuer) = issuer;
    return NULL;
}

static const char *show_date(apr_time_t date, apr_pool_t *pool)
{
    apr_time_exp_t tm;

    if (apr_time_exp_gmt(&tm, date)) {
        return "a date nobody can read";
    }
    return apr_psprintf(pool, "%04d-%02d-%02d %02d:%02d:%02d UTC",
                        tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                        tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static const char *judge_dates(const eas_cert *cert, apr_time_t date,
                               apr_pool_t *pool)
{
    if (date < cert->not_before) {
        return apr_psprintf(pool, "not valid before %s",
                            show_date(cert->not_before, pool));
    }
    return date < cert->not_after
               ? NULL
               : apr_psprintf(pool, "expired %s",
                              show_date(cert->not_after, pool));
}

static const char *judge_eku(const apr_array_header_t *demanded,
                             const eas_cert *cert, apr_pool_t *pool)
{
    if (!cert->has_eku) {
        return "no extended key usage";
    }
    for (int i = 0; i < demanded->nelts; i++) {
        if (has(cert->eku, APR_ARRAY_IDX(demanded, i, const char *))) {
            return NULL;
        }
    }
    return apr_psprintf(
        pool, "extended key usage %s",
        eas_text_quote(apr_array_pstrcat(pool, cert->eku, ' '), pool));
}

static const char *judge_usage(const eas_cert_demands *demands,
                               const eas_cert *cert, apr_pool_t *pool)
{
    const char *client_auth = CLIENT_AUTH;
    /* A list of one, made on the spot. */
    const apr_array_header_t only = {pool, (int)sizeof(client_auth), 1, 1,
                                     (char *)&client_auth};
    const apr_array_header_t *eku =
        demands && demands->eku ? demands->eku : &only;

    if (cert->is_ca) {
        return "the certificate of a CA";
    }
    if (cert->has_key_usage && !cert->signs) {
        return "key usage without digitalSignature";
    }
    return eku->nelts ? judge_eku(eku, cert, pool) : NULL;
}

static const char *judge_issuer(const eas_cert_demands *demands,
                                const eas_cert *cert,
                                const apr_array_header_t *chain,
                                apr_pool_t *pool)
{
    const apr_array_header_t *issuers = demands ? demands->issuers : NULL;
    int wants_chain = 0;

    for (int i = 0; issuers && i < issuers->nelts; i++) {
        const eas_cert_issuer *issuer =
            &APR_ARRAY_IDX(issuers, i, eas_cert_issuer);

        if (eas_cert_issuer_has_issued(issuer, cert->x509, chain)) {
            return NULL;
        }
        wants_chain |= issuer->spki_sha256 != NULL;
    }
    if (!issuers) {
        return NULL;
    }
    return apr_psprintf(pool, "issued by %s%s",
                        eas_text_quote(cert->issuer, pool),
                        wants_chain && !(chain && chain->nelts)
                            ? ", whose certificate is not at hand to compare "
                              "its key"
                            : "");
}

eas_reason eas_cert_check(const eas_cert_demands *demands, const eas_cert *cert,
                          const apr_array_header_t *chain, apr_time_t date,
                          apr_pool_t *pool, const char **detail_out)
{
    eas_reason reason = EAS_CERT_DATES;
    const char *detail = judge_dates(cert, date, pool);

    if (!detail) {
        reason = EAS_CERT_USAGE;
        detail = judge_usage(demands, cert, pool);
    }
    if (!detail) {
        reason = EAS_CERT_ISSUER;
        detail = judge_issuer(demands, cert, chain, pool);
    }
    if (!detail) {
        return EAS_REASON_NONE;
    }
    *detail_out = detail;
    return reason;
}
