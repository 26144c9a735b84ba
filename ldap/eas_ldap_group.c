/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_group.h"

#include <string.h>
#include <strings.h>

#include <apr_strings.h>

#include "eas_ldap_entry.h"
#include "eas_ldap_srv.h"
#include "eas_ldap_walk.h"

/* groupType (MS-ADTS 2.2.12): security groups are in a token, those that are
 * local to a domain in one of their own domain alone. */
#define DOMAIN_LOCAL 0x00000004U
#define SECURITY_ENABLED 0x80000000U

/* A group, as a text for each: it is remembered so. */
typedef struct target {
    const char *dn;
    const char *sid;  /* in hexadecimal, "" where it has none */
    const char *type; /* groupType, "" where it has none */
} target;

/* A check, and the group it is about. */
typedef struct check {
    eas_ldap_check base;
    target group;    /* dn NULL until it is found */
    int is_recalled; /* and not looked at since */
} check;

/* --- which group is meant -------------------------------------------------- */

static const char *hex(const struct berval *value, apr_pool_t *pool)
{
    static const char digits[] = "0123456789abcdef";
    char *text = apr_palloc(pool, value->bv_len * 2 + 1);
    apr_size_t i;

    for (i = 0; i < value->bv_len; i++) {
        text[2 * i] = digits[(unsigned char)value->bv_val[i] >> 4];
        text[2 * i + 1] = digits[(unsigned char)value->bv_val[i] & 15];
    }
    text[2 * i] = '\0';
    return text;
}

static const char *first_hex(const check *c, LDAPMessage *entry,
                             const char *attribute)
{
    struct berval **values = ldap_get_values_len(c->base.ld, entry, attribute);
    const char *text = values && values[0] ? hex(values[0], c->base.pool) : "";

    ldap_value_free_len(values);
    return text;
}

static const char *type_of(const check *c, LDAPMessage *entry)
{
    static const char *const names[] = {"groupType", NULL};
    apr_table_t *values = apr_table_make(c->base.pool, 1);
    const char *type;

    eas_ldap_entry_values(c->base.ld, entry, names, values, c->base.pool);
    type = apr_table_get(values, "groupType");
    return type ? type : "";
}

static const char *group_filter(const check *c)
{
    const char *name =
        eas_filter_escape(c->base.asked, strlen(c->base.asked), c->base.pool);

    return c->base.settings->type == EAS_LDAP_ACTIVE_DIRECTORY
               ? apr_psprintf(c->base.pool,
                              "(&(objectClass=group)(|(cn=%s)"
                              "(sAMAccountName=%s)))",
                              name, name)
               : apr_psprintf(
                   c->base.pool,
                   "(&(|(objectClass=groupOfNames)"
                   "(objectClass=groupOfUniqueNames)"
                   "(objectClass=posixGroup)(objectClass=groupOfMembers)"
                   "(objectClass=group))(cn=%s))",
                   name);
}

/* A DN has a `=`, and libldap can read it. */
static int is_dn(const char *text)
{
    return strchr(text, '=') && eas_ldap_dn_is_valid(text);
}

static eas_reason take_group(check *c, LDAPMessage *answer, int code)
{
    LDAPMessage *entry = ldap_first_entry(c->base.ld, answer);
    apr_array_header_t *dns =
        eas_ldap_query_dns(c->base.ld, answer, c->base.pool);

    if (code == LDAP_SIZELIMIT_EXCEEDED || dns->nelts > 1) {
        return eas_ldap_check_cannot_tell(
            &c->base, EAS_MISCONFIGURED,
            "the name is not one group's alone: write its DN");
    }
    if (!entry || dns->nelts < 1) {
        return eas_ldap_check_cannot_tell(
            &c->base, EAS_MISCONFIGURED,
            "there is none, or the service account may not read it");
    }
    c->group.dn = APR_ARRAY_IDX(dns, 0, const char *);
    c->group.sid = first_hex(c, entry, "objectSid");
    c->group.type = type_of(c, entry);
    return EAS_REASON_NONE;
}

static eas_reason find_group(check *c)
{
    static const char *const attributes[] = {"objectSid", "groupType", NULL};
    const int by_dn = is_dn(c->base.asked);
    const eas_ldap_query query = {by_dn ? c->base.asked
                                        : c->base.settings->group_base,
                                  by_dn ? LDAP_SCOPE_BASE : LDAP_SCOPE_SUBTREE,
                                  by_dn ? NULL : group_filter(c),
                                  attributes,
                                  2,
                                  NULL};
    LDAPMessage *answer = NULL;
    int code = LDAP_SUCCESS;
    eas_reason reason = eas_ldap_check_query(&c->base, &query, &answer, &code);

    if (reason == EAS_REASON_NONE) {
        reason = take_group(c, answer, code);
        ldap_msgfree(answer);
    }
    return reason;
}

