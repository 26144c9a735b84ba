/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_section.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "mod_eas_alias.h"

/* How far the walk has come. */
typedef struct walk {
    apr_pool_t *pool;
    apr_array_header_t *sections; /* of const mod_eas_section * */
    int in_limit;
    int in_require;
} walk;

static void walk_lines(walk *w, const ap_directive_t *line,
                       mod_eas_section *section);

static int is(const ap_directive_t *line, const char *name)
{
    return !ap_cstr_casecmp(line->directive, name);
}

const char *mod_eas_section_word(apr_pool_t *pool, const ap_directive_t *line)
{
    const char *words = line->args;

    return ap_getword_conf(pool, &words);
}

static mod_eas_section *section_add(walk *w, const ap_directive_t *node,
                                    const mod_eas_section *parent)
{
    mod_eas_section *section = apr_pcalloc(w->pool, sizeof(*section));

    section->node = node;
    section->parent = parent;
    section->dir = mod_eas_dir_written(node);
    section->ssl_options =
        apr_array_make(w->pool, 1, sizeof(const ap_directive_t *));
    APR_ARRAY_PUSH(w->sections, const mod_eas_section *) = section;
    return section;
}

/* Several lines add up, as mod_auth_basic has it. */
static void note_provider(const walk *w, const ap_directive_t *line,
                          mod_eas_section *section)
{
    const char *words = line->args;
    const char *word;
    mod_eas_alias alias;

    section->provider = section->provider ? section->provider : line;
    while (*(word = ap_getword_conf(w->pool, &words))) {
        if (mod_eas_alias_find(w->pool, "<AuthnProviderAlias", word, &alias)) {
            const mod_eas_dir *dir = mod_eas_dir_written(alias.section);

            word = alias.base;
            section->alias_names_providers |= dir && dir->provider_names;
        }
        section->provider_is_eas |= !strcmp(word, "eas");
    }
}

static void note_satisfy(const walk *w, const ap_directive_t *line,
                         mod_eas_section *section)
{
    /* Any for one method is as wide a door as for all. */
    if (!section->satisfy
        || !ap_cstr_casecmp(mod_eas_section_word(w->pool, line), "Any")) {
        section->satisfy = line;
    }
}

static void note_require(const walk *w, const ap_directive_t *line,
                         mod_eas_section *section)
{
    if (!section->require) {
        section->require = line;
    }
    if (w->in_limit && !section->limited) {
        section->limited = line;
    }
}

static void note(const walk *w, const ap_directive_t *line,
                 mod_eas_section *section)
{
    if (is(line, "AuthType")) {
        section->auth_type = line;
    }
    else if (is(line, "Satisfy")) {
        note_satisfy(w, line, section);
    }
    else if (is(line, "AuthMerging")) {
        section->merging = line;
    }
    else if (is(line, "SSLOptions")) {
        APR_ARRAY_PUSH(section->ssl_options, const ap_directive_t *) = line;
    }
    else if (is(line, "AuthBasicProvider") || is(line, "AuthFormProvider")) {
        note_provider(w, line, section);
    }
    else if (is(line, "Require") && !w->in_require) {
        note_require(w, line, section);
    }
}

/* <Limit> and <RequireAll> and their kin are no sections: what else stands in
 * them is taken as if it stood outside. */
static int descend_transparent(walk *w, const ap_directive_t *line,
                               mod_eas_section *section)
{
    walk inner = *w;

    if (is(line, "<Limit") || is(line, "<LimitExcept")) {
        inner.in_limit = 1;
    }
    else if (!ap_cstr_casecmpn(line->directive, "<Require", 8)) {
        if (!w->in_require) {
            note_require(w, line, section);
        }
        inner.in_require = 1;
    }
    else {
        return 0;
    }
    walk_lines(&inner, line->first_child, section);
    return 1;
}

/* What is not known to be anything else is taken for a section, so that no
 * new kind is overlooked. */
static void descend(walk *w, const ap_directive_t *line,
                    mod_eas_section *section)
{
    mod_eas_section *inner;

    if (is(line, "<EASAuthProvider") || is(line, "<AuthzProviderAlias")
        || descend_transparent(w, line, section)) {
        return;
    }
    inner = section_add(w, line, section);
    inner->is_server = is(line, "<VirtualHost");
    inner->is_alias = is(line, "<AuthnProviderAlias");
    walk_lines(w, line->first_child, inner);
}

static void walk_lines(walk *w, const ap_directive_t *line,
                       mod_eas_section *section)
{
    for (; line; line = line->next) {
        if (*line->directive == '<') {
            descend(w, line, section);
        }
        else {
            note(w, line, section);
        }
    }
}

