/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_dump.h"

#include <apr_strings.h>

#include <http_core.h>

#include "mod_eas_cache_conf.h"
#include "mod_eas_check.h"
#include "mod_eas_check_section.h"
#include "mod_eas_dump_provider.h"
#include "mod_eas_dump_section.h"
#include "mod_eas_main_conf.h"
#include "mod_eas_proxy_conf.h"

static const char *show_cache(apr_pool_t *pool)
{
    const mod_eas_cache_conf *conf = mod_eas_cache_conf_get();

    if (conf->kind == MOD_EAS_CACHE_SHM) {
        return apr_psprintf(pool, "shm, %" APR_SIZE_T_FMT " MB",
                            conf->size >> 20);
    }
    return conf->secret.value ? apr_pstrcat(pool, conf->shown, ", secret ",
                                            conf->secret.shown, NULL)
                              : conf->shown;
}

/* easauthctl reads the line of the control file. */
static void dump_server(const mod_eas_dump_out *out)
{
    const mod_eas_main *conf = mod_eas_main_conf();
    const char *file = mod_eas_main_ledger_file(out->pool);

    apr_file_printf(out->file, "Server\n");
    mod_eas_dump_line(out, "cache", show_cache(out->pool));
    mod_eas_dump_line(out, "control file",
                      conf->control_file ? conf->control_file : "none");
    mod_eas_dump_line(
        out, "ledger",
        apr_psprintf(out->pool, "%d accounts, kept %s%s", conf->ledger_accounts,
                     file ? "in " : "in memory alone", file ? file : ""));
    mod_eas_dump_line(out, "shared nets",
                      conf->shared_shown ? conf->shared_shown : "none");
    mod_eas_proxy_show(out);
}

static int dump_sections(const mod_eas_dump_out *out)
{
    const apr_array_header_t *all = mod_eas_sections(out->pool);
    int count = 0;

    for (int i = 0; i < all->nelts; i++) {
        const mod_eas_section *section =
            APR_ARRAY_IDX(all, i, const mod_eas_section *);

        if (!section->is_server && !section->is_alias
            && mod_eas_check_is_guarded(out->pool, section)) {
            mod_eas_dump_section(out, section);
            count++;
        }
    }
    return count;
}

static void dump_warnings(const mod_eas_dump_out *out)
{
    const apr_array_header_t *list = mod_eas_check(out->pool)->list;

    for (int i = 0; i < list->nelts; i++) {
        apr_file_printf(out->file, "Warning: %s\n",
                        APR_ARRAY_IDX(list, i, mod_eas_finding).text);
    }
}

void mod_eas_dump(apr_pool_t *pconf, server_rec *s)
{
    const apr_array_header_t *providers = mod_eas_providers();
    mod_eas_dump_out out = {pconf, NULL};

    (void)s;
    if (!ap_exists_config_define("DUMP_EAS_AUTH")
        || apr_file_open_stdout(&out.file, pconf) != APR_SUCCESS) {
        return;
    }
    dump_server(&out);
    for (int i = 0; i < providers->nelts; i++) {
        mod_eas_dump_provider(&out,
                              APR_ARRAY_IDX(providers, i, mod_eas_provider *));
    }
    if (!dump_sections(&out)) {
        apr_file_printf(out.file, "No section has an EAS- AuthType.\n");
    }
    dump_warnings(&out);
}
