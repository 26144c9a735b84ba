/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_settings.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <apr_lib.h>
#include <apr_network_io.h>
#include <apr_strings.h>

#include <ldap.h>
#include <openldap.h>

#include "eas_ldap_srv.h"

/* libldap and our own arrays cope with more; a list this long is a mistake
 * and would outlast every deadline. */
#define MAX_HOSTS 16

enum { GC_PORT = 3268, GC_TLS_PORT = 3269 };

void eas_ldap_host_init(eas_ldap_host *host, const char *name, apr_port_t port,
                        int ldaps, apr_pool_t *pool)
{
    host->name = name;
    host->port = port ? port : (apr_port_t)(ldaps ? LDAPS_PORT : LDAP_PORT);
    host->uri =
        apr_psprintf(pool, strchr(name, ':') ? "%s://[%s]:%d" : "%s://%s:%d",
                     ldaps ? "ldaps" : "ldap", name, (int)host->port);
}

int eas_ldap_host_is_catalog(const eas_ldap_host *host)
{
    return host->port == GC_PORT || host->port == GC_TLS_PORT;
}

int eas_ldap_url_has_catalog(const eas_ldap_url *url)
{
    for (int i = 0; i < url->hosts->nelts; i++) {
        if (eas_ldap_host_is_catalog(
                &APR_ARRAY_IDX(url->hosts, i, eas_ldap_host))) {
            return 1;
        }
    }
    return 0;
}

static const char *add_host(eas_ldap_url *url, const char *word,
                            apr_pool_t *pool)
{
    char *name = NULL;
    char *scope_id = NULL;
    apr_port_t port = 0;
    /* apr_parse_addr_port reads "h:x" as a name with a colon. */
    const char *colon = strrchr(word, ':');

    if (apr_parse_addr_port(&name, &scope_id, &port, word, pool) != APR_SUCCESS
        || !name || !*name || scope_id || strpbrk(name, "@/?#%\\\"<>")
        || (colon && !strchr(colon, ']') && !port)) {
        return apr_psprintf(pool,
                            "\"%s\" is not a host name or address, "
                            "alone or with a :port from 1 to 65535",
                            word);
    }
    eas_ldap_host_init(apr_array_push(url->hosts), name, port, url->ldaps,
                       pool);
    return NULL;
}

/* No host at all is a question to DNS, and blanks are a slip. */
static const char *add_hosts(eas_ldap_url *url, char *list, apr_pool_t *pool)
{
    const int is_empty = !*list;
    char *state = NULL;
    char *word;

    for (word = apr_strtok(list, " \t", &state); word;
         word = apr_strtok(NULL, " \t", &state)) {
        const char *error = add_host(url, word, pool);

        if (error) {
            return error;
        }
        if (url->hosts->nelts > MAX_HOSTS) {
            return apr_psprintf(pool, "it names more than %d hosts", MAX_HOSTS);
        }
    }
    if (!url->hosts->nelts && !is_empty) {
        return "it names no host, but has blanks where one would stand; "
               "write ldap://host/base, or ldap:///base to find the servers "
               "by DNS SRV";
    }
    return NULL;
}

static const char *take_domain(eas_ldap_url *url, apr_pool_t *pool)
{
    if (url->hosts->nelts) {
        return NULL;
    }
    url->srv_domain = eas_ldap_srv_domain(url->base, pool);
    return url->srv_domain
               ? NULL
               : apr_psprintf(pool,
                              "it names no host, and its base \"%s\" no "
                              "domain whose servers DNS knows; name a host, "
                              "or write a base that ends in dc= parts, such "
                              "as ldaps:///DC=example,DC=com",
                              url->base);
}

static const char *take_attribute(eas_ldap_url *url, const LDAPURLDesc *desc,
                                  apr_pool_t *pool)
{
    if (!desc->lud_attrs || !desc->lud_attrs[0]) {
        return NULL;
    }
    if (desc->lud_attrs[1] || !eas_filter_is_attribute(desc->lud_attrs[0])) {
        return "it may name one attribute, the one a bare login is looked up "
               "in: more belong into EASAuthLDAPLogin";
    }
    url->attribute = apr_pstrdup(pool, desc->lud_attrs[0]);
    return NULL;
}

/* Whether base?attribute?scope?filter names a scope.  libldap reads none as
 * `base` (RFC 4516), mod_authnz_ldap as `sub`, as administrators expect. */
static int names_scope(const char *rest)
{
    const char *attribute = strchr(rest, '?');
    const char *scope = attribute ? strchr(attribute + 1, '?') : NULL;

    return scope && scope[1] && scope[1] != '?';
}

