/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_peer_cert.h"

#include <strings.h>

#include <apr_file_io.h>
#include <apr_strings.h>

#include "eas_ldap_connect.h"
#include "eas_text.h"

/* A bundle of all public CAs has a fraction of it. */
#define CA_FILE_MAX (16 * 1024 * 1024)

static apr_status_t read_file(const char *path, apr_pool_t *pool,
                              const char **text_out)
{
    apr_file_t *file = NULL;
    apr_finfo_t info;
    apr_size_t length = 0;
    char *text;
    apr_status_t rv = apr_file_open(&file, path, APR_FOPEN_READ, 0, pool);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = apr_file_info_get(&info, APR_FINFO_SIZE, file);
    if (rv == APR_SUCCESS && info.size > CA_FILE_MAX) {
        rv = APR_EINVAL;
    }
    if (rv == APR_SUCCESS) {
        text = apr_pcalloc(pool, (apr_size_t)info.size + 1);
        rv = apr_file_read_full(file, text, (apr_size_t)info.size, &length);
    }
    apr_file_close(file);
    if (rv == APR_SUCCESS) {
        *text_out = text;
    }
    return rv;
}

apr_status_t eas_ldap_peer_cert_read(LDAP *ld,
                                     const eas_ldap_settings *settings,
                                     const eas_ldap_host *host,
                                     apr_pool_t *pool,
                                     eas_server_cert *cert_out)
{
    struct berval der = {0, NULL};
    const char *ca = "";
    apr_status_t rv = APR_SUCCESS;

    if (settings->ca_file) {
        rv = read_file(settings->ca_file, pool, &ca);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (ldap_get_option(ld, LDAP_OPT_X_TLS_PEERCERT, &der) != LDAP_OPT_SUCCESS
        || !der.bv_val) {
        return APR_NOTFOUND;
    }
    rv = eas_server_cert_read(der.bv_val, der.bv_len, host->name, ca,
                              apr_time_now(), pool, cert_out);
    ldap_memfree(der.bv_val);
    return rv;
}

/* Several faults of one certificate, and what helps against each. */
typedef struct faults {
    apr_pool_t *pool;
    const char *text;
    const char *remedy;
} faults;

static void add_fault(faults *found, const char *text, const char *remedy)
{
    const char *link = *found->text ? "; " : "";

    found->text = apr_pstrcat(found->pool, found->text, link, text, NULL);
    found->remedy = apr_pstrcat(found->pool, found->remedy, link, remedy, NULL);
}

static void judge_name(faults *found, const eas_server_cert *cert,
                       const char *host, const char *source)
{
    apr_pool_t *pool = found->pool;

    if (cert->names_host) {
        return;
    }
    add_fault(found,
              apr_psprintf(pool, "its certificate is for %s, not for %s",
                           cert->names, eas_text_quote(host, pool)),
              apr_psprintf(pool,
                           "write the host in %s as the certificate "
                           "names it, or give the server one that names %s",
                           source, eas_text_quote(host, pool)));
}

static const char *now_text(apr_pool_t *pool)
{
    apr_time_exp_t now;

    apr_time_exp_gmt(&now, apr_time_now());
    return apr_psprintf(pool, "%04d-%02d-%02d %02d:%02d UTC",
                        now.tm_year + 1900, now.tm_mon + 1, now.tm_mday,
                        now.tm_hour, now.tm_min);
}

static void judge_dates(faults *found, const eas_server_cert *cert)
{
    apr_pool_t *pool = found->pool;

    if (cert->is_expired) {
        add_fault(found,
                  apr_psprintf(pool, "its certificate expired on %s",
                               cert->not_after),
                  "renew the server's certificate");
    }
    if (cert->is_early) {
        add_fault(found,
                  apr_psprintf(pool, "its certificate is not valid before %s",
                               cert->not_before),
                  apr_psprintf(pool,
                               "set this machine's clock, which says %s, or "
                               "the clock of whoever signed it",
                               now_text(pool)));
    }
}

static void judge_issuer(faults *found, const eas_server_cert *cert,
                         const char *ca_file)
{
    apr_pool_t *pool = found->pool;
    const char *remedy = apr_psprintf(
        pool,
        "put that CA's certificate into the file of EASAuthLDAPTrustedCA; "
        "where %s holds the root above it, let the server send the "
        "certificates between as well",
        ca_file);

    if (!cert->distrust) {
        return;
    }
    if (!cert->lacks_issuer) {
        add_fault(found,
                  apr_psprintf(pool,
                               "its certificate, signed by %s, leads to "
                               "no CA of %s: %s",
                               cert->issuer, ca_file, cert->distrust),
                  "renew it, or the CA's certificate in that file");
    }
    else if (cert->is_own_issuer) {
        add_fault(found,
                  apr_psprintf(pool,
                               "its certificate %s is signed by itself "
                               "and not in %s",
                               cert->subject, ca_file),
                  "have the server's certificate signed by a CA, or name it "
                  "with EASAuthLDAPTrustedCA");
    }
    else {
        add_fault(found,
                  apr_psprintf(pool,
                               "its certificate is signed by %s, which "
                               "is not in %s",
                               cert->issuer, ca_file),
                  remedy);
    }
}

/* A certificate for it is refused, since libldap compares with the name of
 * the machine instead. */
static void judge_localhost(faults *found, const char *host)
{
    if (!*found->text && !strcasecmp(host, "localhost")) {
        add_fault(found,
                  "libldap takes \"localhost\" for this machine's own "
                  "name, which its certificate does not hold",
                  "write that name or 127.0.0.1 in EASAuthLDAPURL, and have "
                  "the certificate name it");
    }
}

/* The certificate over a connection that does not check it. */
static apr_status_t fetch(const eas_ldap_settings *settings,
                          const eas_ldap_host *host,
                          eas_ldap_resolver *resolver, eas_moment deadline,
                          apr_pool_t *pool, eas_server_cert *cert_out)
{
    eas_ldap_settings *open = apr_pmemdup(pool, settings, sizeof(*open));
    const char *ignored = NULL;
    eas_ldap_io *io = apr_pcalloc(pool, sizeof(*io));
    LDAP *ld = NULL;
    apr_status_t rv;

    /* Nothing on this connection may have the password at hand. */
    open->verify = 0;
    open->bind_dn = NULL;
    open->bind_password = NULL;
    if (eas_ldap_connect(eas_ldap_tls_make(open, pool), host, resolver,
                         deadline, pool, io, &ld, &ignored)
        != EAS_REASON_NONE) {
        return APR_NOTFOUND;
    }
    rv = eas_ldap_peer_cert_read(ld, settings, host, pool, cert_out);
    eas_ldap_connect_close(ld);
    return rv;
}

int eas_ldap_peer_cert_explain(const eas_ldap_settings *settings,
                               const eas_ldap_host *host,
                               eas_ldap_resolver *resolver, eas_moment deadline,
                               apr_pool_t *pool, const char **text_out,
                               const char **remedy_out)
{
    faults found = {pool, "", ""};
    eas_server_cert cert;

    if (!settings->verify
        || fetch(settings, host, resolver, deadline, pool, &cert)
               != APR_SUCCESS) {
        return 0;
    }
    judge_name(&found, &cert, host->name, eas_ldap_url_source(&settings->url));
    judge_dates(&found, &cert);
    judge_issuer(&found, &cert, settings->ca_file);
    judge_localhost(&found, host->name);
    if (!*found.text) {
        return 0;
    }
    *text_out = found.text;
    *remedy_out = found.remedy;
    return 1;
}
