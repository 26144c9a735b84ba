/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_second.h"

/* 68 years before and after the machine's start. */
#define ZERO APR_INT64_C(0x80000000)
#define LAST APR_INT64_C(0x7fffffff)

apr_uint32_t eas_second(eas_moment moment)
{
    apr_int64_t second = moment / APR_USEC_PER_SEC;

    if (moment > 0 && moment % APR_USEC_PER_SEC) {
        second++;
    }
    if (second > LAST) {
        second = LAST;
    }
    return second < -LAST ? 1 : (apr_uint32_t)(second + ZERO);
}

eas_moment eas_second_moment(apr_uint32_t second)
{
    return ((apr_int64_t)second - ZERO) * APR_USEC_PER_SEC;
}
