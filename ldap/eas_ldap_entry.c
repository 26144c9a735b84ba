/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_entry.h"

#include <string.h>

#include <apr_strings.h>

#include "eas_basic.h"
#include "eas_ldap_policy.h"
#include "eas_state.h"
#include "eas_text.h"

/* What is kept of an entry travels on in headers, environments and logs; a
 * name longer than any login is none. */
#define VALUE_MAX 4096

static const char *const id_attributes[] = {"objectGUID", "entryUUID",
                                            "ipaUniqueID", "nsUniqueId", NULL};

const char *const *eas_ldap_entry_ids(void)
{
    return id_attributes;
}

static void add_all(apr_array_header_t *list, const char *const *names)
{
    for (; names && *names; names++) {
        APR_ARRAY_PUSH(list, char *) = apr_pstrdup(list->pool, *names);
    }
}

char **eas_ldap_entry_attributes(const eas_ldap_settings *settings,
                                 const char *const *wanted, apr_pool_t *pool)
{
    apr_array_header_t *list = apr_array_make(pool, 8, sizeof(char *));
    int i;

    add_all(list, id_attributes);
    for (i = 0; i < settings->login.user->nelts; i++) {
        APR_ARRAY_PUSH(list, char *) = apr_pstrdup(
            pool, APR_ARRAY_IDX(settings->login.user, i, const char *));
    }
    add_all(list, eas_state_attributes(settings->type));
    add_all(list, eas_ldap_policy_references(settings->type));
    add_all(list, wanted);
    APR_ARRAY_PUSH(list, char *) = NULL;
    return (char **)list->elts;
}

/* RFC 4122 as Microsoft stores it: the first three fields little-endian. */
static const char *guid_text(const unsigned char *g, apr_pool_t *pool)
{
    return apr_psprintf(pool,
                        "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
                        "%02x%02x%02x%02x%02x%02x",
                        g[3], g[2], g[1], g[0], g[5], g[4], g[7], g[6], g[8],
                        g[9], g[10], g[11], g[12], g[13], g[14], g[15]);
}

static int is_plain(const struct berval *value, ber_len_t most)
{
    return value->bv_len > 0 && value->bv_len <= most
           && eas_text_is_utf8(value->bv_val, value->bv_len)
           && !eas_text_has_control(value->bv_val, value->bv_len);
}

static const char *id_of(const struct berval *value, apr_pool_t *pool)
{
    if (value->bv_len == 16) {
        return guid_text((const unsigned char *)value->bv_val, pool);
    }
    if (value->bv_len < 16 || !is_plain(value, EAS_BASIC_LOGIN_MAX)) {
        return NULL;
    }
    return eas_text_lower(apr_pstrmemdup(pool, value->bv_val, value->bv_len),
                          pool);
}

static const char *find_id(LDAP *ld, LDAPMessage *entry, const char *dn,
                           apr_pool_t *pool)
{
    const char *const *name;
    const char *id = NULL;

    for (name = id_attributes; *name && !id; name++) {
        struct berval **values = ldap_get_values_len(ld, entry, *name);

        if (values && values[0] && !values[1]) {
            id = id_of(values[0], pool);
        }
        ldap_value_free_len(values);
    }
    return id ? id : eas_ldap_entry_normal_dn(dn, pool);
}

const char *eas_ldap_entry_normal_dn(const char *dn, apr_pool_t *pool)
{
    LDAPDN parsed = NULL;
    char *text = NULL;
    const char *normal = dn;

    if (ldap_str2dn(dn, &parsed, LDAP_DN_FORMAT_LDAP) == LDAP_SUCCESS
        && ldap_dn2str(parsed, &text, LDAP_DN_FORMAT_LDAPV3) == LDAP_SUCCESS) {
        normal = apr_pstrdup(pool, text);
    }
    ldap_memfree(text);
    ldap_dnfree(parsed);
    return eas_text_lower(normal, pool);
}

static int same(const struct berval *value, const LDAPAVA *ava)
{
    return value->bv_len == ava->la_value.bv_len
           && !memcmp(value->bv_val, ava->la_value.bv_val, value->bv_len);
}

static int in_rdn(LDAPDN dn, const char *attribute, const struct berval *value)
{
    LDAPAVA **ava;

    for (ava = dn ? dn[0] : NULL; ava && *ava; ava++) {
        if ((*ava)->la_attr.bv_len == strlen(attribute)
            && !strncasecmp((*ava)->la_attr.bv_val, attribute,
                            (*ava)->la_attr.bv_len)
            && same(value, *ava)) {
            return 1;
        }
    }
    return 0;
}

