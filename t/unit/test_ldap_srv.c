/* SPDX-License-Identifier: Apache-2.0 */
/* Finding servers by DNS: the domain of a base, the names to ask for, and what
 * is read from an answer. */
#include <stdlib.h>
#include <string.h>

#include <arpa/nameser.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "eas_ldap_srv.h"
#include "tap.h"

#define NAME "_ldap._tcp.example.com"
#define LABEL63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static apr_pool_t *pool;

/* --- the domain of a base -------------------------------------------------*/

static const struct {
    const char *base;
    const char *domain;
} domains[] = {
    { "DC=example,DC=com", "example.com" },
    { "dc=com", "com" },
    { "OU=x,DC=example,DC=com", "example.com" },
    { "CN=a\\,b,OU=x,DC=sub,DC=example,DC=com", "sub.example.com" },
    { "ou=people, dc=example , dc=com", "example.com" },
    { "domainComponent=example,0.9.2342.19200300.100.1.25=com", "example.com" },
    { "dc=other,o=x,dc=example,dc=com", "example.com" },
    { "dc=x_y,dc=example-1,dc=com", "x_y.example-1.com" },
    { "dc=" LABEL63 ",dc=com", LABEL63 ".com" },
    { "dc=" LABEL63 "a,dc=com", NULL },
    { "dc=" LABEL63 ",dc=" LABEL63 ",dc=" LABEL63 ",dc=" LABEL63, NULL },
    { "", NULL },
    { "o=example", NULL },
    { "dc=example,dc=com,o=x", NULL },
    { "dc=example,c=com", NULL },
    { "dc=example+o=x", NULL },
    { "dc=exam ple,dc=com", NULL },
    { "dc=b\303\274cher,dc=example", NULL },
    { "dc=a.b,dc=com", NULL },
    { "dc=,dc=com", NULL },
    { "dc=a\\00b,dc=com", NULL },
    { "dc=example,dc=#0403636f6d", NULL },
    { "example.com", NULL },
    { "dcx=example,dc=com", "com" },
};

static void test_domains(void)
{
    for (apr_size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
        is_str(eas_ldap_srv_domain(domains[i].base, pool), domains[i].domain,
               tap_row("domain", domains[i].base));
    }
}

/* --- names and ports ------------------------------------------------------*/

static const struct {
    const char *name;
    eas_ldap_type type;
    int ldaps;
    const char *site;
    const char *expected;
} names[] = {
    { "ldap", EAS_LDAP_GENERIC, 0, NULL, "_ldap._tcp.d.x" },
    { "ldaps", EAS_LDAP_OPENLDAP, 1, NULL, "_ldaps._tcp.d.x _ldap._tcp.d.x" },
    { "FreeIPA", EAS_LDAP_FREEIPA, 0, NULL, "_ldap._tcp.d.x" },
    { "Active Directory", EAS_LDAP_ACTIVE_DIRECTORY, 0, NULL,
      "_ldap._tcp.dc._msdcs.d.x _ldap._tcp.d.x" },
    { "Active Directory, ldaps", EAS_LDAP_ACTIVE_DIRECTORY, 1, NULL,
      "_ldap._tcp.dc._msdcs.d.x _ldap._tcp.d.x" },
    { "Active Directory with a site", EAS_LDAP_ACTIVE_DIRECTORY, 1, "Berlin",
      "_ldap._tcp.Berlin._sites.dc._msdcs.d.x _ldap._tcp.dc._msdcs.d.x "
      "_ldap._tcp.d.x" },
};

static const struct {
    int ldaps;
    const char *name;
    apr_port_t port;
    apr_port_t expected;
} ports[] = {
    { 0, "_ldap._tcp.d.x", 389, 389 },   { 1, "_ldap._tcp.d.x", 389, 636 },
    { 0, "_ldap._tcp.d.x", 3268, 3268 }, { 1, "_ldap._tcp.d.x", 3268, 3269 },
    { 1, "_ldap._tcp.d.x", 636, 636 },   { 1, "_ldap._tcp.d.x", 1389, 1389 },
    { 1, "_ldaps._tcp.d.x", 389, 389 },  { 1, "_ldaps._tcp.d.x", 636, 636 },
};

static const struct {
    const char *text;
    int expected;
} labels[] = {
    { "Default-First-Site-Name", 1 }, { "a_b", 1 }, { "1", 1 },
    { LABEL63, 1 }, { LABEL63 "a", 0 }, { "", 0 }, { "a.b", 0 }, { "a b", 0 },
    { "a/b", 0 }, { "\303\274", 0 },
};

static void test_names(void)
{
    for (apr_size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const eas_ldap_settings settings = {
            .url = { .ldaps = names[i].ldaps, .srv_domain = "d.x" },
            .type = names[i].type, .site = names[i].site };

        is_str(apr_array_pstrcat(pool, eas_ldap_srv_names(&settings, pool),
                                 ' '),
               names[i].expected, names[i].name);
    }
    for (apr_size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
        is_int(eas_ldap_srv_port(ports[i].ldaps, ports[i].name, ports[i].port),
               ports[i].expected,
               apr_psprintf(pool, "%s of %s, port %d",
                            ports[i].ldaps ? "ldaps" : "ldap", ports[i].name,
                            ports[i].port));
    }
    for (apr_size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        is_int(eas_ldap_srv_is_label(labels[i].text), labels[i].expected,
               tap_row("label", labels[i].text));
    }
}

