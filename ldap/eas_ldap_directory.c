/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_directory.h"

#include <string.h>

#include <apr_strings.h>

#include "eas_ldap_account.h"
#include "eas_ldap_catalog.h"
#include "eas_ldap_direct.h"
#include "eas_ldap_entry.h"
#include "eas_ldap_group.h"
#include "eas_ldap_limits.h"
#include "eas_ldap_search.h"
#include "eas_reason.h"
#include "eas_state.h"
#include "eas_text.h"

typedef struct directory {
    const eas_ldap_settings *settings;
    eas_ldap_fleet *fleet;
    eas_ldap_catalog *catalog; /* NULL where these are no Global Catalogs */
    eas_ldap_known *known;
    eas_ldap_limits *limits;
} directory;

/* A search for one entry. */
typedef struct search {
    const char *filter;
    const char *const *wanted;
    eas_identity *found;
} search;

static eas_reason run_search(LDAP *ld, const eas_ldap_server *server,
                             void *with, eas_moment deadline, apr_pool_t *pool,
                             int *dead_out, const char **detail_out)
{
    search *s = with;

    return eas_ldap_search(ld, server->host->uri, server->settings, s->filter,
                           s->wanted, eas_ldap_server_until(server, deadline),
                           pool, &s->found, dead_out, detail_out);
}

static eas_reason ask_search(eas_ldap_server *server, void *with,
                             eas_moment deadline, apr_pool_t *pool,
                             int *final_out, const char **detail_out)
{
    (void)final_out; /* a search may be repeated elsewhere */
    return eas_ldap_server_ask(server, run_search, with, deadline, pool,
                               detail_out);
}

static eas_reason search_all(const directory *dir, const char *filter,
                             const char *const *wanted, eas_moment deadline,
                             apr_pool_t *pool, eas_identity **identity_out,
                             const char **detail_out)
{
    search s = {filter, wanted, NULL};
    eas_reason reason = eas_ldap_fleet_ask(dir->fleet, ask_search, &s, deadline,
                                           pool, detail_out);

    if (reason == EAS_REASON_NONE) {
        *identity_out = s.found;
    }
    return reason;
}

static apr_interval_time_t down_for(void *self)
{
    return eas_ldap_fleet_down_for(((directory *)self)->fleet);
}

static int is_down(void *self)
{
    return eas_ldap_fleet_is_down(((directory *)self)->fleet);
}

/* --- whom a login names ------------------------------------------------------ */

/* Whether the search that found an entry has also looked for everybody else
 * of its canonical name. */
static int name_was_searched(const eas_ldap_settings *settings,
                             const eas_login *login, const char *user)
{
    return !strcasecmp(login->user, user)
           && (login->form != EAS_LOGIN_UPN
               || eas_domains_has(&settings->domains, login->domain));
}

/* Who came by an address or an alias gets a REMOTE_USER that nobody has looked
 * for yet: were it somebody else's login name as well, the back end would open
 * their mailbox.  Then there is no name to go by. */
static eas_reason check_name(const directory *dir, const eas_login *login,
                             eas_identity *identity, eas_moment deadline,
                             apr_pool_t *pool, const char **detail_out)
{
    const eas_ldap_settings *settings = dir->settings;
    const char *user = identity->account.user;
    eas_login canonical = {EAS_LOGIN_USER, user, user, NULL};
    eas_identity *owner = NULL;
    const char *filter;
    eas_reason reason;

    if (!user || name_was_searched(settings, login, user)) {
        return EAS_REASON_NONE;
    }
    filter = eas_filter_login(&settings->login, &settings->domains,
                              settings->url.filter, &canonical, pool);
    reason = search_all(dir, filter, NULL, deadline, pool, &owner, detail_out);
    if (eas_reason_class(reason) == EAS_CLASS_REFUSED
        || (reason == EAS_REASON_NONE && strcmp(owner->id, identity->id))) {
        *detail_out =
            apr_psprintf(pool, "the login name %s is not theirs alone",
                         eas_text_quote(user, pool));
        identity->account.user = NULL;
        return EAS_REASON_NONE;
    }
    return reason;
}

static eas_reason look_up(const directory *dir, const eas_login *login,
                          const char *const *attributes, eas_moment deadline,
                          apr_pool_t *pool, eas_identity **identity_out,
                          const char **detail_out)
{
    const eas_ldap_settings *settings = dir->settings;
    const char *filter = eas_filter_login(&settings->login, &settings->domains,
                                          settings->url.filter, login, pool);
    eas_reason reason;

    if (!filter) {
        return EAS_UNKNOWN_USER;
    }
    reason = search_all(dir, filter, attributes, deadline, pool, identity_out,
                        detail_out);
    if (reason == EAS_REASON_NONE) {
        reason =
            check_name(dir, login, *identity_out, deadline, pool, detail_out);
    }
    return reason;
}

