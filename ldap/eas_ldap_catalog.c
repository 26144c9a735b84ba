/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_catalog.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_thread_mutex.h>

#include "eas_ldap_roster.h"
#include "eas_ldap_srv.h"

/* As many domains of a forest as are kept. */
enum { DOMAINS = 16 };

/* A domain, the settings its servers are asked with, and the servers. */
typedef struct domain {
    const char *name;
    eas_ldap_settings settings;
    eas_ldap_fleet *fleet;
} domain;

struct eas_ldap_catalog {
    eas_ldap_settings settings; /* with the ports of domain controllers */
    eas_ldap_context context;
    eas_ldap_fleet *same;
    apr_pool_t *pool; /* of its own memory, used with the lock held alone */
    apr_thread_mutex_t *mutex;
    domain domains[DOMAINS];
    int count;
};

int eas_ldap_catalog_is(const eas_ldap_settings *settings)
{
    return settings->type == EAS_LDAP_ACTIVE_DIRECTORY
           && eas_ldap_url_has_catalog(&settings->url);
}

static void use_controllers(eas_ldap_settings *settings, apr_pool_t *pool)
{
    apr_array_header_t *hosts = apr_array_copy(pool, settings->url.hosts);

    for (int i = 0; i < hosts->nelts; i++) {
        eas_ldap_host *host = &APR_ARRAY_IDX(hosts, i, eas_ldap_host);

        if (eas_ldap_host_is_catalog(host)) {
            eas_ldap_host_init(host, host->name, 0, settings->url.ldaps, pool);
        }
    }
    settings->url.hosts = hosts;
}

apr_status_t eas_ldap_catalog_make(const eas_ldap_settings *settings,
                                   const eas_ldap_context *context,
                                   apr_pool_t *pool,
                                   eas_ldap_catalog **catalog_out)
{
    eas_ldap_catalog *catalog = apr_pcalloc(pool, sizeof(*catalog));
    apr_status_t rv;

    catalog->settings = *settings;
    use_controllers(&catalog->settings, pool);
    /* Other servers, so that theirs is another board; yet as many requests
     * may wait as for the catalog. */
    catalog->context = *context;
    catalog->context.board = NULL;
    rv = eas_ldap_fleet_make(&catalog->settings, &catalog->context, pool,
                             &catalog->same);
    if (rv == APR_SUCCESS) {
        rv = apr_thread_mutex_create(&catalog->mutex, APR_THREAD_MUTEX_DEFAULT,
                                     pool);
    }
    if (rv == APR_SUCCESS) {
        rv = eas_ldap_roster_pool(pool, &catalog->pool);
    }
    if (rv == APR_SUCCESS) {
        *catalog_out = catalog;
    }
    return rv;
}

eas_ldap_fleet *eas_ldap_catalog_same(const eas_ldap_catalog *catalog)
{
    return catalog->same;
}

/* Called with the lock held. */
static eas_ldap_fleet *add(eas_ldap_catalog *catalog, const char *name)
{
    domain *to = &catalog->domains[catalog->count];

    to->name = apr_pstrdup(catalog->pool, name);
    to->settings = catalog->settings;
    to->settings.url.hosts =
        apr_array_make(catalog->pool, 1, sizeof(eas_ldap_host));
    to->settings.url.srv_domain = to->name;
    if (eas_ldap_fleet_make(&to->settings, &catalog->context, catalog->pool,
                            &to->fleet)
        != APR_SUCCESS) {
        return NULL;
    }
    catalog->count++;
    return to->fleet;
}

static eas_ldap_fleet *get(eas_ldap_catalog *catalog, const char *name)
{
    for (int i = 0; i < catalog->count; i++) {
        if (!strcasecmp(catalog->domains[i].name, name)) {
            return catalog->domains[i].fleet;
        }
    }
    return catalog->count < DOMAINS ? add(catalog, name) : NULL;
}

eas_ldap_fleet *eas_ldap_catalog_domain(eas_ldap_catalog *catalog,
                                        const char *dn, apr_pool_t *pool)
{
    const char *name = eas_ldap_srv_domain(dn, pool);
    eas_ldap_fleet *fleet = NULL;

    if (name && eas_ldap_settings_has_own_ca(&catalog->settings)) {
        apr_thread_mutex_lock(catalog->mutex);
        fleet = get(catalog, name);
        apr_thread_mutex_unlock(catalog->mutex);
    }
    return fleet;
}
