/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_srv.h"

#include <string.h>
#include <strings.h>

#include <netinet/in.h>
#include <arpa/nameser.h>
#include <resolv.h>

#include <apr_strings.h>

#include <ldap.h>

#include "eas_ldap_dns.h"

#define LONGEST_NAME 253 /* RFC 1035, section 2.3.4, as text */
#define LONGEST_LABEL 63

#define LETTERS_DIGITS                                                         \
    "abcdefghijklmnopqrstuvwxyz"                                               \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"                                               \
    "0123456789"

/* --- what to ask for ------------------------------------------------------*/

static int is_dc(const LDAPAVA *ava)
{
    static const char *const names[] = {"dc", "domainComponent",
                                        "0.9.2342.19200300.100.1.25"};

    for (apr_size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strlen(names[i]) == ava->la_attr.bv_len
            && !strncasecmp(names[i], ava->la_attr.bv_val,
                            ava->la_attr.bv_len)) {
            return 1;
        }
    }
    return 0;
}

/* The label that a part of a name stands for: NULL where it is no dc= part,
 * "" where that is no label. */
static const char *read_label(LDAPRDN rdn, apr_pool_t *pool)
{
    const struct berval *value;
    const char *label;

    if (!rdn || !rdn[0] || rdn[1] || !is_dc(rdn[0])) {
        return NULL;
    }
    value = &rdn[0]->la_value;
    label = apr_pstrmemdup(pool, value->bv_val, value->bv_len);
    return eas_ldap_srv_is_label(label) && strlen(label) == value->bv_len
               ? label
               : "";
}

