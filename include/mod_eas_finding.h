/* SPDX-License-Identifier: Apache-2.0 */
/** What the checks at start find: errors and warnings, each with its place. */
#ifndef MOD_EAS_FINDING_H
#define MOD_EAS_FINDING_H

#include <httpd.h>
#include <http_config.h>

/** A list of findings; no text is in it twice. */
typedef struct mod_eas_findings {
    apr_pool_t *pool;
    apr_array_header_t *list; /**< of mod_eas_finding */
} mod_eas_findings;

/** One finding. */
typedef struct mod_eas_finding {
    int is_error;     /**< else a warning */
    const char *text; /**< id, file and line, and a sentence or two */
} mod_eas_finding;

/** An empty list.  @a pool: its lifetime. */
mod_eas_findings *mod_eas_findings_make(apr_pool_t *pool);

/**
 * Add an error: httpd must not start.
 * @param where the line it is about, shown behind the id; NULL for none
 * @param format begins with the id, such as "EAS0211: "
 */
void mod_eas_finding_error(mod_eas_findings *findings,
                           const ap_directive_t *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Add a warning: httpd starts.  As mod_eas_finding_error. */
void mod_eas_finding_warning(mod_eas_findings *findings,
                             const ap_directive_t *where, const char *format,
                             ...) __attribute__((format(printf, 3, 4)));

/**
 * Log all, so that `httpd -t` shows them.
 * @return how many of them are errors
 */
int mod_eas_findings_log(const mod_eas_findings *findings, server_rec *s);

#endif