/* Everything that a search depends on. */
static const char *key_of(const eas_login *login, const char *const *attributes,
                          apr_pool_t *pool)
{
    const char *key =
        apr_psprintf(pool, "login %d %s\n%s", (int)login->form,
                     eas_text_lower(login->user, pool),
                     login->domain ? eas_text_lower(login->domain, pool) : "");

    for (; attributes && *attributes; attributes++) {
        key = apr_pstrcat(pool, key, "\n", *attributes, NULL);
    }
    return key;
}

static int push_value(void *texts, const char *name, const char *value)
{
    APR_ARRAY_PUSH((apr_array_header_t *)texts, const char *) = name;
    APR_ARRAY_PUSH((apr_array_header_t *)texts, const char *) = value;
    return 1;
}

static void remember(const directory *dir, const char *key,
                     const eas_identity *identity, apr_pool_t *pool)
{
    apr_array_header_t *texts = apr_array_make(pool, 8, sizeof(char *));

    if (!identity->account.user) {
        return; /* somebody without a name is looked at each time */
    }
    APR_ARRAY_PUSH(texts, const char *) = identity->id;
    APR_ARRAY_PUSH(texts, const char *) = identity->dn;
    APR_ARRAY_PUSH(texts, const char *) = identity->account.user;
    apr_table_do(push_value, texts, identity->attributes, NULL);
    eas_ldap_known_put(dir->known, key, texts);
}

static eas_identity *recall(const directory *dir, const char *key,
                            apr_pool_t *pool)
{
    const apr_array_header_t *texts = eas_ldap_known_get(dir->known, key, pool);
    const char *const *text = texts ? (const char *const *)texts->elts : NULL;
    eas_identity *identity;

    if (!text || texts->nelts < 3) {
        return NULL;
    }
    identity = apr_pcalloc(pool, sizeof(*identity));
    identity->id = text[0];
    identity->dn = text[1];
    identity->account.user = text[2];
    identity->account.domain = eas_domains_default(&dir->settings->domains);
    identity->attributes = apr_table_make(pool, 4);
    for (int i = 3; i + 1 < texts->nelts; i += 2) {
        apr_table_addn(identity->attributes, text[i], text[i + 1]);
    }
    identity->stamp =
        eas_state_stamp(dir->settings->type, identity->attributes);
    identity->expires_in = -1;
    identity->is_remembered = 1;
    return identity;
}

static eas_reason find(void *self, const eas_login *login,
                       const char *const *attributes, int is_fresh,
                       eas_moment deadline, apr_pool_t *pool,
                       eas_identity **identity_out, const char **detail_out)
{
    const directory *dir = self;
    eas_identity *identity = NULL;
    const char *key;
    eas_reason reason;

    if (dir->settings->bind_template) {
        return eas_ldap_direct_find(dir->settings, login, pool, identity_out);
    }
    key = key_of(login, attributes, pool);
    if (!is_fresh && (identity = recall(dir, key, pool))) {
        *identity_out = identity;
        return EAS_REASON_NONE;
    }
    reason =
        look_up(dir, login, attributes, deadline, pool, &identity, detail_out);
    if (reason == EAS_REASON_NONE) {
        remember(dir, key, identity, pool);
        *identity_out = identity;
    }
    else if (is_fresh) {
        eas_ldap_known_drop(dir->known, key);
    }
    return reason;
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

    return eas_ldap_fleet_ask(((directory *)self)->fleet, ask_bind, &p,
                              deadline, pool, detail_out);
}

/* Whom to ask about an entry: its domain controllers. */
static eas_ldap_fleet *whole(const directory *dir)
{
    return dir->catalog ? eas_ldap_catalog_same(dir->catalog) : dir->fleet;
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
    const eas_ldap_type type = dir->settings->type;
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
        eas_ldap_group_member(whole(dir), dir->settings, dir->known, identity,
                              group, deadline, pool, detail_out);
    eas_ldap_fleet *other = elsewhere(dir, identity, reason, pool);

    return other ? eas_ldap_group_member(other, dir->settings, dir->known,
                                         identity, group, deadline, pool,
                                         detail_out)
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
    eas_ldap_known *known = dir->catalog ? dir->known : NULL;
    eas_ldap_fleet *other;
    eas_reason reason;

    /* Bound directly: nobody is there who could read it. */
    if (dir->settings->bind_template) {
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

    dir->settings = settings;
    rv = eas_ldap_fleet_make(settings, context, pool, &dir->fleet);
    if (rv == APR_SUCCESS && eas_ldap_catalog_is(settings)) {
        rv = eas_ldap_catalog_make(settings, context, pool, &dir->catalog);
    }
    if (rv == APR_SUCCESS) {
        rv = eas_ldap_known_make(settings->remember, pool, &dir->known);
    }
    if (rv == APR_SUCCESS) {
        rv = eas_ldap_limits_make(settings, pool, &dir->limits);
    }
    if (rv == APR_SUCCESS) {
        *made = (eas_directory){dir,     settings->type, find,    verify,
                                state,   member,         matches, down_for,
                                is_down, lockout,        NULL};
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
