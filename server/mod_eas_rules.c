/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_rules.h"

#include <string.h>

#include <ap_provider.h>
#include <apr_strings.h>
#include <http_log.h>
#include <http_request.h>

#include "eas_filter.h"
#include "eas_reason.h"
#include "eas_rule.h"
#include "mod_eas_filter.h"
#include "mod_eas_ready.h"
#include "mod_eas_request.h"
#include "mod_eas_runtime.h"

APLOG_USE_MODULE(eas_auth);

static eas_reason ask_member(const eas_directory *directory,
                             const eas_verdict *verdict, const char *what,
                             apr_pool_t *pool, const char **detail_out)
{
    return directory->member(directory->self, verdict->identity, what,
                             verdict->deadline, pool, detail_out);
}

static eas_reason ask_matches(const eas_directory *directory,
                              const eas_verdict *verdict, const char *what,
                              apr_pool_t *pool, const char **detail_out)
{
    return directory->matches(directory->self, verdict->identity, what,
                              verdict->deadline, pool, detail_out);
}

/* Marks the request, so that the answer says when to come back. */
static authz_status cannot_tell(request_rec *r, const char *rule,
                                const eas_directory *directory,
                                eas_reason reason, const char *detail)
{
    mod_eas_state *state = mod_eas_request_state(r);

    state->unclear = apr_psprintf(r->pool, "Require %s: %s%s%s", rule,
                                  eas_reason_name(reason), detail ? ", " : "",
                                  detail ? detail : "");
    state->unclear_for = directory ? directory->down_for(directory->self) : 0;
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, "EAS0330: cannot tell: %s",
                  state->unclear);
    return AUTHZ_GENERAL_ERROR;
}

authz_status mod_eas_rules_unclear(request_rec *r, const char *rule,
                                   eas_reason reason, const char *detail)
{
    return cannot_tell(r, rule, NULL, reason, detail);
}

const eas_verdict *mod_eas_rules_verdict(request_rec *r)
{
    const mod_eas_shared *shared = mod_eas_request_state(r)->shared;

    return shared->under && shared->verdict.reason == EAS_GRANTED
                   && !strcmp(shared->verdict.remote_user, r->user)
               ? &shared->verdict
               : NULL;
}

/* Until when to ask: as long as the login may take.  Where another request led
 * to this one, that may be long over, and it gets as much time again. */
static eas_moment deadline_of(request_rec *r, const eas_verdict *verdict,
                              const eas_env *env)
{
    const mod_eas_provider *provider = mod_eas_provider_find(verdict->provider);
    const eas_moment now = env->clock.now(env->clock.self);

    return r == mod_eas_request_state(r)->shared->initial || !provider
                   || now < verdict->deadline
               ? verdict->deadline
               : now + provider->decide.total;
}

static eas_reason decide(request_rec *r, const eas_env *env,
                         const eas_directory *directory,
                         const eas_verdict *verdict, const eas_rule *rule,
                         const char **detail_out)
{
    mod_eas_state *state = mod_eas_request_state(r);
    const mod_eas_provider *provider = mod_eas_provider_find(verdict->provider);
    const eas_policy *policy = mod_eas_request_ready(state)->policy;

    return provider && policy
               ? eas_rule_decide(env, policy, &provider->decide, directory,
                                 verdict, rule, r->pool, detail_out)
               : rule->ask(directory, verdict, rule->what, r->pool, detail_out);
}

static authz_status check(request_rec *r, const eas_rule *rule)
{
    const eas_env *env = mod_eas_runtime_env();
    const eas_verdict *verdict = mod_eas_rules_verdict(r);
    const eas_directory *directory = NULL;
    const char *detail = NULL;
    eas_verdict asked;
    eas_reason reason;

    if (!verdict || !env) {
        return cannot_tell(r, rule->name, NULL, EAS_MISCONFIGURED,
                           "the user was not verified by this module");
    }
    directory = env->directory(env->self, verdict->provider);
    if (!directory) {
        return cannot_tell(r, rule->name, NULL, EAS_MISCONFIGURED,
                           "the directory could not be made");
    }
    asked = *verdict;
    asked.deadline = deadline_of(r, verdict, env);
    reason = decide(r, env, directory, &asked, rule, &detail);
    if (reason == EAS_REASON_NONE) {
        return AUTHZ_GRANTED;
    }
    return reason == EAS_NOT_AUTHORIZED
               ? AUTHZ_DENIED
               : cannot_tell(r, rule->name, directory, reason, detail);
}

