/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_fingerprint.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/evp.h>

/* Its length in front keeps a text from passing for two; NULL is no text. */
static const char *part(const char *text, apr_pool_t *pool)
{
    return text ? apr_psprintf(pool, "%" APR_SIZE_T_FMT ":%s,", strlen(text),
                               text)
                : "-,";
}

static const char *words_part(const apr_array_header_t *words, apr_pool_t *pool)
{
    const char *parts = "";

    for (int i = 0; words && i < words->nelts; i++) {
        parts = apr_pstrcat(pool, parts,
                            part(APR_ARRAY_IDX(words, i, const char *), pool),
                            NULL);
    }
    return part(parts, pool);
}

static const char *url_part(const eas_ldap_url *url, apr_pool_t *pool)
{
    const char *hosts = "";

    for (int i = 0; url->hosts && i < url->hosts->nelts; i++) {
        hosts = apr_pstrcat(
            pool, hosts,
            part(APR_ARRAY_IDX(url->hosts, i, eas_ldap_host).uri, pool), NULL);
    }
    return apr_pstrcat(pool, apr_itoa(pool, url->ldaps), ",", part(hosts, pool),
                       part(url->srv_domain, pool), part(url->base, pool),
                       apr_itoa(pool, url->scope), ",", part(url->filter, pool),
                       NULL);
}

/* Bytes of a fingerprint. */
enum { FINGERPRINT = 16 };

static const char *all_parts(const eas_ldap_settings *settings,
                             apr_pool_t *pool)
{
    const eas_template *direct = settings->bind_template;

    return apr_pstrcat(
        pool, part(settings->provider, pool), url_part(&settings->url, pool),
        apr_psprintf(pool, "%d,%d,%d,%d,", settings->type, settings->starttls,
                     settings->verify, settings->domains.any),
        part(settings->ca_file, pool), part(settings->bind_dn, pool),
        part(settings->group_base, pool),
        part(direct ? eas_template_text(direct) : NULL, pool),
        words_part(settings->login.user, pool),
        words_part(settings->login.upn, pool),
        words_part(settings->login.mail, pool),
        words_part(settings->domains.names, pool), NULL);
}

/* Short, since it is part of what is looked up for each request. */
const char *eas_ldap_fingerprint(const eas_ldap_settings *settings,
                                 apr_pool_t *pool)
{
    const char *text = all_parts(settings, pool);
    unsigned char sum[EVP_MAX_MD_SIZE];
    char *shown = apr_palloc(pool, 2 * FINGERPRINT + 1);

    /* Nothing of it is secret, and the whole does as well. */
    if (EVP_Digest(text, strlen(text), sum, NULL, EVP_sha256(), NULL) != 1) {
        return text;
    }
    for (int i = 0; i < FINGERPRINT; i++) {
        apr_snprintf(shown + 2 * i, 3, "%02x", sum[i]);
    }
    return shown;
}
