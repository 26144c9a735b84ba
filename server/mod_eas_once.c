/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_once.h"

#include <apr_strings.h>

const char *mod_eas_once_begin(cmd_parms *cmd,
                               const ap_directive_t **line_in_out, int count,
                               int most)
{
    const ap_directive_t *before = *line_in_out;

    *line_in_out = cmd->directive;
    if (count < 1 || count > most) {
        return most == 1   ? "it takes one argument, in quotes where it has "
                             "blanks"
               : count < 1 ? "it takes arguments"
                           : "it takes fewer arguments";
    }
    return before ? apr_psprintf(cmd->pool,
                                 "it is set twice, first at %s:%d; remove one "
                                 "of the two",
                                 before->filename, before->line_num)
                  : NULL;
}

const char *mod_eas_once_end(cmd_parms *cmd, int count, int is_secret,
                             const char *error)
{
    return error ? apr_psprintf(cmd->pool, "%s%s%s: %s; it is written %s",
                                cmd->cmd->name, count && !is_secret ? " " : "",
                                is_secret ? "" : cmd->directive->args, error,
                                cmd->cmd->errmsg)
                 : NULL;
}
