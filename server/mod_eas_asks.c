/* SPDX-License-Identifier: Apache-2.0 */
#include "mod_eas_asks.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include <http_core.h>

/* The servers that ask, as keys.  Made by the one thread that starts httpd,
 * read-only afterwards. */
static apr_hash_t *asking;

/* The same: whether a section within a server does. */
static int ask_again;

static apr_status_t forget(void *data)
{
    (void)data;
    asking = NULL;
    ask_again = 0;
    return APR_SUCCESS;
}

mod_eas_asks mod_eas_asks_read(apr_pool_t *pool, const ap_directive_t *line)
{
    const char *word = line ? mod_eas_section_word(pool, line) : "none";

    if (!ap_cstr_casecmp(word, "require")) {
        return MOD_EAS_ASKS_EVERYBODY;
    }
    return ap_cstr_casecmpn(word, "optional", 8) ? MOD_EAS_ASKS_NOBODY
                                                 : MOD_EAS_ASKS_WHOEVER;
}

mod_eas_asks mod_eas_asks_of(apr_pool_t *pool, const mod_eas_section *server)
{
    const ap_directive_t *engine = mod_eas_section_line(server, "SSLEngine");

    /* It may be on without a line: Listen 443 is https by default. */
    return engine && !ap_cstr_casecmp(mod_eas_section_word(pool, engine), "Off")
               ? MOD_EAS_ASKS_NOBODY
               : mod_eas_asks_read(
                   pool, mod_eas_section_line(server, "SSLVerifyClient"));
}

const mod_eas_section *mod_eas_asks_server(const mod_eas_section *section)
{
    while (!section->is_server && section->parent) {
        section = section->parent;
    }
    return section;
}

static const char *show(apr_pool_t *pool, const mod_eas_section *server,
                        const char *directive)
{
    const ap_directive_t *line = mod_eas_section_line(server, directive);
    const char *path = line ? mod_eas_section_word(pool, line) : NULL;

    return path ? apr_pstrcat(pool, directive, " ",
                              ap_server_root_relative(pool, path), NULL)
                : "";
}

const char *mod_eas_asks_cas(apr_pool_t *pool, const mod_eas_section *server)
{
    const char *file = show(pool, server, "SSLCACertificateFile");
    const char *path = show(pool, server, "SSLCACertificatePath");

    return apr_pstrcat(pool, file, *file && *path ? ", " : "", path, NULL);
}

/* A server knows where its section begins; the main one has none. */
static int is_of(const mod_eas_section *section, const server_rec *server)
{
    const ap_directive_t *node = section->node;

    if (!section->is_server || !node || !server->is_virtual) {
        return section->is_server && !node && !server->is_virtual;
    }
    return server->defn_name && !strcmp(server->defn_name, node->filename)
           && server->defn_line_number == (unsigned)node->line_num;
}

const mod_eas_section *mod_eas_asks_section(const apr_array_header_t *sections,
                                            const server_rec *server)
{
    for (int i = 0; i < sections->nelts; i++) {
        const mod_eas_section *section =
            APR_ARRAY_IDX(sections, i, const mod_eas_section *);

        if (is_of(section, server)) {
            return section;
        }
    }
    return NULL;
}

static int any_again(const apr_array_header_t *sections)
{
    static const char name[] = "SSLVerifyClient";

    for (int i = 0; i < sections->nelts; i++) {
        const mod_eas_section *section =
            APR_ARRAY_IDX(sections, i, const mod_eas_section *);

        if (mod_eas_section_line(section, name)
            != mod_eas_section_line(mod_eas_asks_server(section), name)) {
            return 1;
        }
    }
    return 0;
}

int mod_eas_asks_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                             apr_pool_t *ptemp, server_rec *s)
{
    const apr_array_header_t *sections = mod_eas_sections(ptemp);

    (void)plog;
    asking = apr_hash_make(pconf);
    ask_again = any_again(sections);
    apr_pool_cleanup_register(pconf, NULL, forget, apr_pool_cleanup_null);
    for (; s; s = s->next) {
        const mod_eas_section *server = mod_eas_asks_section(sections, s);

        if (server && mod_eas_asks_of(ptemp, server) != MOD_EAS_ASKS_NOBODY) {
            const server_rec **key = apr_pmemdup(pconf, &s, sizeof(s));

            apr_hash_set(asking, key, sizeof(*key), s);
        }
    }
    return OK;
}

int mod_eas_asks_certificate(const server_rec *server)
{
    return asking && apr_hash_get(asking, &server, sizeof(server)) != NULL;
}

int mod_eas_asks_again(void)
{
    return ask_again;
}