/* --- Active Directory and FreeIPA ------------------------------------------ */

static eas_reason in_chain(const check *c, const char *who, const char *rule)
{
    const char *dn =
        eas_filter_escape(c->group.dn, strlen(c->group.dn), c->base.pool);

    return eas_ldap_check_entry(
        &c->base, who, apr_psprintf(c->base.pool, "(memberOf%s=%s)", rule, dn));
}

/* A DN that was remembered may be nobody's by now, and then nobody is in it:
 * of which nothing follows for the group that is meant. */
static eas_reason unless_moved(const check *c, eas_reason reason)
{
    if (reason != EAS_NOT_AUTHORIZED || !c->is_recalled) {
        return reason;
    }
    reason = eas_ldap_check_entry(&c->base, c->group.dn, NULL);
    return reason == EAS_REASON_NONE ? EAS_NOT_AUTHORIZED : reason;
}

/* The DN of somebody's primary group, as a SID (MS-ADTS 3.1.1.3.1.2.4): that
 * of the person, whose last number, little-endian, is the group's.  NULL where
 * they are not at hand. */
static const char *primary_group(const check *c, LDAPMessage *entry)
{
    static const char *const names[] = {"primaryGroupID", NULL};
    apr_table_t *values = apr_table_make(c->base.pool, 1);
    const char *sid = first_hex(c, entry, "objectSid");
    const apr_size_t length = strlen(sid);
    const char *id;
    apr_uint32_t rid;

    eas_ldap_entry_values(c->base.ld, entry, names, values, c->base.pool);
    id = apr_table_get(values, "primaryGroupID");
    if (!id || length <= 8) {
        return NULL;
    }
    rid = (apr_uint32_t)apr_atoi64(id);
    return apr_psprintf(c->base.pool, "<SID=%.*s%02x%02x%02x%02x>",
                        (int)length - 8, sid, rid & 255, rid >> 8 & 255,
                        rid >> 16 & 255, rid >> 24);
}

/* Who is a member by the primary group alone: no member attribute tells it. */
static eas_reason by_primary_group(const check *c, const char *rule)
{
    static const char *const attributes[] = {"objectSid", "primaryGroupID",
                                             NULL};
    const eas_ldap_query query = {
        c->base.identity->dn, LDAP_SCOPE_BASE, NULL, attributes, 0, NULL};
    LDAPMessage *answer = NULL;
    LDAPMessage *entry;
    const char *group = NULL;
    int code = LDAP_SUCCESS;
    eas_reason reason = eas_ldap_check_query(&c->base, &query, &answer, &code);

    if (reason != EAS_REASON_NONE) {
        return reason;
    }
    entry = ldap_first_entry(c->base.ld, answer);
    group = entry ? primary_group(c, entry) : NULL;
    ldap_msgfree(answer);
    return group ? in_chain(c, group, rule)
                 : eas_ldap_check_cannot_tell(
                     &c->base, EAS_MISCONFIGURED,
                     "objectSid and primaryGroupID of the person could not be "
                     "read: let the service account read them");
}

/* Looks for the group's SID in a token; -1 where there is none to look in. */
static int in_token(const check *c, LDAPMessage *answer)
{
    LDAPMessage *entry = ldap_first_entry(c->base.ld, answer);
    struct berval **sids =
        entry ? ldap_get_values_len(c->base.ld, entry, "tokenGroups") : NULL;
    int found = sids && sids[0] ? 0 : -1;

    for (int i = 0; sids && sids[i] && found != 1; i++) {
        found = !strcmp(hex(sids[i], c->base.pool), c->group.sid);
    }
    ldap_value_free_len(sids);
    return found;
}

static eas_reason check_token(const check *c)
{
    static const char *const attributes[] = {"tokenGroups", NULL};
    const eas_ldap_query query = {
        c->base.identity->dn, LDAP_SCOPE_BASE, NULL, attributes, 0, NULL};
    LDAPMessage *answer = NULL;
    int code = LDAP_SUCCESS;
    eas_reason reason = eas_ldap_check_query(&c->base, &query, &answer, &code);
    int found;

    if (reason != EAS_REASON_NONE) {
        return reason;
    }
    found = in_token(c, answer);
    ldap_msgfree(answer);
    if (found < 0) {
        return eas_ldap_check_cannot_tell(
            &c->base, EAS_MISCONFIGURED,
            "tokenGroups of the person could not be read: let the service account read it");
    }
    return found ? EAS_REASON_NONE : EAS_NOT_AUTHORIZED;
}

/* groupType is a signed number. */
static int has_type(const check *c, apr_uint32_t bit)
{
    return ((apr_uint32_t)apr_atoi64(c->group.type) & bit) != 0;
}