const char *eas_ldap_srv_domain(const char *base, apr_pool_t *pool)
{
    const char *domain = "";
    const char *label;
    LDAPDN dn = NULL;
    int i = 0;

    if (ldap_str2dn(base, &dn, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS || !dn) {
        return NULL;
    }
    while (dn[i]) {
        i++;
    }
    while (i-- > 0 && (label = read_label(dn[i], pool))) {
        domain = *domain ? apr_pstrcat(pool, label, ".", domain, NULL) : label;
        if (!*label) {
            domain = "";
            break;
        }
    }
    ldap_dnfree(dn);
    return *domain && strlen(domain) <= LONGEST_NAME ? domain : NULL;
}

int eas_ldap_srv_is_label(const char *text)
{
    const apr_size_t length = strlen(text);

    return length && length <= LONGEST_LABEL
           && strspn(text, LETTERS_DIGITS "-_") == length;
}

apr_array_header_t *eas_ldap_srv_names(const eas_ldap_settings *settings,
                                       apr_pool_t *pool)
{
    const char *domain = settings->url.srv_domain;
    apr_array_header_t *names = apr_array_make(pool, 3, sizeof(char *));

    if (settings->type == EAS_LDAP_ACTIVE_DIRECTORY) {
        if (settings->site) {
            APR_ARRAY_PUSH(names, const char *) =
                apr_pstrcat(pool, "_ldap._tcp.", settings->site,
                            "._sites.dc._msdcs.", domain, NULL);
        }
        APR_ARRAY_PUSH(names, const char *) =
            apr_pstrcat(pool, "_ldap._tcp.dc._msdcs.", domain, NULL);
    }
    else if (settings->url.ldaps) {
        APR_ARRAY_PUSH(names, const char *) =
            apr_pstrcat(pool, "_ldaps._tcp.", domain, NULL);
    }
    APR_ARRAY_PUSH(names, const char *) =
        apr_pstrcat(pool, "_ldap._tcp.", domain, NULL);
    return names;
}

apr_port_t eas_ldap_srv_port(int ldaps, const char *name, apr_port_t port)
{
    if (ldaps && !strncmp(name, "_ldap.", 6)) {
        switch (port) {
        case LDAP_PORT:
            return LDAPS_PORT;
        case 3268: /* the global catalog of Active Directory */
            return 3269;
        default:
            break;
        }
    }
    return port;
}

/* --- what is answered -----------------------------------------------------*/

typedef struct answer {
    ns_msg message;
    char owner[NS_MAXDNAME]; /* whose records are wanted: an alias leads on */
    apr_array_header_t *records;
    apr_uint32_t ttl;
    apr_pool_t *pool;
} answer;

static int is_host_name(const char *name)
{
    const apr_size_t length = strlen(name);

    return length && length <= LONGEST_NAME && *name != '.'
           && strspn(name, LETTERS_DIGITS "-_.") == length;
}

static int read_name(const answer *a, const unsigned char *at, char *name,
                     apr_size_t size)
{
    return ns_name_uncompress(ns_msg_base(a->message), ns_msg_end(a->message),
                              at, name, size);
}

/* Returns 0 where the record cannot be read. */
static int take_record(answer *a, const ns_rr *rr)
{
    const unsigned char *data = ns_rr_rdata(*rr);
    const int length = ns_rr_rdlen(*rr);
    char target[NS_MAXDNAME];
    eas_srv_record record;

    if (length < 7
        || read_name(a, data + 6, target, sizeof(target)) != length - 6) {
        return 0;
    }
    record.priority = ns_get16(data) & 0xffff;
    record.weight = ns_get16(data + 2) & 0xffff;
    record.port = ns_get16(data + 4) & 0xffff;
    if (a->records->nelts >= EAS_LDAP_SRV_RECORDS
        || (strcmp(target, ".") && (!record.port || !is_host_name(target)))) {
        return 1;
    }
    record.target = apr_pstrdup(a->pool, target);
    APR_ARRAY_PUSH(a->records, eas_srv_record) = record;
    return 1;
}

/* A TTL with the highest bit set is 0 (RFC 2181, section 8). */
static void note_ttl(answer *a, apr_uint32_t ttl)
{
    if (ttl > 0x7fffffff) {
        ttl = 0;
    }
    if (ttl < a->ttl) {
        a->ttl = ttl;
    }
}

/* Returns 0 where the message cannot be read.  An alias stands before what it
 * leads to, as every name server writes it. */
static int take_answers(answer *a)
{
    const int count = ns_msg_count(a->message, ns_s_an);
    ns_rr rr;

    for (int i = 0; i < count; i++) {
        if (ns_parserr(&a->message, ns_s_an, i, &rr)) {
            return 0;
        }
        if (ns_rr_class(rr) != ns_c_in
            || strcasecmp(ns_rr_name(rr), a->owner) != 0) {
            continue;
        }
        if (ns_rr_type(rr) == ns_t_cname) {
            note_ttl(a, ns_rr_ttl(rr));
            if (read_name(a, ns_rr_rdata(rr), a->owner, sizeof(a->owner))
                != ns_rr_rdlen(rr)) {
                return 0;
            }
        }
        else if (ns_rr_type(rr) == ns_t_srv) {
            note_ttl(a, ns_rr_ttl(rr));
            if (!take_record(a, &rr)) {
                return 0;
            }
        }
    }
    return 1;
}

static const char *show_code(int code, apr_pool_t *pool)
{
    switch (code) {
    case ns_r_formerr:
        return "FORMERR";
    case ns_r_servfail:
        return "SERVFAIL";
    case ns_r_notimpl:
        return "NOTIMP";
    case ns_r_refused:
        return "REFUSED";
    default:
        return apr_psprintf(pool, "code %d", code);
    }
}

static eas_ldap_srv_result say(eas_ldap_srv_result result, const char *name,
                               const char *what, apr_pool_t *pool,
                               const char **detail_out)
{
    *detail_out = apr_pstrcat(pool, name, ": ", what, NULL);
    return result;
}

eas_ldap_srv_result eas_ldap_srv_parse(const unsigned char *bytes,
                                       apr_size_t length, const char *name,
                                       apr_pool_t *pool,
                                       apr_array_header_t **records_out,
                                       apr_interval_time_t *ttl_out,
                                       const char **detail_out)
{
    answer a = {.ttl = 0x7fffffff, .pool = pool};
    int code;

    if (length > NS_MAXMSG || ns_initparse(bytes, (int)length, &a.message)
        || !ns_msg_getflag(a.message, ns_f_qr)) {
        return say(EAS_LDAP_SRV_FAILED, name, "the answer is damaged", pool,
                   detail_out);
    }
    code = (int)ns_msg_getflag(a.message, ns_f_rcode);
    if (code == ns_r_nxdomain) {
        return say(EAS_LDAP_SRV_NONE, name, "no such name", pool, detail_out);
    }
    if (code != ns_r_noerror) {
        return say(EAS_LDAP_SRV_FAILED, name,
                   apr_pstrcat(pool, "the name server answered ",
                               show_code(code, pool), NULL),
                   pool, detail_out);
    }
    apr_cpystrn(a.owner, name, sizeof(a.owner));
    a.records =
        apr_array_make(pool, EAS_LDAP_SRV_RECORDS, sizeof(eas_srv_record));
    if (!take_answers(&a)) {
        return say(EAS_LDAP_SRV_FAILED, name, "the answer is damaged", pool,
                   detail_out);
    }
    if (!a.records->nelts) {
        return say(EAS_LDAP_SRV_NONE, name,
                   "no SRV record with a port and a host name", pool,
                   detail_out);
    }
    *records_out = a.records;
    *ttl_out = apr_time_from_sec((apr_interval_time_t)a.ttl);
    return EAS_LDAP_SRV_FOUND;
}

eas_ldap_srv_result eas_ldap_srv_lookup(const char *name, eas_moment deadline,
                                        apr_pool_t *pool,
                                        apr_array_header_t **records_out,
                                        apr_interval_time_t *ttl_out,
                                        const char **detail_out)
{
    const unsigned char *bytes = NULL;
    apr_size_t length = 0;
    eas_ldap_dns_query query;
    char text[128];
    apr_status_t rv = eas_ldap_dns_prepare(name, ns_t_srv, &query);

    if (rv != APR_SUCCESS) {
        return say(EAS_LDAP_SRV_FAILED, name,
                   apr_pstrcat(pool, "the question cannot be asked: ",
                               apr_strerror(rv, text, sizeof(text)), NULL),
                   pool, detail_out);
    }
    rv = eas_ldap_dns_exchange(&query, deadline, pool, &bytes, &length);
    if (rv == APR_SUCCESS) {
        return eas_ldap_srv_parse(bytes, length, name, pool, records_out,
                                  ttl_out, detail_out);
    }
    if (rv == APR_TIMEUP) {
        return say(EAS_LDAP_SRV_NO_ANSWER, name,
                   "no answer from the name server", pool, detail_out);
    }
    return say(EAS_LDAP_SRV_FAILED, name,
               apr_pstrcat(pool, "no name server can be reached: ",
                           apr_strerror(rv, text, sizeof(text)), NULL),
               pool, detail_out);
}
