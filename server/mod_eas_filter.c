/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_filter.h"

#include <string.h>

#include <ap_expr.h>
#include <apr_strings.h>
#include <http_log.h>

#include "eas_filter.h"
#include "eas_ldap_settings.h"

APLOG_USE_MODULE(eas_auth);

/* Text as it was written, and the expression behind it. */
typedef struct piece {
    const char *text;
    const ap_expr_info_t *expression; /* NULL at the end */
} piece;

struct mod_eas_filter {
    apr_array_header_t *pieces; /* of piece */
};

/* The end of an expression, behind its closing brace; NULL for none. */
static const char *end_of(const char *expression)
{
    int depth = 0;

    for (const char *c = expression + 1; *c; c++) {
        depth += *c == '{';
        depth -= *c == '}';
        if (!depth) {
            return c + 1;
        }
    }
    return NULL;
}

/* Whether a value is written at the end of a text: behind the = of a
 * comparison that is still open. */
static int is_in_value(const char *text)
{
    int in_value = 0;

    for (; *text; text++) {
        if (*text == '(' || *text == ')') {
            in_value = 0;
        }
        else if (*text == '=') {
            in_value = 1;
        }
    }
    return in_value;
}

/* Compiles the expression at the beginning of a text. */
static const char *add_expression(cmd_parms *cmd, const char *before,
                                  const char *start, const char *end,
                                  apr_array_header_t *pieces)
{
    piece *made = apr_array_push(pieces);
    const char *source =
        apr_pstrmemdup(cmd->pool, start, (apr_size_t)(end - start));
    const char *error = NULL;

    made->text = before;
    made->expression = ap_expr_parse_cmd(
        cmd, source, AP_EXPR_FLAG_STRING_RESULT, &error, NULL);
    return error
               ? apr_psprintf(cmd->pool, "its expression %s: %s", source, error)
               : NULL;
}

/* Takes a text apart; the sample has an x for each expression. */
static const char *take_apart(cmd_parms *cmd, const char *text,
                              apr_array_header_t *pieces,
                              const char **sample_out)
{
    const char *start;
    const char *sample = "";

    while ((start = strstr(text, "%{"))) {
        const char *end = end_of(start);
        const char *before =
            apr_pstrmemdup(cmd->pool, text, (apr_size_t)(start - text));
        const char *error;

        sample = apr_pstrcat(cmd->pool, sample, before, NULL);
        if (!end) {
            return "an expression has no closing brace";
        }
        if (!is_in_value(sample)) {
            return "an expression may stand for a value, behind the =, and "
                   "for nothing else";
        }
        error = add_expression(cmd, before, start, end, pieces);
        if (error) {
            return error;
        }
        sample = apr_pstrcat(cmd->pool, sample, "x", NULL);
        text = end;
    }
    *(piece *)apr_array_push(pieces) = (piece){text, NULL};
    *sample_out = apr_pstrcat(cmd->pool, sample, text, NULL);
    return NULL;
}

const char *mod_eas_filter_parse(cmd_parms *cmd, const char *text,
                                 const mod_eas_filter **filter_out)
{
    mod_eas_filter *filter = apr_palloc(cmd->pool, sizeof(*filter));
    const char *sample = NULL;
    const char *error;

    if (*text && *text != '(') {
        text = apr_pstrcat(cmd->pool, "(", text, ")", NULL);
    }
    filter->pieces = apr_array_make(cmd->pool, 4, sizeof(piece));
    error = take_apart(cmd, text, filter->pieces, &sample);
    if (!error && (!*sample || !eas_ldap_filter_is_valid(sample))) {
        error = "it is not a filter (RFC 4515)";
    }
    if (!error) {
        *filter_out = filter;
    }
    return error;
}

const char *mod_eas_filter_fill(const mod_eas_filter *filter, request_rec *r,
                                const char **error_out)
{
    const char *filled = "";

    for (int i = 0; i < filter->pieces->nelts; i++) {
        const piece *p = &APR_ARRAY_IDX(filter->pieces, i, const piece);
        const char *value = "";

        if (p->expression) {
            const char *error = NULL;

            value = ap_expr_str_exec(r, p->expression, &error);
            /* Nothing beside a star would be a filter for everybody. */
            if (error || !value || !*value) {
                *error_out = error ? error : "an expression has no value";
                return NULL;
            }
            value = eas_filter_escape(value, strlen(value), r->pool);
        }
        filled = apr_pstrcat(r->pool, filled, p->text, value, NULL);
    }
    return filled;
}

int mod_eas_filter_is_constant(const mod_eas_filter *filter)
{
    return filter->pieces->nelts == 1;
}
