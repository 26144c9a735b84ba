/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_rule_method.h"

#include <ap_provider.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_request.h>
#include <mod_auth.h>

#include "eas_value.h"
#include "mod_eas_rules.h"

/* As eas_proof has them. */
static const char *const words[] = {"password", "certificate", "both", NULL};
static const eas_proof proofs[] = {EAS_PROOF_PASSWORD, EAS_PROOF_CERTIFICATE,
                                   EAS_PROOF_BOTH};

static unsigned bit(eas_proof proof)
{
    return 1U << proof;
}

/* A verdict without a proof must never come out as "no": `not` makes a door
 * of it. */
static authz_status check_method(request_rec *r, const char *args,
                                 const void *parsed)
{
    const unsigned *wanted = parsed;
    const eas_verdict *verdict;

    (void)args;
    if (!r->user) {
        return AUTHZ_DENIED_NO_USER;
    }
    verdict = mod_eas_rules_verdict(r);
    if (!verdict) {
        return mod_eas_rules_unclear(r, "eas-method", EAS_MISCONFIGURED,
                                     "the user was not verified by this "
                                     "module");
    }
    if (!verdict->identity || verdict->identity->proof == EAS_PROOF_NONE) {
        return mod_eas_rules_unclear(r, "eas-method", EAS_INTERNAL_ERROR,
                                     "the verdict does not say how the user "
                                     "was proven");
    }
    return *wanted & bit(verdict->identity->proof) ? AUTHZ_GRANTED
                                                   : AUTHZ_DENIED;
}

static const char *parse_method(cmd_parms *cmd, const char *line,
                                const void **parsed)
{
    unsigned *wanted = apr_pcalloc(cmd->pool, sizeof(*wanted));
    const char *rest = line;
    const char *word;

    while (*(word = ap_getword_conf(cmd->temp_pool, &rest))) {
        int i = 0;

        if (eas_value_choice(word, words, cmd->temp_pool, &i)) {
            return apr_psprintf(cmd->pool,
                                "Require eas-method %s: \"%s\" is none of "
                                "password, certificate and both",
                                line, word);
        }
        *wanted |= bit(proofs[i]);
    }
    if (!*wanted) {
        return "Require eas-method takes one or more of password, certificate "
               "and both";
    }
    *parsed = wanted;
    return NULL;
}

static const authz_provider method_provider = {&check_method, &parse_method};

int mod_eas_rule_method_is(const char *provider)
{
    return !ap_cstr_casecmp(provider, "eas-method");
}

void mod_eas_rule_method_register(apr_pool_t *pool)
{
    ap_register_auth_provider(pool, AUTHZ_PROVIDER_GROUP, "eas-method",
                              AUTHZ_PROVIDER_VERSION, &method_provider,
                              AP_AUTH_INTERNAL_PER_CONF);
}
