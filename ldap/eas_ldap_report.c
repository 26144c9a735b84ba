/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_ldap_report.h"

#include <stdarg.h>

#include <apr_strings.h>

#include "eas_clock.h"

eas_ldap_report *eas_ldap_report_make(const eas_ldap_host *host,
                                      apr_pool_t *pool)
{
    eas_ldap_report *report = apr_pcalloc(pool, sizeof(*report));

    report->host = host;
    report->pool = pool;
    report->steps = apr_array_make(pool, 8, sizeof(eas_ldap_step));
    report->since = eas_clock_now(NULL);
    return report;
}

void eas_ldap_report_add(eas_ldap_report *report, eas_ldap_step_end end,
                         const char *name, const char *remedy,
                         const char *format, ...)
{
    const eas_moment now = eas_clock_now(NULL);
    eas_ldap_step *step = apr_array_push(report->steps);
    va_list args;

    step->end = end;
    step->name = name;
    step->remedy = remedy;
    step->took = now - report->since;
    va_start(args, format);
    step->text = apr_pvsprintf(report->pool, format, args);
    va_end(args);
    report->failed |= end == EAS_LDAP_STEP_FAILED;
    report->since = now;
}

void eas_ldap_report_remark(eas_ldap_report *report, const char *name,
                            const char *remedy, const char *format, ...)
{
    eas_ldap_step *step = apr_array_push(report->steps);
    va_list args;

    step->end = EAS_LDAP_STEP_NOTE;
    step->name = name;
    step->remedy = remedy;
    step->took = -1;
    va_start(args, format);
    step->text = apr_pvsprintf(report->pool, format, args);
    va_end(args);
}
