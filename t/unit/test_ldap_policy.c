/* SPDX-License-Identifier: Apache-2.0 */
/* After how many wrong passwords a directory locks, of its policies'
 * attributes; and where those are looked for. */
#include <limits.h>
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "eas_ldap_policy.h"
#include "eas_reason.h"
#include "tap.h"

#define AD EAS_LDAP_ACTIVE_DIRECTORY
#define IPA EAS_LDAP_FREEIPA
#define SLAPD EAS_LDAP_OPENLDAP

/* In seconds: what is for ever, and what would not fit. */
#define A_DAY 86400
#define CENTURY APR_INT64_C(3155760000)

#define LOCKS "pwdAttribute=userPassword;pwdLockout=TRUE"

static apr_pool_t *pool;

static const struct {
    const char *name;
    eas_ldap_type type;
    const char *policies; /* name=value;...|name=value;... */
    eas_reason reason;
    int threshold;
    apr_int64_t window; /* seconds */
} rows[] = {
    {"AD", AD, "lockoutThreshold=5;lockOutObservationWindow=-18000000000",
     EAS_REASON_NONE, 5, 1800},
    {"AD: never", AD,
     "lockoutThreshold=0;lockOutObservationWindow=-18000000000",
     EAS_REASON_NONE, 0, 0},
    {"AD: never, no window", AD, "lockoutThreshold=0", EAS_REASON_NONE, 0, 0},
    {"AD: no window", AD, "lockoutThreshold=5", EAS_MISCONFIGURED, 0, 0},
    {"AD: a window ahead", AD,
     "lockoutThreshold=5;lockOutObservationWindow=18000000000",
     EAS_MISCONFIGURED, 0, 0},
    {"AD: a window without end", AD,
     "lockoutThreshold=5;lockOutObservationWindow=-9223372036854775808",
     EAS_REASON_NONE, 5, A_DAY},
    {"AD: the longest window", AD,
     "lockoutThreshold=5;lockOutObservationWindow=-9223372036854775807",
     EAS_REASON_NONE, 5, CENTURY},
    {"AD: a window that is too long a number", AD,
     "lockoutThreshold=5;lockOutObservationWindow=-92233720368547758080",
     EAS_MISCONFIGURED, 0, 0},
    {"AD: not readable", AD, "", EAS_MISCONFIGURED, 0, 0},
    {"AD: no entry", AD, NULL, EAS_MISCONFIGURED, 0, 0},
    {"AD: no number", AD,
     "lockoutThreshold=few;lockOutObservationWindow=-18000000000",
     EAS_MISCONFIGURED, 0, 0},
    {"AD: an empty number", AD,
     "lockoutThreshold=;lockOutObservationWindow=-18000000000",
     EAS_MISCONFIGURED, 0, 0},
    {"AD: with something behind it", AD,
     "lockoutThreshold=5 or so;lockOutObservationWindow=-18000000000",
     EAS_MISCONFIGURED, 0, 0},
    {"AD: below zero", AD,
     "lockoutThreshold=-1;lockOutObservationWindow=-18000000000",
     EAS_MISCONFIGURED, 0, 0},
    {"AD: more than fits", AD,
     "lockoutThreshold=5000000000;lockOutObservationWindow=-18000000000",
     EAS_REASON_NONE, INT_MAX, 1800},
    {"AD: one's own", AD,
     "msDS-LockoutThreshold=9;msDS-LockoutObservationWindow=-6000000000",
     EAS_REASON_NONE, 9, 600},
    {"AD: one's own, not readable", AD,
     "msDS-LockoutObservationWindow=-6000000000", EAS_MISCONFIGURED, 0, 0},
    {"FreeIPA", IPA, "krbPwdMaxFailure=6;krbPwdFailureCountInterval=60",
     EAS_REASON_NONE, 6, 60},
    {"FreeIPA: never", IPA, "krbPwdMaxFailure=0", EAS_REASON_NONE, 0, 0},
    {"FreeIPA: until the right one", IPA,
     "krbPwdMaxFailure=6;krbPwdFailureCountInterval=0", EAS_REASON_NONE, 6,
     A_DAY},
    {"FreeIPA: no window", IPA, "krbPwdMaxFailure=6", EAS_MISCONFIGURED, 0, 0},
    {"FreeIPA: not readable", IPA, "krbPwdFailureCountInterval=60",
     EAS_MISCONFIGURED, 0, 0},
    {"ppolicy", SLAPD, LOCKS ";pwdMaxFailure=3;pwdFailureCountInterval=900",
     EAS_REASON_NONE, 3, 900},
    {"ppolicy, no declared type", EAS_LDAP_GENERIC,
     LOCKS ";pwdMaxFailure=3;pwdFailureCountInterval=900", EAS_REASON_NONE, 3,
     900},
    {"ppolicy: until the right one", SLAPD, LOCKS ";pwdMaxFailure=3",
     EAS_REASON_NONE, 3, A_DAY},
    {"ppolicy: 0 is never", SLAPD, LOCKS ";pwdMaxFailure=0", EAS_REASON_NONE, 0,
     0},
    {"ppolicy: no number of them", SLAPD, LOCKS, EAS_REASON_NONE, 0, 0},
    {"ppolicy: it does not lock", SLAPD,
     "pwdAttribute=userPassword;pwdLockout=FALSE;pwdMaxFailure=3",
     EAS_REASON_NONE, 0, 0},
    {"ppolicy: nothing is said of locks", SLAPD,
     "pwdAttribute=userPassword;pwdMaxFailure=3", EAS_REASON_NONE, 0, 0},
    {"ppolicy: small letters", SLAPD,
     "pwdAttribute=userPassword;pwdLockout=true;pwdMaxFailure=3",
     EAS_REASON_NONE, 3, A_DAY},
    {"ppolicy: not readable", SLAPD, "", EAS_MISCONFIGURED, 0, 0},
    {"ppolicy: no number", SLAPD, LOCKS ";pwdMaxFailure=few", EAS_MISCONFIGURED,
     0, 0},
    {"ppolicy: no number for a window", SLAPD,
     LOCKS ";pwdMaxFailure=3;pwdFailureCountInterval=long", EAS_MISCONFIGURED,
     0, 0},
    {"several: the lowest, and the longest", SLAPD,
     LOCKS ";pwdMaxFailure=9;pwdFailureCountInterval=900|" LOCKS
           ";pwdMaxFailure=3;pwdFailureCountInterval=60|"
           "pwdAttribute=userPassword",
     EAS_REASON_NONE, 3, 900},
    {"several: one is not readable", SLAPD, LOCKS ";pwdMaxFailure=9|",
     EAS_MISCONFIGURED, 0, 0},
    {"several: none locks", SLAPD,
     "pwdAttribute=userPassword|pwdAttribute=userPassword", EAS_REASON_NONE, 0,
     0},
};