/* Scope, filter and base of ldap:///base?attribute?scope?filter. */
static const char *take_rest(eas_ldap_url *url, const LDAPURLDesc *desc,
                             apr_pool_t *pool)
{
    const char *filter = desc->lud_filter;

    if (desc->lud_exts && desc->lud_exts[0]) {
        return "extensions are not supported";
    }
    if (!eas_ldap_dn_is_valid(desc->lud_dn)) {
        return apr_psprintf(pool,
                            "its base \"%s\" is not a distinguished "
                            "name (RFC 4514)",
                            desc->lud_dn);
    }
    if (filter && *filter && !eas_ldap_filter_is_valid(filter)) {
        return apr_psprintf(pool, "its filter %s is not valid (RFC 4515)",
                            filter);
    }
    url->base = apr_pstrdup(pool, desc->lud_dn ? desc->lud_dn : "");
    url->scope = desc->lud_scope;
    if (filter && *filter) {
        url->filter = *filter == '(' ? apr_pstrdup(pool, filter)
                                     : apr_psprintf(pool, "(%s)", filter);
    }
    return take_attribute(url, desc, pool);
}

static const char *parse_rest(eas_ldap_url *url, const char *rest,
                              apr_pool_t *pool)
{
    LDAPURLDesc *desc = NULL;
    const char *error;

    /* The hosts were taken off: libldap reads the rest by its own rules. */
    if (ldap_url_parse(apr_pstrcat(pool, "ldap:///", rest, NULL), &desc)
        != LDAP_URL_SUCCESS) {
        return "what stands behind the hosts is not "
               "base?attribute?scope?(filter), with a scope of base, one or "
               "sub";
    }
    error = take_rest(url, desc, pool);
    if (!names_scope(rest)) {
        url->scope = LDAP_SCOPE_SUBTREE;
    }
    ldap_free_urldesc(desc);
    return error;
}

const char *eas_ldap_url_parse(const char *text, apr_pool_t *pool,
                               eas_ldap_url *url_out)
{
    eas_ldap_url url = {0};
    const char *hosts;
    const char *slash;
    const char *error;

    if (!strncasecmp(text, "ldap://", 7)) {
        hosts = text + 7;
    }
    else if (!strncasecmp(text, "ldaps://", 8)) {
        hosts = text + 8;
        url.ldaps = 1;
    }
    else {
        return "it begins with neither ldap:// nor ldaps://";
    }
    url.hosts = apr_array_make(pool, 2, sizeof(eas_ldap_host));
    slash = strchr(hosts, '/');
    if (!slash) {
        return "it has no /base behind the hosts, such as "
               "ldaps://dc1.example.com/DC=example,DC=com";
    }
    error = add_hosts(
        &url, apr_pstrmemdup(pool, hosts, (apr_size_t)(slash - hosts)), pool);
    if (!error) {
        error = parse_rest(&url, slash + 1, pool);
    }
    if (!error) {
        error = take_domain(&url, pool);
    }
    if (!error) {
        *url_out = url;
    }
    return error;
}

int eas_ldap_filter_is_valid(const char *filter)
{
    int sockets[2];
    int message = 0;
    int rc;
    LDAP *ld = NULL;

    /* libldap has no public filter parser; it encodes a search before it
     * sends it, so a handle on a socket nobody reads tells. */
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets)) {
        return 0;
    }
    rc = ldap_init_fd(sockets[0], LDAP_PROTO_TCP, "ldap://127.0.0.1", &ld);
    if (rc == LDAP_SUCCESS) {
        rc = ldap_search_ext(ld, "", LDAP_SCOPE_BASE, filter, NULL, 0, NULL,
                             NULL, NULL, LDAP_NO_LIMIT, &message);
        ldap_unbind_ext(ld, NULL, NULL); /* closes sockets[0] */
    }
    else {
        close(sockets[0]);
    }
    close(sockets[1]);
    return rc == LDAP_SUCCESS;
}

const char *eas_ldap_url_source(const eas_ldap_url *url)
{
    return url->srv_domain ? "the SRV records of DNS" : "EASAuthLDAPURL";
}

int eas_ldap_dn_is_valid(const char *dn)
{
    LDAPDN parsed = NULL;
    int ok;

    if (!dn || !*dn) {
        return 1;
    }
    ok = ldap_str2dn(dn, &parsed, LDAP_DN_FORMAT_LDAPV3) == LDAP_SUCCESS;
    ldap_dnfree(parsed);
    return ok;
}

int eas_ldap_settings_binds_dn(const eas_ldap_settings *settings)
{
    return strchr(eas_template_text(settings->bind_template), '=') != NULL;
}

