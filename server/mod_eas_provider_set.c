/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_provider_set.h"

#include <apr_strings.h>

#include "eas_ldap_srv.h"
#include "eas_value.h"
#include "mod_eas_secret.h"

/* Bounds of time and number.  A phone gives up after 30 s, and its request
 * has more to go through than the directory. */
#define TIMEOUT_LOW (100 * APR_TIME_C(1000))
#define TIMEOUT_HIGH apr_time_from_sec(25)
#define IDLE_LOW apr_time_from_sec(1)
#define IDLE_HIGH apr_time_from_sec(3600)
#define POOL_HIGH 1024
#define WAIT_HIGH 4096
#define REMEMBER_HIGH apr_time_from_sec(600)

static const char *set_url(mod_eas_provider *provider, apr_pool_t *pool,
                           int count, char *const words[])
{
    (void)count;
    return eas_ldap_url_parse(words[0], pool, &provider->settings.url);
}

static const char *read_flag(const char *word, int *flag)
{
    if (!ap_cstr_casecmp(word, "On")) {
        *flag = 1;
        return NULL;
    }
    if (!ap_cstr_casecmp(word, "Off")) {
        *flag = 0;
        return NULL;
    }
    return "it is neither On nor Off";
}

static const char *set_starttls(mod_eas_provider *provider, apr_pool_t *pool,
                                int count, char *const words[])
{
    (void)pool;
    (void)count;
    provider->starttls_set = 1;
    return read_flag(words[0], &provider->settings.starttls);
}

static const char *set_verify(mod_eas_provider *provider, apr_pool_t *pool,
                              int count, char *const words[])
{
    (void)pool;
    (void)count;
    return read_flag(words[0], &provider->settings.verify);
}

static const char *set_trusted_ca(mod_eas_provider *provider, apr_pool_t *pool,
                                  int count, char *const words[])
{
    const char *path = ap_server_root_relative(pool, words[0]);

    (void)count;
    if (!path) {
        return "it is not the path of a file";
    }
    provider->settings.ca_file = path;
    return NULL;
}

static const char *set_bind_dn(mod_eas_provider *provider, apr_pool_t *pool,
                               int count, char *const words[])
{
    (void)pool;
    (void)count;
    /* What it may be depends on the type, which may stand further down. */
    provider->settings.bind_dn = words[0];
    return NULL;
}

static const char *set_bind_password(mod_eas_provider *provider,
                                     apr_pool_t *pool, int count,
                                     char *const words[])
{
    mod_eas_secret secret = {NULL, NULL, 0};
    const char *error = mod_eas_secret_read(pool, count, words, &secret);

    provider->settings.bind_password = secret.value;
    provider->secret_shown = secret.shown;
    provider->secret_is_literal = secret.is_literal;
    return error;
}

static const char *set_bind_template(mod_eas_provider *provider,
                                     apr_pool_t *pool, int count,
                                     char *const words[])
{
    const eas_template *made = NULL;
    const char *error = eas_template_compile(words[0], pool, &made);

    (void)count;
    if (!error && !eas_template_has_user(made)) {
        error = "it has no %u, so everybody would log in as one and the same";
    }
    provider->settings.bind_template = made;
    return error;
}

static const char *set_type(mod_eas_provider *provider, apr_pool_t *pool,
                            int count, char *const words[])
{
    static const struct {
        const char *name;
        eas_ldap_type type;
    } types[] = {
        {"OpenLDAP", EAS_LDAP_OPENLDAP},
        {"ActiveDirectory", EAS_LDAP_ACTIVE_DIRECTORY},
        {"FreeIPA", EAS_LDAP_FREEIPA},
        {"Generic", EAS_LDAP_GENERIC},
    };

    (void)pool;
    (void)count;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (!ap_cstr_casecmp(words[0], types[i].name)) {
            provider->settings.type = types[i].type;
            return NULL;
        }
    }
    return "it is not a type of directory; Generic suits any that is not "
           "named";
}

static const char *set_site(mod_eas_provider *provider, apr_pool_t *pool,
                            int count, char *const words[])
{
    (void)pool;
    (void)count;
    if (!eas_ldap_srv_is_label(words[0])) {
        return "it is not the name of a site: 1 to 63 letters, digits, "
               "hyphens and underscores";
    }
    provider->settings.site = words[0];
    return NULL;
}

static const char *set_login(mod_eas_provider *provider, apr_pool_t *pool,
                             int count, char *const words[])
{
    const char *form = "";
    const char *error = NULL;

    for (int i = 0; i < count && !error; i++) {
        error = eas_login_attributes_add(&provider->settings.login, &form,
                                         words[i], pool);
    }
    return error;
}

static const char *set_domain(mod_eas_provider *provider, apr_pool_t *pool,
                              int count, char *const words[])
{
    const char *error = NULL;

    for (int i = 0; i < count && !error; i++) {
        error = eas_domains_add(&provider->settings.domains, words[i], pool);
    }
    return error;
}