const apr_array_header_t *mod_eas_sections(apr_pool_t *pool)
{
    walk w = {pool, apr_array_make(pool, 16, sizeof(mod_eas_section *)), 0, 0};
    mod_eas_section *server = section_add(&w, NULL, NULL);

    server->is_server = 1;
    walk_lines(&w, ap_conftree, server);
    return w.sections;
}

const char *mod_eas_section_title(apr_pool_t *pool,
                                  const mod_eas_section *section)
{
    const ap_directive_t *node = section->node;

    if (!node) {
        return "main server";
    }
    return apr_pstrcat(pool, node->directive,
                       strcmp(node->args, ">") ? " " : "", node->args, NULL);
}

static const ap_directive_t *last_line(const ap_directive_t *line,
                                       const char *directive)
{
    const ap_directive_t *last = NULL;

    for (; line; line = line->next) {
        last = is(line, directive) ? line : last;
    }
    return last;
}

const ap_directive_t *mod_eas_section_line(const mod_eas_section *section,
                                           const char *directive)
{
    const ap_directive_t *line = NULL;

    for (; section && !line; section = section->parent) {
        line =
            last_line(section->node ? section->node->first_child : ap_conftree,
                      directive);
    }
    return line;
}

const ap_directive_t *mod_eas_section_auth_type(const mod_eas_section *section)
{
    while (section && !section->auth_type) {
        section = section->parent;
    }
    return section ? section->auth_type : NULL;
}

/* Whether a section, or one around it short of the server, names providers
 * of ours. */
static int names_providers(const mod_eas_section *section)
{
    for (; section && !section->is_server; section = section->parent) {
        if (section->dir && section->dir->provider_names) {
            return 1;
        }
    }
    return 0;
}

/* As httpd's expressions have it: %{...} is replaced, and so is $1. */
static int is_expression(const char *word)
{
    const char *dollar = strchr(word, '$');

    return strstr(word, "%{") || (dollar && apr_isdigit(dollar[1]));
}

static int has_prefix(const char *word)
{
    for (; *word; word++) {
        if (!ap_cstr_casecmpn(word, "EAS-", 4)) {
            return 1;
        }
    }
    return 0;
}

static int asks_our_provider(const mod_eas_section *section)
{
    while (section && !section->provider) {
        section = section->parent;
    }
    return section && section->provider_is_eas;
}

mod_eas_method mod_eas_section_method(apr_pool_t *pool,
                                      const mod_eas_section *section)
{
    const ap_directive_t *line = mod_eas_section_auth_type(section);
    const char *word = line ? mod_eas_section_word(pool, line) : "";
    mod_eas_method method;

    if (is_expression(word) && (has_prefix(word) || names_providers(section))) {
        return MOD_EAS_METHOD_EXPRESSION;
    }
    method = mod_eas_method_by_name(word);
    if (method == MOD_EAS_METHOD_OTHER && ap_cstr_casecmp(word, "None")
        && asks_our_provider(section)) {
        return MOD_EAS_METHOD_PROVIDER;
    }
    return method;
}

const mod_eas_dir *mod_eas_section_dir(apr_pool_t *pool,
                                       const mod_eas_section *section)
{
    const mod_eas_dir *around;

    if (!section) {
        return mod_eas_dir_create(pool, NULL);
    }
    around = mod_eas_section_dir(pool, section->parent);
    return section->dir ? mod_eas_dir_merge(pool, around, section->dir)
                        : around;
}

const ap_directive_t *mod_eas_section_satisfy_any(
    apr_pool_t *pool, const mod_eas_section *section)
{
    while (section && !section->satisfy) {
        section = section->parent;
    }
    return section
                   && !ap_cstr_casecmp(
                       mod_eas_section_word(pool, section->satisfy), "Any")
               ? section->satisfy
               : NULL;
}

/* The first word without a sign drops what went before it. */
static const ap_directive_t *read_ssl_options(apr_pool_t *pool,
                                              const ap_directive_t *line,
                                              const ap_directive_t *on)
{
    const char *words = line->args;
    const char *word;
    int relative = 1;

    while (*(word = ap_getword_conf(pool, &words))) {
        if (relative && !strchr("+-", *word)) {
            relative = 0;
            on = NULL;
        }
        if (!strcmp(word, "-FakeBasicAuth")) {
            on = NULL;
        }
        else if (!strcmp(word + (*word == '+'), "FakeBasicAuth")) {
            on = line;
        }
    }
    return on;
}

const ap_directive_t *mod_eas_section_fake_basic(apr_pool_t *pool,
                                                 const mod_eas_section *section)
{
    const ap_directive_t *on;

    if (!section) {
        return NULL;
    }
    on = mod_eas_section_fake_basic(pool, section->parent);
    for (int i = 0; i < section->ssl_options->nelts; i++) {
        on = read_ssl_options(
            pool,
            APR_ARRAY_IDX(section->ssl_options, i, const ap_directive_t *), on);
    }
    return on;
}
