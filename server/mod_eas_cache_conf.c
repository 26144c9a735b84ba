/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_cache_conf.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_network_io.h>
#include <apr_strings.h>
#include <http_core.h>

/* What mod_socache_redis waits where nothing is written. */
#define REDIS_TIMEOUT apr_time_from_sec(5)

#define SMALLEST ((apr_size_t)1024 * 1024)

static const mod_eas_cache_conf defaults = {
    .kind = MOD_EAS_CACHE_SHM, .size = MOD_EAS_CACHE_SIZE, .shown = "shm"};

/* Of the configuration that is read, or in effect; NULL where it holds neither
 * directive.  Set by the one thread that reads, read-only afterwards. */
static mod_eas_cache_conf *current;

static apr_status_t forget(void *unused)
{
    (void)unused;
    current = NULL;
    return APR_SUCCESS;
}

static mod_eas_cache_conf *conf_get(apr_pool_t *pconf)
{
    if (!current) {
        current = apr_pmemdup(pconf, &defaults, sizeof(defaults));
        apr_pool_cleanup_register(pconf, NULL, forget, apr_pool_cleanup_null);
    }
    return current;
}

const mod_eas_cache_conf *mod_eas_cache_conf_get(void)
{
    return current ? current : &defaults;
}

/* --- EASAuthCache ---------------------------------------------------------- */

/* Bytes, or with K, M or G behind. */
static const char *read_size(apr_pool_t *pool, const char *text,
                             apr_size_t *size_out)
{
    const char *const units = "KMG";
    const char *unit;
    char *end;
    apr_int64_t size = apr_strtoi64(text, &end, 10);

    for (unit = units; end > text && *unit; unit++) {
        if (apr_toupper(*end) == *unit) {
            size *= (apr_int64_t)1 << (10 * (unit - units + 1));
            end++;
            break;
        }
    }
    if (end == text || strcmp(end, ")") != 0 || size < (apr_int64_t)SMALLEST
        || size > (apr_int64_t)1 << 40) {
        return apr_psprintf(pool,
                            "shm( is followed by a size of 1M or more and "
                            "), such as shm(64M), not by \"%s\"",
                            text);
    }
    *size_out = (apr_size_t)size;
    return NULL;
}

/* Whether it is asked over the network at HOST[:PORT],... */
static int has_hosts(const char *provider)
{
    return !strcmp(provider, "redis") || !strcmp(provider, "memcache");
}

/* What APR-util 1.6 can: IPv4, and for redis a socket by its path. */
static int can_be_asked(const char *provider, const char *host)
{
    return !strchr(host, ':') && (*host != '/' || !strcmp(provider, "redis"));
}

/* The provider looks at them when it is too late for `httpd -t`. */
static const char *check_hosts(apr_pool_t *pool, const char *provider,
                               const char *list)
{
    char *last = NULL;
    char *word = apr_strtok(apr_pstrdup(pool, list), ",", &last);

    for (; word; word = apr_strtok(NULL, ",", &last)) {
        char *host = NULL;
        char *scope = NULL;
        apr_port_t port = 0;

        if (apr_parse_addr_port(&host, &scope, &port, word, pool) != APR_SUCCESS
            || !host) {
            return apr_psprintf(pool,
                                "%s: is followed by HOST[:PORT], and more of "
                                "them behind commas; \"%s\" is none",
                                provider, word);
        }
        if (!can_be_asked(provider, host)) {
            return apr_psprintf(pool,
                                "%s: httpd asks it over IPv4 alone, so %s is "
                                "never reached; is there an address such as "
                                "127.0.0.1?",
                                provider, word);
        }
    }
    return NULL;
}

static const char *set_provider(cmd_parms *cmd, mod_eas_cache_conf *conf,
                                const char *value)
{
    const char *colon = strchr(value, ':');
    const char *error = NULL;

    conf->kind = MOD_EAS_CACHE_SOCACHE;
    conf->provider =
        colon ? apr_pstrmemdup(cmd->pool, value, (apr_size_t)(colon - value))
              : apr_pstrdup(cmd->pool, value);
    conf->argument = colon ? apr_pstrdup(cmd->pool, colon + 1) : NULL;
    error = mod_eas_socache_make(cmd->pool, cmd->temp_pool, conf->provider,
                                 conf->argument, &conf->socache);
    if (!error && conf->argument && has_hosts(conf->provider)) {
        error = check_hosts(cmd->temp_pool, conf->provider, conf->argument);
    }
    return error;
}

const char *mod_eas_cache_set(cmd_parms *cmd, void *unused, const char *value)
{
    const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    mod_eas_cache_conf *conf;

    (void)unused;
    if (error) {
        return error;
    }
    conf = conf_get(cmd->pool);
    if (conf->directive) {
        return "EASAuthCache stands there twice: there is one cache";
    }
    conf->directive = cmd->directive;
    conf->shown = apr_pstrdup(cmd->pool, value);
    if (!ap_cstr_casecmp(value, "none")) {
        conf->kind = MOD_EAS_CACHE_NONE;
        return NULL;
    }
    if (!ap_cstr_casecmp(value, "shm")) {
        return NULL;
    }
    error = ap_cstr_casecmpn(value, "shm(", 4)
                ? set_provider(cmd, conf, value)
                : read_size(cmd->pool, value + 4, &conf->size);
    return error ? apr_pstrcat(cmd->pool, "EASAuthCache: ", error, NULL) : NULL;
}

