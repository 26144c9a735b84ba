/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_roster.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_thread_mutex.h>

#include "eas_ldap_discovery.h"

struct eas_ldap_roster {
    const eas_ldap_settings *settings;
    eas_board *board;
    const eas_ldap_tls *tls;
    eas_ldap_gate *gate;
    apr_pool_t *pool;              /* allocated from with the lock held alone */
    eas_ldap_discovery *discovery; /* NULL where the URL names hosts */
    apr_thread_mutex_t *mutex;     /* before the two below */
    eas_ldap_server *servers[EAS_BOARD_SERVERS];
    int count;
    eas_ldap_server *listed[EAS_LDAP_DISCOVERY_HOSTS]; /* by DNS, the last */
    int listed_count;
};

/* Called with the lock held, or before there are threads. */
static eas_ldap_server *find(const eas_ldap_roster *roster,
                             const eas_ldap_host *host)
{
    for (int i = 0; i < roster->count; i++) {
        if (!strcmp(roster->servers[i]->host->uri, host->uri)) {
            return roster->servers[i];
        }
    }
    return NULL;
}

static const eas_ldap_host *keep_host(apr_pool_t *pool,
                                      const eas_ldap_host *host)
{
    eas_ldap_host *kept = apr_pmemdup(pool, host, sizeof(*host));

    kept->name = apr_pstrdup(pool, host->name);
    kept->uri = apr_pstrdup(pool, host->uri);
    return kept;
}

/* As find; makes the server where there is none yet. */
static eas_ldap_server *enlist(eas_ldap_roster *roster,
                               const eas_ldap_host *host)
{
    eas_ldap_server *server = find(roster, host);
    eas_health *health = eas_board_server(roster->board, host->uri);

    if (server || !health || roster->count == EAS_BOARD_SERVERS) {
        return server;
    }
    server = apr_pcalloc(roster->pool, sizeof(*server));
    if (eas_ldap_server_init(server, roster->settings,
                             keep_host(roster->pool, host), roster->gate,
                             roster->tls, health, roster->pool)
        != APR_SUCCESS) {
        return NULL;
    }
    roster->servers[roster->count++] = server;
    return server;
}

apr_status_t eas_ldap_roster_pool(apr_pool_t *parent, apr_pool_t **pool_out)
{
    apr_allocator_t *allocator = NULL;
    apr_status_t rv = apr_allocator_create(&allocator);

    if (rv == APR_SUCCESS) {
        rv = apr_pool_create_ex(pool_out, parent, NULL, allocator);
    }
    if (rv == APR_SUCCESS) {
        apr_allocator_owner_set(allocator, *pool_out);
    }
    return rv;
}

apr_status_t eas_ldap_roster_make(const eas_ldap_settings *settings,
                                  eas_board *board, apr_pool_t *pool,
                                  eas_ldap_roster **roster_out)
{
    eas_ldap_roster *roster = apr_pcalloc(pool, sizeof(*roster));
    const apr_array_header_t *hosts = settings->url.hosts;
    apr_status_t rv = eas_ldap_roster_pool(pool, &roster->pool);

    roster->settings = settings;
    roster->board = board;
    roster->tls = eas_ldap_tls_make(settings, pool);
    if (rv == APR_SUCCESS) {
        rv = eas_ldap_gate_make(board, pool, &roster->gate);
    }
    if (rv == APR_SUCCESS) {
        rv = apr_thread_mutex_create(&roster->mutex, APR_THREAD_MUTEX_DEFAULT,
                                     pool);
    }
    if (rv == APR_SUCCESS && settings->url.srv_domain) {
        rv = eas_ldap_discovery_make(settings, pool, &roster->discovery);
    }
    for (int i = 0; i < hosts->nelts && rv == APR_SUCCESS; i++) {
        if (!enlist(roster, &APR_ARRAY_IDX(hosts, i, eas_ldap_host))) {
            rv = APR_EGENERAL;
        }
    }
    if (rv == APR_SUCCESS) {
        *roster_out = roster;
    }
    return rv;
}

/* The servers of these hosts, as many as could be made; remembered. */
static int enlist_all(eas_ldap_roster *roster, const apr_array_header_t *hosts,
                      eas_ldap_server **list)
{
    int count = 0;

    apr_thread_mutex_lock(roster->mutex);
    for (int i = 0; i < hosts->nelts; i++) {
        list[count] = enlist(roster, &APR_ARRAY_IDX(hosts, i, eas_ldap_host));
        count += list[count] != NULL;
    }
    if (count) {
        memcpy(roster->listed, list, (apr_size_t)count * sizeof(*list));
        roster->listed_count = count;
    }
    apr_thread_mutex_unlock(roster->mutex);
    return count;
}

int eas_ldap_roster_waits(const eas_ldap_roster *roster)
{
    return roster->discovery && eas_ldap_discovery_waits(roster->discovery);
}

eas_reason eas_ldap_roster_list(eas_ldap_roster *roster, eas_moment deadline,
                                apr_pool_t *pool, eas_ldap_server ***list_out,
                                int *count_out, const char **detail_out)
{
    apr_array_header_t *hosts = NULL;
    eas_ldap_server **list;
    eas_reason reason;
    int count;

    if (!roster->discovery) {
        *list_out = roster->servers;
        *count_out = roster->count;
        return EAS_REASON_NONE;
    }
    reason = eas_ldap_discover(roster->discovery, deadline, pool, &hosts,
                               detail_out);
    if (reason != EAS_REASON_NONE) {
        return reason;
    }
    list = apr_palloc(pool, ((apr_size_t)hosts->nelts + 1) * sizeof(*list));
    count = enlist_all(roster, hosts, list);
    if (!count) {
        *detail_out = "more servers came and went than can be kept: restart "
                      "httpd";
        return EAS_INTERNAL_ERROR;
    }
    *list_out = list;
    *count_out = count;
    return EAS_REASON_NONE;
}

static int all_are_down(eas_ldap_server *const *servers, int count)
{
    for (int i = 0; i < count; i++) {
        if (eas_health_get(servers[i]->health) != EAS_HEALTH_DOWN) {
            return 0;
        }
    }
    return count > 0;
}

int eas_ldap_roster_is_down(const eas_ldap_roster *roster)
{
    int is_down = -1;

    if (!roster->discovery) {
        return all_are_down(roster->servers, roster->count);
    }
    apr_thread_mutex_lock(roster->mutex);
    if (roster->listed_count) {
        is_down = all_are_down(roster->listed, roster->listed_count);
    }
    apr_thread_mutex_unlock(roster->mutex);
    return is_down;
}
