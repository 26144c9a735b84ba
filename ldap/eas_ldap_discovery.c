/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_discovery.h"

#include <string.h>
#include <strings.h>

#include <apr_strings.h>
#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>

#include <openssl/rand.h>

#include "eas_clock.h"

/* Bounds of a TTL: a server that was taken away is soon forgotten, and a TTL
 * of 0 does not make a question of each login. */
#define LEAST_AGE apr_time_from_sec(30)
#define GREATEST_AGE apr_time_from_sec(3600)
/* How soon it is tried again where it failed: with servers known, and without. */
#define STALE_FOR apr_time_from_sec(30)
#define BAD_FOR apr_time_from_sec(5)
/* A login that brings the known servers up to date has its own work to do
 * within its deadline. */
#define REFRESH_WITHIN apr_time_from_sec(1)
/* Who had less time than this says little about the name server. */
#define FAIR_TRIAL apr_time_from_sec(1)

/* In place, so that no refresh needs memory that would be kept. */
typedef struct found {
    int count;
    struct {
        char name[256];
        apr_port_t port;
    } list[EAS_LDAP_DISCOVERY_HOSTS];
} found;

struct eas_ldap_discovery {
    const eas_ldap_settings *settings;
    const apr_array_header_t *names;
    eas_ldap_discovery_means means;
    apr_thread_mutex_t *mutex;
    apr_thread_cond_t *changed;
    int asking;       /* one thread is, without the lock */
    found known;      /* the last good answer */
    eas_moment due;   /* when to ask again; 0 before the first time */
    char detail[512]; /* of the last failure */
};

/* --- one lookup, without the lock -----------------------------------------*/

static int is_known(const found *hosts, const char *name, apr_port_t port)
{
    for (int i = 0; i < hosts->count; i++) {
        if (hosts->list[i].port == port
            && !strcasecmp(hosts->list[i].name, name)) {
            return 1;
        }
    }
    return 0;
}

static void take_records(const eas_ldap_discovery *discovery, const char *name,
                         apr_array_header_t *records, found *hosts)
{
    const int ldaps = discovery->settings->url.ldaps;

    hosts->count = 0;
    eas_srv_sort(records, discovery->means.random, discovery->means.self);
    for (int i = 0;
         i < records->nelts && hosts->count < EAS_LDAP_DISCOVERY_HOSTS; i++) {
        const eas_srv_record *record =
            &APR_ARRAY_IDX(records, i, eas_srv_record);
        const apr_port_t port = eas_ldap_srv_port(ldaps, name, record->port);

        if (!is_known(hosts, record->target, port)) {
            apr_cpystrn(hosts->list[hosts->count].name, record->target,
                        sizeof(hosts->list[0].name));
            hosts->list[hosts->count++].port = port;
        }
    }
}

/* Asks for one name after the other.  A name server that fails for one may
 * know the next; one that does not answer has had its time. */
static eas_ldap_srv_result ask(const eas_ldap_discovery *discovery,
                               eas_moment deadline, apr_pool_t *pool,
                               found *hosts, apr_interval_time_t *ttl,
                               const char **detail)
{
    const eas_ldap_discovery_means *means = &discovery->means;
    eas_ldap_srv_result result = EAS_LDAP_SRV_NONE;

    *detail = "";
    for (int i = 0; i < discovery->names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(discovery->names, i, const char *);
        apr_array_header_t *records = NULL;
        const char *why = NULL;

        result = means->lookup(means->self, name, deadline, pool, &records, ttl,
                               &why);
        if (result == EAS_LDAP_SRV_FOUND) {
            take_records(discovery, name, records, hosts);
            if (hosts->count) {
                return result;
            }
            result = EAS_LDAP_SRV_NONE;
            why = apr_pstrcat(pool, name, ": says there is no such service",
                              NULL);
        }
        *detail = apr_pstrcat(pool, *detail, **detail ? "; " : "", why, NULL);
        if (result == EAS_LDAP_SRV_NO_ANSWER) {
            break;
        }
    }
    return result;
}

/* --- what is known, with the lock -----------------------------------------*/

static eas_moment now_of(const eas_ldap_discovery *discovery)
{
    return discovery->means.clock.now(discovery->means.clock.self);
}

static void keep_found(eas_ldap_discovery *discovery, const found *hosts,
                       apr_interval_time_t ttl)
{
    discovery->known = *hosts;
    discovery->due = now_of(discovery)
                     + (ttl < LEAST_AGE      ? LEAST_AGE
                        : ttl > GREATEST_AGE ? GREATEST_AGE
                                             : ttl);
}

static void keep_failure(eas_ldap_discovery *discovery, const char *detail)
{
    discovery->due =
        now_of(discovery) + (discovery->known.count ? STALE_FOR : BAD_FOR);
    apr_cpystrn(discovery->detail, detail, sizeof(discovery->detail));
}

