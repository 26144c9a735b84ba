/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_probe.h"

#include <netdb.h>
#include <string.h>

#include <apr_strings.h>

#include "eas_clock.h"
#include "eas_ldap_bind.h"
#include "eas_ldap_connect.h"
#include "eas_ldap_discovery.h"
#include "eas_ldap_lockout.h"
#include "eas_ldap_peer_cert.h"
#include "eas_ldap_sample.h"
#include "eas_refusal.h"
#include "eas_text.h"
#include "eas_value.h"

/* Who reads this should have time to renew a certificate. */
#define DAYS_TO_RENEW 14

typedef struct probe {
    const eas_ldap_settings *settings;
    const eas_ldap_host *host;
    eas_ldap_resolver *resolver;
    eas_ldap_report *report;
    apr_pool_t *pool;
    eas_moment deadline;      /* of the whole */
    eas_moment connect_until; /* of name, TCP and TLS together */
    LDAP *ld;
    eas_ldap_io io;
} probe;

static const char *operation_timeout(const probe *p)
{
    return eas_value_show_duration(p->settings->operation_timeout, p->pool);
}

static const char *source_of(const probe *p)
{
    return eas_ldap_url_source(&p->settings->url);
}

const apr_array_header_t *eas_ldap_probe_hosts(
    const eas_ldap_settings *settings, apr_pool_t *pool,
    const char **detail_out)
{
    eas_ldap_discovery *discovery = NULL;
    apr_array_header_t *hosts = settings->url.hosts;

    if (settings->url.srv_domain
        && eas_ldap_discovery_make(settings, pool, &discovery) == APR_SUCCESS) {
        (void)eas_ldap_discover(discovery,
                                eas_clock_now(NULL) + settings->total_timeout,
                                pool, &hosts, detail_out);
    }
    return hosts;
}

static const char *show_addresses(const eas_ldap_addresses *addresses,
                                  apr_pool_t *pool)
{
    const char *shown = "";
    int i;

    for (i = 0; i < addresses->count; i++) {
        char text[NI_MAXHOST];

        if (!getnameinfo((const struct sockaddr *)&addresses->list[i].address,
                         addresses->list[i].length, text, sizeof(text), NULL, 0,
                         NI_NUMERICHOST)) {
            shown = apr_pstrcat(pool, shown, i ? ", " : "", text, NULL);
        }
    }
    return shown;
}

static int probe_name(probe *p)
{
    eas_ldap_addresses addresses;
    const char *name = eas_text_quote(p->host->name, p->pool);
    const char *detail = "no memory for a lock";
    const char *shown;

    if (eas_ldap_resolver_make(p->host, p->pool, &p->resolver) != APR_SUCCESS
        || eas_ldap_resolve(p->resolver, p->connect_until, p->pool, &addresses,
                            &detail)
               != EAS_REASON_NONE) {
        eas_ldap_report_add(p->report, EAS_LDAP_STEP_FAILED, "name",
                            apr_psprintf(p->pool,
                                         "correct the host in %s, or look "
                                         "after the name server "
                                         "(/etc/resolv.conf)",
                                         source_of(p)),
                            "%s", detail);
        return 0;
    }
    shown = show_addresses(&addresses, p->pool);
    if (!strcmp(shown, p->host->name)) {
        eas_ldap_report_add(p->report, EAS_LDAP_STEP_OK, "name", NULL,
                            "%s is an address", shown);
    }
    else {
        eas_ldap_report_add(p->report, EAS_LDAP_STEP_OK, "name", NULL,
                            "%s is %s", name, shown);
    }
    return 1;
}

static const char *peer_of(int fd, apr_pool_t *pool)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof(address);
    char text[NI_MAXHOST];

    if (getpeername(fd, (struct sockaddr *)&address, &length)
        || getnameinfo((struct sockaddr *)&address, length, text, sizeof(text),
                       NULL, 0, NI_NUMERICHOST)) {
        return "it";
    }
    return apr_pstrdup(pool, text);
}