/* --- answers --------------------------------------------------------------*/

typedef struct message {
    unsigned char bytes[4096];
    apr_size_t length;
} message;

static void put(message *m, long number, int size)
{
    while (size-- > 0)
        m->bytes[m->length++] = (unsigned char)(number >> 8 * size);
}

/* A name; `@` is a pointer to that of the question, `^` one to itself, `!` one
 * behind the end. */
static void put_name(message *m, const char *name)
{
    if (strchr("@^!", *name) && *name) {
        put(m, 0xc000 + (*name == '@' ? 12
                         : *name == '^' ? (long)m->length : 0x3fff), 2);
        return;
    }
    while (*name && strcmp(name, ".") != 0) {
        apr_size_t length = strcspn(name, ".");

        put(m, (long)length, 1);
        memcpy(m->bytes + m->length, name, length);
        m->length += length;
        name += length + (name[length] == '.');
    }
    put(m, 0, 1);
}

/* "OWNER SRV TTL PRIORITY WEIGHT PORT TARGET" or "OWNER CNAME TTL NAME" or
 * "OWNER A TTL"; `CHAOS` for another class. */
static void put_record(message *m, const char *text)
{
    char *state = NULL;
    const char *type;
    apr_size_t at;

    put_name(m, apr_strtok(apr_pstrdup(pool, text), " ", &state));
    type = apr_strtok(NULL, " ", &state);
    put(m, *type == 'A' ? ns_t_a : type[1] == 'N' ? ns_t_cname : ns_t_srv, 2);
    put(m, type[1] == 'H' ? ns_c_chaos : ns_c_in, 2);
    put(m, (long)strtoul(apr_strtok(NULL, " ", &state), NULL, 10), 4);
    at = m->length;
    put(m, 0, 2);
    if (*type == 'A')
        put(m, 0x7f000001, 4);
    else {
        for (int i = 0; type[1] != 'N' && i < 3; i++)
            put(m, strtol(apr_strtok(NULL, " ", &state), NULL, 10), 2);
        put_name(m, apr_strtok(NULL, " ", &state));
    }
    m->bytes[at + 1] = (unsigned char)(m->length - at - 2);
}

/* A code, and records, with `|` between them. */
static void make_message(message *m, const char *text)
{
    char *state = NULL;
    char *word = apr_strtok(apr_pstrdup(pool, text), "|", &state);

    memset(m, 0, sizeof(*m));
    put(m, 0x12348180 + strtol(word, NULL, 10), 4);
    put(m, 0x00010000, 4);
    put(m, 0, 4);
    put_name(m, NAME);
    put(m, ns_t_srv << 16 | ns_c_in, 4);
    while ((word = apr_strtok(NULL, "|", &state))) {
        put_record(m, word);
        m->bytes[7]++;
    }
}

static const char *parse(const unsigned char *bytes, apr_size_t length)
{
    static const char *const results[] = { "found", "none", "failed", "-" };
    apr_array_header_t *records = NULL;
    apr_interval_time_t ttl = -1;
    const char *detail = NULL;
    /* A block of that size, for the sanitizers. */
    unsigned char *block = malloc(length ? length : 1);
    eas_ldap_srv_result result;
    const char *text;

    memcpy(block, bytes, length);
    result = eas_ldap_srv_parse(block, length, NAME, pool, &records, &ttl,
                                &detail);
    free(block);
    text = results[result];
    if (result != EAS_LDAP_SRV_FOUND) {
        return apr_pstrcat(pool, text, records || ttl != -1 ? ", touched" : "",
                           " ", detail, NULL);
    }
    text = apr_psprintf(pool, "%s%s %d", text, detail ? ", detail" : "",
                        (int)apr_time_sec(ttl));
    for (int i = 0; i < records->nelts; i++) {
        const eas_srv_record *record =
            &APR_ARRAY_IDX(records, i, eas_srv_record);

        text = apr_psprintf(pool, "%s %d/%d/%d/%s", text, record->priority,
                            record->weight, record->port, record->target);
    }
    return text;
}

#define NOTHING "none " NAME ": no SRV record with a port and a host name"
#define DAMAGED "failed " NAME ": the answer is damaged"