static apr_table_t *table_of(char *text)
{
    apr_table_t *table = apr_table_make(pool, 4);
    char *state = NULL;

    for (char *word = apr_strtok(text, ";", &state); word;
         word = apr_strtok(NULL, ";", &state)) {
        char *value = strchr(word, '=');

        *value = '\0';
        apr_table_add(table, word, value + 1);
    }
    return table;
}

/* One for each `|` and one more, but none of NULL. */
static apr_array_header_t *policies_of(eas_ldap_type type, const char *text)
{
    apr_array_header_t *policies =
        apr_array_make(pool, 4, sizeof(eas_ldap_policy));
    char *rest = text ? apr_pstrdup(pool, text) : NULL;

    while (rest) {
        char *bar = strchr(rest, '|');

        if (bar) {
            *bar++ = '\0';
        }
        APR_ARRAY_PUSH(policies, eas_ldap_policy) =
            eas_ldap_policy_parse(type, table_of(rest));
        rest = bar;
    }
    return policies;
}

static void test_rows(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        eas_lockout_limits limits = {-7, -7};
        const eas_reason reason = eas_ldap_policy_limits(
            policies_of(rows[i].type, rows[i].policies), &limits);
        const int is_well = rows[i].reason == EAS_REASON_NONE;

        is_str(eas_reason_name(reason), eas_reason_name(rows[i].reason),
               rows[i].name);
        is_int(limits.threshold, is_well ? rows[i].threshold : -7,
               tap_row(rows[i].name, "threshold"));
        is_int(limits.window, is_well ? apr_time_from_sec(rows[i].window) : -7,
               tap_row(rows[i].name, "window"));
    }
}

static void test_places(void)
{
    static const struct {
        const char *name;
        eas_ldap_type type;
        const char *dn;
        const char *base;
        int scope;
        const char *filter;
    } places[] = {
        {"AD", AD, "CN=a,OU=b,DC=example,DC=test", "DC=example,DC=test",
         LDAP_SCOPE_BASE, NULL},
        {"FreeIPA", IPA, "cn=users,dc=example,dc=test",
         "cn=kerberos,dc=example,dc=test", LDAP_SCOPE_SUBTREE,
         "(cn=global_policy)"},
        {"OpenLDAP", SLAPD, "ou=people,dc=example,dc=test",
         "dc=example,dc=test", LDAP_SCOPE_SUBTREE, "(objectClass=pwdPolicy)"},
        {"no domain components", EAS_LDAP_GENERIC, "ou=people,o=example",
         "ou=people,o=example", LDAP_SCOPE_SUBTREE, "(objectClass=pwdPolicy)"},
    };

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        eas_ldap_query query;

        eas_ldap_policy_common(places[i].type, places[i].dn, pool, &query);
        is_str(query.base, places[i].base, tap_row("base", places[i].name));
        is_int(query.scope, places[i].scope, tap_row("scope", places[i].name));
        is_str(query.filter, places[i].filter,
               tap_row("filter", places[i].name));
        eas_ldap_policy_named(places[i].type, "cn=own,dc=x", &query);
        is_str(query.base, "cn=own,dc=x", tap_row("named", places[i].name));
        is_int(query.scope, LDAP_SCOPE_BASE,
               tap_row("named, scope", places[i].name));
    }
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_rows();
    test_places();
    apr_pool_destroy(pool);
    apr_terminate();
    return done_testing();
}