static const char *set_timeout(mod_eas_provider *provider, apr_pool_t *pool,
                               int count, char *const words[])
{
    static const char *const keys[] = {"connect", "operation", "total", NULL};
    apr_interval_time_t *const places[] = {
        &provider->settings.connect_timeout,
        &provider->settings.operation_timeout,
        &provider->settings.total_timeout};
    const char *error = NULL;
    int seen = 0;

    for (int i = 0; i < count && !error; i++) {
        const char *value = NULL;
        int key = 0;

        error = eas_value_key(words[i], keys, pool, &seen, &key, &value);
        if (!error) {
            error = eas_value_duration(value, TIMEOUT_LOW, TIMEOUT_HIGH, pool,
                                       places[key]);
        }
    }
    return error;
}

static const char *set_pool(mod_eas_provider *provider, apr_pool_t *pool,
                            int count, char *const words[])
{
    static const char *const keys[] = {"max", "idle", NULL};
    apr_int64_t max = provider->settings.pool_max;
    const char *error = NULL;
    int seen = 0;

    for (int i = 0; i < count && !error; i++) {
        const char *value = NULL;
        int key = 0;

        error = eas_value_key(words[i], keys, pool, &seen, &key, &value);
        if (!error && key == 0) {
            error = eas_value_number(value, 1, POOL_HIGH, pool, &max);
        }
        else if (!error) {
            error = eas_value_duration(value, IDLE_LOW, IDLE_HIGH, pool,
                                       &provider->settings.pool_idle);
        }
    }
    provider->settings.pool_max = (int)max;
    return error;
}

static const char *set_retry(mod_eas_provider *provider, apr_pool_t *pool,
                             int count, char *const words[])
{
    (void)count;
    return eas_value_duration(words[0], IDLE_LOW, IDLE_HIGH, pool,
                              &provider->settings.retry);
}

static const char *set_remember(mod_eas_provider *provider, apr_pool_t *pool,
                                int count, char *const words[])
{
    (void)count;
    return eas_value_duration(words[0], 0, REMEMBER_HIGH, pool,
                              &provider->settings.remember);
}

static const char *set_max_wait(mod_eas_provider *provider, apr_pool_t *pool,
                                int count, char *const words[])
{
    apr_int64_t number = 0;
    const char *error;

    (void)count;
    if (!ap_cstr_casecmp(words[0], "auto")) {
        provider->settings.max_wait = 0;
        return NULL;
    }
    error = eas_value_number(words[0], 1, WAIT_HIGH, pool, &number);
    provider->settings.max_wait = (int)number;
    return error;
}

static const char *set_group_base(mod_eas_provider *provider, apr_pool_t *pool,
                                  int count, char *const words[])
{
    (void)pool;
    (void)count;
    provider->settings.group_base = words[0];
    return *words[0] && eas_ldap_dn_is_valid(words[0])
               ? NULL
               : "it is not a distinguished name (RFC 4514)";
}

/* The directives of the section; how each is written, says the help text of
 * mod_eas_commands. */
static const mod_eas_provider_row rows[] = {
    {"EASAuthLDAPURL", 1, 0, set_url},
    {"EASAuthLDAPStartTLS", 1, 0, set_starttls},
    {"EASAuthLDAPTrustedCA", 1, 0, set_trusted_ca},
    {"EASAuthLDAPVerify", 1, 0, set_verify},
    {"EASAuthLDAPBindDN", 1, 0, set_bind_dn},
    {"EASAuthLDAPBindPassword", 64, 1, set_bind_password},
    {"EASAuthLDAPBindTemplate", 1, 0, set_bind_template},
    {"EASAuthLDAPType", 1, 0, set_type},
    {"EASAuthLDAPSite", 1, 0, set_site},
    {"EASAuthLDAPLogin", 64, 0, set_login},
    {"EASAuthLDAPTimeout", 3, 0, set_timeout},
    {"EASAuthLDAPPool", 2, 0, set_pool},
    {"EASAuthLDAPRetry", 1, 0, set_retry},
    {"EASAuthLDAPRemember", 1, 0, set_remember},
    {"EASAuthLDAPMaxWait", 1, 0, set_max_wait},
    {"EASAuthLDAPGroupBase", 1, 0, set_group_base},
    {"EASAuthDomain", 64, 0, set_domain},
};

enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

const mod_eas_provider_row *mod_eas_provider_row_find(const char *name)
{
    for (int i = 0; i < ROW_COUNT; i++) {
        if (!ap_cstr_casecmp(rows[i].name, name)) {
            return &rows[i];
        }
    }
    return NULL;
}

const char *mod_eas_provider_row_names(apr_pool_t *pool)
{
    const char *names = rows[0].name;

    for (int i = 1; i < ROW_COUNT; i++) {
        names = apr_pstrcat(pool, names, ", ", rows[i].name, NULL);
    }
    return names;
}