static const struct {
    const char *name;
    const char *message;
    const char *expected;
} answers[] = {
    { "one record", "0|" NAME " SRV 600 0 100 389 dc1.example.com",
      "found 600 0/100/389/dc1.example.com" },
    { "two, the lower TTL",
      "0|@ SRV 600 1 2 389 dc1.example.com|@ SRV 60 65535 65535 65535 dc2",
      "found 60 1/2/389/dc1.example.com 65535/65535/65535/dc2" },
    { "a TTL that is negative", "0|@ SRV 2147483648 0 0 389 dc1",
      "found 0 0/0/389/dc1" },
    { "the greatest TTL", "0|@ SRV 2147483647 0 0 389 dc1",
      "found 2147483647 0/0/389/dc1" },
    { "other letters", "0|_LDAP._TCP.Example.COM SRV 5 0 0 389 DC1",
      "found 5 0/0/389/DC1" },
    { "a target with a pointer in it", "0|@ SRV 5 0 0 389 @",
      "found 5 0/0/389/" NAME },
    { "no service", "0|@ SRV 5 0 0 0 .", "found 5 0/0/0/." },
    { "none", "0", NOTHING },
    { "records of another name", "0|x.example.com SRV 5 0 0 389 dc1", NOTHING },
    { "records of another class", "0|@ CHAOS 5 0 0 389 dc1", NOTHING },
    { "records of another type", "0|@ A 5", NOTHING },
    { "others between them", "0|@ A 1|@ SRV 5 0 0 389 dc1|x SRV 1 0 0 1 no",
      "found 5 0/0/389/dc1" },
    { "an alias", "0|@ CNAME 4 a.example.com|a.example.com SRV 5 0 0 389 dc1",
      "found 4 0/0/389/dc1" },
    { "aliases of aliases",
      "0|@ CNAME 4 a.x|a.x CNAME 3 b.x|b.x SRV 5 0 0 389 dc1|a.x SRV 1 0 0 1 "
      "no", "found 3 0/0/389/dc1" },
    { "an alias of itself", "0|@ CNAME 4 @|@ CNAME 4 @", NOTHING },
    { "an alias that leads nowhere", "0|@ CNAME 4 a.x|b.x SRV 5 0 0 389 dc1",
      NOTHING },
    { "port 0", "0|@ SRV 5 0 0 0 dc1|@ SRV 7 0 0 389 dc2",
      "found 5 0/0/389/dc2" },
    { "targets that are no host names",
      "0|@ SRV 5 0 0 389 a/b|@ SRV 5 0 0 389 a@b|@ SRV 5 0 0 389 a:1|@ SRV 5 0 "
      "0 389 a\\b|@ SRV 5 0 0 389 \303\274|@ SRV 5 0 0 389 \n|@ SRV 5 0 0 389 "
      "a_b-c.1", "found 5 0/0/389/a_b-c.1" },
    { "a pointer to itself", "0|@ SRV 5 0 0 389 ^", DAMAGED },
    { "a pointer behind the end", "0|@ SRV 5 0 0 389 !", DAMAGED },
    { "an owner that points to itself", "0|^ SRV 5 0 0 389 dc1", DAMAGED },
    { "an alias that points to itself", "0|@ CNAME 5 ^", DAMAGED },
    { "no such name", "3", "none " NAME ": no such name" },
    { "SERVFAIL", "2", "failed " NAME ": the name server answered SERVFAIL" },
    { "REFUSED, with records", "5|@ SRV 5 0 0 389 dc1",
      "failed " NAME ": the name server answered REFUSED" },
    { "a code without a name", "9",
      "failed " NAME ": the name server answered code 9" },
};

static void test_answers(void)
{
    message m;

    for (apr_size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        make_message(&m, answers[i].message);
        is_str(parse(m.bytes, m.length), answers[i].expected, answers[i].name);
    }
    make_message(&m, "0|@ SRV 5 0 0 389 dc1");
    m.bytes[2] &= 0x7f;
    is_str(parse(m.bytes, m.length), DAMAGED, "a question");
}

static void test_damage(void)
{
    const char *many = "0";
    int failed = 0;
    message m;

    make_message(&m, "0|@ CNAME 9 a.x|a.x SRV 5 1 2 389 dc1.example.com");
    for (apr_size_t length = 0; length < m.length; length++) {
        failed += !strcmp(parse(m.bytes, length), DAMAGED);
    }
    is_int(failed, (long long)m.length, "cut at every byte");
    m.bytes[m.length++] = 0;
    is_str(parse(m.bytes, m.length), DAMAGED, "a byte too many");
    make_message(&m, "0|@ SRV 5 1 2 389 dc1");
    m.bytes[m.length - 5 - 6 - 1]--;
    m.length--;
    is_str(parse(m.bytes, m.length), DAMAGED, "a record cut in its target");
    make_message(&m, "0|@ SRV 5 1 2 389 dc1");
    m.bytes[m.length - 5 - 6 - 1] = 6;
    m.length -= 5;
    is_str(parse(m.bytes, m.length), DAMAGED, "a record without a target");
    for (int i = 0; i < 40; i++) {
        many = apr_psprintf(pool, "%s|@ SRV 5 0 0 %d dc%d", many, i + 1, i);
    }
    make_message(&m, many);
    ok(strstr(parse(m.bytes, m.length), " 0/0/32/dc31") != NULL,
       "of forty records the first");
    ok(!strstr(parse(m.bytes, m.length), "dc32"), "thirty-two");
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_domains();
    test_names();
    test_answers();
    test_damage();
    apr_pool_destroy(pool);
    apr_terminate();
    return done_testing();
}
