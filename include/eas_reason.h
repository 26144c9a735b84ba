/* SPDX-License-Identifier: Apache-2.0 */
/** The table of reasons: what each one means for the phone and the log. */
#ifndef EAS_REASON_H
#define EAS_REASON_H

#include "eas_types.h"

/** How a decision is logged; the glue maps it to httpd's levels. */
typedef enum {
    EAS_LOG_DEBUG,
    EAS_LOG_INFO,
    EAS_LOG_NOTICE,
    EAS_LOG_WARNING,
    EAS_LOG_ERROR
} eas_log_level;

/** How long a verdict may be remembered by a cache. */
typedef enum {
    EAS_REMEMBER_NEVER,   /**< ask again each time */
    EAS_REMEMBER_GRANTED, /**< EASAuthCacheTTL */
    EAS_REMEMBER_REFUSED, /**< as known-wrong */
    EAS_REMEMBER_STATE    /**< 60 s, then looked at by a search */
} eas_remember;

/** Properties of a reason. */
typedef struct eas_reason_row {
    const char *name; /**< as in logs, EAS_REASON and EASAuthAnswer */
    eas_class in_class;
    eas_log_level level;
    int status; /**< HTTP status; 0 for granted */
    eas_remember remember;
    int counts_as_guess; /**< a wrong password of a real attempt */
} eas_reason_row;

/**
 * The row of a reason.
 * @return never NULL; a value outside the enumeration, and EAS_REASON_NONE,
 *         give the row of EAS_INTERNAL_ERROR.  Static lifetime.
 */
const eas_reason_row *eas_reason_get(eas_reason reason);

/** The name of a reason, such as "wrong-password"; static, never NULL. */
const char *eas_reason_name(eas_reason reason);

/** The class of a reason. */
eas_class eas_reason_class(eas_reason reason);

/** The name of a class, such as "refused"; static, never NULL. */
const char *eas_class_name(eas_class class_);

/** The name of a source, such as "directory"; static, never NULL. */
const char *eas_source_name(eas_source source);

/**
 * Look a reason up by its name, without regard to case.
 * @param reason_out untouched where the name is unknown
 * @return APR_SUCCESS or APR_NOTFOUND
 */
apr_status_t eas_reason_by_name(const char *name, eas_reason *reason_out);

/**
 * Look a class up by its name, without regard to case.
 * @param class_out untouched where the name is unknown
 * @return APR_SUCCESS or APR_NOTFOUND
 */
apr_status_t eas_class_by_name(const char *name, eas_class *class_out);

#endif
