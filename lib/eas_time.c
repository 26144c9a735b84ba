/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_time.h"

#include <string.h>

#include <apr_errno.h>
#include <apr_lib.h>

/* Two digits at a place, or -1. */
static int two(const char *text)
{
    return apr_isdigit(text[0]) && apr_isdigit(text[1])
               ? (text[0] - '0') * 10 + (text[1] - '0')
               : -1;
}

/* The fields of a date, as far as they are written. */
static const char *read_fields(const char *text, apr_time_exp_t *exp)
{
    apr_int32_t *const more[] = {&exp->tm_min, &exp->tm_sec};
    const int century = two(text);
    const int year = century < 0 ? -1 : two(text + 2);

    exp->tm_year = century * 100 + year - 1900;
    if (year < 0 || (exp->tm_mon = two(text + 4) - 1) < 0
        || (exp->tm_mday = two(text + 6)) < 1
        || (exp->tm_hour = two(text + 8)) < 0) {
        return NULL;
    }
    text += 10;
    for (int i = 0; i < 2 && apr_isdigit(*text); i++, text += 2) {
        if ((*more[i] = two(text)) < 0) {
            return NULL;
        }
    }
    if (*text == '.' || *text == ',') {
        text += 1 + strspn(text + 1, "0123456789");
    }
    return text;
}

/* Z, or the hours and minutes that local time is ahead. */
static int read_offset(const char *text, apr_int32_t *seconds)
{
    int hours;
    int minutes = 0;

    if (!strcmp(text, "Z")) {
        return 1;
    }
    if ((*text != '+' && *text != '-') || (hours = two(text + 1)) < 0
        || hours > 23) {
        return 0;
    }
    if (text[3] && ((minutes = two(text + 3)) < 0 || minutes > 59 || text[5])) {
        return 0;
    }
    *seconds = (hours * 60 + minutes) * (*text == '-' ? -60 : 60);
    return 1;
}

apr_status_t eas_time_generalized(const char *text, apr_time_t *date_out)
{
    apr_time_exp_t exp = {0};
    const char *rest = read_fields(text, &exp);
    apr_time_t date;

    if (!rest || exp.tm_mon > 11 || exp.tm_mday > 31 || exp.tm_hour > 23
        || exp.tm_min > 59 || exp.tm_sec > 60
        || !read_offset(rest, &exp.tm_gmtoff)
        || apr_time_exp_gmt_get(&date, &exp) != APR_SUCCESS) {
        return APR_EINVAL;
    }
    *date_out = date;
    return APR_SUCCESS;
}