static int probe_tcp(probe *p, int *fd_out)
{
    const char *detail = "";
    const int port = p->host->port;
    eas_reason reason = eas_ldap_connect_socket(
        p->host, p->resolver, p->connect_until, p->pool, fd_out, &detail);

    if (reason == EAS_REASON_NONE) {
        eas_ldap_report_add(p->report, EAS_LDAP_STEP_OK, "connection", NULL,
                            "%s port %d", peer_of(*fd_out, p->pool), port);
        return 1;
    }
    eas_ldap_report_add(
        p->report, EAS_LDAP_STEP_FAILED, "connection",
        reason == EAS_DIRECTORY_TIMEOUT
            ? apr_psprintf(p->pool,
                           "let firewalls pass this machine to port %d, and "
                           "look whether the server is up",
                           port)
            : apr_psprintf(p->pool,
                           "start the directory, or correct the port (%d) in "
                           "%s",
                           port, source_of(p)),
        "%s", detail);
    return 0;
}

static void note_certificate(probe *p, const eas_server_cert *cert)
{
    if (!p->settings->verify) {
        eas_ldap_report_remark(p->report, "TLS",
                               "remove EASAuthLDAPVerify Off: whoever gets "
                               "between reads every password",
                               "the certificate is not checked");
    }
    else if (cert && cert->days_left < DAYS_TO_RENEW) {
        eas_ldap_report_remark(p->report, "TLS", "renew it now",
                               "the certificate expires in %d days",
                               cert->days_left);
    }
}

static void report_protected(probe *p)
{
    eas_server_cert cert;
    char *version = NULL;
    const int known =
        eas_ldap_peer_cert_read(p->ld, p->settings, p->host, p->pool, &cert)
        == APR_SUCCESS;

    ldap_get_option(p->ld, LDAP_OPT_X_TLS_VERSION, &version);
    eas_ldap_report_add(
        p->report, EAS_LDAP_STEP_OK, "TLS", NULL, "%s%s, certificate %s%s%s",
        p->settings->url.ldaps ? "" : "StartTLS, ",
        version ? version : "version not known",
        known ? cert.names : "not known", known ? " valid until " : "",
        known ? cert.not_after : "");
    ldap_memfree(version);
    note_certificate(p, known ? &cert : NULL);
}

static void report_unprotected(probe *p, eas_reason reason, const char *detail)
{
    const char *remedy =
        p->settings->url.ldaps
            ? "look whether the port speaks LDAP over TLS (636), TLS 1.2 or "
              "later; for StartTLS write ldap://"
            : "let the server offer StartTLS with TLS 1.2 or later, or write "
              "ldaps://";

    /* Who was silent would only be silent again. */
    if (reason == EAS_DIRECTORY_TLS) {
        eas_ldap_peer_cert_explain(p->settings, p->host, p->resolver,
                                   eas_clock_now(NULL)
                                       + p->settings->connect_timeout,
                                   p->pool, &detail, &remedy);
    }
    eas_ldap_report_add(p->report, EAS_LDAP_STEP_FAILED, "TLS", remedy, "%s",
                        detail);
}

static int probe_tls(probe *p, int fd)
{
    const int tls = p->settings->url.ldaps || p->settings->starttls;
    const char *detail = "";
    eas_reason reason = eas_ldap_connect_handle(
        eas_ldap_tls_make(p->settings, p->pool), p->host, fd, p->connect_until,
        p->pool, &p->io, &p->ld, &detail);

    if (reason != EAS_REASON_NONE) {
        report_unprotected(p, reason, detail);
        return 0;
    }
    if (tls) {
        report_protected(p);
    }
    else {
        eas_ldap_report_remark(p->report, "TLS",
                               "remove EASAuthLDAPStartTLS Off, or write "
                               "ldaps://",
                               "none: every password crosses in the clear");
    }
    return 1;
}

