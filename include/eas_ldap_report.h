/* SPDX-License-Identifier: Apache-2.0 */
/** What a probe of one directory server found, step by step. */
#ifndef EAS_LDAP_REPORT_H
#define EAS_LDAP_REPORT_H

#include "eas_ldap_settings.h"

/** How a step ended. */
typedef enum {
    EAS_LDAP_STEP_OK,
    EAS_LDAP_STEP_NOTE,  /**< worth knowing, no failure */
    EAS_LDAP_STEP_FAILED /**< people could not log in by this server */
} eas_ldap_step_end;

/** One step; its texts are fit for a terminal. */
typedef struct eas_ldap_step {
    eas_ldap_step_end end;
    const char *name;         /**< such as "TLS" */
    const char *text;         /**< what was found */
    const char *remedy;       /**< what helps, or NULL */
    apr_interval_time_t took; /**< microseconds; -1 where nothing was asked */
} eas_ldap_step;

/** The steps of one server. */
typedef struct eas_ldap_report {
    const eas_ldap_host *host;
    apr_pool_t *pool;
    apr_array_header_t *steps; /**< of eas_ldap_step, in order */
    int failed;                /**< whether a step has */
    int account_refused;       /**< the service account was, by its server */
    eas_moment since;          /**< when the next step began */
} eas_ldap_report;

/**
 * Begin a report, and its first step.
 * @param host must outlive @a pool
 * @param pool lifetime of the report and its texts
 */
eas_ldap_report *eas_ldap_report_make(const eas_ldap_host *host,
                                      apr_pool_t *pool);

/**
 * End a step that took the time since the last one, and begin the next.
 * @param name static
 * @param remedy NULL for none; lives as long as the report
 * @param format of the step's text
 */
void eas_ldap_report_add(eas_ldap_report *report, eas_ldap_step_end end,
                         const char *name, const char *remedy,
                         const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/** Add a step for which nothing was asked.  As eas_ldap_report_add. */
void eas_ldap_report_remark(eas_ldap_report *report, const char *name,
                            const char *remedy, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
