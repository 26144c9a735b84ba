/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_who.h"

#include <string.h>

#include <apr_strings.h>

#include "eas_claim.h"
#include "eas_ldap_search.h"
#include "eas_reason.h"
#include "eas_state.h"
#include "eas_text.h"

static eas_reason run_search(LDAP *ld, const eas_ldap_server *server,
                             void *with, eas_moment deadline, apr_pool_t *pool,
                             int *dead_out, const char **detail_out)
{
    return eas_ldap_search(ld, server->host->uri, server->settings, with,
                           eas_ldap_server_until(server, deadline), pool,
                           dead_out, detail_out);
}

static eas_reason ask_search(eas_ldap_server *server, void *with,
                             eas_moment deadline, apr_pool_t *pool,
                             int *final_out, const char **detail_out)
{
    (void)final_out; /* a search may be repeated elsewhere */
    return eas_ldap_server_ask(server, run_search, with, deadline, pool,
                               detail_out);
}

static eas_reason search(const eas_ldap_who *who, eas_ldap_sought *sought,
                         eas_moment deadline, apr_pool_t *pool,
                         const char **detail_out)
{
    return eas_ldap_fleet_ask(who->fleet, ask_search, sought, deadline, pool,
                              detail_out);
}

/* --- whose name it is -------------------------------------------------------- */

/* Who came by an address, an alias or a certificate gets a REMOTE_USER that
 * nobody has looked for yet: were it somebody else's login name as well, the
 * back end would open their mailbox.  Then there is no name to go by. */
static eas_reason check_name(const eas_ldap_who *who, eas_identity *identity,
                             eas_moment deadline, apr_pool_t *pool,
                             const char **detail_out)
{
    const eas_ldap_settings *settings = who->settings;
    const char *user = identity->account.user;
    const eas_login canonical = {EAS_LOGIN_USER, user, user, NULL};
    eas_ldap_sought owner = {0};
    eas_reason reason;

    if (!user) {
        return EAS_REASON_NONE;
    }
    owner.filter = eas_filter_login(&settings->login, &settings->domains,
                                    settings->url.filter, &canonical, pool);
    reason = search(who, &owner, deadline, pool, detail_out);
    if (eas_reason_class(reason) == EAS_CLASS_REFUSED
        || (reason == EAS_REASON_NONE
            && strcmp(owner.found->id, identity->id))) {
        *detail_out =
            apr_psprintf(pool, "the login name %s is not theirs alone",
                         eas_text_quote(user, pool));
        identity->account.user = NULL;
        return EAS_REASON_NONE;
    }
    return reason;
}

/* --- whom a login names ------------------------------------------------------ */

/* Whether the search that found an entry has also looked for everybody else
 * of its canonical name. */
static int name_was_searched(const eas_ldap_settings *settings,
                             const eas_login *login, const char *user)
{
    return user && !strcasecmp(login->user, user)
           && (login->form != EAS_LOGIN_UPN
               || eas_domains_has(&settings->domains, login->domain));
}

