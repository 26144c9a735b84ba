/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_directory.h"

#include <stdatomic.h>
#include <string.h>

#include <apr_strings.h>

#include "eas_clock.h"
#include "eas_ldap_entry.h"
#include "eas_ldap_server.h"
#include "eas_reason.h"
#include "eas_text.h"

/* After this the first server of the list is asked first again. */
#define PREFER_FOR apr_time_from_sec(30)

typedef struct directory {
    const eas_ldap_settings *settings;
    eas_ldap_server *servers;
    int count;
    /* Hints, each good by itself: no lock is needed to keep them together. */
    atomic_int preferred;
    _Atomic(eas_moment) preferred_until;
    _Atomic(eas_moment) down_since; /* 0 while it answers */
} directory;

static int first_server(directory *dir)
{
    return eas_clock_now(NULL) < atomic_load(&dir->preferred_until)
               ? atomic_load(&dir->preferred)
               : 0;
}

static void prefer(directory *dir, int index)
{
    const eas_moment now = eas_clock_now(NULL);

    if (index != atomic_load(&dir->preferred)
        || now >= atomic_load(&dir->preferred_until)) {
        atomic_store(&dir->preferred, index);
        atomic_store(&dir->preferred_until, now + PREFER_FOR);
    }
}

/* Whether another server of the same directory may know better. */
static int is_worth_another(eas_reason reason)
{
    return reason == EAS_DIRECTORY_DOWN || reason == EAS_DIRECTORY_TIMEOUT
           || reason == EAS_DIRECTORY_BUSY || reason == EAS_DIRECTORY_NAME
           || reason == EAS_DIRECTORY_TLS || reason == EAS_OVERLOADED;
}

static void note_outcome(directory *dir, int index, eas_reason reason)
{
    eas_moment never = 0;

    if (reason != EAS_REASON_NONE
        && eas_reason_class(reason) == EAS_CLASS_UNAVAILABLE) {
        if (reason != EAS_OVERLOADED) {
            atomic_compare_exchange_strong(&dir->down_since, &never,
                                           eas_clock_now(NULL));
        }
        return;
    }
    atomic_store(&dir->down_since, 0);
    prefer(dir, index);
}

static const char *passed_over(const char *before, const char *detail,
                               apr_pool_t *pool)
{
    return before ? apr_pstrcat(pool, before, "; then ",
                                detail ? detail : "the next", NULL)
                  : detail;
}

static apr_interval_time_t down_for(void *self)
{
    directory *dir = self;
    const eas_moment since = atomic_load(&dir->down_since);

    return since ? eas_clock_now(NULL) - since : 0;
}

static eas_reason search_all(directory *dir, const char *filter,
                             const char *const *attributes, eas_moment deadline,
                             apr_pool_t *pool, eas_identity **identity_out,
                             const char **detail_out)
{
    const int first = first_server(dir);
    const char *before = NULL;
    eas_reason reason = EAS_DIRECTORY_DOWN;
    int index = first;
    int i;

    for (i = 0; i < dir->count && (!i || eas_clock_now(NULL) < deadline); i++) {
        const char *detail = NULL;

        index = (first + i) % dir->count;
        reason = eas_ldap_server_find(&dir->servers[index], filter, attributes,
                                      dir->count == 1, deadline, pool,
                                      identity_out, &detail);
        before = passed_over(before, detail, pool);
        if (!is_worth_another(reason)) {
            break;
        }
    }
    *detail_out = before;
    note_outcome(dir, index, reason);
    return reason;
}

/* What no Active Directory account name may hold: none of it may turn the
 * name bound into another kind of name. */
static int is_account_name(const char *user)
{
    return !strpbrk(user, "\"/\\[]:;|=,+*?<>@");
}

/* The names of EASAuthDomain are one domain's, and the first is the one to
 * bind with: Active Directory knows CONTOSO\alice, not contoso.com\alice.
 * Where `*` accepts any, one that is not listed is somebody else's. */
static const char *bind_domain(const eas_domains *domains, const char *stated)
{
    return stated && !eas_domains_lists(domains, stated)
               ? stated
               : eas_domains_default(domains);
}

