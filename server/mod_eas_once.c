/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_once.h"

#include <apr_strings.h>

static const char *take(cmd_parms *cmd, const mod_eas_once *row,
                        const ap_directive_t **line, void *written, int count,
                        char *const words[])
{
    const ap_directive_t *before = *line;

    *line = cmd->directive;
    if (count < 1 || count > row->most) {
        return row->most == 1 ? "it takes one argument, in quotes where it has "
                                "blanks"
               : count < 1    ? "it takes arguments"
                              : "it takes fewer arguments";
    }
    if (before) {
        return apr_psprintf(cmd->pool,
                            "it is set twice, first at %s:%d; remove one of "
                            "the two",
                            before->filename, before->line_num);
    }
    return row->set(written, cmd->pool, count, words);
}

const char *mod_eas_once_directive(cmd_parms *cmd, const mod_eas_once *rows,
                                   const ap_directive_t **lines, void *written,
                                   int count, char *const words[])
{
    const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    int at = 0;

    if (error) {
        return error;
    }
    while (rows[at + 1].name
           && ap_cstr_casecmp(rows[at].name, cmd->cmd->name)) {
        at++;
    }
    error = take(cmd, &rows[at], &lines[at], written, count, words);
    return error ? apr_psprintf(cmd->pool, "%s%s%s: %s; it is written %s",
                                cmd->cmd->name,
                                count && !rows[at].is_secret ? " " : "",
                                rows[at].is_secret ? "" : cmd->directive->args,
                                error, cmd->cmd->errmsg)
                 : NULL;
}
