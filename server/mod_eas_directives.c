/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_config.h"

#include <string.h>

#include <apr_strings.h>

#include "mod_eas_cache_conf.h"
#include "mod_eas_cert_conf.h"
#include "mod_eas_main_conf.h"
#include "mod_eas_provider.h"
#include "mod_eas_proxy_conf.h"
#include "mod_eas_shield_conf.h"

/* httpd keeps ACCESS_CONF out of .htaccess by AllowOverride, and lets it in
 * again by AllowOverrideList: whoever can write there must not lower a guard.
 * Nor does <Limit> limit us: a guard for some methods alone is a hole. */
static const char *enter(cmd_parms *cmd, mod_eas_dir *dir)
{
    const char *error =
        ap_check_cmd_context(cmd, NOT_IN_LIMIT | NOT_IN_HTACCESS);

    if (!error) {
        mod_eas_dir_note(cmd->pool, cmd->directive->parent, dir);
    }
    return error;
}

/* Some errors begin with the word they are about. */
static const char *complain(cmd_parms *cmd, const char *value,
                            const char *error)
{
    const char *shown = apr_psprintf(cmd->pool, "\"%s\"", value);

    if (!strncmp(shown, error, strlen(shown))) {
        return apr_psprintf(cmd->pool, "%s %s; it is written %s",
                            cmd->cmd->name, error, cmd->cmd->errmsg);
    }
    return apr_psprintf(cmd->pool, "%s %s: %s; it is written %s",
                        cmd->cmd->name, shown, error, cmd->cmd->errmsg);
}

static int names_have(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++) {
        if (!ap_cstr_casecmp(names[i], name)) {
            return 1;
        }
    }
    return 0;
}

static const char *set_provider(cmd_parms *cmd, void *config, int count,
                                char *const words[])
{
    mod_eas_dir *dir = config;
    const char **names;
    const char *error = enter(cmd, dir);

    if (error) {
        return error;
    }
    if (count < 1) {
        return apr_psprintf(cmd->pool,
                            "%s takes the name of at least one "
                            "<EASAuthProvider> section; it is written %s",
                            cmd->cmd->name, cmd->cmd->errmsg);
    }
    if (dir->provider_names) {
        return complain(cmd, words[0],
                        "it is set twice in one section, and "
                        "the second would replace the first; name all "
                        "providers in one line");
    }
    names = apr_pcalloc(cmd->pool, sizeof(*names) * ((apr_size_t)count + 1));
    for (int i = 0; i < count; i++) {
        if (names_have(names, i, words[i])) {
            return complain(cmd, words[i],
                            "a provider is asked once, so it "
                            "is named once");
        }
        names[i] = words[i];
    }
    dir->provider_names = names;
    return NULL;
}

static const char *set_flag(cmd_parms *cmd, mod_eas_dir *dir, const char *word,
                            mod_eas_flag *flag)
{
    const char *error = enter(cmd, dir);

    if (error) {
        return error;
    }
    if (!ap_cstr_casecmp(word, "On")) {
        *flag = MOD_EAS_ON;
    }
    else if (!ap_cstr_casecmp(word, "Off")) {
        *flag = MOD_EAS_OFF;
    }
    else {
        error = complain(cmd, word, "it is neither On nor Off");
    }
    return error;
}

static const char *set_require_tls(cmd_parms *cmd, void *config,
                                   const char *word)
{
    mod_eas_dir *dir = config;

    return set_flag(cmd, dir, word, &dir->require_tls);
}

static const char *set_allow_userless(cmd_parms *cmd, void *config,
                                      const char *word)
{
    mod_eas_dir *dir = config;

    return set_flag(cmd, dir, word, &dir->allow_userless);
}

/* Per cent makes it a template: no attribute name has one. */
static const char *read_remote_user(apr_pool_t *pool, const char *word,
                                    const eas_template **template_out)
{
    const char *error;

    if (!strchr(word, '%')) {
        return eas_filter_is_attribute(word)
                   ? NULL
                   : "it is neither the name of an attribute nor, having no "
                     "%u, a template";
    }
    error = eas_template_compile(word, pool, template_out);
    if (!error && !eas_template_has_user(*template_out)) {
        error = "it has no %u, so everybody would be one and the same";
    }
    return error;
}

