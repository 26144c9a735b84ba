/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_eas_auth: the module record and the hooks; the map of the program.
 *
 *   start       mod_eas_commands (server/mod_eas_directives.c) reads the
 *               directives, mod_eas_check_config refuses what cannot work,
 *               mod_eas_dump prints what is in effect; mod_eas_probe and
 *               mod_eas_try contact the directories, where `httpd -t` is
 *               asked to
 *   each child  mod_eas_runtime_child_init makes the directories (ldap/)
 *   a client    pre_connection      room for the memo
 *   a request   post_read_request   the credential as the phone sent it; what
 *                                   a proxy says, or may not
 *               access_checker      TLS, before anything is looked at
 *               force_authn         no Require line spares a login
 *               check_user_id       the memo of the connection, else what
 *                                   the child has lately found, else
 *                                   auth_basic.c and auth_cert.c read the
 *                                   credentials, lib/eas_decide.c decides,
 *                                   server/mod_eas_respond.c answers
 *               auth_checker        the Require lines, ours among them
 *                                   (server/mod_eas_rules.c and
 *                                   mod_eas_rule_method.c); 401 made 403
 */
#include <httpd.h>
#include <ap_mpm.h>
#include <http_config.h>
#include <http_connection.h>
#include <http_protocol.h>
#include <http_request.h>
#include <mpm_common.h>

#include "auth_basic.h"
#include "auth_cert.h"
#include "mod_eas_asks.h"
#include "mod_eas_authz.h"
#include "mod_eas_check.h"
#include "mod_eas_client_cas.h"
#include "mod_eas_config.h"
#include "mod_eas_dump.h"
#include "mod_eas_keep.h"
#include "mod_eas_memo.h"
#include "mod_eas_probe.h"
#include "mod_eas_proxy.h"
#include "mod_eas_ready.h"
#include "mod_eas_recent.h"
#include "mod_eas_request.h"
#include "mod_eas_respond.h"
#include "mod_eas_rule_method.h"
#include "mod_eas_rules.h"
#include "mod_eas_runtime.h"
#include "mod_eas_socache.h"
#include "mod_eas_try.h"

/* A password is not looked at where a certificate alone counts. */
static eas_attempt read_credentials(request_rec *initial,
                                    const mod_eas_state *state)
{
    eas_attempt attempt = {.reason = EAS_NO_CREDENTIAL};

    if (state->type != MOD_EAS_METHOD_CERTIFICATE) {
        attempt = auth_basic_read(initial);
    }
    if (state->type != MOD_EAS_METHOD_BASIC) {
        attempt.presented = auth_cert_read(initial, state->dir);
    }
    return attempt;
}

static int check_user(request_rec *r)
{
    mod_eas_state *state = mod_eas_request_ours(r);
    const eas_verdict *verdict;
    int status;

    if (!state) {
        return DECLINED;
    }
    if (state->type == MOD_EAS_METHOD_UNKNOWN) {
        /* The guard has said why; should it not have run, nobody gets in. */
        return HTTP_SERVICE_UNAVAILABLE;
    }
    if (state->type != MOD_EAS_METHOD_BASIC) {
        state->certificate = auth_cert_tag(state->shared->initial, state->dir);
    }
    verdict = mod_eas_request_recall(r, auth_cert_whole);
    if (!verdict) {
        verdict = mod_eas_request_verdict(
            r, mod_eas_request_attempt(r, read_credentials));
    }
    status = mod_eas_respond(r, verdict);
    state->is_proven = status == OK;
    return status;
}

static void register_hooks(apr_pool_t *pool)
{
    ap_hook_pre_config(mod_eas_socache_pre_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_config(mod_eas_check_config, NULL, NULL, APR_HOOK_MIDDLE);
    /* Of a configuration that was found sound. */
    ap_hook_check_config(mod_eas_probe_check_config, NULL, NULL, APR_HOOK_LAST);
    ap_hook_check_config(mod_eas_try_check_config, NULL, NULL, APR_HOOK_LAST);
    ap_hook_test_config(mod_eas_dump, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(mod_eas_runtime_post_config, NULL, NULL,
                        APR_HOOK_MIDDLE);
    ap_hook_post_config(mod_eas_asks_post_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(mod_eas_client_cas_post_config, NULL, NULL,
                        APR_HOOK_MIDDLE);
    ap_hook_child_init(mod_eas_runtime_child_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(mod_eas_ready_child_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(mod_eas_memo_child_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(mod_eas_recent_child_init, NULL, NULL, APR_HOOK_MIDDLE);

    ap_hook_child_status(mod_eas_runtime_child_status, NULL, NULL,
                         APR_HOOK_MIDDLE);
    ap_hook_monitor(mod_eas_keep_monitor, NULL, NULL, APR_HOOK_MIDDLE);

    ap_hook_pre_connection(mod_eas_memo_pre_connection, NULL, NULL,
                           APR_HOOK_MIDDLE);
    ap_hook_post_read_request(mod_eas_request_capture, NULL, NULL,
                              APR_HOOK_REALLY_FIRST);
    ap_hook_post_read_request(mod_eas_proxy_post_read, NULL, NULL,
                              APR_HOOK_REALLY_FIRST);
    ap_hook_check_access(mod_eas_authz_access, NULL, NULL,
                         APR_HOOK_REALLY_FIRST, AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_check_access_ex(mod_eas_authz_access_ex, NULL, NULL,
                            APR_HOOK_REALLY_FIRST, AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_force_authn(mod_eas_authz_force_authn, NULL, NULL,
                        APR_HOOK_REALLY_FIRST);
    /* Before mod_ssl, whose FakeBasicAuth writes an Authorization header of
     * its own in this hook; and before the Require lines, which we run. */
    ap_hook_check_authn(check_user, NULL, NULL, APR_HOOK_REALLY_FIRST,
                        AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_check_authz(mod_eas_authz_check, NULL, NULL, APR_HOOK_REALLY_FIRST,
                        AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_note_auth_failure(mod_eas_authz_note_failure, NULL, NULL,
                              APR_HOOK_FIRST);
    auth_basic_register_provider(pool);
    mod_eas_rules_register(pool);
    mod_eas_rule_method_register(pool);
}

AP_DECLARE_MODULE(eas_auth) = {
    STANDARD20_MODULE_STUFF,
    mod_eas_dir_create,
    mod_eas_ready_merge,
    NULL, /* there is no configuration per server that is not per section */
    NULL,
    mod_eas_commands,
    register_hooks,
    AP_MODULE_FLAG_NONE};
