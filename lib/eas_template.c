/* SPDX-License-Identifier: Apache-2.0 */
#include "eas_template.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

#include "eas_text.h"

typedef enum { PIECE_TEXT, PIECE_USER, PIECE_DOMAIN } piece_kind;

typedef struct piece {
    piece_kind kind;
    const char *text; /* of PIECE_TEXT */
} piece;

struct eas_template {
    const char *text;
    apr_array_header_t *pieces; /* of piece */
};

static void piece_push(apr_array_header_t *pieces, piece_kind kind,
                       const char *text)
{
    piece *pushed = apr_array_push(pieces);

    pushed->kind = kind;
    pushed->text = text;
}

static const char *place_push(apr_array_header_t *pieces, char letter)
{
    switch (letter) {
    case 'u':
        piece_push(pieces, PIECE_USER, NULL);
        return NULL;
    case 'd':
        piece_push(pieces, PIECE_DOMAIN, NULL);
        return NULL;
    case '%':
        piece_push(pieces, PIECE_TEXT, "%");
        return NULL;
    default:
        return "% is followed by u (the user), d (the domain) or % (a per "
               "cent sign)";
    }
}

static const char *pieces_read(apr_array_header_t *pieces, const char *text,
                               apr_pool_t *pool)
{
    while (*text != '\0') {
        apr_size_t plain = strcspn(text, "%");
        const char *problem;

        if (plain > 0) {
            piece_push(pieces, PIECE_TEXT, apr_pstrmemdup(pool, text, plain));
            text += plain;
            continue;
        }
        problem = place_push(pieces, text[1]);
        if (problem != NULL) {
            return problem;
        }
        text += 2;
    }
    return NULL;
}

static const char *text_check(const char *text)
{
    apr_size_t length = strlen(text);

    if (length == 0) {
        return "a template is not empty";
    }
    if (!eas_text_is_utf8(text, length) || eas_text_has_control(text, length)) {
        return "a template is UTF-8 without control characters";
    }
    return NULL;
}

const char *eas_template_compile(const char *text, apr_pool_t *pool,
                                 const eas_template **template_out)
{
    eas_template *made = apr_palloc(pool, sizeof(*made));
    const char *problem = text_check(text);

    made->text = apr_pstrdup(pool, text);
    made->pieces = apr_array_make(pool, 4, sizeof(piece));
    if (problem == NULL) {
        problem = pieces_read(made->pieces, text, pool);
    }
    if (problem != NULL) {
        return apr_pstrcat(pool, "\"", text, "\": ", problem, NULL);
    }
    *template_out = made;
    return NULL;
}

static int template_has(const eas_template *template_, piece_kind kind)
{
    int i;

    for (i = 0; i < template_->pieces->nelts; i++) {
        if (APR_ARRAY_IDX(template_->pieces, i, piece).kind == kind) {
            return 1;
        }
    }
    return 0;
}

int eas_template_has_user(const eas_template *template_)
{
    return template_has(template_, PIECE_USER);
}

int eas_template_has_domain(const eas_template *template_)
{
    return template_has(template_, PIECE_DOMAIN);
}

const char *eas_template_text(const eas_template *template_)
{
    return template_->text;
}

char *eas_template_expand(const eas_template *template_, const char *user,
                          const char *domain, eas_template_escape escape,
                          apr_pool_t *pool)
{
    const apr_array_header_t *pieces = template_->pieces;
    const char *values[] = {NULL, user, domain};
    apr_array_header_t *parts =
        apr_array_make(pool, pieces->nelts, sizeof(const char *));
    int i;

    for (i = 0; i < pieces->nelts; i++) {
        const piece *at = &APR_ARRAY_IDX(pieces, i, piece);
        const char *part = at->text;

        if (at->kind != PIECE_TEXT) {
            part = values[at->kind];
            if (part == NULL) {
                return NULL;
            }
            if (escape != NULL) {
                part = escape(part, pool);
            }
        }
        APR_ARRAY_PUSH(parts, const char *) = part;
    }
    return apr_array_pstrcat(pool, parts, '\0');
}