static const char *set_remote_user(cmd_parms *cmd, void *config,
                                   const char *word)
{
    mod_eas_dir *dir = config;
    const eas_template *made = NULL;
    const char *error = enter(cmd, dir);

    if (error) {
        return error;
    }
    error = read_remote_user(cmd->pool, word, &made);
    if (error) {
        return complain(cmd, word, error);
    }
    dir->remote_user = word;
    dir->remote_template = made;
    dir->remote_attribute = made ? NULL : word;
    return NULL;
}

static const char *set_answer(cmd_parms *cmd, void *config, const char *name,
                              const char *status)
{
    mod_eas_dir *dir = config;
    const char *error = enter(cmd, dir);

    if (!error) {
        error = eas_answers_set(&dir->answers, name, status, cmd->pool);
        error = error ? complain(cmd, name, error) : NULL;
    }
    return error;
}

/* How a group of directives takes a line of one of them. */
typedef const char *take_words(mod_eas_dir *dir, const char *name,
                               apr_pool_t *pool, int count,
                               char *const words[]);

static const char *set_words(cmd_parms *cmd, mod_eas_dir *dir, take_words *take,
                             int count, char *const words[])
{
    const char *shown = "";
    const char *error = enter(cmd, dir);

    if (error) {
        return error;
    }
    error = take(dir, cmd->cmd->name, cmd->pool, count, words);
    for (int i = 0; i < count; i++) {
        shown = apr_pstrcat(cmd->pool, shown, i ? " " : "", words[i], NULL);
    }
    return error ? complain(cmd, shown, error) : NULL;
}

static const char *set_shield(cmd_parms *cmd, void *config, int count,
                              char *const words[])
{
    return set_words(cmd, config, mod_eas_shield_set, count, words);
}

static const char *set_certificates(cmd_parms *cmd, void *config, int count,
                                    char *const words[])
{
    return set_words(cmd, config, mod_eas_cert_set, count, words);
}

static const char *set_fallback(cmd_parms *cmd, void *config, const char *word)
{
    mod_eas_dir *dir = config;

    return set_flag(cmd, dir, word, &dir->cert_fallback);
}

/* The last column is shown in errors and by httpd -L: how a directive is
 * written. */
#define SECTION (RSRC_CONF | ACCESS_CONF)
#define IN_PROVIDER(name, usage)                                               \
    AP_INIT_TAKE_ARGV(name, mod_eas_provider_directive, NULL, RSRC_CONF,       \
                      name " " usage)
#define OF_CERTIFICATES(name, usage)                                           \
    AP_INIT_TAKE_ARGV(name, set_certificates, NULL, SECTION, name " " usage)
#define IN_MAIN(name, usage)                                                   \
    AP_INIT_TAKE_ARGV(name, mod_eas_main_directive, NULL, RSRC_CONF,           \
                      name " " usage)