/* Behind a Global Catalog the group may be of another domain than the person
 * and the servers that are asked. */
static int is_foreign(const check *c)
{
    const char *ours = eas_ldap_srv_domain(c->group.dn, c->base.pool);
    const char *theirs =
        eas_ldap_srv_domain(c->base.identity->dn, c->base.pool);

    return ours && theirs && strcasecmp(ours, theirs) != 0;
}

static eas_reason check_ad(const check *c)
{
    static const char rule[] = ":1.2.840.113556.1.4.1941:";
    const int is_security = has_type(c, SECURITY_ENABLED) && *c->group.sid;
    eas_reason reason;

    if (is_foreign(c) && (!is_security || has_type(c, DOMAIN_LOCAL))) {
        return eas_ldap_check_cannot_tell(
            &c->base, EAS_MISCONFIGURED,
            "it is local to its domain, or no security group, and the person "
            "is of another domain: write a universal security group");
    }
    if (is_security) {
        return check_token(c);
    }
    reason = in_chain(c, c->base.identity->dn, rule);
    if (reason == EAS_NOT_AUTHORIZED) {
        reason = by_primary_group(c, rule);
    }
    return unless_moved(c, reason);
}

/* --- all ------------------------------------------------------------------- */

static eas_reason check_member(LDAP *ld, const eas_ldap_server *server,
                               void *with, eas_moment deadline,
                               apr_pool_t *pool, int *dead_out,
                               const char **detail_out)
{
    check *c = with;
    eas_reason reason = EAS_REASON_NONE;

    c->base.ld = ld;
    c->base.server = server;
    c->base.deadline = deadline;
    c->base.pool = pool;
    c->base.dead_out = dead_out;
    c->base.detail_out = detail_out;
    if (!c->group.dn) {
        reason = find_group(c);
    }
    if (reason != EAS_REASON_NONE) {
        return reason;
    }
    switch (c->base.settings->type) {
    case EAS_LDAP_ACTIVE_DIRECTORY:
        return check_ad(c);
    case EAS_LDAP_FREEIPA:
        return unless_moved(c, in_chain(c, c->base.identity->dn, ""));
    case EAS_LDAP_OPENLDAP:
    case EAS_LDAP_GENERIC:
        break;
    }
    c->base.group_dn = c->group.dn;
    return eas_ldap_walk(&c->base);
}

static eas_reason ask(eas_ldap_server *server, void *with, eas_moment deadline,
                      apr_pool_t *pool, int *final_out, const char **detail_out)
{
    (void)final_out; /* a search may be repeated */
    return eas_ldap_server_ask(server, check_member, with, deadline, pool,
                               detail_out);
}

static void recall(target *to, const apr_array_header_t *texts)
{
    if (texts && texts->nelts == 3) {
        to->dn = APR_ARRAY_IDX(texts, 0, const char *);
        to->sid = APR_ARRAY_IDX(texts, 1, const char *);
        to->type = APR_ARRAY_IDX(texts, 2, const char *);
    }
}

static void remember(eas_ldap_known *known, const char *key, const target *to,
                     apr_pool_t *pool)
{
    apr_array_header_t *texts = apr_array_make(pool, 3, sizeof(char *));

    APR_ARRAY_PUSH(texts, const char *) = to->dn;
    APR_ARRAY_PUSH(texts, const char *) = to->sid;
    APR_ARRAY_PUSH(texts, const char *) = to->type;
    eas_ldap_known_put(known, key, texts);
}

eas_reason eas_ldap_group_member(eas_ldap_fleet *fleet,
                                 const eas_ldap_settings *settings,
                                 eas_ldap_known *known,
                                 const eas_identity *identity,
                                 const char *group, eas_moment deadline,
                                 apr_pool_t *pool, const char **detail_out)
{
    check c = {
        .base = {.settings = settings, .identity = identity, .asked = group}};
    const char *key = apr_pstrcat(pool, "group ", group, NULL);
    eas_reason reason;

    recall(&c.group, eas_ldap_known_get(known, key, pool));
    c.is_recalled = c.group.dn != NULL;
    reason = eas_ldap_fleet_ask(fleet, ask, &c, deadline, pool, detail_out);
    if (c.is_recalled && reason == EAS_MISCONFIGURED) {
        /* It may have been moved, or another may have its name by now. */
        eas_ldap_known_drop(known, key);
        c.group.dn = NULL;
        c.is_recalled = 0;
        reason = eas_ldap_fleet_ask(fleet, ask, &c, deadline, pool, detail_out);
    }
    if (c.group.dn && !c.is_recalled) {
        remember(known, key, &c.group, pool);
    }
    return reason;
}