/* Called with the lock held, which is let go while asking. */
static void look_up(eas_ldap_discovery *discovery, eas_moment deadline,
                    apr_pool_t *pool)
{
    const eas_moment begin = now_of(discovery);
    const char *detail = "no memory";
    eas_ldap_srv_result result = EAS_LDAP_SRV_FAILED;
    apr_interval_time_t ttl = 0;
    apr_pool_t *own = NULL;
    found hosts = {.count = 0};

    if (discovery->known.count && deadline > begin + REFRESH_WITHIN) {
        deadline = begin + REFRESH_WITHIN;
    }
    discovery->asking = 1;
    apr_thread_mutex_unlock(discovery->mutex);
    if (apr_pool_create(&own, pool) == APR_SUCCESS) {
        result = ask(discovery, deadline, own, &hosts, &ttl, &detail);
    }
    apr_thread_mutex_lock(discovery->mutex);
    if (result == EAS_LDAP_SRV_FOUND) {
        keep_found(discovery, &hosts, ttl);
    }
    else if (result != EAS_LDAP_SRV_NO_ANSWER || discovery->known.count
             || deadline - begin >= FAIR_TRIAL) {
        keep_failure(discovery, detail);
    }
    if (own) {
        apr_pool_destroy(own);
    }
    discovery->asking = 0;
    apr_thread_cond_broadcast(discovery->changed);
}

static void bring_up_to_date(eas_ldap_discovery *discovery, eas_moment deadline,
                             apr_pool_t *pool)
{
    eas_moment now = now_of(discovery);

    while (now >= discovery->due && now < deadline) {
        if (!discovery->asking) {
            look_up(discovery, deadline, pool);
            return;
        }
        if (discovery->known.count) {
            return;
        }
        apr_thread_cond_timedwait(discovery->changed, discovery->mutex,
                                  deadline - now);
        now = now_of(discovery);
    }
}

int eas_ldap_discovery_waits(eas_ldap_discovery *discovery)
{
    int waits;

    apr_thread_mutex_lock(discovery->mutex);
    waits = !discovery->known.count && now_of(discovery) >= discovery->due;
    apr_thread_mutex_unlock(discovery->mutex);
    return waits;
}

eas_reason eas_ldap_discover(eas_ldap_discovery *discovery, eas_moment deadline,
                             apr_pool_t *pool, apr_array_header_t **hosts_out,
                             const char **detail_out)
{
    const int ldaps = discovery->settings->url.ldaps;
    apr_array_header_t *hosts;
    found known;

    apr_thread_mutex_lock(discovery->mutex);
    bring_up_to_date(discovery, deadline, pool);
    known = discovery->known;
    if (!known.count) {
        *detail_out = now_of(discovery) < discovery->due
                          ? apr_pstrdup(pool, discovery->detail)
                          : "no answer from the name server in time";
    }
    apr_thread_mutex_unlock(discovery->mutex);
    if (!known.count) {
        return EAS_DIRECTORY_NAME;
    }
    hosts = apr_array_make(pool, known.count, sizeof(eas_ldap_host));
    for (int i = 0; i < known.count; i++) {
        eas_ldap_host_init(apr_array_push(hosts),
                           apr_pstrdup(pool, known.list[i].name),
                           known.list[i].port, ldaps, pool);
    }
    *hosts_out = hosts;
    return EAS_REASON_NONE;
}

/* --- making one -----------------------------------------------------------*/

static eas_ldap_srv_result lookup(void *self, const char *name,
                                  eas_moment deadline, apr_pool_t *pool,
                                  apr_array_header_t **records_out,
                                  apr_interval_time_t *ttl_out,
                                  const char **detail_out)
{
    (void)self;
    return eas_ldap_srv_lookup(name, deadline, pool, records_out, ttl_out,
                               detail_out);
}

static apr_uint32_t get_random(void *self)
{
    apr_uint32_t number = 0;

    (void)self;
    /* Where there is no chance, the order is by weight. */
    if (RAND_bytes((unsigned char *)&number, sizeof(number)) != 1) {
        number = 0;
    }
    return number;
}

apr_status_t eas_ldap_discovery_make(const eas_ldap_settings *settings,
                                     apr_pool_t *pool,
                                     eas_ldap_discovery **discovery_out)
{
    static const eas_ldap_discovery_means means = {
        lookup, get_random, NULL, {NULL, eas_clock_now, eas_clock_date}};

    return eas_ldap_discovery_make_with(settings, &means, pool, discovery_out);
}

apr_status_t eas_ldap_discovery_make_with(const eas_ldap_settings *settings,
                                          const eas_ldap_discovery_means *means,
                                          apr_pool_t *pool,
                                          eas_ldap_discovery **discovery_out)
{
    eas_ldap_discovery *made = apr_pcalloc(pool, sizeof(*made));
    apr_status_t rv =
        apr_thread_mutex_create(&made->mutex, APR_THREAD_MUTEX_DEFAULT, pool);

    if (rv == APR_SUCCESS) {
        rv = apr_thread_cond_create(&made->changed, pool);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    made->settings = settings;
    made->names = eas_ldap_srv_names(settings, pool);
    made->means = *means;
    *discovery_out = made;
    return APR_SUCCESS;
}
