/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_claim.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

#include "eas_sid.h"

/* A filter in the making. */
typedef struct joining {
    const eas_claim_names *names;
    apr_array_header_t *items; /* const char * */
    apr_pool_t *pool;
} joining;

/* One assertion, of a value that is escaped. */
static void item_add(joining *j, const char *attribute, const char *prefix,
                     const char *escaped)
{
    APR_ARRAY_PUSH(j->items, const char *) =
        apr_pstrcat(j->pool, "(", attribute, "=", prefix, escaped, ")", NULL);
}

static void value_add(joining *j, const char *attribute, const char *value)
{
    item_add(j, attribute, "",
             eas_filter_escape(value, strlen(value), j->pool));
}

/* Every octet as \HH, as Microsoft prints it. */
static void octets_add(joining *j, const char *attribute,
                       const unsigned char *octets, apr_size_t length)
{
    static const char digits[] = "0123456789abcdef";
    char *escaped = apr_palloc(j->pool, 3 * length + 1);
    char *to = escaped;

    for (apr_size_t i = 0; i < length; i++) {
        *to++ = '\\';
        *to++ = digits[octets[i] >> 4];
        *to++ = digits[octets[i] & 0xf];
    }
    *to = '\0';
    item_add(j, attribute, "", escaped);
}

/* proxyAddresses holds addresses as `smtp:alice@example.com`. */
static void names_add(joining *j, const apr_array_header_t *attributes,
                      const char *value)
{
    const char *escaped = eas_filter_escape(value, strlen(value), j->pool);

    for (int i = 0; attributes && i < attributes->nelts; i++) {
        const char *name = APR_ARRAY_IDX(attributes, i, const char *);
        const int is_proxy = apr_cstr_casecmp(name, "proxyAddresses") == 0;

        item_add(j, name, is_proxy ? "smtp:" : "", escaped);
    }
}

static void sid_add(joining *j, const char *sid)
{
    const eas_ldap_type type = j->names->type;
    unsigned char octets[EAS_SID_HIGH];
    const apr_size_t length = eas_sid_octets(sid, octets);

    if (length == 0) {
        return;
    }
    if (type != EAS_LDAP_FREEIPA) {
        octets_add(j, "objectSid", octets, length);
    }
    if (type != EAS_LDAP_ACTIVE_DIRECTORY) {
        value_add(j, "ipaNTSecurityIdentifier", sid);
    }
    if (type == EAS_LDAP_GENERIC || type == EAS_LDAP_OPENLDAP) {
        value_add(j, "sambaSID", sid);
    }
}

/* The user attributes join in only where the domain is written down as ours:
 * the part before the @ of another is somebody else's login name here, and
 * what a person types is followed by a password, what a CA writes is not. */
static void upn_add(joining *j, const char *upn)
{
    const eas_login_attributes *login = j->names->login;
    const char *at = strrchr(upn, '@');

    names_add(j, login->upn, upn);
    if (at && at != upn && eas_domains_lists(j->names->domains, at + 1)) {
        names_add(j, login->user,
                  apr_pstrmemdup(j->pool, upn, (apr_size_t)(at - upn)));
    }
}

static void dn_add(joining *j, const char *dn)
{
    value_add(j,
              j->names->type == EAS_LDAP_ACTIVE_DIRECTORY ? "distinguishedName"
                                                          : "entryDN",
              dn);
}

/* A template is a DN, or a filter that is made. */
static void template_add(joining *j, const char *value)
{
    if (*value == '(') {
        APR_ARRAY_PUSH(j->items, const char *) = value;
    }
    else {
        dn_add(j, value);
    }
}

static void der_add(joining *j, const eas_claim *claim)
{
    const eas_ldap_type type = j->names->type;

    if (type != EAS_LDAP_OPENLDAP && claim->der) {
        octets_add(j, "userCertificate", claim->der, claim->der_length);
    }
    if (type == EAS_LDAP_OPENLDAP || type == EAS_LDAP_GENERIC) {
        value_add(j, "userCertificate", claim->value);
    }
}

static void registered_add(joining *j, const char *value)
{
    value_add(j,
              j->names->type == EAS_LDAP_FREEIPA ? "ipaCertMapData"
                                                 : "altSecurityIdentities",
              value);
}

static void claim_add(joining *j, const eas_claim *claim)
{
    switch (claim->kind) {
    case EAS_MAP_SID:
        sid_add(j, claim->value);
        break;
    case EAS_MAP_ISSUER_SERIAL:
    case EAS_MAP_SKI:
    case EAS_MAP_SHA1_PUKEY:
    case EAS_MAP_ISSUER_SID:
    case EAS_MAP_ISSUER_SUBJECT:
    case EAS_MAP_SUBJECT_ONLY:
    case EAS_MAP_RFC822:
        registered_add(j, claim->value);
        break;
    case EAS_MAP_DER:
        der_add(j, claim);
        break;
    case EAS_MAP_UPN:
        upn_add(j, claim->value);
        break;
    case EAS_MAP_EMAIL:
        names_add(j, j->names->login->mail, claim->value);
        break;
    case EAS_MAP_CN:
        names_add(j, j->names->login->user, claim->value);
        break;
    case EAS_MAP_SUBJECT:
        dn_add(j, claim->value);
        break;
    case EAS_MAP_TEMPLATE:
        template_add(j, claim->value);
        break;
    case EAS_MAP_NONE:
    case EAS_MAP_COUNT:
        break;
    }
}

const char *eas_claim_filter(const eas_claim_names *names,
                             const eas_claim *claims, int count,
                             apr_pool_t *pool)
{
    joining j = {names, apr_array_make(pool, 8, sizeof(const char *)), pool};
    const char *any;

    for (int i = 0; i < count; i++) {
        claim_add(&j, &claims[i]);
    }
    if (j.items->nelts == 0) {
        return NULL;
    }
    any = apr_pstrcat(pool, "(|", apr_array_pstrcat(pool, j.items, '\0'), ")",
                      NULL);
    return names->base ? apr_pstrcat(pool, "(&", names->base, any, ")", NULL)
                       : any;
}
