/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_provider.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "mod_eas_provider_check.h"
#include "mod_eas_provider_set.h"
#include "mod_eas_secret.h"

#define NAME_MAX_LENGTH 64

/* The words as they were written, but for a password. */
static const char *show_words(apr_pool_t *pool, const mod_eas_provider_row *row,
                              int count, char *const words[])
{
    const char *shown = "";

    if (row->is_secret) {
        return mod_eas_secret_is_literal(words[0]) ? " (literal, hidden)" : "";
    }
    for (int i = 0; i < count; i++) {
        shown = apr_pstrcat(pool, shown, " \"", words[i], "\"", NULL);
    }
    return shown;
}

const char *mod_eas_provider_directive(cmd_parms *cmd, void *dir, int count,
                                       char *const words[])
{
    const mod_eas_provider_row *row = mod_eas_provider_row_find(cmd->cmd->name);
    mod_eas_provider *provider = ((mod_eas_dir *)dir)->provider;
    const char *shown;
    const char *error;

    if (!row || !provider) {
        return apr_psprintf(cmd->pool,
                            "%s belongs in an <EASAuthProvider "
                            "NAME> section, which describes one directory",
                            cmd->cmd->name);
    }
    if (count < 1 || count > row->most) {
        return apr_psprintf(cmd->pool, "%s takes %s; it is written %s",
                            row->name,
                            row->most == 1 ? "one argument, in quotes where "
                                             "it has blanks"
                            : count < 1    ? "arguments"
                                           : "fewer arguments",
                            cmd->cmd->errmsg);
    }
    error = row->set(provider, cmd->pool, count, words);
    if (!error) {
        return NULL;
    }
    shown = show_words(cmd->pool, row, count, words);
    /* Some errors begin with the word they are about. */
    if (*shown && !strncmp(shown + 1, error, strlen(shown + 1))) {
        shown = "";
    }
    else {
        shown = apr_pstrcat(cmd->pool, shown, ":", NULL);
    }
    return apr_psprintf(cmd->pool, "%s%s %s; it is written %s", row->name,
                        shown, error, cmd->cmd->errmsg);
}

/* Lines of other modules would be run and then forgotten; a directive given
 * twice is one that somebody thinks is in effect and is not. */
static const char *check_lines(cmd_parms *cmd, const ap_directive_t *section)
{
    const ap_directive_t *line;
    const ap_directive_t *before;

    for (line = section->first_child; line; line = line->next) {
        cmd->err_directive = line;
        if (!mod_eas_provider_row_find(line->directive)) {
            return apr_psprintf(cmd->pool,
                                "%s%s is not allowed in "
                                "<EASAuthProvider>, which takes %s",
                                line->directive,
                                *line->directive == '<' ? ">" : "",
                                mod_eas_provider_row_names(cmd->pool));
        }
        for (before = section->first_child; before != line;
             before = before->next) {
            if (!ap_cstr_casecmp(before->directive, line->directive)) {
                return apr_psprintf(cmd->pool,
                                    "%s is set twice in one "
                                    "<EASAuthProvider>, first at %s:%d; "
                                    "remove one of them",
                                    line->directive, before->filename,
                                    before->line_num);
            }
        }
    }
    cmd->err_directive = NULL;
    return NULL;
}

static int is_name(const char *name)
{
    size_t length = strlen(name);

    for (const char *c = name; *c; c++) {
        if (!apr_isalnum(*c) && !strchr("._-", *c)) {
            return 0;
        }
    }
    return length > 0 && length <= NAME_MAX_LENGTH;
}

static const char *read_name(cmd_parms *cmd, const char *arg, const char **name)
{
    const char *end = ap_strrchr_c(arg, '>');
    const char *words;
    mod_eas_provider *other;

    if (!end) {
        return "<EASAuthProvider lacks its closing >; it is written "
               "<EASAuthProvider NAME>";
    }
    words = apr_pstrmemdup(cmd->pool, arg, (apr_size_t)(end - arg));
    *name = ap_getword_conf(cmd->pool, &words);
    if (*words || !is_name(*name)) {
        return apr_psprintf(cmd->pool,
                            "<EASAuthProvider %s: a provider has "
                            "one name of 1 to %d letters, digits, dots, "
                            "hyphens and underscores; it is written "
                            "<EASAuthProvider NAME>",
                            arg, NAME_MAX_LENGTH);
    }
    other = mod_eas_provider_find(*name);
    if (other) {
        return apr_psprintf(cmd->pool,
                            "<EASAuthProvider %s>: the name is "
                            "taken by %s:%d; names are unique in the whole "
                            "server, without regard to case",
                            *name, other->directive->filename,
                            other->directive->line_num);
    }
    return NULL;
}

static mod_eas_provider *provider_make(apr_pool_t *pool, const char *name,
                                       const ap_directive_t *section)
{
    mod_eas_provider *provider = apr_pcalloc(pool, sizeof(*provider));
    eas_ldap_settings *settings = &provider->settings;

    provider->name = provider->decide.name = settings->provider = name;
    provider->directive = section;
    settings->starttls = 1;
    settings->verify = 1;
    settings->connect_timeout = apr_time_from_sec(2);
    settings->operation_timeout = apr_time_from_sec(5);
    settings->total_timeout = apr_time_from_sec(8);
    settings->pool_max = 16;
    settings->pool_idle = apr_time_from_sec(60);
    settings->remember = apr_time_from_sec(60);
    settings->retry = apr_time_from_sec(30);
    return provider;
}

/* The lines write into a record of their own, whose provider tells them
 * where they are; <AuthnProviderAlias> does the same. */
static const char *run_lines(cmd_parms *cmd, const ap_directive_t *section,
                             mod_eas_provider *provider)
{
    ap_conf_vector_t *vector = ap_create_per_dir_config(cmd->pool);
    mod_eas_dir *dir = mod_eas_dir_create(cmd->pool, NULL);

    dir->provider = provider;
    ap_set_module_config(vector, &eas_auth_module, dir);
    return ap_walk_config(section->first_child, cmd, vector);
}

const char *mod_eas_provider_section(cmd_parms *cmd, void *dir, const char *arg)
{
    const ap_directive_t *section = cmd->directive;
    mod_eas_provider *provider;
    const char *name = NULL;
    const char *error =
        ap_check_cmd_context(cmd, NOT_IN_DIR_CONTEXT | NOT_IN_HTACCESS);

    (void)dir;
    if (!error) {
        error = read_name(cmd, arg, &name);
    }
    if (!error) {
        error = check_lines(cmd, section);
    }
    if (error) {
        return error;
    }
    provider = provider_make(cmd->pool, name, section);
    error = run_lines(cmd, section, provider);
    if (error) {
        return error;
    }
    error = mod_eas_provider_complete(provider, cmd->pool);
    if (error) {
        return apr_psprintf(cmd->pool, "<EASAuthProvider %s>: %s", name, error);
    }
    mod_eas_provider_add(cmd->pool, provider);
    return NULL;
}
