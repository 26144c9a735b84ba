/* SPDX-License-Identifier: Apache-2.0 */
/** What an administrator says about one directory. */
#ifndef EAS_LDAP_SETTINGS_H
#define EAS_LDAP_SETTINGS_H

#include <apr_network_io.h>

#include "eas_filter.h"
#include "eas_template.h"

/** One server of a directory. */
typedef struct eas_ldap_host {
    const char *name; /**< host name or address, IPv6 without brackets */
    apr_port_t port;
    const char *uri; /**< scheme://host:port, as libldap and logs want it */
} eas_ldap_host;

/** An LDAP URL (RFC 4516) with httpd's space-separated list of hosts. */
typedef struct eas_ldap_url {
    int ldaps;
    apr_array_header_t *hosts; /**< of eas_ldap_host, in order; empty where
                                    srv_domain is set */
    const char *srv_domain;    /**< whose servers DNS knows (SRV), where the URL
                                    names no host; else NULL */
    const char *base;
    int scope;             /**< LDAP_SCOPE_* of ldap.h; default subtree */
    const char *filter;    /**< parenthesised, valid; NULL for none */
    const char *attribute; /**< sets the `user` login form; NULL for none */
} eas_ldap_url;

/** The settings of one directory; immutable once the server has started. */
typedef struct eas_ldap_settings {
    const char *provider; /**< name of the provider, for logs */
    eas_ldap_url url;
    int starttls;
    const char *ca_file;    /**< PEM; never NULL where TLS is used */
    int verify;             /**< whether the server's certificate is checked */
    const char *group_base; /**< where groups are looked for */
    const char *bind_dn;    /**< service account, NULL for anonymous */
    const char *bind_password; /**< wiped with the configuration's pool */
    const eas_template *bind_template; /**< direct bind; NULL for a search */
    eas_ldap_type type;
    const char
        *site; /**< of Active Directory, whose servers come first; NULL */
    eas_login_attributes login;
    eas_domains domains;
    apr_interval_time_t connect_timeout;   /**< per server, TLS included */
    apr_interval_time_t operation_timeout; /**< per search or bind */
    apr_interval_time_t total_timeout;     /**< whole check */
    int pool_max;                  /**< connections per child and purpose */
    apr_interval_time_t pool_idle; /**< idle ones are closed after this */
    int max_wait;                 /**< requests that may wait for it, 0: auto */
    apr_interval_time_t remember; /**< whom a login names, 0: not */
    apr_interval_time_t retry;    /**< a server that is down is left alone */
} eas_ldap_settings;

/**
 * Fill in a host.
 * @param name must outlive the host
 * @param port 0 for the scheme's own
 * @param pool lifetime of its uri
 */
void eas_ldap_host_init(eas_ldap_host *host, const char *name, apr_port_t port,
                        int ldaps, apr_pool_t *pool);

/** Whether it is a Global Catalog, by its port (3268, 3269): 1 or 0. */
int eas_ldap_host_is_catalog(const eas_ldap_host *host);

/** Whether any host of an URL is: 1 or 0. */
int eas_ldap_url_has_catalog(const eas_ldap_url *url);

/**
 * Parse an LDAP URL: `ldap://host[:port] [host[:port]...]/base?attr?scope?
 * (filter)`, or `ldaps:`.  The port defaults to 389 or 636, the scope to sub.
 * Without a host, `ldap:///base`, the base says whose servers are looked up in
 * DNS (eas_ldap_srv_domain), and must do so.
 * @param pool lifetime of the result
 * @param url_out untouched on failure
 * @return NULL, or a sentence that says what is wrong and what is accepted
 */
const char *eas_ldap_url_parse(const char *text, apr_pool_t *pool,
                               eas_ldap_url *url_out);

/**
 * Where the hosts of an URL stand, for a remedy.
 * @return "EASAuthLDAPURL", or in words the records of DNS
 */
const char *eas_ldap_url_source(const eas_ldap_url *url);

/**
 * Whether libldap can encode a filter.
 * @return 1 or 0
 */
int eas_ldap_filter_is_valid(const char *filter);

/**
 * Whether libldap can read a distinguished name (RFC 4514).
 * @return 1 or 0
 */
int eas_ldap_dn_is_valid(const char *dn);

/**
 * Where groups are, where nobody says so: the part of the base that consists
 * of dc=, which every tree of the directory is below; else the base itself.
 * @param pool lifetime of the result
 */
const char *eas_ldap_settings_suffix(const char *base, apr_pool_t *pool);

/** Whether the bind template makes a distinguished name (1) or a name of
 * Active Directory's, user@domain or DOMAIN\user (0).  There is a template. */
int eas_ldap_settings_binds_dn(const eas_ldap_settings *settings);

/**
 * Give the login attributes a type's defaults where none was set:
 * ActiveDirectory user=sAMAccountName upn=userPrincipalName
 * mail=mail,proxyAddresses; FreeIPA user=uid upn=krbPrincipalName mail=mail;
 * OpenLDAP and Generic user=uid mail=mail.  An attribute in the URL replaces
 * the default of the `user` form.  The group base becomes
 * eas_ldap_settings_suffix of the base.
 */
void eas_ldap_settings_defaults(eas_ldap_settings *settings, apr_pool_t *pool);

/** Whether the servers are checked against a CA that somebody chose: 1 or 0. */
int eas_ldap_settings_has_own_ca(const eas_ldap_settings *settings);

/**
 * Whether certificates can be decided by a directory.  Whom one names is
 * searched for, and nobody but the entry tells whether the account lives: what
 * cannot be read must not pass for "never expires".
 * @param settings complete, as at the end of their section
 * @param pool lifetime of the text
 * @return NULL; or why not and what to do about it, a sentence without the
 *         provider's name
 */
const char *eas_ldap_settings_certificates(const eas_ldap_settings *settings,
                                           apr_pool_t *pool);

#endif