/* Active Directory's codes (MS-ERREF 2.2), of a service account. */
static const char *ad_words(const char *diagnostic)
{
    apr_uint32_t code;

    if (eas_refusal_ad_code(diagnostic, &code) != APR_SUCCESS) {
        return NULL;
    }
    switch (code) {
    case 0x525:
        return "there is no such account";
    case 0x52e:
        return "the name or the password is wrong";
    case 0x52f:
        return "the account is restricted";
    case 0x530:
        return "not at this hour";
    case 0x531:
        return "not from this machine";
    case 0x532:
        return "its password has expired";
    case 0x533:
        return "the account is disabled";
    case 0x569:
        return "this kind of logon is not granted to it";
    case 0x701:
        return "the account has expired";
    case 0x773:
        return "its password must be changed first";
    case 0x775:
        return "the account is locked";
    default:
        return NULL;
    }
}

static const char *account_remedy(const probe *p, eas_reason reason)
{
    if (reason == EAS_SIGNING_DEMANDED) {
        return "use ldaps:// or EASAuthLDAPStartTLS On";
    }
    if (reason == EAS_DIRECTORY_TIMEOUT) {
        return apr_psprintf(p->pool,
                            "look why the server hangs: it said nothing for "
                            "%s (EASAuthLDAPTimeout operation=)",
                            operation_timeout(p));
    }
    return reason == EAS_SERVICE_REFUSED
               ? "correct EASAuthLDAPBindDN or EASAuthLDAPBindPassword, or "
                 "unlock, enable or renew the account"
               : "the server's log says more";
}

/* Whether to go on to what the account may read. */
static int probe_account(probe *p, int try_account)
{
    const char *dn = eas_text_quote(p->settings->bind_dn, p->pool);
    const char *detail = "";
    const char *words;
    eas_reason reason;

    if (!try_account) {
        eas_ldap_report_remark(p->report, "account", NULL,
                               "not tried: it was refused already, and "
                               "another time could lock it");
        return 0;
    }
    reason = eas_ldap_bind_service(
        p->ld, p->host->uri, p->settings,
        eas_clock_within(p->settings->operation_timeout, p->deadline), p->pool,
        &detail);
    if (reason == EAS_REASON_NONE) {
        eas_ldap_report_add(p->report, EAS_LDAP_STEP_OK, "account", NULL,
                            "%s is accepted", dn);
        return 1;
    }
    p->report->account_refused = reason == EAS_SERVICE_REFUSED;
    words = ad_words(detail);
    eas_ldap_report_add(p->report, EAS_LDAP_STEP_FAILED, "account",
                        account_remedy(p, reason), "%s%s%s, as %s", detail,
                        words ? ": " : "", words ? words : "", dn);
    return 0;
}

static int probe_bind(probe *p, int try_account)
{
    if (p->settings->bind_template) {
        eas_ldap_report_remark(
            p->report, "account",
            "try a person: easauthctl login --provider NAME USER",
            "none: people bind directly, as %s",
            eas_text_quote(eas_template_text(p->settings->bind_template),
                           p->pool));
        return 0;
    }
    if (!p->settings->bind_dn) {
        eas_ldap_report_remark(p->report, "account", NULL,
                               "none: the search is anonymous");
        return 1;
    }
    return probe_account(p, try_account);
}

static void probe_content(probe *p)
{
    if (eas_ldap_sample_probe(
            p->ld, p->settings,
            eas_clock_within(p->settings->operation_timeout, p->deadline),
            p->report)) {
        eas_ldap_lockout_probe(
            p->ld, p->settings,
            eas_clock_within(p->settings->operation_timeout, p->deadline),
            p->report);
    }
}

eas_ldap_report *eas_ldap_probe(const eas_ldap_settings *settings,
                                const eas_ldap_host *host, int try_account,
                                apr_pool_t *pool)
{
    probe *p = apr_pcalloc(pool, sizeof(*p));
    int fd = -1;

    p->settings = settings;
    p->host = host;
    p->pool = pool;
    p->report = eas_ldap_report_make(host, pool);
    p->deadline = p->report->since + settings->total_timeout;
    p->connect_until = eas_clock_within(settings->connect_timeout, p->deadline);
    if (probe_name(p) && probe_tcp(p, &fd) && probe_tls(p, fd)
        && probe_bind(p, try_account)) {
        probe_content(p);
    }
    eas_ldap_connect_close(p->ld);
    return p->report;
}
