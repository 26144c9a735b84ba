/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_directory.h"

#include "eas_ldap_account.h"
#include "eas_ldap_catalog.h"
#include "eas_ldap_direct.h"
#include "eas_ldap_group.h"
#include "eas_ldap_limits.h"
#include "eas_ldap_who.h"

typedef struct directory {
    eas_ldap_who who;
    eas_ldap_catalog *catalog; /* NULL where these are no Global Catalogs */
    eas_ldap_limits *limits;
} directory;

static apr_interval_time_t down_for(void *self)
{
    return eas_ldap_fleet_down_for(((directory *)self)->who.fleet);
}

static int is_down(void *self)
{
    return eas_ldap_fleet_is_down(((directory *)self)->who.fleet);
}

/* --- whom a login or a certificate names ------------------------------------- */

static eas_reason find(void *self, const eas_login *login,
                       const char *const *attributes, int is_fresh,
                       eas_moment deadline, apr_pool_t *pool,
                       eas_identity **identity_out, const char **detail_out)
{
    const directory *dir = self;

    return dir->who.settings->bind_template
               ? eas_ldap_direct_find(dir->who.settings, login, pool,
                                      identity_out)
               : eas_ldap_who_login(&dir->who, login, attributes, is_fresh,
                                    deadline, pool, identity_out, detail_out);
}

static eas_reason find_claimed(void *self, const eas_claim *claims, int count,
                               const char *const *attributes,
                               eas_moment deadline, apr_pool_t *pool,
                               eas_identity **identity_out,
                               const char **detail_out)
{
    return eas_ldap_who_claimed(&((directory *)self)->who, claims, count,
                                attributes, deadline, pool, identity_out,
                                detail_out);
}

/* --- whether it is them, and what they may ------------------------------------ */

/* A password to be proven. */
typedef struct proof {
    eas_identity *identity;
    const char *password;
} proof;

/* A bind that reached a server is not repeated at another: each could count it
 * as a wrong password. */
static eas_reason ask_bind(eas_ldap_server *server, void *with,
                           eas_moment deadline, apr_pool_t *pool,
                           int *final_out, const char **detail_out)
{
    const proof *p = with;

    return eas_ldap_server_verify(server, p->identity, p->password, deadline,
                                  pool, final_out, detail_out);
}

static eas_reason verify(void *self, eas_identity *identity,
                         const char *password, eas_moment deadline,
                         apr_pool_t *pool, const char **detail_out)
{
    proof p = {identity, password};

    return eas_ldap_fleet_ask(((directory *)self)->who.fleet, ask_bind, &p,
                              deadline, pool, detail_out);
}

/* Whom to ask about an entry: its domain controllers. */
static eas_ldap_fleet *whole(const directory *dir)
{
    return dir->catalog ? eas_ldap_catalog_same(dir->catalog) : dir->who.fleet;
}

/* Whom to ask where those have said that the entry is another domain's. */
static eas_ldap_fleet *elsewhere(const directory *dir,
                                 const eas_identity *identity,
                                 eas_reason reason, apr_pool_t *pool)
{
    return dir->catalog && reason == EAS_DIRECTORY_REFERRAL
               ? eas_ldap_catalog_domain(dir->catalog, identity->dn, pool)
               : NULL;
}

static eas_reason state(void *self, eas_identity *identity, eas_moment deadline,
                        apr_pool_t *pool, const char **detail_out)
{
    const directory *dir = self;
    const eas_ldap_type type = dir->who.settings->type;
    const char *stamp = identity->stamp;
    eas_reason reason = eas_ldap_account_state(whole(dir), type, identity,
                                               deadline, pool, detail_out);
    eas_ldap_fleet *other = elsewhere(dir, identity, reason, pool);

    if (other) {
        reason = eas_ldap_account_state(other, type, identity, deadline, pool,
                                        detail_out);
    }
    if (dir->catalog) {
        identity->stamp = stamp; /* one kind, whoever looks */
    }
    return reason;
}

static eas_reason member(void *self, const eas_identity *identity,
                         const char *group, eas_moment deadline,
                         apr_pool_t *pool, const char **detail_out)
{
    const directory *dir = self;
    eas_reason reason =
        eas_ldap_group_member(whole(dir), dir->who.settings, dir->who.known,
                              identity, group, deadline, pool, detail_out);
    eas_ldap_fleet *other = elsewhere(dir, identity, reason, pool);

    return other ? eas_ldap_group_member(other, dir->who.settings,
                                         dir->who.known, identity, group,
                                         deadline, pool, detail_out)
                 : reason;
}

static eas_reason matches(void *self, const eas_identity *identity,
                          const char *filter, eas_moment deadline,
                          apr_pool_t *pool, const char **detail_out)
{
    const directory *dir = self;
    eas_reason reason = eas_ldap_account_matches(
        whole(dir), identity->dn, filter, deadline, pool, detail_out);
    eas_ldap_fleet *other = elsewhere(dir, identity, reason, pool);

    return other ? eas_ldap_account_matches(other, identity->dn, filter,
                                            deadline, pool, detail_out)
                 : reason;
}

/* --- after what it locks ----------------------------------------------------- */

static eas_reason lockout(void *self, const eas_identity *identity,
                          eas_moment deadline, apr_pool_t *pool,
                          eas_lockout_limits *limits_out)
{
    const directory *dir = self;
    eas_ldap_known *known = dir->catalog ? dir->who.known : NULL;
    eas_ldap_fleet *other;
    eas_reason reason;

    /* Bound directly: nobody is there who could read it. */
    if (dir->who.settings->bind_template) {
        return EAS_MISCONFIGURED;
    }
    reason = eas_ldap_limits_get(dir->limits, whole(dir), known, identity,
                                 deadline, pool, limits_out);
    other = elsewhere(dir, identity, reason, pool);
    return other ? eas_ldap_limits_get(dir->limits, other, known, identity,
                                       deadline, pool, limits_out)
                 : reason;
}

/* --- making one ------------------------------------------------------------ */

apr_status_t eas_ldap_directory_make(const eas_ldap_settings *settings,
                                     const eas_ldap_context *context,
                                     apr_pool_t *pool,
                                     const eas_directory **directory_out)
{
    directory *dir = apr_pcalloc(pool, sizeof(*dir));
    eas_directory *made = apr_pcalloc(pool, sizeof(*made));
    apr_status_t rv;

    dir->who.settings = settings;
    rv = eas_ldap_fleet_make(settings, context, pool, &dir->who.fleet);
    if (rv == APR_SUCCESS && eas_ldap_catalog_is(settings)) {
        rv = eas_ldap_catalog_make(settings, context, pool, &dir->catalog);
    }
    if (rv == APR_SUCCESS) {
        rv = eas_ldap_known_make(settings->remember, pool, &dir->who.known);
    }
    if (rv == APR_SUCCESS) {
        rv = eas_ldap_limits_make(settings, pool, &dir->limits);
    }
    if (rv == APR_SUCCESS) {
        *made = (eas_directory){dir,
                                settings->type,
                                find,
                                verify,
                                state,
                                member,
                                matches,
                                down_for,
                                is_down,
                                lockout,
                                settings->bind_template ? NULL : find_claimed};
        *directory_out = made;
    }
    return rv;
}

void eas_ldap_directory_prepare(void)
{
    int version = 0;

    /* Asking for any option of the process initialises libldap. */
    ldap_get_option(NULL, LDAP_OPT_PROTOCOL_VERSION, &version);
}
