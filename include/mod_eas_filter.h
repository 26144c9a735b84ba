/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Filters of a configuration, with expressions to fill in: `%{reqenv:NAME}`
 * and whatever else httpd's expressions have (ap_expr).
 *
 * httpd gives an expression as one finished text, in which what came from
 * outside could no longer be told from what was written.  So each is compiled
 * by itself, and its value escaped (RFC 4515).
 */
#ifndef MOD_EAS_FILTER_H
#define MOD_EAS_FILTER_H

#include <httpd.h>
#include <http_config.h>

/** A filter, compiled; opaque, immutable. */
typedef struct mod_eas_filter mod_eas_filter;

/**
 * Compile a filter.  Expressions stand where values do, never in the place of
 * an attribute.  The outer parentheses may be left out.
 * @param filter_out lives as long as the configuration; untouched on failure
 * @return NULL, or what is wrong with it: a sentence for a directive's error
 */
const char *mod_eas_filter_parse(cmd_parms *cmd, const char *text,
                                 const mod_eas_filter **filter_out);

/**
 * Fill it in for a request.
 * @param error_out set where NULL is returned
 * @return lives as long as the request; NULL where an expression has no value
 */
const char *mod_eas_filter_fill(const mod_eas_filter *filter, request_rec *r,
                                const char **error_out);

/** Whether it has no expression: it is the same for each request. */
int mod_eas_filter_is_constant(const mod_eas_filter *filter);

#endif
