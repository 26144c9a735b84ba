/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_direct.h"

#include <string.h>

#include "eas_ldap_entry.h"
#include "eas_spelling.h"
#include "eas_text.h"

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

/* One for all spellings: it is whom guesses are counted for. */
static const char *id_of(const eas_ldap_settings *settings, const char *user,
                         const char *domain, apr_pool_t *pool)
{
    const int is_dn = eas_ldap_settings_binds_dn(settings);
    const char *name =
        eas_template_expand(settings->bind_template, user, domain,
                            is_dn ? eas_filter_escape_dn : NULL, pool);

    if (!name) {
        return NULL;
    }
    return is_dn ? eas_ldap_entry_normal_dn(name, pool)
                 : eas_text_lower(name, pool);
}

eas_reason eas_ldap_direct_find(const eas_ldap_settings *settings,
                                const eas_login *login, apr_pool_t *pool,
                                eas_identity **identity_out)
{
    const eas_template *template_ = settings->bind_template;
    const int is_dn = eas_ldap_settings_binds_dn(settings);
    const char *domain = bind_domain(&settings->domains, login->domain);
    const char *folded = eas_spelling_fold(login->user, pool);
    eas_identity *identity;

    if (!folded
        || (login->domain
            && !eas_domains_has(&settings->domains, login->domain))
        || (!is_dn && !is_account_name(login->user))) {
        return EAS_UNKNOWN_USER;
    }
    identity = apr_pcalloc(pool, sizeof(*identity));
    identity->dn =
        eas_template_expand(template_, login->user, domain,
                            is_dn ? eas_filter_escape_dn : NULL, pool);
    identity->id = id_of(settings, folded, domain, pool);
    if (!identity->dn || !identity->id) {
        return EAS_UNKNOWN_USER;
    }
    identity->account.user = eas_text_lower(login->user, pool);
    identity->account.domain = eas_domains_default(&settings->domains);
    identity->attributes = apr_table_make(pool, 1);
    identity->expires_in = -1;
    *identity_out = identity;
    return EAS_REASON_NONE;
}
