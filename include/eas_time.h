/* SPDX-License-Identifier: Apache-2.0 */
/** Dates as directories write them. */
#ifndef EAS_TIME_H
#define EAS_TIME_H

#include <apr_time.h>

/**
 * Read a generalizedTime (RFC 4517, section 3.3.13), in UTC (`Z`) or with an
 * offset; minutes, seconds and a fraction may be missing.
 * @param date_out untouched on failure
 * @return APR_SUCCESS; APR_EINVAL
 */
apr_status_t eas_time_generalized(const char *text, apr_time_t *date_out);

#endif
