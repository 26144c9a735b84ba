/* SPDX-License-Identifier: Apache-2.0 */
/** A directive that stands once, in the main server and nowhere else. */
#ifndef MOD_EAS_ONCE_H
#define MOD_EAS_ONCE_H

#include <httpd.h>
#include <http_config.h>

/**
 * Begin to take a line of one.
 * @param line_in_out where its first line is kept, NULL before; this line from
 *        then on
 * @param most arguments it takes; at least one
 * @return NULL, or what is wrong with it: a sentence without the directive
 */
const char *mod_eas_once_begin(cmd_parms *cmd,
                               const ap_directive_t **line_in_out, int count,
                               int most);

/**
 * The error of a directive: its name, its arguments, what is wrong and how it
 * is written.
 * @param is_secret whether its arguments are not to be repeated
 * @return NULL where @a error is
 */
const char *mod_eas_once_end(cmd_parms *cmd, int count, int is_secret,
                             const char *error);

#endif