static eas_reason from_template(const eas_ldap_settings *settings,
                                const eas_login *login, apr_pool_t *pool,
                                eas_identity **identity_out)
{
    const eas_template *template_ = settings->bind_template;
    const int is_dn = eas_ldap_settings_binds_dn(settings);
    const char *domain = bind_domain(&settings->domains, login->domain);
    eas_identity *identity;

    if ((login->domain && !eas_domains_has(&settings->domains, login->domain))
        || (!is_dn && !is_account_name(login->user))) {
        return EAS_UNKNOWN_USER;
    }
    identity = apr_pcalloc(pool, sizeof(*identity));
    identity->dn =
        eas_template_expand(template_, login->user, domain,
                            is_dn ? eas_filter_escape_dn : NULL, pool);
    if (!identity->dn) {
        return EAS_UNKNOWN_USER;
    }
    identity->id = is_dn ? eas_ldap_entry_normal_dn(identity->dn, pool)
                         : eas_text_lower(identity->dn, pool);
    identity->account.user = eas_text_lower(login->user, pool);
    identity->account.domain = eas_domains_default(&settings->domains);
    identity->attributes = apr_table_make(pool, 1);
    identity->expires_in = -1;
    *identity_out = identity;
    return EAS_REASON_NONE;
}

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
static eas_reason check_name(directory *dir, const eas_login *login,
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

static eas_reason find(void *self, const eas_login *login,
                       const char *const *attributes, eas_moment deadline,
                       apr_pool_t *pool, eas_identity **identity_out,
                       const char **detail_out)
{
    directory *dir = self;
    const eas_ldap_settings *settings = dir->settings;
    const char *filter;
    eas_reason reason;

    if (settings->bind_template) {
        return from_template(settings, login, pool, identity_out);
    }
    filter = eas_filter_login(&settings->login, &settings->domains,
                              settings->url.filter, login, pool);
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

static eas_reason verify(void *self, eas_identity *identity,
                         const char *password, eas_moment deadline,
                         apr_pool_t *pool, const char **detail_out)
{
    directory *dir = self;
    const int first = first_server(dir);
    const char *before = NULL;
    eas_reason reason = EAS_DIRECTORY_DOWN;
    int index = first;
    int sent = 0;
    int i;

    /* A bind that reached a server is not repeated at another: each could
     * count it as a wrong password. */
    for (i = 0;
         i < dir->count && !sent && (!i || eas_clock_now(NULL) < deadline);
         i++) {
        const char *detail = NULL;

        index = (first + i) % dir->count;
        reason =
            eas_ldap_server_verify(&dir->servers[index], identity, password,
                                   deadline, pool, &sent, &detail);
        before = passed_over(before, detail, pool);
        if (!is_worth_another(reason)) {
            break;
        }
    }
    *detail_out = before;
    note_outcome(dir, index, reason);
    return reason;
}

apr_status_t eas_ldap_directory_make(const eas_ldap_settings *settings,
                                     apr_pool_t *pool,
                                     const eas_directory **directory_out)
{
    eas_directory *made = apr_pcalloc(pool, sizeof(*made));
    directory *dir = apr_pcalloc(pool, sizeof(*dir));
    const eas_ldap_tls *tls = eas_ldap_tls_make(settings, pool);
    eas_ldap_gate *gate = NULL;
    apr_status_t rv = eas_ldap_gate_make(pool, &gate);
    int i;

    dir->settings = settings;
    dir->count = settings->url.hosts->nelts;
    dir->servers =
        apr_pcalloc(pool, (apr_size_t)dir->count * sizeof(*dir->servers));
    for (i = 0; i < dir->count && rv == APR_SUCCESS; i++) {
        rv = eas_ldap_server_init(
            &dir->servers[i], settings,
            &APR_ARRAY_IDX(settings->url.hosts, i, eas_ldap_host), gate, tls,
            pool);
    }
    if (rv == APR_SUCCESS) {
        made->self = dir;
        made->find = find;
        made->verify = verify;
        made->down_for = down_for;
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