static int is_dc(LDAPRDN rdn)
{
    return rdn[0] && !rdn[1] && rdn[0]->la_attr.bv_len == 2
           && !strncasecmp(rdn[0]->la_attr.bv_val, "dc", 2);
}

const char *eas_ldap_settings_suffix(const char *base, apr_pool_t *pool)
{
    LDAPDN dn = NULL;
    char *text = NULL;
    const char *suffix = base;
    int first = 0;

    if (!base || !*base
        || ldap_str2dn(base, &dn, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS) {
        return base ? base : "";
    }
    for (int i = 0; dn[i]; i++) {
        if (!is_dc(dn[i])) {
            first = i + 1;
        }
    }
    if (dn[first]
        && ldap_dn2str(&dn[first], &text, LDAP_DN_FORMAT_LDAPV3)
               == LDAP_SUCCESS) {
        suffix = apr_pstrdup(pool, text);
    }
    ldap_memfree(text);
    ldap_dnfree(dn);
    return suffix;
}

static apr_array_header_t *one(apr_pool_t *pool, const char *attribute)
{
    apr_array_header_t *list = apr_array_make(pool, 2, sizeof(char *));

    if (attribute) {
        APR_ARRAY_PUSH(list, const char *) = attribute;
    }
    return list;
}

static int is_set(const apr_array_header_t *list)
{
    return list && list->nelts;
}

void eas_ldap_settings_defaults(eas_ldap_settings *settings, apr_pool_t *pool)
{
    eas_login_attributes *login = &settings->login;
    const int ad = settings->type == EAS_LDAP_ACTIVE_DIRECTORY;

    if (!settings->group_base) {
        settings->group_base =
            eas_ldap_settings_suffix(settings->url.base, pool);
    }
    if (!is_set(login->user)) {
        const char *url = settings->url.attribute;

        login->user = one(pool, url ? url : ad ? "sAMAccountName" : "uid");
    }
    if (!is_set(login->upn)) {
        login->upn =
            one(pool, ad                                   ? "userPrincipalName"
                      : settings->type == EAS_LDAP_FREEIPA ? "krbPrincipalName"
                                                           : NULL);
    }
    if (!is_set(login->mail)) {
        login->mail = one(pool, "mail");
        if (ad) {
            APR_ARRAY_PUSH(login->mail, const char *) = "proxyAddresses";
        }
    }
}

int eas_ldap_settings_has_own_ca(const eas_ldap_settings *settings)
{
    return settings->verify && settings->ca_file
           && strcmp(settings->ca_file, EAS_CA_BUNDLE) != 0;
}

/* Whoever looks past a catalog, into another domain, asks DNS for its domain
 * controllers (eas_ldap_catalog_domain). */
static const char *check_catalog(const eas_ldap_settings *settings,
                                 apr_pool_t *pool)
{
    if (settings->type != EAS_LDAP_ACTIVE_DIRECTORY) {
        return "it asks a Global Catalog (port 3268 or 3269), which lacks "
               "accountExpires, and its type is not the one that knows: write "
               "EASAuthLDAPType ActiveDirectory";
    }
    if (!eas_ldap_settings_has_own_ca(settings)) {
        return apr_psprintf(
            pool,
            "it asks a Global Catalog (port 3268 or 3269), which lacks "
            "accountExpires, and the domain controllers that have it are not "
            "looked up in DNS %s: %s, or name the domain controllers in "
            "EASAuthLDAPURL, without the port",
            settings->verify ? "where every CA's servers would be believed"
                             : "while EASAuthLDAPVerify is off",
            settings->verify ? "name your own CA, EASAuthLDAPTrustedCA FILE"
                             : "remove EASAuthLDAPVerify Off and name your "
                               "own CA, EASAuthLDAPTrustedCA FILE");
    }
    return NULL;
}

const char *eas_ldap_settings_certificates(const eas_ldap_settings *settings,
                                           apr_pool_t *pool)
{
    if (settings->bind_template) {
        return "EASAuthLDAPBindTemplate binds without a search, and whose a "
               "certificate is takes one: use EASAuthLDAPBindDN and "
               "EASAuthLDAPBindPassword instead";
    }
    if (!settings->bind_dn) {
        return "nobody binds whom a certificate names, so that the state of "
               "the account is what the search may read, and who searches "
               "anonymously is not told of a lock: add EASAuthLDAPBindDN and "
               "EASAuthLDAPBindPassword";
    }
    return eas_ldap_url_has_catalog(&settings->url)
               ? check_catalog(settings, pool)
               : NULL;
}