static authz_status check_group(request_rec *r, const char *args,
                                const void *parsed)
{
    const eas_rule rule = {"eas-group", parsed, 1, ask_member};

    (void)args;
    return r->user ? check(r, &rule) : AUTHZ_DENIED_NO_USER;
}

static authz_status check_filter(request_rec *r, const char *args,
                                 const void *parsed)
{
    const char *error = NULL;
    eas_rule rule = {"eas-filter", NULL, mod_eas_filter_is_constant(parsed),
                     ask_matches};

    (void)args;
    if (!r->user) {
        return AUTHZ_DENIED_NO_USER;
    }
    rule.what = mod_eas_filter_fill(parsed, r, &error);
    return rule.what
               ? check(r, &rule)
               : cannot_tell(r, "eas-filter", NULL, EAS_MISCONFIGURED, error);
}

/* One argument, whose quotes may be left out: a DN with blanks in it is a
 * single group. */
static const char *read_whole(cmd_parms *cmd, const char *line)
{
    const char *rest = line;
    const char *word = ap_getword_conf(cmd->temp_pool, &rest);
    char *whole;

    if (*line == '"' && !*rest) {
        return apr_pstrdup(cmd->pool, word);
    }
    whole = apr_pstrdup(cmd->pool, line);
    for (apr_size_t end = strlen(whole); end && strchr(" \t", whole[end - 1]);
         end--) {
        whole[end - 1] = '\0';
    }
    return whole;
}

static const char *parse_group(cmd_parms *cmd, const char *line,
                               const void **parsed)
{
    const char *group = read_whole(cmd, line);

    if (!*group) {
        return "Require eas-group takes the DN or the name of a group, such as "
               "Require eas-group \"CN=Mobile,OU=Groups,DC=example,DC=com\"";
    }
    if (strchr(group, '=') && !eas_ldap_dn_is_valid(group)) {
        return apr_psprintf(cmd->pool,
                            "Require eas-group \"%s\": it is neither a "
                            "distinguished name (RFC 4514) nor, having a =, "
                            "the name of a group; one line takes one group",
                            group);
    }
    *parsed = group;
    return NULL;
}

static const char *parse_filter(cmd_parms *cmd, const char *line,
                                const void **parsed)
{
    const mod_eas_filter *filter = NULL;
    const char *text = read_whole(cmd, line);
    const char *error = mod_eas_filter_parse(cmd, text, &filter);

    if (error) {
        return apr_psprintf(cmd->pool,
                            "Require eas-filter \"%s\": %s; it is written "
                            "Require eas-filter (ATTRIBUTE=VALUE)",
                            text, error);
    }
    *parsed = filter;
    return NULL;
}

static const authz_provider group_provider = {&check_group, &parse_group};
static const authz_provider filter_provider = {&check_filter, &parse_filter};

int mod_eas_rules_ask(const char *provider)
{
    return !ap_cstr_casecmp(provider, "eas-group")
           || !ap_cstr_casecmp(provider, "eas-filter");
}

void mod_eas_rules_register(apr_pool_t *pool)
{
    ap_register_auth_provider(pool, AUTHZ_PROVIDER_GROUP, "eas-group",
                              AUTHZ_PROVIDER_VERSION, &group_provider,
                              AP_AUTH_INTERNAL_PER_CONF);
    ap_register_auth_provider(pool, AUTHZ_PROVIDER_GROUP, "eas-filter",
                              AUTHZ_PROVIDER_VERSION, &filter_provider,
                              AP_AUTH_INTERNAL_PER_CONF);
}