static const char *choose_value(struct berval **values, LDAPDN dn,
                                const char *attribute, apr_pool_t *pool)
{
    const char *chosen = NULL;
    int i;

    for (i = 0; values && values[i]; i++) {
        const char *text;

        if (!is_plain(values[i], EAS_BASIC_LOGIN_MAX)) {
            continue;
        }
        text = apr_pstrmemdup(pool, values[i]->bv_val, values[i]->bv_len);
        if (in_rdn(dn, attribute, values[i])) {
            return text;
        }
        if (!chosen || strcmp(text, chosen) < 0) {
            chosen = text;
        }
    }
    return chosen;
}

static const char *find_user(LDAP *ld, LDAPMessage *entry, const char *dn,
                             const eas_login_attributes *login,
                             apr_pool_t *pool)
{
    LDAPDN parsed = NULL;
    const char *user = NULL;
    int i;

    ldap_str2dn(dn, &parsed, LDAP_DN_FORMAT_LDAP);
    for (i = 0; i < login->user->nelts && !user; i++) {
        const char *attribute = APR_ARRAY_IDX(login->user, i, const char *);
        struct berval **values = ldap_get_values_len(ld, entry, attribute);

        user = choose_value(values, parsed, attribute, pool);
        ldap_value_free_len(values);
    }
    ldap_dnfree(parsed);
    return user;
}

static void read_wanted(LDAP *ld, LDAPMessage *entry, const char *attribute,
                        apr_table_t *table, apr_pool_t *pool)
{
    struct berval **values = ldap_get_values_len(ld, entry, attribute);
    int i;

    for (i = 0; values && values[i]; i++) {
        if (is_plain(values[i], VALUE_MAX)) {
            apr_table_addn(
                table, attribute,
                apr_pstrmemdup(pool, values[i]->bv_val, values[i]->bv_len));
        }
    }
    ldap_value_free_len(values);
}

void eas_ldap_entry_values(LDAP *ld, LDAPMessage *entry,
                           const char *const *names, apr_table_t *table,
                           apr_pool_t *pool)
{
    for (; names && *names; names++) {
        /* Once, whoever asked for it besides. */
        if (!apr_table_get(table, *names)) {
            read_wanted(ld, entry, *names, table, pool);
        }
    }
}

/* Skips an attribute and each of its values. */
static int skip_attribute(BerElement *ber)
{
    char *last = NULL;
    ber_len_t length = 0;
    ber_tag_t tag;

    if (ber_scanf(ber, "{x") == LBER_ERROR) {
        return 0;
    }
    tag = ber_first_element(ber, &length, &last);
    while (tag != LBER_DEFAULT) {
        if (ber_scanf(ber, "x") == LBER_ERROR) {
            return 0;
        }
        tag = ber_next_element(ber, &length, last);
    }
    return last != NULL;
}

/* Nothing is read: libldap would end each value with a NUL in the place of
 * what follows it, and behind the last one that is the entry's controls. */
int eas_ldap_entry_is_whole(LDAP *ld, LDAPMessage *entry)
{
    BerElement *ber = NULL;
    struct berval name = {0, NULL};
    ber_len_t left = 0;
    int is_whole = ldap_get_dn_ber(ld, entry, &ber, &name) == LDAP_SUCCESS;

    while (is_whole
           && ber_get_option(ber, LBER_OPT_BER_REMAINING_BYTES, &left)
                  == LBER_OPT_SUCCESS
           && left > 0) {
        is_whole = skip_attribute(ber);
    }
    ber_free(ber, 0);
    return is_whole;
}

eas_identity *eas_ldap_entry_identity(LDAP *ld, LDAPMessage *entry,
                                      const eas_ldap_settings *settings,
                                      const char *const *wanted,
                                      apr_pool_t *pool)
{
    eas_identity *identity = apr_pcalloc(pool, sizeof(*identity));
    char *dn = ldap_get_dn(ld, entry);

    if (!dn || !*dn || !eas_ldap_entry_is_whole(ld, entry)) {
        ldap_memfree(dn);
        return NULL;
    }
    identity->dn = apr_pstrdup(pool, dn);
    ldap_memfree(dn);
    identity->id = find_id(ld, entry, identity->dn, pool);
    identity->account.user =
        find_user(ld, entry, identity->dn, &settings->login, pool);
    identity->account.domain = eas_domains_default(&settings->domains);
    identity->attributes = apr_table_make(pool, 4);
    identity->expires_in = -1;
    eas_ldap_entry_values(ld, entry, eas_state_attributes(settings->type),
                          identity->attributes, pool);
    eas_ldap_entry_values(ld, entry, eas_ldap_policy_references(settings->type),
                          identity->attributes, pool);
    eas_ldap_entry_values(ld, entry, wanted, identity->attributes, pool);
    identity->stamp = eas_state_stamp(settings->type, identity->attributes);
    return identity;
}