/* --- EASAuthCacheSecret ---------------------------------------------------- */

static const char *read_secret(apr_pool_t *pool, int count, char *const words[],
                               mod_eas_secret *secret_out)
{
    mod_eas_secret secret = {NULL, NULL, 0};
    const char *error;

    if (!count || mod_eas_secret_is_literal(words[0])) {
        return "takes file:PATH or exec:PROGRAM, never the secret itself, for "
               "everybody to read who may read the configuration";
    }
    error = mod_eas_secret_read(pool, count, words, &secret);
    if (error) {
        return error;
    }
    if (strlen(secret.value) < MOD_EAS_CACHE_SECRET_MIN) {
        return apr_psprintf(pool,
                            "%s gives less than %d bytes; make a secret with: "
                            "openssl rand -base64 48",
                            secret.shown, MOD_EAS_CACHE_SECRET_MIN);
    }
    *secret_out = secret;
    return NULL;
}

const char *mod_eas_cache_set_secret(cmd_parms *cmd, void *unused, int count,
                                     char *const words[])
{
    const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    mod_eas_cache_conf *conf;

    (void)unused;
    if (error) {
        return error;
    }
    conf = conf_get(cmd->pool);
    if (conf->secret_directive) {
        return "EASAuthCacheSecret stands there twice: there is one secret";
    }
    conf->secret_directive = cmd->directive;
    error = read_secret(cmd->pool, count, words, &conf->secret);
    return error ? apr_pstrcat(cmd->pool, "EASAuthCacheSecret: ", error, NULL)
                 : NULL;
}

/* --- checks ---------------------------------------------------------------- */

static void check_secret(mod_eas_findings *findings,
                         const mod_eas_cache_conf *conf)
{
    const int is_shared =
        conf->socache && mod_eas_socache_is_shared(conf->socache);

    if (is_shared && !conf->secret.value) {
        mod_eas_finding_error(
            findings, conf->directive,
            "EAS0349: EASAuthCache %s: there is no EASAuthCacheSecret, so no "
            "machine and no start of httpd could read what another has kept; "
            "run: openssl rand -base64 48 >FILE, give FILE mode 600, copy it "
            "to each machine and write EASAuthCacheSecret file:FILE",
            conf->shown);
    }
    if (!is_shared && conf->secret.value) {
        mod_eas_finding_warning(
            findings, conf->secret_directive,
            "EAS0350: EASAuthCacheSecret is not used: no other machine shares "
            "EASAuthCache %s; remove it",
            conf->shown);
    }
}

static int is_this_machine(const char *host)
{
    return !ap_cstr_casecmp(host, "localhost") || !strncmp(host, "127.", 4)
           || *host == '/';
}

static void check_places(mod_eas_findings *findings,
                         const mod_eas_cache_conf *conf)
{
    char *last = NULL;
    char *list = apr_pstrdup(findings->pool, conf->argument);
    char *word = apr_strtok(list, ",", &last);

    for (; word; word = apr_strtok(NULL, ",", &last)) {
        char *host = NULL;
        char *scope = NULL;
        apr_port_t port = 0;

        if (apr_parse_addr_port(&host, &scope, &port, word, findings->pool)
                == APR_SUCCESS
            && host && !is_this_machine(host)) {
            mod_eas_finding_warning(
                findings, conf->directive,
                "EAS0351: EASAuthCache %s: httpd talks to %s without a "
                "password and without TLS: whoever gets between cannot read "
                "records or make one, but can take them away; let a tunnel on "
                "this machine lead there, and name 127.0.0.1",
                conf->shown, host);
        }
    }
}

/* The main server's, whose settings the cache has: the last of its lines. */
static const ap_directive_t *find_line(const ap_directive_t *line,
                                       const char *name)
{
    const ap_directive_t *found = NULL;

    for (; line; line = line->next) {
        if (!ap_cstr_casecmp(line->directive, name)) {
            found = line;
        }
    }
    return found;
}

static void check_redis_timeout(mod_eas_findings *findings,
                                const mod_eas_cache_conf *conf)
{
    const ap_directive_t *line = find_line(ap_conftree, "RedisTimeout");
    apr_interval_time_t timeout = REDIS_TIMEOUT;

    if (line) {
        const char *args = line->args;

        if (ap_timeout_parameter_parse(ap_getword_conf(findings->pool, &args),
                                       &timeout, "s")
            != APR_SUCCESS) {
            return; /* which mod_socache_redis has refused */
        }
    }
    if (timeout > MOD_EAS_SOCACHE_WAIT) {
        mod_eas_finding_error(
            findings, line ? line : conf->directive,
            "EAS0352: EASAuthCache %s: RedisTimeout is %s, and a login must "
            "not wait that long for a cache; write RedisTimeout 200ms, outside "
            "of every <VirtualHost>",
            conf->shown, line ? line->args : "not set, which means 5 s");
    }
}

void mod_eas_cache_check(mod_eas_findings *findings)
{
    const mod_eas_cache_conf *conf = mod_eas_cache_conf_get();

    check_secret(findings, conf);
    if (conf->provider && conf->argument && has_hosts(conf->provider)) {
        check_places(findings, conf);
    }
    if (conf->provider && !strcmp(conf->provider, "redis")) {
        check_redis_timeout(findings, conf);
    }
}
