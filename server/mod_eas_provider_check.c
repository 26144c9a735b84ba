/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_provider_check.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "eas_ldap_fingerprint.h"
#include "eas_value.h"
#include "eas_x509.h"

/* How many certificates a file holds; -1 where it cannot be read to the
 * end. */
static int count_certificates(const char *path)
{
    BIO *file = BIO_new_file(path, "r");
    X509 *certificate;
    int count = 0;

    while (file && (certificate = PEM_read_bio_X509(file, NULL, NULL, NULL))) {
        X509_free(certificate);
        count++;
    }
    if (!file || !eas_x509_is_end()) {
        count = -1;
    }
    BIO_free(file);
    ERR_clear_error();
    return count;
}

/* Whoever can forge an answer of DNS could name a host of their own, with a
 * certificate for it from any CA of the system's. */
static const char *check_default_ca(const eas_ldap_settings *settings,
                                    apr_pool_t *pool)
{
    if (!settings->verify) {
        return NULL;
    }
    if (settings->url.srv_domain) {
        return "EASAuthLDAPURL names no host, so DNS says which servers get "
               "the passwords, and a certificate of any CA would do for a "
               "false one; name the file with the certificate of your "
               "directory's CA: EASAuthLDAPTrustedCA FILE";
    }
    if (count_certificates(EAS_CA_BUNDLE) > 0) {
        return NULL;
    }
    return apr_psprintf(pool,
                        "no certificates can be read from the "
                        "system's file %s, so no directory could be "
                        "verified; name the file with the certificate of "
                        "your directory's CA: EASAuthLDAPTrustedCA FILE",
                        EAS_CA_BUNDLE);
}

static const char *check_ca(mod_eas_provider *provider, apr_pool_t *pool)
{
    eas_ldap_settings *settings = &provider->settings;
    const char *path = settings->ca_file;
    int count;

    if (!path) {
        settings->ca_file = EAS_CA_BUNDLE;
        return check_default_ca(settings, pool);
    }
    count = count_certificates(path);
    if (count > 0) {
        return NULL;
    }
    return apr_psprintf(pool,
                        "EASAuthLDAPTrustedCA \"%s\": %s; it must name "
                        "a readable file with at least one certificate in "
                        "PEM form (-----BEGIN CERTIFICATE-----)",
                        path,
                        count ? "the file cannot be read, or a certificate "
                                "in it is damaged"
                              : "there is no certificate in the file");
}

static const char *check_tls(mod_eas_provider *provider, apr_pool_t *pool)
{
    eas_ldap_settings *settings = &provider->settings;

    if (settings->url.ldaps) {
        settings->starttls = 0;
        return provider->starttls_set
                   ? "EASAuthLDAPStartTLS does not go with an ldaps:// URL, "
                     "which is TLS from the first byte; remove it, or write "
                     "ldap:// in EASAuthLDAPURL"
                   : check_ca(provider, pool);
    }
    if (settings->starttls) {
        return check_ca(provider, pool);
    }
    if (settings->ca_file) {
        return apr_psprintf(pool,
                            "EASAuthLDAPTrustedCA \"%s\" has nothing to "
                            "verify, because EASAuthLDAPStartTLS is Off; "
                            "remove one of the two",
                            settings->ca_file);
    }
    return NULL;
}

/* Whether a text is user@domain or DOMAIN\user, as Active Directory takes it
 * in a simple bind (MS-ADTS, section 5.1.1.1.1). */
static int is_ad_name(const char *name)
{
    const char *mark = strpbrk(name, "@\\");

    return mark && mark != name && mark[1] && !strpbrk(mark + 1, "@\\")
           && !strpbrk(name, "=,");
}

static const char *check_bind_dn(const eas_ldap_settings *settings,
                                 apr_pool_t *pool)
{
    const int ad = settings->type == EAS_LDAP_ACTIVE_DIRECTORY;

    if (!settings->bind_password) {
        return apr_psprintf(pool,
                            "EASAuthLDAPBindDN \"%s\" has no "
                            "EASAuthLDAPBindPassword beside it, and a bind "
                            "without a password is anonymous; add "
                            "EASAuthLDAPBindPassword file:PATH",
                            settings->bind_dn);
    }
    if (eas_ldap_dn_is_valid(settings->bind_dn)
        || (ad && is_ad_name(settings->bind_dn))) {
        return NULL;
    }
    return apr_psprintf(pool,
                        "EASAuthLDAPBindDN \"%s\" is not a "
                        "distinguished name (RFC 4514) such as "
                        "cn=eas,dc=example,dc=com%s",
                        settings->bind_dn,
                        ad ? ", nor user@domain or DOMAIN\\user"
                           : "; user@domain and DOMAIN\\user need "
                             "EASAuthLDAPType ActiveDirectory");
}

