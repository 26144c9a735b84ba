/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_subject.h"

#include <errno.h>

#include <apr_cstr.h>
#include <apr_errno.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "eas_time.h"

static apr_status_t read_number(const char *text, apr_int64_t *number_out)
{
    char *end = NULL;
    apr_int64_t number;

    errno = 0;
    number = apr_strtoi64(text, &end, 10);
    if (errno || end == text || *end || (!apr_isdigit(*text) && *text != '-')) {
        return APR_EINVAL;
    }
    *number_out = number;
    return APR_SUCCESS;
}

const char *eas_subject_value(const eas_subject *subject, const char *name)
{
    return apr_table_get(subject->attributes, name);
}

int eas_subject_is_true(const eas_subject *subject, const char *name)
{
    const char *value = eas_subject_value(subject, name);

    return value && !apr_cstr_casecmp(value, "TRUE");
}

eas_reason eas_subject_malformed(const eas_subject *subject, const char *name)
{
    *subject->detail_out = name;
    return EAS_DIRECTORY_ERROR;
}

eas_reason eas_subject_number(const eas_subject *subject, const char *name,
                              apr_int64_t *number_out)
{
    const char *value = eas_subject_value(subject, name);

    return !value || read_number(value, number_out) == APR_SUCCESS
               ? EAS_REASON_NONE
               : eas_subject_malformed(subject, name);
}

eas_reason eas_subject_need(const eas_subject *subject, const char *name,
                            apr_int64_t *number_out)
{
    if (!eas_subject_value(subject, name)) {
        *subject->detail_out = name;
        return EAS_MISCONFIGURED;
    }
    return eas_subject_number(subject, name, number_out);
}

void eas_subject_note_expiry(const eas_subject *subject, apr_time_t expiry)
{
    if (subject->is_password) {
        *subject->expires_in_out =
            expiry > subject->date ? apr_time_sec(expiry - subject->date) : 0;
    }
}

eas_reason eas_subject_time(const eas_subject *subject, const char *name,
                            eas_reason passed, apr_time_t *date_out)
{
    const char *value = eas_subject_value(subject, name);

    if (!value) {
        return EAS_REASON_NONE;
    }
    if (eas_time_generalized(value, date_out) != APR_SUCCESS) {
        return eas_subject_malformed(subject, name);
    }
    return *date_out <= subject->date ? passed : EAS_REASON_NONE;
}