const command_rec mod_eas_commands[] = {
    AP_INIT_RAW_ARGS("<EASAuthProvider", mod_eas_provider_section, NULL,
                     RSRC_CONF, "<EASAuthProvider NAME>: one directory"),
    IN_PROVIDER("EASAuthLDAPURL", "\"ldap[s]://HOST[:PORT] .../BASE"
                                  "?ATTRIBUTE?SCOPE?(FILTER)\""),
    IN_PROVIDER("EASAuthLDAPStartTLS", "On|Off"),
    IN_PROVIDER("EASAuthLDAPTrustedCA", "FILE"),
    IN_PROVIDER("EASAuthLDAPVerify", "On|Off"),
    IN_PROVIDER("EASAuthLDAPBindDN", "DN"),
    IN_PROVIDER("EASAuthLDAPBindPassword",
                "file:PATH or exec:PROGRAM [ARGUMENT]..."),
    IN_PROVIDER("EASAuthLDAPBindTemplate",
                "TEMPLATE, such as "
                "uid=%u,ou=people,dc=example,dc=com or %u@example.com"),
    IN_PROVIDER("EASAuthLDAPType", "OpenLDAP|ActiveDirectory|FreeIPA|Generic"),
    IN_PROVIDER("EASAuthLDAPSite", "NAME"),
    IN_PROVIDER("EASAuthLDAPLogin",
                "user=ATTRIBUTE... upn=ATTRIBUTE... mail=ATTRIBUTE..."),
    IN_PROVIDER("EASAuthLDAPTimeout", "connect=2s operation=5s total=8s"),
    IN_PROVIDER("EASAuthLDAPPool", "max=16 idle=60s"),
    IN_PROVIDER("EASAuthLDAPRetry", "30s"),
    IN_PROVIDER("EASAuthLDAPRemember", "60s"),
    IN_PROVIDER("EASAuthLDAPMaxWait", "NUMBER|auto"),
    IN_PROVIDER("EASAuthLDAPGroupBase", "DN"),
    IN_PROVIDER("EASAuthDomain", "NETBIOS DNS... or *"),
    AP_INIT_TAKE_ARGV("EASAuthProvider", set_provider, NULL, SECTION,
                      "EASAuthProvider NAME..."),
    AP_INIT_TAKE1("EASAuthRequireTLS", set_require_tls, NULL, SECTION,
                  "EASAuthRequireTLS On|Off"),
    AP_INIT_TAKE1("EASAuthAllowUserless", set_allow_userless, NULL, SECTION,
                  "EASAuthAllowUserless On|Off"),
    AP_INIT_TAKE1("EASAuthRemoteUser", set_remote_user, NULL, SECTION,
                  "EASAuthRemoteUser TEMPLATE, such as %u or %d\\%u, or "
                  "EASAuthRemoteUser ATTRIBUTE"),
    AP_INIT_TAKE2("EASAuthAnswer", set_answer, NULL, SECTION,
                  "EASAuthAnswer REASON|CLASS STATUS"),
    AP_INIT_TAKE_ARGV("EASAuthCacheTTL", set_shield, NULL, SECTION,
                      "EASAuthCacheTTL 10min"),
    AP_INIT_TAKE_ARGV("EASAuthCacheStale", set_shield, NULL, SECTION,
                      "EASAuthCacheStale 4h, or 0"),
    AP_INIT_TAKE_ARGV("EASAuthRefusedTTL", set_shield, NULL, SECTION,
                      "EASAuthRefusedTTL 15min"),
    AP_INIT_TAKE_ARGV("EASAuthLockout", set_shield, NULL, SECTION,
                      "EASAuthLockout attempts=auto window=auto "
                      "mode=enforce|log|off spray=log|enforce|off servers=1"),
    OF_CERTIFICATES("EASAuthCertMap",
                    "KIND|TEMPLATE..., such as sid issuer-serial upn"),
    OF_CERTIFICATES("EASAuthCertStrong", "auto|require|warn|off"),
    OF_CERTIFICATES("EASAuthCertEKU",
                    "clientAuth|smartcardLogon|OID... or any"),
    OF_CERTIFICATES("EASAuthCertIssuer", "\"DN\"|spki-sha256:HEX|file:PATH..."),
    OF_CERTIFICATES("EASAuthCertSource", "TLS|Client-Cert"),
    AP_INIT_TAKE1("EASAuthCertFallback", set_fallback, NULL, SECTION,
                  "EASAuthCertFallback On|Off"),
    AP_INIT_TAKE1("EASAuthCache", mod_eas_cache_set, NULL, RSRC_CONF,
                  "EASAuthCache shm(SIZE)|none|PROVIDER[:ARGUMENT]"),
    AP_INIT_TAKE_ARGV("EASAuthCacheSecret", mod_eas_cache_set_secret, NULL,
                      RSRC_CONF,
                      "EASAuthCacheSecret file:PATH or exec:PROGRAM "
                      "[ARGUMENT]..."),
    IN_MAIN("EASAuthCacheFlush", "FILE"),
    IN_MAIN("EASAuthSharedNetworks", "ADDRESS|NETWORK/BITS..."),
    IN_MAIN("EASAuthAcknowledge", "CVE-2025-23048"),
    IN_MAIN("EASAuthLedger", "accounts=100000 file=PATH|none"),
    AP_INIT_TAKE_ARGV("EASAuthTrustedProxy", mod_eas_proxy_directive, NULL,
                      RSRC_CONF, "EASAuthTrustedProxy ADDRESS|NETWORK/BITS..."),
    AP_INIT_TAKE_ARGV("EASAuthTrustedProxySecret", mod_eas_proxy_directive,
                      NULL, RSRC_CONF,
                      "EASAuthTrustedProxySecret file:PATH or exec:PROGRAM "
                      "[ARGUMENT]..."),
    AP_INIT_TAKE_ARGV("EASAuthClientCertCA", mod_eas_proxy_directive, NULL,
                      RSRC_CONF, "EASAuthClientCertCA FILE"),
    AP_INIT_TAKE_ARGV("EASAuthClientCertCRL", mod_eas_proxy_directive, NULL,
                      RSRC_CONF, "EASAuthClientCertCRL FILE"),
    {NULL, {NULL}, NULL, 0, RAW_ARGS, NULL}};
