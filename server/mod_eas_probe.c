/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_probe.h"

#include <stdio.h>

#include <http_core.h>

#include "eas_ldap_directory.h"
#include "eas_ldap_probe.h"
#include "mod_eas_config.h"

int mod_eas_probe_is_asked(const char *define)
{
    return ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST
           && ap_exists_config_define(define);
}

void mod_eas_probe_line(apr_file_t *out, const char *how, const char *what,
                        apr_interval_time_t took, const char *text,
                        const char *remedy)
{
    char time[32] = "";

    if (took >= 0) {
        snprintf(time, sizeof(time), "%" APR_INT64_T_FMT ".%d ms",
                 (apr_int64_t)(took / 1000), (int)(took % 1000 / 100));
    }
    apr_file_printf(out, "    %-7s %-11s %11s  %s\n", how, what, time, text);
    if (remedy) {
        apr_file_printf(out, "    %-31s  -> %s\n", "", remedy);
    }
}

static const char *show_end(eas_ldap_step_end end)
{
    switch (end) {
    case EAS_LDAP_STEP_OK:
        return "ok";
    case EAS_LDAP_STEP_NOTE:
        return "note";
    case EAS_LDAP_STEP_FAILED:
        break;
    }
    return "FAILED";
}

static void print_report(apr_file_t *out, const eas_ldap_report *report)
{
    for (int i = 0; i < report->steps->nelts; i++) {
        const eas_ldap_step *step =
            &APR_ARRAY_IDX(report->steps, i, eas_ldap_step);

        mod_eas_probe_line(out, show_end(step->end), step->name, step->took,
                           step->text, step->remedy);
    }
}

/* What was found over all servers. */
typedef struct tally {
    int servers;
    int failed;
} tally;

static void probe_provider(apr_file_t *out, const mod_eas_provider *provider,
                           apr_pool_t *pool, tally *all)
{
    const eas_ldap_settings *settings = &provider->settings;
    const char *detail = NULL;
    const apr_array_header_t *hosts =
        eas_ldap_probe_hosts(settings, pool, &detail);
    int try_account = 1;

    for (int i = 0; i < hosts->nelts; i++) {
        const eas_ldap_host *host = &APR_ARRAY_IDX(hosts, i, eas_ldap_host);
        const eas_ldap_report *report;

        /* Before it is contacted, so that a wait is seen to be for it. */
        apr_file_printf(out, "Provider %s, %s\n", provider->name, host->uri);
        report = eas_ldap_probe(settings, host, try_account, pool);
        print_report(out, report);
        try_account = try_account && !report->account_refused;
        all->servers++;
        all->failed += report->failed;
    }
    if (!hosts->nelts) {
        apr_file_printf(out, "Provider %s\n", provider->name);
        mod_eas_probe_line(out, show_end(EAS_LDAP_STEP_FAILED), "servers", -1,
                           detail ? detail : "none is known",
                           "name one in EASAuthLDAPURL, or add the SRV records "
                           "to DNS");
        all->failed++;
    }
}

int mod_eas_probe_check_config(apr_pool_t *pconf, apr_pool_t *plog,
                               apr_pool_t *ptemp, server_rec *s)
{
    const apr_array_header_t *providers = mod_eas_providers();
    apr_file_t *out = NULL;
    tally all = {0, 0};

    (void)pconf;
    (void)plog;
    (void)s;
    if (!mod_eas_probe_is_asked("EAS_AUTH_PROBE")
        || apr_file_open_stdout(&out, ptemp) != APR_SUCCESS) {
        return OK;
    }
    /* libldap begins by resolving this machine's name: not in a server's
     * time. */
    eas_ldap_directory_prepare();
    for (int i = 0; i < providers->nelts; i++) {
        probe_provider(out, APR_ARRAY_IDX(providers, i, mod_eas_provider *),
                       ptemp, &all);
    }
    if (!providers->nelts) {
        apr_file_printf(out, "There is no <EASAuthProvider> to probe.\n");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    apr_file_printf(out, "%d server%s, %d failed\n", all.servers,
                    all.servers == 1 ? "" : "s", all.failed);
    return all.failed ? HTTP_INTERNAL_SERVER_ERROR : OK;
}
