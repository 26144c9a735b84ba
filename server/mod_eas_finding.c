/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_finding.h"

#include <stdarg.h>
#include <string.h>

#include <apr_strings.h>

#include <http_core.h>
#include <http_log.h>

APLOG_USE_MODULE(eas_auth);

mod_eas_findings *mod_eas_findings_make(apr_pool_t *pool)
{
    mod_eas_findings *made = apr_palloc(pool, sizeof(*made));

    made->pool = pool;
    made->list = apr_array_make(pool, 8, sizeof(mod_eas_finding));
    return made;
}

static int has(const mod_eas_findings *findings, const char *text)
{
    for (int i = 0; i < findings->list->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(findings->list, i, mod_eas_finding).text,
                    text)) {
            return 1;
        }
    }
    return 0;
}

/* The place goes between the id and the text. */
static const char *compose(apr_pool_t *pool, const ap_directive_t *where,
                           const char *text)
{
    size_t id = strlen("EAS0000: ");

    if (!where) {
        return text;
    }
    return apr_psprintf(pool, "%.*s%s:%d: %s", (int)id, text, where->filename,
                        where->line_num, text + id);
}

/* A section takes over what stands around it, and with it the findings. */
static void add(mod_eas_findings *findings, int is_error,
                const ap_directive_t *where, const char *format, va_list args)
{
    apr_pool_t *pool = findings->pool;
    const char *text = compose(pool, where, apr_pvsprintf(pool, format, args));

    if (!has(findings, text)) {
        mod_eas_finding *finding = apr_array_push(findings->list);

        finding->is_error = is_error;
        finding->text = text;
    }
}

void mod_eas_finding_error(mod_eas_findings *findings,
                           const ap_directive_t *where, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add(findings, 1, where, format, args);
    va_end(args);
}

void mod_eas_finding_warning(mod_eas_findings *findings,
                             const ap_directive_t *where, const char *format,
                             ...)
{
    va_list args;

    va_start(args, format);
    add(findings, 0, where, format, args);
    va_end(args);
}

int mod_eas_findings_log(const mod_eas_findings *findings, server_rec *s)
{
    /* For the terminal without time and process; for the error log, which a
     * reload writes to, with them. */
    const int startup =
        ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG
            ? APLOG_STARTUP
            : 0;
    int errors = 0;

    for (int i = 0; i < findings->list->nelts; i++) {
        const mod_eas_finding *finding =
            &APR_ARRAY_IDX(findings->list, i, mod_eas_finding);

        errors += finding->is_error;
        ap_log_error(APLOG_MARK,
                     startup | (finding->is_error ? APLOG_ERR : APLOG_WARNING),
                     0, s, "%s", finding->text);
    }
    return errors;
}