/* What the form of a direct bind has to be. */
static const char *check_template_form(const eas_ldap_settings *settings,
                                       apr_pool_t *pool)
{
    const eas_template *template_ = settings->bind_template;
    const char *text = eas_template_text(template_);
    const char *sample = eas_template_expand(template_, "x", "x", NULL, pool);

    if (eas_ldap_settings_binds_dn(settings)) {
        return eas_ldap_dn_is_valid(sample)
                   ? NULL
                   : apr_psprintf(pool,
                                  "EASAuthLDAPBindTemplate \"%s\" is "
                                  "not a distinguished name (RFC 4514) such "
                                  "as uid=%%u,ou=people,dc=example,dc=com",
                                  text);
    }
    if (!is_ad_name(sample)) {
        return apr_psprintf(pool,
                            "EASAuthLDAPBindTemplate \"%s\" is neither "
                            "a distinguished name such as uid=%%u,ou=people,"
                            "dc=example,dc=com, nor %%u@example.com or "
                            "%%d\\%%u for ActiveDirectory",
                            text);
    }
    if (settings->type != EAS_LDAP_ACTIVE_DIRECTORY) {
        return apr_psprintf(pool,
                            "EASAuthLDAPBindTemplate \"%s\" is not a "
                            "distinguished name, which only Active Directory "
                            "takes in a bind; write EASAuthLDAPType "
                            "ActiveDirectory, or a template such as uid=%%u,"
                            "ou=people,dc=example,dc=com",
                            text);
    }
    return NULL;
}

/* A direct bind searches nothing.  A filter that somebody relies on to keep
 * people out must not be dropped in silence. */
static const char *check_template(const eas_ldap_settings *settings,
                                  apr_pool_t *pool)
{
    const char *text = eas_template_text(settings->bind_template);

    if (settings->bind_dn || settings->bind_password) {
        return apr_psprintf(pool,
                            "EASAuthLDAPBindTemplate \"%s\" binds as "
                            "the user at once, so EASAuthLDAPBindDN and "
                            "EASAuthLDAPBindPassword have no use; remove "
                            "either the template or these",
                            text);
    }
    if (settings->url.filter || settings->url.attribute || settings->login.user
        || settings->login.upn || settings->login.mail) {
        return apr_psprintf(pool,
                            "EASAuthLDAPBindTemplate \"%s\" binds "
                            "without a search, so the attribute and filter "
                            "of EASAuthLDAPURL and EASAuthLDAPLogin would be "
                            "ignored; remove these, or search with "
                            "EASAuthLDAPBindDN instead of the template",
                            text);
    }
    if (eas_template_has_domain(settings->bind_template)
        && !eas_domains_default(&settings->domains)) {
        return apr_psprintf(pool,
                            "EASAuthLDAPBindTemplate \"%s\" has a %%d, "
                            "and who logs in without a domain has none; name "
                            "the one to take: EASAuthDomain NAME",
                            text);
    }
    return check_template_form(settings, pool);
}

static const char *check_bind(const eas_ldap_settings *settings,
                              apr_pool_t *pool)
{
    if (settings->bind_template) {
        return check_template(settings, pool);
    }
    if (settings->bind_dn) {
        return check_bind_dn(settings, pool);
    }
    if (settings->bind_password) {
        return "EASAuthLDAPBindPassword has no EASAuthLDAPBindDN beside it; "
               "add the name of the account it belongs to";
    }
    if (settings->type == EAS_LDAP_ACTIVE_DIRECTORY) {
        return "EASAuthLDAPType ActiveDirectory needs EASAuthLDAPBindDN and "
               "EASAuthLDAPBindPassword, or EASAuthLDAPBindTemplate, because "
               "Active Directory answers no anonymous search";
    }
    return NULL;
}

static const char *check_site(const eas_ldap_settings *settings,
                              apr_pool_t *pool)
{
    if (!settings->site) {
        return NULL;
    }
    if (settings->type != EAS_LDAP_ACTIVE_DIRECTORY) {
        return apr_psprintf(pool,
                            "EASAuthLDAPSite \"%s\" is a site of Active "
                            "Directory; remove it, or write EASAuthLDAPType "
                            "ActiveDirectory",
                            settings->site);
    }
    if (!settings->url.srv_domain) {
        return apr_psprintf(pool,
                            "EASAuthLDAPSite \"%s\" has no use beside hosts "
                            "that are named: it says which servers DNS is "
                            "asked for; remove it, or the hosts from "
                            "EASAuthLDAPURL, as in "
                            "ldaps:///DC=example,DC=com",
                            settings->site);
    }
    return NULL;
}

static const char *check_timeouts(const eas_ldap_settings *settings,
                                  apr_pool_t *pool)
{
    apr_interval_time_t total = settings->total_timeout;

    if (total >= settings->connect_timeout
        && total >= settings->operation_timeout) {
        return NULL;
    }
    return apr_psprintf(
        pool,
        "EASAuthLDAPTimeout: total=%s is shorter than "
        "connect=%s or operation=%s, which are parts of it; "
        "raise total, to 25s at most",
        eas_value_show_duration(total, pool),
        eas_value_show_duration(settings->connect_timeout, pool),
        eas_value_show_duration(settings->operation_timeout, pool));
}

const char *mod_eas_provider_complete(mod_eas_provider *provider,
                                      apr_pool_t *pool)
{
    eas_ldap_settings *settings = &provider->settings;
    const char *error;

    if (!settings->url.hosts) {
        return "EASAuthLDAPURL is missing; it says where the directory is, "
               "such as EASAuthLDAPURL \"ldaps://dc1.example.com/"
               "DC=example,DC=com\"";
    }
    error = check_tls(provider, pool);
    if (!error) {
        error = check_bind(settings, pool);
    }
    if (!error) {
        error = check_site(settings, pool);
    }
    if (!error) {
        error = check_timeouts(settings, pool);
    }
    if (!error) {
        eas_ldap_settings_defaults(settings, pool);
        provider->decide.domains = settings->domains;
        provider->decide.total = settings->total_timeout;
        provider->decide.fingerprint = eas_ldap_fingerprint(settings, pool);
    }
    return error;
}
