/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_tls.h"

#include <strings.h>

static int set_int(LDAP *ld, int option, int value)
{
    return ldap_set_option(ld, option, &value) == LDAP_OPT_SUCCESS;
}

static int set_text(LDAP *ld, int option, const char *value)
{
    return ldap_set_option(ld, option, value) == LDAP_OPT_SUCCESS;
}

static int set_verify(LDAP *ld, const eas_ldap_settings *settings)
{
    return set_int(ld, LDAP_OPT_X_TLS_REQUIRE_CERT,
                   settings->verify ? LDAP_OPT_X_TLS_HARD
                                    : LDAP_OPT_X_TLS_NEVER);
}

/* libldap over GnuTLS says yes to PROTOCOL_MIN and does not look at it. */
static int set_versions(LDAP *ld)
{
    char *package = NULL;
    int is_gnutls;

    ldap_get_option(NULL, LDAP_OPT_X_TLS_PACKAGE, &package);
    is_gnutls = package && !strcasecmp(package, "GnuTLS");
    ldap_memfree(package);
    return is_gnutls ? set_text(ld, LDAP_OPT_X_TLS_CIPHER_SUITE,
                                "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2")
                     : set_int(ld, LDAP_OPT_X_TLS_PROTOCOL_MIN,
                               LDAP_OPT_X_TLS_PROTOCOL_TLS1_2);
}

/* Every option is set, also those left empty, and a context made of them. */
static int make_context(LDAP *ld, const eas_ldap_settings *settings)
{
    return set_verify(ld, settings)
           && set_text(ld, LDAP_OPT_X_TLS_CACERTFILE,
                       settings->verify ? settings->ca_file : NULL)
           && set_text(ld, LDAP_OPT_X_TLS_CACERTDIR, NULL)
           && set_text(ld, LDAP_OPT_X_TLS_CERTFILE, NULL)
           && set_text(ld, LDAP_OPT_X_TLS_KEYFILE, NULL) && set_versions(ld)
           && set_int(ld, LDAP_OPT_X_TLS_NEWCTX, 0);
}

eas_ldap_tls *eas_ldap_tls_make(const eas_ldap_settings *settings,
                                apr_pool_t *pool)
{
    eas_ldap_tls *tls = apr_pcalloc(pool, sizeof(*tls));
    LDAP *ld = NULL;

    tls->settings = settings;
    if (ldap_create(&ld) != LDAP_SUCCESS) {
        return tls;
    }
    if (make_context(ld, settings)) {
        ldap_get_option(ld, LDAP_OPT_X_TLS_CTX, &tls->context);
    }
    ldap_unbind_ext(ld, NULL, NULL);
    return tls;
}

int eas_ldap_tls_apply(const eas_ldap_tls *tls, LDAP *ld)
{
    return tls->context && set_verify(ld, tls->settings)
           && ldap_set_option(ld, LDAP_OPT_X_TLS_CTX, tls->context)
                  == LDAP_OPT_SUCCESS;
}