static eas_reason look_up(const eas_ldap_who *who, const eas_login *login,
                          const char *const *attributes, eas_moment deadline,
                          apr_pool_t *pool, eas_identity **identity_out,
                          const char **detail_out)
{
    const eas_ldap_settings *settings = who->settings;
    eas_ldap_sought sought = {.attributes = attributes};
    eas_reason reason;

    sought.filter = eas_filter_login(&settings->login, &settings->domains,
                                     settings->url.filter, login, pool);
    if (!sought.filter) {
        return EAS_UNKNOWN_USER;
    }
    reason = search(who, &sought, deadline, pool, detail_out);
    if (reason == EAS_REASON_NONE
        && !name_was_searched(settings, login, sought.found->account.user)) {
        reason = check_name(who, sought.found, deadline, pool, detail_out);
    }
    if (reason == EAS_REASON_NONE) {
        *identity_out = sought.found;
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

static void remember(const eas_ldap_who *who, const char *key,
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
    eas_ldap_known_put(who->known, key, texts);
}

static eas_identity *recall(const eas_ldap_who *who, const char *key,
                            apr_pool_t *pool)
{
    const apr_array_header_t *texts = eas_ldap_known_get(who->known, key, pool);
    const char *const *text = texts ? (const char *const *)texts->elts : NULL;
    eas_identity *identity;

    if (!text || texts->nelts < 3) {
        return NULL;
    }
    identity = apr_pcalloc(pool, sizeof(*identity));
    identity->id = text[0];
    identity->dn = text[1];
    identity->account.user = text[2];
    identity->account.domain = eas_domains_default(&who->settings->domains);
    identity->attributes = apr_table_make(pool, 4);
    for (int i = 3; i + 1 < texts->nelts; i += 2) {
        apr_table_addn(identity->attributes, text[i], text[i + 1]);
    }
    identity->stamp =
        eas_state_stamp(who->settings->type, identity->attributes);
    identity->expires_in = -1;
    identity->is_remembered = 1;
    return identity;
}

eas_reason eas_ldap_who_login(const eas_ldap_who *who, const eas_login *login,
                              const char *const *attributes, int is_fresh,
                              eas_moment deadline, apr_pool_t *pool,
                              eas_identity **identity_out,
                              const char **detail_out)
{
    const char *key = key_of(login, attributes, pool);
    eas_identity *identity = NULL;
    eas_reason reason;

    if (!is_fresh && (identity = recall(who, key, pool))) {
        *identity_out = identity;
        return EAS_REASON_NONE;
    }
    reason =
        look_up(who, login, attributes, deadline, pool, &identity, detail_out);
    if (reason == EAS_REASON_NONE) {
        remember(who, key, identity, pool);
        *identity_out = identity;
    }
    else if (is_fresh) {
        eas_ldap_known_drop(who->known, key);
    }
    return reason;
}

/* --- whom a certificate names ------------------------------------------------ */

static const eas_claim *find_der(const eas_claim *claims, int count)
{
    for (int i = 0; i < count; i++) {
        if (claims[i].kind == EAS_MAP_DER) {
            return &claims[i];
        }
    }
    return NULL;
}

static eas_reason search_claims(const eas_ldap_who *who,
                                const eas_claim *claims, int count,
                                eas_ldap_sought *sought, eas_moment deadline,
                                apr_pool_t *pool, const char **detail_out)
{
    const eas_ldap_settings *settings = who->settings;
    const eas_claim_names names = {settings->type, &settings->login,
                                   &settings->domains, settings->url.filter};

    sought->filter = eas_claim_filter(&names, claims, count, pool);
    return sought->filter ? search(who, sought, deadline, pool, detail_out)
                          : EAS_UNKNOWN_USER;
}

/* Whether the server compares a certificate by its bytes (eas_claim_filter),
 * so that who does not hold it was found by something else. */
static int compares_bytes(eas_ldap_type type)
{
    return type == EAS_LDAP_ACTIVE_DIRECTORY || type == EAS_LDAP_FREEIPA;
}

/* The entry found does not hold the certificate: it counts for what else was
 * looked for alone. */
static eas_reason search_others(const eas_ldap_who *who,
                                const eas_claim *claims, int count,
                                eas_ldap_sought *sought, eas_moment deadline,
                                apr_pool_t *pool, const char **detail_out)
{
    apr_array_header_t *others = apr_array_make(pool, count, sizeof(eas_claim));

    for (int i = 0; i < count; i++) {
        if (claims[i].kind != EAS_MAP_DER) {
            APR_ARRAY_PUSH(others, eas_claim) = claims[i];
        }
    }
    if (!others->nelts) {
        *detail_out = apr_psprintf(
            pool,
            "userCertificate of %s has the issuer and serial number of this "
            "certificate, and is another one or cannot be read",
            eas_text_quote(sought->found->dn, pool));
        return EAS_UNKNOWN_USER;
    }
    if (compares_bytes(who->settings->type)) {
        return EAS_REASON_NONE;
    }
    return search_claims(who, (const eas_claim *)others->elts, others->nelts,
                         sought, deadline, pool, detail_out);
}

eas_reason eas_ldap_who_claimed(const eas_ldap_who *who,
                                const eas_claim *claims, int count,
                                const char *const *attributes,
                                eas_moment deadline, apr_pool_t *pool,
                                eas_identity **identity_out,
                                const char **detail_out)
{
    eas_ldap_sought sought = {.attributes = attributes,
                              .certificate = find_der(claims, count)};
    eas_reason reason =
        search_claims(who, claims, count, &sought, deadline, pool, detail_out);

    if (reason == EAS_REASON_NONE && sought.certificate && !sought.holds) {
        reason = search_others(who, claims, count, &sought, deadline, pool,
                               detail_out);
    }
    if (reason == EAS_REASON_NONE) {
        reason = check_name(who, sought.found, deadline, pool, detail_out);
    }
    if (reason == EAS_REASON_NONE) {
        *identity_out = sought.found;
    }
    return reason;
}
